//! The page around residents' pages: large type, four ways to go, nothing that needs a script.
//!
//! Owns what those pages have in common: bar and foot, the warning of danger, the list of mistakes, and the four steps of a case.
//! Refuses the bar of the staff. Start at [`page`].

use axum::response::Response;
use huying_model::{Instant, Stage};
use maud::{Markup, html};

use super::{
    frame::{self, Page},
    parts::{demo_mark, icon, time},
    texts::T,
    view::View,
};

/// Where somebody is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Here {
    Report,
    Follow,
    Public,
    Help,
}

/// What is wrong with a form: the id of a field, empty for the form as a whole, and what to do.
pub type Mistakes = [(String, String)];

/// A residents' page. One that brings a form back says so in its title.
pub fn page(
    view: &View,
    (title, here): (&str, Here),
    mistakes: &Mistakes,
    script: &'static str,
    main: &Markup,
) -> Response {
    let title = if mistakes.is_empty() { title.to_owned() } else { view.fill(T::FailedTitle, &[title]) };
    let body = html! { (bar(view, here)) (main) (foot(view)) };
    let page = Page { class: "console resident", script, ..Page::new(&title) };
    frame::fresh(frame::document(view, &page, &body))
}

fn bar(view: &View, here: Here) -> Markup {
    let ways = [
        (Here::Report, "/report", view.lang.pick("我要反映", "Report")),
        (Here::Follow, "/track", view.lang.pick("查进度", "Follow")),
        (Here::Public, "/public", view.lang.pick("公开案件", "Public cases")),
        (Here::Help, "/help", view.lang.pick("帮助", "Help")),
    ];
    html! {
        header.app-bar {
            a.app-bar-brand href="/report" aria-label={ (view.say(T::Huying)) " " (view.lang.pick("首页", "Home")) } {
                (icon("mark")) span { (view.say(T::Huying)) }
            }
            nav.app-bar-nav aria-label=(view.lang.pick("居民服务", "For residents")) {
                @for (way, to, name) in ways {
                    a href=(to) aria-current=[(way == here).then_some("page")] { (name) }
                }
            }
            div.app-bar-end { (demo_mark(view)) (frame::switch(view, None)) }
        }
    }
}

fn foot(view: &View) -> Markup {
    html! {
        footer.resident-foot.no-print {
            a href="/accessibility" { (view.lang.pick("无障碍声明", "Accessibility")) }
            " " a href="/help#privacy" { (view.lang.pick("个人信息", "Your data")) }
            " " a href="/desk" { (view.lang.pick("工作人员入口", "For staff")) }
        }
    }
}

/// Danger is for the telephone.
pub fn danger(view: &View) -> Markup {
    html! {
        p.danger-note {
            (icon("warn"))
            span { (view.say(T::DangerCall)) a href="tel:110" { "110" } "/" a href="tel:119" { "119" } "/" a href="tel:120" { "120" } (view.say(T::DangerEnd)) }
        }
    }
}

/// The list of mistakes on top: it has the focus, and each line leads to its field.
pub fn summary(view: &View, mistakes: &Mistakes) -> Markup {
    html! {
        @if !mistakes.is_empty() {
            div.error-summary role="alert" tabindex="-1" autofocus aria-labelledby="errors-name" {
                h2 id="errors-name" { (view.lang.pick("请先改好这里", "Please mend this first")) }
                ul.plain {
                    @for (field, words) in mistakes {
                        li { @if field.is_empty() { (words) } @else { a href={ "#" (field) } { (words) } } }
                    }
                }
            }
        }
    }
}

/// The mistake of one field, to stand beside it under this id.
pub fn mistake<'m>(mistakes: &'m Mistakes, field: &str) -> Option<&'m str> {
    mistakes.iter().find(|(wrong, _)| wrong == field).map(|(_, words)| words.as_str())
}

