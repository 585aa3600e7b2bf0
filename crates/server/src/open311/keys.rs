//! Whose key a report came with: `api_key` of the form or the query, or `Authorization: Bearer`.
//!
//! Owns the step from a key to a member who acts. A key is one that a member made in their account, with the scope that the act needs;
//! the demonstration has one that was made at its start and counts on this machine only. Start at [`bearer`].

use huying_engine::{
    accounts::{Gate, Scope},
    authority,
};
use huying_model::{Actor, MemberId};
use sha2::{Digest, Sha256};

use super::{
    Call,
    asked::Asked,
    errors::{Refused, missing, said},
};

/// Who reports.
pub(super) struct Bearer {
    pub member: MemberId,
    pub actor: Actor,
}

/// The key that came, in whichever way.
pub(super) fn given<'a>(call: &'a Call, asked: &'a Asked) -> Option<&'a str> {
    let header = call.headers.get(axum::http::header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let header = header
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    asked.said("api_key").or(header.map(|(_, key)| key.trim()))
}

/// The member of a key that opens this kind of act.
pub(super) async fn bearer(call: &Call, asked: &Asked, needed: Scope) -> Result<Bearer, Refused> {
    let given = given(call, asked).ok_or_else(|| Refused::key(missing("api_key")))?;
    let wrong = || Refused::key(said("无效", "it is not valid").about("api_key"));
    let state = &call.state;
    let member = match state.accounts() {
        Ok(accounts) => {
            let key = accounts.by_key(given).await?.ok_or_else(wrong)?;
            if key.gate != Gate::Open {
                let first = said(
                    "的持有人须先登录并完成账号页面上的要求",
                    "waits: its member has to sign in and do first what the page Account asks for",
                );
                return Err(Refused::key(first.about("api_key")));
            }
            if !Scope::list(&key.row.scopes).contains(&needed) {
                return Err(Refused::key(
                    said(
                        format!("没有权限“{}”", needed.code()),
                        format!("it has not the scope '{}'", needed.code()),
                    )
                    .about("api_key"),
                ));
            }
            key.row.member
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
