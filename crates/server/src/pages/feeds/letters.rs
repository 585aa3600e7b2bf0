//! The letters of a feed: what each was to tell, why it did not go well, and what a person does with it, one by one or many at once.
//!
//! Refuses to show words of a request: what it is, and what is wrong with it, is enough to decide. Start at [`draw`] and [`settle`].

use huying_engine::feed::desk::{LONGEST, Standing, Tells};
use huying_store::feeds::{ChoiceRow, Direction, LetterRow};
use maud::{Markup, html};

use super::{address, at, read, said};
use crate::{
    api::{feeds::plain, find},
    pages::{
        components::frames::{self, Choice},
        form::Form,
        parts::time,
        view::View,
    },
    problem::{Both, Problem},
};

/// Letters on a page.
const SHOWN: usize = 50;
/// Under this name checkboxes belong to the form for many.
const MANY: &str = "many";

/// Settles the letters that a form names. One that somebody else settled meanwhile is passed over.
pub(super) async fn settle(view: &View, feed: &str, act: &str, form: &Form) -> Result<(), Problem> {
    let act = read(act, form);
    let by = &view.signed()?.member;
    let mut named = form.every("letter").peekable();
    if named.peek().is_none() {
        let message = Both::of("没有选择任何一条。", "None was chosen.");
        let mend = Both::of("请先勾选要办理的条目。", "Tick those that are to be settled.");
        return Err(Problem::field("letter", "missing", message, mend));
    }
    for letter in named {
        let (tenant, reach) = (view.state.tenant(), view.state.settings.webhooks);
        view.state.engine.settle_feed_letter(tenant, by, (feed, letter), &act, reach).await?;
    }
    Ok(())
}

/// A letter with everything that its card needs.
struct Card {
    row: LetterRow,
    tells: Tells,
    choice: Option<ChoiceRow>,
    /// The number of its case.
    number: Option<String>,
}

/// The letters in one state, with their acts.
pub(super) async fn draw(
    view: &View,
    feed: &Standing,
    state: &str,
    cursor: Option<&str>,
) -> Result<Markup, Problem> {
    let (engine, tenant, id) = (&view.state.engine, view.state.tenant(), feed.row.id.as_str());
    let states = [
        ("dead", view.lang.pick("待处理", "to decide")),
        ("waiting", view.lang.pick("排队", "waiting")),
        ("dropped", view.lang.pick("已搁置", "set aside")),
        ("done", view.lang.pick("已完成", "done")),
    ];
    let of = states.iter().map(|(code, _)| *code).find(|code| *code == state).unwrap_or("dead");
    let found = engine.store().letters(tenant, id, of, cursor, SHOWN).await;
    let page = find::page(found, cursor)?;
    let ids: Vec<_> = page.items.iter().filter_map(|row| row.case).collect();
    let cases = engine.store().cases(tenant, &ids).await?;
    let mut cards = Vec::new();
    for row in page.items {
        let case = cases.iter().find(|view| Some(view.case.id) == row.case);
        cards.push(Card {
            tells: engine.letter_tells(tenant, id, &row).await?,
            choice: engine.store().choice(tenant, id, &row.id).await?,
            number: case.map(|view| view.case.number.to_string()),
            row,
        });
    }
    let choice = |(code, words): (&'static str, &'static str)| Choice {
        words,
        to: address(&at(id), &[("state", code)]),
        chosen: code == of,
    };
    let dead = of == "dead";
    Ok(html! {
        section.stack aria-labelledby="letters" {
            h2 id="letters" { (view.lang.pick("条目", "Letters")) }
            (frames::tab_strip(view.lang.pick("条目", "Letters"), &states.map(choice)))
            @if cards.is_empty() { p.quiet { (view.lang.pick("没有条目。", "There is none.")) } }
            @if dead && !cards.is_empty() { (matters(view)) (many(view, id)) }
            @for (no, card) in cards.iter().enumerate() { (letter(view, id, no, card)) }
            @if let Some(next) = &page.next {
                p { a.button href=(address(&at(id), &[("state", of), ("cursor", next)])) { (view.lang.pick("下一页", "Next page")) } }
            }
        }
    })
}

/// The catalogue, to choose from by name or code.
fn matters(view: &View) -> Markup {
    html! {
        datalist id="matters" {
            @for matter in view.setting.policy.current.matters.values() {
                option value=(matter.code) { (view.matter(Some(&matter.code))) }
            }
        }
    }
}

fn many(view: &View, feed: &str) -> Markup {
    html! {
        form.card.stack id=(MANY) method="post" action=(at(feed)) {
            p { (view.lang.pick("勾选下方条目后成批办理。", "Tick letters below and settle them together.")) }
            div.field {
                label for="many-reason" { (view.lang.pick("搁置理由", "Reason for setting aside")) }
                input.input id="many-reason" name="reason" maxlength=(LONGEST) autocomplete="off";
            }
            div.row {
                button.button name="act" value="again" { (view.lang.pick("重试所选", "Try those again")) }
                button.button name="act" value="aside" { (view.lang.pick("搁置所选", "Set those aside")) }
            }
        }
    }
}

