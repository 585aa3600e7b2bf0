//! One act on several chosen cases, with what became of each.
//!
//! Owns which acts a queue offers for several at once. Each case is a command of its own, judged by the rules as if it were given alone:
//! some go through and some do not, and the page after it says so case by case. Start at [`bar`], then [`give()`], then [`page`].

use axum::{
    extract::Query,
    response::{IntoResponse, Redirect, Response},
};
use huying_engine::handle::{Claimed, SayIn};
use huying_model::{Case, CaseId, Name, Refusal, UnitId, case::Part};
use huying_store::{CaseView, Key, Receipt};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Value, json};
use smol_str::SmolStr;

use crate::{
    api::{
        commands,
        find::{self, Named},
    },
    pages::{
        address,
        case::{self, Around},
        components::frames,
        form::{Form, Words},
        frame::{self, Here, Page},
        give, orders,
        tabs::{Tab, Tally},
        undo,
        view::{View, Viewer},
    },
    problem::{CODES, Problem},
};

/// No row of the dispatch table fits.
const NO_ROUTE: &str = "no_route";
/// Another unit is proposed than the row showed.
const PROPOSED_OTHERWISE: &str = "proposed_otherwise";
/// The member has no part to receive.
const NO_PART: &str = "no_part";

/// The acts that a queue offers for several cases. The last is what Enter does.
pub fn acts(tab: Tab) -> &'static [Name] {
    match tab {
        Tab::Dispatch => &[Name::Return, Name::Dispatch],
        Tab::Receive => &[Name::Receive],
        _ => &[],
    }
}

/// The form that the boxes of the rows belong to. It is there without a script; a script opens it when a row is chosen.
pub fn bar(view: &View, tab: Tab) -> Markup {
    let acts = acts(tab);
    let last = acts.len().saturating_sub(1);
    html! {
        @if !acts.is_empty() {
            details.bulk.no-print {
                summary {
                    (view.lang.pick("批量办理", "Several at once")) " "
                    span data-picked=(view.lang.pick("已选 {n} 件", "{n} chosen")) role="status" {}
                }
                form.filter-bar id="bulk" method="post" action="/desk/bulk" {
                    input type="hidden" name="idempotency_key" value=(uuid::Uuid::now_v7());
                    input type="hidden" name="queue" value=(tab.code());
                    @for (no, name) in acts.iter().enumerate() {
                        @let reasoned = needs_reason(*name);
                        @if reasoned {
                            input.input name="reason" required maxlength="400" autocomplete="off"
                                aria-label=(view.lang.pick("理由", "Reason")) placeholder=(view.lang.pick("理由", "Reason"));
                        }
                        button.button.button-primary[no == last] name="act" value=(name.code()) formnovalidate[!reasoned] data-key=[(no == last).then_some("bulk")] {
                            (label(view, *name))
                        }
                    }
                }
            }
        }
    }
}

fn label(view: &View, name: Name) -> &'static str {
    match name {
        Name::Dispatch => view.lang.pick("按建议派遣", "Dispatch as proposed"),
        _ => view.lang.pick(name.zh(), name.en()),
    }
}

fn needs_reason(name: Name) -> bool {
    orders::fields(name).unwrap_or_default().contains(&orders::Field::Text("reason"))
}

/// Gives the act to each case that was chosen.
pub async fn give(Viewer(view): Viewer, Words(form): Words) -> Result<Response, Problem> {
    let tab = form.said("queue").and_then(Tab::from_code).unwrap_or(Tab::Mine);
    let name = form.said("act").and_then(Name::from_code).filter(|name| acts(tab).contains(name));
    let name = name.ok_or_else(Problem::not_found)?;
    let chosen = form.every("case").filter_map(unboxed).take(super::ROWS);
    let mut told = Vec::new();
    for (case, shown) in chosen {
        told.push(match one(&view, &form, name, (case, shown)).await {
            Ok(receipt) => format!("{case}.{}", receipt.version),
            Err(code) => format!("{case}-{code}"),
        });
    }
    let told = told.join("*");
    let told = [("queue", tab.code()), ("act", name.code()), ("r", told.as_str())];
    Ok(Redirect::to(&address("/desk/bulk", &told)).into_response())
}

