//! The catalogue in force: what may be reported, under which conditions, with which limits.

use std::collections::BTreeSet;

use axum::{
    Json,
    extract::{Path, State},
};
use huying_model::{
    Actor, MatterCode,
    calendar::Limit,
    catalogue::{Condition, Matter},
};
use huying_pack::Pack;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use smol_str::SmolStr;
use utoipa::{IntoParams, ToSchema};

use crate::{problem::Problem, sent::Asked, session::SignedIn, state::AppState};

/// A limit on a business calendar.
#[derive(Serialize, ToSchema)]
pub struct LimitShown {
    /// What is counted, such as `working_hour` or `calendar_day`.
    #[schema(value_type = String)]
    measure: Value,
    amount: u32,
}

fn limit(limit: Limit) -> LimitShown {
    LimitShown { measure: json!(limit.measure), amount: limit.amount }
}

/// A filing condition (立案条件).
#[derive(Serialize, ToSchema)]
pub struct ConditionShown {
    no: u16,
    #[schema(value_type = String)]
    opens_when: SmolStr,
    #[schema(value_type = String)]
    closes_when: SmolStr,
    /// From receipt to finish, by each unit.
    handle: LimitShown,
    /// From filing to closing: what the public is promised.
    promise: LimitShown,
    /// What must lie in the file before a case may close as solved.
    #[schema(value_type = Vec<String>)]
    evidence: Vec<Value>,
}

/// A reply template (应答模板), with its fields such as `{number}` and `{unit}` open.
#[derive(Serialize, ToSchema)]
pub struct ReplyShown {
    #[schema(value_type = String)]
    zh: SmolStr,
    #[schema(value_type = String)]
    en: SmolStr,
}

/// A leaf of the catalogue.
#[derive(Serialize, ToSchema)]
pub struct MatterShown {
    /// `board/track/matter`.
    #[schema(value_type = String)]
    code: SmolStr,
    #[schema(value_type = String)]
    name: SmolStr,
    #[schema(value_type = String)]
    name_en: SmolStr,
    #[schema(value_type = String)]
    board: SmolStr,
    #[schema(value_type = String)]
    track: SmolStr,
    #[schema(value_type = String)]
    kind: Value,
    hazard: bool,
    /// The level whose centre closes it.
    #[schema(value_type = String)]
    closing_level: SmolStr,
    inspect: bool,
    call_back: bool,
    /// The reply that is offered to whoever ends a case of it; null where the pack has none.
    reply: Option<ReplyShown>,
    conditions: Vec<ConditionShown>,
}

fn condition(condition: &Condition) -> ConditionShown {
    ConditionShown {
        no: condition.no,
        opens_when: condition.opens_when.clone(),
        closes_when: condition.closes_when.clone(),
        handle: limit(condition.limits.handle),
        promise: limit(condition.limits.promise),
        evidence: condition.evidence.iter().map(|kind| json!(kind)).collect(),
    }
}

fn shown(pack: &Pack, matter: &Matter) -> MatterShown {
    MatterShown {
        code: matter.code.0.clone(),
        name: matter.name.clone(),
        name_en: matter.name_en.clone(),
        board: matter.board.clone(),
        track: matter.track.clone(),
        kind: json!(matter.kind),
        hazard: matter.hazard,
        closing_level: matter.closing_level.0.clone(),
        inspect: matter.inspect,
        call_back: matter.call_back,
        reply: pack
            .reply(&matter.code)
            .map(|reply| ReplyShown { zh: reply.zh.clone(), en: reply.en.clone() }),
        conditions: matter.conditions.iter().map(condition).collect(),
    }
}

/// Which matters.
#[derive(Deserialize, IntoParams, Default)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct MattersQuery {
    /// The code's beginning: a board or a track.
    under: Option<String>,
    /// Part of the name, Chinese or English.
    q: Option<String>,
}

/// The matters of the catalogue in force, by code.
#[utoipa::path(get, path = "/matters", tag = "organisation", params(MattersQuery), responses((status = 200, description = "Matters", body = Vec<MatterShown>)))]
pub async fn matters(
    State(state): State<AppState>,
    _: SignedIn,
    Asked(asked): Asked<MattersQuery>,
) -> Result<Json<Vec<MatterShown>>, Problem> {
    let setting = state.setting()?;
    let q = asked.q.map(|q| q.to_lowercase());
    let fits = |matter: &&Matter| {
        asked.under.as_deref().is_none_or(|under| matter.code.as_str().starts_with(under))
            && q.as_deref()
                .is_none_or(|q| matter.name.contains(q) || matter.name_en.to_lowercase().contains(q))
    };
    let found = setting.policy.current.matters.values().filter(fits);
    Ok(Json(found.map(|matter| shown(&setting.pack, matter)).collect()))
}

