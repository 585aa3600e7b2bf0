//! Residents' pages as a browser without scripts sends their forms: reporting, following with what may be done, and what is public.

use crate::desk;

use desk::{Answer, Desk, photo};
use serde_json::{Value, json};

/// Stands in every field that holds words of somebody.
pub const MARK: &str = "MARKER-9c1e";
const GRID: &str = "990101001001001";

pub async fn send(desk: &Desk, path: &str, fields: &[(&str, &str)]) -> Answer {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let post = desk.post(path).raw("application/x-www-form-urlencoded", body);
    post.header("accept", "text/html").send().await
}

async fn read(desk: &Desk, path: &str) -> String {
    let answer = desk.get(path).header("accept", "text/html").send().await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.text()
}

fn between(text: &str, before: &str, after: &str) -> String {
    let found = text.split(before).nth(1).and_then(|rest| rest.split(after).next());
    found.unwrap_or_else(|| panic!("no {before} in {text}")).to_owned()
}

pub fn ticket(page: &str) -> String {
    between(page, "name=\"ticket\" value=\"", "\"")
}

fn kept(page: &str) -> (String, String) {
    (between(page, "data-what=\"number\">", "<"), between(page, "data-what=\"secret\">", "<"))
}

/// Reports by the page as somebody does who takes their time.
async fn report(desk: &Desk, fields: &[(&str, &str)]) -> (String, String) {
    let ticket = ticket(&read(desk, "/report").await);
    desk.clock.advance(60_000);
    let fields: Vec<_> = fields.iter().copied().chain([("ticket", ticket.as_str())]).collect();
    let answer = send(desk, "/report", &fields).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    kept(&answer.text())
}

pub async fn case(desk: &Desk, number: &str) -> Value {
    desk.get(&format!("/api/v1/cases/{number}")).by("dispatcher-east").send().await.expect(200)
}

/// A broken manhole that somebody reported by telephone: its id, number and code.
pub async fn manhole(desk: &Desk) -> (String, String, String) {
    let body = desk::report("city/facility/manhole", &format!("{MARK} 井盖破损"));
    let made = desk.post("/api/v1/cases").by("acceptor-east").json(&body).send().await.expect(201);
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    (text("id"), text("number"), text("follow_secret"))
}

async fn filed(desk: &Desk, id: &str) {
    let filing = json!({"filing": {"matter": "city/facility/manhole", "condition": 1}});
    desk.tell("handler-station-bridge", id, "file", filing, "filed").await;
}

pub async fn handled(desk: &Desk, id: &str) {
    filed(desk, id).await;
    desk.tell("dispatcher-east", id, "dispatch", json!({"lead": "dept-works"}), "dispatched").await;
    desk.tell("handler-dept-works", id, "receive", json!({"unit": "dept-works"}), "handling").await;
}

async fn closed(desk: &Desk, id: &str) {
    handled(desk, id).await;
    let (media, body) = desk::form(&photo(), Some("after"));
    let sent = desk.post(&format!("/api/v1/cases/{id}/files")).by("handler-dept-works");
    let file = sent.raw(&media, body).send().await.expect(201);
    let evidence = json!([{"kind": "after", "file": file["file"]}]);
    let finish = json!({"outcome": "solved", "reason": "已换新井盖", "evidence": evidence});
    desk.tell("handler-dept-works", id, "finish", finish, "inspecting").await;
    desk.tell("inspector-1", id, "pass", json!({"words": format!("{MARK} 核查")}), "calling_back").await;
    let call = json!({"reporter": 0, "reached": true, "solved": true, "satisfied": true});
    desk.tell("caller-back", id, "record-callback", call, "calling_back").await;
    desk.tell("caller-back", id, "close", json!({}), "closed").await;
}

#[tokio::test]
async fn whoever_takes_as_long_to_write_as_they_would_wait_sends_once_and_the_same_form_is_one_case() {
    let desk = Desk::open().await;
    let form = ticket(&read(&desk, "/report").await);
    let fields = [("text", "路口有一堆土"), ("ticket", form.as_str())];
    let early = send(&desk, "/report", &fields).await;
    assert_eq!((early.status.as_u16(), early.header("retry-after")), (429, "10"));
    assert_eq!(ticket(&early.text()), form, "the same ticket goes on");
    desk.clock.advance(10_000);
    let (first, again) = (send(&desk, "/report", &fields).await, send(&desk, "/report", &fields).await);
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (200, 200), "{}", again.text());
    assert_eq!(kept(&first.text()), kept(&again.text()));
}

