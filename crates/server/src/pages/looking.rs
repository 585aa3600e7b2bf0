//! The line that says who else has the case open now.
//!
//! Only those who may act on a case are named, and only to each other: who just reads it disturbs nobody. Start at [`line`]; the page's
//! script asks [`page`] again (web/src/islands/looking.ts).

use axum::response::Response;
use huying_model::Case;
use maud::{Markup, html};

use super::{
    acts, frame,
    parts::joined,
    view::{View, Viewer},
};
use crate::{
    api::find::{self, CaseName},
    problem::Problem,
};

/// The line alone.
pub async fn page(Viewer(view): Viewer, CaseName(name): CaseName) -> Result<Response, Problem> {
    let found = find::case(&view.state, view.signed()?, &name).await?;
    Ok(frame::fresh(line(&view, &found.case)?))
}

/// Says that this member looks, and names the others.
pub fn line(view: &View, case: &Case) -> Result<Markup, Problem> {
    let who = view.signed()?;
    if !acts::moves(&view.state.engine.allowed(&view.setting, case, &who.actor)) {
        return Ok(super::parts::nothing());
    }
    let others = view.state.looking.note(case.id, &who.member, view.now);
    let names = joined(others.iter().map(|other| view.member(other).to_string()), view.lang);
    Ok(html! {
        p.looking role="status" data-asks={ "/cases/" (case.id) "/looking" } {
            @if !others.is_empty() { (view.lang.pick("同时在看：", "Also looking: ")) b { (names) } }
        }
    })
}
