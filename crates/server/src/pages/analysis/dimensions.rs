//! The eight dimensions of the analysis, each as rows of two periods side by side.
//!
//! Owns which heaps make a row and where the row leads. Groups of people come as sums alone, lead nowhere, and small ones are hidden.
//! Start at [`By::rows`].

use std::{cmp::Reverse, collections::BTreeMap};

use huying_engine::insight::{self, few, period::Period};
use huying_model::{
    AreaCode, MatterCode, Stage, UnitId,
    catalogue::{MatterKind, Source},
};
use huying_store::{Heap, Sum};
use jiff::{civil::Date, tz::TimeZone};
use smol_str::SmolStr;

use super::course;
use crate::{
    language::Lang,
    pages::{
        cockpit::{cases_of, figures::Ground},
        view::View,
    },
};

/// Numbers of a row that charts draw, counted from the first after the name.
const RECEIVED: usize = 0;
const RECEIVED_THEN: usize = 1;
const KEPT: usize = 5;
const KEPT_THEN: usize = 6;

/// By what is counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum By {
    Source,
    Problem,
    Area,
    Season,
    KeyWork,
    Group,
    State,
    Ranking,
    /// The course of the period: no dimension of its own, and drawn before them.
    Day,
}

/// What was counted of a period.
#[derive(Default)]
pub struct Counted {
    pub heaps: Vec<Heap>,
    /// By day of receipt, as the store numbers days.
    pub days: Vec<(i64, Sum)>,
    /// The first day of the period, numbered so.
    pub first: i64,
}

/// One row of a table.
#[derive(Debug)]
pub struct Row {
    pub name: String,
    /// The day that it is, where it is one.
    pub day: Option<Date>,
    /// The cases of the first period, where they may be listed.
    pub href: Option<String>,
    pub now: Sum,
    pub then: Sum,
    /// Too few to be told, in each of the two periods.
    pub hidden: (bool, bool),
}

/// What is asked of every dimension.
pub struct Question<'a> {
    pub view: &'a View,
    pub ground: &'a Ground,
    /// The first period, and its days as an address says them.
    pub period: Period,
    pub days: (String, String),
    pub now: &'a Counted,
    pub then: &'a Counted,
}

pub type Sums = BTreeMap<SmolStr, Sum>;

impl By {
    pub const ALL: [By; 8] =
        [By::Source, By::Problem, By::Area, By::Season, By::KeyWork, By::Group, By::State, By::Ranking];

