//! The queues of a desk: which work stands under which tab, and how much of it.
//!
//! Owns [`Tab`] and the counts beside the names. Tabs without work are shown only to those whose role makes them theirs.
//! Start at [`Tab::ALL`].

use std::collections::BTreeMap;

use huying_model::{Stage, actor::Role};
use huying_store::{PartCount, QueuePart};
use smol_str::SmolStr;

use super::{frame::Here, view::View};
use crate::{language::Lang, problem::Problem};

/// A queue.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Tab {
    /// Everything that the member's units must do.
    Mine,
    Accept,
    Verify,
    Dispatch,
    Receive,
    Handle,
    Inspect,
    Callback,
    /// Calls for help and requests that wait for an answer.
    Help,
    /// A leader's items.
    Attention,
    Trace,
    /// Every open case of the area, whoever has it.
    Area,
}

const OPEN: &[&str] =
    &["reported", "verifying", "filed", "dispatched", "handling", "inspecting", "calling_back", "closed"];
const ALL_KINDS: &[&str] = &["custody", "assignment", "call", "request", "attention", "trace"];
const WORK: &[&str] = &["custody", "assignment"];

impl Tab {
    pub const ALL: [Tab; 12] = [
        Tab::Mine,
        Tab::Accept,
        Tab::Verify,
        Tab::Dispatch,
        Tab::Receive,
        Tab::Handle,
        Tab::Inspect,
        Tab::Callback,
        Tab::Help,
        Tab::Attention,
        Tab::Trace,
        Tab::Area,
    ];

