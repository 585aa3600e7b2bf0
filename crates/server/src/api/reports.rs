//! Reporting without an account: a resident says what is wrong and where, and gets a number and a secret to follow it with.
//!
//! It costs a little work of the sender's machine, and more the more is reported ([`huying_engine::toll`]); a burst of copies becomes one
//! case ([`huying_engine::copies`]). Refuses to tell anything of other cases. Start at [`report`].

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use huying_engine::{
    Error,
    handle::{Claimed, Upload},
    intake::{InformantDraft, ReportDraft, ReportIn},
    place::PlaceDraft,
    toll::{Sender, Unpaid},
};
use huying_model::{Actor, CaseId, MatterCode, Name, catalogue::Source};
use huying_store::{Fault, Key, Lane, Receipt};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use smol_str::SmolStr;
use utoipa::ToSchema;

use super::{bodies::read, commands, shape::Moment};
use crate::{
    arrival::network,
    pages::fresh,
    problem::Problem,
    sent::Sent,
    session::{cookies, visit::Visit},
    state::AppState,
};

/// In whose name the keys of what was paid for stand: nobody's.
pub(crate) const NOBODY: &str = "reporter";

/// What has to be found before a report is taken.
#[derive(Serialize, ToSchema)]
pub struct ChallengeShown {
    challenge: String,
    /// Find a whole number with which the SHA-256 of `challenge:number` begins with so many zero bits.
    bits: u8,
    /// It counts until then, once, and from this address only.
    ends_at: Moment,
}

/// Where it is.
#[derive(Deserialize, Serialize, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub struct ReportedPlaceBody {
    /// Degrees, WGS-84.
    lon: Option<f64>,
    lat: Option<f64>,
    /// Code of the smallest area that is known to hold it.
    area: Option<String>,
}

/// A resident's report.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResidentReportBody {
    /// Of POST /api/v1/reports/challenge.
    challenge: String,
    /// The number that solves it.
    solution: String,
    /// What is wrong, in up to 4000 characters.
    text: String,
    /// Code of a matter, where the reporter knows it.
    matter: Option<String>,
    /// Where it is, in words.
    address: Option<String>,
    #[serde(default)]
    place: ReportedPlaceBody,
    /// Sealed; who leaves no contact cannot be called back.
    name: Option<String>,
    contact: Option<String>,
}

/// What the reporter keeps.
#[derive(Serialize, ToSchema)]
pub struct ReportKeptShown {
    #[schema(value_type = String)]
    pub number: SmolStr,
    /// With the number: POST /api/v1/track or the page /track tell how far it is.
    pub follow_secret: String,
}

/// Asks what a report costs now. The price rises with the reports of the address, the browser and all residents in the last hour.
#[utoipa::path(post, path = "/reports/challenge", tag = "cases", responses(
    (status = 200, description = "The challenge", body = ChallengeShown),
    (status = 429, description = "`too_many_requests`, with Retry-After"),
))]
pub async fn challenge(State(state): State<AppState>, visit: Visit) -> Result<Response, Problem> {
    let (now, sender) = (state.now(), sender(&visit));
    let asked = state.tolls.ask(&state.engine, state.tenant(), &sender, now);
    let shown = ChallengeShown { challenge: asked.text, bits: asked.bits, ends_at: Moment(asked.ends_at) };
    let mut answer = fresh(Json(shown));
    known_again(&visit, &mut answer)?;
    Ok(answer)
}

/// Marks a browser that has no mark yet, so that its reports are counted apart from its neighbours'.
pub(crate) fn known_again(visit: &Visit, answer: &mut Response) -> Result<(), Problem> {
    if visit.sender.is_none() {
        let mark = format!("{:032x}", rand::random::<u128>());
        answer.headers_mut().append(header::SET_COOKIE, cookies::keep_sender(&mark, visit.arrival.secure)?);
    }
    Ok(())
}

/// Who sends it, as far as it is known.
pub(crate) fn sender(visit: &Visit) -> Sender<'_> {
    Sender { network: network(visit.arrival.address), device: visit.sender.as_deref() }
}

