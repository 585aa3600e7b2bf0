//! HTTP: the API, the pages, the live stream. Translates, never decides.
//!
//! Owns everything that speaks HTTP: [`api`] (REST under `/api/v1`), [`pages`] (the desk), [`open311`] (for programs of others), the [`sandbox`], the session, problems as RFC 9457,
//! headers, metrics. Refuses rules (the model's) and SQL (the store's). Start at [`router`], then [`api`].

pub mod api;
pub mod arrival;
mod assets;
mod audits;
pub mod basemap;
pub mod connections;
mod contact;
mod edge;
pub mod health;
mod held;
mod imports;
pub mod language;
mod looking;
pub mod metrics;
pub mod open311;
pub mod openapi;
pub mod pages;
pub mod problem;
pub mod rates;
pub mod sandbox;
pub mod sent;
pub mod serve;
pub mod session;
pub mod state;
mod tiles;
pub mod tls;
mod upload;
pub mod viewer;

pub use language::Lang;
pub use problem::Problem;
pub use serve::{router, serve};
pub use session::{Perhaps, SignedIn};
pub use state::{AppState, Settings, SignIn};
