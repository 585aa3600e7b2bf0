//! Cases taken from another system by Open311, and given to it: what comes twice, in pieces, wrongly or not at all.

use crate::{city, town};

use std::{collections::BTreeMap, sync::Arc};

use city::{city, request};
use huying_engine::{
    feed::{Feeds, desk::Act, map::FeedMap},
    outbox::guard::Reach,
    person::Privacy,
};
use huying_model::{MemberId, Name, Stage, event::Body};
use huying_store::feeds::FeedRow;
use serde_json::json;
use tokio::sync::Semaphore;
use town::{TENANT, Town, draft};

const TAKES: &str = r#"
system = "city311"
url = "URL"
time_zone = "Asia/Shanghai"
page_size = 2
[pull]
[pull.matter]
"001" = "city/facility/streetlight"
"002" = "city/order/vendor"
"#;

pub const GIVES: &str = r#"
system = "works"
url = "URL"
[push]
updates = true
[push.matter]
"city/facility/manhole" = "014"
"#;

pub async fn feed(town: &Town, map: &str, url: &str) -> Feeds {
    let by = MemberId::new("administrator");
    let map = map.replace("URL", url);
    let set = ("city", map.as_str(), Some("a key of the city"));
    town.engine.put_feed(TENANT, set, (&by, true), Reach::Anywhere).await.unwrap();
    Feeds::new(town.engine.clone(), "node", Reach::Anywhere).unwrap()
}

async fn stages(town: &Town) -> BTreeMap<String, Stage> {
    let mut all = BTreeMap::new();
    let list =
        town.engine.store().list(TENANT, &Default::default(), Default::default(), None, 100).await.unwrap();
    for line in list.items {
        let case = town.case(line.case).await;
        let first = town.engine.store().journal(TENANT, case.id, 0, 1).await.unwrap().remove(0);
        let Body::Reported { report, .. } = &first.event.body else { panic!("{first:?}") };
        all.insert(report.foreign.as_ref().map_or_else(String::new, ToString::to_string), case.stage);
    }
    all
}

#[tokio::test]
async fn requests_of_another_system_become_cases_once_and_later_looks_carry_them_on() {
    let town = Town::new().await;
    let early = "2026-05-11T10:00:00+08:00";
    let all = vec![
        request("1", "001", "open", early),
        request("2", "002", "closed", early),
        request("3", "001", "open", early),
    ];
    let (url, there) = city(all).await;
    let feeds = feed(&town, TAKES, &url).await;
    let first = feeds.pull_now(TENANT, "city").await.unwrap();
    assert_eq!((first.added, first.dead, first.error), (3, 0, None));
    assert!(there.lock().unwrap().asked.len() >= 2, "the list came in pages");
    let open = stages(&town).await;
    assert!(matches!(open["city311:1"], Stage::Dispatched | Stage::Handling), "{open:?}");
    assert_eq!(open["city311:2"], Stage::Closed);

    let again = feeds.pull_now(TENANT, "city").await.unwrap();
    assert_eq!((again.added, again.dead), (0, 0));
    assert!(
        there.lock().unwrap().asked.last().unwrap().contains("updated_after"),
        "only what changed is asked for"
    );
    there.lock().unwrap().requests[0] = request("1", "001", "closed", "2026-05-12T08:30:00+08:00");
    let third = feeds.pull_now(TENANT, "city").await.unwrap();
    assert_eq!(third.added, 1);
    assert_eq!(stages(&town).await["city311:1"], Stage::Closed);
    assert_eq!(stages(&town).await.len(), 3, "no case came twice");
    assert!(town.engine.store().audit(&|_| {}).await.unwrap().clean());
}

#[tokio::test]
async fn a_server_without_a_list_of_changes_is_asked_for_open_cases_by_their_ids() {
    let town = Town::new().await;
    let (url, there) = city(vec![request("1", "001", "open", "2026-05-11T10:00:00+08:00")]).await;
    let map = TAKES.replace("[pull]\n", "[pull]\nasks_by_id = true\n");
    let feeds = feed(&town, &map, &url).await;
    feeds.pull_now(TENANT, "city").await.unwrap();
    there.lock().unwrap().requests[0] = request("1", "001", "closed", "2026-05-12T08:30:00+08:00");
    town.clock.advance(86_400_000);
    feeds.pull_now(TENANT, "city").await.unwrap();
    let asked = there.lock().unwrap().asked.clone();
    assert!(asked.iter().any(|query| query.contains("service_request_id=1")), "{asked:?}");
    assert!(asked.iter().all(|query| !query.contains("updated_after")), "{asked:?}");
    assert_eq!(stages(&town).await["city311:1"], Stage::Closed);
}

