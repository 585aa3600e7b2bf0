//! Accounts and uploads as they are stored: what is used once is used once, what was shut opens nothing, and of two appends one goes on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use crate::city::{
    T0, TENANT,
    place::{Home, Kind},
};
use huying_model::{Instant, MemberId};
use huying_store::{
    SavedFilter, Store, TenantId,
    accounts::{ApiKeyRow, Attempts, PasskeyRow, SessionRow, SignInRow, SignInsOf, TokenRow},
    uploads::UploadRow,
};

/// An upload of which nothing has come, under a key of this number.
fn upload(no: u8, member: &MemberId) -> UploadRow {
    UploadRow {
        member: member.clone(),
        hash: sum(no),
        length: 100,
        came: 0,
        complete: false,
        used: false,
        key: vec![no, 7],
        parts: String::new(),
        touched_at: at(0),
    }
}

fn at(seconds: i64) -> Instant {
    Instant(T0 + seconds * 1000)
}

fn sum(no: u8) -> [u8; 32] {
    [no; 32]
}

fn session(no: u8, member: &MemberId) -> SessionRow {
    SessionRow {
        hash: sum(no),
        member: member.clone(),
        half: false,
        strong: no == 2,
        began_at: at(0),
        seen_at: at(0),
        ends_at: at(3600),
        device: "Firefox · Linux".into(),
    }
}

/// A line of the log that stands by itself. What happened later has a higher number.
fn line(member: Option<&MemberId>, what: &str, seconds: i64) -> SignInRow {
    static NO: std::sync::atomic::AtomicI64 = std::sync::atomic::AtomicI64::new(1);
    SignInRow {
        at: at(seconds),
        no: NO.fetch_add(1, std::sync::atomic::Ordering::Relaxed),
        member: member.cloned(),
        what: what.into(),
        way: "password".into(),
        device: "Firefox · Linux".into(),
        network: "192.0.2.0/24".into(),
        times: 1,
        last_at: at(seconds),
        asked_by: None,
        hour: None,
    }
}

/// Every line, from the newest on.
fn all() -> SignInsOf {
    SignInsOf { member: None, what: "".into(), from: Instant(0), before: (Instant::MAX, 0) }
}

/// An open store with an account and two sessions of it.
async fn opened(home: &Home) -> (Store, MemberId) {
    let store = home.open().await;
    let member = MemberId::new("dispatcher-1");
    assert!(store.add_account(TENANT, &member, at(0)).await.unwrap());
    for no in [1, 2] {
        store.add_session(TENANT, &session(no, &member), None, None).await.unwrap();
    }
    (store, member)
}

async fn open_sessions(store: &Store, member: &MemberId) -> Vec<u8> {
    let mut found: Vec<u8> =
        store.sessions(TENANT, member).await.unwrap().iter().map(|it| it.hash[0]).collect();
    found.sort_unstable();
    found
}

