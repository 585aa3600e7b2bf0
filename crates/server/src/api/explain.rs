//! Who would get a case, by which row, and when what would be due, before anything happens.
//!
//! Owns the shape of the answer on the wire; the answer itself is the pack's ([`huying_pack::explain`]). Start at [`explain`].

use axum::{Json, extract::State};
use huying_model::PolicyVersion;
use huying_pack::explain::{
    Asking, Climb, ClockTold, Explanation, LostRow, Named, Part, Refused, Won, Wrong, explain_by,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use smol_str::SmolStr;
use utoipa::{IntoParams, ToSchema};

use super::shape::Moment;
use crate::{
    problem::{self, Both, Problem},
    sent,
    session::SignedIn,
    state::AppState,
};

/// A case that may come.
#[derive(Deserialize, IntoParams, Default, Clone)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct ExplainQuery {
    /// `board/track/matter`, or a name that only one matter has.
    pub matter: String,
    /// The filing condition; the matter's first where it is left out.
    pub condition: Option<String>,
    /// `LON,LAT` in degrees, WGS-84.
    pub at: Option<String>,
    /// An area's code, where there is no point.
    pub area: Option<String>,
    /// `2024-03-05 10:00` in the authority's zone, or RFC 3339; now where it is left out.
    pub when: Option<String>,
    /// `grid_worker`, `resident`, `hotline` …
    pub source: String,
    /// `green` (the default), `yellow` or `red`.
    pub urgency: Option<String>,
    /// A version of the rules; those in force where it is left out.
    pub version: Option<String>,
}

/// A thing with its names.
#[derive(Serialize, ToSchema)]
pub struct NamedShown {
    #[schema(value_type = String)]
    code: SmolStr,
    zh: String,
    en: String,
}

/// A sentence in both languages.
#[derive(Serialize, ToSchema)]
pub struct ToldShown {
    zh: String,
    en: String,
}

/// A unit that gets a part.
#[derive(Serialize, ToSchema)]
pub struct PartTold {
    unit: NamedShown,
    /// The external unit that does the work while `unit` keeps the promise.
    external: Option<NamedShown>,
    /// The unit that a seconded post belongs to.
    home: Option<NamedShown>,
    /// How many members have a seat in it.
    members: usize,
}

/// One of several units that share a selector.
#[derive(Serialize, ToSchema)]
pub struct RivalShown {
    unit: NamedShown,
    /// From where it stands to the place, in metres; null where either is unknown.
    metres: Option<u32>,
}

/// The row that won.
#[derive(Serialize, ToSchema)]
pub struct WonShown {
    #[schema(value_type = String)]
    row: SmolStr,
    asks: ToldShown,
    /// Lead and assists as they stand in the table.
    selectors: Vec<String>,
}

/// A row that fitted the matter and lost.
#[derive(Serialize, ToSchema)]
pub struct LostShown {
    #[schema(value_type = String)]
    row: SmolStr,
    /// `overlay`, `area`, `level`, `source`, `urgency`, `period`, `less_specific` or `nobody_there`.
    #[schema(value_type = String)]
    why: Value,
    words: ToldShown,
}

/// A step that a clock takes if nobody acts.
#[derive(Serialize, ToSchema)]
pub struct ClimbShown {
    at: Moment,
    /// `warning`, `unit`, `centre` or `leader`.
    step: &'static str,
    reaches: NamedShown,
}

/// A clock, as if the step before it happened at the moment that is asked about.
#[derive(Serialize, ToSchema)]
pub struct ClockForeseen {
    /// `intake`, `promise`, `dispatch`, `receive`, `arrive`, `handle`, `inspect` or `call_back`.
    clock: &'static str,
    name: ToldShown,
    unit: Option<NamedShown>,
    limit: ToldShown,
    /// `route`, `condition` or `timers`.
    #[schema(value_type = String)]
    by: Value,
    due: Moment,
    /// It passes the last published holiday year.
    provisional: bool,
    climbs: Vec<ClimbShown>,
}

/// A step that would be refused.
#[derive(Serialize, ToSchema)]
pub struct RefusedShown {
    step: NamedShown,
    /// The refusal's code.
    code: &'static str,
    words: ToldShown,
}

/// What would happen to a case.
#[derive(Serialize, ToSchema)]
pub struct ExplanationShown {
    /// The version of the rules.
    #[schema(value_type = String)]
    policy: SmolStr,
    matter: NamedShown,
    condition: u16,
    #[schema(value_type = String)]
    opens_when: SmolStr,
    #[schema(value_type = String)]
    closes_when: SmolStr,
    /// The smallest area first.
    areas: Vec<NamedShown>,
    overlays: Vec<NamedShown>,
    source: NamedShown,
    urgency: NamedShown,
    at: Moment,
    /// `working`, `night` or `holiday`.
    period: NamedShown,
    calendar: NamedShown,
    /// What the day is kept for.
    occasion: Option<String>,
    /// Null where no row fits and finds its units.
    won: Option<WonShown>,
    lost: Vec<LostShown>,
    lead: Option<PartTold>,
    assists: Vec<PartTold>,
    /// Where several units share a selector: all of them in the authority's order, as if none had work yet.
    rivals: Vec<RivalShown>,
    intake: NamedShown,
    centre: NamedShown,
    /// Whose leaders are told.
    leader: NamedShown,
    /// System files by itself.
    files: bool,
    /// System dispatches by itself.
    dispatches: bool,
    /// In the order in which they begin.
    clocks: Vec<ClockForeseen>,
    closing_level: NamedShown,
    closing_centre: NamedShown,
    /// Null where nobody has to inspect.
    inspects: Option<NamedShown>,
    /// Null where nobody has to call back.
    calls_back: Option<NamedShown>,
    /// What must lie in the file before it closes as solved.
    evidence: Vec<NamedShown>,
    refused: Vec<RefusedShown>,
}

