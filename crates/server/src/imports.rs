//! The last import of cases that was begun on a page of this process: by whom, how far it is, and what came of it.
//!
//! Owns that one runs at a time and beside the requests, that one table at a time is looked at, and the files that were looked at and may be
//! brought in from there. Refuses to write anything down: how far a file has come is noted by the engine under the sum of its bytes and its
//! map, so what was cut goes on when the same files are sent again. Start at [`Imports::begin`].

use std::{
    io::Cursor,
    sync::{Arc, Mutex, PoisonError},
};

use axum::body::Bytes;
use huying_engine::{
    Error,
    import::{
        map::Map,
        mark,
        preview::Preview,
        report::{ImportReport, RowProblem},
        row::Reader,
    },
};
use huying_model::{Instant, MemberId};
use huying_pack::sheet::Rows;
use sha2::{Digest, Sha256};
use tokio::{
    runtime::Handle,
    sync::{OwnedMutexGuard, oneshot},
    task::spawn_blocking,
};

use crate::{
    held::{Held, Kept},
    problem::{Problem, of_file},
    state::AppState,
};

/// The two files of an import.
#[derive(Clone)]
pub(crate) struct Chosen {
    /// What the table is called where it comes from.
    pub name: String,
    pub table: Bytes,
    pub map: String,
    /// Rows that could not be brought in when it was looked at.
    pub problems: Arc<Vec<RowProblem>>,
}

impl Kept for Chosen {
    fn bytes(&self) -> usize {
        self.table.len() + self.map.len()
    }
}

/// An import, running or done.
#[derive(Clone)]
pub(crate) struct Import {
    pub by: MemberId,
    pub name: String,
    pub begun: Instant,
    pub done: u64,
    /// Rows of the table; None until they are counted.
    pub all: Option<u64>,
    pub outcome: Option<Outcome>,
}

/// What came of it.
#[derive(Clone)]
pub(crate) struct Outcome {
    pub ended: Instant,
    /// Why it did not come to its end.
    pub made: Result<Arc<ImportReport>, Problem>,
}

/// The last import, and what may be the next.
#[derive(Default)]
pub(crate) struct Imports {
    last: Mutex<Option<Import>>,
    pub held: Held<Chosen>,
    /// Held by the one preview that runs.
    looking: Arc<tokio::sync::Mutex<()>>,
}

/// The turn to look at a table.
pub(crate) type Turn = OwnedMutexGuard<()>;

impl Imports {
    /// The turn to look at a table: each is read as a whole. None where another is looked at.
    pub fn look(&self) -> Option<Turn> {
        Arc::clone(&self.looking).try_lock_owned().ok()
    }

    pub fn last(&self) -> Option<Import> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes the turn; false where an import is running.
    fn take(&self, by: &MemberId, name: &str, now: Instant) -> bool {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.as_ref().is_some_and(|import| import.outcome.is_none()) {
            return false;
        }
        let (by, name) = (by.clone(), name.to_owned());
        *last = Some(Import { by, name, begun: now, done: 0, all: None, outcome: None });
        true
    }

    fn note(&self, note: impl FnOnce(&mut Import)) {
        if let Some(import) = self.last.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            note(import);
        }
    }

    /// Begins to bring a table in beside the requests; false where an import is running.
    pub fn begin(state: &AppState, by: &MemberId, chosen: Chosen, map: Map) -> bool {
        if !state.imports.take(by, &chosen.name, state.now()) {
            return false;
        }
        let state = state.clone();
        tokio::spawn(async move {
            let (within, runtime) = (state.clone(), Handle::current());
            let made = spawn_blocking(move || runtime.block_on(made(&within, &chosen, &map))).await;
            // One that broke down does not keep the next from its turn.
            let made = made.unwrap_or_else(|why| Err(Problem::internal(&why)));
            let outcome = Outcome { ended: state.now(), made };
            state.imports.note(|import| import.outcome = Some(outcome));
        });
        true
    }
}

