//! Signing in: name and password, and the second factor where there is one.
//!
//! A wrong name, a wrong password, a closed account and a password that has run out are one answer, after the same work. Each try is
//! counted before it is judged. Start at [`Accounts::sign_in`].

use std::net::IpAddr;

use huying_model::{Instant, MemberId};
use huying_store::accounts::AccountRow;

use super::{Accounts, Entered, Gate, No, Secret, Way, What, lockout::Subject, session::Strength, totp};
use crate::Error;

/// Names longer than this are nobody's.
const LONGEST_NAME: usize = 128;

/// Somebody who wants to come in.
pub struct Knock<'a> {
    pub member: &'a str,
    pub password: &'a str,
    pub address: IpAddr,
    /// What the browser says it is, in words.
    pub device: String,
    /// What this browser was given when it last signed somebody in.
    pub mark: Option<&'a str>,
    /// The session that the browser had: it ends with this one's begin.
    pub had: Option<&'a str>,
}

/// Somebody came in, at least to the door of the second factor.
#[derive(Debug)]
pub struct Came {
    pub member: MemberId,
    pub token: Secret,
    /// Only the second factor may be given with this token.
    pub half: bool,
    /// For this browser to keep: tries from it count apart from those of strangers.
    pub mark: Option<String>,
}

impl Accounts {
    /// Judges a name and a password.
    ///
    /// # Errors
    /// [`No::Wrong`] whatever was wrong, and [`No::Wait`] where it was too often.
    pub async fn sign_in(&self, knock: Knock<'_>) -> Result<Came, Error> {
        let name = knock.member.trim();
        if name.is_empty() || name.len() > LONGEST_NAME {
            return Err(No::Wrong.into());
        }
        let member = MemberId::new(name);
        let here = self.seen_from(knock.address, &knock.device).with_mark(knock.mark);
        let somebody = self.somebody(&member)?;
        let from = Subject::Address(knock.address);
        here.admit(&from, somebody, Way::Password).await?;
        let device = knock.mark.and_then(|mark| self.device_of(&member, mark));
        let whose = match &device {
            Some(device) => Subject::Device { name, device },
            None => Subject::Name(name),
        };
        if let Err(early) = here.admit(&whose, somebody, Way::Password).await {
            self.take_back(&from).await?;
            return Err(early);
        }
        let Some(row) = self.right(&member, knock.password).await? else {
            here.tried(somebody, What::Failed, Way::Password);
            // Names in the log of the process, too, are those of members only: people type their password where the name belongs.
            match somebody {
                Some(member) => tracing::info!(%member, "a sign-in failed"),
                None => tracing::info!("a sign-in failed under a name that nobody has"),
            }
            return Err(No::Wrong.into());
        };
        self.went_well(&whose).await?;
        self.went_well(&from).await?;
        let (half, had) = (row.totp.is_some(), knock.had.and_then(Secret::read).map(|had| had.hash()));
        let what = if half { What::Half } else { What::SignedIn };
        let note = Some((what, Way::Password, row.changed_at));
        let token = here.begin(&member, Strength::of(half), knock.device, had, note).await?;
        tracing::info!(%member, half, "signed in");
        let mark = (!half).then(|| self.mark(&member));
        Ok(Came { member, token, half, mark })
    }

    /// The member's account, where this is its password and it opens.
    async fn right(&self, member: &MemberId, password: &str) -> Result<Option<AccountRow>, Error> {
        let row = match self.known(member).await {
            Ok(row) => Some(row),
            Err(Error::Account(No::NoAccount)) => None,
            Err(error) => return Err(error),
        };
        let kept = row.as_ref().and_then(|row| row.password.clone());
        let compared = self.inner.hasher.compare(password, kept.clone()).await?;
        let now = self.now();
        let opens = |row: &AccountRow| !row.locked && !ran_out(row, now);
        let Some(row) = row.filter(|row| compared.right && opens(row)) else { return Ok(None) };
        if let (true, Some(old)) = (compared.old, kept) {
            let new = self.inner.hasher.hash(password).await?;
            self.store().rehash(self.tenant(), member, &old, &new).await?;
        }
        Ok(Some(row))
    }

