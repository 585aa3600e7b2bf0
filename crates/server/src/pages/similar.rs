//! Cases that may be the same problem, side by side with the one that is shown: photo, distance, date, state.
//!
//! Owns the comparison and the button that merges. Refuses to find them: that is the engine's. Start at [`beside`].

use huying_model::{Case, Name, Stage};
use huying_store::{CaseView, FileRow};
use maud::{Markup, html};

use super::{
    case::{self, Around},
    parts::time,
    texts::T,
    view::View,
};
use crate::{
    api::{
        files,
        find::{self, Named},
    },
    problem::Problem,
};

/// Cases that are set beside: more cannot be compared at a glance.
const SHOWN: usize = 3;

/// A case that may be the same.
struct Other {
    found: CaseView,
    metres: f64,
    photo: Option<FileRow>,
}

/// The comparison; nothing where no other case is near, or where it is too late to merge.
pub async fn beside(
    view: &View,
    found: &CaseView,
    around: &Around,
    may_merge: bool,
) -> Result<Markup, Problem> {
    let case = &found.case;
    if !matches!(case.stage, Stage::Reported | Stage::Verifying | Stage::Filed) {
        return Ok(super::parts::nothing());
    }
    let others = others(view, case).await?;
    if others.is_empty() {
        return Ok(super::parts::nothing());
    }
    let own = photo(view, found).await?;
    Ok(html! {
        section.similar aria-labelledby="similar-name" {
            h2 id="similar-name" { (view.say(T::Similar)) }
            div.similar-pair {
                div.similar-case {
                    (picture(view, case, own.as_ref()))
                    b { (view.lang.pick("本案", "This case")) }
                    p { (case::title(view, found)) }
                    p.quiet { (time(view, case.received_at)) }
                }
                div.similar-others {
                    @for (no, other) in others.iter().enumerate() {
                        div.similar-case {
                            (picture(view, &other.found.case, other.photo.as_ref()))
                            a.code href={ "/cases/" (other.found.case.number) } { (other.found.case.number) }
                            p { (case::title(view, &other.found)) }
                            p.quiet {
                                (view.fill(T::MetresAway, &[&format!("{:.0}", other.metres)]))
                                " · " (time(view, other.found.case.received_at))
                                " · " (case::stage(view, other.found.case.stage))
                            }
                            @if may_merge && other.found.case.is_open() { (merge(view, case, &other.found.case, around, no == 0)) }
                        }
                    }
                }
            }
        }
    })
}

async fn others(view: &View, case: &Case) -> Result<Vec<Other>, Problem> {
    let seen = view.seen()?;
    let near = view.state.engine.duplicates_of(view.state.tenant(), case.id, seen.as_ref()).await?;
    let mut others = Vec::new();
    for near in near.into_iter().take(SHOWN) {
        let found = match find::case(&view.state, view.signed()?, &Named::Id(near.case.case)).await {
            Ok(found) => found,
            Err(problem) if problem.code == "not_found" => continue,
            Err(problem) => return Err(problem),
        };
        let photo = photo(view, &found).await?;
        others.push(Other { found, metres: near.metres, photo });
    }
    Ok(others)
}

/// The first photo that the member may see.
async fn photo(view: &View, found: &CaseView) -> Result<Option<FileRow>, Problem> {
    if files::sees(&view.state, view.signed()?, found)?.is_none() {
        return Ok(None);
    }
    let rows = files::of(&view.state, &found.case).await?;
    Ok(rows.into_iter().find(|row| row.thumb.is_some()))
}

fn picture(view: &View, case: &Case, photo: Option<&FileRow>) -> Markup {
    html! {
        @match photo {
            Some(file) => {
                img src={ "/api/v1/cases/" (case.id) "/files/" (file.hash) "?copy=thumb" } width="128" height="92"
                    alt={ (view.say(T::PhotoBefore)) " " (case.number) };
            }
            None => { span.no-photo { (view.lang.pick("没有照片", "No photo")) } }
        }
    }
}

/// Merges the case that is shown into the other one, and goes on with the next.
fn merge(view: &View, case: &Case, into: &Case, around: &Around, first: bool) -> Markup {
    let back = match around {
        Around::Desk { onward: Some(onward), .. } => onward.clone(),
        _ => case::back(around, case),
    };
    html! {
        form.command-form method="post" action={ "/cases/" (case.id) "/commands/" (Name::Merge.code()) } {
            input type="hidden" name="idempotency_key" value=(uuid::Uuid::now_v7());
            input type="hidden" name="version" value=(case.version);
            input type="hidden" name="back" value=(back);
            input type="hidden" name="into" value=(into.number);
            button.button data-key=[first.then_some("merge")] {
                (view.lang.pick("并入此件", "Merge into it")) span.visually-hidden { " " (into.number) }
                @if first { " " kbd.needs-js { "M" } }
            }
        }
    }
}
