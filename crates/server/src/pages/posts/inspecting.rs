//! The inspector's work: what waits to be checked, place by place, and each case with what was found beside what was done.
//!
//! Owns the one form that passes or fails a case, with a photo of the check that goes into the file first; a form that comes back carries
//! its photos ([`brought`]). Who may inspect, and that nobody inspects own work, is the engine's to say. Start at [`page`].

use axum::{
    extract::Query,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use huying_model::{Name, catalogue::EvidenceKind};
use huying_store::{CaseView, QueueLine, QueuePart};
use maud::{Markup, html};
use serde_json::{Value, json};

use super::{
    Given, Post,
    brought::{self, Brought},
    closed, key_of,
    leaf::Leaf,
    lines, mendable, say,
    sheet::{Sheet, Written},
    split::{self, Asked, Split},
    stood, version,
};
use crate::{
    api::find::{self, CaseName, Named},
    pages::{
        form::Form,
        parts::{error_summary, icon},
        texts::T,
        view::{View, Viewer},
        with_query,
    },
    problem::Problem,
};

const WORK: QueuePart = QueuePart { kinds: &["custody"], stages: &["inspecting"] };

/// A verdict that failed, with its form.
struct Failed {
    form: Form,
    told: Vec<(String, String)>,
    brought: Brought,
}

/// What a form of this screen may say.
const VERDICTS: [Name; 3] = [Name::Pass, Name::Close, Name::Fail];

/// The inspector's screen.
pub async fn page(Viewer(view): Viewer, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    if let Some(page) = closed(&view, Post::Inspection).await? {
        return Ok(page);
    }
    let lines = lines(&view, &WORK, asked.after.as_deref()).await?;
    let found = split::chosen(&view, asked.case.as_deref()).await?;
    draw(&view, &lines, found.as_ref(), asked.done.as_ref(), None).await
}

/// Passes or fails a case: the photo of the check first, then the verdict.
pub async fn judge(Viewer(view): Viewer, CaseName(name): CaseName, form: Form) -> Result<Response, Problem> {
    let found = find::case(&view.state, view.signed()?, &name).await?;
    let lines = stood(&view, &WORK, &form).await?;
    let allowed = view.state.engine.allowed(&view.setting, &found.case, &view.signed()?.actor);
    // Where no verdict is theirs to give, no photo of theirs is kept.
    let mut waits = VERDICTS.iter().any(|name| allowed.contains(name));
    let outcome = verdict(&view, &found, &form, &mut waits).await;
    match outcome {
        Ok(given) => {
            let onward = screen(&view, &lines).onward(found.case.id);
            Ok(Redirect::to(&with_query(&onward, "done", given.code())).into_response())
        }
        Err(problem) => {
            let problem = mendable(problem)?;
            let told = told(&view, &problem);
            let brought = match waits {
                true => Brought::keep(&view, &form, !problem.code.starts_with("file_")).await?,
                false => Brought::default(),
            };
            let fresh = find::case(&view.state, view.signed()?, &Named::Id(found.case.id)).await?;
            let page = draw(&view, &lines, Some(&fresh), None, Some(&Failed { form, told, brought })).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// Gives the verdict; answers which it was. `waits` is cleared once its photos are in the case.
async fn verdict(view: &View, found: &CaseView, form: &Form, waits: &mut bool) -> Result<Name, Problem> {
    let case = &found.case;
    let (name, body) = match (form.said("verdict"), form.said("words")) {
        (Some("pass"), words) => (Name::Pass, maybe(words)),
        (Some("close"), words) => (Name::Close, maybe(words)),
        (Some("fail"), Some(reason)) => (Name::Fail, json!({ "reason": reason })),
        (Some("fail"), None) => {
            return Err(unsaid(
                "不通过须写明理由，承办单位会看到。",
                "Write why it fails: the unit that did the work reads it.",
            ));
        }
        _ => return Err(unsaid("请选择通过或不通过。", "Choose whether it passes.")),
    };
    let actor = &view.signed()?.actor;
    let may = view.state.engine.allowed(&view.setting, case, actor).contains(&name);
    let mut read = version(form);
    // Where this verdict is not theirs to give it is refused below, and its photos go nowhere.
    let (uploads, carried) = brought::photos(view, form, EvidenceKind::Finding).await?;
    if may && !uploads.is_empty() {
        let given = Given { body: json!({}), uploads, key: key_of(view, form, "photo")?, version: read };
        read = Some(say(view, case.id, Name::Attach, given).await?.version);
        *waits = false;
        brought::settled(view, &carried).await?;
    }
    let key = key_of(view, form, "verdict")?;
    say(view, case.id, name, Given { body, key, version: read, ..Given::default() }).await?;
    Ok(name)
}

fn maybe(words: Option<&str>) -> Value {
    words.map_or_else(|| json!({}), |words| json!({ "words": words }))
}

fn unsaid(zh: &str, en: &str) -> Problem {
    Problem { zh: zh.to_owned(), en: en.to_owned(), ..Problem::of("validation") }
}

/// What is wrong, at the field where it is: words have one, everything else stands alone.
fn told(view: &View, problem: &Problem) -> Vec<(String, String)> {
    let of = |field: &str| {
        if matches!(field, "words" | "reason") { "verdict-words".to_owned() } else { String::new() }
    };
    let fields: Vec<_> = problem
        .fields(view.lang)
        .map(|wrong| (of(wrong.field), format!("{} {}", wrong.message, wrong.mend)))
        .collect();
    match fields.is_empty() {
        true => vec![("verdict-words".to_owned(), problem.detail(view.lang).to_owned())],
        false => fields,
    }
}

fn screen<'a>(view: &'a View, lines: &'a Leaf<QueueLine>) -> Split<'a> {
    let order = view.lang.pick(
        "按地点分组，先到期的在前；最先到期的地点在最前",
        "By place, earliest due first; the place with the earliest stands first",
    );
    Split { view, post: Post::Inspection, lines, by_place: true, order }
}

async fn draw(
    view: &View,
    lines: &Leaf<QueueLine>,
    found: Option<&CaseView>,
    done: Option<&String>,
    failed: Option<&Failed>,
) -> Result<Response, Problem> {
    let screen = screen(view, lines);
    let sheet = screen.sheet(found).await?;
    let article = sheet.as_ref().map(|sheet| article(sheet, failed));
    screen.draw(found.zip(article.as_ref()), done, failed.is_some()).await
}

fn article(sheet: &Sheet, failed: Option<&Failed>) -> Markup {
    let view = sheet.view;
    let mine = VERDICTS.into_iter().any(|name| sheet.may(name));
    let acts = html! {
        @if let Some(failed) = failed { (error_summary(view, &failed.told)) }
        @if mine { (asked(sheet, failed)) }
        @if sheet.may(Name::Nominate) { (sheet.folded(Name::Nominate, sheet.name(Name::Nominate), Written::default())) }
    };
    let body = html! {
        (sheet.words())
        div.columns {
            (sheet.photos(view.lang.pick("发现时", "As it was found"), &[EvidenceKind::Before]))
            (sheet.photos(view.lang.pick("处置后", "After the work"), &[EvidenceKind::After, EvidenceKind::Document]))
            (sheet.photos(view.lang.pick("核实、核查", "Of checks"), &[EvidenceKind::Finding]))
        }
        (sheet.finished(view.lang.pick("承办单位反馈", "What the unit reports")))
    };
    sheet.article(Post::Inspection, (&acts, mine), &body)
}

/// Words, a photo, and the verdict.
fn asked(sheet: &Sheet, failed: Option<&Failed>) -> Markup {
    let (view, case) = (sheet.view, &sheet.found.case);
    let passes = if sheet.may(Name::Pass) { Name::Pass } else { Name::Close };
    let words = failed.and_then(|failed| failed.form.said("words")).unwrap_or_default();
    let invalid = failed.is_some_and(|failed| failed.told.iter().any(|(field, _)| field == "verdict-words"));
    html! {
        section.card.card-suggest aria-labelledby="verdict-name" {
            h2 id="verdict-name" { (view.lang.pick("核查结论", "Verdict")) }
            form.command-form method="post" action={ "/cases/" (case.id) "/inspected" } enctype="multipart/form-data" {
                (sheet.hidden())
                input type="hidden" name="back" value=(sheet.back);
                div.field data-invalid[invalid] {
                    label for="verdict-words" { (view.lang.pick("核查说明", "What was seen")) " " span.optional { (view.lang.pick("（不通过时必填）", "(needed where it fails)")) } }
                    textarea id="verdict-words" name="words" rows="3" maxlength="4000" aria-invalid=[invalid.then_some("true")] { (words) }
                }
                div.field {
                    span.label id="verdict-photo-name" { (view.lang.pick("核查照片", "Photos of the check")) " " span.optional { (view.say(T::Optional)) } }
                    label.photo-picker {
                        (icon("photo")) span { (view.say(T::TakePhoto)) }
                        input type="file" name="photo" accept="image/jpeg,image/png,image/webp" multiple aria-labelledby="verdict-photo-name";
                    }
                    @if let Some(failed) = failed { (failed.brought.draw(view)) }
                }
                div.button-row {
                    @if sheet.may(passes) {
                        button.button.button-primary name="verdict" value=(passes.code()) { (sheet.name(passes)) }
                    }
                    @if sheet.may(Name::Fail) { button.button name="verdict" value="fail" { (sheet.name(Name::Fail)) } }
                }
            }
        }
    }
}
