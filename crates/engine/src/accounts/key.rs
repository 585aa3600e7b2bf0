//! Keys of programs: `hy_…`, in a member's name, for some kinds of act, and for a year at most.
//!
//! A key never does more than its member may, and of that only what its scopes name. It is shown once. Start at [`Accounts::make_key`];
//! those of a sandbox are handed out by [`Accounts::hand_out`].

use huying_model::{Instant, MemberId};
use huying_store::accounts::{ApiKeyRow, Standing};
use smol_str::SmolStr;

use super::{Accounts, Entered, Gate, No, Secret, Way, What};
use crate::{Error, Problem};

/// What every key begins with, so that it is recognised wherever it lies about; those of a sandbox otherwise.
const BEGINS: &str = "hy_";
const BEGINS_IN_SANDBOX: &str = "hy_sandbox_";
const LONGEST_NAME: usize = 100;
const DAY_MS: i64 = 86_400_000;
/// Days that a key may last.
const LONGEST_DAYS: i64 = 366;
/// Keys that one member may have.
const MOST: usize = 50;
/// When a key was used last is written at most so often.
const USED_MS: i64 = 60_000;

/// A kind of act.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Scope {
    Read,
    Report,
    /// Commands on cases, and files.
    Handle,
    /// What administrators do: subscriptions, policies, the organisation, accounts.
    Administer,
}

impl Scope {
    pub const ALL: [Scope; 4] = [Scope::Read, Scope::Report, Scope::Handle, Scope::Administer];

    pub fn code(self) -> &'static str {
        match self {
            Scope::Read => "read",
            Scope::Report => "report",
            Scope::Handle => "handle",
            Scope::Administer => "administer",
        }
    }

    pub fn from_code(code: &str) -> Option<Scope> {
        Scope::ALL.into_iter().find(|scope| scope.code() == code)
    }

    /// The scopes of a stored key.
    pub fn list(text: &str) -> Vec<Scope> {
        text.split(' ').filter_map(Scope::from_code).collect()
    }
}

/// A key that was just made.
#[derive(Debug)]
pub struct KeyMade {
    pub row: ApiKeyRow,
    /// Shown once.
    pub key: String,
}

/// A key that opens something, with what its member has to do first: until then it opens nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyed {
    pub row: ApiKeyRow,
    pub gate: Gate,
}

impl Accounts {
    /// Makes a key for `days` days. The password proves that the member is there.
    pub async fn make_key(
        &self,
        entered: &Entered,
        name: &str,
        scopes: &[Scope],
        days: i64,
        password: &str,
    ) -> Result<KeyMade, Error> {
        let member = &entered.member;
        self.fits(member, name, scopes, days).await?;
        let judged = self.prove(member, password).await?.changed_at;
        self.here(entered).await?;
        self.issue(member, name, scopes, days, judged).await
    }

    /// Makes a key in the name of a member of a sandbox, who is nobody and has no password: an administrator of the authority asks for it.
    ///
    /// # Errors
    /// [`Error::Invalid`] with each field that is wrong; an authority that is no sandbox has no such keys.
    pub async fn hand_out(
        &self,
        member: &MemberId,
        name: &str,
        scopes: &[Scope],
        days: i64,
    ) -> Result<KeyMade, Error> {
        let engine = &self.inner.engine;
        let known = engine.setting(self.tenant())?.policy.org.members.contains_key(member);
        if !known || !engine.is_sandbox() {
            return Err(Problem::at("member", "unknown_member", "Choose one from the members.").into());
        }
        self.fits(member, name, scopes, days).await?;
        self.store().add_account(self.tenant(), member, self.now()).await?;
        let judged = self.known(member).await?.changed_at;
        self.issue(member, name, scopes, days, judged).await
    }

    /// Keys that were handed out and open something, the oldest first.
    pub async fn handed_out(&self) -> Result<Vec<ApiKeyRow>, Error> {
        let now = self.now();
        let mut all = self.store().all_api_keys(self.tenant()).await?;
        all.retain(|key| now < key.ends_at);
        Ok(all)
    }

    /// Takes one of them back. False where there is none of this id.
    pub async fn end_key(&self, id: &str) -> Result<bool, Error> {
        Ok(self.store().end_api_key(self.tenant(), id).await?)
    }

