//! The file of a mapping as it is written: rows with their spots. What they mean is checked beside.

use smol_str::SmolStr;

use super::{Every, Kind, Mode, Way};
use crate::{doc::Section, problem::Spot};

/// A row with where it stands.
pub(super) struct Row {
    pub ours: SmolStr,
    pub theirs: SmolStr,
    pub way: Way,
    /// Of several that mean the same of ours, the one that ours becomes.
    pub back: bool,
    pub at_ours: Spot,
    pub at_theirs: Spot,
}

/// A word with where it stands.
pub(super) type At = (SmolStr, Spot);

/// Everything the file says.
#[derive(Default)]
pub(super) struct Read {
    pub mode: Mode,
    pub purpose_out: Option<SmolStr>,
    pub purpose_in: Option<SmolStr>,
    pub defaults: Vec<(Kind, At)>,
    pub same: Vec<Kind>,
    /// Globs over the catalogue, and external units.
    pub given_matters: Vec<At>,
    pub given_units: Vec<At>,
    pub figures: Option<Every>,
    pub dropped: Vec<SmolStr>,
    pub rows: Vec<(Kind, Row)>,
}

fn any(text: &str) -> Result<SmolStr, String> {
    if text.trim().is_empty() { Err("the text is empty".to_owned()) } else { Ok(SmolStr::new(text)) }
}

fn kind(text: &str) -> Result<Kind, String> {
    let plural = |kind: &Kind| match kind {
        Kind::Status => "statuses".to_owned(),
        Kind::Urgency => "urgencies".to_owned(),
        kind => format!("{}s", kind.code()),
    };
    let known = [Kind::Matter, Kind::Area, Kind::Unit, Kind::Status, Kind::Source, Kind::Urgency];
    let names: Vec<String> = known.iter().map(plural).collect();
    known
        .into_iter()
        .find(|kind| plural(kind) == text)
        .ok_or_else(|| format!("'{text}' is no kind of names: write one of {}", names.join(", ")))
}

fn mode(text: &str) -> Result<Mode, String> {
    match text {
        "structured" => Ok(Mode::Structured),
        "binary" => Ok(Mode::Binary),
        "batch" => Ok(Mode::Batch),
        other => Err(format!("'{other}' is no mode: write structured, binary or batch")),
    }
}

fn way(text: &str) -> Result<Way, String> {
    match text {
        "both" => Ok(Way::Both),
        "in" => Ok(Way::In),
        "out" => Ok(Way::Out),
        other => Err(format!("'{other}' is no way: write both, in or out")),
    }
}

fn every(text: &str) -> Result<Every, String> {
    match text {
        "hour" => Ok(Every::Hour),
        "day" => Ok(Every::Day),
        other => Err(format!("'{other}' is no period: write hour or day")),
    }
}

fn words(section: &Section, key: &str) -> Vec<At> {
    let spot = section.spot(key);
    let list = section.list(key, any).unwrap_or_default();
    list.into_iter().map(|word| (word, spot.clone())).collect()
}

fn row(section: &Section) -> Option<Row> {
    let ours = section.need("ours", "\"…\"", any);
    let theirs = section.need("theirs", "\"…\"", any);
    let way = section.read("way", way).unwrap_or_default();
    let back = section.flag("back").unwrap_or_default();
    let (at_ours, at_theirs) = (section.spot("ours"), section.spot("theirs"));
    section.finish();
    Some(Row { ours: ours?, theirs: theirs?, way, back, at_ours, at_theirs })
}

/// Reads the document; mistakes in the writing are told by the section.
pub(super) fn read(root: &Section) -> Read {
    let mut read = Read { mode: root.read("mode", mode).unwrap_or_default(), ..Read::default() };
    root.number("format", 1..=1);
    if !root.has("format") {
        root.fail("format", "the setting 'format' is missing", "Write format = 1");
    }
    read.same = root.list("same", kind).unwrap_or_default();
    if let Some(section) = root.section("purpose") {
        read.purpose_out = section.need_or("out");
        read.purpose_in = section.need_or("in");
        section.finish();
    }
    if let Some(section) = root.section("default") {
        for kind in [Kind::Matter, Kind::Area, Kind::Source, Kind::Urgency, Kind::Status] {
            if let Some(word) = section.read(kind.code(), any) {
                read.defaults.push((kind, (word, section.spot(kind.code()))));
            }
        }
        section.finish();
    }
    if let Some(section) = root.section("given") {
        read.given_matters = words(&section, "matters");
        read.given_units = words(&section, "units");
        section.finish();
    }
    if let Some(section) = root.section("figures") {
        read.figures = section.need("every", "\"day\"", every);
        section.finish();
    }
    for section in root.sections("drop") {
        read.dropped.extend(section.need("theirs", "\"…\"", any));
        section.finish();
    }
    for kind in Kind::ALL {
        let rows = root.sections(kind.code());
        read.rows.extend(rows.iter().filter_map(row).map(|row| (kind, row)));
    }
    root.finish();
    read
}

impl Section<'_, '_> {
    /// A text that says something; None where it is absent.
    fn need_or(&self, key: &str) -> Option<SmolStr> {
        self.read(key, any)
    }
}
