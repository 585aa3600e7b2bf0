//! Rows that an administrator edits: nothing that was written is lost by going on, and nothing that another did since is undone by it.

use crate::desk;
use crate::drafts;

use desk::{Answer, Desk};
use drafts::{SECOND, draft, found, post};
use huying_model::PolicyVersion;
use huying_pack::{listing::Kind, rewrite::Written};
use serde_json::json;

const EDIT: &str = "/policy/edit";

type Fields = Vec<(String, String)>;

fn of(fields: &[(&str, &str)]) -> Fields {
    fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

async fn send(desk: &Desk, path: &str, fields: &[(String, String)]) -> Answer {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    desk.post(path).by("administrator").raw("application/x-www-form-urlencoded", body).send().await
}

/// What the hidden fields of a page hold.
#[track_caller]
fn hidden(page: &str, name: &str) -> String {
    let before = format!("<input type=\"hidden\" name=\"{name}\" value=\"");
    let rest = page.split_once(&before).unwrap_or_else(|| panic!("no field {name} on the page:\n{page}")).1;
    let value = rest.split_once('"').unwrap().0;
    value.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// One edited row of a table, as the page drew it.
fn row(read: &Written, id: &str, column: &str, new: &str) -> Fields {
    let at = read.rows.iter().position(|row| row[0] == id).unwrap();
    let cell = read.head.iter().position(|name| name == column).unwrap();
    vec![
        ("row-0".to_owned(), serde_json::to_string(&read.rows[at]).unwrap()),
        ("at-0".to_owned(), at.to_string()),
        (format!("cell-0-{cell}"), new.to_owned()),
    ]
}

async fn routes(desk: &Desk, version: &str) -> String {
    let files = desk.state.engine.policy_files(desk.state.tenant(), &PolicyVersion::new(version)).await;
    files.unwrap().text("routes.csv").unwrap().to_owned()
}

/// Somebody else brings another version into force, with a note at R-10.
async fn another_version(desk: &Desk) {
    let noted = (
        "routes.csv",
        "R-10,people/work/*,,,,centre@street,,,,",
        "R-10,people/work/*,,,,centre@street,,,,别人的",
    );
    draft(desk, "administrator-2", &[SECOND, noted]).await.expect(201);
    let proposal = json!({"version": "starter-2", "reason": "r"});
    post(desk, "administrator-2", "policy/proposals", proposal).await.expect(200);
    post(desk, "administrator", "policy/proposals/1/approve", json!({})).await.expect(200);
}

#[tokio::test]
async fn a_table_that_was_drawn_before_a_newer_version_undoes_nothing_of_it() {
    let desk = Desk::open().await;
    found(&desk).await;
    let read = Written::read(&routes(&desk, "starter-1").await);
    let drawn = desk.get(EDIT).by("administrator").send().await.text();
    let base = hidden(&drawn, "base");
    assert_eq!(base, "starter-1");
    another_version(&desk).await;

    let mut fields = row(&read, "R-03", "note", "我的");
    fields.extend(of(&[("table", "routes.csv"), ("base", &base), ("act", "keep"), ("reason", "注明")]));
    let first = send(&desk, EDIT, &fields).await;
    assert_eq!(first.status, 409, "what is looked at first is not kept: {}", first.text());
    let page = first.text();
    for words in [
        "草案尚未保存",
        "您打开本页时现行版本是 starter-1，现在是 starter-2",
        "value=\"我的\"",
        ">注明</textarea>",
    ] {
        assert!(page.contains(words), "no “{words}”:\n{page}");
    }
    let again = of(&[
        ("table", "routes.csv"),
        ("base", &hidden(&page, "base")),
        ("drafts", &hidden(&page, "drafts")),
        ("carried:routes.csv", &hidden(&page, "carried:routes.csv")),
        ("act", "keep"),
        ("reason", "注明"),
    ]);
    let kept = send(&desk, EDIT, &again).await;
    assert_eq!(
        (kept.status.as_u16(), kept.header("location")),
        (303, "/policy/version?name=starter-3"),
        "{}",
        kept.text()
    );
    let now = routes(&desk, "starter-2").await;
    let line = now.lines().find(|line| line.starts_with("R-03,")).unwrap();
    assert_eq!(
        routes(&desk, "starter-3").await,
        now.replacen(line, &format!("{line}我的"), 1),
        "and R-10 has their note"
    );
}

#[tokio::test]
async fn a_row_that_both_changed_is_shown_as_it_was_as_it_is_and_as_it_was_written_and_is_chosen() {
    let desk = Desk::open().await;
    found(&desk).await;
    let read = Written::read(&routes(&desk, "starter-1").await);
    another_version(&desk).await;
    let mut fields = row(&read, "R-10", "note", "我的");
    fields.extend(of(&[("table", "routes.csv"), ("base", "starter-1"), ("act", "keep"), ("reason", "注明")]));
    let asked = send(&desk, EDIT, &fields).await;
    assert_eq!(asked.status, 409, "{}", asked.text());
    let page = asked.text();
    for words in ["别人先改了同样的行", "R-10", "别人的", "我的", "value=\"注明\""] {
        assert!(page.contains(words), "no “{words}”:\n{page}");
    }
    let chosen = |choice: &str, act: &str| {
        of(&[
            ("table", "routes.csv"),
            ("base", "starter-1"),
            ("carried:routes.csv", &hidden(&page, "carried:routes.csv")),
            ("since", &hidden(&page, "since")),
            ("since-0", choice),
            ("act", act),
            ("reason", "注明"),
        ])
    };
    // In the other language nothing is lost either, not even what was picked.
    let english = send(&desk, &format!("{EDIT}?lang=en"), &chosen("", "ask")).await;
    assert!(
        english.status == 409 && english.text().contains("Somebody else changed the same rows"),
        "{}",
        english.text()
    );
    assert!(english.header("set-cookie").contains("huying_lang=en"));
    assert_eq!(hidden(&english.text(), "carried:routes.csv"), hidden(&page, "carried:routes.csv"));
    let theirs = send(&desk, EDIT, &chosen("now", "settle")).await;
    assert!(theirs.status == 200 && !theirs.text().contains("carried:routes.csv"), "{}", theirs.text());
    let mine = send(&desk, EDIT, &chosen("mine", "settle")).await;
    assert!(mine.status == 200 && mine.text().contains("value=\"我的\""), "{}", mine.text());
    assert_eq!(hidden(&mine.text(), "base"), "starter-2");
}

#[tokio::test]
async fn a_draft_that_somebody_laid_down_meanwhile_is_told_before_another_is_kept() {
    let desk = Desk::open().await;
    found(&desk).await;
    let drafts = hidden(&desk.get(EDIT).by("administrator").send().await.text(), "drafts");
    let noted = ("routes.csv", "centre@street,,,,", "centre@street,,,,别人的");
    draft(&desk, "administrator-2", &[SECOND, noted]).await.expect(201);
    let read = Written::read(&routes(&desk, "starter-1").await);
    let mut fields = row(&read, "R-03", "note", "我的");
    let rest = [("table", "routes.csv"), ("base", "starter-1"), ("act", "keep"), ("reason", "r")];
    fields.extend(of(&rest));
    let told = send(&desk, EDIT, &[fields.clone(), of(&[("drafts", &drafts)])].concat()).await;
    assert!(told.status == 409 && told.text().contains("/policy/version?name=starter-2"), "{}", told.text());
    let seen = hidden(&told.text(), "drafts");
    let kept = send(&desk, EDIT, &[fields, of(&[("drafts", &seen)])].concat()).await;
    assert_eq!(kept.status, 303, "who has seen it may keep another: {}", kept.text());
}

#[tokio::test]
async fn a_draft_of_an_older_version_says_which_tables_it_would_put_back() {
    let desk = Desk::open().await;
    found(&desk).await;
    let third = ("pack.toml", "version = \"starter-1\"", "version = \"starter-3\"");
    draft(&desk, "administrator", &[third]).await.expect(201);
    desk.clock.advance(60_000);
    another_version(&desk).await;
    let page = desk.get("/policy/version?name=starter-3").by("administrator").send().await.text();
    assert!(page.contains("生效后会撤销这些改动：") && page.contains("routes.csv"), "{page}");
    let own = desk.get("/policy/version?name=starter-2").by("administrator").send().await.text();
    assert!(!own.contains("生效后会撤销") && own.contains("该版本正在生效"), "{own}");
}

#[tokio::test]
async fn a_version_says_why_it_has_no_button_to_propose_it() {
    let desk = Desk::open().await;
    found(&desk).await;
    draft(&desk, "administrator", &[SECOND]).await.expect(201);
    let at = "/policy/version?name=starter-2";
    let reader = desk.get(at).by("leader-district").send().await.text();
    assert!(reader.contains("提议生效由最高层级的系统管理员办理"), "{reader}");
    post(&desk, "administrator", "policy/proposals", json!({"version": "starter-2", "reason": "r"}))
        .await
        .expect(200);
    let waits = desk.get(at).by("administrator").send().await.text();
    assert!(waits.contains("/policy#proposal-1") && waits.contains("正在等待另一位管理员批准"), "{waits}");
}

#[tokio::test]
async fn edited_rows_go_along_to_other_pages_searches_and_languages_without_a_script() {
    let desk = Desk::open().await;
    found(&desk).await;
    let read = Written::read(&routes(&desk, "starter-1").await);
    let mut fields = row(&read, "R-03", "note", "我的");
    fields.extend(of(&[
        ("table", "routes.csv"),
        ("base", "starter-1"),
        ("reason", "注明"),
        ("q", "R-09"),
        ("go", "routes.csv 0"),
    ]));
    let page = send(&desk, EDIT, &fields).await.text();
    assert!(
        hidden(&page, "carried:routes.csv").contains("我的") && page.contains(">注明</textarea>"),
        "{page}"
    );
    assert!(
        page.contains("value=\"R-09\"") && !page.contains("value=\"R-05\""),
        "another part of the table is shown"
    );
    let english = send(&desk, &format!("{EDIT}?lang=en"), &fields).await;
    assert_eq!(english.status, 200);
    assert!(
        english.text().contains("Edits of these tables go along")
            && english.text().contains("formaction=\"/policy/edit?lang=zh\""),
        "{}",
        english.text()
    );
    // Other words than before, sent by Enter on the third page: the first rows that fit are shown.
    let anew = of(&[
        ("table", "routes.csv"),
        ("base", "starter-1"),
        ("was", "R-0"),
        ("q", "R-09"),
        ("go", "routes.csv 60"),
    ]);
    let anew = send(&desk, EDIT, &anew).await;
    assert_eq!(anew.header("location"), "/policy/edit?table=routes.csv&q=R-09&skip=0");
    // Without edits a page of rows has an address of its own.
    let plain =
        of(&[("table", "routes.csv"), ("base", "starter-1"), ("q", "R-09"), ("go", "matters.csv 30")]);
    let plain = send(&desk, EDIT, &plain).await;
    assert_eq!(
        (plain.status.as_u16(), plain.header("location")),
        (303, "/policy/edit?table=matters.csv&q=&skip=30")
    );

    let listing = desk.state.engine.listing(desk.state.tenant(), Kind::Members).await.unwrap();
    let at = listing.rows.iter().position(|row| row[0] == "auditor").unwrap();
    let seen = serde_json::to_string(&listing.rows[at]).unwrap();
    let place = at.to_string();
    let named =
        of(&[("row-0", &seen), ("at-0", &place), ("cell-0-1", "审计甲"), ("q", "worker"), ("go", "0")]);
    let page = send(&desk, "/organisation/members", &named).await.text();
    let edits = hidden(&page, "edits");
    assert!(edits.contains("审计甲") && page.contains("带着 1 行改动"), "{page}");
    let looked =
        send(&desk, "/organisation/members", &of(&[("edits", &edits), ("q", "worker"), ("act", "look")]))
            .await;
    assert!(looked.status == 200 && looked.text().contains("<ins>审计甲</ins>"), "{}", looked.text());
}

#[tokio::test]
async fn one_part_more_and_another_language_keep_what_was_written_of_a_split() {
    let desk = Desk::open().await;
    let split = of(&[
        ("act", "split"),
        ("area", "990101001001001"),
        ("parts", "2"),
        ("code-1", "990101001001009"),
        ("name-1", "第一块"),
        ("shape-1", "一个圈"),
        ("from", "2026-05-13T09:00"),
    ]);
    let more = send(&desk, "/organisation", &[split.clone(), of(&[("stays", "more")])].concat()).await;
    assert_eq!(more.status, 200);
    let page = more.text();
    for words in ["第 3 部分", "value=\"第一块\"", "value=\"990101001001009\"", "一个圈", "2026-05-13T09:00"]
    {
        assert!(page.contains(words), "no “{words}”:\n{page}");
    }
    assert!(!page.contains("error-summary"), "nothing is judged yet");
    let english =
        send(&desk, "/organisation?lang=en", &[split, of(&[("stays", "here")])].concat()).await.text();
    assert!(
        english.contains("Part 2") && !english.contains("Part 3") && english.contains("一个圈"),
        "{english}"
    );
    assert!(english.contains("form=\"change-split\" formaction=\"/organisation?lang=zh\""), "{english}");
}

#[tokio::test]
async fn the_days_of_a_calendar_are_edited_by_rows_like_every_other_table() {
    let desk = Desk::open().await;
    found(&desk).await;
    let (engine, tenant) = (desk.state.engine.clone(), desk.state.tenant());
    let file = "../calendars/cn.csv";
    let files = engine.policy_files(tenant, &PolicyVersion::new("starter-1")).await.unwrap();
    let today = files.text(file).unwrap();
    let find = "/policy/edit?table=..%2Fcalendars%2Fcn.csv&q=2026-10-01";
    let page = desk.get(find).by("administrator").send().await.text();
    assert!(page.contains("节假日（cn）") && page.contains("value=\"2026-10-01\""), "{page}");
    let read = Written::read(today);
    let with = |mut fields: Fields| {
        fields.extend(of(&[("table", file), ("q", "2026-10-01"), ("act", "keep"), ("reason", "写明节日")]));
        fields
    };
    let none = with(row(&read, "2026-10-01", "date", "2026-02-30"));
    let refused = send(&desk, EDIT, &none).await;
    assert!(refused.status == 422 && refused.text().contains("value=\"2026-02-30\""), "{}", refused.text());
    let named = with(row(&read, "2026-10-01", "occasion", "国庆节"));
    let kept = send(&desk, EDIT, &named).await;
    assert_eq!(kept.status, 303, "{}", kept.text());
    let then = engine.policy_files(tenant, &PolicyVersion::new("starter-2")).await.unwrap();
    let line = today.lines().find(|line| line.starts_with("2026-10-01,")).unwrap();
    let by_hand = today.replacen(line, "2026-10-01,holiday,国庆节", 1);
    assert_eq!(then.text(file), Some(by_hand.as_str()), "nothing else is written otherwise");
}

#[tokio::test]
async fn keep_pressed_twice_leads_twice_to_the_one_draft() {
    let desk = Desk::open().await;
    found(&desk).await;
    let drafts = hidden(&desk.get(EDIT).by("administrator").send().await.text(), "drafts");
    let read = Written::read(&routes(&desk, "starter-1").await);
    let keep = async |note: &str, member: &str| {
        let mut fields = row(&read, "R-03", "note", note);
        let rest = [("table", "routes.csv"), ("base", "starter-1"), ("act", "keep"), ("reason", "注明")];
        fields.extend(of(&rest));
        fields.extend(of(&[("drafts", &drafts)]));
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
        desk.post(EDIT).by(member).raw("application/x-www-form-urlencoded", body).send().await
    };
    for press in ["once", "twice"] {
        let kept = keep("我的", "administrator").await;
        let led = (kept.status.as_u16(), kept.header("location"));
        assert_eq!(led, (303, "/policy/version?name=starter-2"), "{press}: {}", kept.text());
    }
    let book = desk.state.engine.policy_book(desk.state.tenant()).await.unwrap();
    assert_eq!(book.versions.len().to_string(), (drafts.parse::<usize>().unwrap() + 1).to_string());
    assert_eq!(keep("另外的", "administrator").await.status, 409, "other words are no second press");
    assert_eq!(keep("我的", "administrator-2").await.status, 409, "nor are another's");
}

#[tokio::test]
async fn what_stands_to_be_decided_stays_with_its_reason_in_another_language_and_enter_asks_for_a_preview() {
    let desk = Desk::open().await;
    let area = ("area", "990101001001");
    let named = [("act", "draw"), area, ("name", "桥头新社区"), ("name_en", "Bridge Community")];
    let looked = send(&desk, "/organisation", &of(&named)).await;
    let page = looked.text();
    assert!(looked.status == 200 && page.contains("预览：尚未决定"), "{page}");
    assert!(
        page.contains("预览之后在下面另写的内容不保留"),
        "what another language does not take along is said"
    );
    assert!(page.contains("form=\"change-decide\" formaction=\"/organisation?lang=en\""), "{page}");
    let (_, edits) = page.split_once("id=\"decided-edits\"").unwrap();
    let edits = edits.split_once('>').unwrap().1.split_once("</textarea>").unwrap().0.replace("&quot;", "\"");
    let decide =
        [("act", "decide"), area, ("edits", edits.as_str()), ("reason", "居民的名字"), ("stays", "here")];
    let english = send(&desk, "/organisation?lang=en", &of(&decide)).await.text();
    assert!(english.contains("Preview: nothing is decided yet"), "{english}");
    assert!(english.contains(">居民的名字</textarea>"), "{english}");

    let open = desk.get("/organisation?area=990101001001&do=draw").by("administrator").send().await.text();
    let enter = "<button class=\"visually-hidden\" type=\"submit\" form=\"change-draw\" tabindex";
    assert!(open.contains(enter), "Enter presses no choice of the bar: {open}");
}

#[tokio::test]
async fn one_form_of_an_area_stands_open_at_a_time_so_that_another_language_takes_all_that_is_written_along()
{
    let desk = Desk::open().await;
    let at = async |rest: &str| {
        let path = format!("/organisation?area=990101001001001{rest}");
        desk.get(&path).by("administrator").send().await.text()
    };
    let (none, split) = (at("").await, at("&do=split").await);
    assert_eq!(none.matches("id=\"change-").count(), 1, "the heading, and no form: {none}");
    assert!(none.contains("href=\"/organisation?area=990101001001001&amp;do=split#change-split\""), "{none}");
    assert!(split.contains("id=\"change-split\"") && !split.contains("id=\"change-draw\""), "{split}");
    let english =
        "form=\"change-split\" formaction=\"/organisation?area=990101001001001&amp;do=split&amp;lang=en\"";
    assert!(split.contains(english), "{split}");

    // What cannot be read any more is no preview: it comes back as text, with the reason, and goes along as well.
    let (edits, reason) = ("[[close_unit]]\nunit = \"no-such-unit\"", "居民的名字");
    let area = ("area", "990101001001001");
    let decide = of(&[("act", "decide"), area, ("edits", edits), ("reason", reason)]);
    let refused = send(&desk, "/organisation", &decide).await;
    let page = refused.text();
    assert!(refused.status == 422 && page.contains("no-such-unit"), "{page}");
    assert!(page.contains("form=\"change-text\" formaction=\"/organisation?lang=en\""), "{page}");
    assert_eq!(hidden(&page, "reason"), reason);
    let stays = of(&[("act", "text"), area, ("edits", edits), ("reason", reason), ("stays", "here")]);
    let english = send(&desk, "/organisation?lang=en", &stays).await.text();
    assert!(english.contains("Write it as text") && english.contains("no-such-unit"), "{english}");
    assert_eq!(hidden(&english, "reason"), reason);
}

#[tokio::test]
async fn rows_that_stand_to_be_done_stay_with_their_reason_in_another_language_and_are_not_done_by_it() {
    let desk = Desk::open().await;
    found(&desk).await;
    let listing = async || desk.state.engine.listing(desk.state.tenant(), Kind::Members).await.unwrap();
    let before = listing().await.rows;
    let at = before.iter().position(|row| row[0] == "auditor").unwrap();
    let (seen, place) = (serde_json::to_string(&before[at]).unwrap(), at.to_string());
    let named = of(&[("row-0", &seen), ("at-0", &place), ("cell-0-1", "审计甲"), ("act", "look")]);
    let page = send(&desk, "/organisation/members", &named).await.text();
    assert!(page.contains("form=\"apply\" formaction=\"/organisation/members?lang=en\""), "{page}");
    let (held, edits) = (hidden(&page, "held"), hidden(&page, "edits"));
    let stays = of(&[("held", &held), ("edits", &edits), ("reason", "改名"), ("stays", "here")]);
    let english = send(&desk, "/organisation/members?lang=en", &stays).await.text();
    assert!(english.contains("<ins>审计甲</ins>") && english.contains(">改名</textarea>"), "{english}");
    assert_eq!(hidden(&english, "held"), held);
    assert_eq!(listing().await.rows, before, "nothing was done");
}
