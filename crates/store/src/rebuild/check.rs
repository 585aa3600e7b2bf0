//! Comparing what is stored with what the journal says, row by row.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
};

use huying_model::CaseId;
use smol_str::SmolStr;

use super::derive::{Derived, Deriver};
use crate::{
    Fault, Store, TenantId, statements as sql,
    value::{Row, Value},
    write::{CaseRow, PartRow, RollupSum},
};

const STEP: i64 = 2000;
/// More differences than this are only counted.
const SHOWN: usize = 100;

/// A derived row that is not what the journal says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub table: &'static str,
    /// Which row, in words.
    pub row: String,
    pub what: String,
}

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckReport {
    pub events: u64,
    pub cases: u64,
    pub todos: u64,
    pub parts: u64,
    pub public: u64,
    pub documents: u64,
    pub counts: u64,
    pub components: u64,
    /// How many rows differ; the first hundred are listed.
    pub different: u64,
    pub differences: Vec<Difference>,
}

impl CheckReport {
    /// Whether everything is as the journal says.
    pub fn clean(&self) -> bool {
        self.different == 0
    }
    fn add(&mut self, table: &'static str, row: impl Into<String>, what: impl Into<String>) {
        self.different += 1;
        if self.differences.len() < SHOWN {
            self.differences.push(Difference { table, row: row.into(), what: what.into() });
        }
    }
}

/// A sum over terms that does not depend on their order.
fn print_of<'a>(terms: impl Iterator<Item = &'a str>) -> u64 {
    terms.fold(0, |sum: u64, term| {
        let mut hasher = DefaultHasher::new();
        term.hash(&mut hasher);
        sum.wrapping_add(hasher.finish())
    })
}

/// What is collected of all cases while they are folded.
#[derive(Default)]
struct Expected {
    /// Whether each line is paused.
    todos: HashMap<TodoKey, bool>,
    parts: BTreeSet<PartRow>,
    public: BTreeMap<PublicKey, Vec<Value>>,
    /// By tenant and document: case, entry and print of the terms.
    said: BTreeMap<(i64, i64), (CaseId, i64, u64)>,
    counts: HashMap<CountKey, RollupSum>,
}

/// Tenant, unit, due, case, kind and number of a queue line.
type TodoKey = (i64, SmolStr, i64, CaseId, SmolStr, i64);
/// Tenant, receipt and case of a public row.
type PublicKey = (i64, i64, CaseId);
/// Tenant, day, area, matter, source and stage of a count.
type CountKey = (i64, i64, SmolStr, SmolStr, SmolStr, SmolStr);

impl Store {
    /// Derives every table again from the journal and compares. Nothing is changed. The store must not be written to
    /// meanwhile; when it was, that is the fault.
    pub async fn check(&self, progress: &(dyn Fn(u64) + Sync)) -> Result<CheckReport, Fault> {
        let before = self.streams().await?;
        let mut report = CheckReport::default();
        let mut expected = Expected::default();
        let mut stored = StoredCases::of(self);
        let mut deriver = Deriver::of(self);
        while let Some(cases) = deriver.next().await? {
            for case in cases {
                report.cases += 1;
                stored.compare(&case, &mut report).await?;
                expected.take(case);
            }
            report.events = deriver.events;
            progress(report.events);
        }
        stored.rest(&mut report).await?;
        self.check_todos(&mut expected, &mut report).await?;
        self.check_parts(expected.parts, &mut report).await?;
        self.check_public(expected.public, &mut report).await?;
        self.check_said(expected.said, &mut report).await?;
        self.check_counts(expected.counts, &mut report).await?;
        let (components, wrong) = self.check_components().await?;
        report.components = components;
        wrong.into_iter().for_each(|code| report.add("component", code, "is not what its last change says"));
        if self.streams().await? != before {
            return Err(Fault::Broken(
                "the store was written to during the check: stop what writes and check again".into(),
            ));
        }
        Ok(report)
    }

