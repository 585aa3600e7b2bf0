//! Three administrators who are apart, through the router: each does what is theirs, and nobody what is another's.

use crate::desk;
use crate::drafts;

use desk::{Answer, Desk};
use drafts::{Edit, SECOND, files, form};
use huying_engine::accounts::{AccountRules, Duties, Sent};
use huying_model::MemberId;
use huying_server::{Settings, SignIn};
use serde_json::{Value, json};

const PASSWORD: &str = "a river under stone";
const OWN: &str = "http://localhost:8080";
const SYSTEM: &str = "administrator";
const SECURITY: &str = "administrator-2";
const AUDIT: &str = "auditor";

async fn apart() -> Desk {
    apart_with(&desk::starter(), AUDIT).await
}

async fn apart_with(pack: &std::path::Path, audit: &str) -> Desk {
    let set = |name: &str| [MemberId::new(name)].into();
    let duties = Duties { system: set(SYSTEM), security: set(SECURITY), audit: set(audit) };
    let rules = AccountRules { duties: Some(duties), ..AccountRules::default() };
    let settings = Settings { sign_in: SignIn::Accounts(Box::new(rules), None), ..Settings::default() };
    let desk = Desk::governed_by(pack, settings).await;
    for member in [SYSTEM, SECURITY, audit, "acceptor-east"] {
        let accounts = desk.state.accounts().unwrap();
        let Sent::Shown(link) = accounts.invite(&MemberId::new(member), None).await.unwrap() else {
            panic!()
        };
        accounts.take_up(link.rsplit('/').next().unwrap(), PASSWORD).await.unwrap();
    }
    desk
}

async fn signed_in(desk: &Desk, member: &str) -> String {
    let body = json!({"member": member, "password": PASSWORD});
    let answer = desk.post("/api/v1/session").json(&body).send().await;
    answer.expect(200);
    answer.header("set-cookie").split(';').next().unwrap().to_owned()
}

async fn post(desk: &Desk, cookie: &str, path: &str, body: &Value) -> Answer {
    let post = desk.post(&format!("/api/v1/{path}")).header("cookie", cookie).header("origin", OWN);
    post.json(body).send().await
}

#[tokio::test]
async fn each_administrator_does_what_is_theirs_and_nobody_what_is_anothers() {
    let desk = apart().await;
    assert_eq!(desk.state.accounts().unwrap().unfit().unwrap(), []);
    let mut cookies = Vec::new();
    for member in [SYSTEM, SECURITY, AUDIT] {
        cookies.push(signed_in(&desk, member).await);
    }
    // One who signs in at another service has an account without a password: a link or another address would be a way into it.
    let leader = MemberId::new("leader-district");
    let (store, now) = (desk.state.engine.store(), desk.state.now());
    assert!(store.add_account(desk.state.tenant(), &leader, now).await.unwrap());
    let preview = json!({"preview": true, "change": "at = \"2026-05-13\"\nreason = \"r\"\n[[close_unit]]\nunit = \"order-east\"\n"});
    for (path, body, may) in [
        ("organisation/changes", &preview, [true, false, false]),
        // Whoever hands a link out can come in by it, whether the member had an account or not.
        ("accounts/acceptor-west/invite", &json!({}), [false, true, false]),
        ("accounts/leader-district/invite", &json!({"mail": "me@example.org"}), [false, true, false]),
        ("accounts/acceptor-east/invite", &json!({}), [false, true, false]),
        ("accounts/acceptor-east/reset", &json!({"codes": false}), [false, true, false]),
        ("accounts/auditor/invite", &json!({}), [false, true, false]),
        ("accounts/acceptor-east/lock", &json!({}), [false, true, false]),
        ("accounts/acceptor-east/unlock", &json!({}), [false, true, false]),
    ] {
        for (cookie, may) in cookies.iter().zip(may) {
            let answer = post(&desk, cookie, path, body).await;
            assert_eq!(answer.status.is_success(), may, "{path}: {} {}", answer.status, answer.text());
            assert!(may || answer.status == 403, "{path}: {}", answer.text());
        }
    }
    for cookie in &cookies {
        desk.get("/api/v1/accounts").header("cookie", cookie).send().await.expect(200);
    }
    let other = signed_in(&desk, "acceptor-east").await;
    desk.get("/api/v1/accounts").header("cookie", &other).send().await.problem(403);
}

#[tokio::test]
async fn a_seat_is_asked_for_by_the_one_and_given_by_the_other() {
    let desk = apart().await;
    let (system, security, audit) =
        (signed_in(&desk, SYSTEM).await, signed_in(&desk, SECURITY).await, signed_in(&desk, AUDIT).await);
    let seat = json!({"preview": false, "change": "at = \"2026-05-13\"\nreason = \"r\"\n[[seats]]\nmember = \"auditor\"\nseats = [\"centre:auditor\", \"centre:administrator\"]\n"});
    post(&desk, &security, "organisation/changes", &seat).await.problem(403);
    assert_eq!(post(&desk, &system, "organisation/changes", &seat).await.expect(200)["waits"], 1);
    let approve = "organisation/grants/1/approve";
    for cookie in [&system, &audit] {
        assert_eq!(post(&desk, cookie, approve, &json!({})).await.status, 403);
    }
    post(&desk, &security, approve, &json!({})).await.expect(200);
    let listed = desk.get("/api/v1/organisation/grants").header("cookie", &audit).send().await.expect(200);
    assert_eq!((&listed[0]["state"], &listed[0]["decided_by"]), (&json!("approved"), &json!(SECURITY)));
}

