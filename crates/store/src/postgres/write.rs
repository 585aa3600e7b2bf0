//! The writer: one UNNEST statement per table inside BEGIN … COMMIT, sent down the line together.
//!
//! A version is checked by the count of rows that were written. A connection that is lost before COMMIT has written
//! nothing; one that is lost during COMMIT is settled by the stream's position.

use std::time::Duration;

use huying_model::CaseId;
use smol_str::SmolStr;
use tokio::runtime::Handle;
use tokio_postgres::{
    Client, Config, Statement, Transaction,
    types::{ToSql, Type},
};

use super::{fault, migrate::connect, params, words};
use crate::{
    Durability, Fault, TenantId,
    dialect::Dialect,
    statements as sql,
    value::{Value, from_postgres},
    write::{Batch, Done, KeyRow, Ref, SealKeyRow, Step, StoredCase, WriteError, Writer},
};

/// The one connection that the committer writes with.
pub struct PostgresWriter {
    config: Config,
    durability: Durability,
    runtime: Handle,
    client: Option<(Client, Prepared)>,
}

/// The committer's statements, prepared on this connection.
struct Prepared {
    fence: Statement,
    event: Statement,
    case_new: Statement,
    case_moved: Statement,
    case_same: Statement,
    todo_gone: Statement,
    todo_new: Statement,
    part: Statement,
    public: Statement,
    said: Statement,
    unsaid: Statement,
    rollup: Statement,
    idem: Statement,
    seal_key: Statement,
    file: Statement,
    load: Statement,
    used: Statement,
}

/// Every statement of the writer finds its rows by key; without these words a server whose statistics are old reads whole
/// tables for a batch. Statements are planned anew each time: a plan made while a table was empty may take an index of
/// which only the tenant fits, and would be kept until the next ANALYZE.
const BY_KEY: &str = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_bitmapscan = off;
    SET plan_cache_mode = force_custom_plan";

/// How long the writer tries to reach the server again before a batch is told that it failed.
const RECONNECT: (usize, Duration) = (3, Duration::from_millis(100));

pub(crate) const FENCE: &str = "UPDATE stream SET position = $3 WHERE stream = $1 AND position = $2";
pub(crate) const EVENT: &str = "INSERT INTO event (tenant, case_id, seq, stream, position, policy, occurred_at, received_at, recorded_at, kind, body, prev, hash)
    SELECT * FROM UNNEST($1::int8[], $2::bytea[], $3::int8[], $4::int8[], $5::int8[], $6::text[], $7::int8[], $8::int8[], $9::int8[], $10::text[], $11::text[], $12::bytea[], $13::bytea[])";
