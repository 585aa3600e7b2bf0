//! One case on a page: its head, what may be done, its words, photos, clocks and journal.
//!
//! Owns the article that stands at the right of the desk and alone on its own page. Refuses to decide who may do what: the buttons are the
//! engine's answer. Start at [`article`].

use axum::{extract::Query, response::Response};
use huying_engine::authority::field::Access;
use huying_model::{
    Case, Stage,
    case::{Bond, CallState, Part},
    clock::{Clock, Timer},
};
use huying_store::{CaseView, FileRow};
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    acts, address,
    choices::{request_words, urgency_words},
    explain,
    frame::{self, Page},
    give::Trouble,
    journal, looking,
    parts::{chip, icon, time},
    persons,
    tabs::Tally,
    texts::T,
    undo,
    view::{View, Viewer},
};
use crate::{
    api::{
        files,
        find::{self, CaseName},
    },
    problem::Problem,
};

/// Where a case is shown, and where its forms lead back to.
pub enum Around {
    /// Beside the queue that `back` shows; `onward` is the desk with the next case.
    Desk { back: String, onward: Option<String> },
    /// On a page of its own.
    Alone,
}

/// What an address of a case says.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    done: Option<String>,
    /// The case and version that it left behind.
    of: Option<String>,
}

/// A case on a page of its own.
pub async fn page(
    Viewer(view): Viewer,
    CaseName(name): CaseName,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let found = find::case(&view.state, view.signed()?, &name).await?;
    let shown = article(&view, &found, &Around::Alone, None).await?;
    let toast = undo::toast(&view, asked.done.as_ref(), asked.of.as_ref(), &Around::Alone).await?;
    alone(&view, &found, &html! { (shown) (toast) }, false).await
}

/// The page of one case around its article.
pub async fn alone(view: &View, found: &CaseView, shown: &Markup, failed: bool) -> Result<Response, Problem> {
    let title = format!("{} {}", found.case.number, title(view, found));
    let title = if failed { view.fill(T::FailedTitle, &[&title]) } else { title };
    let main = html! {
        main.page.page-wide id="main" { (shown) }
    };
    Ok(frame::console(view, &Page::new(&title), None, &Tally::of(view).await?, &main))
}

/// What a case is called: its title, else its matter.
pub fn title(view: &View, found: &CaseView) -> String {
    found.texts.title.clone().unwrap_or_else(|| view.matter(found.case.matter.as_ref()).to_string())
}

/// The article of a case; `trouble` is the form that just failed.
pub async fn article(
    view: &View,
    found: &CaseView,
    around: &Around,
    trouble: Option<&Trouble>,
) -> Result<Markup, Problem> {
    let case = &found.case;
    let originals = files::sees(&view.state, view.signed()?, found)?;
    let files = match originals {
        Some(_) => files::of(&view.state, case).await?,
        None => Vec::new(),
    };
    let entries = crate::api::journal::entries(&view.state, case, &view.signed()?.actor).await?;
    let acts = acts::card(view, found, around, trouble).await?;
    let reporters = persons::card(view, found).await?;
    let about = about(view, case).await?;
    view.state.engine.note_opened(view.state.tenant(), &view.signed()?.actor, case.id).await;
    Ok(html! {
        article.case data-case-shown=(case.id) {
            (head(view, found, around, &looking::line(view, case)?))
            (acts)
            div.case-body {
                @if let Some(text) = &found.texts.text { p.case-words { (text) } }
                @if let Some(answers) = &found.texts.answers { p.case-words { (answers) } }
                (public(view, found).await?)
                (photos(view, case, &files, originals.unwrap_or(Access::Hidden)))
                (facts(view, found, &about))
                (reporters)
                (clocks(view, case))
                (assignments(view, case))
                (explain::beside(view, case, &entries))
                (calls(view, case))
                (family(view, case).await?)
                (journal::part(view, &entries))
            }
        }
    })
}

/// What everybody sees of the case, where somebody approved more than its status.
async fn public(view: &View, found: &CaseView) -> Result<Markup, Problem> {
    if found.case.published.is_none() {
        return Ok(html! {});
    }
    let (engine, tenant) = (&view.state.engine, view.state.tenant());
    let seen = engine.public_case(tenant, &found.case.number).await?;
    let words = seen.as_ref().and_then(|seen| seen.words.as_deref());
    let photos = seen.as_ref().map_or(0, |seen| seen.photos().count());
    Ok(html! {
        p.notice {
            @if seen.is_some() {
                strong { (view.say(T::EvPublished)) } " "
                @if let Some(words) = words { "“" (words) "” " }
                @if photos > 0 { (view.say(T::PhotosForAll)) " " (photos) }
            } @else { (view.say(T::PublicNot)) }
        }
    })
}

