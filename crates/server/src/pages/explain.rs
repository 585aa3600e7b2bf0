//! The page that explains who would get a case, and the reasons beside a case that was dispatched.
//!
//! Owns a form that works without a script and the answer below it. Refuses to compute: the answer is the pack's. Start at [`page`];
//! [`beside`] is the part of a case's page.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use huying_geo::Point;
use huying_model::{
    Case, Instant,
    catalogue::{Source, Urgency},
    route::Because,
};
use huying_pack::{
    explain::{Climb, ClockTold, Explanation, Named, Part, Rival, Wrong, text},
    told::Told,
};
use maud::{Markup, html};

use super::{
    address,
    choices::{urgency_code, urgency_words},
    components::frames,
    frame::{self, Page},
    parts::{error_summary, joined, time},
    places,
    tabs::Tally,
    texts::T,
    view::{View, Viewer},
};
use crate::{
    api::{
        explain::{self, ExplainQuery},
        journal::EntryShown,
    },
    problem::Problem,
    sent::Asked,
};

/// The form, and the answer where something was asked.
pub async fn page(Viewer(view): Viewer, Asked(query): Asked<ExplainQuery>) -> Result<Response, Problem> {
    let answer = (!query.matter.is_empty()).then(|| explain::asked(&view.state, &query));
    let wrong: &[Wrong] = match &answer {
        Some(Err(wrong)) => wrong,
        _ => &[],
    };
    let told: Vec<(String, String)> = wrong
        .iter()
        .map(|wrong| {
            (wrong.field.to_owned(), format!("{} {}", said(&view, &wrong.what), said(&view, &wrong.mend)))
        })
        .collect();
    let words = view.say(T::Explain);
    let title = if told.is_empty() { words.to_owned() } else { view.fill(T::FailedTitle, &[words]) };
    let main = html! {
        main.page.page-wide.stack id="main" {
            h1 { (words) }
            p.quiet { (view.say(T::ExplainHint)) }
            @if !told.is_empty() { (error_summary(&view, &told)) }
            (form(&view, &query, &told))
            @if let Some(Ok(told)) = &answer { (shown(&view, told)) }
        }
    };
    let page = frame::console(&view, &Page::new(&title), None, &Tally::of(&view).await?, &main);
    Ok(if told.is_empty() { page } else { (StatusCode::UNPROCESSABLE_ENTITY, page).into_response() })
}

fn said<'a>(view: &View, told: &'a Told) -> &'a str {
    view.lang.pick(&told.zh, &told.en)
}

fn name<'a>(view: &View, named: &'a Named) -> &'a str {
    said(view, &named.name)
}

fn form(view: &View, query: &ExplainQuery, told: &[(String, String)]) -> Markup {
    let line = |id: &'static str, label: T, hint: T, value: Option<&str>| {
        let wrong = told.iter().find(|(field, _)| field == id).map(|(_, words)| words);
        html! {
            div.field data-invalid[wrong.is_some()] {
                label for=(id) { (view.say(label)) }
                span.hint id={ (id) "-hint" } { (view.say(hint)) }
                @if let Some(words) = wrong { span.error id={ (id) "-error" } { (words) } }
                input.input id=(id) name=(id) autocomplete="off" value=[value] aria-invalid=[wrong.map(|_| "true")]
                    aria-describedby={ (id) "-hint" @if wrong.is_some() { " " (id) "-error" } };
            }
        }
    };
    html! {
        form.stack method="get" action="/explain" {
            div.field {
                label for="matter" { (view.say(T::Matter)) }
                select id="matter" name="matter" {
                    @for (track, matters) in places::by_track(view, &view.setting.policy.current) {
                        optgroup label=(track) {
                            @for matter in matters { option value=(matter.code) selected[matter.code.as_str() == query.matter] { (view.matter(Some(&matter.code))) } }
                        }
                    }
                }
            }
            (line("condition", T::ConditionNo, T::ConditionHint, query.condition.as_deref()))
            (line("at", T::PointLabel, T::PointHint, query.at.as_deref()))
            div.field {
                label for="area" { (view.say(T::Area)) " " span.optional { (view.say(T::AreaInstead)) } }
                (places::chooser(view, "area", query.area.as_deref()))
            }
            (line("when", T::MomentLabel, T::MomentHint, query.when.as_deref()))
            div.field {
                label for="source" { (view.say(T::Source)) }
                select id="source" name="source" {
                    @for source in Source::ALL { option value=(source.code()) selected[source.code() == query.source] { (view.lang.pick(source.zh(), source.en())) } }
                }
            }
            div.field {
                label for="urgency" { (view.say(T::UrgencyLabel)) }
                select id="urgency" name="urgency" {
                    @for urgency in [Urgency::Green, Urgency::Yellow, Urgency::Red] {
                        option value=(urgency_code(urgency)) selected[query.urgency.as_deref() == Some(urgency_code(urgency))] { (urgency_words(view, urgency)) }
                    }
                }
            }
            @if let Some(version) = &query.version { input type="hidden" name="version" value=(version); }
            div.row { button.button.button-primary { (view.say(T::ExplainAsk)) } }
        }
    }
}

