//! The admission desk (事项准入): a department applies, an office decides and quotes its rule, and may veto later.
//!
//! A small procedure of its own, pure like the life cycle of a case: [`Desk::decide`] says what follows from an act or which
//! rule refuses it, [`Desk::apply`] folds what happened. Nobody decides an own application, neither the member nor the
//! unit, and no decision stands without a rule. What the desk decided becomes rows ([`Desk::rows`]) that lie over those of
//! the pack from their instant on.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::{
    actor::{Actor, Role},
    acts,
    ids::{MatterCode, MemberId, UnitId},
    org::Org,
    time::Instant,
};

use super::{Admission, Admissions, Ruling};

/// Who may apply for a unit.
const APPLYING: &[Role] = &[Role::Handler, Role::Dispatcher, Role::Leader, Role::Acceptor, Role::Supervisor];
/// Who decides for an office.
pub const DECIDING: &[Role] = &[Role::Dispatcher, Role::Leader];
/// What is asked of the desk.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "act")]
pub enum Act {
    /// 申请
    Apply { matter: MatterCode, applicant: UnitId, reason: SmolStr },
    /// 准入
    Admit { no: u32, rule: SmolStr, from: Option<Instant> },
    /// 回绝
    Refuse { no: u32, rule: SmolStr },
    /// 否决, of what is admitted by an application or by the pack.
    Veto { matter: MatterCode, rule: SmolStr, from: Option<Instant> },
    /// The applicant takes an application back that nobody has decided.
    Withdraw { no: u32, reason: SmolStr },
}

/// What happened at the desk; appended, never changed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Entry {
    pub no: u32,
    pub by: MemberId,
    pub at: Instant,
    pub body: Body,
}

/// The facts of an [`Entry`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Body {
    Applied { matter: MatterCode, applicant: UnitId, office: UnitId, reason: SmolStr },
    Admitted { rule: SmolStr, from: Instant },
    Refused { rule: SmolStr },
    Vetoed { matter: MatterCode, applicant: UnitId, office: UnitId, rule: SmolStr, from: Instant },
    Withdrawn { reason: SmolStr },
}

/// Where an application stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Waiting,
    Admitted,
    Refused,
    Vetoed,
    Withdrawn,
}

impl State {
    pub fn zh(self) -> &'static str {
        match self {
            State::Waiting => "待审",
            State::Admitted => "准入",
            State::Refused => "回绝",
            State::Vetoed => "否决",
            State::Withdrawn => "撤回",
        }
    }
    pub fn en(self) -> &'static str {
        match self {
            State::Waiting => "Waiting",
            State::Admitted => "Admitted",
            State::Refused => "Refused",
            State::Vetoed => "Vetoed",
            State::Withdrawn => "Withdrawn",
        }
    }
}

/// One application, or a veto without one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Application {
    pub no: u32,
    pub matter: MatterCode,
    pub applicant: UnitId,
    pub office: UnitId,
    pub state: State,
    pub reason: SmolStr,
    pub applied_by: MemberId,
    pub applied_at: Instant,
    pub rule: Option<SmolStr>,
    pub decided_by: Option<MemberId>,
    pub decided_at: Option<Instant>,
    /// From when on the decision holds.
    pub from: Option<Instant>,
}

/// Why the desk says no. Codes are stable.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum No {
    #[error(
        "You may not do this for that unit: somebody who works there, or who decides for the office, can."
    )]
    NotYours,
    #[error("The catalogue has no such matter: choose one of its matters.")]
    UnknownMatter,
    #[error("There is no such application waiting: see the list.")]
    NotWaiting,
    #[error("The matter is decided so already, or an application for it waits.")]
    Already,
    #[error("Nobody decides an own application: somebody of the office who did not apply has to.")]
    OwnApplication,
    #[error("Quote the rule, or write the reason: up to 2000 characters.")]
    RuleMissing,
    #[error("A decision begins now or later, not in the past.")]
    TooEarly,
    #[error("The matter is not admitted, so there is nothing to veto.")]
    NotAdmitted,
}

