//! Moving open cases to another version of the policy, looked at first and then done.
//!
//! Owns the walk over the open cases and the count of what changes. Refuses to decide what a move does to a case: that is the
//! model's `Repin`, which never makes a clock longer and leaves a case alone that could not go on. Done twice, the
//! second does nothing. Start at [`Engine::migration`].

use std::collections::BTreeMap;

use huying_model::{
    Actor, Case, CaseId, Command, Cx, Instant, PolicyVersion,
    book::{self, Act},
    clock::{ClockChange, Timer},
    decide,
    event::Times,
};
use huying_store::{Filter, Lane, Order, TenantId};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::{Engine, Error, handle::HandleIn, policy::EXAMPLES};

/// Open cases that are looked at at once.
const READ: usize = 500;

/// What a migration does, or would do.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Migration {
    /// Open filed cases of other versions.
    pub cases: usize,
    /// That move.
    pub moved: usize,
    /// That stay with their own version, by reason.
    pub stayed: BTreeMap<SmolStr, usize>,
    /// Clocks that get shorter, by their kind.
    pub clocks: BTreeMap<SmolStr, usize>,
    /// Some of the cases with their promise before and after.
    pub examples: Vec<Moved>,
}

/// One case that moves.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Moved {
    pub number: SmolStr,
    pub from: PolicyVersion,
    pub due_before: Option<Instant>,
    pub due_after: Option<Instant>,
}

impl Engine {
    /// Moves open cases to a version that is or was in force; without a reason it only says what that would do.
    ///
    /// # Errors
    /// [`Error::Book`] where the actor may not, or cases cannot go by that version; the store's failures end it, what was
    /// done stays done.
    pub async fn migration(
        &self,
        tenant: TenantId,
        actor: &Actor,
        to: &PolicyVersion,
        reason: Option<&str>,
    ) -> Result<Migration, Error> {
        let setting = self.setting(tenant)?;
        if !book::administers(&setting.policy.org, actor, self.now()) {
            return Err(book::No::AdministratorsOnly.into());
        }
        if reason.is_some_and(|reason| reason.trim().is_empty()) {
            return Err(book::No::ReasonMissing.into());
        }
        if !setting.policy.versions.contains_key(to) {
            return Err(book::No::UnknownVersion.into());
        }
        let open = Filter { open_only: true, ..Filter::default() };
        let (mut done, mut cursor) = (Migration::default(), None::<String>);
        loop {
            let page = self.store().list(tenant, &open, Order::OldestFirst, cursor.as_deref(), READ).await?;
            let ids: Vec<CaseId> = page.items.iter().map(|line| line.case).collect();
            for view in self.store().cases(tenant, &ids).await? {
                let pinned = view.case.policy.as_ref();
                if view.case.filed_at.is_none() || pinned == Some(to) {
                    continue;
                }
                done.cases += 1;
                match looked_at(&setting.policy, &view.case, to, self.now()) {
                    Err(why) => *done.stayed.entry(why).or_default() += 1,
                    Ok(changes) => {
                        let moved = match reason {
                            None => true,
                            Some(_) => self.repin(tenant, view.case.id, to).await?,
                        };
                        if moved {
                            count(&mut done, &view.case, &changes)
                        }
                    }
                }
            }
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        if let Some(reason) = reason {
            let stayed = done.stayed.values().sum();
            let act = Act::Migrate { to: to.clone(), moved: done.moved, stayed, reason: reason.into() };
            self.book(tenant, actor, &act).await?;
        }
        Ok(done)
    }

    /// False where somebody else was faster: the case has ended or moved already.
    async fn repin(&self, tenant: TenantId, case: CaseId, to: &PolicyVersion) -> Result<bool, Error> {
        let command = Command::Repin { to: to.clone() };
        let input = HandleIn {
            lane: Lane::Bulk,
            auto: false,
            ..HandleIn::new(tenant, Actor::System, case, command, Times::at(self.now()))
        };
        match self.handle(input).await {
            Ok(_) => Ok(true),
            Err(Error::Refused(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// The clocks that change, or why the case stays.
fn looked_at(
    policy: &huying_model::Policy,
    case: &Case,
    to: &PolicyVersion,
    now: Instant,
) -> Result<Vec<ClockChange>, SmolStr> {
    let related = |_: CaseId| None;
    let cx = Cx { policy, actor: &Actor::System, times: Times::at(now), related: &related };
    match decide(&cx, case, &Command::Repin { to: to.clone() }) {
        Ok(decision) => Ok(decision.events.into_iter().flat_map(|event| event.clocks).collect()),
        Err(huying_model::Refusal::StaysPinned { why }) => Err(why),
        Err(refusal) => Err(SmolStr::new(refusal.code())),
    }
}

fn count(done: &mut Migration, case: &Case, changes: &[ClockChange]) {
    done.moved += 1;
    let mut after = case.clock(&Timer::Promise).map(|clock| clock.due);
    for change in changes {
        let of = match change {
            ClockChange::Move { of, due, .. } => {
                if *of == Timer::Promise {
                    after = Some(*due);
                }
                of
            }
            ClockChange::Pause { of, .. } => of,
            _ => continue,
        };
        *done.clocks.entry(SmolStr::new(of.kind().code())).or_default() += 1;
    }
    if done.examples.len() < EXAMPLES {
        done.examples.push(Moved {
            number: case.number.clone(),
            from: case.policy.clone().unwrap_or_default(),
            due_before: case.clock(&Timer::Promise).map(|clock| clock.due),
            due_after: after,
        });
    }
}