#[tokio::test]
async fn what_cannot_be_told_waits_for_a_person_and_is_told_after_the_map_was_mended() {
    let town = Town::new().await;
    let (url, there) = city(vec![
        request("1", "009", "open", "2026-05-11T10:00:00+08:00"),
        json!({"service_request_id": "2", "status": "lost", "requested_datetime": "2026-05-11T09:00:00Z"}),
    ])
    .await;
    let feeds = feed(&town, TAKES, &url).await;
    let looked = feeds.pull_now(TENANT, "city").await.unwrap();
    assert_eq!((looked.added, looked.dead), (0, 2));
    let dead = async || town.engine.store().letters(TENANT, "city", "dead", None, 10).await.unwrap().items;
    let letters = dead().await;
    assert!(letters[0].error.as_ref().unwrap().contains("009"), "{letters:?}");
    let body = town.engine.letter_body(TENANT, "city", &letters[0]).unwrap();
    assert!(body.contains("街灯不亮"), "what came is kept, sealed");
    assert!(!String::from_utf8_lossy(letters[0].body.as_ref().unwrap()).contains("街灯"));

    let feeds = feed(&town, &TAKES.replace("\"002\"", "\"009\""), &url).await;
    let store = town.engine.store();
    assert!(store.settle_letter(TENANT, "city", &letters[0].id, true, town.now()).await.unwrap());
    assert!(store.settle_letter(TENANT, "city", &letters[1].id, false, town.now()).await.unwrap());
    feeds.run().await.unwrap();
    assert_eq!(stages(&town).await.len(), 1);
    assert!(dead().await.is_empty());
    // What was set aside stays aside, however often it comes again.
    town.clock.advance(3_600_000);
    feeds.run().await.unwrap();
    let aside = store.letters(TENANT, "city", "dropped", None, 10).await.unwrap().items;
    assert!(aside.iter().all(|letter| letter.body.is_none()), "nothing is kept of what was set aside");
    assert!(dead().await.is_empty() && there.lock().unwrap().asked.len() > 3);
}

#[tokio::test]
async fn what_nobody_settled_is_forgotten_after_its_days() {
    let town = Town::new().await;
    let (url, _there) = city(vec![request("1", "009", "open", "2026-05-11T10:00:00+08:00")]).await;
    let feeds = feed(&town, TAKES, &url).await;
    assert_eq!(feeds.pull_now(TENANT, "city").await.unwrap().dead, 1);
    let sweep = async |days: i64| {
        town.clock.advance(days * 86_400_000);
        town.engine.sweep_persons(TENANT, &Privacy::default()).await.unwrap().stopped
    };
    assert_eq!((sweep(89).await, sweep(2).await, sweep(1).await), (0, 1, 0));
    let store = town.engine.store();
    let dropped = store.letters(TENANT, "city", "dropped", None, 10).await.unwrap().items;
    assert!(dropped.len() == 1 && dropped[0].body.is_none(), "{dropped:?}");
    let register = store.erasures(TENANT, 10).await.unwrap();
    assert_eq!((register.len(), register[0].keys, register[0].reason.as_str()), (1, 1, "period_over"));
    assert!(store.wants_scouring().await.unwrap());
}

