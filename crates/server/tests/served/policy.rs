//! The life of a policy, admission and changes of the organisation, over HTTP and on their pages.

use crate::desk;
use crate::drafts;

use desk::Desk;
use drafts::{BOUNDARY, SECOND, draft, post};
use serde_json::json;

#[tokio::test]
async fn two_administrators_bring_a_draft_into_force_and_every_member_sees_who_did_what() {
    let desk = Desk::open().await;
    assert_eq!(draft(&desk, "leader-district", &[SECOND]).await.problem(403)["code"], "administrators_only");
    let faster = ("conditions.csv", "清理,1天,2天", "清理,4小时,1天");
    let book = draft(&desk, "administrator", &[SECOND, faster]).await.expect(201);
    let version = &book["versions"][0];
    assert_eq!(
        (&version["version"], &version["clean"], &version["passed"]),
        (&json!("starter-2"), &json!(true), &json!(2))
    );
    let whole = desk.get("/api/v1/policy/versions/starter-2").by("leader-district").send().await.expect(200);
    assert!(whole["lint"].as_str().unwrap().contains("0 errors"), "{whole}");
    let compared =
        post(&desk, "administrator", "policy/versions/starter-2/compare", json!({})).await.expect(200);
    assert_eq!((&compared["cases"], &compared["baseline"]), (&json!(0), &json!(["starter-1"])));
    let proposal = json!({"version": "starter-2", "reason": "已定"});
    post(&desk, "administrator", "policy/proposals", proposal.clone()).await.expect(200);
    let own = post(&desk, "administrator", "policy/proposals/1/approve", json!({})).await;
    assert_eq!(own.problem(409)["code"], "second_person");
    let book = post(&desk, "administrator-2", "policy/proposals/1/approve", json!({})).await.expect(200);
    assert_eq!(book["in_force"], "starter-2");
    let seen = desk.get("/api/v1/policy").by("worker-bridge-1").send().await.expect(200);
    let decided = &seen["proposals"][0];
    assert_eq!(
        (&decided["proposed_by"], &decided["decided_by"], &decided["state"]),
        (&json!("administrator"), &json!("administrator-2"), &json!("approved"))
    );
    let again = post(&desk, "administrator", "policy/proposals", proposal).await;
    assert_eq!(again.problem(409)["code"], "in_force_already");
    let preview = json!({"to": "starter-2", "preview": true});
    assert_eq!(post(&desk, "administrator", "policy/migration", preview).await.expect(200)["cases"], 0);
    let page = desk.get("/policy").by("administrator").header("accept-language", "en").send().await.text();
    for words in ["In force", "starter-2", "Administrator B", "已定"] {
        assert!(page.contains(words), "{words} is not on the page");
    }
}

#[tokio::test]
async fn a_draft_with_mistakes_is_answered_with_all_of_them_and_a_broken_upload_is_none() {
    let desk = Desk::open().await;
    let wrong = [
        SECOND,
        ("routes.csv", "city/order/*", "city/odrer/*"),
        ("units.csv", "gas,990101,dept-works", "gas,990101,dept-gas"),
    ];
    let told = draft(&desk, "administrator", &wrong).await.problem(400);
    assert_eq!(told["errors"].as_array().unwrap().len(), 2, "{told}");
    let form = |name: &str| {
        let part = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\nx\r\n--{BOUNDARY}--\r\n"
        );
        desk.post("/api/v1/policy/versions")
            .by("administrator")
            .raw(&format!("multipart/form-data; boundary={BOUNDARY}"), part)
            .send()
    };
    for name in ["../../etc/passwd", "scenarios/../pack.toml"] {
        assert_eq!(form(name).await.problem(400)["errors"][0]["field"], "file", "{name}");
    }
    form("pack.toml").await.problem(400);
}

#[tokio::test]
async fn the_page_of_the_book_has_the_buttons_of_the_two_people_and_tells_what_was_refused() {
    let desk = Desk::open().await;
    draft(&desk, "administrator", &[SECOND]).await.expect(201);
    let act = |member: &str, form: &str| {
        desk.post("/policy").by(member).raw("application/x-www-form-urlencoded", form.to_owned()).send()
    };
    let reader = desk.get("/policy").by("worker-bridge-1").send().await.text();
    assert!(
        reader.contains("starter-2") && !reader.contains("<form method=\"post\" action=\"/policy\""),
        "who may not has no buttons"
    );
    let silent = act("administrator", "act=propose&version=starter-2&reason=").await;
    assert!(silent.status == 422 && silent.text().contains("error-summary"), "{}", silent.text());
    assert_eq!(
        act("administrator", "act=propose&version=starter-2&reason=r&from=2026-05-13T08:00").await.status,
        303
    );
    assert_eq!(act("administrator", "act=approve&no=1").await.status, 422);
    assert_eq!(act("administrator-2", "act=approve&no=1").await.status, 303);
    let waiting = desk.get("/api/v1/policy").by("administrator").send().await.expect(200);
    assert_eq!(waiting["proposals"][0]["holds_from"], "2026-05-13T00:00:00Z", "the authority's zone");
    assert_eq!(waiting["in_force"], "starter-1");
}

