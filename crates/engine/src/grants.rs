//! Role grants need two people: a change of the organisation that gives somebody a seat, or lets one reach further ([`crate::reach`]),
//! waits until another administrator agrees.
//!
//! Owns the log of such changes: who asked, who agreed or refused, that nobody does both, and that nobody agrees to more than they were
//! asked for. A change that only takes seats away, or gives none, is decided by one ([`crate::change`]). What waits runs out after a week.
//! Start at [`Engine::approve_grant`].

use huying_model::{Actor, Instant, MemberId, Policy, book};
use huying_pack::change::Line;
use huying_store::{Installed, TenantId};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::{Engine, Error, change::Preview, log::Log};

/// What is not agreed to within a week is asked for anew.
pub const WAITS_MS: i64 = 7 * 86_400_000;

/// Why a grant is not decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum No {
    #[error("only an administrator of the whole authority decides this: ask one of them")]
    AdministratorsOnly,
    #[error("there is no such grant: choose one from the list")]
    Unknown,
    #[error("this grant was decided already, or has run out: look at the list, or ask for it anew")]
    Decided,
    #[error(
        "whoever asked for a grant does not agree to it: ask another administrator of the whole authority"
    )]
    OwnGrant,
    #[error(
        "the organisation has changed since: this would give seats, or let them reach further, that were not asked for. Refuse it and ask for it anew"
    )]
    SeatsSince,
    #[error("say why in 1 to 2000 characters")]
    ReasonMissing,
}

impl No {
    /// Stable, for programs.
    pub fn code(self) -> &'static str {
        match self {
            No::AdministratorsOnly => "administrators_only",
            No::Unknown => "unknown_grant",
            No::Decided => "already_decided",
            No::OwnGrant => "own_grant",
            No::SeatsSince => "seats_since",
            No::ReasonMissing => "reason_missing",
        }
    }

    pub fn zh(self) -> &'static str {
        match self {
            No::AdministratorsOnly => "仅限最高层级中负责此事的管理员操作，请联系他们。",
            No::Unknown => "没有该项授权申请，请从列表中选择。",
            No::Decided => "该项授权申请已处理或已过期，请查看列表或重新提出。",
            No::OwnGrant => "申请人不能批准自己提出的授权，请由另一位最高层级的系统管理员批准。",
            No::SeatsSince => {
                "申请之后组织有变，该项调整现在会授予或扩大申请时没有的岗位：请驳回后重新提出。"
            }
            No::ReasonMissing => "请用1至2000字说明理由。",
        }
    }
}

/// What happened; appended, never changed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Entry {
    Asked {
        by: MemberId,
        at: Instant,
        reason: SmolStr,
        grants: Vec<Line>,
        /// What tells each of them from any other. None was kept before there were marks: such a grant is asked for anew.
        #[serde(default)]
        marks: Vec<String>,
        edits: Vec<Line>,
        change: String,
    },
    Approved {
        no: u32,
        by: MemberId,
        at: Instant,
    },
    Rejected {
        no: u32,
        by: MemberId,
        at: Instant,
        reason: SmolStr,
    },
}

/// How a grant stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Waiting,
    Approved,
    Rejected,
    RanOut,
}

/// A grant that was asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Grant {
    pub no: u32,
    pub by: MemberId,
    pub at: Instant,
    pub reason: SmolStr,
    /// Who gets which seat, and whose reaches further.
    pub grants: Vec<Line>,
    /// What tells each of them from any other.
    pub marks: Vec<String>,
    pub edits: Vec<Line>,
    pub change: String,
    pub state: State,
    pub decided_by: Option<MemberId>,
}

/// Folds the log; what is older than a week and undecided has run out.
pub fn fold(entries: &[Entry], now: Instant) -> Vec<Grant> {
    let mut all: Vec<Grant> = Vec::new();
    for entry in entries {
        match entry.clone() {
            Entry::Asked { by, at, reason, grants, marks, edits, change } => {
                let no = u32::try_from(all.len() + 1).unwrap_or(u32::MAX);
                let state = if now.minus(at) >= WAITS_MS { State::RanOut } else { State::Waiting };
                let decided_by = None;
                all.push(Grant { no, by, at, reason, grants, marks, edits, change, state, decided_by });
            }
            Entry::Approved { no, by, .. } => decided(&mut all, no, by, State::Approved),
            Entry::Rejected { no, by, .. } => decided(&mut all, no, by, State::Rejected),
        }
    }
    all
}

fn decided(all: &mut [Grant], no: u32, by: MemberId, state: State) {
    if let Some(grant) = all.iter_mut().find(|grant| grant.no == no) {
        (grant.state, grant.decided_by) = (state, Some(by));
    }
}

/// The grant that waits under this number, where this member may decide it.
fn open(entries: &[Entry], no: u32, by: &MemberId, agrees: bool, now: Instant) -> Result<Grant, No> {
    let grant = fold(entries, now).into_iter().find(|grant| grant.no == no).ok_or(No::Unknown)?;
    if grant.state != State::Waiting {
        return Err(No::Decided);
    }
    // Whoever asked may take it back, and never agree.
    if agrees && &grant.by == by { Err(No::OwnGrant) } else { Ok(grant) }
}

