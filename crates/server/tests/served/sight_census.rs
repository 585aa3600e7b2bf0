//! The census of sight: every address × everybody who may come × an own and a foreign case, unit or file, each asked of the
//! server as it runs, with accounts, over a socket. A new address without rows fails. Commands on an own case are judged by
//! [`commands`].

mod commands;

use crate::desk;
use crate::routes;

use std::{collections::BTreeMap, fmt::Write as _, net::SocketAddr};

use commands::Stand;
use desk::{Desk, form, photo};
use huying_engine::{
    accounts::Sent,
    authority,
    handle::{Claimed, SayIn, Upload},
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
/// A version that no case has: where nothing is to change, whatever the rules say.
const NO_VERSION: u32 = 4_000_000_000;

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

/// The starter pack with two members for each role alone: one in a single unit, and one in every unit with a part.
fn pack(folder: &std::path::Path) -> std::path::PathBuf {
    let pack = desk::starter_in(folder);
    let mut members = std::fs::read_to_string(pack.join("members.csv")).unwrap();
    for role in Role::ALL {
        let (role, unit) = (code(role), seat(role));
        writeln!(members, "census-{role},{role},{role},{unit}:{role}").unwrap();
    }
    for role in Role::ALL {
        let (role, seats) = (code(role), commands::seats(role));
        writeln!(members, "busy-{role},{role},{role},{seats}").unwrap();
    }
    writeln!(members, "{KEEPER},持钥人,Keeper,centre-east:leader centre:administrator").unwrap();
    std::fs::write(pack.join("members.csv"), members).unwrap();
    pack
}

/// Somebody who comes, with what they show.
#[derive(Clone)]
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

/// What is sent with a request that is no GET.
struct Said {
    version: u32,
    media: String,
    body: String,
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

/// A case at a point, with the hash of its first file.
async fn report(
    desk: &Desk,
    member: &str,
    matter: &str,
    lon: f64,
    uploads: Vec<Upload>,
) -> (CaseId, Option<String>) {
    let setting = desk.state.setting().unwrap();
    let actor = authority::actor(&setting.policy.org, &MemberId::new(member), desk.state.now()).unwrap();
    let draft = json!({
        "source": "hotline", "matter": matter, "condition": 1, "text": "占道经营",
        "place": {"lon": lon, "lat": 30.015}, "reporters": [{"name": "反映人一", "contact": "00000000000"}],
    });
    let draft: ReportDraft = serde_json::from_value(draft).unwrap();
    let input = ReportIn {
        tenant: desk.state.tenant(),
        actor,
        draft,
        uploads,
        claimed: Claimed::default(),
        key: None,
        lane: Lane::Interactive,
    };
    let case = desk.state.engine.report(input).await.unwrap().receipt.case;
    let files = desk.state.engine.store().files(desk.state.tenant(), case).await.unwrap();
    (case, files.first().map(|file| file.hash.to_string()))
}

/// The own case has been with everybody and waits for its callback; the foreign one was only reported.
async fn grounds(desk: &Desk) -> [Ground; 2] {
    let vendor = "city/order/vendor";
    let photo = || vec![Upload { bytes: photo(), kind: None }];
    let (own, file) = report(desk, "acceptor-east", vendor, 110.005, photo()).await;
    let filing = json!({"filing": {"matter": "city/order/vendor", "condition": 1}});
    say(desk, "handler-station-bridge", own, Name::File, filing).await;
    say(desk, "dispatcher-east", own, Name::Dispatch, json!({"lead": "order-east"})).await;
    say(desk, "handler-order-east", own, Name::Receive, json!({"unit": "order-east"})).await;
    let meeting = json!({"callee": "callback", "words": "请协助"});
    say(desk, "handler-order-east", own, Name::Call, meeting).await;
    say(desk, "handler-order-east", own, Name::Finish, json!({"outcome": "solved"})).await;
    let (foreign, other) = report(desk, "acceptor-west", vendor, 110.025, photo()).await;
    [
        Ground { case: own.to_string(), unit: "order-east", file: file.unwrap() },
        Ground { case: foreign.to_string(), unit: "order-west", file: other.unwrap() },
    ]
}

/// The cookie of a member who was invited and signed in.
async fn signed_in(desk: &Desk, member: &str) -> String {
    let accounts = desk.state.accounts().unwrap();
    let Sent::Shown(link) = accounts.invite(&MemberId::new(member), None).await.unwrap() else { panic!() };
    accounts.take_up(link.rsplit('/').next().unwrap(), PASSWORD).await.unwrap();
    let body = json!({"member": member, "password": PASSWORD});
    let signed = desk.post("/api/v1/session").json(&body).send().await;
    signed.expect(200);
    signed.header("set-cookie").split(';').next().unwrap().to_owned()
}

/// Nobody, the members for each role whose names begin so, and programs.
async fn comers(desk: &Desk, address: SocketAddr, of: &str, programs: &[Comer]) -> Vec<Comer> {
    let mut comers = vec![Comer { name: "nobody".into(), headers: Vec::new() }];
    for name in Role::ALL.into_iter().map(code) {
        let cookie = signed_in(desk, &format!("{of}-{name}")).await;
        comers
            .push(Comer { name, headers: vec![("cookie", cookie), ("origin", format!("http://{address}"))] });
    }
    comers.extend_from_slice(programs);
    comers
}

/// A program with a key of each scope.
async fn programs(desk: &Desk) -> Vec<Comer> {
    let (mut programs, cookie) = (Vec::new(), signed_in(desk, KEEPER).await);
    for scope in SCOPES {
        let body = json!({"name": scope, "scopes": [scope], "days": 1, "password": PASSWORD});
        let ask = desk.post("/api/v1/account/keys").header("cookie", &cookie);
        let made = ask.header("origin", "http://localhost:8080").json(&body).send().await.expect(201);
        let bearer = format!("Bearer {}", made["key"].as_str().unwrap());
        programs.push(Comer { name: format!("key:{scope}"), headers: vec![("authorization", bearer)] });
    }
    programs
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
        // Of the page for commands: whoever reads a case may note something in it.
        "{name}" if case => "note".to_owned(),
        "{*rest}" => "services.json".to_owned(),
        "{layers}" => "cases".to_owned(),
        "{z}" | "{x}" | "{y}" => "0".to_owned(),
        part if part.starts_with('{') => "0".repeat(32),
        part => part.to_owned(),
    };
    path.split('/').map(fill).collect::<Vec<_>>().join("/") + query(path)
}

/// What a read cannot do without: without it everybody would be told so, whatever they may see.
fn query(path: &str) -> &'static str {
    match path {
        "/api/v1/counts" => "?level=street",
        "/api/v1/duplicates" => "?lon=110.005&lat=30.015&matter=city/order/vendor",
        "/api/v1/explain" => "?matter=city/order/parking&at=110.005,30.015&source=hotline",
        "/api/v1/locate" => "?lon=110.005&lat=30.015",
        "/api/v1/map" => "?bbox=109,29,112,31",
        "/api/v1/outlines" => "?level=street",
        "/api/v1/scorecards" => "?period=month&of=area",
        "/api/v1/search" => "?q=%E5%8D%A0%E9%81%93",
        _ => "",
    }
}

