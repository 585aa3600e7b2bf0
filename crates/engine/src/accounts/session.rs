//! Sessions: who is signed in, on which device, and until when.
//!
//! A session ends when it was not used for a while, at an absolute end, or when somebody ends it. What a page asks by itself while it
//! stands open is no use of it; a screen on a wall goes on showing what it shows until the absolute end ([`Use`]). Checked ones are kept
//! in memory for some seconds, so that a page with ten requests reads once; what is ended here is forgotten here at once, and on other
//! nodes after those seconds. Start at [`Accounts::entered`].

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use huying_model::{Instant, MemberId};
use huying_store::accounts::{SessionRow, SignInRow, Standing};

use super::{Accounts, No, Secret, Way, What};
use crate::Error;

/// A checked session is believed for so long.
const BELIEVED_MS: i64 = 5_000;
/// When a session was seen last is written at most so often.
const SEEN_MS: i64 = 60_000;
/// How long the second factor may take.
const HALF_MS: i64 = 10 * 60_000;
/// Sessions kept in memory; beyond them the old ones are dropped.
const KEPT: usize = 20_000;

/// What an open session, or the member of a key, still has to do before it is worth anything.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Gate {
    Open,
    /// The second factor is missing.
    Second,
    /// The password was given out by somebody else: it has to be changed.
    Password,
    /// A second factor is demanded and there is none yet.
    Enrol,
}

/// What somebody comes with a session for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Use {
    /// Somebody is there: the session was used.
    Act,
    /// A page asks by itself while it stands open. It is answered while the session is open, and keeps it open no longer.
    Unattended,
    /// A screen on a wall asks again for what it shows. Nobody is there to use the session, so that opens nothing else after a while; but
    /// what everybody in the room may read goes on being shown until the absolute end.
    Wall,
}

/// What a session was begun with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Strength {
    /// The first of two factors.
    Half,
    /// What the account asks for.
    Whole,
    /// Both factors at once.
    Strong,
}

impl Strength {
    pub(super) fn of(half: bool) -> Strength {
        if half { Strength::Half } else { Strength::Whole }
    }
}

/// Who came in by a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entered {
    pub member: MemberId,
    pub hash: [u8; 32],
    pub gate: Gate,
    pub ends_at: Instant,
    /// Both factors were given at once, by a passkey.
    pub strong: bool,
}

impl Entered {
    /// What another session in this one's place begins with.
    pub(super) fn strength(&self) -> Strength {
        if self.strong { Strength::Strong } else { Strength::Whole }
    }
}

#[derive(Clone)]
struct Kept {
    row: SessionRow,
    standing: Standing,
    read_at: Instant,
    /// The `seen_at` that the store has.
    written: Instant,
}

#[derive(Default)]
struct Memory {
    sessions: HashMap<[u8; 32], Kept>,
    /// How often something was ended. What was read before the last end is not kept: it may be what was ended.
    ends: u64,
}

/// The sessions in memory.
#[derive(Default)]
pub(super) struct Held(Mutex<Memory>);

