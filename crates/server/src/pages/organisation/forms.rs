//! What may be done with an area, a form each: split, merge, name or draw otherwise, end, and any edit as text.
//!
//! Owns the fields, which [`super::asked`] reads. Every form leads to a preview and none decides. One stands open at a time, by the page's
//! address: another language takes one form along, and what somebody wrote in a second one would be lost. Start at [`all`].

use huying_geo::geojson;
use huying_model::{AreaCode, org::Area};
use maud::{Markup, html};

use super::{
    Around, HERE, Looked,
    asked::{MOST, units},
    below,
};
use crate::pages::{address, parts::nothing, policy::from, view::View};

/// Points of an outline that the script may begin with.
const DRAWN: usize = 2_000;

/// The form that stands open with what was written in it, what was looked at as text, and the ways to the others.
pub fn all(view: &View, area: &Area, around: &Around) -> Markup {
    let acts = [
        ("split", view.lang.pick("拆分", "Split it")),
        ("merge", view.lang.pick("与邻区合并", "Merge it with others")),
        ("draw", view.lang.pick("改名、改隶属、重画", "Name it, place it or draw it otherwise")),
        ("end", view.lang.pick("撤销", "End it")),
        ("text", view.lang.pick("写成文本", "Write it as text")),
    ];
    let stands = |act: &str| around.open == act || act == "text" && around.looked.is_some();
    let (drawn, shut): (Vec<_>, Vec<_>) =
        acts.into_iter().filter(|&(act, _)| offered(view, area, act)).partition(|&(act, _)| stands(act));
    let to = |act: &str| address(HERE, &[("area", area.code.as_str()), ("do", act)]);
    html! {
        @if around.looked.as_ref().is_some_and(Looked::decidable) {
            p.quiet { (view.lang.pick("切换语言或外观时保留预览和理由；预览之后在下面另写的内容不保留，请先再次预览。", "Another language or look keeps the preview and its reason. What is written below after the preview is not kept: preview it again first.")) }
        }
        @for (act, words) in drawn { (form(view, area, around, (act, words), &fields(view, area, around, act))) }
        @if !shut.is_empty() {
            nav.row aria-label=(view.lang.pick("可做的调整", "What may be done")) {
                @for (act, words) in shut { a.button href={ (to(act)) "#" (id(act)) } { (words) } }
            }
        }
    }
}

fn fields(view: &View, area: &Area, around: &Around, act: &str) -> Markup {
    match act {
        "split" => split(view, area, around),
        "merge" => merge(view, area, around),
        "draw" => draw(view, area, around),
        "text" => text(view, around),
        _ => nothing(),
    }
}

/// Whether an area's page has the form of this act.
pub fn offered(view: &View, area: &Area, act: &str) -> bool {
    match act {
        "text" => true,
        "draw" => area.active(view.now),
        "split" | "merge" | "end" => area.active(view.now) && area.parent.is_some(),
        _ => false,
    }
}

fn form(view: &View, area: &Area, around: &Around, (act, words): (&str, &str), fields: &Markup) -> Markup {
    let open = around.open == act;
    let written = around.form.said("from").filter(|_| open);
    let keeps = if written_in(around, act) { "edited" } else { "yes" };
    html! {
        details.command open[open] {
            summary.button { (words) }
            form.stack id=(id(act)) method="post" action=(HERE) enctype="multipart/form-data" data-keeps=(keeps) {
                input type="hidden" name="act" value=(act);
                input type="hidden" name="area" value=(area.code);
                (fields)
                // Why it was to be decided goes along to the next preview.
                @if let Some(reason) = said(around, act, "reason") { input type="hidden" name="reason" value=(reason); }
                (from(view, act, written))
                div.row {
                    button.button.button-primary { (view.lang.pick("预览", "Preview")) }
                    @if act == "split" && around.parts < MOST { button.button name="stays" value="more" formnovalidate { (view.lang.pick("再加一个部分", "One part more")) } }
                }
            }
        }
    }
}

/// The id of the form of an act.
pub fn id(act: &str) -> String {
    format!("change-{act}")
}

/// Whether a form came back with what somebody wrote in it.
fn written_in(around: &Around, act: &str) -> bool {
    around.open == act && around.form.said("act").is_some()
}

