//! A node: a store of its own, served on a socket, with its exchange; killed and started again on the same store.

use std::{net::SocketAddr, path::Path, sync::Arc};

use huying_engine::{
    Clock, Engine, Setting, authority,
    clock::SetClock,
    exchange::{Exchange, ExchangeSettings, partner::PartnerDraft},
    files::Files,
    handle::{Claimed, SayIn, Upload},
    intake::{ReportDraft, ReportIn},
    outbox::guard::Reach,
};
use huying_model::{Actor, Case, CaseId, Event, MemberId, Name};
use huying_server::{AppState, Settings, SignIn};
use huying_store::{Lane, Options, Receipt, RootKey, Store, TenantId};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

pub const TENANT: TenantId = TenantId(1);

pub struct Node {
    pub engine: Engine,
    pub exchange: Arc<Exchange>,
    pub address: SocketAddr,
    served: JoinHandle<()>,
}

/// Opens the store of a folder and serves it. `url` is where partners reach it.
pub async fn open(folder: &Path, clock: Arc<SetClock>, url: Option<&str>) -> Node {
    open_on(folder, clock, url, 1).await
}

/// The same, writing into a stream of its own.
pub async fn open_on(folder: &Path, clock: Arc<SetClock>, url: Option<&str>, stream: i64) -> Node {
    std::fs::create_dir_all(folder).unwrap();
    let packed = folder.join("packs");
    if !packed.exists() {
        std::fs::create_dir_all(&packed).unwrap();
        let pack = crate::desk::starter_in(&packed);
        let units = pack.join("units.csv");
        let mut text = std::fs::read_to_string(&units).unwrap();
        text.push_str("platform-b,下级平台,Other Platform,external,platform-b,990101,dept-order\n");
        std::fs::write(&units, text).unwrap();
    }
    let pack = huying_pack::load(packed.join("pack")).unwrap_or_else(|problems| panic!("{problems:?}"));
    let store = format!("sqlite:{}", folder.join("store.db").display());
    let options = Options { stream, ..Options::new(RootKey::File(folder.join("root.key"))) };
    let store = Store::open(&store, options).await.unwrap();
    let files = Files::in_folder(&folder.join("files")).unwrap();
    let shared: Arc<dyn Clock> = clock;
    let engine = Engine::new(store, shared, files);
    engine.install(TENANT, Setting::of_pack(pack.clone(), 0));
    let settings = Settings {
        demo: true,
        sign_in: SignIn::Demo,
        limits: None,
        webhooks: Reach::Anywhere,
        ..Settings::default()
    };
    let state = AppState::new(engine.clone(), Arc::new(pack), settings);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = tokio::spawn(async move {
        let _ = huying_server::serve(listener, state, None, std::future::pending()).await;
    });
    let settings = ExchangeSettings { reach: Reach::Anywhere, url: url.map(str::to_owned) };
    let exchange = Arc::new(Exchange::new(engine.clone(), "test", settings).unwrap());
    Node { engine, exchange, address, served }
}

impl Node {
    /// Ends at once, wherever it is.
    pub async fn kill(self) {
        self.served.abort();
        let _ = self.served.await;
        self.engine.store().close().await;
    }

    pub async fn befriend(
        &self,
        id: &str,
        address: &str,
        (source, own): (&str, &str),
        secret: Option<&str>,
    ) -> String {
        let draft = PartnerDraft {
            id: id.into(),
            name: format!("{id}平台"),
            kind: "huying".into(),
            address: address.into(),
            source: source.into(),
            own: own.into(),
            secret: secret.map(str::to_owned),
        };
        let made = self.engine.add_partner(TENANT, &Actor::System, &draft, Reach::Anywhere).await.unwrap();
        made.unwrap()
    }

    pub async fn map(&self, id: &str, text: &str) {
        let done = self.engine.map_partner(TENANT, &Actor::System, id, text).await.unwrap();
        done.unwrap_or_else(|findings| panic!("{findings:?}"));
    }

    fn actor(&self, member: &str) -> Actor {
        let setting = self.engine.setting(TENANT).unwrap();
        authority::actor(&setting.policy.org, &MemberId::new(member), self.engine.now()).unwrap()
    }

