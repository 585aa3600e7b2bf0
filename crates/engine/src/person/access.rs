//! Looking at a person: a field is revealed for a purpose and written down before it is answered; that a case was opened is written
//! down within a second.

use std::sync::{
    PoisonError,
    atomic::{AtomicI64, Ordering},
};

use huying_model::{Actor, Case, CaseId, Instant, MemberId, Seat, UnitId, actor::Role};
use huying_store::{
    TenantId,
    person::{AccessOf, AccessRow},
};
use smol_str::SmolStr;

use super::{No, PURPOSES, chosen};
use crate::{
    Engine, Error,
    authority::{
        self,
        field::{Access, Field, access},
    },
};

/// Accesses that wait to be written; more are written by whoever brings them.
const WAITING: usize = 4096;

/// What is asked to be shown.
#[derive(Clone, Debug)]
pub struct Reveal<'a> {
    pub tenant: TenantId,
    pub actor: &'a Actor,
    pub case: &'a Case,
    pub reporter: u16,
    pub field: Field,
    /// One of [`PURPOSES`].
    pub purpose: &'a str,
}

/// Accesses that wait to be written.
pub type Opened = Vec<(TenantId, AccessRow)>;

impl Engine {
    /// Shows one field of a reporter, for a purpose, after it was written down who looks.
    ///
    /// # Errors
    /// [`No::Hidden`] by the table of [`crate::authority::field`], [`No::Forgotten`] where nothing is left to show.
    pub async fn reveal(&self, asked: Reveal<'_>) -> Result<String, Error> {
        self.note_reveal(&asked, Some(asked.reporter)).await?;
        let known = self.informants(asked.tenant, asked.case).await?;
        let known = known.into_iter().find(|one| one.no == asked.reporter).ok_or(No::Unknown)?;
        let words = match asked.field {
            Field::Name => known.informant.name,
            Field::Contact => known.informant.contact,
            Field::Original | Field::Words => None,
        };
        let words = words.ok_or(No::Forgotten)?;
        Ok(self.store().seals(asked.tenant).open(&words).ok_or(No::Forgotten)?)
    }

    /// Writes down that something is shown on request, where the table lets it be; what it is the caller then reads.
    ///
    /// # Errors
    /// As [`Engine::reveal`].
    pub async fn note_reveal(&self, asked: &Reveal<'_>, reporter: Option<u16>) -> Result<(), Error> {
        let purpose = chosen(&PURPOSES, "purpose", asked.purpose)?;
        let setting = self.setting(asked.tenant)?;
        let shown = |actor: &Actor| access(&setting.policy.org, asked.case, actor, asked.field);
        let given = shown(asked.actor);
        if given == Access::Hidden {
            return Err(No::Hidden.into());
        }
        let mut row = self.access_row(asked.actor, asked.case.id, "revealed").ok_or(No::Hidden)?;
        // Who has several seats looks in the name of the one that shows it.
        if let Some(unit) = unit_of(asked.actor, |alone| shown(alone) == given) {
            row.unit = Some(unit);
        }
        row.field = Some(SmolStr::new_static(asked.field.code()));
        row.reporter = reporter;
        row.purpose = Some(SmolStr::new_static(purpose));
        Ok(self.store().note_accesses(asked.tenant, &[row]).await?)
    }

    pub(crate) fn access_row(&self, actor: &Actor, case: CaseId, what: &'static str) -> Option<AccessRow> {
        let Actor::Member { id, seats } = actor else { return None };
        let unit: Option<UnitId> = seats.first().map(|seat| seat.unit.clone());
        Some(AccessRow {
            at: self.now(),
            no: next_no(),
            member: id.clone(),
            unit,
            case,
            what: SmolStr::new_static(what),
            field: None,
            reporter: None,
            purpose: None,
        })
    }

