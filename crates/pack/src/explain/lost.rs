//! What a row of the dispatch table asks for, and why it did not win, in words.
//!
//! Owns the sentences. Whether a row fits and how specific it is, is the model's ([`Route::fits`], [`Route::weight`]). Start at
//! [`words`].

use huying_model::{
    admission::is_grid_team,
    org::Org,
    route::{Facts, Lost, Question, Route},
};

use super::{LostRow, Teller, Won, text};
use crate::told::{Told, told};

impl Teller<'_> {
    pub(super) fn won(&self, row: &Route) -> Won {
        let selectors = std::iter::once(&row.lead).chain(&row.assists).map(ToString::to_string).collect();
        Won { row: row.id.clone(), asks: self.asks(row), selectors }
    }

    /// All rows that fit the matter but the winner, in the table's order.
    pub(super) fn lost_rows(&self, winner: Option<&Route>) -> Vec<LostRow> {
        let it = self.question;
        let facts = Facts::default();
        let asked = Question {
            matter: &it.matter,
            area: it.place.area.as_ref(),
            overlays: &it.place.overlays,
            source: it.source,
            urgency: it.urgency,
            period: it.rules.period(&it.matter, it.at),
            at: it.at,
            admitted: it.rules.admissions.bar(&it.matter, it.at).is_none(),
            facts: &facts,
        };
        let org = &self.policy.org;
        let losers = it.rules.routes.iter().filter(|row| winner.is_none_or(|won| won.id != row.id));
        losers
            .filter_map(|row| {
                let why = match row.fits(org, &asked) {
                    Err(Lost::Matter) => return None,
                    Err(why) => why,
                    // More specific than the winner, and passed over: it found nobody.
                    Ok(()) if winner.is_none_or(|won| row.weight(org) > won.weight(org)) => {
                        self.passed_over(row)
                    }
                    Ok(()) => Lost::LessSpecific,
                };
                let words = self.words(row, &why, winner);
                Some(LostRow { row: row.id.clone(), why, words })
            })
            .collect()
    }

    fn words(&self, row: &Route, why: &Lost, winner: Option<&Route>) -> Told {
        let (here, name) = (self.question, |code: &str| self.place_name(code));
        match why {
            Lost::Matter => told("不含此事项。", "It is for other matters."),
            Lost::Overlay => {
                let of = self.overlay(row.overlay.as_ref().map_or("", |code| code.as_str())).name;
                told(
                    format!("只用于重点网格“{}”，此处不在其中。", of.zh),
                    format!("It is for the overlay “{}” only, and the place lies outside.", of.en),
                )
            }
            Lost::Area => {
                let of = name(row.area.as_ref().map_or("", |code| code.as_str()));
                told(
                    format!("只用于{}，此处不在其内。", of.zh),
                    format!("It is for {} only, and the place lies outside.", of.en),
                )
            }
            Lost::Level => {
                let of = self.level(row.level.as_ref().map_or("", |code| code.as_str())).name;
                told(
                    format!("只用于有“{}”一级的地方，此处没有。", of.zh),
                    format!("It is for places within a {} only, and this one is not.", of.en),
                )
            }
            Lost::Source => {
                let of = row.source.unwrap_or_default();
                told(
                    format!("只管来源“{}”，此案来源是“{}”。", of.zh(), here.source.zh()),
                    format!(
                        "It is for the source “{}” only; this case comes from “{}”.",
                        of.en(),
                        here.source.en()
                    ),
                )
            }
            Lost::Urgency => {
                let (of, own) =
                    (text::urgency(row.urgency.unwrap_or_default()).name, text::urgency(here.urgency).name);
                told(
                    format!("只管{}级，此案是{}级。", of.zh, own.zh),
                    format!("It is for {} only; this case is {}.", of.en, own.en),
                )
            }
            Lost::Period => {
                let own = here.rules.period(&here.matter, here.at);
                let (of, own) = (
                    row.period.map(text::period).map(|p| p.name).unwrap_or_default(),
                    text::period(own).name,
                );
                told(
                    format!("只在{}有效，此时是{}。", of.zh, own.zh),
                    format!("It holds in {} only; this moment is {}.", of.en, own.en),
                )
            }
            Lost::NobodyThere => {
                let missing = self.missing(row);
                told(
                    format!("也符合，但此时此处找不到 {missing}。"),
                    format!("It fits too, but {missing} finds nobody here now."),
                )
            }
            Lost::NotAdmitted => told(
                "也符合，但此事项未准入，不得派给网格力量。",
                "It fits too, but asks grid workers for a matter that is not admitted.",
            ),
            Lost::LessSpecific => self.less(row, winner),
        }
    }

    /// Why a row that fits finds nobody, by its first selector that does not: no unit is there, or only grid workers, who may
    /// not be asked.
    fn passed_over(&self, row: &Route) -> Lost {
        let (org, here) = (&self.policy.org, self.question);
        let barred = here.rules.admissions.bar(&here.matter, here.at).is_some();
        let why = |selector: &huying_model::org::Selector| {
            let found = org.select(selector, here.place.area.as_ref(), None, here.at);
            if found.is_empty() {
                return Some(Lost::NobodyThere);
            }
            (barred && found.iter().all(|unit| is_grid_team(org, unit))).then_some(Lost::NotAdmitted)
        };
        std::iter::once(&row.lead).chain(&row.assists).find_map(why).unwrap_or(Lost::NobodyThere)
    }

    /// The selector of a fitting row that finds nobody.
    fn missing(&self, row: &Route) -> String {
        let org = &self.policy.org;
        let here = self.question;
        let nobody = |selector: &&huying_model::org::Selector| {
            org.select(selector, here.place.area.as_ref(), None, here.at).is_empty()
        };
        let all = std::iter::once(&row.lead).chain(&row.assists);
        all.into_iter().find(nobody).unwrap_or(&row.lead).to_string()
    }

    /// The first column in which the winner names more.
    fn less(&self, row: &Route, winner: Option<&Route>) -> Told {
        let Some(won) = winner else { return told("也符合。", "It fits too.") };
        let Some((zh, en)) = decisive(&self.policy.org, row, won) else {
            return told(
                format!("与{}同样具体，排在它后面（检查时会报错）。", won.id),
                format!("It is as specific as {} and stands after it (the lint refuses that).", won.id),
            );
        };
        told(
            format!("也符合，但{}在“{zh}”一栏写得更具体。", won.id),
            format!("It fits too, but {} says more in the column {en}.", won.id),
        )
    }

    fn place_name(&self, code: &str) -> Told {
        self.named(code, self.policy.org.areas.get(code).map(|area| &area.name)).name
    }

    /// What a row asks for, column by column.
    fn asks(&self, row: &Route) -> Told {
        let mut parts = vec![told(format!("事项 {}", row.matter), format!("matter {}", row.matter))];
        let mut add = |zh: &str, en: &str, what: Told| {
            parts.push(told(format!("{zh} {}", what.zh), format!("{en} {}", what.en)));
        };
        if let Some(code) = &row.overlay {
            add("重点网格", "overlay", self.overlay(code.as_str()).name);
        }
        if let Some(code) = &row.area {
            add("区域", "area", self.place_name(code.as_str()));
        }
        if let Some(level) = &row.level {
            add("层级", "level", self.level(level.as_str()).name);
        }
        if let Some(source) = row.source {
            add("来源", "source", told(source.zh(), source.en()));
        }
        if let Some(urgency) = row.urgency {
            add("等级", "urgency", text::urgency(urgency).name);
        }
        if let Some(period) = row.period {
            add("时段", "period", text::period(period).name);
        }
        let join = |of: fn(&Told) -> &str, by: &str| parts.iter().map(of).collect::<Vec<_>>().join(by);
        told(join(|part| &part.zh, "，"), join(|part| &part.en, ", "))
    }
}