pub(crate) const CASE_NEW: &str = "INSERT INTO case_row (tenant, case_id, version, number, stage, open, custodian, centre, lead, area, matter, source,
      urgency, hazard, suspended, received_at, filed_at, closed_at, due, next_step, lon_e7, lat_e7, title, address, head, state,
      component)
    SELECT * FROM UNNEST($1::int8[], $2::bytea[], $3::int8[], $4::text[], $5::text[], $6::int8[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[],
      $13::text[], $14::int8[], $15::int8[], $16::int8[], $17::int8[], $18::int8[], $19::int8[], $20::int8[], $21::int8[], $22::int8[], $23::text[], $24::text[], $25::bytea[], $26::text[],
      $27::text[])
    ON CONFLICT (tenant, case_id) DO NOTHING";
pub(crate) const CASE_MOVED: &str = "UPDATE case_row c SET number = n.number, open = n.open, centre = n.centre, area = n.area, matter = n.matter, source = n.source,
      urgency = n.urgency, hazard = n.hazard, received_at = n.received_at, filed_at = n.filed_at, closed_at = n.closed_at, due = n.due,
      lon_e7 = n.lon_e7, lat_e7 = n.lat_e7, title = n.title, address = n.address,
      version = n.version, stage = n.stage, custodian = n.custodian, lead = n.lead, suspended = n.suspended, next_step = n.next_step, head = n.head, state = n.state
    FROM UNNEST($1::int8[], $2::bytea[], $3::int8[], $4::int8[], $5::text[], $6::text[], $7::text[], $8::int8[], $9::int8[], $10::bytea[], $11::text[],
      $12::text[], $13::int8[], $14::text[], $15::text[], $16::text[], $17::text[], $18::text[], $19::int8[], $20::int8[], $21::int8[], $22::int8[], $23::int8[],
      $24::int8[], $25::int8[], $26::text[], $27::text[])
      AS n (tenant, case_id, was, version, stage, custodian, lead, suspended, next_step, head, state,
        number, open, centre, area, matter, source, urgency, hazard, received_at, filed_at, closed_at, due, lon_e7, lat_e7, title, address)
    WHERE c.tenant = n.tenant AND c.case_id = n.case_id AND c.version = n.was";
pub(crate) const CASE_SAME: &str = "UPDATE case_row c SET version = n.version, stage = n.stage, custodian = n.custodian, lead = n.lead, suspended = n.suspended,
      next_step = n.next_step, head = n.head, state = n.state
    FROM UNNEST($1::int8[], $2::bytea[], $3::int8[], $4::int8[], $5::text[], $6::text[], $7::text[], $8::int8[], $9::int8[], $10::bytea[], $11::text[])
      AS n (tenant, case_id, was, version, stage, custodian, lead, suspended, next_step, head, state)
    WHERE c.tenant = n.tenant AND c.case_id = n.case_id AND c.version = n.was";
pub(crate) const TODO_GONE: &str = "DELETE FROM todo t
    USING UNNEST($1::int8[], $2::text[], $3::int8[], $4::bytea[], $5::text[], $6::int8[]) AS g (tenant, unit, due, case_id, kind, no)
    WHERE t.tenant = g.tenant AND t.unit = g.unit AND t.due = g.due AND t.case_id = g.case_id AND t.kind = g.kind AND t.no = g.no";
pub(crate) const TODO_NEW: &str = "INSERT INTO todo (tenant, unit, due, case_id, kind, no, paused)
    SELECT * FROM UNNEST($1::int8[], $2::text[], $3::int8[], $4::bytea[], $5::text[], $6::int8[], $7::int8[])
    ON CONFLICT (tenant, unit, due, case_id, kind, no) DO UPDATE SET paused = excluded.paused";
pub(crate) const PART: &str = "INSERT INTO part (tenant, unit, case_id)
    SELECT * FROM UNNEST($1::int8[], $2::text[], $3::bytea[]) ON CONFLICT (tenant, unit, case_id) DO NOTHING";
pub(crate) const PUBLIC: &str = "INSERT INTO public_case (tenant, received_at, case_id, updated_at, status, matter, area)
    SELECT * FROM UNNEST($1::int8[], $2::int8[], $3::bytea[], $4::int8[], $5::text[], $6::text[], $7::text[])
    ON CONFLICT (tenant, received_at, case_id)
    DO UPDATE SET updated_at = excluded.updated_at, status = excluded.status, matter = excluded.matter, area = excluded.area";
pub(crate) const SAID: &str = "INSERT INTO said (tenant, doc, case_id, seq, terms)
    SELECT n.tenant, n.doc, n.case_id, n.seq, array_to_tsvector(string_to_array(n.terms, ' '))
    FROM UNNEST($1::int8[], $2::int8[], $3::bytea[], $4::int8[], $5::text[]) AS n (tenant, doc, case_id, seq, terms)";
pub(crate) const UNSAID: &str = "DELETE FROM said s
    USING UNNEST($1::int8[], $2::bytea[], $3::int8[]) AS g (tenant, case_id, seq), event e
    WHERE e.tenant = g.tenant AND e.case_id = g.case_id AND e.seq = g.seq AND s.tenant = e.tenant AND s.doc = ((e.stream << 48) | e.position)";
pub(crate) const ROLLUP: &str = "INSERT INTO rollup (tenant, day, area, matter, source, stage, n, late, spent_ms)
    SELECT * FROM UNNEST($1::int8[], $2::int8[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int8[], $8::int8[], $9::int8[])
    ON CONFLICT (tenant, day, area, matter, source, stage)
    DO UPDATE SET n = rollup.n + excluded.n, late = rollup.late + excluded.late, spent_ms = rollup.spent_ms + excluded.spent_ms";
pub(crate) const IDEM: &str = "INSERT INTO idem (tenant, key, member, day, body_hash, case_id, number, version, stage, position)
    SELECT * FROM UNNEST($1::int8[], $2::text[], $3::text[], $4::int8[], $5::bytea[], $6::bytea[], $7::text[], $8::int8[], $9::text[], $10::int8[])";
pub(crate) const SEAL_KEY: &str = "INSERT INTO seal_key (tenant, name, case_id, wrapped)
    SELECT * FROM UNNEST($1::int8[], $2::text[], $3::bytea[], $4::bytea[])";
pub(crate) const FILE: &str = "INSERT INTO file (tenant, case_id, hash, media, bytes, shown, thumb, key, added_at, meta)
    SELECT * FROM UNNEST($1::int8[], $2::bytea[], $3::text[], $4::text[], $5::int8[], $6::text[], $7::text[], $8::text[], $9::int8[], $10::text[])
    ON CONFLICT (tenant, case_id, hash) DO NOTHING";

impl Prepared {
    async fn on(client: &Client) -> Result<Prepared, tokio_postgres::Error> {
        Ok(Prepared {
            fence: client.prepare_typed(FENCE, &[Type::INT8, Type::INT8, Type::INT8]).await?,
            event: client.prepare(EVENT).await?,
            case_new: client.prepare(CASE_NEW).await?,
            case_moved: client.prepare(CASE_MOVED).await?,
            case_same: client.prepare(CASE_SAME).await?,
            todo_gone: client.prepare(TODO_GONE).await?,
            todo_new: client.prepare(TODO_NEW).await?,
            part: client.prepare(PART).await?,
            public: client.prepare(PUBLIC).await?,
            said: client.prepare(SAID).await?,
            unsaid: client.prepare(UNSAID).await?,
            rollup: client.prepare(ROLLUP).await?,
            idem: client.prepare(IDEM).await?,
            seal_key: client.prepare(SEAL_KEY).await?,
            file: client.prepare(FILE).await?,
            load: client.prepare(LOAD).await?,
            used: client.prepare(USED).await?,
        })
    }
}

/// A column of many rows.
type Column = Box<dyn ToSql + Sync + Send>;

fn ints<R>(rows: &[R], of: impl Fn(&R) -> i64) -> Column {
    Box::new(rows.iter().map(of).collect::<Vec<i64>>())
}
fn opt_ints<R>(rows: &[R], of: impl Fn(&R) -> Option<i64>) -> Column {
    Box::new(rows.iter().map(of).collect::<Vec<Option<i64>>>())
}
fn texts<R>(rows: &[R], of: impl Fn(&R) -> &str) -> Column {
    Box::new(rows.iter().map(|row| of(row).to_owned()).collect::<Vec<String>>())
}
fn opt_texts<R>(rows: &[R], of: impl Fn(&R) -> Option<&str>) -> Column {
    Box::new(rows.iter().map(|row| of(row).map(str::to_owned)).collect::<Vec<Option<String>>>())
}
fn blobs<R>(rows: &[R], of: impl Fn(&R) -> Vec<u8>) -> Column {
    Box::new(rows.iter().map(of).collect::<Vec<Vec<u8>>>())
}
fn ids<R>(rows: &[R], of: impl Fn(&R) -> CaseId) -> Column {
    blobs(rows, |row| of(row).0.to_be_bytes().to_vec())
}

/// How many rows were written.
async fn put(
    tx: &Transaction<'_>,
    statement: &Statement,
    columns: Vec<Column>,
) -> Result<u64, tokio_postgres::Error> {
    let params: Vec<&(dyn ToSql + Sync)> =
        columns.iter().map(|column| column.as_ref() as &(dyn ToSql + Sync)).collect();
    tx.execute(statement, &params).await
}

mod rows;

fn verdict(why: &tokio_postgres::Error) -> WriteError {
    let Some(db) = why.as_db_error() else {
        // Before COMMIT nothing was written, so the batch may simply be tried again.
        return WriteError::Lost;
    };
    match (db.code().code(), db.constraint()) {
        // Serialisation failure, deadlock, a server that is going down or coming up.
        ("40001" | "40P01" | "57P01" | "57P02" | "57P03", _) => WriteError::Lost,
        // Another node took the key, or wrote this entry, first.
        ("23505", Some("idem_pkey" | "event_pkey" | "event_stream" | "seal_key_pkey")) => WriteError::Lost,
        _ => WriteError::Broken(words(why)),
    }
}

impl PostgresWriter {
    pub(crate) async fn connect(config: Config, durability: Durability) -> Result<PostgresWriter, Fault> {
        let mut writer = PostgresWriter { config, durability, runtime: Handle::current(), client: None };
        writer.ensure().await?;
        Ok(writer)
    }

    /// A live connection with its statements, made anew when the old one is gone.
    async fn ensure(&mut self) -> Result<(), Fault> {
        if self.client.as_ref().is_some_and(|(client, _)| !client.is_closed()) {
            return Ok(());
        }
        let (tries, pause) = RECONNECT;
        let mut last = Fault::Broken("PostgreSQL was not reached".into());
        for _ in 0..tries {
            match self.fresh().await {
                Ok(client) => {
                    self.client = Some(client);
                    return Ok(());
                }
                Err(fault) => last = fault,
            }
            tokio::time::sleep(pause).await;
        }
        Err(last)
    }

    async fn fresh(&self) -> Result<(Client, Prepared), Fault> {
        let client = connect(&self.config).await?;
        client.batch_execute(BY_KEY).await.map_err(fault("preparing the writer"))?;
        if self.durability == Durability::Off {
            client
                .batch_execute("SET synchronous_commit = off")
                .await
                .map_err(fault("preparing the writer"))?;
        }
        let prepared = Prepared::on(&client).await.map_err(fault("preparing the writer"))?;
        Ok((client, prepared))
    }

    async fn client(&mut self) -> Result<&mut (Client, Prepared), Fault> {
        self.ensure().await?;
        self.client.as_mut().ok_or_else(|| Fault::Broken("PostgreSQL was not reached".into()))
    }

    async fn write_all(&mut self, batch: &Batch) -> Result<(), WriteError> {
        let unreachable = |fault: Fault| WriteError::Broken(fault.to_string());
        let (client, prepared) = self.client().await.map_err(unreachable)?;
        let tx = client.transaction().await.map_err(|why| verdict(&why))?;
        if !rows::write(&tx, prepared, batch).await.map_err(|why| verdict(&why))? {
            return Err(WriteError::Lost);
        }
        match tx.commit().await {
            Ok(()) => Ok(()),
            Err(why) if why.as_db_error().is_some() => Err(verdict(&why)),
            Err(why) => Err(WriteError::Unsure(words(&why))),
        }
    }

    async fn rows(&mut self, text: &str, values: &[Value]) -> Result<Vec<crate::value::Row>, Fault> {
        let (client, _) = self.client().await?;
        let rows = client.query(text, &params(values)).await.map_err(fault("reading"))?;
        rows.iter().map(from_postgres).collect()
    }
}

const LOAD: &str = "SELECT c.tenant, c.case_id, c.state, c.title, c.address, c.due, c.head FROM case_row c
    JOIN UNNEST($1::int8[], $2::bytea[]) AS w (tenant, case_id) ON c.tenant = w.tenant AND c.case_id = w.case_id";
const USED: &str = "SELECT i.tenant, i.key, i.member, i.day, i.body_hash, i.case_id, i.number, i.version, i.stage, i.position FROM idem i
    JOIN UNNEST($1::int8[], $2::text[], $3::text[]) AS w (tenant, member, key) ON i.tenant = w.tenant AND i.member = w.member AND i.key = w.key";

impl PostgresWriter {
    async fn columns(
        &mut self,
        which: fn(&Prepared) -> &Statement,
        columns: Vec<Column>,
    ) -> Result<Vec<crate::value::Row>, Fault> {
        let (client, prepared) = self.client().await?;
        let params: Vec<&(dyn ToSql + Sync)> =
            columns.iter().map(|column| column.as_ref() as &(dyn ToSql + Sync)).collect();
        let rows = client.query(which(prepared), &params).await.map_err(fault("reading"))?;
        rows.iter().map(from_postgres).collect()
    }

    async fn load_all(&mut self, cases: &[Ref]) -> Result<Vec<StoredCase>, Fault> {
        let rows =
            self.columns(|all| &all.load, vec![ints(cases, |at| at.0.0), ids(cases, |at| at.1)]).await?;
        rows.iter()
            .map(|row| {
                Ok(StoredCase {
                    at: (TenantId(row.int(0)?), row.id(1)?),
                    state: row.text(2)?.to_owned(),
                    title: row.opt_text(3)?.map(str::to_owned),
                    address: row.opt_text(4)?.map(str::to_owned),
                    promise: row.opt_int(5)?,
                    head: row.hash(6)?,
                })
            })
            .collect()
    }

    async fn errand_all(&mut self, steps: &[Step]) -> Result<Vec<Done>, Fault> {
        let act = fault("writing");
        let (client, _) = self.client().await?;
        let tx = client.transaction().await.map_err(&act)?;
        let mut done = Vec::with_capacity(steps.len());
        for (text, values) in steps {
            let text = Dialect::Postgres.render(text);
            let statement = tx.prepare(&text).await.map_err(&act)?;
            done.push(if statement.columns().is_empty() {
                let changed = tx.execute(&statement, &params(values)).await.map_err(&act)?;
                Done { rows: Vec::new(), changed }
            } else {
                let rows = tx.query(&statement, &params(values)).await.map_err(&act)?;
                Done {
                    changed: rows.len() as u64,
                    rows: rows.iter().map(from_postgres).collect::<Result<_, _>>()?,
                }
            });
        }
        tx.commit().await.map_err(&act)?;
        Ok(done)
    }
}

/// Runs on the committer's own thread, where waiting for the runtime is allowed.
impl Writer for PostgresWriter {
    fn changed_elsewhere(&mut self) -> Result<bool, Fault> {
        // The version of every written row is checked; a refusal, and what was looked at and left, is decided on fresh state:
        // see `shared`.
        Ok(false)
    }
    fn shared(&self) -> bool {
        true
    }
    fn position(&mut self, stream: i64) -> Result<i64, Fault> {
        let runtime = self.runtime.clone();
        runtime.block_on(async {
            let put = "INSERT INTO stream (stream, position) VALUES ($1, 0) ON CONFLICT (stream) DO NOTHING";
            let (client, _) = self.client().await?;
            client.execute(put, &[&stream]).await.map_err(fault("reading the stream"))?;
            let rows = self.rows("SELECT position FROM stream WHERE stream = $1", &[stream.into()]).await?;
            rows.first().map_or(Ok(0), |row| row.int(0))
        })
    }
    fn load(&mut self, cases: &[Ref]) -> Result<Vec<StoredCase>, Fault> {
        let runtime = self.runtime.clone();
        runtime.block_on(self.load_all(cases))
    }
    fn used_keys(&mut self, keys: &[(TenantId, SmolStr, SmolStr)]) -> Result<Vec<KeyRow>, Fault> {
        let runtime = self.runtime.clone();
        let columns = vec![ints(keys, |key| key.0.0), texts(keys, |key| &key.1), texts(keys, |key| &key.2)];
        runtime.block_on(self.columns(|all| &all.used, columns))?.iter().map(sql::key_row).collect()
    }
    fn seal_keys(&mut self, names: &[(TenantId, SmolStr)]) -> Result<Vec<SealKeyRow>, Fault> {
        let runtime = self.runtime.clone();
        let mut found = Vec::new();
        for (tenant, name) in names {
            for row in runtime.block_on(self.rows(sql::SEAL_KEY, &[(*tenant).into(), name.into()]))? {
                found.push(sql::seal_key_row(&row)?);
            }
        }
        Ok(found)
    }
    fn write(&mut self, batch: &Batch) -> Result<(), WriteError> {
        let runtime = self.runtime.clone();
        runtime.block_on(self.write_all(batch))
    }
    fn scour(&mut self) -> Result<(), Fault> {
        let runtime = self.runtime.clone();
        runtime.block_on(async {
            let (client, _) = self.client().await?;
            super::scour::scour(client).await
        })
    }
    fn errand(&mut self, steps: &[Step]) -> Result<Vec<Done>, Fault> {
        let runtime = self.runtime.clone();
        runtime.block_on(self.errand_all(steps))
    }
}
