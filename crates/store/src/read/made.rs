//! A statement in the making: text and parameters grow together.
//!
//! Lists with free filters are made of it. Start at [`Made::and`].

use smol_str::SmolStr;

use crate::{TenantId, value::Value};

pub(crate) struct Made {
    pub sql: String,
    pub params: Vec<Value>,
}

impl Made {
    /// A statement that begins so, with the tenant as its first parameter.
    pub fn of(tenant: TenantId, sql: String) -> Made {
        Made { sql, params: vec![tenant.into()] }
    }

    /// One more parameter; answers its number.
    pub fn param(&mut self, value: impl Into<Value>) -> usize {
        self.params.push(value.into());
        self.params.len()
    }

    /// A condition, whose `#` is this value.
    pub fn and(&mut self, condition: &str, value: impl Into<Value>) {
        let no = self.param(value);
        self.sql.push_str(" AND ");
        self.sql.push_str(&condition.replace('#', &format!("${no}")));
    }

    /// Any of these; none of them, none at all.
    pub fn among(&mut self, column: &str, list: &[SmolStr]) {
        match list {
            [one] => self.and(&format!("{column} = #"), one),
            // A list of texts is always JSON.
            list => {
                self.and(&format!("{column} IN @list(#)"), serde_json::to_string(list).unwrap_or_default())
            }
        }
    }

    /// Any of these; empty for all.
    pub fn one_of(&mut self, column: &str, list: &[SmolStr]) {
        if !list.is_empty() {
            self.among(column, list);
        }
    }

    /// Codes that begin so.
    pub fn begins(&mut self, column: &str, prefix: &str) {
        self.and(&format!("{column} >= #"), prefix);
        // The highest character ends every code that begins with the prefix.
        self.and(&format!("{column} < #"), format!("{prefix}\u{10ffff}"));
    }
}
