//! Accounts: how members prove who they are, as it is stored.
//!
//! Owns the rows of accounts and recovery codes, and below it sessions, links, passkeys, keys of programs, failed tries and the log of
//! sign-ins, whose line is written in the transaction of what it tells. Secrets come in hashed or sealed; nothing here can be used to come
//! in. Refuses to judge a password or a code: that is the engine's. Nothing of it stands in the journal, because every secret has to be
//! deletable. Start at [`AccountRow`].

mod attempt;
mod key;
mod passkey;
mod session;
mod sign_in;
mod token;

pub use attempt::Attempts;
pub use key::ApiKeyRow;
pub use passkey::PasskeyRow;
pub use session::{SessionRow, Standing};
pub use sign_in::{Before, SignInRow, SignInsOf};
pub use token::TokenRow;

use huying_model::{Instant, MemberId};

use crate::{
    Fault, Store, TenantId, statements as sql,
    value::{Row, Value},
    write::{Done, Step},
};

/// A member's account.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountRow {
    pub member: MemberId,
    /// Argon2id as a PHC string; None before an invitation was taken up.
    pub password: Option<String>,
    /// Somebody else gave the password out: it opens until then, and only to be changed.
    pub once_until: Option<Instant>,
    /// An administrator has closed it.
    pub locked: bool,
    /// Sealed.
    pub mail: Option<Vec<u8>>,
    /// The secret of the one-time codes, sealed.
    pub totp: Option<Vec<u8>>,
    /// The last time step whose code was taken.
    pub totp_step: i64,
    pub made_at: Instant,
    pub changed_at: Instant,
}

impl std::fmt::Debug for AccountRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccountRow").field("member", &self.member).finish_non_exhaustive()
    }
}

fn opt_blob(row: &Row, at: usize) -> Result<Option<Vec<u8>>, Fault> {
    if row.0.get(at) == Some(&Value::Null) { Ok(None) } else { row.blob(at).map(|it| Some(it.to_vec())) }
}

fn account(row: &Row) -> Result<AccountRow, Fault> {
    Ok(AccountRow {
        member: MemberId::new(row.text(0)?),
        password: row.opt_text(1)?.map(str::to_owned),
        once_until: row.opt_int(2)?.map(Instant),
        locked: row.flag(3)?,
        mail: opt_blob(row, 4)?,
        totp: opt_blob(row, 5)?,
        totp_step: row.int(6)?,
        made_at: Instant(row.int(7)?),
        changed_at: Instant(row.int(8)?),
    })
}

/// The two parameters that every statement about one member begins with.
fn whose(tenant: TenantId, member: &MemberId) -> Vec<Value> {
    vec![tenant.into(), (&member.0).into()]
}

fn with(mut params: Vec<Value>, more: impl IntoIterator<Item = Value>) -> Vec<Value> {
    params.extend(more);
    params
}

/// A line of the log, where there is one to write.
fn told(tenant: TenantId, note: Option<&SignInRow>) -> Option<Step> {
    note.map(|row| sign_in::noted(tenant, row))
}

/// A sum that no token has: every session differs from it.
const NONE: [u8; 32] = [0; 32];

/// Ends every session of a member but one, and every link that would let somebody in.
fn shut(tenant: TenantId, member: &MemberId, stays: Option<[u8; 32]>) -> [Step; 2] {
    [
        (sql::SESSIONS_END.into(), with(whose(tenant, member), [stays.unwrap_or(NONE).into()])),
        (sql::TOKENS_DROP.into(), whose(tenant, member)),
    ]
}

/// Every other way in that a password or a link may have opened: keys of programs, and passkeys.
fn ways(tenant: TenantId, member: &MemberId) -> [Step; 2] {
    [(sql::API_KEYS_DROP.into(), whose(tenant, member)), (sql::PASSKEYS_DROP.into(), whose(tenant, member))]
}

/// What goes with another password: everything that an old one opened.
fn with_password(
    tenant: TenantId,
    member: &MemberId,
    set: Step,
    (stays, only): (Option<[u8; 32]>, bool),
    note: Option<&SignInRow>,
) -> Vec<Step> {
    let mut steps = vec![set];
    steps.extend(shut(tenant, member, stays));
    if only {
        steps.extend(ways(tenant, member));
    }
    steps.extend(told(tenant, note));
    steps
}

