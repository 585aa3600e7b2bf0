//! Scorecards (考核): what areas, units, workers and companies reached in a period, within what the member may see.

use axum::{Json, extract::State};
use huying_engine::score::{Card, Figure, ScoreIn, day};
use huying_model::{
    LevelName,
    score::{Of, Period},
};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use utoipa::{IntoParams, ToSchema};

use crate::{api::shape::Moment, problem::Problem, sent::Asked, session::SignedIn, state::AppState};

/// Which scorecards.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ScorecardsQuery {
    /// `day`, `week`, `month`, `quarter` or `year`.
    #[param(value_type = String, example = "month")]
    period: Period,
    /// `area`, `unit`, `worker` or `company`.
    #[param(value_type = String, example = "unit")]
    of: Of,
    /// A day in the period, such as `2026-05-12`; today where none is given.
    at: Option<String>,
    /// The level of the areas, such as `street`; the level whose centres dispatch where none is given.
    level: Option<String>,
}

/// An indicator as it came out. Shares and points have two decimals.
#[derive(Serialize, ToSchema)]
pub struct FigureShown {
    #[schema(value_type = String)]
    id: SmolStr,
    #[schema(value_type = String)]
    name: SmolStr,
    #[schema(value_type = String)]
    name_en: SmolStr,
    /// What was counted.
    counted: u64,
    /// Of how many; null for a plain count.
    over: Option<u64>,
    /// Null for a plain count, and where there was nothing to judge.
    percent: Option<f64>,
    points: f64,
    /// The points that it can bring.
    weight: f64,
}

/// A scorecard of one subject.
#[derive(Serialize, ToSchema)]
pub struct CardShown {
    /// The area's code, or the id of unit or worker.
    #[schema(value_type = String)]
    subject: SmolStr,
    #[schema(value_type = String)]
    name: SmolStr,
    /// Empty for figures that belong to no scorecard.
    #[schema(value_type = String)]
    scorecard: SmolStr,
    points: f64,
    /// The points that could be reached: what had nothing to judge is left out.
    out_of: f64,
    indicators: Vec<FigureShown>,
}

/// The scorecards of a period.
#[derive(Serialize, ToSchema)]
pub struct ScorecardsShown {
    from: Moment,
    /// The period's end, or now where it has not ended.
    until: Moment,
    scorecards: Vec<CardShown>,
}

/// Hundredths as a number with two decimals.
fn decimal(hundredths: u64) -> f64 {
    hundredths as f64 / 100.0
}

fn figure(figure: Figure) -> FigureShown {
    FigureShown {
        id: figure.indicator.id,
        name: figure.indicator.name,
        name_en: figure.indicator.name_en,
        counted: figure.counted,
        over: figure.over,
        percent: figure.percent.map(decimal),
        points: decimal(figure.points),
        weight: decimal(figure.indicator.weight.into()),
    }
}

fn card(card: Card) -> CardShown {
    CardShown {
        subject: card.subject,
        name: card.name,
        scorecard: card.scorecard,
        points: decimal(card.points),
        out_of: decimal(card.out_of),
        indicators: card.figures.into_iter().map(figure).collect(),
    }
}

/// The scorecards of a period by the pack's indicators, counted from the journal, for the areas and units that the member sees.
#[utoipa::path(get, path = "/scorecards", tag = "cases", params(ScorecardsQuery), responses((status = 200, description = "Scorecards", body = ScorecardsShown)))]
pub async fn scorecards(
    State(state): State<AppState>,
    who: SignedIn,
    Asked(asked): Asked<ScorecardsQuery>,
) -> Result<Json<ScorecardsShown>, Problem> {
    let at = asked.at.as_deref().map(day).transpose().map_err(huying_engine::Error::from)?;
    let level = asked.level.as_deref().map(LevelName::new);
    let input = ScoreIn { period: asked.period, of: asked.of, at, level };
    let out = state.engine.scorecards(state.tenant(), &input, &who.sight(&state)?).await?;
    let scorecards = out.cards.into_iter().map(card).collect();
    Ok(Json(ScorecardsShown { from: Moment(out.span.from), until: Moment(out.span.until), scorecards }))
}
