//! The log of sign-ins: each way in and out is a line, a flood of failures fills nothing, and what was typed or a whole address stands nowhere.

use crate::{outbox::mail_server, town};

use huying_engine::{
    Error,
    accounts::{AccountRules, Accounts, Came, Entered, Knock, No, Scope, Sent, totp},
    outbox::{
        mail::{MailSettings, Mailer},
        template::Language,
    },
    person::Privacy,
};
use huying_model::{Instant, MemberId};
use huying_store::accounts::{SignInRow, SignInsOf};
use town::{TENANT, Town};

const MEMBER: &str = "dispatcher-east";
const PASSWORD: &str = "a river under stone";
const OTHER: &str = "three birds on a wire";
const DEVICE: &str = "Firefox · Linux";
const DAY_MS: i64 = 86_400_000;

fn member() -> MemberId {
    MemberId::new(MEMBER)
}

fn knock<'a>(member: &'a str, password: &'a str) -> Knock<'a> {
    let address = "192.0.2.77".parse().unwrap();
    Knock { member, password, address, device: DEVICE.into(), mark: None, had: None }
}

fn token(sent: Sent) -> String {
    match sent {
        Sent::Shown(link) => link.rsplit('/').next().unwrap().to_owned(),
        Sent::Mailed => panic!("there is no mail server"),
    }
}

fn everything() -> SignInsOf {
    SignInsOf { member: None, what: "".into(), from: Instant(0), before: (Instant(i64::MAX), 0) }
}

/// The accounts of a town, for somebody at the address of [`knock`].
async fn opened() -> (Town, Accounts) {
    let town = Town::new().await;
    let accounts = Accounts::new(town.engine.clone(), TENANT, AccountRules::default(), None);
    let here = accounts.seen_from("192.0.2.77".parse().unwrap(), DEVICE);
    (town, here)
}

async fn with_password(accounts: &Accounts) {
    let link = token(accounts.invite(&member(), None).await.unwrap());
    accounts.take_up(&link, PASSWORD).await.unwrap();
}

async fn entered(accounts: &Accounts, came: &Came) -> Entered {
    accounts.entered(&came.token.text()).await.unwrap().unwrap()
}

/// What happened by which way, the oldest first.
fn told(rows: &[SignInRow]) -> Vec<(&str, &str)> {
    rows.iter().rev().map(|row| (row.what.as_str(), row.way.as_str())).collect()
}

#[tokio::test]
async fn each_way_in_and_out_is_a_line_with_the_device_and_the_network_and_never_the_address() {
    let (town, accounts) = opened().await;
    let guard = MemberId::new("administrator");
    let link = token(accounts.asked_by(&guard).invite(&member(), None).await.unwrap());
    accounts.take_up(&link, PASSWORD).await.unwrap();
    let came = accounts.sign_in(knock(MEMBER, PASSWORD)).await.unwrap();
    let here = entered(&accounts, &came).await;
    accounts.make_key(&here, "import", &[Scope::Read], 1, PASSWORD).await.unwrap();
    let changed = accounts.change_password(&here, (PASSWORD, OTHER), false, DEVICE.into()).await.unwrap();
    let here = accounts.entered(&changed.text()).await.unwrap().unwrap();
    let begun = accounts.begin_codes(&member()).await.unwrap();
    let code = |step: i64| totp::code(&unbase32(&begun.secret), totp::step(town.now()) + step);
    let (first, proof_code) = (code(0), code(1));
    let proof = (begun.ticket.as_str(), first.as_str(), OTHER);
    let (_, recovery) = accounts.switch_codes_on(&here, proof, DEVICE.into()).await.unwrap();
    let half = accounts.sign_in(knock(MEMBER, OTHER)).await.unwrap();
    assert!(accounts.second(&half.token.text(), "000000", DEVICE.into()).await.is_err());
    let whole = accounts.second(&half.token.text(), &proof_code, DEVICE.into()).await.unwrap();
    let again = accounts.sign_in(knock(MEMBER, OTHER)).await.unwrap();
    accounts.second(&again.token.text(), &recovery[0], DEVICE.into()).await.unwrap();
    accounts.end_everywhere(&member(), Some(whole.token.hash()), false).await.unwrap();
    accounts.sign_out(&whole.token.text()).await.unwrap();
    accounts.sign_out(&whole.token.text()).await.unwrap();
    accounts.lock(Some(&guard), &member(), true).await.unwrap();
    let rows = accounts.own_sign_ins(&member()).await.unwrap();
    let mut lines = told(&rows);
    // What is counted stands where its hour began to be counted.
    lines.retain(|line| !matches!(line.0, "half" | "failed"));
    assert_eq!(
        lines,
        [
            ("link_made", "invitation"),
            ("link_taken", "invitation"),
            ("signed_in", "password"),
            ("key_made", "key"),
            ("password_changed", "password"),
            ("codes_on", "code"),
            ("signed_in", "code"),
            ("signed_in", "recovery_code"),
            ("signed_out", "everywhere"),
            ("signed_out", "this"),
            ("closed", "administrator"),
        ]
    );
    let counted = |what: &str| rows.iter().find(|row| row.what == what).map(|row| row.times);
    assert_eq!((counted("half"), counted("failed")), (Some(2), Some(1)));
    let by = |what: &str| rows.iter().find(|row| row.what == what).and_then(|row| row.asked_by.clone());
    assert_eq!((by("link_made"), by("link_taken"), by("closed")), (Some(guard.clone()), None, Some(guard)));
    for row in &rows {
        assert_eq!((row.device.as_str(), row.network.as_str()), (DEVICE, "192.0.2.0/24"), "{row:?}");
    }
    // A session that nobody uses any more ends, and that is nobody's business.
    let before = rows.len();
    accounts.lock(None, &member(), false).await.unwrap();
    let half = accounts.sign_in(knock(MEMBER, OTHER)).await.unwrap();
    town.clock.set(town.now().plus_ms(DAY_MS));
    assert_eq!(accounts.entered(&half.token.text()).await.unwrap(), None);
    let rows = accounts.own_sign_ins(&member()).await.unwrap();
    assert_eq!((rows.len(), rows[0].what.as_str()), (before + 1, "opened"));
}

