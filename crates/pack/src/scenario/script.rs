//! A story's file: its title, when it begins, and its steps in order.
//!
//! Owns the reading of steps and of times. A wrong step is told at its place and ends the story there, since
//! what comes after would only tell of the same. Start at [`tell`].

use huying_model::{Actor, Instant, MemberId, calendar::Calendar};
use jiff::civil::DateTime;
use smol_str::SmolStr;

use crate::doc::{Doc, Section};
use crate::limit;
use crate::load::Pack;
use crate::problem::Problems;
use crate::scenario::{Told, command, expect, world::World};

/// The name of a story's case where it has only one.
const MAIN: &str = "main";

/// Lives a story. Some(what) where it is pending: then nothing was done.
pub fn tell(pack: &Pack, file: &str, text: &str, problems: &Problems, told: &mut Told) -> Option<SmolStr> {
    let doc = Doc::parse(file, text, problems);
    let root = doc.root(problems);
    told.title = root.need_text("title", "\"…\"").unwrap_or_default();
    if let Some(pending) = root.text("pending") {
        return Some(pending);
    }
    let calendar = pack.policy.current.calendar_of(None)?;
    let begins = root.need("begins", "\"2024-03-05 10:00\"", |text| instant(text, calendar));
    let steps = root.sections("step");
    root.finish();
    if steps.is_empty() {
        root.fail("step", "the story has no step", "Write [[step]] with at, by and do");
    }
    let mut world = World::new(pack, begins?);
    for section in steps {
        if !problems.is_empty() || step(&section, &mut world, calendar, told).is_none() {
            break;
        }
    }
    told.steps = world.steps;
    None
}

/// One step: time passes, somebody acts or not, and what is expected is checked. None where the story ends.
fn step(section: &Section, world: &mut World, calendar: &Calendar, told: &mut Told) -> Option<()> {
    let since = world.events.len();
    if let Some(at) = section.read("at", |text| later(text, world.now, calendar)) {
        if at < world.now {
            section.fail(
                "at",
                "this is earlier than the step before",
                "Put the steps in the order of their times",
            );
            return None;
        }
        world.advance(at).map_err(|error| section.fail("at", error, "")).ok()?;
    } else if section.has("at") {
        return None;
    }
    let name = section.text("case").unwrap_or_else(|| SmolStr::new_static(MAIN));
    let refused = section.text("refused");
    if let Some(verb) = section.text("do") {
        let actor =
            section.need("by", "\"reporter\", \"system\" or a member's id", |by| actor(by, world.pack))?;
        let with = section.json("with").unwrap_or_default();
        let id = world.id(&name);
        let command = command::build(world, &actor, &verb, id, with, calendar);
        let command = command.map_err(|error| section.fail("do", error, "")).ok()?;
        let outcome = world.give(&actor, id, &command);
        match (outcome, refused) {
            (Ok(()), None) => {}
            (Err(refusal), Some(code)) if refusal.code() == code => told.checks += 1,
            (Ok(()), Some(code)) => {
                section.fail("refused", format!("it was done, and '{code}' was expected"), "")
            }
            (Err(refusal), Some(code)) => {
                section.fail(
                    "refused",
                    format!("refused with '{}' instead of '{code}': {refusal}", refusal.code()),
                    "",
                );
            }
            (Err(refusal), None) => {
                section.fail("do", format!("refused with '{}': {refusal}", refusal.code()), "")
            }
        }
    }
    if let Some(expected) = section.section("expect") {
        expect::check(&expected, world, &name, since, calendar, told);
    }
    section.finish();
    Some(())
}

fn actor(by: &str, pack: &Pack) -> Result<Actor, String> {
    if by == "system" {
        return Ok(Actor::System);
    }
    if let Some(no) = by.strip_prefix("reporter") {
        let no = if no.is_empty() { Ok(0) } else { no.trim().parse() };
        return no
            .map(|no| Actor::Reporter { no })
            .map_err(|_error| format!("“{by}”: write reporter, or reporter 1"));
    }
    let id = MemberId::new(by);
    let member = pack.policy.org.members.get(&id);
    let member =
        member.ok_or_else(|| format!("no member has the id '{by}': add it to members.csv or correct it"))?;
    Ok(Actor::Member { id, seats: member.seats.clone() })
}

/// Reads a civil time of the calendar's zone, `2024-03-05 10:00`.
pub fn instant(text: &str, calendar: &Calendar) -> Result<Instant, String> {
    let wrong = || format!("“{text}” is no time: write it as 2024-03-05 10:00");
    let civil: DateTime = text.trim().replace(' ', "T").parse().map_err(|_error| wrong())?;
    let at = calendar.zone().to_ambiguous_timestamp(civil).compatible().map_err(|_error| wrong())?;
    Ok(Instant::from(at))
}

/// Like [`instant`], or `+30m` after the step before, in any unit of limits.
fn later(text: &str, now: Instant, calendar: &Calendar) -> Result<Instant, String> {
    match text.trim().strip_prefix('+') {
        Some(after) => Ok(calendar.due(now, limit::parse(after)?).at),
        None => instant(text, calendar),
    }
}
