//! Whether words stand in the bytes of a database: its files as they lie on the disk, free pages and logs among them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use memchr::memmem;

use crate::city::place::Home;

/// Where the database's bytes lie. Of PostgreSQL it is the whole cluster that this binary's tests share: words that are looked for
/// stand in no other test.
fn files(home: &Home) -> Vec<PathBuf> {
    if let Some(file) = home.url.strip_prefix("sqlite:") {
        return vec![file.into(), format!("{file}-wal").into()];
    }
    let cluster = std::env::temp_dir().join(format!("huying-store-pg-{}-all", std::process::id()));
    vec![cluster.join("data/base")]
}

/// Whether a file, or one of a folder, has the words.
pub fn hold(path: &Path, words: impl AsRef<[u8]>) -> bool {
    let words = words.as_ref();
    if path.is_dir() {
        return std::fs::read_dir(path).unwrap().any(|entry| hold(&entry.unwrap().path(), words));
    }
    std::fs::read(path).is_ok_and(|bytes| memmem::find(&bytes, words).is_some())
}

/// Whether the database has the words.
pub fn stand(home: &Home, words: impl AsRef<[u8]>) -> bool {
    let words = words.as_ref();
    files(home).iter().any(|path| hold(path, words))
}
