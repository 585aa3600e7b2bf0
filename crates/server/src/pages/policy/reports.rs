//! What was found in a version, for people: the lint's findings with their places and mends, the stories, and where its
//! organisation is not that of today.
//!
//! Owns the order: what must be mended first. Start at [`all`].

use huying_engine::policy::{COMING, UNDONE};
use huying_model::book::{Difference, Finding, Found, Of, Return, Story, Went};
use huying_pack::lint::rules;
use maud::{Markup, html};

use crate::pages::view::View;

/// Findings, stories and the organisation.
pub fn all(view: &View, found: &Found) -> Markup {
    html! {
        (lint(view, found))
        (stories(view, found))
        (organisation(view, found))
    }
}

fn lint(view: &View, found: &Found) -> Markup {
    let (errors, warnings): (Vec<&Finding>, Vec<&Finding>) = found.findings.iter().partition(|one| one.error);
    let all = found.errors + found.warnings;
    html! {
        section.stack aria-labelledby="lint" {
            h2 id="lint" { (view.lang.pick("检查结果", "What lint said")) }
            @if all == 0 { p { (view.lang.pick("没有发现问题。", "Nothing was found.")) } }
            @else if found.findings.is_empty() { pre { (found.lint) } }
            (grouped(view, &errors))
            @if !warnings.is_empty() {
                details {
                    summary { (view.lang.pick("警告（不妨碍提议，请查看）", "Warnings (it may be proposed; look at them)")) " · " (found.warnings) }
                    (grouped(view, &warnings))
                }
            }
            @if !found.findings.is_empty() && found.findings.len() < all {
                p.quiet { (view.lang.pick("其余问题未逐条列出。", "The other findings are not listed.")) }
            }
        }
    }
}

/// Findings of one rule stand together, under what the rule is about.
fn grouped(view: &View, findings: &[&Finding]) -> Markup {
    html! {
        @for group in findings.chunk_by(|one, other| one.rule == other.rule) {
            @if let Some(first) = group.first() {
                h3.findings-rule {
                    @if first.error { span.tag.tag-strong { (view.lang.pick("错误", "Error")) } } @else { span.tag { (view.lang.pick("警告", "Warning")) } }
                    " " (about(view, &first.rule)) " (" (group.len()) ") " span.quiet.code { (first.rule) }
                }
            }
            ul.findings { @for found in group { (one(view, found)) } }
        }
    }
}

/// What a rule of the lint is about.
pub fn about<'a>(view: &View, rule: &'a str) -> &'a str {
    if rule == COMING {
        return view.lang.pick(
            "已定的组织调整无法在其上进行",
            "a change of the organisation that is decided cannot be made on it",
        );
    }
    if rule == UNDONE {
        return view.lang.pick(
            "准入办公室的决定在该版本下不再有效",
            "a decision of the admission desk would not hold under it",
        );
    }
    rules::find(rule).map_or(rule, |rule| view.lang.pick(rule.zh, rule.what))
}

fn one(view: &View, found: &Finding) -> Markup {
    html! {
        li {
            p.findings-place { (place(view, found)) }
            p { (found.words) }
            @if !found.mend.is_empty() { p { b { (view.lang.pick("更正：", "Mend: ")) } (found.mend) } }
            @if !found.example.is_empty() { p.quiet { (view.lang.pick("例：", "For example: ")) (found.example) } }
            @if !found.rows.is_empty() { p.quiet { (view.lang.pick("涉及行：", "Rows: ")) (found.rows.join(", ")) } }
        }
    }
}

/// `routes.csv，第 3 行，第 2 列（matter）`.
fn place(view: &View, found: &Finding) -> String {
    let Finding { file, line, column, field, .. } = found;
    let mut place = file.to_string();
    if *line > 0 {
        place += &view.lang.pick(format!("，第 {line} 行"), format!(", line {line}"));
    }
    if *column > 0 {
        place += &view.lang.pick(format!("，第 {column} 列"), format!(", column {column}"));
    }
    if !field.is_empty() {
        place += &view.lang.pick(format!("（{field}）"), format!(" ({field})"));
    }
    place
}