/// A body that is good, where the answer to another would be the same for everybody.
fn good(path: &str) -> Option<&'static str> {
    Some(match path {
        "/api/v1/cases/{id}/reveal" => r#"{"reporter":0,"field":"contact","purpose":"handling"}"#,
        "/api/v1/cases/{id}/originals/{file}" => r#"{"purpose":"handling"}"#,
        "/api/v1/recipients" => {
            r#"{"area":"990101001001001","groups":["elderly_alone"],"name":"n","consent":{"given_by":"self","how":"written","purposes":["visits"],"at":"2026-05-11T00:00:00Z","until":"2027-05-11T00:00:00Z"}}"#
        }
        "/api/v1/search" => r#"{"q":"占道"}"#,
        "/sought" => "to=/desk",
        "/api/v1/recipients/{recipient}/reveal" => r#"{"field":"name","purpose":"visits"}"#,
        "/cases/{id}/reveal" => "reporter=0&field=contact&purpose=handling",
        "/cases/{id}/commands/{name}" => "words=census",
        _ => return None,
    })
}

/// What somebody sends to an address.
fn said(path: &str, stand: &Stand, comer: &Comer) -> Said {
    let version = NO_VERSION;
    let (media, body) = if path.contains("/files") {
        let (media, body) = form(b"no picture", None);
        (media, String::from_utf8(body).unwrap())
    } else if path.starts_with("/api/") {
        let given = commands::named(path).map(|name| stand.body(name).to_string());
        let body = given.or(good(path).map(str::to_owned)).unwrap_or_else(|| "{}".to_owned());
        ("application/json".to_owned(), body)
    } else {
        let body = match path {
            // Whoever asks for a link under one name too often is held off: each asks under their own, so that nobody's answer is another's doing.
            "/reset" => format!("member=nobody-like-{}", comer.name),
            _ => good(path).map_or_else(|| format!("version={version}"), str::to_owned),
        };
        ("application/x-www-form-urlencoded".to_owned(), body)
    };
    Said { version, media, body }
}

/// Whether an address speaks of something that one person may have in sight and another not.
fn of_ground(path: &str) -> bool {
    path.contains("/cases/{id}") || path.contains("{unit}")
}

/// An answer as far as it is read: streams never end, so only what is told of a conflict is read to its end.
struct Answer {
    status: u16,
    /// Where it leads.
    to: String,
    text: String,
}

