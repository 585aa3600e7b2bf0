//! `indicators`: figures over all cases of a story at this moment, counted from their events.
//!
//! Owns the words of `expect.indicators` and `expect.indicators_of`. A figure is a measure (a count) or an indicator
//! of the pack (a percentage, rounded to two places). Start at [`check`].

use std::collections::BTreeMap;

use huying_model::{
    AreaCode, CaseId, UnitId,
    catalogue::Source,
    score::{Counting, Counts, Measure, Span, Subject, Tally},
};
use serde_json::Value;

use crate::doc::Section;
use crate::indicators::hundredths;
use crate::scenario::{Told, expect::Seen, world::World};

/// Whose figures are meant.
enum Whose {
    All,
    Area(AreaCode),
    Unit(UnitId),
}

/// Checks the figures.
pub fn check(section: &Section, seen: &Seen, told: &mut Told) {
    let (wanted, whose) = (section.json("indicators"), section.json("indicators_of"));
    let Some(wanted) = wanted.filter(|_| seen.last) else { return };
    let world = seen.world;
    let Some(wanted) = wanted.as_object() else {
        section.fail("indicators", "a table is needed here", "Write indicators = { reported = 3 }");
        return;
    };
    let whose = match subject(world, whose.as_ref()) {
        Ok(whose) => whose,
        Err(error) => return section.fail("indicators_of", error, ""),
    };
    let tally = tally(world);
    let counts = |source: Option<Source>| counts(&tally, world, &whose, source);
    for (name, wanted) in wanted {
        told.checks += 1;
        let found = found(world, name, &counts);
        let as_wanted = found.and_then(|found| match expected(wanted) {
            Some(wanted) if wanted == found => Ok(()),
            Some(_) => Err(format!("{name} is {}, expected {wanted}", shown(found))),
            None => Err(format!("{name} = {wanted} is no number with at most two decimals")),
        });
        if let Err(error) = as_wanted {
            section.fail("indicators", error, "");
        }
    }
}

fn subject(world: &World, whose: Option<&Value>) -> Result<Whose, String> {
    let org = &world.pack.policy.org;
    let how = "write indicators_of = { unit = \"…\" } or { area = \"…\" }";
    let Some(whose) = whose else { return Ok(Whose::All) };
    let named = |key: &str| whose.get(key).and_then(Value::as_str);
    if whose.as_object().is_none_or(|fields| fields.len() != 1) {
        return Err(format!("one subject is needed: {how}"));
    }
    match (named("unit").map(UnitId::new), named("area").map(AreaCode::new)) {
        (Some(unit), _) if org.units.contains_key(&unit) => Ok(Whose::Unit(unit)),
        (_, Some(area)) if org.areas.contains_key(&area) => Ok(Whose::Area(area)),
        (None, None) => Err(format!("this is no subject: {how}")),
        _ => Err("there is none of this name: correct it".to_owned()),
    }
}

/// Every case of the story, folded from its events.
fn tally(world: &World) -> Tally {
    let span = Span::up_to(world.now);
    let mut cases: BTreeMap<CaseId, Counting> = BTreeMap::new();
    for (id, event) in &world.events {
        cases.entry(*id).or_insert_with(|| Counting::new(*id, span)).take(event);
    }
    let mut tally = Tally::default();
    cases.into_values().for_each(|case| tally.add(&case.end()));
    tally
}

fn counts(tally: &Tally, world: &World, whose: &Whose, source: Option<Source>) -> Counts {
    match whose {
        Whose::All => tally.of(&Subject::All, source),
        Whose::Unit(unit) => tally.of(&Subject::Unit(unit.clone()), source),
        Whose::Area(area) => tally.within(&world.pack.policy.org, area, source),
    }
}

/// A figure in hundredths: of a percent for an indicator that is a share.
fn found(world: &World, name: &str, counts: &dyn Fn(Option<Source>) -> Counts) -> Result<u64, String> {
    if let Some(measure) = Measure::from_code(name) {
        return Ok(counts(None).get(measure) * 100);
    }
    let indicators = &world.pack.policy.current.indicators;
    let indicator = indicators.iter().find(|indicator| indicator.id == name).ok_or_else(|| {
        format!("'{name}' is neither a measure nor an indicator of this pack: correct it, or add it to indicators.csv")
    })?;
    let line = indicator.judge(&counts(indicator.source));
    match (line.over, line.percent) {
        (None, _) => Ok(line.counted * 100),
        (Some(_), Some(percent)) => Ok(percent),
        (Some(_), None) => {
            Err(format!("{name} has nothing to judge: nothing of '{}' was counted", over(indicator)))
        }
    }
}

fn over(indicator: &huying_model::score::Indicator) -> &'static str {
    indicator.over.map_or("", Measure::code)
}

/// A number of the story in hundredths. It is read from its own digits: 96.87 has no exact binary form.
fn expected(wanted: &Value) -> Option<u64> {
    let Value::Number(number) = wanted else { return None };
    hundredths(&number.to_string()).ok().map(u64::from)
}

fn shown(hundredths: u64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}
