//! An authority with a sandbox beside it, and how a developer asks there.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::future::BoxFuture;
use huying_engine::{
    Engine, Error, authority,
    handle::Claimed,
    intake::{ReportDraft, ReportIn},
    outbox::{guard::Reach, template::Language},
    sandbox::{SandboxRules, Settlers},
};
use huying_model::MemberId;
use huying_server::{Settings, sandbox::Sandbox};
use huying_store::{Lane, TenantId};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
};

use crate::{
    desk::{self, Answer, Ask, Desk},
    drafts,
};

/// Stands in every case of the sandbox.
pub const MARK: &str = "沙丘标记";
/// Cases that the sandbox begins with.
pub const FIRST: usize = 3;

/// Some people who report.
struct Few;

impl Settlers for Few {
    fn settle<'a>(&'a self, engine: &'a Engine, tenant: TenantId) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let setting = engine.setting(tenant)?;
            let operator = MemberId::new("centre-east.operator.1");
            let actor = authority::actor(&setting.policy.org, &operator, engine.now())?;
            for no in 0..FIRST {
                let draft = desk::report("city/facility/litter", &format!("{MARK}{no}"));
                let draft: ReportDraft = serde_json::from_value(draft).unwrap();
                let (uploads, claimed) = (Vec::new(), Claimed::default());
                let actor = actor.clone();
                let input =
                    ReportIn { tenant, actor, draft, uploads, claimed, key: None, lane: Lane::Interactive };
                engine.report(input).await?;
            }
            Ok(())
        })
    }
}

/// A sandbox in this folder.
pub fn rules(folder: &Path) -> SandboxRules {
    SandboxRules {
        folder: folder.to_owned(),
        settlers: Arc::new(Few),
        reach: Reach::Anywhere,
        language: Language::default(),
        period: Duration::from_millis(200),
    }
}

/// The starter pack served with an open sandbox.
pub struct Yard {
    pub desk: Desk,
    pub folder: tempfile::TempDir,
}

impl Yard {
    pub async fn open() -> Yard {
        Yard::serving(desk::demonstration()).await
    }

    pub async fn serving(settings: Settings) -> Yard {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings { sandbox: Some(rules(folder.path())), ..settings };
        Yard::of(Desk::serving(settings).await, folder).await
    }

    pub async fn at(url: &str) -> Yard {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings { sandbox: Some(rules(folder.path())), ..desk::demonstration() };
        Yard::of(Desk::serving_at(url, settings).await, folder).await
    }

    async fn of(desk: Desk, folder: tempfile::TempDir) -> Yard {
        drafts::found(&desk).await;
        desk.state.sandbox().unwrap().open().await.unwrap();
        desk.clock.advance(60_000);
        Yard { desk, folder }
    }

    pub fn sandbox(&self) -> &Arc<Sandbox> {
        self.desk.state.sandbox().unwrap()
    }

    /// The folders of sandboxes, whole or not.
    pub fn places(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let mut all: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        all.sort();
        all
    }

    /// A key in the name of a member of the sandbox, made by the administrator of the demonstration.
    pub async fn key(&self, member: &str) -> String {
        let body = json!({"member": member, "name": "try"});
        let made = self.desk.post("/api/v1/sandbox/keys").by("administrator").json(&body).send().await;
        made.expect(201)["key"].as_str().unwrap().to_owned()
    }

