//! Changes of the organisation that hold from an instant on: looked at first, then decided, then lived by.
//!
//! Owns the log of changes, what one would do to open cases, and that none is decided which leaves a gap, or after which one of the
//! others would give what nobody agreed to ([`crate::coming`]). Refuses to read or apply the edits: that is the pack crate's
//! ([`huying_pack::change`]). At its instant [`crate::renew`] installs the changed
//! organisation and the sweep moves what has to move. Start at [`Engine::change_preview`] and [`Engine::change`].

use std::{collections::BTreeSet, sync::Arc};

use huying_model::{
    Actor, Case, CaseId, Command, Cx, Instant, MemberId, UnitId,
    admission::desk::{Desk, State::Waiting},
    apply, book,
    book::{Book, No},
    decide,
    event::Times,
};
use huying_pack::{
    Pack,
    change::{self, Line},
    lint::LintReport,
};
use huying_store::{Fault, Filter, Order, TenantId};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::{
    Engine, Error, Problem, Setting,
    admission::folded,
    grants::{Grant, as_asked},
    log::Log,
    organisation::needed,
    policy::apart,
    reach::given,
    renew::AsOf,
};

/// Open cases that are looked at at once.
const READ: usize = 500;
/// Cases that a preview names; all are counted.
pub const NAMED: usize = 200;
/// Changes that are decided at one time: each is looked at anew so often beside the others.
const TRIES: usize = 4;

/// A change that was decided; appended, never changed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Entry {
    pub by: MemberId,
    /// The second person, where it gives seats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreed_by: Option<MemberId>,
    /// What they agreed to ([`Preview::marks`]).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub agreed: Vec<String>,
    pub decided_at: Instant,
    /// From when on it holds.
    pub at: Instant,
    pub reason: SmolStr,
    /// What it does, a line an edit.
    pub edits: Vec<Line>,
    /// The file of edits as it was sent.
    pub change: String,
}

/// What a change would do.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Preview {
    pub at: Instant,
    pub reason: SmolStr,
    pub edits: Vec<Line>,
    /// The seats that it gives or lets reach further, and those that something decided for later would give after it: another administrator
    /// has to agree to them.
    #[serde(default)]
    pub grants: Vec<Line>,
    /// What tells each of them from any other, however things are named.
    #[serde(default)]
    pub marks: Vec<String>,
    /// Under this number it waits for the second person.
    #[serde(default)]
    pub waits: Option<u32>,
    /// What the lint finds then and does not find now: each with whether it must be mended.
    pub findings: Vec<Finding>,
    /// Open cases that were looked at.
    pub cases: usize,
    /// Of these, the ones of which a unit or the area changes.
    pub touched: usize,
    /// They, the oldest first, up to [`NAMED`].
    pub moves: Vec<Move>,
}

/// A change, looked at beside all that was decided.
struct Looked {
    preview: Preview,
    /// How many changes that were.
    known: usize,
    /// How many decisions that hang on one another.
    turns: usize,
    book: Book,
}

/// One finding of the lint.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Finding {
    pub error: bool,
    pub rule: SmolStr,
    pub words: String,
    pub example: String,
}

/// An open case that the change touches.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Move {
    pub number: SmolStr,
    pub custodian: UnitId,
    /// Who has it afterwards.
    pub successor: UnitId,
    /// The area it lies in afterwards, where that changes.
    pub area: Option<SmolStr>,
    /// Each unit that hands something over, and to whom.
    pub hands: Vec<(UnitId, UnitId)>,
}

/// A pack with the organisation that these changes make of it, one after the other.
pub(crate) fn reorganised<'a>(
    base: &Pack,
    changes: impl Iterator<Item = &'a String>,
) -> Result<Pack, Vec<huying_pack::Problem>> {
    let mut pack = base.clone();
    for text in changes {
        pack = change::read(&pack, text)?.pack;
    }
    Ok(pack)
}

/// The same on a thread of its own.
pub(crate) async fn reorganised_apart(base: Arc<Pack>, changes: Vec<Entry>) -> Result<Pack, Error> {
    apart(move || reorganised(&base, changes.iter().map(|entry| &entry.change))).await?.map_err(told)
}

