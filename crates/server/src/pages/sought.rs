//! Words that somebody searches for, kept out of addresses: they may be a reporter's name or telephone, and an address stays in the
//! browser's history and in the log of whatever stands before the server.
//!
//! Owns the way of a search: its form sends the words in a body ([`send`]), and the page that follows has them sealed in its address, where
//! they open for the same member on the same page alone ([`Sought`]). Refuses to keep words anywhere else. A page with a search is one
//! row of [`DOORS`].

use std::collections::BTreeMap;

use axum::response::{IntoResponse, Redirect, Response};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use huying_engine::words::is_control;
use maud::{Markup, html};

use super::{
    address,
    components::{
        entry,
        told::{Tone, notice},
    },
    form::Words,
    view::{View, Viewer},
};
use crate::{
    problem::{Both, Problem},
    sent::control_character,
};

/// Where sealed words stand in an address.
pub const NAME: &str = "sought";
/// Signs that a field may have: far more than anybody looks for, and sealed they still have room in an address.
const LONGEST: usize = 500;
/// What is sealed is filled up to a multiple of so many bytes, so that an address does not tell a telephone from a name by its length.
const FILLED: usize = 64;

/// A page with a search.
struct Door {
    to: &'static str,
    /// Fields that people write in.
    words: &'static [&'static str],
    /// Fields that are chosen from a list, which stand in the address as they are.
    kept: &'static [&'static str],
}

const DOORS: &[Door] = &[
    Door { to: "/access", words: &["case", "member"], kept: &[] },
    Door { to: "/accounts", words: &["q"], kept: &[] },
    Door { to: "/desk", words: &["q"], kept: &["queue", "area", "source", "soon"] },
    Door { to: "/sign-ins", words: &["member"], kept: &["what"] },
];

/// The search above the list of a page: what is written in it stands in no address.
pub fn bar(view: &View, to: &str, fields: &[entry::Sought]) -> Markup {
    entry::search_bar(view, ("post", "/sought"), fields, &[("to", to)])
}

/// Leads from the form of a search to the page that shows what is found.
pub async fn send(Viewer(view): Viewer, Words(form): Words) -> Result<Response, Problem> {
    let door = form.said("to").and_then(|to| DOORS.iter().find(|door| door.to == to));
    let door = door.ok_or_else(Problem::not_found)?;
    let said = |name: &&'static str| Some((*name, form.said(name)?));
    let words: Vec<(&str, &str)> = door.words.iter().filter_map(said).collect();
    let mut query: Vec<(&str, &str)> = door.kept.iter().filter_map(said).collect();
    let sealed = seal(&view, door.to, &words)?;
    query.extend(sealed.as_deref().map(|sealed| (NAME, sealed)));
    Ok(Redirect::to(&address(door.to, &query)).into_response())
}

/// What seals are bound to: the page and the member.
fn purpose(view: &View, at: &str) -> Result<String, Problem> {
    Ok(format!("{NAME} {at} {}", view.signed()?.member))
}

/// Words as the address of a page may hold them; None where there are none.
///
/// # Errors
/// Words that no search takes, each named by its field.
pub fn seal(view: &View, at: &str, words: &[(&str, &str)]) -> Result<Option<String>, Problem> {
    let words: BTreeMap<&str, &str> = words.iter().copied().filter(|(_, text)| !text.is_empty()).collect();
    for (name, text) in &words {
        if text.chars().any(is_control) {
            return Err(control_character(name));
        }
        if text.chars().count() > LONGEST {
            return Err(too_long(name));
        }
    }
    if words.is_empty() {
        return Ok(None);
    }
    let mut plain = serde_json::to_vec(&words).map_err(|why| Problem::internal(&why))?;
    plain.resize(plain.len().next_multiple_of(FILLED), b' ');
    let seals = view.state.engine.store().seals(view.state.tenant());
    Ok(Some(URL_SAFE_NO_PAD.encode(seals.seal_secret(&purpose(view, at)?, &plain)?)))
}

fn too_long(name: &str) -> Problem {
    let mend = Both(
        format!("最多{LONGEST}个字符，请缩短后再查找。"),
        format!("Search for {LONGEST} signs at most: shorten it."),
    );
    Problem::field(name, "text_too_long", Both::of("内容过长。", "This text is too long."), mend)
}

/// What the address of a page says was searched for.
#[derive(Default)]
pub struct Sought {
    words: BTreeMap<String, String>,
    sealed: Option<String>,
    /// Something stands there, and it does not open.
    pub is_lost: bool,
}

impl Sought {
    /// Reads what stands in the address of the page `at`. What does not open is no search.
    pub fn open(view: &View, at: &str, sealed: Option<&str>) -> Result<Sought, Problem> {
        let Some(sealed) = sealed.filter(|sealed| !sealed.is_empty()) else { return Ok(Sought::default()) };
        let (seals, purpose) = (view.state.engine.store().seals(view.state.tenant()), purpose(view, at)?);
        let bytes = URL_SAFE_NO_PAD.decode(sealed).ok();
        let plain = bytes.and_then(|bytes| seals.open_secret(&purpose, &bytes));
        Ok(match plain.and_then(|plain| serde_json::from_slice(&plain).ok()) {
            Some(words) => Sought { words, sealed: Some(sealed.to_owned()), is_lost: false },
            None => Sought { is_lost: true, ..Sought::default() },
        })
    }

    /// One field as it was written; None where nothing was.
    pub fn said(&self, name: &str) -> Option<&str> {
        self.words.get(name).map(String::as_str)
    }

    /// The words as they stand in the address, for links that go on with the search.
    pub fn sealed(&self) -> Option<&str> {
        self.sealed.as_deref()
    }
}

/// What a page says where the search of its address does not open.
pub fn told(view: &View, is_lost: bool) -> Markup {
    let words = view.lang.pick(
        "这个查找链接打不开，未按它查找：只有发起查找的本人能打开，或者链接不完整。请重新查找。",
        "The search of this link does not open, and nothing was searched for: it opens for whoever made it alone, or it was cut. Search again.",
    );
    html! { @if is_lost { (notice(Tone::Error, &html! { (words) })) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_field_that_people_write_in_is_one_that_stands_in_an_address() {
        for door in DOORS {
            assert!(door.words.iter().all(|name| !door.kept.contains(name)), "{}", door.to);
            assert!(!door.words.contains(&NAME) && !door.kept.contains(&NAME), "{}", door.to);
        }
    }
}