/// What the box of a row sends: its case, and the unit that the row proposed, where it proposed one.
pub fn boxed(case: CaseId, proposed: Option<&UnitId>) -> String {
    proposed.map_or_else(|| case.to_string(), |unit| format!("{case}:{unit}"))
}

fn unboxed(chosen: &str) -> Option<(CaseId, Option<&str>)> {
    let (case, shown) = chosen.split_once(':').map_or((chosen, None), |(case, unit)| (case, Some(unit)));
    Some((case.parse().ok()?, shown))
}

/// One of them; what is refused is told by its code.
async fn one(
    view: &View,
    form: &Form,
    name: Name,
    (case, shown): (CaseId, Option<&str>),
) -> Result<Receipt, &'static str> {
    let code = |problem: Problem| problem.code;
    let who = view.signed().map_err(code)?;
    let found = find::case(&view.state, who, &Named::Id(case)).await.map_err(code)?;
    let body = body(view, form, name, (&found.case, shown)).await?;
    // One form, but a request for each case.
    let key = give::key(view, form).map_err(code)?;
    let key = key.map(|key| Key { key: SmolStr::new(format!("{}.{case}", key.key)), ..key });
    let outcome = view
        .state
        .engine
        .say(SayIn {
            tenant: view.state.tenant(),
            actor: who.actor.clone(),
            case,
            name,
            body,
            uploads: Vec::new(),
            claimed: Claimed::default(),
            key,
            if_match: Some(found.case.version),
        })
        .await;
    commands::count(&view.state, name, &outcome.as_ref());
    outcome.map_err(|error| Problem::from(error).code)
}

async fn body(
    view: &View,
    form: &Form,
    name: Name,
    (case, shown): (&Case, Option<&str>),
) -> Result<Value, &'static str> {
    match name {
        Name::Dispatch => {
            let routing = view.state.engine.suggest(&view.setting, view.state.tenant(), case).await;
            let routing = routing.map_err(|error| Problem::from(error).code)?.ok_or(NO_ROUTE)?;
            // What is dispatched was seen: a rule that says otherwise by now is for a second look.
            if shown != Some(routing.lead.as_str()) {
                return Err(PROPOSED_OTHERWISE);
            }
            Ok(json!({"lead": routing.lead, "assists": routing.assists}))
        }
        Name::Receive => {
            let own = case.assignments.iter().find(|part| {
                part.part == Part::Sent && view.seats().iter().any(|seat| seat.unit == part.unit)
            });
            Ok(json!({"unit": own.ok_or(NO_PART)?.unit}))
        }
        _ => Ok(json!({"reason": form.said("reason").unwrap_or_default()})),
    }
}

/// What the address of the page tells.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Told {
    queue: Option<String>,
    act: Option<String>,
    r: Option<String>,
}

/// What became of a case.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Became {
    Done(u32),
    Refused(String),
}

/// Case and outcome, as [`give()`] writes them.
fn read(text: &str) -> Option<(CaseId, Became)> {
    let at = text.find(['.', '-'])?;
    let (case, rest) = text.split_at_checked(at)?;
    let case = case.parse().ok()?;
    match rest.strip_prefix('.') {
        Some(version) => Some((case, Became::Done(version.parse().ok()?))),
        None => Some((case, Became::Refused(rest.strip_prefix('-')?.to_owned()))),
    }
}

