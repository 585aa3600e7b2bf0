//! What a page is drawn with: who looks, in which language, at which moment, and the names of everything.
//!
//! Owns the step from a request to a [`View`], and how moments and places are written. A page for the staff sends a stranger to the
//! sign-in page. Start at [`Viewer`].

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::request::Parts,
    response::{IntoResponse, Redirect, Response},
};
use huying_engine::{
    Setting,
    outbox::template::{Language, Scene},
};
use huying_model::{
    AreaCode, Case, Instant, MatterCode, MemberId, UnitId,
    actor::{Role, Seat},
    case::Place,
    catalogue::Condition,
    org::Org,
};
use huying_store::Seen;
use jiff::civil::DateTime;
use smol_str::SmolStr;

use super::{look::Look, texts::T};
use crate::{language::Lang, problem::Problem, session::SignedIn, state::AppState};

/// Everything that pages draw with.
pub struct View {
    pub state: AppState,
    pub setting: Arc<Setting>,
    pub lang: Lang,
    pub look: Look,
    pub now: Instant,
    pub who: Option<SignedIn>,
    /// Path and query of this page.
    pub here: String,
}

/// A page for somebody who is signed in.
pub struct Viewer(pub View);

/// A page for anybody.
pub struct Anybody(pub View);

impl FromRequestParts<AppState> for Anybody {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Anybody, Problem> {
        let (lang, look) = (Lang::of(&parts.headers), Look::of(&parts.headers));
        let here = parts.uri.path_and_query().map_or("/", axum::http::uri::PathAndQuery::as_str).to_owned();
        let who = SignedIn::from_request_parts(parts, state).await.ok();
        let (setting, now, state) = (state.setting()?, state.now(), state.clone());
        Ok(Anybody(View { state, setting, lang, look, now, who, here }))
    }
}

impl FromRequestParts<AppState> for Viewer {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Viewer, Response> {
        let Anybody(view) =
            Anybody::from_request_parts(parts, state).await.map_err(IntoResponse::into_response)?;
        match SignedIn::from_request_parts(parts, state).await {
            Ok(_) => Ok(Viewer(view)),
            Err(problem) if problem.code == "not_signed_in" => {
                Err(Redirect::to(&super::address("/sign-in", &[("next", &view.here)])).into_response())
            }
            // What has to be done first is done on the page of one's own account.
            Err(problem) if matches!(problem.code, "password_first" | "codes_first") => {
                Err(Redirect::to("/account").into_response())
            }
            Err(problem) => Err(problem.into_response()),
        }
    }
}

