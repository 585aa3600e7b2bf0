//! What a browser brings to the door and takes away from it: the cookies of the forms that sign in and out.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, header, request::Parts},
};
use huying_engine::{
    Error,
    accounts::{Accounts, Came, Knock, Secret, Site, device_words},
};

use super::{arrival, cookies, demo};
use crate::{arrival::Arrival, problem::Problem, state::AppState};

/// A browser at the door.
pub struct Visit {
    pub arrival: Arrival,
    /// What the browser says it is.
    pub device: String,
    /// The token that it came with.
    pub token: Option<String>,
    mark: Option<String>,
    /// The mark of a browser that reports without an account.
    pub sender: Option<String>,
    /// What it began at another service.
    pub begun: Option<String>,
    /// What it says of the field app that it carries.
    pub field: Option<String>,
    host: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Visit, Infallible> {
        let (headers, arrival) = (&parts.headers, arrival(parts));
        let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
        Ok(Visit {
            arrival,
            device: device_words(agent.unwrap_or_default()),
            token: cookies::token(headers, arrival.secure).map(str::to_owned),
            mark: cookies::mark(headers, arrival.secure).map(str::to_owned),
            begun: cookies::begun(headers, arrival.secure).map(str::to_owned),
            field: cookies::field(headers).map(str::to_owned),
            host: crate::arrival::host(headers, &parts.uri).map(str::to_owned),
            sender: cookies::sender(headers, arrival.secure).map(str::to_owned),
        })
    }
}

impl Visit {
    /// The accounts for whoever comes with this browser: the log of sign-ins says from where something was done.
    pub fn at(&self, accounts: &Accounts) -> Accounts {
        accounts.seen_from(self.arrival.address, &self.device).with_mark(self.mark.as_deref())
    }

    /// Signs in with a name and a password.
    pub async fn sign_in(&self, accounts: &Accounts, member: &str, password: &str) -> Result<Came, Error> {
        let knock = Knock {
            member,
            password,
            address: self.arrival.address,
            device: self.device.clone(),
            mark: self.mark.as_deref(),
            had: self.token.as_deref(),
        };
        accounts.sign_in(knock).await
    }

    /// Where the browser is, for passkeys: what the settings say, and on this machine what the request says.
    pub fn site(&self, state: &AppState) -> Result<Site, Problem> {
        let told = state.accounts()?.rules().url.clone();
        let scheme = if self.arrival.secure { "https" } else { "http" };
        let here = self.host.as_ref().filter(|_| self.arrival.local);
        let here = here.map(|host| format!("{scheme}://{host}"));
        let origin = here.or(told).ok_or_else(|| Problem::of("no_passkeys_here"))?;
        Ok(Site { origin })
    }

    /// Gives the second factor.
    pub async fn second(&self, accounts: &Accounts, code: &str) -> Result<Came, Error> {
        let (token, device) = (self.token.as_deref().unwrap_or_default(), self.device.clone());
        self.at(accounts).second(token, code, device).await
    }

    /// The cookies of somebody who came in.
    pub fn let_in(&self, came: &Came) -> Result<HeaderMap, Problem> {
        let mut headers = self.keep(&came.token)?;
        if let Some(mark) = &came.mark {
            headers.append(header::SET_COOKIE, cookies::keep_mark(mark, self.arrival.secure)?);
        }
        Ok(headers)
    }

    /// The cookie of a session that goes on under a new token.
    pub fn keep(&self, token: &Secret) -> Result<HeaderMap, Problem> {
        Ok(only(cookies::keep(&token.text(), self.arrival.secure)?))
    }

    /// Signs out. Where the browser carries the field app, that is told: what lies there of a member's cases is wiped by the app alone.
    pub async fn leave(&self, state: &AppState) -> Result<HeaderMap, Problem> {
        let mut headers = match state.accounts() {
            Ok(accounts) => self.sign_out(accounts).await?,
            Err(_demonstration) => only(demo::sign_out()),
        };
        if self.field.is_some() {
            headers.append(header::SET_COOKIE, cookies::keep_field(true, self.arrival.secure)?);
        }
        Ok(headers)
    }

    /// Ends the session that the browser came with.
    async fn sign_out(&self, accounts: &Accounts) -> Result<HeaderMap, Problem> {
        if let Some(token) = &self.token {
            self.at(accounts).sign_out(token).await?;
        }
        Ok(only(cookies::drop_token(self.arrival.secure)?))
    }
}

fn only(cookie: HeaderValue) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::SET_COOKIE, cookie);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers
}
