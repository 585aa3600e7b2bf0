//! Service recipients on pages: the list with its counts, and one record with the forms of its acts.
//!
//! Nothing personal stands on either: a field that was asked for stands on a page of its own that nobody keeps. The forms are
//! [`forms`]'. Start at [`list`], then [`page`].

mod forms;

use axum::{
    extract::Path,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use huying_engine::{
    authority::recipient::{counted, own},
    recipients::{Counted, Field, GIVEN_BY, HOW, PURPOSES, Standing, Withdrawal, told},
};
use huying_store::person::RecipientRow;
use maud::{Markup, html};
use serde::Deserialize;
use smol_str::SmolStr;

use super::{
    address,
    components::frames::{self, Named},
    form::{Form, Words},
    frame::{self, Page},
    parts::{refused, time},
    persons::choice,
    tabs::Tally,
    view::{View, Viewer},
};
use crate::{
    api::recipients::{id, purposes, revealed},
    problem::Problem,
    sent,
};

/// Lines of a page of the list.
const SHOWN: usize = 50;

/// What the list is asked.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    group: String,
    cursor: String,
}

/// The words of a code of a list of the register.
fn word<'a>(view: &View, list: &[(&str, &'a str, &'a str)], code: &'a str) -> &'a str {
    list.iter().find(|row| row.0 == code).map_or(code, |row| view.lang.pick(row.1, row.2))
}

fn groups(view: &View, codes: &[SmolStr]) -> String {
    let name = |code: &SmolStr| {
        let group = view.setting.pack.groups().find(|group| &group.code == code);
        group.map_or_else(
            || code.to_string(),
            |group| view.lang.pick(&group.name.zh, &group.name.en).to_string(),
        )
    };
    super::parts::joined(codes.iter().map(name), view.lang)
}

fn standing(view: &View, row: &RecipientRow) -> Markup {
    match Standing::of(row, view.now) {
        Standing::Holds => html! { span.tag { (view.lang.pick("同意有效", "consent holds")) } },
        Standing::Over => html! { span.tag.tag-strong { (view.lang.pick("同意已到期", "consent is over")) } },
        Standing::Withdrawn => {
            html! { span.tag.tag-strong { (view.lang.pick("已撤回同意", "consent withdrawn")) } }
        }
    }
}

/// The recipients of one's own units, with how many there are on one's ground.
pub async fn list(Viewer(view): Viewer, sent::Asked(asked): sent::Asked<Asked>) -> Result<Response, Problem> {
    drawn(&view, &asked, None).await
}

