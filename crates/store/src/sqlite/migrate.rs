//! Brings a file to the newest schema, each step in one transaction, after a copy of the file beside it.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, TransactionBehavior};

use super::fault;
use crate::{
    Fault,
    dialect::Dialect,
    schema::{VERSION_READ, VERSION_TABLE, missing},
};

/// The copy that is made before an upgrade: the file's name with the version it has.
pub(crate) fn backup_path(path: &Path, version: i64) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".v{version}.bak"));
    PathBuf::from(name)
}

pub(crate) fn migrate(db: &mut Connection, path: &Path) -> Result<(), Fault> {
    let act = fault("upgrading the schema");
    db.execute_batch(VERSION_TABLE).map_err(&act)?;
    let version: i64 = db.query_row(VERSION_READ, [], |row| row.get(0)).map_err(&act)?;
    let steps: Vec<_> = missing(version)?.collect();
    if steps.is_empty() {
        return Ok(());
    }
    if version > 0 {
        let copy = backup_path(path, version);
        if !copy.exists() {
            db.execute("VACUUM INTO ?1", [copy.to_string_lossy()])
                .map_err(fault("copying the store before the upgrade"))?;
        }
    }
    for (no, step) in steps {
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(&act)?;
        let now: i64 = tx.query_row(VERSION_READ, [], |row| row.get(0)).map_err(&act)?;
        // Another process may have taken the step while this one waited for the lock.
        if now < no {
            tx.execute_batch(step.sql(Dialect::Sqlite)).map_err(&act)?;
            tx.execute("INSERT INTO schema_version (version, name) VALUES (?1, ?2)", (no, step.name))
                .map_err(&act)?;
        }
        tx.commit().map_err(&act)?;
    }
    Ok(())
}
