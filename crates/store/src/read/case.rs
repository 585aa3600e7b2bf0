//! One case: its state, its words, its journal, its files.

use huying_model::{Case, CaseId, Event, Instant, event::Body, words::Sealed};
use smol_str::SmolStr;

use super::Which;
use crate::{
    Fault, FileRow, Store, TenantId, journal, project, statements as sql,
    value::{Row, Value},
};

/// The words of a case in the clear, as far as their key still exists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    pub title: Option<String>,
    pub text: Option<String>,
    pub address: Option<String>,
    /// What was answered to the questions of the matter.
    pub answers: Option<String>,
}

impl Texts {
    /// Takes in an entry of the case's journal; `open` opens sealed words.
    fn take(&mut self, event: &Event, open: impl Fn(&Sealed) -> Option<String>) {
        let opened = |words: &Option<Sealed>| words.as_ref().and_then(&open);
        match &event.body {
            Body::Reported { report, .. } | Body::Began { report, .. } => {
                *self = Texts {
                    title: opened(&report.title),
                    text: opened(&report.text),
                    address: opened(&report.address),
                    answers: opened(&report.answers),
                };
            }
            Body::Relocated { address: address @ Some(_), .. } => self.address = opened(address),
            _ => {}
        }
    }

    /// What is left once entries of the case were redacted.
    fn left(self, case: &Case) -> Texts {
        let address = self.address.filter(|_| !case.hides_address());
        if case.hides_words() { Texts { address, ..Texts::default() } } else { Texts { address, ..self } }
    }
}

/// A case with its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseView {
    pub case: Case,
    pub texts: Texts,
}

/// One entry of a case's journal. The keys of its words have been brought into memory: [`crate::Seals::open`] reads them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub seq: u32,
    pub stream: i64,
    pub position: i64,
    pub policy: SmolStr,
    pub kind: SmolStr,
    pub event: Event,
    pub prev: [u8; 32],
    pub hash: [u8; 32],
}

pub(super) fn view(row: &Row) -> Result<CaseView, Fault> {
    let case = project::read_state(row.text(0)?)?;
    let texts = Texts {
        title: row.opt_text(1)?.map(str::to_owned),
        text: None,
        address: row.opt_text(2)?.map(str::to_owned),
        answers: None,
    };
    Ok(CaseView { case, texts })
}

pub(crate) fn file_row(row: &Row, from: usize) -> Result<FileRow, Fault> {
    Ok(FileRow {
        case: row.id(from)?,
        hash: row.word(from + 1)?,
        media: row.word(from + 2)?,
        bytes: row.int(from + 3)?,
        shown: row.opt_word(from + 4)?,
        thumb: row.opt_word(from + 5)?,
        key: row.opt_word(from + 6)?,
        added_at: row.int(from + 7)?,
        meta: row.text(from + 8)?.to_owned(),
    })
}

pub(super) fn ids_json(ids: &[CaseId]) -> Result<String, Fault> {
    serde_json::to_string(ids).map_err(|why| Fault::broken("asking for cases", why))
}

impl Store {
    /// A case with title, text and address.
    pub async fn case(&self, tenant: TenantId, id: CaseId) -> Result<Option<CaseView>, Fault> {
        self.case_seen(tenant, Which::Id(id), None).await
    }

    /// A case by the number that people say on the telephone.
    pub async fn case_by_number(&self, tenant: TenantId, number: &str) -> Result<Option<CaseView>, Fault> {
        self.case_seen(tenant, Which::Number(number), None).await
    }

    /// Several cases, without their long texts, in no order; those that do not exist are left out.
    pub async fn cases(&self, tenant: TenantId, ids: &[CaseId]) -> Result<Vec<CaseView>, Fault> {
        self.cases_seen(tenant, ids, None).await
    }

    /// The words as the journal tells them: a row has no long text, and of a dispute no words at all.
    pub(super) async fn with_text(
        &self,
        tenant: TenantId,
        rows: Vec<Row>,
    ) -> Result<Option<CaseView>, Fault> {
        let Some(row) = rows.first() else { return Ok(None) };
        let mut view = view(row)?;
        let params = vec![tenant.into(), view.case.id.into()];
        let entries = self.entries(tenant, sql::WORDS_OF_CASE, params).await?;
        let mut texts = Texts::default();
        for entry in &entries {
            texts.take(&entry.event, |words| self.seals(tenant).open(words));
        }
        view.texts = texts.left(&view.case);
        Ok(Some(view))
    }

