//! The book of an authority's policies (机制): which versions there are, what was found in each, who activates which from when.
//!
//! A procedure of its own, pure like the life cycle of a case: [`Book::decide`] says what follows from an act or which rule
//! refuses it, [`Book::apply`] folds what happened. A draft is checked before anybody may propose it, and nothing comes into
//! force but by two different administrators of the whole authority. Nothing is taken out of the book: a version is taken
//! back by activating the one before it again. It refuses to know what stands in a version; that is the pack's.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::{
    actor::{Actor, Role},
    acts,
    ids::{MemberId, PolicyVersion, UnitId},
    org::Org,
    time::Instant,
    told::Line,
};

mod found;

pub use crate::acts::LONGEST;
pub use found::{Difference, Finding, Found, Of, Return, Story, Went};

/// What is asked of the book.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "act")]
pub enum Act {
    /// A new version is laid down, with what lint and stories said of it.
    Draft {
        version: PolicyVersion,
        hash: SmolStr,
        reason: SmolStr,
        found: Found,
    },
    /// What it would have done to past cases was looked at.
    Compare {
        version: PolicyVersion,
        against: PolicyVersion,
        report: String,
    },
    /// It shall hold from an instant on; now where none is named.
    Propose {
        version: PolicyVersion,
        from: Option<Instant>,
        reason: SmolStr,
        /// Why it shall hold although it brings back what changes of the organisation ended or moved.
        confirmed: Option<SmolStr>,
    },
    /// The version in force is taken back: the one before it shall hold again.
    Revoke {
        from: Option<Instant>,
        reason: SmolStr,
    },
    /// The second person.
    Approve {
        no: u32,
    },
    Reject {
        no: u32,
        reason: SmolStr,
    },
    /// Open cases were moved to a version.
    Migrate {
        to: PolicyVersion,
        moved: usize,
        stayed: usize,
        reason: SmolStr,
    },
}

/// What happened; appended, never changed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Entry {
    pub by: MemberId,
    pub at: Instant,
    pub body: Body,
}

/// The facts of an [`Entry`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Body {
    Drafted {
        version: PolicyVersion,
        hash: SmolStr,
        reason: SmolStr,
        found: Found,
    },
    Compared {
        version: PolicyVersion,
        against: PolicyVersion,
        report: String,
    },
    Proposed {
        no: u32,
        version: PolicyVersion,
        from: Instant,
        revokes: Option<PolicyVersion>,
        reason: SmolStr,
        #[serde(default)]
        confirmed: Option<SmolStr>,
        /// The seats that it would give, or let reach further, a line each; whoever compares organisations writes them in.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        grants: Vec<Line>,
        /// What tells each of them from any other, by which the second person's agreement is kept to.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        marks: Vec<String>,
    },
    Approved {
        no: u32,
    },
    Rejected {
        no: u32,
        reason: SmolStr,
    },
    Migrated {
        to: PolicyVersion,
        moved: usize,
        stayed: usize,
        reason: SmolStr,
    },
}

/// One version of an authority's policy.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Version {
    pub version: PolicyVersion,
    /// SHA-256 of its files, in hex.
    pub hash: SmolStr,
    /// None for the one that the store began with.
    pub author: Option<MemberId>,
    pub reason: SmolStr,
    pub at: Instant,
    /// None where it was in force before there was a book.
    pub found: Option<Found>,
    /// What it was last compared with, and the report as text.
    pub compared: Option<(PolicyVersion, String)>,
}

/// A proposal to bring a version into force.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Proposal {
    pub no: u32,
    pub version: PolicyVersion,
    pub from: Instant,
    /// The version that it takes back.
    pub revokes: Option<PolicyVersion>,
    pub reason: SmolStr,
    /// Why it shall hold although it brings back what changes of the organisation ended or moved.
    pub confirmed: Option<SmolStr>,
    /// The seats that it gives, or lets reach further, a line each.
    #[serde(default)]
    pub grants: Vec<Line>,
    /// What tells each of them from any other; none where it was proposed before there were marks.
    #[serde(default)]
    pub marks: Vec<String>,
    pub proposed_by: MemberId,
    pub proposed_at: Instant,
    pub state: State,
}

