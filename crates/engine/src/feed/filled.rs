//! What the attributes of a service are filled with when a case is reported there.
//!
//! Owns the way from a fact of a case to the fields of the form. Refuses what somebody wrote unless the map lets words go out, and every
//! answer of a reporter that goes out for no purpose: both are asked again for each case, because a question may have become another since
//! the map was checked. Moments go out with their offset. Start at [`filled`].

use huying_model::{Instant, LevelName, org::Area};
use huying_pack::public::Datatype;
use huying_store::CaseView;
use jiff::tz::TimeZone;

use super::{
    attributes::{Fact, Fill, question},
    map::{Push, Words},
    wire,
};
use crate::{answers, engine::Setting};

/// Characters of one answer.
const LONGEST: usize = 4_000;

/// Attributes as they stand in a form.
#[derive(Debug, Default)]
pub(super) struct Filled {
    pub fields: Vec<(String, String)>,
    /// Something that somebody said of the case is among them.
    pub said: bool,
}

/// A fact of a case: what a map knows it by, and what it is without one.
#[derive(Default)]
struct Found {
    keys: Vec<String>,
    plain: Vec<String>,
    /// There may be several.
    list: bool,
}

impl Found {
    fn of(known: Option<(String, String)>) -> Found {
        let (keys, plain) = known.into_iter().unzip();
        Found { keys, plain, list: false }
    }

    fn same(known: Option<String>) -> Found {
        Found::of(known.map(|known| (known.clone(), known)))
    }
}

/// Everything that the map fills of a service for this case.
pub(super) fn filled(setting: &Setting, push: &Push, view: &CaseView, service: &str) -> Filled {
    let (scene, mut filled) = (Scene { setting, push, view }, Filled::default());
    for (code, fill) in push.attribute.get(service).into_iter().flatten() {
        let (values, list) = scene.values(fill, &mut filled.said);
        let name = if list { format!("attribute[{code}][]") } else { format!("attribute[{code}]") };
        let cut =
            |value: String| -> (String, String) { (name.clone(), value.chars().take(LONGEST).collect()) };
        filled.fields.extend(values.into_iter().map(cut));
    }
    filled
}

/// A moment as it goes out.
fn written(at: Instant, zone: &TimeZone) -> String {
    at.timestamp().to_zoned_datetime(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

struct Scene<'a> {
    setting: &'a Setting,
    push: &'a Push,
    view: &'a CaseView,
}

impl Scene<'_> {
    /// What one attribute is filled with, and whether it is one of those that take several.
    fn values(&self, fill: &Fill, said: &mut bool) -> (Vec<String>, bool) {
        if let Some(value) = &fill.value {
            return (value.all().to_vec(), value.is_list());
        }
        let found = fill.from.as_ref().map(|fact| self.fact(fact)).unwrap_or_default();
        let mut list = found.list;
        let mut values = Vec::new();
        if fill.map.is_empty() {
            values = found.plain;
        } else {
            for ours in found.keys.iter().filter_map(|key| fill.map.get(key)) {
                list |= ours.is_list();
                values.extend(ours.all().iter().cloned());
            }
        }
        values.retain(|value| !value.trim().is_empty());
        if !values.is_empty() {
            *said |= matches!(fill.from, Some(Fact::Title | Fact::Text | Fact::Answer(_)));
            return (values, list);
        }
        match &fill.default {
            Some(other) => (other.all().to_vec(), list || other.is_list()),
            None => (values, list),
        }
    }

    fn fact(&self, fact: &Fact) -> Found {
        let (case, texts, zone) = (&self.view.case, &self.view.texts, &self.setting.zone);
        let words = |text: &Option<String>| text.clone().filter(|_| self.push.words == Words::Text);
        match fact {
            Fact::Number => Found::same(Some(case.number.to_string())),
            Fact::Matter => {
                let all = &self.setting.policy.current.matters;
                let matter = case.matter.as_ref().and_then(|code| all.get(code));
                Found::of(matter.map(|matter| (matter.code.to_string(), matter.name.to_string())))
            }
            Fact::Condition => Found::same(case.condition.map(|no| no.to_string())),
            Fact::Area(level) => {
                let area = self.area(level.as_ref());
                Found::of(area.map(|area| (area.code.to_string(), area.name.to_string())))
            }
            Fact::AreaCode(level) => Found::same(self.area(level.as_ref()).map(|area| area.code.to_string())),
            Fact::Point => {
                let degrees = |e7: i32| f64::from(e7) / 1e7;
                let point = case.place.lat_e7.zip(case.place.lon_e7);
                Found::same(point.map(|(lat, lon)| format!("{},{}", degrees(lat), degrees(lon))))
            }
            Fact::Received => Found::same(Some(written(case.received_at, zone))),
            Fact::Filed => Found::same(case.filed_at.map(|at| written(at, zone))),
            Fact::Title => Found::same(words(&texts.title)),
            Fact::Text => Found::same(words(&texts.text)),
            Fact::Answer(code) => self.answer(code).unwrap_or_default(),
        }
    }

    /// The cell, or the area of a level around it.
    fn area(&self, level: Option<&LevelName>) -> Option<&Area> {
        let (org, cell) = (&self.setting.policy.org, self.view.case.place.area.as_ref()?);
        match level {
            Some(level) => org.at_level(cell, level),
            None => org.areas.get(cell),
        }
    }

    /// What was answered to a question of the case's matter, as far as it may go out.
    fn answer(&self, code: &str) -> Option<Found> {
        let matter = self.setting.policy.current.matters.get(self.view.case.matter.as_ref()?)?;
        let question = question(self.setting, &[matter], code)?;
        let open = question.datatype.chosen() || self.push.words == Words::Text;
        if !open || self.push.purpose.is_none() {
            return None;
        }
        let asked = self.setting.pack.public.attributes(matter);
        let text = self.view.texts.answers.as_deref().unwrap_or_default();
        let keys = answers::found(text, question, &asked);
        let plain = match question.datatype {
            Datatype::Datetime => {
                let moment = |text: &String| wire::moment(text, &self.setting.zone);
                keys.iter().filter_map(moment).map(|at| written(at, &self.setting.zone)).collect()
            }
            _ => keys.clone(),
        };
        Some(Found { keys, plain, list: question.datatype == Datatype::Multivaluelist })
    }
}
