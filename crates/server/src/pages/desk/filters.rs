//! What the desk's list is narrowed by: the bar, a chip for each filter that takes it off, and filters that a member keeps.
//!
//! Owns which parts of an address may be kept. Refuses to keep words that were searched for: they may be somebody's name, and what is kept
//! here is erased with nobody. Start at [`bar`]; [`act`] keeps and drops.

use axum::response::{IntoResponse, Redirect, Response};
use huying_model::{AreaCode, catalogue::Source};
use huying_store::SavedFilter;
use maud::{Markup, html};

use super::Asked;
use crate::{
    pages::{
        address,
        form::{Form, Words},
        give::is_own,
        parts::icon,
        sought,
        tabs::Tab,
        texts::T,
        view::{View, Viewer},
    },
    problem::{Both, Problem},
};

/// Filters that one member may keep.
const MOST: usize = 20;
/// Signs of a name.
const LONGEST: usize = 24;

/// The form above the list.
pub fn bar(view: &View, asked: &Asked, tab: Tab) -> Markup {
    html! {
        form.filter-bar method="post" action="/sought" role="search" aria-label=(view.say(T::Filter)) {
            input type="hidden" name="to" value="/desk";
            input type="hidden" name="queue" value=(tab.code());
            @if let Some(area) = asked.said(|a| &a.area) { input type="hidden" name="area" value=(area); }
            @if asked.is_soon() { input type="hidden" name="soon" value="1"; }
            input type="search" name="q" aria-label=(view.say(T::FindCase)) placeholder=(view.say(T::FindHint)) value=[asked.words()];
            select name="source" aria-label=(view.say(T::Source)) {
                option value="" { (view.say(T::AllSources)) }
                @for source in Source::ALL {
                    option value=(source.code()) selected[asked.said(|a| &a.source) == Some(source.code())] { (view.lang.pick(source.zh(), source.en())) }
                }
            }
            button.button { (view.say(T::Filter)) }
            a.button.button-primary href="/cases/new" { (icon("add")) (view.say(T::Report)) }
        }
    }
}

/// A filter in words, by its name in the address.
fn words(view: &View, name: &str, value: &str) -> String {
    match name {
        "area" => view.area(&AreaCode::new(value)).to_string(),
        "source" => Source::from_code(value)
            .map_or(value, |source| view.lang.pick(source.zh(), source.en()))
            .to_owned(),
        "soon" => view.lang.pick("60 分钟内到期", "Due within 60 min").to_owned(),
        _ => value.to_owned(),
    }
}

/// A chip for each filter that holds, and the filters that the member keeps.
pub async fn chips(view: &View, asked: &Asked, tab: Tab) -> Result<Markup, Problem> {
    let saved = view.state.engine.store().saved_filters(view.state.tenant(), &view.signed()?.member).await?;
    let on = asked.kept();
    let keeps = on.iter().any(|(name, _)| *name != sought::NAME) && saved.len() < MOST;
    if on.is_empty() && saved.is_empty() {
        return Ok(crate::pages::parts::nothing());
    }
    Ok(html! {
        div.filter-chips.no-print {
            @for (name, value) in &on {
                @let words = match asked.words().filter(|_| *name == sought::NAME) {
                    Some(text) => format!("“{text}”"),
                    None => words(view, name, value),
                };
                a.tag.tag-strong href=(asked.without(tab, name)) aria-label=(view.lang.pick(format!("取消筛选：{words}"), format!("Remove filter: {words}"))) {
                    (words) " ×"
                }
            }
            @for it in &saved { (kept(view, it)) }
            @if keeps { (keep(view, asked, tab)) }
        }
    })
}

/// A kept filter: the way to it, and a button that drops it.
fn kept(view: &View, it: &SavedFilter) -> Markup {
    html! {
        span.filter-kept {
            a.tag href={ "/desk?" (it.query) } { (it.name) }
            form method="post" action="/desk/filters" {
                input type="hidden" name="act" value="drop";
                input type="hidden" name="name" value=(it.name);
                input type="hidden" name="back" value=(view.here);
                button.button-quiet aria-label=(view.lang.pick(format!("删除筛选“{}”", it.name), format!("Drop filter “{}”", it.name))) { "×" }
            }
        }
    }
}

fn keep(view: &View, asked: &Asked, tab: Tab) -> Markup {
    html! {
        form.row method="post" action="/desk/filters" {
            input type="hidden" name="act" value="keep";
            input type="hidden" name="queue" value=(tab.code());
            input type="hidden" name="back" value=(view.here);
            @for (name, value) in asked.kept().into_iter().filter(|(name, _)| *name != sought::NAME) {
                input type="hidden" name=(name) value=(value);
            }
            input.input name="name" maxlength=(LONGEST) autocomplete="off"
                aria-label=(view.lang.pick("筛选的名称", "Name of the filter")) placeholder=(view.lang.pick("名称", "Name"));
            button.button { (view.lang.pick("保存筛选", "Keep filter")) }
        }
    }
}

/// Keeps what the list is narrowed by, or drops a kept one.
pub async fn act(Viewer(view): Viewer, Words(form): Words) -> Result<Response, Problem> {
    let (store, tenant, member) = (view.state.engine.store(), view.state.tenant(), &view.signed()?.member);
    match (form.said("act"), form.said("name")) {
        (Some("drop"), Some(name)) => {
            store.drop_filter(tenant, member, name).await?;
        }
        (Some("keep"), name) => {
            let it = read(&view, &form, name);
            let kept = store.saved_filters(tenant, member).await?;
            if kept.len() >= MOST && kept.iter().all(|one| one.name != it.name) {
                return Err(full());
            }
            store.save_filter(tenant, member, &it).await?;
        }
        _ => return Err(Problem::not_found()),
    }
    let plain = |back: &&str| is_own(back) && back.bytes().all(|byte| byte.is_ascii_graphic());
    let back = form.said("back").filter(plain).unwrap_or("/desk");
    Ok(Redirect::to(back).into_response())
}

/// The filter that a form describes; only what is known goes into its address. Without a name it is called by what it does.
fn read(view: &View, form: &Form, name: Option<&str>) -> SavedFilter {
    let tab = form.said("queue").and_then(Tab::from_code).unwrap_or(Tab::Mine);
    let known = |name: &str, value: &str| match name {
        "area" => view.org().areas.contains_key(&AreaCode::new(value)),
        "source" => Source::from_code(value).is_some(),
        _ => value == "1",
    };
    let parts: Vec<(&str, &str)> = ["area", "source", "soon"]
        .into_iter()
        .filter_map(|part| Some((part, form.said(part)?)))
        .filter(|(part, value)| known(part, value))
        .collect();
    let mut query = vec![("queue", tab.code())];
    query.extend(&parts);
    let told = std::iter::once(tab.name(view.lang).to_owned())
        .chain(parts.iter().map(|(part, value)| words(view, part, value)));
    let name = name.map_or_else(|| told.collect::<Vec<_>>().join(" · "), str::to_owned);
    let query = address("", &query);
    SavedFilter {
        name: name.chars().take(LONGEST).collect(),
        query: query.trim_start_matches('?').to_owned(),
        made_at: view.now,
    }
}

fn full() -> Problem {
    Problem::field(
        "name",
        "too_many",
        Both(format!("最多保存 {MOST} 个筛选。"), format!("At most {MOST} filters are kept.")),
        Both::of("请先删除一个。", "Drop one first."),
    )
}
