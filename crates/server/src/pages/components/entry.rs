//! What people fill in: fields with their hints and errors, the summary of errors, photos, the search above a list.
//!
//! Owns how an input, its label, its hint and its error belong together for whoever hears the page. Start at [`field`].

use maud::{Markup, html};

use crate::pages::{parts::icon, texts::T, view::View};

/// A field apart from its input.
#[derive(Clone, Copy)]
pub struct Field<'a> {
    /// Of the input; hint and error are named after it.
    pub id: &'a str,
    pub label: &'a str,
    /// Said behind the label where the field may stay empty.
    pub optional: Option<&'a str>,
    pub hint: Option<&'a str>,
    /// What is wrong with it, as the summary of errors says it.
    pub error: Option<&'a str>,
}

impl<'a> Field<'a> {
    pub fn new(id: &'a str, label: &'a str) -> Field<'a> {
        Field { id, label, optional: None, hint: None, error: None }
    }
    /// The value of `aria-describedby` of the input.
    pub fn described(&self) -> Option<String> {
        match (self.hint, self.error) {
            (Some(_), Some(_)) => Some(format!("{0}-hint {0}-error", self.id)),
            (Some(_), None) => Some(format!("{}-hint", self.id)),
            (None, Some(_)) => Some(format!("{}-error", self.id)),
            (None, None) => None,
        }
    }
    /// The value of `aria-invalid` of the input.
    pub fn invalid(&self) -> Option<&'static str> {
        self.error.map(|_| "true")
    }
}

/// Label, hint and error around an input.
pub fn field(about: &Field, input: &Markup) -> Markup {
    html! {
        div.field data-invalid[about.error.is_some()] {
            label for=(about.id) { (about.label) @if let Some(words) = about.optional { " " span.optional { (words) } } }
            @if let Some(words) = about.hint { span.hint id={ (about.id) "-hint" } { (words) } }
            @if let Some(words) = about.error { span.error id={ (about.id) "-error" } { (words) } }
            (input)
        }
    }
}

/// A field of one line; its id is its name.
pub fn line(about: &Field, value: &str) -> Markup {
    let input = html! {
        input.input id=(about.id) name=(about.id) autocomplete="off" value=(value)
            aria-invalid=[about.invalid()] aria-describedby=[about.described()];
    };
    field(about, &input)
}

/// What went wrong with a form, above it: each line leads to the field with its id, where there is one.
pub fn error_summary(title: &str, lines: &[(String, String)]) -> Markup {
    html! {
        div.error-summary role="alert" tabindex="-1" aria-labelledby="errors-name" {
            h2 id="errors-name" { (title) }
            @if !lines.is_empty() {
                ul.plain {
                    @for (field, words) in lines {
                        li { @if field.is_empty() { (words) } @else { a href={ "#" (field) } { (words) } } }
                    }
                }
            }
        }
    }
}

/// Takes photos or chooses them; previews stand below where a script draws them.
pub fn photo_picker(view: &View, id: &str, label: &str) -> Markup {
    html! {
        div.field {
            span.label id={ (id) "-name" } { (label) " " span.optional { (view.say(T::PhotosHint)) } }
            (picker((id, "photo"), view.say(T::TakePhoto), PHOTO_TYPES))
            div.photo-previews {}
        }
    }
}

/// Media types of photos.
pub const PHOTO_TYPES: &str = "image/jpeg,image/png,image/webp";

/// Takes files under a name of their own beside the photos of a form.
pub fn file_picker(view: &View, (id, name): (&str, &str), label: &str, accept: &str) -> Markup {
    let words = if accept.starts_with("image/") { T::TakePhoto } else { T::ChooseFile };
    html! {
        div.field {
            span.label id={ (id) "-name" } { (label) }
            (picker((id, name), view.say(words), accept))
        }
    }
}

fn picker((id, name): (&str, &str), words: &str, accept: &str) -> Markup {
    html! {
        label.photo-picker {
            (icon("photo")) span { (words) }
            input type="file" name=(name) id=(id) accept=(accept) multiple aria-labelledby={ (id) "-name" };
        }
    }
}

/// A text that is looked for.
pub struct Sought<'a> {
    pub name: &'a str,
    pub label: &'a str,
    pub value: &'a str,
}

/// The search above a list; `kept` are fields that nobody writes. With GET the words stand in the address: where they may be somebody's name
/// it is drawn by [`crate::pages::sought::bar`].
pub fn search_bar(
    view: &View,
    (method, to): (&str, &str),
    sought: &[Sought],
    kept: &[(&str, &str)],
) -> Markup {
    html! {
        form.filter-bar method=(method) action=(to) role="search" {
            @for one in sought { input type="search" name=(one.name) value=(one.value) aria-label=(one.label) placeholder=(one.label); }
            @for (name, value) in kept { input type="hidden" name=(name) value=(value); }
            button.button { (view.say(T::Find)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_is_described_by_the_hint_and_the_error_that_are_there_and_by_no_other() {
        let plain = Field::new("text", "发生了什么");
        assert_eq!((plain.described(), plain.invalid()), (None, None));
        let both = Field { hint: Some("h"), error: Some("e"), ..plain };
        assert_eq!(both.described().as_deref(), Some("text-hint text-error"));
        let drawn = line(&both, "").into_string();
        for id in ["id=\"text-hint\"", "id=\"text-error\"", "aria-invalid=\"true\"", "data-invalid"] {
            assert!(drawn.contains(id), "{id} is not in {drawn}");
        }
        let hinted = line(&Field { hint: Some("h"), ..plain }, "").into_string();
        assert!(!hinted.contains("text-error") && !hinted.contains("invalid"), "{hinted}");
    }
}
