//! Three administrators who cannot stand in for one another, as an option of the tenant: one runs the system, one guards the accounts,
//! one looks at what both did.
//!
//! Owns the table of what each may do ([`TABLE`]) and the check that nobody has two of them. Without the option every administrator of
//! the whole authority may do all of it. Refuses to say who is an administrator: that is the organisation's. Start at [`Duties::may`].

use std::collections::BTreeSet;

use huying_model::{Actor, MemberId, actor::Role, org::Org};

use super::Accounts;
use crate::Error;

/// What one of the three does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Duty {
    /// 系统管理员: runs the platform and knows no secrets of others.
    System,
    /// 安全管理员: guards who comes in and who gets which seat.
    Security,
    /// 审计管理员: sees what both did, and changes nothing.
    Audit,
}

impl Duty {
    pub const ALL: [Duty; 3] = [Duty::System, Duty::Security, Duty::Audit];

    pub fn code(self) -> &'static str {
        match self {
            Duty::System => "system",
            Duty::Security => "security",
            Duty::Audit => "audit",
        }
    }
}

/// What administrators do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Act {
    /// Policies, the organisation, admission, subscriptions; changes that give seats are only asked for.
    Run,
    /// Who has an account, and how it stands.
    See,
    /// A first link for a member: whoever has it can come in as them.
    Invite,
    /// A link for another password, and one-time codes and passkeys taken off.
    Reset,
    /// Closing an account and opening it again.
    Lock,
    /// Agreeing to seats that were asked for, or refusing them.
    Grant,
    /// Reading who signed in how.
    Watch,
    /// Reading who looked at what and who was forgotten, and having the journal audited.
    Audit,
}

/// Who may do what where the three are apart.
pub const TABLE: &[(Act, &[Duty])] = &[
    (Act::Run, &[Duty::System]),
    (Act::See, &Duty::ALL),
    (Act::Invite, &[Duty::Security]),
    (Act::Reset, &[Duty::Security]),
    (Act::Lock, &[Duty::Security]),
    (Act::Grant, &[Duty::Security]),
    (Act::Watch, &[Duty::Audit]),
    (Act::Audit, &[Duty::System, Duty::Audit]),
];

/// Who has which duty, from the settings.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Duties {
    pub system: BTreeSet<MemberId>,
    pub security: BTreeSet<MemberId>,
    pub audit: BTreeSet<MemberId>,
}

/// What is wrong with them.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Unfit {
    #[error("there is no {0} administrator: name one")]
    Nobody(&'static str),
    #[error("'{0}' has two of the three duties: whoever has one may not have another")]
    Twice(MemberId),
    #[error(
        "'{0}' is no administrator of the organisation: give them that seat in the pack, or name another"
    )]
    NoSeat(MemberId),
}

impl Duties {
    fn of(&self, duty: Duty) -> &BTreeSet<MemberId> {
        match duty {
            Duty::System => &self.system,
            Duty::Security => &self.security,
            Duty::Audit => &self.audit,
        }
    }

    /// The duty of a member.
    pub fn duty(&self, member: &MemberId) -> Option<Duty> {
        Duty::ALL.into_iter().find(|duty| self.of(*duty).contains(member))
    }

    /// Whether this member may do that.
    pub fn may(&self, member: &MemberId, act: Act) -> bool {
        let row = TABLE.iter().find(|(of, _)| *of == act).map_or(&[][..], |(_, who)| who);
        self.duty(member).is_some_and(|duty| row.contains(&duty))
    }

    /// Everything that is wrong with them.
    pub fn unfit(&self, org: &Org) -> Vec<Unfit> {
        let nobody = |duty: &Duty| self.of(*duty).is_empty();
        let mut wrong: Vec<Unfit> =
            Duty::ALL.iter().filter(|duty| nobody(duty)).map(|duty| Unfit::Nobody(duty.code())).collect();
        for member in Duty::ALL.iter().flat_map(|duty| self.of(*duty)).collect::<BTreeSet<_>>() {
            if Duty::ALL.iter().filter(|duty| self.of(**duty).contains(member)).count() > 1 {
                wrong.push(Unfit::Twice(member.clone()));
            }
            let seats = org.members.get(member).map(|found| found.seats.as_slice()).unwrap_or_default();
            let audits = self.audit.contains(member);
            let fits = |role| role == Role::Administrator || (audits && role == Role::Auditor);
            if !seats.iter().any(|seat| fits(seat.role)) {
                wrong.push(Unfit::NoSeat(member.clone()));
            }
        }
        wrong
    }
}

impl Accounts {
    /// Whether a member may do what administrators do; `administers` says that they are one of the whole authority.
    pub fn may(&self, member: &MemberId, administers: bool, act: Act) -> bool {
        administers && self.rules().duties.as_ref().is_none_or(|duties| duties.may(member, act))
    }

    /// The actor with the seats that count for an act: where the three are apart, a seat as administrator is of use for what its member may
    /// do there, and for nothing else.
    pub fn seated(&self, mut actor: Actor, act: Act) -> Actor {
        if let (Some(duties), Actor::Member { id, seats }) = (&self.rules().duties, &mut actor)
            && !duties.may(id, act)
        {
            seats.retain(|seat| seat.role != Role::Administrator);
        }
        actor
    }

    /// Everything that is wrong with the three, by today's organisation.
    pub fn unfit(&self) -> Result<Vec<Unfit>, Error> {
        let setting = self.inner.engine.setting(self.tenant())?;
        Ok(self.rules().duties.as_ref().map(|duties| duties.unfit(&setting.policy.org)).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn duties(system: &[&str], security: &[&str], audit: &[&str]) -> Duties {
        let set = |names: &[&str]| names.iter().map(|name| MemberId::new(*name)).collect();
        Duties { system: set(system), security: set(security), audit: set(audit) }
    }

    #[test]
    fn each_of_the_three_may_do_what_the_table_says_and_nothing_else() {
        let three = duties(&["s"], &["g"], &["a"]);
        for (act, who) in [
            (Act::Run, "s"),
            (Act::See, "sga"),
            (Act::Invite, "g"),
            (Act::Reset, "g"),
            (Act::Lock, "g"),
            (Act::Grant, "g"),
            (Act::Watch, "a"),
            (Act::Audit, "sa"),
        ] {
            for member in ["s", "g", "a", "x"] {
                assert_eq!(three.may(&MemberId::new(member), act), who.contains(member), "{member} {act:?}");
            }
        }
    }

    #[test]
    fn whoever_has_one_duty_may_not_have_another_and_all_three_have_somebody() {
        let starter = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs/starter");
        let org = huying_pack::load(starter).unwrap().policy.org;
        let told = |it: Duties| it.unfit(&org).iter().map(ToString::to_string).collect::<Vec<_>>();
        let twice = told(duties(&["a"], &["a"], &[]));
        assert!(twice.iter().any(|line| line.contains("no audit administrator")), "{twice:?}");
        assert!(twice.iter().any(|line| line.contains("two of the three")), "{twice:?}");
        assert!(twice.iter().any(|line| line.contains("no administrator of the organisation")), "{twice:?}");
    }
}
