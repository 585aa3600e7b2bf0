//! The caller-back's work: whom to call next, and what was answered, with the end or the rework that follows from it.
//!
//! Owns the one form of a call. The call is written down first, so that nothing of it is lost where what should follow is refused. Start
//! at [`page`].

use axum::{
    extract::Query,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use huying_model::{Case, CaseId, Name};
use huying_store::{CaseView, QueueLine, QueuePart};
use maud::{Markup, html};
use serde_json::json;

use super::{
    Given, Post, closed, key_of,
    leaf::Leaf,
    lines, mendable, say,
    sheet::{Sheet, Written},
    split::{self, Asked, Split},
    version,
};
use crate::{
    api::find::{self, CaseName, Named},
    pages::{
        form::Form,
        give::Trouble,
        orders,
        parts::error_summary,
        persons,
        texts::T,
        view::{View, Viewer},
        with_query,
    },
    problem::Problem,
};

const WORK: QueuePart = QueuePart { kinds: &["custody"], stages: &["calling_back"] };

/// What went wrong: the form comes back where the call itself was not written down.
struct Failed {
    trouble: Trouble,
    written: bool,
}

/// The caller-back's screen.
pub async fn page(Viewer(view): Viewer, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    if let Some(page) = closed(&view, Post::CallingBack).await? {
        return Ok(page);
    }
    let lines = lines(&view, &WORK, asked.after.as_deref()).await?;
    let found = split::chosen(&view, asked.case.as_deref()).await?;
    draw(&view, &lines, found.as_ref(), asked.done.as_ref(), None).await
}

/// Writes the call down, and gives the command that follows from it.
pub async fn called(Viewer(view): Viewer, CaseName(name): CaseName, form: Form) -> Result<Response, Problem> {
    let found = find::case(&view.state, view.signed()?, &name).await?;
    let lines = lines(&view, &WORK, None).await?;
    let case = &found.case;
    let given = Given {
        body: orders::body(&view, case, Name::RecordCallback, &form),
        key: key_of(&view, &form, "call")?,
        version: version(&form),
        ..Given::default()
    };
    let outcome = match say(&view, case.id, Name::RecordCallback, given).await {
        Ok(receipt) => follow(&view, case, &form, receipt.version).await.map_err(|problem| (true, problem)),
        Err(problem) => Err((false, problem)),
    };
    match outcome {
        Ok(done) => {
            let onward = screen(&view, &lines).onward(case.id);
            Ok(Redirect::to(&with_query(&onward, "done", done.code())).into_response())
        }
        Err((written, problem)) => {
            let trouble = Trouble { name: Name::RecordCallback, form, problem: mendable(problem)? };
            let fresh = find::case(&view.state, view.signed()?, &Named::Id(case.id)).await?;
            let failed = Failed { trouble, written };
            let page = draw(&view, &lines, Some(&fresh), None, Some(&failed)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// What follows from the call: nothing where nobody was reached or somebody else is still to be called.
async fn follow(view: &View, case: &Case, form: &Form, version: u32) -> Result<Name, Problem> {
    let (name, body) = match (form.said("reached"), form.said("then")) {
        (Some("yes"), Some("close")) if last(case) => (Name::Close, json!({})),
        (Some("yes"), Some("rework")) => {
            let usual = view.lang.pick(
                "回访：反映人表示问题没有解决。",
                "Called back: the reporter says that it is not solved.",
            );
            (Name::Rework, json!({ "reason": form.said("words").unwrap_or(usual) }))
        }
        _ => return Ok(Name::RecordCallback),
    };
    let key = key_of(view, form, name.code())?;
    say(view, case.id, name, Given { body, key, version: Some(version), ..Given::default() }).await?;
    Ok(name)
}

/// Whether at most one reporter was not reached yet: the one who was called.
fn last(case: &Case) -> bool {
    let reached = |id: CaseId, no: u16| {
        case.callbacks.iter().any(|one| one.case == id && one.reporter == no && one.reached)
    };
    case.waiting().into_iter().filter(|(id, no)| !reached(*id, *no)).count() <= 1
}

fn screen<'a>(view: &'a View, lines: &'a Leaf<QueueLine>) -> Split<'a> {
    let order = view
        .lang
        .pick("按回访时限排列，先到期的先打", "By when the callback is due: call the earliest first");
    Split { view, post: Post::CallingBack, lines, by_place: false, order }
}

async fn draw(
    view: &View,
    lines: &Leaf<QueueLine>,
    found: Option<&CaseView>,
    done: Option<&String>,
    failed: Option<&Failed>,
) -> Result<Response, Problem> {
    let screen = screen(view, lines);
    let persons = match found {
        Some(found) => persons::card(view, found).await?,
        None => Markup::default(),
    };
    let sheet = screen.sheet(found).await?;
    let article = sheet.as_ref().map(|sheet| article(sheet, &persons, failed));
    screen.draw(found.zip(article.as_ref()), done, failed.is_some()).await
}

fn article(sheet: &Sheet, persons: &Markup, failed: Option<&Failed>) -> Markup {
    let (view, case) = (sheet.view, &sheet.found.case);
    let acts = html! {
        @if let Some(failed) = failed {
            (error_summary(view, &failed.trouble.told(view)))
            @if failed.written { p.notice role="status" { (view.lang.pick("这次回访已经登记。", "This call is written down.")) } }
        }
        @if sheet.may(Name::RecordCallback) && !case.waiting().is_empty() { (call(sheet, failed)) }
        @if sheet.may(Name::Close) { (sheet.folded(Name::Close, view.lang.pick("直接结案", "Close without another call"), Written::default())) }
        @if sheet.may(Name::Rework) { (sheet.folded(Name::Rework, sheet.name(Name::Rework), Written::default())) }
    };
    let body = html! {
        (persons)
        (attempts(view, case))
        (sheet.words())
        (sheet.finished(view.lang.pick("办了什么（可以告知）", "What was done (to be told)")))
    };
    let mine = sheet.may(Name::RecordCallback) || sheet.may(Name::Close);
    sheet.article(Post::CallingBack, (&acts, mine), &body)
}

/// What was answered, and what follows.
fn call(sheet: &Sheet, failed: Option<&Failed>) -> Markup {
    let (view, case) = (sheet.view, &sheet.found.case);
    let again = failed.filter(|failed| !failed.written);
    let wrong = again.map_or_else(Vec::new, |failed| failed.trouble.fields(view));
    let written = Written { said: again.map(|failed| &failed.trouble.form), wrong: &wrong };
    html! {
        section.card.card-suggest aria-labelledby="call-name" {
            h2 id="call-name" { (sheet.name(Name::RecordCallback)) }
            form.command-form method="post" action={ "/cases/" (case.id) "/called-back" } {
                (sheet.hidden())
                (sheet.fields(Name::RecordCallback, written))
                div.button-row {
                    button.button.button-primary name="then" value="close" { (view.lang.pick("登记并结案", "Write down and close")) }
                    button.button name="then" value="rework" { (view.lang.pick("登记并返工", "Write down and rework")) }
                    button.button name="then" value="later" { (view.lang.pick("只登记", "Write down only")) }
                }
                p.quiet { (view.lang.pick("没有接通时只登记，案件留在队列中。", "Where nobody was reached it is written down only, and the case stays.")) }
            }
        }
    }
}

/// How often each reporter was called.
fn attempts(view: &View, case: &Case) -> Markup {
    html! {
        @if !case.callbacks.is_empty() {
            ul.plain {
                @for one in &case.callbacks {
                    li.quiet {
                        (view.fill(T::ReporterNo, &[&(one.reporter + 1).to_string()])) " · "
                        @if one.reached { (view.lang.pick("已接通", "reached")) }
                        @else { (view.lang.pick(format!("已拨 {} 次，未接通", one.attempts), format!("called {} times, not reached", one.attempts))) }
                    }
                }
            }
        }
    }
}