    pub fn code(self) -> &'static str {
        match self {
            By::Source => "source",
            By::Problem => "problem",
            By::Area => "area",
            By::Season => "season",
            By::KeyWork => "key-work",
            By::Group => "group",
            By::State => "state",
            By::Ranking => "ranking",
            By::Day => "day",
        }
    }
    pub fn from_code(code: &str) -> Option<By> {
        By::ALL.into_iter().chain([By::Day]).find(|by| by.code() == code)
    }
    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            By::Source => lang.pick("来源", "Source"),
            By::Problem => lang.pick("问题", "Problem"),
            By::Area => lang.pick("区域", "Area"),
            By::Season => lang.pick("时季（月份）", "Season (month)"),
            By::KeyWork => lang.pick("重点工作", "Key work"),
            By::Group => lang.pick("服务人群（只有合计）", "Service groups (sums only)"),
            By::State => lang.pick("实时状态", "Live state"),
            By::Ranking => lang.pick("单位排名", "Ranking of units"),
            By::Day => lang.pick("逐日走势", "Day by day"),
        }
    }
    /// What has to be known to read the table.
    pub fn note(self, lang: Lang) -> Option<&'static str> {
        match self {
            By::KeyWork => Some(lang.pick(
                "红色、黄色、危险和任务：一件可能同时在几行里，所以各行相加不等于总数。",
                "Red, yellow, hazards and tasks: a case may stand in several rows, so they do not add up to the whole.",
            )),
            By::Group => Some(lang.pick(
                "平台不给人贴标签，所以按所需服务的种类合计；少于 10 件的不显示，也不列出案件。",
                "The platform puts no labels on people, so these are sums by the kind of service that was needed. Fewer than ten are not shown, and no case is listed.",
            )),
            By::State => Some(lang.pick("这段日子收到的案件现在走到哪一步。", "Where the cases received in these days stand now.")),
            By::Day => Some(lang.pick(
                "两段日子从各自的第一天起逐日对齐；超过 62 天的按每 7 天一行。",
                "Both periods side by side, each from its first day; of more than 62 days, seven share a row.",
            )),
            By::Ranking => Some(lang.pick("只排单位，从不排个人；见分晓的承诺不足 10 件的排在后面。", "Units only, never persons; those with fewer than ten decided promises stand behind.")),
            _ => None,
        }
    }

    /// The kind with which a chart draws a number of the table, counted from the first after the name; None where it does not. Groups
    /// have no chart: what is hidden of few would look like none.
    pub fn plotted(self, number: usize) -> Option<&'static str> {
        let (now, then) = match self {
            By::Group => return None,
            By::Ranking => (KEPT, KEPT_THEN),
            _ => (RECEIVED, RECEIVED_THEN),
        };
        if number == now {
            Some("c1")
        } else if number == then {
            Some("c4")
        } else {
            None
        }
    }

    /// The rows of both periods.
    pub fn rows(self, asked: &Question) -> Vec<Row> {
        let (now, then) = (self.sums(asked, asked.now), self.sums(asked, asked.then));
        let mut keys: Vec<SmolStr> = now.keys().chain(then.keys()).cloned().collect();
        keys.sort();
        keys.dedup();
        let hidden = match self {
            By::Group => few_in_both(&now, &then),
            // Tasks from above are one of the groups: what is hidden of it there is hidden here.
            By::KeyWork => few_in_both(&By::Group.sums(asked, asked.now), &By::Group.sums(asked, asked.then)),
            _ => BTreeMap::new(),
        };
        let of = |sums: &Sums, key: &SmolStr| sums.get(key).copied().unwrap_or_default();
        let mut rows: Vec<(SmolStr, Row)> = keys
            .into_iter()
            .map(|key| {
                let (now, then) = (of(&now, &key), of(&then, &key));
                let (name, href) = (self.row_name(asked, &key), self.href(asked, &key));
                let hidden = hidden.get(&key).copied().unwrap_or_default();
                let row = Row { name, day: self.day(asked, &key), href, now, then, hidden };
                (key, row)
            })
            .collect();
        // Groups are all named, so that one who is hidden is never alone; where nobody is in any, there is no table.
        if self == By::Group && rows.iter().all(|(_, row)| row.now.cases == 0 && row.then.cases == 0) {
            rows.clear();
        }
        self.order(&mut rows);
        rows.into_iter().map(|(_, row)| row).collect()
    }

    /// Whether a chart leaves a number out though its column is drawn: a share of too few promises gives no place, not in a drawing either.
    pub fn undrawn(self, number: usize, row: &Row) -> bool {
        let few = |sum: &Sum| insight::decided(sum) < insight::LEAST_RANKED;
        self == By::Ranking && ((number == KEPT && few(&row.now)) || (number == KEPT_THEN && few(&row.then)))
    }

    fn order(self, rows: &mut [(SmolStr, Row)]) {
        match self {
            By::Season | By::KeyWork | By::Day => {}
            // By how many they are, those that are hidden would be told from each other.
            By::Group => rows.sort_by_key(|(key, _)| KINDS.iter().position(|kind| kind_code(*kind) == key)),
            By::Ranking => rows.sort_by_key(|(_, row)| {
                let decided = insight::decided(&row.now);
                let placed = decided >= insight::LEAST_RANKED;
                Reverse((placed, insight::kept(&row.now).filter(|_| placed), decided))
            }),
            _ => rows.sort_by_key(|(_, row)| Reverse((row.now.cases, row.then.cases))),
        }
    }

    fn sums(self, asked: &Question, counted: &Counted) -> Sums {
        let heaps = &counted.heaps;
        let view = asked.view;
        match self {
            By::Source => insight::by(heaps, |heap| Some(heap.source.clone())),
            By::Problem => insight::by(heaps, |heap| Some(track(heap.matter.as_deref()))),
            By::Area => {
                let level = asked.ground.next_level(view);
                insight::by(heaps, |heap| {
                    let area = heap.area.clone().map(AreaCode);
                    let found =
                        area.zip(level.as_ref()).and_then(|(area, level)| view.org().at_level(&area, level));
                    Some(found.map_or_else(SmolStr::default, |found| found.code.0.clone()))
                })
            }
            By::Season => months(&counted.days),
            By::KeyWork => key_work(view, heaps),
            By::Group => {
                let key = |kind| SmolStr::new_static(kind_code(kind));
                let mut sums: Sums = KINDS.into_iter().map(|kind| (key(kind), Sum::default())).collect();
                sums.extend(insight::by(heaps, |heap| Some(key(kind(view, heap)?))));
                sums
            }
            By::State => insight::by(heaps, |heap| Some(heap.stage.clone())),
            By::Ranking => insight::by(heaps, |heap| heap.lead.clone()),
            By::Day => course::sums(asked.period, counted),
        }
    }

    fn row_name(self, asked: &Question, key: &SmolStr) -> String {
        let (view, lang) = (asked.view, asked.view.lang);
        let other = || lang.pick("其他或地点未明", "elsewhere, or unknown").to_owned();
        match self {
            By::Source => Source::from_code(key)
                .map_or_else(|| key.to_string(), |it| lang.pick(it.zh(), it.en()).to_owned()),
            By::Problem => track_name(view, key),
            By::Area if key.is_empty() => other(),
            By::Area => view.area(&AreaCode(key.clone())).to_string(),
            By::Season => month_name(key, lang),
            By::KeyWork => key_work_name(key, lang).to_owned(),
            By::Group => kind_name(key, lang).to_owned(),
            By::State => Stage::from_code(key)
                .map_or_else(|| key.to_string(), |it| lang.pick(it.zh(), it.en()).to_owned()),
            By::Ranking => view.unit(&UnitId(key.clone())).to_string(),
            By::Day => course::row(asked.period, key).map_or_else(|| key.to_string(), course::name),
        }
    }

    fn day(self, asked: &Question, key: &SmolStr) -> Option<Date> {
        let row = course::row(asked.period, key).filter(|_| self == By::Day)?;
        (row.from == row.to).then_some(row.from)
    }

    fn href(self, asked: &Question, key: &SmolStr) -> Option<String> {
        let (area, (from, to)) = (asked.ground.area.as_str(), &asked.days);
        let (from, to) = (("from", from.as_str()), ("to", to.as_str()));
        let of = |name: &str, value: &str| Some(cases_of(area, &[(name, value), from, to]));
        match self {
            _ if key.is_empty() => None,
            By::Source => of("source", key),
            By::Problem => of("matter", &format!("{key}/")),
            By::Area => Some(cases_of(key, &[from, to])),
            By::KeyWork if matches!(key.as_str(), "red" | "yellow") => of("urgency", key),
            By::State => of("stage", key),
            By::Ranking => of("unit", key),
            By::Day => course::row(asked.period, key).map(|row| {
                let (from, to) = (row.from.to_string(), row.to.to_string());
                cases_of(area, &[("from", from.as_str()), ("to", to.as_str())])
            }),
            By::Season | By::KeyWork | By::Group => None,
        }
    }
}

