//! PostgreSQL: a pool for reads, one connection for the committer's writes.

mod migrate;
mod scour;
mod write;

use deadpool_postgres::{Manager, ManagerConfig, RecyclingMethod, Runtime};
use tokio_postgres::{Config, NoTls};

use crate::{
    Fault, Options,
    db::Db,
    value::{Row, Value, from_postgres},
    write::Writer,
};

/// Connections for reading.
#[derive(Clone)]
pub struct Pool(deadpool_postgres::Pool);

/// A failure in words, with PostgreSQL's own code where it gave one.
pub(crate) fn words(why: &tokio_postgres::Error) -> String {
    match why.as_db_error() {
        Some(db) => format!(
            "{} {}{}",
            db.code().code(),
            db.message(),
            db.constraint().map(|name| format!(" ({name})")).unwrap_or_default()
        ),
        None => std::error::Error::source(why)
            .map_or_else(|| why.to_string(), |source| format!("{why}: {source}")),
    }
}

pub(crate) fn fault(act: &'static str) -> impl Fn(tokio_postgres::Error) -> Fault {
    move |why| Fault::broken(act, words(&why))
}

pub(crate) fn params(values: &[Value]) -> Vec<&(dyn tokio_postgres::types::ToSql + Sync)> {
    values.iter().map(|value| value as _).collect()
}

impl Pool {
    /// One statement's rows.
    pub async fn query(&self, sql: &str, values: &[Value]) -> Result<Vec<Row>, Fault> {
        let client = self.0.get().await.map_err(|why| Fault::broken("reaching PostgreSQL", why))?;
        let statement = client.prepare_cached(sql).await.map_err(fault("preparing a statement"))?;
        let rows = client.query(&statement, &params(values)).await.map_err(fault("reading"))?;
        rows.iter().map(from_postgres).collect()
    }
}

/// The settings of every connection: a JIT costs more than these short statements, and text is ordered by bytes.
fn config(url: &str) -> Result<Config, Fault> {
    let mut config: Config = url.parse().map_err(fault("reading the PostgreSQL address"))?;
    let given = config.get_options().unwrap_or_default().to_owned();
    config.options(format!("{given} -c jit=off"));
    config.application_name("huying");
    Ok(config)
}

pub(crate) async fn open(url: &str, options: &Options) -> Result<(Db, Box<dyn Writer>), Fault> {
    let config = config(url)?;
    migrate::migrate(&config, options.backup_declared).await?;
    let manager = Manager::from_config(
        config.clone(),
        NoTls,
        ManagerConfig { recycling_method: RecyclingMethod::Fast },
    );
    let pool = deadpool_postgres::Pool::builder(manager)
        .max_size(options.readers.max(1))
        .runtime(Runtime::Tokio1)
        .build()
        .map_err(|why| Fault::broken("making the pool", why))?;
    let writer = write::PostgresWriter::connect(config, options.durability).await?;
    Ok((Db::Postgres(Pool(pool)), Box::new(writer)))
}
