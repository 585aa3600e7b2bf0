//! Passkeys (WebAuthn): a device proves who is there by a key that never leaves it, and asks for a finger, a face or a PIN itself.
//!
//! A passkey is both factors at once: the device is one, what it asks for the other, and a sign-in that did not ask is refused. The store
//! has public keys only. What was begun is handed to the browser sealed, holds for five minutes and counts once. The library asks the
//! machine's own clock for those five minutes; nothing that is kept depends on it. Start at [`Accounts::passkey_wanted`] and
//! [`Accounts::passkey_asked`].

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use huying_model::{Instant, MemberId};
use huying_store::accounts::{Attempts, PasskeyRow};
use serde_json::Value;
use webauthn_rp::{
    AuthenticatedCredential, DiscoverableAuthentication64, DiscoverableAuthenticationServerState,
    DiscoverableCredentialRequestOptions, PublicKeyCredentialCreationOptions, Registration,
    RegistrationServerState,
    bin::{Decode, Encode},
    request::{
        AsciiDomain, PublicKeyCredentialDescriptor, RpId,
        auth::AuthenticationVerificationOptions,
        register::{
            CredProtect, PublicKeyCredentialUserEntity, RegistrationVerificationOptions, USER_HANDLE_MAX_LEN,
            UserHandle64, Username,
        },
    },
    response::{
        AuthTransports, CredentialId,
        register::{DynamicState, StaticState},
    },
};

use super::{Accounts, Came, Entered, No, Secret, Way, What, session::Strength};
use crate::{Error, Problem};

/// Passkeys that one member may have.
const MOST: usize = 20;
const LONGEST_NAME: usize = 100;
/// Under which what was begun is sealed.
const WANTED: &str = "passkey wanted";
const ASKED: &str = "passkey asked";

/// Where the browser is: a passkey belongs to one host, and the page that uses it has to be ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// `https://huying.example.org`, with a port where there is one.
    pub origin: String,
}

impl Site {
    /// The host alone, as passkeys are bound to it.
    fn host(&self) -> &str {
        let rest = self.origin.split_once("://").map_or(self.origin.as_str(), |(_, rest)| rest);
        rest.split([':', '/']).next().unwrap_or_default()
    }

    fn party(&self) -> Result<RpId, Error> {
        AsciiDomain::try_from(self.host().to_owned())
            .map(RpId::Domain)
            .map_err(|_no_domain| No::NoPasskeysHere.into())
    }
}

/// Something that a browser is asked to do with a passkey.
#[derive(Debug)]
pub struct Ceremony {
    /// What `navigator.credentials` gets, in its own JSON.
    pub options: Value,
    /// Comes back with the answer.
    pub ticket: String,
}

/// A member's name for the device: random to whoever reads it, and the same each time.
fn handle(accounts: &Accounts, member: &MemberId) -> UserHandle64 {
    let seals = accounts.store().seals(accounts.tenant());
    let mut bytes = [0u8; USER_HANDLE_MAX_LEN];
    let half = USER_HANDLE_MAX_LEN / 2;
    bytes[..half].copy_from_slice(&seals.mac("passkey handle", format!("1 {member}").as_bytes()));
    bytes[half..].copy_from_slice(&seals.mac("passkey handle", format!("2 {member}").as_bytes()));
    UserHandle64::decode(bytes).unwrap_or_default()
}

fn refused(what: &'static str, why: &dyn std::fmt::Display) -> Error {
    tracing::info!(%why, "a passkey was refused: {what}");
    No::WrongPasskey.into()
}

fn json(value: &impl serde::Serialize) -> Result<Value, Error> {
    serde_json::to_value(value).map_err(|why| refused("its options", &why))
}

