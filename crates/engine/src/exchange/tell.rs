//! What a partner is told of a case: a pure function over its journal, so that it says the same however often it is asked.
//!
//! On the side that hands over, a partner is told while one of its units has an open part: that the case is theirs, what is added to
//! it, that it is taken back or ended. On the side that took it over, the partner is told what becomes of it. What the partner itself
//! said is never told back. Refuses to know words or files: a message only says which event it is made of. Start at [`told`].

use huying_model::{Case, Event, Stage, actor::By, apply, catalogue::Outcome, event::Body};

use super::{Bound, mark, member};

/// What a message says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Saying {
    /// The case is yours now; of one that was returned, again.
    HandedOver,
    /// We have taken it up.
    Received,
    /// It goes on.
    Progressed,
    /// It is yours again, with the reason; or, from the side that handed it over, it is taken back.
    Returned,
    /// We have ended it.
    Finished,
    /// The side that keeps the promise has ended it.
    Closed,
    /// It has to be worked on again.
    Reopened,
    /// Something to know.
    Noted,
    /// Evidence was added.
    File,
    /// A message in this place was set aside by a person.
    Skipped,
    /// Figures of a period.
    Figures,
}

impl Saying {
    pub const ALL: [Saying; 11] = [
        Saying::HandedOver,
        Saying::Received,
        Saying::Progressed,
        Saying::Returned,
        Saying::Finished,
        Saying::Closed,
        Saying::Reopened,
        Saying::Noted,
        Saying::File,
        Saying::Skipped,
        Saying::Figures,
    ];
    /// The short name, as mappings write it.
    pub fn code(self) -> &'static str {
        match self {
            Saying::HandedOver => "handed-over",
            Saying::Received => "received",
            Saying::Progressed => "progressed",
            Saying::Returned => "returned",
            Saying::Finished => "finished",
            Saying::Closed => "closed",
            Saying::Reopened => "reopened",
            Saying::Noted => "noted",
            Saying::File => "file",
            Saying::Skipped => "skipped",
            Saying::Figures => "figures",
        }
    }
    pub fn from_code(code: &str) -> Option<Saying> {
        Saying::ALL.into_iter().find(|saying| saying.code() == code)
    }
    /// The type of its CloudEvent.
    pub fn kind(self) -> String {
        match self {
            Saying::Figures => "huying.figures.v1".to_owned(),
            saying => format!("huying.case.{}.v1", saying.code()),
        }
    }
    pub fn from_kind(kind: &str) -> Option<Saying> {
        Saying::ALL.into_iter().find(|saying| saying.kind() == kind)
    }
    /// In a sentence on a page.
    pub fn zh(self) -> &'static str {
        match self {
            Saying::HandedOver => "移交",
            Saying::Received => "受理",
            Saying::Progressed => "进展",
            Saying::Returned => "退回",
            Saying::Finished => "办结",
            Saying::Closed => "结案",
            Saying::Reopened => "重新办理",
            Saying::Noted => "备注",
            Saying::File => "附件",
            Saying::Skipped => "跳过",
            Saying::Figures => "指标",
        }
    }
}

/// Whether a case came from a partner: its first event says so. Whether that may be believed is [`super::birth`]'s.
pub fn came_from(partner: &str, first: &Event) -> bool {
    matches!(&first.body, Body::Reported { report, .. } if report.foreign.as_ref() == Some(&mark(partner)))
}

/// Whether one of the partner's units has an open part.
pub fn with(case: &Case, binds: Bound) -> bool {
    let theirs = |unit: Option<&huying_model::UnitId>| unit.is_some_and(binds);
    case.is_open() && case.assignments.iter().any(|part| part.part.open() && theirs(part.external.as_ref()))
}

/// Where the case is, seen from the side that may hand it over.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stand {
    /// Never there, or returned.
    Here,
    There,
    /// The partner has done its part.
    Done,
    /// Ended here, and the partner knows.
    Ended,
}

/// What a partner is told, by the number of the event it is made of.
pub fn told(partner: &str, binds: Bound, came: bool, events: &[Event]) -> Vec<(u32, Saying)> {
    let mut case = Case::default();
    let mut stand = Stand::Here;
    let mut all = Vec::new();
    for event in events {
        let before = case.clone();
        apply(&mut case, event);
        let echo = is_by(partner, came, &event.by);
        let said = if came {
            answer(&before, &case, event, echo)
        } else {
            let (said, next) = hand(stand, &case, event, echo, with(&case, binds));
            stand = next;
            said
        };
        all.extend(said.map(|said| (case.version, said)));
    }
    all
}

/// Of what is told of a case that was here first, what a partner is told: everything where the case stands with it when it becomes a
/// partner (`before` asks of an event whether it was earlier), else what follows; and first of all that the case is its own, since of
/// another it knows nothing.
pub fn begun(mut told: Vec<(u32, Saying)>, before: impl Fn(u32) -> bool) -> Vec<(u32, Saying)> {
    let later = told.iter().position(|(seq, _)| !before(*seq)).unwrap_or(told.len());
    let stand = told.iter().take(later).rev().find_map(|(_, saying)| match saying {
        Saying::HandedOver | Saying::Reopened => Some(true),
        Saying::Returned | Saying::Closed => Some(false),
        _ => None,
    });
    let begins = |(_, saying): &(u32, Saying)| matches!(saying, Saying::HandedOver | Saying::Reopened);
    let passed = if stand == Some(true) { 0 } else { later };
    let first = told.iter().skip(passed).position(begins).map_or(told.len(), |at| passed + at);
    told.drain(..first);
    if let Some((_, saying)) = told.first_mut() {
        *saying = Saying::HandedOver;
    }
    told
}

