//! Service recipients: kept while they agree, on a clock that is told the day.

use crate::town;

use huying_engine::{
    Error,
    notary::Notary,
    person::{No, Privacy, Swept},
    recipients::{Draft, Field, Withdrawal, told},
};
use huying_model::RecipientId;
use huying_store::person::RecipientRow;
use serde_json::{Value, json};
use town::{TENANT, Town};

const DAY_MS: i64 = 86_400_000;
const WORKER: &str = "worker-bridge-1";

fn body() -> Value {
    json!({
        "area": "990101001001001", "groups": ["elderly_alone"], "name": "欧阳翠花", "phone": "13900000042",
        "address": "桥头路1号", "needs": "每周上门一次",
        "consent": {
            "given_by": "self", "how": "written", "purposes": ["visits"],
            "at": "2026-05-11T00:00:00+08:00", "until": "2026-06-11T00:00:00+08:00",
        },
    })
}

fn draft(of: Value) -> Draft {
    serde_json::from_value(of).unwrap()
}

async fn registered(town: &Town) -> RecipientId {
    let row = town.engine.register_recipient(TENANT, &town.actor(WORKER), &draft(body()), None).await;
    row.unwrap().id
}

async fn look(town: &Town, id: RecipientId) -> Result<String, Error> {
    town.engine.reveal_recipient(TENANT, &town.actor(WORKER), id, Field::Name, "visits").await
}

#[tokio::test]
async fn whose_consent_ended_or_was_withdrawn_is_shown_to_nobody_and_forgotten_after_the_days() {
    let town = Town::new().await;
    let (over, withdrawn, stays) =
        (registered(&town).await, registered(&town).await, registered(&town).await);
    let worker = town.actor(WORKER);
    assert_eq!(look(&town, over).await.unwrap(), "欧阳翠花");
    let asked = Withdrawal::default();
    town.engine.withdraw_recipient(TENANT, &worker, withdrawn, &asked).await.unwrap();
    assert_eq!(look(&town, withdrawn).await, Err(No::ConsentOver.into()));
    let privacy = Privacy { recipient_days: 7, ..Privacy::default() };
    let began = town.now();
    let sweep = async |days: i64| {
        town.clock.set(began.plus_ms(days * DAY_MS));
        town.engine.sweep_persons(TENANT, &privacy).await.unwrap()
    };
    assert_eq!(sweep(6).await, Swept::default(), "within the days it can be renewed");
    assert_eq!(sweep(8).await, Swept { recipients: 1, ..Swept::default() });
    assert_eq!(look(&town, withdrawn).await, Err(No::Unknown.into()));
    let renewed = json!({"version": 1, "consent": {
        "given_by": "self", "how": "spoken", "purposes": ["visits"],
        "at": "2026-05-19T00:00:00+08:00", "until": "2027-05-19T00:00:00+08:00",
    }});
    town.engine.renew_recipient(TENANT, &worker, stays, &draft(renewed)).await.unwrap();
    // Consent ends after thirty days.
    assert_eq!(sweep(31).await, Swept::default());
    assert_eq!(look(&town, over).await, Err(No::ConsentOver.into()));
    assert_eq!(sweep(38).await, Swept { recipients: 1, ..Swept::default() });
    assert_eq!(look(&town, over).await, Err(No::Unknown.into()));
    assert_eq!(look(&town, stays).await.unwrap(), "欧阳翠花", "who agreed again stays");
    let register = town.engine.store().erasures(TENANT, 10).await.unwrap();
    let told: Vec<_> = register.iter().map(|row| (row.reason.as_str(), row.proposed_by.as_str())).collect();
    assert_eq!(told, [("period_over", "system"), ("withdrawn", "system")]);
    assert!(town.engine.store().wants_scouring().await.unwrap());
}

#[tokio::test]
async fn every_act_stands_in_the_merkle_log_without_a_word_of_the_person() {
    let town = Town::new().await;
    let (id, worker) = (registered(&town).await, town.actor(WORKER));
    look(&town, id).await.unwrap();
    let change = draft(json!({"version": 1, "phone": "13900000043"}));
    town.engine.change_recipient(TENANT, &worker, id, &change).await.unwrap();
    town.engine.export_recipient(TENANT, &worker, id, &Privacy::default()).await.unwrap();
    let now = Withdrawal { reason: "request".into(), at_once: true };
    assert_eq!(town.engine.withdraw_recipient(TENANT, &worker, id, &now).await.unwrap(), None);
    let store = town.engine.store();
    let mut rows = store.installed(TENANT, "recipients").await.unwrap();
    rows.sort_by(|a, b| a.version.cmp(&b.version));
    let entries: Vec<Value> = rows.iter().map(|row| serde_json::from_str(&row.body).unwrap()).collect();
    let told: Vec<_> = entries.iter().map(|entry| entry["what"].as_str().unwrap()).collect();
    assert_eq!(told, ["registered", "revealed", "changed", "exported", "erased"]);
    assert_eq!((&entries[1]["field"], &entries[1]["why"]), (&json!("name"), &json!("visits")));
    for row in &rows {
        for word in
            ["欧阳", "13900000042", "13900000043", "桥头路", "每周", "elderly_alone", "990101001001001"]
        {
            assert!(!row.body.contains(word), "{word}: {}", row.body);
        }
        assert!(row.body.contains(&id.to_string()));
    }
    let notary = Notary::new(town.engine.clone(), "node-1");
    assert_eq!(notary.run().await.unwrap(), Some(5));
    let key = store.log_key(TENANT).await.unwrap().unwrap();
    assert_eq!(store.audit_log(TENANT, &key, &[]).await.unwrap().breaches, []);
    assert!(store.check(&|_| {}).await.unwrap().clean() && store.audit(&|_| {}).await.unwrap().clean());
}

