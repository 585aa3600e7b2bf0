//! Where the script of the map draws: what it has to know stands in attributes, and its words are written here.
//!
//! Owns the window in the datum of what lies under the map, and the policy of a page that shows pictures of another host. The drawing of the server stands
//! in the same box and stays where there is no script, no WebGL or no answer. Refuses cases: they come by tiles. Start at [`canvas`].

use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use huying_geo::{Datum, Point};
use huying_model::{AreaCode, LevelName};
use maud::{Markup, html};

use super::super::view::View;
use crate::{assets, basemap::Kind, edge, tiles::moved};

/// As the address of a tile says it.
fn code(datum: Datum) -> &'static str {
    match datum {
        Datum::Wgs84 => "wgs84",
        Datum::Cgcs2000 => "cgcs2000",
        Datum::Gcj02 => "gcj02",
        Datum::Bd09 => "bd09",
    }
}

/// West, south, east and north of an area.
fn window(view: &View, under: &AreaCode, datum: Datum) -> Option<String> {
    let org = view.org();
    let cells = view.setting.pack.shapes.cells.iter();
    let inside = cells.filter(|(cell, _)| org.ancestors(cell).any(|above| &above.code == under));
    let corners = inside.filter_map(|(_, shape)| shape.bounds()).flat_map(|(low, high)| [low, high]);
    let both = corners.map(|corner| moved(corner, datum)).map(|corner| (corner, corner));
    let (low, high) = both.reduce(|(a, b), (c, d)| {
        let low = Point::new(a.lon_e7.min(c.lon_e7), a.lat_e7.min(c.lat_e7));
        (low, Point::new(b.lon_e7.max(d.lon_e7), b.lat_e7.max(d.lat_e7)))
    })?;
    Some(format!("{},{},{},{}", low.lon(), low.lat(), high.lon(), high.lat()))
}

/// The box of the script, over the drawing; nothing where there is no ground.
pub fn canvas(view: &View, under: &AreaCode, level: &LevelName) -> Markup {
    let base = &view.state.settings.basemap;
    let shown = base.kind != Kind::None;
    let pick = |zh: &'static str, en: &'static str| view.lang.pick(zh, en);
    html! {
        @if let Some(window) = window(view, under, base.datum) {
            div.map-live hidden
                data-script=(assets::path("map.js")) data-worker=(assets::path("map-worker.js"))
                data-tiles="/api/v1/tiles" data-datum=(code(base.datum)) data-window=(window) data-level=(level.as_str())
                data-base=(base.kind.code()) data-base-url=[shown.then(|| base.template())] data-base-zoom=[shown.then_some(base.most_zoom)]
                data-title=(pick("地图：方向键移动，加减号缩放", "Map: arrow keys move it, plus and minus zoom"))
                data-in=(pick("放大", "Zoom in")) data-out=(pick("缩小", "Zoom out"))
                data-one=(pick("案件 {number}", "Case {number}"))
                data-overdue=(pick("超期", "overdue")) data-soon=(pick("临期", "due soon"))
                data-fine=(pick("正常", "on time")) data-paused=(pick("暂停", "paused"))
                data-base-gone=(pick("底图暂时无法载入，其余内容不受影响。", "The basemap cannot be loaded just now; everything else is there.")) {}
            span.map-north aria-hidden="true" { (pick("北", "N")) " ↑" }
        }
    }
}

/// What the map says of what was chosen on it, and whom the pictures under it are from.
pub fn said(view: &View) -> Markup {
    let base = &view.state.settings.basemap;
    html! {
        p.map-said role="status" {}
        @if base.kind != Kind::None && !base.attribution.is_empty() { p.quiet { (view.lang.pick("底图：", "Basemap: ")) (base.attribution) } }
    }
}

/// The page with a policy that lets the pictures in.
pub fn with_policy(view: &View, page: Response) -> Response {
    let base = &view.state.settings.basemap;
    let host = base.origin().filter(|host| base.kind != Kind::None && !host.is_empty());
    match host.and_then(edge::policy_with) {
        Some(policy) => ([(header::CONTENT_SECURITY_POLICY, policy)], page).into_response(),
        None => page,
    }
}
