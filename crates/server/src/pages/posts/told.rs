//! After a call was written down: what the caller is told aloud, and who has the case now.
//!
//! Owns the sentences to be read out, made of the case as it stands. Start at [`page`].

use axum::{extract::Query, response::Response};
use huying_model::{Case, Name, clock::Timer};
use maud::html;
use serde::Deserialize;

use super::{
    Post,
    sheet::{Sheet, Written},
};
use crate::{
    api::find::{self, CaseName},
    pages::{
        frame::{self, Here, Page},
        report,
        tabs::Tally,
        view::{View, Viewer},
    },
    problem::Problem,
};

/// What the address says.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    done: Option<String>,
    /// `failed` where the wish for secrecy could not be written down.
    secret: Option<String>,
}

/// What is told, and how it goes on.
pub async fn page(
    Viewer(view): Viewer,
    CaseName(name): CaseName,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let found = find::case(&view.state, view.signed()?, &name).await?;
    let case = &found.case;
    let sheet = Sheet::of(&view, &found, format!("/cases/{}/told", case.number)).await?;
    let secret = report::secret_for(&view, case).await?;
    let title = view.lang.pick("请读给来电人", "Read this out to the caller");
    let main = html! {
        main.page.stack.post id="main" {
            h1 { (title) }
            @if asked.secret.is_some() {
                p.notice data-kind="error" role="alert" { (view.lang.pick("保密要求没有记上，请在案件中用“备注”写明。", "The wish for secrecy was not written down: write it as a note in the case.")) }
            }
            blockquote.post-aloud {
                p { (view.lang.pick("您反映的问题已经登记，案号 ", "Your report is written down. Its number is ")) strong.code { (spelled(&case.number)) } (view.lang.pick("。", ".")) }
                p { (promised(&view, case)) }
                @if let Some(secret) = secret {
                    p { (view.lang.pick("查询码 ", "With the secret ")) strong.code { (secret) } (view.lang.pick("：凭案号和查询码可以随时查进度。", " and the number you can follow it at any time.")) }
                }
                @if !case.waiting().is_empty() { p { (view.lang.pick("办完以后我们会给您回电话。", "When the work is done we may call you back.")) } }
            }
            (report::status_line(&view, case.stage))
            section.part aria-labelledby="hand-name" {
                h2 id="hand-name" { (view.lang.pick("交接", "Hand over")) }
                p { (view.lang.pick("已交 ", "It is with ")) strong { (view.unit(&case.custodian)) } " · " (crate::pages::case::stage(&view, case.stage)) }
                div.button-row {
                    @for name in [Name::File, Name::Verify, Name::Note].into_iter().filter(|name| sheet.may(*name)) {
                        (sheet.folded(name, sheet.name(name), Written::default()))
                    }
                }
            }
            div.row {
                a.button.button-primary href="/seat" { (view.lang.pick("下一个电话", "Next call")) }
                a.button href={ "/cases/" (case.number) } { (view.lang.pick("打开案件", "Open the case")) }
            }
        }
        (frame::toast(asked.done.as_ref(), &view))
    };
    let tally = Tally::of(&view).await?;
    Ok(frame::console(&view, &Page::new(title), Some(Here::Post(Post::Seat)), &tally, &main))
}

/// A number as it is said: in groups, with a breath between them.
fn spelled(number: &str) -> String {
    number.replace('-', " - ")
}

/// By when what is promised, whichever clock stands for it now.
fn promised(view: &View, case: &Case) -> String {
    let unit = view.unit(&case.custodian);
    let due = |of: &Timer| case.clock(of).map(|clock| view.moment(clock.due));
    match (due(&Timer::Promise), due(&Timer::Intake)) {
        (Some(due), _) => view.lang.pick(
            format!("现在由{unit}负责，我们承诺在 {due} 前办结。"),
            format!("{unit} has it now, and it will be closed by {due}."),
        ),
        (None, Some(due)) => view.lang.pick(
            format!("现在由{unit}受理，{due} 前会决定由谁办理。"),
            format!("{unit} has it now and will decide by {due} who does the work."),
        ),
        (None, None) => view.lang.pick(format!("现在由{unit}负责。"), format!("{unit} has it now.")),
    }
}
