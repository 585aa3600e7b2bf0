//! A bar for long work, on standard error; nothing where that is no terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar up to `total`; a counter where that is not known (0).
pub fn bar(what: &'static str, total: u64) -> ProgressBar {
    let bar = if total == 0 { ProgressBar::new_spinner() } else { ProgressBar::new(total) };
    let form = if total == 0 {
        "{msg} {human_pos} ({per_sec})"
    } else {
        "{msg} {wide_bar} {human_pos}/{human_len} {eta}"
    };
    // The form is fixed text; a mistake in it would fall back to the usual look.
    if let Ok(style) = ProgressStyle::with_template(form) {
        bar.set_style(style);
    }
    bar.set_message(what);
    bar
}