    /// A request in the sandbox.
    pub fn ask(&self, key: &str, method: &str, path: &str) -> Ask<'_> {
        let path = format!("/sandbox{path}");
        self.desk.method(method, &path).header("authorization", &format!("Bearer {key}"))
    }

    pub async fn get(&self, key: &str, path: &str) -> Answer {
        self.ask(key, "GET", path).send().await
    }

    pub async fn post(&self, key: &str, path: &str, body: &Value) -> Answer {
        self.ask(key, "POST", path).json(body).send().await
    }

    pub async fn reset(&self) -> Answer {
        let stands = self.desk.get("/api/v1/sandbox").by("administrator").send().await.expect(200);
        let body = json!({"made_at": stands["made_at"]});
        self.desk.post("/api/v1/sandbox/reset").by("administrator").json(&body).send().await
    }

    /// A case from report to close, each step by whoever it falls to; answers its id and number.
    pub async fn lived_through(&self) -> (String, String) {
        let operator = self.key("centre-east.operator.1").await;
        let report = desk::report("city/facility/manhole", &format!("{MARK}井盖"));
        let made = self.post(&operator, "/api/v1/cases", &report).await;
        let id = made.expect(201)["id"].as_str().unwrap().to_owned();
        assert_eq!(made.header("location"), format!("/sandbox/api/v1/cases/{id}"));
        let works = self.key("dept-works.handler.1").await;
        let steps = [
            (
                "station-bridge.acceptor.1",
                "file",
                json!({"filing": {"matter": "city/facility/manhole", "condition": 1}}),
                "filed",
            ),
            ("centre-east.dispatcher.1", "dispatch", json!({"lead": "dept-works"}), "dispatched"),
            ("dept-works.handler.1", "receive", json!({"unit": "dept-works"}), "handling"),
        ];
        for (member, name, body, stage) in steps {
            self.step(member, &id, name, &body, stage).await;
        }
        let (media, body) = desk::form(&desk::photo(), Some("after"));
        let sent = self.ask(&works, "POST", &format!("/api/v1/cases/{id}/files")).raw(&media, body);
        let file = sent.send().await.expect(201)["file"].clone();
        let finish = json!({"outcome": "solved", "evidence": [{"kind": "after", "file": file}]});
        let call = json!({"reporter": 0, "reached": true, "solved": true, "satisfied": true});
        for (member, name, body, stage) in [
            ("dept-works.handler.1", "finish", finish, "inspecting"),
            ("inspection.inspector.1", "pass", json!({"words": "已修复"}), "calling_back"),
            ("callback.caller_back.1", "record-callback", call, "calling_back"),
            ("callback.caller_back.1", "close", json!({}), "closed"),
        ] {
            self.step(member, &id, name, &body, stage).await;
        }
        let whole = self.get(&operator, &format!("/api/v1/cases/{id}")).await.expect(200);
        (id, whole["number"].as_str().unwrap().to_owned())
    }

    async fn step(&self, member: &str, id: &str, name: &str, body: &Value, stage: &str) {
        let key = self.key(member).await;
        let answer = self.post(&key, &format!("/api/v1/cases/{id}/commands/{name}"), body).await;
        assert_eq!(answer.status, 200, "{member} {name}: {}", answer.text());
        assert_eq!(answer.header("huying-sandbox"), "true");
        assert_eq!(answer.json()["stage"], stage, "after {name}");
    }
}

/// Asks again and again until something is there; what never comes fails the test.
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut look: impl FnMut() -> F) -> T {
    for _ in 0..600 {
        if let Some(found) = look().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{what} did not come");
}

/// What a receiver of webhooks got: its head in small letters, and the body.
pub type Got = Arc<Mutex<Vec<(String, Value)>>>;

/// A receiver that takes everything.
pub async fn receiver() -> (String, Got) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (url, got) = (format!("http://{}/hook", listener.local_addr().unwrap()), Got::default());
    let keep = Arc::clone(&got);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (mut stream, mut head) = (BufReader::new(stream), String::new());
            while !head.ends_with("\r\n\r\n") {
                stream.read_line(&mut head).await.unwrap();
            }
            let head = head.to_lowercase();
            let length = head.split("content-length: ").nth(1).unwrap().lines().next().unwrap();
            let mut body = vec![0; length.trim().parse().unwrap()];
            stream.read_exact(&mut body).await.unwrap();
            keep.lock().unwrap().push((head, serde_json::from_slice(&body).unwrap()));
            let answer = b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n";
            stream.get_mut().write_all(answer).await.unwrap();
        }
    });
    (url, got)
}
