//! How each field of a command's form is drawn, filled with what was written before or what the desk proposes.
//!
//! Start at [`Drawn::field`]; which fields a command has stands in [`super::orders`].

use huying_model::{
    Case, Name, UnitId,
    case::CallState,
    catalogue::{EvidenceKind, Outcome},
    route::Routing,
};
use maud::{Markup, html};

use super::{
    choices::{Choice, stars, urgency_code},
    components::entry,
    form::Form,
    orders::{self, Field},
    places,
    texts::T,
    view::View,
};

/// A form that is being drawn.
pub struct Drawn<'a> {
    pub view: &'a View,
    pub case: &'a Case,
    pub name: Name,
    /// What was written, where the form came back.
    pub said: Option<&'a Form>,
    /// Fields that were wrong, with what to do.
    pub wrong: &'a [(String, String)],
    /// What the dispatch table proposes.
    pub proposed: Option<&'a Routing>,
}

impl Drawn<'_> {
    fn id(&self, field: &str) -> String {
        format!("{}-{field}", self.name.code())
    }
    fn said(&self, field: &str) -> Option<&str> {
        self.said.and_then(|form| form.said(field))
    }

    pub fn field(&self, field: Field) -> Markup {
        match field {
            Field::Text(name) => self.text(name, true),
            Field::MaybeText(name) => self.text(name, false),
            Field::OwnUnit => self.own_unit(),
            Field::Unit(name) => {
                self.select(name, label(name), &self.units(), self.proposed_lead(name), true)
            }
            Field::MaybeUnit(name) => self.select(name, label(name), &self.units(), None, false),
            Field::LeaderUnit => self.select("unit", T::LeadUnit, &self.leader_units(), None, true),
            Field::CentreBelow => self.select("to", T::CentreBelow, &self.centres_below(), None, true),
            Field::Units(name) => self.several_units(name),
            Field::Filing => self.filing(true),
            Field::MaybeFiling => self.filing(false),
            Field::Urgency => self.select("urgency", T::Urgency, &self.urgencies(), None, true),
            Field::MaybeUrgency => self.select(
                "urgency",
                T::Urgency,
                &self.urgencies(),
                Some(urgency_code(self.case.urgency)),
                true,
            ),
            Field::Outcome(all) => self.select(
                "outcome",
                T::Outcome,
                &self.outcomes(all),
                (self.name == Name::Finish).then_some("solved"),
                true,
            ),
            Field::Photos(kind) => self.photos(kind),
            Field::Shows => self.shows(),
            Field::Chosen(name) => self.chosen(name),
            Field::Yes(name) => self.yes(name, true),
            Field::MaybeYes(name) => self.yes(name, false),
            Field::Stars => self.select("stars", T::Stars, &stars(), Some("5"), true),
            Field::Moment(name) => self.moment(name),
            Field::Place => self.place(),
            Field::Into => self.line("into", T::IntoNumber, true),
            Field::Member(name) => self.select(name, label(name), &self.members(), None, true),
            Field::Entry => self.line("event", T::EntryNo, true),
            Field::OpenCall => self.select("no", T::WhichCall, &self.calls(CallState::Open), None, true),
            Field::AnsweredCall => {
                self.select("no", T::WhichCall, &self.calls(CallState::Answered), None, true)
            }
            Field::Request => self.select("no", T::WhichRequest, &self.requests(), None, true),
            Field::Trace => self.select("no", T::WhichTrace, &self.traces(), None, true),
            Field::RequestKind => self.select("kind", T::RequestKind, &self.request_kinds(), None, true),
            Field::Reporter => self.reporter(),
            Field::Parts => self.parts(),
            Field::Resolve => self.resolve(),
        }
    }

    /// Label, hint of what is wrong, and the control itself.
    fn around(&self, name: &str, label: T, required: bool, control: &Markup) -> Markup {
        let wrong = self.wrong.iter().find(|(field, _)| field == name).map(|(_, words)| words);
        html! {
            div.field data-invalid[wrong.is_some()] {
                label for=(self.id(name)) {
                    (self.view.say(label))
                    @if !required { " " span.optional { (self.view.say(T::Optional)) } }
                }
                @if let Some(words) = wrong { span.error id={ (self.id(name)) "-error" } { (words) } }
                (control)
            }
        }
    }

    fn invalid(&self, name: &str) -> (Option<&'static str>, Option<String>) {
        let wrong = self.wrong.iter().any(|(field, _)| field == name);
        (wrong.then_some("true"), wrong.then(|| format!("{}-error", self.id(name))))
    }

    fn text(&self, name: &'static str, required: bool) -> Markup {
        let (invalid, told) = self.invalid(name);
        let label = match (self.name, name) {
            (Name::Finish, "reason") => T::FinishWords,
            (Name::Milestone, _) => return self.line(name, T::Milestone, required),
            _ => label(name),
        };
        let offered = self.offered(name);
        let told = told.or_else(|| offered.as_ref().map(|_| format!("{}-offered", self.id(name))));
        let words = self.said(name).or(offered.as_deref()).unwrap_or_default();
        self.around(
            name,
            label,
            required,
            &html! {
                @if offered.is_some() { p.quiet id={ (self.id(name)) "-offered" } { (self.view.say(T::ReplyOffered)) } }
                textarea id=(self.id(name)) name=(name) rows="3" required[required] maxlength="4000"
                    aria-invalid=[invalid] aria-describedby=[told] { (words) }
            },
        )
    }

    /// The reply that the pack has for the end of a case of this matter: it stands in the field to be changed or taken
    /// as it is, until something else was written.
    fn offered(&self, field: &str) -> Option<String> {
        let ends =
            matches!((self.name, field), (Name::Finish | Name::Conclude, "reason") | (Name::Close, "words"));
        if ends && self.said.is_none() { self.view.reply(self.case) } else { None }
    }

    fn line(&self, name: &str, label: T, required: bool) -> Markup {
        let (invalid, told) = self.invalid(name);
        self.around(
            name,
            label,
            required,
            &html! {
                input.input id=(self.id(name)) name=(name) required[required] autocomplete="off"
                    aria-invalid=[invalid] aria-describedby=[told] value=[self.said(name)];
            },
        )
    }

    fn select(
        &self,
        name: &str,
        label: T,
        choices: &[Choice],
        proposed: Option<&str>,
        required: bool,
    ) -> Markup {
        let chosen = self.said(name).or(proposed);
        let (invalid, told) = self.invalid(name);
        self.around(name, label, required, &html! {
            select id=(self.id(name)) name=(name) required[required] aria-invalid=[invalid] aria-describedby=[told] {
                @if !required || (chosen.is_none() && choices.len() > 1) { option value="" { (self.view.say(T::Choose)) } }
                @for (value, words) in choices { option value=(value) selected[chosen == Some(value.as_str())] { (words) } }
            }
        })
    }

    /// Units of which the member acts for one; a single one needs no question.
    fn own_unit(&self) -> Markup {
        let own: Vec<Choice> = self
            .case
            .assignments
            .iter()
            .filter(|part| part.part.open() && self.view.seats().iter().any(|seat| seat.unit == part.unit))
            .filter(|part| !(part.lead && self.name == Name::EndAssist))
            .map(|part| (part.unit.to_string(), self.view.unit(&part.unit).to_string()))
            .collect();
        match own.as_slice() {
            [(unit, _)] => html! { input type="hidden" name="unit" value=(unit); },
            several => self.select("unit", T::OwnUnit, several, None, true),
        }
    }

    fn proposed_lead(&self, name: &str) -> Option<&str> {
        self.proposed.filter(|_| name == "lead").map(|routing| routing.lead.as_str())
    }

    fn several_units(&self, name: &'static str) -> Markup {
        const ROWS: usize = 2;
        let proposed: Vec<&str> = self
            .proposed
            .map_or_else(Vec::new, |routing| routing.assists.iter().map(UnitId::as_str).collect());
        let written: Vec<&str> = self.said.map_or_else(Vec::new, |form| form.every(name).collect());
        let chosen = if self.said.is_some() { written } else { proposed };
        let units = self.units();
        html! {
            fieldset.field {
                legend { (self.view.say(label(name))) " " span.optional { (self.view.say(T::Optional)) } }
                @for row in 0..(chosen.len() + 1).max(ROWS) {
                    @let now = chosen.get(row).copied();
                    select name=(name) aria-label={ (self.view.say(label(name))) " " (row + 1) } {
                        option value="" { (self.view.say(T::Nobody)) }
                        @for (value, words) in &units { option value=(value) selected[now == Some(value.as_str())] { (words) } }
                    }
                }
            }
        }
    }

    /// Matter and condition in one choice; with several conditions each is told apart by when it opens.
    fn filing(&self, required: bool) -> Markup {
        let now =
            self.case.matter.as_ref().map(|matter| format!("{matter}#{}", self.case.condition.unwrap_or(1)));
        let chosen = self.said("filing").map(str::to_owned).or(now);
        let (invalid, told) = self.invalid("filing");
        let rules = self.view.setting.policy.rules(self.case.policy.as_ref(), self.case.matter.as_ref());
        self.around("filing", T::Filing, required, &html! {
            select id=(self.id("filing")) name="filing" required[required] aria-invalid=[invalid] aria-describedby=[told] {
                @if chosen.is_none() || !required { option value="" { (self.view.say(T::Choose)) } }
                @for (track, matters) in places::by_track(self.view, rules) {
                    optgroup label=(track) {
                        @for matter in matters { @for condition in &matter.conditions {
                            @let value = format!("{}#{}", matter.code, condition.no);
                            option value=(value) selected[chosen.as_deref() == Some(value.as_str())] {
                                (self.view.matter(Some(&matter.code)))
                                @if matter.conditions.len() > 1 { " · " (short(&condition.opens_when)) }
                            }
                        } }
                    }
                }
            }
        })
    }

    fn photos(&self, kind: EvidenceKind) -> Markup {
        let label = match (kind, orders::shown_by(self.view, self.case, self.name)) {
            (EvidenceKind::After, Some(EvidenceKind::Finding)) => T::PhotoFinding,
            (EvidenceKind::After, Some(EvidenceKind::Document)) => T::PhotoDocument,
            (EvidenceKind::After, _) => T::PhotosAfter,
            _ => T::Photos,
        };
        html! {
            (entry::photo_picker(self.view, &self.id("photo"), self.view.say(label)))
            @for (kind, outcome) in orders::asked_too(self.view, self.case, self.name) { (self.further(kind, outcome)) }
        }
    }

    /// Another kind of evidence that the end may need, under a name of its own: what shows one thing is no proof of the other.
    fn further(&self, kind: EvidenceKind, outcome: Option<Outcome>) -> Markup {
        let view = self.view;
        let why = match outcome {
            Some(outcome) => view.fill(T::NeededFor, &[view.lang.pick(outcome.zh(), outcome.en())]),
            None => view.say(T::NeededToo).to_owned(),
        };
        let label = format!("{}{why}", view.say(photo_of(kind)));
        let name = format!("photo-{}", code_of(kind));
        entry::file_picker(view, (&self.id(&name), &name), &label, types(kind))
    }

    /// What the photos of the form show; a photo of the spot where nothing is said.
    fn shows(&self) -> Markup {
        let kinds = orders::SHOWN.iter().filter(|(kind, _)| types(*kind) == entry::PHOTO_TYPES);
        let choices: Vec<Choice> = kinds
            .map(|(kind, code)| ((*code).to_owned(), self.view.say(photo_of(*kind)).to_owned()))
            .collect();
        self.select("shows", T::FileShows, &choices, Some("before"), true)
    }

    /// Photos of the case, those that are shown to everybody already chosen.
    fn chosen(&self, name: &str) -> Markup {
        let now = self.case.published.as_ref().map_or(&[][..], |shown| shown.files.as_slice());
        let photos = self.case.shown_evidence().filter(|one| {
            matches!(one.kind, EvidenceKind::Before | EvidenceKind::After | EvidenceKind::Finding)
        });
        html! {
            fieldset.field {
                legend { (self.view.say(T::PhotosForAll)) " " span.optional { (self.view.say(T::Optional)) } }
                div.choices {
                    @for (no, photo) in photos.enumerate() {
                        @let on = self.said.map_or(now.contains(&photo.file), |form| form.every(name).any(|file| photo.file == file));
                        label.choice {
                            input type="checkbox" name=(name) value=(photo.file) checked[on];
                            span { (self.view.say(photo_of(photo.kind))) " " (no + 1) }
                        }
                    }
                }
            }
        }
    }

    fn yes(&self, name: &'static str, required: bool) -> Markup {
        let said = self.said(name);
        let (yes, no) = answers(self.name, name);
        let option = |value: &'static str, words: T| {
            html! {
                label.choice { input type="radio" name=(name) value=(value) required[required] checked[said == Some(value)]; span { (self.view.say(words)) } }
            }
        };
        html! {
            fieldset.field {
                legend { (self.view.say(label(name))) @if !required { " " span.optional { (self.view.say(T::Optional)) } } }
                div.choices { (option("yes", yes)) (option("no", no)) }
            }
        }
    }

    fn moment(&self, name: &'static str) -> Markup {
        let required = self.name != Name::Request;
        let (invalid, told) = self.invalid(name);
        self.around(name, if name == "at" { T::MeetingAt } else { T::Until }, required, &html! {
            input.input type="datetime-local" id=(self.id(name)) name=(name) required[required] min=(self.view.local(self.view.now))
                aria-invalid=[invalid] aria-describedby=[told] value=[self.said(name)];
        })
    }

    fn place(&self) -> Markup {
        let now = self
            .said("area")
            .map(str::to_owned)
            .or_else(|| self.case.place.area.as_ref().map(ToString::to_string));
        html! {
            div.field {
                label for=(self.id("area")) { (self.view.say(T::Area)) }
                (places::chooser(self.view, &self.id("area"), now.as_deref()))
            }
            (self.line("address", T::Where, false))
        }
    }

    fn reporter(&self) -> Markup {
        let waiting: Vec<Choice> = self
            .case
            .waiting()
            .into_iter()
            .map(|(id, no)| (format!("{id}:{no}"), self.view.fill(T::ReporterNo, &[&(no + 1).to_string()])))
            .collect();
        match waiting.as_slice() {
            [(who, _)] => html! { input type="hidden" name="who" value=(who); },
            several => self.select("who", T::WhichReporter, several, None, true),
        }
    }

    fn parts(&self) -> Markup {
        let units = self.units();
        html! {
            @for no in 0..orders::PARTS {
                @let (lead, title) = (format!("lead-{no}"), format!("title-{no}"));
                fieldset.field {
                    legend { (self.view.fill(T::PartNo, &[&(no + 1).to_string()])) }
                    select name=(lead) aria-label={ (self.view.say(T::LeadUnit)) " " (no + 1) } {
                        option value="" { (self.view.say(T::Nobody)) }
                        @for (value, words) in &units { option value=(value) selected[self.said(&lead) == Some(value.as_str())] { (words) } }
                    }
                    input.input name=(title) aria-label={ (self.view.say(T::PartWords)) " " (no + 1) } placeholder=(self.view.say(T::PartWords)) value=[self.said(&title)];
                }
            }
        }
    }

    fn resolve(&self) -> Markup {
        let kinds =
            [("lead", T::ResolveLead), ("explain", T::ResolveExplain), ("suspend", T::ResolveSuspend)];
        let kinds: Vec<Choice> = kinds
            .into_iter()
            .map(|(code, words)| (code.to_owned(), self.view.say(words).to_owned()))
            .collect();
        html! {
            (self.select("resolve", T::Resolve, &kinds, None, true))
            (self.select("unit", T::ResolveUnit, &self.units(), None, false))
            (self.around("until", T::Until, false, &html! {
                input.input type="datetime-local" id=(self.id("until")) name="until" value=[self.said("until")];
            }))
        }
    }
}

