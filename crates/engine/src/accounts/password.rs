//! Passwords: which are taken, how they are kept, and how long a guess costs.
//!
//! The rules are those of NIST SP 800-63B: long enough, none of the commonest, nothing demanded of their signs and no change by the
//! calendar. They are kept by Argon2id with the parameters of the OWASP Password Storage Cheat Sheet. Hashing takes 19 MiB and a
//! moment of one processor, so it runs beside the async threads, at most two at once. Start at [`check`] and [`Hasher`].

use std::{
    collections::HashSet,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use argon2::{
    Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version,
    password_hash::SaltString,
};
use huying_store::Fault;
use tokio::sync::Semaphore;

use crate::{Error, Problem};

/// Signs that a password has at least.
pub const SHORTEST: usize = 10;
/// Signs that a password has at most: far beyond any sentence, and small enough to hash.
pub const LONGEST: usize = 256;

/// Hashes at once.
const AT_ONCE: usize = 2;
/// Who may wait for a hash; more are told that the platform is busy.
const WAITING: usize = 64;

/// In KiB, rounds and lanes.
const MEMORY: u32 = 19_456;
const ROUNDS: u32 = 2;
const LANES: u32 = 1;

/// The commonest passwords of ten signs and more, in small letters.
static COMMONEST: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("commonest.txt").lines().collect());

/// What is wrong with a password that somebody wants.
pub fn check(wanted: &str, member: &str) -> Option<Problem> {
    let wrong = |code, mend: &str| Some(Problem::at("new_password", code, mend));
    let signs = wanted.chars().count();
    if signs < SHORTEST {
        return wrong("password_short", "Take at least 10 signs; a sentence is easiest to remember.");
    }
    if signs > LONGEST {
        return wrong("password_long", "Take at most 256 signs.");
    }
    let small = wanted.to_lowercase();
    let plain: String = small.split_whitespace().collect();
    let different = small.chars().collect::<HashSet<_>>().len();
    if different < 4 || COMMONEST.contains(small.as_str()) || COMMONEST.contains(plain.as_str()) {
        return wrong("password_common", "This is among the first that a stranger tries: take another.");
    }
    let member = member.to_lowercase();
    if member.chars().count() >= 4 && small.contains(&member) {
        return wrong("password_own_name", "Leave your own name out of it.");
    }
    None
}

/// Hashes and compares, a few at a time.
#[derive(Clone)]
pub struct Hasher {
    turns: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
}

impl Default for Hasher {
    fn default() -> Hasher {
        Hasher { turns: Arc::new(Semaphore::new(AT_ONCE)), waiting: Arc::default() }
    }
}

/// What came of comparing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Compared {
    pub right: bool,
    /// It was kept under other parameters than those of today.
    pub old: bool,
}

fn argon() -> Result<Argon2<'static>, Fault> {
    let params = Params::new(MEMORY, ROUNDS, LANES, None).map_err(|why| Fault::broken("hashing", why))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(password: &str) -> Result<String, Fault> {
    let salt: [u8; 16] = rand::random();
    let salt = SaltString::encode_b64(&salt).map_err(|why| Fault::broken("hashing", why))?;
    let made = argon()?.hash_password(password.as_bytes(), &salt);
    made.map(|made| made.to_string()).map_err(|why| Fault::broken("hashing", why))
}

/// What nobody's password is compared with where there is none, so that it takes as long.
static NOBODYS: LazyLock<String> = LazyLock::new(|| {
    let nobody: [u8; 16] = rand::random();
    hash(&nobody.iter().map(|byte| format!("{byte:02x}")).collect::<String>()).unwrap_or_default()
});

fn compare(password: &str, kept: Option<&str>) -> Result<Compared, Fault> {
    let parsed = PasswordHash::new(kept.unwrap_or(&NOBODYS));
    let parsed = parsed.map_err(|why| Fault::broken("reading a password's hash", why))?;
    // The parameters of the kept hash count, so an older one is still understood.
    let fits = argon()?.verify_password(password.as_bytes(), &parsed).is_ok();
    let params = Params::try_from(&parsed).map_err(|why| Fault::broken("reading a password's hash", why))?;
    let now = (params.m_cost(), params.t_cost(), params.p_cost()) == (MEMORY, ROUNDS, LANES);
    let old = !now || parsed.algorithm != Algorithm::Argon2id.ident();
    Ok(Compared { right: fits && kept.is_some(), old })
}

