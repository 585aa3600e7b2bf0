//! The hotline seat: one screen while somebody speaks. What was said so far leads to places, matters and cases that it may be about.
//!
//! Owns the form of a call and what is looked up for it. Refuses to decide: places and matters are proposed and a person chooses. What
//! is being written down goes nowhere before it is sent, and never into an address. A knowledge base would stand beside the cases; no
//! pack has a table of one. Start at [`hear`]; [`super::told`] is what comes after.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use huying_engine::{
    handle::Claimed,
    intake::{ReportDraft, ReportIn},
    number,
    place::PlaceDraft,
    spoken,
};
use huying_model::{AreaCode, CaseId, MatterCode, Name, Stage, catalogue::Source};
use huying_store::{CaseView, Filter, Lane, Line, Order};
use maud::{Markup, html};
use serde_json::json;

use super::{Given, Post, closed, key_of, mendable, say};
use crate::{
    api::{
        commands,
        find::{self, Named},
    },
    pages::{
        address, case as whole,
        form::{Form, Words},
        frame::{self, Here, Page},
        give,
        parts::{chip, error_summary, icon},
        places,
        report::{self, first_sentence},
        tabs::Tally,
        texts::T,
        view::{View, Viewer},
    },
    problem::Problem,
};

/// Cases that are shown beside a call.
const NEAR: usize = 8;
const EARLIER: usize = 5;

/// What the words lead to.
struct Heard {
    places: Vec<AreaCode>,
    matters: Vec<MatterCode>,
    /// Open cases of the place, those of a likely matter first.
    near: Vec<Line>,
    /// Cases in which the place was spoken of, whatever became of them.
    earlier: Vec<Line>,
    /// The case that the caller has the number of.
    own: Option<CaseView>,
}

/// The empty seat.
pub async fn page(Viewer(view): Viewer) -> Result<Response, Problem> {
    if let Some(page) = closed(&view, Post::Seat).await? {
        return Ok(page);
    }
    draw(&view, &Form::default(), &[]).await
}