/// Which groups are too small to be told in each period, with what would give them away. Both name all groups.
fn few_in_both(now: &Sums, then: &Sums) -> BTreeMap<SmolStr, (bool, bool)> {
    let few = |sums: &Sums| few::hidden(&sums.values().map(|sum| sum.cases).collect::<Vec<_>>());
    now.keys().cloned().zip(few(now).into_iter().zip(few(then))).collect()
}

/// `board/track` of a matter; nothing where none is given.
fn track(matter: Option<&str>) -> SmolStr {
    matter
        .and_then(|code| code.rsplit_once('/'))
        .map_or_else(SmolStr::default, |(track, _)| SmolStr::new(track))
}

fn track_name(view: &View, key: &SmolStr) -> String {
    let boards = &view.setting.pack.boards;
    let found = boards.iter().flat_map(|board| &board.tracks).find(|track| &track.code == key);
    match found {
        Some(track) => view.lang.pick(&track.name.zh, &track.name.en).to_string(),
        None if key.is_empty() => view.matter(None).to_string(),
        None => key.to_string(),
    }
}

/// The month of each day, as `05`: seasons come again, whatever the year.
fn months(days: &[(i64, Sum)]) -> Sums {
    const DAY_MS: i64 = 86_400_000;
    let mut sums = Sums::new();
    for (no, sum) in days {
        let noon = huying_model::Instant(no.saturating_mul(DAY_MS) + DAY_MS / 2);
        let month = TimeZone::UTC.to_datetime(noon.timestamp()).date().strftime("%m").to_string();
        *sums.entry(SmolStr::new(month)).or_default() += *sum;
    }
    sums
}

