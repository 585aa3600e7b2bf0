//! Signing in at another service: the way there, and the way back.
//!
//! What was begun lies sealed in a cookie of its own that the way back takes away again. Start at [`begin`].

use axum::{
    extract::{Query, State},
    http::header,
    response::{IntoResponse, Redirect, Response},
};
use huying_engine::accounts::Back;

use crate::{
    pages::{account::entrance, give::is_own, view::Anybody},
    problem::Problem,
    session::{cookies, visit::Visit},
    state::AppState,
};

/// What the address says.
#[derive(serde::Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    next: Option<String>,
}

/// What the service sends a browser back with.
#[derive(serde::Deserialize, Default)]
#[serde(default)]
pub struct Brought {
    code: String,
    state: String,
    error: String,
}

/// Sends the browser to the service.
pub async fn begin(
    State(state): State<AppState>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let next = asked.next.as_deref().filter(|next| is_own(next));
    let begun = state.accounts()?.openid_begin(next).await?;
    let cookie = cookies::keep_begun(&begun.ticket, visit.arrival.secure)?;
    let fresh = (header::CACHE_CONTROL, "no-store".parse().map_err(|why| Problem::internal(&why))?);
    Ok(([(header::SET_COOKIE, cookie), fresh], Redirect::to(&begun.url)).into_response())
}

/// Lets in whom the service names.
pub async fn back(
    Anybody(view): Anybody,
    visit: Visit,
    Query(brought): Query<Brought>,
) -> Result<Response, Problem> {
    let accounts = visit.at(view.state.accounts()?);
    let judged = if brought.error.is_empty() {
        let it = Back {
            ticket: visit.begun.as_deref().unwrap_or_default(),
            state: &brought.state,
            code: &brought.code,
            device: visit.device.clone(),
            had: visit.token.as_deref(),
        };
        accounts.openid_end(it).await.map_err(Problem::from)
    } else {
        Err(Problem::of("service_fails"))
    };
    let mut answer = match judged {
        Ok((came, next)) => {
            let next = next.as_deref().filter(|next| is_own(next));
            let to =
                if came.half { entrance::second_address(next) } else { next.unwrap_or("/desk").to_owned() };
            (visit.let_in(&came)?, Redirect::to(&to)).into_response()
        }
        Err(problem) if problem.status == 500 => return Err(problem),
        Err(problem) => {
            let mut page = entrance::draw(&view, None, "", Some(&problem));
            *page.status_mut() = problem.status;
            page
        }
    };
    answer.headers_mut().append(header::SET_COOKIE, cookies::drop_begun(visit.arrival.secure)?);
    Ok(answer)
}
