//! The cases behind a figure: what a number of the cockpit or the analysis leads to.
//!
//! Owns the translation from an address to the store's filter, so that the list has exactly as many cases as the figure said. Start at
//! [`page`].

use axum::{extract::Query, response::Response};
use huying_model::{AreaCode, MatterCode, Stage, UnitId};
use huying_store::{Filter, Line, Order};
use maud::{Markup, html};
use serde::Deserialize;
use smol_str::SmolStr;

use super::figures::Ground;
use crate::{
    api::{find, queue::SOON_MINUTES},
    pages::{
        address,
        analysis::days,
        components::frames::{self, Named},
        frame::{self, Here, Page},
        parts::{chip, icon, time},
        tabs::Tally,
        view::{View, Viewer},
    },
    problem::Problem,
};

/// Lines of a page.
const ROWS: usize = 60;

/// Which cases. With days, those received in them; without, the open ones.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    area: Option<String>,
    /// `overdue`, `soon`, `fine` or `paused`.
    state: Option<String>,
    /// A matter, or a track with its stroke at the end.
    matter: Option<String>,
    source: Option<String>,
    urgency: Option<String>,
    unit: Option<String>,
    stage: Option<String>,
    from: Option<String>,
    to: Option<String>,
    cursor: Option<String>,
}

impl Asked {
    fn said(&self) -> Vec<(&'static str, &str)> {
        let fields = [
            ("area", &self.area),
            ("state", &self.state),
            ("matter", &self.matter),
            ("source", &self.source),
            ("urgency", &self.urgency),
            ("unit", &self.unit),
            ("stage", &self.stage),
            ("from", &self.from),
            ("to", &self.to),
        ];
        fields
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.as_deref()?.trim())))
            .filter(|(_, value)| !value.is_empty())
            .collect()
    }

    fn one(&self, name: &str) -> Option<&str> {
        self.said().into_iter().find(|(field, _)| *field == name).map(|(_, value)| value)
    }

    fn filter(&self, view: &View, ground: &Ground) -> Result<Filter, Problem> {
        let list = |name: &str| self.one(name).map(SmolStr::new).into_iter().collect::<Vec<_>>();
        let mut filter = Filter {
            sources: list("source"),
            urgencies: list("urgency"),
            leads: list("unit"),
            stages: list("stage"),
            ..ground.filter()
        };
        match self.one("matter") {
            Some(track) if track.ends_with('/') => filter.matter_prefix = Some(track.into()),
            Some(matter) => filter.matters = vec![matter.into()],
            None => {}
        }
        let soon = view.now.plus_minutes(SOON_MINUTES);
        match self.one("state") {
            Some("overdue") => filter.overdue_at = Some(view.now),
            Some("soon") => (filter.due_after, filter.overdue_at) = (Some(view.now), Some(soon)),
            Some("fine") => filter.due_after = Some(soon),
            Some("paused") => filter.undue = true,
            _ => {}
        }
        match days::read(self.one("from"), self.one("to"))? {
            Some(period) => {
                let (from, until) = days::span(view, period)?;
                (filter.received_from, filter.received_until) = (Some(from), Some(until));
            }
            None => filter.open_only = true,
        }
        Ok(filter)
    }
}

/// The list.
pub async fn page(Viewer(view): Viewer, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let ground = Ground::of(&view, asked.one("area"))?;
    let filter = asked.filter(&view, &ground)?;
    let (store, tenant, cursor) = (view.state.engine.store(), view.state.tenant(), asked.cursor.as_deref());
    let mut found = find::page(store.list(tenant, &filter, Order::NewestFirst, cursor, ROWS).await, cursor)?;
    find::own_words(&view.state, view.signed()?, &mut found.items).await?;
    let pick = |zh, en| view.lang.pick(zh, en);
    let title = format!("{} · {}", view.area(&ground.area), pick("案件", "Cases"));
    let onward = found.next.as_deref().map(|next| {
        let mut query = asked.said();
        query.push(("cursor", next));
        address("/cockpit/cases", &query)
    });
    let main = html! {
        main.page.page-wide.stack id="main" {
            p { a href=(address("/cockpit", &[("area", ground.area.as_str())])) { (icon("back")) (pick("回到驾驶舱", "Back to the cockpit")) } }
            h1 { (title) }
            (chosen(&view, &asked))
            @if found.items.is_empty() {
                div.empty { (icon("done")) h2 { (pick("没有这样的案件", "There are no such cases")) } p { (pick("它们也许刚刚有了变化。", "They may just have moved on.")) } }
            } @else { (table(&view, &found.items)) }
            @if let Some(onward) = onward { p { a.button href=(onward) { (pick("更多", "More")) } } }
        }
    };
    Ok(frame::console(&view, &Page::new(&title), Some(Here::Cockpit), &Tally::of(&view).await?, &main))
}

/// By what the list was chosen, in words.
fn chosen(view: &View, asked: &Asked) -> Markup {
    let pick = |zh, en| view.lang.pick(zh, en);
    html! {
        p.quiet {
            @if asked.one("from").is_none() { (pick("在办", "Open")) }
            @for (name, value) in asked.said() {
                @match name {
                    "state" => { " · " (match value { "overdue" => pick("超期", "overdue"), "soon" => pick("临期", "due soon"), "fine" => pick("正常", "in time"), _ => pick("暂停", "paused") }) }
                    "matter" => { " · " (view.matter(Some(&MatterCode::new(value)))) }
                    "unit" => { " · " (view.unit(&UnitId::new(value))) }
                    "source" => { " · " (huying_model::catalogue::Source::from_code(value).map(|source| pick(source.zh(), source.en())).unwrap_or_default()) }
                    "stage" => { " · " (stage(view, value)) }
                    "from" => { (value) }
                    "to" => { "—" (value) }
                    _ => {}
                }
            }
        }
    }
}

fn stage(view: &View, code: &str) -> &'static str {
    Stage::from_code(code).map(|stage| view.lang.pick(stage.zh(), stage.en())).unwrap_or_default()
}

fn table(view: &View, lines: &[Line]) -> Markup {
    let pick = |zh, en| view.lang.pick(zh, en);
    html! {
        (frames::table(Named::As(pick("案件", "Cases")), &html! {
            table.table {
                thead { tr {
                    th scope="col" { (pick("时限", "Due")) } th scope="col" { (pick("案号", "Number")) } th scope="col" { (pick("事项", "Matter")) }
                    th scope="col" { (pick("地点", "Place")) } th scope="col" { (pick("阶段", "Stage")) } th scope="col" { (pick("责任单位", "Holder")) } th scope="col" { (pick("收到", "Received")) }
                } }
                tbody {
                    @for line in lines {
                        @let matter = line.matter.as_ref().map(|code| MatterCode(code.clone()));
                        @let area = line.area.as_ref().map(|code| AreaCode(code.clone()));
                        @let open = Stage::from_code(&line.stage).is_some_and(Stage::is_open);
                        tr {
                            td { @if open { (chip(view, line.due, line.due.is_none())) } }
                            td.code { a href={ "/cases/" (line.number) } { (line.number) } }
                            td { (line.title.clone().unwrap_or_else(|| view.matter(matter.as_ref()).to_string())) }
                            td { (view.short_place(area.as_ref())) }
                            td.word { (stage(view, &line.stage)) }
                            td { (view.unit(&UnitId(line.lead.clone().unwrap_or_else(|| line.custodian.clone())))) }
                            td { (time(view, line.received_at)) }
                        }
                    }
                }
            }
        }))
    }
}
