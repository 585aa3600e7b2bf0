//! Reporting without an account: one page for a telephone, whole without scripts.
//!
//! Words, place, photo; nothing else is asked, and only the words are needed. Which matter it is, is guessed here and corrected afterwards. The
//! sender has waited while they wrote, by a ticket that came with the form, or waits and sends it again; where that would take long, a
//! script comes along that works for a moment instead. The answer shows the number and the code, once, and neither stands in an address.
//! Start at [`page`].

mod kept;
mod near;

use axum::{
    extract::Query,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use huying_engine::{
    answers, guess,
    handle::Upload,
    intake::{InformantDraft, ReportDraft},
    place::PlaceDraft,
    public,
    toll::BASE_BITS,
};
use huying_model::{AreaCode, Instant, MatterCode, catalogue::Source};
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    form::{Form, OpenForm},
    front::{self, Here},
    parts::icon,
    places,
    report::{first_sentence, told},
    texts::T,
    view::{Anybody, View},
};
use crate::{
    api::reports::{self, Paid},
    problem::Problem,
    session::visit::Visit,
};

/// Photos of one report.
const PHOTOS: usize = 3;

/// What the form begins with.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Begun {
    /// Number of the public case that somebody has met too.
    same: Option<String>,
    area: Option<String>,
}

/// The empty form.
pub async fn page(
    Anybody(view): Anybody,
    Query(begun): Query<Begun>,
    visit: Visit,
) -> Result<Response, Problem> {
    let begun = [("same", begun.same), ("area", begun.area)];
    let fields = begun.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    let form = Form { fields: fields.collect(), ..Form::default() };
    let (state, sender) = (&view.state, reports::sender(&visit));
    let ticket = state.tolls.with_form(&state.engine, state.tenant(), &sender, state.now());
    let same = near::same(&view, &form).await?;
    let mut answer = Sheet { ticket: Some(&ticket), ..Sheet::of(&view, &visit, &form, same.as_ref()) }.draw();
    reports::known_again(&visit, &mut answer)?;
    Ok(answer)
}

/// Takes a report, or gives the form back with what is missing: a correction, or a little patience. Whoever only asks what is open
/// nearby gets the form back with it.
pub async fn send(
    Anybody(view): Anybody,
    visit: Visit,
    OpenForm(form, _place): OpenForm<3>,
) -> Result<Response, Problem> {
    let said = |name: &str| form.said(name).unwrap_or_default();
    let same = near::same(&view, &form).await?;
    let (ticket, solution) = (said("ticket"), said("solution"));
    let sheet = Sheet { ticket: form.said("ticket"), ..Sheet::of(&view, &visit, &form, same.as_ref()) };
    if form.said("look").is_some() {
        return near::look(sheet).await;
    }
    if form.files.len() > PHOTOS {
        let words = view.lang.pick("最多三张照片，请重新选择。", "Three photos at most: choose again.");
        return Ok(sheet.refused(vec![("photo".to_owned(), words.to_owned())]));
    }
    if form.said("text").is_none() && form.files.is_empty() && same.is_none() {
        let words = view.lang.pick(
            "请写一句发生了什么，或选一张照片。",
            "Write what happened in a sentence, or choose a photo.",
        );
        return Ok(sheet.refused(vec![("text".to_owned(), words.to_owned())]));
    }
    let challenge = if solution.is_empty() { ticket } else { said("challenge") };
    if challenge.is_empty() {
        return waits(sheet, &visit);
    }
    let (draft, guessed) = draft(&view, &form, same.as_ref());
    let uploads = form.files.iter().map(|bytes| Upload { bytes: bytes.clone(), kind: None }).collect();
    let paid = Paid { challenge, number: solution, hash: form.hash };
    match reports::take(&view.state, &visit, draft, uploads, paid).await {
        Ok(kept) => kept::page(&view, &kept, guessed).await,
        Err(problem) if problem.status.is_server_error() => Err(problem),
        Err(problem) => match (problem.code, problem.retry_after) {
            ("challenge_early", Some(seconds)) => Ok(sheet.early(seconds)),
            // A ticket that was used for another report is none any more either.
            ("challenge_gone" | "challenge_unsolved" | "key_reused", _) => waits(sheet, &visit),
            _ => Ok(sheet.refused(mistakes(&view, &problem))),
        },
    }
}

/// The form again with a place in the line.
fn waits(sheet: Sheet<'_>, visit: &Visit) -> Result<Response, Problem> {
    let (state, now) = (&sheet.view.state, sheet.view.state.now());
    let ticket = state.tolls.queue(&state.engine, state.tenant(), &reports::sender(visit), now);
    let ticket =
        ticket.ok_or_else(|| Problem { retry_after: Some(900), ..Problem::of("too_many_requests") })?;
    let seconds = seconds_until(ticket.ready_at, now);
    let mut answer = Sheet { ticket: Some(&ticket.text), ..sheet }.early(seconds);
    reports::known_again(visit, &mut answer)?;
    Ok(answer)
}

