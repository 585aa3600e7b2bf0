//! From a question as it was written to one that the model can be asked.
//!
//! Owns what each field may say, and the mend where it says something else. Every mistake is told at once. Start at [`read`].

use std::sync::Arc;

use huying_geo::Point;
use huying_model::{
    AreaCode, Instant, MatterCode, Policy, Rules,
    case::Place,
    catalogue::{Condition, Matter, Source, Urgency},
    policy::Auto,
};
use jiff::civil::DateTime;

use super::{Asking, Wrong, near};
use crate::load::Pack;
use crate::told::{Told, told};
use crate::words::word;

/// A question that can be asked.
pub(crate) struct Question {
    pub rules: Arc<Rules>,
    pub matter: MatterCode,
    pub condition: Condition,
    pub place: Place,
    pub source: Source,
    pub urgency: Urgency,
    pub at: Instant,
}

impl Question {
    pub fn matter(&self) -> Option<&Matter> {
        self.rules.matters.get(&self.matter)
    }
    pub fn auto(&self) -> Option<&Auto> {
        self.rules.auto(&self.matter, self.source)
    }
}

fn wrong(field: &'static str, what: Told, mend: Told) -> Wrong {
    Wrong { field, what, mend }
}

/// Reads a question.
pub(crate) fn read(pack: &Pack, policy: &Policy, asking: &Asking) -> Result<Question, Vec<Wrong>> {
    let mut problems = Vec::new();
    let rules = keep(&mut problems, rules(policy, asking)).unwrap_or_else(|| policy.current.clone());
    let matter = keep(&mut problems, matter(&rules, &asking.matter));
    let condition = matter.and_then(|matter| keep(&mut problems, condition(matter, asking.condition)));
    let place = keep(&mut problems, place(pack, policy, asking));
    let at = keep(&mut problems, when(&rules, &asking.when));
    let source = keep(&mut problems, source(&asking.source));
    let urgency = keep(&mut problems, urgency(asking.urgency.as_deref()));
    let (Some(matter), Some(condition), Some(place), Some(at), Some(source), Some(urgency)) =
        (matter, condition, place, at, source, urgency)
    else {
        return Err(problems);
    };
    if !problems.is_empty() {
        return Err(problems);
    }
    let (matter, condition) = (matter.code.clone(), condition.clone());
    Ok(Question { rules: rules.clone(), matter, condition, place, source, urgency, at })
}

fn keep<T>(problems: &mut Vec<Wrong>, read: Result<T, Wrong>) -> Option<T> {
    read.map_err(|why| problems.push(why)).ok()
}

fn rules(policy: &Policy, asking: &Asking) -> Result<Arc<Rules>, Wrong> {
    let Some(version) = &asking.version else { return Ok(policy.current.clone()) };
    policy.versions.get(version).cloned().ok_or_else(|| {
        let known: Vec<&str> = policy.versions.keys().map(|version| version.as_str()).collect();
        let known = known.join(", ");
        wrong(
            "version",
            told(format!("没有版本“{version}”。"), format!("There is no version “{version}” of the rules.")),
            told(format!("现有版本：{known}。"), format!("There are {known}.")),
        )
    })
}

