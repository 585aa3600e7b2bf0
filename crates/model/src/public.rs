//! What a case itself says to the public (公开): how far it is, who answers for it, and what a person approved to be shown.
//!
//! Owns the four steps, the unit that answers, and the instant of the last change that anybody outside could notice. Refuses words,
//! points and names: of a case's words only those are shown that somebody wrote for the public. Which matters are public is the pack's
//! word and not asked here; a dispute never is. Start at [`Face`].

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::{
    case::Case,
    catalogue::{MatterKind, Outcome},
    clock::Timer,
    event::{Body, Event},
    ids::{AreaCode, MatterCode, UnitId},
    stage::Stage,
    time::Instant,
    words::Sealed,
};

/// Files that may be shown of one case.
pub const MOST_FILES: usize = 20;

/// How far a case is, for somebody outside.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Step {
    /// It came, and somebody looks at it.
    Received,
    /// It is filed, and a unit is looked for.
    Dispatching,
    /// A unit has it; the work, or the look at the work, goes on.
    Handling,
    Ended,
}

impl Step {
    pub const ALL: [Step; 4] = [Step::Received, Step::Dispatching, Step::Handling, Step::Ended];

    pub fn of(stage: Stage) -> Step {
        match stage {
            Stage::Reported | Stage::Verifying => Step::Received,
            Stage::Filed => Step::Dispatching,
            Stage::Dispatched | Stage::Handling | Stage::Inspecting | Stage::CallingBack => Step::Handling,
            Stage::Closed | Stage::Declined | Stage::Merged | Stage::Withdrawn => Step::Ended,
        }
    }
}

/// What a person approved to be shown to everybody.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Publication {
    /// The entry that approved it: redacting that entry takes it back, redacting one that brought a photo takes back the photo.
    pub event: u32,
    /// Sealed under the case's key, so that they go with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<Sealed>,
    /// Evidence of the case, by hash.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<SmolStr>,
}

/// Everything of a case that somebody outside can notice. Where two are equal, nothing public happened between them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Face {
    pub step: Step,
    /// Of an ended case, how it ended.
    pub ended: Option<Stage>,
    pub outcome: Option<Outcome>,
    /// The unit that answers for it.
    pub agency: UnitId,
    pub matter: Option<MatterCode>,
    pub area: Option<AreaCode>,
    /// The end of what was promised, while it runs.
    pub due: Option<Instant>,
    pub published: Option<u32>,
    /// How many photos are shown: redacting an entry takes away those that it brought.
    pub photos: usize,
    pub hidden: bool,
}

impl Face {
    pub fn of(case: &Case) -> Face {
        let step = Step::of(case.stage);
        let over = step == Step::Ended;
        Face {
            step,
            ended: over.then_some(case.stage),
            outcome: case.ending.as_ref().filter(|_| over).map(|ending| ending.outcome),
            agency: agency(case).clone(),
            matter: case.matter.clone(),
            area: case.place.area.clone(),
            due: case.clock(&Timer::Promise).filter(|clock| clock.runs()).map(|clock| clock.due),
            published: published(case).map(|publication| publication.event),
            photos: published(case).map_or(0, |publication| publication.files.len()),
            hidden: hidden(case),
        }
    }
}

/// The unit that answers for a case: its lead, and its centre where nobody leads yet.
pub fn agency(case: &Case) -> &UnitId {
    case.last_lead().map_or(&case.centre, |part| &part.unit)
}

/// A case that nobody outside hears of, whatever the pack says of its matter.
pub fn hidden(case: &Case) -> bool {
    case.kind == MatterKind::Dispute
}

/// What may be shown of the case now. A void case shows nothing, and neither does one that its reporter took back.
pub fn published(case: &Case) -> Option<&Publication> {
    let void = case.ending.as_ref().is_some_and(|ending| ending.outcome == Outcome::Void);
    let gone = case.stage == Stage::Withdrawn || (case.stage == Stage::Closed && void);
    case.published.as_ref().filter(|_| !gone && !hidden(case))
}

/// What an event changes of it.
pub(crate) fn turn(case: &mut Case, event: &Event) {
    match &event.body {
        Body::Published { words, files } => {
            let shows = words.is_some() || !files.is_empty();
            let entry = case.version;
            case.published =
                shows.then(|| Publication { event: entry, words: words.clone(), files: files.clone() });
        }
        Body::Redacted { event: entry, .. } => {
            let shown = case.published.take().filter(|shown| shown.event != *entry);
            case.published = shown.and_then(|mut shown| {
                shown.files.retain(|file| !case.hides_file(file));
                (shown.words.is_some() || !shown.files.is_empty()).then_some(shown)
            });
        }
        _ => {}
    }
}

/// Notes when the case last changed for those outside; `was` is how it stood before the event.
pub(crate) fn noted(case: &mut Case, was: &Face, event: &Event) {
    if case.version == 1 || Face::of(case) != *was {
        case.public_at = case.public_at.max(event.times.received);
    }
}
