//! What must be so after a step: read from the case's events, clocks, queues and messages only.
//!
//! Owns the words of `[step.expect]`. A word that is not one of them is a mistake, not a check that passes.
//! Start at [`check`].

use std::collections::BTreeSet;

use huying_model::{
    Case, Refusal, UnitId,
    calendar::Calendar,
    event::{Audience, Body},
    todo::todos,
};
use serde_json::Value;

use crate::doc::Section;
use crate::scenario::{Told, figures, script::instant, world::World};

/// What there is to be seen after a step.
pub struct Seen<'w, 'p> {
    pub world: &'w World<'p>,
    /// Where the step's events begin.
    pub since: usize,
    pub calendar: &'w Calendar,
    pub refusal: Option<&'w Refusal>,
    /// The last turn of a step that is repeated: figures over all cases are checked then.
    pub last: bool,
}

/// What may be expected without a case.
const WITHOUT_CASE: [&str; 3] = ["refused_words", "indicators", "indicators_of"];

/// Checks every key of an expectation on the case `name`.
pub fn check(section: &Section, seen: &Seen, name: &str, told: &mut Told) {
    refused(section, seen.refusal, told);
    figures::check(section, seen, told);
    let of = section.text("of");
    let name = of.as_deref().unwrap_or(name);
    match seen.world.case(name) {
        Some(case) => of_case(section, seen, case, told),
        None if section.keys().all(|key| WITHOUT_CASE.contains(&key)) => {}
        None => section.fail("of", format!("the story has no case '{name}' yet"), "Report it first"),
    }
}

/// `refused_words`: what stands in the sentence of the refusal, in either language.
fn refused(section: &Section, refusal: Option<&Refusal>, told: &mut Told) {
    let Some(words) = section.text("refused_words") else { return };
    told.checks += 1;
    let said = refusal.map(|refusal| format!("{refusal} {}", refusal.zh())).unwrap_or_default();
    if !said.contains(words.as_str()) {
        section.fail("refused_words", format!("'{words}' is not said; the refusal says '{said}'"), "");
    }
}

fn of_case(section: &Section, seen: &Seen, case: &Case, told: &mut Told) {
    let Seen { world, since, calendar, .. } = *seen;
    let mut same = |key: &str, found: String| {
        if let Some(wanted) = section.text(key) {
            told.checks += 1;
            if wanted != found {
                section.fail(key, format!("expected '{wanted}', found '{found}'"), "");
            }
        }
    };
    let unit = |unit: Option<&UnitId>| unit.map(ToString::to_string).unwrap_or_default();
    same("stage", case.stage.code().to_owned());
    same("custodian", case.custodian.to_string());
    same("centre", case.centre.to_string());
    same("lead", unit(case.lead_unit()));
    same("urgency", named(&case.urgency));
    same("outcome", case.ending.as_ref().map(|ending| named(&ending.outcome)).unwrap_or_default());
    same("area", case.place.area.as_ref().map(ToString::to_string).unwrap_or_default());
    same("row", row(world, case));
    same("leader", unit(case.attention.as_ref().map(|item| &item.unit)));
    let mut all = |key: &str, found: Vec<String>| {
        if let Some(mut wanted) = section.list(key, |text| Ok(text.to_owned())) {
            told.checks += 1;
            let mut found = found;
            wanted.sort();
            found.sort();
            if wanted != found {
                section.fail(key, format!("expected {wanted:?}, found {found:?}"), "");
            }
        }
    };
    all("assists", case.open_assists().map(|part| part.unit.to_string()).collect());
    all("queues", todos(case).iter().map(|line| format!("{}#{}", line.unit, line.kind.code())).collect());
    messages(section, world, case, since, told);
    clocks(section, case, calendar, told);
    section.finish();
}

/// A word of the model as its JSON has it.
fn named(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(text)) => text,
        _ => String::new(),
    }
}

/// The row of the dispatch table that sent the case out last.
fn row(world: &World, case: &Case) -> String {
    let dispatched =
        world.events.iter().rev().filter(|(id, _)| *id == case.id).find_map(|(_, event)| match &event.body {
            Body::Dispatched { because, .. } => {
                Some(because.as_ref().map(|because| because.rule.to_string()))
            }
            _ => None,
        });
    dispatched.flatten().unwrap_or_default()
}

/// `told` and `not_told`: messages of the step, as `unit:ID#template`, `leader:ID#template`, `reporters#template`.
fn messages(section: &Section, world: &World, case: &Case, since: usize, told: &mut Told) {
    let events = world.events.iter().skip(since).filter(|(id, _)| *id == case.id);
    let sent: Vec<String> = events
        .flat_map(|(_, event)| &event.tell)
        .map(|notice| {
            let to = match &notice.to {
                Audience::Reporters => "reporters".to_owned(),
                Audience::Unit(unit) => format!("unit:{unit}"),
                Audience::Leader(unit) => format!("leader:{unit}"),
                Audience::Member(member) => format!("member:{member}"),
                Audience::Auditor => "auditor".to_owned(),
            };
            format!("{to}#{}", notice.template)
        })
        .collect();
    for (key, wanted) in [("told", true), ("not_told", false)] {
        for message in section.list(key, |text| Ok(text.to_owned())).unwrap_or_default() {
            told.checks += 1;
            if sent.contains(&message) != wanted {
                let was = if wanted { "was not sent" } else { "was sent" };
                section.fail(key, format!("'{message}' {was}; sent in this step: {sent:?}"), "");
            }
        }
    }
}

/// `due`: clocks with their ends, as `receive:UNIT` or `promise`; `stopped`: clocks that do not run.
fn clocks(section: &Section, case: &Case, calendar: &Calendar, told: &mut Told) {
    let find = |name: &str| {
        let (kind, unit) = name.split_once(':').map_or((name, None), |(kind, unit)| (kind, Some(unit)));
        case.clocks.iter().find(|clock| {
            clock.of.kind().code() == kind
                && unit.is_none_or(|unit| clock.of.unit().is_some_and(|of| of.as_str() == unit))
        })
    };
    let civil = |at| calendar.civil(at).strftime("%Y-%m-%d %H:%M").to_string();
    if let Some(Value::Object(wanted)) = section.json("due") {
        for (name, at) in wanted {
            told.checks += 1;
            let wanted = instant(at.as_str().unwrap_or_default(), calendar);
            match (wanted, find(&name)) {
                (Err(error), _) => section.fail("due", error, ""),
                (Ok(wanted), Some(clock)) if clock.due == wanted => {}
                (Ok(wanted), Some(clock)) => {
                    let what =
                        format!("the clock {name} is due {}, expected {}", civil(clock.due), civil(wanted));
                    section.fail("due", what, "");
                }
                (Ok(_), None) => {
                    let kinds = case.clocks.iter().map(|clock| clock.of.kind().code());
                    let there = kinds.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", ");
                    let mend = format!("The case has {there}");
                    section.fail("due", format!("the clock {name} is not there"), mend);
                }
            }
        }
    }
    for name in section.list("stopped", |text| Ok(text.to_owned())).unwrap_or_default() {
        told.checks += 1;
        if find(&name).is_some_and(|clock| clock.runs()) {
            section.fail("stopped", format!("the clock {name} runs"), "");
        }
    }
}
