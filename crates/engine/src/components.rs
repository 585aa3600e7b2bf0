//! The register of components (部件): a table that is looked at and then taken, what lies near a point, and what a report is about.
//!
//! Owns how a table changes the register: row by row beside what stands there, in batches that never keep the desk waiting. The hash of a
//! preview names every row with its old and new texts. What was written under a hash is passed over when the same file is applied
//! under it once more, by looking at how things stood before; so a cut run goes on where it was, and nothing of it is kept anywhere. Two
//! that change one component at once: one of them is told to look again. Refuses SQL and what a cell means ([`huying_pack::listing::components`]).
//! Start at [`Engine::table_preview`], which comes here.

use std::collections::HashMap;

use huying_geo::Point;
use huying_model::{Actor, Component, ComponentCode, MemberId};
use huying_pack::{
    Problem as Mistake,
    listing::{
        Compared, Kind, MOST_PROBLEMS, Missing, RowOf, Sheet, Went,
        components::{Judge, Told, cells},
    },
};
use huying_store::{
    TenantId,
    components::{ComponentFilter, ComponentRow, Signed},
};
use sha2::{Digest, Sha256};

use crate::{
    Engine, Error, Problem, Setting, change,
    intake::{ReportDraft, boxed},
    listing::{Asked, Shown},
    place::PlaceDraft,
};

/// Rows that are judged, and written, at once.
const BATCH: usize = 500;
/// Rows of a preview that are kept; all are counted and named by the hash.
pub const KEPT: usize = 20_000;
/// Components of a page of the table.
const PAGE: usize = 1_000;
/// Metres around a point within which components are looked for.
pub const FARTHEST: f64 = 500.0;
/// Pages that are read around a point.
const MOST_PAGES: usize = 10;

/// What a table does to the register.
struct Walked {
    rows: Vec<RowOf>,
    /// Added, changed, ended, the same.
    counts: [usize; 4],
    problems: Vec<Mistake>,
    sum: Sha256,
}

impl Walked {
    fn note(&mut self, row: RowOf) {
        let at = match row.went {
            Went::Added => 0,
            Went::Changed => 1,
            Went::Ended => 2,
            Went::Same => 3,
        };
        self.counts[at] += 1;
        self.sum.update(serde_json::to_vec(&row).unwrap_or_default());
        self.sum.update(b"\n");
        if self.rows.len() < KEPT {
            self.rows.push(row);
        }
    }

    fn wrong(&mut self, problems: Vec<Mistake>) {
        self.problems.extend(problems);
        self.problems.truncate(MOST_PROBLEMS);
    }
}

/// A component as the register has it.
struct Standing {
    /// Before the run.
    old: Option<Component>,
    no: i64,
    /// The run has written it already.
    done: bool,
}

/// One walk over a table.
struct Walk<'a> {
    tenant: TenantId,
    setting: &'a Setting,
    sheet: &'a Sheet,
    missing: Missing,
    /// The hash under which it is applied.
    run: Option<&'a str>,
    /// Who writes; None where it is only looked at.
    signed: Option<&'a Signed<'a>>,
}

fn stale() -> Error {
    let mend = "What the table would do has changed since it was shown: look at the preview again.";
    Problem::at("hash", "preview_stale", mend).into()
}

fn member(actor: &Actor) -> MemberId {
    match actor {
        Actor::Member { id, .. } => id.clone(),
        _ => MemberId::new("system"),
    }
}

impl Engine {
    /// What a table would do to the register.
    pub(crate) async fn register_preview(
        &self,
        tenant: TenantId,
        sheet: Result<Sheet, Vec<Mistake>>,
        asked: &Asked,
    ) -> Result<Shown, Error> {
        at_once(asked)?;
        match sheet {
            Err(problems) => Ok(Shown::empty(Kind::Components, problems)),
            Ok(sheet) => self.looked(tenant, &sheet, asked, None).await,
        }
    }

    /// Does what was shown.
    pub(crate) async fn register_apply(
        &self,
        tenant: TenantId,
        actor: &Actor,
        sheet: Result<Sheet, Vec<Mistake>>,
        (asked, hash): (&Asked, &str),
    ) -> Result<Shown, Error> {
        at_once(asked)?;
        let sheet = sheet.map_err(change::told)?;
        let shown = self.looked(tenant, &sheet, asked, Some(hash)).await?;
        if !shown.problems.is_empty() {
            return Err(change::told(shown.problems));
        }
        let reason = asked.reason.trim();
        if reason.is_empty() {
            return Err(Problem::at("reason", "reason_missing", "Say why.").into());
        }
        if shown.hash.as_deref() != Some(hash) {
            return Err(stale());
        }
        let setting = self.setting(tenant)?;
        let by = member(actor);
        let signed = Signed { by: &by, at: self.now(), reason, run: hash };
        let walk = Walk {
            tenant,
            setting: &setting,
            sheet: &sheet,
            missing: asked.missing,
            run: Some(hash),
            signed: Some(&signed),
        };
        self.walk(&walk).await?;
        Ok(shown)
    }

