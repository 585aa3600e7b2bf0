//! Overdue cases that wait longest, each with its holder and one key that calls them.
//!
//! A key adds words and moves nothing, so it holds whatever has happened to the case meanwhile. It is the command that the table allows
//! this member: supervise, else call for help. What is said with it stands on the page.
//! Start at [`panel`].

use std::collections::BTreeMap;

use huying_model::{CaseId, Name};
use huying_store::{CaseView, Filter, Line, Order};
use maud::{Markup, html};

use super::figures::Ground;
use crate::{
    api::find,
    pages::{address, parts::chip, view::View},
    problem::Problem,
};

/// Cases that are shown.
const CASES: usize = 5;

/// The panel; on a wall nobody is there to press a key.
pub async fn panel(view: &View, ground: &Ground, keys: bool) -> Result<Markup, Problem> {
    let (store, tenant) = (view.state.engine.store(), view.state.tenant());
    let filter = Filter { overdue_at: Some(view.now), ..ground.filter() };
    let mut lines = store.list(tenant, &filter, Order::OldestFirst, None, CASES).await?.items;
    find::own_words(&view.state, view.signed()?, &mut lines).await?;
    let ids: Vec<CaseId> = lines.iter().map(|line| line.case).collect();
    let views = if keys { store.cases_seen(tenant, &ids, ground.seen.as_ref()).await? } else { Vec::new() };
    let views: BTreeMap<CaseId, CaseView> = views.into_iter().map(|found| (found.case.id, found)).collect();
    let mut drawn = Vec::new();
    for line in &lines {
        drawn.push(one(view, ground, line, (views.get(&line.case), keys))?);
    }
    let pick = |zh, en| view.lang.pick(zh, en);
    Ok(html! {
        section.panel aria-labelledby="attention-name" {
            h2 id="attention-name" { (pick("需要您关注：等得最久的超期案件", "Needs you: overdue cases that wait longest")) }
            @if drawn.is_empty() { p.quiet { (pick("没有超期案件。", "Nothing is overdue.")) } } @else {
                ol.plain.lines data-most="3" { @for one in &drawn { li { (one) } } }
            }
        }
    })
}

fn one(
    view: &View,
    ground: &Ground,
    line: &Line,
    (found, keys): (Option<&CaseView>, bool),
) -> Result<Markup, Problem> {
    let matter = line.matter.as_ref().map(|code| huying_model::MatterCode(code.clone()));
    let area = line.area.as_ref().map(|code| huying_model::AreaCode(code.clone()));
    let unit = view.unit(&huying_model::UnitId(line.custodian.clone()));
    // What hangs on a wall is read by whoever passes: it names the matter and never what somebody wrote.
    let own = line.title.clone().filter(|_| keys);
    let title = own.unwrap_or_else(|| view.matter(matter.as_ref()).to_string());
    let key = match found {
        Some(found) => key(view, ground, found, &unit)?,
        None => None,
    };
    Ok(html! {
        (chip(view, line.due, false)) " "
        a href={ "/cases/" (line.number) } { (title) } " "
        small { (view.short_place(area.as_ref())) " · " (unit) }
        @if let Some(key) = key { (key) }
    })
}

/// The form of the key, where the member may call anybody about the case.
fn key(view: &View, ground: &Ground, found: &CaseView, unit: &str) -> Result<Option<Markup>, Problem> {
    let allowed = view.state.engine.allowed(&view.setting, &found.case, &view.signed()?.actor);
    let Some(name) = [Name::Supervise, Name::Call].into_iter().find(|name| allowed.contains(name)) else {
        return Ok(None);
    };
    let words = view.lang.pick(
        "此案已超期，请立即办理并回复进展。",
        "This case is overdue: deal with it now and report progress.",
    );
    let back = address("/cockpit", &[("area", ground.area.as_str())]);
    Ok(Some(html! {
        form.command-form method="post" action={ "/cases/" (found.case.id) "/commands/" (name.code()) } {
            input type="hidden" name="idempotency_key" value=(uuid::Uuid::now_v7());
            input type="hidden" name="back" value=(back);
            input type="hidden" name="words" value=(words);
            @if name == Name::Call { input type="hidden" name="callee" value=(found.case.custodian); }
            button.button aria-label={ (view.lang.pick(name.zh(), name.en())) " " (unit) " " (found.case.number) } title=(words) { (view.lang.pick(name.zh(), name.en())) " " (unit) }
        }
    }))
}
