//! The list beside the map: the open cases in sight within the area, those that end first at the top.
//!
//! Whoever cannot use the map finds the same cases here; with a script, the arrow keys go through the rows and the map follows. It is made of the very
//! points that the tiles are drawn from. Refuses words of a case: a row has its matter, number and place. Start at [`beside`].

use huying_geo::Point;
use huying_model::{AreaCode, LevelName, MatterCode};
use huying_store::Placed;
use maud::{Markup, html};

use super::super::{address, parts::chip, view::View};
use crate::problem::Problem;

/// Rows of the list: about as high as the map beside it.
const ROWS: usize = 12;

/// The cases within an area, as many as the list shows, and how many there are.
pub struct Listed {
    under: AreaCode,
    rows: Vec<(Placed, Point)>,
    total: usize,
}

/// Looks for the cases within an area.
pub async fn beside(view: &View, under: &AreaCode) -> Result<Listed, Problem> {
    let datum = view.state.settings.basemap.datum;
    let picture = view.state.tiles.picture(&view.state, view.signed()?, datum).await?;
    let org = view.org();
    let inside = |case: &Placed| match &case.area {
        Some(area) => org.ancestors(&AreaCode(area.clone())).any(|above| &above.code == under),
        None => under == org.root(),
    };
    let mut found: Vec<(&Placed, &Point)> =
        picture.cases.iter().zip(&picture.at).filter(|(case, _)| inside(case)).collect();
    let total = found.len();
    // What has no end goes last.
    found.sort_by_key(|(case, _)| (case.due.is_none(), case.due, case.case));
    let rows = found.into_iter().take(ROWS).map(|(case, at)| (case.clone(), *at)).collect();
    Ok(Listed { under: under.clone(), rows, total })
}

impl Listed {
    /// The list, with what the map says.
    pub fn section(&self, view: &View, level: &LevelName) -> Markup {
        let (shown, total) = (self.rows.len(), self.total);
        html! {
            section.map-list aria-labelledby="map-list" {
                h2 id="map-list" {
                    @if shown < total { (view.lang.pick(format!("最先到期的 {shown} 件，共 {total} 件"), format!("The {shown} that end first, of {total}"))) }
                    @else { (view.lang.pick(format!("地图上的案件 {total} 件"), format!("Cases on the map: {total}"))) }
                }
                p.quiet {
                    (view.lang.pick("按到期先后排列，数据截至 ", "By when they end, as of ")) (view.clock_time(view.now))
                    span.needs-js { (view.lang.pick("；↑ ↓ 选择，Enter 打开", "; ↑ ↓ choose, Enter opens")) }
                }
                (super::live::said(view))
                @if self.rows.is_empty() {
                    p { (view.lang.pick("此范围内没有您能看到的在办案件。", "There is no open case here that you may see.")) }
                } @else {
                    ol.map-rows.plain {
                        @for (case, at) in &self.rows { (row(view, level, case, *at)) }
                    }
                    p { a href=(address("/desk", &[("queue", "area"), ("area", self.under.as_str())])) { (view.lang.pick("此范围内全部案件", "All cases here")) } }
                }
            }
        }
    }
}

fn row(view: &View, level: &LevelName, case: &Placed, at: Point) -> Markup {
    let area = case.area.clone().map(AreaCode);
    let drawn = area.as_ref().and_then(|area| view.org().at_level(area, level));
    let matter = case.matter.clone().map(MatterCode);
    html! {
        li {
            a.map-row href={ "/cases/" (case.case) } data-case=(case.case) data-lon=(at.lon()) data-lat=(at.lat())
                data-in=[drawn.map(|area| area.code.as_str())] {
                (chip(view, case.due, case.due.is_none()))
                b { (view.matter(matter.as_ref())) }
                span.quiet { (view.short_place(area.as_ref())) " · " (case.number) }
            }
        }
    }
}
