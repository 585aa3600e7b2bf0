//! Rows of lists of cases.
//!
//! Start at [`case_row`].

use maud::{Markup, html};

use crate::pages::{parts::icon, texts::T, view::View};

/// A case in a list, in the words that the list shows.
pub struct CaseLine {
    /// The case's id as the live stream names it.
    pub id: String,
    pub to: String,
    pub chip: Markup,
    pub hazard: bool,
    pub title: String,
    pub text: String,
    pub place: String,
    /// Where it came from, or its stage where the list has several.
    pub source: String,
    pub unit: Markup,
    pub chosen: bool,
    /// The box that takes the row into an act on several: what it is called and what it sends. None where the list has no such act. Its
    /// form is `bulk`.
    pub pick: Option<(String, String)>,
}

/// The whole row is one link, but for the box before it.
pub fn case_row(view: &View, line: &CaseLine) -> Markup {
    html! {
        li.case-row data-case=(line.id) {
            @if let Some((name, value)) = &line.pick {
                label.case-pick.no-print { input type="checkbox" name="case" value=(value) form="bulk" aria-label=(name); }
            }
            a.case-row-link href=(line.to) aria-current=[line.chosen.then_some("true")] {
                span.case-row-due { (line.chip) }
                span.case-row-main {
                    b.case-row-title { @if line.hazard { (icon("warn")) " " span.visually-hidden { (view.say(T::Hazard)) } } (line.title) }
                    " " span.case-row-text { (line.text) }
                }
                span.case-row-where {
                    span.case-row-place { (line.place) }
                    " " span.case-row-source { (line.source) }
                }
                span.case-row-unit { (line.unit) }
            }
        }
    }
}
