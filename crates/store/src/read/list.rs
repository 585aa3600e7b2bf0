//! Lists of cases by free filters, and search in their words.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use huying_model::{CaseId, Instant};
use smol_str::SmolStr;

use super::{Page, bad_cursor, one_more, paged, parts};
use crate::{
    Fault, Store, TenantId,
    db::Db,
    sqlite::{Asked, Readers},
    statements as sql,
    tokens::{self, Wanted},
    value::{Row, Value},
};

/// Which cases. Everything that is given has to fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Any of these stages; empty for all.
    pub stages: Vec<SmolStr>,
    pub open_only: bool,
    /// Any of these units is custodian.
    pub custodians: Vec<SmolStr>,
    /// Any of these units is lead.
    pub leads: Vec<SmolStr>,
    /// The area's code begins with this.
    pub area_prefix: Option<SmolStr>,
    /// The area is one of these: an area with everything below it, where codes do not nest.
    pub areas: Vec<SmolStr>,
    /// The matter's code begins with this: a board, a track or one matter.
    pub matter_prefix: Option<SmolStr>,
    pub sources: Vec<SmolStr>,
    pub urgencies: Vec<SmolStr>,
    pub received_from: Option<Instant>,
    /// Exclusive.
    pub received_until: Option<Instant>,
    /// Open, not paused, and its promise ended by this instant.
    pub overdue_at: Option<Instant>,
    pub suspended: Option<bool>,
    /// Words of the case, as in a search.
    pub text: Option<String>,
    /// What the reader may see; None for everything.
    pub seen: Option<Seen>,
}

/// What a reader may see: every case of some areas, and those that some units have. A case in which a unit only
/// assisted or was called is not listed by it; its queue and its address show it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Areas, each with everything below it.
    pub areas: Vec<SmolStr>,
    /// Any of them is custodian, lead or dispatching centre.
    pub units: Vec<SmolStr>,
}

/// In which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    #[default]
    NewestFirst,
    OldestFirst,
}

/// What a list shows of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub case: CaseId,
    pub number: SmolStr,
    pub title: Option<String>,
    pub stage: SmolStr,
    pub area: Option<SmolStr>,
    pub matter: Option<SmolStr>,
    pub source: SmolStr,
    pub urgency: SmolStr,
    pub received_at: Instant,
    pub due: Option<Instant>,
    pub lead: Option<SmolStr>,
    pub custodian: SmolStr,
}

const COLUMNS: &str =
    "case_id, number, title, stage, area, matter, source, urgency, received_at, due, lead, custodian";

fn line(row: &Row, from: usize) -> Result<Line, Fault> {
    Ok(Line {
        case: row.id(from)?,
        number: row.word(from + 1)?,
        title: row.opt_text(from + 2)?.map(str::to_owned),
        stage: row.word(from + 3)?,
        area: row.opt_word(from + 4)?,
        matter: row.opt_word(from + 5)?,
        source: row.word(from + 6)?,
        urgency: row.word(from + 7)?,
        received_at: Instant(row.int(from + 8)?),
        due: row.opt_int(from + 9)?.map(Instant),
        lead: row.opt_word(from + 10)?,
        custodian: row.word(from + 11)?,
    })
}

/// A statement in the making: text and parameters grow together.
struct Made {
    sql: String,
    params: Vec<Value>,
}

