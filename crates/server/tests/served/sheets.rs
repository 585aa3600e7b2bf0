//! What is printed: the case's sheet, the notice to whoever reported it, and the report of a day, each with what its reader may know.

use crate::desk;

use desk::Desk;

const SAID: &str = "单元门口的暗号是槐花";

async fn seen(desk: &Desk, member: &str, path: &str) -> String {
    let answer = desk.get(path).by(member).header("accept-language", "zh").send().await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.text()
}

#[tokio::test]
async fn the_sheet_has_the_words_and_the_notice_has_none_and_neither_names_the_reporter() {
    let desk = Desk::open().await;
    let id = desk.report("city/facility/litter", SAID).await;
    let sheet = seen(&desk, "acceptor-east", &format!("/cases/{id}/sheet")).await;
    assert!(sheet.contains(SAID) && sheet.contains("流转记录"), "{sheet}");
    let notice = seen(&desk, "acceptor-east", &format!("/cases/{id}/notice")).await;
    assert!(notice.contains("告知单") && notice.contains("status-line"), "{notice}");
    for secret in [SAID, "桥头路1号"] {
        assert!(!notice.contains(secret), "{secret} stands on the notice");
    }
    for page in [&sheet, &notice] {
        for secret in ["反映人一", "00000000000"] {
            assert!(!page.contains(secret), "{secret} stands on paper");
        }
        assert_eq!((page.matches("<h1>").count(), page.matches("<main").count()), (1, 1));
    }
    for path in [format!("/cases/{id}/sheet"), format!("/cases/{id}/notice")] {
        let foreign = desk.get(&path).by("acceptor-west").send().await;
        let none = desk.get(&path.replace(&id, &"0".repeat(32))).by("acceptor-west").send().await;
        assert_eq!((foreign.status.as_u16(), none.status.as_u16()), (404, 404), "{path}");
    }
}

#[tokio::test]
async fn a_day_counts_what_came_in_within_sight_and_on_that_day_alone() {
    let desk = Desk::open().await;
    for text in ["一", "二", "三"] {
        desk.report("city/facility/litter", text).await;
    }
    for (member, path, came) in [
        ("leader-district", "/day", 3),
        ("acceptor-east", "/day?day=2026-05-12", 3),
        ("acceptor-east", "/day?day=2026-05-11", 0),
        ("acceptor-west", "/day", 0),
        ("administrator", "/day", 0),
        ("leader-district", "/day?day=nonsense", 3),
    ] {
        let page = seen(&desk, member, path).await;
        let tile = format!("<dt>当日受理</dt><dd>{came}</dd>");
        assert!(page.contains(&tile), "{member} {path}: {tile} is not in {page}");
    }
}
