//! What whoever reported may still do with their case: add to it, rate it, say that it is not solved, object.
//!
//! They act as the case's reporter, and the rules decide as for everybody: only what they allow is offered. A form sent twice happens
//! once. Refuses more additions than a case has room for, in all and within an hour; what one costs is [`toll`]'s. Start at [`act`].

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use huying_engine::{
    Error,
    handle::{Claimed, SayIn, Upload},
    track::{Followed, MOST_ADDED, MOST_AN_HOUR, Told, reporter},
};
use huying_model::{MatterCode, Name, Stage, catalogue::EvidenceKind};
use huying_store::{Fault, Key, Receipt};
use maud::{Markup, html};
use serde_json::{Value, json};

use super::{
    fields, standing,
    toll::{self, Wait},
    wrong,
};
use crate::{
    api::{commands, reports, track::followed},
    pages::{
        form::{Form, OpenForm},
        fresh,
        front::{self, Mistakes},
        report::told as told_by_field,
        view::{Anybody, View},
    },
    problem::Problem,
    session::visit::Visit,
};

/// Photos that come with one addition.
const PHOTOS: usize = 3;
/// What somebody did on the page, or tried to do.
pub(super) struct After<'a> {
    /// The form as it was filled, where it comes back.
    form: Option<&'a Form>,
    pub mistakes: Vec<(String, String)>,
    pub done: Option<Name>,
    /// It has to wait before it is taken.
    wait: Option<Wait>,
}

/// Does what was asked, and shows the case as it is then.
pub async fn act(
    Anybody(view): Anybody,
    visit: Visit,
    OpenForm(form, _place): OpenForm<3>,
) -> Result<Response, Problem> {
    let said = |name: &str| form.said(name).unwrap_or_default();
    let (number, secret) = (said("number"), said("secret"));
    let found = match followed(&view.state, &visit, number, secret).await {
        Ok(found) => found,
        Err(problem) if problem.code == "not_found" => return Ok(wrong(&view, number, secret)),
        Err(problem) => return Err(problem),
    };
    if said("act") == "slip" {
        return slip(&view, &found);
    }
    let name = match Name::from_code(said("act")) {
        Some(name @ (Name::Supplement | Name::Rate | Name::Reopen | Name::Object)) => name,
        _ => return Err(Problem::not_found()),
    };
    let mut pair = toll::pair(&view, &form).filter(|_| name == Name::Supplement);
    let mut key = toll::key(&found.own, pair, &form);
    // What was done already is told again before anything is judged: its sender has lost the answer.
    let again = match before(&view, key.as_ref()).await? {
        Before::Done => true,
        Before::Otherwise if pair.is_some() => {
            (pair, key) = (None, toll::key(&found.own, None, &form));
            false
        }
        Before::Otherwise | Before::Nothing => false,
    };
    let mut after = After { form: None, mistakes: Vec::new(), done: Some(name), wait: None };
    if !again {
        let told = view.state.engine.told(view.state.tenant(), &found.own).await?;
        after.mistakes = missing(&view, name, &form, &told);
        if after.mistakes.is_empty() && name == Name::Supplement {
            after.wait = toll::wait(&view, &visit, pair)?;
        }
        if after.mistakes.is_empty() && after.wait.is_none() {
            after.mistakes = given(&view, &visit, (&found, name), (&form, key)).await?;
        }
    }
    if after.mistakes.is_empty() && after.wait.is_none() {
        let now = view.state.engine.follow(view.state.tenant(), number, secret).await?;
        return standing(&view, &visit, (&now, secret), Some(&after)).await;
    }
    (after.form, after.done) = (Some(&form), None);
    let page = standing(&view, &visit, (&found, secret), Some(&after)).await?;
    Ok(match &after.wait {
        Some(wait) => toll::early(page, wait.seconds),
        None => (StatusCode::UNPROCESSABLE_ENTITY, page).into_response(),
    })
}

/// What became of a key before.
enum Before {
    Nothing,
    /// It was used for this very form.
    Done,
    Otherwise,
}

async fn before(view: &View, key: Option<&Key>) -> Result<Before, Problem> {
    let Some(key) = key else { return Ok(Before::Nothing) };
    match view.state.engine.answered(view.state.tenant(), key).await {
        Ok(None) => Ok(Before::Nothing),
        Ok(Some(_)) => Ok(Before::Done),
        Err(Error::Fault(Fault::KeyReused)) => Ok(Before::Otherwise),
        Err(error) => Err(error.into()),
    }
}