impl Hasher {
    /// The PHC string of a password.
    pub async fn hash(&self, password: &str) -> Result<String, Error> {
        let password = password.to_owned();
        self.run(move || hash(&password)).await
    }

    /// Whether a password is the kept one; without a kept one never, and after the same time.
    pub async fn compare(&self, password: &str, kept: Option<String>) -> Result<Compared, Error> {
        // Longer ones are never taken, so they need not be hashed.
        let password = if password.chars().count() > LONGEST { String::new() } else { password.to_owned() };
        self.run(move || compare(&password, kept.as_deref())).await
    }

    async fn run<T: Send + 'static>(
        &self,
        act: impl FnOnce() -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Error> {
        let _place = Place::take(&self.waiting)?;
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let turn = turn.map_err(|why| Fault::broken("waiting to hash", why))?;
        let done = tokio::task::spawn_blocking(move || {
            let done = act();
            drop(turn);
            done
        });
        Ok(done.await.map_err(|why| Fault::broken("hashing", why))??)
    }
}

/// A place among those who wait.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(waiting: &Arc<AtomicUsize>) -> Result<Place, Fault> {
        let place = Place(Arc::clone(waiting));
        if waiting.fetch_add(1, Ordering::SeqCst) >= WAITING {
            return Err(Fault::Busy { retry_after_ms: 2_000 });
        }
        Ok(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_passwords_are_taken_whatever_their_signs_and_common_ones_are_not() {
        let long = "长".repeat(300);
        for (wanted, code) in [
            ("a river under stone", None),
            ("河里有三条鱼和一只鸟", None),
            ("xkqvzmwpjt", None),
            ("short", Some("password_short")),
            (long.as_str(), Some("password_long")),
            ("1234567890", Some("password_common")),
            ("Password 123", Some("password_common")),
            ("QWERTYUIOP", Some("password_common")),
            ("aaaaaaaabbbb", Some("password_common")),
            ("i am Dispatcher-East!", Some("password_own_name")),
        ] {
            assert_eq!(check(wanted, "dispatcher-east").map(|problem| problem.code), code, "{wanted}");
        }
        assert!(COMMONEST.len() > 300 && COMMONEST.iter().all(|word| word.chars().count() >= SHORTEST));
    }

    #[test]
    fn a_password_is_kept_as_argon2id_under_a_salt_of_its_own() {
        let (one, other) = (hash("a river under stone").unwrap(), hash("a river under stone").unwrap());
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
        assert_ne!(one, other);
        let compared = |password, kept| compare(password, kept).unwrap();
        assert_eq!(compared("a river under stone", Some(&one)), Compared { right: true, old: false });
        assert!(!compared("a river under stones", Some(&one)).right);
        assert!(!compared("a river under stone", None).right, "nobody has no password");
    }

    #[test]
    fn a_hash_of_older_parameters_is_understood_and_told_as_old() {
        let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8_192, 1, 1, None).unwrap());
        let salt = SaltString::encode_b64(b"sixteen bytes ok").unwrap();
        let kept = weak.hash_password(b"a river under stone", &salt).unwrap().to_string();
        assert_eq!(compare("a river under stone", Some(&kept)).unwrap(), Compared { right: true, old: true });
    }

    #[tokio::test]
    async fn whoever_comes_when_too_many_wait_is_told_that_it_is_busy() {
        let hasher = Hasher::default();
        hasher.waiting.store(WAITING, Ordering::SeqCst);
        let busy = hasher.hash("a river under stone").await;
        assert!(matches!(busy, Err(Error::Fault(Fault::Busy { .. }))), "{busy:?}");
        hasher.waiting.store(0, Ordering::SeqCst);
        assert!(hasher.hash("a river under stone").await.is_ok());
        assert_eq!(hasher.waiting.load(Ordering::SeqCst), 0, "every place is given back");
    }
}
