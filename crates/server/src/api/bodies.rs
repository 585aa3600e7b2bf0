//! The bodies of requests, as the API's description shows them.
//!
//! Owns the shapes that a sender writes: plain words, moments as RFC 3339, places by point or code. The engine turns
//! them into sealed commands ([`huying_engine::words`]); a test sends each of these shapes through it, so the description
//! cannot drift from what is taken. To add a command: a shape here where none fits, and a row in [`super::commands`].

use huying_engine::words;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::{
    problem::{Both, Problem},
    sent::control_character,
};

/// Reads fields into a draft; what is wrong is told with its field.
pub(crate) fn read<T: DeserializeOwned>(fields: Map<String, Value>) -> Result<T, Problem> {
    serde_json::from_value(Value::Object(fields)).map_err(|why| {
        let text = why.to_string();
        let quoted = text.split('`').nth(1).unwrap_or_default();
        let (field, code) = match () {
            () if text.starts_with("unknown field") => (quoted, "unknown_field"),
            () if text.starts_with("missing field") => (quoted, "missing"),
            () => ("", "unreadable"),
        };
        let mend = Both(
            format!("请对照接口说明更正（{text}）。"),
            format!("Correct it as the API's description says ({text})."),
        );
        Problem::field(field, code, Both::of("此项无法读取。", "This cannot be read."), mend)
    })
}

/// Bytes of text that a search may bring: as many as an address has room for.
const LONGEST_SEARCH: usize = 8_192;

/// Reads a search that comes as a body, so that its words stand in no address. It is judged as the query of a read is.
pub(crate) fn asked<T: DeserializeOwned>(fields: Map<String, Value>) -> Result<T, Problem> {
    let texts = || fields.iter().filter_map(|(field, value)| Some((field.as_str(), value.as_str()?)));
    if let Some((field, _)) = texts().find(|(_, text)| text.chars().any(words::is_control)) {
        return Err(control_character(field));
    }
    if texts().map(|(_, text)| text.len()).sum::<usize>() > LONGEST_SEARCH {
        let longest = texts().max_by_key(|(_, text)| text.len()).map_or("", |(field, _)| field);
        let mend = Both(
            format!("一次查找的全部文字不超过{LONGEST_SEARCH}字节，请缩短。"),
            format!("All texts of a search have {LONGEST_SEARCH} bytes at most: shorten them."),
        );
        let message = Both::of("内容过长。", "This text is too long.");
        return Err(Problem::field(longest, "text_too_long", message, mend));
    }
    read(fields)
}