fn letter(view: &View, feed: &str, no: usize, card: &Card) -> Markup {
    let (row, dead) = (&card.row, card.row.state == "dead");
    let name = format!("letter-{no}");
    html! {
        section.card.stack aria-labelledby=(name) {
            @if dead {
                label.choice { input type="checkbox" form=(MANY) name="letter" value=(row.id); " " span id=(name) { (head(view, card)) } }
            } @else { p id=(name) { (head(view, card)) } }
            (told(view, card))
            @if let Some(error) = &row.error { p { (said::error(view, error)) } }
            (decided(view, card))
            p.quiet {
                (view.lang.pick("尝试 ", "tries: ")) (row.attempts) " · " (view.lang.pick("产生 ", "made ")) (time(view, row.made_at))
                @if row.state == "waiting" { " · " (view.lang.pick("下次 ", "next ")) (time(view, row.due_at)) }
            }
            @if dead { (acts(view, feed, no, card)) }
        }
    }
}

fn head(view: &View, card: &Card) -> Markup {
    let way = match card.row.direction {
        Direction::In => view.lang.pick("取入", "In"),
        Direction::Out => view.lang.pick("送出", "Out"),
        Direction::Photo => view.lang.pick("照片", "Photo"),
    };
    html! {
        span.tag.tag-strong[card.row.state == "dead"] { (way) } " "
        @match &card.number { Some(number) => span.code { (number) }, None => span.code { (card.row.id) } }
    }
}

/// What was to be told.
fn told(view: &View, card: &Card) -> Markup {
    let line = |name: &str, value: &str| html! { @if !value.is_empty() { dt { (name) } dd { (value) } } };
    html! {
        @match &card.tells {
            Tells::Request(entry) => {
                @let entry = plain(entry.clone());
                @let text = |field: &str| entry[field].as_str().unwrap_or_default().to_owned();
                dl.facts {
                    (line(view.lang.pick("对方编号", "Their id"), &text("service_request_id")))
                    (line(view.lang.pick("服务", "Service"), &format!("{} {}", text("service_code"), text("service_name"))))
                    (line(view.lang.pick("对方状态", "State there"), &text("status")))
                    (line(view.lang.pick("提交时间", "Requested"), &text("requested_datetime")))
                    (line(view.lang.pick("更新时间", "Changed"), &text("updated_datetime")))
                }
            }
            Tells::Report => p { (view.lang.pick("向对方上报该案件", "The report of the case")) }
            Tells::Update(kind) => p { (view.lang.pick("告知对方：", "Tell them: ")) (said::update(view, kind)) }
            Tells::Photo(host) => p { (view.lang.pick("照片地址所在：", "The photo lies on ")) span.code { (host) } }
            Tells::Gone => {}
        }
    }
}

fn decided(view: &View, card: &Card) -> Markup {
    html! {
        @if let Some(choice) = &card.choice {
            p.quiet {
                @if let Some(reason) = &choice.reason { (view.lang.pick("搁置理由：", "Set aside: ")) (reason) " · " }
                @if let Some(chosen) = &choice.chosen { (view.lang.pick("人工指定：", "By hand: ")) span.code { (chosen) } " · " }
                (view.member(&choice.by)) " " (time(view, choice.at))
            }
        }
    }
}

fn acts(view: &View, feed: &str, no: usize, card: &Card) -> Markup {
    let row = &card.row;
    let hidden = |act: &str| html! { input type="hidden" name="act" value=(act); input type="hidden" name="letter" value=(row.id); };
    let (code, reason) = (format!("code-{no}"), format!("reason-{no}"));
    let request = matches!(card.tells, Tells::Request(_)) && !row.id.starts_with("in:?");
    let report = row.direction == Direction::Out && row.seq == 0;
    html! {
        div.row {
            form method="post" action=(at(feed)) { (hidden("again")) button.button { (view.lang.pick("重试", "Try again")) } }
            @if request || report {
                details.command {
                    summary.button {
                        @if request { (view.lang.pick("指定事项", "Say which matter it is")) }
                        @else { (view.lang.pick("指定对方服务", "Say which service it is")) }
                    }
                    form.stack method="post" action=(at(feed)) {
                        (hidden("as"))
                        div.field {
                            label for=(code) {
                                @if request { (view.lang.pick("事项代码（可按名称选择）", "Code of the matter, chosen by its name")) }
                                @else { (view.lang.pick("对方服务代码", "Code of their service")) }
                            }
                            input.input id=(code) name="code" list=[request.then_some("matters")] maxlength="200" autocomplete="off" required;
                        }
                        @if request {
                            label.choice { input type="checkbox" name="all" value="yes"; " " span { (view.lang.pick("此后该服务的诉求都按此办理（写入对照表）", "So for every request of this service from now on (written into the map)")) } }
                        }
                        button.button.button-primary { (view.lang.pick("按此办理", "Go on with it")) }
                    }
                }
            }
            details.command {
                summary.button { (view.lang.pick("搁置", "Set aside")) }
                form.stack method="post" action=(at(feed)) {
                    (hidden("aside"))
                    div.field {
                        label for=(reason) { (view.lang.pick("理由", "Reason")) }
                        input.input id=(reason) name="reason" maxlength=(LONGEST) autocomplete="off" required;
                    }
                    button.button.button-primary { (view.lang.pick("确认搁置", "Set aside")) }
                }
            }
        }
    }
}
