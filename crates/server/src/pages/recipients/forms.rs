//! The forms of the register: who is registered, what is changed, consent, and its end. Each works without a script.
//!
//! Owns how a form becomes a draft ([`draft`]): days as people write them become moments in the authority's zone, and a field that was left
//! empty in a change stays as it is, unless it is ticked to be taken away. A form that comes back is open and says what was written. Start
//! at [`register`].

use huying_engine::{
    authority::recipient::{can_keep, own, staffed},
    person::REASONS,
    recipients::{ConsentDraft, Draft, Field, GIVEN_BY, HOW, PURPOSES},
};
use huying_model::{AreaCode, UnitId};
use huying_store::person::RecipientRow;
use maud::{Markup, html};

use crate::{
    pages::{components::frames, form::Form, parts::refused, persons::choice, view::View},
    problem::Problem,
};

/// Reasons that a keeper gives for an end; the others are the platform's.
const ENDS: [&str; 3] = ["withdrawn", "purpose_met", "request"];

/// What a form told.
pub fn draft(view: &View, form: &Form) -> Draft {
    let said = |name: &str| form.said(name).map(str::to_owned);
    let every = |name: &'static str| form.every(name).map(str::to_owned).collect::<Vec<_>>();
    // A day begins at midnight where the authority is, and the last one ends with its last second; what is no day is told by the register.
    let day = |name: &str, at: &str| {
        let text = form.said(name).unwrap_or_default();
        view.read_local(&format!("{text}T{at}")).unwrap_or_else(|| text.to_owned())
    };
    let field = |field: Field| {
        let gone = || form.every("drop").any(|code| code == field.code()).then(String::new);
        said(field.code()).or_else(gone)
    };
    let groups = every("group");
    let asks_consent = matches!(form.said("act"), Some("register" | "renew"));
    let consent = asks_consent.then(|| ConsentDraft {
        given_by: said("given_by").unwrap_or_default(),
        how: said("how").unwrap_or_default(),
        purposes: every("purposes"),
        at: day("at", "00:00:00"),
        until: day("until", "23:59:59"),
    });
    Draft {
        version: form.said("version").and_then(|text| text.parse().ok()),
        unit: said("unit"),
        area: said("area"),
        groups: (!groups.is_empty()).then_some(groups),
        name: field(Field::Name),
        phone: field(Field::Phone),
        address: field(Field::Address),
        needs: field(Field::Needs),
        guardian: field(Field::Guardian),
        consent,
    }
}

/// What was written before, where a form comes back.
#[derive(Clone, Copy)]
struct Before<'a>(Option<&'a Form>);

impl Before<'_> {
    fn said(&self, name: &str) -> &str {
        self.0.and_then(|form| form.said(name)).unwrap_or_default()
    }
    /// What was chosen before, or else what stands.
    fn or<'b>(&'b self, name: &str, stands: &'b str) -> &'b str {
        Some(self.said(name)).filter(|said| !said.is_empty()).unwrap_or(stands)
    }
    fn is_of(&self, act: &str) -> bool {
        self.said("act") == act
    }
    fn has(&self, name: &str, value: &str) -> bool {
        self.0.is_some_and(|form| form.fields.iter().any(|(field, said)| field == name && said == value))
    }
}

/// The form by which somebody is put down, open where it comes back.
pub fn register(view: &View, wrong: Option<(&Form, &Problem)>) -> Markup {
    let before = Before(wrong.map(|(form, _)| form));
    let words = view.lang.pick("登记服务对象", "Register a recipient");
    frames::command(
        words,
        wrong.is_some(),
        &html! {
            form.stack method="post" action="/recipients" {
                input type="hidden" name="act" value="register";
                input type="hidden" name="idempotency_key" value=(uuid::Uuid::now_v7());
                @if let Some((_, problem)) = wrong {
                    (refused(view, view.lang.pick("未登记，请更正：", "Not registered. Correct this:"), problem))
                }
                (chosen_groups(view, before, &|_| false, &|_| true))
                (place(view, before, "register"))
                @for field in Field::ALL { (text(view, before, field, "register", field == Field::Name)) }
                (consent(view, before, "register"))
                button.button.button-primary { (words) }
            }
        },
    )
}

/// What was written before in the form of this act.
fn before<'a>(wrong: Option<&'a Form>, act: &str) -> Before<'a> {
    let all = Before(wrong);
    if all.is_of(act) { all } else { Before(None) }
}

