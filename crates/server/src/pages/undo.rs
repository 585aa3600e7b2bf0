//! Taking back what was just done: which command undoes which, and the button that offers it.
//!
//! Owns the pairs, and how an address tells what was done to which case. Refuses to undo by itself: the button gives an ordinary command,
//! which the rules judge like any other (docs/decisions/0031-desk.md). Start at [`toast`].

use huying_model::{Case, CaseId, Name};
use huying_store::Receipt;
use maud::{Markup, html};

use super::{
    case::{self, Around},
    frame,
    texts::T,
    view::View,
};
use crate::{
    api::find::{self, Named},
    problem::Problem,
};

/// What was done, and what takes it back.
const UNDOES: [(Name, Name); 4] = [
    (Name::Dispatch, Name::Recall),
    (Name::Rule, Name::Recall),
    (Name::Merge, Name::Unmerge),
    (Name::Suspend, Name::Resume),
];

/// The command that takes another back; None where nothing does.
pub fn undoes(done: Name) -> Option<Name> {
    UNDOES.iter().find(|(first, _)| *first == done).map(|(_, undo)| *undo)
}

/// The address that a command leads to: it says what was done and, where that can be taken back, at which version of which case.
pub fn told(back: &str, name: Name, receipt: &Receipt) -> String {
    let told = super::with_query(back, "done", name.code());
    match undoes(name) {
        Some(_) => format!("{told}&of={}.{}", receipt.case, receipt.version),
        None => told,
    }
}

fn read(of: &str) -> Option<(CaseId, u32)> {
    let (case, version) = of.split_once('.')?;
    Some((case.parse().ok()?, version.parse().ok()?))
}

/// What the last act did, told once on the page after it, with the way back where there is one.
pub async fn toast(
    view: &View,
    done: Option<&String>,
    of: Option<&String>,
    around: &Around,
) -> Result<Markup, Problem> {
    let name = done.and_then(|code| Name::from_code(code));
    let back = match (name, of.and_then(|of| read(of))) {
        (Some(name), Some(what)) => offered(view, name, what, around).await?,
        _ => None,
    };
    let (Some(name), Some(form)) = (name, back) else { return Ok(frame::toast(done, view)) };
    let words = view.fill(T::DoneToast, &[view.lang.pick(name.zh(), name.en())]);
    Ok(super::components::told::toast(&words, Some(&form)))
}

/// The button that takes a command back, as long as the case stands as the command left it and the rules let this member.
pub async fn offered(
    view: &View,
    done: Name,
    (case, version): (CaseId, u32),
    around: &Around,
) -> Result<Option<Markup>, Problem> {
    let Some(undo) = undoes(done) else { return Ok(None) };
    let who = view.signed()?;
    let found = match find::case(&view.state, who, &Named::Id(case)).await {
        Ok(found) => found,
        Err(problem) if problem.code == "not_found" => return Ok(None),
        Err(problem) => return Err(problem),
    };
    let allowed = view.state.engine.allowed(&view.setting, &found.case, &who.actor);
    // Once somebody has gone on from there it is theirs too, and is not swept away by a key.
    if found.case.version != version || !allowed.contains(&undo) {
        return Ok(None);
    }
    Ok(Some(button(view, &found.case, (done, undo), &case::back(around, &found.case))))
}

fn button(view: &View, case: &Case, (done, undo): (Name, Name), back: &str) -> Markup {
    let reason = view.lang.pick(format!("撤销：{}", done.zh()), format!("Undone: {}", done.en()));
    html! {
        form.undo method="post" action={ "/cases/" (case.id) "/commands/" (undo.code()) } {
            input type="hidden" name="idempotency_key" value=(uuid::Uuid::now_v7());
            input type="hidden" name="version" value=(case.version);
            input type="hidden" name="back" value=(back);
            input type="hidden" name="reason" value=(reason);
            button {
                (view.lang.pick("撤销", "Undo")) " " span.visually-hidden { (case.number) } " " kbd.needs-js { "U" }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use huying_model::{Stage, table};

    use super::*;

    #[test]
    fn what_undoes_a_command_is_known_in_every_stage_that_the_command_leads_to() {
        for (done, undo) in UNDOES {
            let row = table::find(done).unwrap();
            let after: &[Stage] = if row.to.is_empty() { row.from } else { row.to };
            for stage in after {
                assert!(table::legal(undo, *stage), "{} in {}", undo.code(), stage.code());
            }
        }
    }

    #[test]
    fn an_address_tells_what_was_done_to_which_case_and_drops_what_was_told_before() {
        let receipt = Receipt {
            case: CaseId(26),
            number: "N-1".into(),
            version: 4,
            stage: Stage::Dispatched,
            replayed: false,
            position: 9,
        };
        let told = |back: &str, name| super::told(back, name, &receipt);
        let once = told("/desk?queue=dispatch", Name::Dispatch);
        assert_eq!(once, format!("/desk?queue=dispatch&done=dispatch&of={}.4", CaseId(26)));
        assert_eq!(told(&once, Name::Comment), "/desk?queue=dispatch&done=comment");
        assert_eq!(read(once.rsplit_once("of=").unwrap().1), Some((CaseId(26), 4)));
        assert_eq!(read("yesterday"), None);
    }
}
