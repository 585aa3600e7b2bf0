//! The screens of those who do one kind of work all day: handler, hotline seat, inspector, caller-back, supervisor.
//!
//! Owns [`Post`], which says whose each screen is, and what the screens share: their lines and the way to give a command. Refuses rules:
//! every act is a command of the case, and the engine says who may. The screens watch cases and promises; nothing here counts what a
//! person did. Start at [`routes`], then [`handling`].

mod boards;
mod brought;
mod calling;
mod finish;
mod handling;
mod inspecting;
mod leaf;
mod meeting;
mod seat;
mod sheet;
mod split;
mod told;

use axum::{Router, routing::get, routing::post};
use huying_engine::handle::{Claimed, SayIn, Upload};
use huying_model::{CaseId, Name, actor::Role};
use huying_store::{Key, QueueLine, QueuePart, Receipt};
use maud::{Markup, html};
use serde_json::Value;
use smol_str::SmolStr;

use self::leaf::Leaf;
use super::{
    form::Form,
    frame::{self, Here, Page},
    give,
    parts::{icon, joined},
    tabs::Tally,
    view::View,
};
use crate::{
    api::{commands, find},
    language::Lang,
    problem::Problem,
    state::AppState,
};

/// Lines of a screen: who has more than these looks at the first ones first, and turns the page for the others.
const LINES: usize = 60;

/// The screens and what their forms send.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/handling", get(handling::page).post(handling::receive))
        .route("/cases/{id}/handle", get(finish::page).post(finish::send))
        .route("/seat", get(seat::page).post(seat::hear))
        .route("/cases/{id}/told", get(told::page))
        .route("/inspection", get(inspecting::page))
        .route("/cases/{id}/inspected", post(inspecting::judge))
        .route("/calling-back", get(calling::page))
        .route("/cases/{id}/called-back", post(calling::called))
        .route("/supervision", get(boards::page))
        .route("/difficult", get(meeting::page))
}

/// A screen with a place of its own in the bar.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Post {
    Handling,
    Seat,
    Inspection,
    CallingBack,
    Supervision,
}

impl Post {
    const ALL: [Post; 5] =
        [Post::Seat, Post::Handling, Post::Inspection, Post::CallingBack, Post::Supervision];

    /// The screens of a member, by the seats that are theirs now.
    pub fn of(view: &View) -> impl Iterator<Item = Post> {
        Post::ALL.into_iter().filter(|post| view.has_role(post.roles()))
    }

    pub fn address(self) -> &'static str {
        match self {
            Post::Handling => "/handling",
            Post::Seat => "/seat",
            Post::Inspection => "/inspection",
            Post::CallingBack => "/calling-back",
            Post::Supervision => "/supervision",
        }
    }

    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            Post::Handling => lang.pick("处置台", "Handling"),
            Post::Seat => lang.pick("接线台", "Hotline seat"),
            Post::Inspection => lang.pick("核查台", "Inspection"),
            Post::CallingBack => lang.pick("回访台", "Calling back"),
            Post::Supervision => lang.pick("督办台", "Supervision"),
        }
    }

    fn roles(self) -> &'static [Role] {
        match self {
            Post::Handling => &[Role::Handler],
            Post::Seat => &[Role::Operator],
            Post::Inspection => &[Role::Inspector],
            Post::CallingBack => &[Role::CallerBack],
            Post::Supervision => &[Role::Supervisor, Role::Leader],
        }
    }

    /// What somebody without such a seat reads: who has one. What a command may be given by is the engine's to say.
    fn whose(self, view: &View) -> Option<Markup> {
        if view.has_role(self.roles()) {
            return None;
        }
        let roles = joined(self.roles().iter().map(|role| view.role(*role).to_string()), view.lang);
        Some(html! {
            main.page.stack id="main" {
                h1 { (self.name(view.lang)) }
                div.empty {
                    (icon("person"))
                    h2 { (view.lang.pick("这里不是您的岗位", "This is not your post")) }
                    p { (view.lang.pick(format!("由这些角色使用：{roles}。如需开通，请联系系统管理员。"), format!("It is for: {roles}. Ask an administrator for a seat."))) }
                    a.button href="/desk" { (view.lang.pick("回到工作台", "Back to the desk")) }
                }
            }
        })
    }
}

/// The screen's own page for whoever has no such seat; None where they have one.
async fn closed(view: &View, post: Post) -> Result<Option<axum::response::Response>, Problem> {
    let Some(main) = post.whose(view) else { return Ok(None) };
    let tally = Tally::of(view).await?;
    Ok(Some(frame::console(view, &Page::new(post.name(view.lang)), Some(Here::Post(post)), &tally, &main)))
}

/// A page of the lines of the member's units that are of this part, earliest due first, with the words that are theirs to read.
async fn lines(view: &View, part: &QueuePart, cursor: Option<&str>) -> Result<Leaf<QueueLine>, Problem> {
    let (store, tenant) = (view.state.engine.store(), view.state.tenant());
    let page = store.queue_part(tenant, &view.units(), part, cursor, LINES).await;
    let mut page = find::page(page, cursor)?;
    find::own_words(&view.state, view.signed()?, &mut page.items).await?;
    Ok(Leaf { items: page.items, at: cursor.map(str::to_owned), next: page.next })
}

/// What is given with a command.
#[derive(Default)]
struct Given {
    body: Value,
    uploads: Vec<Upload>,
    key: Option<Key>,
    /// The version that was read; None where it may have changed meanwhile.
    version: Option<u32>,
}

/// Gives one command in the member's name.
async fn say(view: &View, case: CaseId, name: Name, given: Given) -> Result<Receipt, Problem> {
    let input = SayIn {
        tenant: view.state.tenant(),
        actor: view.signed()?.actor.clone(),
        case,
        name,
        body: given.body,
        uploads: given.uploads,
        claimed: Claimed::default(),
        key: given.key,
        if_match: given.version,
    };
    let outcome = view.state.engine.say(input).await;
    commands::count(&view.state, name, &outcome.as_ref());
    outcome.map_err(Problem::from)
}

/// The form's key for one of several commands that it leads to: sent twice, each happens once.
fn key_of(view: &View, form: &Form, of: &str) -> Result<Option<Key>, Problem> {
    let key = give::key(view, form)?;
    Ok(key.map(|key| Key { key: SmolStr::new(format!("{}:{of}", key.key)), ..key }))
}

/// Where a list of a screen stood when a form was drawn, as its way back says.
fn stands(form: &Form, list: &str) -> Option<String> {
    let (_, query) = form.said("back")?.split_once('?')?;
    let mut said = form_urlencoded::parse(query.as_bytes());
    said.find(|(name, _)| name == list).map(|(_, cursor)| cursor.into_owned())
}

/// The page of the queue on which a form was drawn; the first, where that cannot be said any more: no act is lost for it.
async fn stood(view: &View, part: &QueuePart, form: &Form) -> Result<Leaf<QueueLine>, Problem> {
    match lines(view, part, stands(form, "after").as_deref()).await {
        Err(problem) if problem.status.is_client_error() => lines(view, part, None).await,
        found => found,
    }
}

fn version(form: &Form) -> Option<u32> {
    form.said("version").and_then(|version| version.parse().ok())
}

/// A failure of the platform is told as such; everything else comes back with the form.
fn mendable(problem: Problem) -> Result<Problem, Problem> {
    if problem.status.is_server_error() { Err(problem) } else { Ok(problem) }
}
