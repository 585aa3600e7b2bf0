//! The engine: one store, one clock, the files, and what each tenant's authority goes by.
//!
//! Owns which policy, places and numbers belong to which tenant. Everything else is a use-case in a module of its own that
//! takes the engine. Start at [`Engine::install`], then [`crate::handle`].

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, OnceLock, PoisonError, RwLock},
};

use huying_geo::Places;
use huying_model::{CaseId, Instant, Policy};
use huying_pack::Pack;
use huying_store::{Fault, Store, TenantId};
use jiff::tz::TimeZone;
use tokio::sync::{Mutex, MutexGuard, OwnedMutexGuard};

use crate::{
    Clock, Error, accounts::Tries, exchange::partner::ReadMaps, files::Files, live::Listener,
    number::Numbers, person::Opened, public::Ground, renew::AsOf,
};

/// What one tenant's authority goes by at this moment.
pub struct Setting {
    /// The pack of the version in force as it was written.
    pub base: Arc<Pack>,
    /// The same with the organisation as it is now: names, boards and shapes for showing.
    pub pack: Arc<Pack>,
    pub policy: Arc<Policy>,
    pub places: Arc<Places>,
    /// The authority's time zone: of photos without offset, of numbers and messages.
    pub zone: TimeZone,
    pub numbers: Arc<Numbers>,
    /// What of the logs it holds; None before they were asked for the first time.
    pub as_of: Option<AsOf>,
    /// Points that stand for areas, found when they are first asked for.
    pub ground: Arc<OnceLock<Ground>>,
}

impl Setting {
    /// From a pack. `node` tells application nodes of one tenant apart (0 on a single node).
    pub fn of_pack(pack: Pack, node: u8) -> Setting {
        let zone =
            pack.policy.current.calendar_of(None).map_or(TimeZone::UTC, |calendar| calendar.zone().clone());
        let numbers = Arc::new(Numbers::new(&pack.number_prefix, zone.clone(), node));
        let (policy, places) = (Arc::new(pack.policy.clone()), Arc::new(pack.places.clone()));
        let pack = Arc::new(pack);
        Setting {
            base: Arc::clone(&pack),
            pack,
            policy,
            places,
            zone,
            numbers,
            as_of: None,
            ground: Arc::default(),
        }
    }

    /// The same authority at another moment. Its numbers go on where they were.
    pub(crate) fn renewed(&self, base: Arc<Pack>, pack: Pack, policy: Policy, as_of: AsOf) -> Setting {
        let zone = policy.current.calendar_of(None).map_or(TimeZone::UTC, |calendar| calendar.zone().clone());
        let numbers = Arc::new(self.numbers.going_on(&pack.number_prefix, zone.clone()));
        let places = Arc::new(pack.places.clone());
        let (pack, policy) = (Arc::new(pack), Arc::new(policy));
        Setting { base, pack, policy, places, zone, numbers, as_of: Some(as_of), ground: Arc::default() }
    }
}

/// The use-cases, shared by every request. Cloning is cheap.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    clock: Arc<dyn Clock>,
    files: Files,
    tenants: RwLock<BTreeMap<TenantId, Arc<Setting>>>,
    births: Vec<Arc<Mutex<()>>>,
    /// One renewal at a time, so that an older one never replaces a newer.
    renewal: Mutex<()>,
    /// Tenants that have come to go by something else since the renewal looked last.
    taken_up: std::sync::Mutex<BTreeSet<TenantId>>,
    /// One comparison with the journal at a time, so that readers of a page do not take the machine from the desk.
    looking: Mutex<()>,
    /// Cases that were opened and are not written down yet.
    opened: std::sync::Mutex<Opened>,
    /// Tries to come in that were in vain and are not written down yet.
    tries: std::sync::Mutex<Tries>,
    /// One burst of copies at a time.
    gathering: Mutex<()>,
    /// Mappings of partners as they were read last.
    mappings: std::sync::Mutex<ReadMaps>,
    sandbox: bool,
}

/// Turns that are given to cases whose first key is being made; cases share one by their id.
const TURNS: usize = 256;

impl Engine {
    pub fn new(store: Store, clock: Arc<dyn Clock>, files: Files) -> Engine {
        Engine::made(store, clock, files, false)
    }

