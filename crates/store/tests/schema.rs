//! One schema, one SQL text: the same tables and columns on both databases, and every statement prepared on both.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod city;

use std::collections::BTreeMap;

use city::place::{Home, Kind, connect};
use huying_store::{dialect::Dialect, list_shapes, statements};

async fn sqlite() -> (Home, rusqlite::Connection) {
    let home = Home::new(Kind::Sqlite).await;
    home.open().await.close().await;
    let db = rusqlite::Connection::open(home.url.strip_prefix("sqlite:").unwrap()).unwrap();
    (home, db)
}

#[tokio::test]
async fn both_databases_have_the_same_tables_and_columns() {
    let (_home, db) = sqlite().await;
    let mut here: BTreeMap<String, Vec<String>> = BTreeMap::new();
    // SQLite alone has the tables said_…: the full-text index and what it keeps beside itself.
    let mut statement = db
        .prepare("SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND substr(m.name, 1, 5) <> 'said_' ORDER BY 1, 2")
        .unwrap();
    let mut rows = statement.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let table: String = row.get(0).unwrap();
        here.entry(table).or_default().push(row.get(1).unwrap());
    }
    let home = Home::new(Kind::Postgres).await;
    home.open().await.close().await;
    let mut there: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let text = "SELECT table_name::text, column_name::text FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2";
    for row in connect(&home.url).await.query(text, &[]).await.unwrap() {
        // PostgreSQL keeps the terms beside the document, SQLite in said_terms.
        if (row.get(0), row.get(1)) != ("said", "terms") {
            there.entry(row.get(0)).or_default().push(row.get(1));
        }
    }
    assert!(here.len() > 12, "{here:?}");
    // Each server orders text by its own rules; here only what there is counts.
    for columns in here.values_mut().chain(there.values_mut()) {
        columns.sort();
    }
    assert_eq!(here, there);
}

#[tokio::test]
async fn every_statement_is_understood_by_sqlite() {
    let (_home, db) = sqlite().await;
    for (name, text) in statements::ALL.iter().chain(statements::exchange::ALL) {
        db.prepare(&Dialect::Sqlite.render(text)).unwrap_or_else(|why| panic!("{name}: {why}"));
    }
    for text in list_shapes() {
        db.prepare(&Dialect::Sqlite.render(&text)).unwrap_or_else(|why| panic!("{text}: {why}"));
    }
}

#[tokio::test]
async fn every_statement_is_understood_by_postgres() {
    let home = Home::new(Kind::Postgres).await;
    home.open().await.close().await;
    let client = connect(&home.url).await;
    for (name, text) in statements::ALL.iter().chain(statements::exchange::ALL) {
        client.prepare(&Dialect::Postgres.render(text)).await.unwrap_or_else(|why| panic!("{name}: {why:?}"));
    }
    for text in list_shapes() {
        client
            .prepare(&Dialect::Postgres.render(&text))
            .await
            .unwrap_or_else(|why| panic!("{text}: {why:?}"));
    }
}

#[tokio::test]
async fn a_store_of_a_newer_version_is_refused_in_words() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let home = Home::new(kind).await;
        home.open().await.close().await;
        home.tamper("INSERT INTO schema_version (version, name) VALUES (999, 'from the future')").await;
        let why = huying_store::Store::open(&home.url, home.options())
            .await
            .err()
            .expect("it is refused")
            .to_string();
        assert!(why.contains("999") && why.contains("newer version"), "{why}");
    }
}
