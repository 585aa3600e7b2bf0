//! A pack with the rules, the ground and the units of another, and nobody in it who is somebody.
//!
//! Owns how its members are made up, one or two for each role in each unit, and how the roster is written anew for them. Refuses to keep
//! a name or an id of the authority's own people, and its stories, which tell of them. Start at [`synthetic`].

use std::collections::BTreeMap;
use std::io::Cursor;

use huying_model::{MemberId, UnitId, actor::Role};

use crate::files::Files;
use crate::listing::{self, Compared, Kind, Missing, Sheet};
use crate::load::Pack;
use crate::sheet::Rows;
use crate::{people, roster, scenario};

/// What the numbers of its cases begin with, so that nobody takes one for a case of the authority.
pub const PREFIX: &str = "SBX";
/// Members of one role in one unit: what one did, another can check.
const MOST: usize = 2;
const SETTINGS: &str = "pack.toml";

/// The files of such a pack: the version in force, with the units and areas of today.
pub fn synthetic(pack: &Pack, files: &Files) -> Files {
    let stories = format!("{}/", scenario::FOLDER);
    let mut made = Files::default();
    for name in files.names_of_all().filter(|name| !name.starts_with(&stories)) {
        made.insert(name, files.text(name).unwrap_or_default());
    }
    for kind in [Kind::Areas, Kind::Units] {
        let today = listing::today(kind, pack, files);
        made.insert(kind.file(), Compared::of(Sheet::default(), &today, Missing::Stays).text());
    }
    let cast = Cast::of(pack);
    made.insert(people::MEMBERS, cast.members(pack));
    if let Some(text) = files.text(roster::FILE) {
        made.insert(roster::FILE, cast.roster(text));
    }
    made.insert(SETTINGS, renumbered(files.text(SETTINGS).unwrap_or_default()));
    made
}

/// Who sits where: for each seat the ranks that are kept, and for each member of the authority those who stand in for them.
struct Cast {
    seats: BTreeMap<(UnitId, Role), Vec<u8>>,
    stand_ins: BTreeMap<MemberId, Vec<(UnitId, String)>>,
}

fn code(role: Role) -> String {
    let value = serde_json::to_value(role).ok();
    value.and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn id(unit: &UnitId, role: Role, no: usize) -> String {
    format!("{unit}.{}.{no}", code(role))
}

impl Cast {
    fn of(pack: &Pack) -> Cast {
        let mut sitting: BTreeMap<(UnitId, Role), Vec<(u8, MemberId)>> = BTreeMap::new();
        for member in pack.policy.org.members.values() {
            for seat in &member.seats {
                let seats = sitting.entry((seat.unit.clone(), seat.role)).or_default();
                seats.push((member.rank, member.id.clone()));
            }
        }
        let mut cast = Cast { seats: BTreeMap::new(), stand_ins: BTreeMap::new() };
        for ((unit, role), mut all) in sitting {
            // The highest first, so that whatever asks for a rank finds one who has it.
            all.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
            let mut ranks: Vec<u8> = all.iter().map(|(rank, _)| *rank).take(MOST).collect();
            if role == Role::Administrator {
                // What administrators do is agreed to by a second one.
                ranks.resize(MOST, 0);
            }
            for (place, (_, member)) in all.into_iter().enumerate() {
                let stand_in = (unit.clone(), id(&unit, role, place % ranks.len() + 1));
                cast.stand_ins.entry(member).or_default().push(stand_in);
            }
            cast.seats.insert((unit, role), ranks);
        }
        cast
    }

    fn members(&self, pack: &Pack) -> String {
        let mut table = table(Kind::Members.columns());
        for ((unit, role), ranks) in &self.seats {
            let (named, org) = (pack.role(*role), &pack.policy.org);
            let zh = org.units.get(unit).map_or_else(|| unit.to_string(), |unit| unit.name.to_string());
            let en = pack.english(unit.as_str()).map_or_else(|| zh.clone(), ToString::to_string);
            for (place, rank) in ranks.iter().enumerate() {
                let no = place + 1;
                let rank = if *rank == 0 { String::new() } else { rank.to_string() };
                let row = [
                    id(unit, *role, no),
                    format!("{zh}虚拟{}{no}", named.zh),
                    format!("{en}: made-up {} {no}", named.en.to_lowercase()),
                    format!("{unit}:{}", code(*role)),
                    rank,
                ];
                // Writing into memory does not fail.
                let _ = table.write_record(row);
            }
        }
        written(table)
    }

    /// Whoever is on duty is replaced by who stands in for them, where they sit in the unit by a seat there.
    fn roster(&self, text: &str) -> String {
        let columns = ["unit", "days", "hours", "members"];
        let mut table = table(&columns);
        let Ok(rows) = Rows::with_remarks(Cursor::new(text.to_owned().into_bytes())) else {
            return written(table);
        };
        let mut rows = rows.filter_map(Result::ok);
        let headings = rows.next().unwrap_or_default().cells;
        let places = columns.map(|column| headings.iter().position(|heading| heading == column));
        for line in rows {
            let cell =
                |place: Option<usize>| place.and_then(|at| line.cells.get(at).cloned()).unwrap_or_default();
            let [unit, days, hours, members] = places.map(cell);
            let listed = members.split([' ', ';', '；', '\u{3000}']).filter(|id| !id.is_empty());
            let mut found: Vec<&(UnitId, String)> = Vec::new();
            for one in listed.filter_map(|member| self.stand_in(&unit, member)) {
                if !found.iter().any(|known| known.1 == one.1) {
                    found.push(one);
                }
            }
            // Who comes first answers for the unit, so they need a seat in it.
            if found.first().is_some_and(|(of, _)| of.as_str() == unit) {
                let members = found.iter().map(|(_, id)| id.as_str()).collect::<Vec<_>>().join(" ");
                let _ = table.write_record([unit, days, hours, members]);
            }
        }
        written(table)
    }

    fn stand_in(&self, unit: &str, member: &str) -> Option<&(UnitId, String)> {
        let all = self.stand_ins.get(member)?;
        all.iter().find(|(of, _)| of.as_str() == unit).or_else(|| all.first())
    }
}

fn table(columns: &[&str]) -> csv::Writer<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    let _ = table.write_record(columns);
    table
}

fn written(table: csv::Writer<Vec<u8>>) -> String {
    table.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

/// The settings with another beginning of case numbers.
fn renumbered(settings: &str) -> String {
    let mut top = true;
    let mut made = String::with_capacity(settings.len());
    for line in settings.lines() {
        top &= !line.starts_with('[');
        let own = top && line.split('=').next().is_some_and(|key| key.trim() == "number_prefix");
        if own {
            made.push_str(&format!("number_prefix = \"{PREFIX}\""));
        } else {
            made.push_str(line);
        }
        made.push('\n');
    }
    made
}
