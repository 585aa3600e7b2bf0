//! Persons on pages: the reporters of a case with what may be asked for, who looked at what, and erasures by two people.
//!
//! A name or a contact that was asked for stands on a page of its own that nobody keeps, and never in an address. Start at [`card`],
//! then [`accesses`] and [`erasures`].

use axum::response::{IntoResponse, Redirect, Response};
use huying_engine::{
    authority::field::{Access, Field, access},
    person::{PURPOSES, REASONS},
    recipients::{EXPORTED, Field as Told, REVEALED},
};
use huying_model::{Instant, MemberId, UnitId};
use huying_store::{
    CaseView,
    person::{AccessOf, AccessRow, ErasureRow},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    address,
    components::{
        entry::Sought,
        frames::{self, Named},
    },
    form::Words,
    frame::{self, Page},
    parts::time,
    sought,
    tabs::Tally,
    texts::T,
    view::{View, Viewer},
};
use crate::{
    api::{
        find::{self, CaseName},
        persons::{self, PersonShown, word},
    },
    problem::Problem,
    sent,
};

/// Lines of the page of accesses.
const SHOWN: usize = 200;

fn field_name(view: &View, code: &str) -> &'static str {
    let of_case = Field::from_code(code).map(|field| (field.zh(), field.en()));
    let names = of_case.or_else(|| Told::from_code(code).map(|field| (field.zh(), field.en())));
    names.map_or("", |(zh, en)| view.lang.pick(zh, en))
}

