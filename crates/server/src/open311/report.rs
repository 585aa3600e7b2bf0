//! A report from outside: a form of the specification becomes an ordinary report of a case.
//!
//! Owns what of the form goes where: words, place, photos and answers into the case, name and contact under a key of their own. An account
//! id or a device id tells persons apart and is not kept; an address of somebody's picture is kept as words and never fetched. The same
//! form sent again within some minutes is one case. Start at [`report`].

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use huying_engine::{
    accounts::Scope,
    answers,
    handle::{Claimed, Upload},
    intake::{InformantDraft, ReportDraft, ReportIn},
    place::PlaceDraft,
};
use huying_model::{
    AreaCode, MatterCode, Name,
    catalogue::{Matter, Source},
};
use huying_pack::public::{Attribute, Datatype, Offer};
use huying_store::{Key, Lane};
use smol_str::SmolStr;

use super::{
    Call,
    answer::Node,
    asked::{Asked, no_date, no_number, shown},
    errors::{Refused, Said, missing, no_such, said, too_long},
    keys::bearer,
    services,
};
use crate::{
    api::{commands, reports},
    pages::first_sentence,
};

/// Characters of a description, by the specification.
const LONGEST: usize = 4_000;
/// Within this time the same form is the same report.
const AGAIN_MS: i64 = 10 * 60_000;

/// A form that was read.
struct Read {
    draft: ReportDraft,
    offer: Offer,
}

/// Takes a report.
pub(super) async fn report(call: &Call, mut asked: Asked) -> Result<Response, Refused> {
    super::jurisdiction(call, &asked)?;
    let who = bearer(call, &asked, Scope::Report).await?;
    let Read { draft, offer } = read(call, &asked)?;
    let hash = asked.hash();
    let (state, now) = (&call.state, call.state.now());
    let key = |at: i64| Key {
        member: who.member.0.clone(),
        key: SmolStr::from(format!("open311-{}-{}", hex(&hash[..16]), at.div_euclid(AGAIN_MS))),
        body_hash: hash,
    };
    let given = call.headers.get("idempotency-key").and_then(|value| value.to_str().ok());
    let key =
        match given.map(|given| given.trim_matches('"')).filter(|given| (1..=128).contains(&given.len())) {
            Some(given) => Key { key: SmolStr::new(given), ..key(now.0) },
            // What was sent just before the minutes turned is the same as what is sent just after.
            None => {
                let before = key(now.0 - AGAIN_MS);
                let used =
                    state.engine.store().key_used(state.tenant(), &before, now.plus_ms(-AGAIN_MS)).await?;
                if used { before } else { key(now.0) }
            }
        };
    let uploads = std::mem::take(&mut asked.files).into_iter();
    let input = ReportIn {
        tenant: state.tenant(),
        actor: who.actor,
        draft,
        uploads: uploads.map(|bytes| Upload { bytes, kind: None }).collect(),
        claimed: Claimed::default(),
        key: Some(key),
        lane: Lane::Interactive,
    };
    let outcome = state.engine.report(input).await;
    commands::count(state, Name::Report, &outcome.as_ref().map(|reported| &reported.receipt));
    let receipt = outcome.map_err(|error| Refused::of(&error.into()))?.receipt;
    if !receipt.replayed {
        reports::gathered(state, receipt.case).await;
    }
    let notice = call.lang.pick(
        "已收到。危及生命安全请拨打110、119、120。",
        "Received. Where life is in danger call 110, 119 or 120.",
    );
    let mut fields = match offer {
        Offer::Realtime => vec![("service_request_id", Node::text(receipt.number))],
        Offer::Batch => vec![("token", Node::Text(state.engine.public_token(state.tenant(), receipt.case)))],
        Offer::Blackbox | Offer::None => Vec::new(),
    };
    fields.push(("service_notice", Node::text(notice)));
    fields.push(("account_id", Node::Empty));
    Ok(kept(call, "service_requests", Node::List("request", vec![Node::Record(fields)])))
}

/// An answer to something that was done: nobody keeps it.
pub(super) fn kept(call: &Call, root: &str, node: Node) -> Response {
    let headers = [
        (header::CONTENT_TYPE, call.format.media()),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, node.write(root, call.format)).into_response()
}

