//! Photos of requests that are taken, and of cases that are given: what comes, what only claims to be a photo, and what never comes.

use crate::{city, made, town};

use std::time::Duration;

use city::{Picture, Shared, city, request};
use huying_engine::{
    feed::{Feeds, map::FeedMap},
    files::{FileKey, exif},
    outbox::guard::Reach,
};
use huying_model::{Case, CaseId, MemberId, Name, Stage, words::Sealed};
use huying_store::{feeds::LetterRow, journal};
use serde_json::{Value, json};
use town::{TENANT, Town, draft};

const TAKES: &str = r#"
system = "city311"
url = "URL"
time_zone = "Asia/Shanghai"
[pull]
[pull.matter]
"001" = "city/facility/streetlight"
"002" = "city/order/vendor"
"#;

const GIVES: &str = r#"
system = "works"
url = "URL"
[push]
updates = true
[push.matter]
"city/facility/manhole" = "014"
"#;

const EARLY: &str = "2026-05-11T10:00:00+08:00";
const LATER: &str = "2026-05-12T08:30:00+08:00";

async fn feed(town: &Town, map: &str, url: &str) -> Feeds {
    let by = MemberId::new("administrator");
    let set = ("city", &*map.replace("URL", url), None);
    town.engine.put_feed(TENANT, set, (&by, true), Reach::Anywhere).await.unwrap();
    let feeds = Feeds::new(town.engine.clone(), "node", Reach::Anywhere).unwrap();
    feeds.at(Some("https://huying.example.org/"))
}

fn with_photo(mut request: Value, url: &str) -> Value {
    request["media_url"] = json!(url);
    request
}

async fn only(town: &Town) -> Case {
    let list =
        town.engine.store().list(TENANT, &Default::default(), Default::default(), None, 10).await.unwrap();
    assert_eq!(list.items.len(), 1, "there is one case");
    town.case(list.items[0].case).await
}

async fn letters(town: &Town, state: &str) -> Vec<LetterRow> {
    town.engine.store().letters(TENANT, "city", state, None, 50).await.unwrap().items
}

/// A city with one open request whose photo is this.
async fn one(town: &Town, picture: Picture) -> (Feeds, Shared, String) {
    let (url, there) = city(Vec::new()).await;
    let at = format!("{url}/photos/a.jpg");
    {
        let mut city = there.lock().unwrap();
        city.requests.push(with_photo(request("1", "001", "open", EARLY), &at));
        city.photos.insert("a.jpg".to_owned(), picture);
    }
    (feed(town, TAKES, &url).await, there, at)
}

async fn opened(town: &Town, case: CaseId, shown: bool) -> Vec<u8> {
    let store = town.engine.store();
    let row = store.files(TENANT, case).await.unwrap().remove(0);
    let meta: Value = serde_json::from_str(&row.meta).unwrap();
    let sealed: Sealed = serde_json::from_value(meta["key"].clone()).unwrap();
    store.load_keys(TENANT, std::slice::from_ref(&sealed.key)).await.unwrap();
    let key = FileKey::from_text(&store.seals(TENANT).open(&sealed).unwrap()).unwrap();
    let name = if shown { row.shown.unwrap() } else { row.hash };
    town.engine.files().read(&name, key).await.unwrap()
}

#[tokio::test]
async fn a_photo_lies_in_the_case_as_if_it_had_been_sent_here_and_once() {
    let town = Town::new().await;
    let claims = made::Claims {
        time: Some("2026:05:11 08:30:00"),
        gps: Some(([30, 0, 5400], [110, 0, 1800])),
        ..made::Claims::default()
    };
    let photo = made::with_exif(&made::jpeg(90, 60), &claims);
    let (feeds, there, at) = one(&town, Picture::Is(photo.clone())).await;
    feeds.run().await.unwrap();
    let case = only(&town).await;
    assert_eq!(case.evidence.len(), 1, "{:?}", letters(&town, "dead").await);
    assert_eq!(opened(&town, case.id, false).await, photo, "the original is kept, sealed");
    let shown = opened(&town, case.id, true).await;
    assert!(exif::facts(&photo).point.is_some() && exif::facts(&shown).point.is_none(), "no place is shown");
    assert_eq!(exif::facts(&shown).taken, None);
    // The same again, under the same address and under another.
    for url in [at.clone(), format!("{at}?signed=again")] {
        there.lock().unwrap().requests[0] = with_photo(request("1", "001", "open", LATER), &url);
        town.clock.advance(600_000);
        feeds.run().await.unwrap();
    }
    assert_eq!(only(&town).await.evidence.len(), 1);
    assert_eq!(there.lock().unwrap().fetched.len(), 2, "an address that was done with is not asked again");
    assert!(letters(&town, "dead").await.is_empty());
    assert!(letters(&town, "done").await.iter().all(|letter| letter.body.is_none()), "no address is kept");
}

