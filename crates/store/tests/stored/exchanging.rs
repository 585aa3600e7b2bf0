//! What is exchanged, as it is stored: each message once, in the order of its case, stopped where it stopped.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use crate::city::{
    T0, TENANT,
    place::{Home, Kind},
};
use huying_model::{CaseId, Instant, MemberId};
use huying_store::{
    Key, Store, TenantId,
    exchange::{Again, FigureRow, InRow, NewIn, NewOut, PartnerRow},
    feeds::{ChoiceRow, Direction, LetterRow},
};
use smol_str::{SmolStr, format_smolstr};

fn at(seconds: i64) -> Instant {
    Instant(T0 + seconds * 1000)
}

fn partner() -> PartnerRow {
    PartnerRow {
        id: "brain".into(),
        name: "城市大脑".into(),
        kind: "brain".into(),
        address: "https://brain.example.org/in".into(),
        source: "urn:brain".into(),
        own: "urn:own".into(),
        secrets: vec![1, 2, 3],
        active: true,
        made_at: at(0),
        failures: 0,
        down_since: None,
        next_try: Instant(0),
        error: None,
        last_out: None,
        last_in: None,
    }
}

fn told(case: u128, seq: u32) -> NewOut {
    NewOut {
        partner: "brain".into(),
        case: CaseId(case),
        id: format_smolstr!("brain:{case}:{seq}"),
        kind: "noted".into(),
        seq,
        stream: 1,
        position: i64::from(seq),
        at: at(i64::from(seq)),
        reason: None,
    }
}

fn came(id: &str, subject: &str, no: Option<i64>) -> NewIn {
    NewIn {
        source: "urn:brain".into(),
        id: id.into(),
        subject: subject.into(),
        no,
        kind: "noted".into(),
        sent_at: at(0),
        body: b"sealed".to_vec(),
    }
}

fn brain() -> SmolStr {
    "brain".into()
}

async fn due(store: &Store, now: i64) -> Vec<String> {
    let rows = store.out_due(TENANT, &brain(), at(now), 100).await.unwrap();
    rows.iter().map(|row| row.id.to_string()).collect()
}

async fn applicable(store: &Store, now: i64) -> Vec<String> {
    store.in_due(TENANT, &brain(), at(now), 100).await.unwrap().into_iter().map(|row| row.id).collect()
}