async fn drawn(view: &View, asked: &Asked, wrong: Option<(&Form, &Problem)>) -> Result<Response, Problem> {
    let (who, engine, tenant) = (view.signed()?, &view.state.engine, view.state.tenant());
    let keeps = !own(view.org(), &who.actor).is_empty();
    if asked.cursor.len() > 64 || (!asked.cursor.is_empty() && id(&asked.cursor).is_err()) {
        return Err(Problem::not_found());
    }
    // A group that the policy does not name is no choice of the list.
    let group = view.setting.pack.groups().find(|group| group.code.as_str() == asked.group);
    let group = group.map(|group| group.code.as_str());
    let cursor = Some(asked.cursor.as_str()).filter(|text| !text.is_empty());
    let page = engine.recipients(tenant, &who.actor, group, cursor, SHOWN).await?;
    let counts = match counted(view.org(), &who.actor).is_empty() {
        true => Vec::new(),
        false => engine.count_recipients(tenant, &who.actor).await?,
    };
    let title = view.lang.pick("服务对象", "Service recipients");
    let main = html! {
        main.page.page-wide.stack id="main" {
            h1 { (title) }
            p { (view.lang.pick("经本人或监护人同意、接受服务的人。个人信息加密保存，按其同意的用途查看并记录；同意撤回或到期后删除。", "People who agreed, or whose guardian did, to be helped. What is personal is sealed, is shown for what they agreed to and written down, and is forgotten when consent is withdrawn or over.")) }
            @if keeps {
                (forms::register(view, wrong))
                (chooser(view, &asked.group))
                @if page.items.is_empty() { p.quiet { (view.lang.pick("没有记录。", "There is none.")) } }
                @else { (table(view, &page.items)) }
                @if let Some(next) = &page.next {
                    p { a.button href=(address("/recipients", &[("group", &asked.group), ("cursor", next)])) { (view.lang.pick("下一页", "Next page")) } }
                }
            }
            @if !counts.is_empty() { (sums(view, &counts)) }
            @if !keeps && counts.is_empty() {
                p.quiet { (view.lang.pick("您的岗位不登记服务对象；由责任单位的网格员和处置人员办理。", "Your seats keep no recipients: grid workers and handlers of the responsible units do.")) }
            }
        }
    };
    let mut answer = frame::console(view, &Page::new(title), None, &Tally::of(view).await?, &main);
    if wrong.is_some() {
        *answer.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(answer)
}

fn chooser(view: &View, chosen: &str) -> Markup {
    html! {
        form.filter-bar method="get" action="/recipients" {
            select name="group" aria-label=(view.lang.pick("分组", "Group")) {
                option value="" { (view.lang.pick("全部分组", "Every group")) }
                @for group in view.setting.pack.groups() {
                    option value=(group.code) selected[group.code.as_str() == chosen] { (view.lang.pick(&group.name.zh, &group.name.en)) }
                }
            }
            button.button { (view.lang.pick("筛选", "Choose")) }
        }
    }
}

fn table(view: &View, rows: &[RecipientRow]) -> Markup {
    let head = view.lang.pick(
        ["登记", "分组", "网格", "责任单位", "同意", "有效期至"],
        ["Registered", "Group", "Cell", "Unit", "Consent", "Until"],
    );
    html! {
        (frames::table(Named::As(view.lang.pick("服务对象列表", "List of recipients")), &html! {
            table.table.table-wide {
                thead { tr { @for name in head { th scope="col" { (name) } } } }
                tbody {
                    @for row in rows {
                        tr {
                            th scope="row" { a href={ "/recipients/" (row.id) } { (time(view, row.registered_at)) } }
                            td { (groups(view, &row.groups)) }
                            td { (view.area(&row.area)) }
                            td { (view.unit(&row.unit)) }
                            td { (standing(view, row)) }
                            td { (view.day(row.consent.until)) }
                        }
                    }
                }
            }
        }))
    }
}

/// Areas down, groups across; few are hidden.
fn sums(view: &View, counts: &[Counted]) -> Markup {
    let mut areas: Vec<_> = counts.iter().map(|one| &one.area).collect();
    areas.sort();
    areas.dedup();
    let known: Vec<_> = view.setting.pack.groups().collect();
    let cell = |area: &huying_model::AreaCode, group: &SmolStr| {
        let found = counts.iter().find(|one| &one.area == area && &one.group == group);
        match found.map(|one| one.people) {
            Some(Some(people)) => people.to_string(),
            Some(None) => view.lang.pick("隐去", "hidden").to_owned(),
            None => String::new(),
        }
    };
    html! {
        section.stack aria-labelledby="sums-name" {
            h2 id="sums-name" { (view.lang.pick("人数", "How many")) }
            p.quiet { (view.lang.pick("不足10人的数字及可推算出它的数字隐去。", "Fewer than ten are hidden, and so is what would tell them by difference.")) }
            (frames::table(Named::By("sums-name"), &html! {
                table.table {
                    thead { tr {
                        th scope="col" { (view.lang.pick("区域", "Area")) }
                        @for group in &known { th scope="col" { (view.lang.pick(&group.name.zh, &group.name.en)) } }
                    } }
                    tbody {
                        @for area in areas {
                            tr {
                                th scope="row" { (view.area(area)) }
                                @for group in &known { td.number { (cell(area, &group.code)) } }
                            }
                        }
                    }
                }
            }))
        }
    }
}

/// Puts somebody down; what is wrong comes back with the form.
pub async fn register(Viewer(view): Viewer, Words(form): Words) -> Result<Response, Problem> {
    if form.said("act") != Some("register") {
        return Err(Problem::not_found());
    }
    let draft = forms::draft(&view, &form);
    let who = view.signed()?;
    let once = super::give::key(&view, &form)?;
    let done =
        view.state.engine.register_recipient(view.state.tenant(), &who.actor, &draft, once.as_ref()).await;
    match done {
        Ok(row) => Ok(Redirect::to(&format!("/recipients/{}", row.id)).into_response()),
        Err(error) => match Problem::from(error) {
            problem if problem.code == "validation" => {
                drawn(&view, &Asked::default(), Some((&form, &problem))).await
            }
            problem => Err(problem),
        },
    }
}

/// One record, masked, with what may be done.
pub async fn page(Viewer(view): Viewer, Path(text): Path<String>) -> Result<Response, Problem> {
    let row = view.state.engine.recipient(view.state.tenant(), &view.signed()?.actor, id(&text)?).await?;
    record(&view, &row, None).await
}

async fn record(
    view: &View,
    row: &RecipientRow,
    wrong: Option<(&Form, &Problem)>,
) -> Result<Response, Problem> {
    let (form, fields) = (wrong.map(|(form, _)| form), told(row)?);
    let title = view.lang.pick("服务对象", "Service recipient");
    let holds = Standing::of(row, view.now) == Standing::Holds;
    let days = view.state.settings.privacy.recipient_days;
    let purposes_of = row.consent.purposes.iter().map(|code| word(view, &PURPOSES, code).to_owned());
    let main = html! {
        main.page.stack id="main" {
            h1 { (title) " " (standing(view, row)) }
            p { a href="/recipients" { (view.lang.pick("返回列表", "Back to the list")) } }
            @if let Some((_, problem)) = wrong {
                (refused(view, view.lang.pick("未保存，请更正：", "Not saved. Correct this:"), problem))
            }
            dl.facts {
                dt { (view.lang.pick("分组", "Group")) } dd { (groups(view, &row.groups)) }
                dt { (view.lang.pick("网格", "Cell")) } dd { (view.area(&row.area)) }
                dt { (view.lang.pick("责任单位", "Responsible unit")) } dd { (view.unit(&row.unit)) }
                dt { (view.lang.pick("同意人", "Who agreed")) } dd { (word(view, &GIVEN_BY, &row.consent.given_by)) " · " (word(view, &HOW, &row.consent.how)) }
                dt { (view.lang.pick("同意的用途", "Agreed to")) } dd { (super::parts::joined(purposes_of, view.lang)) }
                dt { (view.lang.pick("同意期限", "Consent")) } dd { (view.day(row.consent.at)) " – " (view.day(row.consent.until)) }
                dt { (view.lang.pick("登记时间", "Registered")) } dd { (time(view, row.registered_at)) }
            }
            @if holds { (reveals(view, row, &fields)) (forms::change(view, row, &fields, form)) }
            @else {
                p { (view.lang.pick(format!("不再显示个人信息；{days}天后删除，期间可重新登记同意。"), format!("Nothing personal is shown any more. It is forgotten after {days} days; until then consent can be written down again."))) }
            }
            (forms::renew(view, row, form))
            (forms::end(view, row))
        }
    };
    let mut answer = frame::console(view, &Page::new(title), None, &Tally::of(view).await?, &main);
    if wrong.is_some() {
        *answer.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(answer)
}

/// A form for each field that was told.
fn reveals(view: &View, row: &RecipientRow, fields: &[Field]) -> Markup {
    let list = purposes(row);
    html! {
        section.stack aria-labelledby="reveal-name" {
            h2 id="reveal-name" { (view.lang.pick("个人信息", "What is personal")) }
            p.quiet { (view.lang.pick("按用途逐项查看；每次查看都会记录，本人可以要求查阅。", "Shown one by one, for a purpose. Each look is written down, and the person may ask for the list.")) }
            @for field in fields {
                (frames::command(&view.lang.pick(format!("查看{}", field.zh()), format!("Show {}", field.en().to_lowercase())), false, &html! {
                    form.stack method="post" action={ "/recipients/" (row.id) } {
                        input type="hidden" name="act" value="reveal";
                        input type="hidden" name="field" value=(field.code());
                        (choice(view, &format!("purpose-{}", field.code()), "purpose", view.lang.pick("查看目的", "For what"), &list))
                        button.button.button-primary { (view.lang.pick("查看", "Show")) }
                    }
                }))
            }
        }
    }
}

/// One act on a record.
pub async fn act(
    Viewer(view): Viewer,
    Path(text): Path<String>,
    Words(form): Words,
) -> Result<Response, Problem> {
    let (who, id, tenant) = (view.signed()?, id(&text)?, view.state.tenant());
    let engine = &view.state.engine;
    // Out of sight is out of sight, whatever is asked.
    let row = engine.recipient(tenant, &who.actor, id).await?;
    let said = |name| form.said(name).unwrap_or_default();
    let done = match said("act") {
        "reveal" => return shown(&view, &row, said("field"), said("purpose")).await,
        "export" => {
            let held = engine.export_recipient(tenant, &who.actor, id, &view.state.settings.privacy).await?;
            let mut answer = frame::fresh(axum::Json(held));
            let named = HeaderValue::from_static("attachment; filename=\"recipient.json\"");
            answer.headers_mut().insert(header::CONTENT_DISPOSITION, named);
            return Ok(answer);
        }
        "change" => {
            engine.change_recipient(tenant, &who.actor, id, &forms::draft(&view, &form)).await.map(Some)
        }
        "renew" => {
            engine.renew_recipient(tenant, &who.actor, id, &forms::draft(&view, &form)).await.map(Some)
        }
        "withdraw" => {
            let asked =
                Withdrawal { reason: said("reason").to_owned(), at_once: form.said("at_once").is_some() };
            engine.withdraw_recipient(tenant, &who.actor, id, &asked).await
        }
        _ => return Err(Problem::not_found()),
    };
    match done.map_err(Problem::from) {
        Ok(Some(row)) if own(view.org(), &who.actor).iter().any(|(unit, _)| unit == &row.unit.0) => {
            Ok(Redirect::to(&format!("/recipients/{}", row.id)).into_response())
        }
        // Forgotten, or given to another unit.
        Ok(_) => Ok(Redirect::to("/recipients").into_response()),
        Err(problem) if problem.code == "validation" => record(&view, &row, Some((&form, &problem))).await,
        Err(problem) => Err(problem),
    }
}

async fn shown(view: &View, row: &RecipientRow, field: &str, purpose: &str) -> Result<Response, Problem> {
    let told = revealed(&view.state, view.signed()?, row.id, field, purpose).await?;
    let name = Field::from_code(told.field).map_or("", |field| view.lang.pick(field.zh(), field.en()));
    let for_what = purposes(row);
    let main = html! {
        main.page.stack id="main" {
            h1 { (name) }
            p.case-words { (told.value) }
            p.quiet { (view.lang.pick("已记录查看目的：", "Written down, for: ")) (word(view, &for_what, purpose)) }
            p { a.button href={ "/recipients/" (row.id) } { (view.lang.pick("返回", "Back")) } }
        }
    };
    Ok(frame::console(view, &Page::new(name), None, &Tally::of(view).await?, &main))
}