fn unbase32(text: &str) -> Vec<u8> {
    let value = |sign: u8| match sign {
        b'A'..=b'Z' => u64::from(sign - b'A'),
        _ => u64::from(sign - b'2') + 26,
    };
    let eight = |part: &[u8]| part.iter().fold(0, |bits, sign| (bits << 5) | value(*sign));
    text.as_bytes().chunks(8).flat_map(|part| eight(part).to_be_bytes()[3..].to_vec()).collect()
}

#[tokio::test]
async fn a_second_factor_finishes_no_session_that_another_password_ended_on_another_node() {
    let (town, here) = opened().await;
    with_password(&here).await;
    let there = Accounts::new(town.engine.clone(), TENANT, AccountRules::default(), None);
    let came = here.sign_in(knock(MEMBER, PASSWORD)).await.unwrap();
    let begun = here.begin_codes(&member()).await.unwrap();
    let code = |step: i64| totp::code(&unbase32(&begun.secret), totp::step(town.now()) + step);
    let (first, second) = (code(0), code(1));
    let proof = (begun.ticket.as_str(), first.as_str(), PASSWORD);
    here.switch_codes_on(&entered(&here, &came).await, proof, DEVICE.into()).await.unwrap();
    let half = here.sign_in(knock(MEMBER, PASSWORD)).await.unwrap().token.text();
    here.entered(&half).await.unwrap().unwrap();
    let link = token(there.reset(&member(), false).await.unwrap());
    there.take_up(&link, OTHER).await.unwrap();
    let late = here.second(&half, &second, DEVICE.into()).await;
    assert_eq!(late.map(|came| came.half), Err(No::TooLate.into()));
    let half = here.sign_in(knock(MEMBER, OTHER)).await.unwrap().token.text();
    here.second(&half, &second, DEVICE.into()).await.unwrap();
}

