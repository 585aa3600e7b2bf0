//! Signing in at another service by OpenID Connect: authorization code with PKCE and a nonce; the id token is verified here.
//!
//! What was begun is handed to the browser sealed and comes back with it, so no row is kept. A member is found by a claim of the token or
//! of the service's userinfo, or by the verified mail address of their account; nobody becomes a member by it, and no seat is given. The
//! service stands for the password: whoever has one-time codes here gives them as well. Start at [`Accounts::openid_begin`].

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use huying_model::{Instant, MemberId};
use openidconnect::{
    AccessTokenHash, AdditionalClaims, AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest,
    HttpResponse, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    Scope, TokenResponse, UserInfoClaims,
    core::{CoreAuthenticationFlow, CoreClient, CoreGenderClaim, CoreProviderMetadata, CoreTokenResponse},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Accounts, Came, No, Secret, Way, What, secret};
use crate::Error;

/// Where the service sends a browser back to.
pub const BACK: &str = "/sign-in/openid/back";
/// What was begun has to come back within.
pub const LASTS_MS: i64 = 10 * 60_000;
/// What the service says of itself is believed for so long.
const FOUND_MS: i64 = 10 * 60_000;
const TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of an answer of the service.
const LONGEST_ANSWER: usize = 1024 * 1024;
/// Under which what was begun is sealed.
const SEAL: &str = "openid";

/// The other service, from the settings.
#[derive(Clone)]
pub struct OpenIdRules {
    pub issuer: String,
    pub client: String,
    pub secret: Option<String>,
    /// Whose value is the member's id; with `email` the member is found by the mail of their account.
    pub claim: String,
    /// What the button says.
    pub name: String,
    /// Where people find this platform.
    pub url: String,
}

impl std::fmt::Debug for OpenIdRules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenIdRules").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// A browser on its way to the service.
pub struct Begun {
    pub url: String,
    /// For the browser to keep until it comes back.
    pub ticket: String,
}

#[derive(Serialize, Deserialize)]
struct Ticket {
    state: String,
    nonce: String,
    verifier: String,
    ends_at: i64,
    next: Option<String>,
}

/// What a browser brings back.
pub struct Back<'a> {
    pub ticket: &'a str,
    pub state: &'a str,
    pub code: &'a str,
    pub device: String,
    pub had: Option<&'a str>,
}

/// The service as it was found.
#[derive(Default)]
pub(super) struct Service(Mutex<Option<(Instant, CoreProviderMetadata)>>);

/// Any claim of the userinfo.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct More {
    #[serde(flatten)]
    all: serde_json::Map<String, Value>,
}

impl AdditionalClaims for More {}

