//! What differs between SQLite's SQL and PostgreSQL's.
//!
//! A statement is written once with `$1` parameters; the few marks below become what each database understands:
//!
//! | mark | meaning | SQLite | PostgreSQL |
//! |---|---|---|---|
//! | `@list($1)` | a JSON array of texts as a column | `json_each` | `json_array_elements_text` |
//! | `@ids($1)` | a JSON array of hexadecimal ids as a column | `unhex` | `decode` |
//! | `@by(index)` | by this index: without statistics SQLite takes whichever has the tenant in front | `INDEXED BY` | nothing |
//! | `@skip_locked` | rows that another node holds are left out | nothing: one writer | `FOR UPDATE SKIP LOCKED` |
//! | `@matches($1)` | documents of `said` whose terms fit | `said_terms MATCH` | `terms @@ … :: tsquery` |
//! | `@documents` | `said`, led by its terms where the database keeps them apart | `said_terms CROSS JOIN said` | `said` |
//! | `@newest` | the newest documents before `$2` of the tenant `$1`, read one after the other until enough fits | like `@documents` | a subselect |
//! | `@number` | the number of a document of `@documents` | `said_terms.rowid` | `said.doc` |
//! | `@found($1)` | documents of `@documents` whose terms fit | `said_terms MATCH` | `terms @@ … :: tsquery` |

use crate::tokens::Wanted;

/// Which database.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// The statement as this database understands it.
    pub fn render(self, sql: &str) -> String {
        let mut out = String::with_capacity(sql.len() + 64);
        let mut rest = sql;
        while let Some(at) = rest.find(['@', '$']) {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            rest = if rest.starts_with('$') {
                self.parameter(rest, &mut out)
            } else {
                self.mark(rest, &mut out)
            };
        }
        out.push_str(rest);
        out
    }

    fn parameter<'a>(self, rest: &'a str, out: &mut String) -> &'a str {
        out.push(if self == Dialect::Sqlite { '?' } else { '$' });
        &rest[1..]
    }

    fn mark<'a>(self, rest: &'a str, out: &mut String) -> &'a str {
        const MARKS: [(&str, &str, &str); 5] = [
            ("@by(", "INDEXED BY #", ""),
            (
                "@list(",
                "(SELECT value FROM json_each(#))",
                "(SELECT json_array_elements_text(CAST(# AS text)::json))",
            ),
            (
                "@ids(",
                "(SELECT unhex(value) FROM json_each(#))",
                "(SELECT decode(json_array_elements_text(CAST(# AS text)::json), 'hex'))",
            ),
            (
                "@matches(",
                "said.doc IN (SELECT rowid FROM said_terms WHERE said_terms MATCH #)",
                "said.terms @@ CAST(CAST(# AS text) AS tsquery)",
            ),
            (
                "@found(",
                "said.doc = said_terms.rowid AND said_terms MATCH #",
                "said.terms @@ CAST(CAST(# AS text) AS tsquery)",
            ),
        ];
        const PLAIN: [(&str, &str, &str); 4] = [
            ("@documents", "said_terms CROSS JOIN said", "said"),
            (
                "@newest",
                "said_terms CROSS JOIN said",
                "(SELECT tenant, doc, case_id, terms FROM said WHERE tenant = $1 AND doc < $2 ORDER BY doc DESC LIMIT 40000) said",
            ),
            ("@number", "said_terms.rowid", "said.doc"),
            ("@skip_locked", "", "FOR UPDATE SKIP LOCKED"),
        ];
        for (name, sqlite, postgres) in PLAIN {
            if let Some(after) = rest.strip_prefix(name) {
                out.push_str(if self == Dialect::Sqlite { sqlite } else { postgres });
                return after;
            }
        }
        for (name, sqlite, postgres) in MARKS {
            if let Some((inner, after)) = rest.strip_prefix(name).and_then(|inside| inside.split_once(')')) {
                let form = if self == Dialect::Sqlite { sqlite } else { postgres };
                out.push_str(&form.replace('#', &self.render(inner)));
                return after;
            }
        }
        out.push('@');
        &rest[1..]
    }

    /// A full-text question in the database's own language. Terms hold letters and digits only, so quoting is safe.
    pub fn question<'a>(self, wanted: impl IntoIterator<Item = &'a Wanted>) -> String {
        let one = |wanted: &Wanted| match (self, wanted) {
            (Dialect::Sqlite, Wanted::Exactly(term)) => format!("\"{term}\""),
            (Dialect::Sqlite, Wanted::Beginning(term)) => format!("\"{term}\"*"),
            (Dialect::Postgres, Wanted::Exactly(term)) => format!("'{term}'"),
            (Dialect::Postgres, Wanted::Beginning(term)) => format!("'{term}':*"),
        };
        let and = if self == Dialect::Sqlite { " AND " } else { " & " };
        wanted.into_iter().map(one).collect::<Vec<_>>().join(and)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_keep_their_numbers_in_both_databases() {
        assert_eq!(Dialect::Sqlite.render("a = $2 AND b = $1"), "a = ?2 AND b = ?1");
        assert_eq!(Dialect::Postgres.render("a = $2 AND b = $1"), "a = $2 AND b = $1");
    }

    #[test]
    fn marks_become_what_each_database_understands() {
        assert!(Dialect::Sqlite.render("x IN @list($3)").contains("json_each(?3)"));
        assert!(Dialect::Postgres.render("x IN @ids($3)").contains("CAST($3 AS text)"));
        assert_eq!(Dialect::Sqlite.render("SELECT 1 @skip_locked"), "SELECT 1 ");
    }
}
