//! The second factor: one-time codes from an app, and recovery codes for when the app is lost.
//!
//! The secret is sealed under the tenant's key; a code is taken once and never after a later one. Enrolling needs no row: what was
//! begun is handed to the browser sealed, and comes back with the first code. Start at [`Accounts::begin_codes`].

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use huying_model::{Instant, MemberId};
use huying_store::accounts::AccountRow;
use sha2::{Digest, Sha256};

use super::{
    Accounts, Entered, No, Secret, Way, What, secret,
    totp::{self, SECRET},
};
use crate::Error;

/// Recovery codes that a member gets.
pub const RECOVERY_CODES: usize = 10;
/// Signs of one: 80 random bits, so that a plain SHA-256 keeps it.
const SIGNS: usize = 16;
/// What was begun has to be confirmed within.
const ENROLLING_MS: i64 = 15 * 60_000;

/// Codes that are about to be switched on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolment {
    /// For whoever cannot scan the picture.
    pub secret: String,
    /// What the picture says.
    pub uri: String,
    /// Comes back with the first code; it says who began, when, and with which secret, and nobody but this store can read it.
    pub ticket: String,
}

fn totp_name(member: &MemberId) -> String {
    format!("totp {member}")
}

fn ticket_name(member: &MemberId) -> String {
    format!("enrolment {member}")
}

fn recovery_hash(typed: &str) -> [u8; 32] {
    Sha256::digest(secret::heard(typed)).into()
}

fn recovery_codes() -> (Vec<String>, Vec<[u8; 32]>) {
    let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| secret::spoken(SIGNS)).collect();
    let hashes = codes.iter().map(|code| recovery_hash(code)).collect();
    (codes, hashes)
}

impl Accounts {
    /// Begins to switch one-time codes on.
    pub async fn begin_codes(&self, member: &MemberId) -> Result<Enrolment, Error> {
        if self.known(member).await?.totp.is_some() {
            return Err(No::HasCodes.into());
        }
        let secret: [u8; SECRET] = rand::random();
        let mut plain = self.now().0.to_be_bytes().to_vec();
        plain.extend(secret);
        let sealed = self.store().seals(self.tenant()).seal_secret(&ticket_name(member), &plain)?;
        Ok(Enrolment {
            secret: totp::base32(&secret),
            uri: totp::uri("Huying", member.as_str(), &secret),
            ticket: URL_SAFE_NO_PAD.encode(sealed),
        })
    }

    /// What was begun, as it was shown: for a page that has to be drawn again.
    pub fn begun_codes(&self, member: &MemberId, ticket: &str) -> Result<Enrolment, Error> {
        let secret = self.open_ticket(member, ticket)?;
        let uri = totp::uri("Huying", member.as_str(), &secret);
        Ok(Enrolment { secret: totp::base32(&secret), uri, ticket: ticket.to_owned() })
    }

    fn open_ticket(&self, member: &MemberId, ticket: &str) -> Result<[u8; SECRET], Error> {
        let sealed = URL_SAFE_NO_PAD.decode(ticket).map_err(|_none| No::TooLate)?;
        let plain = self.store().seals(self.tenant()).open_secret(&ticket_name(member), &sealed);
        let plain = plain.ok_or(No::TooLate)?;
        let (at, secret) = plain.split_at_checked(8).ok_or(No::TooLate)?;
        let began = Instant(i64::from_be_bytes(at.try_into().map_err(|_none| No::TooLate)?));
        if self.now().minus(began) > ENROLLING_MS {
            return Err(No::TooLate.into());
        }
        Ok(secret.try_into().map_err(|_none| No::TooLate)?)
    }

