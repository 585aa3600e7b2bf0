//! How many: what stands open by area and stage, rolled up to a level, within what the member may see.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use huying_model::{AreaCode, LevelName};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use utoipa::{IntoParams, ToSchema};

use crate::{problem::Problem, sent::Asked, session::SignedIn, state::AppState};

/// Open and overdue cases by area of a level.
pub async fn by_level(
    state: &AppState,
    who: &SignedIn,
    level: &LevelName,
) -> Result<BTreeMap<AreaCode, (i64, i64)>, Problem> {
    let mut sums = BTreeMap::new();
    let setting = state.setting()?;
    for count in visible(state, who).await? {
        let area = count.area.map(AreaCode);
        if let Some(above) = area.as_ref().and_then(|area| setting.policy.org.at_level(area, level)) {
            let sum: &mut (i64, i64) = sums.entry(above.code.clone()).or_default();
            *sum = (sum.0 + count.open, sum.1 + count.overdue);
        }
    }
    Ok(sums)
}

async fn visible(state: &AppState, who: &SignedIn) -> Result<Vec<huying_store::OpenCount>, Problem> {
    let seen = who.seen(state)?;
    Ok(state.engine.store().open_by_area(state.tenant(), state.now(), None, seen.as_ref()).await?)
}

/// How it is counted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CountsQuery {
    /// The level to which cells are added up, such as `street`.
    level: String,
}

/// Open cases of an area at a stage.
#[derive(Serialize, ToSchema)]
pub struct CountShown {
    /// Null where the place is unknown or larger than the level.
    #[schema(value_type = Option<String>)]
    area: Option<SmolStr>,
    #[schema(value_type = String)]
    stage: SmolStr,
    open: i64,
    /// Of them, those whose promise has ended.
    overdue: i64,
}

/// Open and overdue cases by area of a level and by stage, of the cases that the member may read.
#[utoipa::path(get, path = "/counts", tag = "cases", params(CountsQuery), responses((status = 200, description = "Counts", body = Vec<CountShown>)))]
pub async fn counts(
    State(state): State<AppState>,
    who: SignedIn,
    Asked(asked): Asked<CountsQuery>,
) -> Result<Json<Vec<CountShown>>, Problem> {
    let setting = state.setting()?;
    let level = LevelName::new(&asked.level);
    let mut sums: BTreeMap<(Option<AreaCode>, SmolStr), (i64, i64)> = BTreeMap::new();
    for count in visible(&state, &who).await? {
        let area = count
            .area
            .map(AreaCode)
            .and_then(|area| setting.policy.org.at_level(&area, &level).map(|area| area.code.clone()));
        let sum = sums.entry((area, count.stage)).or_default();
        *sum = (sum.0 + count.open, sum.1 + count.overdue);
    }
    let shown = |((area, stage), (open, overdue)): ((Option<AreaCode>, SmolStr), (i64, i64))| CountShown {
        area: area.map(|area| area.0),
        stage,
        open,
        overdue,
    };
    Ok(Json(sums.into_iter().map(shown).collect()))
}
