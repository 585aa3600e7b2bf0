//! Reporting a case: what happened, where, photos; then the number to keep.
//!
//! Danger is for the telephone, and the form says so first. Whoever reports what lies out of their sight gets number and code all the same.
//! Start at [`form`].

use axum::{
    extract::Query,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use huying_engine::{
    handle::{Claimed, Upload},
    intake::{InformantDraft, ReportDraft, ReportIn},
    place::PlaceDraft,
};
use huying_model::{
    AreaCode, Case, ComponentCode, MatterCode, Name, Stage,
    actor::{By, Role},
    catalogue::Source,
};
use huying_store::{Lane, Receipt};
use maud::{Markup, html};

use super::{
    case::{self, Asked},
    components::{
        entry::{self, Field},
        flow::{self, Step},
    },
    form::Form,
    frame::{self, Page},
    give,
    parts::{error_summary, icon, time},
    places,
    tabs::Tally,
    texts::T,
    view::{View, Viewer},
};
use crate::{
    api::{
        commands,
        find::{self, CaseName, Named},
    },
    problem::Problem,
};

/// Characters of the first sentence that become the title.
const TITLE: usize = 40;

/// The empty form.
pub async fn form(Viewer(view): Viewer) -> Result<Response, Problem> {
    draw(&view, &Form::default(), None).await
}

/// Takes a report; what was wrong comes back with the form as it was filled in.
pub async fn send(Viewer(view): Viewer, form: Form) -> Result<Response, Problem> {
    let outcome = view.state.engine.report(input(&view, &form)?).await;
    commands::count(&view.state, Name::Report, &outcome.as_ref().map(|reported| &reported.receipt));
    match outcome {
        Ok(reported) => {
            let onward = format!("/cases/{}/reported", reported.receipt.number);
            received(&view, &reported.receipt, &onward, None).await
        }
        Err(error) => {
            let problem = Problem::from(error);
            if problem.status.is_server_error() {
                return Err(problem);
            }
            let page = draw(&view, &form, Some(&problem)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

fn input(view: &View, form: &Form) -> Result<ReportIn, Problem> {
    let said = |name: &str| form.said(name).map(str::to_owned);
    let degrees = |name: &str| form.said(name).and_then(|text| text.parse().ok());
    let draft = ReportDraft {
        source: form.said("source").and_then(Source::from_code).unwrap_or_default(),
        place: PlaceDraft {
            lon: degrees("longitude"),
            lat: degrees("latitude"),
            datum: None,
            area: form.said("area").map(AreaCode::new),
        },
        matter: form.said("matter").map(MatterCode::new),
        title: form.said("text").map(first_sentence),
        text: said("text"),
        address: said("place"),
        component: form.said("component").map(ComponentCode::new),
        reporters: reporters(form),
        ..ReportDraft::default()
    };
    let uploads = form.files.iter().map(|bytes| Upload { bytes: bytes.clone(), kind: None }).collect();
    Ok(ReportIn {
        tenant: view.state.tenant(),
        actor: view.signed()?.actor.clone(),
        draft,
        uploads,
        claimed: Claimed::default(),
        key: give::key(view, form)?,
        lane: Lane::Interactive,
    })
}

/// The first sentence, or as much of it as a title has room for.
pub(crate) fn first_sentence(text: &str) -> String {
    let sentence = text
        .split(['。', '！', '？', '\n', '!', '?'])
        .map(str::trim)
        .find(|part| !part.is_empty())
        .unwrap_or(text);
    let mut title: String = sentence.chars().take(TITLE).collect();
    if sentence.chars().nth(TITLE).is_some() {
        title.push('…');
    }
    title
}

async fn draw(view: &View, form: &Form, problem: Option<&Problem>) -> Result<Response, Problem> {
    let told = problem.map_or_else(Vec::new, |problem| told(view, problem));
    let words = view.say(T::Report);
    let title = if problem.is_some() { view.fill(T::FailedTitle, &[words]) } else { words.to_owned() };
    let main = html! {
        main.page.stack id="main" {
            h1 { (words) }
            p.danger-note {
                (icon("warn"))
                span { (view.say(T::DangerCall)) a href="tel:110" { "110" } "/" a href="tel:119" { "119" } "/" a href="tel:120" { "120" } (view.say(T::DangerEnd)) }
            }
            @if !told.is_empty() { (error_summary(view, &told)) }
            form.stack method="post" enctype="multipart/form-data" action="/cases/new" novalidate {
                input type="hidden" name="idempotency_key" value=(uuid::Uuid::now_v7());
                (what(view, form, &told))
                (photos(view))
                (whereabouts(view, form))
                (component(view, form, &told))
                (matter(view, form))
                (who(view, form, &told))
                div.row { button.button.button-primary { (view.say(T::SendReport)) } a.button.button-quiet href="/desk" { (view.say(T::NoReport)) } }
            }
        }
    };
    let page = Page { script: "report.js", ..Page::new(&title) };
    Ok(frame::console(view, &page, None, &Tally::of(view).await?, &main))
}

pub(super) fn told(view: &View, problem: &Problem) -> Vec<(String, String)> {
    let field = |path: &str| match path {
        "text" | "matter" => path.to_owned(),
        "title" => "text".to_owned(),
        "address" => "place".to_owned(),
        "component" => path.to_owned(),
        path if path.starts_with("place") => "area".to_owned(),
        path if path.starts_with("reporters") => reporter_field(path).to_owned(),
        _ => String::new(),
    };
    let fields: Vec<_> = problem
        .fields(view.lang)
        .map(|wrong| (field(wrong.field), format!("{} {}", wrong.message, wrong.mend)))
        .collect();
    if fields.is_empty() { vec![(String::new(), problem.detail(view.lang).to_owned())] } else { fields }
}

pub(super) fn what(view: &View, form: &Form, told: &[(String, String)]) -> Markup {
    let wrong = told.iter().find(|(field, _)| field == "text").map(|(_, words)| words);
    html! {
        div.field data-invalid[wrong.is_some()] {
            label for="text" { (view.say(T::WhatHappened)) }
            span.hint id="text-hint" { (view.say(T::WhatHint)) }
            @if let Some(words) = wrong { span.error id="text-error" { (words) } }
            textarea id="text" name="text" rows="4" maxlength="4000" aria-invalid=[wrong.map(|_| "true")]
                aria-describedby=(if wrong.is_some() { "text-hint text-error" } else { "text-hint" }) { (form.said("text").unwrap_or_default()) }
        }
    }
}

pub(super) fn photos(view: &View) -> Markup {
    entry::photo_picker(view, "photo", view.say(T::Photos))
}

pub(super) fn whereabouts(view: &View, form: &Form) -> Markup {
    html! {
        div.field {
            label for="place" { (view.say(T::Where)) }
            span.hint id="place-hint" { (view.say(T::WhereHint)) }
            input.input id="place" name="place" autocomplete="off" maxlength="400" aria-describedby="place-hint" value=[form.said("place")];
            div.row.needs-js {
                button.button type="button" data-does="locate" { (icon("place")) (view.say(T::MyPlace)) }
                span.quiet role="status" data-said="locate" data-asking=(view.say(T::Asking)) data-found=(view.say(T::FoundPlace)) data-refused=(view.say(T::NoPlace)) {}
            }
            input type="hidden" name="longitude" value=[form.said("longitude")];
            input type="hidden" name="latitude" value=[form.said("latitude")];
            input type="hidden" name="accuracy_m" value=[form.said("accuracy_m")];
        }
        div.field {
            label for="area" { (view.say(T::Area)) " " span.optional { (view.say(T::AreaHint)) } }
            (places::chooser(view, "area", form.said("area")))
        }
    }
}

/// The component of the city that it is about; its place stands in where none is told.
fn component(view: &View, form: &Form, told: &[(String, String)]) -> Markup {
    let wrong = told.iter().find(|(field, _)| field == "component").map(|(_, words)| words);
    let hint = view.lang.pick(
        "（可不填；井盖、路灯等的16位编码，未填位置时取其位置）",
        " (optional: the 16 digits of a lamp, a manhole cover and such; its place stands in where none is told)",
    );
    html! {
        div.field data-invalid[wrong.is_some()] {
            label for="component" { (view.lang.pick("部件编码", "Code of the component")) " " span.optional { (hint) } }
            @if let Some(words) = wrong { span.error id="component-error" { (words) } }
            input.input id="component" name="component" autocomplete="off" inputmode="numeric" maxlength="16"
                aria-invalid=[wrong.map(|_| "true")] aria-describedby=[wrong.map(|_| "component-error")] value=[form.said("component")];
        }
    }
}

pub(super) fn matter(view: &View, form: &Form) -> Markup {
    let chosen = form.said("matter");
    html! {
        div.field {
            label for="matter" { (view.say(T::Matter)) " " span.optional { (view.say(T::MatterHint)) } }
            select id="matter" name="matter" {
                option value="" { (view.say(T::MatterLater)) }
                @for (track, matters) in places::by_track(view, &view.setting.policy.current) {
                    optgroup label=(track) {
                        @for matter in matters { option value=(matter.code) selected[chosen == Some(matter.code.as_str())] { (view.matter(Some(&matter.code))) } }
                    }
                }
            }
        }
    }
}

/// Whoever sits at a telephone reports for others; a grid worker mostly for themselves.
fn usual_source(view: &View) -> Source {
    if view.has_role(&[Role::GridWorker]) {
        Source::GridWorker
    } else if view.has_role(&[Role::Operator]) {
        Source::Hotline
    } else {
        Source::Resident
    }
}

fn who(view: &View, form: &Form, told: &[(String, String)]) -> Markup {
    let chosen = form.said("source").and_then(Source::from_code).unwrap_or_else(|| usual_source(view));
    html! {
        div.field {
            label for="source" { (view.say(T::Source)) }
            select id="source" name="source" {
                @for source in Source::ALL { option value=(source.code()) selected[source == chosen] { (view.lang.pick(source.zh(), source.en())) } }
            }
        }
        (reporter(view, form, told))
    }
}

/// Whoever calls or comes: what they are called, how they are reached, and what is kept of that. A seat asks the same as the form.
pub(super) fn reporter(view: &View, form: &Form, told: &[(String, String)]) -> Markup {
    let line = |name: &str, label: T, hint: T| {
        let error = told.iter().find(|(field, _)| field == name).map(|(_, words)| words.as_str());
        let about = Field { optional: Some(view.say(hint)), error, ..Field::new(name, view.say(label)) };
        entry::line(&about, form.said(name).unwrap_or_default())
    };
    let privacy = &view.state.settings.privacy;
    html! {
        (line("name", T::ReporterName, T::Optional))
        (line("contact", T::Contact, T::ContactHint))
        p.quiet { (view.lang.pick(&privacy.notice_zh, &privacy.notice_en)) }
    }
}

/// What was filled in of [`reporter`]; nobody where neither was.
pub(super) fn reporters(form: &Form) -> Vec<InformantDraft> {
    let said = |name: &str| form.said(name).map(str::to_owned);
    let person = InformantDraft { name: said("name"), contact: said("contact") };
    let known = person.name.is_some() || person.contact.is_some();
    if known { vec![person] } else { Vec::new() }
}

/// The field of [`reporter`] that a problem with a reporter is about.
pub(super) fn reporter_field(path: &str) -> &'static str {
    if path.ends_with(".name") { "name" } else { "contact" }
}

/// The code of a case, for the member who wrote its report down: they tell it to whoever reported. With it one reads and acts as the reporter, so nobody
/// else who sees the case has it.
pub async fn secret_for(view: &View, case: &Case) -> Result<Option<String>, Problem> {
    let (engine, tenant) = (&view.state.engine, view.state.tenant());
    let first = engine.store().journal(tenant, case.id, 0, 1).await?.pop();
    let member = &view.signed()?.member;
    let own = first.is_some_and(|entry| matches!(&entry.event.by, By::Member { id, .. } if id == member));
    Ok(own.then(|| engine.track_secret(tenant, case.id)))
}

/// On to the page of what was received. A case that lies out of the sight of whoever wrote its report down is on no page of theirs: the answer
/// itself tells number and code, as a resident gets them, and `trouble`, which is what else did not go well.
pub async fn received(
    view: &View,
    receipt: &Receipt,
    onward: &str,
    trouble: Option<&str>,
) -> Result<Response, Problem> {
    match find::case(&view.state, view.signed()?, &Named::Id(receipt.case)).await {
        Ok(_) => Ok(Redirect::to(onward).into_response()),
        Err(problem) if problem.code == "not_found" => out_of_sight(view, receipt, trouble).await,
        Err(problem) => Err(problem),
    }
}

async fn out_of_sight(view: &View, receipt: &Receipt, trouble: Option<&str>) -> Result<Response, Problem> {
    let secret = view.state.engine.track_secret(view.state.tenant(), receipt.case);
    let title = view.say(T::ReceivedTitle);
    let why = view.lang.pick(
        "此件不在您能查看的范围内，本页只显示这一次。凭编号和查询码，您和反映人都可以查询进度。",
        "This case is not among those that you see, and this page is shown once. With number and secret you and whoever reported it can follow it.",
    );
    let main = html! {
        main.page.stack id="main" {
            h1 { (title) }
            @if let Some(words) = trouble { p.notice data-kind="error" role="alert" { (words) } }
            (kept(view, &receipt.number, Some(secret.as_str())))
            p.notice { (why) }
            div.row { a.button.button-primary href="/track" { (view.lang.pick("查询进度", "Follow it")) } a.button href="/cases/new" { (view.say(T::ReportAnother)) } }
        }
    };
    Ok(frame::console(view, &Page::new(title), None, &Tally::of(view).await?, &main))
}

/// Number and code, to be kept and told.
fn kept(view: &View, number: &str, secret: Option<&str>) -> Markup {
    html! {
        p { (view.say(T::CaseNumber)) " " strong.code { (number) } (view.say(T::KeepNumber)) }
        @if let Some(secret) = secret {
            p {
                (view.lang.pick("查询码 ", "Secret for following it ")) strong.code { (secret) }
                " · " a href="/track" { (view.lang.pick("凭编号和查询码可查询进度，请告知反映人", "with both, whoever reported it can follow it: tell them")) }
            }
        }
    }
}

/// What the reporter keeps: the number, and what comes next.
pub async fn reported(
    Viewer(view): Viewer,
    CaseName(name): CaseName,
    Query(_): Query<Asked>,
) -> Result<Response, Problem> {
    let found = find::case(&view.state, view.signed()?, &name).await?;
    let case = &found.case;
    let number = case.number.clone();
    let secret = secret_for(&view, case).await?;
    let main = html! {
        main.page.stack id="main" {
            h1 { (view.say(T::ReceivedTitle)) }
            (kept(&view, &number, secret.as_deref()))
            (status_line(&view, case.stage))
            section.card {
                h2 { (view.say(T::WhatNext)) }
                p { (view.fill(T::NowWith, &[&view.unit(&case.custodian), case::stage(&view, case.stage)])) }
                @if let Some(clock) = case.clocks.iter().filter(|clock| clock.runs()).min_by_key(|clock| clock.due) {
                    p { (view.fill(T::Pair, &[&case::clock_name(&view, &clock.of), ""])) (time(&view, clock.due)) }
                }
            }
            div.row { a.button.button-primary href={ "/cases/" (number) } { (view.say(T::OpenCase)) } a.button href="/cases/new" { (view.say(T::ReportAnother)) } }
        }
    };
    Ok(frame::console(&view, &Page::new(view.say(T::ReceivedTitle)), None, &Tally::of(&view).await?, &main))
}

/// Four steps, as the public reads them.
pub fn status_line(view: &View, stage: Stage) -> Markup {
    let now = match stage {
        Stage::Reported | Stage::Verifying => 0,
        Stage::Filed => 1,
        Stage::Dispatched | Stage::Handling | Stage::Inspecting | Stage::CallingBack => 2,
        _ => 3,
    };
    let steps = [T::StepReceived, T::StepDispatch, T::StepWork, T::StepDone]
        .map(|step| Step { words: view.say(step), note: None });
    flow::status_line(now, &steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_the_first_sentence_as_far_as_it_has_room() {
        assert_eq!(first_sentence("门口积水。已经两天了"), "门口积水");
        assert_eq!(first_sentence("\n 路灯不亮\n晚上看不见"), "路灯不亮");
        let long = "很".repeat(TITLE + 5);
        assert_eq!(first_sentence(&long).chars().count(), TITLE + 1);
    }
}
