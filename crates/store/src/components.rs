//! The register of components (部件): every change of each, and how each stands now.
//!
//! `component_change` is primary and only grows: a census never loses what stood before. `component` holds the last change of each, for
//! queries; it is derived, and [`Store::check`] compares it. A change names the one that it follows, so of two that come at once one is
//! lost, whole. Start at [`Store::change_components`] and [`Store::components`].

use std::collections::HashSet;

use huying_model::{
    AreaCode, Component, ComponentCode, Instant, MatterCode, MemberId, UnitId, component::State,
};
use smol_str::SmolStr;

use crate::{
    Bounds, Fault, Page, Store, TenantId,
    committer::lanes::Act,
    read::{bad_cursor, limit, made::Made, one_more, paged},
    value::{Row, Value},
    write::Step,
};

/// A component with its last change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ComponentRow {
    pub component: Component,
    /// Which change of it this is, from 1.
    pub no: i64,
    pub at: Instant,
    /// The hash of the preview by which it was changed.
    pub run: SmolStr,
}

/// A change of a component: how it stood afterwards, and who did it why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ComponentChange {
    pub row: ComponentRow,
    pub by: MemberId,
    pub reason: String,
}

/// What is common to all changes of a table.
#[derive(Clone, Debug)]
pub struct Signed<'a> {
    pub by: &'a MemberId,
    pub at: Instant,
    pub reason: &'a str,
    pub run: &'a str,
}

/// Which components. Everything that is given has to fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ComponentFilter {
    pub bounds: Option<Bounds>,
    /// Class and kind begin with this: two digits or four.
    pub kind: Option<SmolStr>,
    /// Any of these; empty for all.
    pub states: Vec<State>,
    /// Any of these areas; empty for all.
    pub areas: Vec<SmolStr>,
    /// Owner, keeper or supervisor.
    pub unit: Option<SmolStr>,
    /// The code begins with these digits, or the name contains this text.
    pub text: Option<String>,
    /// Those that have ended too.
    pub ended: bool,
}

const CHANGED: &str = "code, no, name, state, kind, matter, lon_e7, lat_e7, area, owner, keeper, supervisor, note, since, until, at, run";

fn state(code: &str) -> Result<State, Fault> {
    let known = State::ALL.into_iter().find(|state| state.code() == code);
    known.ok_or_else(|| Fault::Broken(format!("a component has the state “{code}”, which is not known")))
}

fn degree(row: &Row, at: usize) -> Result<Option<i32>, Fault> {
    let degree = row.opt_int(at)?;
    degree.map(i32::try_from).transpose().map_err(|why| Fault::broken("reading a component", why))
}

/// Reads the columns of [`CHANGED`].
fn read(row: &Row) -> Result<ComponentRow, Fault> {
    let component = Component {
        code: ComponentCode(row.word(0)?),
        name: row.word(2)?,
        state: state(row.text(3)?)?,
        matter: row.opt_word(5)?.map(MatterCode),
        lon_e7: degree(row, 6)?,
        lat_e7: degree(row, 7)?,
        area: row.opt_word(8)?.map(AreaCode),
        owner: row.opt_word(9)?.map(UnitId),
        keeper: row.opt_word(10)?.map(UnitId),
        supervisor: row.opt_word(11)?.map(UnitId),
        note: row.word(12)?,
        since: Instant(row.int(13)?),
        until: row.opt_int(14)?.map(Instant),
    };
    Ok(ComponentRow { component, no: row.int(1)?, at: Instant(row.int(15)?), run: row.word(16)? })
}

/// Rows of one statement: a round trip for each row would hold the committer's thread where the database is another machine's.
const AT_ONCE: usize = 100;

