//! The shortest way through: report, comment, move, and everything is there after opening again.

mod city;

use city::*;
use huying_model::Stage;
use huying_store::Store;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_is_there_after_opening_again() {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", dir.path().join("a.db").display());
    let store = Store::open(&url, options(dir.path())).await.unwrap();
    let first = report(&store, &told(1)).await;
    assert_eq!((first.version, first.stage, first.number.as_str()), (1, Stage::Reported, "T-000001"));
    let said = append(&store, 1, comment(&store, 1, T0, "已联系供电公司")).await.unwrap();
    assert_eq!(said.version, 2);
    store.close().await;

    let store = Store::open(&url, options(dir.path())).await.unwrap();
    let next = append(&store, 1, moved(T0, Stage::Filed, "centre-b")).await.unwrap();
    assert_eq!((next.version, next.stage), (3, Stage::Filed));
}
