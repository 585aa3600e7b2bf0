//! Who gets a case, by which row, and when what is due: asked of a pack before anything happens.
//!
//! Owns the answer and its shape. It computes nothing that a case would not meet: the case is rehearsed through the model's own
//! `decide`, so that limits, units and refusals are those of the platform. It refuses a question that it cannot place, with
//! every mistake at once. Start at [`explain`]; [`ask`] reads the question, [`rehearse`] plays the case through, [`lost`] says
//! why rows lost, [`text`] writes it for people.

use std::fmt;

use huying_model::{
    Case, Instant, Name, Policy, PolicyVersion, Refusal, UnitId,
    calendar::Limit,
    clock::{Clock, Timer, TimerKind},
    decide::Ahead,
    event::Audience,
    policy::Rung,
    route::{Lost, Routing},
};
use serde::{Serialize, Serializer};
use smol_str::SmolStr;

use crate::load::Pack;
use crate::told::{Lang, Told, told};

mod ask;
pub mod lost;
mod near;
mod rehearse;
pub mod text;

pub(crate) use ask::when;
pub use near::nearest;

use ask::Question;
use rehearse::Rehearsal;

/// A question as it was written.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Asking {
    /// A code of the catalogue, or a name that only one matter has.
    pub matter: String,
    /// The filing condition; the matter's first where it is not said.
    pub condition: Option<u16>,
    /// `LON,LAT` in degrees, WGS-84.
    pub at: Option<String>,
    /// An area's code, where there is no point.
    pub area: Option<String>,
    /// `2024-03-05 10:00` in the pack's zone, or RFC 3339.
    pub when: String,
    pub source: String,
    /// Green where it is not said.
    pub urgency: Option<String>,
    /// The version of the rules; the one in force where it is not said.
    pub version: Option<PolicyVersion>,
}

/// One thing that is wrong with a question.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Wrong {
    /// `matter`, `condition`, `at`, `area`, `when`, `source`, `urgency` or `version`.
    pub field: &'static str,
    /// What is wrong.
    pub what: Told,
    /// What to do about it.
    pub mend: Told,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}", self.field, self.what.en, self.mend.en)
    }
}

/// Something of the pack with its names.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Named {
    pub code: SmolStr,
    #[serde(flatten)]
    pub name: Told,
}

/// A unit that gets a part of the case.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Part {
    pub unit: Named,
    /// The external unit that does the work while `unit`, its home, keeps the promise.
    pub external: Option<Named>,
    /// The unit that a seconded post belongs to.
    pub home: Option<Named>,
    /// How many members have a seat in it.
    pub members: usize,
}

/// One of several units that share a selector, in the pack's order among them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Rival {
    pub unit: Named,
    /// From where it stands to the place; None where either is unknown.
    pub metres: Option<u32>,
}

/// The row that won.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Won {
    pub row: SmolStr,
    /// What it asks for, column by column.
    pub asks: Told,
    /// Its lead and assists as they stand in the table.
    pub selectors: Vec<String>,
}

/// A row that fitted the matter and lost.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct LostRow {
    pub row: SmolStr,
    pub why: Lost,
    pub words: Told,
}

/// A step that a clock takes if nobody acts.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Climb {
    #[serde(serialize_with = "rfc3339")]
    pub at: Instant,
    /// `warning`, `unit`, `centre` or `leader`.
    pub step: &'static str,
    pub reaches: Named,
}

/// Where a limit comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The row of the dispatch table.
    Route,
    /// The filing condition.
    Condition,
    /// `[timers]`.
    Timers,
}

/// A clock, as it would run if the step before it happened at the moment that is asked about.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ClockTold {
    /// `intake`, `promise`, `dispatch`, `receive`, `arrive`, `handle`, `inspect` or `call_back`.
    pub clock: &'static str,
    pub name: Told,
    /// Whose part it times, where it times one.
    pub unit: Option<Named>,
    pub limit: Told,
    pub by: By,
    #[serde(serialize_with = "rfc3339")]
    pub due: Instant,
    /// It passes the last published holiday year.
    pub provisional: bool,
    pub climbs: Vec<Climb>,
}

/// A step that would be refused, with the rule's words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Refused {
    pub step: Named,
    pub code: &'static str,
    pub words: Told,
}

/// The whole answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Explanation {
    pub policy: PolicyVersion,
    pub matter: Named,
    pub condition: u16,
    pub opens_when: SmolStr,
    pub closes_when: SmolStr,
    /// The smallest area first; empty where the place is unknown.
    pub areas: Vec<Named>,
    pub overlays: Vec<Named>,
    pub source: Named,
    pub urgency: Named,
    #[serde(serialize_with = "rfc3339")]
    pub at: Instant,
    /// `working`, `night` or `holiday`.
    pub period: Named,
    /// The calendar of the matter, and what its day is kept for.
    pub calendar: Named,
    pub occasion: Option<String>,
    /// None where no row fits and finds its units: a dispatcher chooses by hand.
    pub won: Option<Won>,
    pub lost: Vec<LostRow>,
    pub lead: Option<Part>,
    pub assists: Vec<Part>,
    /// Where several units share a selector: all of them in the pack's order, as if none had work yet.
    pub rivals: Vec<Rival>,
    /// Takes in what is reported here.
    pub intake: Named,
    /// Files and dispatches.
    pub centre: Named,
    /// Whose leaders are told.
    pub leader: Named,
    /// System files by itself.
    pub files: bool,
    /// System dispatches by itself.
    pub dispatches: bool,
    /// In the order in which they begin.
    pub clocks: Vec<ClockTold>,
    pub closing_level: Named,
    pub closing_centre: Named,
    /// Who looks at the work; None where nobody has to.
    pub inspects: Option<Named>,
    /// Who calls back a reporter who left a contact; None where nobody has to.
    pub calls_back: Option<Named>,
    /// What must lie in the file before it closes as solved.
    pub evidence: Vec<Named>,
    pub refused: Vec<Refused>,
}

