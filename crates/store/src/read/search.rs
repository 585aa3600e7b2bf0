//! Search in the words of cases.
//!
//! PostgreSQL finds documents, their cases and what may be seen of them in one statement: among the newest first, which it reads in their order
//! until a page is full, and among all only where those do not fill it, since its index of terms knows no order and every hit would be fetched and
//! sorted. SQLite takes two steps for the
//! newest documents, which mostly lie in memory, and one statement for what is left where not everything may be seen.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use huying_model::CaseId;

use super::{
    Line, Page, Seen, bad_cursor,
    list::{empty, line},
    paged, parts,
    seen::{and, narrowed},
};
use crate::{
    Fault, Store, TenantId,
    db::Db,
    sqlite::{Asked, Readers},
    statements as sql,
    tokens::{self, Wanted},
    value::Value,
};

/// One reading of the search terms.
struct Hunt<'a> {
    wanted: &'a BTreeSet<Wanted>,
    seen: Option<&'a Seen>,
    /// Documents before this one.
    before: i64,
    most: usize,
}

/// What one reading found.
struct Hits {
    /// Documents with their cases, newest first.
    found: Vec<(i64, Line)>,
    /// The last document that was looked at; None where no more follow.
    last: Option<i64>,
}

/// The statement that finds documents with their cases, newest first. On SQLite the index of terms leads, so that it ends
/// as soon as enough was found.
pub(super) fn in_one_step(among: &str, params: &mut Vec<Value>, seen: Option<&Seen>) -> String {
    let seen = and(seen, |seen| seen.fits("c", params));
    format!("{among}{seen} ORDER BY @number DESC LIMIT $4")
}

impl Store {
    /// Cases of which one entry (the report, a comment, a reason …) has all the words, those spoken last first.
    /// Any two characters of Chinese or a whole word of another script are found; a text without either finds nothing.
    ///
    /// Only what may be `seen` is found, and only it moves the cursor: a page is full wherever more follows.
    pub async fn search(
        &self,
        tenant: TenantId,
        text: &str,
        seen: Option<&Seen>,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page<Line>, Fault> {
        let wanted = tokens::wanted(text);
        if wanted.is_empty() {
            return Ok(empty());
        }
        let mut before = match cursor.map(parts::<1>).transpose()? {
            Some([doc]) => doc.parse().map_err(|_why| bad_cursor())?,
            None => i64::MAX,
        };
        let mut found: Vec<(i64, Line)> = Vec::new();
        let mut first = true;
        // A case that was spoken of in several entries shows once a page, so a page may need more than one reading.
        while found.len() <= super::limit(limit) {
            let asked = Hunt { wanted: &wanted, seen, before, most: super::limit(limit) + 1 };
            let hits = match &self.db {
                Db::Sqlite(readers) => {
                    // Where little of the newest may be seen, what is left is looked through in one statement.
                    if first || seen.is_none() {
                        self.hits_in_two_steps(readers, tenant, &asked).await?
                    } else {
                        self.hits_in_one_step(sql::SEARCH, tenant, &asked).await?
                    }
                }
                Db::Postgres(_) => {
                    let newest = self.hits_in_one_step(sql::SEARCH_NEWEST, tenant, &asked).await?;
                    match newest.last {
                        Some(_) => newest,
                        None => self.hits_in_one_step(sql::SEARCH, tenant, &asked).await?,
                    }
                }
            };
            first = false;
            for (doc, line) in hits.found {
                if !found.iter().any(|(_, other)| other.case == line.case) {
                    found.push((doc, line));
                }
            }
            match hits.last {
                Some(last) => before = last,
                None => break,
            }
        }
        let page = paged(found, limit, |(doc, _)| doc.to_string());
        Ok(Page { items: page.items.into_iter().map(|(_, line)| line).collect(), next: page.next })
    }

    async fn hits_in_one_step(&self, among: &str, tenant: TenantId, hunt: &Hunt<'_>) -> Result<Hits, Fault> {
        let question = self.db.dialect().question(hunt.wanted);
        let one_page = i64::try_from(hunt.most).unwrap_or(i64::MAX);
        let mut params: Vec<Value> =
            vec![tenant.into(), hunt.before.into(), question.into(), one_page.into()];
        let text = in_one_step(among, &mut params, hunt.seen);
        let rows = self.db.query(&text, params).await?;
        let found =
            rows.iter().map(|row| Ok((row.int(0)?, line(row, 1)?))).collect::<Result<Vec<_>, Fault>>()?;
        let last = found.last().map(|(doc, _)| *doc).filter(|_| found.len() == hunt.most);
        Ok(Hits { found, last })
    }

    async fn hits_in_two_steps(
        &self,
        readers: &Readers,
        tenant: TenantId,
        hunt: &Hunt<'_>,
    ) -> Result<Hits, Fault> {
        let asked = Asked {
            wanted: hunt.wanted.clone(),
            question: self.db.dialect().question(hunt.wanted),
            before: hunt.before,
            most: hunt.most,
        };
        let (docs, known) = readers.hits(self.stream(), Arc::clone(&self.recent), asked).await?;
        let last = docs.last().copied().filter(|_| docs.len() == hunt.most);
        Ok(Hits { found: self.newest(readers, tenant, &docs, known, hunt.seen).await?, last })
    }

    /// The lines of these documents: from memory where it is known to be complete and everything may be seen, else from
    /// their rows.
    async fn newest(
        &self,
        readers: &Readers,
        tenant: TenantId,
        docs: &[i64],
        known: bool,
        seen: Option<&Seen>,
    ) -> Result<Vec<(i64, Line)>, Fault> {
        let mut cases = if known { self.recent.cases(docs) } else { HashMap::new() };
        let missing: Vec<i64> = docs.iter().copied().filter(|doc| !cases.contains_key(doc)).collect();
        if !missing.is_empty() {
            for row in readers.cases_of(&missing).await? {
                cases.insert(row.int(0)?, (TenantId(row.int(1)?), row.id(2)?));
            }
        }
        let own = |doc: &i64| cases.get(doc).filter(|(of, _)| *of == tenant).map(|(_, case)| (*doc, *case));
        let hits: Vec<(i64, CaseId)> = docs.iter().filter_map(own).collect();
        let ids: Vec<CaseId> = hits.iter().map(|(_, case)| *case).collect();
        let kept = if known && seen.is_none() { self.recent.lines(tenant, &ids) } else { HashMap::new() };
        let missing: BTreeSet<CaseId> = ids.iter().copied().filter(|case| !kept.contains_key(case)).collect();
        let mut read = HashMap::new();
        if !missing.is_empty() {
            let list: Vec<String> = missing.iter().map(ToString::to_string).collect();
            let list = serde_json::to_string(&list).map_err(|why| Fault::broken("asking for cases", why))?;
            let mut params = vec![tenant.into(), list.into()];
            let text = narrowed(sql::LINES, &mut params, seen);
            for row in self.db.query(&text, params).await? {
                let line = line(&row, 0)?;
                read.insert(line.case, line);
            }
        }
        let line =
            |case: CaseId| kept.get(&case).map(|line| Line::clone(line)).or_else(|| read.get(&case).cloned());
        Ok(hits.into_iter().filter_map(|(doc, case)| Some((doc, line(case)?))).collect())
    }
}