fn both(told: huying_pack::told::Told) -> ToldShown {
    ToldShown { zh: told.zh, en: told.en }
}

fn named(it: Named) -> NamedShown {
    NamedShown { code: it.code, zh: it.name.zh, en: it.name.en }
}

fn all<T, U>(list: Vec<T>, shown: impl Fn(T) -> U) -> Vec<U> {
    list.into_iter().map(shown).collect()
}

fn part(it: Part) -> PartTold {
    PartTold {
        unit: named(it.unit),
        external: it.external.map(named),
        home: it.home.map(named),
        members: it.members,
    }
}

fn won(it: Won) -> WonShown {
    WonShown { row: it.row, asks: both(it.asks), selectors: it.selectors }
}

fn lost(it: LostRow) -> LostShown {
    LostShown { row: it.row, why: json!(it.why), words: both(it.words) }
}

fn climb(it: Climb) -> ClimbShown {
    ClimbShown { at: Moment(it.at), step: it.step, reaches: named(it.reaches) }
}

fn clock(it: ClockTold) -> ClockForeseen {
    ClockForeseen {
        clock: it.clock,
        name: both(it.name),
        unit: it.unit.map(named),
        limit: both(it.limit),
        by: json!(it.by),
        due: Moment(it.due),
        provisional: it.provisional,
        climbs: all(it.climbs, climb),
    }
}

fn refused(it: Refused) -> RefusedShown {
    RefusedShown { step: named(it.step), code: it.code, words: both(it.words) }
}

impl From<Explanation> for ExplanationShown {
    fn from(it: Explanation) -> ExplanationShown {
        ExplanationShown {
            policy: it.policy.0,
            matter: named(it.matter),
            condition: it.condition,
            opens_when: it.opens_when,
            closes_when: it.closes_when,
            areas: all(it.areas, named),
            overlays: all(it.overlays, named),
            source: named(it.source),
            urgency: named(it.urgency),
            at: Moment(it.at),
            period: named(it.period),
            calendar: named(it.calendar),
            occasion: it.occasion,
            won: it.won.map(won),
            lost: all(it.lost, lost),
            lead: it.lead.map(part),
            assists: all(it.assists, part),
            rivals: all(it.rivals, |it| RivalShown { unit: named(it.unit), metres: it.metres }),
            intake: named(it.intake),
            centre: named(it.centre),
            leader: named(it.leader),
            files: it.files,
            dispatches: it.dispatches,
            clocks: all(it.clocks, clock),
            closing_level: named(it.closing_level),
            closing_centre: named(it.closing_centre),
            inspects: it.inspects.map(named),
            calls_back: it.calls_back.map(named),
            evidence: all(it.evidence, named),
            refused: all(it.refused, refused),
        }
    }
}

/// Asks the policy in force.
pub(crate) fn asked(state: &AppState, asked: &ExplainQuery) -> Result<Explanation, Vec<Wrong>> {
    let said = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let now = || state.now().to_string();
    // A plus sign of an offset comes out of a query as a blank.
    let when = said(&asked.when)
        .map_or_else(now, |when| if when.contains('T') { when.trim().replace(' ', "+") } else { when });
    let asking = Asking {
        matter: asked.matter.clone(),
        // What is no number is no condition of any matter.
        condition: said(&asked.condition).map(|no| no.trim().parse().unwrap_or(0)),
        at: said(&asked.at),
        area: said(&asked.area),
        when,
        source: asked.source.clone(),
        urgency: said(&asked.urgency),
        version: said(&asked.version).map(PolicyVersion::new),
    };
    let pack = state.pack();
    match state.setting() {
        Ok(setting) => explain_by(&pack, &setting.policy, &asking),
        // Without a setting there is no server; the pack's own policy is the same then.
        Err(_) => explain_by(&pack, &pack.policy, &asking),
    }
}

/// A wrong question as a problem.
pub(crate) fn problem(wrong: Vec<Wrong>) -> Problem {
    let errors = wrong.into_iter().map(|wrong| problem::Wrong {
        field: wrong.field.to_owned(),
        code: format!("wrong_{}", wrong.field),
        message: Both(wrong.what.zh, wrong.what.en),
        mend: Both(wrong.mend.zh, wrong.mend.en),
    });
    Problem { errors: errors.collect(), ..Problem::of("validation") }
}

/// Who would get a case, by which row of the dispatch table, which rows lost and why, and every due instant.
///
/// Nothing is written. Each clock counts from `when`, as if the step before it had just happened.
#[utoipa::path(get, path = "/explain", tag = "organisation", params(ExplainQuery), responses(
    (status = 200, description = "What would happen", body = ExplanationShown),
    (status = 400, description = "`validation`: every wrong field with its mend, such as the nearest matters"),
))]
pub async fn explain(
    State(state): State<AppState>,
    _: SignedIn,
    sent::Asked(query): sent::Asked<ExplainQuery>,
) -> Result<Json<ExplanationShown>, Problem> {
    let told = asked(&state, &query).map_err(problem)?;
    Ok(Json(told.into()))
}
