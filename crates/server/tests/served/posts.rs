//! The screens of handler, hotline seat, inspector, caller-back and supervisor: what they show, and what one press of theirs does.

use crate::desk;

use desk::{Answer, Desk, photo};
use serde_json::{Value, json};

const VENDOR: &str = "city/order/vendor";
const CARD: &str = "people/service/elder-card";
const FORM: &str = "application/x-www-form-urlencoded";
const LEAD: &str = "handler-order-east";

async fn page(desk: &Desk, member: &str, path: &str) -> String {
    let answer = desk.get(path).by(member).send().await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.text()
}

async fn press(desk: &Desk, member: &str, path: &str, form: &str) -> Answer {
    desk.post(path).by(member).raw(FORM, form.to_owned()).send().await
}

/// A form with photos, as a browser sends it.
async fn press_with(desk: &Desk, member: &str, path: &str, fields: &[(&str, &str)], photos: usize) -> Answer {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!("--posts\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    for _ in 0..photos {
        let head = "--posts\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"p.jpg\"\r\n\r\n";
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(&photo());
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--posts--\r\n");
    desk.post(path).by(member).raw("multipart/form-data; boundary=posts", body).send().await
}

/// A case of a matter that the order post of the east leads.
async fn sent(desk: &Desk, matter: &str, text: &str) -> String {
    let id = desk.report(matter, text).await;
    let filing = json!({"filing": {"matter": matter, "condition": 1}});
    desk.tell("handler-station-bridge", &id, "file", filing, "filed").await;
    desk.tell("dispatcher-east", &id, "dispatch", json!({"lead": "order-east"}), "dispatched").await;
    id
}

async fn in_hand(desk: &Desk, matter: &str, text: &str) -> String {
    let id = sent(desk, matter, text).await;
    desk.tell(LEAD, &id, "receive", json!({"unit": "order-east"}), "handling").await;
    id
}

async fn whole(desk: &Desk, id: &str) -> Value {
    desk.get(&format!("/api/v1/cases/{id}")).by("leader-district").send().await.expect(200)
}

fn kinds(whole: &Value) -> Vec<&str> {
    whole["journal"].as_array().unwrap().iter().map(|entry| entry["kind"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_screen_stands_in_the_bar_of_those_whose_post_it_is_and_says_to_others_whose_it_is() {
    let desk = Desk::open().await;
    for (member, own) in [
        (LEAD, "/handling"),
        ("acceptor-east", "/seat"),
        ("inspector-1", "/inspection"),
        ("caller-back", "/calling-back"),
        ("supervisor-east", "/supervision"),
    ] {
        for path in ["/handling", "/seat", "/inspection", "/calling-back", "/supervision"] {
            let seen = page(&desk, member, path).await;
            let link = format!("<a href=\"{path}\"");
            assert_eq!(seen.contains(&link), path == own, "{member} {path}");
            assert_eq!(seen.contains("这里不是您的岗位"), path != own, "{member} {path}");
        }
    }
}

#[tokio::test]
async fn several_parts_are_received_at_once_and_each_has_its_own_answer() {
    let desk = Desk::open().await;
    let (first, second) = (sent(&desk, VENDOR, "北门占道").await, sent(&desk, VENDOR, "南门占道").await);
    let seen = page(&desk, LEAD, "/handling").await;
    for id in [&first, &second] {
        assert!(seen.contains(&format!("value=\"{id}:order-east\"")), "{id} waits to be received");
    }
    // One of them is named with a unit that has no part in it.
    let form = format!("idempotency_key=k1&part={first}:order-east&part={second}:order-west&several=1");
    let answer = press(&desk, LEAD, "/handling", &form).await;
    assert_eq!(answer.status, 422);
    let (one, two) = (whole(&desk, &first).await, whole(&desk, &second).await);
    assert_eq!((&one["stage"], &two["stage"]), (&json!("handling"), &json!("dispatched")));
    let text = answer.text();
    let told = text.split("error-summary").nth(1).unwrap().split("</ul>").next().unwrap();
    assert!(
        told.contains(two["number"].as_str().unwrap()) && !told.contains(one["number"].as_str().unwrap())
    );
    // The same again: what was received is not received twice, and what was refused may be mended.
    let form = format!("idempotency_key=k1&part={first}:order-east&part={second}:order-east&several=1");
    let answer = press(&desk, LEAD, "/handling", &form).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/handling?received=2"));
    let (one, two) = (whole(&desk, &first).await, whole(&desk, &second).await);
    assert_eq!(kinds(&one).iter().filter(|kind| **kind == "received").count(), 1);
    assert_eq!(two["stage"], "handling");
    assert_eq!(press(&desk, LEAD, "/handling", "idempotency_key=k2&several=1").await.status, 422);
}

#[tokio::test]
async fn a_handler_reads_what_the_reporter_will_read_before_the_work_is_ended() {
    let desk = Desk::open().await;
    let id = in_hand(&desk, CARD, "老人行动不便").await;
    let path = format!("/cases/{id}/handle");
    let seen = page(&desk, LEAD, &path).await;
    let preview = |text: &str| {
        text.split("data-mirror=\"reason\"").nth(1).unwrap().split("</p>").next().unwrap().to_owned()
    };
    assert!(
        preview(&seen).contains("已由东街道综合执法岗办妥"),
        "the pack's reply stands in the preview: {seen}"
    );
    let written = press_with(
        &desk,
        LEAD,
        &path,
        &[("do", "preview"), ("outcome", "explained"), ("reason", "卡已送到家")],
        0,
    )
    .await;
    assert_eq!(written.status, 200);
    assert!(preview(&written.text()).contains("卡已送到家"));
    assert!(written.text().contains("已结案：解释说明"), "the message says the chosen outcome");
    let taken = press_with(
        &desk,
        LEAD,
        &path,
        &[("do", "reply"), ("reply", "elder-card"), ("reason", "卡已送到家")],
        0,
    )
    .await;
    assert!(preview(&taken.text()).contains("办妥") && !preview(&taken.text()).contains("卡已送到家"));
    assert_eq!(whole(&desk, &id).await["stage"], "handling", "looking ends nothing");
    let ended = press_with(
        &desk,
        LEAD,
        &path,
        &[("do", "finish"), ("outcome", "solved"), ("reason", "卡已送到家")],
        1,
    )
    .await;
    assert_eq!((ended.status.as_u16(), ended.header("location")), (303, "/handling?done=finish"));
    let whole = whole(&desk, &id).await;
    assert_eq!(whole["stage"], "calling_back");
    let finished =
        whole["journal"].as_array().unwrap().iter().find(|entry| entry["kind"] == "finished").unwrap();
    assert_eq!(finished["facts"]["evidence"][0]["kind"], "after", "{finished}");
}

#[tokio::test]
async fn an_end_without_its_evidence_comes_back_as_it_was_written() {
    let desk = Desk::open().await;
    let id = in_hand(&desk, "city/facility/manhole", "井盖缺失").await;
    let path = format!("/cases/{id}/handle");
    let fields = [("do", "finish"), ("outcome", "solved"), ("reason", "井盖已换")];
    let refused = press_with(&desk, LEAD, &path, &fields, 0).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("井盖已换") && refused.text().contains("缺少结案条件要求的证据"));
    assert_eq!(press_with(&desk, LEAD, &path, &fields, 1).await.status, 303);
}

#[tokio::test]
async fn an_inspector_fails_a_case_with_a_photo_in_one_act_and_nobody_judges_own_work() {
    let desk = Desk::open().await;
    let id = in_hand(&desk, VENDOR, "北门占道").await;
    desk.tell(LEAD, &id, "finish", json!({"outcome": "solved", "reason": "已劝离"}), "inspecting").await;
    let seen = page(&desk, "inspector-1", &format!("/inspection?case={id}")).await;
    assert!(seen.contains("东街道 · 桥头社区") && seen.contains("已劝离"), "{seen}");
    let path = format!("/cases/{id}/inspected");
    // Who did the work may neither judge nor leave a photo by trying.
    let own = press_with(&desk, LEAD, &path, &[("verdict", "pass")], 1).await;
    assert_eq!(own.status, 422);
    assert!(!kinds(&whole(&desk, &id).await).contains(&"attached"));
    let unsaid = press_with(&desk, "inspector-1", &path, &[("verdict", "fail")], 1).await;
    assert_eq!(unsaid.status, 422);
    assert!(unsaid.text().contains("不通过须写明理由"));
    assert!(!kinds(&whole(&desk, &id).await).contains(&"attached"));
    let failed =
        press_with(&desk, "inspector-1", &path, &[("verdict", "fail"), ("words", "摊位还在")], 1).await;
    assert_eq!((failed.status.as_u16(), failed.header("location")), (303, "/inspection?done=fail"));
    let whole = whole(&desk, &id).await;
    assert_eq!(whole["stage"], "handling");
    assert_eq!(kinds(&whole).iter().rev().take(2).copied().collect::<Vec<_>>(), ["failed", "attached"]);
}

#[tokio::test]
async fn a_call_is_written_down_and_what_follows_is_done_in_the_same_act() {
    let desk = Desk::open().await;
    for (then, answers, stage, last) in [
        ("close", "reached=yes&solved=yes&satisfied=yes", "closed", "closed"),
        ("rework", "reached=yes&solved=no&words=%E6%B2%A1%E6%9C%89%E5%8A%9E", "handling", "reworked"),
        ("close", "reached=no", "calling_back", "called_back"),
    ] {
        let id = in_hand(&desk, CARD, "老人行动不便").await;
        desk.tell(LEAD, &id, "finish", json!({"outcome": "solved"}), "calling_back").await;
        let seen = page(&desk, "caller-back", &format!("/calling-back?case={id}")).await;
        assert!(seen.contains("00000000000"), "who calls reads the number: {seen}");
        let form = format!("idempotency_key={id}&then={then}&{answers}");
        let answer = press(&desk, "caller-back", &format!("/cases/{id}/called-back"), &form).await;
        assert_eq!(answer.status, 303, "{then}: {}", answer.text());
        let whole = whole(&desk, &id).await;
        assert_eq!((&whole["stage"], kinds(&whole).last()), (&json!(stage), Some(&last)), "{then} {answers}");
    }
}

#[tokio::test]
async fn a_case_of_two_reporters_closes_with_the_second_call() {
    let desk = Desk::open().await;
    let mut report = desk::report(CARD, "两位老人都要办卡");
    report["reporters"] =
        json!([{"name": "甲", "contact": "00000000001"}, {"name": "乙", "contact": "00000000002"}]);
    let made = desk.post("/api/v1/cases").by("acceptor-east").json(&report).send().await.expect(201);
    let id = made["id"].as_str().unwrap().to_owned();
    let filing = json!({"filing": {"matter": CARD, "condition": 1}});
    desk.tell("handler-station-bridge", &id, "file", filing, "filed").await;
    desk.tell("dispatcher-east", &id, "dispatch", json!({"lead": "order-east"}), "dispatched").await;
    desk.tell(LEAD, &id, "receive", json!({"unit": "order-east"}), "handling").await;
    desk.tell(LEAD, &id, "finish", json!({"outcome": "solved"}), "calling_back").await;
    let path = format!("/cases/{id}/called-back");
    for (no, done, stage) in [(0, "record-callback", "calling_back"), (1, "close", "closed")] {
        let form = format!("who={id}:{no}&then=close&reached=yes&solved=yes");
        let answer = press(&desk, "caller-back", &path, &form).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        assert!(
            answer.header("location").ends_with(&format!("done={done}")),
            "{}",
            answer.header("location")
        );
        assert_eq!(whole(&desk, &id).await["stage"], stage);
    }
}

#[tokio::test]
async fn a_call_stays_written_down_where_what_should_follow_is_refused() {
    let desk = Desk::open().await;
    let id = in_hand(&desk, CARD, "老人行动不便").await;
    desk.tell(LEAD, &id, "finish", json!({"outcome": "solved"}), "calling_back").await;
    let path = format!("/cases/{id}/called-back");
    let answer = press(&desk, "caller-back", &path, "then=close&reached=yes&solved=no").await;
    assert_eq!(answer.status, 422);
    assert!(
        answer.text().contains("这次回访已经登记") && answer.text().contains("请返工"),
        "{}",
        answer.text()
    );
    assert_eq!(kinds(&whole(&desk, &id).await).last(), Some(&"called_back"));
}

/// Gives a command by its form, which has to lead on.
async fn command(desk: &Desk, member: &str, id: &str, name: &str, fields: &[(&str, &str)]) {
    let answer = press(desk, member, &format!("/cases/{id}/commands/{name}"), &spoken(fields)).await;
    assert_eq!(answer.status, 303, "{name}: {}", answer.text());
}

/// What a seat sends, with the words encoded.
fn spoken(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

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

#[tokio::test]
async fn the_board_says_who_is_pressed_since_when_and_what_they_answered() {
    let desk = Desk::open().await;
    let id = in_hand(&desk, VENDOR, "北门占道").await;
    let number = whole(&desk, &id).await["number"].as_str().unwrap().to_owned();
    assert!(!page(&desk, "supervisor-east", "/supervision").await.contains(&number));
    // Overdue cases can be pressed for where they stand.
    desk.clock.advance(40 * 24 * 3_600_000);
    let late = page(&desk, "supervisor-east", "/supervision").await;
    assert!(late.contains(&format!("/cases/{id}/commands/supervise")), "{late}");
    let form = spoken(&[("words", "今天清掉"), ("back", "/supervision"), ("idempotency_key", "press")]);
    let pressed = press(&desk, "supervisor-east", &format!("/cases/{id}/commands/supervise"), &form).await;
    assert_eq!(pressed.header("location"), "/supervision?done=supervise");
    let board = page(&desk, "supervisor-east", "/supervision").await;
    assert!(board.contains("其中 1 件尚无回应") && board.contains("今天清掉"), "{board}");
    assert!(board.contains("东街道综合执法岗") && !board.contains("/commands/supervise"));
    // What others note is no answer; what the unit says is one.
    desk.command("dispatcher-east", &id, "note", &json!({"words": "已电话催办"})).send().await.expect(200);
    assert!(page(&desk, "supervisor-east", "/supervision").await.contains("其中 1 件尚无回应"));
    let progress = json!({"unit": "order-east", "words": "下午清理"});
    desk.command(LEAD, &id, "progress", &progress).send().await.expect(200);
    let board = page(&desk, "supervisor-east", "/supervision").await;
    assert!(board.contains("其中 0 件尚无回应") && board.contains("下午清理"), "{board}");
    // Out of sight it is on nobody's board.
    assert!(!page(&desk, "supervisor-west", "/supervision").await.contains(&number));
}

#[tokio::test]
async fn the_board_of_difficult_cases_has_meetings_notes_and_the_decision() {
    let desk = Desk::open().await;
    let id = in_hand(&desk, VENDOR, "多头管理").await;
    desk.tell(LEAD, &id, "mark-difficult", json!({"reason": "权属不清"}), "handling").await;
    let owner = "handler-dept-works";
    let number = whole(&desk, &id).await["number"].as_str().unwrap().to_owned();
    let path = format!("/difficult?case={id}");
    let board = page(&desk, owner, &path).await;
    assert!(
        board.contains("市政公用科") && board.contains("权属不清") && board.contains("尚未召集"),
        "{board}"
    );
    let convene = [("at", "2026-05-13T10:00"), ("units", "order-east"), ("back", path.as_str())];
    command(&desk, owner, &id, "convene", &convene).await;
    command(&desk, owner, &id, "note", &[("words", "综合执法岗同意牵头"), ("back", path.as_str())]).await;
    let board = page(&desk, owner, &path).await;
    assert!(board.contains("已召集") && board.contains("综合执法岗同意牵头"), "{board}");
    let decide = [("resolve", "lead"), ("unit", "traffic-east"), ("reason", "由交巡警岗牵头")];
    command(&desk, owner, &id, "decide", &decide).await;
    let board = page(&desk, owner, "/difficult").await;
    let (before, decided) = board.split_once("decided-name").expect("what is decided is told");
    assert!(!before.contains(&number), "what is decided leaves the procedure");
    assert!(decided.contains(&number) && decided.contains("由交巡警岗牵头"), "{decided}");
    assert_eq!(whole(&desk, &id).await["stage"], "dispatched");
}

#[tokio::test]
async fn every_screen_is_whole_in_english() {
    let desk = Desk::open().await;
    sent(&desk, VENDOR, "x").await;
    let id = in_hand(&desk, VENDOR, "y").await;
    let sheet = format!("/cases/{id}/handle");
    let told = format!("/cases/{id}/told");
    for (member, path) in [
        (LEAD, "/handling"),
        (LEAD, sheet.as_str()),
        ("acceptor-east", "/seat"),
        ("acceptor-east", told.as_str()),
        ("inspector-1", "/inspection"),
        ("caller-back", "/calling-back"),
        ("supervisor-east", "/supervision"),
        ("supervisor-east", "/difficult"),
    ] {
        let answer = desk.get(path).by(member).header("accept-language", "en").send().await;
        // What people wrote, and conditions that the pack has in Chinese alone, is not the page's.
        let text = answer.text().replace("桥头路1号", "");
        let own = text.split("<main").nth(1).unwrap();
        let own = own.split("class=\"facts\"").next().unwrap();
        let chinese: String = own.chars().filter(|sign| ('\u{4e00}'..='\u{9fff}').contains(sign)).collect();
        assert_eq!(chinese, "", "{path}: {own}");
    }
}
