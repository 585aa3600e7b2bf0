//! What can be reported: discovery, the list of services, and what each asks.
//!
//! Owns how a matter becomes a service: its code with dots, its board as the group, its filing conditions and the pack's questions as
//! attributes. Start at [`list`].

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use huying_model::{
    MatterCode,
    catalogue::{EvidenceKind, Matter},
};
use huying_pack::public::{Attribute, Datatype, Offer, Service};
use sha2::{Digest, Sha256};

use super::{
    Call, ROOT,
    answer::Node,
    errors::{Refused, no_such},
};
use crate::{language::Lang, problem::Problem, sandbox};

/// The specification of every answer here.
const SPECIFICATION: &str = "http://wiki.open311.org/GeoReport_v2";
/// The attribute in which a filing condition is chosen.
pub(super) const CONDITION: &str = "condition";
/// The information on what shows that it was done.
const EVIDENCE: &str = "evidence";

/// The code of a matter as a service: without slashes, which programs would have to encode in addresses.
pub(super) fn code_of(matter: &MatterCode) -> String {
    matter.as_str().replace('/', ".")
}

/// The matter of a service's code; a matter's own code is understood too.
pub(super) fn matter_of(code: &str) -> MatterCode {
    MatterCode::new(code.replace('.', "/"))
}

/// An answer that is small and changes seldom: whoever has it already is told so.
pub(super) fn answer(call: &Call, root: &str, node: &Node) -> Result<Response, Refused> {
    let body = node.write(root, call.format);
    let sum: String = Sha256::digest(&body).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let etag = HeaderValue::from_str(&format!("\"{sum}\"")).map_err(|why| Problem::internal(&why))?;
    let cache = HeaderValue::from_static("no-cache");
    let language = HeaderValue::from_static(call.lang.tag());
    if call.headers.get(header::IF_NONE_MATCH) == Some(&etag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, etag), (header::CACHE_CONTROL, cache)])
            .into_response());
    }
    let headers = [
        (header::CONTENT_TYPE, call.format.media()),
        (header::CONTENT_LANGUAGE, language),
        (header::CACHE_CONTROL, cache),
        (header::ETAG, etag),
    ];
    Ok((headers, body).into_response())
}

/// Where everything lies, and since when the services are as they are.
pub(super) fn discovery(call: &Call) -> Result<Response, Refused> {
    let setting = call.state.setting()?;
    let rules = &setting.policy.current;
    // A version of the rules that is still to come cannot be in force.
    let changeset = super::requests::written(rules.from.min(call.state.now()), &setting.zone);
    let formats = || {
        let media = ["text/xml", "application/json"];
        Node::List("format", media.map(Node::text).to_vec())
    };
    let endpoint = |kind: &str, url: &str| {
        Node::Record(vec![
            ("specification", Node::text(SPECIFICATION)),
            ("url", Node::text(url)),
            ("changeset", Node::text(changeset.clone())),
            ("type", Node::text(kind)),
            ("formats", formats()),
        ])
    };
    let said = &call.state.settings.open311;
    let or = |said: &String, zh: &str, en: &str| match said.is_empty() {
        true => call.lang.pick(zh, en).to_owned(),
        false => said.clone(),
    };
    let contact = or(&said.contact, "请联系本平台管理员。", "Ask the administrator of this platform.");
    let key = or(
        &said.key_service,
        "由成员在“账户”页创建带 report 权限的密钥。",
        "A member makes a key with the scope 'report' on the page of their account.",
    );
    // A demonstration is no real city: who wants to try something out may do it there. A real one has its sandbox for that; without one it
    // says nothing of tests and names itself twice, since programs that read XML take a single element for no list.
    let aside = call.state.sandbox().and_then(|_| call.base.strip_suffix(ROOT));
    let second = match (call.state.settings.demo, aside) {
        (true, _) => endpoint("test", &call.base),
        (false, Some(home)) => endpoint("test", &format!("{home}{}{ROOT}", sandbox::ROOT)),
        (false, None) => endpoint("production", &call.base),
    };
    let endpoints = vec![endpoint("production", &call.base), second];
    let node = Node::Record(vec![
        ("changeset", Node::text(changeset.clone())),
        ("contact", Node::text(contact)),
        ("key_service", Node::text(key)),
        ("endpoints", Node::List("endpoint", endpoints)),
    ]);
    answer(call, "discovery", &node)
}

/// Every matter that can be reported.
pub(super) fn list(call: &Call) -> Result<Response, Refused> {
    let setting = call.state.setting()?;
    let offered = setting.services().filter(|(_, service)| service.offer != Offer::None);
    let services = offered.map(|(matter, service)| shown(call, matter, service));
    answer(call, "services", &Node::List("service", services.collect()))
}

