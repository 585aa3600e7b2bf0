//! A story's file: its title, when it begins, and its steps in order.
//!
//! Owns the reading of steps and of times. A wrong step is told at its place and ends the story there, since
//! what comes after would only tell of the same. Start at [`tell`].

use huying_model::{Instant, Refusal, calendar::Calendar};
use jiff::civil::DateTime;
use smol_str::SmolStr;

use crate::doc::{Doc, Section};
use crate::limit;
use crate::load::Pack;
use crate::problem::Problems;
use crate::scenario::{
    Told, command,
    expect::{self, Seen},
    turns::Turns,
    world::World,
};

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

/// One step: time passes, somebody acts or not, and what is expected is checked; as often as it says. None where the
/// story ends.
fn step(section: &Section, world: &mut World, calendar: &Calendar, told: &mut Told) -> Option<()> {
    // What time brings on the way belongs to the step.
    let mut since = world.events.len();
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
    let turns = Turns::read(section, world.pack)?;
    for no in 0..turns.count {
        if let Some(every) = turns.every.filter(|_| no > 0) {
            let at = calendar.due(world.now, every).at;
            world.advance(at).map_err(|error| section.fail("every", error, "")).ok()?;
        }
        turn(section, &turns, (no, since), world, calendar, told)?;
        since = world.events.len();
    }
    section.finish();
    Some(())
}

/// The step once.
fn turn(
    section: &Section,
    turns: &Turns,
    (no, since): (usize, usize),
    world: &mut World,
    calendar: &Calendar,
    told: &mut Told,
) -> Option<()> {
    let name = turns.name(no);
    let expected = section.section("expect");
    let mut refusal = None;
    if let Some(verb) = &turns.verb {
        let (actor, with) = (turns.actor(no, &world.pack.policy.org, world.now)?, turns.with(no));
        let id = world.id(&name);
        let command = command::build(world, &actor, verb, id, with, calendar);
        let command = command.map_err(|error| section.fail("do", error, "")).ok()?;
        refusal = world.give(&actor, id, &command).err();
        let quoted = expected.as_ref().is_some_and(|expected| expected.has("refused_words"));
        judge(section, refusal.as_ref(), quoted, told).then_some(())?;
    }
    if let Some(expected) = expected {
        let seen = Seen { world, since, calendar, refusal: refusal.as_ref(), last: no + 1 == turns.count };
        expect::check(&expected, &seen, &name, told);
    }
    Some(())
}

/// Whether it was refused where it should be, and only there.
fn judge(section: &Section, refusal: Option<&Refusal>, quoted: bool, told: &mut Told) -> bool {
    let code = section.text("refused");
    match (refusal, &code) {
        (None, None) if !quoted => true,
        (Some(refusal), Some(code)) if refusal.code() == code => {
            told.checks += 1;
            true
        }
        (Some(_), None) if quoted => true,
        (None, code) => {
            let code = code.as_deref().unwrap_or("a refusal");
            section.fail("refused", format!("it was done, and '{code}' was expected"), "");
            false
        }
        (Some(refusal), Some(code)) => {
            let found = refusal.code();
            section.fail("refused", format!("refused with '{found}' instead of '{code}': {refusal}"), "");
            false
        }
        (Some(refusal), None) => {
            section.fail("do", format!("refused with '{}': {refusal}", refusal.code()), "");
            false
        }
    }
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
        None => instant(text, calendar).map_err(|wrong| format!("{wrong}, or +8m after the step before")),
    }
}
