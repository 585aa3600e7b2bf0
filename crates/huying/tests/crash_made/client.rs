//! A client that remembers what it was told: it sends one command after the other, each under a key of its own, and sends
//! again what was not acknowledged.

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

/// A case that this client began, and how many entries its journal has to have.
pub struct Known {
    pub case: String,
    pub entries: usize,
}

struct Request {
    key: String,
    path: String,
    body: String,
}

pub struct Client {
    no: usize,
    sent: usize,
    /// Sent and not acknowledged.
    open: Option<Request>,
    pub known: Vec<Known>,
    pub acknowledged: usize,
    pub again: usize,
    /// Sent again, and the first answer had been given already.
    pub replayed: usize,
}

/// Sees every case of the starter pack.
const MEMBER: &str = "dispatcher-district";
/// Entries of a case before the next one is begun: the report and what is said of it.
const ENTRIES: usize = 6;

impl Client {
    pub fn new(no: usize) -> Client {
        Client { no, sent: 0, open: None, known: Vec::new(), acknowledged: 0, again: 0, replayed: 0 }
    }

    /// Sends until told to stop or until the server is gone.
    pub fn send_until(&mut self, port: u16, over: &AtomicBool) {
        while !over.load(Ordering::SeqCst) {
            if self.step(port).is_err() {
                // A server whose database went away still answers; there is no point in asking it without pause.
                thread::sleep(Duration::from_millis(10));
            }
        }
    }

    /// Sends what is open, until it is acknowledged.
    pub fn settle(&mut self, port: u16) {
        for _ in 0..100 {
            if self.open.is_none() {
                return;
            }
            if self.step(port).is_err() {
                thread::sleep(Duration::from_millis(50));
            }
        }
        panic!(
            "a healthy server did not take {}",
            self.open.as_ref().map(|it| it.path.as_str()).unwrap_or_default()
        );
    }

    fn step(&mut self, port: u16) -> Result<(), String> {
        let request = match self.open.take() {
            Some(request) => {
                self.again += 1;
                request
            }
            None => self.next(),
        };
        let answer = ask(port, &request);
        match answer {
            Ok((status, body)) if status < 300 => {
                self.acknowledged += 1;
                self.replayed += usize::from(body.contains("\"replayed\":true"));
                self.learn(&request, &body);
                Ok(())
            }
            Ok((status, body)) if (400..500).contains(&status) => {
                panic!("client {} was refused {}: {status} {body}", self.no, request.path)
            }
            Ok((status, body)) => {
                self.open = Some(request);
                Err(format!("{status} {body}"))
            }
            Err(why) => {
                self.open = Some(request);
                Err(why.to_string())
            }
        }
    }

    fn next(&mut self) -> Request {
        self.sent += 1;
        let key = format!("client-{}-{:08}", self.no, self.sent);
        match self.known.last().filter(|known| known.entries < ENTRIES) {
            None => {
                let body = format!(
                    r#"{{"matter":"city/facility/litter","text":"第{}位来电人的第{}件事"}}"#,
                    self.no, self.sent
                );
                Request { key, path: "/api/v1/cases".into(), body }
            }
            Some(known) => {
                let name = if self.sent.is_multiple_of(2) { "note" } else { "comment" };
                let body = format!(r#"{{"words":"第{}句话"}}"#, self.sent);
                Request { key, path: format!("/api/v1/cases/{}/commands/{name}", known.case), body }
            }
        }
    }

    fn learn(&mut self, request: &Request, body: &str) {
        if request.path == "/api/v1/cases" {
            let case =
                body.split("\"id\":\"").nth(1).and_then(|rest| rest.get(..32)).expect("an id").to_owned();
            self.known.push(Known { case, entries: 1 });
        } else if let Some(known) = self.known.last_mut() {
            known.entries += 1;
        }
    }
}

fn ask(port: u16, request: &Request) -> std::io::Result<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let text = format!(
        "POST {} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nx-huying-member: {MEMBER}\r\nidempotency-key: {}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{}",
        request.path,
        request.key,
        request.body.len(),
        request.body
    );
    stream.write_all(text.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.get(9..12).and_then(|code| code.parse().ok());
    match (status, answer.split_once("\r\n\r\n")) {
        // An answer that was cut off acknowledges nothing.
        (Some(status), Some((_, body))) if body.ends_with('}') => Ok((status, body.to_owned())),
        _ => Err(std::io::Error::other("the answer was cut off")),
    }
}
