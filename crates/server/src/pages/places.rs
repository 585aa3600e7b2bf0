//! Lists that people choose places and matters from, kept short enough to be read.

use std::collections::BTreeMap;

use huying_model::{AreaCode, Rules, catalogue::Matter, org::Area};
use maud::{Markup, html};
use smol_str::SmolStr;

use super::{texts::T, view::View};

/// Areas that one list may have; a city's grids are found from the point or by the acceptor.
const MOST: usize = 400;

/// A chooser of areas: the levels below the member's ground, as many whole levels as a list may have.
pub fn chooser(view: &View, id: &str, chosen: Option<&str>) -> Markup {
    let groups = groups(view, chosen);
    html! {
        select id=(id) name="area" {
            option value="" { (view.say(T::PlaceUnknown)) }
            @for (name, areas) in &groups {
                optgroup label=(name) {
                    @for area in areas { option value=(area.code) selected[chosen == Some(area.code.as_str())] { (indented(view, area)) } }
                }
            }
        }
    }
}

/// Each area of the level below the ground, with what lies in it; the first line is the area itself.
fn groups<'a>(view: &'a View, chosen: Option<&str>) -> Vec<(SmolStr, Vec<&'a Area>)> {
    let org = view.org();
    let ground = ground(view);
    let inside: Vec<&Area> = org
        .areas
        .values()
        .filter(|area| org.ancestors(&area.code).any(|above| above.code == ground))
        .collect();
    let depth = |area: &Area| org.depth(&area.level).unwrap_or_default();
    let of_ground = org.areas.get(&ground).map_or(0, depth);
    let mut deepest = of_ground;
    while deepest < org.levels.len() {
        let count = inside.iter().filter(|area| depth(area) <= deepest + 1).count();
        if count > MOST {
            break;
        }
        deepest += 1;
    }
    let top = of_ground + 1;
    let mut groups: BTreeMap<AreaCode, Vec<&Area>> = BTreeMap::new();
    for area in inside.into_iter().filter(|area| depth(area) <= deepest || chosen == Some(area.code.as_str()))
    {
        let of_top = org
            .ancestors(&area.code)
            .find(|above| depth(above) <= top)
            .map_or(&area.code, |above| &above.code);
        groups.entry(of_top.clone()).or_default().push(area);
    }
    groups.into_iter().map(|(code, areas)| (view.area(&code), areas)).collect()
}

/// The smallest area in which all of the member's units lie: where they report from.
pub fn ground(view: &View) -> AreaCode {
    let org = view.org();
    let first = view.seats().first().and_then(|seat| org.units.get(&seat.unit)).map(|unit| &unit.area);
    let around = |area: &AreaCode| {
        view.seats().iter().all(|seat| {
            org.units
                .get(&seat.unit)
                .is_none_or(|unit| org.ancestors(&unit.area).any(|above| &above.code == area))
        })
    };
    let found = first.and_then(|area| org.ancestors(area).find(|area| around(&area.code)));
    found.map_or_else(|| org.root().clone(), |area| area.code.clone())
}

/// Smaller ground stands further in.
fn indented(view: &View, area: &Area) -> String {
    let org = view.org();
    let depth = org.depth(&area.level).unwrap_or_default().saturating_sub(1);
    format!("{}{}", "\u{3000}".repeat(depth), view.area(&area.code))
}

/// Matters by track, both in the catalogue's order.
pub fn by_track<'a>(view: &View, rules: &'a Rules) -> Vec<(String, Vec<&'a Matter>)> {
    let mut tracks: Vec<(String, Vec<&Matter>)> = Vec::new();
    for matter in rules.matters.values() {
        let name = track_name(view, matter);
        match tracks.last_mut().filter(|(last, _)| *last == name) {
            Some((_, matters)) => matters.push(matter),
            None => tracks.push((name, vec![matter])),
        }
    }
    tracks
}

fn track_name(view: &View, matter: &Matter) -> String {
    let track = matter.code.as_str().rsplit_once('/').map_or("", |(track, _)| track);
    let found =
        view.setting.pack.boards.iter().flat_map(|board| &board.tracks).find(|known| known.code == track);
    match found {
        Some(track) => view.lang.pick(&track.name.zh, &track.name.en).to_string(),
        None => track.to_owned(),
    }
}