/// A line of text.
fn line(act: &str, name: &str, words: &str, value: &str, needed: bool) -> Markup {
    let id = format!("{act}-{name}");
    html! {
        div.field {
            label for=(id) { (words) }
            input.input id=(id) name=(name) value=(value) required[needed] autocomplete="off" maxlength="200";
        }
    }
}

/// What was written in a field of the form that came back.
fn said<'a>(around: &'a Around, act: &str, name: &str) -> Option<&'a str> {
    around.form.said(name).filter(|_| around.open == act)
}

/// An outline: pasted, or drawn with the script of the page, which begins with `outline`.
fn shape(view: &View, around: &Around, act: &str, name: &str, outline: Option<String>) -> Markup {
    let (id, hint) = (format!("{act}-{name}"), format!("{act}-{name}-hint"));
    let mistaken = around.problem.iter().flat_map(|problem| &problem.errors).any(|one| one.field == name);
    let wrong = mistaken && around.open == act;
    html! {
        div.field data-invalid[wrong] {
            label for=(id) { (view.lang.pick("边界（GeoJSON）", "Outline (GeoJSON)")) }
            span.hint id=(hint) { (view.lang.pick("粘贴 Polygon、MultiPolygon 或含一个图形的 FeatureCollection。", "Paste a Polygon, a MultiPolygon or a FeatureCollection of one.")) }
            textarea.code id=(id) name=(name) rows="3" aria-describedby=(hint) aria-invalid=[wrong.then_some("true")] data-outline=[outline] { (said(around, act, name).unwrap_or_default()) }
            (drawing(view, &id))
        }
    }
}

/// The button of the script that draws, with every word it says.
fn drawing(view: &View, id: &str) -> Markup {
    html! {
        div.row.needs-js {
            button.button type="button" data-draws=(id)
                data-done=(view.lang.pick("画好了", "Done"))
                data-back=(view.lang.pick("退一步", "One step back"))
                data-clear=(view.lang.pick("清空", "Clear"))
                data-add=(view.lang.pick("加一个顶点", "Add a corner"))
                data-cancel=(view.lang.pick("放弃所画", "Leave it as it was"))
                data-crosses=(view.lang.pick("边界自己相交，见红线。请移动顶点，或退一步；相交的边界不能提交。", "The outline crosses itself where the line is red. Move a corner or go one step back: it cannot be sent like this."))
                data-unread=(view.lang.pick("框里的内容读不成边界，原样保留。请先改正或清空，再在图上画。", "What stands in the field cannot be read as an outline and stays as it is. Correct it or empty the field, then draw."))
                data-datum=(view.lang.pick("图上是 WGS-84 坐标。请先把“坐标系”改为 WGS-84 或 CGCS2000，再在图上画。", "The map is in WGS-84. Choose WGS-84 or CGCS2000 under “Coordinates” first, then draw."))
                data-corner=(view.lang.pick("顶点 {n}", "Corner {n}"))
                data-count=(view.lang.pick("{n} 个顶点。点图或在顶点上按 Insert 加点，拖动或用方向键移动，Delete 删除，Ctrl+Z 退一步。", "{n} corners. Click the map or press Insert on a corner to add one, drag or use the arrow keys to move one, Delete takes one away, Ctrl+Z goes one step back."))
                data-many=(view.lang.pick("此边界由多个环组成，请用文件修改。", "This outline has several rings: send it as a file.")) { (view.lang.pick("在图上画", "Draw it on the map")) }
        }
    }
}

/// A file of outlines, and what their degrees are in.
fn layer(view: &View, around: &Around, act: &str, words: &str) -> Markup {
    let (file, datum) = (format!("{act}-file"), format!("{act}-datum"));
    let chosen = said(around, act, "datum").unwrap_or("wgs84");
    html! {
        div.columns {
            div.field {
                label for=(file) { (words) " " span.optional { (view.lang.pick("（可不选）", "(optional)")) } }
                input.input id=(file) type="file" name="file" accept=".geojson,.json";
            }
            div.field {
                label for=(datum) { (view.lang.pick("坐标系", "Coordinates")) }
                select id=(datum) name="datum" {
                    @for (code, name) in [("wgs84", "WGS-84"), ("cgcs2000", "CGCS2000"), ("gcj02", "GCJ-02"), ("bd09", "BD-09")] {
                        option value=(code) selected[code == chosen] { (name) }
                    }
                }
            }
        }
    }
}

