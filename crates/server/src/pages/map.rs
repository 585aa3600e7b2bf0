//! Cells coloured by open cases, drawn by the server, with a list and a table that say the same.
//!
//! Owns the classes and which level of areas is drawn. A member sees counts only of the areas that they see whole. Where a script runs and the
//! browser can draw it, a map of tiles takes the place of the drawing ([`live`]). Start at [`page`].

mod list;
mod live;

use std::collections::BTreeMap;

use axum::{extract::Query, response::Response};
use huying_geo::Point;
use huying_model::{AreaCode, LevelName, org::Area};
use huying_store::CaseView;
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    address,
    components::frames::{self, Named},
    frame::{self, Here, Page},
    outlines::{self, Window},
    parts::{icon, shape},
    places,
    tabs::Tally,
    texts::T,
    view::{View, Viewer},
};
use crate::{api::counts, problem::Problem};

/// Cells of a drawing: more cannot be told apart.
const CELLS: usize = 260;
/// Cells of the small map beside a queue.
const CELLS_BESIDE: usize = 140;
/// Lines of the table.
const LINES: usize = 20;
/// Colours of the classes, lightest first (web/src/css/map.css).
const COLOURS: [u8; 5] = [2, 3, 4, 5, 6];

/// What the address says.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    /// The area that is drawn.
    under: Option<String>,
    level: Option<String>,
}

/// Open and overdue cases of an area.
type Counts = BTreeMap<AreaCode, (i64, i64)>;

/// A part of the ground at one level.
struct Sheet<'a> {
    view: &'a View,
    under: AreaCode,
    level: LevelName,
    counts: Counts,
    classes: Classes,
}

/// Upper ends of the classes; the last has none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Classes(Vec<i64>);

impl Classes {
    /// Five classes with about as many areas in each; fewer where the counts are few.
    pub fn of(counts: impl Iterator<Item = i64>) -> Classes {
        let mut counts: Vec<i64> = counts.filter(|count| *count > 0).collect();
        counts.sort_unstable();
        let mut ends: Vec<i64> = (1..=COLOURS.len())
            .filter_map(|part| counts.get((counts.len() * part / COLOURS.len()).checked_sub(1)?).copied())
            .collect();
        ends.dedup();
        Classes(ends)
    }
    /// The colour of a count; 0 for none.
    pub fn colour(&self, count: i64) -> u8 {
        if count == 0 {
            return 0;
        }
        let class = self.0.iter().position(|end| count <= *end).unwrap_or(self.0.len().saturating_sub(1));
        // Few classes take the darker colours apart from each other.
        COLOURS.get(class * COLOURS.len() / self.0.len().max(1)).copied().unwrap_or(0)
    }
    /// Each class with its colour and its counts, such as `4–6`.
    pub fn legend(&self) -> Vec<(u8, String)> {
        let starts = std::iter::once(1).chain(self.0.iter().map(|end| end + 1));
        let words = |(from, end): (i64, &i64)| {
            let words = if from == *end { format!("{end}") } else { format!("{from}–{end}") };
            (self.colour(*end), words)
        };
        starts.zip(&self.0).map(words).collect()
    }
}

/// The map's own page.
pub async fn page(Viewer(view): Viewer, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let ground = places::ground(&view);
    let known = |code: &String| view.org().areas.contains_key(&AreaCode::new(code));
    let under = asked.under.filter(known).map_or(ground, AreaCode::new);
    let levels = levels(&view, &under, CELLS);
    let level = asked
        .level
        .map(LevelName::new)
        .filter(|level| levels.contains(level))
        .or_else(|| levels.last().cloned());
    let drawn = match level {
        Some(level) => Some(sheet(&view, under.clone(), level).await?),
        None => None,
    };
    let cases = list::beside(&view, &under).await?;
    let main = html! {
        main.page.page-wide.stack id="main" {
            h1 { (view.fill(T::Pair, &[&view.area(&under), view.say(T::OpenByArea)])) }
            (choices(&view, &under, &levels, drawn.as_ref().map(|sheet| &sheet.level)))
            @match &drawn {
                Some(sheet) => {
                    div.map-split { (sheet.figure(true, None)) (cases.section(&view, &sheet.level)) }
                    (sheet.table())
                }
                None => { div.empty { (icon("place")) h2 { (view.say(T::NoShapes)) } } }
            }
            @if view.setting.pack.shapes.synthetic { p.quiet { (view.say(T::Synthetic)) } }
        }
    };
    let tally = Tally::of(&view).await?;
    let page = frame::console(&view, &Page::new(view.say(T::OpenByArea)), Some(Here::Map), &tally, &main);
    Ok(live::with_policy(&view, page))
}