    /// The name in addresses and in the live stream.
    pub fn code(self) -> &'static str {
        match self {
            Tab::Mine => "mine",
            Tab::Accept => "accept",
            Tab::Verify => "verify",
            Tab::Dispatch => "dispatch",
            Tab::Receive => "receive",
            Tab::Handle => "handle",
            Tab::Inspect => "inspect",
            Tab::Callback => "callback",
            Tab::Help => "help",
            Tab::Attention => "attention",
            Tab::Trace => "trace",
            Tab::Area => "area",
        }
    }
    pub fn from_code(code: &str) -> Option<Tab> {
        Tab::ALL.into_iter().find(|tab| tab.code() == code)
    }
    pub fn name(self, lang: Lang) -> &'static str {
        let of = |stage: Stage| lang.pick(stage.zh(), stage.en());
        match self {
            Tab::Mine => lang.pick("我的", "Mine"),
            Tab::Accept => lang.pick(Stage::Reported.zh(), "Accept"),
            Tab::Verify => lang.pick(Stage::Verifying.zh(), "Verify"),
            Tab::Dispatch => lang.pick(Stage::Filed.zh(), "Dispatch"),
            Tab::Receive => lang.pick(Stage::Dispatched.zh(), "Receive"),
            Tab::Handle => of(Stage::Handling),
            Tab::Inspect => lang.pick(Stage::Inspecting.zh(), "Inspect"),
            Tab::Callback => lang.pick(Stage::CallingBack.zh(), "Call back"),
            Tab::Help => lang.pick("呼与申请", "Calls"),
            Tab::Attention => lang.pick("领导阅处", "Leader"),
            Tab::Trace => lang.pick("跟踪", "Follow-ups"),
            Tab::Area => lang.pick("辖区在办", "Area"),
        }
    }

    /// The part of the units' queues that stands under it; None for the list of the area.
    pub fn part(self) -> Option<QueuePart> {
        let (kinds, stages): (_, &'static [&'static str]) = match self {
            Tab::Mine => (ALL_KINDS, OPEN),
            Tab::Accept => (&["custody"][..], &["reported"]),
            Tab::Verify => (&["custody"][..], &["verifying"]),
            Tab::Dispatch => (&["custody"][..], &["filed"]),
            Tab::Receive => (WORK, &["dispatched"]),
            Tab::Handle => (WORK, &["handling"]),
            Tab::Inspect => (&["custody"][..], &["inspecting"]),
            Tab::Callback => (&["custody"][..], &["calling_back"]),
            Tab::Help => (&["call", "request"][..], OPEN),
            Tab::Attention => (&["attention"][..], OPEN),
            Tab::Trace => (&["trace"][..], &["closed"]),
            Tab::Area => return None,
        };
        Some(QueuePart { kinds, stages })
    }

    /// The stages of the cases under it, where the tab is about stages.
    pub fn stages(self) -> Vec<SmolStr> {
        match self.part() {
            Some(part) if part.stages.len() == 1 => {
                part.stages.iter().copied().map(SmolStr::new_static).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Whether the cases of this stage are the ones that wait here.
    pub fn holds(self, stage: &str) -> bool {
        self.stages().iter().any(|own| own == stage)
    }

    pub fn roles(self) -> &'static [Role] {
        match self {
            Tab::Mine | Tab::Area => &Role::ALL,
            Tab::Accept => &[Role::Acceptor, Role::Operator, Role::Dispatcher],
            Tab::Verify => &[Role::GridWorker],
            Tab::Dispatch => &[Role::Dispatcher],
            Tab::Receive | Tab::Handle => &[Role::Handler, Role::GridWorker],
            Tab::Inspect => &[Role::Inspector],
            Tab::Callback => &[Role::CallerBack],
            Tab::Attention => &[Role::Leader],
            Tab::Help | Tab::Trace => &[],
        }
    }

    /// The tabs of a member: those with work, those of the role, and the one that is open.
    pub fn shown(view: &View, tally: &Tally, current: Option<Here>) -> Vec<Tab> {
        let wanted = |tab: &Tab| {
            current == Some(Here::Queue(*tab))
                || view.has_role(tab.roles())
                || tally.count(*tab).is_some_and(|n| n > 0)
        };
        Tab::ALL.into_iter().filter(wanted).collect()
    }

    /// Where a member's day begins: the queue of the role that has work, else all work of the units, else the role's empty queue.
    pub fn first(view: &View, tally: &Tally) -> Tab {
        let has_work = |tab: &Tab| tally.count(*tab).is_some_and(|lines| lines > 0);
        let of_role = |tab: &Tab| !matches!(tab, Tab::Mine | Tab::Area) && view.has_role(tab.roles());
        let mut roles = Tab::ALL.into_iter().filter(of_role);
        let busy = roles.clone().find(has_work).or_else(|| Some(Tab::Mine).filter(has_work));
        busy.or_else(|| roles.next()).unwrap_or(Tab::Mine)
    }
}

/// How much stands under each tab.
#[derive(Debug, Default)]
pub struct Tally {
    counts: BTreeMap<Tab, i64>,
}

impl Tally {
    /// Counts the queues of the member's units.
    pub async fn of(view: &View) -> Result<Tally, Problem> {
        let parts =
            view.state.engine.store().queue_parts(view.state.tenant(), &view.units(), view.now).await?;
        Ok(Tally::sum(&parts))
    }

    fn sum(parts: &[PartCount]) -> Tally {
        let sum = |tab: Tab| {
            let of = tab.part()?;
            let fits = |count: &&PartCount| {
                of.kinds.contains(&count.kind.as_str()) && of.stages.contains(&count.stage.as_str())
            };
            Some((tab, parts.iter().filter(fits).map(|count| count.lines).sum()))
        };
        let counts = Tab::ALL.into_iter().filter_map(sum).collect();
        Tally { counts }
    }

    /// None for a list that is not counted.
    pub fn count(&self, tab: Tab) -> Option<i64> {
        self.counts.get(&tab).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tab_counts_what_its_queue_lists() {
        let part = |kind: &str, stage: &str, lines, overdue| PartCount {
            kind: kind.into(),
            stage: stage.into(),
            lines,
            overdue,
        };
        let tally = Tally::sum(&[
            part("custody", "filed", 3, 1),
            part("assignment", "handling", 2, 0),
            part("custody", "handling", 4, 2),
            part("call", "handling", 1, 0),
            part("trace", "closed", 1, 0),
        ]);
        assert_eq!(tally.count(Tab::Dispatch), Some(3));
        assert_eq!(tally.count(Tab::Handle), Some(6));
        assert_eq!(tally.count(Tab::Help), Some(1));
        assert_eq!(tally.count(Tab::Mine), Some(11));
        assert_eq!(tally.count(Tab::Area), None);
    }

    #[test]
    fn codes_of_tabs_read_back_and_every_stage_that_waits_has_one() {
        for tab in Tab::ALL {
            assert_eq!(Tab::from_code(tab.code()), Some(tab));
        }
        for stage in Stage::OPEN {
            let of_stage = |tab: &Tab| tab.stages().first().is_some_and(|code| code == stage.code());
            assert!(Tab::ALL.iter().any(of_stage), "{}", stage.code());
        }
    }
}