#[tokio::test]
async fn seats_that_a_version_of_the_policy_gives_are_given_by_the_one_who_guards_them_alone() {
    let desk = apart().await;
    let (system, security, audit) =
        (signed_in(&desk, SYSTEM).await, signed_in(&desk, SECURITY).await, signed_in(&desk, AUDIT).await);
    let draft = |edits: Vec<Edit<'static>>| {
        let (media, body) = form("r", &files(&edits));
        let sent = desk.post("/api/v1/policy/versions").header("cookie", &system).header("origin", OWN);
        sent.raw(&media, body).send()
    };
    draft(vec![SECOND]).await.expect(201);
    let third = ("pack.toml", "version = \"starter-1\"", "version = \"starter-3\"");
    let seat = ("members.csv", "centre:auditor", "centre:auditor centre:administrator");
    draft(vec![third, seat]).await.expect(201);
    for (version, seats) in [("starter-2", 0), ("starter-3", 1)] {
        let proposal = json!({"version": version, "reason": "r"});
        let book = post(&desk, &system, "policy/proposals", &proposal).await.expect(200);
        let last = book["proposals"].as_array().unwrap().last().unwrap();
        assert_eq!(last["grants"].as_array().unwrap().len(), seats, "{last}");
    }
    let code = |answer: Answer| answer.json()["code"].as_str().unwrap_or_default().to_owned();
    // Without seats it is for a second one of those who run the system.
    let approve = "policy/proposals/1/approve";
    assert_eq!(code(post(&desk, &system, approve, &json!({})).await), "second_person");
    assert_eq!(code(post(&desk, &security, approve, &json!({})).await), "administrators_only");
    let approve = "policy/proposals/2/approve";
    for cookie in [&system, &audit] {
        assert_eq!(code(post(&desk, cookie, approve, &json!({})).await), "administrators_only");
    }
    let page = desk.get("/policy").header("cookie", &security).send().await.text();
    assert!(page.contains("授予或扩大的岗位") && page.contains("value=\"approve\""), "{page}");
    let book = post(&desk, &security, approve, &json!({})).await.expect(200);
    assert_eq!(
        (&book["in_force"], &book["proposals"][1]["decided_by"]),
        (&json!("starter-3"), &json!(SECURITY))
    );
}

#[tokio::test]
async fn whoever_audits_with_a_seat_as_administrator_alone_reads_what_an_auditor_reads_and_runs_nothing() {
    let third = "administrator-3";
    let folder = tempfile::tempdir().unwrap();
    let pack = desk::starter_in(folder.path());
    let mut members = std::fs::read_to_string(pack.join("members.csv")).unwrap();
    members.push_str(&format!("{third},系统管理员丙,Administrator C,centre:administrator\n"));
    std::fs::write(pack.join("members.csv"), members).unwrap();
    let desk = apart_with(&pack, third).await;
    assert_eq!(desk.state.accounts().unwrap().unfit().unwrap(), []);
    let (audit, security) = (signed_in(&desk, third).await, signed_in(&desk, SECURITY).await);
    let status = async |cookie: &str, path: &str| desk.get(path).header("cookie", cookie).send().await.status;
    for path in [
        "/audit",
        "/access",
        "/erasures",
        "/sign-ins",
        "/api/v1/access",
        "/api/v1/erasures",
        "/api/v1/sign-ins",
    ] {
        assert_eq!(status(audit.as_str(), path).await, 200, "{path}");
        assert_eq!(status(security.as_str(), path).await, 403, "{path}");
    }
    for path in ["/organisation", "/subscriptions", "/partners", "/api/v1/subscriptions"] {
        assert_eq!(status(audit.as_str(), path).await, 403, "{path}");
    }
    let bar = desk.get("/policy").header("cookie", &audit).send().await.text();
    for (to, shown) in [("/audit", true), ("/access", true), ("/sign-ins", true), ("/organisation", false)] {
        assert_eq!(bar.contains(&format!("href=\"{to}\"")), shown, "{to}: {bar}");
    }
    // The register is read and not acted on, and no case comes into sight.
    let register = desk.get("/erasures").header("cookie", &audit).send().await.text();
    assert!(!register.contains("value=\"propose\""), "{register}");
    let erase = json!({"pseudonym": "p", "reason": "withdrawn"});
    for (path, body) in [
        ("erasures", &erase),
        ("erasures/e1/confirm", &json!({})),
        ("persons/export", &json!({"case": "1"})),
        (
            "organisation/changes",
            &json!({"preview": true, "change": "at = \"2026-05-13\"\nreason = \"r\"\n"}),
        ),
    ] {
        let answer = post(&desk, &audit, path, body).await;
        assert_eq!(answer.status, 403, "{path}: {}", answer.text());
    }
    let acceptor = signed_in(&desk, "acceptor-east").await;
    let case =
        post(&desk, &acceptor, "cases", &desk::report("city/facility/litter", "旧案")).await.expect(201);
    let case = format!("/api/v1/cases/{}", case["id"].as_str().unwrap());
    assert_eq!(status(audit.as_str(), case.as_str()).await, 404);
    assert_eq!(status(acceptor.as_str(), case.as_str()).await, 200);
}