pub(super) fn choice(
    view: &View,
    id: &str,
    name: &str,
    label: &str,
    list: &[(&'static str, &str, &str)],
) -> Markup {
    html! {
        div.field {
            label for=(id) { (label) }
            select id=(id) name=(name) required {
                option value="" { (view.lang.pick("请选择", "Choose")) }
                @for (code, zh, en) in list { option value=(code) { (view.lang.pick(*zh, *en)) } }
            }
        }
    }
}

/// The reporters of a case, and its words where they are shown on request.
pub async fn card(view: &View, found: &CaseView) -> Result<Markup, Problem> {
    let words = access(&view.setting.policy.org, &found.case, &view.signed()?.actor, Field::Words);
    let persons = persons::of_case(&view.state, view.signed()?, &found.case).await?;
    let told = |one: &&PersonShown| one.name.is_some() || one.contact.is_some() || !one.on_request.is_empty();
    let persons: Vec<&PersonShown> = persons.iter().filter(told).collect();
    Ok(html! {
        @if words == Access::OnRequest { (asking(view, &found.case.number, 0, Field::Words.code())) }
        @if !persons.is_empty() {
            section.part aria-labelledby="reporters-name" {
                h2 id="reporters-name" { (view.say(T::Reporters)) }
                ul.plain {
                    @for one in persons {
                        li {
                            (one.name.as_deref().unwrap_or_default()) " "
                            @if let Some(contact) = &one.contact { span.code { (contact) } " " }
                            @for field in &one.on_request { (asking(view, &found.case.number, one.reporter, field)) }
                        }
                    }
                }
            }
        }
    })
}

fn asking(view: &View, number: &str, reporter: u16, field: &str) -> Markup {
    let id = format!("reveal-{field}-{reporter}");
    let name = field_name(view, field);
    let summary = match field == Field::Words.code() {
        true => view.lang.pick(format!("查看{name}"), format!("Show {}", name.to_lowercase())),
        false => view.lang.pick(
            format!("反映人{}：查看{name}", reporter + 1),
            format!("Reporter {}: show {}", reporter + 1, name.to_lowercase()),
        ),
    };
    html! {
        details.command {
            summary.button { (summary) }
            form.stack method="post" action={ "/cases/" (number) "/reveal" } {
                input type="hidden" name="reporter" value=(reporter);
                input type="hidden" name="field" value=(field);
                (choice(view, &id, "purpose", view.lang.pick("查看目的", "For what"), &PURPOSES))
                p.quiet { (view.lang.pick("查看会被记录；反映人可在查询页看到。", "It is written down, and the reporter can see it where they follow their case.")) }
                button.button.button-primary { (view.lang.pick("查看", "Show")) }
            }
        }
    }
}

/// Shows a field that was asked for.
pub async fn reveal(
    Viewer(view): Viewer,
    CaseName(name): CaseName,
    Words(form): Words,
) -> Result<Response, Problem> {
    let who = view.signed()?;
    let found = find::case(&view.state, who, &name).await?;
    let said = |name| form.said(name).unwrap_or_default();
    let reporter = said("reporter").parse().map_err(|_why| Problem::not_found())?;
    let shown =
        persons::revealed(&view.state, who, &found.case, reporter, said("field"), said("purpose")).await?;
    let title = format!("{} {}", found.case.number, field_name(&view, shown.field));
    let main = html! {
        main.page.stack id="main" {
            h1 { (title) }
            @if shown.field == Field::Words.code() { p.case-words { (shown.value) } }
            @else { p { strong.code { (shown.value) } } }
            p.quiet { (view.lang.pick("已记录查看目的：", "Written down, for: ")) (word(said("purpose"), view.lang.pick(false, true))) }
            p { a.button href={ "/cases/" (found.case.number) } { (view.lang.pick("返回案件", "Back to the case")) } }
        }
    };
    Ok(frame::console(&view, &Page::new(&title), None, &Tally::of(&view).await?, &main))
}

/// What the page of accesses is asked.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    sought: Option<String>,
}

/// Who opened which case, and what was shown.
pub async fn accesses(
    Viewer(view): Viewer,
    sent::Asked(asked): sent::Asked<Asked>,
) -> Result<Response, Problem> {
    let reader = view.signed()?.auditing(&view.state)?;
    // Asked before a number is looked up.
    view.state.engine.watching(view.state.tenant(), &reader)?;
    let asked = sought::Sought::open(&view, "/access", asked.sought.as_deref())?;
    let (case, member) = (asked.said("case"), asked.said("member"));
    let of = match (case, member) {
        (None, None) => Ok(AccessOf::Everybody),
        (None, Some(member)) => Ok(AccessOf::Member(MemberId::new(member))),
        (Some(case), _) => persons::looked_at(&view.state, case).await.map(AccessOf::Case),
    };
    let rows = match of {
        Ok(of) => {
            let engine = &view.state.engine;
            engine.accesses(view.state.tenant(), &reader, &of, Instant(0), None, SHOWN).await?
        }
        Err(problem) if problem.code == "not_found" => Vec::new(),
        Err(problem) => return Err(problem),
    };
    let title = view.lang.pick("查阅记录", "Who looked");
    let fields = [
        Sought {
            name: "case",
            label: view.lang.pick("案件编号或服务对象编号", "Case number, or id of a recipient"),
            value: case.unwrap_or_default(),
        },
        Sought {
            name: "member",
            label: view.lang.pick("人员编号", "Id of a member"),
            value: member.unwrap_or_default(),
        },
    ];
    let main = html! {
        main.page.page-wide.stack id="main" {
            h1 { (title) }
            p { a href="/erasures" { (view.lang.pick("个人信息删除", "Erasures")) } }
            (sought::bar(&view, "/access", &fields))
            (sought::told(&view, asked.is_lost))
            @if rows.is_empty() { p.quiet { (view.lang.pick("没有记录。", "There is none.")) } }
            @else { (access_table(&view, &rows).await?) }
        }
    };
    Ok(frame::console(&view, &Page::new(title), None, &Tally::of(&view).await?, &main))
}

async fn access_table(view: &View, rows: &[AccessRow]) -> Result<Markup, Problem> {
    let ids: Vec<_> = rows.iter().map(|row| row.case).collect();
    let cases = view.state.engine.store().cases(view.state.tenant(), &ids).await?;
    let number = |row: &AccessRow| {
        let found = cases.iter().find(|found| found.case.id == row.case);
        found.map_or_else(|| row.case.to_string(), |found| found.case.number.to_string())
    };
    let head = view.lang.pick(
        ["时间", "人员", "案件", "行为", "内容", "目的"],
        ["When", "Member", "Case", "What", "Field", "For what"],
    );
    Ok(html! {
        (frames::table(Named::As(view.lang.pick("查阅记录", "List of accesses")), &html! {
            table.table.table-wide {
                thead { tr { @for name in head { th scope="col" { (name) } } } }
                tbody {
                    @for row in rows {
                        tr {
                            td { (time(view, row.at)) }
                            td { (view.member(&row.member)) @if let Some(unit) = &row.unit { " · " (view.unit(unit)) } }
                            td { span.code { (number(row)) } }
                            td { (what(view, &row.what)) }
                            td { (row.field.as_deref().map_or("", |code| field_name(view, code))) }
                            td { (row.purpose.as_deref().map_or("", |code| word(code, view.lang.pick(false, true)))) }
                        }
                    }
                }
            }
        }))
    })
}

fn what(view: &View, code: &str) -> &'static str {
    match code {
        "opened" => view.lang.pick("打开案件", "opened"),
        "revealed" => view.lang.pick("查看", "shown on request"),
        "given" => view.lang.pick("转交其他平台", "given to another platform"),
        "asked" => view.lang.pick("申请导出", "asked for"),
        "exported" => view.lang.pick("导出", "taken out"),
        REVEALED => view.lang.pick("查看服务对象", "recipient shown on request"),
        EXPORTED => view.lang.pick("导出服务对象信息", "recipient taken out"),
        _ => "",
    }
}