/// The parameters of a row: tenant, then the columns of [`CHANGED`].
fn given(tenant: TenantId, it: &Component, no: i64, signed: &Signed<'_>) -> Vec<Value> {
    let code = |code: Option<&SmolStr>| -> Value { code.cloned().into() };
    vec![
        tenant.into(),
        (&it.code.0).into(),
        no.into(),
        (&it.name).into(),
        it.state.code().into(),
        it.code.kind().into(),
        code(it.matter.as_ref().map(|matter| &matter.0)),
        it.lon_e7.into(),
        it.lat_e7.into(),
        code(it.area.as_ref().map(|area| &area.0)),
        code(it.owner.as_ref().map(|unit| &unit.0)),
        code(it.keeper.as_ref().map(|unit| &unit.0)),
        code(it.supervisor.as_ref().map(|unit| &unit.0)),
        (&it.note).into(),
        it.since.0.into(),
        it.until.map(|at| at.0).into(),
        signed.at.0.into(),
        signed.run.into(),
    ]
}

/// `($1, $2), ($3, $4)`: parameters for rows of so many cells.
fn numbered(rows: usize, cells: usize) -> String {
    let row =
        |at: usize| (1..=cells).map(|no| format!("${}", at * cells + no)).collect::<Vec<_>>().join(", ");
    (0..rows).map(|at| format!("({})", row(at))).collect::<Vec<_>>().join(", ")
}

/// The changes themselves: one not at all where another has its number.
fn add(rows: usize) -> String {
    format!(
        "INSERT INTO component_change (tenant, {CHANGED}, member, reason) VALUES {} ON CONFLICT (tenant, code, no) DO NOTHING",
        numbered(rows, 20)
    )
}

/// How they stand now: each only over the change before.
fn put(rows: usize) -> String {
    let columns = CHANGED.split(", ").filter(|column| *column != "code");
    let set: Vec<String> = columns.map(|column| format!("{column} = excluded.{column}")).collect();
    format!(
        "INSERT INTO component (tenant, {CHANGED}) VALUES {} ON CONFLICT (tenant, code) DO UPDATE SET {} WHERE component.no = excluded.no - 1",
        numbered(rows, 18),
        set.join(", ")
    )
}

/// The changes in parts for one statement each: it may touch a component once only.
fn parts(changes: &[(Component, i64)]) -> Vec<&[(Component, i64)]> {
    let (mut parts, mut rest) = (Vec::new(), changes);
    while !rest.is_empty() {
        let mut seen = HashSet::new();
        let fits = rest.iter().take(AT_ONCE).take_while(|(it, _)| seen.insert(&it.code)).count();
        let (part, after) = rest.split_at(fits);
        parts.push(part);
        rest = after;
    }
    parts
}

/// The last change of each.
fn last() -> String {
    format!(
        "SELECT tenant, {CHANGED} FROM component_change c WHERE NOT EXISTS (SELECT 1 FROM component_change n
           WHERE n.tenant = c.tenant AND n.code = c.code AND n.no = c.no + 1)"
    )
}

/// Codes that one side has and the other has not, or has otherwise.
fn differing() -> [String; 2] {
    let now = format!("SELECT tenant, {CHANGED} FROM component");
    let one = |left: &str, right: &str| {
        format!("SELECT code FROM ({left} EXCEPT {right}) AS d ORDER BY code LIMIT 100")
    };
    [one(&now, &last()), one(&last(), &now)]
}

const COUNT: &str = "SELECT COUNT(*) FROM component";
const COUNT_OF: &str = "SELECT COUNT(*) FROM component WHERE tenant = $1";

fn one() -> String {
    format!("SELECT {CHANGED} FROM component WHERE tenant = $1 AND code = $2")
}

fn of_codes() -> String {
    format!("SELECT {CHANGED} FROM component WHERE tenant = $1 AND code IN @list($2)")
}

/// How they stood before a run.
fn before_run() -> String {
    format!(
        "SELECT {CHANGED} FROM component_change c WHERE c.tenant = $1 AND c.code IN @list($2) AND c.no = (SELECT MAX(b.no)
           FROM component_change b WHERE b.tenant = c.tenant AND b.code = c.code AND b.run <> $3)"
    )
}

fn history() -> String {
    format!(
        "SELECT {CHANGED}, member, reason FROM component_change WHERE tenant = $1 AND code = $2 AND no < $3 ORDER BY no DESC LIMIT $4"
    )
}

