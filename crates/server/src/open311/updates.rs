//! Updates of requests, the extension that FixMyStreet and its partners speak: what changed, and what somebody outside adds.
//!
//! Owns which command of the platform a status means: a description is a comment; `closed` and `fixed` finish or close a case, `open` and
//! `reopen` open it again, each only where the key's member may do so now. Everything else is a word on the way. Start at [`list`].

use std::collections::HashSet;

use axum::response::Response;
use huying_engine::{
    Engine,
    accounts::Scope,
    handle::{Claimed, SayIn, Upload},
    number,
    public::{CHUNK, Update},
};
use huying_model::{Case, CaseId, Instant, Name, Stage};
use huying_store::{Key, PublicFilter, PublicFrom, TenantId};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use smol_str::SmolStr;

use super::{
    Call,
    answer::Node,
    asked::{Asked, no_date, shown},
    errors::{Refused, missing, no_such, said, too_long},
    keys::{Bearer, bearer},
    report::{kept, shown_url},
    requests::{Writer, page, span},
    stream::{Piece, Pieces, listed},
};
use crate::{api::commands, problem::Problem};

const LONGEST: usize = 4_000;
/// Updates of one answer, and how far a page may begin: each page is found by making those before it.
const MOST: usize = 1_000_000;
const FARTHEST: u64 = 100_000;

/// Every status of the extension.
const KNOWN: [&str; 15] = [
    "open",
    "closed",
    "fixed",
    "in_progress",
    "planned",
    "action_scheduled",
    "investigating",
    "duplicate",
    "not_councils_responsibility",
    "no_further_action",
    "internal_referral",
    "cancelled",
    "for_triage",
    "reopen",
    "unchanged",
];

/// What changed in a span.
pub(super) async fn list(call: &Call, asked: &Asked) -> Result<Response, Refused> {
    let setting = call.state.setting()?;
    let span = span(asked, ("start_date", "end_date"), &setting.zone, Some(call.state.now()))?;
    let span = span.unwrap_or((Instant::MIN, Instant::MAX));
    // Programs that ask for no page take what comes for all there is: until this moment, so that what happens meanwhile is left to the
    // next time as a whole.
    let whole = asked.said("page").is_none() && asked.said("page_size").is_none();
    let span = if whole { (span.0, span.1.min(call.state.now())) } else { span };
    let (skip, most) = page(asked, MOST)?;
    if skip > FARTHEST {
        return Err(Refused::mistake(
            said(
                format!("超过前{FARTHEST}条，请缩小 start_date 与 end_date 的范围"),
                format!("beyond the first {FARTHEST} updates; narrow start_date and end_date"),
            )
            .about("page"),
        ));
    }
    let filter = PublicFilter {
        matters: setting.public_matters(),
        updated: Some((span.0, Instant::MAX)),
        oldest_first: whole,
        ..PublicFilter::default()
    };
    let pieces = Updates {
        engine: call.state.engine.clone(),
        tenant: call.state.tenant(),
        filter,
        span,
        from: PublicFrom::Skip(0),
        skip,
        left: most,
        told: whole.then(HashSet::new),
        writer: Writer::of(call, asked)?,
    };
    listed(call, ("service_request_updates", "request_update"), most, pieces).await
}

struct Updates {
    engine: Engine,
    tenant: TenantId,
    filter: PublicFilter,
    span: (Instant, Instant),
    from: PublicFrom,
    skip: u64,
    left: usize,
    /// Of a whole list, the cases of which it has told: one that changes while the list is written is met once more, behind those that did
    /// not. No more of them than updates.
    told: Option<HashSet<CaseId>>,
    writer: Writer,
}

/// Cases whose journals are read together for one piece.
const CASES: usize = CHUNK / 10;

