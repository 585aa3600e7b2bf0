//! Clocks that are due are stepped, oldest first, once, until a leader knows.

use crate::town;

use futures::StreamExt;
use huying_engine::{
    Setting,
    intake::ReportIn,
    timers::{Stepped, Timers},
};
use huying_model::{Stage, event::Body};
use huying_store::TenantId;
use town::{TENANT, Town, draft};

#[tokio::test]
async fn a_case_that_nobody_touches_climbs_to_a_leader_by_itself() {
    let town = Town::new().await;
    let case = town.report(draft("city/order/parking", "违停")).await.receipt.case;
    let timers = Timers::new(town.engine.clone(), "node-1");
    assert_eq!(timers.run().await.unwrap(), Some(Stepped::default()), "nothing is due at once");
    for _ in 0..72 {
        town.clock.advance(3_600_000);
        let stepped = timers.run().await.unwrap().unwrap();
        assert_eq!(stepped.left, 0);
    }
    let found = town.case(case).await;
    assert_eq!(found.stage, Stage::Dispatched);
    assert!(found.attention.is_some(), "a leader has an item");
    let journal = town.engine.store().journal(TENANT, case, 0, 100).await.unwrap();
    assert!(journal.iter().any(|entry| matches!(entry.event.body, Body::Expired { .. })));
}

#[tokio::test]
async fn many_cases_are_stepped_once_each_however_many_nodes_look() {
    let town = Town::new().await;
    for _ in 0..40 {
        town.report(draft("city/order/parking", "违停")).await;
    }
    // The receipt clock of ten minutes has run out.
    town.clock.advance(11 * 60_000);
    let (one, two) = (Timers::new(town.engine.clone(), "node-1"), Timers::new(town.engine.clone(), "node-2"));
    let now = town.now();
    let (first, second) = tokio::join!(one.step_all(now), two.step_all(now));
    let taken = first.unwrap().taken + second.unwrap().taken;
    assert!(town.engine.store().steps_due(now, 10).await.unwrap().is_empty(), "something is still due");
    let mut written = 0;
    let mut position = 0;
    loop {
        let events =
            town.engine.store().events_after(town.engine.store().stream(), position, 500).await.unwrap();
        let Some(last) = events.last() else { break };
        position = last.position;
        written += events
            .iter()
            .filter(|entry| matches!(entry.event.body, Body::Expired { .. } | Body::Warned { .. }))
            .count();
    }
    assert_eq!(taken, written, "every step that was taken is one event");
    assert!(written >= 40);
}

#[tokio::test]
async fn only_the_node_with_the_lease_looks() {
    let town = Town::new().await;
    let (one, two) = (Timers::new(town.engine.clone(), "node-1"), Timers::new(town.engine.clone(), "node-2"));
    assert!(one.run().await.unwrap().is_some());
    assert!(two.run().await.unwrap().is_none());
    town.clock.advance(31_000);
    assert!(two.run().await.unwrap().is_some(), "a node that went away is replaced");
}

#[tokio::test]
async fn a_case_behind_a_thousand_that_cannot_be_stepped_gets_its_turn() {
    let mut town = Town::new().await;
    // After the restart nobody knows what the other tenant goes by, so none of its clocks can be stepped.
    let other = TenantId(2);
    town.engine.install(other, Setting::of_pack(town::pack("starter"), 0));
    let reports = (0..1_001).map(|_| {
        town.engine
            .report(ReportIn { tenant: other, ..town.reporting(draft("city/order/parking", "违停")) })
    });
    for reported in futures::stream::iter(reports).buffer_unordered(64).collect::<Vec<_>>().await {
        reported.unwrap();
    }
    town.clock.advance(60_000);
    let case = town.report(draft("city/order/parking", "违停")).await.receipt.case;
    let before = town.case(case).await.version;
    town.clock.advance(3_600_000);
    town.engine.store().close().await;
    town.engine = town::open(town.folder.path(), town.clock.clone()).await;
    let stepped = Timers::new(town.engine.clone(), "node-1").step_all(town.now()).await.unwrap();
    assert!(stepped.left >= 1_000, "{stepped:?}");
    assert!(town.case(case).await.version > before, "{stepped:?}");
}
