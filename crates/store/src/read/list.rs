//! Lists of cases by free filters.

use huying_model::{CaseId, Instant};
use smol_str::SmolStr;

use super::{Page, Seen, bad_cursor, made::Made, one_more, paged, parts, seen};
use crate::{
    Fault, Store, TenantId, statements as sql, tokens,
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
    /// Any of these matters.
    pub matters: Vec<SmolStr>,
    pub sources: Vec<SmolStr>,
    pub urgencies: Vec<SmolStr>,
    pub received_from: Option<Instant>,
    /// Exclusive.
    pub received_until: Option<Instant>,
    /// Open, not paused, and its promise ended by this instant.
    pub overdue_at: Option<Instant>,
    /// Open, and what runs ends after this instant; with `overdue_at`, between the two.
    pub due_after: Option<Instant>,
    /// Open without a clock that runs.
    pub undue: bool,
    pub suspended: Option<bool>,
    /// Words of the case, as in a search.
    pub text: Option<String>,
    /// The component that it is about.
    pub component: Option<SmolStr>,
    /// Only cases that stand so.
    pub standing: Option<Standing>,
    /// What the reader may see; None for everything.
    pub seen: Option<Seen>,
}

/// How a case stands that a board is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A supervisor has pressed for it.
    Pressed,
    /// Nobody has.
    Unpressed,
    /// It is in the procedure for difficult cases.
    Difficult,
    /// It was in that procedure, and a meeting decided how it goes on.
    Decided,
}

impl Standing {
    /// What the stored form of such a case holds, and what it does not hold. Few cases stand so, and only open ones are looked
    /// through, so it has no column of its own; a text inside the form has its quotes escaped and cannot look like it.
    fn marks(self) -> (Option<&'static str>, Option<&'static str>) {
        const PRESSED: &str = "%\"supervised\":true%";
        const DIFFICULT: &str = "%\"difficult\":{%";
        match self {
            Standing::Pressed => (Some(PRESSED), None),
            Standing::Unpressed => (None, Some(PRESSED)),
            Standing::Difficult => (Some(DIFFICULT), None),
            // How often it was is counted beside.
            Standing::Decided => (Some("%\"difficult\":1%"), Some(DIFFICULT)),
        }
    }
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

pub(super) fn line(row: &Row, from: usize) -> Result<Line, Fault> {
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

/// The statement for a filter. None where the text has no term that could be found.
fn make(
    tenant: TenantId,
    filter: &Filter,
    order: Order,
    after: Option<(i64, CaseId)>,
    limit: usize,
    question: Option<String>,
) -> Made {
    let mut made = Made::of(tenant, format!("SELECT {COLUMNS} FROM case_row WHERE tenant = $1"));
    if filter.open_only || filter.overdue_at.is_some() || filter.due_after.is_some() || filter.undue {
        made.sql.push_str(" AND open = 1");
    }
    made.one_of("stage", &filter.stages);
    made.one_of("custodian", &filter.custodians);
    made.one_of("lead", &filter.leads);
    made.one_of("area", &filter.areas);
    made.one_of("matter", &filter.matters);
    made.one_of("source", &filter.sources);
    made.one_of("urgency", &filter.urgencies);
    if let Some(seen) = &filter.seen {
        let condition = seen.among("case_row", &mut made.params);
        made.sql.push_str(&format!(" AND {condition}"));
    }
    if let Some(code) = &filter.component {
        made.and("component = #", code);
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
    if let Some(at) = filter.due_after {
        made.and("due > #", at.0);
    }
    if filter.undue {
        made.sql.push_str(" AND due IS NULL");
    }
    if let Some(suspended) = filter.suspended {
        made.and("suspended = #", suspended);
    }
    if let Some(standing) = filter.standing {
        let (holds, lacks) = standing.marks();
        if let Some(holds) = holds {
            made.and("state LIKE #", holds);
        }
        if let Some(lacks) = lacks {
            made.and("state NOT LIKE #", lacks);
        }
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
        matters: two.clone(),
        sources: two.clone(),
        urgencies: two,
        received_from: Some(Instant(0)),
        received_until: Some(Instant(1)),
        overdue_at: Some(Instant(2)),
        due_after: Some(Instant(1)),
        undue: true,
        suspended: Some(false),
        text: None,
        component: Some("c".into()),
        standing: Some(Standing::Decided),
        seen: Some(Seen::default()),
    };
    let make =
        |filter: &Filter, order, after| make(TenantId(1), filter, order, after, 10, Some("x".into())).sql;
    let mut shapes = vec![
        make(&full, Order::NewestFirst, Some((0, CaseId(0)))),
        make(&full, Order::OldestFirst, Some((0, CaseId(0)))),
        make(&Filter::default(), Order::NewestFirst, None),
    ];
    let ground = Seen { areas: vec!["5".into()], ..Seen::default() };
    shapes.push(make(&Filter { seen: Some(ground.clone()), ..Filter::default() }, Order::NewestFirst, None));
    for seen in [None, Some(&Seen::default()), Some(&ground)] {
        let given = |count: usize| vec![Value::Int(0); count];
        shapes.extend([
            super::map::window(true, &mut given(6), seen),
            super::map::window(false, &mut given(8), seen),
            super::map::open_placed(&mut given(2), seen),
            super::map::neighbourhood(&mut given(9), seen),
            super::counts::open_by_area(&mut given(4), seen),
            super::counts::frequent(&mut given(7), true, seen),
            super::counts::frequent(&mut given(6), false, seen),
            super::search::in_one_step(sql::SEARCH, &mut given(4), seen),
            super::search::in_one_step(sql::SEARCH_NEWEST, &mut given(4), seen),
            super::queue::lines_of(&mut given(7), seen),
            super::queue::counts_of(&mut given(4), seen),
        ]);
    }
    shapes.extend(seen::shapes());
    shapes.extend(super::figures::shapes());
    shapes.extend(super::public::shapes());
    shapes.extend(crate::components::shapes());
    shapes.extend(crate::person::recipient::shapes());
    shapes
}

pub(super) fn empty<T>() -> Page<T> {
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
}