#[derive(Debug, thiserror::Error)]
enum Unreached {
    #[error("{0}")]
    Web(#[from] reqwest::Error),
    #[error("the answer is longer than {LONGEST_ANSWER} bytes")]
    Long,
    #[error("the answer cannot be read: {0}")]
    Odd(#[from] openidconnect::http::Error),
}

fn web() -> Result<reqwest::Client, Error> {
    // The crypto of rustls is chosen once for the process; a second choice of the same is no error.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .user_agent(concat!("huying/", env!("CARGO_PKG_VERSION")))
        // A redirect could lead a request with the client's secret anywhere.
        .redirect(reqwest::redirect::Policy::none())
        .timeout(TIMEOUT)
        .no_proxy()
        .build();
    client.map_err(|why| failed("no client could be made", &why))
}

async fn ask(client: reqwest::Client, request: HttpRequest) -> Result<HttpResponse, Unreached> {
    let (parts, body) = request.into_parts();
    let sent = client.request(parts.method, parts.uri.to_string()).headers(parts.headers).body(body);
    let mut answer = sent.send().await?;
    let mut back = openidconnect::http::Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        back = back.header(name, value);
    }
    let mut bytes = Vec::new();
    while let Some(piece) = answer.chunk().await? {
        if bytes.len() + piece.len() > LONGEST_ANSWER {
            return Err(Unreached::Long);
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(back.body(bytes)?)
}

/// What went wrong stands in the log with its causes; who signs in is told only that it did.
fn failed(what: &str, why: &dyn std::error::Error) -> Error {
    let mut causes = why.to_string();
    let mut cause = why.source();
    while let Some(inner) = cause {
        causes = format!("{causes}: {inner}");
        cause = inner.source();
    }
    tracing::warn!(why = causes, "signing in at the other service failed: {what}");
    No::ServiceFails.into()
}

impl Accounts {
    /// The other service, where one is set up.
    pub fn openid(&self) -> Option<&OpenIdRules> {
        self.rules().openid.as_ref()
    }

    fn other(&self) -> Result<&OpenIdRules, Error> {
        self.openid().ok_or_else(|| No::NoService.into())
    }

    /// What the service says of itself.
    async fn found(&self) -> Result<CoreProviderMetadata, Error> {
        let (rules, now) = (self.other()?, self.now());
        let known = self.inner.service.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((at, found)) = known
            && (0..FOUND_MS).contains(&now.minus(at))
        {
            return Ok(found);
        }
        let issuer = IssuerUrl::new(rules.issuer.clone()).map_err(|why| failed("its address", &why))?;
        let client = web()?;
        let http = move |request| ask(client.clone(), request);
        let found = CoreProviderMetadata::discover_async(issuer, &http).await;
        let found = found.map_err(|why| failed("it was not found", &why))?;
        let kept = Some((now, found.clone()));
        *self.inner.service.0.lock().unwrap_or_else(PoisonError::into_inner) = kept;
        Ok(found)
    }

    /// Begins: where to send the browser, and what it has to bring back.
    pub async fn openid_begin(&self, next: Option<&str>) -> Result<Begun, Error> {
        let rules = self.other()?;
        let found = self.found().await?;
        let client = CoreClient::from_provider_metadata(found, ClientId::new(rules.client.clone()), None)
            .set_redirect_uri(back(rules)?);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let (url, state, nonce) = client
            .authorize_url(flow, CsrfToken::new_random, Nonce::new_random)
            .add_scopes(["profile", "email"].map(|scope| Scope::new(scope.to_owned())))
            .set_pkce_challenge(challenge)
            .url();
        let ticket = Ticket {
            state: state.secret().clone(),
            nonce: nonce.secret().clone(),
            verifier: verifier.secret().clone(),
            ends_at: self.now().plus_ms(LASTS_MS).0,
            next: next.map(str::to_owned),
        };
        let plain = serde_json::to_vec(&ticket).map_err(|why| failed("a ticket", &why))?;
        let sealed = self.store().seals(self.tenant()).seal_secret(SEAL, &plain)?;
        Ok(Begun { url: url.to_string(), ticket: URL_SAFE_NO_PAD.encode(sealed) })
    }

    /// Judges what came back. Answers also where the browser wanted to be.
    pub async fn openid_end(&self, it: Back<'_>) -> Result<(Came, Option<String>), Error> {
        let ticket = self.ticket(it.ticket).ok_or(No::TooLate)?;
        if !secret::same(ticket.state.as_bytes(), it.state.as_bytes()) || self.now().0 >= ticket.ends_at {
            return Err(No::TooLate.into());
        }
        let claims = self.claims(&ticket, it.code).await?;
        let named = self.member_of(&claims).await;
        if let Err(Error::Account(No::ServiceKnowsNobody)) = &named {
            self.tried(None, What::Failed, Way::OpenId);
        }
        let member = named?;
        let row = self.let_in_by_claim(&member).await?;
        let (half, had) = (row.totp.is_some(), it.had.and_then(Secret::read).map(|had| had.hash()));
        let what = if half { What::Half } else { What::SignedIn };
        let note = Some((what, Way::OpenId, row.changed_at));
        let token = self.begin(&member, super::session::Strength::of(half), it.device, had, note).await?;
        tracing::info!(%member, half, "signed in at the other service");
        let mark = (!half).then(|| self.mark(&member));
        Ok((Came { member, token, half, mark }, ticket.next))
    }

    fn ticket(&self, text: &str) -> Option<Ticket> {
        let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
        let plain = self.store().seals(self.tenant()).open_secret(SEAL, &sealed)?;
        serde_json::from_slice(&plain).ok()
    }

    /// Changes the code for an id token, verifies it, and adds what the service's userinfo says where the claim is not in it.
    async fn claims(&self, ticket: &Ticket, code: &str) -> Result<Value, Error> {
        let rules = self.other()?;
        let (found, web) = (self.found().await?, web()?);
        let has_userinfo = found.userinfo_endpoint().is_some();
        let http = move |request| ask(web.clone(), request);
        let secret = rules.secret.clone().map(ClientSecret::new);
        let client = CoreClient::from_provider_metadata(found, ClientId::new(rules.client.clone()), secret)
            .set_redirect_uri(back(rules)?);
        let asked = client.exchange_code(AuthorizationCode::new(code.to_owned()));
        let asked = asked.map_err(|why| failed("it has no address for codes", &why))?;
        let verifier = PkceCodeVerifier::new(ticket.verifier.clone());
        let answer: CoreTokenResponse = asked
            .set_pkce_verifier(verifier)
            .request_async(&http)
            .await
            .map_err(|why| failed("the code was not taken", &why))?;
        let token = answer.id_token().ok_or(No::ServiceFails)?;
        let now = self.now();
        let judge = client.id_token_verifier().set_time_fn(move || moment(now));
        let nonce = Nonce::new(ticket.nonce.clone());
        let known = token.claims(&judge, &nonce).map_err(|why| failed("its token is not believed", &why))?;
        if let Some(expected) = known.access_token_hash() {
            let algorithm = token.signing_alg().map_err(|why| failed("its token's signature", &why))?;
            let key = token.signing_key(&judge).map_err(|why| failed("its token's key", &why))?;
            let is = AccessTokenHash::from_token(answer.access_token(), algorithm, key);
            if is.map_err(|why| failed("its token's sum", &why))? != *expected {
                return Err(No::ServiceFails.into());
            }
        }
        let claims = payload(&token.to_string());
        if !claims[&rules.claim].is_null() || !has_userinfo {
            return Ok(claims);
        }
        let asked = client.user_info(answer.access_token().clone(), Some(known.subject().clone()));
        let asked = asked.map_err(|why| failed("its userinfo", &why))?;
        let more: UserInfoClaims<More, CoreGenderClaim> =
            asked.request_async(&http).await.map_err(|why| failed("its userinfo", &why))?;
        serde_json::to_value(&more).map_err(|why| failed("its userinfo", &why))
    }

    /// Whom the service means.
    async fn member_of(&self, claims: &Value) -> Result<MemberId, Error> {
        let rules = self.other()?;
        let said = claims[&rules.claim].as_str().unwrap_or_default();
        if said.is_empty() {
            tracing::warn!(claim = rules.claim, "the other service does not say who it is");
            return Err(No::ServiceKnowsNobody.into());
        }
        if rules.claim != "email" {
            return Ok(MemberId::new(said));
        }
        if claims["email_verified"] != Value::Bool(true) {
            return Err(No::ServiceKnowsNobody.into());
        }
        let all = self.store().accounts(self.tenant()).await?;
        let fits = |mail: String| mail.to_lowercase() == said.to_lowercase();
        let mut found = all.iter().filter(|row| self.mail_of(row).is_some_and(fits));
        match (found.next(), found.next()) {
            (Some(one), None) => Ok(one.member.clone()),
            // Two with one address: nobody can say who it is.
            _ => Err(No::ServiceKnowsNobody.into()),
        }
    }

    /// The account of a member whom the service named; made here where the organisation has the member and they have none yet.
    async fn let_in_by_claim(&self, member: &MemberId) -> Result<huying_store::accounts::AccountRow, Error> {
        let setting = self.inner.engine.setting(self.tenant())?;
        if !setting.policy.org.members.contains_key(member) {
            self.tried(None, What::Failed, Way::OpenId);
            return Err(No::ServiceKnowsNobody.into());
        }
        self.store().add_account(self.tenant(), member, self.now()).await?;
        let row = self.known(member).await?;
        if row.locked {
            self.tried(Some(member), What::Failed, Way::OpenId);
            return Err(No::ServiceKnowsNobody.into());
        }
        Ok(row)
    }
}

fn back(rules: &OpenIdRules) -> Result<RedirectUrl, Error> {
    let url = format!("{}{BACK}", rules.url.trim_end_matches('/'));
    RedirectUrl::new(url).map_err(|why| failed("the address of this platform", &why))
}

fn moment(at: Instant) -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp_millis(at.0).unwrap_or_default()
}

/// The claims of a token that was verified.
fn payload(token: &str) -> Value {
    let body = token.split('.').nth(1).unwrap_or_default();
    URL_SAFE_NO_PAD.decode(body).ok().and_then(|it| serde_json::from_slice(&it).ok()).unwrap_or_default()
}
