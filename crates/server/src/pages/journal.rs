//! A case's journal in plain words: when, what, who.
//!
//! Owns the sentence of each kind of event. It reads the entries as the API opens them, so what is redacted there is redacted here.
//! Start at [`part`].

use huying_model::{MemberId, Stage, UnitId, catalogue::Outcome, clock::Timer};
use maud::{Markup, html};
use serde_json::Value;

use super::{
    case::clock_name,
    components::flow::{self, Entry},
    texts::T,
    view::View,
};
use crate::api::journal::EntryShown;

/// The whole journal, oldest first, a line for each new day.
pub fn part(view: &View, entries: &[EntryShown]) -> Markup {
    let day = |no: usize| entries.get(no).map(|entry| view.day(entry.received_at.0));
    let begins = |no: usize| day(no).filter(|_| no == 0 || day(no) != day(no - 1));
    let lines: Vec<Entry> =
        entries.iter().enumerate().map(|(no, entry)| line(view, entry, begins(no))).collect();
    html! {
        section.part aria-labelledby="journal-name" {
            h2 id="journal-name" { (view.say(T::Journal)) }
            (flow::timeline(&lines))
        }
    }
}

fn line(view: &View, entry: &EntryShown, day: Option<String>) -> Entry {
    let at = entry.received_at.0;
    Entry {
        person: entry.by.who != "system",
        alarm: matches!(entry.kind.as_str(), "warned" | "expired" | "call_climbed" | "request_climbed"),
        time: html! { time datetime=(at) title=(view.full(at)) { (view.clock_time(at)) } },
        words: html! {
            p { (sentence(view, &entry.kind, &entry.facts)) }
            @if let Some(said) = quoted(view, entry) { p { (said) } }
            small { (by(view, entry)) @if let Some(day) = day { " · " (day) } }
        },
    }
}

fn by(view: &View, entry: &EntryShown) -> String {
    match (&entry.by.member, entry.by.reporter) {
        (Some(member), _) => {
            let unit = entry.by.unit.as_ref().map(|unit| view.unit(&UnitId(unit.clone())));
            let name = view.member(&MemberId(member.clone()));
            unit.map_or_else(|| name.to_string(), |unit| format!("{name} · {unit}"))
        }
        (None, Some(no)) => view.fill(T::ReporterNo, &[&(no + 1).to_string()]),
        (None, None) => view.say(T::System).to_owned(),
    }
}

/// The words that somebody wrote in this entry.
fn quoted(view: &View, entry: &EntryShown) -> Option<String> {
    if entry.redacted {
        return Some(view.say(T::Redacted).to_owned());
    }
    let facts = &entry.facts;
    let said = ["reason", "words", "question"].iter().find_map(|name| facts[*name].as_str());
    said.map(|said| view.lang.pick(format!("“{said}”"), format!("“{said}”")))
}

fn unit(view: &View, value: &Value) -> String {
    let id = value.as_str().or_else(|| value["unit"].as_str());
    id.map(|id| view.unit(&UnitId::new(id)).to_string()).unwrap_or_default()
}

fn units(view: &View, value: &Value) -> String {
    let all = value.as_array().map(Vec::as_slice).unwrap_or_default();
    super::parts::joined(all.iter().map(|one| unit(view, one)), view.lang)
}

fn outcome(view: &View, value: &Value) -> &'static str {
    let read = serde_json::from_value::<Outcome>(value.clone()).unwrap_or_default();
    view.lang.pick(read.zh(), read.en())
}

fn moment(view: &View, value: &Value) -> String {
    value.as_str().and_then(|text| text.parse().ok()).map(|at| view.moment(at)).unwrap_or_default()
}

fn with_assists(view: &View, facts: &Value) -> String {
    let assists = units(view, &facts["assists"]);
    let lead = unit(view, &facts["lead"]);
    if assists.is_empty() { lead } else { view.fill(T::WithAssists, &[&lead, &assists]) }
}

