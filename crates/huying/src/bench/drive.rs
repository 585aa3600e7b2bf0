//! The load: clients with one connection each, on a thread of their own, speaking plain HTTP/1.1.

use std::{
    net::SocketAddr,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    runtime, task,
};

use super::plan::Life;

/// What the clients did while it was measured.
#[derive(Default)]
pub struct Done {
    pub lives: u64,
    pub commands: u64,
    pub searches: u64,
    pub seconds: f64,
    /// Microseconds of each command.
    pub commands_us: Vec<u32>,
    pub searches_us: Vec<u32>,
}

/// How hard and how long.
#[derive(Clone, Copy)]
pub struct Load {
    pub server: SocketAddr,
    pub clients: usize,
    pub warm: Duration,
    pub run: Duration,
}

/// There is no place for this answer now.
const BUSY: u16 = 503;
/// How long a client waits that was told so.
const REST: Duration = Duration::from_millis(20);

/// One connection.
struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
    out: Vec<u8>,
}

impl Client {
    async fn to(server: SocketAddr) -> Result<Client> {
        let stream = TcpStream::connect(server).await.context("connecting to the server under test")?;
        stream.set_nodelay(true)?;
        Ok(Client { stream, buffer: Vec::with_capacity(16_384), out: Vec::with_capacity(4_096) })
    }

    /// Sends one request and reads the answer; the body is left in the buffer from the returned place on.
    async fn ask(&mut self, method: &str, path: &str, member: &str, body: &str) -> Result<(u16, usize)> {
        use std::io::Write;
        self.out.clear();
        write!(
            self.out,
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nx-huying-member: {member}\r\naccept-language: en\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )?;
        self.stream.write_all(&self.out).await?;
        self.buffer.clear();
        let head = loop {
            if let Some(end) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            self.more().await?;
        };
        let text = std::str::from_utf8(&self.buffer[..head])?;
        let status: u16 =
            text.get(9..12).and_then(|code| code.parse().ok()).context("an answer without status")?;
        let length = text.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
        });
        match length {
            Some(length) => {
                while self.buffer.len() < head + length {
                    self.more().await?;
                }
            }
            // A body in chunks ends with an empty one; nothing follows, since one request is under way at a time.
            None => {
                while !self.buffer.ends_with(b"0\r\n\r\n") {
                    self.more().await?;
                }
            }
        }
        Ok((status, head))
    }

    async fn more(&mut self) -> Result<()> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            bail!("the server closed the connection");
        }
        Ok(())
    }

    fn body(&self, from: usize) -> &str {
        std::str::from_utf8(&self.buffer[from..]).unwrap_or_default()
    }
}

/// Runs a piece of load on a thread of its own and waits for it.
async fn on_own_thread<T: Send + 'static, F: Future<Output = Result<T>>>(
    make: impl FnOnce() -> F + Send + 'static,
) -> Result<T> {
    let (send, wait) = tokio::sync::oneshot::channel();
    let spawned = std::thread::Builder::new().name("bench-load".into()).spawn(move || {
        let run = || -> Result<T> {
            let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
            task::LocalSet::new().block_on(&runtime, make())
        };
        let _ = send.send(run());
    });
    spawned.context("starting the load")?;
    wait.await.context("the load ended early")?
}

struct Watch {
    from: Instant,
    until: Instant,
}

impl Watch {
    fn of(load: &Load) -> Watch {
        let from = Instant::now() + load.warm;
        Watch { from, until: from + load.run }
    }
    fn counts(&self) -> bool {
        let now = Instant::now();
        now >= self.from && now < self.until
    }
    fn over(&self) -> bool {
        Instant::now() >= self.until
    }
}

/// Answers a second of the smallest handler, by the same clients.
pub async fn bare(load: Load) -> Result<f64> {
    on_own_thread(move || async move {
        let watch = Rc::new(Watch::of(&load));
        let mut clients = Vec::new();
        for _ in 0..load.clients {
            let watch = Rc::clone(&watch);
            clients.push(task::spawn_local(async move {
                let mut client = Client::to(load.server).await?;
                let mut answers = 0u64;
                while !watch.over() {
                    client.ask("GET", "/", "nobody", "").await?;
                    answers += u64::from(watch.counts());
                }
                anyhow::Ok(answers)
            }));
        }
        let mut answers = 0;
        for client in clients {
            answers += client.await??;
        }
        Ok(answers as f64 / load.run.as_secs_f64())
    })
    .await
}

/// What was read of one kind of list.
pub struct Read {
    pub answers: u64,
    /// Answers that only said that the server is busy. They are no lists, and their time is not among the others'.
    pub busy: u64,
    /// Of one answer.
    pub rows: usize,
    pub bytes: usize,
    pub seconds: f64,
    /// Microseconds of each answer.
    pub micros: Vec<u32>,
}