async fn ask(address: SocketAddr, method: &str, path: &str, comer: &Comer, said: &Said) -> Answer {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut words = format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
    for (name, value) in &comer.headers {
        write!(words, "{name}: {value}\r\n").unwrap();
    }
    if method != "GET" {
        let Said { version, media, body } = said;
        write!(words, "if-match: \"{version}\"\r\ncontent-type: {media}\r\n").unwrap();
        write!(words, "content-length: {}\r\n\r\n{body}", body.len()).unwrap();
    } else {
        words.push_str("\r\n");
    }
    stream.write_all(words.as_bytes()).await.unwrap();
    let mut answer: Vec<u8> = Vec::new();
    loop {
        let conflict = answer.starts_with(b"HTTP/1.1 409");
        if !conflict && answer.windows(4).any(|end| end == b"\r\n\r\n") {
            break;
        }
        let mut some = [0_u8; 1024];
        let read = stream.read(&mut some).await.unwrap();
        if read == 0 {
            assert!(conflict, "{method} {path}: the answer broke off");
            break;
        }
        answer.extend_from_slice(&some[..read]);
    }
    let text = String::from_utf8_lossy(&answer).into_owned();
    let status = text.split(' ').nth(1).unwrap().parse().unwrap();
    let to = text.lines().find_map(|line| line.strip_prefix("location: ")).unwrap_or_default().to_owned();
    Answer { status, to, text }
}

/// What an answer means for whoever asked.
fn class(answer: &Answer) -> &'static str {
    match answer.status {
        200..300 | 304 => "ok",
        300..400 if answer.to.starts_with("/sign-in") => "sign-in",
        300..400 => "ok",
        401 => "sign-in",
        403 => "shut",
        404 => "unknown",
        409 if answer.text.contains("\"code\":\"not_yours\"") => "not-yours",
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
    // More is asked from one address here than anybody may in a while: what would be answered then says nothing about sight.
    let desk =
        Desk::governed_by(&pack(folder.path()), Settings { limits: None, ..Settings::default() }).await;
    let [own, foreign] = grounds(&desk).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut stand = Stand::new(&desk).await;
    let programs = programs(&desk).await;
    let single = comers(&desk, address, "census", &programs).await;
    let busy = comers(&desk, address, "busy", &programs).await;
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
            let command = commands::named(path).filter(|_| whose == "own");
            let comers = if command.is_some() { &busy } else { &single };
            let mut answers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
            for comer in comers {
                let (mut said, mut asked) = (said(path, &stand, comer), asked.clone());
                if let Some(name) = command {
                    let (case, version) = stand.case(&desk, name).await;
                    said.version = version;
                    asked = path.replace("{id}", &case.to_string());
                } else if commands::named(path).is_some() {
                    // A foreign case has its one entry: what was let through would be done.
                    said.version = 1;
                }
                let answer = class(&ask(address, method, &asked, comer, &said).await);
                if let Some(name) = command.filter(|_| answer == "ok") {
                    stand.moved(name);
                }
                answers.entry(answer).or_default().push(&comer.name);
                rows += 1;
            }
            if let Some(name) = command {
                commands::judged(name, &answers);
            }
            let mut line = format!("{method:<7} {path} [{whose}]");
            for (answer, who) in answers {
                let who = if who.len() == comers.len() { "everybody".to_owned() } else { who.join(" ") };
                write!(line, "\n  {answer:<9} {who}").unwrap();
            }
            lines.push((path.clone(), method.clone(), line));
        }
    }
    stop.send(()).unwrap();
    served.await.unwrap().unwrap();
    lines.sort();
    let size =
        format!("the census of sight: {} routes × {} who come, {rows} rows\n", routes.len(), single.len());
    std::fs::write(concat!(env!("CARGO_TARGET_TMPDIR"), "/census.txt"), &size).unwrap();
    let mut census = String::from(
        "# What every address answers to everybody who may come: nobody, a member for each role alone, and a program with a key of each\n\
         # scope; about an own case, unit or file [own], about a foreign one [foreign], or about neither [-].\n\
         # ok: it is answered. refused: they may come, and the request was not good or one too many. sign-in: who are you? shut: not you.\n\
         # not-yours: the rules of the case let somebody else do it. unknown: answered like what does not exist. later: not ready yet.\n\
         # The administrator sees no case; every other role has, or had, a part in the own case, and none in the foreign one.\n\
         # A command on an own case is asked of one in a stage that knows it, by members who sit in every unit with a part in it, and\n\
         # has to let pass whom crates/model/tests/rules/roles.csv lets pass; there refused is a member who may, and was told what is wrong.\n\
         # Made by asking the server as it runs: HUYING_BLESS=1 cargo test -p huying-server --test served sight_census\n",
    );
    for (path, method, line) in &lines {
        // The rule that the file has to show whatever is checked in: a foreign case is unknown to everybody it knows.
        if line.contains("[foreign]") && path.contains("/cases/{id}") {
            let told = line.lines().skip(1).all(|answer| {
                !["ok", "refused", "not-yours"].contains(&answer.split_whitespace().next().unwrap())
            });
            assert!(told, "{method} {path} tells of a foreign case:\n{line}");
        }
        census.push_str(line);
        census.push('\n');
    }
    routes::compare("sight-census.txt", &census);
}