fn month_name(key: &str, lang: Lang) -> String {
    let month = key.parse::<i8>().ok().and_then(|month| Date::new(2000, month, 1).ok());
    let Some(month) = month else { return key.to_owned() };
    match lang {
        Lang::Zh => format!("{} 月", month.month()),
        Lang::En => month.strftime("%B").to_string(),
    }
}

/// What leaders follow closely: the case's colour, danger, tasks from above.
fn key_work(view: &View, heaps: &[Heap]) -> Sums {
    let mut sums = Sums::new();
    for heap in heaps {
        let rows = [
            ("red", heap.urgency == "red"),
            ("yellow", heap.urgency == "yellow"),
            ("hazard", heap.hazard),
            (kind_code(MatterKind::Task), kind(view, heap) == Some(MatterKind::Task)),
        ];
        for (key, _) in rows.into_iter().filter(|(_, fits)| *fits) {
            *sums.entry(SmolStr::new_static(key)).or_default() += heap.sum;
        }
    }
    sums
}

fn key_work_name(key: &str, lang: Lang) -> &'static str {
    match key {
        "red" => lang.pick("红色案件", "Graded red"),
        "yellow" => lang.pick("黄色案件", "Graded yellow"),
        "hazard" => lang.pick("有危险的", "Hazards"),
        _ => lang.pick("上级交办任务", "Tasks from above"),
    }
}

/// The kind of need of a heap, by today's catalogue.
fn kind(view: &View, heap: &Heap) -> Option<MatterKind> {
    let code = MatterCode(heap.matter.clone()?);
    view.setting.policy.current.matters.get(&code).map(|matter| matter.kind)
}

/// Every kind of need, in the order in which they are told.
const KINDS: [MatterKind; 6] = [
    MatterKind::Problem,
    MatterKind::Need,
    MatterKind::Inquiry,
    MatterKind::Dispute,
    MatterKind::Errand,
    MatterKind::Task,
];

fn kind_code(kind: MatterKind) -> &'static str {
    match kind {
        MatterKind::Problem => "problem",
        MatterKind::Need => "need",
        MatterKind::Inquiry => "inquiry",
        MatterKind::Dispute => "dispute",
        MatterKind::Errand => "errand",
        MatterKind::Task => "task",
    }
}

