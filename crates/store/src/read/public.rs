//! Lists for the world outside: which cases, chosen by what is public of them alone, in the order of receipt or of their last change.
//!
//! Owns the statement. Refuses conditions on anything that is not public: a list that could be narrowed by a title would tell it. The
//! rows of `public_case` are small and lie in the order of receipt, so that a far page is found by walking over them. Start at
//! [`Store::public_cases`].

use std::collections::HashSet;

use huying_model::{Case, CaseId, Instant};
use smol_str::SmolStr;

use super::{limit, made::Made};
use crate::{Fault, Store, TenantId, project, statements as sql, value::Row};

/// Which cases. Everything that is given has to fit; both ends of a span are included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublicFilter {
    /// Any of these matters; none of them, none at all.
    pub matters: Vec<SmolStr>,
    /// Open ones or closed ones; both where it is None.
    pub open: Option<bool>,
    pub received: Option<(Instant, Instant)>,
    /// Alone, it puts the list into the order of the last change; beside `received` it only narrows.
    pub updated: Option<(Instant, Instant)>,
    /// Any of these areas.
    pub areas: Option<Vec<SmolStr>>,
    /// The other way round. A walk along the last changes then meets a case that changes meanwhile once more, and misses none.
    pub oldest_first: bool,
}

/// Where a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// After so many cases.
    Skip(u64),
    /// After this one.
    After(Instant, CaseId),
}

/// A case of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicCase {
    /// What the list is ordered by.
    pub at: Instant,
    pub case: Case,
    /// The end of its promise; of an ended case the one it had.
    pub due: Option<Instant>,
}

fn span(made: &mut Made, column: &str, span: Option<(Instant, Instant)>) {
    if let Some((from, until)) = span {
        made.and(&format!("{column} >= #"), from.0);
        made.and(&format!("{column} <= #"), until.0);
    }
}

fn make(tenant: TenantId, filter: &PublicFilter, from: From, most: usize) -> Made {
    // A span of receipt is the narrower one wherever both are asked for: programs walk day by day through it.
    let (column, index) = match (filter.updated, filter.received) {
        (Some(_), None) => ("updated_at", " @by(public_updated)"),
        _ => ("received_at", ""),
    };
    let mut made = Made::of(
        tenant,
        format!(
            "SELECT p.{column}, c.state, c.due FROM (SELECT tenant, case_id, {column} FROM public_case{index} WHERE tenant = $1"
        ),
    );
    span(&mut made, "received_at", filter.received);
    span(&mut made, "updated_at", filter.updated);
    made.sql.push_str(match filter.open {
        Some(true) => " AND status = 'open'",
        Some(false) => " AND status = 'closed'",
        None => " AND status <> 'hidden'",
    });
    made.among("matter", &filter.matters);
    if let Some(areas) = &filter.areas {
        made.among("area", areas);
    }
    let (order, beyond) = if filter.oldest_first { ("", ">") } else { (" DESC", "<") };
    let skip = match from {
        From::Skip(many) => i64::try_from(many).unwrap_or(i64::MAX),
        From::After(at, case) => {
            let (at, case) = (made.param(at.0), made.param(case));
            made.sql.push_str(&format!(" AND ({column}, case_id) {beyond} (${at}, ${case})"));
            0
        }
    };
    let (most, skip) = (made.param(limit(most) as i64), made.param(skip));
    made.sql.push_str(&format!(
        " ORDER BY {column}{order}, case_id{order} LIMIT ${most} OFFSET ${skip}) p
        JOIN case_row c ON c.tenant = p.tenant AND c.case_id = p.case_id ORDER BY p.{column}{order}, p.case_id{order}"
    ));
    made
}

