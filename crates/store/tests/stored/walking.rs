//! A list of public cases that is walked while they change.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use crate::city::{
    place::{Home, Kind},
    *,
};
use huying_model::{Instant, Stage};
use huying_store::{PublicFilter, PublicFrom};

on_both! {
    async fn a_case_that_changes_before_the_walk_comes_to_it_is_met_all_the_same(home: &Home) {
        let store = home.open().await;
        for no in 1..=5 {
            report(&store, &told(no)).await;
        }
        let filter = PublicFilter {
            matters: vec!["works/lamps/dark".into()],
            updated: Some((Instant(T0), Instant::MAX)),
            oldest_first: true,
            ..PublicFilter::default()
        };
        let whole = store.public_cases(TENANT, &filter, PublicFrom::Skip(0), 100).await.unwrap();
        assert_eq!(whole.iter().map(|one| one.case.id).collect::<Vec<_>>(), [1, 2, 3, 4, 5].map(id));
        let (mut met, mut from) = (Vec::new(), PublicFrom::Skip(0));
        loop {
            let page = store.public_cases(TENANT, &filter, from, 2).await.unwrap();
            let Some(last) = page.last() else { break };
            from = PublicFrom::After(last.at, last.case.id);
            met.extend(page.iter().map(|one| one.case.id));
            if met.len() == 2 {
                append(&store, 4, moved(T0 + 90_000, Stage::Closed, "centre-b")).await.unwrap();
                append(&store, 1, moved(T0 + 95_000, Stage::Closed, "centre-b")).await.unwrap();
            }
        }
        assert_eq!(met, [1, 2, 3, 5, 4, 1].map(id));
    }
}