#[tokio::test]
async fn a_look_that_breaks_off_says_why_and_the_next_begins_where_it_began() {
    let town = Town::new().await;
    let all = (1..6).map(|no| request(&no.to_string(), "001", "open", "2026-05-11T10:00:00+08:00")).collect();
    let (url, there) = city(all).await;
    let feeds = feed(&town, TAKES, &url).await;
    there.lock().unwrap().odd = vec![(503, "[{\"code\": \"503\", \"description\": \"too busy\"}]")];
    let looked = feeds.pull_now(TENANT, "city").await.unwrap();
    assert!(looked.error.as_ref().unwrap().contains("too busy"), "{looked:?}");
    let row = town.engine.store().feeds(TENANT).await.unwrap().remove(0);
    assert_eq!((row.since, row.error), (None, looked.error));
    let looked = feeds.pull_now(TENANT, "city").await.unwrap();
    assert_eq!((looked.added, looked.error), (5, None));
    let row = town.engine.store().feeds(TENANT).await.unwrap().remove(0);
    assert!(row.since.is_some() && row.error.is_none());
}

#[tokio::test]
async fn a_filed_case_goes_out_once_with_its_updates_in_order_and_no_word_of_it() {
    let town = Town::new().await;
    let (url, there) = city(Vec::new()).await;
    let feeds = feed(&town, GIVES, &url).await;
    let case = town.report(draft("city/facility/manhole", "秘密的话")).await.receipt.case;
    town.report(draft("city/order/vendor", "不送出")).await;
    feeds.run().await.unwrap();
    assert!(there.lock().unwrap().sent.is_empty(), "a report that nobody filed stays here");
    let filing = json!({"filing": {"matter": "city/facility/manhole", "condition": 1}});
    town.say("handler-station-bridge", case, Name::File, filing).await;
    town.say("dispatcher-east", case, Name::Dispatch, json!({"lead": "dept-works"})).await;
    // The first answer is lost after the report was taken; the second try finds it.
    there.lock().unwrap().odd = vec![(0, "")];
    feeds.run().await.unwrap();
    assert_eq!(there.lock().unwrap().requests.len(), 1);
    town.clock.advance(120_000);
    feeds.run().await.unwrap();
    feeds.run().await.unwrap();
    let sent = there.lock().unwrap().sent.clone();
    let (path, report) = &sent[0];
    assert_eq!((path.as_str(), report["service_code"].as_str()), ("/requests.json", "014"));
    assert_eq!(report["api_key"], "a key of the city");
    assert!(report["lat"].starts_with("30.015") && report["description"].contains("井盖"), "{report:?}");
    assert_eq!(sent.len(), 2, "{sent:?}");
    assert_eq!((sent[1].0.as_str(), sent[1].1["status"].as_str()), ("/servicerequestupdates.json", "OPEN"));
    assert_eq!(sent[1].1["service_request_id"], "W-1");
    assert!(!format!("{sent:?}").contains("秘密"), "no words go out unless the map says so");
    assert_eq!(there.lock().unwrap().requests.len(), 1, "nothing was reported twice");
}

#[tokio::test]
async fn words_that_were_redacted_and_a_case_that_became_a_dispute_do_not_go_out() {
    let town = Town::new().await;
    let (url, there) = city(Vec::new()).await;
    let map = GIVES.replace("updates = true", "updates = true\nwords = \"text\"\npurpose = \"handling\"");
    let feeds = feed(&town, &map, &url).await;
    let filed = async |words: &str| {
        let case = town.report(draft("city/facility/manhole", words)).await.receipt.case;
        let filing = json!({"filing": {"matter": "city/facility/manhole", "condition": 1}});
        town.say("handler-station-bridge", case, Name::File, filing).await;
        case
    };
    let plain = filed("照常的话").await;
    let hidden = filed("遮蔽的话").await;
    town.say("dispatcher-east", hidden, Name::Redact, json!({"event": 1, "reason": "personal_data"})).await;
    feeds.run().await.unwrap();
    let sent = format!("{:?}", there.lock().unwrap().sent);
    assert_eq!(there.lock().unwrap().sent.len(), 2, "{sent}");
    assert!(sent.contains("照常的话") && !sent.contains("遮蔽的话"), "{plain} {sent}");

    let quarrel = filed("两家的话").await;
    there.lock().unwrap().odd = vec![(503, "busy")];
    feeds.run().await.unwrap();
    let filing = json!({"filing": {"matter": "safety/dispute/neighbours", "condition": 1}});
    town.say("dispatcher-east", quarrel, Name::Reclassify, filing).await;
    town.clock.advance(120_000);
    feeds.run().await.unwrap();
    let sent = format!("{:?}", there.lock().unwrap().sent);
    assert!(there.lock().unwrap().sent.len() == 2 && !sent.contains("两家的话"), "{sent}");
}