/// Nobody agrees to what the second person did not read: what a change gives hangs on what was decided before it, and that may be more by now.
pub(crate) fn as_asked(grant: &Grant, preview: &Preview) -> Result<(), No> {
    let asked = |mark: &String| grant.marks.contains(mark);
    if preview.marks.iter().all(asked) { Ok(()) } else { Err(No::SeatsSince) }
}

impl Engine {
    /// Every grant that was asked for, the oldest first.
    pub async fn grants(&self, tenant: TenantId) -> Result<Vec<Grant>, Error> {
        Ok(fold(&self.entries(tenant, Log::Grants).await?, self.now()))
    }

    /// Keeps a change that gives seats until another administrator agrees.
    pub(crate) async fn ask_grant(
        &self,
        tenant: TenantId,
        by: MemberId,
        preview: &mut Preview,
        text: &str,
    ) -> Result<(), Error> {
        let now = self.now();
        let asked = Entry::Asked {
            by,
            at: now,
            reason: preview.reason.clone(),
            grants: preview.grants.clone(),
            marks: preview.marks.clone(),
            edits: preview.edits.clone(),
            change: text.to_owned(),
        };
        let mut number = 0;
        self.append(tenant, Log::Grants, now, |before: Vec<Entry>| {
            number = before.iter().filter(|entry| matches!(entry, Entry::Asked { .. })).count() + 1;
            Ok((asked.clone(), now))
        })
        .await?;
        preview.waits = u32::try_from(number).ok();
        Ok(())
    }

    fn deciding(&self, policy: &Policy, actor: &Actor) -> Result<MemberId, No> {
        let member = actor.member_id().filter(|_| book::administers(&policy.org, actor, self.now()));
        member.cloned().ok_or(No::AdministratorsOnly)
    }

    /// The second person agrees: the change is decided as it was asked for, and holds from its instant, or from now where that is past.
    ///
    /// # Errors
    /// [`No`]; [`Error::Invalid`] where the change cannot be made any more. What is refused so stays open.
    pub async fn approve_grant(&self, tenant: TenantId, actor: &Actor, no: u32) -> Result<Preview, Error> {
        let by = self.deciding(&self.setting(tenant)?.policy, actor)?;
        let grant = open(&self.entries(tenant, Log::Grants).await?, no, &by, true, self.now())?;
        let preview = self.change_agreed(tenant, actor, &by, &grant).await?;
        tracing::info!(no, by = %by, asked_by = %grant.by, "a grant was agreed to");
        Ok(preview)
    }

    /// What the log says of it, for whoever writes it down together with the change.
    pub(crate) async fn agreed_by(
        &self,
        tenant: TenantId,
        no: u32,
        by: &MemberId,
        now: Instant,
    ) -> Result<Installed, Error> {
        let before: Vec<Entry> = self.entries(tenant, Log::Grants).await?;
        open(&before, no, by, true, now)?;
        Log::Grants.row(before.len() + 1, &Entry::Approved { no, by: by.clone(), at: now }, (now, now))
    }

    /// A second person refuses, or whoever asked takes it back.
    pub async fn reject_grant(
        &self,
        tenant: TenantId,
        actor: &Actor,
        no: u32,
        reason: &str,
    ) -> Result<(), Error> {
        let by = self.deciding(&self.setting(tenant)?.policy, actor)?;
        let reason = SmolStr::new(reason.trim());
        if reason.is_empty() || reason.chars().count() > huying_model::book::LONGEST {
            return Err(No::ReasonMissing.into());
        }
        let now = self.now();
        self.append(tenant, Log::Grants, now, |before: Vec<Entry>| {
            open(&before, no, &by, false, now)?;
            Ok((Entry::Rejected { no, by: by.clone(), at: now, reason: reason.clone() }, now))
        })
        .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(by: &str, at: i64) -> Entry {
        let (reason, change, at) = ("r".into(), String::new(), Instant(at));
        let (grants, marks, edits) = (Vec::new(), Vec::new(), Vec::new());
        Entry::Asked { by: MemberId::new(by), at, reason, grants, marks, edits, change }
    }

    #[test]
    fn nobody_agrees_to_their_own_grant_or_to_one_that_is_decided_or_has_run_out() {
        let (a, b) = (MemberId::new("a"), MemberId::new("b"));
        let waiting = [asked("a", 0)];
        let approved = [asked("a", 0), Entry::Approved { no: 1, by: b.clone(), at: Instant(1) }];
        let rejected =
            [asked("a", 0), Entry::Rejected { no: 1, by: b.clone(), at: Instant(1), reason: "r".into() }];
        for (entries, no, by, agrees, now, told) in [
            (&waiting[..], 1, &b, true, 5, None),
            (&waiting, 1, &a, true, 5, Some(No::OwnGrant)),
            (&waiting, 1, &a, false, 5, None),
            (&waiting, 2, &b, true, 5, Some(No::Unknown)),
            (&waiting, 1, &b, true, WAITS_MS, Some(No::Decided)),
            (&approved, 1, &b, true, 5, Some(No::Decided)),
            (&rejected, 1, &b, false, 5, Some(No::Decided)),
        ] {
            assert_eq!(open(entries, no, by, agrees, Instant(now)).err(), told, "{by} {agrees} {now}");
        }
    }
}