    async fn check_todos(&self, expected: &mut Expected, report: &mut CheckReport) -> Result<(), Fault> {
        let mut after: Vec<Value> = vec![
            i64::MIN.into(),
            "".into(),
            i64::MIN.into(),
            Value::Blob(Vec::new()),
            "".into(),
            i64::MIN.into(),
        ];
        loop {
            let mut params = after.clone();
            params.push(STEP.into());
            let rows = self.db.query(sql::ALL_TODOS, params).await?;
            let Some(last) = rows.last() else { break };
            after = last.0.iter().take(6).cloned().collect();
            for row in &rows {
                report.todos += 1;
                let key = (row.int(0)?, row.word(1)?, row.int(2)?, row.id(3)?, row.word(4)?, row.int(5)?);
                match expected.todos.remove(&key) {
                    Some(paused) if paused == row.flag(6)? => {}
                    Some(_) => report.add("todo", todo_name(&key), "paused differs"),
                    None => report.add("todo", todo_name(&key), "the journal has no such line"),
                }
            }
        }
        for key in expected.todos.keys() {
            report.add("todo", todo_name(key), "missing");
        }
        Ok(())
    }

    async fn check_parts(
        &self,
        mut expected: BTreeSet<PartRow>,
        report: &mut CheckReport,
    ) -> Result<(), Fault> {
        let mut after: Vec<Value> = vec![i64::MIN.into(), "".into(), Value::Blob(Vec::new())];
        loop {
            let mut params = after.clone();
            params.push(STEP.into());
            let rows = self.db.query(sql::ALL_PARTS, params).await?;
            let Some(last) = rows.last() else { break };
            after = last.0.clone();
            for row in &rows {
                report.parts += 1;
                let part = PartRow { tenant: TenantId(row.int(0)?), unit: row.word(1)?, case: row.id(2)? };
                if !expected.remove(&part) {
                    report.add("part", part_name(&part), "the journal names no such part");
                }
            }
        }
        for part in &expected {
            report.add("part", part_name(part), "missing");
        }
        Ok(())
    }

    async fn check_public(
        &self,
        mut expected: BTreeMap<PublicKey, Vec<Value>>,
        report: &mut CheckReport,
    ) -> Result<(), Fault> {
        let mut after: Vec<Value> = vec![i64::MIN.into(), i64::MIN.into(), Value::Blob(Vec::new())];
        loop {
            let mut params = after.clone();
            params.push(STEP.into());
            let rows = self.db.query(sql::ALL_PUBLIC, params).await?;
            let Some(last) = rows.last() else { break };
            after = last.0.iter().take(3).cloned().collect();
            for row in &rows {
                report.public += 1;
                let key = (row.int(0)?, row.int(1)?, row.id(2)?);
                let name = format!("public row of case {}", key.2);
                match expected.remove(&key) {
                    Some(should) if should[..] == row.0[3..] => {}
                    Some(_) => report.add("public_case", name, "differs"),
                    None => report.add("public_case", name, "the journal has no such row"),
                }
            }
        }
        for (_, _, case) in expected.keys() {
            report.add("public_case", format!("public row of case {case}"), "missing");
        }
        Ok(())
    }

    async fn check_counts(
        &self,
        mut expected: HashMap<CountKey, RollupSum>,
        report: &mut CheckReport,
    ) -> Result<(), Fault> {
        let mut after: Vec<Value> =
            vec![i64::MIN.into(), i64::MIN.into(), "".into(), "".into(), "".into(), "".into()];
        loop {
            let mut params = after.clone();
            params.push(STEP.into());
            let rows = self.db.query(sql::ALL_ROLLUP, params).await?;
            let Some(last) = rows.last() else { break };
            after = last.0.iter().take(6).cloned().collect();
            for row in &rows {
                report.counts += 1;
                let key = (row.int(0)?, row.int(1)?, row.word(2)?, row.word(3)?, row.word(4)?, row.word(5)?);
                let should = expected.remove(&key).unwrap_or_default();
                let is = RollupSum { n: row.int(6)?, late: row.int(7)?, spent_ms: row.int(8)? };
                if is != should {
                    report.add("rollup", count_name(&key), format!("is {is:?}, the journal says {should:?}"));
                }
            }
        }
        for (key, sum) in expected.iter().filter(|(_, sum)| **sum != RollupSum::default()) {
            report.add("rollup", count_name(key), format!("missing {sum:?}"));
        }
        Ok(())
    }