    /// Switches one-time codes on: `typed` proves that the app has the secret, `password` that the member is there. Every session
    /// ends; the answer has the token of a new one and the recovery codes, which are shown once.
    pub async fn switch_codes_on(
        &self,
        entered: &Entered,
        (ticket, typed, password): (&str, &str, &str),
        device: String,
    ) -> Result<(Secret, Vec<String>), Error> {
        let member = &entered.member;
        let secret = self.open_ticket(member, ticket)?;
        let account = self.prove(member, password).await?;
        if account.totp.is_some() {
            return Err(No::HasCodes.into());
        }
        let now = self.now();
        let step = totp::fitting(&secret, typed, now).ok_or(No::WrongCode)?;
        let sealed = self.store().seals(self.tenant()).seal_secret(&totp_name(member), &secret)?;
        let (codes, hashes) = recovery_codes();
        let note = self.line(member, What::CodesOn, Way::Code);
        let (totp, judged) = (Some((sealed, step)), account.changed_at);
        if !self.store().set_totp_as_judged(self.tenant(), member, totp, &hashes, judged, &note).await? {
            return Err(No::Wrong.into());
        }
        self.forget(member);
        tracing::info!(%member, "switched one-time codes on");
        Ok((self.begin_anew(entered, device, note.at).await?, codes))
    }

    /// Switches one's own one-time codes off.
    pub async fn switch_codes_off(
        &self,
        entered: &Entered,
        password: &str,
        device: String,
    ) -> Result<Secret, Error> {
        let member = &entered.member;
        if self.demands_second(member)? {
            return Err(No::Demanded.into());
        }
        let judged = self.prove(member, password).await?.changed_at;
        let note = self.line(member, What::CodesOff, Way::Code);
        if !self.store().set_totp_as_judged(self.tenant(), member, None, &[], judged, &note).await? {
            return Err(No::Wrong.into());
        }
        self.forget(member);
        tracing::info!(%member, "switched one-time codes off");
        self.begin_anew(entered, device, note.at).await
    }

    /// New recovery codes in place of the old ones.
    pub async fn renew_recovery(&self, member: &MemberId, password: &str) -> Result<Vec<String>, Error> {
        let account = self.prove(member, password).await?;
        if account.totp.is_none() {
            return Err(No::WrongCode.into());
        }
        let (codes, hashes) = recovery_codes();
        if !self.store().set_recovery(self.tenant(), member, &hashes, account.changed_at).await? {
            return Err(No::Wrong.into());
        }
        tracing::info!(%member, "made new recovery codes");
        Ok(codes)
    }

    /// How many recovery codes a member has left; None without one-time codes.
    pub async fn recovery_left(&self, member: &MemberId) -> Result<Option<i64>, Error> {
        match self.known(member).await?.totp {
            Some(_) => Ok(Some(self.store().recovery_left(self.tenant(), member).await?)),
            None => Ok(None),
        }
    }

    /// The codes are gone, and every session with them.
    pub(super) async fn drop_codes(&self, member: &MemberId) -> Result<(), Error> {
        let note = self.line(member, What::CodesOff, Way::Code);
        let written = (note.at, Some(&note));
        self.store().set_totp(self.tenant(), member, None, &[], None, written).await?;
        self.forget(member);
        tracing::info!(%member, "one-time codes were switched off");
        Ok(())
    }

    /// Whether this is the account's code now, or one of its recovery codes. It is used up by asking.
    pub(super) async fn is_second(&self, row: &AccountRow, typed: &str) -> Result<bool, Error> {
        if !totp::is_code(typed) {
            return Ok(self.store().take_recovery(self.tenant(), &row.member, recovery_hash(typed)).await?);
        }
        let seals = self.store().seals(self.tenant());
        let Some(sealed) = &row.totp else { return Ok(false) };
        let secret = seals.open_secret(&totp_name(&row.member), sealed).ok_or_else(|| {
            huying_store::Fault::Broken(format!("the one-time codes of {} do not open", row.member))
        })?;
        match totp::fitting(&secret, typed, self.now()) {
            Some(step) => Ok(self.store().take_step(self.tenant(), &row.member, step).await?),
            None => Ok(false),
        }
    }
}
