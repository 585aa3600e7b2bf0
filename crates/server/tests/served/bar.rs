//! The bar over the pages: who is led where, and how a visitor's look is kept.

use crate::desk;

use desk::Desk;

async fn seen(desk: &Desk, member: &str, cookie: &str) -> String {
    let ask = desk.get("/policy").by(member).header("accept-language", "zh").header("cookie", cookie);
    let answer = ask.send().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.text()
}

#[tokio::test]
async fn everybody_is_led_to_what_they_may_open_and_to_nothing_else() {
    let desk = Desk::open().await;
    let tended = ["/import", "/imports", "/partners", "/feeds", "/subscriptions"];
    for (member, administers, watches) in
        [("administrator", true, true), ("auditor", false, true), ("handler-dept-works", false, false)]
    {
        let page = seen(&desk, member, "").await;
        let leads = |to: &str| page.contains(&format!("href=\"{to}\""));
        for to in tended {
            assert_eq!(leads(to), administers, "{member} {to}");
        }
        assert_eq!(leads("/access"), watches, "{member}");
        assert!(["/map", "/handover", "/day", "/policy", "/admission", "/explain"].into_iter().all(leads));
        // The menu that holds the page says so, in the row; the page's own link says it there and on a phone.
        assert_eq!(page.matches("<summary data-current>").count(), 1, "{member}");
        assert_eq!(page.matches("href=\"/policy\" aria-current=\"page\"").count(), 2, "{member}");
    }
    let open = |page: &str| page.split("<nav class=\"app-bar-nav\"").nth(1).unwrap_or_default().to_owned();
    let row = open(&seen(&desk, "handler-dept-works", "").await);
    let before_menus = row.split("<details").next().unwrap_or_default();
    assert!(
        before_menus.contains("queue=receive") && before_menus.contains("queue=handle"),
        "{before_menus}"
    );
}

#[tokio::test]
async fn a_look_is_chosen_by_a_link_kept_in_a_cookie_and_drawn_on_every_page() {
    let desk = Desk::open().await;
    let ask =
        desk.get("/policy?look=dark").by("administrator").header("cookie", "huying_look=system.compact");
    let chosen = ask.send().await;
    assert_eq!((chosen.status.as_u16(), chosen.header("location")), (303, "/policy"));
    let cookie = chosen.header("set-cookie");
    assert!(cookie.starts_with("huying_look=dark.compact; Path=/; Max-Age="), "{cookie}");
    let page = seen(&desk, "administrator", "huying_look=dark.compact").await;
    assert!(page.contains("data-theme=\"dark\" data-density=\"compact\""));
    let plain = seen(&desk, "administrator", "huying_look=wall.nonsense").await;
    assert!(!plain.contains("data-theme") && !plain.contains("data-density"));
    let unknown = desk.get("/policy?look=wall").by("administrator").send().await;
    assert_eq!(unknown.status, 200, "what chooses nothing is passed over");
}