impl Held {
    fn with<T>(&self, act: impl FnOnce(&mut Memory) -> T) -> T {
        // A poisoned lock means that another thread panicked; the map is whole all the same.
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The session as it was read a moment ago, and how often something was ended until now.
    fn believed(&self, hash: &[u8; 32], now: Instant) -> (Option<Kept>, u64) {
        let fresh = |kept: &&Kept| (0..BELIEVED_MS).contains(&now.minus(kept.read_at));
        self.with(|memory| (memory.sessions.get(hash).filter(fresh).cloned(), memory.ends))
    }

    fn keep(&self, kept: Kept, ends: u64) {
        self.with(|memory| {
            if memory.ends != ends {
                return;
            }
            if memory.sessions.len() >= KEPT {
                let now = kept.read_at;
                memory.sessions.retain(|_, kept| now.minus(kept.read_at) < BELIEVED_MS);
            }
            memory.sessions.insert(kept.row.hash, kept);
        });
    }

    fn drop_one(&self, hash: &[u8; 32]) {
        self.with(|memory| {
            memory.ends += 1;
            memory.sessions.remove(hash);
        });
    }

    fn drop_all_of(&self, member: &MemberId) {
        self.with(|memory| {
            memory.ends += 1;
            memory.sessions.retain(|_, kept| &kept.row.member != member);
        });
    }
}

impl Accounts {
    /// Begins a session for a member whose password, and where it is asked for second factor, was right. What it came of is written down with
    /// it, where that was not written down already; `came` ends with when the account was changed last as it was judged.
    ///
    /// # Errors
    /// [`No::Wrong`] or [`No::TooLate`] where the account was changed since: who gave an old password while its member took another must not
    /// stay.
    pub(super) async fn begin(
        &self,
        member: &MemberId,
        strength: Strength,
        device: String,
        instead_of: Option<[u8; 32]>,
        came: Option<(What, Way, Instant)>,
    ) -> Result<Secret, Error> {
        let (secret, now) = (Secret::random(), self.now());
        let half = strength == Strength::Half;
        let lasts = if half { HALF_MS } else { self.rules().absolute_ms };
        let row = SessionRow {
            hash: secret.hash(),
            member: member.clone(),
            half,
            strong: strength == Strength::Strong,
            began_at: now,
            seen_at: now,
            ends_at: now.plus_ms(lasts),
            device,
        };
        let line = |what, way| SignInRow { device: row.device.clone(), ..self.line(member, what, way) };
        let note = came.map(|(what, way, judged)| (line(what, way), judged));
        let written = note.as_ref().map(|(line, judged)| (line, *judged));
        let begun = self.store().add_session(self.tenant(), &row, instead_of, written).await?;
        if let Some(old) = instead_of {
            self.inner.held.drop_one(&old);
        }
        if !begun {
            let by_password = came.is_some_and(|(_, way, _)| way == Way::Password);
            let no = if by_password { No::Wrong } else { No::TooLate };
            return Err(no.into());
        }
        if let Some((line, _)) = note.filter(|(line, _)| line.what == What::SignedIn.code()) {
            self.tell_of_sign_in(member, line);
        }
        Ok(secret)
    }

    /// Who comes with this token; None where it opens nothing (any more).
    pub async fn entered(&self, token: &str) -> Result<Option<Entered>, Error> {
        self.entered_for(token, Use::Act).await
    }

    /// The same, where it may be no person who comes.
    pub async fn entered_for(&self, token: &str, what: Use) -> Result<Option<Entered>, Error> {
        let Some(hash) = Secret::read(token).map(|secret| secret.hash()) else { return Ok(None) };
        let now = self.now();
        let (believed, ends) = self.inner.held.believed(&hash, now);
        let kept = match believed {
            Some(kept) => kept,
            None => match self.store().session(self.tenant(), hash).await? {
                Some((row, standing)) => Kept { written: row.seen_at, row, standing, read_at: now },
                None => return Ok(None),
            },
        };
        let idle = now.minus(kept.row.seen_at) >= self.rules().idle_ms;
        let over = now >= kept.row.ends_at || kept.standing.locked;
        match what {
            Use::Wall if !over => self.looked(kept, ends).map(Some),
            Use::Unattended if !over && !idle => self.looked(kept, ends).map(Some),
            // The same browser may show a wall in another window.
            Use::Unattended if !over => Ok(None),
            Use::Act if !over && !idle => self.seen(kept, ends, now).await.map(Some),
            Use::Act | Use::Unattended | Use::Wall => {
                self.end(hash).await?;
                Ok(None)
            }
        }
    }

    /// Whether a session still opens something; asking is no use of it.
    pub async fn holds(&self, hash: [u8; 32]) -> Result<bool, Error> {
        let (now, idle) = (self.now(), self.rules().idle_ms);
        Ok(self.open_row(hash, now).await?.is_some_and(|row| now.minus(row.seen_at) < idle))
    }

    /// The same, however long ago it was used: for what was begun with it and is under way still.
    pub async fn stands(&self, hash: [u8; 32]) -> Result<bool, Error> {
        Ok(self.open_row(hash, self.now()).await?.is_some())
    }

    /// A session that nobody has ended and that is not over.
    async fn open_row(&self, hash: [u8; 32], now: Instant) -> Result<Option<SessionRow>, Error> {
        let found = match self.inner.held.believed(&hash, now).0 {
            Some(kept) => Some((kept.row, kept.standing)),
            None => self.store().session(self.tenant(), hash).await?,
        };
        let open = found.filter(|(row, standing)| now < row.ends_at && !standing.locked);
        Ok(open.map(|(row, _)| row))
    }

