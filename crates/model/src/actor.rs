//! Who acts: a member from one of their seats, the reporter, or System.

use serde::{Deserialize, Serialize};

use crate::ids::{MemberId, UnitId};

/// What a member may do in a unit (domain §1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    GridWorker,
    Operator,
    Acceptor,
    Dispatcher,
    Handler,
    Inspector,
    CallerBack,
    Supervisor,
    Leader,
    Administrator,
    Auditor,
}

impl Role {
    pub const ALL: [Role; 11] = [
        Role::GridWorker,
        Role::Operator,
        Role::Acceptor,
        Role::Dispatcher,
        Role::Handler,
        Role::Inspector,
        Role::CallerBack,
        Role::Supervisor,
        Role::Leader,
        Role::Administrator,
        Role::Auditor,
    ];
    pub fn zh(self) -> &'static str {
        match self {
            Role::GridWorker => "网格员",
            Role::Operator => "话务员",
            Role::Acceptor => "受理员",
            Role::Dispatcher => "派遣员",
            Role::Handler => "处置人员",
            Role::Inspector => "核查员",
            Role::CallerBack => "回访员",
            Role::Supervisor => "督办员",
            Role::Leader => "领导",
            Role::Administrator => "管理员",
            Role::Auditor => "审计员",
        }
    }
    pub fn en(self) -> &'static str {
        match self {
            Role::GridWorker => "Grid worker",
            Role::Operator => "Operator",
            Role::Acceptor => "Acceptor",
            Role::Dispatcher => "Dispatcher",
            Role::Handler => "Handler",
            Role::Inspector => "Inspector",
            Role::CallerBack => "Caller-back",
            Role::Supervisor => "Supervisor",
            Role::Leader => "Leader",
            Role::Administrator => "Administrator",
            Role::Auditor => "Auditor",
        }
    }
}

/// A role in a unit.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Seat {
    pub unit: UnitId,
    pub role: Role,
}

/// Who sends a command. A member brings every seat that is theirs at this moment (roster and deputies resolved).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Actor {
    Member {
        id: MemberId,
        seats: Vec<Seat>,
    },
    /// Reporter `no` of the case the command is for.
    Reporter {
        no: u16,
    },
    /// The platform itself: timers, routes that a pack lets it follow, cascades between cases.
    System,
}

/// Who did it, as kept in the journal.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    Member { id: MemberId, seat: Option<Seat> },
    Reporter { no: u16 },
    System,
}

impl Actor {
    pub fn system() -> Self {
        Actor::System
    }
    pub fn member_id(&self) -> Option<&MemberId> {
        match self {
            Actor::Member { id, .. } => Some(id),
            _ => None,
        }
    }
    /// The first seat that `fits`.
    pub fn seat(&self, fits: impl Fn(&Seat) -> bool) -> Option<&Seat> {
        match self {
            Actor::Member { seats, .. } => seats.iter().find(|seat| fits(seat)),
            _ => None,
        }
    }
    pub fn sits(&self, unit: &UnitId, roles: &[Role]) -> Option<&Seat> {
        self.seat(|seat| &seat.unit == unit && roles.contains(&seat.role))
    }
}
