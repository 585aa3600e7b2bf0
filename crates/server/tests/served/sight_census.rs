//! The census of sight: every address × everybody who may come × an own and a foreign case, unit or file, each asked of the
//! server as it runs, with accounts, over a socket. A new address without rows fails.

use crate::desk;
use crate::routes;

use std::{fmt::Write as _, net::SocketAddr};

use desk::{Desk, form, photo};
use huying_engine::{
    accounts::Sent,
    authority,
    handle::{Claimed, SayIn},
    intake::{ReportDraft, ReportIn},
};
use huying_model::{CaseId, MemberId, Name, actor::Role};
use huying_server::Settings;
use huying_store::Lane;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

const PASSWORD: &str = "a river under stone";
const SCOPES: [&str; 4] = ["read", "report", "handle", "administer"];
/// Who has every right that a key can pass on: the keys are theirs.
const KEEPER: &str = "census-keeper";

/// Where each role sits: all but the administrator have, or had, a part in the own case or its ground in their area, and
/// none of the foreign one.
fn seat(role: Role) -> &'static str {
    match role {
        Role::GridWorker => "grid-bridge-1",
        Role::Handler => "order-east",
        Role::Inspector => "inspection",
        Role::CallerBack => "callback",
        Role::Administrator => "centre",
        Role::Operator
        | Role::Acceptor
        | Role::Dispatcher
        | Role::Supervisor
        | Role::Leader
        | Role::Auditor => "centre-east",
    }
}

fn code(role: Role) -> String {
    serde_json::to_value(role).unwrap().as_str().unwrap().to_owned()
}

/// The starter pack with a member for each role alone.
fn pack(folder: &std::path::Path) -> std::path::PathBuf {
    let pack = desk::starter_in(folder);
    let mut members = std::fs::read_to_string(pack.join("members.csv")).unwrap();
    for role in Role::ALL {
        let (role, unit) = (code(role), seat(role));
        writeln!(members, "census-{role},{role},{role},{unit}:{role}").unwrap();
    }
    writeln!(members, "{KEEPER},持钥人,Keeper,centre-east:leader centre:administrator").unwrap();
    std::fs::write(pack.join("members.csv"), members).unwrap();
    pack
}