on_both! {
    async fn an_account_is_made_once_and_holds_what_was_set(home: &Home) {
        let (store, member) = opened(home).await;
        assert!(!store.add_account(TENANT, &member, at(5)).await.unwrap(), "there is one");
        store.set_password(TENANT, &member, ("$argon2id$a", Some(at(60))), (None, false), (at(1), None)).await.unwrap();
        store.set_mail(TENANT, &member, Some(vec![1, 2]), at(2)).await.unwrap();
        let found = store.account(TENANT, &member).await.unwrap().unwrap();
        assert_eq!((found.password.as_deref(), found.once_until), (Some("$argon2id$a"), Some(at(60))));
        assert_eq!((found.mail, found.totp, found.locked), (Some(vec![1, 2]), None, false));
        assert_eq!((found.made_at, found.changed_at), (at(0), at(2)));
        store.rehash(TENANT, &member, "$argon2id$old", "$argon2id$c").await.unwrap();
        store.rehash(TENANT, &member, "$argon2id$a", "$argon2id$b").await.unwrap();
        let all = store.accounts(TENANT).await.unwrap();
        assert_eq!(all[0].password.as_deref(), Some("$argon2id$b"), "only the password that was read is replaced");
        assert_eq!(store.accounts(TenantId(2)).await.unwrap(), []);
        assert_eq!(store.account(TenantId(2), &member).await.unwrap(), None);
        store.close().await;
    }

    async fn a_new_password_ends_every_session_but_the_one_that_set_it(home: &Home) {
        let (store, member) = opened(home).await;
        let link = TokenRow { member: member.clone(), purpose: "reset".into(), ends_at: at(60) };
        store.add_token(TENANT, sum(9), &link, None).await.unwrap();
        store.set_password(TENANT, &member, ("$argon2id$a", None), (Some(sum(2)), false), (at(1), None)).await.unwrap();
        assert_eq!(open_sessions(&store, &member).await, [2]);
        assert_eq!(store.token(TENANT, sum(9), at(2)).await.unwrap(), None, "an open link goes too");
        store.set_password(TENANT, &member, ("$argon2id$b", None), (None, false), (at(1), None)).await.unwrap();
        assert_eq!(open_sessions(&store, &member).await, [0u8; 0]);
        store.close().await;
    }

    async fn a_closed_account_has_no_sessions_links_and_keys(home: &Home) {
        let (store, member) = opened(home).await;
        let key = ApiKeyRow {
            id: "k1".into(), member: member.clone(), name: "import".into(), scopes: "read".into(),
            made_at: at(0), ends_at: at(3600), used_at: None,
        };
        store.add_api_key(TENANT, sum(7), &key, None).await.unwrap();
        store.set_locked(TENANT, &member, true, (at(1), None)).await.unwrap();
        assert_eq!(open_sessions(&store, &member).await, [0u8; 0]);
        assert_eq!(store.api_keys(TENANT, &member).await.unwrap(), []);
        store.set_locked(TENANT, &member, false, (at(2), None)).await.unwrap();
        assert_eq!(store.api_key(TENANT, sum(7), at(3)).await.unwrap(), None, "opening it again brings no key back");
        store.close().await;
    }

    async fn a_passkey_is_its_members_alone_and_its_counter_is_set_by_one_use_at_a_time(home: &Home) {
        let (store, member) = opened(home).await;
        let row = PasskeyRow {
            id: vec![7; 20],
            member: member.clone(),
            name: "手机".into(),
            fixed: vec![1, 2],
            moving: vec![0],
            made_at: at(1),
            used_at: None,
        };
        assert!(store.add_passkey(TENANT, &row, None).await.unwrap());
        let stranger = PasskeyRow { member: MemberId::new("other"), ..row.clone() };
        assert!(!store.add_passkey(TENANT, &stranger, None).await.unwrap(), "the id is taken");
        assert_eq!(store.passkey(TENANT, &[7; 20]).await.unwrap(), Some(row.clone()));
        assert_eq!(store.passkey(TENANT, &[8; 20]).await.unwrap(), None);
        assert!(store.passkey_used(TENANT, &row.id, (&[0], &[1]), at(2)).await.unwrap());
        assert!(!store.passkey_used(TENANT, &row.id, (&[0], &[1]), at(2)).await.unwrap(), "that counter is past");
        assert_eq!(store.passkeys(TENANT, &member).await.unwrap()[0].used_at, Some(at(2)));
        assert!(!store.drop_passkey(TENANT, &MemberId::new("other"), &row.id).await.unwrap());
        assert!(store.drop_passkey(TENANT, &member, &row.id).await.unwrap());
        assert!(store.add_passkey(TENANT, &row, None).await.unwrap());
        store.set_password(TENANT, &member, ("$argon2id$a", None), (Some(sum(2)), false), (at(3), None)).await.unwrap();
        assert_eq!(store.passkeys(TENANT, &member).await.unwrap().len(), 1, "another password alone leaves it");
        store.set_password(TENANT, &member, ("$argon2id$b", None), (Some(sum(2)), true), (at(3), None)).await.unwrap();
        assert_eq!(store.passkeys(TENANT, &member).await.unwrap(), []);
        assert!(store.add_passkey(TENANT, &row, None).await.unwrap());
        store.drop_ways(TENANT, &member).await.unwrap();
        assert_eq!(store.passkeys(TENANT, &member).await.unwrap(), []);
        let strong: Vec<bool> =
            store.sessions(TENANT, &member).await.unwrap().iter().map(|session| session.strong).collect();
        assert_eq!(strong.iter().filter(|strong| **strong).count(), 1);
    }

    async fn a_session_tells_how_its_account_stands(home: &Home) {
        let (store, member) = opened(home).await;
        store.set_totp(TENANT, &member, Some((vec![5], 40)), &[sum(4)], Some(sum(1)), (at(3), None)).await.unwrap();
        let (found, standing) = store.session(TENANT, sum(1)).await.unwrap().unwrap();
        assert_eq!((found.member, found.half, found.device.as_str()), (member.clone(), false, "Firefox · Linux"));
        assert!(standing.has_totp && !standing.locked && standing.once_until.is_none());
        store.session_seen(TENANT, sum(1), at(77)).await.unwrap();
        assert_eq!(store.session(TENANT, sum(1)).await.unwrap().unwrap().0.seen_at, at(77));
        assert_eq!(store.session(TENANT, sum(2)).await.unwrap(), None, "another factor ended the other session");
        store.add_session(TENANT, &session(3, &member), Some(sum(1)), None).await.unwrap();
        assert_eq!(open_sessions(&store, &member).await, [3], "one session stands in for the other");
        store.close().await;
    }

    async fn a_code_is_taken_once_and_never_after_a_later_one(home: &Home) {
        let (store, member) = opened(home).await;
        store.set_totp(TENANT, &member, Some((vec![5], 40)), &[sum(4), sum(5)], None, (at(3), None)).await.unwrap();
        for (step, taken) in [(40, false), (42, true), (42, false), (41, false), (43, true)] {
            assert_eq!(store.take_step(TENANT, &member, step).await.unwrap(), taken, "step {step}");
        }
        assert!(store.take_recovery(TENANT, &member, sum(4)).await.unwrap());
        assert!(!store.take_recovery(TENANT, &member, sum(4)).await.unwrap());
        assert_eq!(store.recovery_left(TENANT, &member).await.unwrap(), 1);
        assert!(store.set_recovery(TENANT, &member, &[sum(6), sum(7), sum(8)], at(3)).await.unwrap());
        assert!(!store.take_recovery(TENANT, &member, sum(5)).await.unwrap(), "new codes replace the old ones");
        assert_eq!(store.recovery_left(TENANT, &member).await.unwrap(), 3);
        store.set_totp(TENANT, &member, None, &[], None, (at(4), None)).await.unwrap();
        assert_eq!(store.recovery_left(TENANT, &member).await.unwrap(), 0);
        store.close().await;
    }

    async fn a_link_is_the_only_one_opens_once_and_runs_out(home: &Home) {
        let (store, member) = opened(home).await;
        let link = TokenRow { member: member.clone(), purpose: "invitation".into(), ends_at: at(60) };
        store.add_token(TENANT, sum(1), &link, None).await.unwrap();
        store.add_token(TENANT, sum(2), &link, None).await.unwrap();
        assert_eq!(store.token(TENANT, sum(1), at(1)).await.unwrap(), None, "the older one is gone");
        assert_eq!(store.token(TENANT, sum(2), at(1)).await.unwrap(), Some(link.clone()));
        let take = |link: u8, password: &'static str, seconds: i64| {
            let (store, member) = (&store, &member);
            async move {
                let note = line(Some(member), "link_taken", seconds);
                store.take_up_link(TENANT, (sum(link), member), password, &note).await.unwrap()
            }
        };
        assert!(!take(2, "$argon2id$late", 60).await, "it has run out");
        assert!(!take(1, "$argon2id$old", 59).await, "the older one");
        assert_eq!(open_sessions(&store, &member).await, [1, 2], "and nothing was done by either");
        assert!(take(2, "$argon2id$new", 59).await);
        store.add_session(TENANT, &session(3, &member), None, None).await.unwrap();
        assert!(!take(2, "$argon2id$again", 59).await, "whoever comes second gets nothing");
        assert_eq!(open_sessions(&store, &member).await, [3], "and ends nothing");
        let password = store.account(TENANT, &member).await.unwrap().unwrap().password;
        assert_eq!(password.as_deref(), Some("$argon2id$new"));
        let told = store.sign_ins(TENANT, &all(), 10).await.unwrap();
        assert_eq!(told.iter().map(|row| (row.what.as_str(), row.way.as_str())).collect::<Vec<_>>(), [("link_taken", "invitation")]);
        store.close().await;
    }

    async fn a_line_of_the_log_is_written_with_the_session_that_it_tells_of_or_not_at_all(home: &Home) {
        let (store, member) = opened(home).await;
        let note = line(Some(&member), "signed_in", 5);
        assert!(store.add_session(TENANT, &session(3, &member), Some(sum(1)), Some((&note, at(0)))).await.unwrap());
        let other = line(Some(&member), "signed_in", 6);
        assert!(store.add_session(TENANT, &session(3, &member), None, Some((&other, at(0)))).await.is_err(), "there is one");
        assert_eq!(store.sign_ins(TENANT, &all(), 10).await.unwrap(), [note]);
        let out = line(Some(&member), "signed_out", 7);
        store.end_session(TENANT, sum(3), Some(&out)).await.unwrap();
        let everywhere = line(Some(&member), "signed_out", 8);
        store.end_sessions(TENANT, &member, None, Some(&everywhere)).await.unwrap();
        assert_eq!(open_sessions(&store, &member).await, [0u8; 0]);
        assert_eq!(store.sign_ins(TENANT, &all(), 2).await.unwrap(), [everywhere, out]);
        let before = async |row: &SignInRow, since: i64| {
            let found = store.sign_ins_before(TENANT, &member, row, at(since)).await.unwrap();
            (found.all, found.alike, found.lately)
        };
        let next = line(Some(&member), "signed_in", 9);
        assert_eq!(before(&next, 5).await, (1, 1, 1), "signing out is no sign-in");
        assert_eq!(before(&SignInRow { device: "Edge · Windows".into(), ..next.clone() }, 6).await, (1, 0, 0));
        assert_eq!(before(&SignInRow { at: at(5), no: 0, ..next }, 0).await, (0, 0, 0), "not of later ones");
        store.close().await;
    }

    async fn a_session_does_not_begin_where_the_account_was_changed_since_it_was_judged(home: &Home) {
        let (store, member) = opened(home).await;
        // Somebody gives the old password; while it is compared, its member takes another.
        store.set_password(TENANT, &member, ("$argon2id$new", None), (None, true), (at(4), None)).await.unwrap();
        let note = line(Some(&member), "signed_in", 5);
        assert!(!store.add_session(TENANT, &session(3, &member), None, Some((&note, at(0)))).await.unwrap());
        assert_eq!(open_sessions(&store, &member).await, [0u8; 0]);
        assert_eq!(store.sign_ins(TENANT, &all(), 10).await.unwrap(), [], "nobody came in");
        assert!(store.add_session(TENANT, &session(3, &member), None, Some((&note, at(4)))).await.unwrap());
        assert_eq!(open_sessions(&store, &member).await, [3]);
        assert_eq!(store.sign_ins(TENANT, &all(), 10).await.unwrap(), [note]);
        store.close().await;
    }

    async fn a_password_that_was_judged_before_another_was_set_changes_nothing(home: &Home) {
        let (store, member) = opened(home).await;
        // Somebody who knows the old password changes it; while it is compared, the member takes a link up.
        store.set_password(TENANT, &member, ("$argon2id$new", None), (Some(sum(1)), false), (at(4), None)).await.unwrap();
        let note = line(Some(&member), "password_changed", 5);
        let late = async |judged: i64| {
            store.set_password_as_judged(TENANT, &member, ("$argon2id$late", at(judged)), true, &note).await.unwrap()
        };
        assert!(!late(0).await);
        let found = store.account(TENANT, &member).await.unwrap().unwrap();
        assert_eq!((found.password.as_deref(), found.changed_at), (Some("$argon2id$new"), at(4)));
        assert_eq!(open_sessions(&store, &member).await, [1], "nobody is thrown out by it");
        assert_eq!(store.sign_ins(TENANT, &all(), 10).await.unwrap(), [], "and it is not in the log");
        assert!(late(4).await);
        let found = store.account(TENANT, &member).await.unwrap().unwrap();
        assert_eq!((found.password.as_deref(), found.changed_at), (Some("$argon2id$late"), at(5)));
        assert_eq!(store.sign_ins(TENANT, &all(), 10).await.unwrap(), std::slice::from_ref(&note));
        store.close().await;
    }

    async fn no_way_in_is_added_behind_a_change_of_the_account(home: &Home) {
        let (store, member) = opened(home).await;
        // Somebody has asked for it all with the old password; while it is under way, the member takes a link up.
        store.set_password(TENANT, &member, ("$argon2id$new", None), (None, true), (at(4), None)).await.unwrap();
        let passkey = PasskeyRow {
            id: vec![7; 20], member: member.clone(), name: "手机".into(), fixed: vec![1], moving: vec![0], made_at: at(5), used_at: None,
        };
        let key = ApiKeyRow {
            id: "k1".into(), member: member.clone(), name: "import".into(), scopes: "read".into(),
            made_at: at(5), ends_at: at(3600), used_at: None,
        };
        let note = line(Some(&member), "passkey_added", 5);
        assert!(!store.add_passkey(TENANT, &passkey, Some((&note, at(0)))).await.unwrap());
        assert!(!store.add_api_key(TENANT, sum(7), &key, Some((&note, at(0)))).await.unwrap());
        let codes = Some((vec![5], 40));
        assert!(!store.set_totp_as_judged(TENANT, &member, codes, &[sum(4)], at(0), &note).await.unwrap());
        assert!(!store.set_recovery(TENANT, &member, &[sum(4)], at(0)).await.unwrap());
        assert_eq!(store.passkeys(TENANT, &member).await.unwrap(), []);
        assert_eq!(store.api_keys(TENANT, &member).await.unwrap(), []);
        assert_eq!(store.recovery_left(TENANT, &member).await.unwrap(), 0);
        assert_eq!(store.account(TENANT, &member).await.unwrap().unwrap().totp, None);
        assert_eq!(store.sign_ins(TENANT, &all(), 10).await.unwrap(), [], "nothing of it is in the log");
        assert!(store.add_passkey(TENANT, &passkey, Some((&note, at(4)))).await.unwrap());
        assert_eq!(store.sign_ins(TENANT, &all(), 10).await.unwrap(), [note]);
        store.close().await;
    }

    async fn tries_of_an_hour_are_one_line_for_each_account_and_what_is_read_is_chosen_in_the_query(home: &Home) {
        let (store, member) = opened(home).await;
        let other = MemberId::new("dispatcher-2");
        let failed = |member: Option<&MemberId>, seconds: i64| SignInRow {
            hour: Some(at(seconds / 3600 * 3600)),
            network: format!("192.0.{seconds}.0/24").into(),
            ..line(member, "failed", seconds)
        };
        for seconds in 0..50 {
            store.note_sign_ins(TENANT, &[failed(Some(&member), seconds), failed(None, seconds)]).await.unwrap();
        }
        store.note_sign_ins(TENANT, &[SignInRow { times: 7, ..failed(Some(&other), 60) }, failed(Some(&other), 61)]).await.unwrap();
        store.note_sign_ins(TENANT, &[failed(Some(&member), 3700), line(Some(&member), "signed_in", 3800)]).await.unwrap();
        store.note_sign_ins(TENANT, &[]).await.unwrap();
        let told = |rows: Vec<SignInRow>| rows.into_iter().map(|row| (row.member.map(|it| it.to_string()), row.times)).collect::<Vec<_>>();
        let whose = |name: &str| Some(name.to_owned());
        let rows = store.sign_ins(TENANT, &all(), 10).await.unwrap();
        assert_eq!((rows[2].at, rows[2].last_at, rows[2].network.as_str()), (at(60), at(61), "192.0.61.0/24"));
        assert_eq!(
            told(rows),
            [(whose("dispatcher-1"), 1), (whose("dispatcher-1"), 1), (whose("dispatcher-2"), 8), (None, 50), (whose("dispatcher-1"), 50)]
        );
        let own = SignInsOf { member: Some(member.clone()), ..all() };
        assert_eq!(told(store.sign_ins(TENANT, &own, 10).await.unwrap()).len(), 3);
        let failures = SignInsOf { what: "failed".into(), from: at(60), ..own.clone() };
        assert_eq!(told(store.sign_ins(TENANT, &failures, 10).await.unwrap()), [(whose("dispatcher-1"), 1)]);
        // Page by page it is the same list.
        let (mut pages, mut of) = (Vec::new(), all());
        while let Some(last) = store.sign_ins(TENANT, &of, 2).await.unwrap().last().cloned() {
            pages.extend(store.sign_ins(TENANT, &of, 2).await.unwrap());
            of.before = (last.at, last.no);
        }
        assert_eq!(pages, store.sign_ins(TENANT, &all(), 10).await.unwrap());
        assert_eq!(store.sign_ins(TenantId(2), &all(), 10).await.unwrap(), []);
        assert_eq!(store.purge_sign_ins(TENANT, at(3700)).await.unwrap(), 3);
        assert_eq!(store.sign_ins(TENANT, &all(), 10).await.unwrap().len(), 2);
        store.close().await;
    }

    async fn a_key_opens_until_it_ends_or_is_taken_back_by_its_own_member(home: &Home) {
        let (store, member) = opened(home).await;
        let key = ApiKeyRow {
            id: "k1".into(), member: member.clone(), name: "dashboard".into(), scopes: "read report".into(),
            made_at: at(0), ends_at: at(100), used_at: None,
        };
        store.add_api_key(TENANT, sum(7), &key, None).await.unwrap();
        let (found, standing) = store.api_key(TENANT, sum(7), at(99)).await.unwrap().unwrap();
        assert_eq!((&found, standing.has_totp, standing.once_until), (&key, false, None));
        store.set_totp(TENANT, &member, Some((vec![5], 40)), &[], None, (at(3), None)).await.unwrap();
        store.set_password(TENANT, &member, ("$argon2id$a", Some(at(60))), (None, false), (at(4), None)).await.unwrap();
        let (_, standing) = store.api_key(TENANT, sum(7), at(99)).await.unwrap().unwrap();
        assert_eq!((standing.has_totp, standing.once_until), (true, Some(at(60))), "what its member still has to do");
        assert_eq!(store.api_key(TENANT, sum(7), at(100)).await.unwrap(), None);
        assert_eq!(store.api_key(TENANT, sum(8), at(1)).await.unwrap(), None);
        store.api_key_used(TENANT, &key.id, at(5)).await.unwrap();
        assert_eq!(store.api_keys(TENANT, &member).await.unwrap()[0].used_at, Some(at(5)));
        assert!(!store.drop_api_key(TENANT, &MemberId::new("other"), "k1").await.unwrap());
        assert!(store.drop_api_key(TENANT, &member, "k1").await.unwrap());
        assert_eq!(store.api_key(TENANT, sum(7), at(6)).await.unwrap(), None);
        store.close().await;
    }

    async fn two_tries_at_the_same_moment_count_as_two(home: &Home) {
        let (store, _) = opened(home).await;
        let one = Attempts { failures: 1, last_at: at(1) };
        let two = Attempts { failures: 2, last_at: at(2) };
        assert_eq!(store.attempts(TENANT, sum(1)).await.unwrap(), None);
        assert!(store.count_attempt(TENANT, sum(1), None, one).await.unwrap());
        assert!(!store.count_attempt(TENANT, sum(1), None, one).await.unwrap(), "the second has to read again");
        assert!(store.count_attempt(TENANT, sum(1), Some(one), two).await.unwrap());
        assert!(!store.count_attempt(TENANT, sum(1), Some(one), two).await.unwrap());
        store.take_back_attempt(TENANT, sum(1)).await.unwrap();
        assert_eq!(store.attempts(TENANT, sum(1)).await.unwrap().unwrap().failures, 1);
        store.forget_attempts(TENANT, sum(1)).await.unwrap();
        assert_eq!(store.attempts(TENANT, sum(1)).await.unwrap(), None);
        store.close().await;
    }

    async fn upkeep_drops_what_opens_nothing_any_more(home: &Home) {
        let (store, member) = opened(home).await;
        store.add_session(TENANT, &SessionRow { ends_at: at(9000), ..session(3, &member) }, None, None).await.unwrap();
        store.session_seen(TENANT, sum(3), at(4000)).await.unwrap();
        let old = Attempts { failures: 3, last_at: at(1) };
        store.count_attempt(TENANT, sum(1), None, old).await.unwrap();
        store.purge_accounts(TENANT, at(5000), at(3000), at(2)).await.unwrap();
        assert_eq!(open_sessions(&store, &member).await, [3], "the others have ended");
        assert_eq!(store.attempts(TENANT, sum(1)).await.unwrap(), None);
        store.purge_accounts(TENANT, at(5000), at(4000), at(2)).await.unwrap();
        assert_eq!(open_sessions(&store, &member).await, [0u8; 0], "and the last was not seen for long");
        store.close().await;
    }

    async fn a_secret_opens_under_its_own_name_and_tenant_only(home: &Home) {
        let (store, _) = opened(home).await;
        let seals = store.seals(TENANT);
        let sealed = seals.seal_secret("totp dispatcher-1", b"secret").unwrap();
        assert_eq!(seals.open_secret("totp dispatcher-1", &sealed).as_deref(), Some(&b"secret"[..]));
        assert_eq!(seals.open_secret("totp dispatcher-2", &sealed), None);
        assert_eq!(store.seals(TenantId(2)).open_secret("totp dispatcher-1", &sealed), None);
        assert_ne!(seals.mac("a", b"x"), seals.mac("b", b"x"));
        assert_ne!(seals.mac("a", b"x"), store.seals(TenantId(2)).mac("a", b"x"));
        assert_eq!(seals.mac("a", b"x"), seals.mac("a", b"x"));
        store.close().await;
    }

    async fn of_two_appends_to_one_upload_one_goes_on_and_a_new_one_of_the_name_is_another(home: &Home) {
        let (store, member) = opened(home).await;
        let begun = upload(1, &member);
        assert!(store.add_upload(TENANT, &begun).await.unwrap());
        assert!(!store.add_upload(TENANT, &upload(1, &member)).await.unwrap(), "the member has it");
        assert!(store.add_upload(TENANT, &upload(1, &MemberId::new("other"))).await.unwrap());
        assert_eq!(store.upload(TenantId(2), &member, sum(1)).await.unwrap(), None);
        let next = UploadRow { came: 60, parts: "a".repeat(64), touched_at: at(5), ..begun.clone() };
        let other = UploadRow { came: 40, parts: "b".repeat(64), touched_at: at(6), ..begun.clone() };
        assert!(store.move_upload(TENANT, &begun, &next).await.unwrap());
        assert!(!store.move_upload(TENANT, &begun, &other).await.unwrap(), "it has gone on without this one");
        assert_eq!(store.upload(TENANT, &member, sum(1)).await.unwrap(), Some(next.clone()));
        let whole = UploadRow { came: 100, complete: true, ..next.clone() };
        assert!(store.move_upload(TENANT, &next, &whole).await.unwrap());
        assert!(!store.move_upload(TENANT, &whole, &next).await.unwrap(), "what is whole stays whole");
        assert_eq!(store.uploads_lying(TENANT, &member).await.unwrap(), (1, 100));
        assert!(!store.drop_upload(TENANT, &whole, at(4)).await.unwrap(), "it was touched after that");
        assert!(store.drop_upload(TENANT, &whole, at(5)).await.unwrap());
        let again = UploadRow { key: vec![9], ..begun.clone() };
        assert!(store.add_upload(TENANT, &again).await.unwrap());
        assert!(!store.move_upload(TENANT, &begun, &next).await.unwrap(), "a part under the old key");
        store.close().await;
    }

    async fn what_is_half_or_used_is_over_before_what_is_whole(home: &Home) {
        let (store, member) = opened(home).await;
        for no in 1..=3 {
            let begun = upload(no, &member);
            store.add_upload(TENANT, &begun).await.unwrap();
            if no > 1 {
                let whole = UploadRow { came: 100, complete: true, ..begun.clone() };
                assert!(store.move_upload(TENANT, &begun, &whole).await.unwrap());
            }
        }
        store.use_uploads(TENANT, &member, &[sum(3)], at(1)).await.unwrap();
        assert_eq!(store.uploads_lying(TENANT, &member).await.unwrap(), (2, 200));
        let over = |short: i64, long: i64| {
            let (store, spans) = (&store, (at(short), at(long)));
            async move {
                let rows = store.uploads_over(TENANT, spans, 10).await.unwrap();
                rows.iter().map(|row| row.hash[0]).collect::<Vec<_>>()
            }
        };
        assert_eq!(over(-1, -1).await, [0_u8; 0]);
        assert_eq!(over(0, -1).await, [1], "half of it, since nobody goes on");
        assert_eq!(over(1, -1).await, [1, 3], "used, and a while after");
        let mut all = over(1, 0).await;
        all.sort_unstable();
        assert_eq!(all, [1, 2, 3]);
        store.close().await;
    }

    async fn a_filter_is_its_members_alone_is_replaced_under_its_name_and_goes_when_it_is_dropped(home: &Home) {
        let store = home.open().await;
        let (one, other) = (MemberId::new("dispatcher-1"), MemberId::new("dispatcher-2"));
        let kept = |name: &str, query: &str, at: i64| SavedFilter { name: name.into(), query: query.into(), made_at: Instant(at) };
        store.save_filter(TENANT, &one, &kept("热线", "queue=dispatch&source=hotline", 1)).await.unwrap();
        store.save_filter(TENANT, &one, &kept("一小时内", "queue=dispatch&soon=1", 2)).await.unwrap();
        store.save_filter(TENANT, &other, &kept("热线", "queue=accept", 3)).await.unwrap();
        store.save_filter(TENANT, &one, &kept("热线", "queue=mine&source=hotline", 4)).await.unwrap();
        let names = |all: Vec<SavedFilter>| all.into_iter().map(|it| (it.name, it.query)).collect::<Vec<_>>();
        assert_eq!(
            names(store.saved_filters(TENANT, &one).await.unwrap()),
            [("一小时内".to_owned(), "queue=dispatch&soon=1".to_owned()), ("热线".into(), "queue=mine&source=hotline".into())]
        );
        assert!(store.drop_filter(TENANT, &one, "热线").await.unwrap());
        assert!(!store.drop_filter(TENANT, &one, "热线").await.unwrap(), "it is gone already");
        assert_eq!(store.saved_filters(TENANT, &one).await.unwrap().len(), 1);
        assert_eq!(names(store.saved_filters(TENANT, &other).await.unwrap()), [("热线".to_owned(), "queue=accept".to_owned())]);
        assert_eq!(store.saved_filters(TenantId(2), &one).await.unwrap(), []);
    }
}
