//! The pages of the desk, drawn by the server and whole without any script.
//!
//! Owns what a person sees in a browser: sign-in, the desk with its queues, a case with its forms, the report, the map, the leader's screens, sheets to print.
//! A page reads; only the engine changes a case. Markup follows web/README.md. Start at [`routes`], then [`desk`], then [`case`].

mod account;
mod acts;
mod admission;
mod analysis;
mod audit;
mod bar;
mod case;
mod choices;
mod cockpit;
mod components;
mod desk;
mod developers;
mod explain;
mod feeds;
mod field;
mod fields;
pub(crate) mod form;
mod frame;
mod front;
mod gallery;
mod give;
mod help;
mod hooks;
mod imports;
mod journal;
mod language;
mod live;
mod look;
mod looking;
mod map;
mod orders;
mod organisation;
pub mod outlines;
mod partners;
mod parts;
mod persons;
mod places;
mod policy;
mod posts;
mod public;
mod recipients;
mod report;
mod resident;
mod rows;
mod sheets;
mod sign_in;
mod similar;
mod sought;
mod tables;
mod tabs;
mod texts;
mod track;
mod undo;
mod view;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::from_fn,
    response::Redirect,
    routing::{get, post},
};

use crate::{assets, state::AppState};

/// The page of a problem, for whoever looks at it in a browser.
pub use frame::{fresh, problem};
pub(crate) use report::first_sentence;

/// Every page and the assets that pages load.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/", get(|| async { Redirect::to("/desk") }))
        .route("/sign-in", get(sign_in::page).post(sign_in::sign_in))
        .merge(account::routes())
        .merge(developers::routes())
        .merge(posts::routes())
        .merge(organisation::routes())
        .route("/report", get(resident::page).post(resident::send))
        .route("/track", get(track::page).post(track::look))
        .route("/track/act", post(track::act))
        .route("/track/receipt", post(track::receipt))
        .route("/public", get(public::list))
        .route("/public/{number}", get(public::case))
        .route("/help", get(help::page))
        .route("/accessibility", get(help::accessibility))
        .route("/desk", get(desk::desk))
        .route("/desk/bulk", get(desk::bulk::page).post(desk::bulk::give))
        .route("/desk/filters", post(desk::filters::act))
        .route("/desk/live", get(live::live))
        .route("/cases/new", get(report::form).post(report::send))
        .route("/cases/{id}", get(case::page))
        .route("/cases/{id}/looking", get(looking::page))
        .route("/cases/{id}/reported", get(report::reported))
        .route("/cases/{id}/work-order", get(sheets::work_order))
        .route("/cases/{id}/sheet", get(sheets::paper::case_sheet))
        .route("/cases/{id}/notice", get(sheets::paper::notice))
        .route("/cases/{id}/commands/{name}", post(give::give))
        .route("/cases/{id}/reveal", post(persons::reveal))
        // Whoever had to sign in first comes back here without the words, since they were sent and not kept.
        .route("/sought", get(|| async { Redirect::to("/desk") }).post(sought::send))
        .route("/access", get(persons::accesses))
        .route("/erasures", get(persons::erasures).post(persons::act))
        .route("/recipients", get(recipients::list).post(recipients::register))
        .route("/recipients/{id}", get(recipients::page).post(recipients::act))
        .route("/partners", get(partners::page).post(partners::act))
        .route("/feeds", get(feeds::list).post(feeds::make))
        .route("/feeds/{feed}", get(feeds::page).post(feeds::act))
        .route("/map", get(map::page))
        .route("/field", get(field::page))
        .route("/field/{*rest}", get(field::page))
        .route("/field-worker.js", get(field::worker))
        .route("/cockpit", get(cockpit::page))
        .route("/cockpit/cases", get(cockpit::cases::page))
        .route("/analysis", get(analysis::page))
        .route("/analysis/file", get(analysis::file))
        .route("/explain", get(explain::page))
        .route("/policy", get(policy::page).post(policy::act))
        .route("/policy/draft", get(policy::draft::form).post(policy::draft::send))
        .route("/policy/edit", get(policy::edit::page).post(policy::edit::act))
        .route("/policy/version", get(policy::version::page))
        .route("/policy/what-if", get(policy::what_if::page))
        .route("/audit", get(audit::page).post(audit::act))
        .route("/admission", get(admission::page).post(admission::act))
        .route("/import", get(tables::page).post(tables::act))
        .route("/import/report", get(tables::report))
        .route("/imports", get(imports::page).post(imports::act))
        .route("/imports/refused", get(imports::refused))
        .route("/subscriptions", get(hooks::list))
        .route("/subscriptions/{id}", get(hooks::page).post(hooks::act))
        .route("/handover", get(sheets::hand_over))
        .route("/day", get(sheets::day::report))
        .route("/gallery", get(gallery::page))
        // Bodies are read by the form's own reader, which has a bound.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn(language::switch))
        .route("/assets/{name}", get(assets::serve))
}

/// An address with a query.
fn address(path: &str, query: &[(&str, &str)]) -> String {
    if query.is_empty() {
        return path.to_owned();
    }
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    format!("{path}?{query}")
}

/// The same address with one part of its query set, whatever it was before.
fn with_query(here: &str, name: &str, value: &str) -> String {
    let (path, query) = here.split_once('?').unwrap_or((here, ""));
    let told = |key: &str| matches!(key, "done" | "of");
    let kept = form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key != name && !told(key));
    let query =
        form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).append_pair(name, value).finish();
    format!("{path}?{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_query_is_set_once_and_what_was_told_once_is_dropped() {
        assert_eq!(with_query("/desk?queue=a&lang=zh&done=file", "lang", "en"), "/desk?queue=a&lang=en");
        assert_eq!(with_query("/map", "lang", "en"), "/map?lang=en");
        assert_eq!(address("/report", &[("place", "3 栋")]), "/report?place=3+%E6%A0%8B");
    }
}
