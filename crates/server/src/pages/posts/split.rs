//! A queue at the left and the chosen case at the right, as on the desk, for posts that work one case after the other.
//!
//! Owns the rows under the names of their places, and which case comes next. It is the desk's markup, so the desk's keys and its way of
//! showing a case without loading the page hold here too. Start at [`Split`].

use axum::response::Response;
use huying_model::{AreaCode, CaseId, MatterCode, UnitId};
use huying_store::{CaseView, QueueLine};
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    Post,
    leaf::{Leaf, turned},
    sheet::Sheet,
};
use crate::{
    api::find::{self, Named},
    pages::{
        case as whole,
        frame::{self, Here, Page},
        parts::{chip, icon},
        tabs::Tally,
        texts::T,
        view::View,
    },
    problem::Problem,
};

/// What the address of such a screen says.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    /// Id of the chosen case.
    pub case: Option<String>,
    /// Where the queue goes on.
    pub after: Option<String>,
    /// Command that was just given.
    pub done: Option<String>,
}

/// A screen with its queue.
pub struct Split<'a> {
    pub view: &'a View,
    pub post: Post,
    pub lines: &'a Leaf<QueueLine>,
    /// The rows stand under the names of their places.
    pub by_place: bool,
    /// In which order they stand, in a sentence.
    pub order: &'a str,
}

impl<'a> Split<'a> {
    /// The chosen case with all that is read of it; its forms lead back here.
    pub async fn sheet(&self, found: Option<&'a CaseView>) -> Result<Option<Sheet<'a>>, Problem> {
        let Some(found) = found else { return Ok(None) };
        Sheet::of(self.view, found, self.with(Some(found.case.id))).await.map(Some)
    }
}

impl Split<'_> {
    /// The address with a case chosen, on this page of the queue; with none, where there is none.
    pub fn with(&self, case: Option<CaseId>) -> String {
        let id = case.map(|case| case.to_string());
        turned(self.post.address(), &[("case", id.as_deref()), ("after", self.lines.at.as_deref())])
    }

    /// Where the work goes on after this case; at the beginning once nothing else of this page is left.
    pub fn onward(&self, case: CaseId) -> String {
        let lines = &self.lines.items;
        let at = lines.iter().position(|line| line.case == case);
        let next = at.and_then(|at| lines.get(at + 1)).or_else(|| lines.first());
        let next = next.map(|line| line.case).filter(|next| *next != case);
        next.map_or_else(|| self.post.address().to_owned(), |next| self.with(Some(next)))
    }

    /// The page; `shown` is the chosen case with its article.
    pub async fn draw(
        &self,
        shown: Option<(&CaseView, &Markup)>,
        done: Option<&String>,
        failed: bool,
    ) -> Result<Response, Problem> {
        let (view, name) = (self.view, self.post.name(self.view.lang));
        let chosen = shown.map(|(found, _)| found.case.id);
        let title = match shown {
            Some((found, _)) => format!("{} {}", found.case.number, whole::title(view, found)),
            None => view.fill(T::QueueTitle, &[name, &self.lines.many()]),
        };
        let title = if failed { view.fill(T::FailedTitle, &[&title]) } else { title };
        let main = html! {
            main.desk-split.post id="main" data-view=(if chosen.is_some() { "case" } else { "queue" }) {
                @if chosen.is_none() { h1.visually-hidden { (name) } }
                (self.queue(chosen))
                section.desk-case aria-label=(view.say(T::Case)) {
                    @if let Some((_, article)) = shown { (article) }
                    @else { div.empty { h2 { (view.say(T::ChooseCase)) } p { (view.say(T::ChooseCaseHint)) } } }
                }
            }
            (frame::toast(done, view))
        };
        let page = Page { class: "console desk", ..Page::new(&title) };
        Ok(frame::console(view, &page, Some(Here::Post(self.post)), &Tally::of(view).await?, &main))
    }