impl Accounts {
    /// Seals what was begun, for whom.
    fn ticket_of(&self, name: &str, member: Option<&MemberId>, state: &[u8]) -> Result<String, Error> {
        let whose = member.map(|member| member.as_str()).unwrap_or_default();
        let sealed = self.store().seals(self.tenant()).seal_secret(&format!("{name} {whose}"), state)?;
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// Opens what was begun, once.
    async fn begun_by(&self, name: &str, member: Option<&MemberId>, ticket: &str) -> Result<Vec<u8>, Error> {
        let whose = member.map(|member| member.as_str()).unwrap_or_default();
        let seals = self.store().seals(self.tenant());
        let sealed = URL_SAFE_NO_PAD.decode(ticket).map_err(|_garbled| No::TooLate)?;
        let state = seals.open_secret(&format!("{name} {whose}"), &sealed).ok_or(No::TooLate)?;
        // Kept among the tries for as long as they are, which is longer than a ticket holds.
        let (sum, once) = (seals.mac("ticket", &sealed), Attempts { failures: 1, last_at: self.now() });
        match self.store().count_attempt(self.tenant(), sum, None, once).await? {
            true => Ok(state),
            false => Err(No::TooLate.into()),
        }
    }

    /// Begins to add a passkey. The password proves that the member is there, where they have one.
    pub async fn passkey_wanted(
        &self,
        entered: &Entered,
        password: &str,
        site: &Site,
    ) -> Result<Ceremony, Error> {
        let member = &entered.member;
        let account = self.known(member).await?;
        let account = if account.password.is_some() { self.prove(member, password).await? } else { account };
        let have = self.store().passkeys(self.tenant(), member).await?;
        if have.len() >= MOST {
            return Err(Problem::at("", "passkey_many", "Take a passkey away that is no longer used.").into());
        }
        let (party, handle) = (site.party()?, handle(self, member));
        let described = have.into_iter().filter_map(|row| {
            let id = CredentialId::<Vec<u8>>::decode(row.id).ok()?;
            let transports = AuthTransports::decode(0).ok()?;
            Some(PublicKeyCredentialDescriptor { id, transports })
        });
        let name = Username::try_from(member.as_str()).map_err(|why| refused("the member's name", &why))?;
        let entity = PublicKeyCredentialUserEntity { name, id: &handle, display_name: None };
        let mut options = PublicKeyCredentialCreationOptions::passkey(&party, entity, described.collect());
        // Few devices know this extension, and one that does not would refuse; the server demands the check each time anyway.
        options.extensions.cred_protect = CredProtect::None;
        let (state, client) = options.start_ceremony().map_err(|why| refused("its options", &why))?;
        let state = state.encode().map_err(|why| refused("its ticket", &why))?;
        let mut begun = account.changed_at.0.to_be_bytes().to_vec();
        begun.extend_from_slice(&state);
        Ok(Ceremony { options: json(&client)?, ticket: self.ticket_of(WANTED, Some(member), &begun)? })
    }

    /// Adds the passkey that the browser made.
    ///
    /// # Errors
    /// [`No::TooLate`] where the account was changed since it was asked for, or the session has ended: whoever is shut out in between by a link
    /// or another password adds no way in behind it.
    pub async fn passkey_made(
        &self,
        entered: &Entered,
        (ticket, answer): (&str, &Value),
        name: &str,
        site: &Site,
    ) -> Result<PasskeyRow, Error> {
        let (member, name) = (&entered.member, name.trim());
        if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
            return Err(Problem::at("name", "key_name", "Say in 1 to 100 signs what the key is for.").into());
        }
        let begun = self.begun_by(WANTED, Some(member), ticket).await?;
        let (judged, state) = begun.split_at_checked(8).ok_or(No::TooLate)?;
        let judged = Instant(i64::from_be_bytes(judged.try_into().map_err(|_none| No::TooLate)?));
        if self.here(entered).await?.changed_at != judged {
            return Err(No::TooLate.into());
        }
        let state = RegistrationServerState::<USER_HANDLE_MAX_LEN>::decode(state)
            .map_err(|why| refused("its ticket", &why))?;
        let answer = Registration::from_json_relaxed(answer.to_string().as_bytes());
        let answer = answer.map_err(|why| refused("what the browser sent", &why))?;
        let origins = [site.origin.as_str()];
        let options = RegistrationVerificationOptions::<&str, &str> {
            allowed_origins: &origins,
            error_on_unsolicited_extensions: false,
            ..RegistrationVerificationOptions::default()
        };
        let made = state.verify(&site.party()?, &answer, &options);
        let made = made.map_err(|why| refused("what the device made", &why))?;
        let moving = made.dynamic_state().encode().map_err(|why| refused("its state", &why))?;
        let row = PasskeyRow {
            id: made.id().as_ref().to_vec(),
            member: member.clone(),
            name: name.to_owned(),
            fixed: made.static_state().encode().map_err(|why| refused("its key", &why))?,
            moving: moving.to_vec(),
            made_at: self.now(),
            used_at: None,
        };
        let note = self.line(member, What::PasskeyAdded, Way::Passkey);
        if !self.store().add_passkey(self.tenant(), &row, Some((&note, judged))).await? {
            return match self.known(member).await?.changed_at == judged {
                true => Err(refused("its id", &"there is one of this id")),
                false => Err(No::TooLate.into()),
            };
        }
        tracing::info!(%member, "added a passkey");
        Ok(row)
    }

    /// Begins to sign in by a passkey; nobody has to say who they are.
    pub fn passkey_asked(&self, site: &Site) -> Result<Ceremony, Error> {
        let party = site.party()?;
        let options = DiscoverableCredentialRequestOptions::passkey(&party);
        let (state, client) = options.start_ceremony().map_err(|why| refused("its options", &why))?;
        let state = state.encode().map_err(|why| refused("its ticket", &why))?;
        Ok(Ceremony { options: json(&client)?, ticket: self.ticket_of(ASKED, None, &state)? })
    }

    /// Signs in by what the device answered.
    pub async fn sign_in_by_passkey(
        &self,
        answered: (&str, &Value),
        device: String,
        had: Option<&str>,
        site: &Site,
    ) -> Result<Came, Error> {
        let mut whose = None;
        let came = self.judge_passkey(answered, device, had, site, &mut whose).await;
        if let Err(Error::Account(No::WrongPasskey)) = &came {
            self.tried(whose.as_ref(), What::Failed, Way::Passkey);
        }
        came
    }