/// Matters that are offered first.
const OFFERED: usize = 6;
/// A month, and a year: what is frequent now, and what was at this time of the year.
const MONTH_MS: i64 = 30 * 24 * 3_600_000;
const YEAR_MS: i64 = 365 * 24 * 3_600_000;

/// A matter that is frequent here.
#[derive(Serialize, ToSchema)]
pub struct FrequentShown {
    /// `board/track/matter`.
    #[schema(value_type = String)]
    code: SmolStr,
    #[schema(value_type = String)]
    name: SmolStr,
    #[schema(value_type = String)]
    name_en: SmolStr,
    /// How often it came in the time that was counted, from whomever.
    cases: i64,
}

/// The areas with everything below them in which a member sits; empty where that is everywhere.
fn grounds(state: &AppState, who: &SignedIn) -> Result<Vec<SmolStr>, Problem> {
    let setting = state.setting()?;
    let org = &setting.policy.org;
    let Actor::Member { seats, .. } = &who.actor else { return Ok(Vec::new()) };
    let mut all = BTreeSet::new();
    for unit in seats.iter().filter_map(|seat| org.units.get(&seat.unit)) {
        let below = super::org::with_below(org, unit.area.as_str())?;
        if below.is_empty() {
            return Ok(below);
        }
        all.extend(below);
    }
    Ok(all.into_iter().collect())
}

/// The six matters that came most often on the member's ground, in the last month and at this time a year ago.
///
/// Counted are the cases that the member may read, whoever reported them. Where fewer came, the catalogue fills up in its own order.
#[utoipa::path(get, path = "/matters/frequent", tag = "organisation", responses((status = 200, description = "Six matters, most frequent first", body = Vec<FrequentShown>)))]
pub async fn frequent(
    State(state): State<AppState>,
    who: SignedIn,
) -> Result<Json<Vec<FrequentShown>>, Problem> {
    let (setting, now) = (state.setting()?, state.now());
    let spans = [
        (now.plus_ms(-MONTH_MS), now.plus_ms(1)),
        (now.plus_ms(-YEAR_MS - MONTH_MS), now.plus_ms(-YEAR_MS + MONTH_MS)),
    ];
    let (areas, seen) = (grounds(&state, &who)?, who.seen(&state)?);
    let store = state.engine.store();
    let counted = store.frequent_matters(state.tenant(), spans, &areas, seen.as_ref(), 2 * OFFERED).await?;
    let matters = &setting.policy.current.matters;
    // A matter that has left the catalogue is offered no more.
    let known = |(code, cases): (SmolStr, i64)| matters.get(&MatterCode(code)).map(|matter| (matter, cases));
    let mut found: Vec<(&Matter, i64)> = counted.into_iter().filter_map(known).take(OFFERED).collect();
    for matter in matters.values() {
        if found.len() < OFFERED && found.iter().all(|(other, _)| other.code != matter.code) {
            found.push((matter, 0));
        }
    }
    let shown = |(matter, cases): (&Matter, i64)| FrequentShown {
        code: matter.code.0.clone(),
        name: matter.name.clone(),
        name_en: matter.name_en.clone(),
        cases,
    };
    Ok(Json(found.into_iter().map(shown).collect()))
}

/// One matter.
#[utoipa::path(get, path = "/matters/{board}/{track}/{matter}", tag = "organisation",
    params(("board" = String, Path, description = "Code of the board"), ("track" = String, Path, description = "Code of the track"), ("matter" = String, Path, description = "Code of the matter")),
    responses((status = 200, description = "The matter", body = MatterShown), (status = 404, description = "There is no such matter")))]
pub async fn matter(
    State(state): State<AppState>,
    _: SignedIn,
    Path((board, track, matter)): Path<(String, String, String)>,
) -> Result<Json<MatterShown>, Problem> {
    let setting = state.setting()?;
    let code = MatterCode::new(format!("{board}/{track}/{matter}"));
    let found = setting.policy.current.matters.get(&code).ok_or_else(Problem::not_found)?;
    Ok(Json(shown(&setting.pack, found)))
}