    /// Notes that it was seen, now and then in the store, and says who it is.
    async fn seen(&self, mut kept: Kept, ends: u64, now: Instant) -> Result<Entered, Error> {
        kept.row.seen_at = now;
        if now.minus(kept.written) >= SEEN_MS {
            self.store().session_seen(self.tenant(), kept.row.hash, now).await?;
            kept.written = now;
        }
        self.looked(kept, ends)
    }

    /// Says who it is.
    fn looked(&self, kept: Kept, ends: u64) -> Result<Entered, Error> {
        let (member, hash, ends_at) = (kept.row.member.clone(), kept.row.hash, kept.row.ends_at);
        let strong = kept.row.strong;
        let gate = self.gate(&kept)?;
        self.inner.held.keep(kept, ends);
        Ok(Entered { member, hash, gate, ends_at, strong })
    }

    fn gate(&self, kept: &Kept) -> Result<Gate, Error> {
        Ok(if kept.row.half {
            Gate::Second
        } else if kept.standing.once_until.is_some() {
            Gate::Password
        } else if !kept.row.strong && !kept.standing.has_totp && self.demands_second(&kept.row.member)? {
            Gate::Enrol
        } else {
            Gate::Open
        })
    }

    /// The account has changed: what is in memory of it counts no more.
    pub(super) fn forget(&self, member: &MemberId) {
        self.inner.held.drop_all_of(member);
    }

    /// Ends one session.
    pub async fn end(&self, hash: [u8; 32]) -> Result<(), Error> {
        self.store().end_session(self.tenant(), hash, None).await?;
        self.inner.held.drop_one(&hash);
        Ok(())
    }

    /// Ends one session because its member says so, and writes that down.
    async fn end_on_purpose(&self, hash: [u8; 32], way: Way) -> Result<(), Error> {
        let row = self.store().session(self.tenant(), hash).await?.map(|(row, _)| row);
        let told = |row: SessionRow| {
            let line = self.line(&row.member, What::SignedOut, way);
            SignInRow { device: row.device, ..line }
        };
        let note = row.filter(|row| !row.half).map(told);
        self.store().end_session(self.tenant(), hash, note.as_ref()).await?;
        self.inner.held.drop_one(&hash);
        Ok(())
    }

    /// Ends the session of this token, where there is one.
    pub async fn sign_out(&self, token: &str) -> Result<(), Error> {
        match Secret::read(token) {
            Some(secret) => self.end_on_purpose(secret.hash(), Way::This).await,
            None => Ok(()),
        }
    }

    /// The devices on which a member is signed in, the last seen first; those that were not used for a while too, since they may still show
    /// a wall.
    pub async fn devices(&self, member: &MemberId) -> Result<Vec<SessionRow>, Error> {
        let now = self.now();
        let mut all = self.store().sessions(self.tenant(), member).await?;
        all.retain(|row| !row.half && now < row.ends_at);
        Ok(all)
    }

    /// Ends one of a member's own sessions, named as [`Accounts::devices`] names it by [`device_id`]. False where there is none.
    pub async fn end_device(&self, member: &MemberId, id: &str) -> Result<bool, Error> {
        let all = self.store().sessions(self.tenant(), member).await?;
        let Some(row) = all.iter().find(|row| device_id(row) == id) else { return Ok(false) };
        self.end_on_purpose(row.hash, Way::Device).await?;
        Ok(true)
    }

    /// Ends every session of a member but `stays`; with `ways` keys of programs and passkeys too.
    pub async fn end_everywhere(
        &self,
        member: &MemberId,
        stays: Option<[u8; 32]>,
        ways: bool,
    ) -> Result<(), Error> {
        let note = self.line(member, What::SignedOut, Way::Everywhere);
        self.store().end_sessions(self.tenant(), member, stays, Some(&note)).await?;
        if ways {
            self.store().drop_ways(self.tenant(), member).await?;
        }
        self.forget(member);
        Ok(())
    }

    /// Drops what opens nothing any more.
    pub async fn purge(&self) -> Result<(), Error> {
        let now = self.now();
        // A wall goes on until the absolute end, however long nobody was there.
        let silent = now.plus_ms(-self.rules().absolute_ms);
        let forgotten = now.plus_ms(-super::lockout::FORGOTTEN_MS);
        self.store().purge_accounts(self.tenant(), now, silent, forgotten).await?;
        Ok(())
    }
}

/// The name of a session for its member: the beginning of its hash, which opens nothing.
pub fn device_id(row: &SessionRow) -> String {
    row.hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
