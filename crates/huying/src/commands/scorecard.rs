//! `huying scorecard`: what areas, units, workers and companies reached in a period.

use std::io::Write;

use huying_engine::{
    authority::Sight,
    score::{Card, ScoreIn, ScoreOut, day},
};
use huying_model::{
    LevelName,
    score::{Of, Period},
};
use huying_pack::words::word;
use serde_json::{Value, json};

use crate::{
    Global,
    end::{End, Usage},
    home::Home,
};

#[derive(clap::Args)]
pub struct Args {
    /// How long it looks back: day, week, month, quarter or year
    #[arg(long, default_value = "month", value_parser = word::<Period>)]
    period: Period,
    /// Who is judged: area, unit, worker or company
    #[arg(long, default_value = "unit", value_parser = word::<Of>)]
    of: Of,
    /// A day in the period, such as 2026-05-12; today otherwise
    #[arg(long, value_name = "DATE")]
    at: Option<String>,
    /// The level of the areas; the one whose centres dispatch otherwise
    #[arg(long)]
    level: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(global: &Global, args: Args) -> anyhow::Result<End> {
    let at = args.at.as_deref().map(day).transpose();
    let at = at.map_err(|problem| anyhow::anyhow!(Usage(format!("--at: {}", problem.mend))))?;
    let home = Home::open(global.settings()?).await?;
    let asked =
        ScoreIn { period: args.period, of: args.of, at, level: args.level.as_deref().map(LevelName::new) };
    let everything = Sight { all: true, ..Sight::default() };
    let out = home.engine.scorecards(home.tenant, &asked, &everything).await;
    home.engine.store().close().await;
    let out = out?;
    let mut to = std::io::stdout().lock();
    if args.json {
        serde_json::to_writer_pretty(&mut to, &written(&out))?;
        writeln!(to)?;
    } else {
        table(&out, &mut to)?;
    }
    Ok(End::Well)
}

fn decimal(hundredths: u64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

fn number(hundredths: u64) -> Value {
    json!(hundredths as f64 / 100.0)
}

fn written(out: &ScoreOut) -> Value {
    let card = |card: &Card| {
        let figures: Vec<Value> = card
            .figures
            .iter()
            .map(|figure| {
                json!({
                    "id": figure.indicator.id, "counted": figure.counted, "over": figure.over,
                    "percent": figure.percent.map(number), "points": number(figure.points),
                    "weight": number(figure.indicator.weight.into()),
                })
            })
            .collect();
        json!({
            "subject": card.subject, "name": card.name, "scorecard": card.scorecard,
            "points": number(card.points), "out_of": number(card.out_of), "indicators": figures,
        })
    };
    json!({
        "from": out.span.from.to_string(), "until": out.span.until.to_string(),
        "scorecards": out.cards.iter().map(card).collect::<Vec<_>>(),
    })
}

fn table(out: &ScoreOut, to: &mut impl Write) -> std::io::Result<()> {
    writeln!(to, "{} to {}", out.span.from, out.span.until)?;
    if out.cards.is_empty() {
        writeln!(to, "the pack has no indicators for this, or nothing was counted")?;
    }
    for card in &out.cards {
        writeln!(to, "\n{} {}  {}", card.scorecard, card.subject, card.name)?;
        for figure in &card.figures {
            let share =
                figure.percent.map_or_else(|| "—".to_owned(), |percent| format!("{}%", decimal(percent)));
            let over = figure.over.map_or_else(String::new, |over| format!(" of {over}"));
            let (name, counted) = (&figure.indicator.name_en, figure.counted);
            writeln!(to, "    {share:>9}  {:>6} points  {name} ({counted}{over})", decimal(figure.points))?;
        }
        if card.out_of > 0 {
            writeln!(to, "    {} of {} points", decimal(card.points), decimal(card.out_of))?;
        }
    }
    Ok(())
}
