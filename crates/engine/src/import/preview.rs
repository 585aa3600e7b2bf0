//! What an import would bring in, without bringing anything in: every row is told to the model on the cases as they stand, and nothing is
//! stored.
//!
//! Owns which rows begin a case, which carry one on and to where, and which cannot be brought in and why. A row that speaks of a case which
//! an earlier row of the same file speaks of too is counted apart: what it adds shows when the one before it is there. Start at
//! [`Engine::preview_import`].

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

use huying_model::{Case, CaseId, Refusal};
use huying_pack::sheet::Sent;
use huying_store::{Decider, Known, TenantId, Verdict};
use serde::Serialize;

use super::{
    CHUNK, identity,
    map::Map,
    report::{Fate, ImportReport, RowProblem},
    row::{Reader, Row},
    story::{Plot, Story, Told},
};
use crate::{Engine, Error, engine::Setting};

/// Cases that are carried on and shown one by one.
const MOST_SHOWN: usize = 1_000;
/// How often a row may ask for further cases: its own, and those that hang on it.
const MOST_ASKED: usize = 8;

/// What an import of the file would do.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Preview {
    #[serde(flatten)]
    pub report: ImportReport,
    /// Of the rows that would bring something new, those that begin a case.
    pub begins: u64,
    /// And those that carry one on.
    pub goes_on: u64,
    /// Rows of a case that an earlier row of the file speaks of.
    pub repeated: u64,
    /// The first of the cases that are carried on.
    pub changes: Vec<Change>,
}

/// A case that would be carried on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Change {
    /// In the file, from 1, the headings included.
    pub line: u64,
    pub foreign: String,
    pub number: String,
    /// Stages, by their codes.
    pub from: &'static str,
    pub to: &'static str,
}

/// The cases as they stand.
#[derive(Default)]
struct Standing(HashMap<CaseId, Case>);

impl Known for Standing {
    fn case(&self, id: CaseId) -> Option<&Case> {
        self.0.get(&id)
    }
}

impl Engine {
    /// What an import of the file by this map would do. Nothing is written; `progress` is told how many rows are done.
    ///
    /// # Errors
    /// [`Error::Invalid`] where the map does not fit the pack or the file; the store's faults.
    pub async fn preview_import(
        &self,
        tenant: TenantId,
        file: impl Sent,
        map: &Map,
        mut progress: impl FnMut(u64),
    ) -> Result<Preview, Error> {
        let setting = self.setting(tenant)?;
        let mut reader = Reader::open(file, map)?;
        map.check(&setting.policy, reader.headings()).map_err(Error::Invalid)?;
        let (mut preview, mut seen) = (Preview::default(), HashSet::new());
        loop {
            let mut rows: Vec<Row> = Vec::new();
            for read in reader.by_ref().take(CHUNK) {
                preview.report.rows += 1;
                match read {
                    Ok(row) => rows.push(row),
                    Err(problem) => preview.report.list(problem),
                }
            }
            if rows.is_empty() && reader.is_done() {
                return Ok(preview);
            }
            self.recognise(tenant, &setting, map, &mut rows).await?;
            let ids: Vec<CaseId> = rows.iter().map(|row| identity(map, row)).collect();
            let mut standing = Standing::default();
            self.stand(tenant, &mut standing, &ids).await?;
            for (row, case) in rows.iter().zip(ids) {
                let first = seen.insert(case);
                self.preview_row(tenant, &setting, (map, row, first), &mut standing, &mut preview).await?;
            }
            progress(preview.report.rows);
        }
    }

    async fn stand(&self, tenant: TenantId, standing: &mut Standing, ids: &[CaseId]) -> Result<(), Error> {
        let found = self.store().cases(tenant, ids).await?;
        standing.0.extend(found.into_iter().map(|view| (view.case.id, view.case)));
        Ok(())
    }

    async fn preview_row(
        &self,
        tenant: TenantId,
        setting: &Arc<Setting>,
        (map, row, first): (&Map, &Row, bool),
        standing: &mut Standing,
        preview: &mut Preview,
    ) -> Result<(), Error> {
        let plot = match self.plot(tenant, setting, map, row, &[]) {
            Ok((plot, _, pending)) => {
                // Nothing is stored under the keys that were made for it.
                pending.settle(false);
                plot
            }
            Err(problem) => {
                preview.report.list(RowProblem::of(row, problem));
                return Ok(());
            }
        };
        if !first {
            preview.repeated += 1;
            return Ok(());
        }
        let before = standing.case(plot.case).map(|case| case.stage);
        let fate = self.foretold(tenant, setting, row, plot, standing).await?;
        if let Fate::Told(told) = &fate {
            match before {
                None => preview.begins += 1,
                Some(from) => {
                    preview.goes_on += 1;
                    if preview.changes.len() < MOST_SHOWN {
                        let (from, to) = (from.code(), told.case.stage.code());
                        let (foreign, number) = (row.foreign.clone(), told.case.number.to_string());
                        preview.changes.push(Change { line: row.line, foreign, number, from, to });
                    }
                }
            }
        }
        preview.report.count(row, fate);
        Ok(())
    }

    /// What would come of a row.
    async fn foretold(
        &self,
        tenant: TenantId,
        setting: &Arc<Setting>,
        row: &Row,
        plot: Plot,
        standing: &mut Standing,
    ) -> Result<Fate, Error> {
        let told = Arc::new(Mutex::new(Told::default()));
        let mut story = Story {
            policy: Arc::clone(&setting.policy),
            asked: [plot.case].into(),
            plot,
            recorded: self.now(),
            told: Arc::clone(&told),
        };
        let mut decided = story.decide(&*standing);
        for _ in 0..MOST_ASKED {
            let Ok(Verdict::Need(more)) = &decided else { break };
            self.stand(tenant, standing, more).await?;
            decided = story.decide(&*standing);
        }
        let told = std::mem::take(&mut *told.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(match decided {
            Ok(_) => Fate::Told(Box::new(told)),
            Err(Refusal::AlreadyBegun) => Fate::Already,
            Err(refusal) => Fate::Refused(RowProblem::refused(row, told.last, &refusal)),
        })
    }
}
