//! One schema, one SQL text: the same tables and columns on both databases, and every statement prepared on both.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use crate::city::{
    T0, append, moved,
    place::{Home, Kind, connect},
    report, told,
};
use huying_model::Stage;
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

fn all() -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    let others = [statements::accesses::ALL, statements::exchange::ALL, statements::recipients::ALL];
    statements::ALL.iter().chain(others.into_iter().flatten())
}

#[tokio::test]
async fn every_statement_is_understood_by_sqlite() {
    let (_home, db) = sqlite().await;
    for (name, text) in all() {
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
    for (name, text) in all() {
        client.prepare(&Dialect::Postgres.render(text)).await.unwrap_or_else(|why| panic!("{name}: {why:?}"));
    }
    for text in list_shapes() {
        client
            .prepare(&Dialect::Postgres.render(&text))
            .await
            .unwrap_or_else(|why| panic!("{text}: {why:?}"));
    }
}

/// Every table, index and trigger with the text that made it; what the full-text index makes for itself is left out.
fn made(db: &rusqlite::Connection) -> BTreeMap<String, String> {
    let text =
        "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND substr(name, 1, 11) <> 'said_terms_'";
    let mut statement = db.prepare(text).unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

/// Puts what stands in a store into a file that has the first schema, and nothing else of the store.
fn put_back(newest: &str, old: &str) {
    let db = rusqlite::Connection::open(old).unwrap();
    db.execute_batch(include_str!("../old/core.sql")).unwrap();
    db.execute_batch("CREATE TABLE schema_version (version bigint PRIMARY KEY, name text NOT NULL)").unwrap();
    db.execute("INSERT INTO schema_version VALUES (1, 'core')", []).unwrap();
    db.execute("ATTACH ?1 AS newest", [newest]).unwrap();
    let names = |text: &str| -> Vec<String> {
        let mut statement = db.prepare(text).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let tables = "SELECT name FROM main.sqlite_master WHERE type = 'table' AND substr(name, 1, 4) <> 'said' AND substr(name, 1, 7) <> 'sqlite_' AND name <> 'schema_version'";
    for table in names(tables) {
        let columns =
            names(&format!("SELECT '\"' || name || '\"' FROM pragma_table_info('{table}', 'main')"))
                .join(", ");
        let put =
            format!("INSERT OR REPLACE INTO main.{table} ({columns}) SELECT {columns} FROM newest.{table}");
        db.execute(&put, []).unwrap_or_else(|why| panic!("{put}: {why}"));
    }
    // What is derived was derived otherwise then.
    db.execute("UPDATE meta SET value = '1' WHERE name = 'projection'", []).unwrap();
}

/// Makes the store one of the first schema, with what stands in it.
fn back_to_first(path: &str) {
    let old = format!("{path}.old");
    put_back(path, &old);
    for ending in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{path}{ending}"));
    }
    std::fs::rename(&old, path).unwrap();
}

#[tokio::test]
async fn a_store_of_the_first_schema_is_brought_to_the_newest_with_everything_in_it() {
    let home = Home::new(Kind::Sqlite).await;
    let store = home.open().await;
    for no in 1..=6 {
        report(&store, &told(no)).await;
        append(&store, no, moved(T0 + 9, Stage::Handling, "post-1")).await.unwrap();
    }
    append(&store, 2, moved(T0 + 10, Stage::Closed, "centre-a")).await.unwrap();
    let mut before = Vec::new();
    assert_eq!(store.export_events(&mut before).await.unwrap(), 13);
    store.close().await;
    let path = home.url.strip_prefix("sqlite:").unwrap();
    let newest = made(&rusqlite::Connection::open(path).unwrap());
    back_to_first(path);

    let store = home.open().await;
    assert!(std::path::Path::new(&format!("{path}.v1.bak")).exists(), "a copy was made before");
    let mut after = Vec::new();
    store.export_events(&mut after).await.unwrap();
    assert!(before == after, "every entry is as it was");
    let audit = store.audit(&|_| {}).await.unwrap();
    assert!(audit.clean() && audit.events == 13, "{audit:?}");
    let check = store.check(&|_| {}).await.unwrap();
    assert!(check.clean(), "{check:?}");
    report(&store, &told(7)).await;
    store.close().await;
    let upgraded = made(&rusqlite::Connection::open(path).unwrap());
    assert_eq!(upgraded, newest, "an upgraded store has the schema of a new one");
}

#[tokio::test]
async fn a_copy_that_was_cut_short_is_made_anew_before_the_upgrade() {
    let home = Home::new(Kind::Sqlite).await;
    let store = home.open().await;
    report(&store, &told(1)).await;
    store.close().await;
    let path = home.url.strip_prefix("sqlite:").unwrap();
    back_to_first(path);
    let copy = format!("{path}.v1.bak");
    for name in [copy.clone(), format!("{copy}.0a1b2c3d.part"), format!("{copy}.0a1b2c3d.part-journal")] {
        std::fs::write(name, "the beginning of a copy").unwrap();
    }
    home.open().await.close().await;
    let whole = rusqlite::Connection::open(&copy).unwrap();
    let counted = |text: &str| whole.query_row(text, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(
        counted("SELECT MAX(version) FROM schema_version"),
        1,
        "it is of the store before the upgrade"
    );
    assert_eq!(counted("SELECT COUNT(*) FROM event"), 1);
    let names = std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let left: Vec<_> = names.filter(|name| name.to_string_lossy().contains(".part")).collect();
    assert!(left.is_empty(), "{left:?}");
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
