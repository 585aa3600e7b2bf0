//! What the pack crate promises, in one program: each file of its own would be linked with everything the crate stands on.

#[path = "../breaches/mod.rs"]
mod breaches;
#[path = "../edited/mod.rs"]
mod edited;

mod admission;
mod broken;
mod choosing;
mod expectations;
mod explain;
mod figures;
mod guide;
mod kernel;
mod lint_rules;
mod packs;
mod partner;
mod real_files;
mod schema;
mod tables;
mod whatif;
