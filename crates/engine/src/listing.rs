//! Tables of the authority that somebody sends back edited: what they would change, and doing it.
//!
//! Owns the way from a table to what decides: areas, units and members become one change of the organisation ([`crate::change`]), so two
//! people agree where seats are given and open cases are looked at first; matters and filing conditions become a draft of the policy
//! ([`crate::policy`]), which two people bring into force; components go to their register ([`crate::components`]). What was shown is what is done: applying takes the preview's hash, and is
//! refused where anything has changed since. Start at [`Engine::table_preview`], then [`Engine::table_apply`].

use huying_model::{Actor, PolicyVersion, book, book::No};
use huying_pack::{
    Files, Problem as Mistake,
    listing::{self, Compared, Kind, Listing, Missing, Sheet, Went},
};
use huying_store::TenantId;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Engine, Error, Problem, Setting, change, policy::apart};

/// Characters of a file of edits.
const LONGEST_CHANGE: usize = 16 * 1024 * 1024;

/// How a table is meant.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Asked {
    pub missing: Missing,
    /// From when on a change of the organisation holds; at once where it is not said.
    pub at: Option<String>,
    /// Why, for the log.
    pub reason: String,
}

/// What a table would do.
#[derive(Clone, Debug)]
pub struct Shown {
    pub kind: Kind,
    /// None where the file itself cannot be read.
    pub compared: Option<Compared>,
    /// Every mistake, at its row and column of the file.
    pub problems: Vec<Mistake>,
    /// What the change of the organisation would do to open cases, and what the lint says of it.
    pub change: Option<change::Preview>,
    /// The version that the draft of the policy would have, or has.
    pub version: Option<PolicyVersion>,
    /// Names what was shown; None where nothing can be applied.
    pub hash: Option<String>,
}

impl Shown {
    pub(crate) fn empty(kind: Kind, problems: Vec<Mistake>) -> Shown {
        Shown { kind, compared: None, problems, change: None, version: None, hash: None }
    }

    /// How many rows go each way: added, changed, ended, the same.
    pub fn counts(&self) -> [usize; 4] {
        let count = |went| self.compared.as_ref().map_or(0, |compared| compared.count(went));
        [Went::Added, Went::Changed, Went::Ended, Went::Same].map(count)
    }
}

impl Engine {
    /// A table as it is today, whole; [`Engine::component_rows`] gives a register page by page.
    ///
    /// # Errors
    /// The store's failures.
    pub async fn listing(&self, tenant: TenantId, kind: Kind) -> Result<Listing, Error> {
        let setting = self.setting(tenant)?;
        if kind.of_register() {
            let (mut rows, mut cursor) = self.component_rows(tenant, None).await?;
            while let Some(after) = cursor {
                let (more, next) = self.component_rows(tenant, Some(&after)).await?;
                rows.extend(more);
                cursor = next;
            }
            return Ok(Listing { kind, rows });
        }
        let files = self.in_force(tenant, &setting).await?;
        Ok(listing::today(kind, &setting.pack, &files))
    }

    async fn in_force(&self, tenant: TenantId, setting: &Setting) -> Result<Files, Error> {
        self.policy_files(tenant, &setting.policy.current.version).await
    }

    fn administrators_only(&self, tenant: TenantId, actor: &Actor) -> Result<(), Error> {
        let may = book::administers(&self.setting(tenant)?.policy.org, actor, self.now());
        if may { Ok(()) } else { Err(No::AdministratorsOnly.into()) }
    }

