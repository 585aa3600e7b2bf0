//! Where a test's store lies: a file of its own, or a database of its own in one private cluster per test binary.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use huying_store::{Options, Store};

/// A store's home that outlives opening and closing it.
pub struct Home {
    pub url: String,
    dir: tempfile::TempDir,
}

#[derive(Clone, Copy, Debug)]
pub enum Kind {
    Sqlite,
    Postgres,
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/pg-test.sh")
}

fn run(verb: &str, dir: &Path) -> String {
    let done = Command::new("bash").arg(script()).arg(verb).arg(dir).output().expect("bash runs");
    assert!(done.status.success(), "PostgreSQL did not {verb}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).expect("a URL").trim().to_owned()
}

/// A private server of PostgreSQL. When it cannot start the test fails: it never skips silently.
pub struct Cluster {
    dir: PathBuf,
    url: std::sync::Mutex<String>,
}

impl Cluster {
    pub fn start(name: &str) -> Cluster {
        let dir = std::env::temp_dir().join(format!("huying-store-pg-{}-{name}", std::process::id()));
        let url = run("start", &dir);
        stop_when_this_process_ends(&dir);
        Cluster { dir, url: std::sync::Mutex::new(url) }
    }
    pub fn url(&self) -> String {
        self.url.lock().expect("one user").clone()
    }
    /// Ends the postmaster without warning.
    pub fn kill(&self) {
        run("kill", &self.dir);
    }
    /// Starts it again, on a port that may be another.
    pub fn start_again(&self) {
        // The backends notice the postmaster's end a moment later, and until then the new one refuses to start.
        for _ in 0..40 {
            std::thread::sleep(std::time::Duration::from_millis(250));
            let done =
                Command::new("bash").arg(script()).arg("start").arg(&self.dir).output().expect("bash runs");
            let said = String::from_utf8(done.stdout).expect("a URL").trim().to_owned();
            let port =
                said.rsplit_once(':').and_then(|(_, rest)| rest.split('/').next()?.parse::<u16>().ok());
            let listens = port.is_some_and(|port| std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
            if done.status.success() && listens {
                *self.url.lock().expect("one user") = said;
                return;
            }
        }
        panic!("PostgreSQL did not come back");
    }
}

/// The address of this binary's own server, or of the one that the environment names.
fn cluster() -> &'static str {
    static URL: OnceLock<String> = OnceLock::new();
    URL.get_or_init(|| std::env::var("HUYING_TEST_POSTGRES").unwrap_or_else(|_| Cluster::start("all").url()))
}

#[expect(clippy::zombie_processes, reason = "the shell outlives this process on purpose")]
/// A test binary has no last moment of its own, so a shell waits for its end.
fn stop_when_this_process_ends(dir: &Path) {
    let wait = format!(
        "while kill -0 {} 2>/dev/null; do sleep 0.5; done; bash '{}' stop '{}'; rm -rf '{}'",
        std::process::id(),
        script().display(),
        dir.display(),
        dir.display()
    );
    let quiet = || Stdio::null();
    Command::new("setsid")
        .args(["bash", "-c", &wait])
        .stdin(quiet())
        .stdout(quiet())
        .stderr(quiet())
        .spawn()
        .expect("a shell");
}

pub async fn connect(url: &str) -> tokio_postgres::Client {
    let (client, connection) =
        tokio_postgres::connect(url, tokio_postgres::NoTls).await.expect("PostgreSQL answers");
    tokio::spawn(connection);
    client
}

fn server(url: &str) -> &str {
    url.rsplit_once('/').expect("a URL with a database").0
}

impl Home {
    pub async fn new(kind: Kind) -> Home {
        match kind {
            Kind::Sqlite => {
                let dir = tempfile::tempdir().expect("a folder");
                Home { url: format!("sqlite:{}", dir.path().join("store.db").display()), dir }
            }
            Kind::Postgres => Home::within(cluster()).await,
        }
    }

    /// A new database on a server.
    pub async fn within(base: &str) -> Home {
        static NO: AtomicU32 = AtomicU32::new(0);
        let name = format!("t{}_{}", std::process::id(), NO.fetch_add(1, Ordering::Relaxed));
        connect(base).await.batch_execute(&format!("CREATE DATABASE {name}")).await.expect("a database");
        Home { url: format!("{}/{name}", server(base)), dir: tempfile::tempdir().expect("a folder") }
    }

    /// The same database after its server has moved to another port.
    pub fn moved_to(self, base: &str) -> Home {
        let (_, name) = self.url.rsplit_once('/').expect("a URL with a database");
        Home { url: format!("{}/{name}", server(base)), dir: self.dir }
    }

    /// Drops the database: a server with hundreds of them takes long to recover.
    pub async fn drop_on(self, base: &str) {
        let (_, name) = self.url.rsplit_once('/').expect("a URL with a database");
        let drop = format!("DROP DATABASE {name} WITH (FORCE)");
        connect(base).await.batch_execute(&drop).await.expect("the database is dropped");
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn options(&self) -> Options {
        super::options(self.dir.path())
    }

    pub async fn open(&self) -> Store {
        self.open_with(self.options()).await
    }

    pub async fn open_with(&self, options: Options) -> Store {
        Store::open(&self.url, options).await.expect("the store opens")
    }

    /// Changes the schema behind the store's back.
    pub async fn alter(&self, sql: &str) {
        if let Some(path) = self.url.strip_prefix("sqlite:") {
            let db = rusqlite::Connection::open(path).expect("the file opens");
            db.execute_batch(sql).expect("the statement runs");
        } else {
            connect(&self.url).await.batch_execute(sql).await.expect("the statement runs");
        }
    }

    /// Does what a store never does: changes rows behind its back.
    pub async fn tamper(&self, sql: &str) {
        if let Some(path) = self.url.strip_prefix("sqlite:") {
            let db = rusqlite::Connection::open(path).expect("the file opens");
            db.busy_timeout(std::time::Duration::from_secs(5)).expect("a timeout");
            let changed = db.execute(sql, []).expect("the statement runs");
            assert!(changed > 0, "nothing to tamper with: {sql}");
        } else {
            let changed = connect(&self.url).await.execute(sql, &[]).await.expect("the statement runs");
            assert!(changed > 0, "nothing to tamper with: {sql}");
        }
    }
}

/// Makes two tests of one: on a file and on PostgreSQL.
#[macro_export]
macro_rules! on_both {
    ($($(#[$doc:meta])* async fn $name:ident($home:ident: &Home) $body:block)*) => {
        mod said {
            use super::*;
            $($(#[$doc])* pub async fn $name($home: &Home) $body)*
        }
        mod on_sqlite {
            use super::*;
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { said::$name(&Home::new(Kind::Sqlite).await).await })*
        }
        mod on_postgres {
            use super::*;
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { said::$name(&Home::new(Kind::Postgres).await).await })*
        }
    };
}