    /// Judges the second factor of somebody whose password was right: a one-time code or a recovery code.
    pub async fn second(&self, half: &str, typed: &str, device: String) -> Result<Came, Error> {
        let Some(Entered { member, hash, gate: Gate::Second, .. }) = self.entered(half).await? else {
            return Err(No::TooLate.into());
        };
        let name = member.0.clone();
        self.admit(&Subject::Code(&name), Some(&member), Way::Code).await?;
        let row = self.known(&member).await?;
        // Read again, after the account was: for some seconds a session is believed that another password has ended on another node.
        let held = self.store().session(self.tenant(), hash).await?;
        if !held.is_some_and(|(session, _)| session.half) {
            self.forget(&member);
            return Err(No::TooLate.into());
        }
        let way = if totp::is_code(typed) { Way::Code } else { Way::RecoveryCode };
        if row.locked || !self.is_second(&row, typed).await? {
            self.tried(Some(&member), What::Failed, way);
            tracing::info!(%member, "a second factor failed");
            return Err(No::WrongCode.into());
        }
        self.went_well(&Subject::Code(&name)).await?;
        let note = Some((What::SignedIn, way, row.changed_at));
        let token = self.begin(&member, Strength::Whole, device, Some(hash), note).await?;
        tracing::info!(%member, "signed in with a second factor");
        let mark = Some(self.mark(&member));
        Ok(Came { member, token, half: false, mark })
    }

    /// Proves once more that the one who is signed in knows the password, before something that matters.
    pub(super) async fn prove(&self, member: &MemberId, password: &str) -> Result<AccountRow, Error> {
        self.admit(&Subject::Proof(member.as_str()), Some(member), Way::Password).await?;
        let Some(row) = self.right(member, password).await? else {
            self.tried(Some(member), What::Failed, Way::Password);
            return Err(No::Wrong.into());
        };
        self.went_well(&Subject::Proof(member.as_str())).await?;
        Ok(row)
    }

    /// Changes one's own password. Every other session ends, and this one gets a new token. Where it shall be the only way in from now on,
    /// keys of programs and passkeys go too.
    pub async fn change_password(
        &self,
        entered: &Entered,
        (old, new): (&str, &str),
        only: bool,
        device: String,
    ) -> Result<Secret, Error> {
        let member = &entered.member;
        if let Some(problem) = super::password::check(new, member.as_str()) {
            return Err(problem.into());
        }
        let judged = self.prove(member, old).await?.changed_at;
        if old == new {
            let mend = "Take another password than the one that you have.";
            return Err(crate::Problem::at("new_password", "password_same", mend).into());
        }
        let hash = self.inner.hasher.hash(new).await?;
        let note = self.line(member, What::PasswordChanged, Way::Password);
        if !self.store().set_password_as_judged(self.tenant(), member, (&hash, judged), only, &note).await? {
            return Err(No::Wrong.into());
        }
        self.forget(member);
        tracing::info!(%member, only, "changed their password");
        self.begin_anew(entered, device, note.at).await
    }

    /// A session in place of the one that a change of the account has ended with all others.
    pub(super) async fn begin_anew(
        &self,
        entered: &Entered,
        device: String,
        changed_at: Instant,
    ) -> Result<Secret, Error> {
        let token = self.begin(&entered.member, entered.strength(), device, None, None).await?;
        // Where a link was taken up in between, this session began after the others had ended.
        if self.known(&entered.member).await?.changed_at != changed_at {
            self.end(token.hash()).await?;
            return Err(No::Wrong.into());
        }
        Ok(token)
    }

    /// The account of who is signed in, where the session is there still: read anew, since for some seconds one is believed that was ended on
    /// another node.
    pub(super) async fn here(&self, entered: &Entered) -> Result<AccountRow, Error> {
        let row = self.known(&entered.member).await?;
        if self.store().session(self.tenant(), entered.hash).await?.is_none() {
            self.forget(&entered.member);
            return Err(No::TooLate.into());
        }
        Ok(row)
    }

    /// Keeps a password; every session of the member and every link ends, and with `only` every other way in.
    pub(super) async fn keep_password(
        &self,
        member: &MemberId,
        new: &str,
        once_until: Option<Instant>,
        only: bool,
        (what, way): (What, Way),
    ) -> Result<(), Error> {
        let hash = self.inner.hasher.hash(new).await?;
        let note = self.line(member, what, way);
        let written = (note.at, Some(&note));
        self.store().set_password(self.tenant(), member, (&hash, once_until), (None, only), written).await?;
        self.forget(member);
        Ok(())
    }
}

/// A password that was given out opens for a while only.
pub(super) fn ran_out(row: &AccountRow, now: Instant) -> bool {
    row.once_until.is_some_and(|until| now >= until)
}