fn stories(view: &View, found: &Found) -> Markup {
    let of = |went: Went| found.told.iter().filter(|story| story.went == went).collect::<Vec<&Story>>();
    let failed = of(Went::Failed);
    html! {
        section.stack aria-labelledby="stories" {
            h2 id="stories" { (view.lang.pick("场景结果", "How the stories went")) }
            @if found.told.is_empty() {
                @if found.stories.is_empty() { p { (view.lang.pick("未运行场景。", "No story was told.")) } } @else { pre { (found.stories) } }
            }
            @if !failed.is_empty() {
                h3 { span.tag.tag-strong { (view.lang.pick("未通过", "Failed")) } " " (failed.len()) }
                ul.findings { @for story in &failed { (told(view, story)) } }
            }
            @for (words, stories) in [
                (view.lang.pick("待建（所需功能尚未建成）", "Pending (they need what is not built)"), of(Went::Pending)),
                (view.lang.pick("通过", "Passed"), of(Went::Passed)),
            ] {
                @if !stories.is_empty() {
                    details {
                        summary { (words) " · " (stories.len()) }
                        ul.findings { @for story in &stories { (told(view, story)) } }
                    }
                }
            }
        }
    }
}

/// A story's title is its pack's; the list of responsibilities is no story of the pack, and its title has both languages.
fn title<'s>(view: &View, story: &'s Story) -> &'s str {
    match story.title.split_once(" · ") {
        Some((zh, en)) if story.file == "scenarios/expectations.csv" => view.lang.pick(zh, en),
        _ => story.title.as_str(),
    }
}

fn told(view: &View, story: &Story) -> Markup {
    html! {
        li {
            p.findings-place { (story.file) }
            p { (title(view, story)) }
            @for words in &story.words { p.quiet { (words) } }
        }
    }
}

fn organisation(view: &View, found: &Found) -> Markup {
    let gone: Vec<&Difference> = found.differences.iter().filter(|one| !one.new).collect();
    let new: Vec<&Difference> = found.differences.iter().filter(|one| one.new).collect();
    html! {
        @if !found.returns.is_empty() || !found.differences.is_empty() {
            section.stack aria-labelledby="organisation" {
                h2 id="organisation" { (view.lang.pick("与现行组织的差别", "Beside the organisation of today")) }
                @if !found.returns.is_empty() {
                    p { b { (view.lang.pick("组织调整已撤销或变更的下列内容，该版本会恢复为调整前的样子：", "Changes of the organisation ended or moved these; the version would bring them back as they were:")) } }
                    ul.findings { @for one in &found.returns { li { (back(view, one)) } } }
                }
                @for (words, list) in [
                    (view.lang.pick("现行有而该版本没有", "There today and not in the version"), gone),
                    (view.lang.pick("该版本有而现行没有", "In the version and not there today"), new),
                ] {
                    @if !list.is_empty() {
                        details {
                            summary { (words) " · " (list.len()) }
                            ul.findings { @for one in list { li { (kind(view, one.of)) " " (one.name) " " span.quiet.code { (one.id) } } } }
                        }
                    }
                }
            }
        }
    }
}

fn kind(view: &View, of: Of) -> &'static str {
    match of {
        Of::Area => view.lang.pick("区域", "Area"),
        Of::Unit => view.lang.pick("单位", "Unit"),
        Of::Member => view.lang.pick("人员", "Member"),
    }
}

/// What would be back, since when it is otherwise, and how.
fn back(view: &View, one: &Return) -> String {
    let Return { of, id, name, since, to, at } = one;
    let (kind, since) = (kind(view, *of), view.full(*since));
    match (of, to) {
        (_, None) => view.lang.pick(
            format!("{kind} {name}（{id}）已于 {since} 撤销"),
            format!("{kind} {name} ({id}) ended on {since}"),
        ),
        (Of::Member, Some(seats)) => view.lang.pick(
            format!("{kind} {name}（{id}）自 {since} 起任职 {seats}，该版本仍为 {at}"),
            format!("{kind} {name} ({id}) sits as {seats} since {since}; the version has {at}"),
        ),
        (_, Some(area)) => view.lang.pick(
            format!("{kind} {name}（{id}）自 {since} 起服务区域 {area}，该版本仍为 {at}"),
            format!("{kind} {name} ({id}) serves {area} since {since}; the version has {at}"),
        ),
    }
}