/// Gives the command, and counts an addition as a report is counted. Answers what was wrong with the form.
async fn given(
    view: &View,
    visit: &Visit,
    (found, name): (&Followed, Name),
    (form, key): (&Form, Option<Key>),
) -> Result<Vec<(String, String)>, Problem> {
    let mut outcome = give(view, found, name, (form, key.clone())).await;
    if name == Name::Supplement && outcome.as_ref().is_err_and(stale) {
        // Mostly the work took a step meanwhile: it is counted anew and sent once more, so that nobody chooses photos twice for that.
        let (engine, tenant) = (&view.state.engine, view.state.tenant());
        let said = |field: &str| form.said(field).unwrap_or_default();
        let now = engine.follow(tenant, said("number"), said("secret")).await?;
        let mistakes = missing(view, name, form, &engine.told(tenant, &now.own).await?);
        if !mistakes.is_empty() {
            return Ok(mistakes);
        }
        outcome = give(view, &now, name, (form, key)).await;
    }
    match outcome {
        Ok(receipt) => {
            if name == Name::Supplement && !receipt.replayed {
                view.state.tolls.count(&reports::sender(visit), view.state.now());
            }
            Ok(Vec::new())
        }
        Err(problem) if problem.status.is_server_error() => Err(problem),
        Err(problem) => Ok(by_field(view, name, &problem)),
    }
}

/// Something else happened to the case since it was read.
fn stale(problem: &Problem) -> bool {
    problem.code == "conflict"
}

/// An addition is taken only into the case in which additions were counted: many at once would all read the same count.
async fn give(
    view: &View,
    found: &Followed,
    name: Name,
    (form, key): (&Form, Option<Key>),
) -> Result<Receipt, Problem> {
    let actor = reporter(&found.own).ok_or_else(|| Problem::of("conflict"))?;
    let kind = Some(EvidenceKind::Before);
    let input = SayIn {
        tenant: view.state.tenant(),
        actor,
        case: found.own.id,
        name,
        body: body(view, name, form),
        uploads: form.files.iter().map(|bytes| Upload { bytes: bytes.clone(), kind }).collect(),
        claimed: Claimed::default(),
        key,
        if_match: (name == Name::Supplement).then_some(found.own.version),
    };
    let outcome = view.state.engine.say(input).await;
    commands::count(&view.state, name, &outcome.as_ref());
    Ok(outcome?)
}

/// The command's own fields.
fn body(view: &View, name: Name, form: &Form) -> Value {
    let words = form.said("words");
    match name {
        Name::Rate => {
            let stars = form.said("stars").and_then(|stars| stars.parse::<u8>().ok()).unwrap_or(0);
            json!({"stars": stars, "words": words})
        }
        // Saying "not solved" is enough of a reason.
        Name::Reopen => json!({"reason": words.unwrap_or("反映人表示没有解决。")}),
        Name::Object => json!({"reason": words.unwrap_or_default()}),
        _ => json!({"words": corrected(view, form).or_else(|| words.map(str::to_owned))}),
    }
}

/// What somebody says their report is about, where that is a matter of today.
fn corrected(view: &View, form: &Form) -> Option<String> {
    let code = MatterCode::new(form.said("is_matter")?);
    let matter = view.setting.policy.current.matters.get(&code)?;
    Some(format!("反映人更正事项：{}（{}）", matter.name, matter.code.as_str()))
}

/// What has to be there before anything is asked of the engine.
fn missing(view: &View, name: Name, form: &Form, told: &Told) -> Vec<(String, String)> {
    let has_words = form.said("words").is_some() || corrected(view, form).is_some();
    let (id, zh, en) = match name {
        Name::Supplement if told.added >= MOST_ADDED => (
            "",
            "这件诉求已补充很多次，不能再补充；有新问题请另行反映。",
            "This case was added to very often and takes no more: report what is new.",
        ),
        Name::Supplement if told.lately >= MOST_AN_HOUR => (
            "",
            "一小时内最多补充六次，请过一会儿再补充。危及生命安全请拨打110、119、120。",
            "A case takes six additions an hour: add the rest later. Where life is in danger call 110, 119 or 120.",
        ),
        Name::Supplement if form.files.len() > PHOTOS => {
            ("add-photo", "最多三张照片，请重新选择。", "Three photos at most: choose again.")
        }
        Name::Supplement if !has_words && form.files.is_empty() => {
            ("add-words", "请写一句，或选一张照片。", "Write a sentence or choose a photo.")
        }
        Name::Rate if form.said("stars").is_none() => {
            ("stars-5", "请选择是否满意。", "Choose how satisfied you are.")
        }
        Name::Object if !has_words => ("object-words", "请写出理由。", "Write your reason."),
        _ => return Vec::new(),
    };
    vec![(id.to_owned(), view.lang.pick(zh, en).to_owned())]
}