#[tokio::test]
async fn many_forms_in_hand_gain_nothing() {
    let desk = Desk::open().await;
    let mut forms = Vec::new();
    for _ in 0..3 {
        forms.push(ticket(&read(&desk, "/report").await));
    }
    desk.clock.advance(60_000);
    let post =
        async |ticket: &str, text: &str| send(&desk, "/report", &[("text", text), ("ticket", ticket)]).await;
    assert_eq!(post(&forms[0], "一").await.status, 200);
    let second = post(&forms[1], "二").await;
    assert_eq!(second.status, 429, "one stands in the line");
    assert_ne!(ticket(&second.text()), forms[1], "and waits like everybody");
    // What is asked rises as for everybody else; a form of before does not get round it.
    let early = ticket(&read(&desk, "/report").await);
    for no in 0..4 {
        desk.clock.advance(60_000);
        let form = ticket(&read(&desk, "/report").await);
        desk.clock.advance(60_000);
        assert_eq!(post(&form, &format!("第{no}处")).await.status, 200);
    }
    desk.clock.advance(300_000);
    assert_eq!(post(&early, "又一处").await.status, 429);
    assert_eq!(post(&format!("{early}0"), "假的").await.status, 429, "a forged one counts for nothing");
}

#[tokio::test]
async fn only_a_sentence_is_needed_and_the_matter_is_guessed_and_corrected_afterwards() {
    let desk = Desk::open().await;
    let form = ticket(&read(&desk, "/report").await);
    desk.clock.advance(60_000);
    let empty = send(&desk, "/report", &[("text", " "), ("ticket", &form)]).await;
    assert_eq!(empty.status, 422);
    let page = empty.text();
    assert!(
        page.contains("<title>出错：") && page.contains("href=\"#text\"") && page.contains("autofocus"),
        "{page}"
    );
    assert!(page.contains("aria-describedby=\"text-hint text-error\""), "{page}");

    let fields = [("text", "路口有垃圾，已经两天了"), ("area", GRID), ("ticket", form.as_str())];
    let done = send(&desk, "/report", &fields).await;
    let ((number, secret), page) = (kept(&done.text()), done.text());
    assert!(page.contains("系统按您的文字判断"), "{page}");
    assert!(!secret.contains(['0', 'O', '1', 'I']), "{secret}");
    let known = case(&desk, &number).await;
    assert_eq!((&known["matter"], &known["stage"]), (&json!("city/facility/litter"), &json!("reported")));
    assert!(known["answers"].as_str().unwrap().contains("系统按文字推断"), "{known}");

    let who = [("number", number.as_str()), ("secret", secret.as_str())];
    let correct = [("act", "supplement"), ("is_matter", "city/order/vendor"), ("idempotency_key", "k1")];
    let fields: Vec<_> = who.into_iter().chain(correct).collect();
    let answer = send(&desk, "/track/act", &fields).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.text().contains("已补充"));
    let journal = case(&desk, &number).await["journal"].to_string();
    assert!(journal.contains("反映人更正事项：占道经营"), "{journal}");
}

#[tokio::test]
async fn what_the_rules_would_file_by_themselves_is_not_guessed() {
    let desk = Desk::open().await;
    let (number, _) = report(&desk, &[("text", "机动车违停，堵住了路"), ("area", GRID)]).await;
    let known = case(&desk, &number).await;
    assert_eq!((&known["matter"], &known["stage"]), (&Value::Null, &json!("reported")));
}

#[tokio::test]
async fn whoever_reports_for_somebody_else_names_both_and_the_desk_is_told() {
    let desk = Desk::open().await;
    let fields = [
        ("text", "老人家门口的路灯不亮"),
        ("area", GRID),
        ("name", "邻居"),
        ("contact", "00000000001"),
        ("other_name", "当事老人"),
        ("other_contact", "00000000002"),
    ];
    let (number, _) = report(&desk, &fields).await;
    let known = case(&desk, &number).await;
    assert_eq!(known["reporters"], 2, "{known}");
    assert!(known["answers"].as_str().unwrap().contains("替他人反映"), "{known}");
}

