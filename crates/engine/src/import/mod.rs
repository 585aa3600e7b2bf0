//! Cases of another system, brought in on their own times.
//!
//! Owns reading of the file, one story per row, and the closing report. A row is there whole or not at all; rows that cannot
//! be brought in are listed with the reason. A case's identity is made of the system's name and its foreign id, so the same
//! file twice adds nothing, and a later file carries on what was open. An import that is given a mark notes how far it has come, and
//! the next one of the same mark goes on from there; what lies between is there already and adds nothing. [`preview`] says what would come
//! of a file. Start at [`Engine::import`].

mod known;
pub mod map;
pub mod preview;
pub mod report;
pub mod row;
pub mod story;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use futures::{StreamExt, stream};
use huying_model::{CaseId, Command, Instant, Name, Refusal, case::Evidence, catalogue::EvidenceKind};
use huying_pack::sheet::Sent;
use huying_store::{Fault, FileRow, Lane, NewKey, TenantId, Work};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::{
    Engine, Error, Problem,
    engine::Setting,
    files::TakenFile,
    sealing::{Pending, Sealing},
    words::{self, Whose},
};
use map::Map;
use report::{Fate, ImportReport, RowProblem};
use row::{Reader, Row};
use story::{Plot, Story, Told};

/// Rows whose keys are looked up together, and of them under way.
const CHUNK: usize = 512;
const IN_FLIGHT: usize = 256;
/// How often a row is told whose number another row was given at the same moment.
const TRIES: usize = 3;
/// Under a mark: how many rows were done, and how many of them were refused when they were told.
const DONE: i64 = 0;
const REFUSED: i64 = 1;

impl Engine {
    /// Brings the rows of a file in. `mark` names this file and map, so that a cut import goes on where it was; `progress` is told
    /// how many rows are done.
    ///
    /// # Errors
    /// [`Error::Invalid`] where the map does not fit the pack or the file; the store's faults. A single row never stops
    /// the import: it is listed in the report.
    pub async fn import(
        &self,
        tenant: TenantId,
        file: impl Sent,
        map: &Map,
        mark: Option<&str>,
        mut progress: impl FnMut(u64),
    ) -> Result<ImportReport, Error> {
        let setting = self.setting(tenant)?;
        let mut reader = Reader::open(file, map)?;
        map.check(&setting.policy, reader.headings()).map_err(Error::Invalid)?;
        let mut report = ImportReport::default();
        if let Some(mark) = mark {
            let noted = self.store().cursor(tenant, mark).await?;
            let many = |of: i64| noted.iter().find(|(kind, _)| *kind == of).map_or(0, |(_, many)| *many);
            report.unlisted = many(REFUSED).unsigned_abs();
            report.refused = report.unlisted;
            report.passed_over = reader.pass_over(many(DONE).unsigned_abs(), |problem| report.list(problem));
            report.rows = report.passed_over;
        }
        let mut refused = report.unlisted;
        let mut later = Vec::new();
        loop {
            let mut chunk = std::mem::take(&mut later);
            let mut seen: BTreeSet<String> = chunk.iter().map(|row: &Row| row.foreign.clone()).collect();
            for read in reader.by_ref().take(CHUNK) {
                report.rows += 1;
                match read {
                    // Two rows of one case are told one after the other.
                    Ok(row) if !seen.insert(row.foreign.clone()) => later.push(row),
                    Ok(row) => chunk.push(row),
                    Err(problem) => report.list(problem),
                }
            }
            if chunk.is_empty() && later.is_empty() && reader.is_done() {
                self.mark(tenant, mark, (0, 0)).await?;
                return Ok(report);
            }
            self.recognise(tenant, &setting, map, &mut chunk).await?;
            let rows = chunk.into_iter().map(|row| self.import_row(tenant, &setting, map, row, &[]));
            let mut rows = stream::iter(rows).buffer_unordered(IN_FLIGHT);
            while let Some((row, fate)) = rows.next().await {
                let fate = fate?;
                refused += u64::from(matches!(fate, Fate::Refused(_)));
                report.count(&row, fate);
            }
            if later.is_empty() {
                self.mark(tenant, mark, (report.rows, refused)).await?;
            }
            progress(report.rows);
        }
    }

    async fn mark(
        &self,
        tenant: TenantId,
        mark: Option<&str>,
        (rows, refused): (u64, u64),
    ) -> Result<(), Error> {
        let Some(mark) = mark else { return Ok(()) };
        let noted = [(DONE, rows), (REFUSED, refused)];
        let noted = noted.map(|(kind, many)| (kind, i64::try_from(many).unwrap_or(i64::MAX)));
        Ok(self.store().set_cursors(tenant, mark, &noted).await?)
    }

