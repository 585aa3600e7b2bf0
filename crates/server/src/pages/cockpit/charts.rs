//! The frame of a chart: a figure that a script draws from a table of the page, and the button that takes it away as a picture.
//!
//! Owns the markup that `web/src/islands/charts.ts` reads. The table is the one source of the numbers; what stands in the figure without
//! a script is handed in, and a figure without that stays hidden until there is a chart. Start at [`figure`].

use huying_engine::insight::period::Period;
use maud::{Markup, html};

use super::figures::Ground;
use crate::pages::{address, parts::icon, texts::T, view::View};

/// What a chart is drawn from.
pub struct Chart {
    /// The id of the figure.
    pub id: String,
    /// `line` or `bar`.
    pub form: &'static str,
    pub name: String,
    /// The id of the table; its plotted columns have `data-series`.
    pub table: String,
    /// What its picture says below: where, of when.
    pub note: String,
    /// What its picture is called, without an ending.
    pub file: String,
}

/// The figure with what stands there without a script.
pub fn figure(chart: &Chart, drawing: Option<&Markup>) -> Markup {
    html! {
        figure.chart id=(chart.id) data-chart=(chart.form) data-table=(chart.table) data-note=(chart.note) data-file=(chart.file)
            aria-label=(chart.name) hidden[drawing.is_none()] {
            @if let Some(drawing) = drawing { (drawing) }
        }
    }
}

/// The button for the picture. It is hidden until there is one to take.
pub fn button(view: &View, chart: &Chart) -> Markup {
    html! {
        button.button type="button" id={ (chart.id) "-save" } data-saves=(chart.id) hidden {
            (icon("photo")) (view.lang.pick("保存图片", "Save as a picture")) span.visually-hidden { " " (chart.name) }
        }
    }
}

/// Where and of when, as a picture says it: whoever gets it has nothing else.
pub fn note(view: &View, ground: &Ground) -> String {
    let now = view.setting.zone.to_datetime(view.now.timestamp()).strftime("%Y-%m-%d %H:%M").to_string();
    let mut parts = vec![view.area(&ground.area).to_string()];
    parts.push(view.lang.pick(format!("数据截至 {now}"), format!("As of {now}")));
    if !ground.whole() {
        parts.push(view.lang.pick("只含可见的案件", "Visible cases only").to_owned());
    }
    if view.state.settings.demo {
        parts.push(view.say(T::DemoData).to_owned());
    }
    parts.join(" · ")
}

/// The days of a period as a file of the analysis.
pub fn days_file(ground: &Ground, period: Period, format: &str) -> String {
    let (from, to) = (period.from.to_string(), period.to.to_string());
    let area = ground.area.as_str();
    let query = [("by", "day"), ("area", area), ("from", &from), ("to", &to), ("format", format)];
    address("/analysis/file", &query)
}
