//! What happens one after the other: the journal, the four steps of a report, clocks, what waits to be sent.
//!
//! Start at [`timeline`].

use maud::{Markup, html};

use crate::pages::{parts::icon, view::View};

/// An entry of a journal.
pub struct Entry {
    /// Done by a person, or else by the system.
    pub person: bool,
    /// A warning, or a clock that ended.
    pub alarm: bool,
    pub time: Markup,
    pub words: Markup,
}

/// Entries, oldest first.
pub fn timeline(entries: &[Entry]) -> Markup {
    html! {
        ol.timeline {
            @for entry in entries {
                li data-actor=(if entry.person { "person" } else { "system" }) data-kind=(if entry.alarm { "alarm" } else { "note" }) {
                    (entry.time)
                    span.timeline-dot {}
                    div { (entry.words) }
                }
            }
        }
    }
}

/// A step of a line of steps.
pub struct Step<'a> {
    pub words: &'a str,
    /// Who has it, or until when.
    pub note: Option<String>,
}

/// Steps as the public reads them; `now` counts from 0.
pub fn status_line(now: usize, steps: &[Step]) -> Markup {
    html! {
        ol.status-line.plain {
            @for (no, step) in steps.iter().enumerate() {
                @let state = if no < now { "done" } else if no == now { "now" } else { "todo" };
                li data-state=(state) aria-current=[(state == "now").then_some("step")] {
                    span.step { @if state == "done" { (icon("done")) } @else { (no + 1) } } (step.words)
                    @if let Some(note) = &step.note { small { (note) } }
                }
            }
        }
    }
}

/// A clock of a case.
pub struct Clock {
    pub chip: Markup,
    pub name: String,
    pub note: Markup,
}

pub fn clocks(all: &[Clock]) -> Markup {
    html! {
        ul.clocks { @for clock in all { li { (clock.chip) span { (clock.name) } span.quiet { (clock.note) } } } }
    }
}

/// A word and what it holds, in two columns.
pub fn facts(all: &[(&str, Markup)]) -> Markup {
    html! { dl.facts { @for (word, what) in all { dt { (word) } dd { (what) } } } }
}

/// How far a report of the field has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outgoing {
    Kept,
    Sending,
    Sent,
    NeedsYou,
}

impl Outgoing {
    pub const ALL: [Outgoing; 4] = [Outgoing::Kept, Outgoing::Sending, Outgoing::Sent, Outgoing::NeedsYou];

    fn code(self) -> &'static str {
        match self {
            Outgoing::Kept => "kept",
            Outgoing::Sending => "sending",
            Outgoing::Sent => "sent",
            Outgoing::NeedsYou => "needs-you",
        }
    }
    fn picture(self) -> &'static str {
        match self {
            Outgoing::Kept => "paused",
            Outgoing::Sending => "send",
            Outgoing::Sent => "done",
            Outgoing::NeedsYou => "warn",
        }
    }
    fn words(self, view: &View) -> &'static str {
        match self {
            Outgoing::Kept => view.lang.pick("已存本机", "Kept on this phone"),
            Outgoing::Sending => view.lang.pick("正在发送", "Being sent"),
            Outgoing::Sent => view.lang.pick("已送达", "Delivered"),
            Outgoing::NeedsYou => view.lang.pick("需要您处理", "Needs you"),
        }
    }
}

/// What waits to be sent: what it is, how far it has come, and its number or what to do.
pub struct Item<'a> {
    pub what: &'a str,
    pub state: Outgoing,
    pub note: Markup,
}

pub fn outbox(view: &View, items: &[Item]) -> Markup {
    html! {
        ul.outbox {
            @for item in items {
                li data-state=(item.state.code()) {
                    b { (item.what) }
                    span.row { (icon(item.state.picture())) (item.state.words(view)) }
                    span.quiet { (item.note) }
                }
            }
        }
    }
}