/// What of a reporter was shown, for them: when, which unit, what, and for what; never which member.
pub fn seen_by(view: &View, rows: &[AccessRow]) -> Markup {
    let unit = |unit: &UnitId| view.unit(unit);
    html! {
        section.card {
            h2 { (view.lang.pick("您的个人信息被查看的记录", "Who looked at your name or contact")) }
            @if rows.is_empty() { p.quiet { (view.lang.pick("没有查看记录。", "Nobody so far.")) } }
            ul.plain {
                @for row in rows {
                    li {
                        (time(view, row.at)) " "
                        @if let Some(id) = &row.unit { (unit(id)) " · " }
                        (row.field.as_deref().map_or(what(view, &row.what), |code| field_name(view, code)))
                        @if let Some(code) = &row.purpose { " · " (word(code, view.lang.pick(false, true))) }
                    }
                }
            }
        }
    }
}

/// The register of erasures, with what waits.
pub async fn erasures(Viewer(view): Viewer) -> Result<Response, Problem> {
    let (who, engine, tenant) = (view.signed()?, &view.state.engine, view.state.tenant());
    let rows = engine.erasures(tenant, &who.auditing(&view.state)?).await?;
    // Whoever only reads the register is shown no form of it.
    let may = engine.watching(tenant, &who.actor).is_ok();
    let title = view.lang.pick("个人信息删除", "Erasures");
    let main = html! {
        main.page.page-wide.stack id="main" {
            h1 { (title) }
            p { (view.lang.pick("案件信息由一人提出、另一人确认；确认后密钥即销毁，无法恢复，流转记录的校验链不受影响。服务对象由其责任单位一人撤回同意，或到期自动删除，只在此列出。", "Of a case one proposes, another confirms; then the keys are destroyed for ever, and every proof of the journal still holds. A service recipient goes by one keeper's withdrawal or when their days are over, and is only listed here.")) }
            @if may { (proposing(&view)) }
            @if rows.is_empty() { p.quiet { (view.lang.pick("没有记录。", "There is none.")) } }
            @else { (erasure_table(&view, &rows, may).await?) }
        }
    };
    Ok(frame::console(&view, &Page::new(title), None, &Tally::of(&view).await?, &main))
}

fn proposing(view: &View) -> Markup {
    html! {
        (frames::command(view.lang.pick("提出删除", "Propose an erasure"), false, &html! {
            form.stack method="post" action="/erasures" {
                input type="hidden" name="act" value="propose";
                div.field {
                    label for="erase-case" { (view.lang.pick("案件编号", "Case number")) }
                    input.input id="erase-case" name="case" autocomplete="off" required;
                }
                div.field {
                    label for="erase-reporter" { (view.lang.pick("第几名反映人", "Which reporter")) }
                    span.hint id="erase-hint" { (view.lang.pick("填1、2……；留空表示删除已结案件的全部文字和附件。", "1, 2 and so on; left empty, every word and file of a case that has ended.")) }
                    input.input id="erase-reporter" name="reporter" inputmode="numeric" autocomplete="off" aria-describedby="erase-hint";
                }
                (choice(view, "erase-reason", "reason", view.lang.pick("理由", "Reason"), &REASONS))
                button.button.button-primary { (view.lang.pick("提出", "Propose")) }
            }
        }))
    }
}