#[tokio::test]
async fn a_department_applies_on_the_page_and_the_office_decides_with_its_rule() {
    let desk = Desk::open().await;
    // Admission begins with a version that asks for it.
    let required = ("pack.toml", "[allowances]", "[admission]\nrequired = true\n\n[allowances]");
    draft(&desk, "administrator", &[SECOND, required]).await.expect(201);
    post(&desk, "administrator", "policy/proposals", json!({"version": "starter-2", "reason": "r"}))
        .await
        .expect(200);
    post(&desk, "administrator-2", "policy/proposals/1/approve", json!({})).await.expect(200);
    let act = |member: &str, form: &str| {
        desk.post("/admission").by(member).raw("application/x-www-form-urlencoded", form.to_owned()).send()
    };
    let form = "act=apply&matter=city/facility/litter&applicant=dept-works&reason=r";
    assert_eq!(act("handler-dept-works", form).await.status, 303);
    let page = desk.get("/admission").by("leader-district").send().await.text();
    assert!(page.contains("积存垃圾") && page.contains("待审") && page.contains("value=\"admit\""), "{page}");
    assert_eq!(act("handler-dept-works", "act=admit&no=1&rule=x").await.status, 422);
    assert_eq!(act("leader-district", "act=admit&no=1&rule=第三条").await.status, 303);
    let seen = desk.get("/api/v1/admission").by("worker-bridge-1").send().await.expect(200);
    let litter = seen["matters"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["matter"] == "city/facility/litter")
        .unwrap();
    assert_eq!((&litter["admitted"], &litter["rule"]), (&json!(true), &json!("第三条")));
    let case = desk.report("city/order/vendor", "摊贩").await;
    let filing = json!({"filing": {"matter": "city/order/vendor", "condition": 1}});
    desk.tell("handler-station-bridge", &case, "file", filing, "filed").await;
    let asked =
        desk.command("dispatcher-east", &case, "dispatch", &json!({"lead": "grid-bridge-1"})).send().await;
    let refused = asked.problem(409);
    assert!(
        refused["code"] == "not_admitted"
            && refused["detail"].as_str().unwrap().contains("city/order/vendor"),
        "{refused}"
    );
    let veto = json!({"matter": "city/facility/litter", "rule": "第十二条"});
    post(&desk, "leader-district", "admission/vetoes", veto).await.expect(200);
    let refuse = json!({"rule": "第九条"});
    assert_eq!(
        post(&desk, "leader-district", "admission/applications/1/refuse", refuse).await.problem(409)["code"],
        "not_waiting"
    );
}

#[tokio::test]
async fn a_change_of_the_organisation_is_previewed_decided_and_listed() {
    let desk = Desk::open().await;
    let text = "at = \"2026-05-13\"\nreason = \"搬迁\"\n[[close_unit]]\nunit = \"mediation-west\"\n\
                [[move_unit]]\nunit = \"mediation-east\"\narea = \"990101\"\n";
    let body = |preview: bool| json!({"change": text, "preview": preview});
    assert_eq!(
        post(&desk, "leader-district", "organisation/changes", body(true)).await.problem(403)["code"],
        "administrators_only"
    );
    let told = post(&desk, "administrator", "organisation/changes", body(true)).await.expect(200);
    assert_eq!((&told["at"], told["edits"].as_array().unwrap().len()), (&json!("2026-05-12T16:00:00Z"), 2));
    let gap = told["findings"].as_array().unwrap().iter().find(|one| one["error"] == true);
    assert!(gap.is_some(), "disputes find no mediation in a street: {told}");
    let refused = post(&desk, "administrator", "organisation/changes", body(false)).await.problem(400);
    assert_eq!(refused["errors"][0]["code"], "gap");
    let close = json!({"preview": false, "change": "at = \"2026-05-13\"\nreason = \"搬迁\"\n[[seats]]\nmember = \"auditor\"\nseats = [\"centre:auditor\", \"centre-east:auditor\"]\n"});
    let asked = post(&desk, "administrator", "organisation/changes", close).await.expect(200);
    assert_eq!((&asked["waits"], asked["grants"].as_array().unwrap().len()), (&json!(1), 1), "{asked}");
    let approve = "organisation/grants/1/approve";
    for (member, status, code) in
        [("administrator", 409, "own_grant"), ("leader-district", 403, "administrators_only")]
    {
        assert_eq!(post(&desk, member, approve, json!({})).await.problem(status)["code"], code);
    }
    let waits = desk.get("/api/v1/organisation/grants").by("auditor").send().await.expect(200);
    assert_eq!((&waits[0]["state"], &waits[0]["by"]), (&json!("waiting"), &json!("administrator")));
    post(&desk, "administrator-2", approve, json!({})).await.expect(200);
    let again = post(&desk, "administrator-2", "organisation/grants/1/reject", json!({"reason": "r"})).await;
    assert_eq!(again.problem(409)["code"], "already_decided");
    let listed = desk.get("/api/v1/organisation/changes").by("auditor").send().await.expect(200);
    assert_eq!((&listed[0]["by"], &listed[0]["reason"]), (&json!("administrator"), &json!("搬迁")));
    let wrong = json!({"preview": true, "change": "at = \"2026-05-13\"\nreason = \"r\"\n[[close_unit]]\nunit = \"nobody\"\n"});
    let wrong = post(&desk, "administrator", "organisation/changes", wrong).await.problem(400);
    assert!(wrong["errors"][0]["field"].as_str().unwrap().contains("line 4"), "{wrong}");
}
