//! PostgreSQL: a pool for reads, one connection for the committer's writes.

use crate::{
    Fault, Options,
    db::Db,
    value::{Row, Value, from_postgres},
    write::Writer,
};

/// Connections for reading.
#[derive(Clone)]
pub struct Pool(deadpool_postgres::Pool);

pub(crate) fn fault(act: &'static str) -> impl Fn(tokio_postgres::Error) -> Fault {
    move |why| {
        let detail = why.as_db_error().map(|db| format!("{}: {}", db.code().code(), db.message()));
        Fault::broken(act, detail.unwrap_or_else(|| why.to_string()))
    }
}

impl Pool {
    /// One statement's rows.
    pub async fn query(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, Fault> {
        let client = self.0.get().await.map_err(|why| Fault::broken("reaching PostgreSQL", why))?;
        let statement = client.prepare_cached(sql).await.map_err(fault("preparing a statement"))?;
        let params: Vec<&(dyn tokio_postgres::types::ToSql + Sync)> =
            params.iter().map(|it| it as _).collect();
        let rows = client.query(&statement, &params).await.map_err(fault("reading"))?;
        rows.iter().map(from_postgres).collect()
    }
}

pub(crate) async fn open(_url: &str, _options: &Options) -> Result<(Db, Box<dyn Writer>), Fault> {
    Err(Fault::Broken("PostgreSQL is not built yet".into()))
}
