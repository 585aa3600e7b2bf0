//! The pages of the desk.

use axum::Router;

use crate::state::AppState;

/// Every page and the assets that pages load.
pub fn routes() -> Router<AppState> {
    Router::new()
}
