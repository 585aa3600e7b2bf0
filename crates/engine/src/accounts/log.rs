//! The log of sign-ins: how accounts were come in by, what was tried in vain, and what others did to an account.
//!
//! Owns its words ([`What`], [`Way`]) and the handle of an account that knows where somebody comes from ([`Accounts::seen_from`]). A line about
//! something that was done is written in the transaction that does it. Tries in vain wait in memory for a second at most and are counted: one line
//! for an account, an hour and a way, and one for all names that nobody has, which stand nowhere. An address is kept as its network alone.
//! Refuses to say how long anybody stayed: that a session ran out is not written down. Start at [`What`].

use std::{collections::BTreeMap, net::IpAddr, sync::PoisonError};

use huying_model::{Instant, MemberId};
use huying_store::{
    TenantId,
    accounts::{SignInRow, SignInsOf},
};
use smol_str::{SmolStr, format_smolstr};

use super::{Accounts, No, lockout::Subject};
use crate::{Engine, Error, person::next_no};

const HOUR_MS: i64 = 3_600_000;
/// Lines that a member is shown of their own account.
const OWN_SHOWN: usize = 50;

/// What happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum What {
    SignedIn,
    /// The password was right, and the second factor is missing.
    Half,
    Failed,
    /// There were too many failures before: it was not even looked at.
    HeldOff,
    SignedOut,
    LinkMade,
    LinkTaken,
    PasswordChanged,
    CodesOn,
    CodesOff,
    PasskeyAdded,
    KeyMade,
    Closed,
    Opened,
}

impl What {
    pub const ALL: [What; 14] = [
        What::SignedIn,
        What::Half,
        What::Failed,
        What::HeldOff,
        What::SignedOut,
        What::LinkMade,
        What::LinkTaken,
        What::PasswordChanged,
        What::CodesOn,
        What::CodesOff,
        What::PasskeyAdded,
        What::KeyMade,
        What::Closed,
        What::Opened,
    ];

    pub fn code(self) -> &'static str {
        match self {
            What::SignedIn => "signed_in",
            What::Half => "half",
            What::Failed => "failed",
            What::HeldOff => "held_off",
            What::SignedOut => "signed_out",
            What::LinkMade => "link_made",
            What::LinkTaken => "link_taken",
            What::PasswordChanged => "password_changed",
            What::CodesOn => "codes_on",
            What::CodesOff => "codes_off",
            What::PasskeyAdded => "passkey_added",
            What::KeyMade => "key_made",
            What::Closed => "closed",
            What::Opened => "opened",
        }
    }

    pub fn from_code(code: &str) -> Option<What> {
        What::ALL.into_iter().find(|what| what.code() == code)
    }

    /// Whether it is counted by the hour: somebody can make it happen again and again without coming in.
    fn counted(self) -> bool {
        matches!(self, What::Half | What::Failed | What::HeldOff)
    }
}

/// By which way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    Password,
    /// A one-time code.
    Code,
    RecoveryCode,
    Passkey,
    OpenId,
    /// A key of a program.
    Key,
    Invitation,
    Reset,
    /// A password that was given out on the terminal.
    Once,
    /// The device itself, another one of the member's, or all of them.
    This,
    Device,
    Everywhere,
    /// By whoever looks after accounts.
    Administrator,
}

impl Way {
    pub const ALL: [Way; 13] = [
        Way::Password,
        Way::Code,
        Way::RecoveryCode,
        Way::Passkey,
        Way::OpenId,
        Way::Key,
        Way::Invitation,
        Way::Reset,
        Way::Once,
        Way::This,
        Way::Device,
        Way::Everywhere,
        Way::Administrator,
    ];

    pub fn code(self) -> &'static str {
        match self {
            Way::Password => "password",
            Way::Code => "code",
            Way::RecoveryCode => "recovery_code",
            Way::Passkey => "passkey",
            Way::OpenId => "openid",
            Way::Key => "key",
            Way::Invitation => "invitation",
            Way::Reset => "reset",
            Way::Once => "once",
            Way::This => "this",
            Way::Device => "device",
            Way::Everywhere => "everywhere",
            Way::Administrator => "administrator",
        }
    }

    pub fn from_code(code: &str) -> Option<Way> {
        Way::ALL.into_iter().find(|way| way.code() == code)
    }
}