/// Where a proposal stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum State {
    Waiting,
    Approved { by: MemberId, at: Instant },
    Rejected { by: MemberId, at: Instant, reason: SmolStr },
}

impl Proposal {
    /// From when on it holds; None where it was not approved. An approval that came late counts from itself.
    pub fn holds_from(&self) -> Option<Instant> {
        match &self.state {
            State::Approved { at, .. } => Some(self.from.max(*at)),
            _ => None,
        }
    }
}

/// Why the book says no. Codes are stable.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum No {
    #[error("This is for the administrators of the whole authority whose duty it is: ask one of them.")]
    AdministratorsOnly,
    #[error("The book has no such version: see the list.")]
    UnknownVersion,
    #[error("The book has another version of this name: give the changed pack a new version.")]
    VersionTaken,
    #[error(
        "The version has findings that must be mended or stories that fail: mend it and draft it under a new version."
    )]
    NotClean,
    #[error(
        "The version brings back what changes of the organisation ended or moved: draft it from today's tables, or confirm with a reason."
    )]
    BringsBack,
    #[error("This version is in force then already.")]
    InForce,
    #[error("There is no such proposal waiting: see the list.")]
    NotWaiting,
    #[error("A second person has to approve: an administrator who did not propose it.")]
    SecondPerson,
    #[error(
        "It would give seats that it would not have given when it was proposed: reject it and propose it anew."
    )]
    SeatsSince,
    #[error("Write the reason: up to 2000 characters.")]
    ReasonMissing,
    #[error("A version begins now or later, not in the past.")]
    TooEarly,
    #[error("There is no version before the one in force to go back to.")]
    NothingBefore,
}

impl No {
    /// Every rule, for lists of codes.
    pub const ALL: &'static [No] = &[
        No::AdministratorsOnly,
        No::UnknownVersion,
        No::VersionTaken,
        No::NotClean,
        No::BringsBack,
        No::InForce,
        No::NotWaiting,
        No::SecondPerson,
        No::SeatsSince,
        No::ReasonMissing,
        No::TooEarly,
        No::NothingBefore,
    ];
    pub fn code(&self) -> &'static str {
        match self {
            No::AdministratorsOnly => "administrators_only",
            No::UnknownVersion => "unknown_version",
            No::VersionTaken => "version_taken",
            No::NotClean => "not_clean",
            No::BringsBack => "brings_back",
            No::InForce => "in_force_already",
            No::NotWaiting => "not_waiting",
            No::SecondPerson => "second_person",
            No::SeatsSince => "seats_since",
            No::ReasonMissing => "reason_missing",
            No::TooEarly => "too_early",
            No::NothingBefore => "nothing_before",
        }
    }
    pub fn zh(&self) -> &'static str {
        match self {
            No::AdministratorsOnly => "仅限最高层级中负责此事的管理员操作，请联系他们。",
            No::UnknownVersion => "没有该版本，请查看列表。",
            No::VersionTaken => "已有同名的另一版本，请为修改后的机制包更换版本号。",
            No::NotClean => "该版本存在必须更正的问题或未通过的场景，请更正后以新版本号提交。",
            No::BringsBack => {
                "该版本会恢复组织调整已撤销或变更的单位、区域或人员：请按现行组织重新起草，或写明理由予以确认。"
            }
            No::InForce => "届时该版本已经生效。",
            No::NotWaiting => "没有待批准的该提议，请查看列表。",
            No::SecondPerson => "须由另一位系统管理员批准，提议人不能批准。",
            No::SeatsSince => "提议之后组织有变，该版本现在会授予提议时没有的岗位：请驳回后重新提议。",
            No::ReasonMissing => "请写明理由，不超过2000字。",
            No::TooEarly => "版本自现在或以后起生效，不能早于现在。",
            No::NothingBefore => "当前版本之前没有可恢复的版本。",
        }
    }
}

/// What the book goes by.
pub struct Cx<'a> {
    pub org: &'a Org,
    pub actor: &'a Actor,
    pub now: Instant,
}

/// Whether this actor looks after the whole authority.
pub fn administers(org: &Org, actor: &Actor, now: Instant) -> bool {
    let at_root = |unit: &UnitId| {
        org.active(unit, now) && org.units.get(unit).is_some_and(|found| &found.area == org.root())
    };
    actor.seat(|seat| seat.role == Role::Administrator && at_root(&seat.unit)).is_some()
}