#[tokio::test]
async fn what_is_no_photo_stops_at_once_and_the_case_is_there_without_it() {
    let inner = city(Vec::new()).await;
    inner.1.lock().unwrap().photos.insert("secret".to_owned(), Picture::Is(made::jpeg(9, 9)));
    let elsewhere = Picture::Elsewhere(format!("{}/photos/secret", inner.0));
    for (what, picture, why) in [
        ("a page", Picture::Is(b"<html>not found</html>".to_vec()), "no photo"),
        ("a document", Picture::Is(b"%PDF-1.7\n".to_vec()), "application/pdf"),
        ("half a photo", Picture::Is(made::jpeg(90, 60)[..200].to_vec()), "cannot be read"),
        ("nothing", Picture::Is(Vec::new()), "empty"),
        ("too much", Picture::Huge, "longer than"),
        ("a way to somewhere else", elsewhere, "points elsewhere"),
        ("gone", Picture::Status(410), "410"),
    ] {
        let town = Town::new().await;
        let (feeds, there, _) = one(&town, picture).await;
        feeds.run().await.unwrap();
        assert!(only(&town).await.evidence.is_empty(), "{what}");
        let dead = letters(&town, "dead").await;
        assert_eq!(dead.len(), 1, "{what}");
        let error = dead[0].error.clone().unwrap();
        assert!(error.contains(why), "{what}: {error}");
        assert!(
            town.engine.store().feeds(TENANT).await.unwrap()[0].error.is_none(),
            "{what}: the look went well"
        );
        // A person has it tried again, after it was mended there.
        there.lock().unwrap().photos.insert("a.jpg".to_owned(), Picture::Is(made::jpeg(90, 60)));
        let again = town.engine.store().settle_letter(TENANT, "city", &dead[0].id, true, town.now()).await;
        assert!(again.unwrap());
        feeds.run().await.unwrap();
        assert_eq!(only(&town).await.evidence.len(), 1, "{what}: {:?}", letters(&town, "dead").await);
    }
    assert!(inner.1.lock().unwrap().fetched.is_empty(), "nobody went where the answer pointed to");
}

#[tokio::test]
async fn a_photo_that_does_not_come_is_tried_again_and_holds_up_neither_case_nor_look() {
    for picture in [Picture::Status(404), Picture::Status(503), Picture::Silent] {
        let town = Town::new().await;
        let (feeds, there, _) = one(&town, picture).await;
        let hurried = Feeds::new(town.engine.clone(), "node", Reach::Anywhere).unwrap();
        hurried.waiting(Duration::from_millis(400)).run().await.unwrap();
        assert!(only(&town).await.evidence.is_empty());
        let waiting = letters(&town, "waiting").await;
        assert_eq!((waiting.len(), waiting[0].attempts), (1, 1));
        assert!(waiting[0].due_at > town.now() && waiting[0].error.is_some(), "{waiting:?}");
        feeds.run().await.unwrap();
        assert_eq!(there.lock().unwrap().fetched.len(), 1, "not before its time");
        there.lock().unwrap().photos.insert("a.jpg".to_owned(), Picture::Is(made::jpeg(90, 60)));
        town.clock.advance(61_000);
        feeds.run().await.unwrap();
        assert_eq!(only(&town).await.evidence.len(), 1);
    }
    // One that never comes is given up and waits for a person.
    let town = Town::new().await;
    let (feeds, there, _) = one(&town, Picture::Status(500)).await;
    for _ in 0..20 {
        feeds.run().await.unwrap();
        town.clock.advance(12 * 3_600_000);
    }
    assert_eq!(letters(&town, "dead").await.len(), 1);
    assert_eq!(there.lock().unwrap().fetched.len(), 7);
}

