//! Readers: a few threads, each with its own connection and prepared statements. A read waits for a free thread and
//! never blocks a worker of the asynchronous runtime.

use std::{
    collections::{BTreeSet, VecDeque},
    path::Path,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{connect_reader, fault};
use crate::{
    Fault,
    recent::Recent,
    tokens::Wanted,
    value::{Row, Value, from_sqlite},
};

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// The most reads in one transaction, so that a slow one keeps few others waiting.
const TOGETHER: usize = 16;

#[derive(Default)]
struct Waiting {
    jobs: VecDeque<Job>,
    /// Threads that have nothing to do.
    idle: usize,
    closed: bool,
}

/// What waits to be read.
#[derive(Default)]
struct Line {
    waiting: Mutex<Waiting>,
    bell: Condvar,
}

impl Line {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Nothing that can panic runs while the lock is held.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next jobs for one thread: its share of what waits. None after closing.
    fn take(&self) -> Option<Vec<Job>> {
        let mut waiting = self.lock();
        loop {
            if !waiting.jobs.is_empty() {
                let share = waiting.jobs.len().div_ceil(waiting.idle + 1).min(TOGETHER);
                return Some(waiting.jobs.drain(..share).collect());
            }
            if waiting.closed {
                return None;
            }
            waiting.idle += 1;
            waiting = self.bell.wait(waiting).unwrap_or_else(PoisonError::into_inner);
            waiting.idle -= 1;
        }
    }
}

/// Closes the line when the last copy of the readers is dropped.
struct Open(Arc<Line>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.bell.notify_all();
    }
}

/// The pool of reading threads. Dropping the last copy ends them.
#[derive(Clone)]
pub struct Readers {
    line: Arc<Open>,
}

/// Jobs that waited together read one snapshot: SQLite voids a reader's page cache whenever a new snapshot is newer, so
/// each job by itself would read its pages anew. All of them were asked for before the snapshot is taken.
fn serve(db: &mut Connection, jobs: Vec<Job>) {
    let together = jobs.len() > 1 && step(db, "BEGIN");
    for job in jobs {
        job(db);
    }
    if together {
        step(db, "COMMIT");
    }
}

fn step(db: &Connection, sql: &str) -> bool {
    db.prepare_cached(sql).and_then(|mut statement| statement.execute([])).is_ok()
}

pub(crate) fn query(db: &Connection, sql: &str, params: &[Value]) -> Result<Vec<Row>, Fault> {
    let act = fault("reading");
    let mut statement = db.prepare_cached(sql).map_err(&act)?;
    let columns = statement.column_count();
    let mut found = statement.query(rusqlite::params_from_iter(params)).map_err(&act)?;
    let mut rows = Vec::new();
    while let Some(row) = found.next().map_err(&act)? {
        rows.push(from_sqlite(row, columns).map_err(&act)?);
    }
    Ok(rows)
}

impl Readers {
    /// Starts `count` threads on the database at `path`.
    pub fn start(path: &Path, count: usize, vfs: Option<&str>) -> Result<Readers, Fault> {
        let line = Arc::new(Line::default());
        let readers = Readers { line: Arc::new(Open(Arc::clone(&line))) };
        for no in 0..count.max(1) {
            let mut db = connect_reader(path, vfs)?;
            let line = Arc::clone(&line);
            let run = move || {
                while let Some(jobs) = line.take() {
                    serve(&mut db, jobs);
                }
            };
            thread::Builder::new()
                .name(format!("huying-read-{no}"))
                .spawn(run)
                .map_err(|why| Fault::broken("starting a reader", why))?;
        }
        Ok(readers)
    }

    /// Runs `act` on a free connection.
    pub async fn run<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let (answer, wait) = oneshot::channel();
        let job: Job = Box::new(move |db| {
            // Nobody waiting any more only means that the caller gave up.
            let _ = answer.send(act(db));
        });
        self.line.0.lock().jobs.push_back(job);
        self.line.0.bell.notify_one();
        wait.await.unwrap_or_else(|_| Err(Fault::Broken("a reader of the store has stopped".into())))
    }

    /// One statement's rows.
    pub async fn query(&self, sql: String, params: Vec<Value>) -> Result<Vec<Row>, Fault> {
        self.run(move |db| query(db, &sql, &params)).await
    }

    /// The newest documents before `before` that have all these terms, newest first, and whether what is kept in memory is
    /// complete for them. The newest of all are found in memory, the others in the index.
    pub async fn hits(
        &self,
        stream: i64,
        recent: Arc<Recent>,
        asked: Asked,
    ) -> Result<(Vec<i64>, bool), Fault> {
        self.run(move |db| {
            let Asked { wanted, question, mut before, most } = asked;
            let mut docs = Vec::new();
            if recent.covers(position(db, stream)?)
                && let Some(found) = recent.find(&wanted, before, most)
            {
                if found.docs.len() >= most {
                    return Ok((found.docs, true));
                }
                docs = found.docs;
                before = before.min(found.down_to);
            }
            let rest = i64::try_from(most - docs.len()).unwrap_or(i64::MAX);
            for row in query(db, HITS, &[question.into(), before.into(), rest.into()])? {
                docs.push(row.int(0)?);
            }
            Ok((docs, recent.covers(position(db, stream)?)))
        })
        .await
    }

    /// The tenant and case of each of these documents.
    pub async fn cases_of(&self, docs: &[i64]) -> Result<Vec<Row>, Fault> {
        let list = serde_json::to_string(docs).map_err(|why| Fault::broken("asking for documents", why))?;
        self.query(CASES_OF.to_owned(), vec![list.into()]).await
    }
}

/// What a search looks for.
pub struct Asked {
    pub wanted: BTreeSet<Wanted>,
    /// The same for the index.
    pub question: String,
    pub before: i64,
    pub most: usize,
}

fn position(db: &Connection, stream: i64) -> Result<i64, Fault> {
    query(db, POSITION, &[stream.into()])?.first().map_or(Ok(0), |row| row.int(0))
}

const HITS: &str =
    "SELECT rowid FROM said_terms WHERE said_terms MATCH ?1 AND rowid < ?2 ORDER BY rowid DESC LIMIT ?3";
const POSITION: &str = "SELECT position FROM stream WHERE stream = ?1";
const CASES_OF: &str = "SELECT doc, tenant, case_id FROM said WHERE doc IN (SELECT value FROM json_each(?1))";