async fn erasure_table(view: &View, rows: &[ErasureRow], may: bool) -> Result<Markup, Problem> {
    let ids: Vec<_> = rows.iter().map(|row| row.case).collect();
    let cases = view.state.engine.store().cases(view.state.tenant(), &ids).await?;
    let number = |row: &ErasureRow| {
        let found = cases.iter().find(|found| found.case.id == row.case);
        // Of a recipient nothing else is left, and after an older backup was restored somebody has to find them by it.
        let other = || if of_recipient(row) { row.case.to_string() } else { "—".to_owned() };
        found.map_or_else(other, |found| found.case.number.to_string())
    };
    let head = view.lang.pick(
        ["提出", "案件", "对象", "理由", "状态", "办理"],
        ["Proposed", "Case", "Whom", "Reason", "State", "Acts"],
    );
    Ok(html! {
        (frames::table(Named::As(view.lang.pick("删除记录", "List of erasures")), &html! {
            table.table.table-wide {
                thead { tr { @for name in head { th scope="col" { (name) } } } }
                tbody {
                    @for row in rows {
                        tr {
                            td { (time(view, row.proposed_at)) " " (view.member(&row.proposed_by)) }
                            td { span.code { (number(row)) } }
                            td { (whom(view, row)) }
                            td { (word(&row.reason, view.lang.pick(false, true))) }
                            td { (standing(view, row)) }
                            td { @if may && row.state == "proposed" { (acts(view, row)) } }
                        }
                    }
                }
            }
        }))
    })
}

fn of_recipient(row: &ErasureRow) -> bool {
    row.id.starts_with('r')
}

fn whom(view: &View, row: &ErasureRow) -> String {
    match row.reporter {
        None if of_recipient(row) => view.lang.pick("服务对象", "service recipient").to_owned(),
        Some(no) => view.lang.pick(format!("反映人{}", no + 1), format!("reporter {}", no + 1)),
        None => view.lang.pick("全部文字和附件", "every word and file").to_owned(),
    }
}

fn standing(view: &View, row: &ErasureRow) -> Markup {
    html! {
        @match row.state.as_str() {
            "done" => {
                span.tag { (view.lang.pick("已删除", "erased")) } " "
                span.quiet { (view.lang.pick(format!("销毁密钥 {} 个", row.keys), format!("{} keys destroyed", row.keys))) }
                @if row.scoured_at.is_none() { " " span.quiet { (view.lang.pick("，待夜间清理残留页", ", free pages are rewritten at night")) } }
            }
            "dropped" => span.tag { (view.lang.pick("已撤回", "dropped")) },
            _ => span.tag.tag-strong { (view.lang.pick("待确认", "waits")) },
        }
    }
}

fn acts(view: &View, row: &ErasureRow) -> Markup {
    let own = view.who.as_ref().is_some_and(|who| who.member == row.proposed_by);
    let button = |act: &str, words: &str| {
        html! {
            form method="post" action="/erasures" {
                input type="hidden" name="act" value=(act);
                input type="hidden" name="id" value=(row.id);
                button.button { (words) }
            }
        }
    };
    html! {
        div.row {
            @if own { span.quiet { (view.lang.pick("须由另一人确认", "another person confirms it")) } }
            @else { (button("confirm", view.lang.pick("确认删除", "Erase"))) }
            (button("drop", view.lang.pick("撤回", "Drop")))
        }
    }
}

/// One act; what the rules refuse is a problem's page.
pub async fn act(Viewer(view): Viewer, Words(form): Words) -> Result<Response, Problem> {
    let who = view.signed()?;
    let said = |name| form.said(name).unwrap_or_default();
    let (engine, tenant) = (&view.state.engine, view.state.tenant());
    engine.watching(tenant, &who.actor)?;
    match said("act") {
        "propose" => {
            let told = (said("case"), said("reporter"), said("reason"));
            persons::proposed_by_form(&view.state, who, told).await?;
        }
        "confirm" => drop(engine.confirm_erasure(tenant, &who.actor, said("id")).await?),
        "drop" => drop(engine.drop_erasure(tenant, &who.actor, said("id")).await?),
        _ => return Err(Problem::not_found()),
    }
    Ok(Redirect::to(&address("/erasures", &[])).into_response())
}
