//! Backup, restore and export: primary data only, as text that any tool can read.
//!
//! A backup is a folder: `manifest.json` names every file with its length and SHA-256; `<table>.jsonl` has one row a line.
//! Data keys stand in a folder of their own, so that they can be kept elsewhere and for another time. What is derived is not
//! copied: [`restore`] derives it again and proves it equal. A store may be written to while it is copied: keys, cursors
//! and what was made of events are read before the events, everything that events refer to after them.
//! One tenant of many is exported in the same way ([`tenant`]).

mod tables;
pub mod tenant;

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{BufRead, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use crate::{
    AuditReport, CheckReport, Fault, Options, Store, TenantId,
    audit::TAKEN_IN,
    committer::lanes::Act,
    schema,
    value::{Row, Value},
    write::Step,
};
use tables::{EVENTS, HOOKS, KEYS, SUBSCRIPTIONS, TABLES, Table};

/// The file that names all others.
pub const MANIFEST: &str = "manifest.json";
const FORMAT: &str = "huying-backup-1";
const STEP: usize = 500;

/// What a backup holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: String,
    pub schema: i64,
    /// Milliseconds UTC, as the caller says.
    pub made_at: i64,
    /// The mark of the sealing key, without which no word can be read.
    pub root_key_mark: String,
    pub day_offset_minutes: i64,
    /// Whose it is, where it is of one tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<i64>,
    /// How far readers that belong to no tenant had come in each stream before anything was copied, by the reader's name. Absent in exports of
    /// older versions, and where none has read.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub cursors: BTreeMap<String, BTreeMap<i64, i64>>,
    pub files: BTreeMap<String, Piece>,
    /// The same data in forms that other programs read; not needed to make a store of it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub open: BTreeMap<String, Piece>,
}

/// What is copied, and how a row is written.
#[derive(Clone, Copy)]
enum Scope {
    /// The whole store, a row as a list of its cells.
    Store,
    /// One tenant, a row as an object by the names of its columns.
    Tenant(TenantId),
}

/// One file of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    pub rows: u64,
    pub bytes: u64,
    pub sha256: String,
}

/// What a restore found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    pub rows: u64,
    pub check: CheckReport,
    pub audit: AuditReport,
}

fn io(act: &str, path: &Path) -> impl Fn(std::io::Error) -> Fault {
    let what = format!("{act} {}", path.display());
    move |why| Fault::broken(&what, why)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn to_json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Int(it) => Json::from(*it),
        Value::Float(it) => Json::from(*it),
        Value::Text(it) => Json::from(it.as_str()),
        Value::Blob(it) => serde_json::json!({ "hex": hex(it) }),
    }
}

fn from_json(json: &Json) -> Option<Value> {
    Some(match json {
        Json::Null => Value::Null,
        Json::Number(it) => {
            it.as_i64().map_or_else(|| it.as_f64().map(Value::Float), |int| Some(Value::Int(int)))?
        }
        Json::String(it) => Value::Text(it.clone()),
        Json::Object(it) => {
            let text = it.get("hex")?.as_str()?.as_bytes();
            let digit = |c: u8| char::from(c).to_digit(16);
            let byte = |pair: &[u8]| Some((digit(*pair.first()?)? * 16 + digit(*pair.get(1)?)?) as u8);
            Value::Blob(text.chunks(2).map(byte).collect::<Option<_>>()?)
        }
        Json::Bool(_) | Json::Array(_) => return None,
    })
}

/// A file that is hashed as it is written.
struct Out {
    file: BufWriter<File>,
    path: PathBuf,
    sum: Sha256,
    piece: Piece,
}

impl Out {
    fn create(path: PathBuf) -> Result<Out, Fault> {
        let file = File::create_new(&path).map_err(io("making", &path))?;
        let piece = Piece { rows: 0, bytes: 0, sha256: String::new() };
        Ok(Out { file: BufWriter::new(file), path, sum: Sha256::new(), piece })
    }