impl Pieces for Updates {
    async fn next(&mut self) -> Result<Piece, Problem> {
        let mut views = self.engine.public_cases(self.tenant, &self.filter, self.from, CASES).await?;
        if let Some(told) = &self.told {
            views.items.retain(|view| !told.contains(&view.case));
        }
        let mut items = Vec::new();
        let updates = self.engine.public_updates_of(self.tenant, &views.items, self.span).await?;
        if let Some(told) = &mut self.told {
            let some = views.items.iter().zip(&updates).filter(|(_, updates)| !updates.is_empty());
            told.extend(some.map(|(view, _)| view.case));
        }
        for update in updates.iter().flatten() {
            if self.skip > 0 {
                self.skip -= 1;
            } else if self.left > 0 {
                self.left -= 1;
                items.push(shown_update(&self.writer, update));
            }
        }
        let more = match views.next {
            Some(from) if self.left > 0 => {
                self.from = from;
                true
            }
            _ => false,
        };
        Ok(Piece { items, more })
    }
}

fn shown_update(writer: &Writer, update: &Update) -> Node {
    let (zh, en) = update.status.sentence();
    let said = update.words.clone().unwrap_or_else(|| writer.lang.pick(zh, en));
    let mut photos = writer.photos(&update.number, update.files.iter());
    let media = match photos.len() {
        0 => Node::Empty,
        1 => photos.remove(0),
        _ => Node::List("media_url", photos),
    };
    Node::Record(vec![
        ("update_id", Node::text(update.id.clone())),
        ("service_request_id", Node::text(update.number.clone())),
        ("status", Node::text(update.status.extended())),
        ("updated_datetime", writer.at(update.at)),
        ("description", Node::Text(said)),
        ("media_url", media),
    ])
}

/// What somebody outside says of a request.
struct Told<'a> {
    id: &'a str,
    number: &'a str,
    status: String,
    words: String,
}

impl Told<'_> {
    /// What is taken once: the same id may come again with another date.
    fn hash(&self, files: &[Vec<u8>]) -> [u8; 32] {
        let mut sum = Sha256::new();
        let said = [self.number.as_bytes(), self.status.as_bytes(), self.words.as_bytes()];
        for part in said.into_iter().chain(files.iter().map(Vec::as_slice)) {
            sum.update((part.len() as u64).to_be_bytes());
            sum.update(part);
        }
        sum.finalize().into()
    }
}

/// Reads the form; every mistake is told at once.
fn read(asked: &Asked) -> Result<Told<'_>, Refused> {
    let mut wrong = Vec::new();
    let mut need = |name: &'static str| {
        let given = asked.said(name);
        if given.is_none() {
            wrong.push(missing(name));
        }
        given.unwrap_or_default()
    };
    let (id, number) = (need("update_id"), need("service_request_id"));
    let (status, at, words) = (need("status"), need("updated_datetime"), need("description"));
    if !at.is_empty() && !super::asked::is_moment(at) {
        wrong.push(no_date(at).about("updated_datetime"));
    }
    let status = status.to_ascii_lowercase().replace([' ', '-'], "_");
    if !status.is_empty() && !KNOWN.contains(&status.as_str()) {
        let (status, known) = (shown(&status), KNOWN.join(", "));
        let none = said(format!("“{status}”不在 {known} 之中"), format!("'{status}' is none of {known}"));
        wrong.push(none.about("status"));
    }
    if words.chars().count() > LONGEST {
        wrong.push(too_long(LONGEST).about("description"));
    }
    if id.chars().count() > 100 {
        wrong.push(too_long(100).about("update_id"));
    }
    if !wrong.is_empty() {
        return Err(Refused::mistakes(wrong));
    }
    let mut words = words.to_owned();
    for url in asked.every("media_url") {
        words.push_str(&format!("\nmedia_url: {}", shown_url(url)));
    }
    Ok(Told { id, number, status, words })
}