/// Every kind of statement of this page, for the test that prepares all of them.
pub(super) fn shapes() -> Vec<String> {
    let span = Some((Instant(0), Instant(1)));
    let all = PublicFilter {
        matters: vec!["a".into()],
        open: Some(true),
        received: span,
        updated: None,
        areas: Some(vec!["5".into()]),
        oldest_first: false,
    };
    let both = PublicFilter { updated: span, ..all.clone() };
    let changed = PublicFilter { received: None, open: Some(false), ..both.clone() };
    let plain = PublicFilter { received: span, ..PublicFilter::default() };
    let walked = PublicFilter { oldest_first: true, ..changed.clone() };
    let after = From::After(Instant(0), CaseId(0));
    let mut shapes = [
        (&all, From::Skip(3)),
        (&all, after),
        (&changed, From::Skip(3)),
        (&changed, after),
        (&both, after),
        (&plain, From::Skip(0)),
        (&walked, From::Skip(0)),
        (&walked, after),
    ]
    .map(|(filter, from)| make(TenantId(1), filter, from, 10).sql)
    .to_vec();
    let matters: [SmolStr; 2] = ["a".into(), "b".into()];
    shapes.extend([&matters[..1], &matters[..]].map(|matters| open_in(TenantId(1), matters).sql));
    shapes
}

/// How many open ones each area has.
fn open_in(tenant: TenantId, matters: &[SmolStr]) -> Made {
    let text =
        "SELECT area, COUNT(*) FROM public_case WHERE tenant = $1 AND status = 'open' AND area IS NOT NULL";
    let mut made = Made::of(tenant, text.to_owned());
    made.among("matter", matters);
    made.sql.push_str(" GROUP BY area ORDER BY area");
    made
}

impl Store {
    /// Cases of a filter, newest first unless it says otherwise, at most `most` (and at most a page of this store).
    pub async fn public_cases(
        &self,
        tenant: TenantId,
        filter: &PublicFilter,
        from: From,
        most: usize,
    ) -> Result<Vec<PublicCase>, Fault> {
        if filter.matters.is_empty() {
            return Ok(Vec::new());
        }
        let made = make(tenant, filter, from, most);
        let rows = self.db.query(&made.sql, made.params).await?;
        rows.iter().map(line).collect()
    }

    /// How many open cases of these matters each area has that everybody may know of. Areas without any are left out.
    pub async fn public_open_by_area(
        &self,
        tenant: TenantId,
        matters: &[SmolStr],
    ) -> Result<Vec<(SmolStr, i64)>, Fault> {
        if matters.is_empty() {
            return Ok(Vec::new());
        }
        let made = open_in(tenant, matters);
        let rows = self.db.query(&made.sql, made.params).await?;
        rows.iter().map(|row| Ok((row.word(0)?, row.int(1)?))).collect()
    }

    /// The cases of these numbers, hidden ones too, in no order; those that do not exist are left out.
    pub async fn public_numbered(
        &self,
        tenant: TenantId,
        numbers: &[SmolStr],
    ) -> Result<Vec<PublicCase>, Fault> {
        // A list of texts is always JSON.
        let list = serde_json::to_string(numbers).unwrap_or_default();
        let rows = self.db.query(sql::PUBLIC_NUMBERED, vec![tenant.into(), list.into()]).await?;
        rows.iter().map(line).collect()
    }

    /// Of these cases, the photos of which there is a copy for everybody, by their hashes.
    pub async fn photos_of(
        &self,
        tenant: TenantId,
        cases: &[CaseId],
    ) -> Result<HashSet<(CaseId, SmolStr)>, Fault> {
        let rows =
            self.db.query(sql::PHOTOS_OF, vec![tenant.into(), super::case::ids_json(cases)?.into()]).await?;
        rows.iter().map(|row| Ok((row.id(0)?, row.word(1)?))).collect()
    }
}

fn line(row: &Row) -> Result<PublicCase, Fault> {
    let case = project::read_state(row.text(1)?)?;
    let due = project::promise_again(&case, row.opt_int(2)?).map(Instant);
    Ok(PublicCase { at: Instant(row.int(0)?), case, due })
}
