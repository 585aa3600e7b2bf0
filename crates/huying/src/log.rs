//! The process's log, on standard error: sentences for a terminal, JSON for everything else. It carries ids and codes,
//! never words of a case.

use std::io::IsTerminal;

use anyhow::{Context, Result};
use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// Starts logging.
pub fn start(log: &Log) -> Result<()> {
    let filter = EnvFilter::try_new(&log.level).with_context(|| {
        format!("log.level “{}” cannot be read: write error, warn, info, debug or trace", log.level)
    })?;
    let json = match log.format {
        LogFormat::Json => true,
        LogFormat::Text => false,
        LogFormat::Auto => !std::io::stderr().is_terminal(),
    };
    let writer = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start only happens in tests, where the first one's log serves as well.
    let _ = if json {
        writer.json().flatten_event(true).try_init()
    } else {
        writer.with_target(false).try_init()
    };
    Ok(())
}