fn shown(view: &View, it: &Explanation) -> Markup {
    html! {
        section.part aria-labelledby="who-name" {
            h2 id="who-name" { (view.say(T::WhoGetsIt)) }
            dl.facts {
                dt { (view.say(T::Lead)) }
                dd { @match &it.lead { Some(lead) => { (part(view, lead)) } None => { (view.say(T::ByHand)) } } }
                @for assist in &it.assists { dt { (view.say(T::Assist)) } dd { (part(view, assist)) } }
                @if !it.rivals.is_empty() {
                    dt { (view.say(T::AmongRivals)) }
                    dd { (joined(it.rivals.iter().map(|rival| rival_words(view, rival)), view.lang)) }
                }
                dt { (view.say(T::TakenInBy)) } dd { (name(view, &it.intake)) }
                dt { (view.say(T::Centre)) } dd { (name(view, &it.centre)) }
                dt { (view.say(T::LeaderOf)) } dd { (name(view, &it.leader)) }
                dt { (view.say(T::FiledBy)) } dd { (by_itself(view, it.files)) }
                dt { (view.say(T::DispatchedBy)) } dd { (by_itself(view, it.dispatches)) }
                dt { (view.say(T::MomentLabel)) } dd { (view.full(it.at)) " · " (name(view, &it.period)) @if let Some(occasion) = &it.occasion { " · " (occasion) } }
                dt { (view.say(T::OpensWhen)) } dd { (it.condition) " " (it.opens_when) }
            }
            @for refused in &it.refused { p.notice { (view.fill(T::WouldBeRefused, &[name(view, &refused.step), said(view, &refused.words)])) } }
        }
        (rows(view, it))
        (clocks(view, it))
        section.part aria-labelledby="end-name" {
            h2 id="end-name" { (view.say(T::HowItEnds)) }
            dl.facts {
                dt { (view.say(T::ClosingLevel)) } dd { (name(view, &it.closing_level)) " · " (name(view, &it.closing_centre)) }
                dt { (view.say(T::InspectedBy)) } dd { @match &it.inspects { Some(unit) => { (name(view, unit)) } None => { (said(view, &text::uninspected())) } } }
                dt { (view.say(T::CalledBackBy)) }
                dd { (maybe(view, it.calls_back.as_ref())) @if it.calls_back.is_some() { " " span.quiet { (view.say(T::WhereContact)) } } }
                dt { (view.say(T::EvidenceNeeded)) }
                dd { @if it.evidence.is_empty() { (view.say(T::None)) } @else { (joined(it.evidence.iter().map(|kind| name(view, kind).to_owned()), view.lang)) } }
                dt { (view.say(T::ClosesWhen)) } dd { (it.closes_when) }
            }
        }
    }
}

fn rival_words(view: &View, rival: &Rival) -> String {
    let metres = rival.metres.map_or_else(|| "?".to_owned(), |metres| metres.to_string());
    format!("{} {metres} m", name(view, &rival.unit))
}

fn by_itself(view: &View, itself: bool) -> &'static str {
    view.say(if itself { T::BySystem } else { T::ByPerson })
}

fn maybe<'a>(view: &View, unit: Option<&'a Named>) -> &'a str {
    unit.map_or(view.say(T::NotNeeded), |unit| said(view, &unit.name))
}

fn part(view: &View, part: &Part) -> Markup {
    html! {
        (name(view, &part.unit))
        @if let Some(external) = &part.external { " · " (name(view, external)) }
        @if let Some(home) = &part.home { " " span.quiet { (view.fill(T::SecondedBy, &[name(view, home)])) } }
    }
}

fn rows(view: &View, it: &Explanation) -> Markup {
    html! {
        section.part aria-labelledby="rows-name" {
            h2 id="rows-name" { (view.say(T::ByWhichRow)) }
            @if let Some(won) = &it.won {
                p { span.tag.tag-strong { (won.row) } " " (said(view, &won.asks)) " · " span.code { (won.selectors.join(" ")) } }
            }
            @if !it.lost.is_empty() {
                (frames::table(frames::Named::As(view.say(T::WhyNot)), &html! {
                    table.table {
                        thead { tr { th scope="col" { (view.say(T::Row)) } th scope="col" { (view.say(T::WhyNot)) } } }
                        tbody { @for lost in &it.lost { tr { td { (lost.row) } td { (said(view, &lost.words)) } } } }
                    }
                }))
            }
            p.quiet { (view.fill(T::ByPolicy, &[it.policy.as_str()])) }
        }
    }
}

