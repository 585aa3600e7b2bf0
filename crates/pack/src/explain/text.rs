//! An explanation for people to read, in one language.
//!
//! Owns the order in which things are told and the names of what the pack does not name itself. Start at [`write`].

use std::fmt::Write as _;

use huying_model::{
    Instant,
    calendar::Calendar,
    catalogue::{EvidenceKind, Urgency},
    route::Period,
};
use smol_str::SmolStr;

use super::{By, Climb, ClockTold, Explanation, Named, Part, Rival};
use crate::load::Pack;
use crate::told::{Lang, Told, told};

fn fixed(code: &'static str, zh: &str, en: &str) -> Named {
    Named { code: SmolStr::new_static(code), name: told(zh, en) }
}

/// A grade by its colour.
pub fn urgency(urgency: Urgency) -> Named {
    match urgency {
        Urgency::Green => fixed("green", "绿色", "green"),
        Urgency::Yellow => fixed("yellow", "黄色", "yellow"),
        Urgency::Red => fixed("red", "红色", "red"),
    }
}

/// When a row holds.
pub fn period(period: Period) -> Named {
    match period {
        Period::Working => fixed("working", "工作时间", "working hours"),
        Period::Night => fixed("night", "工作日非工作时间", "a working day outside working hours"),
        Period::Holiday => fixed("holiday", "休息日", "a day without work"),
    }
}

/// What a piece of evidence shows.
pub fn evidence(kind: EvidenceKind) -> Named {
    match kind {
        EvidenceKind::Before => fixed("before", "处置前照片", "a photo before the work"),
        EvidenceKind::After => fixed("after", "处置后照片", "a photo after the work"),
        EvidenceKind::Document => fixed("document", "文书", "a document"),
        EvidenceKind::Finding => fixed("finding", "现场查看结论", "a finding on the spot"),
        EvidenceKind::Voice => fixed("voice", "录音", "a recording"),
        EvidenceKind::Video => fixed("video", "录像", "a video"),
    }
}

pub(super) fn zone(calendar: &Calendar) -> Told {
    let name = calendar.zone().iana_name().unwrap_or("UTC");
    told(name, name)
}

/// Where a limit comes from.
pub fn by(by: By) -> Told {
    match by {
        By::Route => told("派单规则", "the row"),
        By::Condition => told("立案条件", "the filing condition"),
        By::Timers => told("通用时限", "the general limits"),
    }
}

/// What stands in where nobody has to inspect.
pub fn uninspected() -> Told {
    told("不需要，由结案中心审看证据后结案", "nobody; the closing centre looks at the evidence and closes")
}

/// A step of a ladder by its name.
pub fn step(step: &str) -> Told {
    match step {
        "warning" => told("预警", "warning"),
        "centre" => told("超时告知中心", "overdue, the centre"),
        "leader" => told("超时告知领导", "overdue, a leader"),
        _ => told("超时告知责任单位", "overdue, the unit that has to act"),
    }
}

struct Writer<'a> {
    lang: Lang,
    calendar: Option<&'a Calendar>,
    out: String,
}

/// The whole explanation.
pub fn write(it: &Explanation, lang: Lang, pack: &Pack) -> String {
    let rules = pack.policy.versions.get(&it.policy).unwrap_or(&pack.policy.current);
    let calendar = rules.calendar_of(Some(&huying_model::MatterCode(it.matter.code.clone())));
    let mut w = Writer { lang, calendar, out: String::new() };
    w.question(it);
    w.dispatch(it);
    w.clocks(it);
    w.end(it);
    w.out
}

