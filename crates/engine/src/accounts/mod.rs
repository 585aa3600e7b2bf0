//! Accounts: how a member proves who they are.
//!
//! Owns passwords, one-time codes, passkeys, OpenID Connect, sessions, links, keys of programs, the delay after failed tries, and the log of
//! all of it ([`What`]). Who is a member and what they
//! may do is the organisation's and the model's; an account only opens the door. Secrets are kept hashed or sealed, never in
//! the journal and never in a log. Refuses HTTP: cookies and addresses are the server's. Start at [`Accounts`], then
//! [`sign_in`], then [`session`].

mod device;
mod duties;
mod first;
mod key;
mod letter;
pub mod lockout;
mod log;
mod members;
mod notice;
mod openid;
mod passkey;
pub mod password;
mod second;
pub(crate) mod secret;
mod session;
mod sign_in;
mod token;
pub mod totp;

use std::sync::Arc;

use huying_model::{Instant, MemberId, actor::Role, org::Org};
use huying_store::{Store, TenantId, accounts::AccountRow};

use crate::{
    Engine, Error,
    outbox::{mail::Mailer, template::Language},
};

pub use device::device_words;
pub use duties::{Act, Duties, Duty, TABLE as DUTIES, Unfit};
pub use first::First;
pub use key::{KeyMade, Keyed, Scope};
pub use letter::Sent;
pub(crate) use log::Tries;
pub use log::{Way, What};
pub use members::Listed;
pub use openid::{Back, Begun, OpenIdRules};
pub use passkey::{Ceremony, Site, passkey_id};
pub use second::{Enrolment, RECOVERY_CODES};
pub use secret::Secret;
pub use session::{Entered, Gate, Use, device_id};
pub use sign_in::{Came, Knock};
pub use token::{Link, Purpose};

/// Of whom a second factor is demanded.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Demanded {
    /// Everybody may have one.
    #[default]
    Nobody,
    Administrators,
    Everybody,
}

/// What a tenant asks of its accounts.
#[derive(Clone, Debug)]
pub struct AccountRules {
    /// A session that is not used for so long has ended.
    pub idle_ms: i64,
    /// A session ends after so long, however busy it is.
    pub absolute_ms: i64,
    pub second_factor: Demanded,
    /// Where people find the platform, such as `https://huying.example.org`; links in letters begin with it.
    pub url: Option<String>,
    pub language: Language,
    /// Another service at which members may sign in.
    pub openid: Option<OpenIdRules>,
    /// Three administrators who are apart; None where each may do all.
    pub duties: Option<Duties>,
}

impl Default for AccountRules {
    fn default() -> AccountRules {
        let minute = 60_000;
        AccountRules {
            idle_ms: 30 * minute,
            absolute_ms: 12 * 60 * minute,
            second_factor: Demanded::Nobody,
            url: None,
            language: Language::Zh,
            openid: None,
            duties: None,
        }
    }
}

/// Why an account does not do what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum No {
    #[error("the member or the password is wrong: try again, or ask an administrator for a reset")]
    Wrong,
    #[error("the code is wrong or was used before: wait for the next one, or use a recovery code")]
    WrongCode,
    #[error("there were too many failed tries: try again in {seconds} s")]
    Wait { seconds: u32 },
    #[error("this link was used, has run out, or was replaced by a newer one: ask for another")]
    LinkGone,
    #[error("there is no such account: invite the member first")]
    NoAccount,
    #[error("this account has one-time codes already: switch them off first")]
    HasCodes,
    #[error("this was begun too long ago: begin again")]
    TooLate,
    #[error("nobody closes their own account: ask another administrator")]
    OwnAccount,
    #[error("no member of the organisation is an administrator: give somebody that seat in the pack first")]
    NobodyAdministers,
    #[error("no other service is set up to sign in at: sign in with a password")]
    NoService,
    #[error(
        "the other service cannot be reached, or what it says cannot be believed: try again, or sign in with a password"
    )]
    ServiceFails,
    #[error("the other service knows you, but nobody here goes by what it says: ask an administrator")]
    ServiceKnowsNobody,
    #[error("this passkey was not taken: try again, or sign in with a password")]
    WrongPasskey,
    #[error(
        "passkeys need a host name: open the platform by its name, or as http://localhost on this machine"
    )]
    NoPasskeysHere,
    #[error("one-time codes are demanded of this member: they cannot be switched off")]
    Demanded,
}

impl No {
    /// Stable, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            No::Wrong => "wrong_credentials",
            No::WrongCode => "wrong_code",
            No::Wait { .. } => "too_many_tries",
            No::LinkGone => "link_gone",
            No::NoAccount => "no_account",
            No::HasCodes => "has_codes",
            No::TooLate => "too_late",
            No::OwnAccount => "own_account",
            No::NobodyAdministers => "nobody_administers",
            No::NoService => "no_service",
            No::ServiceFails => "service_fails",
            No::ServiceKnowsNobody => "service_knows_nobody",
            No::WrongPasskey => "wrong_passkey",
            No::NoPasskeysHere => "no_passkeys_here",
            No::Demanded => "codes_demanded",
        }
    }
}

/// The accounts of one tenant on one node. Cloning is cheap.
#[derive(Clone)]
pub struct Accounts {
    inner: Arc<Inner>,
    /// Where whoever uses it comes from, for the log.
    whence: log::Whence,
}

struct Inner {
    engine: Engine,
    tenant: TenantId,
    rules: AccountRules,
    mailer: Option<Mailer>,
    hasher: password::Hasher,
    held: session::Held,
    service: openid::Service,
}

impl Accounts {
    pub fn new(engine: Engine, tenant: TenantId, rules: AccountRules, mailer: Option<Mailer>) -> Accounts {
        let (hasher, held) = (password::Hasher::default(), session::Held::default());
        let service = openid::Service::default();
        let inner = Arc::new(Inner { engine, tenant, rules, mailer, hasher, held, service });
        Accounts { inner, whence: log::Whence::default() }
    }

    pub fn rules(&self) -> &AccountRules {
        &self.inner.rules
    }

    fn store(&self) -> &Store {
        self.inner.engine.store()
    }

    fn tenant(&self) -> TenantId {
        self.inner.tenant
    }

    fn now(&self) -> Instant {
        self.inner.engine.now()
    }

    /// The account of a member who is one now.
    async fn known(&self, member: &MemberId) -> Result<AccountRow, Error> {
        let setting = self.inner.engine.setting(self.tenant())?;
        // Asked for whether somebody is a member or not, so that both take as long.
        let row = self.store().account(self.tenant(), member).await?;
        let row = row.filter(|_| setting.policy.org.members.contains_key(member));
        row.ok_or(Error::Account(No::NoAccount))
    }

    /// Whether this member has to have a second factor.
    pub fn demands_second(&self, member: &MemberId) -> Result<bool, Error> {
        let setting = self.inner.engine.setting(self.tenant())?;
        Ok(match self.inner.rules.second_factor {
            Demanded::Nobody => false,
            Demanded::Everybody => true,
            Demanded::Administrators => is_administrator(&setting.policy.org, member),
        })
    }
}

fn is_administrator(org: &Org, member: &MemberId) -> bool {
    let seats = org.members.get(member).map(|member| member.seats.as_slice()).unwrap_or_default();
    seats.iter().any(|seat| seat.role == Role::Administrator)
}
