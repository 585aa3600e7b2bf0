//! What the reads answer, the same on both databases.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use crate::city::{
    place::{Home, Kind},
    *,
};
use huying_model::{Instant, Stage, UnitId, event::Body};
use huying_store::{
    Bounds, Filter, Near, NewDelivery, Options, Order, PublicFilter, PublicFrom, Seen, Standing, Store,
    Subscription, TenantId, Which, case_key,
};
use smol_str::SmolStr;

fn words(list: &[&str]) -> Vec<SmolStr> {
    list.iter().map(SmolStr::new).collect()
}

async fn found(store: &Store, text: &str) -> Vec<String> {
    let page = store.search(TENANT, text, None, None, 100).await.unwrap();
    page.items.into_iter().map(|line| line.number.to_string()).collect()
}

fn with(no: u64, title: &str, text: &str) -> Told {
    Told { title: title.into(), text: text.into(), ..told(no) }
}

on_both! {
    async fn any_two_characters_and_any_word_are_found_newest_first(home: &Home) {
        let store = home.open().await;
        report(&store, &with(1, "路灯不亮", "三号楼门口的路灯坏了")).await;
        report(&store, &with(2, "Water pipe burst", "水管破裂，积水严重，Block 7")).await;
        report(&store, &with(3, "噪音扰民", "晚上十一点还在施工")).await;
        assert_eq!(found(&store, "路灯").await, ["T-000001"]);
        assert_eq!(found(&store, "楼门").await, ["T-000001"]);
        assert_eq!(found(&store, "水管破裂").await, ["T-000002"]);
        assert_eq!(found(&store, "WATER").await, ["T-000002"]);
        assert_eq!(found(&store, "ｂｌｏｃｋ ７").await, ["T-000002"]);
        assert_eq!(found(&store, "pip").await, Vec::<String>::new());
        assert_eq!(found(&store, "幸福路").await, ["T-000003", "T-000002", "T-000001"]);
        assert_eq!(found(&store, "亮").await, ["T-000001"]);
        assert_eq!(found(&store, "灯水").await, Vec::<String>::new());
        assert_eq!(found(&store, "'; DROP & | ! (路灯) * \"").await, Vec::<String>::new(), "drop is no word of the case");
        assert_eq!(found(&store, "'\" & | ! (路灯) *:").await, ["T-000001"]);
        assert_eq!(found(&store, "，。!").await, Vec::<String>::new());
        append(&store, 3, comment(&store, 3, T0, "与路灯无关，已联系城管")).await.unwrap();
        assert_eq!(found(&store, "路灯").await, ["T-000003", "T-000001"]);
        assert_eq!(store.search(TenantId(2), "路灯", None, None, 10).await.unwrap().items.len(), 0);
    }

    async fn pages_of_a_search_cover_everything_once(home: &Home) {
        let store = home.open().await;
        for no in 1..=11 {
            report(&store, &told(no)).await;
            append(&store, no, comment(&store, no, T0, "路灯已登记")).await.unwrap();
            append(&store, no, comment(&store, no, T0, "路灯已修好")).await.unwrap();
        }
        let (mut all, mut cursor) = (Vec::new(), None);
        loop {
            let page = store.search(TENANT, "路灯已登", None, cursor.as_deref(), 3).await.unwrap();
            assert!(page.items.len() <= 3);
            all.extend(page.items.into_iter().map(|line| line.number));
            cursor = page.next;
            if cursor.is_none() { break; }
        }
        let expected: Vec<SmolStr> = (1..=11).rev().map(|no| SmolStr::new(format!("T-{no:06}"))).collect();
        assert_eq!(all, expected);
    }

    async fn a_search_joins_what_was_said_before_a_restart_and_after_it(home: &Home) {
        let store = home.open().await;
        for no in 1..=7 {
            report(&store, &told(no)).await;
        }
        store.close().await;
        let store = home.open().await;
        for no in 8..=12 {
            report(&store, &told(no)).await;
        }
        store.case(TENANT, id(2)).await.unwrap().expect("reading a case brings its key");
        append(&store, 2, comment(&store, 2, T0, "路灯已修好")).await.unwrap();
        let (mut all, mut cursor) = (Vec::new(), None);
        loop {
            let page = store.search(TENANT, "路灯", None, cursor.as_deref(), 4).await.unwrap();
            all.extend(page.items.into_iter().map(|line| line.number.to_string()));
            cursor = page.next;
            if cursor.is_none() { break; }
        }
        // The second case was spoken of last, and once more long before.
        let expected: Vec<String> =
            [2].into_iter().chain((1..=12).rev()).map(|no| format!("T-{no:06}")).collect();
        assert_eq!(all, expected);
        store.close().await;
    }

    async fn a_search_finds_what_another_process_wrote(home: &Home) {
        let (one, other) = (home.open().await, home.open().await);
        report(&one, &told(1)).await;
        report(&other, &told(2)).await;
        assert_eq!(found(&one, "路灯").await, ["T-000002", "T-000001"]);
        report(&one, &told(3)).await;
        other.case(TENANT, id(1)).await.unwrap().expect("reading a case brings its key");
        append(&other, 1, comment(&other, 1, T0, "路灯由他人处理")).await.unwrap();
        assert_eq!(found(&one, "路灯").await, ["T-000001", "T-000003", "T-000002"]);
        let redact = huying_model::event::Body::Redacted { event: 2, reason: "含个人信息".into() };
        append(&other, 1, event(T0, redact, None, Vec::new())).await.unwrap();
        assert!(found(&one, "他人处理").await.is_empty(), "redacted by another process");
        one.close().await;
        other.close().await;
    }

    async fn a_queue_runs_by_due_instant_and_its_pages_join(home: &Home) {
        let store = home.open().await;
        for no in 1..=7 {
            report(&store, &told(no)).await;
        }
        append(&store, 3, moved(T0 + 100_000_000, Stage::Filed, "centre-b")).await.unwrap();
        let first = store.queue(TENANT, &words(&["centre-a"]), None, None, 4).await.unwrap();
        assert_eq!(first.items.iter().map(|line| line.number.as_str()).collect::<Vec<_>>(), ["T-000001", "T-000002", "T-000004", "T-000005"]);
        let line = &first.items[0];
        assert_eq!((line.kind.as_str(), line.stage.as_str(), line.due), ("custody", "reported", Some(Instant(T0 + 1000 + 3_600_000))));
        assert_eq!(line.title.as_deref(), Some("路灯不亮 1"));
        let second = store.queue(TENANT, &words(&["centre-a"]), None, first.next.as_deref(), 4).await.unwrap();
        assert_eq!(second.items.iter().map(|line| line.number.as_str()).collect::<Vec<_>>(), ["T-000006", "T-000007"]);
        assert_eq!(second.next, None);
        let both = store.queue(TENANT, &words(&["centre-b", "centre-a"]), None, None, 100).await.unwrap();
        assert_eq!(both.items.last().unwrap().number, "T-000003");
        assert_eq!(both.items.len(), 7);
        let now = T0 + 3_600_000 + 2000;
        let counts = store.queue_counts(TENANT, &words(&["centre-a", "centre-b", "nobody"]), None, Instant(now), Instant(now + 2000)).await.unwrap();
        let counts: Vec<_> = counts.iter().map(|it| (it.unit.as_str(), it.overdue, it.soon, it.fine, it.paused)).collect();
        assert_eq!(counts, [("centre-a", 2, 1, 3, 0), ("centre-b", 0, 0, 1, 0)]);
    }

    async fn a_list_takes_every_filter_and_its_pages_join(home: &Home) {
        let store = home.open().await;
        for no in 1..=9 {
            let area = if no % 2 == 0 { "500105001001001" } else { "500105002001001" };
            report(&store, &Told { area, ..told(no) }).await;
        }
        append(&store, 2, moved(T0, Stage::Handling, "post-1")).await.unwrap();
        append(&store, 9, moved(T0 + 1, Stage::Closed, "centre-a")).await.unwrap();
        let list = |filter: Filter| {
            let store = &store;
            async move {
                let (mut all, mut cursor): (Vec<String>, _) = (Vec::new(), None);
                loop {
                    let page = store.list(TENANT, &filter, Order::NewestFirst, cursor.as_deref(), 2).await.unwrap();
                    all.extend(page.items.into_iter().map(|line| line.number[7..].to_owned()));
                    cursor = page.next;
                    if cursor.is_none() { break all.concat(); }
                }
            }
        };
        assert_eq!(list(Filter::default()).await, "987654321");
        assert_eq!(list(Filter { open_only: true, ..Filter::default() }).await, "87654321");
        assert_eq!(list(Filter { stages: words(&["handling", "closed"]), ..Filter::default() }).await, "92");
        assert_eq!(list(Filter { custodians: words(&["post-1"]), ..Filter::default() }).await, "2");
        assert_eq!(list(Filter { area_prefix: Some("500105001".into()), ..Filter::default() }).await, "8642");
        assert_eq!(list(Filter { areas: words(&["500105002001001", "x"]), ..Filter::default() }).await, "97531");
        assert_eq!(list(Filter { matter_prefix: Some("works/".into()), sources: words(&["resident"]), ..Filter::default() }).await, "987654321");
        assert_eq!(list(Filter { matter_prefix: Some("noise".into()), ..Filter::default() }).await, "");
        assert_eq!(list(Filter { received_from: Some(Instant(T0 + 3000)), received_until: Some(Instant(T0 + 5000)), ..Filter::default() }).await, "43");
        assert_eq!(list(Filter { overdue_at: Some(Instant(T0 + 3_600_000 + 4000)), ..Filter::default() }).await, "431");
        assert_eq!(list(Filter { text: Some("路灯不亮 7".into()), ..Filter::default() }).await, "7");
        assert_eq!(list(Filter { urgencies: words(&["green"]), suspended: Some(false), ..Filter::default() }).await, "987654321");
        let oldest = store.list(TENANT, &Filter::default(), Order::OldestFirst, None, 2).await.unwrap();
        assert_eq!(oldest.items[0].number, "T-000001");
        assert!(store.list(TENANT, &Filter::default(), Order::NewestFirst, Some("rubbish"), 2).await.is_err());
        let sealed = |no: u64| store.seals(TENANT).seal(&case_key(id(no)), "\"supervised\":true").unwrap();
        let marked = |no: u64| Body::MarkedDifficult { fallback: UnitId::new("centre-a"), reason: sealed(no) };
        let decided = Body::Decided { decision: "explain".into(), lead: None, until: None, reason: sealed(5) };
        for (no, body) in [(3, Body::Supervised { words: sealed(3) }), (4, marked(4)), (5, marked(5)), (5, decided)] {
            append(&store, no, event(T0, body, None, Vec::new())).await.unwrap();
        }
        for (standing, should) in [(Standing::Pressed, "3"), (Standing::Unpressed, "98765421"), (Standing::Difficult, "4"), (Standing::Decided, "5")] {
            assert_eq!(list(Filter { standing: Some(standing), ..Filter::default() }).await, should, "{standing:?}");
        }
    }

    async fn a_map_window_and_the_neighbourhood_hold_what_lies_inside(home: &Home) {
        let store = home.open().await;
        for no in 1..=5 {
            report(&store, &Told { lon: 1_065_000_000 + no as i32 * 10_000, ..told(no) }).await;
        }
        append(&store, 4, moved(T0, Stage::Closed, "centre-a")).await.unwrap();
        let bounds = Bounds { west_e7: 1_065_020_000, east_e7: 1_065_050_000, south_e7: 294_999_999, north_e7: 295_000_001 };
        let open = store.map(TENANT, bounds, &Filter::default(), 100).await.unwrap();
        assert_eq!(open.iter().map(|point| point.number.as_str()).collect::<Vec<_>>(), ["T-000005", "T-000003", "T-000002"]);
        let all = Filter { received_from: Some(Instant(0)), ..Filter::default() };
        assert_eq!(store.map(TENANT, bounds, &all, 100).await.unwrap().len(), 4);
        let near = Near { matter: "works/lamps/dark".into(), bounds, received_from: Instant(T0 + 2000), received_to: Instant(T0 + 4000) };
        let nearby = store.nearby(TENANT, &near, None, 10).await.unwrap();
        assert_eq!(nearby.iter().map(|it| it.number.as_str()).collect::<Vec<_>>(), ["T-000004", "T-000003", "T-000002"]);
    }

    async fn every_read_shows_the_same_of_what_may_be_seen(home: &Home) {
        let store = home.open().await;
        for no in 1..=9 {
            let area = if no % 3 == 0 { "500105002001001" } else { "500105001001001" };
            report(&store, &Told { area, lon: 1_065_000_000, ..told(no) }).await;
        }
        // A unit that had the case for a moment, and one that was asked to a meeting.
        append(&store, 1, moved(T0, Stage::Handling, "post-1")).await.unwrap();
        append(&store, 1, moved(T0, Stage::Filed, "centre-b")).await.unwrap();
        let meeting = huying_model::event::Body::Convened { at: Instant(T0), units: vec![huying_model::UnitId::new("post-1")] };
        append(&store, 2, event(T0, meeting, None, Vec::new())).await.unwrap();
        append(&store, 4, moved(T0, Stage::Closed, "post-2")).await.unwrap();
        let seen = |areas: &[&str], units: &[&str]| Seen { areas: words(areas), units: words(units) };
        for (seen, numbers) in [
            (seen(&[], &[]), vec![]),
            (seen(&[], &["post-1"]), vec![1, 2]),
            (seen(&["500105002001001", "x"], &[]), vec![3, 6, 9]),
            (seen(&["500105002001001"], &["post-1", "post-2"]), vec![1, 2, 3, 4, 6, 9]),
            (seen(&[], &["centre-a"]), (1..=9).collect()),
        ] {
            let some = Some(&seen);
            let should: Vec<String> = numbers.iter().map(|no| format!("T-{no:06}")).collect();
            let open = should.iter().filter(|number| *number != "T-000004").cloned().collect::<Vec<_>>();
            let (mut listed, mut found, mut cursor) = (Vec::new(), Vec::new(), None);
            let filter = Filter { seen: Some(seen.clone()), ..Filter::default() };
            loop {
                let page = store.list(TENANT, &filter, Order::OldestFirst, cursor.as_deref(), 2).await.unwrap();
                listed.extend(page.items.into_iter().map(|line| line.number.to_string()));
                cursor = page.next;
                if cursor.is_none() { break; }
            }
            loop {
                let page = store.search(TENANT, "路灯", some, cursor.as_deref(), 2).await.unwrap();
                assert!(page.next.is_none() || page.items.len() == 2, "a page is full where more follows");
                found.extend(page.items.into_iter().map(|line| line.number.to_string()));
                cursor = page.next;
                if cursor.is_none() { break; }
            }
            found.sort();
            assert_eq!((&listed, &found), (&should, &should), "{seen:?}");
            let bounds = Bounds { west_e7: 1_064_000_000, east_e7: 1_066_000_000, south_e7: 294_000_000, north_e7: 296_000_000 };
            let sorted = |mut all: Vec<String>| { all.sort(); all };
            let map = store.map(TENANT, bounds, &filter, 100).await.unwrap();
            assert_eq!(sorted(map.iter().map(|it| it.number.to_string()).collect()), open);
            let placed = store.open_placed(TENANT, some, 100).await.unwrap();
            assert_eq!(sorted(placed.iter().map(|it| it.number.to_string()).collect()), open);
            let near = Near { matter: "works/lamps/dark".into(), bounds, received_from: Instant(0), received_to: Instant(i64::MAX) };
            let near = store.nearby(TENANT, &near, some, 100).await.unwrap();
            assert_eq!(sorted(near.iter().map(|it| it.number.to_string()).collect()), should);
            let counts = store.open_by_area(TENANT, Instant(T0), None, some).await.unwrap();
            assert_eq!(counts.iter().map(|it| it.open).sum::<i64>(), open.len() as i64);
            let ids: Vec<_> = (1..=9).map(id).collect();
            let several = store.cases_seen(TENANT, &ids, some).await.unwrap();
            assert_eq!(sorted(several.iter().map(|it| it.case.number.to_string()).collect()), should);
            for no in 1..=9_u64 {
                let number = format!("T-{no:06}");
                let by_id = store.case_seen(TENANT, Which::Id(id(no)), some).await.unwrap();
                let by_number = store.case_seen(TENANT, Which::Number(&number), some).await.unwrap();
                assert_eq!((by_id.is_some(), by_number.is_some()), (should.contains(&number), should.contains(&number)));
            }
            // The queue of a unit that the reader does not sit in.
            let queue = store.queue(TENANT, &words(&["centre-a"]), some, None, 100).await.unwrap();
            let lines = store.queue(TENANT, &words(&["centre-a"]), None, None, 100).await.unwrap();
            let those = lines.items.iter().filter(|line| should.iter().any(|number| number == line.number.as_str()));
            assert_eq!(queue.items.iter().collect::<Vec<_>>(), those.collect::<Vec<_>>());
            let counts = store.queue_counts(TENANT, &words(&["centre-a"]), some, Instant(T0), Instant(T0)).await.unwrap();
            let count: i64 = counts.iter().map(|it| it.overdue + it.soon + it.fine + it.paused).sum();
            assert_eq!(count, queue.items.len() as i64);
        }
    }

    async fn a_store_from_before_sight_knows_afterwards_who_had_a_part(home: &Home) {
        let store = home.open().await;
        report(&store, &told(1)).await;
        append(&store, 1, moved(T0, Stage::Handling, "post-1")).await.unwrap();
        append(&store, 1, moved(T0, Stage::Filed, "centre-b")).await.unwrap();
        store.close().await;
        // As the steps up to the log left it.
        for table in [
            "part",
            "access_log",
            "erasure",
            "passkey",
            "feed",
            "feed_case",
            "feed_letter",
            "feed_choice",
            "public_case",
            "partner",
            "partner_map",
            "exchange_out",
            "exchange_in",
            "exchange_figure",
            "hook",
            "delivery_try",
            "replay",
            "component_change",
            "component",
            "upload",
            "saved_filter",
            "sign_in_log",
            "recipient",
        ] {
            home.alter(&format!("DROP TABLE {table}")).await;
        }
        home.alter("DROP INDEX case_closed").await;
        home.alter("DROP INDEX delivery_of").await;
        home.alter("DROP INDEX delivery_waiting").await;
        home.alter("DROP INDEX case_component").await;
        home.alter("ALTER TABLE case_row DROP COLUMN component").await;
        home.alter("ALTER TABLE session DROP COLUMN strong").await;
        home.tamper("DELETE FROM schema_version WHERE version >= 5").await;
        home.tamper("UPDATE meta SET value = '2' WHERE name = 'projection'").await;
        let store = home.open_with(Options { backup_declared: true, ..home.options() }).await;
        for unit in ["centre-a", "post-1", "centre-b"] {
            let seen = Seen { areas: Vec::new(), units: words(&[unit]) };
            assert_eq!(store.cases_seen(TENANT, &[id(1)], Some(&seen)).await.unwrap().len(), 1, "{unit}");
        }
        assert!(store.check(&|_| {}).await.unwrap().clean());
        let public = PublicFilter { matters: words(&["works/lamps/dark"]), ..PublicFilter::default() };
        let page = store.public_cases(TENANT, &public, PublicFrom::Skip(0), 10).await.unwrap();
        assert_eq!(page.len(), 1, "and what is public of it");
    }

    async fn public_cases_are_chosen_by_what_is_public_and_come_newest_first(home: &Home) {
        let store = home.open().await;
        for no in 1..=5 {
            report(&store, &told(no)).await;
        }
        append(&store, 2, moved(T0 + 90_000, Stage::Closed, "centre-b")).await.unwrap();
        append(&store, 4, comment(&store, 4, T0 + 95_000, "只有内部知道")).await.unwrap();
        let lamps = PublicFilter { matters: words(&["works/lamps/dark", "x"]), ..PublicFilter::default() };
        let at = |ms: i64| Instant(T0 + ms);
        for (filter, wanted) in [
            (lamps.clone(), vec![5, 4, 3, 2, 1]),
            (PublicFilter { open: Some(true), ..lamps.clone() }, vec![5, 4, 3, 1]),
            (PublicFilter { open: Some(false), ..lamps.clone() }, vec![2]),
            (PublicFilter { received: Some((at(2_000), at(4_000))), ..lamps.clone() }, vec![4, 3, 2]),
            (PublicFilter { updated: Some((at(4_500), Instant::MAX)), ..lamps.clone() }, vec![2, 5]),
            (PublicFilter { updated: Some((at(0), at(3_000))), ..lamps.clone() }, vec![3, 1]),
            (PublicFilter { areas: Some(words(&["500105001001001"])), ..lamps.clone() }, vec![5, 4, 3, 2, 1]),
            (PublicFilter { areas: Some(words(&["elsewhere"])), ..lamps.clone() }, vec![]),
            (PublicFilter { matters: words(&["works/lamps"]), ..PublicFilter::default() }, vec![]),
            (PublicFilter::default(), vec![]),
        ] {
            let wanted: Vec<_> = wanted.into_iter().map(id).collect();
            let whole = store.public_cases(TENANT, &filter, PublicFrom::Skip(0), 100).await.unwrap();
            assert_eq!(whole.iter().map(|one| one.case.id).collect::<Vec<_>>(), wanted, "{filter:?}");
            // Page by page, by number and by the last one, it is the same list.
            let mut pages = Vec::new();
            for skip in (0..6).step_by(2) {
                pages.extend(store.public_cases(TENANT, &filter, PublicFrom::Skip(skip), 2).await.unwrap());
            }
            assert_eq!(pages, whole);
            let (mut on, mut from) = (Vec::new(), PublicFrom::Skip(0));
            loop {
                let page = store.public_cases(TENANT, &filter, from, 2).await.unwrap();
                let Some(last) = page.last() else { break };
                from = PublicFrom::After(last.at, last.case.id);
                on.extend(page);
            }
            assert_eq!(on, whole);
        }
        let counted = store.public_open_by_area(TENANT, &words(&["works/lamps/dark", "x"])).await.unwrap();
        assert_eq!(counted, vec![(SmolStr::new("500105001001001"), 4)]);
        for none in [&words(&["works/lamps"])[..], &[]] {
            assert!(store.public_open_by_area(TENANT, none).await.unwrap().is_empty());
        }
        assert!(store.check(&|_| {}).await.unwrap().clean());
    }

    async fn counts_follow_every_move(home: &Home) {
        let store = home.open().await;
        for no in 1..=4 {
            report(&store, &told(no)).await;
        }
        append(&store, 1, moved(T0, Stage::Filed, "centre-b")).await.unwrap();
        append(&store, 2, moved(T0 + 90_000, Stage::Closed, "centre-b")).await.unwrap();
        let day = store.day_of(Instant(T0));
        let counts = store.count_by_area(TENANT, day, day).await.unwrap();
        let counts: Vec<_> = counts.iter().map(|it| (it.stage.as_str(), it.sum.n, it.sum.spent_ms)).collect();
        assert_eq!(counts, [("closed", 1, 88_000), ("filed", 1, 0), ("reported", 2, 0)]);
        let open = store.open_by_area(TENANT, Instant(T0 + 3_600_000 + 3000), None, None).await.unwrap();
        let open: Vec<_> = open.iter().map(|it| (it.stage.as_str(), it.open, it.overdue)).collect();
        assert_eq!(open, [("filed", 1, 0), ("reported", 2, 1)]);
        assert_eq!(store.count_by_day(TENANT, day, day + 1).await.unwrap().len(), 3);
        assert_eq!(store.count_by_matter(TENANT, day - 9, day - 1).await.unwrap().len(), 0);
    }

    async fn steps_due_come_oldest_first_and_leave_when_taken(home: &Home) {
        let store = home.open().await;
        for no in [3, 1, 2] {
            report(&store, &told(no)).await;
        }
        let due = store.steps_due(Instant(T0 + 3_600_000 + 2000), 10).await.unwrap();
        assert_eq!(due.iter().map(|it| it.case).collect::<Vec<_>>(), [id(1), id(2)]);
        let stop = event(T0, huying_model::event::Body::Retimed, None, vec![huying_model::clock::ClockChange::Stop(huying_model::clock::Timer::Intake)]);
        append(&store, 1, stop).await.unwrap();
        let due = store.steps_due(Instant(T0 + 3_600_000 + 2000), 10).await.unwrap();
        assert_eq!(due.iter().map(|it| (it.case, it.version)).collect::<Vec<_>>(), [(id(2), 1)]);
    }

    async fn the_stream_has_no_gap_and_wakes_who_listens(home: &Home) {
        let store = home.open().await;
        let mut live = store.live();
        report(&store, &told(1)).await;
        assert!(append(&store, 7, moved(T0, Stage::Filed, "centre-b")).await.is_err());
        report(&store, &told(2)).await;
        append(&store, 1, moved(T0, Stage::Filed, "centre-b")).await.unwrap();
        live.changed().await.unwrap();
        assert_eq!(*live.borrow(), 3);
        let events = store.events_after(1, 0, 10).await.unwrap();
        assert_eq!(events.iter().map(|it| (it.position, it.case, it.seq)).collect::<Vec<_>>(), [(1, id(1), 1), (2, id(2), 1), (3, id(1), 2)]);
        assert_eq!(events[0].kind, "reported");
        assert_eq!(store.events_after(1, 2, 10).await.unwrap().len(), 1);
        store.set_cursor(TENANT, "mail", 1, 2).await.unwrap();
        store.set_cursor(TENANT, "mail", 1, 3).await.unwrap();
        assert_eq!(store.cursor(TENANT, "mail").await.unwrap(), [(1, 3)]);
    }

    async fn a_lease_has_one_holder_until_it_runs_out(home: &Home) {
        let store = home.open().await;
        let at = |ms: i64| Instant(T0 + ms);
        assert!(store.take_lease(TENANT, "timers", "node-a", at(0), at(100)).await.unwrap());
        assert!(!store.take_lease(TENANT, "timers", "node-b", at(50), at(150)).await.unwrap());
        assert!(store.take_lease(TENANT, "timers", "node-a", at(60), at(160)).await.unwrap());
        assert!(store.take_lease(TENANT, "timers", "node-b", at(160), at(260)).await.unwrap());
        store.drop_lease(TENANT, "timers", "node-b").await.unwrap();
        assert!(store.take_lease(TENANT, "timers", "node-a", at(161), at(261)).await.unwrap());
    }

    async fn a_delivery_stands_once_and_is_in_one_hand_at_a_time(home: &Home) {
        let store = home.open().await;
        let at = |ms: i64| Instant(T0 + ms);
        let hook = Subscription {
            id: "hook".into(), kind: "webhook".into(), target: "https://example.org/in".into(), secret: Some("s".into()),
            filter: "{}".into(), active: true, created_at: at(0),
        };
        store.put_subscription(TENANT, &hook).await.unwrap();
        assert_eq!(store.subscriptions(TENANT).await.unwrap(), std::slice::from_ref(&hook));
        let new = |id: &str, ms| NewDelivery {
            id: id.into(), subscriber: "hook".into(), channel: "webhook".into(), target: hook.target.clone(), payload: "{}".into(), created_at: at(ms),
        };
        store.deliver(TENANT, &[new("1-hook", 0), new("2-hook", 1)], Some(("outbox", 1, 2))).await.unwrap();
        store.deliver(TENANT, &[new("2-hook", 1), new("3-hook", 2)], Some(("outbox", 1, 3))).await.unwrap();
        assert_eq!(store.cursor(TENANT, "outbox").await.unwrap(), [(1, 3)]);
        let first = store.claim_deliveries(TENANT, "a", at(10), at(110), 2).await.unwrap();
        assert_eq!(first.iter().map(|it| it.id.as_str()).collect::<Vec<_>>(), ["1-hook", "2-hook"]);
        let second = store.claim_deliveries(TENANT, "b", at(11), at(111), 9).await.unwrap();
        assert_eq!(second.iter().map(|it| it.id.as_str()).collect::<Vec<_>>(), ["3-hook"]);
        assert!(store.delivery_done(TENANT, "1-hook", "a", at(20)).await.unwrap());
        assert!(!store.delivery_done(TENANT, "3-hook", "a", at(20)).await.unwrap(), "another holds it");
        assert!(store.delivery_retry(TENANT, "3-hook", "b", at(500), "timeout").await.unwrap());
        let late = store.claim_deliveries(TENANT, "b", at(110), at(210), 9).await.unwrap();
        assert_eq!(late.iter().map(|it| (it.id.as_str(), it.attempts)).collect::<Vec<_>>(), [("2-hook", 2)], "the lease of a ran out");
        assert!(store.delivery_failed(TENANT, "2-hook", "b", at(120), "410 gone").await.unwrap());
        let states = store.deliveries(TENANT, None, 10).await.unwrap();
        assert_eq!(states.items.iter().map(|it| it.state.as_str()).collect::<Vec<_>>(), ["done", "failed", "waiting"]);
        assert_eq!(store.purge_deliveries(TENANT, at(121)).await.unwrap(), 2);
    }

    async fn old_keys_are_purged_and_young_ones_stay(home: &Home) {
        let store = home.open().await;
        store.submit(keyed(report_work(&store, &told(1)), key("old", 1))).await.unwrap();
        let young = Told { at: T0 + 50 * 86_400_000, ..told(2) };
        store.submit(keyed(report_work(&store, &young), key("young", 1))).await.unwrap();
        assert_eq!(store.purge_keys(TENANT, Instant(T0 + 70 * 86_400_000)).await.unwrap(), 1);
        assert!(store.submit(keyed(report_work(&store, &young), key("young", 1))).await.unwrap().replayed);
        assert!(store.submit(keyed(report_work(&store, &told(1)), key("old", 1))).await.is_err(), "begun already");
    }

    async fn a_destroyed_key_forgets_the_words_and_keeps_the_proof(home: &Home) {
        let store = home.open().await;
        report(&store, &told(1)).await;
        append(&store, 1, comment(&store, 1, T0, "联系人在家")).await.unwrap();
        store.destroy_key(TENANT, &case_key(id(1))).await.unwrap();
        let view = store.case(TENANT, id(1)).await.unwrap().unwrap();
        assert_eq!((view.texts.title, view.texts.text, view.texts.address), (None, None, None));
        assert!(found(&store, "路灯").await.is_empty());
        append(&store, 1, moved(T0, Stage::Filed, "centre-b")).await.unwrap();
        assert_eq!(store.case(TENANT, id(1)).await.unwrap().unwrap().texts.title, None, "memory forgets too");
        assert!(store.audit(&|_| {}).await.unwrap().clean());
        let check = store.check(&|_| {}).await.unwrap();
        assert!(check.clean(), "{check:?}");
        store.close().await;
        let store = home.open().await;
        assert!(store.journal(TENANT, id(1), 0, 10).await.unwrap().iter().all(|entry| {
            huying_store::project::spoken(&entry.event).iter().all(|words| store.seals(TENANT).open(words).is_none())
        }));
    }

    async fn redacted_words_leave_the_search_and_the_journal_stays(home: &Home) {
        let store = home.open().await;
        report(&store, &told(1)).await;
        append(&store, 1, comment(&store, 1, T0, "身份证号不应公开")).await.unwrap();
        assert_eq!(found(&store, "身份证").await, ["T-000001"]);
        let redact = huying_model::event::Body::Redacted { event: 2, reason: "含个人信息".into() };
        append(&store, 1, event(T0, redact, None, Vec::new())).await.unwrap();
        assert!(found(&store, "身份证").await.is_empty());
        assert_eq!(found(&store, "路灯").await, ["T-000001"]);
        assert!(store.check(&|_| {}).await.unwrap().clean());
        assert!(store.audit(&|_| {}).await.unwrap().clean());
    }
}