#[tokio::test]
async fn a_photo_is_fetched_from_where_the_server_is_and_from_where_the_map_says_only() {
    let (other, store) = city(Vec::new()).await;
    store.lock().unwrap().photos.insert("b.jpg".to_owned(), Picture::Is(made::jpeg(90, 60)));
    let (url, there) = city(Vec::new()).await;
    let at = format!("{other}/photos/b.jpg");
    there.lock().unwrap().requests.push(with_photo(request("1", "001", "open", EARLY), &at));
    let town = Town::new().await;
    feed(&town, TAKES, &url).await.run().await.unwrap();
    let dead = letters(&town, "dead").await;
    assert!(dead[0].error.as_ref().unwrap().contains("photos_from"), "{dead:?}");
    assert!(store.lock().unwrap().fetched.is_empty(), "nobody asked there");
    let allows = TAKES.replace("[pull]\n", &format!("[pull]\nphotos_from = [\"{other}\"]\n"));
    let feeds = feed(&town, &allows, &url).await;
    assert!(town.engine.store().settle_letter(TENANT, "city", &dead[0].id, true, town.now()).await.unwrap());
    feeds.run().await.unwrap();
    assert_eq!(only(&town).await.evidence.len(), 1);
    // An address in the own network is refused by the guard of webhooks, whatever the map says.
    let guarded = Feeds::new(town.engine.clone(), "other", Reach::Public).unwrap();
    there.lock().unwrap().requests[0] = with_photo(request("1", "001", "open", LATER), &format!("{at}?2"));
    let looked = guarded.pull_now(TENANT, "city").await.unwrap();
    assert!(looked.error.is_some_and(|error| error.contains("https")), "not even the list is asked for");
    // And a map may say that none are fetched.
    let town = Town::new().await;
    let none = TAKES.replace("[pull]\n", "[pull]\nphotos = false\n");
    feed(&town, &none, &url).await.run().await.unwrap();
    assert!(only(&town).await.evidence.is_empty() && letters(&town, "dead").await.is_empty());
}

#[tokio::test]
async fn a_request_that_comes_closed_brings_its_photo_with_the_report_or_before_the_end() {
    // New here and closed there.
    let town = Town::new().await;
    let (feeds, there, at) = one(&town, Picture::Is(made::jpeg(90, 60))).await;
    there.lock().unwrap().requests[0] = with_photo(request("1", "001", "closed", LATER), &at);
    feeds.run().await.unwrap();
    let case = only(&town).await;
    assert_eq!(
        (case.stage, case.evidence.len()),
        (Stage::Closed, 1),
        "{:?}",
        letters(&town, "dropped").await
    );
    feeds.run().await.unwrap();
    assert_eq!(town.engine.store().files(TENANT, case.id).await.unwrap().len(), 1);

    // Open here when it closes there, with a photo of the work.
    let town = Town::new().await;
    let (feeds, there, at) = one(&town, Picture::Is(made::jpeg(90, 60))).await;
    there.lock().unwrap().requests[0] = request("1", "001", "open", EARLY);
    feeds.run().await.unwrap();
    assert!(only(&town).await.evidence.is_empty());
    there.lock().unwrap().requests[0] = with_photo(request("1", "001", "closed", LATER), &at);
    town.clock.advance(600_000);
    feeds.run().await.unwrap();
    let case = only(&town).await;
    assert_eq!((case.stage, case.evidence.len()), (Stage::Closed, 1));

    // A photo that does not come loses no closed request, and asks nothing of anybody.
    let town = Town::new().await;
    let (feeds, there, at) = one(&town, Picture::Status(404)).await;
    there.lock().unwrap().requests[0] = with_photo(request("1", "001", "closed", LATER), &at);
    feeds.run().await.unwrap();
    assert_eq!(only(&town).await.stage, Stage::Closed);
    assert!(letters(&town, "dead").await.is_empty());
    assert!(letters(&town, "dropped").await[0].error.as_ref().unwrap().contains("404"));
}

#[tokio::test]
async fn a_case_that_was_forgotten_is_given_no_photo() {
    let town = Town::new().await;
    let (feeds, there, _) = one(&town, Picture::Status(503)).await;
    feeds.run().await.unwrap();
    let case = only(&town).await.id;
    let erase = huying_store::person::Erase { case, keys: Default::default(), whole: true };
    town.engine.store().erase(TENANT, &erase).await.unwrap();
    let aside = letters(&town, "dropped").await;
    assert!(aside.len() == 1 && aside[0].body.is_none(), "the address goes too: {aside:?}");
    there.lock().unwrap().photos.insert("a.jpg".to_owned(), Picture::Is(made::jpeg(90, 60)));
    let other = format!("{}?other", there.lock().unwrap().requests[0]["media_url"].as_str().unwrap());
    there.lock().unwrap().requests[0] = with_photo(request("1", "001", "open", LATER), &other);
    town.clock.advance(86_400_000);
    feeds.run().await.unwrap();
    assert!(only(&town).await.evidence.is_empty());
    assert!(letters(&town, "dead").await[0].error.as_ref().unwrap().contains("forgotten"));
}

