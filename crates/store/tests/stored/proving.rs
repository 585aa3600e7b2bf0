//! Rebuild, check and audit: what was tampered with is found, and what is derived can be derived again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use crate::city::{
    place::{Home, Kind},
    *,
};
use huying_model::Stage;
use huying_store::{Breach, Store};

/// A few cases in several stages with words.
async fn lived_in(home: &Home) -> Store {
    let store = home.open().await;
    for no in 1..=6 {
        report(&store, &told(no)).await;
        append(&store, no, comment(&store, no, T0 + 5, "已派人查看 on the way")).await.unwrap();
    }
    append(&store, 1, moved(T0 + 9, Stage::Filed, "centre-b")).await.unwrap();
    append(&store, 2, moved(T0 + 9, Stage::Handling, "post-1")).await.unwrap();
    append(&store, 3, moved(T0 + 99_000, Stage::Closed, "centre-a")).await.unwrap();
    store
}

/// Checks that exactly this table is reported, and that a rebuild mends it.
async fn found_and_mended(home: &Home, sql: &str, table: &str) {
    let store = lived_in(home).await;
    assert!(store.check(&|_| {}).await.unwrap().clean(), "before");
    home.tamper(sql).await;
    let report = store.check(&|_| {}).await.unwrap();
    assert!(report.different > 0, "nothing found after: {sql}");
    assert!(report.differences.iter().all(|it| it.table == table), "{report:?}");
    let made = store.rebuild(&|_| {}).await.unwrap();
    assert_eq!((made.cases, made.events), (6, 15));
    assert!(store.check(&|_| {}).await.unwrap().clean(), "after");
    assert_eq!(append(&store, 1, moved(T0 + 10, Stage::Dispatched, "post-2")).await.unwrap().version, 4);
    assert!(store.check(&|_| {}).await.unwrap().clean(), "after one more command");
    assert_eq!(store.search(TENANT, "路灯", None, None, 10).await.unwrap().items.len(), 6);
}

async fn breaches(home: &Home, sql: &str) -> Vec<Breach> {
    let store = lived_in(home).await;
    assert!(store.audit(&|_| {}).await.unwrap().clean(), "before");
    home.tamper(sql).await;
    store.audit(&|_| {}).await.unwrap().breaches
}

