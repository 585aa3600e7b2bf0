//! Before the same is reported again: what is open nearby, and "I have met it too".
//!
//! A "+1" is a report of its own that names the public case: whoever gives it has a number and a code, is answered like everybody, and is
//! counted where an acceptor merges it. Nothing here keeps anybody from reporting. Start at [`look`].

use axum::response::Response;
use huying_engine::{place::PlaceDraft, public};
use huying_model::AreaCode;
use maud::{Markup, html};

use super::{Sheet, guess_of, mistakes};
use crate::{
    pages::{
        form::Form,
        parts::time,
        public::{name, status},
        view::View,
    },
    problem::Problem,
};

/// The public case that a form names, where it is still open.
pub(super) async fn same(view: &View, form: &Form) -> Result<Option<public::View>, Problem> {
    let Some(number) = form.said("same") else { return Ok(None) };
    let found = view.state.engine.public_case(view.state.tenant(), number).await?;
    Ok(found.filter(|found| found.status.open()))
}

/// The area in which a public case lies; None of one that lies in none.
pub(super) fn area(same: &public::View) -> Option<AreaCode> {
    same.cell.as_ref().filter(|_| same.placed).map(|cell| cell.code.clone())
}

/// What whoever writes nothing says with a "+1".
pub(super) fn me_too(view: &View, same: &public::View) -> String {
    let number = &same.number;
    view.lang.pick(
        format!("我也遇到了同样的问题（{number}）。"),
        format!("I have met the same problem ({number})."),
    )
}

/// Above the form of a "+1": which case it is.
pub(super) fn named(view: &View, same: &public::View) -> Markup {
    html! {
        input type="hidden" name="same" value=(same.number);
        section.card aria-labelledby="same-name" {
            h2 id="same-name" { (view.lang.pick("我也遇到了这个问题", "I have met this problem too")) }
            (line(view, same))
            p.quiet {
                (view.lang.pick("提交后您有自己的编号和查询码。可以不写文字。", "You get a number and a code of your own. You need not write anything.")) " "
                a href="/report" { (view.lang.pick("不是这件，另行反映", "It is another: report it anew")) }
            }
        }
    }
}

fn line(view: &View, case: &public::View) -> Markup {
    html! {
        p {
            a href={ "/public/" (case.number) } { (view.matter(Some(&case.matter))) }
            @if let Some(cell) = &case.cell { " · " (name(view, &cell.name)) }
        }
        p.quiet { (status(view, case)) " · " (time(view, case.received_at)) }
    }
}

/// The form again with what is open nearby.
pub(super) async fn look(sheet: Sheet<'_>) -> Result<Response, Problem> {
    let (view, form) = (sheet.view, sheet.form);
    let place = PlaceDraft { lon: None, lat: None, datum: None, area: form.said("area").map(AreaCode::new) };
    let guessed = guess_of(view, form);
    let found = view.state.engine.public_near(view.state.tenant(), &place, guessed.as_ref()).await;
    let found = match found.map_err(Problem::from) {
        Ok(found) => found,
        Err(problem) if problem.status.is_server_error() => return Err(problem),
        Err(problem) => {
            let mistakes = mistakes(view, &problem);
            return Ok(sheet.refused(mistakes));
        }
    };
    let Some(found) = found else {
        let words =
            view.lang.pick("请先选一个区域，再看附近。", "Choose an area first to see what is nearby.");
        return Ok(sheet.refused(vec![("area".to_owned(), words.to_owned())]));
    };
    let near = Some(listed(view, &found));
    Ok(Sheet { near, ..sheet }.draw())
}

fn listed(view: &View, found: &[public::View]) -> Markup {
    html! {
        section.card id="near" aria-labelledby="near-name" {
            h2 id="near-name" { (view.lang.pick("附近正在办理的公开案件", "Public cases in hand nearby")) }
            @if found.is_empty() {
                p { (view.lang.pick("这里没有正在办理的公开案件，请继续填写。", "None is in hand here: please go on.")) }
            } @else {
                ul.plain.stack {
                    @for case in found {
                        li {
                            (line(view, case))
                            button.button name="same" value=(case.number) data-free {
                                (view.lang.pick("+1 我也遇到了", "+1 I have met it too"))
                                span.visually-hidden { " " (case.number) }
                            }
                        }
                    }
                }
                p.quiet { (view.lang.pick("都不是？请继续填写并提交。", "It is none of these? Please go on and send.")) }
            }
        }
    }
}
