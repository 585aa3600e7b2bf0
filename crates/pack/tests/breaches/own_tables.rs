//! Rules of the tables that a pack may leave out.

use super::Breach;

pub const OWN_TABLES: &[Breach] = &[
    ("roster-hole", false, &[("roster.csv", "daily,,", "mon-sat,,")], &["nobody is on duty", "Sunday"]),
    ("unused-reply", false, &[("matters.csv", ",elder-card,yes", ",,yes")], &["templates.csv"]),
    (
        "oversized",
        false,
        &[("pack.toml", "max_households = 500", "max_households = 450")],
        &["990101002001002 with 500"],
    ),
    (
        "undersized",
        false,
        &[("pack.toml", "min_households = 200", "min_households = 301")],
        &["990101001001001 with 300"],
    ),
    (
        "watch-list",
        true,
        &[("pack.toml", "name = \"独居老人\"", "name = \"信访老户\"")],
        &["pack.toml:", "elderly_alone", "by petitions", "信访"],
    ),
    ("unsized", false, &[("pack.toml", "level = \"grid\"\nmin", "level = \"street\"\nmin")], &["pack.toml"]),
];