impl Made {
    fn param(&mut self, value: impl Into<Value>) -> usize {
        self.params.push(value.into());
        self.params.len()
    }
    fn and(&mut self, condition: &str, value: impl Into<Value>) {
        let no = self.param(value);
        self.sql.push_str(" AND ");
        self.sql.push_str(&condition.replace('#', &format!("${no}")));
    }
    fn one_of(&mut self, column: &str, list: &[SmolStr]) {
        match list {
            [] => {}
            [one] => self.and(&format!("{column} = #"), one),
            // A list of texts is always JSON.
            many => {
                self.and(&format!("{column} IN @list(#)"), serde_json::to_string(many).unwrap_or_default())
            }
        }
    }
    fn seen(&mut self, seen: &Seen) {
        let list = |codes: &[SmolStr]| serde_json::to_string(codes).unwrap_or_default();
        let (areas, units) = (self.param(list(&seen.areas)), self.param(list(&seen.units)));
        self.sql.push_str(&format!(
            " AND (area IN @list(${areas}) OR custodian IN @list(${units}) OR lead IN @list(${units}) OR centre IN @list(${units}))"
        ));
    }
    fn begins(&mut self, column: &str, prefix: &SmolStr) {
        self.and(&format!("{column} >= #"), prefix);
        // The highest character ends every code that begins with the prefix.
        self.and(&format!("{column} < #"), format!("{prefix}\u{10ffff}"));
    }
}

/// The statement for a filter. None where the text has no term that could be found.
fn make(
    tenant: TenantId,
    filter: &Filter,
    order: Order,
    after: Option<(i64, CaseId)>,
    limit: usize,
    question: Option<String>,
) -> Made {
    let mut made = Made {
        sql: format!("SELECT {COLUMNS} FROM case_row WHERE tenant = $1"),
        params: vec![tenant.into()],
    };
    if filter.open_only || filter.overdue_at.is_some() {
        made.sql.push_str(" AND open = 1");
    }
    made.one_of("stage", &filter.stages);
    made.one_of("custodian", &filter.custodians);
    made.one_of("lead", &filter.leads);
    made.one_of("area", &filter.areas);
    made.one_of("source", &filter.sources);
    made.one_of("urgency", &filter.urgencies);
    if let Some(seen) = &filter.seen {
        made.seen(seen);
    }
    if let Some(prefix) = &filter.area_prefix {
        made.begins("area", prefix);
    }
    if let Some(prefix) = &filter.matter_prefix {
        made.begins("matter", prefix);
    }
    if let Some(at) = filter.received_from {
        made.and("received_at >= #", at.0);
    }
    if let Some(at) = filter.received_until {
        made.and("received_at < #", at.0);
    }
    if let Some(at) = filter.overdue_at {
        made.and("due <= #", at.0);
    }
    if let Some(suspended) = filter.suspended {
        made.and("suspended = #", suspended);
    }
    if let Some(question) = question {
        made.and(
            "case_id IN (SELECT said.case_id FROM said WHERE said.tenant = $1 AND @matches(#))",
            question,
        );
    }
    let (than, direction) = if order == Order::NewestFirst { ("<", "DESC") } else { (">", "ASC") };
    if let Some((received, case)) = after {
        let (received, case) = (made.param(received), made.param(case));
        made.sql.push_str(&format!(" AND (received_at, case_id) {than} (${received}, ${case})"));
    }
    let limit = made.param(one_more(limit));
    made.sql.push_str(&format!(" ORDER BY received_at {direction}, case_id {direction} LIMIT ${limit}"));
    made
}

/// Every kind of list statement, for the test that prepares all statements.
pub fn list_shapes() -> Vec<String> {
    let two = vec![SmolStr::new("a"), SmolStr::new("b")];
    let full = Filter {
        stages: two.clone(),
        open_only: true,
        custodians: two.clone(),
        leads: vec!["a".into()],
        area_prefix: Some("5".into()),
        areas: two.clone(),
        matter_prefix: Some("w".into()),
        sources: two.clone(),
        urgencies: two,
        received_from: Some(Instant(0)),
        received_until: Some(Instant(1)),
        overdue_at: Some(Instant(2)),
        suspended: Some(false),
        text: None,
        seen: Some(Seen::default()),
    };
    let make =
        |filter: &Filter, order, after| make(TenantId(1), filter, order, after, 10, Some("x".into())).sql;
    vec![
        make(&full, Order::NewestFirst, Some((0, CaseId(0)))),
        make(&full, Order::OldestFirst, Some((0, CaseId(0)))),
        make(&Filter::default(), Order::NewestFirst, None),
        super::map::window(true),
        super::map::window(false),
    ]
}

fn empty<T>() -> Page<T> {
    Page { items: Vec::new(), next: None }
}