/// One list again and again; its rows are counted once, by what stands in each of them in one format or the other.
pub async fn reads(load: Load, path: String, one: &'static str, other: &'static str) -> Result<Read> {
    on_own_thread(move || async move {
        let mut first = Client::to(load.server).await?;
        let (status, at) = first.ask("GET", &path, "nobody", "").await?;
        if status >= 300 {
            bail!("{path}: {status} {}", first.body(at));
        }
        let text = first.body(at);
        let rows = text.matches(one).count().max(text.matches(other).count());
        let bytes = text.len();
        drop(first);
        let watch = Rc::new(Watch::of(&load));
        let path = Rc::new(path);
        let mut clients = Vec::new();
        for _ in 0..load.clients {
            let (watch, path) = (Rc::clone(&watch), Rc::clone(&path));
            clients.push(task::spawn_local(async move {
                let mut client = Client::to(load.server).await?;
                let (mut micros, mut busy) = (Vec::new(), 0u64);
                while !watch.over() {
                    let began = Instant::now();
                    let (status, at) = client.ask("GET", &path, "nobody", "").await?;
                    match status {
                        0..300 if watch.counts() => {
                            micros.push(u32::try_from(began.elapsed().as_micros()).unwrap_or(u32::MAX));
                        }
                        0..300 => {}
                        BUSY => {
                            busy += u64::from(watch.counts());
                            // Whoever asks again at once only keeps the processor from those that have a place.
                            tokio::time::sleep(REST).await;
                        }
                        _ => bail!("{path}: {status} {}", client.body(at)),
                    }
                }
                anyhow::Ok((micros, busy))
            }));
        }
        let (mut micros, mut busy) = (Vec::new(), 0);
        for client in clients {
            let (of_client, refused) = client.await??;
            micros.extend(of_client);
            busy += refused;
        }
        micros.sort_unstable();
        let seconds = load.run.as_secs_f64();
        Ok(Read { answers: micros.len() as u64, busy, rows, bytes, seconds, micros })
    })
    .await
}

/// Whole lives, one after the other by each client.
pub async fn lives(load: Load, lives: Arc<Vec<Life>>, mark: String) -> Result<Done> {
    on_own_thread(move || async move {
        let watch = Rc::new(Watch::of(&load));
        let next = Rc::new(AtomicU64::new(0));
        let mut clients = Vec::new();
        for _ in 0..load.clients {
            let (watch, next, lives, mark) =
                (Rc::clone(&watch), Rc::clone(&next), Arc::clone(&lives), mark.clone());
            clients.push(task::spawn_local(async move {
                let mut client = Client::to(load.server).await?;
                let mut done = Done::default();
                while !watch.over() {
                    let no = next.fetch_add(1, Ordering::Relaxed);
                    let life = &lives[no as usize % lives.len()];
                    live(&mut client, life, &format!("{mark}{no}"), &watch, &mut done).await?;
                }
                anyhow::Ok(done)
            }));
        }
        let mut all = Done { seconds: load.run.as_secs_f64(), ..Done::default() };
        for client in clients {
            let done = client.await??;
            all.lives += done.lives;
            all.commands += done.commands;
            all.searches += done.searches;
            all.commands_us.extend(done.commands_us);
            all.searches_us.extend(done.searches_us);
        }
        all.commands_us.sort_unstable();
        all.searches_us.sort_unstable();
        Ok(all)
    })
    .await
}

async fn live(client: &mut Client, life: &Life, mark: &str, watch: &Watch, done: &mut Done) -> Result<()> {
    let mut case = String::new();
    for step in &life.steps {
        let path = match step.command {
            None => "/api/v1/cases".to_owned(),
            Some(name) => format!("/api/v1/cases/{case}/commands/{name}"),
        };
        // No two reports are the same text.
        let body = if step.command.is_none() {
            step.body.replacen("：", &format!("{mark}："), 1)
        } else {
            step.body.clone()
        };
        let began = Instant::now();
        let (status, at) = client.ask("POST", &path, &step.member, &body).await?;
        let took = began.elapsed();
        if status >= 300 {
            bail!("{} by {}: {status} {}", path, step.member, client.body(at));
        }
        if step.command.is_none() {
            let text = client.body(at);
            case =
                text.split("\"id\":\"").nth(1).and_then(|rest| rest.get(..32)).unwrap_or_default().to_owned();
        }
        if watch.counts() {
            done.commands += 1;
            done.commands_us.push(u32::try_from(took.as_micros()).unwrap_or(u32::MAX));
        }
    }
    let path = format!("/api/v1/search?q={}&limit=20", escaped(&life.search));
    let began = Instant::now();
    let (status, at) = client.ask("GET", &path, &life.searcher, "").await?;
    if status >= 300 {
        bail!("{path}: {status} {}", client.body(at));
    }
    if watch.counts() {
        done.searches += 1;
        done.searches_us.push(u32::try_from(began.elapsed().as_micros()).unwrap_or(u32::MAX));
        done.lives += 1;
    }
    Ok(())
}

fn escaped(text: &str) -> String {
    text.bytes()
        .map(
            |byte| {
                if byte.is_ascii_alphanumeric() {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            },
        )
        .collect()
}
