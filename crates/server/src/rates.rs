//! How often one may ask: a bucket for each address, each browser and each program's key, by what is asked for.
//!
//! A bucket holds one minute's worth and fills with time, which comes in as a value. Buckets stand in this process's memory, under
//! keyed sums of whose they are, and there is a bound on how many: full ones are dropped first, since they say nothing, and then those
//! that lack least. Refuses to judge a password or a secret: failed tries are counted by the engine. Start at [`Rates::take`].

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use axum::http::Method;
use huying_model::Instant;

use crate::arrival::network;

/// What a bucket holds, and how long an empty one takes to fill.
const WINDOW_US: i64 = 60_000_000;

/// What is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    Report,
    /// Following one's own case by its secret.
    Follow,
    /// Whatever lets somebody in: passwords, codes, passkeys, links, resets.
    SignIn,
    Other,
}

/// Requests of one kind in a minute.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rate {
    /// From one address (IPv6: from one /64).
    pub address: u32,
    /// From one browser.
    pub device: u32,
    /// With one program's key.
    pub key: u32,
}

/// What this deployment allows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    pub report: Rate,
    pub follow: Rate,
    pub sign_in: Rate,
    pub other: Rate,
    /// Buckets kept at most.
    pub kept: usize,
    /// Live streams of one member at one time.
    pub streams: usize,
}

impl Default for Limits {
    /// An office of some hundred people shares one address, so an address has room for them.
    fn default() -> Limits {
        let rate = |address, device, key| Rate { address, device, key };
        Limits {
            report: rate(120, 30, 1_200),
            follow: rate(60, 60, 60),
            sign_in: rate(120, 30, 30),
            other: rate(6_000, 1_200, 2_400),
            kept: 200_000,
            // Two devices with eight pages each; a browser opens no more connections to one server.
            streams: 16,
        }
    }
}

impl Limits {
    fn of(&self, kind: Kind) -> Rate {
        match kind {
            Kind::Report => self.report,
            Kind::Follow => self.follow,
            Kind::SignIn => self.sign_in,
            Kind::Other => self.other,
        }
    }
}

/// What a route is asked for, and whether it is open to those whom nobody knows. A session or a key that somebody only claims to have
/// must not take the place of their address there.
pub fn kind(method: &Method, route: &str) -> (Kind, bool) {
    let changes = !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    match route.strip_prefix("/api/v1").unwrap_or(route) {
        "/reports" | "/report" if changes => (Kind::Report, true),
        "/reports/challenge" => (Kind::Report, true),
        // Its key may stand in the form, which nobody has read yet: whoever reports here is counted by address too.
        path if path.starts_with("/open311/") && changes => (Kind::Report, true),
        "/cases" | "/cases/new" if changes => (Kind::Report, false),
        "/track" | "/track/act" | "/track/receipt" if changes => (Kind::Follow, true),
        "/session" | "/session/second" | "/sign-in" | "/sign-in/second" | "/reset" | "/account/forgotten"
            if changes =>
        {
            (Kind::SignIn, true)
        }
        "/account/invitation" => (Kind::SignIn, true),
        // Whoever sends is known by a signature only, which is looked at afterwards.
        path if path.starts_with("/exchange/") => (Kind::Other, true),
        path if path.starts_with("/invitation") || path.starts_with("/sign-in/") => (Kind::SignIn, true),
        path if path.starts_with("/session/") && changes => (Kind::SignIn, true),
        _ => (Kind::Other, false),
    }
}

/// Who asks, as far as the request says so itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Asker<'a> {
    pub address: IpAddr,
    /// What the browser brings: its session or its mark.
    pub device: Option<&'a str>,
    /// A program's key.
    pub key: Option<&'a str>,
}

