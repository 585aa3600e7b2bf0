//! One endpoint per command: `POST /api/v1/cases/{id}/commands/{name}`.
//!
//! Owns the table of commands that may be given from outside ([`ORDERS`]), each with its body and its sentence for the API's
//! description; stages and roles of the description come from the model's table. Refuses the commands that only the
//! platform gives: they have no address. Start at [`give`].

use axum::{
    Json,
    extract::State,
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::post,
};
use huying_engine::{
    Error,
    handle::{Claimed, SayIn},
};
use huying_model::{
    Case, CaseId, Instant, Name,
    table::{self, Who},
};
use huying_store::Receipt;
use serde::Serialize;
use serde_json::{Map, Value};
use smol_str::SmolStr;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{Ref, RefOr, Schema},
};
use utoipa_axum::router::OpenApiRouter;

use super::{
    bodies as b,
    carried::Carried,
    cases::{etag, moment},
    describe,
    find::{self, CaseName, Named},
};
use crate::{
    problem::{Both, Problem},
    sent::Sent,
    session::SignedIn,
    state::AppState,
};

/// A command that may be given from outside.
pub struct Order {
    pub name: Name,
    /// What it does, for the API's description.
    pub about: &'static str,
    /// The body's name and shape, with the shapes that it needs.
    pub body: fn() -> Body,
}

/// A described body.
pub struct Body {
    pub schema: RefOr<Schema>,
    pub needs: Vec<(String, RefOr<Schema>)>,
}

fn body<T: ToSchema + PartialSchema>() -> Body {
    let mut needs = vec![(T::name().into_owned(), T::schema())];
    T::schemas(&mut needs);
    Body { schema: Ref::from_schema_name(T::name()).into(), needs }
}

macro_rules! orders {
    ($($name:ident $body:ident $about:literal;)*) => {
        /// Every command with an address of its own, in the order of a case's way through.
        pub const ORDERS: &[Order] =
            &[$(Order { name: Name::$name, about: $about, body: body::<b::$body> }),*];
    };
}

