//! What may be done with a case: the one act that the desk proposes, with its reasons, then everything else the table allows.
//!
//! Owns the order of the buttons. Refuses to know rules: what is drawn is what the engine allows this member now. Start at [`card`].

use huying_model::{
    Case, Name, Stage,
    route::{Lost, Routing},
};
use huying_store::CaseView;
use maud::{Markup, html};

use super::{
    case::{self, Around},
    fields::Drawn,
    give::Trouble,
    orders::{self, Field},
    parts::{error_summary, icon},
    similar,
    texts::T,
    view::View,
};
use crate::problem::Problem;

/// Acts that wait for this member's answer go before everything but the proposed one.
const ANSWERS: [Name; 6] =
    [Name::Answer, Name::Grant, Name::Refuse, Name::Acknowledge, Name::EndAssist, Name::FollowedUp];
/// Acts that leave the case where it is.
const TALK: [Name; 14] = [
    Name::Progress,
    Name::Comment,
    Name::Note,
    Name::Attach,
    Name::Supplement,
    Name::AskReporter,
    Name::Call,
    Name::RateAnswer,
    Name::SetUrgency,
    Name::Supervise,
    Name::Milestone,
    Name::Redact,
    Name::Publish,
    Name::FollowUp,
];

/// The column of what may be done.
pub async fn card(
    view: &View,
    found: &CaseView,
    around: &Around,
    trouble: Option<&Trouble>,
) -> Result<Markup, Problem> {
    let case = &found.case;
    let who = view.signed()?;
    let allowed: Vec<Name> = view.state.engine.allowed(&view.setting, case, &who.actor);
    let proposed = match case.stage {
        Stage::Filed => view.state.engine.suggest(&view.setting, view.state.tenant(), case).await?,
        _ => None,
    };
    let first = first(case, &allowed);
    let sheet = Sheet { view, case, around, trouble, proposed: proposed.as_ref() };
    let rest = |among: &dyn Fn(Name) -> bool| -> Vec<Name> {
        allowed
            .iter()
            .copied()
            .filter(|name| Some(*name) != first && orders::fields(*name).is_some() && among(*name))
            .collect()
    };
    let answers = rest(&|name| ANSWERS.contains(&name));
    let moves = rest(&|name| !ANSWERS.contains(&name) && !TALK.contains(&name));
    let talk = rest(&|name| TALK.contains(&name));
    let similar = similar::beside(view, found, around, allowed.contains(&Name::Merge)).await?;
    Ok(html! {
        div.case-acts {
            p.notice.case-changed data-kind="stale" role="status" hidden {
                (view.say(T::CaseChanged)) a href=(case::back(around, case)) { (view.say(T::SeeLatest)) }
            }
            @if let Some(trouble) = trouble { (error_summary(view, &trouble.told(view))) }
            @if let Some(name) = first { (sheet.first(name)) }
            @if first.is_none() && case.is_open() { (waits(view, case)) }
            (sheet.group(T::YourAnswer, "answers", &answers))
            (sheet.group(T::OtherActs, "moves", &moves))
            (similar)
            (sheet.group(T::Talk, "talk", &talk))
            a.button href={ "/cases/" (case.number) "/work-order" } { (icon("print")) (view.say(T::PrintOrder)) }
        }
    })
}

/// Whether one of them does more to a case than to talk about it.
pub fn moves(allowed: &[Name]) -> bool {
    allowed.iter().any(|name| !TALK.contains(name))
}

/// The act that the desk proposes in this stage.
fn first(case: &Case, allowed: &[Name]) -> Option<Name> {
    let wanted: &[Name] = match case.stage {
        Stage::Reported => &[Name::File, Name::SelfHandle],
        Stage::Verifying => &[Name::Verified],
        Stage::Filed => &[Name::Dispatch, Name::Rule, Name::Conclude],
        Stage::Dispatched => &[Name::Receive],
        Stage::Handling => &[Name::Receive, Name::Decide, Name::Finish],
        Stage::Inspecting => &[Name::Pass, Name::Close, Name::Nominate],
        Stage::CallingBack => &[Name::Close, Name::RecordCallback],
        _ => &[],
    };
    wanted.iter().copied().find(|name| allowed.contains(name))
}

fn waits(view: &View, case: &Case) -> Markup {
    html! { p.notice { (view.fill(T::WaitsFor, &[&view.unit(&case.custodian)])) } }
}

struct Sheet<'a> {
    view: &'a View,
    case: &'a Case,
    around: &'a Around,
    trouble: Option<&'a Trouble>,
    proposed: Option<&'a Routing>,
}