#[tokio::test]
async fn what_the_other_system_refuses_stops_that_case_until_a_person_settles_it() {
    let town = Town::new().await;
    let (url, there) = city(Vec::new()).await;
    let feeds = feed(&town, GIVES, &url).await;
    let case = town.report(draft("city/facility/manhole", "井盖")).await.receipt.case;
    let filing = json!({"filing": {"matter": "city/facility/manhole", "condition": 1}});
    town.say("handler-station-bridge", case, Name::File, filing).await;
    town.say("dispatcher-east", case, Name::Dispatch, json!({"lead": "dept-works"})).await;
    there.lock().unwrap().odd = vec![(403, "[{\"code\": 403, \"description\": \"no such key\"}]")];
    feeds.run().await.unwrap();
    feeds.run().await.unwrap();
    assert!(there.lock().unwrap().sent.is_empty());
    let store = town.engine.store();
    let dead = store.letters(TENANT, "city", "dead", None, 10).await.unwrap().items;
    assert_eq!((dead.len(), dead[0].seq), (1, 0));
    assert!(dead[0].error.as_ref().unwrap().contains("403: no such key"), "{dead:?}");
    assert!(store.settle_letter(TENANT, "city", &dead[0].id, true, town.now()).await.unwrap());
    feeds.run().await.unwrap();
    feeds.run().await.unwrap();
    assert_eq!(there.lock().unwrap().sent.len(), 2, "the report and the update that waited behind it");
}

#[tokio::test]
async fn a_person_says_what_a_request_is_and_it_stays_so_when_it_comes_again() {
    let town = Town::new().await;
    let early = "2026-05-11T10:00:00+08:00";
    let (url, there) =
        city(vec![request("1", "009", "open", early), request("2", "009", "open", early)]).await;
    let feeds = feed(&town, TAKES, &url).await;
    assert_eq!(feeds.pull_now(TENANT, "city").await.unwrap().dead, 2);
    let by = MemberId::new("administrator");
    let settle = async |letter: &str, act: &Act| {
        town.engine.settle_feed_letter(TENANT, &by, ("city", letter), act, Reach::Anywhere).await
    };
    let litter = |all: bool| Act::As { code: "city/facility/litter".to_owned(), all };
    let unknown = Act::As { code: "no/such".to_owned(), all: false };
    assert!(settle("in:1", &unknown).await.unwrap_err().to_string().contains("catalogue"));
    assert!(!settle("in:7", &Act::Again).await.unwrap(), "there is none");
    assert!(settle("in:1", &Act::Aside { reason: " ".to_owned() }).await.is_err(), "why, it has to be said");
    assert!(settle("in:1", &litter(false)).await.unwrap());
    feeds.run().await.unwrap();
    assert_eq!(stages(&town).await.len(), 1);
    // It goes on there, and the map still does not know its service.
    there.lock().unwrap().requests[0] = request("1", "009", "closed", "2026-05-12T08:30:00+08:00");
    town.clock.advance(600_000);
    feeds.run().await.unwrap();
    assert_eq!(stages(&town).await["city311:1"], Stage::Closed);

    // For every request of the service: the map says so from then on.
    assert!(settle("in:2", &litter(true)).await.unwrap());
    there.lock().unwrap().requests.push(request("3", "009", "open", "2026-05-12T09:00:00+08:00"));
    let feeds = Feeds::new(town.engine.clone(), "node", Reach::Anywhere).unwrap();
    feeds.run().await.unwrap();
    assert_eq!(stages(&town).await.len(), 3);
    let standing = town.engine.feed_standings(TENANT).await.unwrap().remove(0);
    assert_eq!((standing.dead, standing.waiting, standing.row.error), (0, 0, None));
    assert!(standing.row.map.contains("\"009\" = \"city/facility/litter\""), "{}", standing.row.map);
    assert!(standing.row.key.is_some() && standing.row.active, "the key stays");
}

