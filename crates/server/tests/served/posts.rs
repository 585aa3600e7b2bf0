//! The screens of handler, hotline seat, inspector, caller-back and supervisor: what they show, and what one press of theirs does.

use crate::desk;

use desk::{Answer, Desk, photo};
use huying_store::QueuePart;
use serde_json::{Value, json};

pub const VENDOR: &str = "city/order/vendor";
pub const CARD: &str = "people/service/elder-card";
pub const FORM: &str = "application/x-www-form-urlencoded";
pub const LEAD: &str = "handler-order-east";

pub async fn page(desk: &Desk, member: &str, path: &str) -> String {
    let answer = desk.get(path).by(member).send().await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.text()
}

pub async fn press(desk: &Desk, member: &str, path: &str, form: &str) -> Answer {
    desk.post(path).by(member).raw(FORM, form.to_owned()).send().await
}

/// A form with photos, as a browser sends it.
async fn press_with(desk: &Desk, member: &str, path: &str, fields: &[(&str, &str)], photos: usize) -> Answer {
    press_files(desk, member, path, fields, &vec!["photo"; photos]).await
}

/// The same with a photo in each of these fields.
pub async fn press_files(
    desk: &Desk,
    member: &str,
    path: &str,
    fields: &[(&str, &str)],
    files: &[&str],
) -> Answer {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!("--posts\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    for (no, name) in files.iter().enumerate() {
        let head = format!(
            "--posts\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{no}.jpg\"\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(&photo());
        body.push(no as u8);
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

pub async fn in_hand(desk: &Desk, matter: &str, text: &str) -> String {
    let id = sent(desk, matter, text).await;
    desk.tell(LEAD, &id, "receive", json!({"unit": "order-east"}), "handling").await;
    id
}

pub async fn whole(desk: &Desk, id: &str) -> Value {
    desk.get(&format!("/api/v1/cases/{id}")).by("leader-district").send().await.expect(200)
}

pub fn kinds(whole: &Value) -> Vec<&str> {
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
async fn a_handler_with_more_than_a_page_of_work_turns_it_and_misses_nothing() {
    let desk = Desk::open().await;
    for no in 0..61 {
        sent(&desk, VENDOR, &format!("第{no}件")).await;
        desk.clock.advance(3_000);
    }
    let first = page(&desk, LEAD, "/handling").await;
    let more = first.split("href=\"/handling?after=").nth(1).expect("the work goes on");
    let more = format!("/handling?after={}", more.split('"').next().unwrap());
    let second = page(&desk, LEAD, &more).await;
    let parts = |text: &str| text.matches("name=\"part\"").count();
    assert_eq!((parts(&first), parts(&second)), (60, 1));
    assert_eq!(desk.get("/inspection?after=rubbish").by("inspector-1").send().await.status, 400);
}

/// Where a form of a page leads back to.
#[track_caller]
fn way_back(seen: &str) -> String {
    let rest = seen.split("name=\"back\" value=\"").nth(1).expect("a form says where it stood");
    rest.split('"').next().unwrap().replace("&amp;", "&")
}

/// The cases of a unit's queue, and where its second page begins where the first has one line.
async fn queue(desk: &Desk, unit: &str, part: &QueuePart) -> (Vec<String>, String) {
    let (store, tenant) = (desk.state.engine.store(), desk.state.tenant());
    let all = store.queue_part(tenant, &[unit.into()], part, None, 60).await.unwrap();
    let first = store.queue_part(tenant, &[unit.into()], part, None, 1).await.unwrap();
    (all.items.iter().map(|line| line.case.to_string()).collect(), first.next.unwrap())
}

#[tokio::test]
async fn a_verdict_on_a_later_page_of_the_queue_leads_on_on_that_page() {
    let desk = Desk::open().await;
    for text in ["第一件", "第二件", "第三件"] {
        let id = in_hand(&desk, VENDOR, text).await;
        desk.tell(LEAD, &id, "finish", json!({"outcome": "solved", "reason": "已劝离"}), "inspecting").await;
        desk.clock.advance(60_000);
    }
    let part = QueuePart { kinds: &["custody"], stages: &["inspecting"] };
    let (ids, after) = queue(&desk, "inspection", &part).await;
    let [first, second, third] = ids.try_into().unwrap();
    let asked = format!("/inspection?{}", spoken(&[("case", &second), ("after", &after)]));
    let back = way_back(&page(&desk, "inspector-1", &asked).await);
    let judge = async |id: &str, words: &str, back: &str| {
        let fields = [("verdict", "fail"), ("words", words), ("back", back)];
        press_with(&desk, "inspector-1", &format!("/cases/{id}/inspected"), &fields, 0).await
    };
    let unsaid = judge(&second, "", &back).await;
    assert_eq!((unsaid.status.as_u16(), way_back(&unsaid.text())), (422, back.clone()));
    assert!(!unsaid.text().contains(&format!("data-case=\"{first}\"")), "the page of the queue stays");
    let failed = judge(&second, "摊位还在", &back).await;
    let onward = failed.header("location");
    assert!(onward.contains(&format!("case={third}")) && onward.contains("&after="), "{onward}");
    let last = judge(&third, "摊位还在", &back).await;
    assert_eq!(last.header("location"), "/inspection?done=fail", "nothing is left there: at the beginning");
    let strange = judge(&first, "摊位还在", "/inspection?after=rubbish").await;
    assert_eq!(strange.status, 303, "no act is lost for a way back: {}", strange.text());
}

#[tokio::test]
async fn more_questions_than_a_page_has_are_on_the_next_and_each_list_turns_by_itself() {
    let desk = Desk::open().await;
    for text in ["第一件", "第二件"] {
        let id = in_hand(&desk, VENDOR, text).await;
        let call = json!({"callee": "traffic-east", "words": "请协助"});
        desk.command(LEAD, &id, "call", &call).send().await.expect(200);
        desk.clock.advance(60_000);
    }
    let (_, after) =
        queue(&desk, "traffic-east", &QueuePart { kinds: &["call"], stages: &["handling"] }).await;
    let rows = |seen: &str| {
        let list =
            seen.split_once("answers-name\">").map(|(_, rest)| rest.split("</section>").next().unwrap());
        list.map_or(0, |list| list.matches("post-row").count())
    };
    let all = page(&desk, "handler-traffic-east", "/handling").await;
    let rest =
        page(&desk, "handler-traffic-east", &format!("/handling?{}", spoken(&[("answers", &after)]))).await;
    assert_eq!((rows(&all), rows(&rest)), (2, 1), "{rest}");
    assert!(rest.contains("回到开头"), "{rest}");
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
async fn an_end_gives_each_kind_of_evidence_that_is_asked_for_under_a_field_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let pack = desk::starter_in(folder.path());
    let file = pack.join("conditions.csv");
    let text = std::fs::read_to_string(&file).unwrap();
    let both = text.replace("制止、清理,2h,1d,5m,30m,", "制止、清理,2h,1d,5m,30m,after finding");
    assert_ne!(both, text);
    std::fs::write(&file, both).unwrap();
    let desk = Desk::governed_by(&pack, desk::demonstration()).await;
    let id = in_hand(&desk, VENDOR, "北门占道").await;
    let path = format!("/cases/{id}/handle");
    for drawn in [page(&desk, LEAD, &path).await, page(&desk, LEAD, &format!("/cases/{id}")).await] {
        for part in [
            "name=\"photo\"",
            "name=\"photo-finding\"",
            "核实照片（结案条件要求）",
            "name=\"photo-document\"",
            "文书照片（办理结果为“移交”时必附）",
        ] {
            assert!(drawn.contains(part), "{part}: {drawn}");
        }
    }
    let fields = [("do", "finish"), ("outcome", "solved"), ("reason", "已清理")];
    let half = press_with(&desk, LEAD, &path, &fields, 2).await;
    assert_eq!(half.status, 422, "two photos of one kind");
    assert!(half.text().contains("缺少结案条件要求的证据"));
    let ended = press_files(&desk, LEAD, &path, &fields, &["photo", "photo-finding"]).await;
    assert_eq!(ended.status, 303, "{}", ended.text());
    let shown = |whole: &Value, kind: &str| -> Vec<String> {
        let journal = whole["journal"].as_array().unwrap();
        let entry = journal.iter().find(|entry| entry["kind"] == kind).unwrap();
        let evidence = entry["facts"]["evidence"].as_array().unwrap();
        evidence.iter().map(|one| one["kind"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(shown(&whole(&desk, &id).await, "finished"), ["after", "finding"]);
    // What is attached says itself what it shows; where nothing is said it is the spot.
    for (no, (said, told)) in
        [(vec![("shows", "document")], "document"), (vec![], "before")].into_iter().enumerate()
    {
        let id = in_hand(&desk, VENDOR, &format!("第{no}处占道")).await;
        let attach = format!("/cases/{id}/commands/attach");
        assert_eq!(press_with(&desk, LEAD, &attach, &said, 1).await.status, 303);
        assert_eq!(shown(&whole(&desk, &id).await, "attached"), [told]);
    }
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
    assert!(!own.text().contains("name=\"brought\""), "nor is it kept for them: {}", own.text());
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
async fn a_case_that_has_gone_on_says_on_each_screen_with_whom_it_is() {
    let desk = Desk::open().await;
    for (matter, stage, member, name, path) in [
        (VENDOR, "inspecting", "inspector-1", "fail", "/inspection"),
        (CARD, "calling_back", "caller-back", "rework", "/calling-back"),
    ] {
        let id = in_hand(&desk, matter, "北门").await;
        desk.tell(LEAD, &id, "finish", json!({"outcome": "solved", "reason": "已办好"}), stage).await;
        desk.tell(member, &id, name, json!({"reason": "没有办好"}), "handling").await;
        let shown = page(&desk, member, &format!("{path}?case={id}")).await;
        let article = shown.split(&format!("data-case-shown=\"{id}\"")).nth(1).expect("it is shown");
        let acts = article.split("class=\"case-body\"").next().unwrap();
        assert!(acts.contains("现在由 东街道综合执法岗 办理。"), "{path}: {acts}");
        assert!(acts.contains("全部内容和操作") && !acts.contains("<form"), "{path}: {acts}");
        assert!(article.contains("finished-name") && article.contains("已办好"), "{path}: {article}");
    }
}

/// Gives a command by its form, which has to lead on.
async fn command(desk: &Desk, member: &str, id: &str, name: &str, fields: &[(&str, &str)]) {
    let answer = press(desk, member, &format!("/cases/{id}/commands/{name}"), &spoken(fields)).await;
    assert_eq!(answer.status, 303, "{name}: {}", answer.text());
}

/// What a seat sends, with the words encoded.
pub fn spoken(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
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
async fn a_board_has_every_case_that_fits_on_one_of_its_pages() {
    let desk = Desk::open().await;
    let mut ids = Vec::new();
    for no in 0..22 {
        ids.push(desk.report(VENDOR, &format!("第{no}件")).await);
        desk.clock.advance(1_000);
    }
    desk.clock.advance(40 * 24 * 3_600_000);
    // The oldest are pressed for: the one overdue case that nobody pressed for is younger than a whole page of them.
    for id in &ids[..21] {
        let words = json!({"words": "请说明进展"});
        desk.command("supervisor-east", id, "supervise", &words).send().await.expect(200);
    }
    let unanswered = |board: &str| board.matches("<strong>尚无回应</strong>").count();
    let late = format!("/cases/{}/commands/supervise", ids[21]);
    let first = page(&desk, "supervisor-east", "/supervision").await;
    assert!(first.contains(&late), "{first}");
    assert_eq!(unanswered(&first), 20);
    assert!(first.contains("本页督办 20 件，其中 20 件尚无回应"), "{first}");
    let more = first.split("href=\"/supervision?pressed=").nth(1).expect("the list goes on");
    let more = format!("/supervision?pressed={}", more.split('"').next().unwrap().replace("&amp;", "&"));
    let second = page(&desk, "supervisor-east", &more).await;
    assert_eq!(unanswered(&second), 1);
    assert!(second.contains(&late) && second.contains("回到开头"), "{second}");
    let form = second.split(&late).nth(1).unwrap().split("</form>").next().unwrap();
    assert!(
        form.contains(&format!("value=\"{}\"", more.replace('&', "&amp;"))),
        "it leads back here: {form}"
    );
    for path in ["/supervision?late=rubbish", "/difficult?decided=rubbish"] {
        assert_eq!(desk.get(path).by("supervisor-east").send().await.status, 400, "{path}");
    }
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