orders! {
    File FileBody "Files the case: rules, condition and centre are pinned, and the promise clock starts.";
    Decline ReasonBody "Declines a report, with a reason that the reporter gets; an objection is possible.";
    Verify MaybeWordsBody "Sends the grid team to see whether it is so.";
    Verified VerifiedBody "Records what the grid team found: true files the case, false ends it.";
    SelfHandle SelfHandleBody "The grid team does it on the spot, or takes it on.";
    CannotSolve ReasonBody "Gives up a self-handled case: it goes to the place's centre.";
    Dispatch DispatchBody "Gives the case to a lead and, where needed, assisting units.";
    Rule RuleBody "After the returns are used up, the centre names the lead, who cannot return it.";
    PushDown PushDownBody "Hands a filed case to a centre below.";
    Raise ReasonBody "Hands custody to the centre above.";
    Return ReasonBody "Gives the case back to whoever dispatched or pushed it down.";
    Recall ReasonBody "Takes a dispatched case back.";
    Reassign ReassignBody "Gives a dispatched case to another lead.";
    TakeOver TakeOverBody "A leader's unit takes the lead; the old lead assists.";
    Receive UnitBody "Receives the unit's part; its handling clock starts.";
    Arrive UnitBody "Records that the unit is on the spot.";
    Progress ProgressBody "Says how the work goes.";
    Appoint AppointBody "Names the officer and co-officers of the unit's part.";
    AddAssist UnitBody "Adds an assisting unit.";
    EndAssist EndAssistBody "Ends an assisting unit's part: done, or with a reason.";
    Attach AttachBody "Puts evidence into the file; new files go to /cases/{id}/files.";
    Milestone MilestoneBody "Records a milestone of a task.";
    Finish FinishBody "Reports the work as done, with its outcome and evidence.";
    Pass MaybeWordsBody "The inspector finds it done.";
    Fail ReasonBody "The inspector finds it not done: back to the lead.";
    Nominate NominateBody "The auditor names an inspector where nobody else is left.";
    RecordCallback RecordCallbackBody "Records how calling a reporter back went.";
    Close MaybeWordsBody "Closes the case.";
    Rework ReasonBody "Sends it back because a reporter says it is not solved.";
    Conclude ConcludeBody "Ends a filed case without dispatch: answered, explained, handed over or void.";
    Reopen ReasonBody "Opens a closed case again: it is filed at today's centre of the place.";
    Object ReasonBody "The reporter objects to a decline: the level above judges.";
    Rate RateBody "The reporter rates how it was handled.";
    Withdraw MaybeReasonBody "The reporter withdraws; where a danger or others remain, it is a note.";
    Merge MergeBody "Merges the case into another that is the same problem.";
    Unmerge ReasonBody "Takes a merged case out again.";
    Split SplitBody "Splits the case into parts with a lead each.";
    Relocate RelocateBody "Corrects the place.";
    Reclassify ReclassifyBody "Corrects matter and condition.";
    SetUrgency SetUrgencyBody "Sets green, yellow or red.";
    Comment WordsBody "Says something that the reporter may see.";
    Note WordsBody "Says something that only staff see.";
    Supplement SupplementBody "Adds what the reporter sent later.";
    AskReporter AskReporterBody "Asks the reporter; clocks go on.";
    Supervise WordsBody "A supervisor presses for it.";
    Acknowledge MaybeWordsBody "A leader acknowledges the item in the queue; a follow-up clock starts.";
    Redact RedactBody "Hides the words of an entry and the files that came with it; the entry itself stays.";
    Publish PublishBody "Shows words and photos of the case to everybody; nothing of either takes back what was shown.";
    Call CallBody "Calls another unit for help (呼).";
    Answer AnswerBody "Answers a call (应).";
    RateAnswer RateAnswerBody "The caller rates the answer.";
    Request RequestBody "Asks for an extension, a suspension or an exemption.";
    Grant GrantBody "Grants a request.";
    Refuse RefuseBody "Refuses a request.";
    Suspend SuspendBody "The centre suspends the case until a moment.";
    Resume MaybeReasonBody "Ends a suspension; clocks go on with what was left.";
    MarkDifficult ReasonBody "Starts the difficult-case procedure: the fallback owner has it until it is decided.";
    Convene ConveneBody "Calls a meeting: of the difficult-case procedure, or one that the colour of the case asks for.";
    Decide DecideBody "Records what the meeting decided.";
    FollowUp FollowUpBody "Names a unit that looks again after closing.";
    FollowedUp FollowedUpBody "Records that it was looked at again.";
}

/// The answer to a command that is durably stored.
#[derive(Serialize, ToSchema)]
pub struct Done {
    pub id: String,
    #[schema(value_type = String)]
    pub number: SmolStr,
    /// The case's version now; also the ETag.
    pub version: u32,
    pub stage: &'static str,
    /// This is the first answer again: the key was used before for the same request.
    pub replayed: bool,
    /// Where the command's last event stands in the live stream.
    pub position: u64,
}

/// An address for every command.
pub fn routes() -> OpenApiRouter<AppState> {
    let row = |router: OpenApiRouter<AppState>, order: &'static Order| {
        let name = order.name;
        let handler = move |state: State<AppState>, who: SignedIn, case: CaseName, sent: Sent| {
            give(name, state, who, case, sent)
        };
        router.routes(describe::command(order, post(handler)))
    };
    ORDERS.iter().fold(OpenApiRouter::default(), row)
}

/// Gives one command on one case.
async fn give(
    name: Name,
    State(state): State<AppState>,
    who: SignedIn,
    CaseName(case): CaseName,
    mut sent: Sent,
) -> Result<Response, Problem> {
    let id = target(&state, &who, name, &case).await?;
    let mut claimed = claimed(&mut sent.fields, who.contact)?;
    if claimed.occurred.is_some() && claimed.contact.is_none() {
        claimed.contact = last_entry(&state, &find::case(&state, &who, &case).await?.case).await?;
    }
    let (key, if_match) = (sent.key(&who.member), sent.if_match);
    let carried = Carried::of(&mut sent.fields, name, &who.member)?;
    if let Some(receipt) = carried.answered(&state, key.as_ref()).await? {
        return Ok(answer(receipt));
    }
    if !carried.is_empty() {
        // Whose photos are missing is told of a case that is theirs to read only.
        find::case(&state, &who, &case).await?;
    }
    let uploads = carried.bytes(&state).await?;
    let (actor, body) = (who.actor.clone(), Value::Object(sent.fields));
    let input =
        SayIn { tenant: state.tenant(), actor, case: id, name, body, uploads, claimed, key, if_match };
    let outcome = state.engine.say(input).await;
    count(&state, name, &outcome.as_ref());
    if outcome.is_err() {
        // Sight comes before the rules: what is not theirs to read is answered like what does not exist.
        find::case(&state, &who, &case).await?;
    }
    carried.settled(&state, &outcome).await?;
    outcome.map(answer).map_err(Problem::from)
}