/// What is written down of somebody; empty fields stay as they are, and those that are ticked go. `told` are the fields that there are.
pub fn change(view: &View, row: &RecipientRow, told: &[Field], wrong: Option<&Form>) -> Markup {
    let words = view.lang.pick("更正信息", "Change the record");
    let before = before(wrong, "change");
    let stands = |code: &str| row.groups.iter().any(|own| own == code);
    // What they did not agree to is no choice here.
    let ticked = |code: &str| stands(code) && before.0.is_none();
    frames::command(
        words,
        before.0.is_some(),
        &html! {
            form.stack method="post" action={ "/recipients/" (row.id) } {
                input type="hidden" name="act" value="change";
                input type="hidden" name="version" value=(row.version);
                p.quiet { (view.lang.pick("留空的项目不变。", "What is left empty stays as it is.")) }
                (chosen_groups(view, before, &ticked, &stands))
                (place_of(view, before, row))
                @for field in Field::ALL {
                    (text(view, before, field, "change", false))
                    @if field != Field::Name && told.contains(&field) {
                        label.choice {
                            input type="checkbox" name="drop" value=(field.code()) checked[before.has("drop", field.code())];
                            " " span { (view.lang.pick(format!("删除已登记的{}", field.zh()), format!("Take away what was told: {}", field.en().to_lowercase()))) }
                        }
                    }
                }
                button.button.button-primary { (view.lang.pick("保存", "Save")) }
            }
        },
    )
}

/// Consent given again, to the help of some groups.
pub fn renew(view: &View, row: &RecipientRow, wrong: Option<&Form>) -> Markup {
    let words = view.lang.pick("登记新的同意", "Write down consent anew");
    let before = before(wrong, "renew");
    let ticked = |code: &str| before.0.is_none() && row.groups.iter().any(|own| own == code);
    frames::command(
        words,
        before.0.is_some(),
        &html! {
            form.stack method="post" action={ "/recipients/" (row.id) } {
                input type="hidden" name="act" value="renew";
                input type="hidden" name="version" value=(row.version);
                (chosen_groups(view, before, &ticked, &|_| true))
                (text(view, before, Field::Guardian, "renew", false))
                (consent(view, before, "renew"))
                button.button.button-primary { (view.lang.pick("保存", "Save")) }
            }
        },
    )
}

/// What is held, for the person; and the end of their consent.
pub fn end(view: &View, row: &RecipientRow) -> Markup {
    let reasons: Vec<_> = REASONS.into_iter().filter(|(code, ..)| ENDS.contains(code)).collect();
    html! {
        form method="post" action={ "/recipients/" (row.id) } {
            input type="hidden" name="act" value="export";
            button.button { (view.lang.pick("导出给本人", "Take out for the person")) }
        }
        (frames::command(view.lang.pick("撤回同意", "Consent is withdrawn"), false, &html! {
            form.stack method="post" action={ "/recipients/" (row.id) } {
                input type="hidden" name="act" value="withdraw";
                (choice(view, "withdraw-reason", "reason", view.lang.pick("理由", "Reason"), &reasons))
                label.choice { input type="checkbox" name="at_once" value="yes"; " " span { (view.lang.pick("立即删除（无法恢复）", "Forget it at once (for ever)")) } }
                button.button.button-primary { (view.lang.pick("撤回", "Withdraw")) }
            }
        }))
    }
}

fn chosen_groups(
    view: &View,
    before: Before,
    ticked: &dyn Fn(&str) -> bool,
    offered: &dyn Fn(&str) -> bool,
) -> Markup {
    html! {
        fieldset.field {
            legend { (view.lang.pick("分组（接受哪些服务）", "Groups: which help they agreed to")) }
            @for group in view.setting.pack.groups().filter(|group| offered(&group.code)) {
                label.choice {
                    input type="checkbox" name="group" value=(group.code) checked[before.has("group", &group.code) || ticked(&group.code)];
                    " " span { (view.lang.pick(&group.name.zh, &group.name.en)) small { " " (view.lang.pick(&group.help.zh, &group.help.en)) } }
                }
            }
        }
    }
}

