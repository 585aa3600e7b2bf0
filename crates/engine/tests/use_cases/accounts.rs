//! Accounts as people meet them: who comes in, who has to wait, what ends, and what a link and a key are worth.

use crate::town;

use std::net::IpAddr;

use huying_engine::{
    Error,
    accounts::{
        AccountRules, Accounts, Came, Demanded, Entered, Gate, Knock, No, Scope, Sent, device_id, totp,
    },
    authority,
};
use huying_model::MemberId;
use town::{TENANT, Town};

pub const MEMBER: &str = "dispatcher-east";
pub const PASSWORD: &str = "a river under stone";
pub const OTHER: &str = "three birds on a wire";
const MINUTE: i64 = 60_000;

pub struct Door {
    pub town: Town,
    pub accounts: Accounts,
}

pub fn member() -> MemberId {
    MemberId::new(MEMBER)
}

fn home() -> IpAddr {
    "192.0.2.7".parse().unwrap()
}

fn knock<'a>(member: &'a str, password: &'a str) -> Knock<'a> {
    Knock { member, password, address: home(), device: "Firefox · Linux".into(), mark: None, had: None }
}

pub fn refused<T: std::fmt::Debug>(outcome: Result<T, Error>) -> No {
    match outcome {
        Err(Error::Account(no)) => no,
        other => panic!("not refused: {other:?}"),
    }
}

fn field<T: std::fmt::Debug>(outcome: Result<T, Error>) -> &'static str {
    match outcome {
        Err(Error::Invalid(problems)) => problems[0].code,
        other => panic!("not invalid: {other:?}"),
    }
}

/// The token of a link that was handed over.
fn token(sent: Sent) -> String {
    match sent {
        Sent::Shown(link) => link.rsplit('/').next().unwrap().to_owned(),
        Sent::Mailed => panic!("there is no mail server"),
    }
}

impl Door {
    async fn with(rules: AccountRules) -> Door {
        let town = Town::new().await;
        let accounts = Accounts::new(town.engine.clone(), TENANT, rules, None);
        let link = token(accounts.invite(&member(), None).await.unwrap());
        accounts.take_up(&link, PASSWORD).await.unwrap();
        Door { town, accounts }
    }

    pub async fn open() -> Door {
        Door::with(AccountRules::default()).await
    }

    pub fn later(&self, ms: i64) {
        self.town.clock.set(self.town.now().plus_ms(ms));
    }

    /// The same store in another process.
    fn elsewhere(&self) -> Accounts {
        Accounts::new(self.town.engine.clone(), TENANT, self.accounts.rules().clone(), None)
    }

    pub async fn comes_in(&self) -> Came {
        self.accounts.sign_in(knock(MEMBER, PASSWORD)).await.unwrap()
    }

    pub async fn entered(&self, came: &Came) -> Option<Entered> {
        self.accounts.entered(&came.token.text()).await.unwrap()
    }