#[tokio::test]
async fn the_page_of_a_case_tells_how_far_it_is_and_what_was_said_to_the_reporter_and_nothing_else() {
    let desk = Desk::open().await;
    let (id, number, secret) = manhole(&desk).await;
    let who = [("number", number.as_str()), ("secret", secret.as_str())];
    let look = async || send(&desk, "/track", &who).await.text();
    let page = look().await;
    assert!(page.contains("待受理") && page.contains("已收到") && page.contains("补充文字或照片"), "{page}");
    handled(&desk, &id).await;
    let note = json!({"words": format!("{MARK} 备注")});
    desk.tell("dispatcher-east", &id, "note", note, "handling").await;
    let ask = json!({"question": "是哪一侧的井盖？"});
    desk.tell("handler-dept-works", &id, "ask-reporter", ask, "handling").await;
    let page = look().await;
    for told in ["处理中", "承诺办结", "是哪一侧的井盖？", "请您补充"] {
        assert!(page.contains(told), "{told}: {page}");
    }
    for hidden in [MARK, "反映人一", "00000000000", "handler-dept-works", "井盖破损", id.as_str()] {
        assert!(!page.contains(hidden), "{hidden}: {page}");
    }
    let version = case(&desk, &number).await["version"].as_u64().unwrap();
    let redact = json!({"event": version, "reason": "other"});
    desk.tell("dispatcher-east", &id, "redact", redact, "handling").await;
    assert!(!look().await.contains("是哪一侧的井盖？"), "what was redacted is not told either");
}

#[tokio::test]
async fn a_sign_that_was_read_wrong_is_told_as_what_it_is() {
    let desk = Desk::open().await;
    let (_, number, secret) = manhole(&desk).await;
    let mut wrong = secret.clone().into_bytes();
    wrong[0] = if wrong[0] == b'A' { b'B' } else { b'A' };
    let wrong = String::from_utf8(wrong).unwrap();
    let (_, _, other) = manhole(&desk).await;
    for (number, secret, field) in [
        (number.as_str(), wrong.as_str(), "#track-secret"),
        (&number[1..], secret.as_str(), "#track-number"),
        (number.as_str(), other.as_str(), "#track-number"),
    ] {
        let page = send(&desk, "/track", &[("number", number), ("secret", secret)]).await;
        assert_eq!(page.status, 422);
        // A shorter prefix is another number, which fits its own check sign.
        let page = page.text();
        assert!(page.contains(&format!("href=\"{field}\"")), "{number} {secret}: {page}");
        assert!(page.contains(number), "what was typed stays");
    }
    let typed = secret.to_lowercase().replace('-', " ");
    assert_eq!(send(&desk, "/track", &[("number", &number), ("secret", &typed)]).await.status, 200);
}

#[tokio::test]
async fn a_reporter_rates_once_and_says_that_it_is_not_solved_within_the_rules() {
    let desk = Desk::open().await;
    let (id, number, secret) = manhole(&desk).await;
    let who = [("number", number.as_str()), ("secret", secret.as_str())];
    let act = async |fields: &[(&str, &str)]| {
        let fields: Vec<_> = who.iter().copied().chain(fields.iter().copied()).collect();
        send(&desk, "/track/act", &fields).await
    };
    let early = act(&[("act", "reopen"), ("idempotency_key", "k0")]).await;
    assert_eq!(early.status, 422, "it is not closed");
    closed(&desk, &id).await;
    let page = send(&desk, "/track", &who).await.text();
    for told in ["解决了吗", "已换新井盖", "已解决", "没解决，请重新办理", "很满意"] {
        assert!(page.contains(told), "{told}: {page}");
    }
    assert!(!page.contains(MARK), "{page}");
    let without = act(&[("act", "rate"), ("words", "还行")]).await;
    assert_eq!(without.status, 422);
    assert!(
        without.text().contains("href=\"#stars-5\"") && without.text().contains("还行"),
        "the form as filled"
    );
    let rated = act(&[("act", "rate"), ("stars", "4"), ("words", "还行"), ("idempotency_key", "k1")]).await;
    assert!(rated.status == 200 && !rated.text().contains("很满意"), "{}", rated.text());
    let twice = act(&[("act", "rate"), ("stars", "1"), ("idempotency_key", "k2")]).await;
    assert_eq!(twice.status, 422, "once");
    // One press is enough, and the same press twice is one.
    for _ in 0..2 {
        let again = act(&[("act", "reopen"), ("idempotency_key", "k3")]).await;
        assert_eq!(again.status, 200, "{}", again.text());
    }
    let known = case(&desk, &number).await;
    assert_eq!(known["stage"], "filed");
    let reopened = known["journal"].as_array().unwrap().iter().filter(|entry| entry["kind"] == "reopened");
    assert_eq!(reopened.count(), 1);
}