impl Store {
    /// A member's account.
    pub async fn account(&self, tenant: TenantId, member: &MemberId) -> Result<Option<AccountRow>, Fault> {
        self.db.query(sql::ACCOUNT, whose(tenant, member)).await?.first().map(account).transpose()
    }

    /// Every account of a tenant.
    pub async fn accounts(&self, tenant: TenantId) -> Result<Vec<AccountRow>, Fault> {
        self.db.query(sql::ACCOUNTS, vec![tenant.into()]).await?.iter().map(account).collect()
    }

    /// Makes an account without a password, where there is none yet. False where there was one.
    pub async fn add_account(&self, tenant: TenantId, member: &MemberId, at: Instant) -> Result<bool, Fault> {
        let done = self.run(sql::ACCOUNT_ADD, with(whose(tenant, member), [at.0.into()])).await?;
        Ok(done.changed == 1)
    }

    /// Sets a password. Every session but `stays` ends with it, and every link; where it shall be the only way in, keys of programs and
    /// passkeys too.
    pub async fn set_password(
        &self,
        tenant: TenantId,
        member: &MemberId,
        (hash, once_until): (&str, Option<Instant>),
        (stays, only): (Option<[u8; 32]>, bool),
        (at, note): (Instant, Option<&SignInRow>),
    ) -> Result<(), Fault> {
        let set = [hash.into(), once_until.map(|until| until.0).into(), at.0.into()];
        let set = (sql::ACCOUNT_PASSWORD.into(), with(whose(tenant, member), set));
        self.errand(with_password(tenant, member, set, (stays, only), note)).await.map(drop)
    }

    /// The same where the account is as it was when it was judged: changed last at `judged`. False where somebody else, such as its member by a
    /// link, was faster; then nothing is written.
    pub async fn set_password_as_judged(
        &self,
        tenant: TenantId,
        member: &MemberId,
        (hash, judged): (&str, Instant),
        only: bool,
        note: &SignInRow,
    ) -> Result<bool, Fault> {
        let set = [hash.into(), Value::Null, note.at.0.into()];
        let set = (sql::ACCOUNT_PASSWORD.into(), with(whose(tenant, member), set));
        let steps = with_password(tenant, member, set, (None, only), Some(note));
        Ok(self.as_judged(tenant, member, judged, steps).await?.is_some())
    }

    /// Does all of this where the account was changed last at `judged`. None where it was changed since: then nothing is written.
    async fn as_judged(
        &self,
        tenant: TenantId,
        member: &MemberId,
        judged: Instant,
        mut steps: Vec<Step>,
    ) -> Result<Option<Vec<Done>>, Fault> {
        let hold = with(whose(tenant, member), [judged.0.into()]);
        steps.insert(0, (sql::ACCOUNT_AS_JUDGED.into(), hold));
        let fault = match self.errand(steps).await {
            Ok(done) => return Ok(Some(done.into_iter().skip(1).collect())),
            Err(fault) => fault,
        };
        match self.account(tenant, member).await? {
            Some(row) if row.changed_at == judged => Err(fault),
            _ => Ok(None),
        }
    }

    /// Takes all keys of programs and all passkeys of a member away.
    pub async fn drop_ways(&self, tenant: TenantId, member: &MemberId) -> Result<(), Fault> {
        self.errand(ways(tenant, member).into()).await.map(drop)
    }

    /// The same password under newer parameters; only where it has not been changed meanwhile.
    pub async fn rehash(
        &self,
        tenant: TenantId,
        member: &MemberId,
        old: &str,
        new: &str,
    ) -> Result<(), Fault> {
        self.run(sql::ACCOUNT_REHASH, with(whose(tenant, member), [old.into(), new.into()])).await.map(drop)
    }

    /// Closes an account, or opens it again. A closed one has no sessions, links and keys.
    pub async fn set_locked(
        &self,
        tenant: TenantId,
        member: &MemberId,
        locked: bool,
        (at, note): (Instant, Option<&SignInRow>),
    ) -> Result<(), Fault> {
        let set = [locked.into(), at.0.into()];
        let mut steps = vec![(sql::ACCOUNT_LOCK.into(), with(whose(tenant, member), set))];
        if locked {
            steps.extend(shut(tenant, member, None));
            steps.push((sql::API_KEYS_DROP.into(), whose(tenant, member)));
        }
        steps.extend(told(tenant, note));
        self.errand(steps).await.map(drop)
    }

