//! What the screens show of one case, and how a command's form stands on them.
//!
//! Owns the head, the photos told by what they show, and the words of one kind of entry. The fields of a form are those of every page
//! ([`crate::pages::fields`]). Start at [`Sheet`].

use huying_model::{Case, Instant, Name, catalogue::EvidenceKind};
use huying_store::{CaseView, FileRow};
use maud::{Markup, html};

use super::Post;
use crate::{
    api::{
        files,
        journal::{self, EntryShown},
    },
    pages::{
        case as whole,
        fields::Drawn,
        form::Form,
        orders::{self, Field},
        parts::{chip, icon, time},
        texts::T,
        view::View,
    },
    problem::Problem,
};

/// One case on a screen, with all that is read of it.
pub struct Sheet<'a> {
    pub view: &'a View,
    pub found: &'a CaseView,
    pub allowed: Vec<Name>,
    pub files: Vec<FileRow>,
    pub entries: Vec<EntryShown>,
    /// Where its forms lead back to.
    pub back: String,
}

/// What was written before, and what was wrong with it.
#[derive(Clone, Copy, Default)]
pub struct Written<'a> {
    pub said: Option<&'a Form>,
    pub wrong: &'a [(String, String)],
}

impl<'a> Sheet<'a> {
    /// Reads a case that the member may see; that it was opened is written down.
    pub async fn of(view: &'a View, found: &'a CaseView, back: String) -> Result<Sheet<'a>, Problem> {
        let who = view.signed()?;
        let files = match files::sees(&view.state, who, found)? {
            Some(_) => files::of(&view.state, &found.case).await?,
            None => Vec::new(),
        };
        let entries = journal::entries(&view.state, &found.case, &who.actor).await?;
        view.state.engine.note_opened(view.state.tenant(), &who.actor, found.case.id).await;
        let allowed = view.state.engine.allowed(&view.setting, &found.case, &who.actor);
        Ok(Sheet { view, found, allowed, files, entries, back })
    }

    fn case(&self) -> &'a Case {
        &self.found.case
    }

    pub fn may(&self, name: Name) -> bool {
        self.allowed.contains(&name)
    }

    /// Urgency, stage, number, title and place; `leads` is the way back for phones.
    pub fn head(&self, leads: &str) -> Markup {
        let (view, case) = (self.view, self.case());
        html! {
            header.case-head {
                a.desk-back href=(leads) { (icon("back")) (view.say(T::BackToQueue)) }
                p.case-marks {
                    (chip(view, due(case), case.suspended())) " "
                    span.tag.tag-strong { (whole::stage(view, case.stage)) } " "
                    @if case.hazard { span.tag { (view.say(T::Hazard)) } " " }
                    a.code href={ "/cases/" (case.number) } { (case.number) }
                }
                h1 id="case-name" { (whole::title(view, self.found)) }
                p.case-place {
                    (view.place(&case.place)) @if let Some(address) = &self.found.texts.address { (view.lang.pick("，", ", ")) (address) }
                    " · " (view.matter(case.matter.as_ref()))
                }
            }
        }
    }

    /// The chosen case of a post: its head, what is done with it here, whom it waits for where that is not `mine` to do, where all of it
    /// stands, and what has to be known of it.
    pub fn article(&self, post: Post, (acts, mine): (&Markup, bool), body: &Markup) -> Markup {
        let (view, case) = (self.view, self.case());
        html! {
            article.case data-case-shown=(case.id) {
                (self.head(post.address()))
                div.case-acts {
                    (acts)
                    @if !mine { p.notice { (view.fill(T::WaitsFor, &[&view.unit(&case.custodian)])) } }
                    a.button href={ "/cases/" (case.number) } { (view.lang.pick("全部内容和操作", "Everything about the case")) }
                }
                div.case-body { (body) }
            }
        }
    }

    /// What the unit that did the work said at its end, under a name.
    pub fn finished(&self, name: &str) -> Markup {
        html! {
            @if let Some(entry) = self.last("finished") {
                section.part aria-labelledby="finished-name" {
                    h2 id="finished-name" { (name) }
                    p { (line(self.view, entry)) }
                }
            }
        }
    }

    /// What was told, and by what the case is closed.
    pub fn words(&self) -> Markup {
        let condition = self.view.condition(self.case());
        html! {
            @if let Some(text) = &self.found.texts.text { p.case-words { (text) } }
            @if let Some(answers) = &self.found.texts.answers { p.case-words { (answers) } }
            @if let Some(condition) = condition {
                dl.facts { dt { (self.view.say(T::ClosesWhen)) } dd { (condition.closes_when) } }
            }
        }
    }

    /// Photos of these kinds under a name; told too where there are none, since what is missing matters as much.
    pub fn photos(&self, name: &str, kinds: &[EvidenceKind]) -> Markup {
        let case = self.case();
        let of_kind = |file: &&FileRow| {
            file.thumb.is_some()
                && case.evidence.iter().any(|one| one.file == file.hash && kinds.contains(&one.kind))
        };
        let shown: Vec<&FileRow> = self.files.iter().filter(of_kind).collect();
        let address =
            |file: &FileRow, copy: &str| format!("/api/v1/cases/{}/files/{}?copy={copy}", case.id, file.hash);
        html! {
            figure {
                figcaption { strong { (name) } " " span.quiet { (shown.len()) } }
                @if shown.is_empty() { p.quiet { (self.view.lang.pick("没有照片", "No photo")) } } @else {
                    div.photos {
                        @for (no, file) in shown.iter().enumerate() {
                            a href=(address(file, "shown")) { img src=(address(file, "thumb")) width="128" height="92" alt={ (name) " " (no + 1) }; }
                        }
                    }
                }
            }
        }
    }

    /// The newest entry of a kind.
    pub fn last(&self, kind: &str) -> Option<&EntryShown> {
        self.entries.iter().rev().find(|entry| entry.kind == kind)
    }

    /// A command's form, open.
    pub fn form(&self, name: Name, written: Written) -> Markup {
        self.sent(
            name,
            written,
            &html! {
                button.button.button-primary.button-wide { (self.name(name)) }
            },
        )
    }

    /// The same behind its name; a command that asks nothing is only its button.
    pub fn folded(&self, name: Name, label: &str, written: Written) -> Markup {
        let asks = orders::fields(name).unwrap_or_default().iter().any(|field| *field != Field::OwnUnit);
        html! {
            @if asks {
                details.command { summary.button { (label) } (self.form(name, written)) }
            } @else {
                (self.sent(name, written, &html! { button.button.button-wide { (label) } }))
            }
        }
    }

    fn sent(&self, name: Name, written: Written, button: &Markup) -> Markup {
        let brings = orders::evidence(name).is_some();
        html! {
            form.command-form method="post" action={ "/cases/" (self.case().id) "/commands/" (name.code()) }
                enctype=[brings.then_some("multipart/form-data")] {
                (self.hidden())
                input type="hidden" name="back" value=(self.back);
                (self.fields(name, written))
                (button)
            }
        }
    }

    /// What every form carries.
    pub fn hidden(&self) -> Markup {
        html! {
            input type="hidden" name="idempotency_key" value=(uuid::Uuid::now_v7());
            input type="hidden" name="version" value=(self.case().version);
        }
    }

    pub fn fields(&self, name: Name, written: Written) -> Markup {
        let (view, case) = (self.view, self.case());
        let drawn = Drawn { view, case, name, said: written.said, wrong: written.wrong, proposed: None };
        html! { @for field in orders::fields(name).unwrap_or_default() { (drawn.field(*field)) } }
    }

    pub fn name(&self, name: Name) -> &'static str {
        self.view.lang.pick(name.zh(), name.en())
    }
}

/// When the clock ends that ends first.
pub fn due(case: &Case) -> Option<Instant> {
    case.clocks.iter().filter(|clock| clock.runs()).map(|clock| clock.due).min()
}

/// What somebody wrote in an entry, as far as it may be read.
pub fn said(entry: &EntryShown) -> Option<&str> {
    ["reason", "words", "question"]
        .iter()
        .find_map(|name| entry.facts.get(*name).and_then(|words| words.as_str()))
}

/// An entry in a line: when, what, who wrote what.
pub fn line(view: &View, entry: &EntryShown) -> Markup {
    let unit = entry.by.unit.as_ref().map(|unit| view.unit(&huying_model::UnitId(unit.clone())));
    html! {
        (time(view, entry.received_at.0)) " "
        (crate::pages::journal::sentence(view, &entry.kind, &entry.facts))
        @if let Some(unit) = unit { " · " (unit) }
        @if let Some(words) = said(entry) { br; span.quiet { "“" (words) "”" } }
    }
}
