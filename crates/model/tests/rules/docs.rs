//! docs/life-cycle.md is written from the transition table, so that it cannot drift.
//! `HUYING_BLESS=1 cargo test -p huying-model --test rules docs` writes it anew.

use std::{fmt::Write as _, fs, path::Path};

use huying_model::{Refusal, Stage, clock::TimerKind, table::TABLE};

const WHO: &str = "\n## Who may\n\n\
    Written by hand from the domain, and not from the rules: `crates/model/tests/rules/roles.csv`. A test offers every command to \
    every role of every unit that stands in one of these relations to a case, in every stage, and the rules let exactly these pass. \
    Besides, the platform gives commands of its own.\n\n\
    `when` is a stage, or the procedure for difficult cases. `where` is what the unit of the seat is to the case: it has custody, is the \
    dispatching centre or one above, leads, assists, was called, called, decides a request, answers for a difficult case, has the \
    item in its leader's queue, follows up, or is the team of the spot.\n\n\
    | command | when | where | roles |\n|---|---|---|---|\n";

fn stages(list: &[Stage]) -> String {
    if list == Stage::ALL.as_slice() {
        return "every stage".into();
    }
    if list == Stage::OPEN.as_slice() {
        return "every open stage".into();
    }
    list.iter().map(|stage| stage.code()).collect::<Vec<_>>().join(", ")
}

fn page() -> String {
    let mut page = String::from(
        "# The life cycle\n\n\
         Written from the transition table in `crates/model/src/table.rs` by a test; do not edit by hand.\n\n\
         ```mermaid\nstateDiagram-v2\n",
    );
    for row in TABLE {
        for from in row.from.iter().filter(|_| row.from.len() < Stage::OPEN.len()) {
            for to in row.to.iter().filter(|to| *to != from) {
                writeln!(page, "    {} --> {}: {}", from.code(), to.code(), row.command.code()).unwrap();
            }
        }
    }
    page.push_str("```\n\n## Stages\n\n| stage | 中文 |\n|---|---|\n");
    for stage in Stage::ALL {
        writeln!(page, "| {} | {} |", stage.code(), stage.zh()).unwrap();
    }
    page.push_str("\n## Commands\n\n| command | 中文 | from | by | may lead to |\n|---|---|---|---|---|\n");
    for row in TABLE {
        let who: Vec<String> = row.who.iter().map(|who| format!("{who:?}")).collect();
        let from = if row.from.is_empty() { "nothing yet".into() } else { stages(row.from) };
        let to = if row.to.is_empty() { "—".into() } else { stages(row.to) };
        let name = row.command;
        writeln!(page, "| {} | {} | {from} | {} | {to} |", name.code(), name.zh(), who.join(", ")).unwrap();
    }
    page.push_str("\nWhat each `by` means stands in `crates/model/src/table.rs` and `decide/permit.rs`.\n");
    page.push_str(WHO);
    for line in crate::roles::written() {
        let roles = line.roles.replace(' ', ", ");
        writeln!(page, "| {} | {} | {} | {roles} |", line.command, line.when, line.at).unwrap();
    }
    page.push_str("\n## Clocks\n\n| clock | 中文 |\n|---|---|\n");
    for kind in TimerKind::ALL {
        writeln!(page, "| {} | {} |", kind.code(), kind.zh()).unwrap();
    }
    page.push_str("\n## Refusals\n\nThe codes are stable.\n\n| code | says | 中文 |\n|---|---|---|\n");
    for (code, en, zh) in Refusal::CODES {
        writeln!(page, "| `{code}` | {en} | {zh} |").unwrap();
    }
    page
}

#[test]
fn the_page_of_the_life_cycle_says_what_the_table_says() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/life-cycle.md");
    if std::env::var_os("HUYING_BLESS").is_some() {
        fs::write(&file, page()).unwrap();
    }
    let written = fs::read_to_string(&file).unwrap_or_default();
    assert!(written == page(), "docs/life-cycle.md is not what the table says: run with HUYING_BLESS=1");
}