impl View {
    /// A fixed text in the reader's language.
    pub fn say(&self, text: T) -> &'static str {
        text.of(self.lang)
    }
    /// A text with its gaps filled in order.
    pub fn fill(&self, text: T, with: &[&str]) -> String {
        text.with(self.lang, with)
    }
    pub fn org(&self) -> &Org {
        &self.setting.policy.org
    }
    /// The signed-in member; pages for the staff are only drawn for one.
    pub fn signed(&self) -> Result<&SignedIn, Problem> {
        self.who.as_ref().ok_or_else(|| Problem::of("not_signed_in"))
    }
    /// What the member may read, as a condition for statements.
    pub fn seen(&self) -> Result<Option<Seen>, Problem> {
        self.signed()?.seen(&self.state)
    }
    /// The units in which the member sits, the first seat's first.
    pub fn units(&self) -> Vec<SmolStr> {
        let mut units: Vec<SmolStr> = Vec::new();
        // A seat as administrator shows no case, so no queue either.
        for seat in self.seats().iter().filter(|seat| seat.role != Role::Administrator) {
            if !units.contains(&seat.unit.0) {
                units.push(seat.unit.0.clone());
            }
        }
        units
    }
    pub fn seats(&self) -> &[Seat] {
        match self.who.as_ref().map(|who| &who.actor) {
            Some(huying_model::Actor::Member { seats, .. }) => seats,
            _ => &[],
        }
    }
    pub fn has_role(&self, roles: &[Role]) -> bool {
        self.seats().iter().any(|seat| roles.contains(&seat.role))
    }

    fn named(&self, code: &str, zh: Option<&SmolStr>) -> SmolStr {
        let english = self.lang.pick(None, self.setting.pack.english(code).cloned());
        english.or_else(|| zh.cloned()).unwrap_or_else(|| SmolStr::new(code))
    }
    pub fn unit(&self, id: &UnitId) -> SmolStr {
        self.named(id.as_str(), self.org().units.get(id).map(|unit| &unit.name))
    }
    pub fn area(&self, code: &AreaCode) -> SmolStr {
        self.named(code.as_str(), self.org().areas.get(code).map(|area| &area.name))
    }
    pub fn member(&self, id: &MemberId) -> SmolStr {
        self.named(id.as_str(), self.org().members.get(id).map(|member| &member.name))
    }
    /// What the authority calls a role.
    pub fn role(&self, role: Role) -> SmolStr {
        let names = self.state.pack().role(role);
        self.lang.pick(names.zh, names.en)
    }
    /// The finished reply that the pack offers for a case.
    pub fn reply(&self, case: &Case) -> Option<String> {
        Scene::new(&self.setting, case, self.lang.pick(Language::Zh, Language::En)).reply()
    }
    pub fn matter(&self, code: Option<&MatterCode>) -> SmolStr {
        let Some(code) = code else { return SmolStr::new(self.say(T::MatterOpen)) };
        match self.setting.policy.current.matters.get(code) {
            Some(matter) => self.lang.pick(matter.name.clone(), matter.name_en.clone()),
            None => code.0.clone(),
        }
    }
    /// The filing condition of a case, by the version that it is pinned to.
    pub fn condition(&self, case: &Case) -> Option<&Condition> {
        let code = case.matter.as_ref()?;
        let rules = self.setting.policy.rules(case.policy.as_ref(), Some(code));
        rules.matters.get(code)?.condition(case.condition?)
    }
    /// The areas around a place from the second level down, largest first; the root goes without saying.
    pub fn around(&self, area: Option<&AreaCode>) -> Vec<SmolStr> {
        let Some(code) = area else { return vec![SmolStr::new(self.say(T::PlaceUnknown))] };
        let mut names: Vec<SmolStr> = self
            .org()
            .ancestors(code)
            .filter(|area| area.parent.is_some() || &area.code == code)
            .map(|area| self.area(&area.code))
            .collect();
        names.reverse();
        names
    }
    /// The whole place in one line.
    pub fn place(&self, place: &Place) -> String {
        self.around(place.area.as_ref()).join(" ")
    }
    /// The place as a row of a list has room for: the largest and the smallest area.
    pub fn short_place(&self, area: Option<&AreaCode>) -> String {
        let mut names = self.around(area);
        // Whoever works in one street need not read its name in every row.
        let own =
            self.org().ancestors(&super::places::ground(self)).filter(|above| above.parent.is_some()).count();
        names.drain(..own.min(names.len().saturating_sub(1)));
        match names.as_slice() {
            [first, .., last] => format!("{first} · {last}"),
            _ => names.join(""),
        }
    }

    fn civil(&self, at: Instant) -> DateTime {
        self.setting.zone.to_datetime(at.timestamp())
    }
    /// `今天 08:21`, `11-22 08:21` or `2025-11-22 08:21`.
    pub fn moment(&self, at: Instant) -> String {
        let (at, now) = (self.civil(at), self.civil(self.now));
        if at.date() == now.date() {
            format!("{} {}", self.say(T::Today), at.strftime("%H:%M"))
        } else if at.year() == now.year() {
            at.strftime("%m-%d %H:%M").to_string()
        } else {
            at.strftime("%Y-%m-%d %H:%M").to_string()
        }
    }
    pub fn clock_time(&self, at: Instant) -> String {
        self.civil(at).strftime("%H:%M").to_string()
    }
    /// `2026-11-23`, as days are told apart in a journal.
    pub fn day(&self, at: Instant) -> String {
        self.civil(at).strftime("%Y-%m-%d").to_string()
    }
    /// For paper, which outlives the day.
    pub fn full(&self, at: Instant) -> String {
        self.civil(at).strftime("%Y-%m-%d %H:%M").to_string()
    }
    /// The value of a `datetime-local` field.
    pub fn local(&self, at: Instant) -> String {
        self.civil(at).strftime("%Y-%m-%dT%H:%M").to_string()
    }
    /// A `datetime-local` field as RFC 3339; None for what is none.
    pub fn read_local(&self, text: &str) -> Option<String> {
        let civil: DateTime = text.trim().parse().ok()?;
        Some(self.setting.zone.to_timestamp(civil).ok()?.to_string())
    }
}
