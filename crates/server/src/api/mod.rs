//! The REST API under `/api/v1`: each handler parses, asks the engine, and writes the answer; none decides.
//!
//! Start at [`routes`]; a case's way begins in [`cases::report`] and goes on in [`commands`].

pub mod account;
pub mod accounts;
pub mod admission;
pub mod bodies;
pub mod carried;
pub mod cases;
pub mod changes;
pub mod commands;
pub mod components;
pub mod counts;
pub mod describe;
pub mod drafts;
pub mod exchange;
pub mod explain;
pub mod feeds;
pub mod files;
pub mod find;
pub mod grants;
pub mod hooks;
pub mod journal;
pub mod keys;
pub mod log;
pub mod map;
pub mod matters;
pub mod org;
pub mod partners;
pub mod passkeys;
pub mod persons;
pub mod policy;
pub mod queue;
pub mod recipients;
pub mod reports;
pub mod sandbox;
pub mod scorecards;
pub mod session;
pub mod shape;
pub(crate) mod sheet_file;
pub mod sign_ins;
pub mod stopped;
pub mod stream;
pub mod subscriptions;
pub mod tables;
pub mod tiles;
pub mod track;
pub mod uploads;
pub mod what_if;
pub mod words;

use axum::extract::DefaultBodyLimit;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{health, state::AppState};

/// Accounts: one's own, and those of others.
fn accounts() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(session::second))
        .routes(routes!(account::account))
        .routes(routes!(account::password))
        .routes(routes!(account::begin_codes, account::switch_codes_on))
        .routes(routes!(account::switch_codes_off))
        .routes(routes!(account::renew_recovery))
        .routes(routes!(account::end_devices))
        .routes(routes!(account::end_device))
        .routes(routes!(account::make_key))
        .routes(routes!(passkeys::list, passkeys::made))
        .routes(routes!(passkeys::wanted))
        .routes(routes!(passkeys::drop_one))
        .routes(routes!(passkeys::asked))
        .routes(routes!(passkeys::sign_in))
        .routes(routes!(account::drop_key))
        .routes(routes!(account::forgotten))
        .routes(routes!(account::take_up))
        .routes(routes!(accounts::list))
        .routes(routes!(accounts::invite))
        .routes(routes!(accounts::reset))
        .routes(routes!(accounts::lock))
        .routes(routes!(accounts::unlock))
        .routes(routes!(sign_ins::own_sign_ins))
        .routes(routes!(sign_ins::sign_ins))
}

/// Persons: what is shown of them, who looked, erasures, and what is held of somebody.
fn persons() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(persons::reveal))
        .routes(routes!(persons::original))
        .routes(routes!(persons::accesses))
        .routes(routes!(persons::erasures, persons::propose))
        .routes(routes!(persons::confirm))
        .routes(routes!(persons::drop_one))
        .routes(routes!(persons::export))
}

/// Service recipients: people who agreed to be helped.
fn recipients() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(recipients::list, recipients::register_recipient))
        .routes(routes!(recipients::recipient_choices))
        .routes(routes!(recipients::recipient_counts))
        .routes(routes!(recipients::one, recipients::change_recipient))
        .routes(routes!(recipients::renew_recipient))
        .routes(routes!(recipients::withdraw_recipient))
        .routes(routes!(recipients::reveal_recipient))
        .routes(routes!(recipients::export_recipient))
}

/// Exchange with other platforms: what partners send and fetch, and what administrators do with them.
fn exchanged() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(exchange::take))
        .routes(routes!(exchange::file))
        .routes(routes!(exchange::schema))
        .routes(routes!(partners::list, partners::make))
        .routes(routes!(partners::secret))
        .routes(routes!(partners::pause))
        .routes(routes!(partners::map, partners::mapping))
        .routes(routes!(partners::figures))
        .routes(routes!(stopped::replay))
        .routes(routes!(stopped::stopped, stopped::decide))
}