    /// What a table would change. Nothing is written.
    ///
    /// # Errors
    /// [`Error::Book`] for who is no administrator; the store's failures. Mistakes of the table stand in what is shown.
    pub async fn table_preview(
        &self,
        tenant: TenantId,
        actor: &Actor,
        kind: Kind,
        sheet: Result<Sheet, Vec<Mistake>>,
        asked: &Asked,
    ) -> Result<Shown, Error> {
        self.administrators_only(tenant, actor)?;
        let setting = self.setting(tenant)?;
        if kind.of_register() {
            return self.register_preview(tenant, sheet, asked).await;
        }
        let sheet = match sheet {
            Ok(sheet) => sheet,
            Err(problems) => return Ok(Shown::empty(kind, problems)),
        };
        let files = self.in_force(tenant, &setting).await?;
        let (pack, missing) = (setting.pack.clone(), asked.missing);
        let (compared, files) = apart(move || {
            let mut compared = Compared::of(sheet, &listing::today(kind, &pack, &files), missing);
            compared.draw(&pack.shapes.cells);
            listing::check(&mut compared, &pack, &files);
            (compared, files)
        })
        .await?;
        let mut shown = Shown::empty(kind, compared.problems.clone());
        let nothing = compared.rows.is_empty();
        shown.compared = Some(compared);
        if nothing || !shown.problems.is_empty() {
            return Ok(shown);
        }
        match kind.of_organisation() {
            true => self.reorganise(tenant, actor, asked, &mut shown, false).await?,
            false => drop(self.redraft(tenant, files, &mut shown).await?),
        }
        let gaps =
            shown.change.as_ref().is_some_and(|change| change.findings.iter().any(|found| found.error));
        if shown.problems.is_empty() && !gaps {
            shown.hash = Some(named(&shown, asked));
        }
        Ok(shown)
    }

    /// Does what was shown.
    ///
    /// # Errors
    /// As [`Engine::table_preview`]; [`Error::Invalid`] with `preview_stale` where the table would do something else by now, and with
    /// every mistake where it has any.
    pub async fn table_apply(
        &self,
        tenant: TenantId,
        actor: &Actor,
        kind: Kind,
        sheet: Result<Sheet, Vec<Mistake>>,
        (asked, hash): (&Asked, &str),
    ) -> Result<Shown, Error> {
        if kind.of_register() {
            self.administrators_only(tenant, actor)?;
            return self.register_apply(tenant, actor, sheet, (asked, hash)).await;
        }
        let mut shown = self.table_preview(tenant, actor, kind, sheet, asked).await?;
        if !shown.problems.is_empty() {
            return Err(change::told(shown.problems));
        }
        if asked.reason.trim().is_empty() {
            return Err(Problem::at("reason", "reason_missing", "Say why.").into());
        }
        if let Some(preview) = shown.change.take() {
            shown.change = Some(change::without_gaps(preview)?);
        }
        if shown.hash.as_deref() != Some(hash) {
            let mend = "What the table would do has changed since it was shown: look at the preview again.";
            return Err(Problem::at("hash", "preview_stale", mend).into());
        }
        if kind.of_organisation() {
            self.reorganise(tenant, actor, asked, &mut shown, true).await?;
            return Ok(shown);
        }
        let files = self.in_force(tenant, &*self.setting(tenant)?).await?;
        let (files, examined) = self.redraft(tenant, files, &mut shown).await?;
        if let (Some(version), true) = (examined.version, shown.problems.is_empty()) {
            self.lay_down(tenant, actor, &files, version, examined.found, &asked.reason).await?;
        }
        Ok(shown)
    }

