//! Seats that wait for a second administrator, on the pages of accounts and of the organisation.

use axum::response::{IntoResponse, Redirect, Response};
use huying_engine::grants::{Grant, State};
use maud::{Markup, html};

use crate::{
    api::grants::deciding,
    pages::{form::Form, view::View},
    problem::{Both, Problem},
};

/// What waits.
pub async fn waiting(view: &View) -> Result<Vec<Grant>, Problem> {
    let mut all = view.state.engine.grants(view.state.tenant()).await?;
    all.retain(|grant| grant.state == State::Waiting);
    Ok(all)
}

/// What waits, with the buttons for whoever is the second person; they send to the page `back`.
pub fn part(view: &View, waiting: &[Grant], back: &str) -> Markup {
    html! {
        @if !waiting.is_empty() {
            section.card aria-labelledby="grants-name" {
                h2 id="grants-name" { (view.lang.pick("待第二人批准的授权", "Seats that wait for a second person")) }
                ul.plain.stack { @for grant in waiting { li { (one(view, grant, back)) } } }
            }
        }
    }
}

fn one(view: &View, grant: &Grant, back: &str) -> Markup {
    let own = view.who.as_ref().is_some_and(|who| who.member == grant.by);
    let why = match own {
        true => view.lang.pick("撤回理由", "Why it is taken back"),
        false => view.lang.pick("驳回理由", "Why it is refused"),
    };
    let button = |act: &str, words: &str, main: bool| {
        html! { button.button.button-primary[main] name="act" value=(act) { (words) } }
    };
    html! {
        p { b { "#" (grant.no) } " " (view.member(&grant.by)) " · " (view.moment(grant.at)) " · " (grant.reason) }
        ul.plain { @for line in &grant.grants { li { (view.lang.pick(&line.zh, &line.en)) } } }
        form.row method="post" action=(back) {
            input type="hidden" name="no" value=(grant.no);
            label.visually-hidden for={ "grant-reason-" (grant.no) } { (why) }
            input.input id={ "grant-reason-" (grant.no) } name="reason" placeholder=(why);
            @if !own { (button("approve", view.lang.pick("批准", "Agree"), true)) }
            (button("reject", if own { view.lang.pick("撤回", "Take back") } else { view.lang.pick("驳回", "Refuse") }, false))
        }
    }
}

/// Agrees or refuses, and leads back.
pub async fn decide(view: &View, form: &Form, agrees: bool, back: &str) -> Result<Response, Problem> {
    let no = form.said("no").and_then(|no| no.parse::<u32>().ok()).ok_or_else(Problem::not_found)?;
    let actor = deciding(&view.state, view.signed()?)?;
    let (engine, tenant) = (&view.state.engine, view.state.tenant());
    if agrees {
        engine.approve_grant(tenant, &actor, no).await?;
    } else {
        let reason = form.said("reason").ok_or_else(|| {
            let mend = Both::of("请用1至2000字说明理由。", "Say why in 1 to 2000 characters.");
            Problem::field("reason", "missing", Both::of("缺少理由。", "A reason is missing."), mend)
        })?;
        engine.reject_grant(tenant, &actor, no, reason).await?;
    }
    Ok(Redirect::to(back).into_response())
}
