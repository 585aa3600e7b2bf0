//! What a reader may see, as a condition that every read of cases takes into its statement.
//!
//! Owns the one text of that condition, so that a list, a search, a map, a count and a single read show the same cases.
//! Refuses to say who sees what: the engine's rule of sight makes a [`Seen`]. Start at [`Seen`].

use huying_model::CaseId;
use smol_str::SmolStr;

use super::{CaseView, case};
use crate::{Fault, Store, TenantId, statements as sql, value::Value};

/// What a reader may see: every case of some areas, and those in which some units have, or had, a part. Where both lists
/// are empty, nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Areas, each with everything below it.
    pub areas: Vec<SmolStr>,
    /// Any of them has, or had, a part.
    pub units: Vec<SmolStr>,
}

/// How a case is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which<'a> {
    Id(CaseId),
    /// What people say on the telephone.
    Number(&'a str),
}

impl Seen {
    fn list(codes: &[SmolStr], params: &mut Vec<Value>) -> usize {
        // A list of texts is always JSON.
        params.push(serde_json::to_string(codes).unwrap_or_default().into());
        params.len()
    }

    /// The condition on the rows of `case_row` under the name `of`, its parameters put behind the others: for statements
    /// that have few rows to look at.
    pub(super) fn fits(&self, of: &str, params: &mut Vec<Value>) -> String {
        let (areas, units) = (Seen::list(&self.areas, params), Seen::list(&self.units, params));
        format!(
            "({of}.area IN @list(${areas}) OR EXISTS (SELECT 1 FROM part WHERE part.tenant = {of}.tenant AND part.unit IN @list(${units}) AND part.case_id = {of}.case_id))"
        )
    }

    /// The same for statements over all cases, whose first parameter is the tenant. Who sees no area whole has few cases
    /// among many: theirs are found first.
    pub(super) fn among(&self, of: &str, params: &mut Vec<Value>) -> String {
        if !self.areas.is_empty() {
            return self.fits(of, params);
        }
        let units = Seen::list(&self.units, params);
        format!(
            "{of}.case_id IN (SELECT part.case_id FROM part WHERE part.tenant = $1 AND part.unit IN @list(${units}))"
        )
    }
}

/// ` AND` the condition, where there is one.
pub(super) fn and(seen: Option<&Seen>, condition: impl FnOnce(&Seen) -> String) -> String {
    seen.map_or_else(String::new, |seen| format!(" AND {}", condition(seen)))
}

/// A statement on few rows of `case_row` that ends in its WHERE, with the condition where there is one.
pub(super) fn narrowed(text: &str, params: &mut Vec<Value>, seen: Option<&Seen>) -> String {
    format!("{text}{}", and(seen, |seen| seen.fits("case_row", params)))
}

/// Every statement of this page, for the test that prepares all of them.
pub(super) fn shapes() -> Vec<String> {
    let of = |text: &str| narrowed(text, &mut vec![Value::Int(0); 2], Some(&Seen::default()));
    vec![of(sql::CASE_BY_ID), of(sql::CASE_BY_NUMBER), of(sql::CASES_BY_IDS), of(sql::LINES)]
}

impl Store {
    /// A case with title, text and address, where it exists and may be seen; None for the whole tenant.
    pub async fn case_seen(
        &self,
        tenant: TenantId,
        which: Which<'_>,
        seen: Option<&Seen>,
    ) -> Result<Option<CaseView>, Fault> {
        let (text, name): (_, Value) = match which {
            Which::Id(id) => (sql::CASE_BY_ID, id.into()),
            Which::Number(number) => (sql::CASE_BY_NUMBER, number.into()),
        };
        let mut params = vec![tenant.into(), name];
        let text = narrowed(text, &mut params, seen);
        let rows = self.db.query(&text, params).await?;
        self.with_text(tenant, rows).await
    }

    /// Several cases, without their long texts, in no order; those that do not exist or may not be seen are left out.
    pub async fn cases_seen(
        &self,
        tenant: TenantId,
        ids: &[CaseId],
        seen: Option<&Seen>,
    ) -> Result<Vec<CaseView>, Fault> {
        let mut params = vec![tenant.into(), case::ids_json(ids)?.into()];
        let text = narrowed(sql::CASES_BY_IDS, &mut params, seen);
        self.db.query(&text, params).await?.iter().map(case::view).collect()
    }
}