/// What became of each, with the way back where there is one.
pub async fn page(Viewer(view): Viewer, Query(told): Query<Told>) -> Result<Response, Problem> {
    let tab = told.queue.as_deref().and_then(Tab::from_code).unwrap_or(Tab::Mine);
    let name = told.act.as_deref().and_then(Name::from_code).ok_or_else(Problem::not_found)?;
    let each: Vec<(CaseId, Became)> =
        told.r.as_deref().unwrap_or_default().split('*').filter_map(read).take(super::ROWS).collect();
    let back = address("/desk", &[("queue", tab.code())]);
    let around = Around::Desk { back: back.clone(), onward: None };
    let done = each.iter().filter(|(_, became)| matches!(became, Became::Done(_))).count();
    let mut lines = Vec::new();
    for (case, became) in &each {
        if let Some(found) = super::readable(&view, &Named::Id(*case)).await? {
            lines.push(line(&view, name, &found, became, &around).await?);
        }
    }
    let (done, not) = (done.to_string(), (each.len() - done).to_string());
    let title = view.lang.pick(
        format!("{}：办成 {done} 件，未办 {not} 件", label(&view, name)),
        format!("{}: {done} done, {not} not done", label(&view, name)),
    );
    let main = html! {
        main.page.page-wide.stack id="main" {
            h1 { (title) }
            @if lines.is_empty() { p { (view.lang.pick("没有选中案件。", "No case was chosen.")) } }
            @else {
                (frames::table(frames::Named::As(&title), &html! {
                    table.table {
                        thead { tr {
                            th scope="col" { (view.lang.pick("案件", "Case")) }
                            th scope="col" { (view.lang.pick("结果", "Result")) }
                            th scope="col" { (view.lang.pick("现在由谁办", "With whom now")) }
                            th scope="col" { (view.lang.pick("撤销", "Undo")) }
                        } }
                        tbody { @for line in &lines { (line) } }
                    }
                }))
            }
            p { a.button.button-primary href=(back) { (view.lang.pick("回到队列", "Back to the queue")) } }
        }
    };
    Ok(frame::console(&view, &Page::new(&title), Some(Here::Queue(tab)), &Tally::of(&view).await?, &main))
}

async fn line(
    view: &View,
    name: Name,
    found: &CaseView,
    became: &Became,
    around: &Around,
) -> Result<Markup, Problem> {
    let (words, back) = match became {
        Became::Done(version) => (
            view.lang.pick("已办", "Done").to_owned(),
            undo::offered(view, name, (found.case.id, *version), around).await?,
        ),
        Became::Refused(code) => (why(view, code), None),
    };
    let number = &found.case.number;
    Ok(html! {
        tr data-became=(if matches!(became, Became::Done(_)) { "done" } else { "refused" }) {
            td { a.code href={ "/cases/" (number) } { (number) } " " (case::title(view, found)) }
            td { (words) }
            td { (view.unit(&found.case.custodian)) }
            td { @if let Some(button) = &back { (button) } }
        }
    })
}

/// Why it was not done. A sentence that quotes what only the refusal itself knew is left to the case's own page.
fn why(view: &View, code: &str) -> String {
    let other = view.lang.pick("未办成，请打开案件办理。", "Not done: open the case.");
    let words = match code {
        NO_ROUTE => {
            view.lang.pick("没有建议的承办单位，请逐件派遣。", "No unit is proposed: dispatch it by hand.")
        }
        PROPOSED_OTHERWISE => view.lang.pick(
            "建议的单位已与所见不同，请再看一眼。",
            "Another unit is proposed by now than was shown: look again.",
        ),
        NO_PART => view.lang.pick("您的单位没有待签收的任务。", "Your unit has nothing to receive here."),
        _ => {
            let own = CODES.iter().find(|row| row.0 == code).map(|row| view.lang.pick(row.3, row.2));
            let rule =
                Refusal::CODES.iter().find(|row| row.0 == code).map(|row| view.lang.pick(row.2, row.1));
            own.or(rule).filter(|words| !words.contains('{')).unwrap_or(other)
        }
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_became_of_a_case_reads_back() {
        let case = CaseId(26);
        assert_eq!(read(&format!("{case}.4")), Some((case, Became::Done(4))));
        assert_eq!(read(&format!("{case}-must_rule")), Some((case, Became::Refused("must_rule".into()))));
        for nothing in ["", "yesterday", ".4", "-x", "1.x"] {
            assert_eq!(read(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn what_a_queue_offers_for_several_asks_for_a_reason_at_most() {
        for tab in Tab::ALL {
            for name in acts(tab) {
                let fields = orders::fields(*name).unwrap();
                let known = |field: &orders::Field| {
                    matches!(
                        field,
                        orders::Field::Unit("lead")
                            | orders::Field::Units("assists")
                            | orders::Field::OwnUnit
                            | orders::Field::Text("reason")
                    )
                };
                assert!(fields.iter().all(known), "{}", name.code());
            }
        }
    }
}