/// The first column, in the table's order, in which the second row is more specific than the first.
fn decisive(org: &Org, row: &Route, won: &Route) -> Option<(&'static str, &'static str)> {
    let plain = |of: &Route| Route {
        overlay: None,
        area: None,
        level: None,
        source: None,
        urgency: None,
        period: None,
        ..of.clone()
    };
    let mut columns: Vec<(&'static str, &'static str, Route, Route)> = Vec::new();
    let (mut a, mut b) = (plain(row), plain(won));
    columns.push(("事项", "matter", a.clone(), b.clone()));
    (a.overlay, b.overlay) = (row.overlay.clone(), won.overlay.clone());
    columns.push(("重点网格", "overlay", a.clone(), b.clone()));
    (a.area, b.area) = (row.area.clone(), won.area.clone());
    (a.level, b.level) = (row.level.clone(), won.level.clone());
    columns.push(("区域", "area", a.clone(), b.clone()));
    (a.source, b.source) = (row.source, won.source);
    columns.push(("来源", "source", a.clone(), b.clone()));
    (a.urgency, b.urgency) = (row.urgency, won.urgency);
    columns.push(("等级", "urgency", a.clone(), b.clone()));
    (a.period, b.period) = (row.period, won.period);
    columns.push(("时段", "period", a, b));
    let more = columns.into_iter().find(|(_, _, row, won)| row.weight(org) < won.weight(org))?;
    Some((more.0, more.1))
}
