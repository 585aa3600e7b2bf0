//! SQLite: one file, one writer on the committer's thread, readers on their own connections.

pub(crate) mod migrate;
mod read;
mod write;

use std::{path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags, config::DbConfig};

pub use read::{Asked, Readers};
pub use write::SqliteWriter;

use crate::{Durability, Fault};

pub(crate) fn fault(act: &str) -> impl Fn(rusqlite::Error) -> Fault + '_ {
    move |why| match why.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => {
            Fault::Busy { retry_after_ms: 1000 }
        }
        _ => Fault::broken(act, why),
    }
}

/// A connection that may write, with the settings that every writer of this store has.
pub(crate) fn connect(path: &Path, durability: Durability, vfs: Option<&str>) -> Result<Connection, Fault> {
    let opening = fault("opening the database");
    let flags = OpenFlags::default();
    let db = match vfs {
        Some(name) => Connection::open_with_flags_and_vfs(path, flags, name),
        None => Connection::open_with_flags(path, flags),
    }
    .map_err(&opening)?;
    db.busy_timeout(Duration::from_secs(5)).map_err(&opening)?;
    let synchronous = match durability {
        Durability::Full => "FULL",
        Durability::Off => "OFF",
    };
    // A larger page cache costs more than it saves: after a B-tree was balanced, the commit goes through the whole hash of it.
    db.execute_batch(&format!(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous}; PRAGMA cache_size = -65536;
         PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 8000; PRAGMA mmap_size = 0;"
    ))
    .map_err(&opening)?;
    plan_once(&db).map_err(&opening)?;
    db.set_prepared_statement_cache_capacity(128);
    Ok(db)
}

/// A statement is planned when it is prepared and not again for every value that is bound to it.
fn plan_once(db: &Connection) -> rusqlite::Result<()> {
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(|_| ())
}

/// A connection that only reads.
pub(crate) fn connect_reader(path: &Path, vfs: Option<&str>) -> Result<Connection, Fault> {
    let opening = fault("opening the database for reading");
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let db = match vfs {
        Some(name) => Connection::open_with_flags_and_vfs(path, flags, name),
        None => Connection::open_with_flags(path, flags),
    }
    .map_err(&opening)?;
    db.busy_timeout(Duration::from_secs(5)).map_err(&opening)?;
    db.execute_batch("PRAGMA query_only = 1; PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY;")
        .map_err(&opening)?;
    plan_once(&db).map_err(&opening)?;
    db.set_prepared_statement_cache_capacity(128);
    Ok(db)
}