impl Sheet<'_> {
    fn name(&self, name: Name) -> &'static str {
        self.view.lang.pick(name.zh(), name.en())
    }

    /// The proposed act, open, in a card of its own.
    fn first(&self, name: Name) -> Markup {
        let words = match name {
            Name::Dispatch if self.proposed.is_some() => T::SuggestedRoute,
            _ => T::NextStep,
        };
        let last_step = match (name, self.around) {
            (Name::Dispatch, Around::Desk { onward: Some(_), .. }) => Some(T::DispatchAndNext),
            _ => None,
        };
        html! {
            section.card.card-suggest aria-labelledby="suggest-name" {
                h2 id="suggest-name" { @if words == T::NextStep { (self.view.fill(T::Pair, &[self.view.say(words), self.name(name)])) } @else { (self.view.say(words)) } }
                @if let (Name::Dispatch, Some(routing)) = (name, self.proposed) { (self.because(routing)) }
                (self.form(name, true, last_step))
            }
        }
    }

    /// Why the dispatch table answers so.
    fn because(&self, routing: &Routing) -> Markup {
        let view = self.view;
        html! {
            div {
                p.suggest-unit { (view.unit(&routing.lead)) }
                @if !routing.assists.is_empty() {
                    p.quiet { (view.fill(T::Pair, &[view.say(T::Assist), &super::parts::joined(routing.assists.iter().map(|unit| view.unit(unit).to_string()), view.lang)])) }
                }
            }
            details.because open {
                summary { (view.fill(T::BecauseOf, &[&routing.because.rule])) }
                p { (view.fill(T::Fits, &[&view.matter(self.case.matter.as_ref()), &view.short_place(self.case.place.area.as_ref())])) }
                (super::explain::reasons(view, &routing.because))
            }
        }
    }

    fn group(&self, title: T, id: &str, names: &[Name]) -> Markup {
        html! {
            @if !names.is_empty() {
                section.part aria-labelledby={ (id) "-name" } {
                    h2 id={ (id) "-name" } { (self.view.say(title)) }
                    div.button-row { @for name in names { (self.other(*name)) } }
                }
            }
        }
    }

    /// A command among others: a button where it asks nothing, else a form that opens.
    fn other(&self, name: Name) -> Markup {
        let fields = orders::fields(name).unwrap_or_default();
        html! {
            @if asks(fields) {
                details.command open[self.failed(name)] { summary.button { (self.name(name)) } (self.form(name, false, None)) }
            } @else { (self.form(name, false, None)) }
        }
    }

    fn failed(&self, name: Name) -> bool {
        self.trouble.is_some_and(|trouble| trouble.name == name)
    }

    fn form(&self, name: Name, first: bool, last_step: Option<T>) -> Markup {
        let fields = orders::fields(name).unwrap_or_default();
        let trouble = self.trouble.filter(|trouble| trouble.name == name);
        let wrong = trouble.map_or_else(Vec::new, |trouble| trouble.fields(self.view));
        let drawn = Drawn {
            view: self.view,
            case: self.case,
            name,
            said: trouble.map(|trouble| &trouble.form),
            wrong: &wrong,
            proposed: self.proposed,
        };
        let brings = orders::evidence(name).is_some();
        // Enter on a row must not do what still has to be written.
        let whole = first
            && fields.iter().all(|field| {
                matches!(field, Field::OwnUnit | Field::MaybeText(_) | Field::Unit(_) | Field::Units(_))
            });
        let ready = whole && (name != Name::Dispatch || self.proposed.is_some());
        let asks = asks(fields);
        let after = match (self.around, last_step) {
            (Around::Desk { onward: Some(onward), .. }, Some(_)) => onward.clone(),
            _ => case::back(self.around, self.case),
        };
        html! {
            form.command-form method="post" action={ "/cases/" (self.case.id) "/commands/" (name.code()) }
                enctype=[brings.then_some("multipart/form-data")] data-primary[ready] {
                input type="hidden" name="idempotency_key" value=(uuid::Uuid::now_v7());
                input type="hidden" name="version" value=(self.case.version);
                input type="hidden" name="back" value=(after);
                @for field in fields { (drawn.field(*field)) }
                button class=(if first || asks { "button button-primary button-wide" } else { "button button-wide" }) {
                    (last_step.map_or(self.name(name), |words| self.view.say(words)))
                    @if ready { " " kbd.needs-js { "Enter" } }
                }
            }
        }
    }
}

/// Why a row lost, in a few words.
pub fn lost(view: &View, why: &Lost) -> &'static str {
    view.say(match why {
        Lost::Matter => T::LostMatter,
        Lost::Overlay => T::LostOverlay,
        Lost::Area => T::LostArea,
        Lost::Level => T::LostLevel,
        Lost::Source => T::LostSource,
        Lost::Urgency => T::LostUrgency,
        Lost::Period => T::LostPeriod,
        Lost::LessSpecific => T::LostLess,
        Lost::NobodyThere => T::LostNobody,
        Lost::NotAdmitted => T::LostNotAdmitted,
    })
}

/// Whether a form has anything to fill in.
fn asks(fields: &[Field]) -> bool {
    fields.iter().any(|field| *field != Field::OwnUnit)
}
