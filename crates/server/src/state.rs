//! What every handler has at hand: the engine, the settings of this process, and its counters.

use std::{ops::Deref, sync::Arc, time::Duration};

use axum::body::Bytes;
use huying_engine::{
    Engine, Setting,
    accounts::{AccountRules, Accounts},
    outbox::{guard::Reach, mail::Mailer},
    person::Privacy,
    sandbox::SandboxRules,
    toll::Tolls,
};
use huying_model::{Instant, MemberId};
use huying_pack::{Pack, listing::Kind};
use huying_store::TenantId;
use tokio::sync::watch;

use crate::{
    api::tables::Table,
    arrival::{Addresses, Proxies},
    audits::Audits,
    basemap::Basemap,
    connections::Bounds,
    contact::Contacts,
    held::Held,
    imports::Imports,
    looking::Looking,
    metrics::{Metrics, OpenStream},
    open311::{Open311, places::Places},
    openapi::deprecated::{DEPRECATED, Deprecated},
    pages::outlines::Outlines,
    problem::Problem,
    rates::{Limits, Rates},
    sandbox::Sandbox,
    session::{
        demo::SessionKey,
        sender::{ROOM, ROOM_OF_MEMBER},
    },
    tiles::Tiles,
};

/// After so many seconds one of a member's live streams may have ended.
const STREAM_AGAIN: u32 = 30;

/// How members come in.
#[derive(Clone)]
pub enum SignIn {
    /// By choosing a name, on a loopback address: for the demonstration and for tests.
    Demo,
    /// By accounts.
    Accounts(Box<AccountRules>, Option<Box<Mailer>>),
}

/// How this process serves.
#[derive(Clone)]
pub struct Settings {
    /// Whose cases are served: one authority a process.
    pub tenant: TenantId,
    pub sign_in: SignIn,
    /// Proxies of the deployment, whose word on a request's way counts.
    pub proxies: Proxies,
    /// Who may ask for the figures of this process, besides whoever asks on this machine.
    pub metrics_from: Addresses,
    /// The store holds a simulated city: every page says 演示数据.
    pub demo: bool,
    /// Time since any fixed moment, for measuring how long answers take. The binary hands down its own; a clock that
    /// stands still measures nothing and harms nothing.
    pub stopwatch: fn() -> Duration,
    /// Where webhooks may go; the outbox of this process goes by the same.
    pub webhooks: Reach,
    /// How often one may ask; None where nobody is limited, as in the demonstration.
    pub limits: Option<Limits>,
    /// How long clients may keep silent, and how many there may be.
    pub connections: Bounds,
    /// What the authority sets about persons.
    pub privacy: Privacy,
    /// What programs of others are told.
    pub open311: Open311,
    /// What lies under the map.
    pub basemap: Basemap,
    /// Where developers of other systems may try things; None where there is no sandbox.
    pub sandbox: Option<SandboxRules>,
    /// Operations whose answers say that they are to go.
    pub deprecated: &'static [Deprecated],
    /// Shown by /healthz and in the API's description.
    pub version: &'static str,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            tenant: TenantId(1),
            sign_in: SignIn::Accounts(Box::default(), None),
            proxies: Proxies::default(),
            metrics_from: Addresses::default(),
            demo: false,
            stopwatch: || Duration::ZERO,
            webhooks: Reach::default(),
            limits: Some(Limits::default()),
            connections: Bounds::default(),
            privacy: Privacy::default(),
            open311: Open311::default(),
            basemap: Basemap::default(),
            sandbox: None,
            deprecated: DEPRECATED,
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}

/// Shared by all handlers; cloning it copies one pointer.
#[derive(Clone)]
pub struct AppState(Arc<Inner>);

/// What [`AppState`] points to.
pub struct Inner {
    pub engine: Engine,
    /// The pack that the server was started with, where the tenant has no setting.
    first: Arc<Pack>,
    pub settings: Settings,
    pub metrics: Metrics,
    accounts: Option<Accounts>,
    sandbox: Option<Arc<Sandbox>>,
    pub(crate) rates: Option<Rates>,
    /// What reports of residents cost now.
    pub(crate) tolls: Tolls,
    /// Signs the cookies of the demonstration.
    pub(crate) session_key: SessionKey,
    /// When each member was last in contact.
    pub(crate) contacts: Contacts,
    /// Who has which case open at this moment.
    pub(crate) looking: Looking,
    /// The API's description, written once.
    pub(crate) openapi: Bytes,
    /// Outlines of areas for the map, made as they are asked for.
    pub(crate) outlines: Outlines,
    /// Vector tiles, and what they are made of.
    pub(crate) tiles: Tiles,
    /// Places for long lists to programs of others.
    pub(crate) long_lists: Places,
    /// Places for reports with photos, whose sender is known only when they were read.
    pub(crate) long_forms: Places,
    /// For forms with photos of those who have no account: six of an address, since many share one.
    pub(crate) resident_forms: Places,
    /// Megabytes of large bodies of members.
    pub(crate) member_bodies: Places<MemberId>,
    /// Live streams of members; None where nobody is limited.
    streams: Option<Places<MemberId>>,
    /// Files that were looked at and not applied yet.
    pub(crate) held: Held<(Kind, Table)>,
    /// The last audit of this process.
    pub(crate) audits: Audits,
    /// The last import of cases of this process.
    pub(crate) imports: Imports,
    /// Turns true when the server ends: live streams end with it.
    pub(crate) closing: watch::Sender<bool>,
}