fn head(view: &View, found: &CaseView, around: &Around, looking: &Markup) -> Markup {
    let case = &found.case;
    let (due, paused) = foremost(case);
    let back = match around {
        Around::Desk { back, .. } => back.as_str(),
        Around::Alone => "/desk",
    };
    html! {
        header.case-head {
            a.desk-back href=(back) { (icon("back")) (view.say(T::BackToQueue)) }
            p.case-marks {
                @if case.is_open() { (chip(view, due, paused)) " " }
                span.tag.tag-strong { (stage(view, case.stage)) } " "
                @if case.hazard { span.tag { (view.say(T::Hazard)) } " " }
                span.tag { (urgency_words(view, case.urgency)) } " "
                span.code data-number=(case.number) { (case.number) } " "
                span { (view.lang.pick(case.source.zh(), case.source.en())) " · " (time(view, case.received_at)) " " (view.say(T::ReportedAt)) }
            }
            h1 id="case-name" { (title(view, found)) }
            p.case-place {
                (view.place(&case.place)) @if let Some(address) = &found.texts.address { (view.lang.pick("，", ", ")) (address) }
                " · " (view.matter(case.matter.as_ref()))
            }
            (looking)
        }
    }
}

pub fn stage(view: &View, stage: Stage) -> &'static str {
    view.lang.pick(stage.zh(), stage.en())
}

/// The clock that ends first, or that all of them stand still.
fn foremost(case: &Case) -> (Option<huying_model::Instant>, bool) {
    let due = case.clocks.iter().filter(|clock| clock.runs()).map(|clock| clock.due).min();
    (due, due.is_none() && case.clocks.iter().any(|clock| !clock.runs()))
}

fn photos(view: &View, case: &Case, files: &[FileRow], originals: Access) -> Markup {
    let address =
        |file: &FileRow, copy: &str| format!("/api/v1/cases/{}/files/{}?copy={copy}", case.id, file.hash);
    let kind = |file: &FileRow| {
        use huying_model::catalogue::EvidenceKind as Kind;
        match case.evidence.iter().find(|evidence| evidence.file == file.hash).map(|evidence| evidence.kind) {
            Some(Kind::After) => T::PhotoAfter,
            Some(Kind::Finding) => T::PhotoFinding,
            Some(Kind::Document) => T::Document,
            Some(Kind::Voice) => T::Voice,
            Some(Kind::Video) => T::Video,
            _ => T::PhotoBefore,
        }
    };
    let (seen, others): (Vec<&FileRow>, Vec<&FileRow>) = files.iter().partition(|file| file.thumb.is_some());
    html! {
        @if !seen.is_empty() {
            figure {
                div.photos {
                    @for (no, file) in seen.iter().enumerate() {
                        a href=(address(file, "shown")) {
                            img src=(address(file, "thumb")) width="128" height="92"
                                alt={ (view.say(kind(file))) " " (no + 1) };
                        }
                    }
                }
                figcaption.quiet {
                    @let after = seen.iter().filter(|file| matches!(kind(file), T::PhotoAfter)).count();
                    (view.fill(T::PhotoCount, &[&(seen.len() - after).to_string(), &after.to_string()]))
                }
            }
        }
        @for file in others.into_iter().filter(|file| files::gives_original(file, originals)) { p { a href=(address(file, "original")) { (view.say(kind(file))) } } }
    }
}

/// The component that a case is about, with the unit that is asked first; what the register lost is told by its code.
async fn about(view: &View, case: &Case) -> Result<Markup, Problem> {
    let Some(code) = &case.component else { return Ok(html! {}) };
    let found = view.state.engine.store().component(view.state.tenant(), code).await?;
    Ok(html! {
        dt { (view.lang.pick("部件", "Component")) }
        dd data-component=(code) {
            @if let Some(row) = &found {
                (row.component.name) "（" (view.lang.pick(row.component.state.zh(), row.component.state.en())) "）"
                @if let Some(unit) = row.component.first_asked() { " " (view.unit(unit)) " " }
            }
            span.code { (code) }
        }
    })
}

fn facts(view: &View, found: &CaseView, about: &Markup) -> Markup {
    let case = &found.case;
    let condition = view.condition(case);
    html! {
        dl.facts {
            dt { (view.say(T::Custodian)) } dd data-custodian=(case.custodian) { (view.unit(&case.custodian)) }
            @if case.centre != case.custodian { dt { (view.say(T::Centre)) } dd { (view.unit(&case.centre)) } }
            (about)
            @if let Some(condition) = condition {
                dt { (view.say(T::OpensWhen)) } dd { (condition.opens_when) }
                dt { (view.say(T::ClosesWhen)) } dd { (condition.closes_when) }
            }
            @if let Some(until) = case.suspended_until { dt { (view.say(T::SuspendedUntil)) } dd { (time(view, until)) } }
            @if let Some(ending) = &case.ending {
                dt { (view.say(T::Outcome)) } dd { (view.lang.pick(ending.outcome.zh(), ending.outcome.en())) }
            }
            @if case.last_word { dt { (view.say(T::Note)) } dd { (view.say(T::LastWord)) } }
            @if case.difficult.is_some() { dt { (view.say(T::Note)) } dd { (view.say(T::Difficult)) } }
            @if let Some(item) = &case.attention { dt { (view.say(T::Attention)) } dd { (view.unit(&item.unit)) } }
        }
    }
}