/// The small map at the desk: the street of the chosen case, else the member's ground.
pub async fn beside(view: &View, chosen: Option<&CaseView>) -> Result<Markup, Problem> {
    let place = chosen.and_then(|found| found.case.place.area.as_ref());
    let street = place
        .and_then(|area| view.org().ancestors(area).find(|above| view.org().depth(&above.level) == Some(1)));
    let under = street.map_or_else(|| places::ground(view), |area| area.code.clone());
    let Some(level) = levels(view, &under, CELLS_BESIDE).pop() else { return Ok(super::parts::nothing()) };
    Ok(sheet(view, under, level).await?.figure(false, chosen))
}

/// The levels below an area that one drawing can hold, largest ground first.
pub(super) fn levels(view: &View, under: &AreaCode, most: usize) -> Vec<LevelName> {
    let org = view.org();
    let depth = org.areas.get(under).and_then(|area| org.depth(&area.level)).unwrap_or_default();
    let below = org.levels.iter().skip(depth + 1);
    below.filter(|level| (1..=most).contains(&inside(view, under, level).count())).cloned().collect()
}

pub(super) fn inside<'a>(
    view: &'a View,
    under: &'a AreaCode,
    level: &'a LevelName,
) -> impl Iterator<Item = &'a Area> {
    let of_level = view.org().areas.values().filter(move |area| &area.level == level);
    of_level.filter(move |area| view.org().ancestors(&area.code).any(|above| &above.code == under))
}

async fn sheet(view: &View, under: AreaCode, level: LevelName) -> Result<Sheet<'_>, Problem> {
    let mut counts = counts::by_level(&view.state, view.signed()?, &level).await?;
    counts.retain(|code, _| view.org().ancestors(code).any(|above| above.code == under));
    let classes = Classes::of(counts.values().map(|(open, _)| *open));
    Ok(Sheet { view, under, level, counts, classes })
}

fn choices(view: &View, under: &AreaCode, levels: &[LevelName], current: Option<&LevelName>) -> Markup {
    let up = view.org().areas.get(under).and_then(|area| area.parent.clone());
    let name = |level: &LevelName| {
        let found = view.setting.pack.level(level.as_str());
        found.map_or(level.0.clone(), |level| view.lang.pick(level.name.zh.clone(), level.name.en.clone()))
    };
    html! {
        p.row {
            @if let Some(up) = up { a.button href=(address("/map", &[("under", up.as_str())])) { (icon("back")) (view.area(&up)) } }
            @for level in levels {
                a.button href=(address("/map", &[("under", under.as_str()), ("level", level.as_str())]))
                    aria-current=[(Some(level) == current).then_some("true")] { (view.fill(T::ByLevel, &[&name(level)])) }
            }
        }
    }
}

