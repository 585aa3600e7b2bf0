//! Brings a file to the newest schema, each step in one transaction, after a copy of the file beside it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, TransactionBehavior};

use super::fault;
use crate::{
    Fault,
    dialect::Dialect,
    schema::{Migration, VERSION_READ, VERSION_TABLE, missing},
};

/// How the name of a copy begins to end while it is made.
const UNFINISHED: &str = ".part";
const COPYING: &str = "copying the store before the upgrade";

/// The copy that is made before an upgrade: the file's name with the version it has.
pub(crate) fn backup_path(path: &Path, version: i64) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".v{version}.bak"));
    PathBuf::from(name)
}

pub(crate) fn migrate(db: &mut Connection, path: &Path, steps: &'static [Migration]) -> Result<(), Fault> {
    let act = fault("upgrading the schema");
    db.execute_batch(VERSION_TABLE).map_err(&act)?;
    let version: i64 = db.query_row(VERSION_READ, [], |row| row.get(0)).map_err(&act)?;
    let steps = missing(version, steps)?;
    if steps.is_empty() {
        return Ok(());
    }
    if version > 0 {
        copy(db, path, version)?;
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

/// Copies the store. The copy gets its name when it is whole and on the disk, so one that was cut short never passes for one.
/// It is made anew for each try: what was written since the last one is in it.
fn copy(db: &Connection, path: &Path, version: i64) -> Result<(), Fault> {
    let whole = backup_path(path, version);
    for left in unfinished(&whole).map_err(|why| Fault::broken(COPYING, why))? {
        there(fs::remove_file(left))?;
    }
    // A process that begins meanwhile takes this one's for what was cut short and removes it, but does so once only.
    loop {
        let part = unnamed(db, &whole)?;
        if named(db, &part, &whole, version)? {
            return Ok(());
        }
    }
}

/// A copy whose name does not say yet that it is whole.
fn unnamed(db: &Connection, whole: &Path) -> Result<PathBuf, Fault> {
    let mut part = whole.as_os_str().to_owned();
    part.push(format!(".{:08x}{UNFINISHED}", rand::random::<u32>()));
    let part = PathBuf::from(part);
    db.execute("VACUUM INTO ?1", [part.to_string_lossy()]).map_err(fault(COPYING))?;
    Ok(part)
}

/// Gives a copy its name, where one is needed still. False where another process removed it and has taken no step yet.
fn named(db: &Connection, part: &Path, whole: &Path, version: i64) -> Result<bool, Fault> {
    // SQLite does not wait for the disk when it copies.
    let kept = there(fs::OpenOptions::new().write(true).open(part).and_then(|file| file.sync_all()))?;
    // Versions only grow, so the copy is of this one. Where another process took a step meanwhile, it has copied before.
    let now: i64 = db.query_row(VERSION_READ, [], |row| row.get(0)).map_err(fault(COPYING))?;
    if now != version {
        there(fs::remove_file(part))?;
        return Ok(true);
    }
    Ok(kept && there(fs::rename(part, whole))?)
}

/// Whether the file was there for what was done to it.
fn there(done: io::Result<()>) -> Result<bool, Fault> {
    match done {
        Ok(()) => Ok(true),
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(why) => Err(Fault::broken(COPYING, why)),
    }
}

/// What copies of this name that were cut short have left.
fn unfinished(whole: &Path) -> io::Result<Vec<PathBuf>> {
    let folder = whole.parent().filter(|folder| !folder.as_os_str().is_empty());
    let begins = whole.file_name().unwrap_or_default().to_string_lossy();
    let mut found = Vec::new();
    for entry in fs::read_dir(folder.unwrap_or(Path::new(".")))? {
        let entry = entry?;
        let rest = entry.file_name().to_string_lossy().strip_prefix(&*begins).map(str::to_owned);
        if rest.is_some_and(|rest| rest.contains(UNFINISHED)) {
            found.push(entry.path());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::step;

    const OLD: &[Migration] = &[OLD_FIRST];
    const NEW: &[Migration] = &[OLD_FIRST, step("second", "ALTER TABLE kept ADD COLUMN since INTEGER")];
    const OLD_FIRST: Migration = step("first", "CREATE TABLE kept (what TEXT)");
    const BAD: &[Migration] = &[OLD_FIRST, step("half", "CREATE TABLE half (a); SELECT nonsense")];

    fn columns(db: &Connection) -> i64 {
        db.query_row("SELECT COUNT(*) FROM pragma_table_info('kept')", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn an_older_file_is_copied_and_then_upgraded() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("store.db");
        let mut db = Connection::open(&path).unwrap();
        migrate(&mut db, &path, OLD).unwrap();
        assert!(!backup_path(&path, 0).exists(), "a new file needs no copy");
        db.execute("INSERT INTO kept VALUES ('a case')", []).unwrap();
        migrate(&mut db, &path, NEW).unwrap();
        assert_eq!(columns(&db), 2);
        let copy = Connection::open(backup_path(&path, 1)).unwrap();
        assert_eq!(columns(&copy), 1, "the copy is as it was before");
        let kept: String = copy.query_row("SELECT what FROM kept", [], |row| row.get(0)).unwrap();
        assert_eq!(kept, "a case");
        migrate(&mut db, &path, NEW).unwrap();
    }

    #[test]
    fn a_process_whose_copy_another_one_removed_copies_again_or_goes_on_without() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("store.db");
        let mut db = Connection::open(&path).unwrap();
        migrate(&mut db, &path, OLD).unwrap();
        let whole = backup_path(&path, 1);
        let part = unnamed(&db, &whole).unwrap();
        let mut other = Connection::open(&path).unwrap();
        copy(&other, &path, 1).unwrap();
        assert!(!part.exists() && whole.exists(), "it passed for what was cut short");
        assert!(!named(&db, &part, &whole, 1).unwrap(), "the store is as old as before: once more");
        let again = unnamed(&db, &whole).unwrap();
        assert!(named(&db, &again, &whole, 1).unwrap());
        migrate(&mut other, &path, NEW).unwrap();
        assert!(named(&db, &part, &whole, 1).unwrap(), "the other one has copied it and gone on");
        assert!(unfinished(&whole).unwrap().is_empty());
        migrate(&mut db, &path, NEW).unwrap();
        assert_eq!(columns(&Connection::open(&whole).unwrap()), 1, "the copy is as it was before");
    }

    #[test]
    fn a_step_that_fails_leaves_nothing_of_itself() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("store.db");
        let mut db = Connection::open(&path).unwrap();
        migrate(&mut db, &path, OLD).unwrap();
        assert!(migrate(&mut db, &path, BAD).is_err());
        let half: i64 = db
            .query_row("SELECT COUNT(*) FROM sqlite_master WHERE name = 'half'", [], |row| row.get(0))
            .unwrap();
        assert_eq!(half, 0);
        assert_eq!(db.query_row(VERSION_READ, [], |row| row.get::<_, i64>(0)).unwrap(), 1);
    }
}