    async fn check_said(
        &self,
        mut expected: BTreeMap<(i64, i64), (CaseId, i64, u64)>,
        report: &mut CheckReport,
    ) -> Result<(), Fault> {
        let prints = self.stored_prints().await?;
        for tenant in self.tenants().await? {
            let mut after = i64::MIN;
            loop {
                let rows =
                    self.db.query(sql::ALL_SAID, vec![tenant.into(), after.into(), STEP.into()]).await?;
                let Some(last) = rows.last() else { break };
                after = last.int(1)?;
                for row in &rows {
                    report.documents += 1;
                    let (doc, case, seq) = (row.int(1)?, row.id(2)?, row.int(3)?);
                    let print = prints.get(&doc).copied().unwrap_or_default();
                    let name = format!("entry {seq} of case {case}");
                    match expected.remove(&(tenant.0, doc)) {
                        Some(should) if should == (case, seq, print) => {}
                        Some(_) => report.add("said", name, "the search terms are not those of the entry"),
                        None => report.add("said", name, "the journal has no such words"),
                    }
                }
            }
        }
        for (case, seq, _) in expected.values() {
            report.add("said", format!("entry {seq} of case {case}"), "missing");
        }
        Ok(())
    }

    /// A print of the stored terms of every document.
    async fn stored_prints(&self) -> Result<HashMap<i64, u64>, Fault> {
        let mut prints: HashMap<i64, u64> = HashMap::new();
        match &self.db {
            crate::db::Db::Sqlite(readers) => {
                let read = |db: &mut rusqlite::Connection| {
                    let act = crate::sqlite::fault("reading the search terms");
                    let mut statement = db.prepare("SELECT doc, term FROM said_vocab").map_err(&act)?;
                    let mut rows = statement.query([]).map_err(&act)?;
                    let mut prints: HashMap<i64, u64> = HashMap::new();
                    while let Some(row) = rows.next().map_err(&act)? {
                        let doc: i64 = row.get(0).map_err(&act)?;
                        let term = row
                            .get_ref(1)
                            .map_err(&act)?
                            .as_str()
                            .map_err(|why| Fault::broken("reading a term", why))?;
                        let sum = prints.entry(doc).or_default();
                        *sum = sum.wrapping_add(print_of(std::iter::once(term)));
                    }
                    Ok(prints)
                };
                prints = readers.run(read).await?;
            }
            crate::db::Db::Postgres(_) => {
                let mut after = i64::MIN;
                loop {
                    let rows = self.db.query(POSTGRES_TERMS, vec![after.into(), STEP.into()]).await?;
                    let Some(last) = rows.last() else { break };
                    after = last.int(0)?;
                    for row in &rows {
                        prints.insert(
                            row.int(0)?,
                            print_of(row.text(1)?.split(' ').filter(|term| !term.is_empty())),
                        );
                    }
                }
            }
        }
        Ok(prints)
    }
}

/// The terms of documents as text; PostgreSQL alone keeps them readable.
pub(crate) const POSTGRES_TERMS: &str = "SELECT doc, array_to_string(tsvector_to_array(terms), ' ') FROM said WHERE doc > $1 ORDER BY doc LIMIT $2";

impl Expected {
    fn take(&mut self, case: Derived) {
        let tenant: TenantId = case.at.0;
        for todo in case.todos {
            let key = (tenant.0, todo.unit, todo.due, todo.case, todo.kind.into(), todo.no);
            self.todos.insert(key, todo.paused);
        }
        self.parts.extend(case.parts);
        if let Some(row) = case.public {
            let rest = vec![row.updated_at.into(), row.status.into(), row.matter.into(), row.area.into()];
            self.public.insert((tenant.0, row.received_at, row.case), rest);
        }
        for said in case.said {
            self.said.insert((tenant.0, said.doc), (said.case, said.seq, print_of(said.terms.split(' '))));
        }
        if let Some((key, sum)) = case.counted {
            let key = (key.tenant.0, key.day, key.area, key.matter, key.source.into(), key.stage.into());
            self.counts.entry(key).or_default().add(1, sum);
        }
    }
}