/// As a pattern of LIKE that means this text and nothing else.
fn within(text: &str) -> String {
    let mut pattern = String::from("%");
    for sign in text.chars() {
        if matches!(sign, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(sign);
    }
    pattern.push('%');
    pattern
}

fn make(tenant: TenantId, filter: &ComponentFilter, after: Option<&str>, most: usize) -> Made {
    let exact = filter.kind.as_ref().is_some_and(|kind| kind.len() == 4);
    let index = match (filter.bounds, exact, filter.areas.is_empty()) {
        (Some(_), ..) => " @by(component_place)",
        (None, true, _) => " @by(component_kind)",
        (None, false, false) => " @by(component_area)",
        (None, false, true) => "",
    };
    let mut made = Made::of(tenant, format!("SELECT {CHANGED} FROM component{index} WHERE tenant = $1"));
    if let Some(bounds) = filter.bounds {
        made.and("lat_e7 >= #", bounds.south_e7);
        made.and("lat_e7 <= #", bounds.north_e7);
        made.and("lon_e7 >= #", bounds.west_e7);
        made.and("lon_e7 <= #", bounds.east_e7);
    }
    match &filter.kind {
        Some(kind) if exact => made.and("kind = #", kind),
        Some(class) => made.begins("kind", class),
        None => {}
    }
    made.one_of("area", &filter.areas);
    let states: Vec<SmolStr> = filter.states.iter().map(|state| SmolStr::new_static(state.code())).collect();
    made.one_of("state", &states);
    if let Some(unit) = &filter.unit {
        made.and("(owner = # OR keeper = # OR supervisor = #)", unit);
    }
    if let Some(text) = &filter.text {
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            made.begins("code", text);
        } else {
            made.and("name LIKE # ESCAPE '\\'", within(text));
        }
    }
    if !filter.ended {
        made.sql.push_str(" AND until IS NULL");
    }
    if let Some(after) = after {
        made.and("code > #", after);
    }
    let most = made.param(one_more(most));
    made.sql.push_str(&format!(" ORDER BY code LIMIT ${most}"));
    made
}

/// Every statement of this page, for the test that prepares all of them.
pub(crate) fn shapes() -> Vec<String> {
    let bounds = Bounds { west_e7: 0, south_e7: 0, east_e7: 1, north_e7: 1 };
    let full = ComponentFilter {
        bounds: Some(bounds),
        kind: Some("01".into()),
        states: vec![State::Lost],
        areas: vec!["5".into()],
        unit: Some("u".into()),
        text: Some("井盖".into()),
        ended: false,
    };
    let digits =
        ComponentFilter { bounds: None, kind: Some("0101".into()), text: Some("99".into()), ..full.clone() };
    let ground = ComponentFilter { kind: None, ..digits.clone() };
    let plain = ComponentFilter { ended: true, ..ComponentFilter::default() };
    let lists = [&full, &digits, &ground, &plain].map(|filter| make(TenantId(1), filter, Some("1"), 10).sql);
    let mut shapes = vec![add(1), add(2), put(1), put(2), last(), one(), of_codes(), before_run(), history()];
    shapes.extend([COUNT.to_owned(), COUNT_OF.to_owned()]);
    shapes.extend(differing());
    shapes.extend(lists);
    shapes
}

impl Store {
    /// Appends changes, each with the number that it has of its component, in one transaction. Answers how many were taken: one whose
    /// number another has already is left out.
    pub async fn change_components(
        &self,
        tenant: TenantId,
        changes: &[(Component, i64)],
        signed: &Signed<'_>,
    ) -> Result<usize, Fault> {
        let mut steps: Vec<Step> = Vec::new();
        for part in parts(changes) {
            let rows = || part.iter().map(|(component, no)| given(tenant, component, *no, signed));
            let signature = || [Value::from(&signed.by.0), signed.reason.into()];
            let told = rows().flat_map(|row| row.into_iter().chain(signature())).collect();
            steps.push((add(part.len()).into(), told));
            steps.push((put(part.len()).into(), rows().flatten().collect()));
        }
        let done = self.errand(steps).await?;
        let taken: u64 = done.iter().step_by(2).map(|done| done.changed).sum();
        Ok(usize::try_from(taken).unwrap_or(usize::MAX))
    }