impl No {
    /// Every rule, for lists of codes.
    pub const ALL: &'static [No] = &[
        No::NotYours,
        No::UnknownMatter,
        No::NotWaiting,
        No::Already,
        No::OwnApplication,
        No::RuleMissing,
        No::TooEarly,
        No::NotAdmitted,
    ];
    pub fn code(&self) -> &'static str {
        match self {
            No::NotYours => "not_yours",
            No::UnknownMatter => "unknown_matter",
            No::NotWaiting => "not_waiting",
            No::Already => "already_decided",
            No::OwnApplication => "own_application",
            No::RuleMissing => "rule_missing",
            No::TooEarly => "too_early",
            No::NotAdmitted => "nothing_to_veto",
        }
    }
    pub fn zh(&self) -> &'static str {
        match self {
            No::NotYours => "您不能代表该单位办理，请由该单位或准入办公室的人员办理。",
            No::UnknownMatter => "事项目录中没有该事项，请从目录中选择。",
            No::NotWaiting => "没有待审的该申请，请查看列表。",
            No::Already => "该事项已作出相同决定，或已有待审申请。",
            No::OwnApplication => "不能审批自己的申请，须由办公室的其他人员决定。",
            No::RuleMissing => "请引用规则或写明理由，不超过2000字。",
            No::TooEarly => "决定自现在或以后起生效，不能早于现在。",
            No::NotAdmitted => "该事项未准入，无可否决。",
        }
    }
}

/// What the desk goes by.
pub struct Cx<'a> {
    pub org: &'a Org,
    /// The pack's own rows, without those of the desk.
    pub pack: &'a Admissions,
    /// Whether the catalogue has the matter.
    pub known: &'a dyn Fn(&MatterCode) -> bool,
    pub actor: &'a Actor,
    pub now: Instant,
}

/// All applications of an authority.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Desk {
    pub applications: Vec<Application>,
}

fn said(words: &SmolStr) -> Result<SmolStr, No> {
    acts::said(words).ok_or(No::RuleMissing)
}

fn begins(from: Option<Instant>, now: Instant) -> Result<Instant, No> {
    acts::begins(from, now).ok_or(No::TooEarly)
}

impl Desk {
    /// What follows from an act.
    ///
    /// # Errors
    /// The rule that says no.
    pub fn decide(&self, cx: &Cx, act: &Act) -> Result<Entry, No> {
        let by = cx.actor.member_id().cloned().ok_or(No::NotYours)?;
        let entry = |no: u32, body: Body| Ok(Entry { no, by: by.clone(), at: cx.now, body });
        let next = u32::try_from(self.applications.len()).unwrap_or(u32::MAX).saturating_add(1);
        match act {
            Act::Apply { matter, applicant, reason } => {
                let body = self.applied(cx, matter, applicant, said(reason)?)?;
                entry(next, body)
            }
            Act::Admit { no, rule, from } => {
                self.deciding(cx, *no)?;
                entry(*no, Body::Admitted { rule: said(rule)?, from: begins(*from, cx.now)? })
            }
            Act::Refuse { no, rule } => {
                self.deciding(cx, *no)?;
                entry(*no, Body::Refused { rule: said(rule)? })
            }
            Act::Veto { matter, rule, from } => {
                let body = self.vetoed(cx, matter, said(rule)?, begins(*from, cx.now)?)?;
                entry(next, body)
            }
            Act::Withdraw { no, reason } => {
                let open = self.waiting(*no)?;
                cx.actor.sits(&open.applicant, APPLYING).ok_or(No::NotYours)?;
                entry(*no, Body::Withdrawn { reason: said(reason)? })
            }
        }
    }

    fn applied(&self, cx: &Cx, matter: &MatterCode, applicant: &UnitId, reason: SmolStr) -> Result<Body, No> {
        if !(cx.known)(matter) {
            return Err(No::UnknownMatter);
        }
        let there = cx.org.active(applicant, cx.now) && cx.actor.sits(applicant, APPLYING).is_some();
        if !there {
            return Err(No::NotYours);
        }
        let waits = |open: &Application| open.state == State::Waiting && &open.matter == matter;
        let admitted = self.over(cx).row(matter, cx.now).is_some_and(|row| row.ruling == Ruling::Admitted);
        if admitted || self.applications.iter().any(waits) {
            return Err(No::Already);
        }
        let office = self.office(cx, matter);
        if &office == applicant {
            return Err(No::OwnApplication);
        }
        Ok(Body::Applied { matter: matter.clone(), applicant: applicant.clone(), office, reason })
    }

