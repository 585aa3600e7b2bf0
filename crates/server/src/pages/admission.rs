//! The admission desk on a page: what grid workers may be asked for, applications, and the forms of both sides.
//!
//! Everybody may read it; forms are drawn for those who may send them, and the desk's rules decide. Start at [`page`] and [`act`].

use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use huying_model::{
    Instant, MatterCode, UnitId,
    acts::LONGEST,
    admission::{
        Admission,
        desk::{Act, Application, DECIDING, Desk, State},
    },
    org::UnitKind,
};
use maud::{Markup, html};

use super::{
    components::frames::{self, Named},
    form::{Form, Words},
    frame::{self, Here, Page},
    policy::{from, reason, trouble},
    tabs::Tally,
    view::{View, Viewer},
};
use crate::{api::policy::moment, problem::Problem};

/// The desk.
pub async fn page(Viewer(view): Viewer) -> Result<Response, Problem> {
    draw(&view, None).await
}

/// One act at the desk: done it leads back to the page, refused it comes back with the reason.
pub async fn act(Viewer(view): Viewer, Words(form): Words) -> Result<Response, Problem> {
    match done(&view, &form).await {
        Ok(()) => Ok(Redirect::to("/admission").into_response()),
        Err(problem) if problem.status.is_client_error() => {
            let mut answer = draw(&view, Some(problem)).await?;
            *answer.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(answer)
        }
        Err(problem) => Err(problem),
    }
}

async fn done(view: &View, form: &Form) -> Result<(), Problem> {
    let said = |field: &str| form.said(field).unwrap_or_default();
    let no = said("no").parse().unwrap_or_default();
    let matter = MatterCode::new(said("matter"));
    let from: Option<Instant> = match form.said("from") {
        Some(text) => moment("from", Some(&view.read_local(text).unwrap_or_else(|| text.to_owned())))?,
        None => None,
    };
    let act = match said("act") {
        "apply" => {
            Act::Apply { matter, applicant: UnitId::new(said("applicant")), reason: said("reason").into() }
        }
        "admit" => Act::Admit { no, rule: said("rule").into(), from },
        "refuse" => Act::Refuse { no, rule: said("rule").into() },
        "withdraw" => Act::Withdraw { no, reason: said("reason").into() },
        "veto" => Act::Veto { matter, rule: said("rule").into(), from },
        _ => return Err(Problem::not_found()),
    };
    view.state.engine.admit(view.state.tenant(), &view.signed()?.actor, &act).await?;
    Ok(())
}

async fn draw(view: &View, problem: Option<Problem>) -> Result<Response, Problem> {
    let desk = view.state.engine.admission_desk(view.state.tenant()).await?;
    let tally = Tally::of(view).await?;
    let title = view.lang.pick("事项准入", "Admission of matters");
    let required = view.setting.policy.current.admissions.required;
    let main = html! {
        main.page.page-wide.stack id="main" {
            h1 { (title) }
            (trouble(view, problem.as_ref()))
            @if required {
                p { (view.lang.pick("未准入的事项不得要求网格力量办理；网格员自行发现、自处置和核实不受限。", "Grid workers are not asked for a matter that is not admitted; what they find, do and verify themselves is not barred.")) }
            } @else {
                p { (view.lang.pick("现行机制不要求准入：任何事项都可以要求网格力量办理。", "The policy in force asks for no admission: grid workers may be asked for every matter.")) }
            }
            (apply(view))
            h2 id="applications" { (view.lang.pick("申请", "Applications")) }
            @if desk.applications.is_empty() { p.quiet { (view.lang.pick("没有申请。", "There is none.")) } }
            @for open in desk.applications.iter().rev() { (application(view, open)) }
            h2 id="admitted" { (view.lang.pick("现行目录", "In force")) }
            (admitted(view, &desk))
        }
    };
    Ok(frame::console(view, &Page::new(title), Some(Here::Admission), &tally, &main))
}

/// The own units that may apply.
fn own_units(view: &View) -> Vec<UnitId> {
    let mut units: Vec<UnitId> = view
        .seats()
        .iter()
        .map(|seat| seat.unit.clone())
        .filter(|unit| view.org().units.get(unit).is_some_and(|unit| unit.kind != UnitKind::GridTeam))
        .collect();
    units.dedup();
    units
}

/// Whether the signed-in member decides for this unit.
fn decides(view: &View, office: &UnitId) -> bool {
    view.seats().iter().any(|seat| &seat.unit == office && DECIDING.contains(&seat.role))
}

fn apply(view: &View) -> Markup {
    let (units, rules) = (own_units(view), &view.setting.policy.current);
    let barred = rules.matters.keys().filter(|code| rules.admissions.bar(code, view.now).is_some());
    let barred: Vec<&MatterCode> = barred.collect();
    html! {
        @if !units.is_empty() && !barred.is_empty() {
            details.command {
                summary.button { (view.lang.pick("申请准入", "Apply for admission")) }
                form.stack method="post" action="/admission" {
                    input type="hidden" name="act" value="apply";
                    div.field {
                        label for="apply-matter" { (view.lang.pick("事项", "Matter")) }
                        select id="apply-matter" name="matter" required {
                            @for code in barred { option value=(code) { (view.matter(Some(code))) } }
                        }
                    }
                    div.field {
                        label for="apply-applicant" { (view.lang.pick("申请单位", "Unit that applies")) }
                        select id="apply-applicant" name="applicant" required {
                            @for unit in &units { option value=(unit) { (view.unit(unit)) } }
                        }
                    }
                    (reason(view, "apply", None))
                    button.button.button-primary { (view.lang.pick("申请", "Apply")) }
                }
            }
        }
    }
}