/// Which clock it is, with the unit or number it belongs to.
pub fn clock_name(view: &View, of: &Timer) -> String {
    let kind = of.kind();
    let name = view.lang.pick(kind.zh(), kind.en());
    match of {
        Timer::Receive(unit) | Timer::Arrive(unit) | Timer::Handle(unit) => {
            format!("{name} · {}", view.unit(unit))
        }
        _ => name.to_owned(),
    }
}

fn clocks(view: &View, case: &Case) -> Markup {
    let mut clocks: Vec<&Clock> = case.clocks.iter().collect();
    clocks.sort_by_key(|clock| (!clock.runs(), clock.due));
    html! {
        @if !clocks.is_empty() {
            section.part aria-labelledby="clocks-name" {
                h2 id="clocks-name" { (view.say(T::Clocks)) }
                ul.clocks {
                    @for clock in clocks {
                        li {
                            (chip(view, Some(clock.due), !clock.runs()))
                            span { (clock_name(view, &clock.of)) }
                            span.quiet {
                                (view.lang.pick(clock.limit.zh().to_string(), clock.limit.en().to_string()))
                                " · " (view.fill(T::Before, &[&view.moment(clock.due)]))
                                @if clock.of == Timer::Promise { " · " (view.say(T::Public)) }
                                @if clock.provisional { " · " (view.say(T::Provisional)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn assignments(view: &View, case: &Case) -> Markup {
    let state = |part: Part| match part {
        Part::Sent => T::PartSent,
        Part::Received => T::PartReceived,
        Part::Done => T::PartDone,
        Part::Ended => T::PartEnded,
    };
    html! {
        @if !case.assignments.is_empty() {
            section.part aria-labelledby="parts-name" {
                h2 id="parts-name" { (view.say(T::Assignments)) }
                ul.plain {
                    @for part in &case.assignments {
                        li {
                            span.tag { (view.say(if part.lead { T::Lead } else { T::Assist })) } " " (view.unit(&part.unit))
                            @if let Some(external) = &part.external { " · " (view.unit(external)) }
                            " " span.quiet {
                                (view.say(state(part.part))) @if part.arrived { " · " (view.say(T::Arrived)) }
                                @if let Some(officer) = &part.officer { " · " (view.say(T::Officer)) " " (view.member(officer)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn calls(view: &View, case: &Case) -> Markup {
    let state = |state: CallState| match state {
        CallState::Open => T::CallOpen,
        CallState::Answered => T::CallAnswered,
        CallState::Ended => T::CallEnded,
    };
    html! {
        @if !case.calls.is_empty() || !case.requests.is_empty() {
            section.part aria-labelledby="calls-name" {
                h2 id="calls-name" { (view.say(T::CallsAndRequests)) }
                ul.plain {
                    @for call in &case.calls {
                        li { (view.unit(&call.caller)) " → " (view.unit(&call.callee)) " " span.quiet { (view.say(state(call.state))) } }
                    }
                    @for request in &case.requests {
                        li { (request_words(view, request.kind)) " · " (view.unit(&request.unit)) " → " (view.unit(&request.approver)) " "
                            span.quiet { (view.say(T::Waiting)) } }
                    }
                }
            }
        }
    }
}

/// The case it hangs on, and those that hang on it.
async fn family(view: &View, case: &Case) -> Result<Markup, Problem> {
    let mut ids: Vec<_> = case.children.iter().map(|child| child.case).collect();
    ids.extend(case.parent.iter().map(|parent| parent.case));
    if ids.is_empty() {
        return Ok(super::parts::nothing());
    }
    let seen = view.seen()?;
    let found = view.state.engine.store().cases_seen(view.state.tenant(), &ids, seen.as_ref()).await?;
    let bond = |other: &Case| {
        let of_parent =
            case.parent.as_ref().filter(|parent| parent.case == other.id).map(|parent| (true, parent.bond));
        let of_child =
            case.children.iter().find(|child| child.case == other.id).map(|child| (false, child.bond));
        match of_parent.or(of_child) {
            Some((true, Bond::Merged)) => T::MergedInto,
            Some((true, Bond::Split)) => T::SplitFrom,
            Some((false, Bond::Merged)) => T::MergedHere,
            _ => T::PartOfThis,
        }
    };
    Ok(html! {
        section.part aria-labelledby="family-name" {
            h2 id="family-name" { (view.say(T::Family)) }
            ul.plain {
                @for other in &found {
                    li { (view.say(bond(&other.case))) " " a.code href={ "/cases/" (other.case.number) } { (other.case.number) } " "
                        span.quiet { (stage(view, other.case.stage)) } }
                }
            }
        }
    })
}

/// The page to which a command's form leads back.
pub fn back(around: &Around, case: &Case) -> String {
    match around {
        Around::Desk { back, .. } => super::with_query(back, "case", &case.id.to_string()),
        Around::Alone => address(&format!("/cases/{}", case.number), &[]),
    }
}
