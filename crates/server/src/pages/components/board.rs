//! Figures: tiles, a trend in one line, ranks of areas and units, the colours of kinds in a chart.
//!
//! Owns small drawings by the server. Every drawing has words that say the same. Persons are never ranked. Start at [`stat_tiles`].

use maud::{Markup, html};

/// A figure under its name.
pub struct Tile {
    name: String,
    value: String,
    note: Option<String>,
}

impl Tile {
    pub fn new(name: impl Into<String>, value: impl ToString) -> Tile {
        Tile { name: name.into(), value: value.to_string(), note: None }
    }
    /// What the figure is compared with.
    pub fn noting(self, note: impl Into<String>) -> Tile {
        Tile { note: Some(note.into()), ..self }
    }
}

pub fn stat_tiles(tiles: &[Tile]) -> Markup {
    html! {
        dl.stat-tiles {
            @for tile in tiles {
                div.stat-tile {
                    dt { (tile.name) }
                    dd { (tile.value) @if let Some(note) = &tile.note { " " small.stat-note { (note) } } }
                }
            }
        }
    }
}

/// Width and height of a spark, and the room around its line.
const SPARK: (f64, f64, f64) = (120.0, 32.0, 4.0);

/// The places of values in the drawing, oldest at the left, more is higher.
fn spots(values: &[u32]) -> Vec<(f64, f64)> {
    let (width, height, room) = SPARK;
    let top = f64::from(values.iter().copied().max().unwrap_or_default().max(1));
    let last = u32::try_from(values.len().saturating_sub(1)).unwrap_or(u32::MAX).max(1);
    let x = |no: u32| room + f64::from(no) * (width - 2.0 * room) / f64::from(last);
    let y = |value: u32| height - room - f64::from(value) * (height - 2.0 * room) / top;
    (0u32..).zip(values).map(|(no, value)| (x(no), y(*value))).collect()
}

/// Values in the order of time; `words` say what the line shows.
pub fn spark(words: &str, values: &[u32]) -> Markup {
    let spots = spots(values);
    let line: Vec<String> = spots.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    html! {
        svg.spark viewBox="0 0 120 32" role="img" aria-label=(words) {
            polyline points=(line.join(" ")) {}
            @if let Some((x, y)) = spots.last() { circle cx=(format!("{x:.1}")) cy=(format!("{y:.1}")) r="3" {} }
        }
    }
}

/// A row of a ranking, of an area, a unit or a matter.
pub struct Rank {
    pub name: Markup,
    pub value: u32,
    /// The value as it is read, such as `92%`.
    pub words: String,
}

/// The most first, as they are handed over.
pub fn rank_list(ranks: &[Rank]) -> Markup {
    let top = f64::from(ranks.iter().map(|rank| rank.value).max().unwrap_or_default().max(1));
    html! {
        ol.rank-list {
            @for rank in ranks {
                li {
                    span { (rank.name) }
                    svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" {
                        rect width=(format!("{:.1}", f64::from(rank.value) * 100.0 / top)) height="8" {}
                    }
                    b { (rank.words) }
                }
            }
        }
    }
}

/// Kinds that one chart may tell apart: a class of the style sheet and a dash for each.
pub const KINDS: [(&str, &str); 5] =
    [("c1", "none"), ("c2", "8 4"), ("c3", "3 3"), ("c4", "12 3 3 3"), ("c5", "1 4")];

/// Which line is what, where a line has no room for its name. Names beyond the fifth are left out: draw two charts.
pub fn series(names: &[&str]) -> Markup {
    html! {
        ul.series.plain {
            @for (name, (class, dash)) in names.iter().zip(KINDS) {
                li { svg viewBox="0 0 40 12" aria-hidden="true" { path class=(class) d="M0 6h40" stroke-dasharray=(dash) {} } (name) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spark_goes_from_edge_to_edge_and_the_greatest_value_stands_at_the_top() {
        assert_eq!(spots(&[0, 5, 10]), [(4.0, 28.0), (60.0, 16.0), (116.0, 4.0)]);
        assert_eq!(spots(&[0, 0]), [(4.0, 28.0), (116.0, 28.0)], "nothing lies at the bottom");
        assert_eq!(spots(&[7]), [(4.0, 4.0)]);
        assert!(spots(&[]).is_empty());
    }

    #[test]
    fn the_first_of_a_ranking_fills_its_bar_and_the_others_stand_in_proportion() {
        let rank = |value| Rank { name: html! { "x" }, value, words: value.to_string() };
        let drawn = rank_list(&[rank(8), rank(2), rank(0)]).into_string();
        for width in ["width=\"100.0\"", "width=\"25.0\"", "width=\"0.0\""] {
            assert!(drawn.contains(width), "{width} is not in {drawn}");
        }
    }
}