/// The first codes after an area's own that nobody has.
fn free(view: &View, area: &Area, count: usize) -> Vec<String> {
    let code = area.code.as_str();
    let stem = code.trim_end_matches(|sign: char| sign.is_ascii_digit());
    let digits = code.get(stem.len()..).unwrap_or_default();
    let Ok(own) = digits.parse::<u64>() else { return vec![String::new(); count] };
    let wide = digits.len();
    let named = |number: u64| format!("{stem}{number:0wide$}");
    let numbers = (own.saturating_add(1)..).take(1_000).map(named);
    let mut free: Vec<String> =
        numbers.filter(|code| !view.org().areas.contains_key(code.as_str())).take(count).collect();
    free.resize(count, String::new());
    free
}

fn split(view: &View, area: &Area, around: &Around) -> Markup {
    let shaped = view.setting.pack.shapes.cells.contains_key(&area.code);
    let teamed = units(view, area.code.as_str()).next().is_some();
    let children: Vec<&Area> = below(view, &area.code).collect();
    html! {
        input type="hidden" name="parts" value=(around.parts);
        @for (no, code) in (1..).zip(free(view, area, around.parts)) { (part(view, around, no, &code, (shaped, teamed))) }
        @if !children.is_empty() { (given(view, around, &children)) }
        (going(view, area, around))
        @if shaped { (layer(view, around, "split", view.lang.pick("或者一个文件，每个图形带 code 和 name 属性", "Or one file, each outline with the properties code and name"))) }
    }
}

fn part(view: &View, around: &Around, no: usize, code: &str, (shaped, teamed): (bool, bool)) -> Markup {
    let value = |name: &str| said(around, "split", &format!("{name}-{no}")).unwrap_or_default().to_owned();
    // A part that was not there before has a free code; one that was keeps what was written.
    let came = written_in(around, "split")
        && around.form.fields.iter().any(|(name, _)| *name == format!("code-{no}"));
    let code = if came { value("code") } else { code.to_owned() };
    html! {
        fieldset.field {
            legend { (view.lang.pick(format!("第 {no} 部分"), format!("Part {no}"))) }
            div.columns {
                (line("split", &format!("code-{no}"), view.lang.pick("编码", "Code"), &code, false))
                (line("split", &format!("name-{no}"), view.lang.pick("名称", "Name"), &value("name"), false))
                (line("split", &format!("name_en-{no}"), view.lang.pick("英文名", "English name"), &value("name_en"), false))
            }
            @if shaped { (shape(view, around, "split", &format!("shape-{no}"), None)) }
            @if teamed {
                div.columns {
                    (line("split", &format!("team-{no}"), view.lang.pick("新设单位的编号（不设则不填）", "Id of a new unit (empty for none)"), &value("team"), false))
                    (line("split", &format!("team_name-{no}"), view.lang.pick("新设单位的名称", "Its name"), &value("team_name"), false))
                }
            }
        }
    }
}

/// Which part takes each area below.
fn given(view: &View, around: &Around, children: &[&Area]) -> Markup {
    html! {
        fieldset.field {
            legend { (view.lang.pick("下级区域归入", "Areas in it go to")) }
            div.columns {
                @for child in children {
                    @let name = format!("child-{}", child.code);
                    @let chosen = said(around, "split", &name).unwrap_or_default();
                    div.field {
                        label for={ "split-" (name) } { (view.area(&child.code)) }
                        select id={ "split-" (name) } name=(name) {
                            @for no in 1..=around.parts { option value=(no) selected[no.to_string() == chosen] { (view.lang.pick(format!("第 {no} 部分"), format!("Part {no}"))) } }
                        }
                    }
                }
            }
        }
    }
}

/// Which part each unit of the area serves afterwards; with none it closes.
fn going(view: &View, area: &Area, around: &Around) -> Markup {
    html! {
        @for unit in units(view, area.code.as_str()) {
            @let name = format!("unit-{}", unit.id);
            @let chosen = said(around, "split", &name).unwrap_or("1");
            div.field {
                label for={ "split-" (name) } { (view.lang.pick("单位今后服务：", "Serves afterwards: ")) (view.unit(&unit.id)) }
                select id={ "split-" (name) } name=(name) {
                    @for no in 1..=around.parts { option value=(no) selected[no.to_string() == chosen] { (view.lang.pick(format!("第 {no} 部分"), format!("Part {no}"))) } }
                    option value="none" selected[chosen == "none"] { (view.lang.pick("随区域撤销", "It closes with the area")) }
                }
            }
        }
    }
}