/// The case's id. A command that is given names, in the model's table, a part in the case, so sight is looked at only where it
/// is refused; but what anybody on the staff or any auditor may do is looked at first, and so is a case named by its number.
async fn target(state: &AppState, who: &SignedIn, name: Name, case: &Named) -> Result<CaseId, Problem> {
    let part = |who: &Who| !matches!(who, Who::Staff | Who::Auditor);
    match case {
        Named::Id(id) if table::find(name).is_some_and(|row| row.who.iter().all(part)) => Ok(*id),
        named => Ok(find::case(state, who, named).await?.case.id),
    }
}

/// Takes the device's claim about the moment out of a body. A device does not vouch for itself: its last contact counts
/// only where it is not before the one that the platform knows, and `known` stands in otherwise.
pub(crate) fn claimed(fields: &mut Map<String, Value>, known: Option<Instant>) -> Result<Claimed, Problem> {
    let Some(claim) = fields.remove("claimed") else { return Ok(Claimed::default()) };
    let read = |field: &str| {
        let text = claim
            .get(field)
            .filter(|value| !value.is_null())
            .map(|value| value.as_str().unwrap_or_default().to_owned());
        moment(&format!("claimed.{field}"), text.as_ref())
    };
    let (occurred, told, device) = (read("occurred_at")?, read("contact_at")?, read("device_at")?);
    let offset_ms = match claim.get("offset_ms").filter(|value| !value.is_null()) {
        None => None,
        Some(value) => Some(value.as_i64().ok_or_else(no_whole_number)?),
    };
    // Where the platform knows nothing, nothing bounds the claim: it is recorded and does not count.
    let contact = known.map(|known| told.map_or(known, |told| told.max(known)));
    Ok(Claimed { occurred, contact, device, offset_ms })
}

fn no_whole_number() -> Problem {
    let message = Both::of("不是整数。", "This is no whole number.");
    let mend = Both::of("请填写毫秒数，例如 -1500。", "Send milliseconds, such as -1500.");
    Problem::field("claimed.offset_ms", "unreadable", message, mend)
}

/// When the case's last entry was received: where the member's last contact is not known, as after a restart, no claim
/// reaches behind it.
async fn last_entry(state: &AppState, case: &Case) -> Result<Option<Instant>, Problem> {
    let before = case.version.saturating_sub(1);
    let last = state.engine.store().journal(state.tenant(), case.id, before, 1).await?;
    Ok(last.last().map(|entry| entry.event.times.received))
}

impl Done {
    pub(super) fn of(receipt: Receipt) -> Done {
        Done {
            id: receipt.case.to_string(),
            number: receipt.number,
            version: receipt.version,
            stage: receipt.stage.code(),
            replayed: receipt.replayed,
            position: receipt.position,
        }
    }
}

pub(crate) fn answer(receipt: Receipt) -> Response {
    let done = Done::of(receipt);
    let mut response = ([(header::ETAG, etag(done.version))], Json(&done)).into_response();
    if done.replayed {
        response
            .headers_mut()
            .insert(HeaderName::from_static("idempotency-replayed"), HeaderValue::from_static("true"));
    }
    response
}

/// Counts a command by its outcome.
pub(crate) fn count(state: &AppState, name: Name, outcome: &Result<&Receipt, &Error>) {
    let outcome = match outcome {
        Ok(receipt) if receipt.replayed => "replayed",
        Ok(_) => "done",
        Err(error) => error.code(),
    };
    state.metrics.commanded(name.code(), outcome);
}
