//! The built binary as a child process, and a private PostgreSQL for it.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Mutex,
    time::Duration,
};

/// A folder in which the binary works.
pub struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    pub fn new() -> Place {
        Place { dir: tempfile::tempdir().unwrap() }
    }
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
    fn command(&self, url: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_huying"));
        command.current_dir(self.dir.path()).env_clear().env("HUYING_DATABASE", url);
        command.env("HUYING__LOG__LEVEL", "off");
        command
    }
    /// Runs a command that has to go well.
    pub fn well(&self, url: &str, args: &[&str]) -> String {
        let out = self.command(url).args(args).output().unwrap();
        let said = String::from_utf8_lossy(&out.stdout).into_owned();
        assert_eq!(out.status.code(), Some(0), "{args:?}: {said}{}", String::from_utf8_lossy(&out.stderr));
        said
    }
    /// Starts a server and waits until it listens.
    pub fn serve(&self, url: &str) -> Served {
        let mut command = self.command(url);
        let mut child = command
            .args(["serve", "--listen", "127.0.0.1:0", "--sign-in", "demo"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.next().expect("the server says where it listens").unwrap();
        let port = line.rsplit(':').next().and_then(|port| port.trim().parse().ok());
        Served { port: port.expect("a port"), child: Mutex::new(child) }
    }
}

/// A running server.
pub struct Served {
    pub port: u16,
    child: Mutex<Child>,
}

impl Served {
    /// Ends it without warning.
    pub fn kill(&self) {
        let mut child = self.child.lock().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }
    /// Asks it to end, and waits.
    pub fn end(self) {
        let mut child = self.child.into_inner().unwrap();
        let asked = Command::new("kill").arg(child.id().to_string()).status().unwrap();
        assert!(asked.success());
        assert!(child.wait().unwrap().success(), "a server that is asked to end does so in order");
    }
}

/// A private PostgreSQL. When it cannot start the test fails: it never skips silently.
pub struct Cluster {
    dir: PathBuf,
    url: Mutex<String>,
}

fn script(verb: &str, dir: &Path) -> Result<String, String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/pg-test.sh");
    let out = Command::new("bash").arg(script).arg(verb).arg(dir).output().unwrap();
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if out.status.success() { Ok(said(&out.stdout)) } else { Err(said(&out.stderr)) }
}

impl Cluster {
    pub fn start() -> Cluster {
        let dir = std::env::temp_dir().join(format!("huying-crash-pg-{}", std::process::id()));
        let url = script("start", &dir).expect("PostgreSQL starts");
        Cluster { dir, url: Mutex::new(url) }
    }
    pub fn url(&self) -> String {
        self.url.lock().unwrap().clone()
    }
    /// Ends the postmaster without warning.
    pub fn kill(&self) {
        script("kill", &self.dir).expect("the postmaster was there to be killed");
    }
    /// Starts it again, perhaps on another port.
    pub fn start_again(&self) -> String {
        // The backends notice the postmaster's end a moment later, and until then a new one refuses to start.
        for _ in 0..60 {
            std::thread::sleep(Duration::from_millis(250));
            if let Ok(url) = script("start", &self.dir)
                && let Some(port) =
                    url.rsplit(':').next().and_then(|rest| rest.split('/').next()?.parse::<u16>().ok())
                && std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
            {
                *self.url.lock().unwrap() = url.clone();
                return url;
            }
        }
        panic!("PostgreSQL did not come back");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = script("stop", &self.dir);
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}
