//! Where traces may be left: bytes under a folder, the log of this process, a private server of PostgreSQL.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, Mutex, OnceLock},
};

use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

/// Something to look for, with its name.
pub type Needle = (String, Vec<u8>);

/// Each byte as a sign of its own, so that the search of texts, which is fast in any build, finds bytes.
fn as_text(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

fn files(path: &Path, into: &mut Vec<PathBuf>) {
    if path.is_dir() {
        std::fs::read_dir(path).unwrap().for_each(|entry| files(&entry.unwrap().path(), into));
    } else {
        into.push(path.to_owned());
    }
}

/// The needles that stand in a file, or in any file under a folder.
pub fn found(path: &Path, needles: &[Needle]) -> Vec<String> {
    let mut all = Vec::new();
    files(path, &mut all);
    let mut found = Vec::new();
    for file in all {
        // A file of the database may go away while it is looked at.
        let Ok(bytes) = std::fs::read(&file) else { continue };
        let text = as_text(&bytes);
        let stands = |(_, needle): &&Needle| text.contains(&as_text(needle));
        found.extend(needles.iter().filter(stands).map(|(name, _)| name.clone()));
    }
    found.sort();
    found.dedup();
    found
}

/// Everything that the process says, down to the finest level of its own crates.
#[derive(Clone, Default)]
pub struct Logged(Arc<Mutex<Vec<u8>>>);

impl Logged {
    /// The tests of a binary share one log.
    pub fn start() -> Logged {
        static LOG: OnceLock<Logged> = OnceLock::new();
        LOG.get_or_init(|| {
            let log = Logged::default();
            let filter = "info,huying_server=trace,huying_engine=trace,huying_store=trace,tower_http=trace";
            tracing_subscriber::fmt().with_env_filter(EnvFilter::new(filter)).with_writer(log.clone()).init();
            tracing::info!("the log is kept");
            log
        })
        .clone()
    }
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Write for Logged {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Logged {
    type Writer = Logged;
    fn make_writer(&'a self) -> Logged {
        self.clone()
    }
}

/// A private server of PostgreSQL. When it cannot start the test fails: it never skips silently.
pub struct Server {
    pub url: String,
    dir: PathBuf,
}

fn run(verb: &str, dir: &Path) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/pg-test.sh");
    let done = Command::new("bash").arg(script).arg(verb).arg(dir).output().unwrap();
    assert!(done.status.success(), "PostgreSQL did not {verb}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

impl Server {
    /// `of` names the test: each has a server of its own.
    pub fn start(of: &str) -> Server {
        let dir = std::env::temp_dir().join(format!("huying-server-pg-{of}-{}", std::process::id()));
        Server { url: run("start", &dir), dir }
    }
    pub fn data(&self) -> PathBuf {
        self.dir.join("data")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        run("stop", &self.dir);
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}
