//! Folding the journal case by case into the rows that ought to be there.

use std::collections::BTreeSet;

use huying_model::{Case, CaseId, event::Body};
use smol_str::SmolStr;

use crate::{
    Fault, Store, TenantId,
    committer::entry::said,
    journal,
    project::{self, Shown},
    statements as sql,
    value::{Row, Value},
    write::{CaseRow, EventRow, PartRow, PublicRow, Ref, RollupKey, RollupSum, SaidRow, TodoRow},
};

/// How many events are read at once.
const STEP: i64 = 2000;

/// Everything that one case's journal says.
pub(crate) struct Derived {
    pub at: Ref,
    pub row: CaseRow,
    pub todos: Vec<TodoRow>,
    pub parts: Vec<PartRow>,
    pub public: Option<PublicRow>,
    pub said: Vec<SaidRow>,
    pub counted: Option<(RollupKey, RollupSum)>,
}

/// One case on its way.
struct Folding {
    at: Ref,
    case: Case,
    shown: Shown,
    head: [u8; 32],
    said: Vec<SaidRow>,
    parts: BTreeSet<PartRow>,
}

/// Reads the columns of the statements that give whole events.
pub(crate) fn event_row(row: &Row) -> Result<EventRow, Fault> {
    Ok(EventRow {
        tenant: TenantId(row.int(0)?),
        case: row.id(1)?,
        seq: row.int(2)?,
        stream: row.int(3)?,
        position: row.int(4)?,
        policy: row.word(5)?,
        occurred_at: row.opt_int(6)?,
        received_at: row.int(7)?,
        recorded_at: row.int(8)?,
        kind: row.word(9)?,
        body: row.text(10)?.to_owned(),
        prev: row.hash(11)?,
        hash: row.hash(12)?,
    })
}

/// The journal in the order of cases, a page at a time.
pub(crate) struct Journal<'a> {
    store: &'a Store,
    after: (i64, Value, i64),
    done: bool,
}

impl<'a> Journal<'a> {
    pub(crate) fn of(store: &'a Store) -> Journal<'a> {
        Journal { store, after: (i64::MIN, Value::Blob(Vec::new()), 0), done: false }
    }

    /// The next events; empty at the end.
    pub(crate) async fn next(&mut self) -> Result<Vec<EventRow>, Fault> {
        if self.done {
            return Ok(Vec::new());
        }
        let (tenant, case, seq) = &self.after;
        let params = vec![(*tenant).into(), case.clone(), (*seq).into(), STEP.into()];
        let rows = self.store.db.query(sql::EVENTS_BY_CASE, params).await?;
        let rows = rows.iter().map(event_row).collect::<Result<Vec<_>, _>>()?;
        match rows.last() {
            Some(last) => self.after = (last.tenant.0, last.case.into(), last.seq),
            None => self.done = true,
        }
        Ok(rows)
    }
}

/// Folds the journal of every case.
pub(crate) struct Deriver<'a> {
    journal: Journal<'a>,
    store: &'a Store,
    folding: Option<Folding>,
    pub events: u64,
}

impl<'a> Deriver<'a> {
    pub(crate) fn of(store: &'a Store) -> Deriver<'a> {
        Deriver { journal: Journal::of(store), store, folding: None, events: 0 }
    }

    /// The cases that the next page completes. None at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<Derived>>, Fault> {
        let rows = self.journal.next().await?;
        if rows.is_empty() {
            return self.folding.take().map(|last| Ok(vec![self.end(last)?])).transpose();
        }
        self.load_keys(&rows).await?;
        let mut done = Vec::new();
        for row in &rows {
            let at = (row.tenant, row.case);
            if self.folding.as_ref().is_none_or(|folding| folding.at != at)
                && let Some(full) = self.folding.replace(begin(at))
            {
                done.push(self.end(full)?);
            }
            if let Some(folding) = &mut self.folding {
                fold(self.store, folding, row)?;
            }
            self.events += 1;
        }
        Ok(Some(done))
    }

    async fn load_keys(&self, rows: &[EventRow]) -> Result<(), Fault> {
        for of_tenant in rows.chunk_by(|a, b| a.tenant == b.tenant) {
            let names: BTreeSet<SmolStr> =
                of_tenant.iter().flat_map(|row| journal::key_names(&row.body)).collect();
            if let Some(first) = of_tenant.first() {
                self.store.load_keys(first.tenant, &names.into_iter().collect::<Vec<_>>()).await?;
            }
        }
        Ok(())
    }

    fn end(&self, done: Folding) -> Result<Derived, Fault> {
        let tenant = done.at.0;
        Ok(Derived {
            at: done.at,
            row: project::case_row(tenant, &done.case, &done.shown, done.head)?,
            todos: project::todos(tenant, &done.case),
            parts: done.parts.into_iter().collect(),
            public: project::public(tenant, &done.case),
            said: done.said,
            counted: project::counted(tenant, self.store.offset_ms, &done.case, &done.shown),
        })
    }
}

fn begin(at: (TenantId, CaseId)) -> Folding {
    Folding {
        at,
        case: Case::blank(at.1),
        shown: Shown::default(),
        head: journal::GENESIS,
        said: Vec::new(),
        parts: BTreeSet::new(),
    }
}

fn fold(store: &Store, into: &mut Folding, row: &EventRow) -> Result<(), Fault> {
    let event = journal::read(&row.body)?;
    let open = |sealed: &_| store.vault.open_text(row.tenant, sealed);
    let had = project::had(&into.case);
    huying_model::apply(&mut into.case, &event);
    into.parts.extend(project::brought(row.tenant, &had, &into.case, &event));
    into.shown.take(&into.case, &event, open);
    into.head = row.hash;
    if let Body::Redacted { event, .. } = &event.body {
        into.said.retain(|said| said.seq != i64::from(*event));
    }
    if project::hushed(&into.case) {
        into.said.clear();
    }
    into.said.extend(said(row, &into.case, &event, open));
    Ok(())
}