#[tokio::test]
async fn a_flood_of_failures_is_one_line_for_an_account_and_an_hour_and_what_was_typed_stands_nowhere() {
    let (town, accounts) = opened().await;
    with_password(&accounts).await;
    for no in 0..60_i64 {
        let typed = format!("my secret {no}");
        for name in [MEMBER, typed.as_str()] {
            let outcome = accounts.sign_in(knock(name, OTHER)).await;
            assert!(matches!(outcome, Err(Error::Account(_))), "{outcome:?}");
        }
        if no % 10 == 9 {
            town.engine.write_tries().await.unwrap();
        }
    }
    let rows = accounts.sign_ins(&everything(), 500).await.unwrap();
    let of = |what: &str, whose: Option<&str>| {
        let fits = |row: &&SignInRow| row.what == what && row.member.as_ref().map(MemberId::as_str) == whose;
        rows.iter().filter(fits).map(|row| row.times).collect::<Vec<_>>()
    };
    for whose in [Some(MEMBER), None] {
        let (failed, held_off) = (of("failed", whose), of("held_off", whose));
        assert_eq!((failed.len(), held_off.len()), (1, 1), "{whose:?}");
        assert_eq!(failed[0] + held_off[0], 60, "each try is counted: {failed:?} {held_off:?}");
    }
    assert_eq!(rows.len(), 6, "{rows:?}");
    assert!(!format!("{rows:?}").contains("secret"));
    town.clock.set(town.now().plus_ms(3_600_000));
    assert!(accounts.sign_in(knock(MEMBER, OTHER)).await.is_err());
    let failed = SignInsOf { member: Some(member()), what: "failed".into(), ..everything() };
    let times: Vec<i64> =
        accounts.sign_ins(&failed, 500).await.unwrap().iter().map(|row| row.times).collect();
    assert_eq!((times.len(), times[0]), (2, 1), "the next hour is another line");
}

#[tokio::test]
async fn lines_of_the_log_go_when_their_days_are_over() {
    let (town, accounts) = opened().await;
    with_password(&accounts).await;
    let began = town.now();
    let sweep = async |days: i64| {
        town.clock.set(began.plus_ms(days * DAY_MS));
        town.engine.sweep_persons(TENANT, &Privacy::default()).await.unwrap().sign_ins
    };
    assert_eq!(sweep(184).await, 0, "six months, however long they are");
    assert_eq!(sweep(185).await, 2);
    assert!(accounts.sign_ins(&everything(), 500).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_member_gets_a_letter_about_a_sign_in_from_where_they_never_came_in_and_about_no_other() {
    let town = Town::new().await;
    let (server, got) = mail_server().await;
    let mailer = Mailer::new(&MailSettings { server, from: "noreply@example.org".into() }).unwrap();
    // In English a letter is sent as it is written.
    let (url, language) = (Some("https://huying.example.org".into()), Language::En);
    let rules = AccountRules { url, language, ..AccountRules::default() };
    let accounts = Accounts::new(town.engine.clone(), TENANT, rules, Some(mailer));
    let Sent::Mailed = accounts.invite(&member(), Some("someone@example.org")).await.unwrap() else {
        panic!("the link goes by mail")
    };
    // A long line is broken on its way (RFC 2045, 6.7).
    let letter = got.lock().unwrap()[0].replace("=\r\n", "");
    let link = letter.split("/invitation/").nth(1).unwrap()[..43].to_owned();
    accounts.take_up(&link, PASSWORD).await.unwrap();
    let first = accounts.sign_in(knock(MEMBER, PASSWORD)).await.unwrap();
    let mark = first.mark.unwrap();
    accounts.sign_in(knock(MEMBER, PASSWORD)).await.unwrap();
    let elsewhere = || Knock { address: "198.51.100.1".parse().unwrap(), ..knock(MEMBER, PASSWORD) };
    accounts.sign_in(Knock { mark: Some(&mark), ..elsewhere() }).await.unwrap();
    let strange = Knock { device: "Edge · Windows".into(), ..elsewhere() };
    accounts.sign_in(strange).await.unwrap();
    let mut letters = Vec::new();
    for _ in 0..1_000 {
        letters.clone_from(&got.lock().unwrap());
        if letters.len() > 1 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(letters.len(), 2, "the invitation, and the browser that nobody knows: {letters:?}");
    assert!(letters[1].contains("RCPT TO:<someone@example.org>"), "{letters:?}");
    assert!(!letters[1].contains("198.51.100.1"), "the network, and not the address");
    // The log has forgotten every sign-in of an old account, or was not kept yet: the next one follows no invitation.
    town.clock.set(town.now().plus_ms(200 * DAY_MS));
    town.engine.sweep_persons(TENANT, &Privacy::default()).await.unwrap();
    accounts.sign_in(knock(MEMBER, PASSWORD)).await.unwrap();
    for _ in 0..1_000 {
        letters.clone_from(&got.lock().unwrap());
        if letters.len() > 2 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(letters.len(), 3, "{letters:?}");
}