/// The changes that a version meets until a moment, in the order of their instants. What had begun when the version was laid
/// down stands in its own tables.
pub(crate) fn held(entries: &[Entry], laid_down: Instant, at: Instant) -> Vec<Entry> {
    let meets = |entry: &&Entry| laid_down < entry.at && entry.at <= at;
    let mut held: Vec<Entry> = entries.iter().filter(meets).cloned().collect();
    held.sort_by_key(|entry| entry.at);
    held
}

impl Engine {
    /// Every change that was decided, in the order of decision.
    pub async fn changes(&self, tenant: TenantId) -> Result<Vec<Entry>, Error> {
        self.entries(tenant, Log::Organisation).await
    }

    /// What a change would do, without doing it.
    ///
    /// # Errors
    /// [`Error::Book`] for who is no administrator; [`Error::Invalid`] with every mistake in the edits.
    pub async fn change_preview(
        &self,
        tenant: TenantId,
        actor: &Actor,
        text: &str,
    ) -> Result<Preview, Error> {
        Ok(self.looked_at(tenant, actor, text, false).await?.preview)
    }

    /// Decides a change: at its instant it holds, and the open cases that it touches are moved then. One that leaves a gap the
    /// lint must call an error is refused; one that gives seats waits for a second person ([`crate::grants`]).
    ///
    /// # Errors
    /// As [`Engine::change_preview`]; [`Error::Invalid`] where the organisation of afterwards has new errors.
    pub async fn change(&self, tenant: TenantId, actor: &Actor, text: &str) -> Result<Preview, Error> {
        self.decided(tenant, actor, text, false).await
    }

    /// The same for a change whose instant was this moment when it was written: it holds from now on, never from before.
    ///
    /// # Errors
    /// As [`Engine::change`].
    pub async fn change_now(&self, tenant: TenantId, actor: &Actor, text: &str) -> Result<Preview, Error> {
        self.decided(tenant, actor, text, true).await
    }

    /// What such a change would do.
    ///
    /// # Errors
    /// As [`Engine::change_preview`].
    pub async fn change_preview_now(
        &self,
        tenant: TenantId,
        actor: &Actor,
        text: &str,
    ) -> Result<Preview, Error> {
        Ok(self.looked_at(tenant, actor, text, true).await?.preview)
    }

    async fn decided(
        &self,
        tenant: TenantId,
        actor: &Actor,
        text: &str,
        waited: bool,
    ) -> Result<Preview, Error> {
        for _ in 0..TRIES {
            let mut looked = self.looked_at(tenant, actor, text, waited).await?;
            looked.preview = without_gaps(looked.preview)?;
            let by = actor.member_id().cloned().ok_or(No::AdministratorsOnly)?;
            if !looked.preview.grants.is_empty() {
                self.ask_grant(tenant, by, &mut looked.preview, text).await?;
                return Ok(looked.preview);
            }
            if self.settle(tenant, (&by, None), &looked, text).await? {
                return Ok(looked.preview);
            }
        }
        Err(busy())
    }

    /// Decides a change to whose seats a second person agrees; its instant may be past. That they agreed is written with it, or neither is.
    pub(crate) async fn change_agreed(
        &self,
        tenant: TenantId,
        actor: &Actor,
        second: &MemberId,
        grant: &Grant,
    ) -> Result<Preview, Error> {
        for _ in 0..TRIES {
            let mut looked = self.looked_at(tenant, actor, &grant.change, true).await?;
            looked.preview = without_gaps(looked.preview)?;
            as_asked(grant, &looked.preview)?;
            if self.settle(tenant, (&grant.by, Some((second, grant.no))), &looked, &grant.change).await? {
                return Ok(looked.preview);
            }
        }
        Err(busy())
    }

