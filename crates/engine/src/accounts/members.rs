//! Looking after the accounts of others: invite, reset, lock. For administrators of the whole authority, and for the terminal.
//!
//! An administrator never learns a password: a link lets the member set their own. Start at [`Accounts::invite`].

use std::net::IpAddr;

use huying_model::{Instant, MemberId};
use huying_store::accounts::SignInRow;

use super::{
    Accounts, No, Way, What,
    letter::Sent,
    lockout::Subject,
    sign_in::ran_out,
    token::{Link, Purpose},
};
use crate::{Error, Problem, outbox::mail};

/// A member with what is known of their account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub member: MemberId,
    /// `none`, `invited`, `active`, `once` (a given-out password is to be changed) or `locked`.
    pub state: &'static str,
    pub has_codes: bool,
    pub has_mail: bool,
    pub changed_at: Option<Instant>,
}

impl Accounts {
    /// Every member with how their account stands, by id.
    pub async fn list(&self) -> Result<Vec<Listed>, Error> {
        let setting = self.inner.engine.setting(self.tenant())?;
        let (rows, now) = (self.store().accounts(self.tenant()).await?, self.now());
        let rows: std::collections::BTreeMap<&MemberId, _> =
            rows.iter().map(|row| (&row.member, row)).collect();
        let listed = |member: &MemberId| {
            let row = rows.get(member);
            let state = row.map_or("none", |row| match () {
                () if row.locked => "locked",
                () if row.password.is_none() || ran_out(row, now) => "invited",
                () if row.once_until.is_some() => "once",
                () => "active",
            });
            Listed {
                member: member.clone(),
                state,
                has_codes: row.is_some_and(|row| row.totp.is_some()),
                has_mail: row.is_some_and(|row| row.mail.is_some()),
                changed_at: row.map(|row| row.changed_at),
            }
        };
        Ok(setting.policy.org.members.keys().map(listed).collect())
    }

    /// Gives a member an account, or reminds one who has not taken theirs up, and hands them a link.
    pub async fn invite(&self, member: &MemberId, mail: Option<&str>) -> Result<Sent, Error> {
        let setting = self.inner.engine.setting(self.tenant())?;
        if !setting.policy.org.members.contains_key(member) {
            return Err(Problem::at("member", "unknown_member", "Choose one from the members.").into());
        }
        if let Some(mail) = mail.filter(|mail| !mail::is_address(mail)) {
            let mend = format!("'{mail}' is no mail address: correct it or leave it out.");
            return Err(Problem::at("mail", "mail_address", mend).into());
        }
        self.store().add_account(self.tenant(), member, self.now()).await?;
        if mail.is_some() {
            self.keep_mail(member, mail).await?;
        }
        let row = self.known(member).await?;
        let purpose = if row.password.is_some() { Purpose::Reset } else { Purpose::Invitation };
        let link = self.link(member, purpose).await?;
        tracing::info!(%member, purpose = purpose.code(), "a link was made");
        Ok(self.hand_over(&link, self.mail_of(&row)).await)
    }

    /// Hands a member a link to set another password, which ends every other way in once it is taken up. With `codes` the one-time codes, passkeys
    /// and keys of programs go at once, for somebody who has lost their telephone; every session ends then.
    pub async fn reset(&self, member: &MemberId, codes: bool) -> Result<Sent, Error> {
        let row = self.known(member).await?;
        if codes {
            self.drop_codes(member).await?;
            self.store().drop_ways(self.tenant(), member).await?;
        }
        let link = self.link(member, Purpose::Reset).await?;
        tracing::info!(%member, codes, "a reset was made");
        Ok(self.hand_over(&link, self.mail_of(&row)).await)
    }

    /// Somebody says that they have forgotten their password. The answer never tells whether there is such an account: the
    /// letter goes out beside it.
    pub async fn forgot(&self, name: &str, address: IpAddr) -> Result<(), Error> {
        let accounts = self.seen_from(address, &self.whence.device);
        let member = MemberId::new(name.trim());
        let somebody = self.somebody(&member)?;
        accounts.admit(&Subject::Address(address), somebody, Way::Reset).await?;
        accounts.admit(&Subject::Reset(member.as_str()), somebody, Way::Reset).await?;
        tokio::spawn(async move {
            // Without the name: people type their password where the name belongs.
            if let Err(error) = accounts.mail_reset(&member).await {
                tracing::warn!(%error, "a reset was not mailed");
            }
        });
        Ok(())
    }

    async fn mail_reset(&self, member: &MemberId) -> Result<(), Error> {
        let row = match self.known(member).await {
            Ok(row) if !row.locked => row,
            Ok(_) | Err(Error::Account(No::NoAccount)) => return Ok(()),
            Err(error) => return Err(error),
        };
        let (Some(mail), true) = (self.mail_of(&row), self.mails()) else { return Ok(()) };
        let purpose = if row.password.is_some() { Purpose::Reset } else { Purpose::Invitation };
        let link: Link = self.link(member, purpose).await?;
        self.hand_over(&link, Some(mail)).await;
        Ok(())
    }

    /// Whether links can go out by mail.
    pub fn mails(&self) -> bool {
        self.inner.mailer.is_some() && self.rules().url.is_some()
    }

    /// Closes an account or opens it again. A closed one is signed out everywhere here at once, and its keys are gone.
    pub async fn lock(&self, by: Option<&MemberId>, member: &MemberId, locked: bool) -> Result<(), Error> {
        if by == Some(member) {
            return Err(No::OwnAccount.into());
        }
        self.known(member).await?;
        let what = if locked { What::Closed } else { What::Opened };
        let line = self.line(member, what, Way::Administrator);
        let note = SignInRow { asked_by: by.cloned(), ..line };
        self.store().set_locked(self.tenant(), member, locked, (note.at, Some(&note))).await?;
        self.forget(member);
        tracing::info!(%member, locked, "an account was closed or opened");
        Ok(())
    }
}