    fn queue(&self, chosen: Option<CaseId>) -> Markup {
        let (view, name) = (self.view, self.post.name(self.view.lang));
        html! {
            section.desk-queue aria-labelledby="queue-name" {
                div.queue-head { h2.post-name id="queue-name" { (view.fill(T::QueueTitle, &[name, &self.lines.many()])) } }
                div.queue-list {
                    @if self.lines.items.is_empty() {
                        div.empty { (icon("done")) h2 { (view.fill(T::AllDone, &[name])) } p { (view.say(T::AllDoneHint)) } }
                    }
                    @for (place, lines) in self.groups() {
                        @if self.by_place { h3.post-place { (place) " " span.quiet { (lines.len()) } } }
                        ol.plain { @for line in lines { (self.row(line, chosen == Some(line.case))) } }
                    }
                }
                (self.lines.ways(view, |cursor| turned(self.post.address(), &[("after", cursor)])))
                p.queue-foot { span { (self.order) } }
            }
        }
    }

    /// The lines by place, the place with the earliest first; all together where places do not part them.
    fn groups(&self) -> Vec<(String, Vec<&QueueLine>)> {
        let mut groups: Vec<(String, Vec<&QueueLine>)> = Vec::new();
        for line in &self.lines.items {
            let place = if self.by_place { self.place(line) } else { String::new() };
            match groups.iter_mut().find(|(name, _)| *name == place) {
                Some((_, lines)) => lines.push(line),
                None => groups.push((place, vec![line])),
            }
        }
        groups
    }

    /// The two largest areas around a case: a way that somebody walks.
    fn place(&self, line: &QueueLine) -> String {
        let area = line.area.clone().map(AreaCode);
        let names: Vec<_> = self.view.around(area.as_ref()).into_iter().take(2).collect();
        names.join(" · ")
    }

    fn row(&self, line: &QueueLine, current: bool) -> Markup {
        let view = self.view;
        let area = line.area.clone().map(AreaCode);
        let unit = UnitId(line.lead.clone().unwrap_or_else(|| line.custodian.clone()));
        html! {
            li.case-row data-case=(line.case) {
                a.case-row-link href=(self.with(Some(line.case))) aria-current=[current.then_some("true")] {
                    span.case-row-due { (chip(view, line.due, line.paused)) }
                    span.case-row-main {
                        b.case-row-title { @if line.hazard { (icon("warn")) " " span.visually-hidden { (view.say(T::Hazard)) } } (name(view, line)) }
                        " " span.case-row-text { (text(line)) }
                    }
                    span.case-row-where { span.case-row-place { (view.short_place(area.as_ref())) } " " span.case-row-source { (line.number) } }
                    span.case-row-unit { (view.unit(&unit)) }
                }
            }
        }
    }
}

/// What a line is called: its matter, else its title.
pub fn name(view: &View, line: &QueueLine) -> String {
    match line.matter.clone().map(MatterCode) {
        Some(matter) => view.matter(Some(&matter)).to_string(),
        None => line.title.clone().unwrap_or_else(|| view.say(T::MatterOpen).to_owned()),
    }
}

/// What is told of it beside its name.
pub fn text(line: &QueueLine) -> String {
    let title = line.title.as_ref().filter(|_| line.matter.is_some());
    title.or(line.address.as_ref()).cloned().unwrap_or_default()
}

/// The chosen case; an address that names none of the member's shows none.
pub async fn chosen(view: &View, asked: Option<&str>) -> Result<Option<CaseView>, Problem> {
    let Some(id) = asked.and_then(|text| text.parse::<CaseId>().ok()) else { return Ok(None) };
    match find::case(&view.state, view.signed()?, &Named::Id(id)).await {
        Ok(found) => Ok(Some(found)),
        Err(problem) if problem.code == "not_found" => Ok(None),
        Err(problem) => Err(problem),
    }
}