/// The number that a token has become: here it has one from the first moment.
pub(super) async fn token(call: &Call, token: &str) -> Result<Response, Refused> {
    let number = call.state.engine.public_token_number(call.state.tenant(), token).await?;
    let number = number.ok_or_else(|| no_such("token"))?;
    let item = Node::Record(vec![("service_request_id", Node::text(number)), ("token", Node::text(token))]);
    Ok(kept(call, "service_requests", Node::List("request", vec![item])))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads the form; every mistake is told at once.
fn read(call: &Call, asked: &Asked) -> Result<Read, Refused> {
    let setting = call.state.setting()?;
    let code = asked.said("service_code").ok_or_else(|| Refused::mistake(missing("service_code")))?;
    let wanted = services::matter_of(code);
    let found = setting.services().find(|(matter, _)| matter.code == wanted);
    let (matter, service) = found.ok_or_else(|| no_such("service_code"))?;
    let mut wrong = Vec::new();
    if service.offer == Offer::None {
        wrong.push(
            said("该事项不接受外部上报", "this service takes no reports from outside").about("service_code"),
        );
    }
    let mut note = |read: Result<Option<f64>, Refused>, name: &str| match read {
        Ok(number) => number,
        Err(_) => {
            wrong.push(said("不是数字", "this is no number").about(name));
            None
        }
    };
    let (lat, lon) = (note(asked.measure("lat"), "lat"), note(asked.measure("long"), "long"));
    let (address, area) = (asked.said("address_string"), asked.said("address_id"));
    let known = |id: &&str| setting.policy.org.areas.contains_key(&AreaCode::new(*id));
    if lat.is_some() != lon.is_some() {
        wrong.push(said("lat 和 long 须同时给出", "lat and long are given together"));
    }
    if lat.is_none() && lon.is_none() && address.is_none() && area.filter(known).is_none() {
        wrong.push(match area {
            Some(id) => said(
                format!("未找到“{}”，请给出 lat 和 long，或 address_string", shown(id)),
                format!("'{}' was not found; give lat and long, or address_string", shown(id)),
            )
            .about("address_id"),
            None => said(
                "缺少地点：请给出 lat 和 long、address_string 或 address_id",
                "a place is missing: give lat and long, address_string, or address_id",
            ),
        });
    }
    let description = asked.said("description");
    if description.is_some_and(|text| text.chars().count() > LONGEST) {
        wrong.push(too_long(LONGEST).about("description"));
    }
    let mut answers = Vec::new();
    let condition = condition(matter, asked, &mut wrong);
    answered(call, matter, asked, &mut answers, &mut wrong);
    if !wrong.is_empty() {
        return Err(Refused::mistakes(wrong));
    }
    for url in asked.every("media_url") {
        answers.push(format!("media_url: {}", shown_url(url)));
    }
    if let Some(id) = area.filter(|id| !known(id)) {
        answers.push(format!("address_id: {}", shown(id)));
    }
    let title = description.map_or_else(|| services::name(matter, call.lang).to_owned(), first_sentence);
    let draft = ReportDraft {
        source: Source::Resident,
        place: PlaceDraft { lon, lat, datum: None, area: area.filter(known).map(AreaCode::new) },
        matter: Some(MatterCode::clone(&matter.code)),
        condition,
        title: Some(title),
        text: description.map(str::to_owned),
        address: address.map(str::to_owned),
        answers: (!answers.is_empty()).then(|| answers.join("\n")),
        reporters: reporter(asked).into_iter().collect(),
        ..ReportDraft::default()
    };
    Ok(Read { draft, offer: service.offer })
}

pub(super) fn shown_url(url: &str) -> String {
    url.chars().take(500).collect()
}

/// Whoever reports, where they say so.
fn reporter(asked: &Asked) -> Option<InformantDraft> {
    let joined = |names: [&str; 2], between: &str| {
        let said: Vec<&str> = names.into_iter().filter_map(|name| asked.said(name)).collect();
        (!said.is_empty()).then(|| said.join(between))
    };
    let (name, contact) = (joined(["first_name", "last_name"], " "), joined(["phone", "email"], ", "));
    (name.is_some() || contact.is_some()).then_some(InformantDraft { name, contact })
}

fn condition(matter: &Matter, asked: &Asked, wrong: &mut Vec<Said>) -> Option<u16> {
    let given = asked.answers(services::CONDITION);
    let given = given.first()?;
    let known = given.parse().ok().filter(|no| matter.condition(*no).is_some());
    if known.is_none() {
        wrong.push(no_value(given).about(&named(services::CONDITION)));
    }
    known
}

/// The answers to the questions of a matter, a line for each, by the question and not by its code.
fn answered(call: &Call, matter: &Matter, asked: &Asked, lines: &mut Vec<String>, wrong: &mut Vec<Said>) {
    let pack = call.state.pack();
    let questions = pack.public.attributes(matter);
    for question in &questions {
        let given = asked.answers(&question.code);
        if given.is_empty() {
            if question.required {
                wrong.push(missing(&named(&question.code)));
            }
            continue;
        }
        match answer(question, &given) {
            Ok(text) => lines.push(answers::line(&question.question.zh, &text)),
            Err(why) => wrong.push(why.about(&named(&question.code))),
        }
    }
    let known = |code: &&&str| {
        **code != services::CONDITION && !questions.iter().any(|question| question.code == **code)
    };
    // Other programs send what their own forms ask: it is kept as it came and hinders nothing.
    for code in asked.attributes().iter().filter(known) {
        let given: Vec<String> = asked.answers(code).iter().map(|answer| shown_url(answer)).collect();
        if !given.is_empty() {
            lines.push(format!("{}: {}", shown(code), given.join(", ")));
        }
    }
}

fn named(code: &str) -> String {
    format!("attribute[{code}]")
}

fn no_value(key: &str) -> Said {
    let key = shown(key);
    said(format!("“{key}”不是可选值"), format!("'{key}' is none of its values"))
}

/// An answer in words, where it is of the kind that is asked for.
fn answer(question: &Attribute, given: &[&str]) -> Result<String, Said> {
    let one = || match given {
        [one] => Ok(*one),
        _ => Err(said("只能有一个回答", "one answer is taken")),
    };
    let bounded = |text: &str, most: usize| match text.chars().count() <= most {
        true => Ok(text.to_owned()),
        false => Err(too_long(most)),
    };
    let value = |key: &str| {
        let found = question.values.iter().find(|(known, _)| known == key);
        found.map(|(_, name)| name.zh.to_string()).ok_or_else(|| no_value(key))
    };
    match question.datatype {
        Datatype::String => bounded(one()?, 500),
        Datatype::Text => bounded(one()?, LONGEST),
        Datatype::Number => match one()?.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(one()?.to_owned()),
            _ => Err(no_number(one()?)),
        },
        Datatype::Datetime => {
            let text = one()?;
            let read = super::asked::is_moment(text);
            if read { Ok(text.to_owned()) } else { Err(no_date(text)) }
        }
        Datatype::Singlevaluelist => value(one()?),
        Datatype::Multivaluelist => {
            let keys = given.iter().map(|key| value(key)).collect::<Result<Vec<String>, _>>()?;
            Ok(answers::together(&keys))
        }
        Datatype::Information => Err(said("此项无需回答", "this wants no answer")),
    }
}