    fn row(&mut self, table: &Table, scope: Scope, row: &Row) -> Result<(), Fault> {
        let cells = row.0.iter().map(to_json);
        let mut line = match scope {
            Scope::Store => Json::Array(cells.collect()).to_string(),
            Scope::Tenant(_) => {
                let named = table.columns.iter().map(|name| (*name).to_owned()).zip(cells);
                Json::Object(named.collect()).to_string()
            }
        };
        line.push('\n');
        self.sum.update(line.as_bytes());
        self.piece.rows += 1;
        self.piece.bytes += line.len() as u64;
        self.file.write_all(line.as_bytes()).map_err(io("writing", &self.path))
    }

    fn end(mut self) -> Result<Piece, Fault> {
        let done = self.file.flush().and_then(|()| self.file.get_ref().sync_all());
        done.map_err(io("writing", &self.path))?;
        Ok(Piece { sha256: hex(&self.sum.finalize()), ..self.piece })
    }
}

/// Where a table's file lies: data keys in a folder of their own, and with one tenant the secrets of its webhooks too.
fn file_of(dir: &Path, keys: &Path, table: &Table, scope: Scope) -> PathBuf {
    let name = format!("{}.jsonl", table.name);
    match scope {
        Scope::Store if table.secret => keys.join(name),
        Scope::Store => dir.join(name),
        Scope::Tenant(_) if table.secret || [SUBSCRIPTIONS, HOOKS].contains(&table.name) => keys.join(name),
        Scope::Tenant(_) => dir.join(tenant::TABLES_IN).join(name),
    }
}

/// Makes the folder of data keys: for whoever made it, and nobody else.
fn make_secret(keys: &Path) -> Result<(), Fault> {
    let mut made = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut made, 0o700);
    made.create(keys).map_err(io("making the folder", keys))
}

fn write_manifest(dir: &Path, manifest: &Manifest) -> Result<(), Fault> {
    let text =
        serde_json::to_string_pretty(manifest).map_err(|why| Fault::broken("writing the manifest", why))?;
    let path = dir.join(MANIFEST);
    fs::write(&path, text).map_err(io("writing", &path))
}

impl Store {
    /// Copies the primary data into the new folder `dir` and the data keys into the new folder `keys`.
    pub async fn backup(&self, dir: &Path, keys: &Path, made_at: i64) -> Result<Manifest, Fault> {
        fs::create_dir(dir).map_err(io("making the folder", dir))?;
        make_secret(keys)?;
        let manifest = self.copy_all(Scope::Store, (dir, keys), made_at, &|_| {}).await?;
        write_manifest(dir, &manifest)?;
        Ok(manifest)
    }