async fn made(state: &AppState, chosen: &Chosen, map: &Map) -> Result<Arc<ImportReport>, Problem> {
    let rows = Rows::open(Cursor::new(chosen.table.clone())).map_or(0, |rows| rows.skip(1).count());
    state.imports.note(|import| import.all = u64::try_from(rows).ok());
    let sum: [u8; 32] = Sha256::digest(&chosen.table).into();
    let (mark, file) = (mark(&sum, &chosen.map), Cursor::new(chosen.table.clone()));
    let progress = |done| state.imports.note(|import| import.done = done);
    let mut closing = state.closing.subscribe();
    tokio::select! {
        report = state.engine.import(state.tenant(), file, map, Some(&mark), progress) => {
            report.map(Arc::new).map_err(of_file)
        }
        // A server that ends does not wait for it: each row is there whole or not at all.
        _ = closing.wait_for(|ends| *ends) => Err(Problem::of("not_ready")),
    }
}

/// What an import would do; nothing is written. It ends with the server, and where nobody waits for it any more.
pub(crate) async fn looked(
    state: &AppState,
    chosen: &Chosen,
    map: &Map,
    turn: Turn,
) -> Result<Preview, Problem> {
    let (state, runtime) = (state.clone(), Handle::current());
    let (file, map) = (Cursor::new(chosen.table.clone()), map.clone());
    // A request that is given up drops its end.
    let (waits, given_up) = oneshot::channel::<()>();
    let found = spawn_blocking(move || {
        let found = runtime.block_on(async {
            let mut closing = state.closing.subscribe();
            tokio::select! {
                found = state.engine.preview_import(state.tenant(), file, &map, |_| ()) => found.map_err(of_file),
                _ = closing.wait_for(|ends| *ends) => Err(Problem::of("not_ready")),
                _ = given_up => Err(Problem::of("not_ready")),
            }
        });
        drop(turn);
        found
    });
    let found = found.await;
    drop(waits);
    found.map_err(|why| Problem::internal(&why))?
}

/// Whether table, map and pack fit each other, as far as the headings say.
pub(crate) async fn fits(state: &AppState, chosen: &Chosen, map: &Map) -> Result<(), Problem> {
    let (setting, map, file) = (state.setting()?, map.clone(), Cursor::new(chosen.table.clone()));
    let found = spawn_blocking(move || -> Result<(), Error> {
        let reader = Reader::open(file, &map)?;
        map.check(&setting.policy, reader.headings()).map_err(Error::Invalid)
    });
    found.await.map_err(|why| Problem::internal(&why))?.map_err(of_file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_table_is_looked_at_at_a_time() {
        let imports = Imports::default();
        let turn = imports.look().unwrap();
        assert!(imports.look().is_none());
        drop(turn);
        assert!(imports.look().is_some());
    }

    #[test]
    fn one_import_runs_at_a_time_and_the_last_is_kept() {
        let (imports, by, other) = (Imports::default(), MemberId::new("one"), MemberId::new("other"));
        assert!(imports.last().is_none());
        assert!(imports.take(&by, "a.csv", Instant(1)) && !imports.take(&other, "b.csv", Instant(2)));
        imports.note(|import| import.done = 512);
        let last = imports.last().unwrap();
        assert_eq!((last.by, last.name.as_str(), last.done), (by, "a.csv", 512));
        let report = ImportReport { rows: 600, ..ImportReport::default() };
        let outcome = Outcome { ended: Instant(3), made: Ok(Arc::new(report)) };
        imports.note(|import| import.outcome = Some(outcome));
        let outcome = imports.last().unwrap().outcome.unwrap();
        assert_eq!((outcome.ended, outcome.made.map(|report| report.rows)), (Instant(3), Ok(600)));
        assert!(imports.take(&other, "b.csv", Instant(4)) && imports.last().unwrap().outcome.is_none());
    }
}