#[tokio::test]
async fn what_is_set_aside_says_why_and_a_report_goes_as_the_service_that_a_person_names() {
    let town = Town::new().await;
    let (url, there) = city(Vec::new()).await;
    let feeds = feed(&town, GIVES, &url).await;
    let by = MemberId::new("administrator");
    let settle = async |letter: &str, act: &Act| {
        town.engine.settle_feed_letter(TENANT, &by, ("city", letter), act, Reach::Anywhere).await
    };
    let filing = json!({"filing": {"matter": "city/facility/manhole", "condition": 1}});
    let mut ids = Vec::new();
    for text in ["井盖一", "井盖二"] {
        let case = town.report(draft("city/facility/manhole", text)).await.receipt.case;
        town.say("handler-station-bridge", case, Name::File, filing.clone()).await;
        ids.push(format!("out:{case}:000000"));
    }
    let no = "[{\"code\": 404, \"description\": \"no such service\"}]";
    there.lock().unwrap().odd = vec![(404, no), (404, no)];
    feeds.run().await.unwrap();
    let standing = town.engine.feed_standings(TENANT).await.unwrap().remove(0);
    assert_eq!((standing.dead, standing.gave_at), (2, None));
    assert!(settle(&ids[0], &Act::Aside { reason: "重复".to_owned() }).await.unwrap());
    assert!(settle(&ids[1], &Act::As { code: "077".to_owned(), all: false }).await.unwrap());
    feeds.run().await.unwrap();
    let sent = there.lock().unwrap().sent.clone();
    assert!(sent.len() == 1 && sent[0].1["service_code"] == "077", "{sent:?}");
    let said = town.engine.store().choice(TENANT, "city", &ids[0]).await.unwrap().unwrap();
    assert_eq!((said.reason.as_deref(), said.by), (Some("重复"), by.clone()));
    let standing = town.engine.feed_standings(TENANT).await.unwrap().remove(0);
    assert_eq!((standing.dead, standing.unread, standing.gave_at), (0, 0, Some(town.now())));
}

#[tokio::test]
async fn the_other_system_is_asked_for_its_services_and_they_stand_beside_the_map() {
    let town = Town::new().await;
    let (url, there) = city(Vec::new()).await;
    there.lock().unwrap().services =
        vec![json!({"service_code": "001", "service_name": "Lamps"}), json!({"service_code": "003"})];
    feed(&town, TAKES, &url).await;
    let told = town.engine.sound_feed(TENANT, "city", Reach::Anywhere).await.unwrap();
    assert_eq!((told.contact, told.error), (None, None));
    assert_eq!(told.gone, ["002"]);
    let taken: Vec<bool> = told.services.iter().map(|theirs| theirs.taken_as.is_some()).collect();
    assert_eq!(taken, [true, false]);
    let barred = town.engine.sound_feed(TENANT, "city", Reach::Public).await.unwrap();
    assert!(barred.error.unwrap().contains("https"));
    assert!(town.engine.sound_feed(TENANT, "none", Reach::Public).await.is_err());
}

#[tokio::test]
async fn a_map_that_does_not_fit_is_refused_with_everything_that_is_wrong() {
    let town = Town::new().await;
    let map = r#"
system = "a:b"
url = "http://10.0.0.1/open311"
time_zone = "Mars/Base"
every_minutes = 0
[pull]
[pull.matter]
"1" = "no/such/matter"
[push]
words = "text"
[push.matter]
"no/such/other" = "2"
"#;
    let setting = town.engine.setting(TENANT).unwrap();
    let wrong = FeedMap::parse(map).unwrap().check(&setting).unwrap_err();
    let fields: Vec<&str> = wrong.iter().map(|problem| problem.field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "system",
            "time_zone",
            "every_minutes",
            "pull.matter.1",
            "push.matter.no/such/other",
            "push.purpose"
        ]
    );
    let by = MemberId::new("administrator");
    let put = town.engine.put_feed(TENANT, ("City!", map, None), (&by, true), Reach::Public).await;
    assert!(put.unwrap_err().to_string().contains("small letters"));
    assert!(FeedMap::parse("system = 1").unwrap_err().mend.contains("line 1"));
}