/// A text of several lines with its label, hint and mistake.
pub fn words(
    view: &View,
    (id, name): (&str, &str),
    (label, hint): (&str, &str),
    said: &str,
    mistakes: &Mistakes,
) -> Markup {
    let wrong = mistake(mistakes, id);
    let described = match (hint.is_empty(), wrong.is_some()) {
        (true, false) => None,
        (true, true) => Some(format!("{id}-error")),
        (false, false) => Some(format!("{id}-hint")),
        (false, true) => Some(format!("{id}-hint {id}-error")),
    };
    html! {
        div.field data-invalid[wrong.is_some()] {
            label for=(id) { (label) }
            @if !hint.is_empty() { span.hint id={ (id) "-hint" } { (hint) } }
            @if let Some(words) = wrong { span.error id={ (id) "-error" } { (view.lang.pick("出错：", "Error: ")) (words) } }
            textarea id=(id) name=(name) rows="3" maxlength="4000" aria-invalid=[wrong.map(|_| "true")] aria-describedby=[described] { (said) }
        }
    }
}

/// Up to so many photos.
pub fn photos(view: &View, id: &str, most: usize, mistakes: &Mistakes) -> Markup {
    let wrong = mistake(mistakes, id);
    html! {
        div.field data-invalid[wrong.is_some()] {
            span.label id={ (id) "-name" } {
                (view.say(T::Photos)) " "
                span.optional { (view.lang.pick(format!("（可不选，最多 {most} 张）"), format!("(optional, up to {most})"))) }
            }
            @if let Some(words) = wrong { span.error id={ (id) "-error" } { (view.lang.pick("出错：", "Error: ")) (words) } }
            label.photo-picker {
                (icon("photo")) span { (view.say(T::TakePhoto)) }
                input id=(id) type="file" name="photo" accept="image/jpeg,image/png,image/webp" multiple
                    aria-labelledby={ (id) "-name" } aria-invalid=[wrong.map(|_| "true")]
                    aria-describedby=[wrong.map(|_| format!("{id}-error"))];
            }
        }
    }
}

/// How far a case is, in the four steps that everybody knows: which one it is at, and when each was reached.
pub struct Steps {
    pub now: usize,
    /// The name of the last step, where it ended in another way than by being done.
    pub end: Option<&'static str>,
    pub at: [Option<Instant>; 4],
}

impl Steps {
    /// The step of a stage: a case that waits to be sent to a unit was only received.
    pub fn of(stage: Stage) -> usize {
        match stage {
            Stage::Reported | Stage::Verifying | Stage::Filed => 0,
            Stage::Dispatched => 1,
            Stage::Handling | Stage::Inspecting | Stage::CallingBack => 2,
            Stage::Closed | Stage::Declined | Stage::Merged | Stage::Withdrawn => 3,
        }
    }

    pub fn draw(&self, view: &View) -> Markup {
        let names = [
            view.lang.pick("已收到", "Received"),
            view.lang.pick("已派遣", "Sent to a unit"),
            view.lang.pick("处理中", "Being worked on"),
            self.end.unwrap_or(view.lang.pick("已办结", "Finished")),
        ];
        let last = names.len() - 1;
        html! {
            ol.status-line.plain {
                @for (no, (name, at)) in names.into_iter().zip(self.at).enumerate() {
                    // The last step is reached when it is begun.
                    @let done = no < self.now || (no == last && self.now == last);
                    @let state = if done { "done" } else if no == self.now { "now" } else { "todo" };
                    li data-state=(state) aria-current=[(no == self.now).then_some("step")] {
                        span.step { @if done { (icon("done")) span.visually-hidden { (view.lang.pick("已完成：", "Done: ")) } } @else { (no + 1) } }
                        span { (name) }
                        @if let Some(at) = at.filter(|_| no <= self.now) { small { (time(view, at)) } }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_steps_never_go_back_along_a_cases_way() {
        let steps: Vec<usize> = Stage::ALL.into_iter().map(Steps::of).collect();
        assert!(steps.is_sorted(), "{steps:?}");
        assert_eq!(Steps::of(Stage::Filed), 0, "nobody was asked yet");
    }

    #[test]
    fn a_mistake_stands_beside_its_own_field_alone() {
        let mistakes = vec![("text".to_owned(), "写一句".to_owned()), (String::new(), "稍后再试".to_owned())];
        assert_eq!(mistake(&mistakes, "text"), Some("写一句"));
        assert_eq!(mistake(&mistakes, "place"), None);
    }
}