/// By its code, or by a name that is one matter's alone.
fn matter<'r>(rules: &'r Rules, text: &str) -> Result<&'r Matter, Wrong> {
    let text = text.trim();
    let unknown = |mend: Told| {
        let what = if text.is_empty() {
            told("没有写事项。", "The matter is missing.")
        } else {
            told(format!("目录中没有事项“{text}”。"), format!("The catalogue has no matter “{text}”."))
        };
        wrong("matter", what, mend)
    };
    if let Some(found) = rules.matters.get(text) {
        return Ok(found);
    }
    let called = |matter: &&Matter| matter.name == text || matter.name_en.eq_ignore_ascii_case(text);
    let mut named = rules.matters.values().filter(called);
    match (named.next(), named.next()) {
        (Some(found), None) => return Ok(found),
        (Some(one), Some(other)) => {
            let mend = told(
                format!("有几个事项叫这个名字，请写代码，如 {} 或 {}。", one.code, other.code),
                format!("Several have that name: write a code, such as {} or {}.", one.code, other.code),
            );
            return Err(unknown(mend));
        }
        _ => {}
    }
    let near: Vec<&Matter> = near::matters(rules, text);
    let zh: Vec<String> = near.iter().map(|matter| format!("{}（{}）", matter.code, matter.name)).collect();
    let en: Vec<String> = near.iter().map(|matter| format!("{} ({})", matter.code, matter.name_en)).collect();
    Err(unknown(told(
        format!("相近的有：{}。", zh.join("、")),
        format!("The nearest are {}.", en.join(", ")),
    )))
}

fn condition(matter: &Matter, no: Option<u16>) -> Result<&Condition, Wrong> {
    let found = match no {
        Some(no) => matter.condition(no),
        None => matter.conditions.first(),
    };
    found.ok_or_else(|| {
        let all: Vec<String> = matter.conditions.iter().map(|condition| condition.no.to_string()).collect();
        let (no, all) = (no.unwrap_or_default(), all.join(", "));
        wrong(
            "condition",
            told(
                format!("{}没有第{no}个立案条件。", matter.name),
                format!("{} has no filing condition {no}.", matter.name_en),
            ),
            told(format!("可选：{all}。"), format!("It has {all}.")),
        )
    })
}

fn place(pack: &Pack, policy: &Policy, asking: &Asking) -> Result<Place, Wrong> {
    let said =
        |text: &Option<String>| text.as_deref().map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned);
    match (said(&asking.at), said(&asking.area)) {
        (Some(at), _) => point(pack, &at),
        (None, Some(area)) => area_of(policy, &area),
        (None, None) => Err(wrong(
            "at",
            told("没有写位置。", "The place is missing."),
            told(
                "请写经纬度，如 --at 110.005,30.015，或写区域代码 --area。",
                "Write a point such as 110.005,30.015 (at), or an area's code (area).",
            ),
        )),
    }
}

fn point(pack: &Pack, text: &str) -> Result<Place, Wrong> {
    let how = told(
        "请按“经度,纬度”写十进制度，如 110.005,30.015。",
        "Write longitude,latitude in decimal degrees, such as 110.005,30.015.",
    );
    let degrees = text
        .split_once([',', '，'])
        .and_then(|(lon, lat)| Some((lon.trim().parse::<f64>().ok()?, lat.trim().parse::<f64>().ok()?)));
    let point = degrees.and_then(|(lon, lat)| Point::from_degrees(lon, lat).ok());
    let point = point.ok_or_else(|| {
        let what = told(format!("“{text}”不是经纬度。"), format!("“{text}” is no point."));
        wrong("at", what, how)
    })?;
    let located = pack.places.locate(point);
    let Some(leaf) = located.leaf() else {
        let what = told(format!("{text} 不在任何网格内。"), format!("{text} lies in no cell of the pack."));
        return Err(wrong("at", what, ground(pack)));
    };
    Ok(Place {
        lon_e7: Some(point.lon_e7),
        lat_e7: Some(point.lat_e7),
        area: Some(AreaCode(leaf.clone())),
        overlays: located.overlays.iter().map(|code| AreaCode((*code).clone())).collect(),
        datum: None,
    })
}

