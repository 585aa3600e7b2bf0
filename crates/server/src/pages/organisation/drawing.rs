//! The areas in the chosen one as a drawing in which each leads on.
//!
//! Owns which areas are drawn. The lines are [`crate::pages::outlines`]'s; the same areas stand in the list beside it, so nobody needs the
//! drawing. The script of the page draws new outlines over it by `data-frame`. Start at [`figure`].

use huying_model::org::Area;
use maud::{Markup, html};

use super::{at, below};
use crate::pages::{
    outlines::{self, Outline, Window},
    view::View,
};

/// Areas that one drawing holds.
const MOST: usize = 600;
/// Areas whose names find room.
const NAMED: usize = 40;

/// What lies in the area; the smallest ones are drawn among their neighbours.
pub fn figure(view: &View, area: &Area) -> Markup {
    let mut drawn: Vec<&Area> = below(view, &area.code).take(MOST).collect();
    if let (true, Some(parent)) = (drawn.is_empty(), &area.parent) {
        drawn = below(view, parent).take(MOST).collect();
    }
    let level = drawn.first().map(|one| &one.level);
    let outlines = level.map(|level| view.state.outlines.of(&view.setting.pack, view.org(), level));
    let outlines = outlines.unwrap_or_default();
    let shapes: Vec<_> = drawn.iter().filter_map(|one| Some((*one, outlines.get(&one.code)?))).collect();
    let Some(window) = Window::of_all(shapes.iter().map(|(_, outline)| outline.window)) else {
        return html! { p.quiet { (view.lang.pick("这里的区域没有边界图形。", "The areas here have no outlines.")) } };
    };
    let frame = outlines::frame(&view.setting.pack);
    let frame = frame.map(|frame| frame.map(|number| number.to_string()).join(" "));
    // About the size of the text around it, whichever side of the frame the drawing fills.
    let tall = (window.width() / 34.0).max(window.height() / 46.0);
    let size = format!("{tall:.1}");
    let name = view.lang.pick("区域图", "Map of areas");
    html! {
        figure.cell-map.cell-map-page {
            svg viewBox=(window.view_box()) role="group" aria-label=(name) data-frame=[frame] {
                @for (one, outline) in &shapes {
                    a href=(at(&one.code)) aria-label=(view.area(&one.code)) aria-current=[(one.code == area.code).then_some("true")] {
                        path.cell data-q=(if one.code == area.code { "3" } else { "0" }) d=(outline.path) { title { (view.area(&one.code)) } }
                    }
                }
                @if shapes.len() <= NAMED {
                    @for (one, (x, y)) in apart(view, &shapes, tall) {
                        text.area-name x=(format!("{x:.1}")) y=(format!("{y:.1}")) font-size=(size) text-anchor="middle" aria-hidden="true" { (view.area(&one.code)) }
                    }
                }
            }
            @if view.setting.pack.shapes.synthetic {
                figcaption.map-legend { span { (view.lang.pick("边界为示意，并非测绘成果。", "The outlines were made, not surveyed.")) } }
            }
        }
    }
}

/// The areas whose names stand clear of each other in letters of this height, with the middle of each name. Every name is a title and stands in the list.
fn apart<'a>(view: &View, shapes: &[(&'a Area, &Outline)], tall: f64) -> Vec<(&'a Area, (f64, f64))> {
    let mut kept: Vec<(&Area, (f64, f64), f64)> = Vec::new();
    for (one, outline) in shapes {
        let (x, y) = outline.window.middle();
        let wide =
            view.area(&one.code).chars().map(|sign| if sign.is_ascii() { 0.6 } else { 1.0 }).sum::<f64>();
        let half = wide * tall / 2.0;
        let free = |(_, (other_x, other_y), other): &(&Area, (f64, f64), f64)| {
            (x - other_x).abs() > half + other || (y - other_y).abs() > tall * 1.2
        };
        if kept.iter().all(free) {
            kept.push((one, (x, y), half));
        }
    }
    kept.into_iter().map(|(one, at, _)| (one, at)).collect()
}