    /// Tells one row that was [recognised](Engine::recognise). `photos` were taken for it, and lie in the report where the row begins its
    /// case. A number that another row was given meanwhile stops nobody: the next one is taken.
    pub(crate) async fn import_row(
        &self,
        tenant: TenantId,
        setting: &Arc<Setting>,
        map: &Map,
        mut row: Row,
        photos: &[TakenFile],
    ) -> (Row, Result<Fate, Error>) {
        for _ in 0..TRIES {
            let fate = match self.plot(tenant, setting, map, &row, photos) {
                Ok((plot, made, pending)) => {
                    let fate = self.tell(tenant, setting, &row, plot, made).await;
                    pending.settle(matches!(fate, Ok(Fate::Told(_))));
                    fate
                }
                Err(problem) => Ok(Fate::Refused(RowProblem::of(&row, problem))),
            };
            if !matches!(fate, Err(Error::Fault(Fault::NumberTaken))) {
                return (row, fate);
            }
            if let Err(error) = self.recognise(tenant, setting, map, std::slice::from_mut(&mut row)).await {
                return (row, Err(error));
            }
        }
        let mend = "Other cases have the numbers that its id gives: tell the row once more.";
        let problem = RowProblem::of(&row, Problem::at("number", "number_taken", mend));
        (row, Ok(Fate::Refused(problem)))
    }

    /// The row's story with its words sealed.
    fn plot(
        &self,
        tenant: TenantId,
        setting: &Arc<Setting>,
        map: &Map,
        row: &Row,
        photos: &[TakenFile],
    ) -> Result<(Plot, Made, Pending), Problem> {
        let case = identity(map, row);
        let times = huying_model::event::Times::at(row.created);
        let mut sealing = Sealing::of_new(self.store(), setting, tenant, case, times);
        let mut body = row.report(setting, map)?;
        let mut files = Vec::new();
        for photo in photos {
            let row = sealing.file_row(photo, self.now());
            files.push(row.map_err(|error| Problem::at("photo", error.code(), error.to_string()))?);
        }
        if !files.is_empty() {
            let shows = |row: &FileRow| Evidence { kind: EvidenceKind::Before, file: row.hash.clone() };
            body["report"]["evidence"] = json!(files.iter().map(shows).collect::<Vec<_>>());
        }
        let first = |mut problems: Vec<Problem>| {
            if problems.is_empty() {
                Problem::at("", "unreadable", "The row cannot be read.")
            } else {
                problems.remove(0)
            }
        };
        let report: Command = words::command(Name::Report, case, body, &mut sealing).map_err(first)?;
        let reason = match &row.ended_as {
            Some(words) => {
                let sealed = sealing.words(Whose::Case, words);
                Some(sealed.map_err(|error| Problem::at("status", error.code(), error.to_string()))?)
            }
            None => None,
        };
        let (created, closed, ending, unit) = (row.created, row.closed, row.ending, row.unit.clone());
        let (keys, pending) = sealing.finish();
        Ok((Plot { case, report, created, closed, ending, unit, reason }, Made { keys, files }, pending))
    }

    async fn tell(
        &self,
        tenant: TenantId,
        setting: &Arc<Setting>,
        row: &Row,
        plot: Plot,
        made: Made,
    ) -> Result<Fate, Error> {
        let told = Arc::new(Mutex::new(Told::default()));
        let story = Story {
            policy: Arc::clone(&setting.policy),
            asked: [plot.case].into(),
            plot,
            recorded: self.now(),
            told: Arc::clone(&told),
        };
        let mut work = Work::new(tenant, Box::new(story));
        work.lane = Lane::Bulk;
        work.seal_keys = made.keys;
        work.files = made.files;
        let outcome = self.store().submit(work).await.map_err(Error::from);
        let told = std::mem::take(&mut *told.lock().unwrap_or_else(PoisonError::into_inner));
        match outcome {
            Ok(_) => Ok(Fate::Told(Box::new(told))),
            Err(Error::Refused(Refusal::AlreadyBegun)) => Ok(Fate::Already),
            Err(Error::Refused(refusal)) => Ok(Fate::Refused(RowProblem::refused(row, told.last, &refusal))),
            Err(error) => Err(error),
        }
    }
}

/// What is stored with a story.
struct Made {
    keys: Vec<NewKey>,
    files: Vec<FileRow>,
}

/// The mark of a file under a map: the same bytes under the same map are the same import.
pub fn mark(file: &[u8; 32], map: &str) -> String {
    let sum = Sha256::new().chain_update(file).chain_update(map.as_bytes()).finalize();
    sum.iter().fold(String::from("import:"), |text, byte| format!("{text}{byte:02x}"))
}

/// The case's id for ever: its creation as the time, a hash of system and foreign id as the rest.
pub(crate) fn identity(map: &Map, row: &Row) -> CaseId {
    identity_at(map, row, row.created)
}

/// The same, had the row said that it was created then.
fn identity_at(map: &Map, row: &Row, created: Instant) -> CaseId {
    let hash = Sha256::digest(format!("{}\u{0}{}", map.system, row.foreign).as_bytes());
    let mut bytes = [0; 10];
    bytes.copy_from_slice(&hash[..10]);
    let ms = u64::try_from(created.0).unwrap_or(0);
    CaseId(uuid::Builder::from_unix_timestamp_millis(ms, &bytes).into_uuid().as_u128())
}
