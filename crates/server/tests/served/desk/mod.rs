//! The starter pack served from a SQLite store of its own, asked in process: no socket, but with a peer's address.

use std::{net::SocketAddr, path::Path, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use huying_engine::{Clock, Engine, Setting, clock::SetClock, files::Files};
use huying_server::{AppState, Settings, SignIn, router};
use huying_store::{Options, RootKey, Store, TenantId};
use serde_json::{Value, json};
use tower::ServiceExt;

/// A Tuesday, 09:00 in the starter pack's zone, inside its working hours.
pub const MORNING: &str = "2026-05-12T01:00:00Z";

/// Members are chosen by name.
pub fn demonstration() -> Settings {
    Settings { demo: true, sign_in: SignIn::Demo, limits: None, ..Settings::default() }
}

/// The folder of the starter pack.
pub fn starter() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs/starter")
}

/// A copy of the starter pack in a folder, to be changed: its tables, and the calendars that lie beside packs.
pub fn starter_in(folder: &Path) -> std::path::PathBuf {
    let pack = folder.join("pack");
    for (from, to) in [(starter(), &pack), (starter().join("../calendars"), &folder.join("calendars"))] {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                std::fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
            }
        }
    }
    pack
}

pub struct Desk {
    pub router: Router,
    pub state: AppState,
    pub clock: Arc<SetClock>,
    pub folder: tempfile::TempDir,
}

/// An answer that was read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|why| panic!("{why}: {}", self.text()))
    }
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
    /// The answer's JSON, where it has this status.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        self.json()
    }
    /// The problem's code, where the answer has this status and is a problem.
    #[track_caller]
    pub fn problem(&self, status: u16) -> Value {
        let body = self.expect(status);
        assert_eq!(self.header("content-type"), "application/problem+json", "{body}");
        assert_eq!(body["status"], status);
        assert!(
            !body["detail"].as_str().unwrap().is_empty() && !body["code"].as_str().unwrap().is_empty(),
            "{body}"
        );
        body
    }
}

/// A request in the making.
pub struct Ask<'a> {
    desk: &'a Desk,
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    peer: SocketAddr,
}

impl Ask<'_> {
    pub fn by(self, member: &str) -> Self {
        self.header("x-huying-member", member)
    }
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
    pub fn json(mut self, body: &Value) -> Self {
        self.body = serde_json::to_vec(body).unwrap();
        self.header("content-type", "application/json")
    }
    pub fn raw(mut self, media: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("content-type", media)
    }
    pub fn from(mut self, peer: &str) -> Self {
        self.peer = peer.parse().unwrap();
        self
    }
    pub async fn start(self) -> axum::response::Response {
        let host = self.headers.iter().any(|(name, _)| name == "host");
        let mut request = Request::builder().method(self.method).uri(self.path);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        if !host {
            request = request.header(header::HOST, "localhost:8080");
        }
        let request = request.extension(ConnectInfo(self.peer)).body(Body::from(self.body)).unwrap();
        self.desk.router.clone().oneshot(request).await.unwrap()
    }
    pub async fn send(self) -> Answer {
        let (parts, body) = self.start().await.into_parts();
        let body = axum::body::to_bytes(body, 64 << 20).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }
}

