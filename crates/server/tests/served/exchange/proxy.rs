//! A network that fails by a seeded generator: it drops, cuts, doubles, delays and holds back requests, and lets the rest through.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What happened to requests.
#[derive(Default, Debug)]
pub struct Counts {
    pub passed: AtomicU64,
    pub dropped: AtomicU64,
    pub cut: AtomicU64,
    pub doubled: AtomicU64,
    pub delayed: AtomicU64,
    pub held: AtomicU64,
}

pub struct Proxy {
    pub address: SocketAddr,
    inner: Arc<Inner>,
}

struct Inner {
    target: Mutex<SocketAddr>,
    faulty: AtomicBool,
    /// Nobody is there.
    shut: AtomicBool,
    rng: Mutex<ChaCha8Rng>,
    held: Mutex<Vec<Vec<u8>>>,
    /// Requests that went through, where somebody wants to look at them.
    seen: Mutex<Option<Vec<Vec<u8>>>>,
    counts: Counts,
}

impl Proxy {
    pub async fn start(target: SocketAddr, seed: u64) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let inner = Arc::new(Inner {
            target: Mutex::new(target),
            faulty: AtomicBool::new(false),
            shut: AtomicBool::new(false),
            rng: Mutex::new(ChaCha8Rng::seed_from_u64(seed)),
            held: Mutex::default(),
            seen: Mutex::default(),
            counts: Counts::default(),
        });
        let serving = Arc::clone(&inner);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let inner = Arc::clone(&serving);
                tokio::spawn(async move {
                    let _ = inner.serve(stream).await;
                });
            }
        });
        Proxy { address, inner }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
    /// The node behind it has moved to another port.
    pub fn lead_to(&self, target: SocketAddr) {
        *self.inner.target.lock().unwrap() = target;
    }
    pub fn fail(&self, faulty: bool) {
        self.inner.faulty.store(faulty, Ordering::SeqCst);
    }
    pub fn shut(&self, shut: bool) {
        self.inner.shut.store(shut, Ordering::SeqCst);
    }
    /// Keeps every request from now on.
    pub fn watch(&self) {
        *self.inner.seen.lock().unwrap() = Some(Vec::new());
    }
    /// The events of all requests that were kept.
    pub fn told(&self) -> Vec<serde_json::Value> {
        let seen = self.inner.seen.lock().unwrap().clone().unwrap_or_default();
        let body = |request: &Vec<u8>| {
            let end = request.windows(4).position(|end| end == b"\r\n\r\n").unwrap();
            serde_json::from_slice::<Vec<serde_json::Value>>(&request[end + 4..]).unwrap_or_default()
        };
        seen.iter().flat_map(body).collect()
    }
    pub fn counts(&self) -> &Counts {
        &self.inner.counts
    }
    /// Requests that reached the proxy.
    pub fn asked(&self) -> u64 {
        let it = &self.inner.counts;
        [&it.passed, &it.dropped, &it.cut, &it.doubled, &it.delayed, &it.held]
            .iter()
            .map(|count| count.load(Ordering::SeqCst))
            .sum()
    }
}

fn add(count: &AtomicU64) {
    count.fetch_add(1, Ordering::SeqCst);
}

impl Inner {
    async fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let request = whole(&mut stream).await?;
        if self.shut.load(Ordering::SeqCst) {
            add(&self.counts.dropped);
            return Ok(());
        }
        let fate = if self.faulty.load(Ordering::SeqCst) {
            self.rng.lock().unwrap().random_range(0..100)
        } else {
            99
        };
        let answer = match fate {
            // Never arrives.
            0..10 => {
                add(&self.counts.dropped);
                return Ok(());
            }
            // Arrives, and its answer does not come back.
            10..20 => {
                add(&self.counts.cut);
                self.forward(&request).await?;
                return Ok(());
            }
            20..30 => {
                add(&self.counts.doubled);
                self.forward(&request).await?;
                self.forward(&request).await?
            }
            30..40 => {
                add(&self.counts.delayed);
                tokio::time::sleep(Duration::from_millis(20)).await;
                self.forward(&request).await?
            }
            // Does not arrive now, and comes late, behind others.
            40..50 => {
                add(&self.counts.held);
                self.held.lock().unwrap().push(request);
                return Ok(());
            }
            _ => {
                add(&self.counts.passed);
                self.forward(&request).await?
            }
        };
        let late = if fate >= 70 { self.held.lock().unwrap().pop() } else { None };
        if let Some(late) = late {
            self.forward(&late).await?;
        }
        // Half of an answer is worth as little as none.
        let end = if (65..70).contains(&fate) { answer.len() / 2 } else { answer.len() };
        stream.write_all(&answer[..end]).await?;
        stream.shutdown().await
    }

    async fn forward(&self, request: &[u8]) -> std::io::Result<Vec<u8>> {
        if let Some(seen) = self.seen.lock().unwrap().as_mut() {
            seen.push(request.to_vec());
        }
        let target = *self.target.lock().unwrap();
        let mut upstream = TcpStream::connect(target).await?;
        upstream.write_all(request).await?;
        let mut answer = Vec::new();
        upstream.read_to_end(&mut answer).await?;
        Ok(answer)
    }
}

/// A whole request, asked to be the only one of its connection.
pub async fn whole(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut some = [0; 8192];
    loop {
        let head = bytes.windows(4).position(|end| end == b"\r\n\r\n");
        if let Some(head) = head {
            let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
            let length =
                text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
            if bytes.len() >= head + 4 + length.unwrap_or(0_usize) {
                let mut request = bytes[..head].to_vec();
                request.extend_from_slice(b"\r\nconnection: close");
                request.extend_from_slice(&bytes[head..]);
                return Ok(request);
            }
        }
        let read = stream.read(&mut some).await?;
        if read == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        bytes.extend_from_slice(&some[..read]);
    }
}