/// Unit and cell of a new recipient: those of one's own.
fn place(view: &View, before: Before, of: &str) -> Markup {
    let own = view.who.as_ref().map(|who| own(view.org(), &who.actor)).unwrap_or_default();
    let (unit, area) = (format!("{of}-unit"), format!("{of}-area"));
    html! {
        div.field {
            label for=(unit) { (view.lang.pick("责任单位", "Responsible unit")) }
            select id=(unit) name="unit" required {
                @for (code, _) in &own { option value=(code) selected[before.said("unit") == code.as_str()] { (view.unit(&UnitId(code.clone()))) } }
            }
        }
        (cells(view, &area, before.said("area"), true))
    }
}

/// The same of one who is registered: any unit on whose ground they live and that has somebody to help them may take them over.
fn place_of(view: &View, before: Before, row: &RecipientRow) -> Markup {
    let org = view.org();
    let may = org
        .units
        .values()
        .filter(|unit| unit.active(view.now) && can_keep(org, &unit.id, &row.area) && staffed(org, &unit.id));
    let chosen = before.or("unit", row.unit.as_str());
    html! {
        div.field {
            label for="change-unit" { (view.lang.pick("责任单位", "Responsible unit")) }
            select id="change-unit" name="unit" {
                @for unit in may { option value=(unit.id) selected[unit.id.as_str() == chosen] { (view.unit(&unit.id)) } }
            }
        }
        (cells(view, "change-area", before.or("area", row.area.as_str()), false))
    }
}

/// The cells of one's own ground.
fn cells(view: &View, id: &str, chosen: &str, required: bool) -> Markup {
    let org = view.org();
    let own = view.who.as_ref().map(|who| own(org, &who.actor)).unwrap_or_default();
    let inside = |code: &AreaCode| own.iter().any(|(_, areas)| areas.contains(&code.0));
    let cells =
        org.areas.values().filter(|area| Some(&area.level) == org.levels.last() && inside(&area.code));
    html! {
        div.field {
            label for=(id) { (view.lang.pick("所在网格", "Cell")) }
            select id=(id) name="area" required[required] {
                option value="" { (view.lang.pick("请选择", "Choose")) }
                @for area in cells { option value=(area.code) selected[area.code.as_str() == chosen] { (view.area(&area.code)) } }
            }
        }
    }
}

fn text(view: &View, before: Before, field: Field, of: &str, required: bool) -> Markup {
    let (name, id) = (field.code(), format!("{of}-{}", field.code()));
    html! {
        div.field {
            label for=(id) { (view.lang.pick(field.zh(), field.en())) }
            @if field == Field::Needs { textarea id=(id) name=(name) rows="3" maxlength=(field.longest()) { (before.said(name)) } }
            @else { input.input id=(id) name=(name) autocomplete="off" maxlength=(field.longest()) value=(before.said(name)) required[required]; }
        }
    }
}

/// A choice that says what was chosen before.
fn again(
    view: &View,
    before: Before,
    id: &str,
    name: &str,
    label: &str,
    list: &[(&'static str, &str, &str)],
) -> Markup {
    html! {
        div.field {
            label for=(id) { (label) }
            select id=(id) name=(name) required {
                option value="" { (view.lang.pick("请选择", "Choose")) }
                @for (code, zh, en) in list { option value=(code) selected[before.said(name) == *code] { (view.lang.pick(*zh, *en)) } }
            }
        }
    }
}

fn consent(view: &View, before: Before, of: &str) -> Markup {
    let day = |name: &'static str, words: &'static str| {
        let id = format!("{of}-{name}");
        html! {
            div.field {
                label for=(id) { (words) }
                input.input type="date" id=(id) name=(name) value=(before.said(name)) required;
            }
        }
    };
    html! {
        (again(view, before, &format!("{of}-given-by"), "given_by", view.lang.pick("谁同意", "Who agrees"), &GIVEN_BY))
        (again(view, before, &format!("{of}-how"), "how", view.lang.pick("同意方式", "How it is given"), &HOW))
        fieldset.field {
            legend { (view.lang.pick("同意的用途", "What they agree to")) }
            @for (code, zh, en) in PURPOSES {
                label.choice {
                    input type="checkbox" name="purposes" value=(code) checked[before.has("purposes", code)];
                    " " span { (view.lang.pick(zh, en)) }
                }
            }
        }
        (day("at", view.lang.pick("同意日期", "Day of consent")))
        (day("until", view.lang.pick("有效期至（最长三年）", "Until (three years at most)")))
    }
}