    pub async fn report(&self, text: &str, photo: Option<Vec<u8>>) -> CaseId {
        let draft = json!({
            "source": "hotline", "matter": "city/order/vendor", "condition": 1, "text": text, "title": text,
            "address": "桥头路1号", "place": {"lon": 110.005, "lat": 30.015},
            "reporters": [{"name": "反映人一", "contact": "00000000000"}],
        });
        let draft: ReportDraft = serde_json::from_value(draft).unwrap();
        let uploads = photo.map(|bytes| Upload { bytes, kind: None }).into_iter().collect();
        let input = ReportIn {
            tenant: TENANT,
            actor: self.actor("acceptor-east"),
            draft,
            uploads,
            claimed: Claimed::default(),
            key: None,
            lane: Lane::Interactive,
        };
        self.engine.report(input).await.unwrap().receipt.case
    }

    pub async fn say(&self, member: &str, case: CaseId, name: Name, body: Value) -> Receipt {
        self.say_with(member, case, name, body, Vec::new()).await
    }

    pub async fn say_with(
        &self,
        member: &str,
        case: CaseId,
        name: Name,
        body: Value,
        files: Vec<Vec<u8>>,
    ) -> Receipt {
        let input = SayIn {
            tenant: TENANT,
            actor: self.actor(member),
            case,
            name,
            body,
            uploads: files.into_iter().map(|bytes| Upload { bytes, kind: None }).collect(),
            claimed: Claimed::default(),
            key: None,
            if_match: None,
        };
        self.engine.say(input).await.unwrap_or_else(|why| panic!("{member} {name:?}: {why}"))
    }

    /// Files a case where nobody has, and hands it to a unit.
    pub async fn send_to(&self, case: CaseId, unit: &str) {
        if self.case(case).await.stage == huying_model::Stage::Reported {
            let filing = json!({"filing": {"matter": "city/order/vendor", "condition": 1}});
            self.say("handler-station-bridge", case, Name::File, filing).await;
        }
        self.say("dispatcher-east", case, Name::Dispatch, json!({"lead": unit})).await;
    }

    pub async fn case(&self, id: CaseId) -> Case {
        self.engine.store().case(TENANT, id).await.unwrap().unwrap().case
    }

    pub async fn numbered(&self, number: &str) -> Option<Case> {
        self.engine.store().case_by_number(TENANT, number).await.unwrap().map(|found| found.case)
    }

    pub async fn events(&self, id: CaseId) -> Vec<Event> {
        let entries = self.engine.store().journal(TENANT, id, 0, 1000).await.unwrap();
        entries.into_iter().map(|entry| entry.event).collect()
    }

    /// What stands where: states of what goes out and of what came in.
    pub async fn counts(&self) -> Vec<(String, String, i64)> {
        let store = self.engine.store();
        let out = store.out_counts(TENANT).await.unwrap();
        let came = store.in_counts(TENANT).await.unwrap();
        let told = |way: &str, all: Vec<huying_store::exchange::Count>| {
            all.into_iter().map(|one| (way.to_owned(), one.state.to_string(), one.count)).collect::<Vec<_>>()
        };
        [told("out", out), told("in", came)].concat()
    }

    /// Nothing waits, and nothing stopped.
    pub async fn settled(&self) -> bool {
        self.counts().await.iter().all(|(_, state, _)| state == "done")
    }

    pub async fn assert_sound(&self) {
        let store = self.engine.store();
        let audit = store.audit(&|_| {}).await.unwrap();
        assert!(audit.breaches.is_empty(), "{:?}", audit.breaches);
        let check = store.check(&|_| {}).await.unwrap();
        assert!(check.clean(), "{check:?}");
    }
}

impl Node {
    /// The files of a case as they would be told to the other node now.
    pub async fn exchange_addresses(&self, case: CaseId) -> Vec<Value> {
        let evidence = self.case(case).await.evidence;
        self.exchange.file_list(TENANT, "b", case, &evidence).await.unwrap()
    }
}
