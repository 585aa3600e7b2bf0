//! Which fields each command asks for: what forms are drawn from, and how what was written becomes the command's body.
//!
//! One row for each command that a page offers. Adding a command means one row here; a new kind of field means an arm here in
//! [`put`] and one in [`super::fields`]. Start at [`fields`].

use huying_engine::handle::Upload;
use huying_model::{
    Case, Name,
    case::CallState,
    catalogue::{EvidenceKind, Outcome},
};
use serde_json::{Map, Value, json};

use super::{form::Form, view::View};

/// One thing that a command asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Field {
    /// A text under this name that must be written.
    Text(&'static str),
    MaybeText(&'static str),
    /// The member's own unit that has a part in the case.
    OwnUnit,
    /// A unit that serves the place.
    Unit(&'static str),
    MaybeUnit(&'static str),
    /// A unit in which the member sits as a leader.
    LeaderUnit,
    /// A centre below the custodian.
    CentreBelow,
    Units(&'static str),
    Filing,
    MaybeFiling,
    Urgency,
    MaybeUrgency,
    Outcome(&'static [Outcome]),
    Photos(EvidenceKind),
    /// What the photos of the form show, where the sender says so.
    Shows,
    /// Photos of the case, of which some are chosen under this name.
    Chosen(&'static str),
    Yes(&'static str),
    MaybeYes(&'static str),
    Stars,
    Moment(&'static str),
    Place,
    Into,
    /// A member of the units at work.
    Member(&'static str),
    Entry,
    OpenCall,
    AnsweredCall,
    Request,
    Trace,
    RequestKind,
    Reporter,
    Parts,
    Resolve,
}

impl Field {
    /// Whether its control has this name.
    pub fn names(self, name: &str) -> bool {
        match self {
            Field::Text(own)
            | Field::MaybeText(own)
            | Field::Unit(own)
            | Field::MaybeUnit(own)
            | Field::Member(own)
            | Field::Moment(own) => own == name,
            Field::LeaderUnit => name == "unit",
            Field::CentreBelow => name == "to",
            Field::Filing | Field::MaybeFiling => name == "filing",
            Field::Urgency | Field::MaybeUrgency => name == "urgency",
            Field::Outcome(_) => name == "outcome",
            Field::Photos(_) => name == "photo",
            Field::Shows => name == "shows",
            Field::Stars => name == "stars",
            Field::Place => matches!(name, "area" | "address"),
            Field::Into => name == "into",
            Field::Entry => name == "event",
            Field::OpenCall | Field::AnsweredCall | Field::Request | Field::Trace => name == "no",
            Field::RequestKind => name == "kind",
            Field::Resolve => matches!(name, "resolve" | "unit" | "until"),
            Field::OwnUnit
            | Field::Chosen(_)
            | Field::Units(_)
            | Field::Yes(_)
            | Field::MaybeYes(_)
            | Field::Reporter
            | Field::Parts => false,
        }
    }
}

const FINISHED: &[Outcome] = &[
    Outcome::Solved,
    Outcome::Answered,
    Outcome::Explained,
    Outcome::NotFound,
    Outcome::SelfResolved,
    Outcome::HandedOver,
];
const CONCLUDED: &[Outcome] = &[Outcome::Answered, Outcome::Explained, Outcome::HandedOver, Outcome::Void];

/// The fields of a command's form, in their order. None for a command that no member gives on a page.
pub fn fields(name: Name) -> Option<&'static [Field]> {
    use Field as F;
    const REASON: Field = Field::Text("reason");
    const WORDS: Field = Field::Text("words");
    const MAYBE_WORDS: Field = Field::MaybeText("words");
    Some(match name {
        Name::File => &[F::Filing, F::MaybeUrgency],
        Name::Decline
        | Name::CannotSolve
        | Name::Raise
        | Name::Return
        | Name::Recall
        | Name::Fail
        | Name::Rework
        | Name::Reopen
        | Name::Unmerge
        | Name::MarkDifficult => &[REASON],
        Name::Verify | Name::Pass | Name::Close | Name::Acknowledge => &[MAYBE_WORDS],
        Name::Verified => &[F::Yes("is_true"), F::MaybeFiling, MAYBE_WORDS, F::Photos(EvidenceKind::Finding)],
        Name::SelfHandle => &[F::Filing, F::Yes("done"), MAYBE_WORDS, F::Photos(EvidenceKind::After)],
        Name::Dispatch => &[F::Unit("lead"), F::Units("assists")],
        Name::Rule => &[F::Unit("lead"), F::Units("assists"), REASON],
        Name::PushDown => &[F::CentreBelow, F::MaybeText("reason")],
        Name::Reassign => &[F::Unit("lead"), REASON],
        Name::TakeOver => &[F::LeaderUnit, F::MaybeText("reason")],
        Name::Receive | Name::Arrive => &[F::OwnUnit],
        Name::Progress => &[F::OwnUnit, WORDS],
        Name::Appoint => &[F::OwnUnit, F::Member("officer")],
        Name::AddAssist => &[F::Unit("unit")],
        Name::EndAssist => &[F::OwnUnit, F::Yes("done"), F::MaybeText("reason")],
        Name::Attach => &[F::Shows, F::Photos(EvidenceKind::Before), MAYBE_WORDS],
        Name::Milestone => &[F::Text("name")],
        Name::Finish => &[F::Outcome(FINISHED), F::MaybeText("reason"), F::Photos(EvidenceKind::After)],
        Name::Nominate => &[F::Member("member")],
        Name::RecordCallback => {
            &[F::Reporter, F::Yes("reached"), F::MaybeYes("solved"), F::MaybeYes("satisfied"), MAYBE_WORDS]
        }
        Name::Conclude => &[F::Outcome(CONCLUDED), REASON],
        Name::Merge => &[F::Into],
        Name::Split => &[F::Parts],
        Name::Relocate => &[F::Place],
        Name::Reclassify => &[F::Filing],
        Name::SetUrgency => &[F::Urgency, F::MaybeText("reason")],
        Name::Comment | Name::Note | Name::Supervise => &[WORDS],
        Name::Supplement => &[MAYBE_WORDS, F::Photos(EvidenceKind::Before)],
        Name::AskReporter => &[F::Text("question")],
        Name::Redact => &[F::Entry, REASON],
        Name::Publish => &[MAYBE_WORDS, F::Chosen("files")],
        Name::Call => &[F::MaybeUnit("callee"), WORDS],
        Name::Answer => &[F::OpenCall, WORDS],
        Name::RateAnswer => &[F::AnsweredCall, F::Stars],
        Name::Request => &[F::RequestKind, F::Moment("until"), REASON],
        Name::Grant => &[F::Request, MAYBE_WORDS],
        Name::Refuse => &[F::Request, REASON],
        Name::Suspend => &[F::Moment("until"), REASON],
        Name::Resume => &[F::MaybeText("reason")],
        Name::Convene => &[F::Moment("at"), F::Units("units")],
        Name::Decide => &[F::Resolve, REASON],
        Name::FollowUp => &[F::Unit("unit"), MAYBE_WORDS],
        Name::FollowedUp => &[F::Trace, MAYBE_WORDS],
        _ => return None,
    })
}

/// The command's body of what was written.
pub fn body(view: &View, case: &Case, name: Name, form: &Form) -> Value {
    let mut body = Map::new();
    for field in fields(name).unwrap_or_default() {
        put(view, case, *field, form, &mut body);
    }
    Value::Object(body)
}

fn put(view: &View, case: &Case, field: Field, form: &Form, body: &mut Map<String, Value>) {
    let mut set = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            body.insert(name.to_owned(), value);
        }
    };
    let text = |name: &str| form.said(name).map(|text| json!(text));
    let number = |name: &str| form.said(name).and_then(|text| text.parse::<u32>().ok()).map(|no| json!(no));
    match field {
        Field::Text(name)
        | Field::MaybeText(name)
        | Field::Unit(name)
        | Field::MaybeUnit(name)
        | Field::Member(name) => {
            set(name, text(name));
        }
        Field::OwnUnit | Field::LeaderUnit => set("unit", text("unit")),
        Field::CentreBelow => set("to", text("to")),
        Field::Units(name) => set(name, Some(units(form, name))),
        Field::Filing | Field::MaybeFiling => set("filing", filing(form)),
        Field::Urgency | Field::MaybeUrgency => set("urgency", text("urgency")),
        Field::Outcome(_) => set("outcome", text("outcome")),
        Field::RequestKind => set("kind", text("kind")),
        Field::Yes(name) | Field::MaybeYes(name) => {
            set(name, form.said(name).map(|said| json!(said == "yes")))
        }
        Field::Stars => set("stars", number("stars")),
        Field::Moment(name) => {
            // What is no moment is passed on as it stands, so that it is refused under its own name.
            set(
                name,
                form.said(name).map(|text| json!(view.read_local(text).unwrap_or_else(|| text.to_owned()))),
            );
        }
        Field::Entry => set("event", number("event")),
        Field::OpenCall | Field::AnsweredCall | Field::Request | Field::Trace => set("no", number("no")),
        Field::Into => set("into", text("into")),
        Field::Place => {
            set("place", Some(place(form)));
            set("address", text("address"));
        }
        Field::Reporter => reporter(case, form, body),
        Field::Parts => set("parts", Some(parts(form))),
        Field::Resolve => set("resolve", Some(resolve(view, form))),
        Field::Chosen(name) => set(name, Some(json!(form.every(name).collect::<Vec<_>>()))),
        Field::Photos(_) | Field::Shows => {}
    }
}

/// Each unit once, however often it was chosen.
fn units(form: &Form, name: &str) -> Value {
    let mut units: Vec<&str> = Vec::new();
    for unit in form.every(name) {
        if !units.contains(&unit) && form.said("lead") != Some(unit) {
            units.push(unit);
        }
    }
    json!(units)
}

/// A filing is chosen as `matter#condition`.
fn filing(form: &Form) -> Option<Value> {
    let (matter, condition) = form.said("filing")?.rsplit_once('#')?;
    Some(json!({"matter": matter, "condition": condition.parse::<u16>().ok()?}))
}

/// A place of a form: a point where the device gave one, the chosen area beside it.
pub fn place(form: &Form) -> Value {
    let degrees = |name: &str| form.said(name).and_then(|text| text.parse::<f64>().ok());
    match (degrees("longitude"), degrees("latitude"), form.said("area")) {
        (Some(lon), Some(lat), area) => json!({"lon": lon, "lat": lat, "area": area}),
        (_, _, Some(area)) => json!({ "area": area }),
        _ => json!({}),
    }
}

/// Who was called is chosen as `case:number`.
fn reporter(case: &Case, form: &Form, body: &mut Map<String, Value>) {
    let asked = form.said("who").and_then(|who| who.split_once(':'));
    let first = case.waiting().first().map(|(id, no)| (id.to_string(), no.to_string()));
    let (id, no) = match (asked, &first) {
        (Some(asked), _) => asked,
        (None, Some((id, no))) => (id.as_str(), no.as_str()),
        (None, None) => return,
    };
    body.insert("case".to_owned(), json!(id));
    body.insert("reporter".to_owned(), json!(no.parse::<u16>().unwrap_or_default()));
}

/// Parts in rows: a unit and what it has to do.
fn parts(form: &Form) -> Value {
    let row = |no: usize| {
        let lead = form.said(&format!("lead-{no}"))?;
        Some(json!({"lead": lead, "title": form.said(&format!("title-{no}"))}))
    };
    json!((0..PARTS).filter_map(row).collect::<Vec<_>>())
}

/// Rows that a split offers.
pub const PARTS: usize = 4;

fn resolve(view: &View, form: &Form) -> Value {
    let until = || form.said("until").map(|text| view.read_local(text).unwrap_or_else(|| text.to_owned()));
    match form.said("resolve") {
        Some("lead") => json!({"kind": "lead", "unit": form.said("unit").unwrap_or_default()}),
        Some("suspend") => json!({"kind": "suspend", "until": until().unwrap_or_default()}),
        _ => json!({"kind": "explain"}),
    }
}

/// What an upload of this command shows, where it asks for one.
pub fn evidence(name: Name) -> Option<EvidenceKind> {
    fields(name)?.iter().find_map(|field| match field {
        Field::Photos(kind) => Some(*kind),
        _ => None,
    })
}

/// What the photos of a command's form show of this case: at the end of the work what its filing condition asks for and the file has
/// not, else what they usually show.
pub fn shown_by(view: &View, case: &Case, name: Name) -> Option<EvidenceKind> {
    let usual = evidence(name)?;
    if usual != EvidenceKind::After {
        return Some(usual);
    }
    let lies = |kind: EvidenceKind| case.evidence.iter().any(|one| one.kind == kind);
    let of_photos = |kind: &EvidenceKind| {
        matches!(kind, EvidenceKind::After | EvidenceKind::Finding | EvidenceKind::Document)
    };
    let asked = view.condition(case).map_or(&[][..], |condition| &condition.evidence);
    asked.iter().copied().filter(of_photos).find(|kind| !lies(*kind)).or(Some(usual))
}

/// What files can show, with the words of forms for it.
pub const SHOWN: [(EvidenceKind, &str); 6] = [
    (EvidenceKind::Before, "before"),
    (EvidenceKind::After, "after"),
    (EvidenceKind::Finding, "finding"),
    (EvidenceKind::Document, "document"),
    (EvidenceKind::Voice, "voice"),
    (EvidenceKind::Video, "video"),
];

fn kind_of(code: &str) -> Option<EvidenceKind> {
    SHOWN.iter().find(|(_, known)| *known == code).map(|(kind, _)| *kind)
}

/// What the end of the work may need beside what the photos of its form show: kinds that the filing condition asks for, then those of an
/// outcome, each with the outcome. Of what lies in the file already nothing is asked.
pub fn asked_too(view: &View, case: &Case, name: Name) -> Vec<(EvidenceKind, Option<Outcome>)> {
    let main = shown_by(view, case, name);
    if evidence(name) != Some(EvidenceKind::After) {
        return Vec::new();
    }
    let condition = view.condition(case).map_or(&[][..], |condition| &condition.evidence);
    let rules = view.setting.policy.rules(case.policy.as_ref(), case.matter.as_ref());
    let outcomes = FINISHED.iter().filter(|outcome| name == Name::Finish && **outcome != Outcome::Solved);
    let of_outcomes = outcomes
        .filter_map(|outcome| rules.outcome(*outcome))
        .flat_map(|rule| rule.evidence.iter().map(move |kind| (*kind, Some(rule.outcome))));
    let mut all: Vec<(EvidenceKind, Option<Outcome>)> = Vec::new();
    for (kind, outcome) in condition.iter().map(|kind| (*kind, None)).chain(of_outcomes) {
        let known = main == Some(kind)
            || all.iter().any(|(other, _)| *other == kind)
            || case.evidence.iter().any(|one| one.kind == kind);
        if !known {
            all.push((kind, outcome));
        }
    }
    all
}

/// The files of a command's form: each shows what its own field asks for, else what the sender said, else what photos of the command
/// usually show.
pub fn uploads(view: &View, case: &Case, name: Name, form: &Form) -> Vec<Upload> {
    let says = fields(name).is_some_and(|fields| fields.contains(&Field::Shows));
    let said = form.said("shows").filter(|_| says).and_then(kind_of);
    let usual = said.or_else(|| shown_by(view, case, name));
    let own = |field: &String| field.strip_prefix("photo-").and_then(kind_of);
    let files = form.files.iter().zip(&form.file_fields);
    files.map(|(bytes, field)| Upload { bytes: bytes.clone(), kind: own(field).or(usual) }).collect()
}

/// Calls of the case in a state, as a form chooses among them.
pub fn calls(case: &Case, state: CallState) -> impl Iterator<Item = &huying_model::case::HelpCall> {
    case.calls
        .iter()
        .filter(move |call| call.state == state && (state == CallState::Open || call.stars.is_none()))
}

#[cfg(test)]
mod tests {
    use huying_model::table;

    use super::*;

    #[test]
    fn every_command_that_a_member_may_give_has_a_form() {
        for row in table::TABLE {
            let of_member =
                row.who.iter().any(|who| !matches!(who, table::Who::System | table::Who::Reporter));
            let has_own_page = row.command == Name::Report;
            assert_eq!(fields(row.command).is_some(), of_member && !has_own_page, "{}", row.command.code());
        }
    }
}