impl Sheet<'_> {
    fn count(&self, code: &AreaCode) -> (i64, i64) {
        self.counts.get(code).copied().unwrap_or_default()
    }

    /// The drawing with its legend. Large ones lead on to smaller ground and to the cases.
    fn figure(&self, large: bool, chosen: Option<&CaseView>) -> Markup {
        let view = self.view;
        let all = view.state.outlines.of(&view.setting.pack, view.org(), &self.level);
        let cells: Vec<_> = inside(view, &self.under, &self.level)
            .filter_map(|area| Some((area, all.get(&area.code)?)))
            .collect();
        let Some(window) = Window::of_all(cells.iter().map(|(_, outline)| outline.window)) else {
            return super::parts::nothing();
        };
        let own = chosen
            .and_then(|found| found.case.place.area.as_ref())
            .and_then(|area| view.org().at_level(area, &self.level));
        let size = mark_size(window, cells.len(), if large { 70.0 } else { 50.0 });
        let drawing = html! {
                svg viewBox=(window.view_box()) role="group" aria-label=(view.fill(T::Pair, &[&view.area(&self.under), view.say(T::OpenByArea)])) {
                    @for (area, outline) in &cells { (self.cell(area, &outline.path)) }
                    (self.borders())
                    @for (area, outline) in &cells {
                        @if self.count(&area.code).1 > 0 { path.mark-overdue d=(diamond(outline.window.middle(), size)) {} }
                    }
                    @if let Some(area) = own { @if let Some(outline) = all.get(&area.code) { path.mark-chosen d=(outline.path) {} } }
                    @if let Some((x, y)) = chosen.and_then(|found| spot(view, found)) { circle.mark-chosen cx=(format!("{x:.1}")) cy=(format!("{y:.1}")) r=(format!("{size:.1}")) {} }
                }
        };
        html! {
            figure.cell-map.cell-map-page[large] {
                @if large { div.map-box { (drawing) (live::canvas(view, &self.under, &self.level)) } } @else { (drawing) }
                (self.legend())
            }
        }
    }

    fn cell(&self, area: &Area, path: &str) -> Markup {
        let (open, overdue) = self.count(&area.code);
        let words = self
            .view
            .fill(T::CellWords, &[&self.view.area(&area.code), &open.to_string(), &overdue.to_string()]);
        html! {
            a href=(address("/desk", &[("queue", "area"), ("area", area.code.as_str())])) aria-label=(words) data-area=(area.code) {
                path.cell data-q=(self.classes.colour(open)) d=(path) { title { (words) } }
            }
        }
    }

    /// Borders of the level above, over the cells.
    fn borders(&self) -> Markup {
        let view = self.view;
        let depth = view.org().depth(&self.level).unwrap_or_default();
        let above = depth.checked_sub(1).and_then(|depth| view.org().levels.get(depth));
        let paths: Vec<String> = above.map_or_else(Vec::new, |level| {
            let all = view.state.outlines.of(&view.setting.pack, view.org(), level);
            inside(view, &self.under, level)
                .filter_map(|area| all.get(&area.code))
                .map(|outline| outline.path.clone())
                .collect()
        });
        html! {
            @for path in &paths { path.edge d=(path) {} }
            @for path in &paths { path.edge-line d=(path) {} }
        }
    }

    fn legend(&self) -> Markup {
        let view = self.view;
        html! {
            figcaption.map-legend {
                span { (view.say(T::OpenCases)) }
                @for (colour, words) in self.classes.legend() {
                    span { svg.key viewBox="0 0 12 12" aria-hidden="true" { path.cell data-q=(colour) d="M0 0h12v12H0z" {} } (words) }
                }
                span { svg.key viewBox="0 0 12 12" aria-hidden="true" { path.cell data-q="0" d="M0 0h12v12H0z" {} } (view.say(T::None)) }
                span data-urgency="overdue" { (shape("overdue")) (view.say(T::HasOverdue)) }
            }
        }
    }

    fn table(&self) -> Markup {
        let view = self.view;
        let mut lines: Vec<(&AreaCode, (i64, i64))> =
            self.counts.iter().map(|(code, count)| (code, *count)).collect();
        lines.sort_by_key(|(code, (open, overdue))| (std::cmp::Reverse((*open, *overdue)), (*code).clone()));
        let smaller = |code: &AreaCode| !levels(view, code, CELLS).is_empty();
        html! {
            h2 id="most" { (view.say(T::MostOpen)) }
            (frames::table(Named::By("most"), &html! {
                table.table {
                    thead { tr { th scope="col" { (view.say(T::Area)) } th.number scope="col" { (view.say(T::OpenCases)) } th.number scope="col" { (view.say(T::Overdue)) } th scope="col" { (view.say(T::Map)) } } }
                    tbody {
                        @for (code, (open, overdue)) in lines.into_iter().take(LINES) {
                            tr {
                                td { a href=(address("/desk", &[("queue", "area"), ("area", code.as_str())])) { (view.short_place(Some(code))) } }
                                td.number { (open) } td.number { (overdue) }
                                td { @if smaller(code) { a href=(address("/map", &[("under", code.as_str())])) { (view.area(code)) } } }
                            }
                        }
                    }
                }
            }))
        }
    }
}

/// Half the width of a mark: a small part of the drawing, and of a cell where there are many.
pub(super) fn mark_size(window: Window, cells: usize, part: f64) -> f64 {
    let cells = u32::try_from(cells.max(1)).unwrap_or(u32::MAX);
    let side = (window.width() * (window.bottom - window.top) / f64::from(cells)).sqrt();
    (window.width() / part).min(side * 0.17)
}

pub(super) fn diamond((x, y): (f64, f64), size: f64) -> String {
    format!("M{x:.1} {:.1}L{:.1} {y:.1}L{x:.1} {:.1}L{:.1} {y:.1}z", y - size, x + size, y + size, x - size)
}

/// Where the case itself lies in the drawing.
fn spot(view: &View, found: &CaseView) -> Option<(f64, f64)> {
    let place = &found.case.place;
    outlines::place(&view.setting.pack, Point::new(place.lon_e7?, place.lat_e7?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_hold_about_as_many_areas_each_and_none_is_none() {
        let classes = Classes::of([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10].into_iter());
        assert_eq!(classes, Classes(vec![2, 4, 6, 8, 10]));
        assert_eq!([0, 1, 4, 10, 99].map(|count| classes.colour(count)), [0, 2, 3, 6, 6]);
        assert_eq!(classes.legend().first(), Some(&(2, "1–2".to_owned())));
    }

    #[test]
    fn few_counts_make_few_classes() {
        assert_eq!(Classes::of([0, 0].into_iter()).legend(), []);
        let classes = Classes::of([3, 3, 3].into_iter());
        assert_eq!((classes.0.as_slice(), classes.colour(3)), ([3].as_slice(), 2));
    }
}