/// Somebody who comes, with what they show.
struct Comer {
    name: String,
    headers: Vec<(&'static str, String)>,
}

/// What is one's own and what is another's.
struct Ground {
    case: String,
    unit: &'static str,
    file: String,
}

async fn say(desk: &Desk, member: &str, case: CaseId, name: Name, body: Value) {
    let setting = desk.state.setting().unwrap();
    let actor = authority::actor(&setting.policy.org, &MemberId::new(member), desk.state.now()).unwrap();
    let input = SayIn {
        tenant: desk.state.tenant(),
        actor,
        case,
        name,
        body,
        uploads: Vec::new(),
        claimed: Claimed::default(),
        key: None,
        if_match: None,
    };
    desk.state.engine.say(input).await.unwrap_or_else(|why| panic!("{name:?}: {why}"));
}

/// A case with a photo at a point.
async fn report(desk: &Desk, member: &str, lon: f64) -> (CaseId, String) {
    let setting = desk.state.setting().unwrap();
    let actor = authority::actor(&setting.policy.org, &MemberId::new(member), desk.state.now()).unwrap();
    let draft = json!({
        "source": "hotline", "matter": "city/order/vendor", "condition": 1, "text": "占道经营",
        "place": {"lon": lon, "lat": 30.015}, "reporters": [{"name": "反映人一", "contact": "00000000000"}],
    });
    let draft: ReportDraft = serde_json::from_value(draft).unwrap();
    let upload = huying_engine::handle::Upload { bytes: photo(), kind: None };
    let input = ReportIn {
        tenant: desk.state.tenant(),
        actor,
        draft,
        uploads: vec![upload],
        claimed: Claimed::default(),
        key: None,
        lane: Lane::Interactive,
    };
    let case = desk.state.engine.report(input).await.unwrap().receipt.case;
    let files = desk.state.engine.store().files(desk.state.tenant(), case).await.unwrap();
    (case, files[0].hash.to_string())
}

/// The own case has been with everybody and waits for its callback; the foreign one was only reported.
async fn grounds(desk: &Desk) -> [Ground; 2] {
    let (own, photo) = report(desk, "acceptor-east", 110.005).await;
    let filing = json!({"filing": {"matter": "city/order/vendor", "condition": 1}});
    say(desk, "handler-station-bridge", own, Name::File, filing).await;
    say(desk, "dispatcher-east", own, Name::Dispatch, json!({"lead": "order-east"})).await;
    say(desk, "handler-order-east", own, Name::Receive, json!({"unit": "order-east"})).await;
    let meeting = json!({"callee": "callback", "words": "请协助"});
    say(desk, "handler-order-east", own, Name::Call, meeting).await;
    say(desk, "handler-order-east", own, Name::Finish, json!({"outcome": "solved"})).await;
    let (foreign, other) = report(desk, "acceptor-west", 110.025).await;
    [
        Ground { case: own.to_string(), unit: "order-east", file: photo },
        Ground { case: foreign.to_string(), unit: "order-west", file: other },
    ]
}

async fn comers(desk: &Desk, address: SocketAddr) -> Vec<Comer> {
    let accounts = desk.state.accounts().unwrap();
    let mut comers = vec![Comer { name: "nobody".into(), headers: Vec::new() }];
    let mut names: Vec<String> = Role::ALL.into_iter().map(|role| format!("census-{}", code(role))).collect();
    names.push(KEEPER.to_owned());
    for name in names {
        let Sent::Shown(link) = accounts.invite(&MemberId::new(&name), None).await.unwrap() else { panic!() };
        accounts.take_up(link.rsplit('/').next().unwrap(), PASSWORD).await.unwrap();
        let body = json!({"member": name, "password": PASSWORD});
        let signed = desk.post("/api/v1/session").json(&body).send().await;
        signed.expect(200);
        let cookie = signed.header("set-cookie").split(';').next().unwrap().to_owned();
        let origin = format!("http://{address}");
        if name != KEEPER {
            let headers = vec![("cookie", cookie), ("origin", origin)];
            comers.push(Comer { name: name.replace("census-", ""), headers });
            continue;
        }
        for scope in SCOPES {
            let body = json!({"name": scope, "scopes": [scope], "days": 1, "password": PASSWORD});
            let ask = desk.post("/api/v1/account/keys").header("cookie", &cookie);
            let made = ask.header("origin", "http://localhost:8080").json(&body).send().await.expect(201);
            let bearer = format!("Bearer {}", made["key"].as_str().unwrap());
            comers.push(Comer { name: format!("key:{scope}"), headers: vec![("authorization", bearer)] });
        }
    }
    comers
}

/// An address with its gaps filled. What changes nobody's account stands for members.
fn filled(path: &str, ground: &Ground) -> String {
    let case = path.contains("/cases/{id}");
    let fill = |part: &str| match part {
        "{id}" if case => ground.case.clone(),
        "{unit}" => ground.unit.to_owned(),
        "{file}" => ground.file.clone(),
        "{member}" => "nobody-of-the-organisation".to_owned(),
        "{code}" => "990101001".to_owned(),
        part if part.starts_with('{') => "0".repeat(32),
        part => part.to_owned(),
    };
    path.split('/').map(fill).collect::<Vec<_>>().join("/")
}

/// Whether an address speaks of something that one person may have in sight and another not.
fn of_ground(path: &str) -> bool {
    path.contains("/cases/{id}") || path.contains("{unit}")
}

/// The status of an answer and where it leads, read no further than its head: streams never end.
async fn head(address: SocketAddr, method: &str, path: &str, comer: &Comer) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut words = format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
    for (name, value) in &comer.headers {
        write!(words, "{name}: {value}\r\n").unwrap();
    }
    if method != "GET" {
        // A version that no case has: the rules may answer, and nothing changes.
        words.push_str("if-match: \"4000000000\"\r\n");
        let (media, body) = if path.contains("/files") {
            let (media, body) = form(b"no picture", None);
            (media, String::from_utf8(body).unwrap())
        } else if path.starts_with("/api/") {
            ("application/json".to_owned(), "{}".to_owned())
        } else {
            ("application/x-www-form-urlencoded".to_owned(), "version=4000000000".to_owned())
        };
        write!(words, "content-type: {media}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
    } else {
        words.push_str("\r\n");
    }
    stream.write_all(words.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut some = [0_u8; 1024];
        let read = stream.read(&mut some).await.unwrap();
        assert!(read > 0, "{method} {path}: the answer broke off");
        answer.extend_from_slice(&some[..read]);
    }
    let text = String::from_utf8_lossy(&answer).into_owned();
    let status = text.split(' ').nth(1).unwrap().parse().unwrap();
    let to = text.lines().find_map(|line| line.strip_prefix("location: ")).unwrap_or_default();
    (status, to.to_owned())
}

/// What an answer means for whoever asked.
fn class((status, to): (u16, String)) -> &'static str {
    match status {
        200..300 | 304 => "ok",
        300..400 if to.starts_with("/sign-in") => "sign-in",
        300..400 => "ok",
        401 => "sign-in",
        403 => "shut",
        404 => "unknown",
        503 => "later",
        400..500 => "refused",
        other => panic!("an answer with status {other}"),
    }
}