    /// Notes that a member opened a case. It is written within a second by [`Engine::write_accesses`]; nobody waits for it.
    pub async fn note_opened(&self, tenant: TenantId, actor: &Actor, case: CaseId) {
        let Some(row) = self.access_row(actor, case, "opened") else { return };
        let full = {
            let mut waiting = self.waiting().lock().unwrap_or_else(PoisonError::into_inner);
            // A page that is looked at again at once, as after a command, is one look.
            let same = |(of, other): &(TenantId, AccessRow)| {
                *of == tenant && other.case == case && other.member == row.member
            };
            if !waiting.iter().rev().take(16).any(same) {
                waiting.push((tenant, row));
            }
            waiting.len() >= WAITING
        };
        if full && let Err(error) = self.write_accesses().await {
            tracing::error!(%error, "accesses could not be written and are tried again");
        }
    }

    /// Writes down what waits.
    ///
    /// # Errors
    /// The store's failures: what waits stays.
    pub async fn write_accesses(&self) -> Result<(), Error> {
        let mut rows: Opened =
            std::mem::take(&mut *self.waiting().lock().unwrap_or_else(PoisonError::into_inner));
        while let Some(tenant) = rows.first().map(|(tenant, _)| *tenant) {
            let (own, others): (Opened, Opened) = rows.into_iter().partition(|(of, _)| *of == tenant);
            let plain: Vec<AccessRow> = own.iter().map(|(_, row)| row.clone()).collect();
            if let Err(fault) = self.store().note_accesses(tenant, &plain).await {
                let mut waiting = self.waiting().lock().unwrap_or_else(PoisonError::into_inner);
                waiting.splice(0..0, own.into_iter().chain(others));
                return Err(fault.into());
            }
            rows = others;
        }
        Ok(())
    }

    /// The log of accesses, newest first, for administrators and auditors of the whole authority.
    ///
    /// # Errors
    /// [`No::AdministratorsOnly`] for anybody else.
    pub async fn accesses(
        &self,
        tenant: TenantId,
        actor: &Actor,
        of: &AccessOf,
        from: Instant,
        before: Option<(Instant, i64)>,
        most: usize,
    ) -> Result<Vec<AccessRow>, Error> {
        let setting = self.setting(tenant)?;
        if !watches(&setting.policy.org, actor) {
            return Err(No::AdministratorsOnly.into());
        }
        // What was opened in this very second belongs to the answer too.
        self.write_accesses().await?;
        let before = before.unwrap_or((Instant(i64::MAX), 0));
        Ok(self.store().accesses(tenant, of, from, before, most).await?)
    }

    /// What of a case's reporters was shown on request, newest first: for the reporter.
    ///
    /// # Errors
    /// The store's failures.
    pub async fn reveals_of(&self, tenant: TenantId, case: CaseId) -> Result<Vec<AccessRow>, Error> {
        Ok(self.store().accesses_shown(tenant, case).await?)
    }

    /// The member that a command line or a page acts for is an administrator of the whole authority.
    pub(crate) fn administrator(&self, tenant: TenantId, actor: &Actor) -> Result<MemberId, Error> {
        let setting = self.setting(tenant)?;
        let id = actor.member_id().filter(|_| authority::administers(&setting.policy.org, actor));
        Ok(id.cloned().ok_or(No::AdministratorsOnly)?)
    }
}

/// Numbers of one process rise, so that what happened in one moment stands in its order; the random half tells nodes apart.
pub(crate) fn next_no() -> i64 {
    static LAST: AtomicI64 = AtomicI64::new(0);
    (LAST.fetch_add(1, Ordering::Relaxed) << 24) | i64::from(rand::random::<u32>() >> 8)
}

/// The unit of a member's first seat that suffices by itself.
fn unit_of(actor: &Actor, suffices: impl Fn(&Actor) -> bool) -> Option<UnitId> {
    let Actor::Member { id, seats } = actor else { return None };
    let alone = |seat: &Seat| Actor::Member { id: id.clone(), seats: vec![seat.clone()] };
    seats.iter().find(|seat| suffices(&alone(seat))).map(|seat| seat.unit.clone())
}

/// Whether an actor looks after, or audits, the whole authority.
pub(crate) fn watches(org: &huying_model::org::Org, actor: &Actor) -> bool {
    let whole = |unit: &UnitId| org.units.get(unit).is_some_and(|unit| &unit.area == org.root());
    let audits = actor.seat(|seat| seat.role == Role::Auditor && whole(&seat.unit)).is_some();
    audits || authority::administers(org, actor)
}