    async fn fits(&self, member: &MemberId, name: &str, scopes: &[Scope], days: i64) -> Result<(), Error> {
        let name = name.trim();
        let mut wrong = Vec::new();
        if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
            wrong.push(Problem::at("name", "key_name", "Say in 1 to 100 signs what the key is for."));
        }
        if scopes.is_empty() {
            wrong.push(Problem::at("scopes", "key_scopes", "Choose at least one scope."));
        }
        if !(1..=LONGEST_DAYS).contains(&days) {
            wrong.push(Problem::at("days", "key_days", "Choose 1 to 366 days."));
        }
        if self.keys(member).await?.len() >= MOST {
            wrong.push(Problem::at("", "key_many", "Take a key back that is no longer used."));
        }
        if wrong.is_empty() { Ok(()) } else { Err(Error::Invalid(wrong)) }
    }

    async fn issue(
        &self,
        member: &MemberId,
        name: &str,
        scopes: &[Scope],
        days: i64,
        judged: Instant,
    ) -> Result<KeyMade, Error> {
        let (now, mut scopes) = (self.now(), scopes.to_vec());
        scopes.sort_unstable();
        scopes.dedup();
        let secret = Secret::random();
        let row = ApiKeyRow {
            id: SmolStr::new(format!("{:016x}", rand::random::<u64>())),
            member: member.clone(),
            name: name.trim().to_owned(),
            scopes: scopes.iter().map(|scope| scope.code()).collect::<Vec<_>>().join(" "),
            made_at: now,
            ends_at: now.plus_ms(days * DAY_MS),
            used_at: None,
        };
        let note = self.line(member, What::KeyMade, Way::Key);
        if !self.store().add_api_key(self.tenant(), secret.hash(), &row, Some((&note, judged))).await? {
            return Err(No::Wrong.into());
        }
        tracing::info!(%member, key = %row.id, scopes = row.scopes, "made a key");
        Ok(KeyMade { row, key: format!("{}{}", self.begins(), secret.text()) })
    }

    fn begins(&self) -> &'static str {
        if self.inner.engine.is_sandbox() { BEGINS_IN_SANDBOX } else { BEGINS }
    }

    /// The key that a program came with, while it opens something.
    pub async fn by_key(&self, given: &str) -> Result<Option<Keyed>, Error> {
        let Some(secret) = given.strip_prefix(self.begins()).and_then(Secret::read) else { return Ok(None) };
        let now = self.now();
        let Some((row, standing)) = self.store().api_key(self.tenant(), secret.hash(), now).await? else {
            return Ok(None);
        };
        let gate = self.gate_of_key(&row.member, &standing).await?;
        if row.used_at.is_none_or(|used: Instant| now.minus(used) >= USED_MS) {
            self.store().api_key_used(self.tenant(), &row.id, now).await?;
        }
        Ok(Some(Keyed { row, gate }))
    }

    /// A key is worth no more than a session of its member would be. Those of a sandbox are of members who have nothing but them.
    async fn gate_of_key(&self, member: &MemberId, standing: &Standing) -> Result<Gate, Error> {
        if self.inner.engine.is_sandbox() {
            return Ok(Gate::Open);
        }
        if standing.once_until.is_some() {
            return Ok(Gate::Password);
        }
        if standing.has_totp || !self.demands_second(member)? {
            return Ok(Gate::Open);
        }
        // A passkey is both factors at once.
        let strong = !self.passkeys(member).await?.is_empty();
        Ok(if strong { Gate::Open } else { Gate::Enrol })
    }

    /// A member's keys that open something, the oldest first.
    pub async fn keys(&self, member: &MemberId) -> Result<Vec<ApiKeyRow>, Error> {
        let now = self.now();
        let mut all = self.store().api_keys(self.tenant(), member).await?;
        all.retain(|key| now < key.ends_at);
        Ok(all)
    }

    /// Takes a member's key back. False where there is none of this id.
    pub async fn drop_key(&self, member: &MemberId, id: &str) -> Result<bool, Error> {
        let gone = self.store().drop_api_key(self.tenant(), member, id).await?;
        if gone {
            tracing::info!(%member, key = id, "took a key back");
        }
        Ok(gone)
    }
}