fn rfc3339<S: Serializer>(at: &Instant, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(at)
}

/// Asks a pack by its own rules.
///
/// # Errors
/// Everything that is wrong with the question.
pub fn explain(pack: &Pack, asking: &Asking) -> Result<Explanation, Vec<Wrong>> {
    explain_by(pack, &pack.policy, asking)
}

/// Asks by a policy that may hold other versions than the pack's own.
///
/// # Errors
/// Everything that is wrong with the question.
pub fn explain_by(pack: &Pack, policy: &Policy, asking: &Asking) -> Result<Explanation, Vec<Wrong>> {
    let question = ask::read(pack, policy, asking)?;
    let policy = Policy { current: question.rules.clone(), ..policy.clone() };
    let teller = Teller { pack, policy: &policy, question: &question };
    let routing = teller.routing();
    let played = rehearse::play(&policy, &question, routing.as_ref());
    Ok(teller.tell(routing.as_ref(), &played))
}

/// Puts names and words to what the model answers.
pub(crate) struct Teller<'a> {
    pack: &'a Pack,
    policy: &'a Policy,
    question: &'a Question,
}

impl Teller<'_> {
    /// The table's answer. Where several units share a selector, the pack's own order among them counts, as if none had
    /// work yet: how much each has is a question of the day.
    fn routing(&self) -> Option<Routing> {
        let (it, org) = (self.question, &self.policy.org);
        let case = Case {
            matter: Some(it.matter.clone()),
            source: it.source,
            urgency: it.urgency,
            place: it.place.clone(),
            ..Case::default()
        };
        let rivals = it.rules.rivals(org, &case, it.at);
        let order = it.rules.order.filter(|_| !rivals.is_empty());
        let facts = order.map(|order| order.facts(org, &it.place, &rivals, |_| 0)).unwrap_or_default();
        let (area, overlays) = (it.place.area.as_ref(), &it.place.overlays);
        it.rules.route(org, &it.matter, area, overlays, it.source, it.urgency, it.at, &facts)
    }

    /// The units among which the order chose, first the one it chose.
    fn rivals(&self, routing: Option<&Routing>) -> Vec<Rival> {
        let known = routing.into_iter().flat_map(|routing| &routing.because.facts.known);
        known.map(|known| Rival { unit: self.unit(&known.unit), metres: known.metres }).collect()
    }

    fn named(&self, code: &str, zh: Option<&SmolStr>) -> Named {
        let zh = zh.map_or(code, |name| name.as_str());
        let en = self.pack.english(code).map_or(zh, |name| name.as_str());
        Named { code: SmolStr::new(code), name: told(zh, en) }
    }

    fn unit(&self, id: &UnitId) -> Named {
        self.named(id.as_str(), self.policy.org.units.get(id).map(|unit| &unit.name))
    }

    fn level(&self, code: &str) -> Named {
        let names = self.pack.level(code).map(|level| &level.name);
        let name = names.map_or_else(|| told(code, code), |names| told(names.zh.as_str(), names.en.as_str()));
        Named { code: SmolStr::new(code), name }
    }

    fn part(&self, unit: &UnitId, external: Option<&UnitId>) -> Part {
        let org = &self.policy.org;
        Part {
            unit: self.unit(unit),
            external: external.map(|unit| self.unit(unit)),
            home: org.units.get(unit).and_then(|unit| unit.home.as_ref()).map(|home| self.unit(home)),
            members: org.members.values().filter(|m| m.seats.iter().any(|seat| &seat.unit == unit)).count(),
        }
    }

    fn tell(&self, routing: Option<&Routing>, played: &Rehearsal) -> Explanation {
        let (it, org) = (self.question, &self.policy.org);
        let (lead, assists): (Vec<_>, Vec<_>) = played.parts.iter().partition(|part| part.lead);
        let part = |part: &huying_model::case::Assignment| self.part(&part.unit, part.external.as_ref());
        let calendar = it.rules.calendar_of(Some(&it.matter));
        let winner = routing.and_then(|won| it.rules.routes.iter().find(|row| row.id == won.because.rule));
        let matter = it.matter();
        Explanation {
            policy: it.rules.version.clone(),
            matter: Named {
                code: it.matter.0.clone(),
                name: matter.map_or_else(Told::default, |m| told(m.name.as_str(), m.name_en.as_str())),
            },
            condition: it.condition.no,
            opens_when: it.condition.opens_when.clone(),
            closes_when: it.condition.closes_when.clone(),
            areas: it
                .place
                .area
                .iter()
                .flat_map(|area| org.ancestors(area))
                .map(|area| self.named(area.code.as_str(), Some(&area.name)))
                .collect(),
            overlays: it.place.overlays.iter().map(|code| self.overlay(code.as_str())).collect(),
            source: Named {
                code: SmolStr::new(it.source.code()),
                name: told(it.source.zh(), it.source.en()),
            },
            urgency: text::urgency(it.urgency),
            at: it.at,
            period: text::period(it.rules.period(&it.matter, it.at)),
            calendar: Named {
                code: matter.and_then(|m| m.calendar.clone()).unwrap_or_else(|| it.rules.calendar.clone()),
                name: calendar.map_or_else(Told::default, text::zone),
            },
            occasion: calendar.and_then(|c| c.occasion(c.civil(it.at).date())).map(str::to_owned),
            won: winner.map(|row| self.won(row)),
            lost: self.lost_rows(winner),
            lead: lead.first().map(|lead| part(lead)),
            assists: assists.into_iter().map(part).collect(),
            rivals: self.rivals(routing),
            intake: self.unit(&played.intake),
            centre: self.unit(&played.centre),
            leader: self.unit(&org.leader_unit(&played.centre, it.at)),
            files: it.auto().is_some_and(|auto| auto.file),
            dispatches: it.auto().is_some_and(|auto| auto.dispatch) && routing.is_some(),
            clocks: played.clocks.iter().map(|(clock, ahead)| self.clock(clock, ahead, routing)).collect(),
            closing_level: self.level(played.closing_level.as_str()),
            closing_centre: self.unit(&org.centre_at(it.place.area.as_ref(), &played.closing_level, it.at)),
            inspects: played.inspects.as_ref().map(|unit| self.unit(unit)),
            calls_back: played.calls_back.as_ref().map(|unit| self.unit(unit)),
            evidence: it.condition.evidence.iter().map(|kind| text::evidence(*kind)).collect(),
            refused: played.refused.iter().map(|(name, why)| refused(*name, why)).collect(),
        }
    }

    fn overlay(&self, code: &str) -> Named {
        let names = self.pack.overlays.get(code);
        let name = names.map_or_else(|| told(code, code), |names| told(names.zh.as_str(), names.en.as_str()));
        Named { code: SmolStr::new(code), name }
    }

    fn clock(&self, clock: &Clock, ahead: &[Ahead], routing: Option<&Routing>) -> ClockTold {
        let kind = clock.of.kind();
        let climb = |step: &Ahead| {
            let reaches = match &step.to {
                Audience::Leader(unit) | Audience::Unit(unit) => self.unit(unit),
                _ => self.named("", None),
            };
            let name = match step.rung {
                None => "warning",
                Some(Rung::Unit) => "unit",
                Some(Rung::Centre) => "centre",
                Some(Rung::Leader) => "leader",
            };
            Climb { at: step.at, step: name, reaches }
        };
        ClockTold {
            clock: kind.code(),
            name: told(kind.zh(), kind.en()),
            unit: clock.of.unit().map(|unit| self.unit(unit)),
            limit: limit(clock.limit),
            by: self.by(&clock.of, routing),
            due: clock.due,
            provisional: clock.provisional,
            climbs: ahead.iter().map(climb).collect(),
        }
    }

    /// Whose limit a clock has: what filing starts knows no row yet.
    fn by(&self, of: &Timer, routing: Option<&Routing>) -> By {
        let own = self.question.condition.limits;
        let row = routing.and_then(|routing| routing.limits);
        match of.kind() {
            TimerKind::Promise => By::Condition,
            TimerKind::Handle | TimerKind::Arrive if row.is_some() => By::Route,
            TimerKind::Handle | TimerKind::Arrive => By::Condition,
            TimerKind::Receive if row.is_some_and(|row| row.receive.is_some()) => By::Route,
            TimerKind::Receive if own.receive.is_some() => By::Condition,
            _ => By::Timers,
        }
    }
}

fn limit(limit: Limit) -> Told {
    told(limit.zh().to_string(), limit.en().to_string())
}

fn refused(name: Name, why: &Refusal) -> Refused {
    Refused {
        step: Named { code: SmolStr::new(name.code()), name: told(name.zh(), name.en()) },
        code: why.code(),
        words: told(why.zh(), why.to_string()),
    }
}

impl Explanation {
    /// The answer for people, in one language.
    pub fn text(&self, lang: Lang, pack: &Pack) -> String {
        text::write(self, lang, pack)
    }
    /// The clock of this kind and unit.
    pub fn clock(&self, kind: &str, unit: Option<&str>) -> Option<&ClockTold> {
        let of_unit = |clock: &ClockTold| {
            unit.is_none_or(|unit| clock.unit.as_ref().is_some_and(|named| named.code == unit))
        };
        self.clocks.iter().find(|clock| clock.clock == kind && of_unit(clock))
    }
}
