//! From the name in an address to a case that the member may read.
//!
//! Owns the one way to a single case. A case that is not theirs is answered like one that does not exist, so that
//! numbers cannot be tried out. Start at [`case`].

use axum::{extract::FromRequestParts, http::request::Parts};
use huying_engine::{
    authority::field::{Access, Field, access},
    number,
};
use huying_model::CaseId;
use huying_store::{CaseView, Fault, Line, QueueLine, Texts, Which};

use crate::{
    problem::{Both, Problem},
    session::SignedIn,
    state::AppState,
};

/// A case as an address names it: by id (32 hexadecimal digits) or by number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Named {
    Id(CaseId),
    Number(String),
}

impl Named {
    /// From the text that somebody gave.
    pub fn read(text: &str) -> Result<Named, Problem> {
        if let Ok(id) = text.parse() {
            return Ok(Named::Id(id));
        }
        if let Some(number) = number::normalise(text) {
            return Ok(Named::Number(number.to_string()));
        }
        // A case that another platform handed over has the number that it has there.
        let plain = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '-' | '_' | '.');
        let text = text.trim();
        // What has the form of none of them cannot exist.
        if text.is_empty() || text.len() > 48 || !text.chars().all(plain) {
            return Err(Problem::not_found());
        }
        Ok(Named::Number(text.to_owned()))
    }
}

/// The `{id}` of an address.
pub struct CaseName(pub Named);

impl<S: Send + Sync> FromRequestParts<S> for CaseName {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<CaseName, Problem> {
        let path = axum::extract::RawPathParams::from_request_parts(parts, state).await;
        let path = path.map_err(|_why| Problem::not_found())?;
        let named = path.iter().find_map(|(name, value)| (name == "id").then_some(value));
        Named::read(named.unwrap_or_default()).map(CaseName)
    }
}

/// The case, where it exists and the member may read it, with as many of its words as the table of fields shows them; whom it does not
/// show them sees the point of its cell in place of its own, since the door of a house says who lives there. Sight
/// stands in the statement that reads it: a case out of sight is never loaded, and the answer is the very one for a case that
/// does not exist.
pub async fn case(state: &AppState, who: &SignedIn, name: &Named) -> Result<CaseView, Problem> {
    let which = match name {
        Named::Id(id) => Which::Id(*id),
        Named::Number(number) => Which::Number(number),
    };
    let seen = who.seen(state)?;
    let found = state.engine.store().case_seen(state.tenant(), which, seen.as_ref()).await?;
    let mut found = found.ok_or_else(Problem::not_found)?;
    let setting = state.setting()?;
    if access(&setting.policy.org, &found.case, &who.actor, Field::Words) != Access::Shown {
        found.texts = Texts::default();
        let place = &mut found.case.place;
        let cell = place.lon_e7.and(place.area.as_ref()).and_then(|area| setting.ground().point(area));
        (place.lon_e7, place.lat_e7) = (cell.map(|at| at.lon_e7), cell.map(|at| at.lat_e7));
    }
    Ok(found)
}

/// A line of a list whose words may be put in afterwards.
pub trait Worded {
    fn case(&self) -> CaseId;
    fn title(&self) -> Option<&str>;
    fn put(&mut self, words: &Texts);
}

impl Worded for Line {
    fn case(&self) -> CaseId {
        self.case
    }
    fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }
    fn put(&mut self, words: &Texts) {
        self.title.clone_from(&words.title);
    }
}

impl Worded for QueueLine {
    fn case(&self) -> CaseId {
        self.case
    }
    fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }
    fn put(&mut self, words: &Texts) {
        self.title.clone_from(&words.title);
        self.address.clone_from(&words.address);
    }
}

/// Gives the lines of disputes on which the member works their words; all others stay as the store gave them.
pub async fn own_words<W: Worded>(state: &AppState, who: &SignedIn, lines: &mut [W]) -> Result<(), Problem> {
    let silent: Vec<CaseId> = lines.iter().filter(|line| line.title().is_none()).map(Worded::case).collect();
    let own = state.engine.own_words(state.tenant(), &who.actor, &silent).await?;
    for line in lines {
        if let Some(words) = own.get(&line.case()) {
            line.put(words);
        }
    }
    Ok(())
}

/// The longest page that is given.
pub const LONGEST_PAGE: usize = 500;
const USUAL_PAGE: usize = 50;

/// How many lines a page has: 50 where it is not said, at most [`LONGEST_PAGE`].
pub fn limit(asked: Option<usize>) -> Result<usize, Problem> {
    match asked {
        None => Ok(USUAL_PAGE),
        Some(limit) if (1..=LONGEST_PAGE).contains(&limit) => Ok(limit),
        Some(_) => {
            let mend = Both(format!("请填写1至{LONGEST_PAGE}。"), format!("Ask for 1 to {LONGEST_PAGE}."));
            Err(Problem::field(
                "limit",
                "range",
                Both::of("每页条数超出范围。", "This page is too long."),
                mend,
            ))
        }
    }
}

/// A page that is not there was asked for by a cursor that is none.
pub fn page<T>(found: Result<T, Fault>, cursor: Option<&str>) -> Result<T, Problem> {
    match found {
        Err(Fault::NotFound(_)) if cursor.is_some() => {
            let mend = Both::of(
                "请原样发送上一页返回的 next，并保持筛选条件不变。",
                "Send 'next' of the page before as it came, with the same filters.",
            );
            Err(Problem::field(
                "cursor",
                "cursor",
                Both::of("游标无法使用。", "This cursor cannot be used."),
                mend,
            ))
        }
        other => Ok(other?),
    }
}
