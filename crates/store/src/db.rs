//! Reading: one call for both databases.

use crate::{
    Fault,
    dialect::Dialect,
    postgres::Pool,
    sqlite::Readers,
    value::{Row, Value},
};

/// Where reads go.
#[derive(Clone)]
pub(crate) enum Db {
    Sqlite(Readers),
    Postgres(Pool),
}

impl Db {
    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Db::Sqlite(_) => Dialect::Sqlite,
            Db::Postgres(_) => Dialect::Postgres,
        }
    }

    /// The rows of a statement in the common dialect.
    pub(crate) async fn query(&self, sql: &str, params: Vec<Value>) -> Result<Vec<Row>, Fault> {
        let text = self.dialect().render(sql);
        match self {
            Db::Sqlite(readers) => readers.query(text, params).await,
            Db::Postgres(pool) => pool.query(&text, &params).await,
        }
    }
}