fn application(view: &View, open: &Application) -> Markup {
    let id = format!("application-{}", open.no);
    html! {
        section.card aria-labelledby=(id) {
            h3 id=(id) {
                (open.no) " · " (view.matter(Some(&open.matter))) " "
                span.tag.tag-strong { (view.lang.pick(open.state.zh(), open.state.en())) }
            }
            p {
                (view.unit(&open.applicant)) " · " (view.member(&open.applied_by)) " · " (view.full(open.applied_at))
                @if !open.reason.is_empty() { " · " (open.reason) }
            }
            @if let (Some(rule), Some(by), Some(at)) = (&open.rule, &open.decided_by, open.decided_at) {
                p {
                    (view.unit(&open.office)) " · " (view.member(by)) " · " (view.full(at)) " · " (rule)
                    @if let Some(from) = open.from { " · " (view.lang.pick("自 ", "from ")) (view.full(from)) }
                }
            }
            @if open.state == State::Waiting { (waiting(view, open)) }
        }
    }
}

fn waiting(view: &View, open: &Application) -> Markup {
    let form = |act: &str, words: &str, fields: &Markup| {
        html! {
            details.command {
                summary.button { (words) }
                form.stack method="post" action="/admission" {
                    input type="hidden" name="act" value=(act);
                    input type="hidden" name="no" value=(open.no);
                    (fields)
                    button.button.button-primary { (words) }
                }
            }
        }
    };
    let name = |act: &str| format!("{act}-{}", open.no);
    html! {
        div.button-row {
            @if decides(view, &open.office) {
                (form("admit", view.lang.pick("准入", "Admit"), &html! { (rule(view, &name("admit"))) (from(view, &name("admit"), None)) }))
                (form("refuse", view.lang.pick("回绝", "Refuse"), &rule(view, &name("refuse"))))
            }
            @if own_units(view).contains(&open.applicant) {
                (form("withdraw", view.lang.pick("撤回申请", "Take it back"), &reason(view, &name("withdraw"), None)))
            }
        }
    }
}

/// The rule that a decision quotes.
fn rule(view: &View, form: &str) -> Markup {
    let id = format!("{form}-rule");
    html! {
        div.field {
            label for=(id) { (view.lang.pick("引用的规则", "The rule, quoted")) }
            textarea id=(id) name="rule" required maxlength=(LONGEST) {}
        }
    }
}

/// A matter, the row that decides on it, and whether grid workers may be asked for it.
type Ruled<'r> = (&'r MatterCode, &'r Admission, bool);

/// The rows as a table.
fn ruled(view: &View, rows: &[&Ruled]) -> Markup {
    html! {
        (frames::table(Named::By("admitted"), &html! {
            table.table {
                thead { tr {
                    th scope="col" { (view.lang.pick("事项", "Matter")) }
                    th.word scope="col" { (view.lang.pick("决定", "Decision")) }
                    th scope="col" { (view.lang.pick("规则", "Rule")) }
                    th scope="col" { (view.lang.pick("申请单位", "Applicant")) }
                    th scope="col" { (view.lang.pick("办公室", "Office")) }
                } }
                tbody {
                    @for (code, row, _) in rows {
                        tr {
                            td { (view.matter(Some(code))) }
                            td.word { (view.lang.pick(row.ruling.zh(), row.ruling.en())) }
                            td { (row.rule) }
                            td { (view.unit(&row.applicant)) }
                            td { (view.unit(&row.office)) }
                        }
                    }
                }
            }
        }))
    }
}

fn admitted(view: &View, desk: &Desk) -> Markup {
    let rules = &view.setting.policy.current;
    let rows = rules.matters.keys().filter_map(|code| {
        let row = rules.admissions.row(code, view.now)?;
        Some((code, row, rules.admissions.bar(code, view.now).is_none()))
    });
    let rows: Vec<Ruled> = rows.collect();
    let office = rows.iter().find(|(_, row, free)| *free && decides(view, &row.office));
    html! {
        @if office.is_some() && rules.admissions.required {
            details.command {
                summary.button { (view.lang.pick("否决", "Veto")) }
                form.stack method="post" action="/admission" {
                    input type="hidden" name="act" value="veto";
                    div.field {
                        label for="veto-matter" { (view.lang.pick("事项", "Matter")) }
                        select id="veto-matter" name="matter" required {
                            @for (code, row, free) in &rows {
                                @if *free && decides(view, &row.office) { option value=(code) { (view.matter(Some(code))) } }
                            }
                        }
                    }
                    (rule(view, "veto"))
                    (from(view, "veto", None))
                    button.button.button-primary { (view.lang.pick("否决", "Veto")) }
                }
            }
        }
        @if rows.is_empty() { p.quiet { (view.lang.pick("没有准入决定。", "There is no decision.")) } } @else {
            @let (free, barred): (Vec<&Ruled>, Vec<&Ruled>) = rows.iter().partition(|(_, _, free)| *free);
            @if !free.is_empty() { (ruled(view, &free)) }
            @if !barred.is_empty() {
                details {
                    summary { (view.lang.pick("不能要求网格力量办理的事项", "Matters that grid workers may not be asked for")) " · " (barred.len()) }
                    (ruled(view, &barred))
                }
            }
        }
        @if desk.applications.iter().any(|open| open.state == State::Waiting) {
            p.quiet { (view.lang.pick("有待审的申请。", "Applications are waiting.")) }
        }
    }
}