impl Desk {
    pub async fn open() -> Desk {
        Desk::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut Options)) -> Desk {
        Desk::made(&starter(), change, demonstration()).await
    }

    /// Governed by another pack than the starter.
    pub async fn governed_by(pack: &Path, settings: Settings) -> Desk {
        Desk::made(pack, |_| {}, settings).await
    }

    /// Governed by another pack, on another database than a file of its own.
    pub async fn governed_at(pack: &Path, url: &str) -> Desk {
        Desk::made_at(pack, tempfile::tempdir().unwrap(), url, |_| {}, demonstration()).await
    }

    /// Served by other settings than the demonstration's.
    pub async fn serving(settings: Settings) -> Desk {
        Desk::made(&starter(), |_| {}, settings).await
    }

    /// On another database than a file of its own.
    pub async fn at(url: &str) -> Desk {
        Desk::serving_at(url, demonstration()).await
    }

    /// The same by other settings than the demonstration's.
    pub async fn serving_at(url: &str, settings: Settings) -> Desk {
        Desk::made_at(&starter(), tempfile::tempdir().unwrap(), url, |_| {}, settings).await
    }

    async fn made(pack: &Path, change: impl FnOnce(&mut Options), settings: Settings) -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        Desk::made_at(pack, folder, &url, change, settings).await
    }

    async fn made_at(
        pack: &Path,
        folder: tempfile::TempDir,
        url: &str,
        change: impl FnOnce(&mut Options),
        settings: Settings,
    ) -> Desk {
        let clock = Arc::new(SetClock::at(MORNING.parse().unwrap()));
        let mut options = Options::new(RootKey::File(folder.path().join("root.key")));
        change(&mut options);
        let store = Store::open(url, options).await.unwrap();
        let files = Files::in_folder(&folder.path().join("files")).unwrap();
        let shared: Arc<dyn Clock> = clock.clone();
        let engine = Engine::new(store, shared, files);
        let pack = huying_pack::load(pack);
        let pack = pack.unwrap_or_else(|problems| panic!("{problems:?}"));
        engine.install(TenantId(1), Setting::of_pack(pack.clone(), 0));
        let state = AppState::new(engine, Arc::new(pack), settings);
        Desk { router: router(state.clone()), state, clock, folder }
    }

    /// Another process on the same store: what the first kept in memory is not known to it.
    pub fn restarted(&self) -> Desk {
        let (engine, pack) = (self.state.engine.clone(), self.state.pack());
        let state = AppState::new(engine, pack, demonstration());
        let folder = tempfile::tempdir().unwrap();
        Desk { router: router(state.clone()), state, clock: self.clock.clone(), folder }
    }

    fn ask(&self, method: Method, path: &str) -> Ask<'_> {
        let peer = "127.0.0.1:50000".parse().unwrap();
        Ask { desk: self, method, path: path.to_owned(), headers: Vec::new(), body: Vec::new(), peer }
    }
    pub fn get(&self, path: &str) -> Ask<'_> {
        self.ask(Method::GET, path)
    }
    pub fn post(&self, path: &str) -> Ask<'_> {
        self.ask(Method::POST, path)
    }
    pub fn method(&self, method: &str, path: &str) -> Ask<'_> {
        self.ask(method.parse().unwrap(), path)
    }

    /// Reports a case and answers its id.
    pub async fn report(&self, matter: &str, text: &str) -> String {
        let body = report(matter, text);
        let answer = self.post("/api/v1/cases").by("acceptor-east").json(&body).send().await;
        answer.expect(201)["id"].as_str().unwrap().to_owned()
    }

    /// Where the search of a page leads, with its fields sent as its form sends them.
    pub async fn sought(&self, member: &str, fields: &[(&str, &str)]) -> String {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let post = self.post("/sought").by(member).raw("application/x-www-form-urlencoded", body);
        let answer = post.send().await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{fields:?}: {}", answer.text());
        answer.header("location").to_owned()
    }

    /// Gives a command that has to succeed.
    #[track_caller]
    pub fn command<'a>(&'a self, member: &str, id: &str, name: &str, body: &Value) -> Ask<'a> {
        self.post(&format!("/api/v1/cases/{id}/commands/{name}")).by(member).json(body)
    }

    /// Gives a command that has to lead to this stage.
    pub async fn tell(&self, member: &str, id: &str, name: &str, body: Value, stage: &str) -> Value {
        let answer = self.command(member, id, name, &body).send().await;
        assert_eq!(answer.status, StatusCode::OK, "{member} {name}: {}", answer.text());
        let done = answer.json();
        assert_eq!(done["stage"], stage, "after {name}: {done}");
        assert_eq!(answer.header("etag"), format!("\"{}\"", done["version"]));
        done
    }
}

/// A report in the middle of the first grid of the starter pack.
pub fn report(matter: &str, text: &str) -> Value {
    json!({
        "source": "hotline", "matter": matter, "condition": 1, "title": text, "text": text, "address": "桥头路1号",
        "place": {"lon": 110.005, "lat": 30.015},
        "reporters": [{"name": "反映人一", "contact": "00000000000"}],
    })
}

/// A small photo.
pub fn photo() -> Vec<u8> {
    let picture = image::RgbImage::from_fn(64, 48, |x, y| image::Rgb([x as u8 * 3, y as u8 * 4, 90]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Jpeg).unwrap();
    bytes.into_inner()
}

/// A multipart form with a file and a kind; answers the media type and the bytes.
pub fn form(file: &[u8], kind: Option<&str>) -> (String, Vec<u8>) {
    let boundary = "huying-form-boundary";
    let mut body =
        format!("--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"p.jpg\"\r\n\r\n")
            .into_bytes();
    body.extend_from_slice(file);
    if let Some(kind) = kind {
        body.extend_from_slice(
            format!("\r\n--{boundary}\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\n{kind}")
                .as_bytes(),
        );
    }
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={boundary}"), body)
}
