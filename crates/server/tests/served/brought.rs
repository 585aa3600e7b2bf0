//! Photos of a form of a post that comes back: nobody takes one twice for the sake of a word.

use serde_json::json;

use crate::desk::{Answer, Desk};
use crate::posts::{LEAD, VENDOR, in_hand, kinds, press_files, whole};

#[tokio::test]
async fn a_verdict_that_comes_back_for_want_of_words_keeps_its_photo() {
    let desk = Desk::open().await;
    let id = in_hand(&desk, VENDOR, "北门占道").await;
    desk.tell(LEAD, &id, "finish", json!({"outcome": "solved", "reason": "已劝离"}), "inspecting").await;
    let path = format!("/cases/{id}/inspected");
    let carried = |answer: &Answer| {
        let page = answer.text();
        let parts = page.split("name=\"brought\" value=\"").skip(1);
        parts.map(|rest| rest.split('"').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let press = |fields: Vec<(&'static str, String)>, photos: usize| {
        let (desk, path) = (&desk, &path);
        async move {
            let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            press_files(desk, "inspector-1", path, &fields, &vec!["photo"; photos]).await
        }
    };
    let fail = || ("verdict", "fail".to_owned());
    let unsaid = press(vec![fail()], 1).await;
    let names = carried(&unsaid);
    assert_eq!((unsaid.status.as_u16(), names.len()), (422, 1), "{}", unsaid.text());
    // Once more without words: the form still carries it, and nothing twice.
    let brought = || ("brought", names[0].clone());
    let again = press(vec![fail(), brought()], 1).await;
    assert_eq!((again.status.as_u16(), carried(&again)), (422, names.clone()));
    assert!(!kinds(&whole(&desk, &id).await).contains(&"attached"), "nothing of it is in the case yet");
    // One that is not there, or is another's, is said so and asked for again.
    let strange = press(vec![fail(), ("brought", "0".repeat(64)), ("words", "摊位还在".to_owned())], 0).await;
    assert_eq!(strange.status, 422);
    assert!(strange.text().contains("请重新选择照片"), "{}", strange.text());
    // The same photo comes along and is chosen again: it is one.
    let failed = press(vec![fail(), brought(), ("words", "摊位还在".to_owned())], 1).await;
    assert_eq!((failed.status.as_u16(), failed.header("location")), (303, "/inspection?done=fail"));
    let whole = whole(&desk, &id).await;
    assert_eq!(kinds(&whole).iter().rev().take(2).copied().collect::<Vec<_>>(), ["failed", "attached"]);
    let files = desk.get(&format!("/api/v1/cases/{id}/files")).by("leader-district").send().await.expect(200);
    assert_eq!((files.as_array().unwrap().len(), &files[0]["kind"]), (1, &json!("finding")));
}
