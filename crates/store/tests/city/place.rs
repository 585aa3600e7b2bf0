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

/// The cluster's address. When it cannot start the test fails: it never skips silently.
fn cluster() -> &'static str {
    static URL: OnceLock<String> = OnceLock::new();
    URL.get_or_init(|| {
        if let Ok(url) = std::env::var("HUYING_TEST_POSTGRES") {
            return url;
        }
        let dir = std::env::temp_dir().join(format!("huying-store-pg-{}", std::process::id()));
        let started = Command::new("bash").arg(script()).arg("start").arg(&dir).output().expect("bash runs");
        assert!(
            started.status.success(),
            "PostgreSQL did not start: {}",
            String::from_utf8_lossy(&started.stderr)
        );
        stop_when_this_process_ends(&dir);
        String::from_utf8(started.stdout).expect("a URL").trim().to_owned()
    })
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

impl Home {
    pub async fn new(kind: Kind) -> Home {
        static NO: AtomicU32 = AtomicU32::new(0);
        let dir = tempfile::tempdir().expect("a folder");
        let url = match kind {
            Kind::Sqlite => format!("sqlite:{}", dir.path().join("store.db").display()),
            Kind::Postgres => {
                let name = format!("t{}_{}", std::process::id(), NO.fetch_add(1, Ordering::Relaxed));
                let base = cluster();
                connect(base)
                    .await
                    .batch_execute(&format!("CREATE DATABASE {name}"))
                    .await
                    .expect("a database");
                let (server, _) = base.rsplit_once('/').expect("a URL with a database");
                format!("{server}/{name}")
            }
        };
        Home { url, dir }
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
