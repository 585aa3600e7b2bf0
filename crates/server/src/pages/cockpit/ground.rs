//! The choropleth of a ground: open cases by area, in one hue, with marks where something is late; and the table that says the same.
//!
//! Outlines and classes are those of the page of the map. Start at [`Sheet::of`].

use std::collections::BTreeMap;

use huying_model::{AreaCode, LevelName};
use huying_store::Sum;
use maud::{Markup, html};

use super::{cases_of, figures::Figures, figures::Ground};
use crate::pages::{
    address,
    components::frames::{self, Named},
    map::{self, Classes},
    outlines::Window,
    parts::{nothing, shape},
    view::View,
};

/// Cells of a drawing: more cannot be told apart.
const CELLS: usize = 260;

/// A ground at one level.
pub struct Sheet<'a> {
    view: &'a View,
    ground: &'a Ground,
    level: LevelName,
    counts: BTreeMap<AreaCode, Sum>,
    classes: Classes,
}

impl<'a> Sheet<'a> {
    /// The smallest areas that one drawing can hold. None where nothing lies below.
    pub fn of(view: &'a View, ground: &'a Ground, figures: &Figures) -> Option<Sheet<'a>> {
        let level = map::levels(view, &ground.area, CELLS).pop()?;
        let counts = figures.open_by(view, &level);
        let classes = Classes::of(counts.values().map(|sum| sum.open));
        Some(Sheet { view, ground, level, counts, classes })
    }

    fn sum(&self, code: &AreaCode) -> Sum {
        self.counts.get(code).copied().unwrap_or_default()
    }

    fn words(&self, code: &AreaCode) -> String {
        let (name, sum) = (self.view.area(code), self.sum(code));
        let (open, overdue, soon) = (sum.open, sum.overdue, sum.soon);
        self.view.lang.pick(
            format!("{name}：在办 {open} 件，超期 {overdue} 件，临期 {soon} 件"),
            format!("{name}: {open} open, {overdue} overdue, {soon} due soon"),
        )
    }

    /// The drawing with its legend; each area leads to its cases.
    pub fn figure(&self) -> Markup {
        let view = self.view;
        let all = view.state.outlines.of(&view.setting.pack, view.org(), &self.level);
        let areas = map::inside(view, &self.ground.area, &self.level);
        let cells: Vec<_> = areas.filter_map(|area| Some((&area.code, all.get(&area.code)?))).collect();
        let Some(window) = Window::of_all(cells.iter().map(|(_, outline)| outline.window)) else {
            return nothing();
        };
        let size = map::mark_size(window, cells.len(), 70.0);
        html! {
            figure.cell-map.cell-map-page {
                svg viewBox=(window.view_box()) role="group" aria-label=(view.lang.pick("各区域在办案件", "Open cases by area")) {
                    @for (code, outline) in &cells {
                        a href=(cases_of(code.as_str(), &[])) aria-label=(self.words(code)) {
                            path.cell data-q=(self.classes.colour(self.sum(code).open)) d=(outline.path) { title { (self.words(code)) } }
                        }
                    }
                    @for (code, outline) in &cells {
                        @if self.sum(code).overdue > 0 { path.mark-overdue d=(map::diamond(outline.window.middle(), size)) {} }
                        @else if self.sum(code).soon > 0 { path.mark-soon d=(triangle(outline.window.middle(), size)) {} }
                    }
                }
                (self.legend())
            }
        }
    }

    fn legend(&self) -> Markup {
        let pick = |zh, en| self.view.lang.pick(zh, en);
        html! {
            figcaption.map-legend {
                span { (pick("在办", "Open")) }
                @for (colour, words) in self.classes.legend() {
                    span { svg.key viewBox="0 0 12 12" aria-hidden="true" { path.cell data-q=(colour) d="M0 0h12v12H0z" {} } (words) }
                }
                span data-urgency="overdue" { (shape("overdue")) (pick("有超期", "Has overdue cases")) }
                span data-urgency="soon" { (shape("soon")) (pick("有临期", "Has cases due soon")) }
            }
        }
    }

    /// The same as a table: areas with open cases, most pressing first.
    pub fn table(&self) -> Markup {
        let view = self.view;
        let pick = |zh, en| view.lang.pick(zh, en);
        let name = pick("各区域在办的表", "Open cases by area as a table");
        html! {
            details id="ground-table" {
                summary { (name) }
                (frames::table(Named::As(name), &html! {
                    table.table {
                        thead { tr {
                            th scope="col" { (pick("区域", "Area")) } th.number scope="col" { (pick("在办", "Open")) }
                            th.number scope="col" { (pick("超期", "Overdue")) } th.number scope="col" { (pick("临期", "Due soon")) }
                            th scope="col" { (pick("这里的驾驶舱", "Its cockpit")) }
                        } }
                        tbody {
                            @for (code, sum) in huying_engine::insight::pressing(self.counts.clone()) {
                                tr {
                                    td { a href=(cases_of(code.as_str(), &[])) { (view.short_place(Some(&code))) } }
                                    td.number { (sum.open) } td.number { (sum.overdue) } td.number { (sum.soon) }
                                    td { a href=(address("/cockpit", &[("area", code.as_str())])) { (view.area(&code)) } }
                                }
                            }
                        }
                    }
                }))
            }
        }
    }
}

fn triangle((x, y): (f64, f64), size: f64) -> String {
    format!("M{x:.1} {:.1}L{:.1} {:.1}L{:.1} {:.1}z", y - size, x + size, y + size, x - size, y + size)
}