/// Reports something without an account. Danger to life is for 110, 119 and 120.
///
/// The same report with the same challenge is answered with the same number, so it may be sent again where the answer was lost: also after
/// the challenge has run out, from another address, and whatever a report costs by then.
#[utoipa::path(post, path = "/reports", tag = "cases", request_body = ResidentReportBody, responses(
    (status = 201, description = "It is stored and stands before whoever accepts there", body = ReportKeptShown),
    (status = 400, description = "`validation`: each wrong field with its mend"),
    (status = 403, description = "`challenge_unsolved`"),
    (status = 409, description = "`challenge_gone`"),
    (status = 422, description = "`key_reused`: the challenge was used for another report"),
    (status = 429, description = "`too_many_requests`, `challenge_early`, with Retry-After"),
))]
pub async fn report(State(state): State<AppState>, visit: Visit, sent: Sent) -> Result<Response, Problem> {
    let hash = Sha256::digest(serde_json::to_vec(&sent.fields).unwrap_or_default()).into();
    let body: ResidentReportBody = read(sent.fields)?;
    let draft = ReportDraft {
        source: Source::Resident,
        place: PlaceDraft {
            lon: body.place.lon,
            lat: body.place.lat,
            datum: None,
            area: body.place.area.map(huying_model::AreaCode::new),
        },
        matter: body.matter.map(MatterCode::new),
        title: Some(crate::pages::first_sentence(&body.text)),
        text: Some(body.text),
        address: body.address,
        reporters: vec![InformantDraft { name: body.name, contact: body.contact }],
        ..ReportDraft::default()
    };
    let paid = Paid { challenge: &body.challenge, number: &body.solution, hash };
    let kept = take(&state, &visit, draft, Vec::new(), paid).await?;
    Ok((StatusCode::CREATED, fresh(Json(kept))).into_response())
}

/// What a report was paid with, and the sum of what it says.
pub(crate) struct Paid<'a> {
    pub challenge: &'a str,
    pub number: &'a str,
    pub hash: [u8; 32],
}

/// What was answered before to what was paid for with this challenge: its sender has lost the answer, and nothing is asked of them again.
/// Used for something else it answers nothing here: that is told where the price is judged.
pub(crate) async fn answered(
    state: &AppState,
    pair: (&str, &str),
    key: &Key,
) -> Result<Option<Receipt>, Problem> {
    let tenant = state.tenant();
    if !state.tolls.solved(&state.engine, tenant, pair) {
        return Ok(None);
    }
    match state.engine.answered(tenant, key).await {
        Err(Error::Fault(Fault::KeyReused)) => Ok(None),
        found => Ok(found?),
    }
}

/// Takes a report that was paid for.
pub(crate) async fn take(
    state: &AppState,
    visit: &Visit,
    draft: ReportDraft,
    uploads: Vec<Upload>,
    paid: Paid<'_>,
) -> Result<ReportKeptShown, Problem> {
    let (tenant, sender, now) = (state.tenant(), sender(visit), state.now());
    let pair = (paid.challenge, paid.number);
    let key = Key { member: NOBODY.into(), key: SmolStr::new(paid.challenge), body_hash: paid.hash };
    if let Some(receipt) = answered(state, pair, &key).await? {
        commands::count(state, Name::Report, &Ok(&receipt));
        return Ok(kept(state, receipt));
    }
    state.tolls.paid(&state.engine, tenant, &sender, pair, now).map_err(|unpaid| unpaid_for(&unpaid))?;
    let input = ReportIn {
        tenant,
        actor: Actor::Reporter { no: 0 },
        draft,
        uploads,
        claimed: Claimed::default(),
        key: Some(key),
        lane: Lane::Interactive,
    };
    let outcome = state.engine.report(input).await;
    commands::count(state, Name::Report, &outcome.as_ref().map(|reported| &reported.receipt));
    let receipt = outcome?.receipt;
    if !receipt.replayed {
        state.tolls.count(&sender, now);
        gathered(state, receipt.case).await;
    }
    Ok(kept(state, receipt))
}

fn kept(state: &AppState, receipt: Receipt) -> ReportKeptShown {
    let follow_secret = state.engine.track_secret(state.tenant(), receipt.case);
    ReportKeptShown { number: receipt.number, follow_secret }
}

/// Looks whether a new report of a resident is one of a burst. It is stored; that it was not gathered is no reason to tell its reporter that
/// it failed.
pub(crate) async fn gathered(state: &AppState, case: CaseId) {
    if let Err(error) = state.engine.gather(state.tenant(), case).await {
        tracing::warn!(%case, %error, "copies were not gathered");
    }
}

fn unpaid_for(unpaid: &Unpaid) -> Problem {
    match unpaid {
        Unpaid::Unknown | Unpaid::Risen => Problem::of("challenge_gone"),
        Unpaid::Wrong => Problem::of("challenge_unsolved"),
        Unpaid::Early { seconds } => {
            Problem { retry_after: Some(*seconds), ..Problem::of("challenge_early") }
        }
    }
}