/// Looks up what was said so far, or takes the report.
pub async fn hear(Viewer(view): Viewer, Words(form): Words) -> Result<Response, Problem> {
    if form.said("do") != Some("send") {
        return draw(&view, &form, &[]).await;
    }
    let outcome = view.state.engine.report(input(&view, &form)?).await;
    commands::count(&view.state, Name::Report, &outcome.as_ref().map(|reported| &reported.receipt));
    match outcome {
        Ok(reported) => {
            let path = format!("/cases/{}/told", reported.receipt.number);
            let kept = keep_secret(&view, reported.receipt.case, &form).await?;
            let query: &[(&str, &str)] = if kept { &[] } else { &[("secret", "failed")] };
            let unkept = view.lang.pick(
                "保密要求没有记上：请转告受理此件的单位。",
                "The wish for secrecy was not written down: tell the unit that takes this case up.",
            );
            let trouble = (!kept).then_some(unkept);
            report::received(&view, &reported.receipt, &address(&path, query), trouble).await
        }
        Err(error) => {
            let problem = mendable(Problem::from(error))?;
            let page = draw(&view, &form, &told(&view, &problem)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// Writes into the journal, for the staff alone, that the caller wants to stay unnamed. Answers whether it is so.
async fn keep_secret(view: &View, case: CaseId, form: &Form) -> Result<bool, Problem> {
    if form.said("secret").is_none() {
        return Ok(true);
    }
    let words = view.lang.pick(
        "反映人要求保密：不得向被反映人或无关人员透露其身份。",
        "The reporter asks for secrecy: tell nobody outside the work who they are.",
    );
    let given =
        Given { body: json!({ "words": words }), key: key_of(view, form, "secret")?, ..Given::default() };
    match say(view, case, Name::Note, given).await {
        Ok(_) => Ok(true),
        Err(problem) => mendable(problem).map(|_| false),
    }
}

fn input(view: &View, form: &Form) -> Result<ReportIn, Problem> {
    let said = |name: &str| form.said(name).map(str::to_owned);
    let draft = ReportDraft {
        source: Source::Hotline,
        place: PlaceDraft { area: area(form).map(AreaCode::new), ..PlaceDraft::default() },
        matter: matter(form).map(MatterCode::new),
        hazard: form.said("hazard").is_some(),
        title: form.said("said").map(first_sentence),
        text: said("said"),
        address: said("place"),
        reporters: report::reporters(form),
        ..ReportDraft::default()
    };
    Ok(ReportIn {
        tenant: view.state.tenant(),
        actor: view.signed()?.actor.clone(),
        draft,
        uploads: Vec::new(),
        claimed: Claimed::default(),
        key: give::key(view, form)?,
        lane: Lane::Interactive,
    })
}

/// The area that was chosen: from the list, else among the proposed ones.
fn area(form: &Form) -> Option<&str> {
    form.said("area").or_else(|| form.said("heard_area"))
}
fn matter(form: &Form) -> Option<&str> {
    form.said("matter").or_else(|| form.said("heard_matter"))
}

fn told(view: &View, problem: &Problem) -> Vec<(String, String)> {
    let field = |path: &str| match path {
        "text" | "title" => "said".to_owned(),
        "address" => "place".to_owned(),
        "matter" => "matter".to_owned(),
        path if path.starts_with("place") => "area".to_owned(),
        path if path.starts_with("reporters") => report::reporter_field(path).to_owned(),
        _ => String::new(),
    };
    let fields: Vec<_> = problem
        .fields(view.lang)
        .map(|wrong| (field(wrong.field), format!("{} {}", wrong.message, wrong.mend)))
        .collect();
    if fields.is_empty() { vec![(String::new(), problem.detail(view.lang).to_owned())] } else { fields }
}

async fn heard(view: &View, form: &Form) -> Result<Heard, Problem> {
    let said = form.said("said").unwrap_or_default();
    let place = form.said("place").unwrap_or_default();
    let places = spoken::places(&view.setting, &format!("{place} {said}"));
    let matters = spoken::matters(&view.setting, said);
    let around = area(form).map(AreaCode::new).or_else(|| places.first().cloned());
    let mut near = match around.filter(|code| view.org().areas.contains_key(code)) {
        Some(code) => {
            let areas = crate::api::org::with_below(view.org(), code.as_str())?;
            listed(view, Filter { areas, open_only: true, ..Filter::default() }, NEAR).await?
        }
        None => Vec::new(),
    };
    let likely = |line: &Line| matters.iter().any(|code| line.matter.as_ref() == Some(&code.0));
    near.sort_by_key(|line| !likely(line));
    let mut earlier = match place.is_empty() {
        true => Vec::new(),
        false => listed(view, Filter { text: Some(place.to_owned()), ..Filter::default() }, EARLIER).await?,
    };
    earlier.retain(|line| near.iter().all(|other| other.case != line.case));
    Ok(Heard { places, matters, near, earlier, own: own(view, form).await? })
}

async fn listed(view: &View, filter: Filter, most: usize) -> Result<Vec<Line>, Problem> {
    let (store, tenant) = (view.state.engine.store(), view.state.tenant());
    let filter = Filter { seen: view.seen()?, ..filter };
    let mut lines = store.list(tenant, &filter, Order::NewestFirst, None, most).await?.items;
    find::own_words(&view.state, view.signed()?, &mut lines).await?;
    Ok(lines)
}

/// The case of which the caller told the number, where the member may read it.
async fn own(view: &View, form: &Form) -> Result<Option<CaseView>, Problem> {
    let Some(number) = form.said("number").and_then(number::normalise) else { return Ok(None) };
    match find::case(&view.state, view.signed()?, &Named::Number(number.to_string())).await {
        Ok(found) => {
            let actor = &view.signed()?.actor;
            view.state.engine.note_opened(view.state.tenant(), actor, found.case.id).await;
            Ok(Some(found))
        }
        Err(problem) if problem.code == "not_found" => Ok(None),
        Err(problem) => Err(problem),
    }
}

async fn draw(view: &View, form: &Form, told: &[(String, String)]) -> Result<Response, Problem> {
    let heard = heard(view, form).await?;
    let name = Post::Seat.name(view.lang);
    let title = if told.is_empty() { name.to_owned() } else { view.fill(T::FailedTitle, &[name]) };
    let main = html! {
        main.page.page-wide.stack.post id="main" {
            h1 { (name) }
            @if !told.is_empty() { (error_summary(view, told)) }
            form.post-seat method="post" action="/seat" data-hears {
                input type="hidden" name="idempotency_key" value=(uuid::Uuid::now_v7());
                (call(view, form, told))
                p.visually-hidden role="status" data-heard {}
                div.stack data-found { (found(view, form, &heard)) }
            }
        }
    };
    let tally = Tally::of(view).await?;
    Ok(frame::console(view, &Page::new(&title), Some(Here::Post(Post::Seat)), &tally, &main))
}

/// What is written down while the caller speaks.
fn call(view: &View, form: &Form, told: &[(String, String)]) -> Markup {
    let wrong = told.iter().find(|(field, _)| field == "said").map(|(_, words)| words);
    let line = |name: &'static str, label: &str, hint: &str| {
        html! {
            div.field {
                label for=(name) { (label) " " span.optional { (hint) } }
                input.input id=(name) name=(name) autocomplete="off" maxlength="200" value=[form.said(name)];
            }
        }
    };
    let tick = |name: &'static str, words: &str| {
        html! { label.choice { input type="checkbox" name=(name) value="yes" checked[form.said(name).is_some()]; span { (words) } } }
    };
    html! {
        div.stack {
            p.danger-note {
                (icon("warn"))
                span { (view.lang.pick("正在发生的危险：请来电人立即拨打 110、119、120，不要在这里登记。", "A danger that is happening now: have the caller dial 110, 119 or 120 instead.")) }
            }
            div.field data-invalid[wrong.is_some()] {
                label for="said" { (view.lang.pick("来电人说什么", "What the caller says")) }
                @if let Some(words) = wrong { span.error id="said-error" { (words) } }
                textarea id="said" name="said" rows="5" maxlength="4000" autofocus aria-invalid=[wrong.map(|_| "true")] aria-describedby=[wrong.map(|_| "said-error")] {
                    (form.said("said").unwrap_or_default())
                }
            }
            (line("place", view.lang.pick("在哪里", "Where"), view.lang.pick("（照来电人的话写）", "(in the caller's words)")))
            (line("number", view.lang.pick("以前的案号", "An earlier case number"), view.say(T::Optional)))
            (report::reporter(view, form, told))
            div.choices {
                (tick("secret", view.lang.pick("反映人要求保密", "The caller asks for secrecy")))
                (tick("hazard", view.lang.pick("现场有危险", "There is a danger at the place")))
            }
            div.button-row {
                // Enter in a field looks up and never files an unfinished report: it presses the first button.
                button.visually-hidden name="do" value="look" tabindex="-1" aria-hidden="true" {}
                button.button.button-primary name="do" value="send" { (view.lang.pick("登记", "Write it down")) }
                button.button name="do" value="look" { (view.lang.pick("查找", "Look it up")) }
            }
        }
    }
}

/// What was found for it: places, matters with what would be promised, and cases.
fn found(view: &View, form: &Form, heard: &Heard) -> Markup {
    html! {
        p.quiet data-summary { (summary(view, heard)) }
        fieldset.field {
            legend { (view.lang.pick("地点", "Place")) }
            div.choices {
                @for code in &heard.places { (proposed("heard_area", code.as_str(), &view.around(Some(code)).join(" "), None, form)) }
            }
            @if heard.places.is_empty() { p.quiet { (view.lang.pick("说到的话里还没有听出地点。", "No place was heard yet.")) } }
            label for="area" { (view.lang.pick("从列表选", "From the list")) }
            (places::chooser(view, "area", form.said("area")))
        }
        fieldset.field {
            legend { (view.lang.pick("事项", "Matter")) }
            div.choices {
                @for code in &heard.matters {
                    (proposed("heard_matter", code.as_str(), &view.matter(Some(code)), promise(view, code).as_deref(), form))
                }
            }
            @if heard.matters.is_empty() { p.quiet { (view.lang.pick("还没有相近的事项。", "No matter comes near yet.")) } }
        }
        (report::matter(view, form))
        @if let Some(own) = &heard.own { (own_case(view, own)) }
        (cases(view, "near", view.lang.pick("附近在办", "Open nearby"), &heard.near))
        (cases(view, "earlier", view.lang.pick("以前说到这里的", "Spoken of before"), &heard.earlier))
    }
}

/// How much was found, in a sentence that is told aloud to whoever does not see it.
fn summary(view: &View, heard: &Heard) -> String {
    let (places, matters, near) = (heard.places.len(), heard.matters.len(), heard.near.len());
    view.lang.pick(
        format!("听出地点 {places} 处、事项 {matters} 项；附近在办 {near} 件。"),
        format!("Heard: places {places}, matters {matters}; open nearby {near}."),
    )
}

fn proposed(name: &str, value: &str, words: &str, beside: Option<&str>, form: &Form) -> Markup {
    html! {
        label.choice {
            input type="radio" name=(name) value=(value) checked[form.said(name) == Some(value)];
            span { (words) @if let Some(beside) = beside { small { (beside) } } }
        }
    }
}

/// What the authority would promise for a matter, to be said aloud.
fn promise(view: &View, code: &MatterCode) -> Option<String> {
    let limit = view.setting.policy.current.matters.get(code)?.conditions.first()?.limits.promise;
    Some(
        view.lang
            .pick(format!("立案后 {} 内办结", limit.zh()), format!("closed within {} of filing", limit.en())),
    )
}

fn own_case(view: &View, own: &CaseView) -> Markup {
    html! {
        section.card aria-labelledby="own-name" {
            h2 id="own-name" { (view.lang.pick("来电人的案件", "The caller's case")) }
            p { a href={ "/cases/" (own.case.number) } target="_blank" rel="noopener" { span.code { (own.case.number) } " " (whole::title(view, own)) } }
            (report::status_line(view, own.case.stage))
            p { (view.lang.pick("现在由 ", "Now with ")) (view.unit(&own.case.custodian)) }
        }
    }
}

/// Cases in a list; each opens beside the call, which stays as it is.
fn cases(view: &View, id: &str, name: &str, lines: &[Line]) -> Markup {
    let stage = |line: &Line| Stage::from_code(&line.stage).unwrap_or_default();
    html! {
        @if !lines.is_empty() {
            section.part aria-labelledby={ (id) "-name" } {
                h2 id={ (id) "-name" } { (name) " " (lines.len()) }
                ul.post-list {
                    @for line in lines {
                        li.post-row {
                            @if stage(line).is_open() { (chip(view, line.due, false)) }
                            @else { span.tag { (whole::stage(view, stage(line))) } }
                            div.post-what {
                                a href={ "/cases/" (line.number) } target="_blank" rel="noopener" { (line.title.as_deref().unwrap_or(&line.number)) }
                                div.quiet { (view.matter(line.matter.clone().map(MatterCode).as_ref())) " · " (whole::stage(view, stage(line))) " · " span.code { (line.number) } }
                            }
                        }
                    }
                }
            }
        }
    }
}
