//! What stands beside an edited table: who would get a case now and by the draft, and how much was found.
//!
//! Refuses to compute: both answers are [`huying_pack::explain`]'s. Start at [`asked`].

use huying_engine::redraft::Redraft;
use huying_model::catalogue::Source;
use huying_pack::{
    Pack,
    explain::{Asking, Explanation, explain_by},
};
use maud::{Markup, html};

use super::Looked;
use crate::{
    pages::{form::Form, places, policy::version, view::View},
    problem::Problem,
};

/// The answer, or why there is none.
pub type Told = Result<Box<Explanation>, String>;

/// Who gets a case of this matter and place, by the rules of now and by the draft as it would hold now: what the admission desk has decided
/// lies over both.
pub async fn asked(
    view: &View,
    redraft: &Redraft,
    matter: &str,
    area: Option<&str>,
) -> Result<(Told, Told), Problem> {
    let asking = Asking {
        matter: matter.to_owned(),
        area: area.map(str::to_owned),
        when: view.now.to_string(),
        source: Source::Hotline.code().to_owned(),
        ..Asking::default()
    };
    let then = view.state.engine.would_hold(view.state.tenant(), redraft.files.clone()).await?;
    let zh = view.lang.pick(true, false);
    let told = |pack: &Pack, policy: &huying_model::Policy| {
        explain_by(pack, policy, &asking).map(Box::new).map_err(|wrong| {
            let words = wrong.iter().map(|one| if zh { one.what.zh.clone() } else { one.what.en.clone() });
            words.collect::<Vec<_>>().join(" ")
        })
    };
    Ok((told(&view.setting.pack, &view.setting.policy), told(&then, &then.policy)))
}

/// Which case is asked for: who gets it now, and who would then.
pub fn question(view: &View, form: &Form) -> Markup {
    let said = |name: &str| form.said(name);
    html! {
        fieldset.field {
            legend { (view.lang.pick("试问一件案件派给谁", "Ask who gets a case")) }
            div.field {
                label for="edit-matter" { (view.lang.pick("事项", "Matter")) }
                select id="edit-matter" name="matter" {
                    option value="" { (view.lang.pick("不问", "Do not ask")) }
                    @for (track, matters) in places::by_track(view, &view.setting.policy.current) {
                        optgroup label=(track) {
                            @for matter in matters { option value=(matter.code) selected[said("matter") == Some(matter.code.as_str())] { (view.matter(Some(&matter.code))) } }
                        }
                    }
                }
            }
            div.field {
                label for="edit-area" { (view.lang.pick("区域", "Area")) }
                (places::chooser(view, "edit-area", said("area")))
            }
        }
    }
}

/// Counts of lint and stories, and both answers.
pub fn answer(view: &View, looked: &Looked) -> Markup {
    let found = &looked.redraft.examined.found;
    html! {
        section.card.stack aria-labelledby="found" {
            h2 id="found" { (view.lang.pick("检查所得", "What was found")) }
            p { b { (looked.redraft.version) } }
            p { (version::counted(view, found)) }
            @if !found.clean() { p { a href="#lint" { (view.lang.pick("看须更正的问题", "See what is to be mended")) } } }
            @if let Some((now, then)) = &looked.told {
                dl.facts {
                    dt { (view.lang.pick("现行", "Now")) } dd { (one(view, now)) }
                    dt { (view.lang.pick("改后", "Then")) } dd { (one(view, then)) }
                }
            }
        }
    }
}

fn one(view: &View, told: &Told) -> Markup {
    let said = |told: &huying_pack::told::Told| view.lang.pick(told.zh.clone(), told.en.clone());
    html! {
        @match told {
            Err(why) => { (why) }
            Ok(it) => {
                @match &it.lead { Some(lead) => { b { (said(&lead.unit.name)) } } None => { (view.lang.pick("人工派单", "by hand")) } }
                @if let Some(won) = &it.won { " " span.tag { (won.row) } " " span.quiet { (said(&won.asks)) } }
            }
        }
    }
}