fn kind_name(key: &str, lang: Lang) -> &'static str {
    match key {
        "problem" => lang.pick("反映问题的", "With a problem"),
        "need" => lang.pick("有需求的", "With a need"),
        "inquiry" => lang.pick("咨询的", "With a question"),
        "dispute" => lang.pick("有纠纷的", "In a dispute"),
        "errand" => lang.pick("需要代办的", "Who need an errand done"),
        _ => lang.pick("任务涉及的", "Whom a task is about"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_dimensions_read_back() {
        for by in By::ALL.into_iter().chain([By::Day]) {
            assert_eq!(By::from_code(by.code()), Some(by));
        }
    }

    #[test]
    fn a_chart_draws_two_numbers_of_a_row_and_none_of_groups() {
        let drawn = |by: By| (0..8).filter_map(|number| by.plotted(number)).collect::<Vec<_>>();
        assert_eq!(drawn(By::Source), ["c1", "c4"]);
        assert_eq!(drawn(By::Ranking), ["c1", "c4"]);
        assert!(drawn(By::Group).is_empty());
        let few = Sum { kept: insight::LEAST_RANKED - 1, ..Sum::default() };
        let enough = Sum { kept: insight::LEAST_RANKED, ..Sum::default() };
        let row = Row {
            name: String::new(),
            day: None,
            href: None,
            now: few,
            then: enough,
            hidden: (false, false),
        };
        let left_out = |by: By| (0..8).filter(|number| by.undrawn(*number, &row)).collect::<Vec<_>>();
        assert_eq!(left_out(By::Ranking), [KEPT]);
        assert!(left_out(By::Source).is_empty());
    }

    #[test]
    fn no_group_that_is_hidden_can_be_computed_from_what_is_told_of_the_others_and_of_tasks() {
        let sums = |counts: &[i64]| -> Sums {
            let sum = |cases| Sum { cases, ..Sum::default() };
            KINDS.iter().zip(counts).map(|(kind, cases)| (kind_code(*kind).into(), sum(*cases))).collect()
        };
        const COUNTS: [i64; 4] = [0, 3, 10, 40];
        let mut tried = 0;
        for all in 0..COUNTS.len().pow(6) {
            let counts: Vec<i64> =
                (0..6).map(|at| COUNTS[all / COUNTS.len().pow(at) % COUNTS.len()]).collect();
            let none = sums(&[0; 6]);
            let told = few_in_both(&sums(&counts), &none);
            assert!(told.values().all(|(_, then)| !then), "nobody is hidden where nobody is");
            // The key work tells of tasks only what the groups do, so one sum binds all: the whole.
            let hidden: Vec<&SmolStr> =
                told.iter().filter(|(_, (now, _))| *now).map(|(key, _)| key).collect();
            assert_ne!(hidden.len(), 1, "{counts:?}: {hidden:?} is the difference from the whole");
            for (kind, count) in KINDS.iter().zip(&counts) {
                let shown = !told[kind_code(*kind)].0;
                assert!(!shown || *count == 0 || *count >= few::LEAST, "{counts:?}: {kind:?} is told");
            }
            tried += 1;
        }
        assert_eq!(tried, 4_096);
    }

    #[test]
    fn days_are_summed_by_their_month_whatever_the_year() {
        let one = Sum { cases: 1, ..Sum::default() };
        // 1970-01-01, 1971-01-01 and 1970-02-01.
        let sums = months(&[(0, one), (365, one), (31, one)]);
        let told: Vec<_> = sums.iter().map(|(key, sum)| (key.as_str(), sum.cases)).collect();
        assert_eq!(told, [("01", 2), ("02", 1)]);
        assert_eq!(month_name("05", Lang::Zh), "5 月");
        assert_eq!(month_name("05", Lang::En), "May");
    }

    #[test]
    fn a_matter_counts_under_its_track() {
        assert_eq!(track(Some("city/facility/litter")), "city/facility");
        assert_eq!(track(None), "");
    }
}
