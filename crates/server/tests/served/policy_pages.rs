//! The life of a policy as two people live it on the pages: a draft is uploaded, its mistakes are shown, it is mended, proposed,
//! approved by another, holds, and is taken back.

use crate::desk;
use crate::drafts;

use desk::{Answer, Desk};
use drafts::{BOUNDARY, Edit, SECOND, draft, files, form, found, post};
use serde_json::json;

async fn uploaded(desk: &Desk, member: &str, lang: &str, edits: &[Edit<'_>]) -> Answer {
    let (media, body) = form("垃圾清运提速", &files(edits));
    desk.post("/policy/draft").by(member).header("accept-language", lang).raw(&media, body).send().await
}

async fn act(desk: &Desk, member: &str, form: &str) -> Answer {
    desk.post("/policy").by(member).raw("application/x-www-form-urlencoded", form.to_owned()).send().await
}

async fn seen(desk: &Desk, member: &str, path: &str, lang: &str) -> String {
    let answer = desk.get(path).by(member).header("accept-language", lang).send().await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.text()
}

#[track_caller]
fn holds(page: &str, words: &[&str]) {
    for words in words {
        assert!(page.contains(words), "“{words}” is not on the page:\n{page}");
    }
}

const FASTER: Edit = ("conditions.csv", "清理,1天,2天", "清理,4小时,1天");

#[tokio::test]
async fn a_draft_is_uploaded_mended_proposed_approved_by_another_holds_and_is_taken_back() {
    let desk = Desk::open().await;
    found(&desk).await;
    let gap = ("routes.csv", "R-10,people/work/*,,,,centre@street,,,,\n", "");
    let story = ("conditions.csv", "2h,4h,10m", "2h,4h,20m");
    let told = uploaded(&desk, "administrator", "zh", &[SECOND, FASTER, gap, story]).await;
    assert_eq!(told.status, 422);
    let page = told.text();
    // The finding with file, line, column, mend and counter-example; the story that fails; and what had been written.
    holds(
        &page,
        &[
            "草案未收下",
            "有案件找不到派单规则",
            "no-route",
            "matters.csv，第 ",
            "更正：",
            "例：",
            "未通过",
            "scenarios/",
            "垃圾清运提速",
        ],
    );
    let en = uploaded(&desk, "administrator", "en", &[SECOND, FASTER, gap]).await.text();
    holds(
        &en,
        &["The draft was not kept", "a case finds no row", "matters.csv, line ", "Mend: ", "For example: "],
    );
    assert!(!seen(&desk, "administrator", "/policy", "zh").await.contains("starter-2"), "nothing was kept");

    // The same version, mended.
    let kept = uploaded(&desk, "administrator", "zh", &[SECOND, FASTER]).await;
    assert_eq!(
        (kept.status.as_u16(), kept.header("location")),
        (303, "/policy/version?name=starter-2"),
        "{}",
        kept.text()
    );
    let page = seen(&desk, "administrator", kept.header("location"), "zh").await;
    holds(
        &page,
        &[
            "没有发现问题",
            "通过",
            "与往日案件比较",
            "对照版本：starter-1",
            "0 件旧案",
            "提议生效",
            "垃圾清运提速",
        ],
    );
    let reader = seen(&desk, "worker-bridge-1", kept.header("location"), "en").await;
    assert!(
        reader.contains("Nothing was found.") && !reader.contains("<form method=\"post\""),
        "who may not has no buttons"
    );

    assert_eq!(act(&desk, "administrator", "act=propose&version=starter-2&reason=已定").await.status, 303);
    let own = act(&desk, "administrator", "act=approve&no=1").await;
    assert_eq!(own.status, 422);
    holds(&own.text(), &["error-summary", "须由另一位系统管理员批准"]);
    assert_eq!(act(&desk, "administrator-2", "act=approve&no=1").await.status, 303);
    holds(&seen(&desk, "leader-district", "/policy", "zh").await, &["现行版本：<b>starter-2</b>", "已批准"]);
    assert_eq!(act(&desk, "administrator-2", "act=revoke&reason=过快").await.status, 303);
    assert_eq!(act(&desk, "administrator", "act=approve&no=2").await.status, 303);
    holds(
        &seen(&desk, "leader-district", "/policy", "zh").await,
        &["现行版本：<b>starter-1</b>", "撤回 starter-2"],
    );
}

#[tokio::test]
async fn an_upload_that_is_no_pack_is_told_what_is_wrong_with_it() {
    let desk = Desk::open().await;
    let send = |reason: &str, files: Vec<(String, Vec<u8>)>| {
        let (media, body) = form(reason, &files);
        desk.post("/policy/draft")
            .by("administrator")
            .header("accept-language", "en")
            .raw(&media, body)
            .send()
    };
    let some = |name: &str, bytes: &[u8]| vec![(name.to_owned(), bytes.to_vec())];
    let whole = || files(&[SECOND]).into_iter().map(|(name, text)| (name, text.into_bytes())).collect();
    for (what, reason, sent, words) in [
        ("nothing", "r", Vec::new(), "No file was chosen."),
        ("a file that was not chosen", "r", some("", b""), "No file was chosen."),
        ("no pack", "r", some("routes.csv", b"x"), "no pack.toml"),
        ("a name that leads out", "r", some("../../pack.toml", b"x"), "no file of a pack has this name"),
        ("a broken archive", "r", some("a.zip", b"PK\x03\x04"), "the archive cannot be read"),
        ("no reason", " ", whole(), "Write the reason"),
        ("nothing that can be read", "r", some("pack.toml", b"version = "), "the pack cannot be read"),
    ] {
        let answer = send(reason, sent).await;
        assert_eq!(answer.status, 422, "{what}");
        assert!(
            answer.text().contains("error-summary") && answer.text().contains(words),
            "{what}: {}",
            answer.text()
        );
    }
    let (media, body) = form("r", &[("pack.toml".to_owned(), vec![b' '; 34 * 1024 * 1024])]);
    let large = desk.post("/policy/draft").by("administrator").raw(&media, body).send().await;
    assert!(large.status == 422 && large.text().contains("合计不超过 32 MB"), "{}", large.status);
    let broken = desk
        .post("/policy/draft")
        .by("administrator")
        .raw(&format!("multipart/form-data; boundary={BOUNDARY}"), "x");
    assert_eq!(broken.send().await.status, 422);
    let stranger = send_as(&desk, "leader-district").await;
    assert_eq!(stranger.problem(403)["code"], "administrators_only");
    let taken = desk.post("/policy/draft").by("administrator");
    let (media, body) = form("r", &files(&[SECOND]));
    assert_eq!(taken.raw(&media, body).send().await.status, 303);
    let twice = uploaded(&desk, "administrator", "zh", &[SECOND, FASTER]).await;
    assert_eq!(twice.status, 422);
    holds(&twice.text(), &["已有同名的另一版本", "检查所得"]);
}

async fn send_as(desk: &Desk, member: &str) -> Answer {
    let (media, body) = form("r", &files(&[SECOND]));
    desk.post("/policy/draft").by(member).raw(&media, body).send().await
}

#[tokio::test]
async fn past_cases_are_asked_on_the_page_and_in_the_api_with_the_same_answer() {
    let desk = Desk::open().await;
    for no in 0..3 {
        let case = desk.report("city/order/vendor", &format!("摊贩{no}")).await;
        let filing = json!({"filing": {"matter": "city/order/vendor", "condition": 1}});
        desk.tell("handler-station-bridge", &case, "file", filing, "filed").await;
    }
    let elsewhere = ("routes.csv", "order@street", "works@district");
    draft(&desk, "administrator", &[SECOND, elsewhere]).await.expect(201);
    let path = "/api/v1/policy/what-if?draft=starter-2&baseline=starter-1";
    assert_eq!(desk.get(path).by("leader-district").send().await.problem(403)["code"], "administrators_only");
    let unnamed = desk.get("/api/v1/policy/what-if").by("administrator").send().await.problem(400);
    assert_eq!(unnamed["errors"][0]["field"], "draft");
    let unknown = desk.get("/api/v1/policy/what-if?draft=none").by("administrator").send().await.problem(409);
    assert_eq!(unknown["code"], "unknown_version");
    let report = desk.get(path).by("administrator").send().await.expect(200);
    let lead = report["kinds"].as_array().unwrap().iter().find(|kind| kind["code"] == "lead").unwrap();
    assert_eq!((&report["cases"], &lead["cases"]), (&json!(3), &json!(3)), "{report}");
    assert_eq!(report["moves"][0]["to"], "dept-works");
    assert_eq!(report["entries_read"], report["entries"]);
    let kept = post(&desk, "administrator", "policy/versions/starter-2/compare", json!({})).await.expect(200);
    assert_eq!(kept["kinds"], report["kinds"], "the book asks the same question");

    let form = seen(&desk, "administrator", "/policy/what-if", "zh").await;
    holds(&form, &["试算", "name=\"draft\"", "name=\"baseline\"", "各案件当时所用的版本"]);
    let page = "/policy/what-if?draft=starter-2&baseline=starter-1";
    let zh = seen(&desk, "administrator", page, "zh").await;
    holds(
        &zh,
        &[
            "3 件旧案",
            "3 件有变化",
            "<svg",
            "role=\"img\"",
            "数据表",
            "按镇街",
            "东街道",
            "按事项",
            "按一周的小时",
            "市政公用科",
            "href=\"/cases/",
        ],
    );
    assert!(!zh.contains("style=\"") && !zh.contains("<style"), "the policy on styles holds");
    holds(
        &seen(&desk, "administrator", page, "en").await,
        &["3 past cases", "By street", "East Street", "The whole journal was read"],
    );
    let nobody = desk.get(page).by("leader-district").send().await;
    assert_eq!(nobody.problem(403)["code"], "administrators_only");
    let none = desk.get("/policy/what-if?draft=none").by("administrator").send().await;
    assert!(none.status == 422 && none.text().contains("没有该版本"), "{}", none.text());
    let version = seen(&desk, "administrator", "/policy/version?name=starter-2", "zh").await;
    holds(&version, &["3 件旧案", "市政公用科"]);
}

#[tokio::test]
async fn a_kept_comparison_shows_single_cases_to_administrators_alone() {
    let desk = Desk::open().await;
    let case = desk.report("city/order/vendor", "摊贩").await;
    let filing = json!({"filing": {"matter": "city/order/vendor", "condition": 1}});
    desk.tell("handler-station-bridge", &case, "file", filing, "filed").await;
    let elsewhere = ("routes.csv", "order@street", "works@district");
    draft(&desk, "administrator", &[SECOND, elsewhere]).await.expect(201);
    post(&desk, "administrator", "policy/versions/starter-2/compare", json!({})).await.expect(200);
    let number = desk.get(&format!("/api/v1/cases/{case}")).by("acceptor-east").send().await.expect(200);
    let number = number["number"].as_str().unwrap();
    let path = "/api/v1/policy/versions/starter-2";
    let asked = |member| desk.get(path).by(member).send();
    let whole = asked("administrator").await.expect(200);
    let kept = whole["comparison"].as_str().unwrap();
    assert!(kept.contains(number), "{kept}");
    for member in ["auditor", "worker-bridge-1", "handler-dept-works"] {
        let whole = asked(member).await.expect(200);
        let told: serde_json::Value = serde_json::from_str(whole["comparison"].as_str().unwrap()).unwrap();
        assert_eq!((&told["cases"], &told["moves"][0]["cases"]), (&json!(1), &json!(1)), "{member}: {told}");
        let lead = told["kinds"].as_array().unwrap().iter().find(|kind| kind["code"] == "lead").unwrap();
        assert_eq!((&lead["cases"], &lead["examples"]), (&json!(1), &json!([])), "{member}: {told}");
        assert_eq!(told["moves"][0].get("example"), None, "{member}: {told}");
        assert!(!told.to_string().contains(number), "{member}: {told}");
        let page = seen(&desk, member, "/policy/version?name=starter-2", "zh").await;
        holds(&page, &["1 件旧案", "市政公用科"]);
        assert!(!page.contains(number), "{member}: {page}");
    }
}

#[tokio::test]
async fn what_a_draft_would_bring_back_is_shown_and_asks_for_a_reason() {
    let desk = Desk::open().await;
    let change = "at = \"2026-05-12 09:00\"\nreason = \"搬迁\"\n[[close_unit]]\nunit = \"mediation-west\"\n\
                  [[add_unit]]\nid = \"mediation-new\"\nname = \"西街道新调解室\"\nkind = \"post\"\nfunction = \"mediation\"\narea = \"990101002\"\n\
                  [[seats]]\nmember = \"handler-mediation-west\"\nseats = [\"mediation-new:handler\"]\n";
    post(&desk, "administrator", "organisation/changes", json!({"change": change, "preview": false}))
        .await
        .expect(200);
    post(&desk, "administrator-2", "organisation/grants/1/approve", json!({})).await.expect(200);
    let kept = uploaded(&desk, "administrator", "zh", &[SECOND]).await;
    assert_eq!(kept.status, 303, "{}", kept.text());
    let page = seen(&desk, "administrator", kept.header("location"), "zh").await;
    holds(
        &page,
        &[
            "恢复旧组织",
            "西街道调解室（mediation-west）已于 2026-05-12 09:00 撤销",
            "确认恢复的理由",
            "mediation-new",
        ],
    );
    holds(
        &seen(&desk, "administrator", kept.header("location"), "en").await,
        &["ended on 2026-05-12 09:00", "Why it shall bring them back"],
    );
    let refused = act(&desk, "administrator", "act=propose&version=starter-2&reason=r1").await;
    assert_eq!(refused.status, 422);
    holds(&refused.text(), &["请按现行组织重新起草", "机制版本 starter-2", ">r1</textarea>"]);
    let api =
        post(&desk, "administrator", "policy/proposals", json!({"version": "starter-2", "reason": "r"}))
            .await;
    assert_eq!(api.problem(409)["code"], "brings_back");
    let whole = desk.get("/api/v1/policy/versions/starter-2").by("auditor").send().await.expect(200);
    assert_eq!(
        (&whole["returns"], &whole["brings_back"][0]["id"], &whole["brings_back"][0]["to"]),
        (&json!(2), &json!("mediation-west"), &json!(null))
    );
    let confirmed = "act=propose&version=starter-2&reason=r1&confirmed=两处并行";
    assert_eq!(act(&desk, "administrator", confirmed).await.status, 303);
    holds(&seen(&desk, "administrator-2", "/policy", "zh").await, &["两处并行"]);
}