    /// The office decides, and nobody of it what they asked for themselves.
    fn deciding(&self, cx: &Cx, no: u32) -> Result<(), No> {
        let open = self.waiting(no)?;
        cx.actor.sits(&open.office, DECIDING).ok_or(No::NotYours)?;
        if cx.actor.member_id() == Some(&open.applied_by) {
            return Err(No::OwnApplication);
        }
        Ok(())
    }

    /// The admission that it ends stays in the list as it was decided; the veto is an entry of its own.
    fn vetoed(&self, cx: &Cx, matter: &MatterCode, rule: SmolStr, from: Instant) -> Result<Body, No> {
        let rows = self.over(cx);
        let row = rows.row(matter, from).filter(|row| row.ruling == Ruling::Admitted);
        let (applicant, office) =
            row.map(|row| (row.applicant.clone(), row.office.clone())).ok_or(No::NotAdmitted)?;
        cx.actor.sits(&office, DECIDING).ok_or(No::NotYours)?;
        Ok(Body::Vetoed { matter: matter.clone(), applicant, office, rule, from })
    }

    fn waiting(&self, no: u32) -> Result<&Application, No> {
        let open = self.applications.iter().find(|open| open.no == no && open.state == State::Waiting);
        open.ok_or(No::NotWaiting)
    }

    /// Who decides on a matter: the office of the row in force, else the one the pack names, else the root centre.
    fn office(&self, cx: &Cx, matter: &MatterCode) -> UnitId {
        let by_row = self.over(cx).row(matter, cx.now).map(|row| row.office.clone());
        by_row.or_else(|| cx.pack.office.clone()).unwrap_or_else(|| cx.org.root_centre())
    }

    fn over(&self, cx: &Cx) -> Admissions {
        cx.pack.with(&self.rows())
    }

    /// Folds what happened.
    pub fn apply(&mut self, entry: &Entry) {
        let known = self.applications.iter_mut().find(|known| known.no == entry.no);
        match (&entry.body, known) {
            (Body::Applied { matter, applicant, office, reason }, None) => {
                self.applications.push(born(entry, matter, applicant, office, reason.clone()));
            }
            (Body::Vetoed { matter, applicant, office, rule, from }, None) => {
                let mut open = born(entry, matter, applicant, office, SmolStr::default());
                decided(&mut open, entry, State::Vetoed, rule, Some(*from));
                self.applications.push(open);
            }
            (Body::Admitted { rule, from }, Some(open)) => {
                decided(open, entry, State::Admitted, rule, Some(*from));
            }
            (Body::Refused { rule }, Some(open)) => decided(open, entry, State::Refused, rule, None),
            (Body::Withdrawn { reason }, Some(open)) => {
                decided(open, entry, State::Withdrawn, reason, None);
            }
            _ => {}
        }
    }

    /// The rows that the decisions make, in the order in which they were decided.
    pub fn rows(&self) -> Vec<Admission> {
        let mut held: Vec<&Application> =
            self.applications.iter().filter(|open| open.decided_at.is_some()).collect();
        held.sort_by_key(|open| (open.decided_at, open.no));
        let row = |open: &&Application| {
            let ruling = match open.state {
                State::Admitted => Ruling::Admitted,
                State::Refused => Ruling::Refused,
                State::Vetoed => Ruling::Vetoed,
                State::Waiting | State::Withdrawn => return None,
            };
            Some(Admission {
                matter: open.matter.0.clone(),
                applicant: open.applicant.clone(),
                office: open.office.clone(),
                ruling,
                rule: open.rule.clone().unwrap_or_default(),
                from: open.from.or(open.decided_at),
                until: None,
            })
        };
        held.iter().filter_map(row).collect()
    }
}

fn born(
    entry: &Entry,
    matter: &MatterCode,
    applicant: &UnitId,
    office: &UnitId,
    reason: SmolStr,
) -> Application {
    Application {
        no: entry.no,
        matter: matter.clone(),
        applicant: applicant.clone(),
        office: office.clone(),
        state: State::Waiting,
        reason,
        applied_by: entry.by.clone(),
        applied_at: entry.at,
        rule: None,
        decided_by: None,
        decided_at: None,
        from: None,
    }
}

fn decided(open: &mut Application, entry: &Entry, state: State, rule: &SmolStr, from: Option<Instant>) {
    open.state = state;
    open.rule = Some(rule.clone());
    open.decided_by = Some(entry.by.clone());
    open.decided_at = Some(entry.at);
    open.from = from;
}
