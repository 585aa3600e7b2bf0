//! Rewriting tables after an erasure, so that no page holds what was deleted.
//!
//! A plain VACUUM frees a dead row's place and leaves its bytes there; VACUUM FULL copies the live rows into a new file and drops the
//! old one. Samples of columns stand in the server's statistics too. What the write-ahead log and its archive keep until
//! they are recycled is beyond a client: docs/privacy.md says so.

use tokio_postgres::Client;

use super::fault;
use crate::Fault;

/// Tables that hold, or held, something of a person in the clear, or a wrapped data key.
const TABLES: [&str; 6] = ["case_row", "said", "file", "delivery", "idem", "seal_key"];

pub(super) async fn scour(client: &Client) -> Result<(), Fault> {
    for table in TABLES {
        // Each alone: PostgreSQL takes no VACUUM inside a transaction.
        client
            .batch_execute(&format!("VACUUM (FULL, ANALYZE) {table}"))
            .await
            .map_err(fault("rewriting a table"))?;
    }
    for rest in ["VACUUM FULL pg_catalog.pg_statistic", "CHECKPOINT"] {
        // The owner of the database may do the first, a superuser or a member of pg_checkpoint the second; the server does both
        // by itself sooner or later.
        if let Err(why) = client.batch_execute(rest).await {
            tracing::warn!(%why, statement = rest, "left to the server");
        }
    }
    Ok(())
}
