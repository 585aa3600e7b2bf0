//! Words around a case, and what draws attention to it: comments, questions, urgency, supervision, acknowledgement.

use smol_str::SmolStr;

use crate::{
    case::{Assignment, Evidence},
    catalogue::{EvidenceKind, Urgency},
    clock::Timer,
    command::{Informant, Name},
    event::{Audience, Body},
    public,
    refusal::Refusal,
    stage::Stage,
    words::Sealed,
};

use super::{Decision, Scene, draft::Draft, intake};

pub(super) fn set_urgency(
    scene: &Scene,
    urgency: Urgency,
    reason: Option<&Sealed>,
) -> Result<Decision, Refusal> {
    let mut draft = Draft::new(scene, Body::UrgencySet { urgency, reason: reason.cloned() });
    let (case, rank) = (scene.case, scene.rules.rank(urgency));
    let outranked = |part: &&Assignment| part.officer.as_ref().is_some_and(|id| scene.org.rank(id) < rank);
    if let Some(part) = case.lead().filter(outranked) {
        draft = draft.tell(Audience::Unit(part.unit.clone()), "officer_rank");
    }
    Ok(intake::shorten_promise(draft, scene, urgency).done())
}

pub(super) fn comment(scene: &Scene, words: &Sealed) -> Result<Decision, Refusal> {
    let unit = Audience::Unit(scene.case.custodian.clone());
    Ok(Draft::new(scene, Body::Commented { words: words.clone() }).tell(unit, "comment").done())
}

pub(super) fn note(scene: &Scene, words: &Sealed) -> Result<Decision, Refusal> {
    Ok(Draft::new(scene, Body::Noted { words: words.clone() }).done())
}

/// By the reporter, or written down for one; answers the question that was asked.
pub(super) fn supplement(
    scene: &Scene,
    words: Option<&Sealed>,
    evidence: &[Evidence],
    informant: Option<&Informant>,
) -> Result<Decision, Refusal> {
    let body = Body::Supplemented {
        words: words.cloned(),
        evidence: evidence.to_vec(),
        informant: informant.cloned(),
    };
    let unit = Audience::Unit(scene.case.custodian.clone());
    Ok(Draft::new(scene, body).stop(Timer::Ask).tell(unit, "supplement").done())
}

/// Pauses nothing: the question has a clock of its own.
pub(super) fn ask(scene: &Scene, question: &Sealed) -> Result<Decision, Refusal> {
    let draft = Draft::new(scene, Body::ReporterAsked { question: question.clone() });
    Ok(draft.start_by_rule(Timer::Ask).tell(Audience::Reporters, "question").done())
}

pub(super) fn supervise(scene: &Scene, words: &Sealed) -> Result<Decision, Refusal> {
    let mut draft = Draft::new(scene, Body::Supervised { words: words.clone() });
    for unit in [&scene.case.custodian, &scene.case.centre] {
        draft = draft.tell(Audience::Unit(unit.clone()), "supervised");
    }
    Ok(draft.done())
}

/// Starts a follow-up clock that cannot be switched off: it ends only when what brought the item here has ended.
pub(super) fn acknowledge(scene: &Scene, words: Option<&Sealed>) -> Result<Decision, Refusal> {
    let mut item = scene.case.attention.clone().ok_or(Refusal::NoAttention)?;
    item.acknowledged = true;
    let climbed_out = item.auditor;
    let draft = Draft::new(scene, Body::Acknowledged { words: words.cloned() }).attend(item);
    Ok(if climbed_out { draft.done() } else { draft.start_by_rule(Timer::Attend).done() })
}

pub(super) fn redact(scene: &Scene, event: u32, reason: &SmolStr) -> Result<Decision, Refusal> {
    if event == 0 || event > scene.case.version {
        return Err(Refusal::UnknownEvent { event });
    }
    Ok(Draft::new(scene, Body::Redacted { event, reason: reason.clone() }).done())
}

/// Shows words and evidence to everybody, or takes back what was shown. Of a case that ended otherwise than by being closed nothing more is
/// shown, and what was shown can still be taken back.
pub(super) fn publish(scene: &Scene, words: Option<&Sealed>, files: &[SmolStr]) -> Result<Decision, Refusal> {
    let case = scene.case;
    if public::hidden(case) {
        return Err(Refusal::NeverPublic);
    }
    let shows = words.is_some() || !files.is_empty();
    if shows && !case.stage.is_open() && case.stage != Stage::Closed {
        return Err(Refusal::NotFromHere { stage: case.stage, command: Name::Publish });
    }
    let mut shown: Vec<SmolStr> = Vec::new();
    for file in files {
        let Some(evidence) = case.shown_evidence().find(|evidence| &evidence.file == file) else {
            return Err(Refusal::UnknownFile { file: file.clone() });
        };
        if !matches!(evidence.kind, EvidenceKind::Before | EvidenceKind::After | EvidenceKind::Finding) {
            return Err(Refusal::OnlyPhotos);
        }
        if !shown.contains(file) {
            shown.push(file.clone());
        }
    }
    if shown.len() > public::MOST_FILES {
        return Err(Refusal::TooManyFiles);
    }
    if words.is_none() && shown.is_empty() && case.published.is_none() {
        return Err(Refusal::NothingPublished);
    }
    Ok(Draft::new(scene, Body::Published { words: words.cloned(), files: shown }).done())
}
