//! Policy packs: an authority's rules, places and people as a folder that people can read.
//!
//! Owns the format of a pack (docs/writing-a-pack.md), its reader, its lint, its scenarios and its explanations. It refuses to
//! use a pack with any mistake in it, and tells all of them at once. It knows no city: everything that differs
//! between authorities stands in the folder. Start at [`load`].

pub mod admissions;
pub mod catalogue;
pub mod change;
pub mod doc;
pub mod explain;
pub mod files;
pub mod indicators;
pub mod kernel;
pub mod levels;
pub mod limit;
pub mod lines;
pub mod lint;
pub mod listing;
mod load;
pub mod partner;
pub mod people;
pub mod places;
pub mod problem;
pub mod public;
pub mod rewrite;
pub mod roster;
pub mod routes;
pub mod scenario;
pub mod settings;
pub mod shapes;
pub mod sheet;
pub mod source;
pub mod steps;
pub mod synthetic;
pub mod table;
pub mod templates;
pub mod told;
pub mod upload;
pub mod whatif;
pub mod words;

pub use catalogue::Track;
pub use files::Files;
pub use levels::LevelCatalogue;
pub use lint::{Finding, LintReport, Severity, lint, lint_from};
pub use load::{Board, Pack, load, load_from};
pub use problem::Problem;
pub use settings::{Level, Names};
pub use shapes::Shapes;
pub use source::{Dir, Source};
pub use templates::Templates;