/// What a photo shows, in a word.
pub(super) fn photo_of(kind: EvidenceKind) -> T {
    match kind {
        EvidenceKind::After => T::PhotoAfter,
        EvidenceKind::Finding => T::PhotoFinding,
        EvidenceKind::Document => T::PhotoDocument,
        EvidenceKind::Voice => T::Voice,
        EvidenceKind::Video => T::Video,
        EvidenceKind::Before => T::PhotoBefore,
    }
}

/// The word of forms for what a file shows.
fn code_of(kind: EvidenceKind) -> &'static str {
    orders::SHOWN.iter().find(|(known, _)| *known == kind).map_or("", |(_, code)| *code)
}

/// Media types that a form offers for it.
fn types(kind: EvidenceKind) -> &'static str {
    match kind {
        EvidenceKind::Voice => "audio/mpeg,audio/ogg,audio/mp4,audio/wav",
        EvidenceKind::Video => "video/mp4",
        _ => entry::PHOTO_TYPES,
    }
}

/// A condition's words as far as a line of a list has room.
fn short(words: &str) -> String {
    const ROOM: usize = 28;
    let mut text: String = words.chars().take(ROOM).collect();
    if words.chars().nth(ROOM).is_some() {
        text.push('…');
    }
    text
}

fn label(name: &str) -> T {
    match name {
        "lead" => T::LeadUnit,
        "assists" => T::AssistUnits,
        "unit" => T::WhichUnit,
        "units" => T::MeetingUnits,
        "callee" => T::Callee,
        "officer" => T::Officer,
        "member" => T::Inspector,
        "reason" => T::Reason,
        "question" => T::Question,
        "is_true" => T::IsTrue,
        "done" => T::IsDone,
        "reached" => T::Reached,
        "solved" => T::Solved,
        "satisfied" => T::Satisfied,
        _ => T::Words,
    }
}

fn answers(command: Name, name: &str) -> (T, T) {
    match (command, name) {
        (Name::SelfHandle, _) => (T::DoneOnTheSpot, T::TakenOn),
        (Name::EndAssist, _) => (T::AssistDone, T::AssistNotDone),
        (_, "is_true") => (T::TrueYes, T::TrueNo),
        (_, "reached") => (T::ReachedYes, T::ReachedNo),
        _ => (T::Yes, T::No),
    }
}