    /// The entries of a case's journal after `after` (0 for all), oldest first, at most `limit`.
    pub async fn journal(
        &self,
        tenant: TenantId,
        id: CaseId,
        after: u32,
        limit: usize,
    ) -> Result<Vec<Entry>, Fault> {
        let params = vec![tenant.into(), id.into(), after.into(), Value::Int(super::limit(limit) as i64)];
        self.entries(tenant, sql::JOURNAL, params).await
    }

    /// Entries with the keys of their words in memory.
    async fn entries(&self, tenant: TenantId, text: &str, params: Vec<Value>) -> Result<Vec<Entry>, Fault> {
        let rows = self.db.query(text, params).await?;
        let mut names: Vec<SmolStr> = Vec::new();
        for row in &rows {
            names.extend(journal::key_names(row.text(8)?));
        }
        names.sort();
        names.dedup();
        self.load_keys(tenant, &names).await?;
        rows.iter().map(entry).collect()
    }

    /// Entries of the journals that count in a span, case by case and each in its order, after the one that was read last.
    pub async fn journals_of_span(
        &self,
        tenant: TenantId,
        after: (CaseId, u32),
        (from, until): (Instant, Instant),
        limit: usize,
    ) -> Result<Vec<(CaseId, u32, Event)>, Fault> {
        let params = vec![
            tenant.into(),
            after.0.into(),
            after.1.into(),
            from.0.into(),
            until.0.into(),
            Value::Int(super::limit(limit) as i64),
        ];
        self.db.query(sql::JOURNALS_OF_SPAN, params).await?.iter().map(told).collect()
    }

    /// Entries of the journals of several cases, case by case in the order of their ids and each in its own, after the one that was read
    /// last. Words in them stay sealed.
    pub async fn journals(
        &self,
        tenant: TenantId,
        ids: &[CaseId],
        after: (CaseId, u32),
        limit: usize,
    ) -> Result<Vec<(CaseId, u32, Event)>, Fault> {
        let params = vec![
            tenant.into(),
            ids_json(ids)?.into(),
            after.0.into(),
            after.1.into(),
            Value::Int(super::limit(limit) as i64),
        ];
        self.db.query(sql::JOURNALS, params).await?.iter().map(told).collect()
    }

    /// The files of a case, oldest first.
    pub async fn files(&self, tenant: TenantId, case: CaseId) -> Result<Vec<FileRow>, Fault> {
        let rows = self.db.query(sql::FILES_OF_CASE, vec![tenant.into(), case.into()]).await?;
        rows.iter().map(|row| file_row(row, 0)).collect()
    }

    /// Files of all cases after one, by case and hash.
    pub async fn files_after(
        &self,
        tenant: TenantId,
        after: Option<(CaseId, &str)>,
        limit: usize,
    ) -> Result<Vec<FileRow>, Fault> {
        // No id is shorter than an empty one, so all of them come after it.
        let (case, hash) = after.map_or((Value::Blob(Vec::new()), ""), |(case, hash)| (case.into(), hash));
        let params = vec![tenant.into(), case, hash.into(), Value::Int(super::limit(limit) as i64)];
        let rows = self.db.query(sql::FILES_OF_TENANT, params).await?;
        rows.iter().map(|row| file_row(row, 0)).collect()
    }

    /// The file of a case that has this hash as its original, shown copy or small picture.
    pub async fn file(&self, tenant: TenantId, case: CaseId, hash: &str) -> Result<Option<FileRow>, Fault> {
        let rows = self.db.query(sql::FILE_BY_HASH, vec![tenant.into(), case.into(), hash.into()]).await?;
        rows.first().map(|row| file_row(row, 0)).transpose()
    }
}

/// An entry of one of several journals.
fn told(row: &Row) -> Result<(CaseId, u32, Event), Fault> {
    let seq = u32::try_from(row.int(1)?).map_err(|why| Fault::broken("reading a journal", why))?;
    Ok((row.id(0)?, seq, journal::read(row.text(2)?)?))
}

fn entry(row: &Row) -> Result<Entry, Fault> {
    Ok(Entry {
        seq: u32::try_from(row.int(0)?).map_err(|why| Fault::broken("reading a journal", why))?,
        stream: row.int(1)?,
        position: row.int(2)?,
        policy: row.word(3)?,
        kind: row.word(7)?,
        event: journal::read(row.text(8)?)?,
        prev: row.hash(9)?,
        hash: row.hash(10)?,
    })
}