#[tokio::test]
async fn after_the_window_the_page_offers_a_new_report_instead() {
    let desk = Desk::open().await;
    let (id, number, secret) = manhole(&desk).await;
    closed(&desk, &id).await;
    desk.clock.advance(16 * 86_400_000);
    let who = [("number", number.as_str()), ("secret", secret.as_str())];
    let page = send(&desk, "/track", &who).await.text();
    assert!(!page.contains("没解决，请重新办理") && page.contains("另行反映"), "{page}");
}

#[tokio::test]
async fn a_decline_is_told_with_its_reason_and_objected_to_once() {
    let desk = Desk::open().await;
    let (id, number, secret) = manhole(&desk).await;
    desk.tell("handler-station-bridge", &id, "decline", json!({"reason": "不在本区"}), "declined").await;
    let who = [("number", number.as_str()), ("secret", secret.as_str())];
    let page = send(&desk, "/track", &who).await.text();
    assert!(page.contains("不在本区") && page.contains("不予受理") && page.contains("提出异议"), "{page}");
    let object = |words: &'static str| who.into_iter().chain([("act", "object"), ("words", words)]);
    let none: Vec<_> = object("").collect();
    assert_eq!(send(&desk, "/track/act", &none).await.status, 422);
    let fields: Vec<_> = object("就在本区").collect();
    assert_eq!(send(&desk, "/track/act", &fields).await.status, 200);
    assert_eq!(case(&desk, &number).await["stage"], "reported");
}

#[tokio::test]
async fn what_is_open_nearby_is_shown_and_a_plus_one_is_a_report_of_its_own() {
    let desk = Desk::open().await;
    let (id, number, _) = manhole(&desk).await;
    filed(&desk, &id).await;
    let form = ticket(&read(&desk, "/report").await);
    let look = async |area: &str| {
        let fields = [("text", "井盖坏了"), ("area", area), ("ticket", &*form), ("look", "near")];
        send(&desk, "/report", &fields).await
    };
    let near = look(GRID).await;
    let page = near.text();
    assert!(near.status == 200 && page.contains(&number) && page.contains("井盖坏了"), "{page}");
    assert!(!page.contains(MARK) && !page.contains("110.005"), "{page}");
    assert_eq!(look("").await.status, 422, "without an area nothing is near");
    desk.clock.advance(60_000);
    let fields = [("text", ""), ("same", &*number), ("ticket", &*form)];
    let done = send(&desk, "/report", &fields).await;
    assert_eq!(done.status, 200, "{}", done.text());
    let (own, _) = kept(&done.text());
    assert_ne!(own, number);
    let own = case(&desk, &own).await;
    assert_eq!((&own["matter"], &own["stage"]), (&json!("city/facility/manhole"), &json!("reported")));
    assert!(
        own["text"].as_str().unwrap().contains(&number) && own["answers"].as_str().unwrap().contains(&number)
    );
    // Merged by an acceptor, it counts for everybody to see.
    assert!(!read(&desk, &format!("/public/{number}")).await.contains("反映人数"));
    let merge = json!({"into": id});
    let copy = own["id"].as_str().unwrap();
    desk.tell("handler-station-bridge", copy, "merge", merge, "merged").await;
    let page = read(&desk, &format!("/public/{number}")).await;
    assert!(page.contains("反映人数"), "{page}");
}