macro_rules! bodies {
    ($( $(#[$doc:meta])* $name:ident { $( $(#[$about:meta])* $field:ident : $type:ty ),* $(,)? } )*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Default, Serialize, ToSchema)]
            pub struct $name { $( $(#[$about])* pub $field: $type, )* }
        )*
    };
}

bodies! {
    /// A place: a point decides; an area code stands in where there is none; neither means unknown.
    PlaceBody {
        /// Longitude in degrees.
        lon: Option<f64>,
        /// Latitude in degrees.
        lat: Option<f64>,
        /// The system of the point: `wgs84` (the default), `cgcs2000`, `gcj02` or `bd09`.
        datum: Option<String>,
        /// Code of the smallest area that is known to hold it.
        area: Option<String>,
    }
    /// Somebody who reports; who leaves no contact cannot be called back.
    InformantBody {
        /// Sealed under the person's own key.
        name: Option<String>,
        /// A telephone number or mail address, sealed under the person's own key.
        contact: Option<String>,
    }
    /// What a device claims about the moment; it counts where it lies between the last contact and the receipt.
    ClaimBody {
        /// When it happened (RFC 3339).
        occurred_at: Option<String>,
        /// When the device was last in contact before that (RFC 3339).
        contact_at: Option<String>,
        /// The device's clock as it stood then (RFC 3339): kept with the claim, for whoever has to judge it.
        device_at: Option<String>,
        /// By how many milliseconds the server's clock is ahead of the device's, as it measured when it sent this; a whole number.
        offset_ms: Option<i64>,
    }
    /// A new case as it is told. A text, a title or a matter is needed; everything else may be left out.
    ReportBody {
        /// Made by a field device (32 hexadecimal digits, UUID version 7), so that a report sent twice is one case.
        id: Option<String>,
        /// Where it comes from, such as `resident` (the default), `hotline` or `grid_worker`.
        source: Option<String>,
        /// `problem`, `need`, `inquiry`, `dispute`, `errand` or `task`; the matter's where it is not said.
        kind: Option<String>,
        place: Option<PlaceBody>,
        /// `board/track/matter`.
        matter: Option<String>,
        /// Number of the filing condition; the only one where the matter has one.
        condition: Option<u16>,
        /// `green` (the default), `yellow` or `red`.
        urgency: Option<String>,
        /// A danger that does not go away when the reporter withdraws.
        hazard: Option<bool>,
        /// Up to 200 characters, sealed.
        title: Option<String>,
        /// Up to 4,000 characters, sealed.
        text: Option<String>,
        /// Up to 400 characters, sealed.
        address: Option<String>,
        /// What was answered to the questions of the matter, a line for each; sealed.
        answers: Option<String>,
        reporters: Option<Vec<InformantBody>>,
        /// The number of the system it comes from.
        foreign: Option<String>,
        /// Code of the component that it is about; its place and matter stand in where they are not told.
        component: Option<String>,
        claimed: Option<ClaimBody>,
        /// Photos that were sent ahead to /api/v1/uploads, up to 20.
        uploads: Option<Vec<UploadBody>>,
    }
    /// A file that was sent ahead: it comes into the case with this very entry.
    UploadBody {
        /// SHA-256 of the whole, 64 hexadecimal digits in small letters: the name of the upload.
        upload: String,
        /// What it shows, like the kind of evidence; by its type where it is not said.
        kind: Option<String>,
    }
    /// Matter and condition under which a case is filed.
    FilingBody {
        /// `board/track/matter`.
        matter: String,
        /// Number of the filing condition, from 1.
        condition: u16,
    }
    /// A piece of evidence that lies in the case already.
    EvidenceBody {
        /// `before`, `after`, `document`, `finding`, `voice` or `video`.
        kind: String,
        /// SHA-256 of the sealed original, as the upload answered it.
        file: String,
    }
    /// A reason that the reporter can understand, up to 4,000 characters.
    ReasonBody { reason: String }
    /// A reason, where there is one to give.
    MaybeReasonBody { reason: Option<String> }
    /// Words, up to 4,000 characters.
    WordsBody { words: String }
    /// Words, where there are any to say.
    MaybeWordsBody { words: Option<String> }
    FileBody { filing: FilingBody, urgency: Option<String> }
    VerifiedBody {
        /// Whether it is as reported.
        is_true: bool,
        /// Needed where it is true and the case is not filed yet.
        filing: Option<FilingBody>,
        words: Option<String>,
        evidence: Option<Vec<EvidenceBody>>,
        uploads: Option<Vec<UploadBody>>,
    }
    SelfHandleBody {
        filing: FilingBody,
        /// Done on the spot; otherwise taken on.
        done: bool,
        words: Option<String>,
        evidence: Option<Vec<EvidenceBody>>,
        uploads: Option<Vec<UploadBody>>,
    }
    DispatchBody {
        /// The unit that leads (主办).
        lead: String,
        /// Units that assist (协办).
        assists: Option<Vec<String>>,
    }
    RuleBody { lead: String, assists: Option<Vec<String>>, reason: String }
    PushDownBody {
        /// A centre below, around the place.
        to: String,
        reason: Option<String>,
    }
    ReassignBody { lead: String, reason: String }
    TakeOverBody {
        /// The leader's own unit.
        unit: String,
        reason: Option<String>,
    }
    /// The unit in whose name.
    UnitBody { unit: String }
    ProgressBody { unit: String, words: String }
    AppointBody {
        unit: String,
        /// Account of the officer (主办人).
        officer: String,
        /// Accounts of co-officers (协办人).
        co_officers: Option<Vec<String>>,
    }
    EndAssistBody {
        unit: String,
        /// Done; otherwise it ends with the reason, which the inspector sees.
        done: bool,
        reason: Option<String>,
    }
    AttachBody {
        evidence: Option<Vec<EvidenceBody>>,
        words: Option<String>,
        uploads: Option<Vec<UploadBody>>,
    }
    MilestoneBody {
        /// What was reached, never who, up to 80 characters: it stays in the clear, and no erasure reaches it.
        name: String,
    }
    FinishBody {
        /// `solved`, `answered`, `explained`, `not_found`, `self_resolved` or `handed_over`.
        outcome: String,
        /// Needed for an outcome other than `solved`.
        reason: Option<String>,
        evidence: Option<Vec<EvidenceBody>>,
        uploads: Option<Vec<UploadBody>>,
    }
    NominateBody {
        /// Account of the member who is to inspect.
        member: String,
    }
    RecordCallbackBody {
        /// The case whose reporter it is: this one, or a merged one.
        case: Option<String>,
        /// The reporter's number, from 0.
        reporter: u16,
        reached: bool,
        solved: Option<bool>,
        satisfied: Option<bool>,
        words: Option<String>,
    }
    ConcludeBody {
        /// `answered`, `explained`, `handed_over` or `void`.
        outcome: String,
        reason: String,
    }
    RateBody {
        /// 1 to 5.
        stars: u8,
        words: Option<String>,
    }
    MergeBody {
        /// Id of the case that goes on.
        into: String,
    }
    /// One part of a split.
    PartBody {
        lead: String,
        matter: Option<String>,
        condition: Option<u16>,
        place: Option<PlaceBody>,
        title: Option<String>,
        text: Option<String>,
    }
    SplitBody {
        /// At least two, each with a unit of its own.
        parts: Vec<PartBody>,
    }
    RelocateBody { place: PlaceBody, address: Option<String> }
    ReclassifyBody { filing: FilingBody }
    SetUrgencyBody {
        /// `green`, `yellow` or `red`.
        urgency: String,
        reason: Option<String>,
    }
    SupplementBody {
        words: Option<String>,
        evidence: Option<Vec<EvidenceBody>>,
        informant: Option<SupplierBody>,
        uploads: Option<Vec<UploadBody>>,
    }
    /// A reporter who comes to be known later.
    SupplierBody {
        /// Left a way to be reached.
        reachable: bool,
        name: Option<String>,
        contact: Option<String>,
    }
    AskReporterBody { question: String }
    RedactBody {
        /// Sequence number of the entry whose words are hidden.
        event: u32,
        /// Stays in the clear, so it is a code: `personal_data`, `secret`, `offensive`, `wrong_case` or `other`.
        reason: String,
    }
    PublishBody {
        /// Written for everybody: no name, no address, nothing of a person.
        words: Option<String>,
        /// Photos among the case's evidence, by their names; only the copy without hidden data is shown.
        files: Option<Vec<String>>,
    }
    CallBody {
        /// The unit that is called; the next rung of the ladder where it is not said.
        callee: Option<String>,
        words: String,
    }
    AnswerBody {
        /// Number of the call.
        no: u16,
        words: String,
    }
    RateAnswerBody {
        no: u16,
        /// 1 to 5.
        stars: u8,
    }
    RequestBody {
        /// `extension`, `suspension` or `exemption`.
        kind: String,
        /// Needed for a suspension (RFC 3339).
        until: Option<String>,
        reason: String,
    }
    GrantBody {
        /// Number of the request.
        no: u16,
        words: Option<String>,
    }
    RefuseBody { no: u16, reason: String }
    SuspendBody {
        /// RFC 3339.
        until: String,
        reason: String,
    }
    ConveneBody {
        /// When the meeting is (RFC 3339).
        at: String,
        units: Option<Vec<String>>,
    }
    /// What a meeting decided (议定).
    ResolveBody {
        /// `lead` (with `unit`), `explain`, `suspend` (with `until`) or `split` (with `parts`).
        kind: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        unit: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        until: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        parts: Option<Vec<PartBody>>,
    }
    DecideBody { resolve: ResolveBody, reason: String }
    FollowUpBody {
        /// The unit that follows it up.
        unit: String,
        words: Option<String>,
    }
    FollowedUpBody {
        /// Number of the follow-up.
        no: u16,
        words: Option<String>,
    }
}