/// Webhooks looked after, and tables in and out.
fn looked_after() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(subscriptions::end, hooks::one))
        .routes(routes!(hooks::deliveries))
        .routes(routes!(hooks::tries))
        .routes(routes!(hooks::again))
        .routes(routes!(hooks::pause))
        .routes(routes!(hooks::resume))
        .routes(routes!(hooks::ping))
        .routes(routes!(hooks::secret))
        .routes(routes!(hooks::replay))
        .routes(routes!(tables::take_cases))
        .routes(routes!(tables::take_outlines))
        .routes(routes!(tables::take, tables::send))
}

/// The sandbox, for administrators of the authority.
fn sandboxed() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(sandbox::sandbox))
        .routes(routes!(sandbox::make_sandbox_key))
        .routes(routes!(sandbox::drop_sandbox_key))
        .routes(routes!(sandbox::reset_sandbox))
}

/// Everything under `/api/v1`, with its description.
fn v1() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(cases::list, cases::report))
        .routes(routes!(cases::search_cases))
        .routes(routes!(cases::one))
        .routes(routes!(cases::search, cases::search_words))
        .routes(routes!(map::map))
        .routes(routes!(map::duplicates))
        .routes(routes!(tiles::public_tile))
        .routes(routes!(tiles::map_tile))
        .routes(routes!(counts::counts))
        .routes(routes!(scorecards::scorecards))
        .merge(commands::routes())
        .routes(routes!(track::track))
        .routes(routes!(track::receipt))
        .routes(routes!(reports::report))
        .routes(routes!(reports::challenge))
        .routes(routes!(files::list, files::send))
        .routes(routes!(files::one))
        .routes(routes!(uploads::begin))
        .routes(routes!(uploads::how_far, uploads::append, uploads::give_up))
        .routes(routes!(keys::key))
        .routes(routes!(log::receipt))
        .routes(routes!(log::checkpoint))
        .routes(routes!(log::tile))
        .routes(routes!(queue::queue))
        .routes(routes!(queue::tally))
        .routes(routes!(queue::due))
        .routes(routes!(stream::stream))
        .routes(routes!(org::areas))
        .routes(routes!(org::area))
        .routes(routes!(org::outlines))
        .routes(routes!(org::units))
        .routes(routes!(org::unit))
        .routes(routes!(org::locate))
        .routes(routes!(components::list))
        .routes(routes!(components::one))
        .routes(routes!(matters::matters))
        .routes(routes!(matters::frequent))
        .routes(routes!(matters::matter))
        .routes(routes!(explain::explain))
        .routes(routes!(words::words))
        .routes(routes!(org::members))
        .routes(routes!(session::sign_in, session::who, session::sign_out))
        .merge(accounts())
        .merge(persons())
        .merge(recipients())
        .routes(routes!(words::problems))
        .routes(routes!(subscriptions::list, subscriptions::make))
        .routes(routes!(feeds::list))
        .routes(routes!(feeds::put, feeds::end))
        .routes(routes!(feeds::look))
        .routes(routes!(feeds::letters))
        .routes(routes!(feeds::settle))
        .routes(routes!(feeds::services))
        .merge(exchanged())
        .merge(looked_after())
        .merge(sandboxed())
        .routes(routes!(policy::book))
        .routes(routes!(drafts::draft))
        .routes(routes!(drafts::version))
        .routes(routes!(what_if::compare))
        .routes(routes!(what_if::what_if))
        .routes(routes!(policy::propose))
        .routes(routes!(policy::approve))
        .routes(routes!(policy::reject))
        .routes(routes!(policy::revoke))
        .routes(routes!(policy::migrate))
        .routes(routes!(admission::desk))
        .routes(routes!(admission::apply))
        .routes(routes!(admission::admit))
        .routes(routes!(admission::refuse))
        .routes(routes!(admission::withdraw))
        .routes(routes!(admission::veto))
        .routes(routes!(changes::list, changes::change))
        .routes(routes!(grants::list))
        .routes(routes!(grants::approve))
        .routes(routes!(grants::reject))
        // Bodies are read by their own extractors, each with its own bound.
        .layer(DefaultBodyLimit::disable())
}

/// The API and what operators ask, with the description of both.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(crate::openapi::head())
        .nest("/api/v1", v1())
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(health::metrics))
}