impl Store {
    /// Cases by a filter, a page of at most `limit`.
    pub async fn list(
        &self,
        tenant: TenantId,
        filter: &Filter,
        order: Order,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page<Line>, Fault> {
        let after = match cursor.map(parts::<2>).transpose()? {
            Some([at, case]) => {
                Some((at.parse().map_err(|_why| bad_cursor())?, case.parse().map_err(|_why| bad_cursor())?))
            }
            None => None,
        };
        let question = match filter.text.as_deref().map(tokens::wanted) {
            Some(wanted) if wanted.is_empty() => return Ok(empty()),
            Some(wanted) => Some(self.db.dialect().question(&wanted)),
            None => None,
        };
        let made = make(tenant, filter, order, after, limit, question);
        let rows = self.db.query(&made.sql, made.params).await?;
        let lines = rows.iter().map(|row| line(row, 0)).collect::<Result<Vec<_>, _>>()?;
        Ok(paged(lines, limit, |line| format!("{}~{}", line.received_at.0, line.case)))
    }

    /// Cases of which one entry (the report, a comment, a reason …) has all the words, those spoken last first.
    /// Any two characters of Chinese or a whole word of another script are found; a text without either finds nothing.
    pub async fn search(
        &self,
        tenant: TenantId,
        text: &str,
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
        // A case that was spoken of in several entries shows once a page, so a page may need more than one reading.
        while found.len() <= super::limit(limit) {
            let hits = self.hits(tenant, &wanted, before, super::limit(limit) + 1).await?;
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
}

/// What one reading of the search terms found.
struct Hits {
    /// Documents with their cases, newest first.
    found: Vec<(i64, Line)>,
    /// The last document that was looked at; None where no more follow.
    last: Option<i64>,
}

impl Store {
    async fn hits(
        &self,
        tenant: TenantId,
        wanted: &BTreeSet<Wanted>,
        before: i64,
        most: usize,
    ) -> Result<Hits, Fault> {
        let question = self.db.dialect().question(wanted);
        if let Db::Sqlite(readers) = &self.db {
            let asked = Asked { wanted: wanted.clone(), question, before, most };
            let (docs, known) = readers.hits(self.stream(), Arc::clone(&self.recent), asked).await?;
            let last = docs.last().copied().filter(|_| docs.len() == most);
            return Ok(Hits { found: self.newest(readers, tenant, &docs, known).await?, last });
        }
        let one_page = i64::try_from(most).unwrap_or(i64::MAX);
        let params = vec![tenant.into(), before.into(), question.into(), one_page.into()];
        let rows = self.db.query(sql::SEARCH, params).await?;
        let found =
            rows.iter().map(|row| Ok((row.int(0)?, line(row, 1)?))).collect::<Result<Vec<_>, Fault>>()?;
        let last = found.last().map(|(doc, _)| *doc).filter(|_| found.len() == most);
        Ok(Hits { found, last })
    }

    /// The lines of these documents: from memory where it is known to be complete, else from their rows.
    async fn newest(
        &self,
        readers: &Readers,
        tenant: TenantId,
        docs: &[i64],
        known: bool,
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
        let kept = if known { self.recent.lines(tenant, &ids) } else { HashMap::new() };
        let missing: BTreeSet<CaseId> = ids.iter().copied().filter(|case| !kept.contains_key(case)).collect();
        let mut read = HashMap::new();
        if !missing.is_empty() {
            let list: Vec<String> = missing.iter().map(ToString::to_string).collect();
            let list = serde_json::to_string(&list).map_err(|why| Fault::broken("asking for cases", why))?;
            for row in self.db.query(sql::LINES, vec![tenant.into(), list.into()]).await? {
                let line = line(&row, 0)?;
                read.insert(line.case, line);
            }
        }
        let line =
            |case: CaseId| kept.get(&case).map(|line| Line::clone(line)).or_else(|| read.get(&case).cloned());
        Ok(hits.into_iter().filter_map(|(doc, case)| Some((doc, line(case)?))).collect())
    }
}