/// Where somebody comes from, as far as the log says it, and on whose word an account of somebody else is touched.
#[derive(Clone, Debug, Default)]
pub(super) struct Whence {
    network: SmolStr,
    pub(super) device: String,
    /// What this browser was given when it last signed somebody in.
    pub(super) mark: Option<String>,
    by: Option<MemberId>,
}

/// The network that an address is of, without the part that tells one household from another: an IPv4 address by its /24, an IPv6 address by
/// its /48.
pub fn network(address: IpAddr) -> SmolStr {
    match address.to_canonical() {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            format_smolstr!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(ip) => {
            let [a, b, c, ..] = ip.segments();
            format_smolstr!("{}/48", std::net::Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
        }
    }
}

/// What tells lines that are counted together from others.
type Counted = (TenantId, SmolStr, &'static str, &'static str, i64);

/// Tries in vain that wait to be written.
#[derive(Default)]
pub(crate) struct Tries(BTreeMap<Counted, SignInRow>);

impl Accounts {
    /// The same accounts for somebody who comes from this address with this browser: what they do is written down with both.
    #[must_use]
    pub fn seen_from(&self, address: IpAddr, device: &str) -> Accounts {
        let whence = Whence { network: network(address), device: device.to_owned(), ..self.whence.clone() };
        Accounts { whence, ..self.clone() }
    }

    /// The same accounts for a browser that brings the mark of one which signed somebody in before.
    #[must_use]
    pub fn with_mark(&self, mark: Option<&str>) -> Accounts {
        let whence = Whence { mark: mark.map(str::to_owned), ..self.whence.clone() };
        Accounts { whence, ..self.clone() }
    }

    /// The same accounts where a member looks after those of others: what is done is written down with who did it.
    #[must_use]
    pub fn asked_by(&self, member: &MemberId) -> Accounts {
        let whence = Whence { by: Some(member.clone()), ..self.whence.clone() };
        Accounts { whence, ..self.clone() }
    }

    /// A line for the log, for whoever writes what it tells.
    pub(super) fn line(&self, member: &MemberId, what: What, way: Way) -> SignInRow {
        self.line_of(Some(member), what, way)
    }

    fn line_of(&self, member: Option<&MemberId>, what: What, way: Way) -> SignInRow {
        let now = self.now();
        SignInRow {
            at: now,
            no: next_no(),
            member: member.cloned(),
            what: SmolStr::new_static(what.code()),
            way: SmolStr::new_static(way.code()),
            device: self.whence.device.clone(),
            network: self.whence.network.clone(),
            times: 1,
            last_at: now,
            asked_by: self.whence.by.clone(),
            hour: what.counted().then(|| now.plus_ms(-now.0.rem_euclid(HOUR_MS))),
        }
    }

    /// Notes a try in vain. It is written within a second by [`Engine::write_tries`]; nobody waits for it. `member` is somebody of the
    /// organisation, or nobody: what people type where a name belongs may be their password.
    pub(super) fn tried(&self, member: Option<&MemberId>, what: What, way: Way) {
        let row = self.line_of(member, what, way);
        let name = member.map(|member| member.0.clone()).unwrap_or_default();
        let hour = row.hour.unwrap_or(row.at).0;
        let key = (self.tenant(), name, what.code(), way.code(), hour);
        let mut waiting = self.inner.engine.tries().lock().unwrap_or_else(PoisonError::into_inner);
        waiting.add(key, row);
    }

    /// Counts a try before it is judged, as [`Accounts::count`] does; one that is held off is written down.
    pub(super) async fn admit(
        &self,
        subject: &Subject<'_>,
        member: Option<&MemberId>,
        way: Way,
    ) -> Result<(), Error> {
        let counted = self.count(subject).await;
        if let Err(Error::Account(No::Wait { .. })) = &counted {
            self.tried(member, What::HeldOff, way);
        }
        counted
    }

    /// The member of this name, where the organisation has one.
    pub(super) fn somebody<'a>(&self, member: &'a MemberId) -> Result<Option<&'a MemberId>, Error> {
        let setting = self.inner.engine.setting(self.tenant())?;
        Ok(Some(member).filter(|member| setting.policy.org.members.contains_key(*member)))
    }

    /// What happened to one's own account, the newest first.
    pub async fn own_sign_ins(&self, member: &MemberId) -> Result<Vec<SignInRow>, Error> {
        let of = SignInsOf {
            member: Some(member.clone()),
            what: SmolStr::default(),
            from: Instant(0),
            before: (Instant(i64::MAX), 0),
        };
        self.sign_ins(&of, OWN_SHOWN).await
    }

    /// Lines of the log, the newest first, with what was tried in this very second.
    pub async fn sign_ins(&self, of: &SignInsOf, most: usize) -> Result<Vec<SignInRow>, Error> {
        self.inner.engine.write_tries().await?;
        Ok(self.store().sign_ins(self.tenant(), of, most).await?)
    }
}

