//! The notary takes in what happened, once, behind the commands, and only one node does it.

use crate::town;

use huying_engine::notary::Notary;
use huying_proof::WITHIN_SECONDS;
use town::{TENANT, Town, draft};

#[tokio::test]
async fn a_report_has_a_receipt_once_the_notary_has_looked_and_it_holds_offline() {
    let town = Town::new().await;
    let notary = Notary::new(town.engine.clone(), "node-1");
    let reported = town.report(draft("city/order/parking", "货车堵住路口")).await;
    let store = town.engine.store();
    assert_eq!(store.log_receipt(TENANT, reported.receipt.case).await.unwrap(), None);
    let added = notary.run().await.unwrap().unwrap();
    assert!(added > 0);
    assert_eq!(notary.run().await.unwrap(), Some(0), "nothing is taken in twice");
    let receipt = store.log_receipt(TENANT, reported.receipt.case).await.unwrap().unwrap();
    let key = store.log_key(TENANT).await.unwrap().unwrap();
    let proved = receipt.check(&key).unwrap();
    assert_eq!(proved.number, reported.receipt.number.as_str());
    assert_eq!(proved.head.at, town.now().0);
    let report = store.audit_log(TENANT, &key, &[proved.head]).await.unwrap();
    assert_eq!((report.leaves, report.waiting, report.breaches), (added, 0, vec![]));
}

#[tokio::test]
async fn another_node_waits_until_the_first_one_is_gone() {
    let town = Town::new().await;
    let (one, two) = (Notary::new(town.engine.clone(), "node-1"), Notary::new(town.engine.clone(), "node-2"));
    assert!(one.run().await.unwrap().is_some());
    town.report(draft("city/order/parking", "货车堵住路口")).await;
    assert_eq!(two.run().await.unwrap(), None);
    town.clock.advance(WITHIN_SECONDS * 1000);
    assert!(two.run().await.unwrap().is_some_and(|added| added > 0), "within the promised delay");
}
