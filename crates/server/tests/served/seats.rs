//! The hotline seat and the form of a report: what they hear, what they ask, and what they tell of it.

use crate::desk::Desk;
use crate::posts::{FORM, kinds, page, press, spoken, whole};

#[tokio::test]
async fn the_seat_hears_place_and_matter_and_keeps_nothing_before_it_is_sent() {
    let desk = Desk::open().await;
    let earlier = desk.report("city/facility/manhole", "井盖松动").await;
    let number = whole(&desk, &earlier).await["number"].as_str().unwrap().to_owned();
    let said = [("said", "人行道井盖缺失，晚上看不清"), ("place", "桥头社区菜市场北门")];
    let look = press(&desk, "acceptor-east", "/seat", &spoken(&said)).await;
    assert_eq!(look.status, 200);
    let text = look.text();
    let place = text.find("name=\"heard_area\" value=\"990101001001\"").expect("the community is heard");
    let matter = text.find("name=\"heard_matter\" value=\"").unwrap();
    assert!(text[matter..].starts_with("name=\"heard_matter\" value=\"city/facility/manhole\""), "{text}");
    assert!(place < matter && text.contains("立案后") && text.contains(&number), "{text}");
    let count = || desk.get("/api/v1/cases").by("leader-district").send();
    assert_eq!(count().await.expect(200)["items"].as_array().unwrap().len(), 1);
    // A member of the other street is shown none of it.
    let west = press(&desk, "acceptor-west", "/seat", &spoken(&said)).await;
    assert!(!west.text().contains(&number));
    let mut sent = said.to_vec();
    sent.extend([("do", "send"), ("heard_area", "990101001001"), ("heard_matter", "city/facility/manhole")]);
    sent.extend([("contact", "00000000001"), ("secret", "yes"), ("idempotency_key", "call-1")]);
    let kept = press(&desk, "acceptor-east", "/seat", &spoken(&sent)).await;
    assert_eq!(kept.status, 303, "{}", kept.text());
    let told = page(&desk, "acceptor-east", kept.header("location")).await;
    assert!(told.contains("请读给来电人") && told.contains("桥头社区工作站"), "{told}");
    assert!(told.contains("查询码"), "whoever wrote it down tells the code: {told}");
    // Whoever else sees the case would act as its reporter by it.
    let place = kept.header("location").split('?').next().unwrap().to_owned();
    for path in [place.clone(), place.replace("/told", "/reported")] {
        let other = page(&desk, "dispatcher-east", &path).await;
        assert!(!other.contains("查询码"), "{path}: {other}");
    }
    let again = press(&desk, "acceptor-east", "/seat", &spoken(&sent)).await;
    assert_eq!(again.header("location"), kept.header("location"), "the same call is one case");
    let list = count().await.expect(200);
    let new = list["items"].as_array().unwrap().iter().find(|one| one["id"] != earlier.as_str()).unwrap();
    let whole = whole(&desk, new["id"].as_str().unwrap()).await;
    let note = whole["journal"].as_array().unwrap().iter().filter(|entry| entry["kind"] == "noted");
    let notes: Vec<_> = note.map(|entry| entry["facts"]["words"].as_str().unwrap()).collect();
    assert!(notes.len() == 1 && notes[0].contains("要求保密"), "{notes:?}");
}

#[tokio::test]
async fn seat_and_form_ask_for_the_reporter_in_the_same_words_and_tell_what_is_wrong_at_its_field() {
    let desk = Desk::open().await;
    let asked = async |path: &str| {
        let seen = page(&desk, "acceptor-east", path).await;
        let from = seen.find("<label for=\"name\">").expect("the reporter's name");
        seen[from..].split("</p>").next().unwrap().to_owned()
    };
    assert_eq!(asked("/seat").await, asked("/cases/new").await);
    let form = [("do", "send"), ("said", "井盖缺失"), ("text", "井盖缺失"), ("area", "990101001001")];
    let long = "很".repeat(201);
    for (field, words) in [("name", &long[..]), ("contact", &long[..])] {
        let form = spoken(&[&form[..], &[(field, words)][..]].concat());
        for path in ["/seat", "/cases/new"] {
            let refused = press(&desk, "acceptor-east", path, &form).await;
            assert_eq!(refused.status, 422, "{path} {field}: {}", refused.text());
            let told = format!("id=\"{field}-error\"");
            assert!(refused.text().contains(&told), "{path} {field}: {}", refused.text());
        }
    }
}

#[tokio::test]
async fn what_lies_out_of_the_sight_of_whoever_writes_it_down_is_told_with_number_and_code() {
    let desk = Desk::open().await;
    let call = [("do", "send"), ("said", "北门积水"), ("heard_area", "990101001001"), ("secret", "yes")];
    let report = [("text", "北门积水"), ("area", "990101001001")];
    for (path, fields) in [("/seat", &call[..]), ("/cases/new", &report[..])] {
        let mut fields = fields.to_vec();
        fields.push(("idempotency_key", path));
        let sent = spoken(&fields);
        let kept = press(&desk, "acceptor-west", path, &sent).await;
        assert_eq!(kept.status, 200, "{path}: {}", kept.text());
        let text = kept.text();
        let codes: Vec<&str> = text.split("<strong class=\"code\">").skip(1).collect();
        let codes: Vec<&str> = codes.into_iter().map(|part| part.split('<').next().unwrap()).collect();
        assert_eq!(codes.len(), 2, "{path}: {text}");
        assert!(!text.contains("没有记上"), "{path}: {text}");
        let own = desk.get(&format!("/cases/{}", codes[0])).by("acceptor-west").send().await;
        assert_eq!(own.status, 404, "it is still the other street's");
        let who = spoken(&[("number", codes[0]), ("secret", codes[1])]);
        let followed = desk.post("/track").raw(FORM, who).send().await;
        assert!(followed.status == 200 && followed.text().contains(codes[0]), "{}", followed.text());
        let again = press(&desk, "acceptor-west", path, &sent).await;
        assert!(again.text().contains(codes[0]), "{path}: sent twice it is one case");
        let whole = whole(&desk, codes[0]).await;
        assert_eq!(kinds(&whole).contains(&"noted"), path == "/seat", "the wish for secrecy is kept");
    }
}

#[tokio::test]
async fn a_call_in_which_nothing_was_said_comes_back_with_what_was_written() {
    let desk = Desk::open().await;
    let form = spoken(&[("do", "send"), ("place", "桥头社区"), ("name", "来电人一")]);
    let refused = press(&desk, "acceptor-east", "/seat", &form).await;
    assert_eq!(refused.status, 422);
    let text = refused.text();
    assert!(
        text.contains("href=\"#said\"") && text.contains("来电人一") && text.contains("出错："),
        "{text}"
    );
}
