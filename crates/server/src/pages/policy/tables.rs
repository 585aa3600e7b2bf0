//! The tables of the policy that are edited by rows: those that every version may have, and the days of its calendars.
//!
//! Owns what each is called. Start at [`Tables::of`].

use huying_pack::Files;

use crate::{language::Lang, pages::view::View, problem::Problem};

/// Those of the organisation have pages of their own.
const TABLES: [(&str, &str, &str); 8] = [
    ("routes.csv", "派单表", "Routes"),
    ("scenarios/expectations.csv", "责任清单", "Who is expected to answer"),
    ("matters.csv", "事项", "Matters"),
    ("conditions.csv", "立案条件", "Filing conditions"),
    ("steps.csv", "核查与回访", "Inspection and callback"),
    ("roster.csv", "值班表", "Rosters"),
    ("templates.csv", "文本模板", "Templates"),
    ("public.csv", "对外公开", "What is public"),
];

/// A table that is edited by rows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Table {
    pub file: String,
    zh: String,
    en: String,
}

impl Table {
    pub fn name(&self, lang: Lang) -> &str {
        lang.pick(self.zh.as_str(), self.en.as_str())
    }
}

/// The tables of the version in force.
pub struct Tables {
    pub all: Vec<Table>,
    pub files: Files,
}

impl Tables {
    pub async fn of(view: &View) -> Result<Tables, Problem> {
        let version = &view.setting.policy.current.version;
        let files = view.state.engine.policy_files(view.state.tenant(), version).await?;
        Ok(Tables { all: all(&files), files })
    }

    /// The table of a file; the first where none is named.
    pub fn find(&self, file: Option<&str>) -> Result<&Table, Problem> {
        let found = match file {
            Some(file) => self.all.iter().find(|table| table.file == file),
            None => self.all.first(),
        };
        found.ok_or_else(Problem::not_found)
    }

    /// What the table of a file is called.
    pub fn name(&self, file: &str, lang: Lang) -> &str {
        self.all.iter().find(|table| table.file == file).map_or("", |table| table.name(lang))
    }
}

fn all(files: &Files) -> Vec<Table> {
    let named = |(file, zh, en): (&str, &str, &str)| Table {
        file: file.to_owned(),
        zh: zh.to_owned(),
        en: en.to_owned(),
    };
    let days = files.holidays().into_iter().map(|file| {
        let name = file.rsplit('/').next().unwrap_or_default().trim_end_matches(".csv").to_owned();
        Table { zh: format!("节假日（{name}）"), en: format!("Holidays ({name})"), file }
    });
    TABLES.into_iter().map(named).chain(days).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_days_of_every_calendar_that_a_version_names_are_a_table() {
        let mut files = Files::default();
        let settings = "[calendars.cn]\nholidays = \"cn.csv\"\n[calendars.night]\nholidays = \"cn.csv\"\n\
            [calendars.own]\nholidays = \"own.csv\"\n[calendars.bare]\nzone = \"UTC\"\n";
        files.insert("pack.toml", settings);
        for file in ["../calendars/cn.csv", "../calendars/us.csv", "own.csv"] {
            files.insert(file, "date,kind,occasion\n");
        }
        let all = all(&files);
        let days: Vec<(&str, &str)> =
            all.iter().skip(TABLES.len()).map(|table| (&*table.file, table.name(Lang::Zh))).collect();
        assert_eq!(days, [("../calendars/cn.csv", "节假日（cn）"), ("own.csv", "节假日（own）")]);
    }
}
