//! Whose key a report came with: `api_key` of the form or the query, or `Authorization: Bearer`.
//!
//! Owns the step from a key to a member who acts. A key is one that a member made in their account, with the scope that the act needs;
//! the demonstration has one that was made at its start and counts on this machine only. Start at [`bearer`].

use huying_engine::{accounts::Scope, authority};
use huying_model::{Actor, MemberId};
use sha2::{Digest, Sha256};

use super::{Call, asked::Asked, errors::Refused};

/// Who reports.
pub(super) struct Bearer {
    pub member: MemberId,
    pub actor: Actor,
}

/// The member of a key that opens this kind of act.
pub(super) async fn bearer(call: &Call, asked: &Asked, needed: Scope) -> Result<Bearer, Refused> {
    let header = call.headers.get(axum::http::header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let header = header
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let given = asked.said("api_key").or(header.map(|(_, key)| key.trim()));
    let given = given.ok_or_else(|| Refused::key("api_key is missing"))?;
    let wrong = || Refused::key("api_key is not valid");
    let state = &call.state;
    let member = match state.accounts() {
        Ok(accounts) => {
            let key = accounts.by_key(given).await?.ok_or_else(wrong)?;
            if !Scope::list(&key.scopes).contains(&needed) {
                return Err(Refused::key(format!("api_key has not the scope '{}'", needed.code())));
            }
            key.member
        }
        Err(_) => {
            let demo = state.settings.open311.demo.as_ref().filter(|_| call.arrival.local);
            // Sums are compared, so that how long it takes tells nothing of the key.
            let demo = demo.filter(|demo| Sha256::digest(&demo.key) == Sha256::digest(given));
            demo.ok_or_else(wrong)?.member.clone()
        }
    };
    let actor =
        authority::actor(&state.setting()?.policy.org, &member, state.now()).map_err(|_gone| wrong())?;
    Ok(Bearer { member, actor })
}