    async fn looked(
        &self,
        tenant: TenantId,
        sheet: &Sheet,
        asked: &Asked,
        run: Option<&str>,
    ) -> Result<Shown, Error> {
        let setting = self.setting(tenant)?;
        let missing = asked.missing;
        let walk = Walk { tenant, setting: &setting, sheet, missing, run, signed: None };
        let Walked { rows, counts, problems, sum } = self.walk(&walk).await?;
        let mut shown = Shown::empty(Kind::Components, problems.clone());
        let changes = counts.iter().take(3).sum::<usize>() > 0;
        let kinds = (Kind::Components, missing);
        shown.compared = Some(Compared::of_register(kinds, sheet.name.clone(), rows, counts, problems));
        if changes && shown.problems.is_empty() {
            shown.hash = Some(sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect());
        }
        Ok(shown)
    }

    /// Goes through the table, a batch at a time, and writes where somebody signs for it.
    async fn walk(&self, walk: &Walk<'_>) -> Result<Walked, Error> {
        let sum = Sha256::new_with_prefix(format!("components {:?}\n", walk.missing));
        let mut walked = Walked { rows: Vec::new(), counts: [0; 4], problems: Vec::new(), sum };
        let (pack, zone) = (&*walk.setting.pack, &walk.setting.zone);
        let judge = Judge { sheet: walk.sheet, pack, now: self.now(), zone };
        let mut seen: HashMap<ComponentCode, u64> = HashMap::new();
        let mut told = walk.sheet.told();
        loop {
            let batch: Vec<Told<'_>> = told.by_ref().take(BATCH).collect();
            if batch.is_empty() {
                break;
            }
            let codes: Vec<ComponentCode> = batch.iter().filter_map(|row| row.code().ok()).collect();
            let standing = self.standing(walk, &codes).await?;
            let mut changes = Vec::new();
            for row in &batch {
                let code = row.code().ok();
                if let Some(first) = code.as_ref().and_then(|code| seen.insert(code.clone(), row.line)) {
                    let what = format!("the code stands twice, first in row {first}");
                    walked.wrong(vec![walk.sheet.spot(row.line, "code").problem(what, "Keep one row")]);
                    continue;
                }
                let stands = code.as_ref().and_then(|code| standing.get(code));
                match judge.row(row, stands.and_then(|stands| stands.old.as_ref())) {
                    Err(problems) => walked.wrong(problems),
                    Ok(None) => walked.counts[3] += 1,
                    Ok(Some(turned)) => {
                        walked.note(turned.row);
                        if stands.is_none_or(|stands| !stands.done) {
                            changes.push((turned.component, stands.map_or(0, |stands| stands.no) + 1));
                        }
                    }
                }
            }
            self.sign(walk, &changes).await?;
        }
        if walk.missing == Missing::Ends {
            self.end(walk, &seen, &mut walked).await?;
        } else {
            // What the file does not have is as it was.
            let all = usize::try_from(self.store().count_components(walk.tenant).await?).unwrap_or(0);
            let added = walked.counts[0] * usize::from(walk.signed.is_some());
            walked.counts[3] = all.saturating_sub(walked.counts[1] + added);
        }
        Ok(walked)
    }

    async fn standing(
        &self,
        walk: &Walk<'_>,
        codes: &[ComponentCode],
    ) -> Result<HashMap<ComponentCode, Standing>, Error> {
        let held = self.store().components_of(walk.tenant, codes).await?;
        let by_run = |row: &ComponentRow| walk.run.is_some_and(|run| row.run == run);
        let ours: Vec<ComponentCode> =
            held.iter().filter(|row| by_run(row)).map(|row| row.component.code.clone()).collect();
        let mut before: HashMap<ComponentCode, Component> = HashMap::new();
        if let (Some(run), false) = (walk.run, ours.is_empty()) {
            for row in self.store().components_before(walk.tenant, &ours, run).await? {
                before.insert(row.component.code.clone(), row.component);
            }
        }
        let standing = |row: ComponentRow| {
            let (code, no, done) = (row.component.code.clone(), row.no, by_run(&row));
            let old = if done { before.remove(&code) } else { Some(row.component) };
            (code, Standing { old, no, done })
        };
        Ok(held.into_iter().map(standing).collect())
    }

    /// Writes a batch, where somebody signs for it.
    async fn sign(&self, walk: &Walk<'_>, changes: &[(Component, i64)]) -> Result<(), Error> {
        let Some(signed) = walk.signed.filter(|_| !changes.is_empty()) else { return Ok(()) };
        let taken = self.store().change_components(walk.tenant, changes, signed).await?;
        if taken == changes.len() { Ok(()) } else { Err(stale()) }
    }

