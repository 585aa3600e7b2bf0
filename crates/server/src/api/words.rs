//! The words of codes: problems, refusals, stages, commands, sources, outcomes, clocks and roles in both languages.

use axum::{Json, extract::State};
use huying_model::{
    Name, Refusal,
    actor::Role,
    admission::desk,
    book,
    catalogue::{Outcome, Source},
    clock::TimerKind,
    stage::Stage,
};
use huying_pack::Names;
use serde::Serialize;
use serde_json::json;
use smol_str::SmolStr;
use utoipa::ToSchema;

use crate::{
    problem::{CODES, RECIPIENTS, SENDING},
    state::AppState,
};

/// A code of a problem with what it says.
#[derive(Serialize, ToSchema)]
pub struct ProblemCode {
    code: &'static str,
    /// The HTTP status it comes with.
    status: u16,
    en: String,
    zh: &'static str,
}

/// Every code of a problem: the server's own, then the refusals of the rules (409), of the admission desk and of the book of
/// policies.
#[utoipa::path(get, path = "/problems", tag = "operation", responses((status = 200, description = "Codes", body = Vec<ProblemCode>)))]
pub async fn problems() -> Json<Vec<ProblemCode>> {
    let code = |code, status, en: &str, zh| ProblemCode { code, status, en: en.to_owned(), zh };
    let own = CODES.iter().chain(SENDING).chain(RECIPIENTS);
    let own = own.map(|(name, status, en, zh)| code(name, *status, en, zh));
    let refusals = Refusal::CODES.iter().map(|(name, en, zh)| code(name, 409, en, zh));
    let desk = desk::No::ALL.iter().map(|no| code(no.code(), 409, &no.to_string(), no.zh()));
    let book = book::No::ALL.iter().map(|no| code(no.code(), 409, &no.to_string(), no.zh()));
    let mut all: Vec<ProblemCode> = Vec::new();
    for one in own.chain(refusals).chain(desk).chain(book) {
        // Where two procedures share a code they mean the same by it.
        if all.iter().all(|known| known.code != one.code) {
            all.push(one);
        }
    }
    Json(all)
}

/// A code with its words.
#[derive(Serialize, ToSchema)]
pub struct Word {
    code: String,
    #[schema(value_type = String)]
    zh: SmolStr,
    #[schema(value_type = String)]
    en: SmolStr,
}

/// The vocabulary of the screens.
#[derive(Serialize, ToSchema)]
pub struct Vocabulary {
    stages: Vec<Word>,
    commands: Vec<Word>,
    sources: Vec<Word>,
    outcomes: Vec<Word>,
    clocks: Vec<Word>,
    roles: Vec<Word>,
}

fn word(code: impl Serialize, zh: &str, en: &str) -> Word {
    let code = json!(code).as_str().unwrap_or_default().to_owned();
    Word { code, zh: SmolStr::new(zh), en: SmolStr::new(en) }
}

/// A word of the authority's own.
fn called(code: impl Serialize, names: Names) -> Word {
    word(code, &names.zh, &names.en)
}

/// The codes of stages, commands, sources, outcomes, clocks and roles with their words; roles as the authority calls them.
#[utoipa::path(get, path = "/words", tag = "organisation", responses((status = 200, description = "The vocabulary", body = Vocabulary)))]
pub async fn words(State(state): State<AppState>) -> Json<Vocabulary> {
    let pack = state.pack();
    let commands = super::commands::ORDERS.iter().map(|order| order.name).chain([Name::Report]);
    Json(Vocabulary {
        stages: Stage::ALL.iter().map(|stage| word(stage, stage.zh(), stage.en())).collect(),
        commands: commands.map(|name| word(name.code(), name.zh(), name.en())).collect(),
        sources: Source::ALL.iter().map(|source| word(source, source.zh(), source.en())).collect(),
        outcomes: Outcome::ALL.iter().map(|outcome| word(outcome, outcome.zh(), outcome.en())).collect(),
        clocks: TimerKind::ALL.iter().map(|kind| word(kind, kind.zh(), kind.en())).collect(),
        roles: Role::ALL.iter().map(|role| called(role, pack.role(*role))).collect(),
    })
}
