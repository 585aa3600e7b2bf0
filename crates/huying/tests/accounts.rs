//! The binary's way in: the first start, what it refuses to serve, and accounts from the terminal.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails loudly")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Output, Stdio},
};

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Place {
        let place = Place(tempfile::tempdir().unwrap());
        assert_eq!(place.huying(&["init", "--pack", "starter"]).status.code(), Some(0));
        place
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_huying"));
        command.current_dir(self.0.path()).env_clear().env("HUYING_DATABASE", "sqlite:a.db").args(args);
        command
    }

    fn huying(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// A server with what it said after the line that names its port.
    fn serve(&self, lines: usize) -> (Served, u16, Vec<String>) {
        self.serving(&[], lines)
    }

    fn serving(&self, more: &[&str], lines: usize) -> (Served, u16, Vec<String>) {
        let mut command = self.command(&[&["serve", "--listen", "127.0.0.1:0"], more].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = said.next().expect("it says where it listens").unwrap();
        let port = first.rsplit(':').next().unwrap().trim().parse().unwrap();
        let more = said.take(lines).map(Result::unwrap).collect();
        (Served(child), port, more)
    }
}

struct Served(Child);

impl Served {
    /// Ends it, and answers its log.
    fn end(mut self) -> String {
        self.0.kill().unwrap();
        let mut log = String::new();
        self.0.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        self.0.wait().unwrap();
        log
    }
}

fn sign_in(port: u16, member: &str, password: &str) -> String {
    let body = format!("{{\"member\":\"{member}\",\"password\":\"{password}\"}}");
    ask(port, "POST /api/v1/session", "", &body)
}

/// The whole answer to a request with one header more, or none.
fn ask(port: u16, what: &str, header: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(
        stream,
        "{what} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n{header}\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_sandbox_is_served_beside_the_authority_where_it_is_asked_for_and_is_there_again() {
    let place = Place::new();
    let started = || {
        let (served, port, _) = place.serving(&["--sandbox", "--sign-in", "demo"], 0);
        let open = (0..1200).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(100));
            ask(port, "GET /sandbox/api/v1/words", "", "").starts_with("HTTP/1.1 200")
        });
        (open, served, port)
    };
    let listed = |port: u16, key: &str| {
        let answer =
            ask(port, "GET /sandbox/api/v1/cases?limit=500", &format!("authorization: Bearer {key}\r\n"), "");
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("huying-sandbox: true"), "{answer}");
        let body: serde_json::Value = serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap();
        body["items"].as_array().unwrap().len()
    };
    let (open, served, port) = started();
    assert!(open, "{}", served.end());
    let body = "{\"member\":\"centre.leader.1\",\"name\":\"try\"}";
    let made = ask(port, "POST /api/v1/sandbox/keys", "x-huying-member: administrator\r\n", body);
    let key = made.split("\"key\":\"").nth(1).unwrap_or_else(|| panic!("{made}")).split('"').next().unwrap();
    let cases = listed(port, key);
    assert!(cases > 250, "a simulated city settled there: {cases} cases");
    let own = ask(port, "GET /api/v1/cases", "x-huying-member: leader-district\r\n", "");
    assert!(own.contains("\"items\":[]"), "{own}");
    served.end();
    let (open, served, port) = started();
    assert!(open, "{}", served.end());
    assert_eq!(listed(port, key), cases, "the same key and the same cases");
    served.end();
    for proved in [&["audit"][..], &["rebuild", "--check"]] {
        assert_eq!(place.huying(proved).status.code(), Some(0), "{proved:?}");
    }
}

#[test]
fn the_first_start_prints_one_password_that_is_nowhere_in_the_log_and_the_second_start_none() {
    let place = Place::new();
    let (served, port, said) = place.serve(3);
    let told = |name: &str| {
        let line =
            said.iter().find(|line| line.trim().starts_with(name)).unwrap_or_else(|| panic!("{said:?}"));
        line.split_whitespace().nth(1).unwrap().to_owned()
    };
    let (member, password) = (told("member"), told("password"));
    assert_eq!(member, "administrator");
    assert!(sign_in(port, &member, "guessed at random").starts_with("HTTP/1.1 401"));
    let answer = sign_in(port, &member, &password);
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("set-cookie: huying="), "{answer}");
    let log = served.end();
    assert!(log.contains("serving") && !log.contains(&password), "the log was read and has no password");
    let (again, _, _) = place.serve(0);
    let listed = place.huying(&["account", "list"]);
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(
        listed.contains("once     administrator") && listed.contains("none     acceptor-east"),
        "{listed}"
    );
    again.end();
}