on_both! {
    async fn a_changed_stage_is_found_and_mended(home: &Home) {
        found_and_mended(home, "UPDATE case_row SET stage = 'closed' WHERE number = 'T-000001'", "case_row").await;
    }
    async fn a_changed_state_is_found_and_mended(home: &Home) {
        found_and_mended(home, "UPDATE case_row SET state = replace(state, 'centre-b', 'centre-x') WHERE number = 'T-000001'", "case_row").await;
    }
    async fn a_missing_case_is_found_and_mended(home: &Home) {
        found_and_mended(home, "DELETE FROM case_row WHERE number = 'T-000003'", "case_row").await;
    }
    async fn a_missing_queue_line_is_found_and_mended(home: &Home) {
        found_and_mended(home, "DELETE FROM todo WHERE unit = 'post-1'", "todo").await;
    }
    async fn an_invented_queue_line_is_found_and_mended(home: &Home) {
        found_and_mended(home, "UPDATE todo SET unit = 'nobody' WHERE unit = 'post-1'", "todo").await;
    }
    async fn a_missing_part_is_found_and_mended(home: &Home) {
        found_and_mended(home, "DELETE FROM part WHERE unit = 'post-1'", "part").await;
    }
    async fn an_invented_part_is_found_and_mended(home: &Home) {
        found_and_mended(home, "UPDATE part SET unit = 'nobody' WHERE unit = 'post-1'", "part").await;
    }
    async fn a_missing_public_row_is_found_and_mended(home: &Home) {
        found_and_mended(home, "DELETE FROM public_case WHERE status = 'closed'", "public_case").await;
    }
    async fn a_changed_public_row_is_found_and_mended(home: &Home) {
        found_and_mended(home, "UPDATE public_case SET status = 'open', updated_at = updated_at + 1", "public_case").await;
    }
    async fn a_changed_count_is_found_and_mended(home: &Home) {
        found_and_mended(home, "UPDATE rollup SET n = n + 1 WHERE stage = 'closed'", "rollup").await;
    }
    async fn a_missing_search_document_is_found_and_mended(home: &Home) {
        found_and_mended(home, "DELETE FROM said WHERE seq = 2", "said").await;
    }
    async fn a_changed_event_is_a_breach(home: &Home) {
        let found = breaches(home, "UPDATE event SET body = replace(body, 'centre-b', 'centre-x') WHERE seq = 3").await;
        assert_eq!(found, [Breach::Changed { tenant: TENANT, case: id(1), seq: 3 }]);
    }
    async fn a_changed_column_of_an_event_is_a_breach(home: &Home) {
        let found = breaches(home, "UPDATE event SET received_at = received_at - 1 WHERE kind = 'commented' AND position = 4").await;
        assert_eq!(found, [Breach::Changed { tenant: TENANT, case: id(2), seq: 2 }]);
    }
    async fn an_event_left_out_is_a_breach_of_chain_and_stream(home: &Home) {
        let found = breaches(home, "DELETE FROM event WHERE seq = 2 AND position = 2").await;
        assert_eq!(found, [Breach::Unchained { tenant: TENANT, case: id(1), seq: 3 }, Breach::Gap { stream: 1, position: 2 }]);
    }
    async fn a_last_event_cut_off_is_a_breach_of_the_stream(home: &Home) {
        let found = breaches(home, "DELETE FROM event WHERE position = 15").await;
        assert_eq!(found, [Breach::Gap { stream: 1, position: 15 }]);
    }
    async fn a_rebuild_that_was_cut_short_is_done_again_on_opening(home: &Home) {
        let store = lived_in(home).await;
        store.close().await;
        home.tamper("UPDATE meta SET value = '' WHERE name = 'projection'").await;
        home.tamper("DELETE FROM todo").await;
        let store = home.open().await;
        assert!(store.check(&|_| {}).await.unwrap().clean());
    }
}

/// Commands that wait when a rebuild begins are answered from full tables, and those that come during it are told to wait.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_under_load_begins_no_case_anew() {
    let home = Home::new(Kind::Sqlite).await;
    let store = std::sync::Arc::new(lived_in(&home).await);
    let mut clients = Vec::new();
    for client in 0..4_u64 {
        let store = std::sync::Arc::clone(&store);
        clients.push(tokio::spawn(async move {
            let mut done = 0;
            for turn in 0..60 {
                match append(
                    &store,
                    1 + (client + turn) % 6,
                    moved(T0 + turn as i64, Stage::Filed, "centre-b"),
                )
                .await
                {
                    Ok(_) => done += 1,
                    Err(huying_store::CommitError::Fault(huying_store::Fault::Busy { .. })) => {}
                    Err(other) => panic!("{other}"),
                }
            }
            done
        }));
    }
    for _ in 0..3 {
        store.rebuild(&|_| {}).await.unwrap();
    }
    let mut done = 15;
    for client in clients {
        done += client.await.unwrap();
    }
    let check = store.check(&|_| {}).await.unwrap();
    assert!(check.clean(), "{check:?}");
    assert_eq!(check.events, done);
    assert!(store.audit(&|_| {}).await.unwrap().clean());
}

/// The terms of a document lie in an index of their own on SQLite; they are compared too.
#[tokio::test]
async fn changed_search_terms_are_found_on_sqlite() {
    let home = Home::new(Kind::Sqlite).await;
    found_and_mended(
        &home,
        "DELETE FROM said_terms WHERE rowid = (SELECT doc FROM said WHERE seq = 1 LIMIT 1)",
        "said",
    )
    .await;
}

#[tokio::test]
async fn changed_search_terms_are_found_on_postgres() {
    let home = Home::new(Kind::Postgres).await;
    found_and_mended(&home, "UPDATE said SET terms = array_to_tsvector(ARRAY['x']) WHERE seq = 2", "said")
        .await;
}
