//! Who sends a body, asked for again when it is there.
//!
//! Member and seats are read with a request's headers, and its body may take minutes to come: whoever was shut out in between, or has lost a seat,
//! does nothing by what they began before. Owns that, and how much of members' bodies this process holds at one time: counted as it comes, since
//! whoever only says that much will come has none of the memory. Refuses to know those who are not signed in: their bodies have bounds by
//! address. Start at [`Sender::of`].

use std::sync::Arc;

use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::request::Parts,
};
use huying_engine::{accounts::Act, authority};
use huying_model::{Actor, MemberId};

use super::{SignedIn, seated};
use crate::{
    open311::places::{Place, Places},
    problem::Problem,
    sent::{self, MAX_JSON},
    state::AppState,
};

/// Large bodies are counted in these.
const MEGABYTE: usize = 1024 * 1024;
/// Megabytes of members' large bodies at one time. What is made of one needs as much again for a moment.
pub(crate) const ROOM: usize = 384;
/// Of them for each member: the longest form, which is six files.
pub(crate) const ROOM_OF_MEMBER: usize = 128;

/// The part of [`ROOM`] that a body takes as long as something of it is held; None for a small one.
pub(crate) type Room = Option<Arc<Place<MemberId>>>;

/// Whoever came, as they were when the headers were read.
#[derive(Clone)]
struct Came(SignedIn);

/// Keeps with the request who came, for whoever reads its body.
pub(super) fn note(parts: &mut Parts, who: &SignedIn) {
    parts.extensions.insert(Came(who.clone()));
}

/// Who sends a body that has yet to come.
pub(crate) struct Sender {
    who: Option<SignedIn>,
    bodies: Places<MemberId>,
    /// What has come of a large body takes this.
    place: Option<Place<MemberId>>,
}

impl Sender {
    /// Asked for before the body is read.
    pub fn of(request: &Request, state: &AppState) -> Sender {
        let who = request.extensions().get::<Came>().map(|Came(who)| who.clone());
        Sender { who, bodies: state.member_bodies.clone(), place: None }
    }

    /// The whole body of at most `most` bytes.
    ///
    /// # Errors
    /// `too_large`; `busy` where too much of others, or of the same member, is held already; that it broke off.
    pub async fn read(&mut self, body: Body, most: usize) -> Result<Bytes, Problem> {
        sent::read_told(body, most, |there| self.holds(there)).await
    }

    /// Takes room for a body of which so many bytes have come.
    ///
    /// # Errors
    /// `busy` where too much of others, or of the same member, is held already.
    pub fn holds(&mut self, bytes: usize) -> Result<(), Problem> {
        let Some(who) = self.who.as_ref().filter(|_| bytes > MAX_JSON) else { return Ok(()) };
        let size = bytes.div_ceil(MEGABYTE);
        let has = match &mut self.place {
            Some(place) => self.bodies.grow(place, size),
            none => {
                *none = self.bodies.room(who.member.clone(), size);
                none.is_some()
            }
        };
        if has { Ok(()) } else { Err(Problem { retry_after: Some(5), ..Problem::of("busy") }) }
    }

    /// Asked for when the body is there; answers the room that it has.
    ///
    /// # Errors
    /// `not_signed_in` where the session or the key has ended since, `seats_changed` where the seats are others.
    pub async fn arrived(self, state: &AppState) -> Result<Room, Problem> {
        let Some(who) = &self.who else { return Ok(None) };
        if !who.was_not_shut_out(state).await {
            return Err(Problem::of("not_signed_in"));
        }
        if who.actor_now(state)? != who.actor {
            return Err(Problem { retry_after: Some(1), ..Problem::of("seats_changed") });
        }
        Ok(self.place.map(Arc::new))
    }
}

/// Whether a problem is that of [`Sender::arrived`]: no page that shows what was wrong is drawn for who is another by now.
pub(crate) fn of_sender(problem: &Problem) -> bool {
    matches!(problem.code, "not_signed_in" | "seats_changed")
}

impl SignedIn {
    /// The member with the seats that are theirs now; one who is gone has none.
    pub(crate) fn actor_now(&self, state: &AppState) -> Result<Actor, Problem> {
        let setting = state.setting()?;
        let actor = authority::actor(&setting.policy.org, &self.member, state.now());
        let gone = |_| Actor::Member { id: self.member.clone(), seats: Vec::new() };
        Ok(seated(state, actor.unwrap_or_else(gone), Act::Run))
    }
}