#[test]
fn what_would_be_open_to_strangers_is_not_served_and_the_mend_is_told() {
    let place = Place::new();
    for (args, mend) in [
        (&["serve", "--listen", "0.0.0.0:0"][..], "tls.certificate"),
        (&["serve", "--listen", "[::]:0"], "trusted_proxies"),
        (&["serve", "--listen", "0.0.0.0:0", "--sign-in", "demo"], "listen on 127.0.0.1"),
        (&["demo", "--listen", "0.0.0.0:0", "--days", "1", "--cases", "0"], "listen on 127.0.0.1"),
    ] {
        let out = place.huying(args);
        let why = String::from_utf8_lossy(&out.stderr).into_owned();
        assert_eq!(out.status.code(), Some(3), "{args:?}: {why}");
        assert!(why.contains(mend), "{args:?}: {why}");
    }
}

#[test]
fn accounts_are_looked_after_from_the_terminal_when_nobody_can_sign_in() {
    let place = Place::new();
    let said = |args: &[&str], code: i32| {
        let out = place.huying(args);
        assert_eq!(out.status.code(), Some(code), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    };
    assert!(said(&["account", "invite", "acceptor-east"], 0).contains("/invitation/"));
    assert!(said(&["account", "list"], 0).contains("invited  acceptor-east"));
    assert!(said(&["account", "reset", "dispatcher-east"], 1).contains("no_account"));
    assert!(said(&["account", "invite", "nobody"], 1).contains("Choose one from the members"));
    said(&["account", "lock", "acceptor-east"], 0);
    assert!(said(&["account", "list"], 0).contains("locked   acceptor-east"));
    said(&["account", "unlock", "acceptor-east"], 0);
    assert!(said(&["account", "list"], 0).contains("invited  acceptor-east"));
}

#[test]
fn a_file_of_members_is_invited_whole_or_not_at_all_and_can_be_sent_again() {
    let place = Place::new();
    let import = |text: &str, code: i32| {
        std::fs::write(place.0.path().join("staff.csv"), text).unwrap();
        let out = place.huying(&["account", "import", "staff.csv"]);
        let said = String::from_utf8(out.stdout).unwrap();
        assert_eq!(out.status.code(), Some(code), "{said}{}", String::from_utf8_lossy(&out.stderr));
        said
    };
    let wrong =
        import("member,mail,phone\nacceptor-east,a@example.org,\nnobody,,\nacceptor-east,nowhere,\n", 1);
    for told in [
        "staff.csv:1:3: there is no column 'phone'",
        "staff.csv:3:1: there is no member 'nobody'",
        "staff.csv:4:1: 'acceptor-east' stands here twice",
        "staff.csv:4:2: 'nowhere' is no mail address",
    ] {
        assert!(wrong.contains(told), "{told}: {wrong}");
    }
    let listed = String::from_utf8(place.huying(&["account", "list"]).stdout).unwrap();
    assert!(listed.contains("none     acceptor-east"), "nobody was invited: {listed}");
    assert!(import("name\nacceptor-east\n", 1).contains("no column 'member'"));
    let good = "\u{feff}member,mail\nacceptor-east,a@example.org\ndispatcher-east,\n";
    assert_eq!(import(good, 0).matches("/invitation/").count(), 2);
    assert_eq!(import(good, 0).matches("/invitation/").count(), 2, "who has not taken it up is reminded");
    let listed = String::from_utf8(place.huying(&["account", "list"]).stdout).unwrap();
    assert!(
        listed.contains("invited  acceptor-east mail") && listed.contains("invited  dispatcher-east\n"),
        "{listed}"
    );
}