impl Deref for AppState {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl AppState {
    /// A server on an engine. The key of the demonstration's cookies is made here, so a restart signs everybody there out.
    pub fn new(engine: Engine, pack: Arc<Pack>, settings: Settings) -> AppState {
        let accounts = match &settings.sign_in {
            SignIn::Demo => None,
            SignIn::Accounts(rules, mailer) => {
                let mailer = mailer.as_deref().cloned();
                Some(Accounts::new(engine.clone(), settings.tenant, (**rules).clone(), mailer))
            }
        };
        let rates = settings.limits.map(Rates::new);
        let streams = settings.limits.map(|limits| Places::new(usize::MAX, limits.streams));
        let sandbox = settings.sandbox.clone();
        let sandbox = sandbox.map(|rules| Arc::new(Sandbox::new(engine.clone(), &settings, rules)));
        let openapi = Bytes::from(crate::openapi::text_of(engine.is_sandbox(), sandbox.is_some()));
        AppState(Arc::new(Inner {
            engine,
            first: pack,
            settings,
            metrics: Metrics::new(),
            accounts,
            sandbox,
            rates,
            tolls: Tolls::default(),
            session_key: SessionKey::new(),
            contacts: Contacts::default(),
            looking: Looking::default(),
            openapi,
            outlines: Outlines::default(),
            tiles: Tiles::default(),
            long_lists: Places::new(4, 1),
            long_forms: Places::new(8, 4),
            resident_forms: Places::new(32, 6),
            member_bodies: Places::new(ROOM, ROOM_OF_MEMBER),
            streams,
            held: Held::default(),
            audits: Audits::default(),
            imports: Imports::default(),
            closing: watch::Sender::new(false),
        }))
    }

    /// The accounts, where members come in by them.
    pub fn accounts(&self) -> Result<&Accounts, Problem> {
        self.accounts.as_ref().ok_or_else(|| Problem::of("demo_members"))
    }

    /// Counts a live stream of this member for as long as it is held.
    ///
    /// # Errors
    /// `too_many_requests` where as many are open as one member may have.
    pub(crate) fn stream_of(&self, member: &MemberId) -> Result<OpenStream, Problem> {
        let place = match (&self.streams, self.settings.limits) {
            (Some(streams), Some(Limits { streams: most, .. })) => {
                let full = || Problem {
                    zh: format!("您同时打开的实时连接已达上限（{most} 个），请先关闭一个。"),
                    en: format!("You hold {most} live streams, as many as one member may: close one first."),
                    retry_after: Some(STREAM_AGAIN),
                    ..Problem::of("too_many_requests")
                };
                Some(streams.room(member.clone(), 1).ok_or_else(full)?)
            }
            _ => None,
        };
        Ok(self.metrics.stream(place))
    }

    /// The sandbox beside it, where there is one.
    pub fn sandbox(&self) -> Option<&Arc<Sandbox>> {
        self.sandbox.as_ref()
    }

    /// Whether this is a sandbox itself.
    pub fn is_sandbox(&self) -> bool {
        self.engine.is_sandbox()
    }

    /// This moment, by the engine's clock.
    pub fn now(&self) -> Instant {
        self.engine.now()
    }

    /// Rules, organisation, places and time zone as they are today.
    pub fn setting(&self) -> Result<Arc<Setting>, Problem> {
        Ok(self.engine.setting(self.settings.tenant)?)
    }

    /// Names, boards and shapes of today for showing; what decides is the engine's setting.
    pub fn pack(&self) -> Arc<Pack> {
        self.engine
            .setting(self.settings.tenant)
            .map_or_else(|_| Arc::clone(&self.first), |setting| Arc::clone(&setting.pack))
    }

    pub fn tenant(&self) -> TenantId {
        self.settings.tenant
    }
}