fn seconds_until(at: Instant, now: Instant) -> u32 {
    u32::try_from((at.minus(now) + 999) / 1_000).unwrap_or(0)
}

/// What is wrong, by the id of the form's field.
fn mistakes(view: &View, problem: &Problem) -> Vec<(String, String)> {
    let about_photos = matches!(problem.code, "too_large" | "unsupported_type");
    let field = |field: String| if field.is_empty() && about_photos { "photo".to_owned() } else { field };
    told(view, problem).into_iter().map(|(name, words)| (field(name), words)).collect()
}

/// The report, and whether its matter is a guess.
fn draft(view: &View, form: &Form, same: Option<&public::View>) -> (ReportDraft, bool) {
    let said = |name: &str| form.said(name).map(str::to_owned);
    let text = said("text").or_else(|| same.map(|same| near::me_too(view, same)));
    let chosen = form.said("matter").map(MatterCode::new).or_else(|| same.map(|same| same.matter.clone()));
    let guessed = if chosen.is_some() { None } else { guess_of(view, form) };
    let area = form.said("area").map(AreaCode::new).or_else(|| same.and_then(near::area));
    let place = PlaceDraft { lon: None, lat: None, datum: None, area };
    // Staff read these below the words, so they are told what nobody wrote there.
    let mut lines = Vec::new();
    if let Some(same) = same {
        lines.push(answers::line("与公开案件相同", &same.number));
    }
    if let Some(guessed) = &guessed {
        let known = view.setting.policy.current.matters.get(guessed);
        let name = known.map_or(guessed.as_str(), |matter| matter.name.as_str());
        lines.push(answers::line("事项由系统按文字推断，请核对", name));
    }
    let mut reporters = vec![InformantDraft { name: said("name"), contact: said("contact") }];
    let other = InformantDraft { name: said("other_name"), contact: said("other_contact") };
    if other != InformantDraft::default() {
        lines.push(answers::line("替他人反映", "反映人 2 是当事人"));
        reporters.push(other);
    }
    let is_guess = guessed.is_some();
    let draft = ReportDraft {
        source: Source::Resident,
        place,
        matter: chosen.or(guessed),
        title: text.as_deref().map(first_sentence),
        text,
        address: said("place"),
        answers: (!lines.is_empty()).then(|| lines.join("\n")),
        reporters,
        ..ReportDraft::default()
    };
    (draft, is_guess)
}

fn guess_of(view: &View, form: &Form) -> Option<MatterCode> {
    guess::matter(&view.setting, form.said("text")?).map(|matter| matter.code.clone())
}

/// The form as it is drawn.
struct Sheet<'a> {
    view: &'a View,
    form: &'a Form,
    /// The public case that somebody has met too.
    same: Option<&'a public::View>,
    ticket: Option<&'a str>,
    /// Work is cheaper than waiting: a script comes along that does it.
    work: bool,
    /// What stands above the form.
    head: Markup,
    /// What is open nearby, where that was asked.
    near: Option<Markup>,
    mistakes: Vec<(String, String)>,
}