    /// Writes the change down and lets the tenant live by it from its instant on. False where somebody decided another, or a version, since it
    /// was looked at: what all of them do together is not known then.
    async fn settle(
        &self,
        tenant: TenantId,
        (by, agrees): (&MemberId, Option<(&MemberId, u32)>),
        Looked { preview, known, turns, book }: &Looked,
        text: &str,
    ) -> Result<bool, Error> {
        let turn = self.renewing().await;
        if &self.policy_book(tenant).await? != book {
            return Ok(false);
        }
        let now = self.now();
        let entry = Entry {
            by: by.clone(),
            agreed_by: agrees.map(|(second, _)| second.clone()),
            agreed: preview.marks.clone(),
            decided_at: now,
            at: preview.at,
            reason: preview.reason.clone(),
            edits: preview.edits.clone(),
            change: text.to_owned(),
        };
        let also = match agrees {
            Some((second, no)) => vec![self.agreed_by(tenant, no, second, now).await?],
            None => Vec::new(),
        };
        let mut late = false;
        let written = self
            .append_in_turn(tenant, Log::Organisation, (now, *turns), also, |before: Vec<Entry>| {
                late = before.len() != *known;
                let at = entry.at;
                if late { Err(busy()) } else { Ok((entry, at)) }
            })
            .await;
        drop(turn);
        if late || written?.is_none() {
            return Ok(false);
        }
        self.renew(tenant).await?;
        Ok(true)
    }

    async fn looked_at(
        &self,
        tenant: TenantId,
        actor: &Actor,
        text: &str,
        waited: bool,
    ) -> Result<Looked, Error> {
        let setting = self.setting(tenant)?;
        let now = self.now();
        if !book::administers(&setting.policy.org, actor, now) {
            return Err(No::AdministratorsOnly.into());
        }
        let by = actor.member_id().cloned().ok_or(No::AdministratorsOnly)?;
        let turns = self.turns(tenant).await?;
        let mut entries = self.changes(tenant).await?;
        let (book, known) = (self.policy_book(tenant).await?, entries.len());
        // What holds by then is what the edits are read against, the version too, and their own instant says when that is.
        let Some(at) = change::read_at(&setting.base, text) else {
            return Err(change::read(&setting.base, text).map_or_else(told, |_| {
                Problem::at("at", "missing", "Write at = \"2026-12-01 08:00\".").into()
            }));
        };
        if at < now && !waited {
            let mend = "A change holds from now or later: write a later time.";
            return Err(Problem::at("at", "too_early", mend).into());
        }
        let at = at.max(now);
        let before = self.organised(tenant, &book, &entries, at).await?;
        let changed = change::read(&before, text).map_err(told)?;
        let (mut before, mut after) = (before, changed.pack);
        let desk = folded(&self.entries(tenant, Log::Admission).await?);
        // What the admission desk decided holds before and after: an office that ends is missed by it, too.
        for pack in [&mut before, &mut after] {
            pack.policy = pack.policy.admitting(&desk.rows());
        }
        let (before, after) = (Arc::new(before), Arc::new(after));
        let (one, other) = (Arc::clone(&before), Arc::clone(&after));
        let (findings, mut gives) = apart(move || {
            let fresh = fresh(&huying_pack::lint::lint_at(&one, at), &huying_pack::lint::lint_at(&other, at));
            (fresh, given(&one, &other, at))
        })
        .await?;
        let was = entries.clone();
        entries.push(Entry {
            by,
            agreed_by: None,
            agreed: Vec::new(),
            decided_at: now,
            at,
            reason: changed.reason.clone(),
            edits: changed.edits.clone(),
            change: text.to_owned(),
        });
        gives.extend(self.given_later(tenant, (&book, &entries), (&book, &was), at).await?);
        let (grants, marks): (Vec<_>, Vec<_>) = gives.into_iter().map(|one| (one.line, one.mark)).unzip();
        let mut preview = Preview {
            at,
            reason: changed.reason,
            edits: changed.edits,
            grants,
            marks,
            findings: findings.into_iter().chain(left_waiting(&desk, &before, &after, at)).collect(),
            ..Preview::default()
        };
        let policy = huying_model::Policy {
            org: after.policy.org.clone(),
            ..huying_model::Policy::clone(&setting.policy)
        };
        let future = Setting::renewed(
            &setting,
            Arc::clone(&setting.base),
            Pack::clone(&after),
            policy,
            AsOf::default(),
        );
        self.touched(tenant, &future, &mut preview).await?;
        Ok(Looked { preview, known, turns, book })
    }