    /// Ends what the whole table does not have.
    async fn end(
        &self,
        walk: &Walk<'_>,
        seen: &HashMap<ComponentCode, u64>,
        walked: &mut Walked,
    ) -> Result<(), Error> {
        let (filter, now) = (ComponentFilter { ended: true, ..ComponentFilter::default() }, self.now());
        let mut cursor: Option<String> = None;
        loop {
            let page = self.store().components(walk.tenant, &filter, cursor.as_deref(), BATCH).await?;
            let mut changes = Vec::new();
            for row in page.items.into_iter().filter(|row| !seen.contains_key(&row.component.code)) {
                let done = walk.run.is_some_and(|run| row.run == run);
                if row.component.until.is_some() && !done {
                    walked.counts[3] += 1;
                    continue;
                }
                let (key, name) = (row.component.code.to_string(), row.component.name.to_string());
                walked.note(RowOf { line: 0, key, name, went: Went::Ended, cells: Vec::new() });
                if !done {
                    changes.push((Component { until: Some(now), ..row.component }, row.no + 1));
                }
            }
            self.sign(walk, &changes).await?;
            cursor = page.next;
            if cursor.is_none() {
                return Ok(());
            }
        }
    }

    /// A page of the table as it is today, and where the next begins.
    ///
    /// # Errors
    /// The store's failures.
    pub async fn component_rows(
        &self,
        tenant: TenantId,
        cursor: Option<&str>,
    ) -> Result<(Vec<Vec<String>>, Option<String>), Error> {
        let setting = self.setting(tenant)?;
        let filter = ComponentFilter { ended: true, ..ComponentFilter::default() };
        let page = self.store().components(tenant, &filter, cursor, PAGE).await?;
        let rows = page.items.iter().map(|row| cells(&row.component, &setting.zone)).collect();
        Ok((rows, page.next))
    }

    /// Components of a filter around a point, the nearest first, each with its distance in metres.
    ///
    /// # Errors
    /// The store's failures.
    pub async fn components_near(
        &self,
        tenant: TenantId,
        (point, metres): (Point, f64),
        filter: &ComponentFilter,
        most: usize,
    ) -> Result<Vec<(ComponentRow, f64)>, Error> {
        let metres = metres.clamp(0.0, FARTHEST);
        let filter = ComponentFilter { bounds: Some(boxed(point, metres)), ..filter.clone() };
        let mut near = Vec::new();
        let mut cursor: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let page = self.store().components(tenant, &filter, cursor.as_deref(), PAGE).await?;
            let away = |row: ComponentRow| {
                let at = Point::new(row.component.lon_e7?, row.component.lat_e7?);
                Some((row, point.metres_to(at)))
            };
            near.extend(page.items.into_iter().filter_map(away).filter(|(_, away)| *away <= metres));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        near.sort_by(|a, b| a.1.total_cmp(&b.1).then_with(|| a.0.component.code.cmp(&b.0.component.code)));
        near.truncate(most);
        Ok(near)
    }

    /// What a report is about: it has to be in the register, and tells what the report leaves out, its place and its matter.
    pub(crate) async fn about(&self, tenant: TenantId, draft: &mut ReportDraft) -> Result<(), Error> {
        let Some(code) = &draft.component else { return Ok(()) };
        let no = |mend: &str| Error::from(Problem::at("component", "unknown_component", mend));
        let code =
            ComponentCode::parse(code.as_str()).map_err(|bad| no(&format!("{bad}. {}.", bad.mend())))?;
        let found = self.store().component(tenant, &code).await?;
        let found = found.ok_or_else(|| no("There is no such component: look it up by its place."))?;
        let it = found.component;
        if draft.place == PlaceDraft::default() {
            let point = it.lon_e7.zip(it.lat_e7).map(|(lon, lat)| Point::new(lon, lat));
            let (lon, lat) = (point.map(Point::lon), point.map(Point::lat));
            draft.place = PlaceDraft { lon, lat, datum: None, area: it.area };
        }
        let setting = self.setting(tenant)?;
        // One that left the catalogue is nobody's mistake here.
        let known = it.matter.filter(|matter| setting.policy.current.matters.contains_key(matter));
        draft.matter = draft.matter.take().or(known);
        draft.component = Some(code);
        Ok(())
    }
}

/// The register has no future: what a table says holds when it is taken.
fn at_once(asked: &Asked) -> Result<(), Error> {
    match asked.at.as_deref().map(str::trim) {
        None | Some("") => Ok(()),
        Some(_) => {
            let mend = "Components change when the table is taken: leave the moment out.";
            Err(Problem::at("at", "not_here", mend).into())
        }
    }
}