impl<'a> Sheet<'a> {
    fn of(view: &'a View, visit: &Visit, form: &'a Form, same: Option<&'a public::View>) -> Sheet<'a> {
        let work = view.state.tolls.price(&reports::sender(visit), view.state.now()) > BASE_BITS;
        Sheet { view, form, same, ticket: None, work, head: html! {}, near: None, mistakes: Vec::new() }
    }

    fn refused(self, mistakes: Vec<(String, String)>) -> Response {
        (StatusCode::UNPROCESSABLE_ENTITY, Sheet { mistakes, ..self }.draw()).into_response()
    }

    fn early(self, seconds: u32) -> Response {
        let head = html! {
            p.notice role="alert" {
                (self.view.lang.pick(
                    format!("为防止滥用，请等待 {seconds} 秒后再次点击“提交”。已填写的内容会保留，照片需重新选择。"),
                    format!("To keep abuse away, wait {seconds} seconds and send it again. What you wrote is kept; photos have to be chosen again."),
                ))
            }
        };
        let page = Sheet { head, work: true, ..self }.draw();
        (StatusCode::TOO_MANY_REQUESTS, [(axum::http::header::RETRY_AFTER, seconds)], page).into_response()
    }

    fn draw(&self) -> Response {
        let (view, form) = (self.view, self.form);
        let title = view.lang.pick("我要反映", "Report a problem");
        let main = html! {
            main.page.stack id="main" {
                h1 { (title) }
                (front::danger(view))
                (front::summary(view, &self.mistakes))
                (self.head)
                form.stack method="post" enctype="multipart/form-data" action="/report" novalidate data-toll=[self.work.then_some("/api/v1/reports/challenge")] {
                    // The first button is what Enter presses: it sends, and does not look around.
                    button.visually-hidden tabindex="-1" aria-hidden="true" { (view.lang.pick("提交", "Send")) }
                    @if let Some(ticket) = self.ticket { input type="hidden" name="ticket" value=(ticket); }
                    @if self.work {
                        input type="hidden" name="challenge";
                        input type="hidden" name="solution";
                    }
                    @if let Some(same) = self.same { (near::named(view, same)) }
                    (front::words(view, ("text", "text"), (view.say(T::WhatHappened), view.say(T::WhatHint)), form.said("text").unwrap_or_default(), &self.mistakes))
                    @if self.same.is_none() { (self.whereabouts()) }
                    (front::photos(view, "photo", PHOTOS, &self.mistakes))
                    (self.persons())
                    @if self.work {
                        p.quiet role="status" data-said="toll"
                            data-working=(view.lang.pick("正在验证，请稍候…", "One moment, please…"))
                            data-failed=(view.lang.pick("验证未完成，请再点一次“提交”。", "That did not work: send it once more.")) {}
                    }
                    button.button.button-primary.button-wide {
                        @if self.same.is_some() { (view.lang.pick("+1 关注，提交", "+1: send")) } @else { (view.lang.pick("提交", "Send")) }
                    }
                }
            }
        };
        let script = if self.work { "resident.js" } else { "" };
        front::page(view, (title, Here::Report), &self.mistakes, script, &main)
    }

    /// Where it is: in words or from the list, which are worth the same. A photo that names its place does as well.
    fn whereabouts(&self) -> Markup {
        let (view, form) = (self.view, self.form);
        let wrong = front::mistake(&self.mistakes, "place");
        let wrong_area = front::mistake(&self.mistakes, "area");
        let described = if wrong.is_some() { "place-hint place-error" } else { "place-hint" };
        html! {
            div.field data-invalid[wrong.is_some()] {
                label for="place" { (view.say(T::Where)) }
                span.hint id="place-hint" { (view.say(T::WhereHint)) }
                @if let Some(words) = wrong { span.error id="place-error" { (words) } }
                input.input id="place" name="place" autocomplete="off" maxlength="400" aria-describedby=(described) value=[form.said("place")];
            }
            div.field data-invalid[wrong_area.is_some()] {
                label for="area" { (view.say(T::Area)) " " span.optional { (view.say(T::AreaHint)) } }
                @if let Some(words) = wrong_area { span.error id="area-error" { (words) } }
                (places::chooser(view, "area", form.said("area")))
            }
            div.field {
                button.button name="look" value="near" formaction="/report#near" data-free {
                    (icon("search")) (view.lang.pick("看看附近有没有人反映过", "See what was reported nearby"))
                }
                span.hint { (view.lang.pick("可不看。请先选区域。", "You need not. Choose an area first.")) }
            }
            @if let Some(near) = &self.near { (near) }
        }
    }

    /// Who reports, and for whom: all of it may be left out.
    fn persons(&self) -> Markup {
        let (view, form) = (self.view, self.form);
        let field = |name: &'static str, label: &str, complete: &'static str, mode: &'static str| {
            let wrong = front::mistake(&self.mistakes, name);
            html! {
                div.field data-invalid[wrong.is_some()] {
                    label for=(name) { (label) " " span.optional { (view.say(T::Optional)) } }
                    @if let Some(words) = wrong { span.error id={ (name) "-error" } { (words) } }
                    input.input id=(name) name=(name) autocomplete=(complete) inputmode=(mode) maxlength="100" value=[form.said(name)]
                        aria-invalid=[wrong.map(|_| "true")] aria-describedby=[wrong.map(|_| format!("{name}-error"))];
                }
            }
        };
        let for_other = form.said("other_name").or(form.said("other_contact")).is_some();
        let privacy = &view.state.settings.privacy;
        html! {
            (field("name", view.lang.pick("您的称呼", "Your name"), "name", "text"))
            (field("contact", view.lang.pick("联系电话", "Telephone"), "tel", "tel"))
            p.quiet { (view.lang.pick("留下电话才能回访您。", "Only with a telephone can you be called back.")) " " (view.lang.pick(&privacy.notice_zh, &privacy.notice_en)) }
            details open[for_other] {
                summary { (view.lang.pick("替别人反映", "I report for somebody else")) }
                div.stack.inset {
                    p.quiet { (view.lang.pick("请写当事人的称呼和电话；回访时两人都会联系。", "Name the person it is about; both of you are called back.")) }
                    (field("other_name", view.lang.pick("当事人称呼", "Their name"), "off", "text"))
                    (field("other_contact", view.lang.pick("当事人电话", "Their telephone"), "off", "tel"))
                }
            }
        }
    }
}