#[tokio::test]
async fn no_word_person_or_point_of_a_case_comes_out_of_any_public_page() {
    let desk = Desk::open().await;
    let words = |what: &str| format!("{MARK} {what}");
    let mut body = desk::report("city/facility/manhole", &words("说的话"));
    body["title"] = json!(words("标题"));
    body["address"] = json!(words("地址"));
    body["answers"] = json!(words("回答"));
    body["place"] = json!({"lon": 110.002_13, "lat": 30.013_77});
    body["reporters"] = json!([{"name": words("姓名"), "contact": words("电话")}]);
    let made = desk.post("/api/v1/cases").by("acceptor-east").json(&body).send().await.expect(201);
    let (id, number) = (made["id"].as_str().unwrap().to_owned(), made["number"].as_str().unwrap().to_owned());
    let secret = made["follow_secret"].as_str().unwrap().to_owned();
    closed(&desk, &id).await;
    let open = manhole(&desk).await;
    filed(&desk, &open.0).await;
    let dispute = desk.report("safety/dispute/neighbours", &words("邻居")).await;
    let dispute = case(&desk, &dispute).await["number"].as_str().unwrap().to_owned();
    let mut all = String::new();
    for path in [
        "/public".to_owned(),
        "/public?state=closed".to_owned(),
        format!("/public?area={GRID}&state=open"),
        format!("/public/{number}"),
        format!("/public/{}", open.1),
        format!("/report?same={}", open.1),
        format!("/report?area={GRID}"),
    ] {
        all.push_str(&read(&desk, &path).await);
    }
    all.push_str(&send(&desk, "/report", &[("area", GRID), ("look", "near")]).await.text());
    assert!(all.contains(&number) && all.contains(&open.1), "they are there");
    for hidden in [
        MARK,
        "110.002",
        "30.013",
        "110.005",
        "handler-dept-works",
        "inspector-1",
        id.as_str(),
        secret.as_str(),
        open.2.as_str(),
        dispute.as_str(),
    ] {
        assert!(!all.contains(hidden), "{hidden} came out");
    }
    assert_eq!(desk.get(&format!("/public/{dispute}")).send().await.status, 404);
    assert!(!read(&desk, &format!("/report?same={dispute}")).await.contains("我也遇到了这个问题"));
    // What a person approved is shown, and what they take back is gone.
    let page = async || read(&desk, &format!("/public/{}", open.1)).await;
    let published = json!({"words": "已围挡 <b>&"});
    desk.tell("dispatcher-east", &open.0, "publish", published, "filed").await;
    assert!(page().await.contains("已围挡 &lt;b&gt;&amp;"));
    desk.tell("dispatcher-east", &open.0, "publish", json!({}), "filed").await;
    assert!(!page().await.contains("已围挡"));
}

#[tokio::test]
async fn residents_pages_bring_no_script_and_speak_both_languages() {
    let desk = Desk::open().await;
    for path in ["/report", "/track", "/public", "/help", "/accessibility"] {
        for (language, has, lacks) in
            [("zh-CN", "查进度", "For residents"), ("en", "For residents", "查进度")]
        {
            let page = desk.get(path).header("accept-language", language).send().await.text();
            assert!(page.contains(has) && !page.contains(lacks), "{path} {language}: {page}");
            assert!(!page.contains("<script"), "{path}");
        }
    }
}

#[tokio::test]
async fn a_script_comes_with_the_form_only_where_work_is_quicker_than_waiting() {
    let desk = Desk::open().await;
    let works = |page: &str| {
        (page.contains("<script"), page.contains("data-toll"), page.contains("name=\"solution\""))
    };
    let page = read(&desk, "/report").await;
    assert_eq!(works(&page), (false, false, false));
    let form = ticket(&page);
    let early = send(&desk, "/report", &[("text", "路口有一堆土"), ("ticket", &*form)]).await;
    assert_eq!(early.status, 429);
    assert_eq!(works(&early.text()), (true, true, true), "whoever would wait may work instead");
    let mistaken = send(&desk, "/report", &[("text", ""), ("ticket", &*form)]).await;
    assert_eq!((mistaken.status.as_u16(), works(&mistaken.text())), (422, (false, false, false)));
    for no in 0..6 {
        report(&desk, &[("text", format!("第{no}处").as_str())]).await;
    }
    assert_eq!(
        works(&read(&desk, "/report").await),
        (true, true, true),
        "the price of this address has risen"
    );
    desk.clock.advance(2 * 3_600_000);
    assert_eq!(works(&read(&desk, "/report").await), (false, false, false));
}