/// What happened, in one sentence.
pub fn sentence(view: &View, kind: &str, facts: &Value) -> String {
    let say = |text: T| view.say(text).to_owned();
    let fill = |text: T, with: &[&str]| view.fill(text, with);
    let flag = |name: &str| facts[name].as_bool();
    match kind {
        "reported" | "began" => reported(view, facts),
        "filed" => fill(T::EvFiled, &[&filing(view, &facts["pinned"]["filing"])]),
        "declined" => say(T::EvDeclined),
        "sent_to_verify" => say(T::EvSentToVerify),
        "verified" => say(if flag("is_true") == Some(true) { T::EvVerifiedTrue } else { T::EvVerifiedFalse }),
        "self_handled" => fill(
            if flag("done") == Some(true) { T::EvSelfDone } else { T::EvSelfTaken },
            &[&unit(view, &facts["unit"])],
        ),
        "could_not_solve" => say(T::EvCouldNotSolve),
        "dispatched" => dispatched(view, facts),
        "ruled" => fill(T::EvRuled, &[&with_assists(view, facts)]),
        "pushed_down" => fill(T::EvPushedDown, &[&unit(view, &facts["to"])]),
        "raised" => fill(T::EvRaised, &[&unit(view, &facts["centre"])]),
        "returned" => fill(T::EvReturned, &[&unit(view, &facts["by_unit"])]),
        "recalled" => say(T::EvRecalled),
        "reassigned" => fill(T::EvReassigned, &[&unit(view, &facts["lead"])]),
        "taken_over" => fill(T::EvTakenOver, &[&unit(view, &facts["unit"])]),
        "received" => fill(T::EvReceived, &[&unit(view, &facts["unit"])]),
        "arrived" => fill(T::EvArrived, &[&unit(view, &facts["unit"])]),
        "progressed" => fill(T::EvProgressed, &[&unit(view, &facts["unit"])]),
        "appointed" => fill(
            T::EvAppointed,
            &[&facts["officer"]
                .as_str()
                .map(|id| view.member(&MemberId::new(id)).to_string())
                .unwrap_or_default()],
        ),
        "assist_added" => fill(T::EvAssistAdded, &[&unit(view, &facts["assist"])]),
        "assist_ended" => fill(
            if flag("done") == Some(true) { T::EvAssistDone } else { T::EvAssistEnded },
            &[&unit(view, &facts["unit"])],
        ),
        "attached" => say(T::EvAttached),
        "milestone_reached" => fill(T::EvMilestone, &[facts["name"].as_str().unwrap_or_default()]),
        "finished" => fill(T::EvFinished, &[&unit(view, &facts["unit"]), outcome(view, &facts["outcome"])]),
        "passed" => say(T::EvPassed),
        "failed" => say(T::EvFailed),
        "nominated" => fill(
            T::EvNominated,
            &[&facts["member"]
                .as_str()
                .map(|id| view.member(&MemberId::new(id)).to_string())
                .unwrap_or_default()],
        ),
        "called_back" => called_back(view, facts),
        "closed" => fill(T::EvClosed, &[outcome(view, &facts["outcome"])]),
        "reworked" => say(T::EvReworked),
        "concluded" => fill(T::EvConcluded, &[outcome(view, &facts["outcome"])]),
        "void_proposed" => say(T::EvVoidProposed),
        "parent_ended" => fill(T::EvParentEnded, &[outcome(view, &facts["outcome"])]),
        "relocated" => fill(
            T::EvRelocated,
            &[&view.short_place(facts["place"]["area"].as_str().map(huying_model::AreaCode::new).as_ref())],
        ),
        "reclassified" => fill(T::EvReclassified, &[&filing(view, &facts["filing"])]),
        "redacted" => fill(T::EvRedacted, &[&facts["event"].to_string()]),
        "published" => {
            let nothing = facts["words"].is_null() && facts["files"].as_array().is_none_or(Vec::is_empty);
            say(if nothing { T::EvUnpublished } else { T::EvPublished })
        }
        "called" => fill(T::EvCalled, &[&unit(view, &facts["caller"]), &unit(view, &facts["callee"])]),
        "call_climbed" => fill(T::EvCallClimbed, &[&unit(view, &facts["callee"])]),
        "requested" => {
            fill(T::EvRequested, &[&unit(view, &facts["unit"]), &request(view, &facts["request"])])
        }
        "granted" => fill(T::EvGranted, &[&request(view, &facts["request"])]),
        "request_climbed" => fill(T::EvRequestClimbed, &[&unit(view, &facts["approver"])]),
        "suspended" => fill(T::EvSuspended, &[&moment(view, &facts["until"])]),
        "marked_difficult" => fill(T::EvDifficult, &[&unit(view, &facts["fallback"])]),
        "convened" => fill(T::EvConvened, &[&moment(view, &facts["at"]), &units(view, &facts["units"])]),
        "follow_up_set" => fill(T::EvFollowUpSet, &[&unit(view, &facts["unit"])]),
        "warned" => fill(T::EvWarned, &[&clock(view, &facts["of"])]),
        "expired" => fill(T::EvExpired, &[&clock(view, &facts["of"])]),
        "rehomed" => fill(T::EvRehomed, &[&unit(view, &facts["to"])]),
        "vetoed" => {
            fill(T::EvVetoed, &[&unit(view, &facts["unit"]), facts["rule"].as_str().unwrap_or_default()])
        }
        "repinned" => fill(T::EvRepinned, &[facts["to"].as_str().unwrap_or_default()]),
        "answer_rated" | "rated" => fill(T::EvRated, &[&facts["stars"].to_string()]),
        "urgency_set" => fill(T::EvUrgency, &[urgency(view, &facts["urgency"])]),
        other => simple(view, other),
    }
}