on_both! {
    async fn a_partner_keeps_how_it_answers_when_it_is_changed(home: &Home) {
        let store = home.open().await;
        store.put_partner(TENANT, &partner()).await.unwrap();
        store.partner_down(TENANT, &brain(), (at(1), at(6)), "gone").await.unwrap();
        store.partner_down(TENANT, &brain(), (at(6), at(21)), "still gone").await.unwrap();
        store.set_partner_active(TENANT, "brain", false).await.unwrap();
        assert!(store.set_partner_secrets(TENANT, "brain", (&[1, 2, 3], vec![4])).await.unwrap());
        assert!(!store.set_partner_secrets(TENANT, "brain", (&[1, 2, 3], vec![5])).await.unwrap(), "somebody was first");
        store.put_partner(TENANT, &PartnerRow { name: "大脑".into(), ..partner() }).await.unwrap();
        let row = store.partner(TENANT, "brain").await.unwrap().unwrap();
        assert_eq!((row.failures, row.down_since, row.next_try), (2, Some(at(1)), at(21)));
        assert_eq!((row.name.as_str(), row.error.as_deref()), ("大脑", Some("still gone")));
        assert_eq!((row.active, row.secrets), (false, vec![4]), "each is changed by itself");
        store.partner_up(TENANT, &brain(), at(30)).await.unwrap();
        store.partner_heard(TENANT, &brain(), at(31)).await.unwrap();
        let row = &store.partners(TENANT).await.unwrap()[0];
        assert_eq!((row.failures, row.down_since, row.error.as_deref()), (0, None, None));
        assert_eq!((row.last_out, row.last_in), (Some(at(30)), Some(at(31))));
        assert_eq!(store.partners(TenantId(2)).await.unwrap(), []);
        assert_eq!(store.add_partner_map(TENANT, &brain(), ("format = 1", "administrator"), at(1)).await.unwrap(), 1);
        assert_eq!(store.add_partner_map(TENANT, &brain(), ("format = 1 # b", "administrator"), at(2)).await.unwrap(), 2);
        let map = store.partner_map(TENANT, "brain").await.unwrap().unwrap();
        assert_eq!((map.version, map.body.as_str()), (2, "format = 1 # b"));
        store.close().await;
    }

    async fn messages_of_a_case_go_out_one_after_the_other_and_a_dead_one_stops_its_case_alone(home: &Home) {
        let store = home.open().await;
        store.put_partner(TENANT, &partner()).await.unwrap();
        let new = [told(1, 1), told(1, 2), told(1, 3), told(2, 4)];
        assert_eq!(store.add_out(TENANT, &new).await.unwrap(), 4);
        assert_eq!(store.add_out(TENANT, &new).await.unwrap(), 0, "each once");
        assert_eq!(due(&store, 10).await, ["brain:1:1", "brain:2:4"]);
        let rows = store.out_due(TENANT, &brain(), at(10), 100).await.unwrap();
        store.out_done(TENANT, &brain(), &rows, at(11)).await.unwrap();
        assert_eq!(due(&store, 11).await, ["brain:1:2"]);
        let row = store.out_due(TENANT, &brain(), at(11), 100).await.unwrap().remove(0);
        assert_eq!(row.no, 2);
        store.out_behind(TENANT, &brain(), (&[(&row, at(15))], false), "the partner is down").await.unwrap();
        let tried = store.out_list(TENANT, "brain", ("waiting", 1), 10).await.unwrap();
        assert!(tried.is_empty(), "that was not its own failure");
        store.out_later(TENANT, &brain(), &row, at(20), "later").await.unwrap();
        let tried = store.out_list(TENANT, "brain", ("waiting", 1), 10).await.unwrap();
        assert_eq!((tried.len(), tried[0].error.as_deref()), (1, Some("later")));
        assert_eq!(due(&store, 19).await, [""; 0]);
        assert_eq!(due(&store, 20).await, ["brain:1:2"]);
        store.out_dead(TENANT, &brain(), &row, "no such matter").await.unwrap();
        store.add_out(TENANT, &[told(3, 5)]).await.unwrap();
        assert_eq!(due(&store, 30).await, ["brain:3:5"], "the third of the first case waits behind the dead one");
        let dead = store.out_list(TENANT, "brain", ("dead", 0), 10).await.unwrap();
        assert_eq!((dead.len(), dead[0].error.as_deref(), dead[0].attempts), (1, Some("no such matter"), 2));
        assert!(store.settle_out(TENANT, "brain", "brain:1:2", ("waiting", Some("skipped"), Some("wrong"))).await.unwrap());
        // A failure in between leaves the reason as it was given, and so does another try.
        let row = store.out_due(TENANT, &brain(), at(30), 100).await.unwrap().into_iter().find(|row| row.no == 2).unwrap();
        store.out_later(TENANT, &brain(), &row, at(30), "the partner answered 500").await.unwrap();
        assert!(store.settle_out(TENANT, "brain", "brain:1:2", ("waiting", None, None)).await.unwrap());
        let rows = store.out_due(TENANT, &brain(), at(30), 100).await.unwrap();
        let skipped = rows.iter().find(|row| row.no == 2).unwrap();
        assert_eq!((skipped.kind.as_str(), skipped.reason.as_deref()), ("skipped", Some("wrong")));
        store.out_done(TENANT, &brain(), &rows, at(31)).await.unwrap();
        assert!(!store.settle_out(TENANT, "brain", "brain:1:2", ("aside", None, None)).await.unwrap(), "it was taken");
        assert_eq!(due(&store, 31).await, ["brain:1:3"]);
        assert_eq!(store.out_last(TENANT, &brain(), CaseId(1)).await.unwrap(), Some(3));
        assert_eq!(store.out_last(TENANT, &brain(), CaseId(9)).await.unwrap(), None);
        let counts = store.out_counts(TENANT).await.unwrap();
        let states: Vec<(&str, i64)> = counts.iter().map(|it| (it.state.as_str(), it.count)).collect();
        assert_eq!(states, [("waiting", 1)], "what is done is kept for good and not counted");
        store.close().await;
    }

    async fn what_was_told_is_told_again_from_any_point_under_the_same_ids(home: &Home) {
        let store = home.open().await;
        store.put_partner(TENANT, &partner()).await.unwrap();
        store.add_out(TENANT, &[told(1, 1), told(1, 2), told(2, 3)]).await.unwrap();
        for now in [10, 11] {
            let rows = store.out_due(TENANT, &brain(), at(now), 100).await.unwrap();
            store.out_done(TENANT, &brain(), &rows, at(now)).await.unwrap();
        }
        assert_eq!(due(&store, 20).await, [""; 0]);
        for (from, wanted) in [
            (Again::Since(at(2)), 2),
            (Again::Position { stream: 1, position: 3 }, 1),
            (Again::Position { stream: 2, position: 1 }, 0),
            (Again::Sequence { case: CaseId(1), no: 2 }, 1),
        ] {
            assert_eq!(store.out_again(TENANT, "brain", from).await.unwrap(), wanted, "{from:?}");
            let rows = store.out_due(TENANT, &brain(), at(20), 100).await.unwrap();
            assert_eq!(rows.len(), wanted as usize);
            store.out_done(TENANT, &brain(), &rows, at(21)).await.unwrap();
        }
        store.close().await;
    }

    async fn what_is_sent_again_has_all_its_tries_before_it(home: &Home) {
        let store = home.open().await;
        store.put_partner(TENANT, &partner()).await.unwrap();
        store.add_out(TENANT, &[told(1, 1)]).await.unwrap();
        let first = async || store.out_due(TENANT, &brain(), at(100), 9).await.unwrap().remove(0);
        for revived in [false, true] {
            store.out_later(TENANT, &brain(), &first().await, at(1), "500").await.unwrap();
            store.out_dead(TENANT, &brain(), &first().await, "500").await.unwrap();
            if revived {
                assert_eq!(store.revive(TENANT, &brain()).await.unwrap(), 1);
            } else {
                assert!(store.settle_out(TENANT, "brain", "brain:1:1", ("waiting", None, None)).await.unwrap());
            }
            assert_eq!(first().await.attempts, 0, "revived: {revived}");
        }
        let (position, sequence) = (Again::Position { stream: 1, position: 1 }, Again::Sequence { case: CaseId(1), no: 1 });
        for from in [Again::Since(at(0)), position, sequence] {
            store.out_later(TENANT, &brain(), &first().await, at(1), "500").await.unwrap();
            store.out_done(TENANT, &brain(), &[first().await], at(2)).await.unwrap();
            assert_eq!(store.out_again(TENANT, "brain", from).await.unwrap(), 1);
            assert_eq!(first().await.attempts, 0, "{from:?}");
        }
        store.close().await;
    }

    async fn what_came_is_applied_once_and_in_turn(home: &Home) {
        let store = home.open().await;
        store.put_partner(TENANT, &partner()).await.unwrap();
        let add = async |new: &[NewIn]| store.add_in(TENANT, &brain(), new, at(1)).await.unwrap();
        assert_eq!(add(&[came("c", "N-1", Some(3)), came("b", "N-1", Some(2))]).await, [true, true]);
        assert_eq!(applicable(&store, 5).await, [""; 0], "the first is missing");
        assert_eq!(add(&[came("a", "N-1", Some(1)), came("x", "", None)]).await, [true, true]);
        assert_eq!(applicable(&store, 5).await, ["x", "a"]);
        let rows = store.in_due(TENANT, &brain(), at(5), 100).await.unwrap();
        for row in &rows {
            store.in_done(TENANT, row, (Some(CaseId(7)), None), at(6)).await.unwrap();
        }
        assert_eq!(add(&[came("a", "N-1", Some(1))]).await, [false], "it was applied");
        assert_eq!(applicable(&store, 6).await, ["b"]);
        let done = store.in_list(TENANT, "brain", "done", 10).await.unwrap();
        assert!(done.iter().all(|row| row.body.is_empty() && row.case == Some(CaseId(7))), "{done:?}");
        let row = store.in_due(TENANT, &brain(), at(6), 100).await.unwrap().remove(0);
        store.in_later(TENANT, &row, at(60), "busy").await.unwrap();
        assert_eq!(applicable(&store, 59).await, [""; 0]);
        let row = store.in_due(TENANT, &brain(), at(60), 100).await.unwrap().remove(0);
        store.in_park(TENANT, &row, "unmapped", "no such matter").await.unwrap();
        assert_eq!(applicable(&store, 99).await, [""; 0], "it stops its case");
        let parked = store.in_list(TENANT, "brain", "parked", 10).await.unwrap();
        assert_eq!((parked[0].code.as_deref(), parked[0].attempts), (Some("unmapped"), 2));
        // Told again, it is tried again; set aside, the next has its turn.
        assert_eq!(add(&[came("b", "N-1", Some(2))]).await, [true]);
        assert_eq!(applicable(&store, 99).await, ["b"]);
        assert!(store.settle_in(TENANT, ("brain", "b"), ("aside", None, Some("wrong"))).await.unwrap());
        assert!(!store.settle_in(TENANT, ("brain", "a"), ("aside", None, None)).await.unwrap(), "done");
        assert_eq!(applicable(&store, 99).await, ["c"]);
        // One whose predecessor never comes is applied when a person says so.
        add(&[came("z", "N-2", Some(9))]).await;
        assert_eq!(applicable(&store, 99).await, ["c"]);
        assert!(store.settle_in(TENANT, ("brain", "z"), ("waiting", Some("forced"), None)).await.unwrap());
        assert_eq!(applicable(&store, 99).await.len(), 2);
        let none = Key { member: "exchange:brain".into(), key: "k".into(), body_hash: [0; 32] };
        assert!(!store.key_is_used(TENANT, &none).await.unwrap());
        store.close().await;
    }

    async fn what_is_set_aside_or_wanted_now_lets_nothing_overtake_one_that_stopped(home: &Home) {
        let store = home.open().await;
        let add = async |new: &[NewIn]| store.add_in(TENANT, &brain(), new, at(1)).await.unwrap();
        let find = async |id: &str, now: i64| {
            let rows = store.in_due(TENANT, &brain(), at(now), 100).await.unwrap();
            rows.into_iter().find(|row| row.id == id).unwrap()
        };
        add(&[came("1", "N", Some(1)), came("2", "N", Some(2)), came("3", "N", Some(3)), came("4", "N", Some(4))]).await;
        let first = find("1", 5).await;
        store.in_park(TENANT, &first, "unmapped", "no such matter").await.unwrap();
        assert!(store.settle_in(TENANT, ("brain", "2"), ("aside", None, Some("wrong"))).await.unwrap());
        assert_eq!(applicable(&store, 9).await, [""; 0], "the first is not decided");
        assert!(store.settle_in(TENANT, ("brain", "3"), ("waiting", Some("forced"), None)).await.unwrap());
        assert_eq!(applicable(&store, 9).await, ["3"], "a person wants it now");
        let third = find("3", 9).await;
        store.in_done(TENANT, &third, (None, None), at(9)).await.unwrap();
        assert_eq!(applicable(&store, 9).await, [""; 0], "and the fourth waits all the same");
        assert!(store.settle_in(TENANT, ("brain", "1"), ("aside", None, Some("wrong"))).await.unwrap());
        assert_eq!(applicable(&store, 9).await, ["4"]);
        // Those that are not counted keep the order in which they came.
        add(&[came("x", "M", None)]).await;
        store.add_in(TENANT, &brain(), &[came("y", "M", None)], at(2)).await.unwrap();
        // Which of two cases comes first does not matter.
        let mut both = applicable(&store, 9).await;
        both.sort();
        assert_eq!(both, ["4", "x"]);
        let x = find("x", 9).await;
        store.in_later(TENANT, &x, at(60), "busy").await.unwrap();
        assert_eq!(applicable(&store, 9).await, ["4"], "the second waits for the first");
        // Without a number there is no order.
        add(&[came("p", "", None), came("q", "", None)]).await;
        let p = find("p", 9).await;
        store.in_park(TENANT, &p, "number", "no number").await.unwrap();
        assert!(applicable(&store, 9).await.contains(&"q".to_owned()));
        store.close().await;
    }

    async fn a_repetition_mends_what_was_parked_and_one_under_another_source_can_be_decided(home: &Home) {
        let store = home.open().await;
        let add = async |new: NewIn, now: i64| store.add_in(TENANT, &brain(), &[new], at(now)).await.unwrap();
        add(NewIn { kind: "typo".into(), ..came("a", "N", None) }, 1).await;
        let row = store.in_due(TENANT, &brain(), at(5), 9).await.unwrap().remove(0);
        store.in_park(TENANT, &row, "unknown_type", "typo").await.unwrap();
        assert_eq!(add(NewIn { sent_at: at(3), ..came("a", "N-1", Some(1)) }, 6).await, [true]);
        let row = store.in_due(TENANT, &brain(), at(6), 9).await.unwrap().remove(0);
        assert_eq!((row.kind.as_str(), row.subject.as_str(), row.no, row.sent_at), ("noted", "N-1", Some(1), at(3)));
        assert_eq!(row.received_at, at(1), "it keeps its turn");
        add(NewIn { source: "urn:old".into(), ..came("b", "N-2", None) }, 7).await;
        assert!(store.settle_in(TENANT, ("brain", "b"), ("aside", None, Some("wrong"))).await.unwrap());
        assert!(!store.settle_in(TENANT, ("brain", "b"), ("aside", None, Some("wrong"))).await.unwrap());
        store.close().await;
    }

    async fn files_that_are_missing_hold_nothing_up_and_a_repetition_brings_them(home: &Home) {
        let store = home.open().await;
        let add = async |id: &str, no: i64, now: i64| {
            store.add_in(TENANT, &brain(), &[came(id, "N", Some(no))], at(now)).await.unwrap()
        };
        add("1", 1, 1).await;
        add("2", 2, 1).await;
        let row = store.in_due(TENANT, &brain(), at(2), 9).await.unwrap().remove(0);
        store.in_files(TENANT, &row, (Some(CaseId(7)), Some(at(30))), "404").await.unwrap();
        assert_eq!(applicable(&store, 2).await, ["2"], "the next goes on");
        let late = async |now: i64| store.in_late(TENANT, &brain(), at(now), 9).await.unwrap();
        assert_eq!((late(29).await.len(), late(30).await.len()), (0, 1));
        let row = late(30).await.remove(0);
        assert_eq!((row.case, row.body.as_slice(), row.error.as_deref()), (Some(CaseId(7)), &b"sealed"[..], Some("404")));
        // Given up: its content goes, and a repetition brings it back.
        store.in_files(TENANT, &row, (row.case, None), "404").await.unwrap();
        assert!(late(1_000_000).await.is_empty());
        let lost = store.in_list(TENANT, "brain", "lost", 9).await.unwrap();
        assert!(lost.len() == 1 && lost[0].body.is_empty(), "{lost:?}");
        assert_eq!(add("1", 1, 500).await, [true]);
        assert_eq!(applicable(&store, 500).await, ["2"], "it is not applied again");
        let row = late(500).await.remove(0);
        assert_eq!((row.received_at, row.body.as_slice(), row.case), (at(500), &b"sealed"[..], Some(CaseId(7))));
        store.in_done(TENANT, &row, (row.case, None), at(501)).await.unwrap();
        assert_eq!(add("1", 1, 600).await, [false]);
        store.close().await;
    }

    async fn a_repetition_that_comes_while_files_are_fetched_stands_as_it_came(home: &Home) {
        let store = home.open().await;
        store.add_in(TENANT, &brain(), &[came("1", "N", Some(1))], at(1)).await.unwrap();
        let row = store.in_due(TENANT, &brain(), at(2), 9).await.unwrap().remove(0);
        store.in_files(TENANT, &row, (Some(CaseId(7)), Some(at(30))), "404").await.unwrap();
        let late = async |now: i64| store.in_late(TENANT, &brain(), at(now), 9).await.unwrap().remove(0);
        let read = late(30).await;
        let fresh = NewIn { body: b"fresh".to_vec(), ..came("1", "N", Some(1)) };
        assert_eq!(store.add_in(TENANT, &brain(), &[fresh], at(40)).await.unwrap(), [true]);
        // What was read before it ends in one of three ways.
        store.in_files(TENANT, &read, (read.case, Some(at(5_000))), "404").await.unwrap();
        store.in_files(TENANT, &read, (read.case, None), "404").await.unwrap();
        store.in_done(TENANT, &read, (read.case, None), at(41)).await.unwrap();
        let row = late(40).await;
        assert_eq!((row.body.as_slice(), row.received_at, row.attempts), (&b"fresh"[..], at(40), 1));
        // Content that is forgotten while files are fetched does not come back.
        store.in_files(TENANT, &InRow { body: b"read".to_vec(), ..row }, (Some(CaseId(7)), Some(at(90))), "404").await.unwrap();
        assert_eq!(late(90).await.body, b"fresh");
        store.close().await;
    }

    async fn what_nobody_settled_in_time_loses_its_content_and_holds_nothing_up_any_more(home: &Home) {
        let store = home.open().await;
        store.add_in(TENANT, &brain(), &[came("a", "N", Some(1))], at(1)).await.unwrap();
        let row = store.in_due(TENANT, &brain(), at(2), 9).await.unwrap().remove(0);
        store.in_park(TENANT, &row, "unknown_type", "typo").await.unwrap();
        store.add_in(TENANT, &brain(), &[came("b", "N", Some(2))], at(20)).await.unwrap();
        store.add_in(TENANT, &brain(), &[came("c", "N-2", None)], at(21)).await.unwrap();
        assert_eq!(applicable(&store, 60).await, ["c"], "the second waits for the first");
        let letter = |id: &str, direction, made: i64| LetterRow {
            id: id.into(),
            direction,
            case: None,
            seq: 0,
            body: (direction == Direction::In).then(|| b"sealed".to_vec()),
            state: "dead".into(),
            attempts: 1,
            due_at: at(made),
            error: Some("unknown".into()),
            made_at: at(made),
        };
        let letters =
            [letter("in:1", Direction::In, 1), letter("in:2", Direction::In, 50), letter("out:1", Direction::Out, 1)];
        store.put_dead(TENANT, "city", &letters).await.unwrap();
        assert_eq!(store.forget_stopped(TenantId(2), at(10), "too late").await.unwrap(), 0);
        assert_eq!(store.forget_stopped(TENANT, at(10), "too late").await.unwrap(), 2);
        assert_eq!(store.forget_stopped(TENANT, at(10), "too late").await.unwrap(), 0, "they are forgotten");
        let aside = store.in_list(TENANT, "brain", "aside", 9).await.unwrap();
        assert_eq!((aside.len(), aside[0].id.as_str(), aside[0].error.as_deref()), (1, "a", Some("too late")));
        assert!(aside[0].body.is_empty());
        assert_eq!(applicable(&store, 60).await, ["b", "c"]);
        let dropped = store.letters(TENANT, "city", "dropped", None, 9).await.unwrap().items;
        assert_eq!((dropped.len(), dropped[0].id.as_str(), &dropped[0].body), (1, "in:1", &None));
        // What a person sets aside loses it at once.
        assert!(store.settle_in(TENANT, ("brain", "b"), ("aside", None, Some("wrong"))).await.unwrap());
        let aside = store.in_list(TENANT, "brain", "aside", 9).await.unwrap();
        assert!(aside.len() == 2 && aside.iter().all(|row| row.body.is_empty()), "{aside:?}");
        store.close().await;
    }

    async fn newer_figures_of_a_period_take_the_place_of_older_ones(home: &Home) {
        let store = home.open().await;
        let figures = |period: &str, made: i64, body: &str| FigureRow {
            period: period.into(),
            made_at: at(made),
            received_at: at(100),
            body: body.into(),
        };
        for (it, kept) in [
            (figures("2026-05-12", 2, "b"), true),
            (figures("2026-05-12", 1, "a"), false),
            (figures("2026-05-12", 3, "c"), true),
            (figures("2026-05-13", 1, "d"), true),
        ] {
            assert_eq!(store.put_figures(TENANT, &brain(), &it).await.unwrap(), kept, "{it:?}");
        }
        let all = store.figures(TENANT, "brain", "~", 10).await.unwrap();
        let bodies: Vec<&str> = all.iter().map(|row| row.body.as_str()).collect();
        assert_eq!(bodies, ["d", "c"]);
        assert_eq!(store.figures(TENANT, "brain", "2026-05-13", 10).await.unwrap().len(), 1);
        store.close().await;
    }

    async fn letters_of_a_feed_are_counted_and_what_a_person_decided_outlives_them(home: &Home) {
        let store = home.open().await;
        let letter = |id: &str, direction, case: Option<u128>, seq| LetterRow {
            id: id.into(),
            direction,
            case: case.map(CaseId),
            seq,
            body: Some(b"sealed".to_vec()),
            state: "waiting".into(),
            attempts: 0,
            due_at: at(1),
            error: None,
            made_at: at(1),
        };
        let (report, update) = (letter("out:1:0", Direction::Out, Some(1), 0), letter("out:1:3", Direction::Out, Some(1), 3));
        let photo = letter("photo:1:a", Direction::Photo, Some(1), 0);
        store.add_letters(TENANT, "city", &[photo, update, report, letter("in:1", Direction::In, None, 0)]).await.unwrap();
        let due = |rows: Vec<LetterRow>| rows.into_iter().map(|row| row.id.to_string()).collect::<Vec<_>>();
        assert_eq!(due(store.due_letters(TENANT, "city", at(2), 9).await.unwrap()), ["out:1:0"]);
        store.letter_done(TENANT, "city", "out:1:0", at(5)).await.unwrap();
        assert_eq!(due(store.due_letters(TENANT, "city", at(6), 9).await.unwrap()), ["out:1:3"], "a photo holds up nothing");
        assert_eq!(due(store.due_photos(TENANT, "city", at(0), 9).await.unwrap()), Vec::<String>::new());
        assert_eq!(due(store.due_photos(TENANT, "city", at(6), 9).await.unwrap()), ["photo:1:a"]);
        store.letter_done(TENANT, "city", "photo:1:a", at(6)).await.unwrap();
        let counts = store.letter_counts(TENANT, "city").await.unwrap();
        let done: Vec<_> = counts.iter().filter(|it| it.state == "done").map(|it| (it.direction, it.many, it.newest)).collect();
        assert_eq!(done, [(Direction::Out, 1, at(5)), (Direction::Photo, 1, at(6))]);

        let choice = |chosen: Option<&str>, reason: Option<&str>| ChoiceRow {
            chosen: chosen.map(str::to_owned),
            reason: reason.map(str::to_owned),
            by: MemberId::new("administrator"),
            at: at(7),
        };
        store.choose_letter(TENANT, "city", "out:1:0", &choice(Some("014"), None)).await.unwrap();
        store.choose_letter(TENANT, "city", "out:1:0", &choice(None, Some("why"))).await.unwrap();
        store.purge_letters(TENANT, at(100)).await.unwrap();
        let done = store.letters(TENANT, "city", "done", None, 9).await.unwrap().items;
        assert_eq!(due(done), ["photo:1:a"], "that a photo was taken is remembered");
        assert_eq!(store.choice(TENANT, "city", "out:1:0").await.unwrap(), Some(choice(Some("014"), Some("why"))));
        assert_eq!(store.choice(TenantId(2), "city", "out:1:0").await.unwrap(), None);
        assert!(!store.drop_feed(TENANT, "city").await.unwrap(), "there was none of this name");
        assert_eq!(store.choice(TENANT, "city", "out:1:0").await.unwrap(), None, "what belongs to it goes");
        store.close().await;
    }
}