/// What the engine found wrong, by the id of the field.
fn by_field(view: &View, name: Name, problem: &Problem) -> Vec<(String, String)> {
    if stale(problem) {
        let again = view.lang.pick(
            "同时还有别的操作，本次没有补充上；文字已保留，请再点一次“补充”，照片需重新选择。",
            "Something else happened to the case at the same moment, and this was not added. Your words are kept: press Add once more; photos have to be chosen again.",
        );
        return vec![(String::new(), again.to_owned())];
    }
    let words = match name {
        Name::Supplement if matches!(problem.code, "too_large" | "unsupported_type") => "add-photo",
        Name::Supplement => "add-words",
        Name::Rate => "rate-words",
        Name::Reopen => "reopen-words",
        _ => "object-words",
    };
    let has_field = !problem.errors.is_empty() || words == "add-photo";
    let id = if has_field { words } else { "" };
    told_by_field(view, problem).into_iter().map(|(_, said)| (id.to_owned(), said)).collect()
}

/// What was done, in a sentence.
pub(super) fn done(view: &View, name: Name) -> &'static str {
    match name {
        Name::Rate => view.lang.pick("谢谢您的评价。", "Thank you for rating it."),
        Name::Reopen => view
            .lang
            .pick("已要求重新办理，办理单位会重新处理。", "It is open again, and will be worked on anew."),
        Name::Object => view.lang.pick(
            "异议已提交，由上一级重新判断。",
            "Your objection goes to the level above, which judges anew.",
        ),
        _ => view.lang.pick("已补充，办理人员能看到。", "It is added; whoever works on it sees it."),
    }
}

/// Number and code as a file to keep.
fn slip(view: &View, found: &Followed) -> Result<Response, Problem> {
    let site = view.state.settings.open311.url.as_deref().unwrap_or_default();
    let secret = view.state.engine.track_secret(view.state.tenant(), found.own.id);
    let (number, received) = (&found.own.number, view.full(found.own.received_at));
    let text = view.lang.pick(
        format!("\u{feff}编号：{number}\r\n查询码：{secret}\r\n收到时间：{received}\r\n查询页面：{site}/track\r\n"),
        format!("\u{feff}Number: {number}\r\nCode: {secret}\r\nReceived: {received}\r\nTo follow it: {site}/track\r\n"),
    );
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"huying.txt\"")),
    ];
    Ok(fresh((headers, text).into_response()))
}

/// Whose case a form is about, and a key of its own: sent twice, it happens once.
fn once((number, secret): (&str, &str)) -> Markup {
    html! {
        (fields(number, secret))
        input type="hidden" name="idempotency_key" value=(uuid::Uuid::now_v7());
    }
}