/// Every version and every proposal of an authority.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Book {
    pub versions: Vec<Version>,
    pub proposals: Vec<Proposal>,
    /// Versions that held before there was a book, each with its instant.
    pub founded: Vec<(PolicyVersion, Instant)>,
}

fn said(words: &SmolStr) -> Result<SmolStr, No> {
    acts::said(words).ok_or(No::ReasonMissing)
}

fn begins(from: Option<Instant>, now: Instant) -> Result<Instant, No> {
    acts::begins(from, now).ok_or(No::TooEarly)
}

impl Book {
    /// A version that was brought into force when the store was made, before anybody could be asked.
    pub fn found(&mut self, version: PolicyVersion, hash: SmolStr, at: Instant) {
        self.founded.push((version.clone(), at));
        let (author, reason, found, compared) = (None, SmolStr::default(), None, None);
        self.versions.push(Version { version, hash, author, reason, at, found, compared });
    }

    /// What holds at a moment: of everything that has begun, what began last.
    pub fn in_force(&self, at: Instant) -> Option<&PolicyVersion> {
        self.activations().into_iter().rev().find(|(from, _)| *from <= at).map(|(_, version)| version)
    }

    /// What holds from when on, oldest first.
    pub fn activations(&self) -> Vec<(Instant, &PolicyVersion)> {
        let founded = self.founded.iter().map(|(version, at)| (*at, 0, version));
        let approved = self
            .proposals
            .iter()
            .filter_map(|proposal| proposal.holds_from().map(|from| (from, proposal.no, &proposal.version)));
        let mut all: Vec<_> = founded.chain(approved).collect();
        all.sort();
        all.into_iter().map(|(from, _, version)| (from, version)).collect()
    }

    /// Every version that was in force at some moment until now, or is: cases may be pinned to any of them.
    pub fn ever_in_force(&self, now: Instant) -> Vec<&PolicyVersion> {
        let mut all: Vec<&PolicyVersion> = self
            .activations()
            .into_iter()
            .filter(|(from, _)| *from <= now)
            .map(|(_, version)| version)
            .collect();
        all.sort();
        all.dedup();
        all
    }

    pub fn version(&self, version: &PolicyVersion) -> Option<&Version> {
        self.versions.iter().find(|known| &known.version == version)
    }

    /// When a version was laid down; before everything where the book does not know it.
    pub fn laid_down(&self, version: &PolicyVersion) -> Instant {
        self.version(version).map_or(Instant(i64::MIN), |known| known.at)
    }

    /// What follows from an act.
    ///
    /// # Errors
    /// The rule that says no.
    pub fn decide(&self, cx: &Cx, act: &Act) -> Result<Entry, No> {
        if !administers(cx.org, cx.actor, cx.now) {
            return Err(No::AdministratorsOnly);
        }
        let by = cx.actor.member_id().cloned().ok_or(No::AdministratorsOnly)?;
        let body = match act {
            Act::Draft { version, hash, reason, found } => {
                if self.version(version).is_some() {
                    return Err(No::VersionTaken);
                }
                let (version, hash, found) = (version.clone(), hash.clone(), found.clone());
                Body::Drafted { version, hash, reason: said(reason)?, found }
            }
            Act::Compare { version, against, report } => {
                self.version(version).ok_or(No::UnknownVersion)?;
                let (version, against, report) = (version.clone(), against.clone(), report.clone());
                Body::Compared { version, against, report }
            }
            Act::Propose { version, from, reason, confirmed } => {
                let confirmed = confirmed.as_ref().map(said).transpose()?;
                self.confirmed(version, confirmed.as_ref())?;
                self.proposed(version, begins(*from, cx.now)?, None, said(reason)?, confirmed)?
            }
            Act::Revoke { from, reason } => self.revoked(cx.now, begins(*from, cx.now)?, said(reason)?)?,
            Act::Approve { no } => {
                self.second(*no, &by)?;
                Body::Approved { no: *no }
            }
            Act::Reject { no, reason } => {
                self.waiting(*no)?;
                Body::Rejected { no: *no, reason: said(reason)? }
            }
            Act::Migrate { to, moved, stayed, reason } => {
                self.version(to).ok_or(No::UnknownVersion)?;
                Body::Migrated { to: to.clone(), moved: *moved, stayed: *stayed, reason: said(reason)? }
            }
        };
        Ok(Entry { by, at: cx.now, body })
    }