    async fn touched(&self, tenant: TenantId, future: &Setting, preview: &mut Preview) -> Result<(), Error> {
        let open = Filter { open_only: true, ..Filter::default() };
        let mut cursor: Option<String> = None;
        loop {
            let page = self.store().list(tenant, &open, Order::OldestFirst, cursor.as_deref(), READ).await?;
            let ids: Vec<CaseId> = page.items.iter().map(|line| line.case).collect();
            for view in self.store().cases(tenant, &ids).await? {
                preview.cases += 1;
                if let Some(moved) = moved(future, &view.case, preview.at) {
                    preview.touched += 1;
                    if preview.moves.len() < NAMED {
                        preview.moves.push(moved);
                    }
                }
            }
            cursor = page.next;
            if cursor.is_none() {
                return Ok(());
            }
        }
    }
}

/// Somebody decides at the same moment.
pub(crate) fn busy() -> Error {
    Fault::Busy { retry_after_ms: 1_000 }.into()
}

/// Refuses what leaves a gap.
pub(crate) fn without_gaps(preview: Preview) -> Result<Preview, Error> {
    let told = |found: &Finding| {
        Problem::at("", "gap", format!("{} ({}): {}", found.words, found.rule, found.example))
    };
    let gaps: Vec<Problem> = preview.findings.iter().filter(|found| found.error).map(told).collect();
    if gaps.is_empty() { Ok(preview) } else { Err(Error::Invalid(gaps)) }
}

/// What the sweep would do to a case as it stands now.
fn moved(future: &Setting, case: &Case, at: Instant) -> Option<Move> {
    let (mut after, mut tried, mut hands) = (case.clone(), BTreeSet::new(), Vec::new());
    while let Some(command) =
        needed(future, &after, at).into_iter().find(|next| tried.insert(format!("{next:?}")))
    {
        if let Command::Rehome { from, to } = &command {
            hands.push((from.clone(), to.clone()));
        }
        let related = |_: CaseId| None;
        let cx =
            Cx { policy: &future.policy, actor: &Actor::System, times: Times::at(at), related: &related };
        if let Ok(decision) = decide(&cx, &after, &command) {
            decision.events.iter().for_each(|event| apply(&mut after, event));
        }
    }
    let area = (after.place.area != case.place.area)
        .then(|| after.place.area.as_ref().map(|code| code.0.clone()).unwrap_or_default());
    (!hands.is_empty() || area.is_some() || after.custodian != case.custodian).then(|| Move {
        number: case.number.clone(),
        custodian: case.custodian.clone(),
        successor: after.custodian.clone(),
        area,
        hands,
    })
}

/// Applications that wait at an office which ends: nobody could decide them.
fn left_waiting(desk: &Desk, before: &Pack, after: &Pack, at: Instant) -> Vec<Finding> {
    let ends = |office: &UnitId| before.policy.org.active(office, at) && !after.policy.org.active(office, at);
    let waiting = desk.applications.iter().filter(|open| open.state == Waiting && ends(&open.office));
    waiting
        .map(|open| Finding {
            error: false,
            rule: SmolStr::new_static("admission-waits"),
            words: format!(
                "准入申请第 {no} 号（{matter}）在 {office} 待审，而该单位届时撤销 / application {no} for {matter} waits at {office}, which ends then",
                no = open.no,
                matter = open.matter,
                office = open.office
            ),
            example: String::new(),
        })
        .collect()
}

/// What the second lint finds and the first does not.
fn fresh(before: &LintReport, after: &LintReport) -> Vec<Finding> {
    let known: BTreeSet<(&str, &str)> =
        before.findings.iter().map(|found| (found.rule, found.problem.message.as_str())).collect();
    let new =
        after.findings.iter().filter(|found| !known.contains(&(found.rule, found.problem.message.as_str())));
    new.map(|found| Finding {
        error: found.severity == huying_pack::lint::Severity::Error,
        rule: SmolStr::new_static(found.rule),
        words: found.problem.message.clone(),
        example: found.example.clone(),
    })
    .collect()
}

pub(crate) fn told(problems: Vec<huying_pack::Problem>) -> Error {
    let one = |problem: &huying_pack::Problem| {
        Problem::at(format!("line {}", problem.line), "change", problem.to_string())
    };
    Error::Invalid(problems.iter().take(200).map(one).collect())
}
