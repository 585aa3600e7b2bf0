//! Giving a command from a page: done, it leads on; refused, the form comes back as it was filled in, with what to do.
//!
//! Start at [`give`].

use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use huying_engine::handle::{Claimed, SayIn};
use huying_model::Name;
use huying_store::{CaseView, Key};
use serde_json::{Value, json};
use smol_str::SmolStr;

use super::{
    case::{self, Around},
    form::Form,
    orders, undo,
    view::{View, Viewer},
};
use crate::{
    api::{
        commands,
        find::{self, CaseName, Named},
    },
    problem::Problem,
};

/// A form that failed.
pub struct Trouble {
    pub name: Name,
    pub form: Form,
    pub problem: Problem,
}

impl Trouble {
    /// What is wrong, by the field of the form.
    pub fn fields(&self, view: &View) -> Vec<(String, String)> {
        self.problem
            .fields(view.lang)
            .map(|wrong| (own(wrong.field), format!("{} {}", wrong.message, wrong.mend)))
            .collect()
    }

    /// The same for the summary, each line with the id of its field; what belongs to no field stands alone.
    pub fn told(&self, view: &View) -> Vec<(String, String)> {
        let fields = self.fields(view);
        if fields.is_empty() {
            return vec![(String::new(), self.problem.detail(view.lang).to_owned())];
        }
        let drawn = orders::fields(self.name).unwrap_or_default();
        let id = |field: &str| {
            let known = drawn.iter().any(|one| one.names(field));
            if known { format!("{}-{field}", self.name.code()) } else { String::new() }
        };
        fields.into_iter().map(|(field, words)| (id(&field), words)).collect()
    }
}

/// The field of the form for a path of the body.
fn own(path: &str) -> String {
    let head = path.split(['.', '[']).next().unwrap_or_default();
    match (head, path) {
        ("place", _) => "area".to_owned(),
        ("resolve", "resolve.unit") => "unit".to_owned(),
        ("resolve", "resolve.until") => "until".to_owned(),
        ("files", _) => "photo".to_owned(),
        _ => head.to_owned(),
    }
}

/// Gives the command that the form was for.
pub async fn give(
    Viewer(view): Viewer,
    CaseName(case): CaseName,
    Path((_, name)): Path<(String, String)>,
    form: Form,
) -> Result<Response, Problem> {
    let name = Name::from_code(&name)
        .filter(|name| orders::fields(*name).is_some())
        .ok_or_else(Problem::not_found)?;
    let found = find::case(&view.state, view.signed()?, &case).await?;
    let input = input(&view, &found, name, &form).await?;
    let outcome = view.state.engine.say(input).await;
    commands::count(&view.state, name, &outcome.as_ref());
    match outcome {
        Ok(receipt) => Ok(Redirect::to(&undo::told(&back(&form, &found), name, &receipt)).into_response()),
        Err(error) => {
            let problem = Problem::from(error);
            if problem.status.is_server_error() {
                return Err(problem);
            }
            again(&view, &found, Trouble { name, form, problem }).await
        }
    }
}

async fn input(view: &View, found: &CaseView, name: Name, form: &Form) -> Result<SayIn, Problem> {
    let who = view.signed()?;
    let mut body = orders::body(view, &found.case, name, form);
    if name == Name::Merge {
        body["into"] = into(view, form).await?;
    }
    let uploads = orders::uploads(view, &found.case, name, form);
    // Words that are only added hold whatever else has happened meanwhile.
    let adds = matches!(name, Name::Comment | Name::Note | Name::Attach | Name::Supplement | Name::Progress);
    Ok(SayIn {
        tenant: view.state.tenant(),
        actor: who.actor.clone(),
        case: found.case.id,
        name,
        body,
        uploads,
        claimed: Claimed::default(),
        key: key(view, form)?,
        if_match: form.said("version").and_then(|version| version.parse().ok()).filter(|_| !adds),
    })
}

/// The form's own key: sent twice, it happens once.
pub fn key(view: &View, form: &Form) -> Result<Option<Key>, Problem> {
    const LONGEST: usize = 128;
    let member = view.signed()?.member.0.clone();
    let key = form.said("idempotency_key").filter(|key| key.len() <= LONGEST).map(SmolStr::new);
    Ok(key.map(|key| Key { member, key, body_hash: form.hash }))
}

/// People name the other case by its number.
async fn into(view: &View, form: &Form) -> Result<Value, Problem> {
    let Some(number) = form.said("into").and_then(huying_engine::number::normalise) else {
        return Ok(json!(form.said("into")));
    };
    let other = find::case(&view.state, view.signed()?, &Named::Number(number.to_string())).await;
    Ok(json!(other.ok().map(|other| other.case.id)))
}

/// Where the form wants to go on, on this site only.
fn back(form: &Form, found: &CaseView) -> String {
    let own = form.said("back").filter(|back| is_own(back));
    own.map_or_else(|| format!("/cases/{}", found.case.number), str::to_owned)
}

/// An address of this site: a path, and not one that a browser reads as another host. Browsers leave tabs and line ends out of an address
/// before they read it, so that `/`, a tab and `/example.org` would lead away.
pub fn is_own(address: &str) -> bool {
    let odd = |sign: char| sign == '\\' || sign.is_control();
    address.starts_with('/') && !address.starts_with("//") && !address.contains(odd)
}

/// The case as it stands now with the form as it was filled in.
async fn again(view: &View, found: &CaseView, trouble: Trouble) -> Result<Response, Problem> {
    let fresh = find::case(&view.state, view.signed()?, &Named::Id(found.case.id)).await?;
    let shown = case::article(view, &fresh, &Around::Alone, Some(&trouble)).await?;
    let page = case::alone(view, &fresh, &shown, true).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_leads_back_to_this_site_only() {
        assert!(is_own("/desk?queue=dispatch"));
        for stranger in [
            "//example.org",
            "https://example.org",
            "/\\example.org",
            "/\t/example.org",
            "/\u{1}/example.org",
            "desk",
            "/a\r\nb",
        ] {
            assert!(!is_own(stranger), "{stranger:?}");
        }
    }

    #[test]
    fn a_path_of_the_body_names_the_field_of_the_form() {
        for (path, field) in
            [("reason", "reason"), ("place.area", "area"), ("filing.matter", "filing"), ("files[0]", "photo")]
        {
            assert_eq!(own(path), field);
        }
    }
}