    /// Where mail to the member goes, sealed.
    pub async fn set_mail(
        &self,
        tenant: TenantId,
        member: &MemberId,
        mail: Option<Vec<u8>>,
        at: Instant,
    ) -> Result<(), Fault> {
        self.run(sql::ACCOUNT_MAIL, with(whose(tenant, member), [mail.into(), at.0.into()])).await.map(drop)
    }

    /// The secret of the one-time codes, with the step of the code that proved it, and the hashes of new recovery codes; without
    /// a secret both are gone. Every session but `stays` ends.
    pub async fn set_totp(
        &self,
        tenant: TenantId,
        member: &MemberId,
        totp: Option<(Vec<u8>, i64)>,
        recovery: &[[u8; 32]],
        stays: Option<[u8; 32]>,
        (at, note): (Instant, Option<&SignInRow>),
    ) -> Result<(), Fault> {
        self.errand(totp_steps(tenant, member, totp, recovery, stays, (at, note))).await.map(drop)
    }

    /// The same where the account is as it was when it was judged, and every session ends. False where it was changed since; then nothing is
    /// written.
    pub async fn set_totp_as_judged(
        &self,
        tenant: TenantId,
        member: &MemberId,
        totp: Option<(Vec<u8>, i64)>,
        recovery: &[[u8; 32]],
        judged: Instant,
        note: &SignInRow,
    ) -> Result<bool, Fault> {
        let steps = totp_steps(tenant, member, totp, recovery, None, (note.at, Some(note)));
        Ok(self.as_judged(tenant, member, judged, steps).await?.is_some())
    }

    /// New recovery codes in place of the old ones, where the account is as it was when it was judged. False where it was changed since.
    pub async fn set_recovery(
        &self,
        tenant: TenantId,
        member: &MemberId,
        recovery: &[[u8; 32]],
        judged: Instant,
    ) -> Result<bool, Fault> {
        let steps = recovery_steps(tenant, member, recovery);
        Ok(self.as_judged(tenant, member, judged, steps).await?.is_some())
    }

    /// Takes a time step's code. False where that step or a later one was taken before.
    pub async fn take_step(&self, tenant: TenantId, member: &MemberId, step: i64) -> Result<bool, Fault> {
        let done = self.run(sql::ACCOUNT_STEP, with(whose(tenant, member), [step.into()])).await?;
        Ok(done.changed == 1)
    }

    /// Takes a recovery code. False where there is none, or it was taken before.
    pub async fn take_recovery(
        &self,
        tenant: TenantId,
        member: &MemberId,
        hash: [u8; 32],
    ) -> Result<bool, Fault> {
        let done = self.run(sql::RECOVERY_USE, with(whose(tenant, member), [hash.into()])).await?;
        Ok(done.changed == 1)
    }

    /// How many recovery codes are left.
    pub async fn recovery_left(&self, tenant: TenantId, member: &MemberId) -> Result<i64, Fault> {
        let rows = self.db.query(sql::RECOVERY_LEFT, whose(tenant, member)).await?;
        rows.first().map_or(Ok(0), |row| row.int(0))
    }
}

fn totp_steps(
    tenant: TenantId,
    member: &MemberId,
    totp: Option<(Vec<u8>, i64)>,
    recovery: &[[u8; 32]],
    stays: Option<[u8; 32]>,
    (at, note): (Instant, Option<&SignInRow>),
) -> Vec<Step> {
    let (secret, step) = totp.map_or((None, 0), |(secret, step)| (Some(secret), step));
    let set = [secret.into(), step.into(), at.0.into()];
    let mut steps: Vec<Step> = vec![(sql::ACCOUNT_TOTP.into(), with(whose(tenant, member), set))];
    steps.extend(recovery_steps(tenant, member, recovery));
    steps.extend(shut(tenant, member, stays));
    steps.extend(told(tenant, note));
    steps
}

fn recovery_steps(tenant: TenantId, member: &MemberId, hashes: &[[u8; 32]]) -> Vec<Step> {
    let mut steps: Vec<Step> = vec![(sql::RECOVERY_DROP.into(), whose(tenant, member))];
    let add = |hash: &[u8; 32]| (sql::RECOVERY_ADD.into(), with(whose(tenant, member), [(*hash).into()]));
    steps.extend(hashes.iter().map(add));
    steps
}