    async fn copy_all(
        &self,
        scope: Scope,
        (dir, keys): (&Path, &Path),
        made_at: i64,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<Manifest, Fault> {
        let mut files = BTreeMap::new();
        let mut before = 0;
        for table in TABLES {
            let mut out = Out::create(file_of(dir, keys, table, scope))?;
            let done = |rows: u64| progress(before + rows);
            if table.name == EVENTS {
                self.copy_events(table, scope, &mut out, &done).await?;
            } else {
                self.copy(table, scope, &mut out, &done).await?;
            }
            before += out.piece.rows;
            files.insert(table.name.to_owned(), out.end()?);
        }
        let (format, tenant) = match scope {
            Scope::Store => (FORMAT, None),
            Scope::Tenant(tenant) => (tenant::FORMAT, Some(tenant.0)),
        };
        Ok(Manifest {
            format: format.to_owned(),
            schema: schema::VERSION,
            made_at,
            root_key_mark: self.vault.mark(),
            day_offset_minutes: self.offset_ms / 60_000,
            tenant,
            cursors: BTreeMap::new(),
            files,
            open: BTreeMap::new(),
        })
    }

    async fn copy(
        &self,
        table: &Table,
        scope: Scope,
        out: &mut Out,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<(), Fault> {
        if let (Scope::Tenant(_), true) = (scope, table.name == KEYS) {
            // The first root lies among the keys of the store as a whole.
            let (tenant, name) = crate::seal::BASE;
            let (sql, params) = table.of_key(&[tenant.into(), name.into()]);
            for row in &self.db.query(&sql, params).await? {
                out.row(table, scope, row)?;
            }
        }
        let mut after: Option<Row> = None;
        loop {
            let (sql, params) = table.page(scope.tenant(), after.as_ref(), STEP);
            let rows = self.db.query(&sql, params).await?;
            for row in &rows {
                out.row(table, scope, row)?;
            }
            progress(out.piece.rows);
            match rows.into_iter().last() {
                Some(last) => after = Some(last),
                None => return Ok(()),
            }
        }
    }

    /// Each stream up to where it stood at the beginning, so that what is written meanwhile leaves no gap.
    async fn copy_events(
        &self,
        table: &Table,
        scope: Scope,
        out: &mut Out,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<(), Fault> {
        for (stream, end) in self.streams().await? {
            let mut at = 0;
            while at < end {
                let (sql, params) = table.stream_page(scope.tenant(), stream, (at, end), STEP);
                let rows = self.db.query(&sql, params).await?;
                for row in &rows {
                    out.row(table, scope, row)?;
                }
                progress(out.piece.rows);
                at = rows.last().map_or(Ok(end), |row| row.int(table.place_of("position")))?;
            }
        }
        Ok(())
    }

    /// Writes every event as one line of JSON, in the order of each stream; words stay sealed. Returns how many.
    pub async fn export_events(&self, to: &mut (dyn Write + Send)) -> Result<u64, Fault> {
        let mut count = 0;
        for (stream, end) in self.streams().await? {
            let mut at = 0;
            while at < end {
                let entries = self.events_after(stream, at, STEP).await?;
                let Some(last) = entries.last() else { break };
                at = last.position;
                for entry in &entries {
                    let line = serde_json::json!({
                        "tenant": entry.tenant.0, "case": entry.case, "seq": entry.seq,
                        "stream": entry.stream, "position": entry.position, "event": entry.event,
                    });
                    writeln!(to, "{line}").map_err(|why| Fault::broken("writing the export", why))?;
                    count += 1;
                }
            }
        }
        Ok(count)
    }

    async fn fill(
        &self,
        table: &Table,
        scope: Scope,
        path: &Path,
        piece: &Piece,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<u64, Fault> {
        let bad = |what: &str| {
            Fault::Broken(format!("{} {what}: the backup is damaged, take another", path.display()))
        };
        let file = File::open(path).map_err(io("opening", path))?;
        let mut sum = Sha256::new();
        let (mut rows, mut steps): (u64, Vec<Step>) = (0, Vec::new());
        for line in BufReader::new(file).lines() {
            let line = line.map_err(io("reading", path))?;
            sum.update(line.as_bytes());
            sum.update(b"\n");
            let row: Json =
                serde_json::from_str(&line).map_err(|why| bad(&format!("row {}: {why}", rows + 1)))?;
            let values = cells(table, scope, &row).ok_or_else(|| bad(&format!("row {}", rows + 1)))?;
            steps.push((table.insert().into(), values));
            rows += 1;
            if steps.len() == STEP {
                self.act(Act::Steps(std::mem::take(&mut steps))).await?;
                progress(rows);
            }
        }
        self.act(Act::Touching(steps)).await?;
        if rows != piece.rows || hex(&sum.finalize()) != piece.sha256 {
            return Err(bad("is not what the manifest says"));
        }
        Ok(rows)
    }
}

impl Scope {
    fn tenant(self) -> Option<TenantId> {
        match self {
            Scope::Store => None,
            Scope::Tenant(tenant) => Some(tenant),
        }
    }
    fn format(self) -> &'static str {
        match self {
            Scope::Store => FORMAT,
            Scope::Tenant(_) => tenant::FORMAT,
        }
    }
}

/// The cells of a row as it is written; None where it is no row of this table, or of another tenant.
fn cells(table: &Table, scope: Scope, row: &Json) -> Option<Vec<Value>> {
    let values: Vec<Value> = match row {
        Json::Array(cells) => cells.iter().map(from_json).collect::<Option<_>>()?,
        Json::Object(named) => {
            table.columns.iter().map(|name| named.get(*name).and_then(from_json)).collect::<Option<_>>()?
        }
        _ => return None,
    };
    let whose = |tenant: TenantId| {
        let own = values.first() == Some(&tenant.into());
        let (base, name) = crate::seal::BASE;
        own || (values.first() == Some(&base.into()) && values.get(1) == Some(&name.into()))
    };
    (values.len() == table.columns.len() && scope.tenant().is_none_or(whose)).then_some(values)
}

/// Reads the manifest of a backup.
pub fn manifest(dir: &Path) -> Result<Manifest, Fault> {
    read_manifest(dir, Scope::Store)
}

fn read_manifest(dir: &Path, scope: Scope) -> Result<Manifest, Fault> {
    let path = dir.join(MANIFEST);
    let text = fs::read_to_string(&path).map_err(io("reading", &path))?;
    let manifest: Manifest =
        serde_json::from_str(&text).map_err(|why| Fault::broken("reading the manifest", why))?;
    let other = if matches!(scope, Scope::Store) { tenant::FORMAT } else { FORMAT };
    if manifest.format == other {
        let why = "a backup of a store is restored by 'huying restore', an export of a tenant taken in by 'huying import tenant'";
        return Err(Fault::Broken(why.into()));
    }
    if manifest.format != scope.format() || manifest.schema > schema::VERSION {
        return Err(Fault::Broken(
            "the backup is of a newer kind: restore it with a newer version of this program".into(),
        ));
    }
    Ok(manifest)
}

/// Fills the empty store at `url` from a backup, derives the rest and proves it: every chain and every derived row.
pub async fn restore(
    url: &str,
    options: Options,
    dir: &Path,
    keys: &Path,
) -> Result<(Store, Restored), Fault> {
    let manifest = manifest(dir)?;
    filled(url, options, (dir, keys), &manifest, Scope::Store, &|_| {}).await
}

async fn filled(
    url: &str,
    mut options: Options,
    (dir, keys): (&Path, &Path),
    manifest: &Manifest,
    scope: Scope,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<(Store, Restored), Fault> {
    options.day_offset_minutes = manifest.day_offset_minutes;
    let store = Store::open(url, options).await?;
    if !store.vault.fits(&manifest.root_key_mark) {
        return Err(Fault::Broken("the backup was made with another sealing key: give that one".into()));
    }
    if store.streams().await?.iter().any(|(_, position)| *position > 0) {
        return Err(Fault::Broken("the store is not empty: restore into a new one".into()));
    }
    let mut rows = 0;
    for table in TABLES {
        let piece = manifest.files.get(table.name);
        if piece.is_none() && table.came_with().is_some_and(|step| !schema::has(step, manifest.schema)) {
            continue;
        }
        let piece =
            piece.ok_or_else(|| Fault::Broken(format!("the backup has no {}: it is damaged", table.name)))?;
        let done = |more: u64| progress(rows + more);
        rows += store.fill(table, scope, &file_of(dir, keys, table, scope), piece, &done).await?;
    }
    store.take_base().await?;
    // Streams follow from the events, so a stream that went on during the backup ends where the copy does.
    store.act(Act::Touching(vec![(tables::STREAMS_OF_EVENTS.into(), Vec::new())])).await?;
    if matches!(scope, Scope::Tenant(_)) {
        store.act(Act::Steps(vec![(tables::RUNS_OF_STREAMS.into(), Vec::new())])).await?;
    }
    store.settle_log().await?;
    if matches!(scope, Scope::Tenant(_)) {
        for (stream, end) in store.streams().await? {
            if store.gap(stream, end).await?.is_some() {
                let (whole, name) = TAKEN_IN;
                store.set_cursor(whole, name, stream, end).await?;
            }
        }
    }
    store.rebuild(&|_| {}).await?;
    let check = store.check(&|_| {}).await?;
    let audit = store.audit(&|_| {}).await?;
    if !check.clean() || !audit.clean() {
        return Err(Fault::Broken(format!("the restored store is not what was copied: {check:?} {audit:?}")));
    }
    Ok((store, Restored { rows, check, audit }))
}
