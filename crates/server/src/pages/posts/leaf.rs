//! A page of a list on a post's screen, and the ways to its other pages.
//!
//! What a list is chosen by stands in the query, and what does not fit on one page is on the next: nothing is left out. Start at [`Leaf`].

use maud::{Markup, html};

use crate::pages::{address, view::View};

/// A page of a list.
pub struct Leaf<T> {
    pub items: Vec<T>,
    /// Where it begins; None for the first.
    pub at: Option<String>,
    /// Where the next page begins.
    pub next: Option<String>,
}

impl<T> Leaf<T> {
    /// How many there are, as far as this page knows.
    pub fn many(&self) -> String {
        format!("{}{}", self.items.len(), if self.next.is_some() { "+" } else { "" })
    }

    /// The whole list stands on this page.
    pub fn whole(&self) -> bool {
        self.next.is_none() && self.at.is_none()
    }

    /// The same page with each line as something else.
    pub fn map<U>(self, made: impl FnMut(T) -> U) -> Leaf<U> {
        Leaf { items: self.items.into_iter().map(made).collect(), at: self.at, next: self.next }
    }

    /// The ways to the list's other pages; `to` says the address for a place in it.
    pub fn ways(&self, view: &View, to: impl Fn(Option<&str>) -> String) -> Markup {
        html! {
            @if !self.whole() {
                p.row {
                    @if self.at.is_some() { a.button href=(to(None)) { (view.lang.pick("回到开头", "Back to the first")) } }
                    @if let Some(next) = &self.next { a.button href=(to(Some(next.as_str()))) { (view.lang.pick("更多", "More")) } }
                }
            }
        }
    }
}

/// An address that says where each list of a page goes on.
pub fn turned(path: &str, lists: &[(&str, Option<&str>)]) -> String {
    let said: Vec<(&str, &str)> =
        lists.iter().filter_map(|(name, cursor)| Some((*name, (*cursor)?))).collect();
    address(path, &said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_says_that_it_goes_on_and_an_address_only_what_it_has_to() {
        let leaf = |at: Option<&str>, next: Option<&str>| Leaf {
            items: vec![1, 2],
            at: at.map(str::to_owned),
            next: next.map(str::to_owned),
        };
        assert_eq!((leaf(None, None).many(), leaf(None, None).whole()), ("2".to_owned(), true));
        assert_eq!((leaf(None, Some("x")).many(), leaf(Some("x"), None).whole()), ("2+".to_owned(), false));
        assert_eq!(turned("/handling", &[("after", None)]), "/handling");
        assert_eq!(
            turned("/difficult", &[("difficult", None), ("decided", Some("1~a"))]),
            "/difficult?decided=1%7Ea"
        );
    }
}