/// Takes an update. The same id with the same words is taken once.
pub(super) async fn take(call: &Call, asked: Asked) -> Result<Response, Refused> {
    super::jurisdiction(call, &asked)?;
    let who = bearer(call, &asked, Scope::Handle).await?;
    let told = read(&asked)?;
    let state = &call.state;
    let number = number::normalise(told.number).unwrap_or_else(|| SmolStr::new(told.number));
    let seen = huying_engine::authority::Sight::of(&state.setting()?.policy.org, &who.actor)
        .scope(&state.setting()?.policy.org);
    let which = huying_store::Which::Number(&number);
    let found = state.engine.store().case_seen(state.tenant(), which, seen.as_ref()).await?;
    let case = found.ok_or_else(|| no_such("service_request_id"))?.case;
    let key = Key {
        member: who.member.0.clone(),
        key: SmolStr::from(format!("open311-update-{}", hex(&format!("{number}\n{}", told.id)))),
        body_hash: told.hash(&asked.files),
    };
    let done = state.engine.store().key_used(state.tenant(), &key, Instant::MIN).await?;
    // What was taken already is answered again, however the case stands now.
    let (name, body) = match done {
        true => (Name::Comment, json!({"words": told.words})),
        false => act(call, &who, &case, &told, !asked.files.is_empty())?,
    };
    let files = asked.files.iter().filter(|_| !done);
    let uploads = files.map(|bytes| Upload { bytes: bytes.clone(), kind: None }).collect();
    let input = SayIn {
        tenant: state.tenant(),
        actor: who.actor,
        case: case.id,
        name,
        body,
        uploads,
        claimed: Claimed::default(),
        key: Some(key),
        if_match: None,
    };
    let outcome = state.engine.say(input).await;
    commands::count(state, name, &outcome.as_ref());
    outcome.map_err(|error| Refused::of(&error.into()))?;
    let item = Node::Record(vec![("update_id", Node::text(told.id))]);
    Ok(kept(call, "service_request_updates", Node::List("request_update", vec![item])))
}

fn hex(text: &str) -> String {
    Sha256::digest(text).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// The command that the status asks for, where the member may give it now.
fn act(call: &Call, who: &Bearer, case: &Case, told: &Told, files: bool) -> Result<(Name, Value), Refused> {
    let setting = call.state.setting()?;
    let allowed = call.state.engine.allowed(&setting, case, &who.actor);
    let may = |name: Name| allowed.contains(&name);
    let words = || json!({"words": told.words});
    let ended = !case.stage.is_open();
    match told.status.as_str() {
        "closed" | "fixed" if ended => {
            Err(Refused::mistake(said("该诉求已结案", "the request is closed already").about("status")))
        }
        "closed" | "fixed" if may(Name::Finish) && case.stage == Stage::Handling => {
            Ok((Name::Finish, json!({"outcome": "solved", "reason": told.words})))
        }
        "closed" | "fixed" if may(Name::Close) => Ok((Name::Close, words())),
        "closed" | "fixed" => {
            let why = said(
                "密钥所属成员现在不能办结此诉求；请以“unchanged”发送说明",
                "the key's member may not close this request now; send 'unchanged' with the words",
            );
            Err(Refused::mistake(why.about("status")))
        }
        // Other programs say `open` with every comment as long as they know no end: only `reopen` asks for it.
        "reopen" if ended && may(Name::Reopen) => Ok((Name::Reopen, json!({"reason": told.words}))),
        "reopen" if ended => {
            let why =
                said("密钥所属成员不能重新打开此诉求", "the key's member may not open this request again");
            Err(Refused::mistake(why.about("status")))
        }
        _ if ended => Err(Refused::mistake(said(
            "该诉求已结案，不再接受说明；如需继续请重新打开（reopen）",
            "the request is closed: it takes no more words, unless it is opened again (reopen)",
        ))),
        _ if files && may(Name::Attach) => Ok((Name::Attach, words())),
        _ => Ok((Name::Comment, words())),
    }
}

/// Updates are taken at once, so no token is ever handed out.
pub(super) fn token(_call: &Call, _token: &str) -> Result<Response, Refused> {
    Err(no_such("token"))
}