    /// On the store of a sandbox: what goes out of it says so, and no mail does.
    pub(crate) fn of_sandbox(store: Store, clock: Arc<dyn Clock>, files: Files) -> Engine {
        Engine::made(store, clock, files, true)
    }

    fn made(store: Store, clock: Arc<dyn Clock>, files: Files, sandbox: bool) -> Engine {
        let births = (0..TURNS).map(|_| Arc::default()).collect();
        let (tenants, renewal, looking) = (RwLock::default(), Mutex::default(), Mutex::default());
        let (opened, gathering) = (std::sync::Mutex::default(), Mutex::default());
        let (tries, mappings) = (std::sync::Mutex::default(), std::sync::Mutex::default());
        let taken_up = std::sync::Mutex::default();
        let inner = Inner {
            store,
            clock,
            files,
            tenants,
            births,
            renewal,
            taken_up,
            looking,
            opened,
            tries,
            gathering,
            mappings,
            sandbox,
        };
        Engine { inner: Arc::new(inner) }
    }

    /// From now on the tenant goes by this. Commands that were begun before end by what they began with.
    pub fn install(&self, tenant: TenantId, setting: Setting) {
        let mut tenants = self.inner.tenants.write().unwrap_or_else(PoisonError::into_inner);
        tenants.insert(tenant, Arc::new(setting));
    }

    /// What a tenant goes by.
    pub fn setting(&self, tenant: TenantId) -> Result<Arc<Setting>, Error> {
        let tenants = self.inner.tenants.read().unwrap_or_else(PoisonError::into_inner);
        tenants
            .get(&tenant)
            .cloned()
            .ok_or_else(|| Error::Fault(Fault::NotFound(format!("tenant {}", tenant.0))))
    }

    /// Every tenant that has a setting.
    pub fn tenants(&self) -> Vec<TenantId> {
        self.inner.tenants.read().unwrap_or_else(PoisonError::into_inner).keys().copied().collect()
    }

    /// Waits for the turn to renew what tenants go by.
    pub(crate) async fn renewing(&self) -> MutexGuard<'_, ()> {
        self.inner.renewal.lock().await
    }

    /// Tenants that have come to go by something else since the renewal looked last.
    pub(crate) fn taken_up(&self) -> &std::sync::Mutex<BTreeSet<TenantId>> {
        &self.inner.taken_up
    }

    /// Accesses that wait to be written.
    pub(crate) fn waiting(&self) -> &std::sync::Mutex<Opened> {
        &self.inner.opened
    }

    /// Tries to come in that wait to be written.
    pub(crate) fn tries(&self) -> &std::sync::Mutex<Tries> {
        &self.inner.tries
    }

    /// Mappings of partners as they were read last.
    pub(crate) fn mappings(&self) -> &std::sync::Mutex<ReadMaps> {
        &self.inner.mappings
    }

    /// Waits for the turn to compare with the journal.
    pub(crate) async fn looking(&self) -> MutexGuard<'_, ()> {
        self.inner.looking.lock().await
    }

    /// Waits for the turn to gather copies.
    pub(crate) async fn gathering(&self) -> MutexGuard<'_, ()> {
        self.inner.gathering.lock().await
    }

    /// Waits for the turn of a case whose first key is to be made.
    pub(crate) async fn birth(&self, case: CaseId) -> OwnedMutexGuard<()> {
        // The low half of an id is random, so cases spread over the turns.
        let turn = usize::try_from(case.0 % (TURNS as u128)).unwrap_or(0);
        Arc::clone(&self.inner.births[turn]).lock_owned().await
    }

    pub fn store(&self) -> &Store {
        &self.inner.store
    }
    pub fn files(&self) -> &Files {
        &self.inner.files
    }
    /// Whether all of this is for trying out.
    pub fn is_sandbox(&self) -> bool {
        self.inner.sandbox
    }
    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.inner.clock)
    }
    /// Hears of every commit from now on.
    pub fn listen(&self) -> Listener {
        Listener::of(&self.inner.store)
    }
    pub fn now(&self) -> Instant {
        self.inner.clock.now()
    }
}
