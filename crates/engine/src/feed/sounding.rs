//! The other system tried: what it says of itself, and its services beside what the map says of them.
//!
//! Owns which services are taken, given, unknown or gone, and of those that are given what their attributes lack ([`Gaps`]). Changes
//! nothing, here or there. Start at [`Engine::sound_feed`].

use std::time::Duration;

use futures::{StreamExt, stream};
use huying_model::MatterCode;
use huying_store::TenantId;

use super::{
    attributes,
    call::{Asked, CallError, Caller},
    definition,
    map::FeedMap,
    wire,
};
use crate::{Engine, Error, engine::Setting, outbox::guard::Reach};

pub use super::definition::Gaps;

/// A person waits for it.
const PATIENCE: Duration = Duration::from_secs(15);
/// Services that are asked for what they ask, in all and at once.
const MOST: usize = 60;
const AT_ONCE: usize = 6;

/// A service of theirs beside what the map says of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Theirs {
    pub service: wire::Service,
    /// What a request of it is here; None where it would stop.
    pub taken_as: Option<MatterCode>,
    /// By the line for any other.
    pub by_star: bool,
    /// Matters of ours that go out as it.
    pub given: Vec<MatterCode>,
    /// What its attributes lack, where cases are given to it and it asks any.
    pub gaps: Option<Gaps>,
    /// Why it is not known what it asks.
    pub unasked: Option<String>,
}

/// What the other system says of itself.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Sounding {
    /// How its developers are reached; None where it has no discovery.
    pub contact: Option<String>,
    pub services: Vec<Theirs>,
    /// Services that the map names and it does not have.
    pub gone: Vec<String>,
    /// Why it could not be asked for its services.
    pub error: Option<String>,
}

impl Sounding {
    /// Whether cases that are given would be refused, or nobody knows.
    pub fn lacks(&self) -> bool {
        let lacks = |theirs: &Theirs| {
            let gaps = theirs.gaps.as_ref();
            theirs.unasked.is_some()
                || gaps.is_some_and(|gaps| !gaps.missing.is_empty() || !gaps.wrong.is_empty())
        };
        self.services.iter().any(lacks)
    }
}

impl Engine {
    /// Asks the other system who it is, which services it has and what those ask that cases are given to, and changes nothing.
    ///
    /// # Errors
    /// [`Error::Invalid`] where there is no such feed. That the other side does not answer is told in the answer.
    pub async fn sound_feed(&self, tenant: TenantId, id: &str, reach: Reach) -> Result<Sounding, Error> {
        let feed = self.feed_named(tenant, id).await?;
        let failed = |error: CallError| Sounding { error: Some(error.to_string()), ..Sounding::default() };
        let caller = match Caller::patient(reach, PATIENCE) {
            Ok(caller) => caller,
            Err(error) => return Ok(failed(error)),
        };
        let ask = async |method: &'static str| -> Result<Vec<u8>, CallError> {
            let map = &feed.map;
            let fields = map.jurisdiction.iter().map(|name| ("jurisdiction_id".to_owned(), name.clone()));
            let (fields, files) = (fields.collect(), Vec::new());
            let asked = Asked { base: &map.url, method, format: map.format, fields, files };
            caller.get(&asked).await
        };
        let format = feed.map.format;
        let unreadable = |error: wire::Unreadable| CallError::Unreadable(error.to_string());
        let services =
            ask("services").await.and_then(|body| wire::services(&body, format).map_err(unreadable));
        let services = match services {
            Ok(services) => services,
            Err(error) => return Ok(failed(error)),
        };
        let contact = ask("discovery").await.ok().and_then(|body| wire::contact(&body, format).ok());
        let mut sounding = beside(&feed.map, contact, services);
        let setting = self.setting(tenant)?;
        questions(&caller, &feed.map, &setting, &mut sounding.services).await;
        Ok(sounding)
    }
}

