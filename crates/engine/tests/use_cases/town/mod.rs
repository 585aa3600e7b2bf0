//! The starter pack's district on a SQLite store of its own, with a clock that stands still until it is told.

use std::{path::Path, sync::Arc};

use huying_engine::{
    Clock, Engine, Setting, authority,
    clock::SetClock,
    files::Files,
    handle::{Claimed, SayIn},
    intake::{ReportDraft, ReportIn, Reported},
    place::PlaceDraft,
};
use huying_model::{Actor, Case, CaseId, Instant, MemberId, Name};
use huying_store::{Lane, Options, Receipt, RootKey, Store, TenantId};
use serde_json::Value;

pub const TENANT: TenantId = TenantId(1);

/// A Tuesday, 09:00 in the starter pack's zone, inside its working hours.
pub const MORNING: &str = "2026-05-12T01:00:00Z";

pub struct Town {
    pub engine: Engine,
    pub clock: Arc<SetClock>,
    pub folder: tempfile::TempDir,
}

impl Town {
    pub async fn new() -> Town {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(SetClock::at(MORNING.parse().unwrap()));
        let engine = open(folder.path(), clock.clone()).await;
        Town { engine, clock, folder }
    }

    /// The same town as it goes on with another store.
    pub fn on(&self, store: Store) -> Engine {
        let clock: Arc<dyn Clock> = self.clock.clone();
        let engine = Engine::new(store, clock, Files::in_folder(&self.folder.path().join("files")).unwrap());
        engine.install(TENANT, Setting::of_pack(pack("starter"), 0));
        engine
    }

    /// How a store is opened under the town's sealing key.
    pub fn options(&self) -> Options {
        Options::new(RootKey::File(self.folder.path().join("root.key")))
    }

    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    pub fn actor(&self, member: &str) -> Actor {
        let setting = self.engine.setting(TENANT).unwrap();
        authority::actor(&setting.policy.org, &MemberId::new(member), self.now()).unwrap()
    }

    /// Decides a change of the organisation; where it gives seats, a second administrator agrees.
    pub async fn change(&self, text: &str) -> huying_engine::change::Preview {
        let preview = self.engine.change(TENANT, &self.actor("administrator"), text).await.unwrap();
        match preview.waits {
            Some(no) => self.engine.approve_grant(TENANT, &self.actor("administrator-2"), no).await.unwrap(),
            None => preview,
        }
    }

    pub async fn report(&self, draft: ReportDraft) -> Reported {
        self.engine.report(self.reporting(draft)).await.unwrap()
    }

    pub fn reporting(&self, draft: ReportDraft) -> ReportIn {
        ReportIn {
            tenant: TENANT,
            actor: self.actor("acceptor-east"),
            draft,
            uploads: Vec::new(),
            claimed: Claimed::default(),
            key: None,
            lane: Lane::Interactive,
        }
    }

    pub fn saying(&self, member: &str, case: CaseId, name: Name, body: Value) -> SayIn {
        SayIn {
            tenant: TENANT,
            actor: self.actor(member),
            case,
            name,
            body,
            uploads: Vec::new(),
            claimed: Claimed::default(),
            key: None,
            if_match: None,
        }
    }

    pub async fn say(&self, member: &str, case: CaseId, name: Name, body: Value) -> Receipt {
        let said = self.engine.say(self.saying(member, case, name, body)).await;
        said.unwrap_or_else(|error| panic!("{member} {name:?}: {error}"))
    }

    pub async fn case(&self, id: CaseId) -> Case {
        self.engine.store().case(TENANT, id).await.unwrap().unwrap().case
    }
}

pub async fn open(folder: &Path, clock: Arc<SetClock>) -> Engine {
    let url = format!("sqlite:{}", folder.join("store.db").display());
    let store = Store::open(&url, Options::new(RootKey::File(folder.join("root.key")))).await.unwrap();
    let files = Files::in_folder(&folder.join("files")).unwrap();
    let engine = Engine::new(store, clock, files);
    engine.install(TENANT, Setting::of_pack(pack("starter"), 0));
    engine
}

pub fn pack(name: &str) -> huying_pack::Pack {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs").join(name);
    huying_pack::load(path).unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// The middle of Bridge Grid 1.
pub fn bridge() -> PlaceDraft {
    PlaceDraft { lon: Some(110.005), lat: Some(30.015), ..PlaceDraft::default() }
}

pub fn draft(matter: &str, text: &str) -> ReportDraft {
    ReportDraft {
        place: bridge(),
        matter: Some(matter.into()),
        condition: Some(1),
        text: Some(text.to_owned()),
        title: Some(text.to_owned()),
        ..ReportDraft::default()
    }
}
