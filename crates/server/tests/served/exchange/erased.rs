//! A person who came with a case that a partner handed over is forgotten with it: nothing of them is left in what came in, in what
//! was told back, or in the case.

use huying_engine::{
    authority,
    person::{Proposal, Target},
};
use huying_model::{MemberId, Name, Stage};
use serde_json::json;

use super::{node::TENANT, pair::Pair};
use crate::{
    desk::photo,
    erasure::{found, said},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_who_came_with_a_case_of_a_partner_is_gone_with_it() {
    let pair = Pair::open(31).await;
    let (a, b) = (&pair.a, &pair.b);
    let id = a.report(&said("占道经营"), Some(photo())).await;
    a.send_to(id, "platform-b").await;
    let number = a.case(id).await.number;
    pair.settle().await;
    let theirs = b.numbered(&number).await.expect("it is there under its number").id;
    b.say("handler-station-bridge", theirs, Name::Comment, json!({"words": said("说明")})).await;
    b.say("handler-station-bridge", theirs, Name::Decline, json!({"reason": said("不属本级")})).await;
    pair.settle().await;
    assert_eq!(b.case(theirs).await.stage, Stage::Declined);
    let folder = pair.folder("b");
    b.engine.scour().await.unwrap();
    assert!(found(&folder).contains(&"欧阳翠花".to_owned()), "the test finds what is there");

    let org = b.engine.setting(TENANT).unwrap().policy.org.clone();
    let actor = |member: &str| authority::actor(&org, &MemberId::new(member), b.engine.now()).unwrap();
    let asked = Proposal { target: Target::Case(theirs), reason: "request" };
    let row = b.engine.propose_erasure(TENANT, &actor("administrator"), &asked).await.unwrap();
    b.engine.confirm_erasure(TENANT, &actor("administrator-2"), &row.id).await.unwrap();
    b.engine.scour().await.unwrap();
    assert_eq!(found(&folder), [""; 0], "in the folder of whoever it was handed to");
    assert!(b.engine.store().audit(&|_| {}).await.unwrap().clean());
    assert!(b.engine.store().check(&|_| {}).await.unwrap().clean());
}
