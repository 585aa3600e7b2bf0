//! `templates.csv`: what the authority's messages say, and the replies that it offers to whoever ends a case.
//!
//! Owns the reading of both kinds; a pack may leave the file out. Refuses a message under a key that nobody sends, and
//! anything in braces that is no field. Start at [`read`].

use std::collections::{BTreeMap, HashMap};

use huying_model::notice::{NOTICES, fields};
use serde::Deserialize;
use smol_str::SmolStr;

use crate::problem::{Problems, Spot};
use crate::settings::Names;
use crate::source::{Source, text};
use crate::table::{Row, Table};
use crate::words::word;

/// The file of templates.
pub const FILE: &str = "templates.csv";

/// Every template of a pack by its id, with its fields open.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Templates {
    /// In place of the platform's own sentences. A blank English text leaves the platform's English sentence.
    pub messages: BTreeMap<SmolStr, Names>,
    /// Texts for the end of a case. Where the English is blank in the table, the Chinese stands in.
    pub replies: BTreeMap<SmolStr, Names>,
}

/// The templates, and where each stands.
#[derive(Debug, Default)]
pub struct Rows {
    pub templates: Templates,
    pub spots: HashMap<SmolStr, Spot>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Message,
    Reply,
}

/// Reads the table.
pub fn read(source: &dyn Source, problems: &Problems) -> Rows {
    let mut rows = Rows::default();
    let Some(text) = text(source, FILE, false, problems) else { return rows };
    let table = Table::read(FILE, &text, &["id", "kind", "zh"], &["en"], problems);
    table.rows(problems).for_each(|row| template(&row, &mut rows));
    rows
}

fn template(row: &Row, rows: &mut Rows) {
    let (id, kind): (_, Option<Kind>) = (row.need_text("id"), row.need("kind", word));
    let (zh, en) = (row.need("zh", worded), row.read("en", worded));
    let (Some(id), Some(kind)) = (id, kind) else { return };
    if kind == Kind::Message && !NOTICES.contains(&id) {
        let mend = format!("Write one of {}", NOTICES.join(", "));
        row.fail("id", format!("no message is called '{id}'"), mend);
    }
    if let Some(earlier) = rows.spots.insert(SmolStr::new(id), row.spot("id")) {
        let what = format!("the template '{id}' stands twice, first in line {}", earlier.line);
        row.fail("id", what, "Keep one row");
        return;
    }
    let Some(zh) = zh else { return };
    let id = SmolStr::new(id);
    match kind {
        Kind::Message => rows.templates.messages.insert(id, Names { en: en.unwrap_or_default(), zh }),
        Kind::Reply => rows.templates.replies.insert(id, Names { en: en.unwrap_or_else(|| zh.clone()), zh }),
    };
}

fn worded(text: &str) -> Result<SmolStr, String> {
    fields(text).map(|_| SmolStr::new(text))
}