    /// Switches one-time codes on and answers the secret's bytes, the session and the recovery codes.
    async fn with_codes(&self) -> (Vec<u8>, Entered, Vec<String>) {
        let came = self.comes_in().await;
        let entered = self.entered(&came).await.unwrap();
        let begun = self.accounts.begin_codes(&member()).await.unwrap();
        let secret = unbase32(&begun.secret);
        let code = totp::code(&secret, totp::step(self.town.now()));
        let proof = (begun.ticket.as_str(), code.as_str(), PASSWORD);
        let (token, codes) = self.accounts.switch_codes_on(&entered, proof, String::new()).await.unwrap();
        let entered = self.accounts.entered(&token.text()).await.unwrap().unwrap();
        (secret, entered, codes)
    }
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
async fn a_member_comes_in_with_their_password_and_nobody_else_does() {
    let door = Door::open().await;
    let came = door.comes_in().await;
    let entered = door.entered(&came).await.unwrap();
    assert_eq!((entered.member, entered.gate), (member(), Gate::Open));
    // A wrong password, a member without an account, and a name that nobody has are one answer.
    for (name, password) in [(MEMBER, OTHER), ("acceptor-east", PASSWORD), ("nobody", PASSWORD), ("", "")] {
        assert_eq!(refused(door.accounts.sign_in(knock(name, password)).await), No::Wrong, "{name}");
    }
    for wrong in ["", "x", &huying_engine::accounts::Secret::random().text()] {
        assert_eq!(door.accounts.entered(wrong).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_session_ends_when_it_is_not_used_and_at_its_absolute_end_however_busy_it_is() {
    let door = Door::open().await;
    let came = door.comes_in().await;
    door.later(29 * MINUTE);
    assert!(door.entered(&came).await.is_some());
    door.later(30 * MINUTE);
    assert!(door.entered(&came).await.is_none(), "half an hour of silence ends it");
    let busy = door.comes_in().await;
    for _ in 0..47 {
        door.later(15 * MINUTE);
        assert!(door.entered(&busy).await.is_some());
    }
    door.later(15 * MINUTE);
    assert!(door.entered(&busy).await.is_none(), "twelve hours end it");
}

#[tokio::test]
async fn what_is_ended_here_is_ended_at_once_and_elsewhere_within_seconds() {
    let door = Door::open().await;
    let (one, other) = (door.comes_in().await, door.comes_in().await);
    let elsewhere = door.elsewhere();
    assert!(door.entered(&one).await.is_some() && door.entered(&other).await.is_some());
    assert!(elsewhere.entered(&other.token.text()).await.unwrap().is_some());
    door.accounts.end_everywhere(&member(), Some(one.token.hash()), false).await.unwrap();
    assert!(door.entered(&one).await.is_some(), "the one that stays");
    assert!(door.entered(&other).await.is_none());
    door.later(5_000);
    assert!(elsewhere.entered(&other.token.text()).await.unwrap().is_none());
    door.accounts.sign_out(&one.token.text()).await.unwrap();
    assert!(door.entered(&one).await.is_none());
}

#[tokio::test]
async fn a_member_sees_their_devices_and_signs_one_of_them_out() {
    let door = Door::open().await;
    let (one, other) = (door.comes_in().await, door.comes_in().await);
    let devices = door.accounts.devices(&member()).await.unwrap();
    assert_eq!((devices.len(), devices[0].device.as_str()), (2, "Firefox · Linux"));
    let lost = devices.iter().find(|row| row.hash == other.token.hash()).map(device_id).unwrap();
    assert!(
        !door.accounts.end_device(&MemberId::new("acceptor-east"), &lost).await.unwrap(),
        "not one's own"
    );
    assert!(door.accounts.end_device(&member(), &lost).await.unwrap());
    assert!(door.entered(&one).await.is_some() && door.entered(&other).await.is_none());
}

#[tokio::test]
async fn a_sign_in_replaces_the_session_that_the_browser_had() {
    let door = Door::open().await;
    let had = door.comes_in().await;
    let text = had.token.text();
    door.accounts.sign_in(Knock { had: Some(&text), ..knock(MEMBER, PASSWORD) }).await.unwrap();
    assert!(door.entered(&had).await.is_none());
}

#[tokio::test]
async fn after_five_failures_each_try_waits_and_the_wait_ends_by_itself() {
    let door = Door::open().await;
    for name in [MEMBER, "nobody"] {
        for _ in 0..5 {
            assert_eq!(refused(door.accounts.sign_in(knock(name, OTHER)).await), No::Wrong);
        }
        assert_eq!(
            refused(door.accounts.sign_in(knock(name, OTHER)).await),
            No::Wait { seconds: 2 },
            "{name}"
        );
    }
    let right = || door.accounts.sign_in(knock(MEMBER, PASSWORD));
    assert_eq!(refused(right().await), No::Wait { seconds: 2 }, "the right password waits too");
    assert_eq!(refused(door.elsewhere().sign_in(knock(MEMBER, PASSWORD)).await), No::Wait { seconds: 2 });
    door.later(2_000);
    assert_eq!(refused(door.accounts.sign_in(knock(MEMBER, OTHER)).await), No::Wrong);
    assert_eq!(refused(right().await), No::Wait { seconds: 4 }, "and the next wait is longer");
    door.later(4_000);
    right().await.unwrap();
    assert_eq!(
        refused(door.accounts.sign_in(knock(MEMBER, OTHER)).await),
        No::Wrong,
        "nothing is held against it"
    );
}

#[tokio::test]
async fn many_tries_at_once_are_no_more_than_one_after_the_other() {
    let door = Door::open().await;
    let tries = (0..20).map(|_| door.accounts.sign_in(knock(MEMBER, OTHER)));
    let outcomes = futures::future::join_all(tries).await;
    let judged =
        outcomes.into_iter().filter(|outcome| matches!(outcome, Err(Error::Account(No::Wrong)))).count();
    assert!(judged <= 5, "{judged} of 20 were judged");
}

#[tokio::test]
async fn a_stranger_who_keeps_failing_does_not_keep_out_a_member_whose_browser_is_known() {
    let door = Door::open().await;
    let mark = door.comes_in().await.mark.unwrap();
    let stranger = Knock { address: "198.51.100.1".parse().unwrap(), ..knock(MEMBER, OTHER) };
    for _ in 0..5 {
        let again = Knock { device: String::new(), ..stranger };
        refused(door.accounts.sign_in(Knock { ..again }).await);
    }
    assert!(matches!(refused(door.accounts.sign_in(knock(MEMBER, PASSWORD)).await), No::Wait { .. }));
    door.accounts.sign_in(Knock { mark: Some(&mark), ..knock(MEMBER, PASSWORD) }).await.unwrap();
    let forged = format!("{}.{}", &mark[..16], "0".repeat(64));
    for wrong in [forged.as_str(), "x", ""] {
        let outcome = door.accounts.sign_in(Knock { mark: Some(wrong), ..knock(MEMBER, PASSWORD) }).await;
        assert!(matches!(refused(outcome), No::Wait { .. }), "{wrong}");
    }
}

#[tokio::test]
async fn one_address_that_tries_many_names_has_to_wait_and_others_have_not() {
    let door = Door::open().await;
    for no in 0..20 {
        assert_eq!(refused(door.accounts.sign_in(knock(&format!("name-{no}"), OTHER)).await), No::Wrong);
    }
    assert_eq!(refused(door.accounts.sign_in(knock("name-20", OTHER)).await), No::Wait { seconds: 2 });
    let from_afar = Knock { address: "192.0.2.8".parse().unwrap(), ..knock(MEMBER, PASSWORD) };
    door.accounts.sign_in(from_afar).await.unwrap();
}

#[tokio::test]
async fn a_password_that_is_changed_ends_every_other_session_and_gives_this_one_a_new_token() {
    let door = Door::open().await;
    let (here, there) = (door.comes_in().await, door.comes_in().await);
    let entered = door.entered(&here).await.unwrap();
    let change = |old, new| door.accounts.change_password(&entered, (old, new), false, String::new());
    assert_eq!(refused(change(OTHER, "seven stones in water").await), No::Wrong);
    assert_eq!(field(change(PASSWORD, "short").await), "password_short");
    assert_eq!(field(change(PASSWORD, PASSWORD).await), "password_same");
    let token = change(PASSWORD, OTHER).await.unwrap();
    assert!(door.entered(&here).await.is_none() && door.entered(&there).await.is_none());
    assert!(door.accounts.entered(&token.text()).await.unwrap().is_some());
    assert_eq!(refused(door.accounts.sign_in(knock(MEMBER, PASSWORD)).await), No::Wrong);
    door.accounts.sign_in(knock(MEMBER, OTHER)).await.unwrap();
}

#[tokio::test]
async fn codes_are_asked_for_after_the_password_and_each_is_taken_once() {
    let door = Door::open().await;
    let (secret, _, recovery) = door.with_codes().await;
    let half = door.comes_in().await;
    assert!(half.half && half.mark.is_none());
    assert_eq!(door.entered(&half).await.unwrap().gate, Gate::Second);
    let text = half.token.text();
    let used = totp::code(&secret, totp::step(door.town.now()));
    let give = |code: String| {
        let (accounts, half) = (door.accounts.clone(), text.clone());
        async move { accounts.second(&half, &code, String::new()).await }
    };
    assert_eq!(refused(give(used).await), No::WrongCode, "the code that switched them on was taken");
    assert_eq!(refused(give("000000".into()).await), No::WrongCode);
    door.later(30_000);
    let code = totp::code(&secret, totp::step(door.town.now()));
    let came = give(code.clone()).await.unwrap();
    assert_eq!(door.entered(&came).await.unwrap().gate, Gate::Open);
    assert_eq!(refused(give(code).await), No::TooLate, "the half session ended with it");
    // A recovery code stands in for a lost app, once, however it is typed.
    let other = door.comes_in().await.token.text();
    let typed = recovery[3].to_lowercase().replace('-', " ");
    door.accounts.second(&other, &typed, String::new()).await.unwrap();
    let third = door.comes_in().await.token.text();
    assert_eq!(refused(door.accounts.second(&third, &typed, String::new()).await), No::WrongCode);
    assert_eq!(door.accounts.recovery_left(&member()).await.unwrap(), Some(9));
}

#[tokio::test]
async fn guessing_codes_has_to_wait_as_guessing_passwords_has() {
    let door = Door::open().await;
    door.with_codes().await;
    let half = door.comes_in().await.token.text();
    for _ in 0..5 {
        assert_eq!(refused(door.accounts.second(&half, "123456", String::new()).await), No::WrongCode);
    }
    let again = door.comes_in().await.token.text();
    for half in [half, again] {
        let outcome = door.accounts.second(&half, "123456", String::new()).await;
        assert_eq!(refused(outcome), No::Wait { seconds: 2 }, "a new sign-in brings no new guesses");
    }
}

#[tokio::test]
async fn switching_codes_on_needs_the_password_the_ticket_and_a_code_of_the_app() {
    let door = Door::open().await;
    let entered = door.entered(&door.comes_in().await).await.unwrap();
    let begun = door.accounts.begin_codes(&member()).await.unwrap();
    let code = totp::code(&unbase32(&begun.secret), totp::step(door.town.now()));
    let on = |ticket: String, code: String, password: &'static str| {
        let (accounts, entered) = (door.accounts.clone(), entered.clone());
        async move {
            accounts.switch_codes_on(&entered, (&ticket, &code, password), String::new()).await.map(drop)
        }
    };
    assert_eq!(refused(on("x".into(), code.clone(), PASSWORD).await), No::TooLate);
    assert_eq!(refused(on(begun.ticket.clone(), code.clone(), OTHER).await), No::Wrong);
    assert_eq!(refused(on(begun.ticket.clone(), "000000".into(), PASSWORD).await), No::WrongCode);
    let stranger = door.accounts.begun_codes(&MemberId::new("acceptor-east"), &begun.ticket);
    assert_eq!(refused(stranger), No::TooLate, "a ticket is its member's");
    door.later(16 * MINUTE);
    assert_eq!(refused(on(begun.ticket, code, PASSWORD).await), No::TooLate);
}

#[tokio::test]
async fn codes_that_are_demanded_come_before_anything_else_and_cannot_be_switched_off() {
    let rules = AccountRules { second_factor: Demanded::Everybody, ..AccountRules::default() };
    let door = Door::with(rules).await;
    assert_eq!(door.entered(&door.comes_in().await).await.unwrap().gate, Gate::Enrol);
    let (_, key) = keyed(&door, PASSWORD).await;
    assert_eq!(door.accounts.by_key(&key).await.unwrap().unwrap().gate, Gate::Enrol);
    let (_, entered, _) = door.with_codes().await;
    assert_eq!(entered.gate, Gate::Open);
    assert_eq!(door.accounts.by_key(&key).await.unwrap().unwrap().gate, Gate::Open, "as a session");
    assert_eq!(
        refused(door.accounts.switch_codes_off(&entered, PASSWORD, String::new()).await),
        No::Demanded
    );
    let administrators = AccountRules { second_factor: Demanded::Administrators, ..AccountRules::default() };
    let accounts = Accounts::new(door.town.engine.clone(), TENANT, administrators, None);
    assert!(!accounts.demands_second(&member()).unwrap());
    assert!(accounts.demands_second(&MemberId::new("administrator")).unwrap());
}

#[tokio::test]
async fn codes_go_with_the_password_or_by_an_administrators_reset() {
    let door = Door::open().await;
    let (_, entered, _) = door.with_codes().await;
    assert_eq!(refused(door.accounts.switch_codes_off(&entered, OTHER, String::new()).await), No::Wrong);
    let token = door.accounts.switch_codes_off(&entered, PASSWORD, String::new()).await.unwrap();
    assert!(door.accounts.entered(&token.text()).await.unwrap().is_some());
    assert!(!door.comes_in().await.half);
    door.with_codes().await;
    let link = token_of_reset(&door, true).await;
    assert!(door.accounts.devices(&member()).await.unwrap().is_empty(), "every session ended");
    door.accounts.take_up(&link, OTHER).await.unwrap();
    assert!(!door.accounts.sign_in(knock(MEMBER, OTHER)).await.unwrap().half);
}

pub async fn token_of_reset(door: &Door, codes: bool) -> String {
    token(door.accounts.reset(&member(), codes).await.unwrap())
}

#[tokio::test]
async fn a_link_sets_one_password_and_runs_out() {
    let door = Door::open().await;
    let link = token_of_reset(&door, false).await;
    assert_eq!(door.accounts.link_of(&link).await.unwrap(), member());
    assert_eq!(field(door.accounts.take_up(&link, "1234567890").await), "password_common");
    door.accounts.take_up(&link, OTHER).await.unwrap();
    assert_eq!(refused(door.accounts.take_up(&link, "seven stones in water").await), No::LinkGone);
    let newer = token_of_reset(&door, false).await;
    let newest = token_of_reset(&door, false).await;
    assert_eq!(refused(door.accounts.link_of(&newer).await), No::LinkGone, "a newer one replaces it");
    door.later(60 * MINUTE);
    assert_eq!(refused(door.accounts.take_up(&newest, PASSWORD).await), No::LinkGone);
    assert_eq!(refused(door.accounts.reset(&MemberId::new("acceptor-east"), false).await), No::NoAccount);
    assert_eq!(field(door.accounts.invite(&MemberId::new("nobody"), None).await), "unknown_member");
    assert_eq!(field(door.accounts.invite(&member(), Some("nowhere")).await), "mail_address");
}

#[tokio::test]
async fn a_closed_account_lets_nobody_in_until_it_is_opened_again() {
    let door = Door::open().await;
    let came = door.comes_in().await;
    let link = token_of_reset(&door, false).await;
    assert!(door.entered(&came).await.is_some());
    assert_eq!(refused(door.accounts.lock(Some(&member()), &member(), true).await), No::OwnAccount);
    door.accounts.lock(None, &member(), true).await.unwrap();
    assert!(door.entered(&came).await.is_none());
    assert_eq!(refused(door.accounts.sign_in(knock(MEMBER, PASSWORD)).await), No::Wrong);
    assert_eq!(refused(door.accounts.link_of(&link).await), No::LinkGone);
    door.accounts.lock(None, &member(), false).await.unwrap();
    door.comes_in().await;
}

#[tokio::test]
async fn a_key_opens_what_its_scopes_say_until_it_ends_or_is_taken_back() {
    let door = Door::open().await;
    let entered = door.entered(&door.comes_in().await).await.unwrap();
    let make = |name, scopes, days, password| door.accounts.make_key(&entered, name, scopes, days, password);
    for (name, scopes, days, code) in [
        ("", &[Scope::Read][..], 30, "key_name"),
        ("import", &[], 30, "key_scopes"),
        ("import", &[Scope::Read], 367, "key_days"),
        ("import", &[Scope::Read], 0, "key_days"),
    ] {
        assert_eq!(field(make(name, scopes, days, PASSWORD).await), code);
    }
    assert_eq!(refused(make("import", &[Scope::Read], 30, OTHER).await), No::Wrong);
    let made = make("import", &[Scope::Report, Scope::Read, Scope::Read], 30, PASSWORD).await.unwrap();
    assert!(made.key.starts_with("hy_") && made.key.len() == 46);
    let found = door.accounts.by_key(&made.key).await.unwrap().unwrap();
    assert_eq!(
        (found.row.member, Scope::list(&found.row.scopes)),
        (member(), vec![Scope::Read, Scope::Report])
    );
    for wrong in ["hy_", made.row.id.as_str(), &made.key[3..], &format!("{}x", made.key)] {
        assert_eq!(door.accounts.by_key(wrong).await.unwrap(), None, "{wrong}");
    }
    door.later(30 * 86_400_000);
    assert_eq!(door.accounts.by_key(&made.key).await.unwrap(), None, "it has run out");
    let other = make("export", &[Scope::Read], 30, PASSWORD).await.unwrap();
    assert!(door.accounts.drop_key(&member(), &other.row.id).await.unwrap());
    assert_eq!(door.accounts.by_key(&other.key).await.unwrap(), None);
}

/// A session and a key of the member.
async fn keyed(door: &Door, password: &str) -> (Entered, String) {
    let came = door.accounts.sign_in(knock(MEMBER, password)).await.unwrap();
    let entered = door.entered(&came).await.unwrap();
    let made = door.accounts.make_key(&entered, "import", &[Scope::Read], 30, password).await.unwrap();
    (entered, made.key)
}

#[tokio::test]
async fn whoever_ends_every_way_in_ends_keys_too() {
    let door = Door::open().await;
    let opens = async |key: &str| door.accounts.by_key(key).await.unwrap().is_some();
    let (entered, key) = keyed(&door, PASSWORD).await;
    let change = |entered: Entered, old, new, only| {
        let accounts = door.accounts.clone();
        async move { accounts.change_password(&entered, (old, new), only, String::new()).await.unwrap() }
    };
    let token = change(entered, PASSWORD, OTHER, false).await;
    assert!(opens(&key).await, "programs go on where nothing else was asked for");
    let entered = door.accounts.entered(&token.text()).await.unwrap().unwrap();
    change(entered, OTHER, PASSWORD, true).await;
    assert!(!opens(&key).await, "a password that is to be the only way in");
    let (_, key) = keyed(&door, PASSWORD).await;
    let link = token_of_reset(&door, false).await;
    door.accounts.take_up(&link, OTHER).await.unwrap();
    assert!(!opens(&key).await, "a link that was taken up");
    let (entered, key) = keyed(&door, OTHER).await;
    door.accounts.end_everywhere(&member(), Some(entered.hash), true).await.unwrap();
    assert!(!opens(&key).await, "every device and every key");
    let (_, key) = keyed(&door, OTHER).await;
    token_of_reset(&door, true).await;
    assert!(!opens(&key).await, "a reset with the codes");
}

#[tokio::test]
async fn an_empty_store_gives_one_administrator_a_password_that_has_to_be_changed() {
    let town = Town::new().await;
    let accounts = Accounts::new(town.engine.clone(), TENANT, AccountRules::default(), None);
    let first = accounts.first().await.unwrap().unwrap();
    assert_eq!(first.member, MemberId::new("administrator"));
    assert!(accounts.first().await.unwrap().is_none(), "only once");
    let came = accounts.sign_in(knock("administrator", &first.password)).await.unwrap();
    let entered = accounts.entered(&came.token.text()).await.unwrap().unwrap();
    assert_eq!(entered.gate, Gate::Password);
    let passwords = (first.password.as_str(), PASSWORD);
    let token = accounts.change_password(&entered, passwords, false, String::new()).await.unwrap();
    assert_eq!(accounts.entered(&token.text()).await.unwrap().unwrap().gate, Gate::Open);
    let listed = accounts.list().await.unwrap();
    let state = |id: &str| listed.iter().find(|one| one.member.as_str() == id).unwrap().state;
    assert_eq!((state("administrator"), state(MEMBER)), ("active", "none"));
    let setting = town.engine.setting(TENANT).unwrap();
    for (member, administers) in [("administrator", true), (MEMBER, false)] {
        assert_eq!(authority::administers(&setting.policy.org, &town.actor(member)), administers, "{member}");
    }
}

#[tokio::test]
async fn a_password_that_was_given_out_opens_for_three_days() {
    let town = Town::new().await;
    let accounts = Accounts::new(town.engine.clone(), TENANT, AccountRules::default(), None);
    let first = accounts.first().await.unwrap().unwrap();
    town.clock.set(town.now().plus_ms(72 * 60 * MINUTE));
    assert_eq!(refused(accounts.sign_in(knock("administrator", &first.password)).await), No::Wrong);
}
