//! Words: names that have no English, tracks that hold no matter.
//!
//! Owns what a screen in English would show in Chinese. A name that is plain ASCII needs no other. Start at [`check`].

use huying_model::{AreaCode, MatterCode};

use crate::lint::{LintReport, Severity, at_unit};
use crate::load::{Pack, Spots};
use crate::problem::Spot;
use crate::settings::Names;

pub fn check(pack: &Pack, spots: &Spots, report: &mut LintReport) {
    no_english(pack, spots, report);
    for track in pack.boards.iter().flat_map(|board| &board.tracks) {
        let inside = |code: &MatterCode| pack.tracks_of(code).any(|found| found.code == track.code);
        if !pack.policy.current.matters.keys().any(inside) {
            let what = format!("the track {} holds no matter", track.code);
            let problem =
                Spot::file(crate::catalogue::TRACKS).problem(what, "Add its matters, or remove the track");
            report.add(Severity::Warning, "empty-track", problem, track.name.zh.to_string());
        }
    }
}

fn no_english(pack: &Pack, spots: &Spots, report: &mut LintReport) {
    let (org, rules) = (&pack.policy.org, &pack.policy.current);
    let bare = |code: &str, name: &str| pack.english(code).is_none() && !name.is_ascii();
    let same = |names: &Names| names.zh == names.en && !names.zh.is_ascii();
    let mut tell = |what: &str, missing: Vec<(Spot, String)>| {
        let count = missing.len();
        if let Some((spot, example)) = missing.into_iter().next() {
            let problem =
                spot.problem(format!("{count} {what} have no English name"), "Fill the column name_en");
            report.add(Severity::Warning, "no-english", problem, example);
        }
    };
    let areas = org.areas.values().filter(|area| bare(area.code.as_str(), &area.name));
    tell("areas", areas.map(|area| (spots.ground.spot(&area.code), area.name.to_string())).collect());
    let units = org.units.values().filter(|unit| bare(unit.id.as_str(), &unit.name));
    tell("units", units.map(|unit| (at_unit(spots, unit.id.as_str()), unit.name.to_string())).collect());
    let members = org.members.values().filter(|member| bare(member.id.as_str(), &member.name));
    let of_member = |id: &str| spots.members.get(id).cloned().unwrap_or_default();
    tell("members", members.map(|member| (of_member(member.id.as_str()), member.name.to_string())).collect());
    let matters = rules.matters.values().filter(|m| m.name == m.name_en && !m.name.is_ascii());
    let of_matter = |code: &MatterCode| spots.matters.get(code).cloned().unwrap_or_default();
    tell("matters", matters.map(|matter| (of_matter(&matter.code), matter.name.to_string())).collect());
    let boards = pack.boards.iter().filter(|board| same(&board.name)).map(|board| &board.name);
    let tracks = pack.boards.iter().flat_map(|board| &board.tracks).map(|track| &track.name);
    let named = boards.chain(tracks.filter(|name| same(name)));
    tell(
        "boards and tracks",
        named.map(|name| (Spot::file(crate::catalogue::TRACKS), name.zh.to_string())).collect(),
    );
    let overlays = pack.overlays.iter().filter(|(_, name)| same(name));
    let of_overlay =
        |code: &AreaCode| Spot { file: crate::places::OVERLAYS.into(), ..spots.ground.spot(code) };
    tell("overlays", overlays.map(|(code, name)| (of_overlay(code), name.zh.to_string())).collect());
    let levels = pack.levels.iter().map(|level| &level.name).chain(std::iter::once(&pack.name));
    let levels = levels.filter(|name| same(name));
    tell(
        "levels and packs",
        levels.map(|name| (Spot::file(crate::settings::FILE), name.zh.to_string())).collect(),
    );
}
