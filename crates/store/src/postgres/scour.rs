//! Rewriting tables after an erasure, so that no page holds what was deleted.
//!
//! A plain VACUUM frees a dead row's place and leaves its bytes there; VACUUM FULL copies the live rows into a new file and drops the
//! old one. Samples of columns stand in the server's statistics too. What the write-ahead log and its archive keep until
//! they are recycled is beyond a client: docs/privacy.md says so.

use std::time::Duration;

use tokio_postgres::Client;

use super::fault;
use crate::Fault;

/// Tables that hold, or held, something of a person in the clear, a wrapped data key, or what was sealed under no key of its own.
const TABLES: [&str; 10] = [
    "case_row",
    "said",
    "file",
    "delivery",
    "idem",
    "seal_key",
    "exchange_in",
    "feed_letter",
    "upload",
    "recipient",
];

/// A transaction that began before may still see what was deleted, and then its rows are copied too: how often one is waited for,
/// and how long between.
const OTHERS: (usize, Duration) = (300, Duration::from_millis(100));

/// Waits until every transaction that is open now has ended. What begins later sees nothing of what was deleted.
///
/// In this database those count that look at it. Of the server's other databases those count that write: a snapshot taken here reaches
/// back to the oldest of them, and what it might see a VACUUM keeps.
async fn outlive(client: &Client) -> Result<(), Fault> {
    let act = fault("waiting for other transactions");
    let mark = "SELECT CAST(clock_timestamp() AS text), CAST(pg_current_xact_id() AS text)";
    let mark = client.query_one(mark, &[]).await.map_err(&act)?;
    let (now, number): (String, String) = (mark.try_get(0).map_err(&act)?, mark.try_get(1).map_err(&act)?);
    let older = "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
          AND xact_start <= CAST(CAST($1 AS text) AS timestamptz))
        OR pg_snapshot_xmin(pg_current_snapshot()) <= CAST(CAST($2 AS text) AS xid8)";
    for _ in 0..OTHERS.0 {
        let row = client.query_one(older, &[&now, &number]).await.map_err(&act)?;
        if !row.try_get::<_, bool>(0).map_err(&act)? {
            return Ok(());
        }
        tokio::time::sleep(OTHERS.1).await;
    }
    Err(Fault::Busy { retry_after_ms: 60_000 })
}

pub(super) async fn scour(client: &Client) -> Result<(), Fault> {
    for table in TABLES {
        outlive(client).await?;
        // Each alone: PostgreSQL takes no VACUUM inside a transaction.
        client
            .batch_execute(&format!("VACUUM (FULL, ANALYZE) {table}"))
            .await
            .map_err(fault("rewriting a table"))?;
    }
    outlive(client).await?;
    for rest in ["VACUUM FULL pg_catalog.pg_statistic", "CHECKPOINT"] {
        // The owner of the database may do the first, a superuser or a member of pg_checkpoint the second; the server does both
        // by itself sooner or later.
        if let Err(why) = client.batch_execute(rest).await {
            tracing::warn!(%why, statement = rest, "left to the server");
        }
    }
    Ok(())
}