    /// `whose` is told as soon as it is known whose passkey it is, for the log.
    async fn judge_passkey(
        &self,
        (ticket, answer): (&str, &Value),
        device: String,
        had: Option<&str>,
        site: &Site,
        whose: &mut Option<MemberId>,
    ) -> Result<Came, Error> {
        let state = self.begun_by(ASKED, None, ticket).await?;
        let state = DiscoverableAuthenticationServerState::decode(&state)
            .map_err(|why| refused("its ticket", &why))?;
        let answer = DiscoverableAuthentication64::from_json_relaxed(answer.to_string().as_bytes());
        let answer = answer.map_err(|why| refused("what the browser sent", &why))?;
        let id = answer.raw_id().as_ref().to_vec();
        let row = self.store().passkey(self.tenant(), &id).await?;
        let row = row.ok_or_else(|| refused("its id", &"nobody has it"))?;
        let handle = handle(self, &row.member);
        if answer.response().user_handle() != &handle {
            return Err(refused("its member", &"the device names another"));
        }
        *whose = self.somebody(&row.member)?.cloned();
        let moving = self.judged(&row, &handle, state, &answer, site)?;
        let account = match self.known(&row.member).await {
            Ok(account) if !account.locked => account,
            Ok(_) | Err(Error::Account(No::NoAccount)) => {
                return Err(refused("its member", &"closed, or left"));
            }
            Err(error) => return Err(error),
        };
        let pair = (row.moving.as_slice(), moving.as_slice());
        if !self.store().passkey_used(self.tenant(), &row.id, pair, self.now()).await? {
            return Err(refused("its counter", &"it was used at the same moment"));
        }
        let (member, changed_at) = (account.member, account.changed_at);
        let had = had.and_then(Secret::read).map(|had| had.hash());
        let note = Some((What::SignedIn, Way::Passkey, changed_at));
        let token = self.begin(&member, Strength::Strong, device, had, note).await?;
        tracing::info!(%member, "signed in by a passkey");
        let mark = Some(self.mark(&member));
        Ok(Came { member, token, half: false, mark })
    }

    /// Verifies the signature; answers the counter as it stands now.
    fn judged(
        &self,
        row: &PasskeyRow,
        handle: &UserHandle64,
        state: DiscoverableAuthenticationServerState,
        answer: &DiscoverableAuthentication64,
        site: &Site,
    ) -> Result<Vec<u8>, Error> {
        let kept = |why: &dyn std::fmt::Display| refused("what is kept of it", why);
        let id = CredentialId::<&[u8]>::decode(row.id.as_slice()).map_err(|why| kept(&why))?;
        let fixed = StaticState::decode(row.fixed.as_slice()).map_err(|why| kept(&why))?;
        let moving: [u8; 7] = row.moving.as_slice().try_into().map_err(|why| kept(&why))?;
        let moving = DynamicState::decode(moving).map_err(|why| kept(&why))?;
        let known = AuthenticatedCredential::new(id, handle, fixed, moving);
        let mut known = known.map_err(|why| kept(&why))?;
        let origins = [site.origin.as_str()];
        let options = AuthenticationVerificationOptions::<&str, &str> {
            allowed_origins: &origins,
            error_on_unsolicited_extensions: false,
            ..AuthenticationVerificationOptions::default()
        };
        let verified = state.verify(&site.party()?, answer, &mut known, &options);
        verified.map_err(|why| refused("its signature", &why))?;
        let moving = known.dynamic_state().encode().map_err(|why| kept(&why))?;
        Ok(moving.to_vec())
    }

    /// A member's passkeys, the oldest first.
    pub async fn passkeys(&self, member: &MemberId) -> Result<Vec<PasskeyRow>, Error> {
        Ok(self.store().passkeys(self.tenant(), member).await?)
    }

    /// Takes one of a member's own passkeys away, named by [`passkey_id`]. False where there is none.
    pub async fn drop_passkey(&self, member: &MemberId, id: &str) -> Result<bool, Error> {
        let Ok(id) = URL_SAFE_NO_PAD.decode(id) else { return Ok(false) };
        let gone = self.store().drop_passkey(self.tenant(), member, &id).await?;
        if gone {
            tracing::info!(%member, "took a passkey away");
        }
        Ok(gone)
    }
}

/// The name of a passkey in addresses and forms.
pub fn passkey_id(row: &PasskeyRow) -> String {
    URL_SAFE_NO_PAD.encode(&row.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passkey_is_bound_to_the_host_without_its_port() {
        for (origin, host) in [
            ("https://huying.example.org", "huying.example.org"),
            ("http://localhost:8080", "localhost"),
            ("https://huying.example.org:8443/", "huying.example.org"),
        ] {
            assert_eq!(Site { origin: origin.to_owned() }.host(), host);
        }
    }
}