    /// The change that the table is; decided where `decide` says so.
    async fn reorganise(
        &self,
        tenant: TenantId,
        actor: &Actor,
        asked: &Asked,
        shown: &mut Shown,
        decide: bool,
    ) -> Result<(), Error> {
        let Some(compared) = &shown.compared else { return Ok(()) };
        let setting = self.setting(tenant)?;
        let at_once = asked.at.as_deref().is_none_or(|at| at.trim().is_empty());
        let at = match &asked.at {
            Some(at) if !at_once => at.clone(),
            _ => {
                let zone = zone(&setting);
                zone.to_datetime(self.now().timestamp()).strftime("%Y-%m-%d %H:%M:%S%.f").to_string()
            }
        };
        // A preview is looked at before anybody has said why.
        let reason = if asked.reason.trim().is_empty() { "—" } else { asked.reason.trim() };
        let text =
            format!("at = {}\nreason = {}\n\n{}", quoted(&at), quoted(reason), listing::edits(compared));
        if text.len() > LONGEST_CHANGE {
            let mend = "The table changes too much at once: send it in parts.";
            return Err(Problem::at("file", "too_large", mend).into());
        }
        let looked = match (decide, at_once) {
            (false, true) => self.change_preview_now(tenant, actor, &text).await,
            (false, false) => self.change_preview(tenant, actor, &text).await,
            (true, true) => self.change_now(tenant, actor, &text).await,
            (true, false) => self.change(tenant, actor, &text).await,
        };
        match looked {
            Ok(preview) => shown.change = Some(preview),
            Err(Error::Invalid(problems)) if !decide => {
                let file = compared.kind.file();
                let told = |problem: &Problem| Mistake {
                    file: file.into(),
                    line: 0,
                    column: 0,
                    field: Default::default(),
                    message: problem.mend.clone(),
                    mend: String::new(),
                };
                shown.problems.extend(problems.iter().map(told));
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// The draft that the table is, examined.
    async fn redraft(
        &self,
        tenant: TenantId,
        mut files: Files,
        shown: &mut Shown,
    ) -> Result<(Files, crate::policy::Examined), Error> {
        let Some(compared) = &shown.compared else { return Ok((files, Default::default())) };
        let book = self.policy_book(tenant).await?;
        let held = self.setting(tenant)?.policy.current.version.clone();
        let version = next(&held, |version| book.version(version).is_some());
        files.insert(compared.kind.file(), compared.text());
        let settings = files.text(huying_pack::settings::FILE).map(|text| renamed(text, &version));
        files.insert(huying_pack::settings::FILE, settings.unwrap_or_default());
        let (files, examined) = self.examine(tenant, files).await?;
        let own = compared.kind.file();
        let told = |found: &book::Finding| {
            let spot = (found.file == own).then(|| compared.placed(found.line, &found.field)).flatten();
            let spot = spot.unwrap_or(huying_pack::problem::Spot {
                file: found.file.clone(),
                line: found.line,
                column: found.column,
                field: found.field.clone(),
            });
            spot.problem(found.words.clone(), found.mend.clone())
        };
        let problems =
            examined.found.findings.iter().filter(|found| found.error).map(told).collect::<Vec<_>>();
        shown.problems.extend(problems);
        shown.version = Some(version);
        Ok((files, examined))
    }
}

fn zone(setting: &Setting) -> TimeZone {
    setting.policy.current.calendar_of(None).map_or(TimeZone::UTC, |calendar| calendar.zone().clone())
}

/// As TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// The rows with what they are today and would be.
fn named(shown: &Shown, asked: &Asked) -> String {
    let rows = shown.compared.as_ref().map(|compared| (compared.missing, &compared.rows));
    let at = asked.at.as_deref().map(str::trim).filter(|at| !at.is_empty());
    let said = serde_json::to_string(&(shown.kind, rows, at, &shown.version)).unwrap_or_default();
    Sha256::digest(said.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The first name after this one that nobody has taken: `east-1` becomes `east-2`.
pub(crate) fn next(version: &PolicyVersion, taken: impl Fn(&PolicyVersion) -> bool) -> PolicyVersion {
    let text = version.as_str();
    let stem = text.trim_end_matches(|digit: char| digit.is_ascii_digit());
    let (stem, number) =
        match (stem.strip_suffix('-'), text.get(stem.len()..).and_then(|no| no.parse::<u32>().ok())) {
            (Some(stem), Some(number)) => (stem, number),
            _ => (text, 1),
        };
    let named = |number: u32| PolicyVersion::new(format!("{stem}-{number}"));
    (number.saturating_add(1)..u32::MAX)
        .map(named)
        .find(|version| !taken(version))
        .unwrap_or_else(|| version.clone())
}

/// The settings with another version; everything else as it is written.
pub(crate) fn renamed(text: &str, version: &PolicyVersion) -> String {
    let mut above = true;
    let line = |line: &str| {
        above &= !line.trim_start().starts_with('[');
        let names = line.split_once('=').is_some_and(|(name, _)| name.trim() == "version");
        if above && names { format!("version = {}", quoted(version.as_str())) } else { line.to_owned() }
    };
    let mut text = text.lines().map(line).collect::<Vec<_>>().join("\n");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_version_is_the_first_that_is_free() {
        let taken = |version: &PolicyVersion| version.as_str() == "east-2";
        for (now, then) in [("east-1", "east-3"), ("east", "east-3"), ("2024-09", "2024-10"), ("v", "v-2")] {
            assert_eq!(next(&PolicyVersion::new(now), taken).as_str(), then, "{now}");
        }
    }

    #[test]
    fn only_the_packs_own_version_is_renamed() {
        let text = "code = \"x\"\nversion = \"x-1\"\n[other]\nversion = \"y\"\n";
        let version = PolicyVersion::new("x-2");
        assert_eq!(renamed(text, &version), "code = \"x\"\nversion = \"x-2\"\n[other]\nversion = \"y\"\n");
    }
}
