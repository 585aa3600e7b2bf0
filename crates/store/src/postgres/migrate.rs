//! Brings a database to the newest schema, each step in one transaction. PostgreSQL has its own tools for backups, so an
//! upgrade is refused until the owner says that there is one.

use tokio_postgres::{Client, Config, NoTls};

use super::fault;
use crate::{
    Fault,
    dialect::Dialect,
    schema::{STEPS, VERSION, VERSION_READ, VERSION_TABLE, missing},
};

/// Any number that no other program on the server takes: two nodes that start together migrate one after the other.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7218465543)";

/// A connection of its own, driven by the runtime until it is dropped.
pub(crate) async fn connect(config: &Config) -> Result<Client, Fault> {
    let (client, connection) = config.connect(NoTls).await.map_err(fault("reaching PostgreSQL"))?;
    tokio::spawn(async move {
        // A lost connection shows itself in the next statement.
        let _ = connection.await;
    });
    Ok(client)
}

async fn version(client: &tokio_postgres::Transaction<'_>) -> Result<i64, Fault> {
    let row = client.query_one(VERSION_READ, &[]).await.map_err(fault("reading the schema's version"))?;
    row.try_get(0).map_err(fault("reading the schema's version"))
}

pub(crate) async fn migrate(config: &Config, backup_declared: bool) -> Result<(), Fault> {
    let act = fault("upgrading the schema");
    let mut client = connect(config).await?;
    let tx = client.transaction().await.map_err(&act)?;
    tx.batch_execute(LOCK).await.map_err(&act)?;
    tx.batch_execute(VERSION_TABLE).await.map_err(&act)?;
    let version = version(&tx).await?;
    let steps = missing(version, STEPS)?;
    if version > 0 && !steps.is_empty() && !backup_declared {
        return Err(Fault::Broken(format!(
            "the store has schema version {version} and would be upgraded to {VERSION}: make a backup (pg_dump), then say so with store.backup_declared = true (HUYING__STORE__BACKUP_DECLARED=true)"
        )));
    }
    for (no, step) in steps {
        tx.batch_execute(step.sql(Dialect::Postgres)).await.map_err(&act)?;
        tx.execute("INSERT INTO schema_version (version, name) VALUES ($1, $2)", &[&no, &step.name])
            .await
            .map_err(&act)?;
    }
    tx.commit().await.map_err(&act)
}