    fn proposed(
        &self,
        version: &PolicyVersion,
        from: Instant,
        revokes: Option<PolicyVersion>,
        reason: SmolStr,
        confirmed: Option<SmolStr>,
    ) -> Result<Body, No> {
        let known = self.version(version).ok_or(No::UnknownVersion)?;
        if !known.found.as_ref().is_none_or(Found::clean) {
            return Err(No::NotClean);
        }
        if self.in_force(from) == Some(version) {
            return Err(No::InForce);
        }
        let no = u32::try_from(self.proposals.len()).unwrap_or(u32::MAX).saturating_add(1);
        let (version, grants, marks) = (version.clone(), Vec::new(), Vec::new());
        Ok(Body::Proposed { no, version, from, revokes, reason, confirmed, grants, marks })
    }

    /// A new activation of the version that held before the one in force.
    fn revoked(&self, now: Instant, from: Instant, reason: SmolStr) -> Result<Body, No> {
        let current = self.in_force(now).cloned().ok_or(No::NothingBefore)?;
        let begun = self.activations().into_iter().rev().filter(|(begun, _)| *begun <= now);
        let before = begun.map(|(_, version)| version).find(|version| **version != current);
        let before = before.cloned().ok_or(No::NothingBefore)?;
        // It held once: whoever proposed it then has confirmed what it brings back.
        self.proposed(&before, from, Some(current), reason, None)
    }

    /// Nobody brings back by an old draft what was ended or moved on purpose, unless that is said.
    fn confirmed(&self, version: &PolicyVersion, reason: Option<&SmolStr>) -> Result<(), No> {
        let found = self.version(version).and_then(|known| known.found.as_ref());
        let silent = reason.is_none() && found.is_some_and(|found| !found.returns.is_empty());
        if silent { Err(No::BringsBack) } else { Ok(()) }
    }

    fn waiting(&self, no: u32) -> Result<&Proposal, No> {
        let found = self.proposals.iter().find(|proposal| proposal.no == no);
        found.filter(|proposal| proposal.state == State::Waiting).ok_or(No::NotWaiting)
    }

    /// Four eyes: not who proposed it.
    fn second(&self, no: u32, by: &MemberId) -> Result<(), No> {
        if &self.waiting(no)?.proposed_by == by { Err(No::SecondPerson) } else { Ok(()) }
    }

    /// Folds what happened.
    pub fn apply(&mut self, entry: &Entry) {
        let (by, at) = (entry.by.clone(), entry.at);
        match &entry.body {
            Body::Drafted { version, hash, reason, found } => self.versions.push(Version {
                version: version.clone(),
                hash: hash.clone(),
                author: Some(by),
                reason: reason.clone(),
                at,
                found: Some(found.clone()),
                compared: None,
            }),
            Body::Compared { version, against, report } => {
                for known in self.versions.iter_mut().filter(|known| &known.version == version) {
                    known.compared = Some((against.clone(), report.clone()));
                }
            }
            Body::Proposed { no, version, from, revokes, reason, confirmed, grants, marks } => {
                self.proposals.push(Proposal {
                    no: *no,
                    version: version.clone(),
                    from: *from,
                    revokes: revokes.clone(),
                    reason: reason.clone(),
                    confirmed: confirmed.clone(),
                    grants: grants.clone(),
                    marks: marks.clone(),
                    proposed_by: by,
                    proposed_at: at,
                    state: State::Waiting,
                })
            }
            Body::Approved { no } => self.settle(*no, State::Approved { by, at }),
            Body::Rejected { no, reason } => {
                self.settle(*no, State::Rejected { by, at, reason: reason.clone() });
            }
            Body::Migrated { .. } => {}
        }
    }

    fn settle(&mut self, no: u32, state: State) {
        if let Some(proposal) = self.proposals.iter_mut().find(|proposal| proposal.no == no) {
            proposal.state = state;
        }
    }
}
