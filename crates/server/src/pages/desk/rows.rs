//! The rows of the desk's list: what each says, and which unit is proposed.
//!
//! Owns [`Row`], whichever read it comes from, and how it is drawn. Refuses to choose rows or their order: that is the desk's. Start at
//! [`Row`].

use huying_model::{AreaCode, CaseId, Instant, MatterCode, UnitId, catalogue::Source};
use huying_store::{CaseView, Line, QueueLine};
use maud::{Markup, html};
use smol_str::SmolStr;

use super::{Asked, Listed, bulk};
use crate::{
    pages::{
        components::rows::{CaseLine, case_row},
        parts::chip,
        tabs::Tab,
        texts::T,
        view::View,
    },
    problem::Problem,
};

/// A row of the list, whichever read it comes from.
pub struct Row {
    pub case: CaseId,
    pub title: Option<String>,
    pub address: Option<String>,
    pub area: Option<SmolStr>,
    pub matter: Option<SmolStr>,
    pub source: SmolStr,
    pub stage: SmolStr,
    pub unit: SmolStr,
    pub due: Option<Instant>,
    pub paused: bool,
    pub hazard: bool,
    /// The unit that the dispatch table proposes, where the case waits to be dispatched.
    pub proposed: Option<UnitId>,
}

impl From<QueueLine> for Row {
    fn from(line: QueueLine) -> Row {
        Row {
            case: line.case,
            title: line.title,
            address: line.address,
            area: line.area,
            matter: line.matter,
            source: line.source,
            stage: line.stage,
            unit: line.lead.unwrap_or(line.custodian),
            due: line.due,
            paused: line.paused,
            hazard: line.hazard,
            proposed: None,
        }
    }
}

impl From<Line> for Row {
    fn from(line: Line) -> Row {
        Row {
            case: line.case,
            title: line.title,
            address: None,
            area: line.area,
            matter: line.matter,
            source: line.source,
            stage: line.stage,
            unit: line.lead.unwrap_or(line.custodian),
            due: line.due,
            paused: false,
            hazard: false,
            proposed: None,
        }
    }
}

/// The row of a single case.
pub fn row_of(one: &CaseView) -> Row {
    let (case, next) =
        (&one.case, one.case.clocks.iter().filter(|clock| clock.runs()).map(|clock| clock.due).min());
    Row {
        case: case.id,
        title: one.texts.title.clone(),
        address: one.texts.address.clone(),
        area: case.place.area.as_ref().map(|area| area.0.clone()),
        matter: case.matter.as_ref().map(|matter| matter.0.clone()),
        source: SmolStr::new_static(case.source.code()),
        stage: SmolStr::new_static(case.stage.code()),
        unit: case.lead_unit().unwrap_or(&case.custodian).0.clone(),
        due: next,
        paused: case.suspended(),
        hazard: case.hazard,
        proposed: None,
    }
}

/// Puts the proposed unit into each row of the dispatch queue: what is confirmed by a key, or for several at once, has to be seen.
pub async fn propose(view: &View, listed: &mut Listed) -> Result<(), Problem> {
    if listed.tab != Tab::Dispatch {
        return Ok(());
    }
    let (engine, tenant) = (&view.state.engine, view.state.tenant());
    let waits = |row: &&Row| listed.tab.holds(&row.stage);
    let ids: Vec<CaseId> = listed.rows.iter().filter(waits).map(|row| row.case).collect();
    let cases = engine.store().cases_seen(tenant, &ids, view.seen()?.as_ref()).await?;
    for row in &mut listed.rows {
        if let Some(found) = cases.iter().find(|found| found.case.id == row.case) {
            let routing = engine.suggest(&view.setting, tenant, &found.case).await?;
            row.proposed = routing.map(|routing| routing.lead);
        }
    }
    Ok(())
}

/// One row: a link to the desk with its case chosen, and a box where the queue takes several at once.
pub fn row_shown(view: &View, asked: &Asked, listed: &Listed, row: &Row, current: bool) -> Markup {
    let id = row.case.to_string();
    let matter = row.matter.as_ref().map(|code| MatterCode(code.clone()));
    let title = match &matter {
        Some(_) => view.matter(matter.as_ref()).to_string(),
        None => row.title.clone().unwrap_or_else(|| view.say(T::MatterOpen).to_owned()),
    };
    let text = match (&matter, &row.title) {
        (Some(_), Some(title)) => title.clone(),
        _ => row.address.clone().unwrap_or_default(),
    };
    let source = Source::from_code(&row.source).map(|source| view.lang.pick(source.zh(), source.en()));
    let stage =
        huying_model::Stage::from_code(&row.stage).map(|stage| view.lang.pick(stage.zh(), stage.en()));
    let area = row.area.as_ref().map(|code| AreaCode(code.clone()));
    let several = listed.found || listed.tab.stages().is_empty();
    let source = if several { stage.unwrap_or_default() } else { source.unwrap_or_default() };
    // A search shows cases of other stages too, which the acts of this queue are not for.
    let acts = !bulk::acts(listed.tab).is_empty() && (!listed.found || listed.tab.holds(&row.stage));
    let pick = acts.then(|| {
        let name = view.lang.pick(format!("选择：{title}"), format!("Choose: {title}"));
        (name, bulk::boxed(row.case, row.proposed.as_ref()))
    });
    case_row(
        view,
        &CaseLine {
            to: asked.link(listed.tab, &[("case", &id)]),
            id,
            chip: chip(view, row.due, row.paused),
            hazard: row.hazard,
            title,
            text,
            place: view.short_place(area.as_ref()),
            source: source.to_owned(),
            unit: unit_shown(view, listed, row),
            chosen: current,
            pick,
        },
    )
}

/// Who has the case, or who is proposed where it waits to be dispatched.
fn unit_shown(view: &View, listed: &Listed, row: &Row) -> Markup {
    html! {
        @match &row.proposed {
            Some(unit) => {
                span.visually-hidden { (view.lang.pick("建议派遣给 ", "Proposed: ")) } span aria-hidden="true" { "→ " } (view.unit(unit))
            }
            None if listed.tab == Tab::Dispatch && listed.tab.holds(&row.stage) => { (view.lang.pick("需人工选", "By hand")) }
            None => { (view.unit(&UnitId(row.unit.clone()))) }
        }
    }
}