fn todo_name((_, unit, _, case, kind, _): &TodoKey) -> String {
    format!("{kind} in the queue of {unit} for case {case}")
}

fn part_name(part: &PartRow) -> String {
    format!("part of {} in case {}", part.unit, part.case)
}

fn count_name((_, day, area, matter, _, stage): &CountKey) -> String {
    format!("day {day} area {area} matter {matter} stage {stage}")
}

/// The stored cases in order, beside the derived ones.
struct StoredCases<'a> {
    store: &'a Store,
    page: VecDeque<Row>,
    after: (Value, Value),
}

/// The columns of `case_row` as they ought to be, in the statement's order, with their names.
fn columns(row: &CaseRow) -> [(&'static str, Value); 27] {
    [
        ("tenant", row.tenant.into()),
        ("case_id", row.case.into()),
        ("version", row.version.into()),
        ("number", (&row.number).into()),
        ("stage", row.stage.into()),
        ("open", row.open.into()),
        ("custodian", (&row.custodian).into()),
        ("centre", (&row.centre).into()),
        ("lead", row.lead.clone().into()),
        ("area", row.area.clone().into()),
        ("matter", row.matter.clone().into()),
        ("source", row.source.into()),
        ("urgency", row.urgency.into()),
        ("hazard", row.hazard.into()),
        ("suspended", row.suspended.into()),
        ("received_at", row.received_at.into()),
        ("filed_at", row.filed_at.into()),
        ("closed_at", row.closed_at.into()),
        ("due", row.due.into()),
        ("next_step", row.next_step.into()),
        ("lon_e7", row.lon_e7.into()),
        ("lat_e7", row.lat_e7.into()),
        ("title", row.title.clone().into()),
        ("address", row.address.clone().into()),
        ("head", row.head.into()),
        ("state", row.state.clone().into()),
        ("component", row.component.clone().into()),
    ]
}

impl<'a> StoredCases<'a> {
    fn of(store: &'a Store) -> StoredCases<'a> {
        StoredCases { store, page: VecDeque::new(), after: (i64::MIN.into(), Value::Blob(Vec::new())) }
    }

    async fn first(&mut self) -> Result<Option<&Row>, Fault> {
        if self.page.is_empty() {
            let params = vec![self.after.0.clone(), self.after.1.clone(), STEP.into()];
            self.page = self.store.db.query(sql::ALL_CASES, params).await?.into();
            if let Some(last) = self.page.back() {
                self.after = (last.int(0)?.into(), last.id(1)?.into());
            }
        }
        Ok(self.page.front())
    }

    async fn compare(&mut self, case: &Derived, report: &mut CheckReport) -> Result<(), Fault> {
        let name = format!("case {}", case.at.1);
        while let Some(row) = self.first().await? {
            let at = (TenantId(row.int(0)?), row.id(1)?);
            if at > case.at {
                break;
            }
            if at == case.at {
                let wrong: Vec<&str> = columns(&case.row)
                    .iter()
                    .zip(&row.0)
                    .filter(|((_, should), is)| should != *is)
                    .map(|((name, _), _)| *name)
                    .collect();
                if !wrong.is_empty() {
                    report.add("case_row", name, format!("differs in {}", wrong.join(", ")));
                }
                self.page.pop_front();
                return Ok(());
            }
            report.add("case_row", format!("case {}", at.1), "the journal has no such case");
            self.page.pop_front();
        }
        report.add("case_row", name, "missing");
        Ok(())
    }

    async fn rest(&mut self, report: &mut CheckReport) -> Result<(), Fault> {
        while let Some(row) = self.first().await? {
            report.add("case_row", format!("case {}", row.id(1)?), "the journal has no such case");
            self.page.pop_front();
        }
        Ok(())
    }
}