/// Whose a bucket is.
#[derive(Hash)]
enum Whose<'a> {
    Address(IpAddr),
    Device(&'a str),
    Key(&'a str),
}

/// The buckets of this process.
pub struct Rates {
    limits: Limits,
    /// Keys the sums, so that nobody can choose one that falls on another's.
    sums: RandomState,
    /// When each bucket will be full again, in microseconds.
    full_at: Mutex<HashMap<u64, i64>>,
}

impl Rates {
    pub fn new(limits: Limits) -> Rates {
        Rates { limits, sums: RandomState::new(), full_at: Mutex::default() }
    }

    /// Takes one from every bucket of the asker, or says after how many seconds there will be one.
    pub fn take(&self, asker: &Asker, (kind, open): (Kind, bool), now: Instant) -> Result<(), u32> {
        let rate = self.limits.of(kind);
        // Whoever comes with a key or a session is counted by it first: what it is refused costs their neighbours nothing.
        if let Some(key) = asker.key {
            self.one((kind, Whose::Key(key)), rate.key, now)?;
        } else if let Some(device) = asker.device {
            self.one((kind, Whose::Device(device)), rate.device, now)?;
        }
        let known = !open && (asker.key.is_some() || asker.device.is_some());
        let (kind, rate) = if known { (Kind::Other, self.limits.other) } else { (kind, rate) };
        self.one((kind, Whose::Address(network(asker.address))), rate.address, now)
    }

    fn one(&self, whose: (Kind, Whose), per_minute: u32, now: Instant) -> Result<(), u32> {
        let sum = self.sums.hash_one(whose);
        let (now, each) = (now.0.saturating_mul(1_000), WINDOW_US / i64::from(per_minute.max(1)));
        // A poisoned lock means that another thread panicked; the map is whole all the same.
        let mut buckets = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let known = buckets.get(&sum).copied().unwrap_or(now);
        // A clock that was set back makes nobody wait longer than an empty bucket does.
        let full_at = known.clamp(now, now.saturating_add(WINDOW_US)).saturating_add(each);
        let lacks = full_at - now;
        if lacks > WINDOW_US {
            let seconds = (lacks - WINDOW_US + 999_999) / 1_000_000;
            return Err(u32::try_from(seconds.max(1)).unwrap_or(u32::MAX));
        }
        if buckets.len() >= self.limits.kept && !buckets.contains_key(&sum) {
            make_room(&mut buckets, now, self.limits.kept);
        }
        buckets.insert(sum, full_at);
        Ok(())
    }

    /// Buckets kept now.
    pub fn kept(&self) -> usize {
        self.full_at.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// Drops full buckets, and where that is not enough the half that lacks least, so that room is made seldom.
fn make_room(buckets: &mut HashMap<u64, i64>, now: i64, most: usize) {
    buckets.retain(|_, full_at| *full_at > now);
    if buckets.len() < most - most / 4 {
        return;
    }
    let mut all: Vec<i64> = buckets.values().copied().collect();
    let middle = all.len() / 2;
    let (_, &mut bound, _) = all.select_nth_unstable(middle);
    buckets.retain(|_, full_at| *full_at > bound);
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: (Kind, bool) = (Kind::Report, true);

    fn limits() -> Limits {
        let few = Rate { address: 6, device: 3, key: 4 };
        Limits { report: few, kept: 64, ..Limits::default() }
    }

    fn from(address: &str) -> Asker<'_> {
        Asker { address: address.parse().unwrap(), device: None, key: None }
    }

    /// How many of `tries` at one moment are let through.
    fn through(rates: &Rates, asker: &Asker, what: (Kind, bool), at: i64, tries: usize) -> usize {
        (0..tries).filter(|_| rates.take(asker, what, Instant(at)).is_ok()).count()
    }

    #[test]
    fn an_address_gets_a_minutes_worth_at_once_and_then_as_much_as_time_brings() {
        let rates = Rates::new(limits());
        let asker = from("192.0.2.7");
        assert_eq!(through(&rates, &asker, OPEN, 0, 20), 6);
        assert_eq!(rates.take(&asker, OPEN, Instant(0)), Err(10), "one each ten seconds");
        assert_eq!(rates.take(&asker, OPEN, Instant(9_999)), Err(1));
        assert_eq!(through(&rates, &asker, OPEN, 10_000, 20), 1);
        assert_eq!(through(&rates, &asker, OPEN, 10 * 60_000, 20), 6, "never more than a minute's worth");
    }

    #[test]
    fn what_one_may_is_counted_apart_for_each_kind_and_each_network() {
        let rates = Rates::new(limits());
        assert_eq!(through(&rates, &from("2001:db8:1:2::7"), OPEN, 0, 20), 6);
        assert_eq!(through(&rates, &from("2001:db8:1:2:ffff::8"), OPEN, 0, 20), 0, "the same /64");
        assert_eq!(through(&rates, &from("2001:db8:1:3::7"), OPEN, 0, 20), 6);
        assert_eq!(through(&rates, &from("::ffff:192.0.2.7"), OPEN, 0, 20), 6);
        assert_eq!(through(&rates, &from("192.0.2.7"), OPEN, 0, 20), 0, "however it is written");
        assert_eq!(through(&rates, &from("192.0.2.7"), (Kind::Follow, true), 0, 20), 20);
    }

    #[test]
    fn a_browser_or_a_key_that_asks_too_often_costs_its_neighbours_nothing() {
        let rates = Rates::new(limits());
        let browser = |device| Asker { device: Some(device), ..from("192.0.2.7") };
        assert_eq!(through(&rates, &browser("one"), OPEN, 0, 20), 3);
        assert_eq!(through(&rates, &browser("two"), OPEN, 0, 20), 3);
        assert_eq!(through(&rates, &browser("three"), OPEN, 0, 20), 0, "now the address is empty");
        let key = Asker { key: Some("hy_1"), ..from("192.0.2.7") };
        let member = (Kind::Report, false);
        assert_eq!(through(&rates, &key, member, 0, 20), 4, "a program is counted by its key");
        assert_eq!(through(&rates, &key, OPEN, 60_000, 20), 4);
    }

    #[test]
    fn inventing_a_browser_each_time_is_no_way_around_the_address() {
        let rates = Rates::new(limits());
        let names: Vec<String> = (0..20).map(|no| format!("browser {no}")).collect();
        let let_through = names.iter().filter(|name| {
            let asker = Asker { device: Some(name), ..from("192.0.2.7") };
            rates.take(&asker, OPEN, Instant(0)).is_ok()
        });
        assert_eq!(let_through.count(), 6);
    }

    #[test]
    fn there_is_a_bound_on_what_is_kept_and_who_lacks_most_is_kept() {
        let rates = Rates::new(limits());
        let greedy = from("192.0.2.7");
        assert_eq!(through(&rates, &greedy, OPEN, 0, 20), 6);
        for no in 0..10_000u32 {
            let address = IpAddr::from([10, (no >> 16) as u8, (no >> 8) as u8, no as u8]);
            rates.take(&Asker { address, device: None, key: None }, OPEN, Instant(0)).unwrap();
            assert!(rates.kept() <= 64);
        }
        assert_eq!(through(&rates, &greedy, OPEN, 0, 20), 0, "a crowd does not wash its own away");
    }

    #[test]
    fn a_clock_that_was_set_back_makes_nobody_wait_for_it() {
        let rates = Rates::new(limits());
        assert_eq!(through(&rates, &from("192.0.2.7"), OPEN, 1_000_000_000, 3), 3);
        assert!(rates.take(&from("192.0.2.7"), OPEN, Instant(0)).is_err_and(|seconds| seconds <= 10));
        assert_eq!(through(&rates, &from("192.0.2.7"), OPEN, 1_000_000_000, 3), 3);
    }

    #[test]
    fn every_door_that_lets_somebody_in_counts_as_one() {
        for (method, route, told) in [
            ("POST", "/api/v1/session", (Kind::SignIn, true)),
            ("GET", "/api/v1/session", (Kind::Other, false)),
            ("POST", "/sign-in", (Kind::SignIn, true)),
            ("GET", "/sign-in", (Kind::Other, false)),
            ("POST", "/sign-in/second", (Kind::SignIn, true)),
            ("GET", "/invitation/{token}", (Kind::SignIn, true)),
            ("POST", "/api/v1/account/forgotten", (Kind::SignIn, true)),
            ("POST", "/api/v1/account/invitation", (Kind::SignIn, true)),
            ("POST", "/api/v1/track", (Kind::Follow, true)),
            ("POST", "/track", (Kind::Follow, true)),
            ("POST", "/track/act", (Kind::Follow, true)),
            ("POST", "/api/v1/track/receipt", (Kind::Follow, true)),
            ("GET", "/track", (Kind::Other, false)),
            ("POST", "/api/v1/cases", (Kind::Report, false)),
            ("POST", "/cases/new", (Kind::Report, false)),
            ("POST", "/api/v1/reports", (Kind::Report, true)),
            ("POST", "/report", (Kind::Report, true)),
            ("GET", "/api/v1/cases", (Kind::Other, false)),
            ("POST", "/open311/v2/{*rest}", (Kind::Report, true)),
            ("GET", "/open311/v2/{*rest}", (Kind::Other, false)),
            ("POST", "/api/v1/cases/{id}/commands/{name}", (Kind::Other, false)),
        ] {
            assert_eq!(kind(&method.parse().unwrap(), route), told, "{method} {route}");
        }
    }
}