fn merge(view: &View, area: &Area, around: &Around) -> Markup {
    let neighbours = view.org().areas.values().filter(|other| {
        other.active(view.now)
            && other.level == area.level
            && other.parent == area.parent
            && other.code != area.code
    });
    let chosen =
        |code: &AreaCode| around.open == "merge" && around.form.every("with").any(|one| one == code.as_str());
    let value = |name: &str| said(around, "merge", name).unwrap_or_default();
    let code = said(around, "merge", "code").unwrap_or(area.code.as_str());
    html! {
        fieldset.field {
            legend { (view.lang.pick("并入的区域", "The areas that are merged with it")) }
            div.choices {
                @for other in neighbours {
                    label.choice { input type="checkbox" name="with" value=(other.code) checked[chosen(&other.code)]; " " span { (view.area(&other.code)) " " small.code { (other.code) } } }
                }
            }
        }
        (line("merge", "code", view.lang.pick("合并后的编码（沿用其中之一，或填新编码）", "The code of afterwards (one of theirs, or a new one)"), code, true))
        (line("merge", "name", view.lang.pick("合并后的名称（沿用编码时可不填）", "The name of afterwards (may stay empty where the code is one of theirs)"), value("name"), false))
        label.choice { input type="checkbox" name="along" value="yes" checked[said(around, "merge", "along").is_some()]; " " span { (view.lang.pick("被并入区域的单位一并改为服务合并后的区域（否则随区域撤销）", "Units of the areas that end serve the new one (else they close with theirs)")) } }
        (line("merge", "name_en", view.lang.pick("英文名（新编码时填写）", "English name (of a new one)"), value("name_en"), false))
    }
}

fn draw(view: &View, area: &Area, around: &Around) -> Markup {
    let english = view.setting.pack.english(area.code.as_str()).map(ToString::to_string).unwrap_or_default();
    let value = |name: &str, today: &str| said(around, "draw", name).unwrap_or(today).to_owned();
    let own = view.setting.pack.shapes.cells.get(&area.code);
    let small = own.filter(|shape| shape.rings.iter().map(Vec::len).sum::<usize>() <= DRAWN);
    html! {
        div.columns {
            (line("draw", "name", view.lang.pick("名称", "Name"), &value("name", area.name.as_str()), true))
            (line("draw", "name_en", view.lang.pick("英文名", "English name"), &value("name_en", english.as_str()), false))
            @if let Some(parent) = &area.parent { (above(view, area, &value("parent", parent.as_str()))) }
        }
        @if own.is_some() {
            (shape(view, around, "draw", "shape", small.map(geojson::geometry)))
            (layer(view, around, "draw", view.lang.pick("或者一个文件", "Or a file")))
        }
    }
}

/// The area in which it lies: one of the level of today's.
fn above(view: &View, area: &Area, chosen: &str) -> Markup {
    let level =
        area.parent.as_ref().and_then(|parent| view.org().areas.get(parent)).map(|parent| &parent.level);
    let others =
        view.org().areas.values().filter(|other| Some(&other.level) == level && other.active(view.now));
    html! {
        div.field {
            label for="draw-parent" { (view.lang.pick("隶属", "Lies in")) }
            select id="draw-parent" name="parent" {
                @for other in others { option value=(other.code) selected[other.code.as_str() == chosen] { (view.area(&other.code)) } }
            }
        }
    }
}

fn text(view: &View, around: &Around) -> Markup {
    // What was looked at can be added to by hand.
    let looked = around.looked.as_ref().map_or("", |looked| looked.edits.as_str());
    let written = said(around, "text", "edits").unwrap_or(looked);
    html! {
        p.quiet { (view.lang.pick("每一种调整都可以写成文本，写法见机制包文档；at 和 reason 在这里另填。", "Every edit can be written as text, as the guide of packs says; at and reason have fields of their own here.")) }
        div.field {
            label for="text-edits" { (view.lang.pick("调整内容", "The edits")) }
            textarea.code id="text-edits" name="edits" rows="8" required { (written) }
        }
    }
}