/// Whether the partner itself has said it.
pub(crate) fn is_by(partner: &str, came: bool, by: &By) -> bool {
    match by {
        By::Member { id, .. } => *id == member(partner),
        // The platform that handed the case over stands as its first reporter.
        By::Reporter { no } => came && *no == 0,
        By::System => false,
    }
}

fn hand(stand: Stand, case: &Case, event: &Event, echo: bool, there: bool) -> (Option<Saying>, Stand) {
    let ended = !case.is_open();
    match (stand, there) {
        (Stand::Here, true) => (Some(Saying::HandedOver), Stand::There),
        (Stand::Done | Stand::Ended, true) => (Some(Saying::Reopened), Stand::There),
        (Stand::There, true) if echo => (None, Stand::There),
        (Stand::There, true) => (beside(&event.body), Stand::There),
        (Stand::There, false) if echo && gives_back(&event.body) => (None, Stand::Here),
        (Stand::There, false) if echo => (None, Stand::Done),
        (Stand::There | Stand::Done, false) if ended => (Some(Saying::Closed), Stand::Ended),
        (Stand::There, false) => (Some(Saying::Returned), Stand::Here),
        (stand, false) => (None, stand),
    }
}

fn gives_back(body: &Body) -> bool {
    matches!(body, Body::Returned { .. } | Body::AssistEnded { done: false, .. })
}

/// What is said beside the work.
fn beside(body: &Body) -> Option<Saying> {
    match body {
        Body::Attached { .. } => Some(Saying::File),
        Body::Supplemented { evidence, words, .. } if words.is_none() && !evidence.is_empty() => {
            Some(Saying::File)
        }
        Body::Commented { .. }
        | Body::Supplemented { .. }
        | Body::Supervised { .. }
        | Body::Capped { .. } => Some(Saying::Noted),
        _ => None,
    }
}

/// What the side that took the case over says of an event.
fn answer(before: &Case, case: &Case, event: &Event, echo: bool) -> Option<Saying> {
    if before.version == 0 || echo {
        return None;
    }
    if case.stage == Stage::Merged {
        return (before.stage != Stage::Merged).then_some(Saying::Progressed);
    }
    if !case.is_open() && (before.is_open() || before.stage == Stage::Merged) {
        let given_back = case.stage == Stage::Declined || {
            let outcome = case.ending.as_ref().map(|ending| ending.outcome);
            matches!(outcome, Some(Outcome::HandedOver | Outcome::Void))
        };
        // Closed by the word of the side that handed it over: it knows.
        let taken_back = matches!(event.body, Body::ParentEnded { .. }) && before.stage != Stage::Merged;
        return match (taken_back, given_back) {
            (true, _) => None,
            (false, true) => Some(Saying::Returned),
            (false, false) => Some(Saying::Finished),
        };
    }
    if case.is_open() && !before.is_open() {
        return Some(Saying::Reopened);
    }
    if before.filed_at.is_none() && case.filed_at.is_some() {
        return Some(Saying::Received);
    }
    match &event.body {
        Body::Dispatched { .. }
        | Body::Ruled { .. }
        | Body::Reassigned { .. }
        | Body::TakenOver { .. }
        | Body::Received { .. }
        | Body::Arrived { .. }
        | Body::Progressed { .. }
        | Body::Finished { .. }
        | Body::Failed { .. }
        | Body::Reworked { .. }
        | Body::Suspended { .. }
        | Body::Resumed { .. } => Some(Saying::Progressed),
        body => beside(body).filter(|said| *said == Saying::File || matches!(body, Body::Commented { .. })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_becomes_a_partner_is_told_of_what_stands_with_it_from_its_beginning_and_of_nothing_else() {
        use Saying::{Closed, HandedOver, Noted, Reopened, Returned};
        type Sayings<'a> = &'a [(u32, Saying)];
        let cases: [(Sayings, u32, Sayings); 6] = [
            // It was a partner before anything happened.
            (&[(3, HandedOver), (4, Noted)], 1, &[(3, HandedOver), (4, Noted)]),
            // The case stands with it: all of it, in order.
            (&[(3, HandedOver), (4, Noted), (9, Noted)], 8, &[(3, HandedOver), (4, Noted), (9, Noted)]),
            // It was taken back, or had ended, before: of that it knows nothing.
            (&[(3, HandedOver), (5, Returned), (9, HandedOver)], 8, &[(9, HandedOver)]),
            (&[(3, HandedOver), (5, Closed), (9, Reopened), (10, Noted)], 8, &[(9, HandedOver), (10, Noted)]),
            (&[(3, HandedOver), (5, Closed)], 8, &[]),
            // What goes on about a case that is not its own.
            (&[(9, Noted), (10, Closed)], 8, &[]),
        ];
        for (told, made, wanted) in cases {
            assert_eq!(begun(told.to_vec(), |seq| seq < made), wanted, "{told:?} {made}");
        }
    }
}