#[cfg(test)]
mod tests {
    use huying_pack::Names;

    use super::*;

    fn asking(datatype: Datatype) -> Attribute {
        let names = |zh: &str| Names { zh: zh.into(), en: zh.into() };
        let values = match datatype.chosen() {
            true => vec![("s".into(), names("小")), ("l".into(), names("大"))],
            false => Vec::new(),
        };
        Attribute {
            code: "SIZE".into(),
            datatype,
            required: true,
            question: names("大小"),
            hint: None,
            values,
        }
    }

    #[test]
    fn an_answer_is_of_the_kind_that_is_asked_for() {
        use Datatype as D;
        for (datatype, said, wanted) in [
            (D::String, vec!["红"], Some("红")),
            (D::String, vec!["a", "b"], None),
            (D::Number, vec!["-1.5"], Some("-1.5")),
            (D::Number, vec!["two"], None),
            (D::Number, vec!["inf"], None),
            (D::Datetime, vec!["2026-05-01T08:00:00Z"], Some("2026-05-01T08:00:00Z")),
            (D::Datetime, vec!["tomorrow"], None),
            (D::Text, vec!["一行\n二行"], Some("一行\n二行")),
            (D::Singlevaluelist, vec!["s"], Some("小")),
            (D::Singlevaluelist, vec!["x"], None),
            (D::Singlevaluelist, vec!["s", "l"], None),
            (D::Multivaluelist, vec!["s", "l"], Some("小、大")),
            (D::Multivaluelist, vec!["s", "x"], None),
            (D::Information, vec!["x"], None),
        ] {
            assert_eq!(answer(&asking(datatype), &said).ok().as_deref(), wanted, "{datatype:?} {said:?}");
        }
        assert!(answer(&asking(D::String), &["x".repeat(501).as_str()]).is_err());
    }
}