/// Addresses that end the session of whoever asks: asked last.
fn ends_a_session(route: &(String, String)) -> bool {
    let (method, path) = (route.0.as_str(), route.1.as_str());
    matches!(
        (method, path),
        ("DELETE", "/api/v1/session" | "/api/v1/account/devices") | ("POST", "/sign-out" | "/account")
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_every_address_answers_to_everybody_about_an_own_and_a_foreign_case_is_what_is_checked_in() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::governed_by(&pack(folder.path()), Settings::default()).await;
    let [own, foreign] = grounds(&desk).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let comers = comers(&desk, address).await;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let state = desk.state.clone();
    let served = tokio::spawn(async move {
        let ended = async move {
            let _ = stopped.await;
        };
        huying_server::serve(listener, state, None, ended).await
    });
    let mut routes = routes::all();
    routes.sort_by_key(ends_a_session);
    let (mut lines, mut rows) = (Vec::new(), 0);
    for (method, path) in &routes {
        let grounds =
            if of_ground(path) { vec![("own", &own), ("foreign", &foreign)] } else { vec![("-", &own)] };
        for (whose, ground) in grounds {
            let asked = filled(path, ground);
            let mut answers: std::collections::BTreeMap<&str, Vec<&str>> = std::collections::BTreeMap::new();
            for comer in &comers {
                let answer = class(head(address, method, &asked, comer).await);
                answers.entry(answer).or_default().push(&comer.name);
                rows += 1;
            }
            let mut line = format!("{method:<7} {path} [{whose}]");
            for (answer, who) in answers {
                let who = if who.len() == comers.len() { "everybody".to_owned() } else { who.join(" ") };
                write!(line, "\n  {answer:<8} {who}").unwrap();
            }
            lines.push((path.clone(), method.clone(), line));
        }
    }
    stop.send(()).unwrap();
    served.await.unwrap().unwrap();
    lines.sort();
    let size =
        format!("the census of sight: {} routes × {} who come, {rows} rows\n", routes.len(), comers.len());
    std::fs::write(concat!(env!("CARGO_TARGET_TMPDIR"), "/census.txt"), &size).unwrap();
    let mut census = String::from(
        "# What every address answers to everybody who may come: nobody, a member for each role alone, and a program with a key of each\n\
         # scope; about an own case, unit or file [own], about a foreign one [foreign], or about neither [-].\n\
         # ok: it is answered. refused: they may come, and the request was not good or one too many. sign-in: who are you? shut: not you.\n\
         # unknown: answered like what does not exist. later: not ready yet. Commands are sent for a version that no case has.\n\
         # The administrator sees no case; every other role has, or had, a part in the own case, and none in the foreign one.\n\
         # Made by asking the server as it runs: HUYING_BLESS=1 cargo test -p huying-server --test served sight_census\n",
    );
    for (path, method, line) in &lines {
        // The rule that the file has to show whatever is checked in: a foreign case is unknown to everybody it knows.
        if line.contains("[foreign]") && path.contains("/cases/{id}") {
            let told = line
                .lines()
                .skip(1)
                .all(|answer| !answer.trim_start().starts_with("ok") && !answer.contains("refused"));
            assert!(told, "{method} {path} tells of a foreign case:\n{line}");
        }
        census.push_str(line);
        census.push('\n');
    }
    routes::compare("sight-census.txt", &census);
}