fn clocks(view: &View, it: &Explanation) -> Markup {
    html! {
        section.part aria-labelledby="due-name" {
            h2 id="due-name" { (view.say(T::Clocks)) }
            p.quiet { (view.say(T::CountedFrom)) }
            ul.plain.stack { @for clock in &it.clocks { (line(view, clock)) } }
        }
    }
}

/// A clock with what it does if nobody acts. A list and no table: a phone has no room for four columns.
fn line(view: &View, clock: &ClockTold) -> Markup {
    let climb = |climb: &Climb| {
        let reached = name(view, &climb.reaches).to_owned();
        view.fill(T::ClimbLine, &[&view.full(climb.at), said(view, &text::step(climb.step)), &reached])
    };
    let by = text::by(clock.by);
    html! {
        li {
            p {
                b { (said(view, &clock.name)) @if let Some(unit) = &clock.unit { " · " (name(view, unit)) } }
                " · " (view.fill(T::Before, &[&view.full(clock.due)]))
            }
            p.quiet {
                (view.fill(T::Because, &[said(view, &clock.limit), said(view, &by)]))
                @if clock.provisional { " · " (view.say(T::Provisional)) }
            }
            ul.steps aria-label=(view.say(T::IfNobodyActs)) { @for step in &clock.climbs { li { (climb(step)) } } }
        }
    }
}

/// Why the case was dispatched as it was: the row that won, those that lost, the version, and the way to the whole explanation.
pub fn beside(view: &View, case: &Case, entries: &[EntryShown]) -> Markup {
    let last = entries.iter().rev().find(|entry| entry.kind == "dispatched");
    let Some(entry) = last else { return super::parts::nothing() };
    let because: Option<Because> = serde_json::from_value(entry.facts["because"].clone()).ok();
    html! {
        section.part aria-labelledby="because-name" {
            h2 id="because-name" { (view.say(T::WhyThisUnit)) }
            @match &because {
                Some(because) => { p { (view.fill(T::BecauseOf, &[&because.rule])) } (reasons(view, because)) }
                None => { p { (view.say(T::DispatchedByHand)) } }
            }
            p { a href=(link(view, case, entry.received_at.0, because.as_ref())) { (view.say(T::ExplainLink)) } " · " (time(view, entry.received_at.0)) }
        }
    }
}

/// The rows that lost, and the version.
pub fn reasons(view: &View, because: &Because) -> Markup {
    html! {
        @if !because.lost.is_empty() {
            p.quiet {
                (view.say(T::NotTaken))
                (joined(because.lost.iter().map(|(row, why)| view.fill(T::Because, &[row.as_str(), super::acts::lost(view, why)])), view.lang))
            }
        }
        p.quiet { (view.fill(T::ByPolicy, &[because.policy.as_str()])) }
    }
}

/// The explain page filled in for a case at a moment.
fn link(view: &View, case: &Case, at: Instant, because: Option<&Because>) -> String {
    let matter = case.matter.as_ref().map(ToString::to_string).unwrap_or_default();
    let condition = case.condition.map(|no| no.to_string()).unwrap_or_default();
    let degrees = |lon_e7: i32, lat_e7: i32| {
        let point = Point::new(lon_e7, lat_e7);
        format!("{:.7},{:.7}", point.lon(), point.lat())
    };
    let point =
        case.place.lon_e7.zip(case.place.lat_e7).map(|(lon, lat)| degrees(lon, lat)).unwrap_or_default();
    let area = case.place.area.as_ref().map(ToString::to_string).unwrap_or_default();
    let version = because.map(|because| &because.policy).or(case.policy.as_ref());
    // A version that is no longer kept cannot be asked; the rules in force stand in.
    let version = version.filter(|version| view.setting.policy.versions.contains_key(*version));
    let version = version.map(ToString::to_string).unwrap_or_default();
    let when = at.to_string();
    let all = [
        ("matter", matter.as_str()),
        ("condition", &condition),
        ("at", &point),
        ("area", &area),
        ("when", &when),
        ("source", case.source.code()),
        ("urgency", urgency_code(case.urgency)),
        ("version", &version),
    ];
    let kept: Vec<(&str, &str)> = all.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    address("/explain", &kept)
}