#[tokio::test]
async fn nothing_is_given_after_a_pause_was_answered_and_the_rest_goes_when_it_works_again() {
    let town = Town::new().await;
    let (url, there) = city(Vec::new()).await;
    let feeds = feed(&town, GIVES, &url).await;
    for words in ["一", "二", "三"] {
        let case = town.report(draft("city/facility/manhole", words)).await.receipt.case;
        let filing = json!({"filing": {"matter": "city/facility/manhole", "condition": 1}});
        town.say("handler-station-bridge", case, Name::File, filing).await;
    }
    let gate = Arc::new(Semaphore::new(0));
    there.lock().unwrap().gate = Some(Arc::clone(&gate));
    let sent = || there.lock().unwrap().sent.len();
    let pausing = async {
        while sent() == 0 {
            tokio::task::yield_now().await;
        }
        let opening = async {
            while town.engine.store().feed_active(TENANT, "city").await.unwrap() {
                tokio::task::yield_now().await;
            }
            gate.add_permits(100);
        };
        let (paused, ()) = tokio::join!(town.engine.pause_feed(TENANT, "city"), opening);
        paused.unwrap();
        sent()
    };
    let (ran, told) = tokio::join!(feeds.run(), pausing);
    ran.unwrap();
    assert_eq!((told, sent()), (1, 1), "the reports behind it were not begun");
    let feeds = feed(&town, GIVES, &url).await;
    feeds.run().await.unwrap();
    assert_eq!(sent(), 3, "each went once");
    let standing = town.engine.feed_standings(TENANT).await.unwrap().remove(0);
    assert_eq!((standing.dead, standing.waiting), (0, 0));
}

#[tokio::test]
async fn whoever_pauses_a_feed_changes_nothing_else_of_it() {
    let town = Town::new().await;
    let (url, _) = city(Vec::new()).await;
    feed(&town, TAKES, &url).await.run().await.unwrap();
    let row = || async { town.engine.store().feeds(TENANT).await.unwrap().remove(0) };
    let before = row().await;
    assert!(before.active && before.ran_at.is_some() && before.key.is_some(), "{before:?}");
    town.engine.pause_feed(TENANT, "city").await.unwrap();
    assert_eq!(row().await, FeedRow { active: false, ..before });
}

#[tokio::test]
async fn what_stopped_is_asked_for_once_more_when_the_map_or_the_organisation_is_another() {
    let town = Town::new().await;
    let early = "2026-05-11T10:00:00+08:00";
    // What changed last is told at once, so that lists of changes do not reach back to the others.
    let late = request("3", "001", "open", "2026-05-12T08:30:00+08:00");
    let all = vec![request("1", "009", "open", early), request("2", "010", "open", early), late];
    let (url, there) = city(all).await;
    let map = TAKES.replace("page_size = 2", "page_size = 50");
    let feeds = feed(&town, &map, &url).await;
    feeds.run().await.unwrap();
    let dead =
        async || town.engine.store().letters(TENANT, "city", "dead", None, 10).await.unwrap().items.len();
    let asked = |id: &str| {
        let one = format!("service_request_id={id}");
        there.lock().unwrap().asked.iter().filter(|query| query.contains(&one)).count()
    };
    feeds.run().await.unwrap();
    assert_eq!((dead().await, asked("1"), asked("2")), (2, 0, 0), "nothing has changed");

    let feeds = feed(&town, &map.replace("\"002\"", "\"009\""), &url).await;
    feeds.run().await.unwrap();
    assert_eq!((dead().await, stages(&town).await.len()), (1, 2), "one has a matter now, and nobody asked");
    let second = asked("2");
    let text = "at = \"2026-05-13\"\nreason = \"a new hand\"\n\
                [[seats]]\nmember = \"worker-bridge-9\"\nname = \"桥头网格员九\"\nseats = [\"grid-bridge-1:grid_worker\"]\n";
    town.change(text).await;
    town.clock.advance(86_400_000);
    town.engine.renew(TENANT).await.unwrap();
    feeds.run().await.unwrap();
    assert_eq!((dead().await, asked("2")), (1, second + 1), "tried once, and it waits for a person again");
    feeds.run().await.unwrap();
    assert_eq!(asked("2"), second + 1);
}