fn shown(call: &Call, matter: &Matter, service: Service) -> Node {
    let pack = call.state.pack();
    let lang = call.lang;
    let track = matter.code.as_str().rsplit_once('/').map_or("", |(track, _)| track);
    let board = pack.boards.iter().find(|board| board.tracks.iter().any(|known| known.code == track));
    let group = board
        .map_or(matter.board.as_str(), |board| lang.pick(board.name.zh.as_str(), board.name.en.as_str()));
    let opens = matter.conditions.iter().map(|condition| condition.opens_when.as_str());
    let kind = match service.offer {
        Offer::Realtime | Offer::None => "realtime",
        Offer::Batch => "batch",
        Offer::Blackbox => "blackbox",
    };
    Node::Record(vec![
        ("service_code", Node::Text(code_of(&matter.code))),
        ("service_name", Node::text(name(matter, lang))),
        ("description", Node::text(opens.collect::<Vec<_>>().join("；"))),
        ("metadata", Node::Bool(!questions(call, matter).is_empty())),
        ("type", Node::text(kind)),
        ("keywords", Node::text(pack.public.keywords(matter).join(","))),
        ("group", Node::text(group)),
    ])
}

/// A matter's name in the asked language.
pub(super) fn name(matter: &Matter, lang: Lang) -> &str {
    lang.pick(matter.name.as_str(), matter.name_en.as_str())
}

/// What a service asks.
pub(super) fn definition(call: &Call, code: &str) -> Result<Response, Refused> {
    let setting = call.state.setting()?;
    let wanted = matter_of(code);
    let found = setting.services().find(|(matter, _)| matter.code == wanted);
    let (matter, _) = found.ok_or_else(|| no_such("service_code"))?;
    let node = Node::Record(vec![
        ("service_code", Node::Text(code_of(&matter.code))),
        ("attributes", Node::List("attribute", questions(call, matter))),
    ]);
    answer(call, "service_definition", &node)
}

/// A question of a definition.
struct Question<'a> {
    code: &'a str,
    datatype: Datatype,
    required: bool,
    hint: Option<&'a str>,
    text: String,
    values: Vec<(String, String)>,
}

impl Question<'_> {
    fn node(self, order: usize) -> Node {
        let value = |(key, name)| Node::Record(vec![("key", Node::Text(key)), ("name", Node::Text(name))]);
        Node::Record(vec![
            ("variable", Node::Bool(self.datatype != Datatype::Information)),
            ("code", Node::text(self.code)),
            ("datatype", Node::text(self.datatype.code())),
            ("required", Node::Bool(self.required)),
            ("datatype_description", Node::maybe(self.hint)),
            // Orders count from 1 in a service.
            ("order", Node::Number(f64::from(u32::try_from(order + 1).unwrap_or(u32::MAX)))),
            ("description", Node::Text(self.text)),
            ("values", Node::List("value", self.values.into_iter().map(value).collect())),
        ])
    }
}

fn questions(call: &Call, matter: &Matter) -> Vec<Node> {
    let (pack, lang) = (call.state.pack(), call.lang);
    let mut asked: Vec<Question<'_>> = Vec::new();
    if matter.conditions.len() > 1 {
        let values = matter.conditions.iter().map(|one| (one.no.to_string(), one.opens_when.to_string()));
        asked.push(Question {
            code: CONDITION,
            datatype: Datatype::Singlevaluelist,
            required: false,
            hint: None,
            text: lang.pick("情形", "Which of these is it?").to_owned(),
            values: values.collect(),
        });
    }
    let own = pack.public.attributes(matter);
    asked.extend(own.into_iter().map(|attribute| question(attribute, lang)));
    let photos = matter.conditions.iter().flat_map(|condition| &condition.evidence);
    if photos
        .into_iter()
        .any(|kind| matches!(kind, EvidenceKind::After | EvidenceKind::Finding | EvidenceKind::Before))
    {
        asked.push(Question {
            code: EVIDENCE,
            datatype: Datatype::Information,
            required: false,
            hint: None,
            text: lang
                .pick(
                    "办结须有照片为证；如有现场照片，请随上报一并发送（media）。",
                    "It is closed with photos as evidence; a photo of the spot helps: send it as 'media'.",
                )
                .to_owned(),
            values: Vec::new(),
        });
    }
    asked.into_iter().enumerate().map(|(order, question)| question.node(order)).collect()
}

fn question(attribute: &Attribute, lang: Lang) -> Question<'_> {
    let values = attribute.values.iter();
    Question {
        code: &attribute.code,
        datatype: attribute.datatype,
        required: attribute.required,
        hint: attribute.hint.as_deref(),
        text: lang.pick(&attribute.question.zh, &attribute.question.en).to_string(),
        values: values
            .map(|(key, name)| (key.to_string(), lang.pick(&name.zh, &name.en).to_string()))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::open311::answer::Format;

    #[test]
    fn a_services_code_stands_in_an_address_and_leads_back_to_its_matter() {
        let matter = MatterCode::new("city/facility/street-light");
        assert_eq!(code_of(&matter), "city.facility.street-light");
        assert_eq!(matter_of(&code_of(&matter)), matter);
        assert_eq!(matter_of(matter.as_str()), matter);
        assert_eq!(Format::split("services/city.facility.x.json").unwrap().0, "services/city.facility.x");
    }
}