    /// Components of a filter by code, a page of at most `most`.
    pub async fn components(
        &self,
        tenant: TenantId,
        filter: &ComponentFilter,
        cursor: Option<&str>,
        most: usize,
    ) -> Result<Page<ComponentRow>, Fault> {
        if cursor.is_some_and(|code| ComponentCode::parse(code).is_err()) {
            return Err(bad_cursor());
        }
        let made = make(tenant, filter, cursor, most);
        let rows = self.db.query(&made.sql, made.params).await?;
        let items = rows.iter().map(read).collect::<Result<Vec<_>, Fault>>()?;
        Ok(paged(items, most, |row| row.component.code.to_string()))
    }

    /// One component as it stands.
    pub async fn component(
        &self,
        tenant: TenantId,
        code: &ComponentCode,
    ) -> Result<Option<ComponentRow>, Fault> {
        let rows = self.db.query(&one(), vec![tenant.into(), (&code.0).into()]).await?;
        rows.first().map(read).transpose()
    }

    /// Those of these codes that are in the register, in no order.
    pub async fn components_of(
        &self,
        tenant: TenantId,
        codes: &[ComponentCode],
    ) -> Result<Vec<ComponentRow>, Fault> {
        let codes = serde_json::to_string(codes).unwrap_or_default();
        self.db.query(&of_codes(), vec![tenant.into(), codes.into()]).await?.iter().map(read).collect()
    }

    /// The same as they stood before a run; one that came by it is left out.
    pub async fn components_before(
        &self,
        tenant: TenantId,
        codes: &[ComponentCode],
        run: &str,
    ) -> Result<Vec<ComponentRow>, Fault> {
        let codes = serde_json::to_string(codes).unwrap_or_default();
        let params = vec![tenant.into(), codes.into(), run.into()];
        self.db.query(&before_run(), params).await?.iter().map(read).collect()
    }

    /// What became of a component, the last first, before a change that was read last.
    pub async fn component_history(
        &self,
        tenant: TenantId,
        code: &ComponentCode,
        before: Option<i64>,
        most: usize,
    ) -> Result<Vec<ComponentChange>, Fault> {
        let params = vec![
            tenant.into(),
            (&code.0).into(),
            before.unwrap_or(i64::MAX).into(),
            Value::Int(limit(most) as i64),
        ];
        let change = |row: &Row| {
            let by = MemberId(row.word(17)?);
            Ok(ComponentChange { row: read(row)?, by, reason: row.text(18)?.to_owned() })
        };
        self.db.query(&history(), params).await?.iter().map(change).collect()
    }

    /// How many are in the register, those that have ended too.
    pub async fn count_components(&self, tenant: TenantId) -> Result<i64, Fault> {
        let rows = self.db.query(COUNT_OF, vec![tenant.into()]).await?;
        rows.first().map_or(Ok(0), |row| row.int(0))
    }

    /// Derives how each stands from the changes, in one transaction.
    pub(crate) async fn derive_components(&self) -> Result<(), Fault> {
        let all = format!("INSERT INTO component (tenant, {CHANGED}) {}", last());
        let steps = ["DELETE FROM component".to_owned(), all];
        self.act(Act::Steps(steps.map(|text| (text.into(), Vec::new())).into())).await.map(drop)
    }

    /// How many components there are, and the codes of those that are not what their last change says; a hundred at most.
    pub(crate) async fn check_components(&self) -> Result<(u64, Vec<String>), Fault> {
        let mut wrong = std::collections::BTreeSet::new();
        for text in differing() {
            for row in self.db.query(&text, Vec::new()).await? {
                wrong.insert(format!("component {}", row.text(0)?));
            }
        }
        let rows = self.db.query(COUNT, Vec::new()).await?;
        let count = rows.first().map_or(Ok(0), |row| row.int(0))?;
        Ok((count.unsigned_abs(), wrong.into_iter().collect()))
    }
}
