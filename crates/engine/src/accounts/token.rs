//! Links that are used once: an invitation lets a member set their first password, a reset another one.
//!
//! A member has one link at a time. It carries 256 random bits, stands in the store as a hash, and runs out. Start at [`Accounts::link`].

use huying_model::{Instant, MemberId};
use huying_store::accounts::TokenRow;
use smol_str::SmolStr;

use super::{Accounts, No, Secret, Way, What, password};
use crate::Error;

const HOUR_MS: i64 = 3_600_000;

/// What a link is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    Invitation,
    Reset,
}

impl Purpose {
    pub fn code(self) -> &'static str {
        match self {
            Purpose::Invitation => "invitation",
            Purpose::Reset => "reset",
        }
    }

    pub(super) fn way(self) -> Way {
        match self {
            Purpose::Invitation => Way::Invitation,
            Purpose::Reset => Way::Reset,
        }
    }

    /// How long it opens something.
    pub fn lasts_ms(self) -> i64 {
        match self {
            Purpose::Invitation => 72 * HOUR_MS,
            Purpose::Reset => HOUR_MS,
        }
    }
}

/// A link for a member, to be handed over once.
#[derive(Debug)]
pub struct Link {
    pub member: MemberId,
    pub purpose: Purpose,
    secret: Secret,
    pub ends_at: Instant,
}

impl Link {
    /// The path on this platform.
    pub fn path(&self) -> String {
        format!("/invitation/{}", self.secret.text())
    }
}

impl Accounts {
    /// Makes a link; an older one of the member opens nothing any more.
    pub(super) async fn link(&self, member: &MemberId, purpose: Purpose) -> Result<Link, Error> {
        let (secret, ends_at) = (Secret::random(), self.now().plus_ms(purpose.lasts_ms()));
        let row = TokenRow { member: member.clone(), purpose: SmolStr::new_static(purpose.code()), ends_at };
        let note = self.line(member, What::LinkMade, purpose.way());
        self.store().add_token(self.tenant(), secret.hash(), &row, Some(&note)).await?;
        Ok(Link { member: member.clone(), purpose, secret, ends_at })
    }

    /// Whose link this is, without using it up.
    pub async fn link_of(&self, text: &str) -> Result<MemberId, Error> {
        let secret = Secret::read(text).ok_or(No::LinkGone)?;
        let row = self.store().token(self.tenant(), secret.hash(), self.now()).await?;
        let member = row.ok_or(No::LinkGone)?.member;
        // Whoever has left, or was locked out, is not let in by an old link.
        match self.known(&member).await {
            Ok(row) if !row.locked => Ok(member),
            Ok(_) | Err(Error::Account(No::NoAccount)) => Err(No::LinkGone.into()),
            Err(error) => Err(error),
        }
    }

    /// Sets the password of the member whose link it is, and uses the link up. It is the only way in from then on: whoever knew the old
    /// password may have made keys and passkeys with it.
    pub async fn take_up(&self, text: &str, new: &str) -> Result<MemberId, Error> {
        let member = self.link_of(text).await?;
        if let Some(problem) = password::check(new, member.as_str()) {
            return Err(problem.into());
        }
        let secret = Secret::read(text).ok_or(No::LinkGone)?;
        // Hashed before the link is used up: who is told that it is busy can come again with it.
        let hash = self.inner.hasher.hash(new).await?;
        // The store knows what the link was for, and writes it down so.
        let note = self.line(&member, What::LinkTaken, Way::Reset);
        let link = (secret.hash(), &member);
        // Whoever comes second gets nothing, so the password is set once.
        if !self.store().take_up_link(self.tenant(), link, &hash, &note).await? {
            return Err(No::LinkGone.into());
        }
        self.forget(&member);
        tracing::info!(%member, "a link was taken up");
        Ok(member)
    }
}
