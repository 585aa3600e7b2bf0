//! Small drawings as SVG text: bars, the hours of a week, a matrix.
//!
//! Owns shapes and their words for those who listen. Colours come from the page's style sheet by class, so a drawing follows light
//! and dark. Refuses scripts. Start at [`bars`].

use std::fmt::Write as _;

/// Text that may stand in markup.
pub(super) fn plain(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

const ROW: usize = 22;
const WIDTH: usize = 720;
const LABEL: usize = 250;

/// A bar of each line: its label, its length, and the words at its end.
pub(super) fn bars(title: &str, lines: &[(String, u64, String)]) -> String {
    let most = lines.iter().map(|(_, value, _)| *value).max().unwrap_or(0).max(1);
    let height = lines.len() * ROW + 4;
    let mut out = format!(r#"<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{}">"#, plain(title));
    let room = (WIDTH - LABEL - 150) as f64;
    for (no, (label, value, words)) in lines.iter().enumerate() {
        let y = no * ROW + 2;
        let length = *value as f64 * room / most as f64;
        let (middle, end) = (y + 15, LABEL as f64 + 8.0 + length);
        let _ = write!(
            out,
            r#"<text class="label" x="{}" y="{middle}" text-anchor="end">{}<title>{}</title></text><rect class="bar" x="{LABEL}" y="{}" width="{length:.1}" height="16"/><text class="value" x="{end:.1}" y="{middle}">{}</text>"#,
            LABEL - 8,
            plain(&fitted(label)),
            plain(label),
            y + 2,
            plain(words),
        );
    }
    out.push_str("</svg>");
    out
}

/// A label that has room at its place, by the widths of a common font; the rest stands in its title and in the table.
fn fitted(label: &str) -> String {
    let wide = |c: char| if c.is_ascii() { 7 } else { 13 };
    let mut room = LABEL - 24;
    let fits = |c: &char| {
        let left = room.checked_sub(wide(*c));
        room = left.unwrap_or(0);
        left.is_some()
    };
    let kept: String = label.chars().take_while(fits).collect();
    if kept.len() == label.len() { kept } else { format!("{kept}…") }
}

/// Seven days of 24 hours; each cell has a class from 0 to 5 by its share, and words.
pub(super) fn week(title: &str, days: &[&str], cell: impl Fn(usize) -> (u8, String)) -> String {
    const SIDE: usize = 26;
    let (width, height) = (60 + 24 * SIDE, 24 + 7 * SIDE);
    let mut out = format!(r#"<svg viewBox="0 0 {width} {height}" role="img" aria-label="{}">"#, plain(title));
    for hour in (0..24).step_by(3) {
        let _ = write!(out, r#"<text class="label" x="{}" y="16">{hour:02}</text>"#, 56 + hour * SIDE);
    }
    for (day, name) in days.iter().enumerate() {
        let y = 24 + day * SIDE;
        let _ = write!(
            out,
            r#"<text class="label" x="48" y="{}" text-anchor="end">{}</text>"#,
            y + 17,
            plain(name)
        );
        for hour in 0..24 {
            let (class, words) = cell(day * 24 + hour);
            let _ = write!(
                out,
                r#"<rect class="q{class}" x="{}" y="{y}" width="{}" height="{}"><title>{}</title></rect>"#,
                56 + hour * SIDE,
                SIDE - 2,
                SIDE - 2,
                plain(&words),
            );
        }
    }
    out.push_str("</svg>");
    out
}

/// A class from 1 to 5 by how much of the most a value is; 0 for nothing.
pub(super) fn class(value: u64, most: u64) -> u8 {
    if value == 0 {
        return 0;
    }
    u8::try_from((value * 5).div_ceil(most.max(1)).min(5)).unwrap_or(5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_nothing_only_for_nothing_and_the_most_is_the_darkest() {
        assert_eq!([0, 1, 20, 21, 100].map(|value| class(value, 100)), [0, 1, 1, 2, 5]);
    }

    #[test]
    fn a_long_label_ends_where_its_room_does() {
        assert_eq!(fitted("桥头街道"), "桥头街道");
        assert!(fitted(&"街".repeat(30)).chars().count() < 20 && fitted(&"a".repeat(99)).ends_with('…'));
    }

    #[test]
    fn a_name_with_markup_in_it_stays_a_name() {
        let drawn = bars("a<b", &[("\"x\" & <y>".to_owned(), 3, "3".to_owned())]);
        assert!(drawn.contains("&quot;x&quot; &amp; &lt;y&gt;") && !drawn.contains("<y>"), "{drawn}");
    }
}