/// A filed case with a photo that a person approved for everybody, beside one that nobody did.
async fn approved(town: &Town) -> (Case, String) {
    let case = town.report(draft("city/facility/manhole", "秘密的话")).await.receipt.case;
    for side in [90, 70] {
        let mut input = town.saying("dispatcher-east", case, Name::Attach, json!({"words": null}));
        input.uploads = vec![huying_engine::handle::Upload { bytes: made::jpeg(side, 60), kind: None }];
        town.engine.say(input).await.unwrap();
    }
    let file = town.case(case).await.evidence[0].file.to_string();
    town.say("dispatcher-east", case, Name::Publish, json!({"words": null, "files": [file]})).await;
    (town.case(case).await, file)
}

async fn file_it(town: &Town, case: CaseId) {
    let filing = json!({"filing": {"matter": "city/facility/manhole", "condition": 1}});
    town.say("handler-station-bridge", case, Name::File, filing).await;
}

#[tokio::test]
async fn a_case_goes_out_with_the_photos_that_everybody_may_see_and_each_goes_once() {
    let town = Town::new().await;
    let (url, there) = city(Vec::new()).await;
    let feeds = feed(&town, GIVES, &url).await;
    let (case, file) = approved(&town).await;
    file_it(&town, case.id).await;
    feeds.run().await.unwrap();
    let sent = there.lock().unwrap().sent.clone();
    assert_eq!(sent.len(), 1, "the photo went with the report, and has no update of its own: {sent:?}");
    let link = format!("https://huying.example.org/open311/v2/media/{}/{file}.jpg", case.number);
    assert_eq!(sent[0].1["media_url"], link);
    // Approved later: an update brings it, without a word.
    let other = case.evidence[1].file.to_string();
    town.say("dispatcher-east", case.id, Name::Publish, json!({"words": "公开", "files": [other]})).await;
    feeds.run().await.unwrap();
    let sent = there.lock().unwrap().sent.clone();
    assert_eq!(sent.len(), 2, "{sent:?}");
    let entry = town.engine.store().journal(TENANT, case.id, 0, 100).await.unwrap().pop().unwrap();
    let update = format!("{}-{:06}-{}", case.id, entry.seq, journal::mark(&entry.hash));
    assert_eq!(sent[1].1["update_id"], update, "another event in its place would be another update");
    assert_eq!((sent[1].0.as_str(), sent[1].1["status"].as_str()), ("/servicerequestupdates.json", "OPEN"));
    assert!(sent[1].1["media_url"].ends_with(&format!("{other}.jpg")), "{sent:?}");
    assert!(!format!("{sent:?}").contains("秘密"));
    // What is taken back before it went does not go.
    town.say("dispatcher-east", case.id, Name::Publish, json!({"words": null, "files": [file]})).await;
    town.say("dispatcher-east", case.id, Name::Publish, json!({"words": null, "files": []})).await;
    feeds.run().await.unwrap();
    assert_eq!(there.lock().unwrap().sent.len(), 2);
    assert!(letters(&town, "dead").await.is_empty());
}

#[tokio::test]
async fn photos_go_themselves_where_the_map_says_so_and_not_at_all_where_it_says_that() {
    let town = Town::new().await;
    let (url, there) = city(Vec::new()).await;
    let map = GIVES.replace("updates = true", "updates = true\nphotos = \"file\"");
    assert!(FeedMap::parse(&map).is_ok());
    let feeds = feed(&town, &map, &url).await;
    let (case, _) = approved(&town).await;
    file_it(&town, case.id).await;
    feeds.run().await.unwrap();
    let (sent, parts) = {
        let city = there.lock().unwrap();
        (city.sent.clone(), city.parts.clone())
    };
    assert_eq!((sent.len(), parts.len()), (1, 1), "{sent:?}");
    assert_eq!(sent[0].1["service_code"], "014");
    assert!(sent[0].1.contains_key("media") && !sent[0].1.contains_key("media_url"), "{sent:?}");
    let body = &parts[0].1;
    let at = body.windows(3).position(|some| some == b"\xFF\xD8\xFF").expect("a JPEG");
    assert_eq!(exif::facts(&body[at..]).taken, None);

    let town = Town::new().await;
    let (url, there) = city(Vec::new()).await;
    let map = GIVES.replace("updates = true", "updates = true\nphotos = \"none\"");
    let feeds = feed(&town, &map, &url).await;
    let (case, _) = approved(&town).await;
    file_it(&town, case.id).await;
    feeds.run().await.unwrap();
    let sent = there.lock().unwrap().sent.clone();
    assert!(sent.len() == 1 && !sent[0].1.contains_key("media_url") && !sent[0].1.contains_key("media"));
}
