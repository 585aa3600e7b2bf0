//! Readers: a few threads, each with its own connection and prepared statements. A read waits for a free thread and
//! never blocks a worker of the asynchronous runtime.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{connect_reader, fault};
use crate::{
    Fault,
    value::{Row, Value, from_sqlite},
};

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// The pool of reading threads. Dropping the last copy ends them.
#[derive(Clone)]
pub struct Readers {
    jobs: mpsc::Sender<Job>,
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
        let (jobs, waiting) = mpsc::channel::<Job>();
        let waiting = Arc::new(Mutex::new(waiting));
        for no in 0..count.max(1) {
            let mut db = connect_reader(path, vfs)?;
            let waiting = Arc::clone(&waiting);
            let run = move || {
                loop {
                    let job = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok(job) = job else { return };
                    job(&mut db);
                }
            };
            thread::Builder::new()
                .name(format!("huying-read-{no}"))
                .spawn(run)
                .map_err(|why| Fault::broken("starting a reader", why))?;
        }
        Ok(Readers { jobs })
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
        let gone = || Fault::Broken("the readers of the store have stopped".into());
        self.jobs.send(job).map_err(|_why| gone())?;
        wait.await.unwrap_or_else(|_| Err(gone()))
    }

    /// One statement's rows.
    pub async fn query(&self, sql: String, params: Vec<Value>) -> Result<Vec<Row>, Fault> {
        self.run(move |db| query(db, &sql, &params)).await
    }
}
