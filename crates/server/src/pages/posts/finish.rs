//! One case as a handler works on it, on a phone as on a desk: what is wanted, the acts, and the end with its photos.
//!
//! Owns the form that ends the work, with the pack's replies to begin from and what the reporter will read before it is sent. Other acts
//! are sent as everywhere ([`crate::pages::give`]). Start at [`page`].

use axum::{
    extract::Query,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use huying_engine::outbox::template::{Language, Scene};
use huying_model::{
    Case, Name,
    actor::By,
    case::Ending,
    catalogue::{EvidenceKind, Outcome},
    clock::Timer,
};
use huying_store::CaseView;
use maud::{Markup, html};
use serde_json::json;

use super::{
    Given, Post, mendable, say,
    sheet::{Sheet, Written},
    split::Asked,
    version,
};
use crate::{
    api::find::{self, CaseName, Named},
    pages::{
        address, case as whole,
        form::Form,
        frame::{self, Here, Page},
        give::{self, Trouble},
        orders,
        parts::{error_summary, time},
        tabs::Tally,
        texts::T,
        view::{View, Viewer},
    },
    problem::Problem,
};

/// Acts that need no words, each a button that stands open.
const AT_ONCE: [Name; 2] = [Name::Receive, Name::Arrive];
/// Acts behind their names, in the order in which they are wanted.
const OTHERS: [Name; 7] = [
    Name::Progress,
    Name::Return,
    Name::Request,
    Name::Call,
    Name::EndAssist,
    Name::Attach,
    Name::MarkDifficult,
];

/// What stands in the form that ends the work, and why it came back.
#[derive(Default)]
struct Draft {
    form: Option<Form>,
    trouble: Option<Trouble>,
}

/// The sheet of a case.
pub async fn page(
    Viewer(view): Viewer,
    CaseName(name): CaseName,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let found = find::case(&view.state, view.signed()?, &name).await?;
    draw(&view, &found, &Draft::default(), asked.done.as_ref()).await
}

/// Takes a reply of the pack into the form, shows what the reporter will read, or ends the work.
pub async fn send(Viewer(view): Viewer, CaseName(name): CaseName, form: Form) -> Result<Response, Problem> {
    let found = find::case(&view.state, view.signed()?, &name).await?;
    match form.said("do") {
        Some("reply") => {
            let form = Some(with_reply(&view, &found.case, form));
            draw(&view, &found, &Draft { form, trouble: None }, None).await
        }
        Some("preview") => draw(&view, &found, &Draft { form: Some(form), trouble: None }, None).await,
        _ => end(&view, &found, form).await,
    }
}

async fn end(view: &View, found: &CaseView, form: Form) -> Result<Response, Problem> {
    let given = Given {
        body: orders::body(view, &found.case, Name::Finish, &form),
        uploads: orders::uploads(view, &found.case, Name::Finish, &form),
        key: give::key(view, &form)?,
        version: version(&form),
    };
    match say(view, found.case.id, Name::Finish, given).await {
        Ok(_) => Ok(Redirect::to(&address("/handling", &[("done", Name::Finish.code())])).into_response()),
        Err(problem) => {
            let trouble = Trouble { name: Name::Finish, form: form.clone(), problem: mendable(problem)? };
            let fresh = find::case(&view.state, view.signed()?, &Named::Id(found.case.id)).await?;
            let page = draw(view, &fresh, &Draft { form: Some(form), trouble: Some(trouble) }, None).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// The form with the words of the chosen reply in place of its own.
fn with_reply(view: &View, case: &Case, mut form: Form) -> Form {
    let replies = replies(view, case);
    let chosen = form.said("reply").and_then(|id| replies.iter().find(|(known, _)| known == id));
    if let Some((_, words)) = chosen {
        form.fields.retain(|(field, _)| field != "reason");
        form.fields.push(("reason".to_owned(), words.clone()));
    }
    form
}

fn scene<'a>(view: &'a View, case: &'a Case) -> Scene<'a> {
    Scene::new(&view.setting, case, view.lang.pick(Language::Zh, Language::En))
}

/// The pack's replies, finished for the case, by their ids.
fn replies(view: &View, case: &Case) -> Vec<(String, String)> {
    scene(view, case).replies().into_iter().map(|(id, words)| (id.to_string(), words)).collect()
}

async fn draw(
    view: &View,
    found: &CaseView,
    draft: &Draft,
    done: Option<&String>,
) -> Result<Response, Problem> {
    let back = format!("/cases/{}/handle", found.case.number);
    let sheet = Sheet::of(view, found, back).await?;
    let title = format!("{} {}", found.case.number, whole::title(view, found));
    let title = if draft.trouble.is_some() { view.fill(T::FailedTitle, &[&title]) } else { title };
    let acts = acts(&sheet, draft);
    let main = html! {
        main.page.page-wide.post id="main" {
            article.case {
                (sheet.head("/handling"))
                (acts)
                div.case-body {
                    (sheet.words())
                    (sheet.photos(view.lang.pick("处置前", "Before"), &[EvidenceKind::Before, EvidenceKind::Finding]))
                    (sheet.photos(view.lang.pick("处置后", "After"), &[EvidenceKind::After, EvidenceKind::Document]))
                    p { a href={ "/cases/" (found.case.number) } { (view.lang.pick("全部内容和操作", "Everything about the case")) } }
                }
            }
        }
        (frame::toast(done, view))
    };
    let tally = Tally::of(view).await?;
    Ok(frame::console(view, &Page::new(&title), Some(Here::Post(Post::Handling)), &tally, &main))
}

fn acts(sheet: &Sheet, draft: &Draft) -> Markup {
    let view = sheet.view;
    let none = Written::default();
    html! {
        div.case-acts {
            @if let Some(trouble) = &draft.trouble { (error_summary(view, &trouble.told(view))) }
            @for name in AT_ONCE.into_iter().filter(|name| sheet.may(*name)) { (sheet.form(name, none)) }
            @if sheet.may(Name::Finish) { (ending(sheet, draft)) }
            div.button-row {
                @for name in OTHERS.into_iter().filter(|name| sheet.may(*name)) { (other(sheet, name)) }
            }
        }
    }
}

/// Another act. What is asked for first is an extension, with what it changes beside it.
fn other(sheet: &Sheet, name: Name) -> Markup {
    let view = sheet.view;
    if name != Name::Request {
        let label = match name {
            Name::Call => view.lang.pick("请求支援", "Ask for help"),
            _ => sheet.name(name),
        };
        return sheet.folded(name, label, Written::default());
    }
    let form = Form { fields: vec![("kind".to_owned(), "extension".to_owned())], ..Form::default() };
    let promise = sheet.found.case.clock(&Timer::Promise).map(|clock| clock.due);
    html! {
        details.command {
            summary.button { (view.lang.pick("申请延期", "Ask for more time")) }
            div.post-inside {
                @if let Some(due) = promise {
                    p.quiet { (view.lang.pick("现办结时限 ", "Promised by now: ")) (time(view, due)) (view.lang.pick("；批准之前时限照常计算，无人答复时逐级上报。", "; clocks go on until it is granted, and silence climbs.")) }
                }
                (sheet.form(Name::Request, Written { said: Some(&form), wrong: &[] }))
            }
        }
    }
}

/// The end of the work: outcome, words, photos, and what the reporter will read.
fn ending(sheet: &Sheet, draft: &Draft) -> Markup {
    let (view, case) = (sheet.view, &sheet.found.case);
    let wrong = draft.trouble.as_ref().map_or_else(Vec::new, |trouble| trouble.fields(view));
    let written = Written { said: draft.form.as_ref(), wrong: &wrong };
    let replies = replies(view, case);
    let again = draft.form.is_some();
    html! {
        section.card.card-suggest id="finish" aria-labelledby="finish-name" {
            h2 id="finish-name" { (sheet.name(Name::Finish)) }
            form.command-form method="post" action={ "/cases/" (case.id) "/handle" } enctype="multipart/form-data" data-reply {
                (sheet.hidden())
                @if !replies.is_empty() {
                    div.field {
                        label for="finish-reply" { (view.lang.pick("常用答复", "Reply to begin from")) " " span.optional { (view.say(T::Optional)) } }
                        div.post-pick {
                            select id="finish-reply" name="reply" {
                                option value="" { (view.say(T::Choose)) }
                                @for (id, words) in &replies { option value=(id) data-words=(words) { (short(words)) } }
                            }
                            button.button name="do" value="reply" { (view.lang.pick("采用", "Take")) }
                        }
                    }
                }
                (sheet.fields(Name::Finish, written))
                @if again { p.quiet { (view.lang.pick("照片请重新选择。", "Choose the photos again.")) } }
                (preview(view, case, draft))
                div.button-row {
                    button.button.button-primary name="do" value="finish" { (sheet.name(Name::Finish)) }
                    button.button name="do" value="preview" { (view.lang.pick("刷新预览", "Refresh the preview")) }
                }
            }
        }
    }
}

/// What the reporter will read when the case is closed so.
fn preview(view: &View, case: &Case, draft: &Draft) -> Markup {
    let said = |name: &str| draft.form.as_ref().and_then(|form| form.said(name));
    let outcome = said("outcome").and_then(|code| serde_json::from_value::<Outcome>(json!(code)).ok());
    let mut after = case.clone();
    after.ending = Some(Ending { outcome: outcome.unwrap_or_default(), by: By::System, unit: None });
    let offered = if draft.form.is_none() { view.reply(case) } else { None };
    let words = said("reason").map(str::to_owned).or(offered).unwrap_or_default();
    html! {
        section.post-preview aria-labelledby="preview-name" {
            h3 id="preview-name" { (view.lang.pick("反映人将看到", "What the reporter will read")) }
            p { (scene(view, &after).render("closed")) }
            p data-mirror="reason" { (words) }
        }
    }
}

/// A reply as far as a line of a list has room.
fn short(words: &str) -> String {
    const ROOM: usize = 30;
    let mut text: String = words.chars().take(ROOM).collect();
    if words.chars().nth(ROOM).is_some() {
        text.push('…');
    }
    text
}
