//! The writer: prepared single-row statements in one transaction, one fsync for all of it.

use rusqlite::{Connection, TransactionBehavior, params};
use smol_str::SmolStr;

use super::{fault, read::query};
use crate::{
    Fault, TenantId,
    dialect::Dialect,
    statements as sql,
    value::Row,
    write::{
        Batch, Done, EventRow, KeyRow, PartRow, PublicRow, Ref, SealKeyRow, Step, StoredCase, TodoRow,
        WriteError, Writer,
    },
};

mod case;

/// The one connection that writes.
pub struct SqliteWriter {
    db: Connection,
    data_version: Option<i64>,
}

/// How often the write-ahead log is tried to be emptied, and how long between.
const CHECKPOINTS: (usize, std::time::Duration) = (50, std::time::Duration::from_millis(100));

type Rusqlite<T> = rusqlite::Result<T>;

/// What a failure means for the batch. A row that is refused makes one command of it bad.
fn verdict(why: rusqlite::Error) -> WriteError {
    match why.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => WriteError::Busy,
        _ => WriteError::Broken(why.to_string()),
    }
}

fn id(case: huying_model::CaseId) -> [u8; 16] {
    case.0.to_be_bytes()
}

fn put_event(db: &Connection, row: &EventRow) -> Rusqlite<()> {
    db.prepare_cached(
        "INSERT INTO event (tenant, case_id, seq, stream, position, policy, occurred_at, received_at, recorded_at, kind, body, prev, hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?
    .execute(params![
        row.tenant.0, id(row.case), row.seq, row.stream, row.position, row.policy.as_str(), row.occurred_at,
        row.received_at, row.recorded_at, row.kind.as_str(), row.body, row.prev, row.hash,
    ])?;
    Ok(())
}

fn put_todos(db: &Connection, gone: &[TodoRow], new: &[TodoRow]) -> Rusqlite<()> {
    let mut delete = db.prepare_cached(
        "DELETE FROM todo WHERE tenant = ?1 AND unit = ?2 AND due = ?3 AND case_id = ?4 AND kind = ?5 AND no = ?6",
    )?;
    for row in gone {
        delete.execute(params![row.tenant.0, row.unit.as_str(), row.due, id(row.case), row.kind, row.no])?;
    }
    let mut insert = db.prepare_cached(
        "INSERT INTO todo (tenant, unit, due, case_id, kind, no, paused) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (tenant, unit, due, case_id, kind, no) DO UPDATE SET paused = excluded.paused",
    )?;
    for row in new {
        insert.execute(params![
            row.tenant.0,
            row.unit.as_str(),
            row.due,
            id(row.case),
            row.kind,
            row.no,
            row.paused
        ])?;
    }
    Ok(())
}

fn put_parts(db: &Connection, new: &[PartRow]) -> Rusqlite<()> {
    let mut insert = db.prepare_cached(
        "INSERT INTO part (tenant, unit, case_id) VALUES (?1, ?2, ?3) ON CONFLICT (tenant, unit, case_id) DO NOTHING",
    )?;
    for row in new {
        insert.execute(params![row.tenant.0, row.unit.as_str(), id(row.case)])?;
    }
    Ok(())
}

fn put_public(db: &Connection, rows: &[PublicRow]) -> Rusqlite<()> {
    let mut insert = db.prepare_cached(
        "INSERT INTO public_case (tenant, received_at, case_id, updated_at, status, matter, area) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (tenant, received_at, case_id)
         DO UPDATE SET updated_at = excluded.updated_at, status = excluded.status, matter = excluded.matter, area = excluded.area",
    )?;
    for row in rows {
        insert.execute(params![
            row.tenant.0,
            row.received_at,
            id(row.case),
            row.updated_at,
            row.status,
            row.matter.as_deref(),
            row.area.as_deref(),
        ])?;
    }
    Ok(())
}

fn put_words(db: &Connection, batch: &Batch) -> Rusqlite<()> {
    let mut said =
        db.prepare_cached("INSERT INTO said (tenant, doc, case_id, seq) VALUES (?1, ?2, ?3, ?4)")?;
    let mut terms = db.prepare_cached("INSERT INTO said_terms (rowid, terms) VALUES (?1, ?2)")?;
    for row in &batch.said {
        said.execute(params![row.tenant.0, row.doc, id(row.case), row.seq])?;
        terms.execute(params![row.doc, row.terms])?;
    }
    for ((tenant, case), seq) in &batch.unsaid {
        let found = query(
            db,
            "SELECT (stream << 48) | position FROM event WHERE tenant = ?1 AND case_id = ?2 AND seq = ?3",
            &[(*tenant).into(), (*case).into(), (*seq).into()],
        );
        for row in found.unwrap_or_default() {
            let doc = row.int(0).unwrap_or_default();
            if db.execute("DELETE FROM said WHERE doc = ?1", params![doc])? == 1 {
                db.execute("DELETE FROM said_terms WHERE rowid = ?1", params![doc])?;
            }
        }
    }
    Ok(())
}

fn put_rest(db: &Connection, batch: &Batch) -> Rusqlite<()> {
    let mut rollup = db.prepare_cached(
        "INSERT INTO rollup (tenant, day, area, matter, source, stage, n, late, spent_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT (tenant, day, area, matter, source, stage)
         DO UPDATE SET n = n + excluded.n, late = late + excluded.late, spent_ms = spent_ms + excluded.spent_ms",
    )?;
    for (key, sum) in &batch.rollup {
        rollup.execute(params![
            key.tenant.0,
            key.day,
            key.area.as_str(),
            key.matter.as_str(),
            key.source,
            key.stage,
            sum.n,
            sum.late,
            sum.spent_ms,
        ])?;
    }
    let mut keys = db.prepare_cached(
        "INSERT INTO idem (tenant, key, member, day, body_hash, case_id, number, version, stage, position)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    for key in &batch.keys {
        keys.execute(params![
            key.tenant.0,
            key.key.as_str(),
            key.member.as_str(),
            key.day,
            key.body_hash,
            id(key.case),
            key.number.as_str(),
            key.version,
            key.stage.as_str(),
            key.position,
        ])?;
    }
    let mut seal =
        db.prepare_cached("INSERT INTO seal_key (tenant, name, case_id, wrapped) VALUES (?1, ?2, ?3, ?4)")?;
    for key in &batch.seal_keys {
        seal.execute(params![key.tenant.0, key.name.as_str(), key.case.map(id), key.wrapped])?;
    }
    let mut file = db.prepare_cached(
        "INSERT INTO file (tenant, case_id, hash, media, bytes, shown, thumb, key, added_at, meta)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (tenant, case_id, hash) DO NOTHING",
    )?;
    for (tenant, row) in &batch.files {
        file.execute(params![
            tenant.0,
            id(row.case),
            row.hash.as_str(),
            row.media.as_str(),
            row.bytes,
            row.shown.as_deref(),
            row.thumb.as_deref(),
            row.key.as_deref(),
            row.added_at,
            row.meta,
        ])?;
    }
    Ok(())
}

impl SqliteWriter {
    pub(crate) fn new(db: Connection) -> SqliteWriter {
        SqliteWriter { db, data_version: None }
    }

    fn write_all(&mut self, batch: &Batch) -> Result<(), WriteError> {
        let tx = self.db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(verdict)?;
        if batch.position != batch.position_was {
            let fence = "UPDATE stream SET position = ?3 WHERE stream = ?1 AND position = ?2";
            let held = tx.prepare_cached(fence).and_then(|mut statement| {
                statement.execute(params![batch.stream, batch.position_was, batch.position])
            });
            if held.map_err(verdict)? != 1 {
                return Err(WriteError::Lost);
            }
        }
        for row in &batch.cases {
            if case::put(&tx, row).map_err(verdict)?.is_none() {
                return Err(WriteError::Lost);
            }
        }
        for row in &batch.events {
            put_event(&tx, row).map_err(verdict)?;
        }
        put_todos(&tx, &batch.todos_gone, &batch.todos_new).map_err(verdict)?;
        put_parts(&tx, &batch.parts).map_err(verdict)?;
        put_public(&tx, &batch.public).map_err(verdict)?;
        put_words(&tx, batch).map_err(verdict)?;
        put_rest(&tx, batch).map_err(verdict)?;
        tx.commit().map_err(verdict)
    }
}

impl Writer for SqliteWriter {
    fn changed_elsewhere(&mut self) -> Result<bool, Fault> {
        let act = fault("looking for other writers");
        let now =
            self.db.prepare_cached("PRAGMA data_version").and_then(|mut s| s.query_row([], |row| row.get(0)));
        let now: i64 = now.map_err(&act)?;
        let changed = self.data_version.is_some_and(|was| was != now);
        self.data_version = Some(now);
        Ok(changed)
    }

    fn shared(&self) -> bool {
        false
    }

    fn position(&mut self, stream: i64) -> Result<i64, Fault> {
        let act = fault("reading the stream");
        self.db
            .execute(
                "INSERT INTO stream (stream, position) VALUES (?1, 0) ON CONFLICT (stream) DO NOTHING",
                [stream],
            )
            .map_err(&act)?;
        self.db
            .query_row("SELECT position FROM stream WHERE stream = ?1", [stream], |row| row.get(0))
            .map_err(&act)
    }

    fn load(&mut self, cases: &[Ref]) -> Result<Vec<StoredCase>, Fault> {
        let text = Dialect::Sqlite.render(sql::LOAD_CASE);
        let mut found = Vec::new();
        for (tenant, case) in cases {
            for row in query(&self.db, &text, &[(*tenant).into(), (*case).into()])? {
                found.push(stored(*tenant, *case, &row)?);
            }
        }
        Ok(found)
    }

    fn used_keys(&mut self, keys: &[(TenantId, SmolStr, SmolStr)]) -> Result<Vec<KeyRow>, Fault> {
        let text = Dialect::Sqlite.render(sql::USED_KEY);
        let mut found = Vec::new();
        for (tenant, member, key) in keys {
            for row in query(&self.db, &text, &[(*tenant).into(), member.into(), key.into()])? {
                found.push(sql::key_row(&row)?);
            }
        }
        Ok(found)
    }

    fn seal_keys(&mut self, names: &[(TenantId, SmolStr)]) -> Result<Vec<SealKeyRow>, Fault> {
        let text = Dialect::Sqlite.render(sql::SEAL_KEY);
        let mut found = Vec::new();
        for (tenant, name) in names {
            for row in query(&self.db, &text, &[(*tenant).into(), name.into()])? {
                found.push(sql::seal_key_row(&row)?);
            }
        }
        Ok(found)
    }

    fn write(&mut self, batch: &Batch) -> Result<(), WriteError> {
        self.write_all(batch)
    }

    fn scour(&mut self) -> Result<(), Fault> {
        let act = fault("rewriting the file");
        // Merging the search terms drops those of deleted documents; VACUUM copies live rows only. It goes by a file, because
        // a large store does not fit into memory.
        self.db
            .execute_batch(
                "INSERT INTO said_terms (said_terms) VALUES ('optimize');
                 PRAGMA temp_store = FILE; VACUUM; PRAGMA temp_store = MEMORY;",
            )
            .map_err(&act)?;
        for _ in 0..CHECKPOINTS.0 {
            // A reader that is in the middle of a page holds the log up for a moment.
            let busy: i64 =
                self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).map_err(&act)?;
            if busy == 0 {
                return Ok(());
            }
            std::thread::sleep(CHECKPOINTS.1);
        }
        Err(Fault::Busy { retry_after_ms: 5000 })
    }

    fn errand(&mut self, steps: &[Step]) -> Result<Vec<Done>, Fault> {
        let act = fault("writing");
        let tx = self.db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(&act)?;
        let mut done = Vec::with_capacity(steps.len());
        for (text, params) in steps {
            let before = tx.total_changes();
            let rows = query(&tx, &Dialect::Sqlite.render(text), params)?;
            done.push(Done { rows, changed: tx.total_changes() - before });
        }
        tx.commit().map_err(&act)?;
        Ok(done)
    }
}

fn stored(tenant: TenantId, case: huying_model::CaseId, row: &Row) -> Result<StoredCase, Fault> {
    Ok(StoredCase {
        at: (tenant, case),
        state: row.text(1)?.to_owned(),
        title: row.opt_text(2)?.map(str::to_owned),
        address: row.opt_text(3)?.map(str::to_owned),
        promise: row.opt_int(4)?,
        head: row.hash(5)?,
    })
}