/// Everything that may be done now.
pub(super) fn offered(
    view: &View,
    found: &Followed,
    (told, may): (&Told, &[Name]),
    (secret, dear): (&str, bool),
    after: Option<&After<'_>>,
) -> Markup {
    let mistakes: &Mistakes = after.map(|after| after.mistakes.as_slice()).unwrap_or_default();
    let back = after.and_then(|after| after.form);
    let case = &found.own;
    // Words go back to the form that they were written in.
    let said = |name: Name| {
        let form = back.filter(|form| form.said("act") == Some(name.code()));
        form.and_then(|form| form.said("words")).unwrap_or_default()
    };
    let wait = after.and_then(|after| after.wait.as_ref());
    let ticket = wait.map(|wait| wait.ticket.as_str()).or_else(|| back.and_then(|form| form.said("ticket")));
    let is_matter = back.and_then(|form| form.said("is_matter"));
    let whose = (case.number.as_str(), secret);
    html! {
        @if may.contains(&Name::Supplement) && told.added < MOST_ADDED {
            section.card.no-print aria-labelledby="add-name" {
                h2 id="add-name" { @if case.asked { (view.lang.pick("请您补充", "Please add what was asked")) } @else { (view.lang.pick("补充文字或照片", "Add words or photos")) } }
                @if let Some(wait) = wait { (toll::notice(view, wait)) }
                form.stack method="post" enctype="multipart/form-data" action="/track/act" novalidate data-toll=[dear.then_some("/api/v1/reports/challenge")] {
                    (once(whose))
                    input type="hidden" name="act" value="supplement";
                    @if let Some(code) = is_matter { input type="hidden" name="is_matter" value=(code); }
                    (toll::carried(view, ticket, dear))
                    (front::words(view, ("add-words", "words"), (view.lang.pick("补充说明", "What you add"), ""), said(Name::Supplement), mistakes))
                    (front::photos(view, "add-photo", PHOTOS, mistakes))
                    button.button.button-primary { (view.lang.pick("补充", "Add")) }
                }
            }
        }
        @if may.contains(&Name::Object) {
            section.card.no-print aria-labelledby="object-name" {
                h2 id="object-name" { (view.lang.pick("不同意这个决定？", "Do you disagree?")) }
                form.stack method="post" action="/track/act" novalidate {
                    (once(whose))
                    (front::words(view, ("object-words", "words"), (view.lang.pick("理由", "Your reason"), view.lang.pick("由上一级重新判断，只能提一次。", "The level above judges anew; you can object once.")), said(Name::Object), mistakes))
                    button.button name="act" value="object" { (view.lang.pick("提出异议", "Object")) }
                }
            }
        }
        @if case.stage == Stage::Closed { (closed(view, (may, whose), (said(Name::Reopen), said(Name::Rate)), mistakes)) }
    }
}

/// Whether it is solved, and how satisfied somebody is.
fn closed(
    view: &View,
    (may, whose): (&[Name], (&str, &str)),
    (not_solved, rated): (&str, &str),
    mistakes: &Mistakes,
) -> Markup {
    html! {
        section.card.no-print aria-labelledby="solved-name" {
            h2 id="solved-name" { (view.lang.pick("解决了吗？", "Is it solved?")) }
            @if may.contains(&Name::Reopen) {
                form.stack method="post" action="/track/act" novalidate {
                    (once(whose))
                    (front::words(view, ("reopen-words", "words"), (view.lang.pick("还有什么没解决（可不写）", "What is not solved (optional)"), ""), not_solved, mistakes))
                    button.button name="act" value="reopen" { (view.lang.pick("没解决，请重新办理", "Not solved: open it again")) }
                }
            } @else {
                p {
                    (view.lang.pick("已不能在这里要求重新办理：期限已过，或已重办过。仍有问题请", "It cannot be opened again here: the time is over, or it was opened before. If something is still wrong, please ")) " "
                    a href="/report" { (view.lang.pick("另行反映", "report it anew")) } (view.lang.pick("。", "."))
                }
            }
            @if may.contains(&Name::Rate) { (rate(view, whose, rated, mistakes)) }
        }
    }
}

fn rate(view: &View, whose: (&str, &str), rated: &str, mistakes: &Mistakes) -> Markup {
    let wrong = front::mistake(mistakes, "stars-5");
    let stars = [
        (5, view.lang.pick("很满意", "Very satisfied")),
        (4, view.lang.pick("满意", "Satisfied")),
        (3, view.lang.pick("一般", "So-so")),
        (2, view.lang.pick("不满意", "Not satisfied")),
        (1, view.lang.pick("很不满意", "Not satisfied at all")),
    ];
    html! {
        form.stack method="post" action="/track/act" novalidate {
            (once(whose))
            fieldset.field data-invalid[wrong.is_some()] {
                legend { (view.lang.pick("您满意吗？", "Are you satisfied?")) }
                @if let Some(words) = wrong { span.error id="stars-error" { (words) } }
                div.choices {
                    @for (value, name) in stars {
                        label.choice for={ "stars-" (value) } {
                            input id={ "stars-" (value) } type="radio" name="stars" value=(value) aria-describedby=[wrong.map(|_| "stars-error")];
                            span { (name) }
                        }
                    }
                }
            }
            (front::words(view, ("rate-words", "words"), (view.lang.pick("想说的话（可不写）", "Anything to say (optional)"), ""), rated, mistakes))
            button.button name="act" value="rate" { (view.lang.pick("评价", "Rate it")) }
        }
    }
}