impl Tries {
    /// Adds to what is counted with it.
    fn add(&mut self, key: Counted, row: SignInRow) {
        match self.0.get_mut(&key) {
            None => drop(self.0.insert(key, row)),
            Some(known) => {
                // What could not be written comes back after later tries.
                let (first, last) =
                    if row.last_at < known.last_at { (row, known.clone()) } else { (known.clone(), row) };
                *known = SignInRow { at: first.at, no: first.no, times: first.times + last.times, ..last };
            }
        }
    }
}

impl Engine {
    /// Writes down what was tried in vain.
    ///
    /// # Errors
    /// The store's failures: what waits stays.
    pub async fn write_tries(&self) -> Result<(), Error> {
        let waiting = std::mem::take(&mut *self.tries().lock().unwrap_or_else(PoisonError::into_inner)).0;
        let mut of: BTreeMap<TenantId, Vec<(Counted, SignInRow)>> = BTreeMap::new();
        for (key, row) in waiting {
            of.entry(key.0).or_default().push((key, row));
        }
        let mut failed = None;
        for (tenant, lines) in of {
            let rows: Vec<SignInRow> = lines.iter().map(|(_, row)| row.clone()).collect();
            if let Err(fault) = self.store().note_sign_ins(tenant, &rows).await {
                let mut waiting = self.tries().lock().unwrap_or_else(PoisonError::into_inner);
                lines.into_iter().for_each(|(key, row)| waiting.add(key, row));
                failed = Some(fault);
            }
        }
        failed.map_or(Ok(()), |fault| Err(fault.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_kept_as_its_network_alone() {
        for (address, kept) in [
            ("192.0.2.7", "192.0.2.0/24"),
            ("::ffff:192.0.2.7", "192.0.2.0/24"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
            ("::1", "::/48"),
        ] {
            assert_eq!(network(address.parse().unwrap()), kept, "{address}");
        }
    }

    #[test]
    fn words_of_the_log_read_back() {
        assert!(What::ALL.into_iter().all(|what| What::from_code(what.code()) == Some(what)));
        assert!(Way::ALL.into_iter().all(|way| Way::from_code(way.code()) == Some(way)));
        assert_eq!((What::from_code(""), Way::from_code("")), (None, None));
    }

    #[test]
    fn tries_are_counted_in_one_line_which_keeps_the_first_moment_and_the_last_place() {
        let row = |at: i64, network: &str| SignInRow {
            at: Instant(at),
            no: at,
            member: None,
            what: "failed".into(),
            way: "password".into(),
            device: String::new(),
            network: network.into(),
            times: 1,
            last_at: Instant(at),
            asked_by: None,
            hour: Some(Instant(0)),
        };
        let key = || (TenantId(1), SmolStr::default(), "failed", "password", 0);
        let mut tries = Tries::default();
        for (at, network) in [(5, "b"), (7, "c"), (2, "a")] {
            tries.add(key(), row(at, network));
        }
        tries.add((TenantId(1), "one".into(), "failed", "password", 0), row(9, "d"));
        let counted = &tries.0[&key()];
        assert_eq!((counted.at, counted.last_at, counted.times), (Instant(2), Instant(7), 3));
        assert_eq!((counted.no, counted.network.as_str(), tries.0.len()), (2, "c", 2));
    }
}