/// Events whose sentence needs no facts.
fn simple(view: &View, kind: &str) -> String {
    let text = match kind {
        "reopened" => T::EvReopened,
        "objected" => T::EvObjected,
        "withdrawn" => T::EvWithdrawn,
        "reporter_left" => T::EvReporterLeft,
        "merged" => T::EvMerged,
        "unmerged" => T::EvUnmerged,
        "absorbed" => T::EvAbsorbed,
        "released" => T::EvReleased,
        "split" => T::EvSplit,
        "capped" => T::EvCapped,
        "child_ended" => T::EvChildEnded,
        "commented" => T::EvCommented,
        "noted" => T::EvNoted,
        "supplemented" => T::EvSupplemented,
        "reporter_asked" => T::EvAsked,
        "supervised" => T::EvSupervised,
        "acknowledged" => T::EvAcknowledged,
        "answered" => T::EvAnswered,
        "refused" => T::EvRefused,
        "resumed" => T::EvResumed,
        "decided" => T::EvDecided,
        "followed_up" => T::EvFollowedUp,
        "ask_ended" => T::EvAskEnded,
        "retimed" => T::EvRetimed,
        "resettled" => T::EvResettled,
        _ => return kind.to_owned(),
    };
    view.say(text).to_owned()
}

fn reported(view: &View, facts: &Value) -> String {
    let photos = facts["report"]["evidence"].as_array().map_or(0, Vec::len);
    let source = facts["report"]["source"]
        .as_str()
        .and_then(huying_model::catalogue::Source::from_code)
        .unwrap_or_default();
    let source = view.lang.pick(source.zh(), source.en());
    match photos {
        0 => view.fill(T::EvReported, &[source]),
        n => view.fill(T::EvReportedPhotos, &[source, &n.to_string()]),
    }
}

fn dispatched(view: &View, facts: &Value) -> String {
    let to = with_assists(view, facts);
    match facts["because"]["rule"].as_str() {
        Some(rule) => view.fill(T::EvDispatchedBy, &[&to, rule]),
        None => view.fill(T::EvDispatched, &[&to]),
    }
}

fn called_back(view: &View, facts: &Value) -> String {
    let text = match (facts["reached"].as_bool(), facts["solved"].as_bool()) {
        (Some(true), Some(true)) => T::EvCalledSolved,
        (Some(true), Some(false)) => T::EvCalledUnsolved,
        (Some(true), None) => T::EvCalledReached,
        _ => T::EvCalledMissed,
    };
    view.say(text).to_owned()
}

fn filing(view: &View, value: &Value) -> String {
    value["matter"]
        .as_str()
        .map(|code| view.matter(Some(&huying_model::MatterCode::new(code))).to_string())
        .unwrap_or_default()
}

fn request(view: &View, value: &Value) -> String {
    serde_json::from_value(value.clone())
        .map(|kind| super::choices::request_words(view, kind).to_owned())
        .unwrap_or_default()
}

fn urgency(view: &View, value: &Value) -> &'static str {
    super::choices::urgency_words(view, serde_json::from_value(value.clone()).unwrap_or_default())
}

fn clock(view: &View, value: &Value) -> String {
    serde_json::from_value::<Timer>(value.clone()).map(|of| clock_name(view, &of)).unwrap_or_default()
}

/// Who did what last, for the hand-over: the stage in a word.
pub fn stage_word(view: &View, code: &str) -> &'static str {
    Stage::from_code(code).map_or("", |stage| view.lang.pick(stage.zh(), stage.en()))
}
