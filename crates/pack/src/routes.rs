//! `routes.csv`: the dispatch table.
//!
//! Owns the reading of its rows. Whether every case finds a row is the lint's question. Start at [`read`].

use std::collections::HashMap;

use huying_model::{AreaCode, route::Route};
use smol_str::SmolStr;

use crate::catalogue::{self, Catalogue};
use crate::places::Ground;
use crate::problem::{Problems, Spot};
use crate::settings::Settings;
use crate::source::{Source, text};
use crate::table::{Row, Table};
use crate::words::word;

/// The file of routes.
pub const FILE: &str = "routes.csv";

/// The rows, and where each stands.
#[derive(Debug, Default)]
pub struct Routes {
    pub rows: Vec<Route>,
    pub spots: HashMap<SmolStr, Spot>,
}

/// Reads the table.
pub fn read(
    source: &dyn Source,
    settings: &Settings,
    ground: &Ground,
    catalogue: &Catalogue,
    problems: &Problems,
) -> Routes {
    let mut routes = Routes::default();
    let Some(text) = text(source, FILE, true, problems) else { return routes };
    let known = [
        "overlay",
        "area",
        "level",
        "source",
        "urgency",
        "period",
        "assists",
        "handle",
        "promise",
        "receive",
        "arrive",
        "closing_level",
        "note",
    ];
    let table = Table::read(FILE, &text, &["id", "matter", "lead"], &known, problems);
    for row in table.rows(problems) {
        let Some(route) = route(&row, settings, ground, catalogue) else { continue };
        if let Some(earlier) = routes.spots.insert(route.id.clone(), row.spot("id")) {
            row.fail(
                "id",
                format!("the row '{}' stands twice, first in line {}", route.id, earlier.line),
                "Name one otherwise",
            );
            continue;
        }
        routes.rows.push(route);
    }
    routes
}

fn route(row: &Row, settings: &Settings, ground: &Ground, catalogue: &Catalogue) -> Option<Route> {
    let id = row.need_text("id").map(SmolStr::new);
    let matter = row.need("matter", |pattern| catalogue.check_pattern(pattern));
    let place = |heading: &str| {
        row.read(heading, |code| {
            let code = AreaCode::new(code);
            if ground.has(&code) {
                Ok(code)
            } else {
                Err(format!("{code} does not exist: add it or correct the code"))
            }
        })
    };
    let level = |heading: &str| row.read(heading, |text| settings.check_level(text));
    let lead = row.need("lead", |text| settings.check_selector(text));
    let limited = row.text("handle").is_some() || row.text("promise").is_some();
    let route = Route {
        id: id?,
        matter: matter?,
        overlay: place("overlay"),
        area: place("area"),
        level: level("level"),
        source: row.read("source", word),
        urgency: row.read("urgency", word),
        period: row.read("period", word),
        lead: lead?,
        assists: row.list("assists", |text| settings.check_selector(text)),
        limits: if limited { catalogue::limits(row) } else { None },
        closing_level: level("closing_level"),
    };
    if !limited && (row.text("receive").is_some() || row.text("arrive").is_some()) {
        row.fail(
            "handle",
            "a row with limits of its own needs handle and promise too",
            "Write both, or none",
        );
    }
    Some(route)
}
