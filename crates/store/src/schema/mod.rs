//! The schema's versions, for both databases, and how a store is brought to the newest one.
//!
//! A store of an older version is upgraded when it is opened, after a backup; one of a newer version is refused.

use crate::{Fault, dialect::Dialect};

/// One step of the schema. Its number is its place in [`STEPS`], from 1.
pub(crate) struct Migration {
    pub name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

/// Every step, oldest first. A released step is never edited.
pub(crate) const STEPS: &[Migration] = &[
    Migration {
        name: "core",
        sqlite: include_str!("sqlite/0001_core.sql"),
        postgres: include_str!("postgres/0001_core.sql"),
    },
    Migration {
        name: "nearby",
        sqlite: include_str!("sqlite/0002_nearby.sql"),
        postgres: include_str!("postgres/0002_nearby.sql"),
    },
    Migration {
        name: "accounts",
        sqlite: include_str!("sqlite/0003_accounts.sql"),
        postgres: include_str!("postgres/0003_accounts.sql"),
    },
    Migration {
        name: LOG,
        sqlite: include_str!("sqlite/0004_log.sql"),
        postgres: include_str!("postgres/0004_log.sql"),
    },
    Migration {
        name: "sight",
        sqlite: include_str!("sqlite/0005_sight.sql"),
        postgres: include_str!("postgres/0005_sight.sql"),
    },
    Migration {
        name: PERSON,
        sqlite: include_str!("sqlite/0006_person.sql"),
        postgres: include_str!("postgres/0006_person.sql"),
    },
    Migration {
        name: DOOR,
        sqlite: include_str!("sqlite/0007_door.sql"),
        postgres: include_str!("postgres/0007_door.sql"),
    },
    Migration {
        name: FEEDS,
        sqlite: include_str!("sqlite/0008_feeds.sql"),
        postgres: include_str!("postgres/0008_feeds.sql"),
    },
    Migration {
        name: "public",
        sqlite: include_str!("sqlite/0009_public.sql"),
        postgres: include_str!("postgres/0009_public.sql"),
    },
    Migration {
        name: EXCHANGE,
        sqlite: include_str!("sqlite/0010_exchange.sql"),
        postgres: include_str!("postgres/0010_exchange.sql"),
    },
    Migration {
        name: JOBS,
        sqlite: include_str!("sqlite/0011_jobs.sql"),
        postgres: include_str!("postgres/0011_jobs.sql"),
    },
    Migration {
        name: COMPONENTS,
        sqlite: include_str!("sqlite/0012_components.sql"),
        postgres: include_str!("postgres/0012_components.sql"),
    },
    Migration {
        name: FEED_CHOICES,
        sqlite: include_str!("sqlite/0013_feed_choices.sql"),
        postgres: include_str!("postgres/0013_feed_choices.sql"),
    },
    Migration {
        name: "uploads",
        sqlite: include_str!("sqlite/0014_uploads.sql"),
        postgres: include_str!("postgres/0014_uploads.sql"),
    },
    Migration {
        name: SAVED_FILTERS,
        sqlite: include_str!("sqlite/0015_saved_filters.sql"),
        postgres: include_str!("postgres/0015_saved_filters.sql"),
    },
    Migration {
        name: SIGN_INS,
        sqlite: include_str!("sqlite/0016_sign_ins.sql"),
        postgres: include_str!("postgres/0016_sign_ins.sql"),
    },
    Migration {
        name: RECIPIENTS,
        sqlite: include_str!("sqlite/0017_recipients.sql"),
        postgres: include_str!("postgres/0017_recipients.sql"),
    },
];

/// The step that brought the Merkle log.
pub(crate) const LOG: &str = "log";
/// The step that brought the log of accesses and the register of erasures.
pub(crate) const PERSON: &str = "person";
/// The step that brought partners and what is exchanged with them.
pub(crate) const EXCHANGE: &str = "exchange";

/// The step that brought passkeys.
pub(crate) const DOOR: &str = "door";
/// The step that brought feeds.
pub(crate) const FEEDS: &str = "feeds";
/// The step that brought what persons decide about letters of feeds.
pub(crate) const FEED_CHOICES: &str = "feed_choices";
/// The step that brought the log of webhooks.
pub(crate) const JOBS: &str = "jobs";
/// The step that brought the register of components.
pub(crate) const COMPONENTS: &str = "components";
/// The step that brought the filters that members keep.
pub(crate) const SAVED_FILTERS: &str = "saved_filters";
/// The step that brought the log of sign-ins.
pub(crate) const SIGN_INS: &str = "sign_ins";
/// The step that brought the register of service recipients.
pub(crate) const RECIPIENTS: &str = "recipients";

/// Whether a store of this version has taken a step.
pub(crate) fn has(step: &str, version: i64) -> bool {
    (1..).zip(STEPS).any(|(no, it)| it.name == step && no <= version)
}

/// The version that this program reads and writes.
pub const VERSION: i64 = STEPS.len() as i64;

/// Raised when a projection is computed otherwise than before: a store with another value is rebuilt when it is opened.
pub const PROJECTION: i64 = 7;

impl Migration {
    pub(crate) fn sql(&self, dialect: Dialect) -> &'static str {
        match dialect {
            Dialect::Sqlite => self.sqlite,
            Dialect::Postgres => self.postgres,
        }
    }
}

/// Keeps which steps were taken. The table is made before anything else.
pub(crate) const VERSION_TABLE: &str =
    "CREATE TABLE IF NOT EXISTS schema_version (version bigint PRIMARY KEY, name text NOT NULL)";
pub(crate) const VERSION_READ: &str = "SELECT COALESCE(MAX(version), 0) FROM schema_version";

/// Those of `steps` that a store of `version` still needs; an error when it is newer than this program.
pub(crate) fn missing(
    version: i64,
    steps: &'static [Migration],
) -> Result<Vec<(i64, &'static Migration)>, Fault> {
    let newest = steps.len() as i64;
    if version > newest {
        return Err(Fault::Broken(format!(
            "the store has schema version {version}, this program knows {newest}: run a newer version of it"
        )));
    }
    Ok((1..).zip(steps).filter(|(no, _)| *no > version).collect())
}

#[cfg(test)]
pub(crate) const fn step(name: &'static str, sql: &'static str) -> Migration {
    Migration { name, sqlite: sql, postgres: sql }
}
