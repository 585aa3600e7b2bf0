//! The gallery as it is served: whole in every look, and only where the demonstration runs.

use crate::desk;

use desk::{Desk, demonstration};
use huying_server::Settings;

/// A page of the gallery as a member sees it.
async fn seen(desk: &Desk, path: &str, lang: &str) -> String {
    let answer = desk.get(path).by("leader-district").header("accept-language", lang).send().await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.text()
}

#[tokio::test]
async fn the_gallery_shows_every_component_in_every_look_without_a_style_of_its_own() {
    let desk = Desk::open().await;
    let plain = seen(&desk, "/gallery", "zh").await;
    assert!(!plain.contains("data-theme") && !plain.contains("data-density"), "nothing was chosen");
    let parts = plain.matches("<section class=\"stack\" id=\"").count();
    assert!(parts >= 28, "only {parts} parts");
    for (theme, density) in [("light", "compact"), ("dark", "touch"), ("wall", "compact")] {
        let page = seen(&desk, &format!("/gallery?theme={theme}&density={density}"), "en").await;
        let look = format!("data-theme=\"{theme}\" data-density=\"{density}\"");
        assert!(page.contains(&look), "{look}");
        assert_eq!(page.matches("<section class=\"stack\" id=\"").count(), parts);
        assert!(!page.contains(" style=") && !page.contains("<style"), "{theme}");
        let chinese = page.chars().filter(|sign| ('\u{4e00}'..='\u{9fff}').contains(sign)).count();
        // The way back to Chinese, the unit and the member keep their Chinese names where the pack has no others.
        assert!(chinese < 40, "{chinese} Chinese signs stand on the English page");
    }
    let unknown = seen(&desk, "/gallery?theme=%22onload&density=x", "zh").await;
    assert!(!unknown.contains("data-theme"), "an unknown look is none");
    let paper = seen(&desk, "/gallery?paper=1", "zh").await;
    assert_eq!((paper.matches("<h1>").count(), paper.matches("class=\"sheet\"").count()), (1, 1));
}

#[tokio::test]
async fn outside_of_the_demonstration_there_is_no_gallery() {
    let desk = Desk::serving(Settings { demo: false, ..demonstration() }).await;
    let answer = desk.get("/gallery").by("leader-district").send().await;
    assert_eq!(answer.status, 404, "{}", answer.text());
}
