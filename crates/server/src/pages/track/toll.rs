//! What an addition costs its sender: nothing at first, and what a report costs once they have sent much within the hour.
//!
//! Whoever holds a code would else have a door for words and photos that costs nothing. Additions and reports are counted together, by
//! [`huying_engine::toll`], and what was paid for one counts for no other. Refuses to judge what is added. Start at [`wait`].

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use huying_engine::toll::{BASE_BITS, Unpaid};
use huying_model::Case;
use huying_store::Key;
use maud::{Markup, html};
use smol_str::{SmolStr, format_smolstr};

use crate::{
    api::reports,
    pages::{form::Form, view::View},
    problem::Problem,
    session::visit::Visit,
};

/// The longest idempotency key that a form may bring.
const LONGEST_KEY: usize = 128;
/// Whoever would have to wait longer than a line may be comes again then.
const LATER: u32 = 900;

/// A place in the line of an address.
pub(super) struct Wait {
    pub ticket: String,
    pub seconds: u32,
}

/// What an addition is paid with: a challenge and its number, or the ticket of the form that came back. What is not ours or not solved
/// is nothing.
pub(super) fn pair<'f>(view: &View, form: &'f Form) -> Option<(&'f str, &'f str)> {
    let given = match (form.said("challenge"), form.said("solution")) {
        (Some(challenge), Some(number)) => (challenge, number),
        _ => (form.said("ticket")?, ""),
    };
    let state = &view.state;
    state.tolls.solved(&state.engine, state.tenant(), given).then_some(given)
}

/// The key of an act: that of what it was paid with, so that it counts once for all cases together, else the form's own. Own keys of
/// different cases never meet, whoever chooses them.
pub(super) fn key(case: &Case, pair: Option<(&str, &str)>, form: &Form) -> Option<Key> {
    let own = || form.said("idempotency_key").map(|key| (format_smolstr!("reporter {}", case.id), key));
    let paid = pair.map(|(challenge, _)| (SmolStr::from(reports::NOBODY), challenge));
    let (member, key) = paid.or_else(own).filter(|(_, key)| key.len() <= LONGEST_KEY)?;
    Some(Key { member, key: SmolStr::new(key), body_hash: form.hash })
}

/// Whether this sender's additions cost something by now.
pub(super) fn dear(view: &View, visit: &Visit) -> bool {
    view.state.tolls.price(&reports::sender(visit), view.state.now()) > BASE_BITS
}

/// The wait before an addition is taken; None where it costs nothing or was paid for.
pub(super) fn wait(view: &View, visit: &Visit, pair: Option<(&str, &str)>) -> Result<Option<Wait>, Problem> {
    if !dear(view, visit) {
        return Ok(None);
    }
    let (state, sender, now) = (&view.state, reports::sender(visit), view.state.now());
    let (engine, tenant) = (&state.engine, state.tenant());
    let paid = |pair| state.tolls.paid(engine, tenant, &sender, pair, now);
    match pair.map_or(Err(Unpaid::Unknown), paid) {
        Ok(()) => Ok(None),
        Err(Unpaid::Early { seconds }) => {
            let ticket = pair.map_or_else(String::new, |(ticket, _)| ticket.to_owned());
            Ok(Some(Wait { ticket, seconds }))
        }
        Err(Unpaid::Unknown | Unpaid::Wrong | Unpaid::Risen) => {
            let ticket = state.tolls.queue(engine, tenant, &sender, now);
            let ticket = ticket
                .ok_or_else(|| Problem { retry_after: Some(LATER), ..Problem::of("too_many_requests") })?;
            let seconds = u32::try_from((ticket.ready_at.minus(now) + 999) / 1_000).unwrap_or(0);
            Ok(Some(Wait { ticket: ticket.text, seconds }))
        }
    }
}

/// The page with the form that has to wait.
pub(super) fn early(page: Response, seconds: u32) -> Response {
    (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, seconds)], page).into_response()
}

/// That it has to wait, in a sentence.
pub(super) fn notice(view: &View, wait: &Wait) -> Markup {
    let seconds = wait.seconds;
    html! {
        p.notice role="alert" {
            (view.lang.pick(
                format!("为防止滥用，请等待 {seconds} 秒后再次点击“补充”。已填写的文字会保留，照片需重新选择。"),
                format!("To keep abuse away, wait {seconds} seconds and press Add again. What you wrote is kept; photos have to be chosen again."),
            ))
        }
    }
}

/// What the form of an addition carries: the ticket that it waited for, and what the script fills in that works instead of waiting.
pub(super) fn carried(view: &View, ticket: Option<&str>, dear: bool) -> Markup {
    html! {
        @if let Some(ticket) = ticket { input type="hidden" name="ticket" value=(ticket); }
        @if dear {
            input type="hidden" name="challenge";
            input type="hidden" name="solution";
            p.quiet role="status" data-said="toll"
                data-working=(view.lang.pick("正在验证，请稍候…", "One moment, please…"))
                data-failed=(view.lang.pick("验证未完成，请再点一次“补充”。", "That did not work: press Add once more.")) {}
        }
    }
}