#[tokio::test]
async fn nobody_is_kept_without_a_consent_that_says_who_how_for_what_and_until_when() {
    let town = Town::new().await;
    let worker = town.actor(WORKER);
    let refused = async |change: &dyn Fn(&mut Value)| {
        let mut told = body();
        change(&mut told);
        match town.engine.register_recipient(TENANT, &worker, &draft(told), None).await {
            Err(Error::Invalid(problems)) => {
                problems.iter().map(|it| format!("{} {}", it.field, it.code)).collect::<Vec<_>>().join(", ")
            }
            other => panic!("{other:?}"),
        }
    };
    let without = |told: &mut Value| drop(told.as_object_mut().unwrap().remove("consent"));
    assert_eq!(refused(&without).await, "consent consent_missing");
    for (field, value, wanted) in [
        ("at", json!("2026-06-01T00:00:00+08:00"), "consent.at consent_ahead"),
        ("until", json!("2026-05-01T00:00:00+08:00"), "consent.until consent_past"),
        ("until", json!("2036-05-01T00:00:00+08:00"), "consent.until consent_long"),
        ("until", json!("soon"), "consent.until not_a_moment"),
        ("purposes", json!([]), "consent.purposes missing"),
        ("purposes", json!(["watching"]), "consent.purposes unknown_choice"),
        ("purposes", json!(vec!["visits"; 90_000]), "consent.purposes list_too_long"),
        ("how", json!("presumed"), "consent.how unknown_choice"),
        ("given_by", json!("neighbour"), "consent.given_by unknown_choice"),
        ("given_by", json!("guardian"), "guardian missing"),
    ] {
        assert_eq!(
            refused(&|told: &mut Value| told["consent"][field] = value.clone()).await,
            wanted,
            "{field} {value}"
        );
    }
    for (field, value, wanted) in [
        ("groups", json!(["petitioners"]), "groups unknown_choice"),
        ("groups", json!([]), "groups missing"),
        ("groups", json!(["minor_unguarded"]), "consent.given_by guardian_needed"),
        ("area", json!("990101001"), "area not_a_cell"),
        ("area", json!("990101001001002"), "unit not_responsible"),
        ("unit", json!("dept-works"), "unit not_responsible"),
        ("name", json!("  "), "name missing"),
        ("needs", json!("长".repeat(2_001)), "needs text_too_long"),
        ("groups", json!(vec!["x"; 90]), "groups unknown_choice"),
        ("groups", json!(vec!["x"; 90_000]), "groups list_too_long"),
    ] {
        assert_eq!(refused(&|told: &mut Value| told[field] = value.clone()).await, wanted, "{field} {value}");
    }
    // Whoever keeps nobody is told so, and nothing of what they sent is judged.
    let other =
        town.engine.register_recipient(TENANT, &town.actor("leader-east"), &draft(json!({})), None).await;
    assert_eq!(other.unwrap_err(), No::KeepersOnly.into());
    let guarded = json!({"given_by": "guardian", "how": "written", "purposes": ["visits"],
        "at": "2026-05-11T00:00:00+08:00", "until": "2026-06-11T00:00:00+08:00"});
    let mut minor = body();
    minor["groups"] = json!(["minor_unguarded"]);
    minor["consent"] = guarded;
    minor["guardian"] = json!("祖母 13900000044");
    let kept = town.engine.register_recipient(TENANT, &worker, &draft(minor), None).await.unwrap();
    assert_eq!(kept.version, 1);
    // They grew up, and agree for themselves.
    let own = json!({"version": 1, "groups": ["elderly_alone"], "consent": body()["consent"]});
    let renewed = town.engine.renew_recipient(TENANT, &worker, kept.id, &draft(own)).await.unwrap();
    assert!(!told(&renewed).unwrap().contains(&Field::Guardian), "who agreed before has no part in it");
}

#[tokio::test]
async fn a_change_adds_no_group_and_old_consent_brings_nobody_back() {
    let town = Town::new().await;
    let (id, worker) = (registered(&town).await, town.actor(WORKER));
    let refused = |done: Result<RecipientRow, Error>| match done {
        Err(Error::Invalid(problems)) => problems[0].code,
        other => panic!("{other:?}"),
    };
    let change = |body: Value| {
        let (town, worker) = (&town, &worker);
        async move { town.engine.change_recipient(TENANT, worker, id, &draft(body)).await }
    };
    let renew = |body: Value| {
        let (town, worker) = (&town, &worker);
        async move { town.engine.renew_recipient(TENANT, worker, id, &draft(body)).await }
    };
    let more = json!({"version": 1, "groups": ["elderly_alone", "disabled"]});
    assert_eq!(refused(change(more).await), "group_not_agreed");
    let agreed = json!({"version": 1, "groups": ["elderly_alone", "disabled"], "consent": body()["consent"]});
    renew(agreed).await.unwrap();
    let fewer = change(json!({"version": 2, "groups": ["disabled"]})).await.unwrap();
    assert_eq!(fewer.groups, ["disabled"], "help that is given up needs no consent");
    for (unit, wanted) in [("order-west", "not_responsible"), ("centre-east", "nobody_keeps")] {
        assert_eq!(refused(change(json!({"version": 3, "unit": unit})).await), wanted, "{unit}");
    }
    town.clock.set(town.now().plus_ms(2 * DAY_MS));
    town.engine.withdraw_recipient(TENANT, &worker, id, &Withdrawal::default()).await.unwrap();
    let again = json!({"version": 4, "consent": body()["consent"]});
    assert_eq!(refused(renew(again.clone()).await), "consent_before");
    let mut anew = again;
    anew["consent"]["at"] = json!(town.now().to_string());
    assert_eq!(renew(anew).await.unwrap().withdrawn_at, None);
}