/// Asks every service that cases are given to what it asks.
async fn questions(caller: &Caller, map: &FeedMap, setting: &Setting, services: &mut [Theirs]) {
    let Some(push) = &map.push else { return };
    let wanted = |theirs: &Theirs| {
        let filled = push.attribute.contains_key(&theirs.service.code);
        filled || (!theirs.given.is_empty() && theirs.service.metadata != Some(false))
    };
    let mut wanted: Vec<(usize, String)> = services
        .iter()
        .enumerate()
        .filter(|&(_, theirs)| wanted(theirs))
        .map(|(at, theirs)| (at, theirs.service.code.clone()))
        .collect();
    for (at, _) in wanted.drain(MOST.min(wanted.len())..) {
        services[at].unasked = Some(format!("not asked: no more than {MOST} services are looked at"));
    }
    let tries = wanted.into_iter().map(|(at, code)| async move {
        let asks = definition::ask(caller, map, &code).await;
        (at, code, asks)
    });
    let mut tries = stream::iter(tries).buffered(AT_ONCE);
    while let Some((at, code, asks)) = tries.next().await {
        match asks {
            Ok(asks) => {
                let matters = attributes::given(setting, push, &code);
                let gaps = definition::gaps(&asks, push.attribute.get(&code), (setting, &matters));
                services[at].gaps = (!asks.is_empty() || !gaps.is_empty()).then_some(gaps);
            }
            // Servers whose services ask nothing often have no definitions either.
            Err(CallError::Answered { status: 404, .. }) if services[at].service.metadata.is_none() => {}
            Err(error) => services[at].unasked = Some(error.to_string()),
        }
    }
}

/// Their services beside the map.
fn beside(map: &FeedMap, contact: Option<String>, services: Vec<wire::Service>) -> Sounding {
    let known = |code: &str| services.iter().any(|service| service.code == code);
    let taken = map.pull.iter().flat_map(|pull| pull.matter.keys().chain(pull.attribute.keys()));
    let given = map.push.iter().flat_map(|push| push.matter.values().chain(push.attribute.keys()));
    let named = taken.filter(|code| *code != "*").chain(given);
    let mut gone: Vec<String> = named.filter(|code| !known(code)).cloned().collect();
    gone.sort();
    gone.dedup();
    let theirs = |service: wire::Service| {
        let table = map.pull.as_ref().map(|pull| &pull.matter);
        let own = table.and_then(|table| table.get(&service.code));
        let star = table.and_then(|table| table.get("*")).filter(|_| own.is_none());
        let pushed = map.push.iter().flat_map(|push| &push.matter);
        let given = pushed.filter(|(_, code)| **code == service.code).map(|(matter, _)| matter.clone());
        Theirs {
            taken_as: own.or(star).cloned(),
            by_star: star.is_some(),
            given: given.collect(),
            gaps: None,
            unasked: None,
            service,
        }
    };
    Sounding { contact, services: services.into_iter().map(theirs).collect(), gone, error: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_stand_beside_what_the_map_says_of_them() {
        let text = "system = \"x\"\nurl = \"https://a.example\"\n[pull]\n[pull.matter]\n\"1\" = \"a\"\n\"9\" = \"b\"\n[pull.attribute.\"*\"]\n\"*\" = { to = \"line\" }\n[push]\n[push.matter]\n\"m\" = \"1\"\n\"n\" = \"8\"\n[push.attribute.\"7\"]\nA = { value = \"x\" }\n";
        let service = |code: &str| wire::Service { code: code.to_owned(), name: None, metadata: None };
        let told = beside(&FeedMap::parse(text).unwrap(), None, vec![service("1"), service("2")]);
        assert_eq!(told.gone, ["7", "8", "9"]);
        let [one, two] = &told.services[..] else { panic!("{told:?}") };
        assert_eq!((one.taken_as.as_ref().map(MatterCode::as_str), one.by_star), (Some("a"), false));
        assert_eq!(one.given, [MatterCode::new("m")]);
        assert_eq!((&two.taken_as, &two.given), (&None, &Vec::new()));
        let star = text.replace("\"9\" = \"b\"", "\"*\" = \"b\"");
        let told = beside(&FeedMap::parse(&star).unwrap(), None, vec![service("2")]);
        assert!(told.services[0].by_star && told.services[0].taken_as == Some(MatterCode::new("b")));
    }
}