impl Writer<'_> {
    fn say(&mut self, zh: &str, en: &str, what: &str) {
        let (label, colon) = self.lang.pick((zh, "："), (en, ": "));
        let _ = writeln!(self.out, "{label}{colon}{what}");
    }

    fn head(&mut self, zh: &str, en: &str) {
        let _ = writeln!(self.out, "\n{}", self.lang.pick(zh, en));
    }

    fn with_code(&self, named: &Named) -> String {
        let name = named.name.of(self.lang);
        if name == named.code {
            name.to_owned()
        } else {
            self.lang.pick(format!("{name}（{}）", named.code), format!("{name} ({})", named.code))
        }
    }

    fn list(&self, items: impl Iterator<Item = String>) -> String {
        items.collect::<Vec<_>>().join(self.lang.pick("、", ", "))
    }

    fn moment(&self, at: Instant) -> String {
        self.calendar.map_or_else(
            || at.to_string(),
            |calendar| calendar.civil(at).strftime("%Y-%m-%d %H:%M").to_string(),
        )
    }

    fn question(&mut self, it: &Explanation) {
        let lang = self.lang;
        let matter = self.with_code(&it.matter);
        self.say("事项", "Matter", &matter);
        let condition = format!("{} {}", it.condition, it.opens_when);
        self.say("立案条件", "Filing condition", &condition);
        let mut names: Vec<&str> = it.areas.iter().map(|area| area.name.of(lang)).collect();
        names.reverse();
        let mut place = names.join(" ");
        if let Some(leaf) = it.areas.first() {
            place = lang.pick(format!("{place}（{}）", leaf.code), format!("{place} ({})", leaf.code));
        }
        self.say("位置", "Place", &place);
        if !it.overlays.is_empty() {
            let overlays = self.list(it.overlays.iter().map(|overlay| self.with_code(overlay)));
            self.say("重点网格", "Overlays", &overlays);
        }
        let when =
            format!("{} · {} · {}", self.moment(it.at), it.calendar.name.of(lang), it.period.name.of(lang));
        let when = it.occasion.as_ref().map_or(when.clone(), |occasion| format!("{when} · {occasion}"));
        self.say("时间", "When", &when);
        let source = format!("{} · {}", it.source.name.of(lang), it.urgency.name.of(lang));
        self.say("来源与等级", "Source and urgency", &source);
        self.say("规则版本", "Rules", it.policy.as_str());
    }

    fn part(&self, part: &Part) -> String {
        let lang = self.lang;
        let mut words = self.with_code(&part.unit);
        if let Some(external) = &part.external {
            let external = self.with_code(external);
            words = lang.pick(
                format!("{words}，由{external}处置，时限由{}承担", part.unit.name.zh),
                format!("{words}; {external} does the work, {} keeps the promise", part.unit.name.en),
            );
        }
        if let Some(home) = &part.home {
            let home = self.with_code(home);
            words = lang.pick(format!("{words}，派出单位{home}"), format!("{words}, seconded by {home}"));
        }
        lang.pick(format!("{words}，{}人", part.members), format!("{words}, members: {}", part.members))
    }

    fn dispatch(&mut self, it: &Explanation) {
        let lang = self.lang;
        self.head("派给谁", "Who gets it");
        match &it.lead {
            Some(lead) => {
                let lead = self.part(lead);
                self.say("  主办", "  Lead", &lead);
            }
            None => self.say(
                "  主办",
                "  Lead",
                lang.pick(
                    "派单规则没有答案，由派遣员人工指定",
                    "the table has no answer; a dispatcher chooses by hand",
                ),
            ),
        }
        for assist in &it.assists {
            let assist = self.part(assist);
            self.say("  协办", "  Assist", &assist);
        }
        if !it.rivals.is_empty() {
            let rival = |rival: &Rival| {
                let metres = rival.metres.map_or_else(|| "?".to_owned(), |metres| metres.to_string());
                format!("{} {metres} m", rival.unit.name.of(lang))
            };
            let rivals = self.list(it.rivals.iter().map(rival));
            self.say(
                "  同职单位的次序（按都空闲计）",
                "  Order among its like (as if all were free)",
                &rivals,
            );
        }
        if let Some(won) = &it.won {
            let words = format!("{} · {} · {}", won.row, won.asks.of(lang), won.selectors.join(" "));
            self.say("  依据", "  By row", &words);
        }
        for lost in &it.lost {
            let words = format!("{} · {}", lost.row, lost.words.of(lang));
            self.say("  未采用", "  Not by", &words);
        }
        let (intake, centre, leader) =
            (self.with_code(&it.intake), self.with_code(&it.centre), self.with_code(&it.leader));
        self.say("  受理", "  Taken in by", &intake);
        self.say("  派遣", "  Dispatched by", &centre);
        self.say("  领导", "  Leader of", &leader);
        let by_itself = |yes: bool| {
            if yes { lang.pick("系统自动", "System by itself") } else { lang.pick("人工", "a person") }
        };
        let auto = lang.pick(
            format!("立案{}，派遣{}", by_itself(it.files), by_itself(it.dispatches)),
            format!("filed by {}, dispatched by {}", by_itself(it.files), by_itself(it.dispatches)),
        );
        self.say("  办理方式", "  Steps", &auto);
        for refused in &it.refused {
            let words = format!("{}: {}", refused.step.name.of(lang), refused.words.of(lang));
            self.say("  会被拒绝", "  Would be refused", &words);
        }
    }

    fn clocks(&mut self, it: &Explanation) {
        self.head(
            "时限（每项都从所问时刻起算，好像上一步刚刚完成）",
            "Due (each counted from the moment asked, as if the step before had just happened)",
        );
        for clock in &it.clocks {
            let line = self.clock(clock);
            let _ = writeln!(self.out, "  {line}");
            for climb in &clock.climbs {
                let line = self.climb(climb);
                let _ = writeln!(self.out, "      {line}");
            }
        }
    }

    fn clock(&self, clock: &ClockTold) -> String {
        let lang = self.lang;
        let unit = clock.unit.as_ref().map(|unit| format!(" · {}", unit.name.of(lang))).unwrap_or_default();
        let provisional = if clock.provisional {
            lang.pick("（暂定，假期尚未公布）", " (provisional: holidays not yet published)")
        } else {
            ""
        };
        let by = by(clock.by);
        format!(
            "{} {}{unit} · {}{}{}{provisional}",
            self.moment(clock.due),
            clock.name.of(lang),
            clock.limit.of(lang),
            lang.pick("，依据", ", by "),
            by.of(lang)
        )
    }

    fn climb(&self, climb: &Climb) -> String {
        format!(
            "{} {} → {}",
            self.moment(climb.at),
            step(climb.step).of(self.lang),
            self.with_code(&climb.reaches)
        )
    }

    fn end(&mut self, it: &Explanation) {
        let lang = self.lang;
        self.head("怎样结案", "How it ends");
        let closing = format!("{} · {}", it.closing_level.name.of(lang), self.with_code(&it.closing_centre));
        self.say("  结案层级", "  Closing level", &closing);
        let unit = |unit: &Option<Named>, none: &str| {
            unit.as_ref().map_or_else(|| none.to_owned(), |unit| self.with_code(unit))
        };
        let inspects = unit(&it.inspects, uninspected().of(lang));
        let calls_back = unit(&it.calls_back, lang.pick("不需要", "nobody"));
        self.say("  核查", "  Inspected by", &inspects);
        self.say("  回访（留有联系方式时）", "  Called back by (where a contact was left)", &calls_back);
        let evidence = match it.evidence.is_empty() {
            true => lang.pick("无", "none").to_owned(),
            false => self.list(it.evidence.iter().map(|kind| kind.name.of(lang).to_owned())),
        };
        self.say("  结案所需证据", "  Evidence needed", &evidence);
        self.say("  结案条件", "  Closes when", &it.closes_when);
    }
}