/// What the pack's cells span, for somebody who is outside.
fn ground(pack: &Pack) -> Told {
    let points = || pack.shapes.cells.values().flat_map(|cell| cell.rings.iter().flatten());
    let span = |of: fn(&Point) -> f64| {
        points().map(of).fold((f64::MAX, f64::MIN), |(low, high), at| (low.min(at), high.max(at)))
    };
    if points().next().is_none() {
        return told(
            "此机制包没有图形，请改写区域代码。",
            "The pack has no shapes: give an area's code instead.",
        );
    }
    let ((west, east), (south, north)) = (span(|p| p.lon()), span(|p| p.lat()));
    told(
        format!("网格范围：东经 {west:.4}–{east:.4}，北纬 {south:.4}–{north:.4}（先经度，后纬度）。"),
        format!(
            "The cells span {west:.4} to {east:.4} of longitude and {south:.4} to {north:.4} of latitude (longitude first)."
        ),
    )
}

fn area_of(policy: &Policy, text: &str) -> Result<Place, Wrong> {
    let org = &policy.org;
    let named = || {
        let mut found = org.areas.values().filter(|area| area.name == text);
        found.next().filter(|_| found.next().is_none())
    };
    let found = org.areas.get(text).or_else(named);
    let found = found.ok_or_else(|| {
        let names = org.areas.values().map(|area| (area.code.as_str(), area.name.as_str()));
        let near = near::nearest(text, names).join(", ");
        wrong(
            "area",
            told(format!("没有区域“{text}”。"), format!("There is no area “{text}”.")),
            told(format!("相近的有：{near}。"), format!("The nearest are {near}.")),
        )
    })?;
    Ok(Place { area: Some(found.code.clone()), ..Place::default() })
}

/// A civil time in the rules' zone, or RFC 3339.
pub(crate) fn when(rules: &Rules, text: &str) -> Result<Instant, Wrong> {
    let text = text.trim();
    let bad = || {
        let what = if text.is_empty() {
            told("没有写时间。", "The time is missing.")
        } else {
            told(format!("“{text}”不是时间。"), format!("“{text}” is no time."))
        };
        let mend = told(
            "请写成 2024-03-05 10:00（当地时间），或带时区的 2024-03-05T10:00:00+08:00。",
            "Write 2024-03-05 10:00 (local time), or with an offset 2024-03-05T10:00:00+08:00.",
        );
        wrong("when", what, mend)
    };
    if let Ok(at) = text.parse::<Instant>() {
        return Ok(at);
    }
    let civil: DateTime = text.replacen(' ', "T", 1).parse().map_err(|_error| bad())?;
    let calendar = rules.calendar_of(None).ok_or_else(bad)?;
    let at = calendar.zone().to_ambiguous_timestamp(civil).compatible().map_err(|_error| bad())?;
    Ok(Instant::from(at))
}

fn source(text: &str) -> Result<Source, Wrong> {
    let plain = text.trim().to_ascii_lowercase().replace('-', "_");
    let found = Source::from_code(&plain).or_else(|| {
        Source::ALL
            .into_iter()
            .find(|source| source.zh() == plain || source.en().eq_ignore_ascii_case(text.trim()))
    });
    found.ok_or_else(|| {
        let zh: Vec<String> =
            Source::ALL.iter().map(|source| format!("{}（{}）", source.code(), source.zh())).collect();
        let en: Vec<&str> = Source::ALL.iter().map(|source| source.code()).collect();
        let what = if plain.is_empty() {
            told("没有写来源。", "The source is missing.")
        } else {
            told(format!("没有来源“{text}”。"), format!("There is no source “{text}”."))
        };
        wrong(
            "source",
            what,
            told(format!("可选：{}。", zh.join("、")), format!("Write one of {}.", en.join(", "))),
        )
    })
}

fn urgency(text: Option<&str>) -> Result<Urgency, Wrong> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(Urgency::Green) };
    let said = match text {
        "绿" | "绿色" => "green",
        "黄" | "黄色" => "yellow",
        "红" | "红色" => "red",
        other => other,
    };
    word(said).map_err(|_error| {
        wrong(
            "urgency",
            told(format!("没有等级“{text}”。"), format!("There is no urgency “{text}”.")),
            told("可选：green 绿、yellow 黄、red 红。", "Write green, yellow or red."),
        )
    })
}
