//! The life of a policy: drafts with what lint and stories say of them, comparison with past cases, activation by two people.
//!
//! Owns the way from a folder of files to an entry of the book and back to the files. Refuses to decide: that is the model's
//! [`Book`]; and to read a pack, which is the pack crate's. Start at [`Engine::draft`] and [`Engine::book`]; what holds at
//! a moment is [`crate::renew`]'s, moving open cases [`crate::migrate`]'s.

use std::collections::BTreeSet;

use huying_model::{
    Actor, Case, Instant, PolicyVersion, Rules,
    book::{Act, Book, Cx, Entry, Found},
    calendar::Limit,
    event::Times,
    org::Org,
    route::Facts,
};
use huying_pack::Files;
use huying_store::{Fault, Filter, Installed, Order, TenantId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use smol_str::SmolStr;

use crate::{
    Engine, Error, Problem,
    log::Log,
    renew::{DRAFT, FOUNDED},
};

/// Findings and stories are kept up to so many bytes of text each.
const LONGEST_REPORT: usize = 64 * 1024;
/// Differences of the organisation that are listed.
const MOST_DIFFERENCES: usize = 100;
/// Past cases that a comparison looks at, the newest first.
pub const COMPARED: usize = 5_000;
/// Cases that a comparison or a preview names.
pub const EXAMPLES: usize = 20;

/// Work that would hold up others is done on a thread of its own.
pub(crate) async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|why| Fault::Broken(format!("a thread ended early: {why}")).into())
}

/// What a version would have done to past cases.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Comparison {
    /// The version in force, which it is compared with.
    pub against: PolicyVersion,
    /// Filed cases that were looked at, the newest ones.
    pub cases: usize,
    /// Of these: another unit would lead.
    pub unit: usize,
    /// The public would have been told another instant.
    pub due: usize,
    /// Matters or conditions that it does not know.
    pub unknown: usize,
    pub examples: Vec<Example>,
}

/// One case that would have gone otherwise.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Example {
    pub number: SmolStr,
    pub lead_before: SmolStr,
    pub lead_after: SmolStr,
    pub due_before: Option<Instant>,
    pub due_after: Option<Instant>,
}

impl Engine {
    /// The book as its log gives it, over the packs that the store began with.
    pub async fn policy_book(&self, tenant: TenantId) -> Result<Book, Error> {
        let mut book = self.founded(tenant).await?;
        let entries: Vec<Entry> = self.entries(tenant, Log::Policy).await?;
        entries.iter().for_each(|entry| book.apply(entry));
        Ok(book)
    }

    async fn founded(&self, tenant: TenantId) -> Result<Book, Error> {
        let mut book = Book::default();
        for row in self.store().installed_heads(tenant, FOUNDED).await? {
            book.found(PolicyVersion(row.version.clone()), hex(&row.hash), row.effective_at);
        }
        Ok(book)
    }

    /// Lays a draft down: reads, lints and tests it, and keeps all of that with author and reason.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every problem where it cannot be read; [`Error::Book`] with the rule that says no.
    pub async fn draft(
        &self,
        tenant: TenantId,
        actor: &Actor,
        files: Files,
        reason: &str,
    ) -> Result<Entry, Error> {
        let (today, now) = (self.setting(tenant)?.policy.org.clone(), self.now());
        let (files, checked) = apart(move || {
            let checked = check(&files, &today, now);
            (files, checked)
        })
        .await?;
        let (version, found) = checked.map_err(Error::Invalid)?;
        let body = serde_json::to_string(&files)
            .map_err(|why| Error::Fault(Fault::Broken(format!("writing the draft: {why}"))))?;
        let hash: [u8; 32] = Sha256::digest(body.as_bytes()).into();
        let act = Act::Draft { version: version.clone(), hash: hex(&hash), reason: reason.into(), found };
        // Asked before the files are kept, so that a draft nobody may make leaves nothing behind.
        self.asked(tenant, actor, &act, &self.policy_book(tenant).await?)?;
        let now = self.now();
        let it = Installed {
            kind: SmolStr::new_static(DRAFT),
            version: version.0.clone(),
            hash,
            effective_at: now,
            installed_at: now,
            body,
        };
        if !self.store().install(tenant, &it).await? {
            // A draft whose entry was never written may be laid down again; another under its name may not.
            let same = self.store().installed_heads(tenant, DRAFT).await?;
            if !same.iter().any(|row| row.version == it.version && row.hash == it.hash) {
                return Err(huying_model::book::No::VersionTaken.into());
            }
        }
        self.book(tenant, actor, &act).await
    }

    fn asked(&self, tenant: TenantId, actor: &Actor, act: &Act, book: &Book) -> Result<Entry, Error> {
        let setting = self.setting(tenant)?;
        Ok(book.decide(&Cx { org: &setting.policy.org, actor, now: self.now() }, act)?)
    }

    /// One act of the book. What begins at once holds when this returns.
    ///
    /// # Errors
    /// [`Error::Book`] with the rule that says no; the store's failures.
    pub async fn book(&self, tenant: TenantId, actor: &Actor, act: &Act) -> Result<Entry, Error> {
        let founded = self.founded(tenant).await?;
        let now = self.now();
        let entry = self
            .append(tenant, Log::Policy, now, |before: Vec<Entry>| {
                let mut book = founded.clone();
                before.iter().for_each(|entry| book.apply(entry));
                Ok((self.asked(tenant, actor, act, &book)?, now))
            })
            .await?;
        self.renew(tenant).await?;
        Ok(entry)
    }

    /// Looks at what a version would have done to past cases, and keeps the report with it.
    ///
    /// # Errors
    /// [`Error::Book`] where the actor may not, or there is no such version; the store's failures.
    pub async fn compare(
        &self,
        tenant: TenantId,
        actor: &Actor,
        version: &PolicyVersion,
    ) -> Result<Comparison, Error> {
        let setting = self.setting(tenant)?;
        let against = setting.policy.current.version.clone();
        let act =
            |report: String| Act::Compare { version: version.clone(), against: against.clone(), report };
        self.asked(tenant, actor, &act(String::new()), &self.policy_book(tenant).await?)?;
        let pack = self.pack_of(tenant, version).await?;
        let old: &Rules = &setting.policy.current;
        let new: &Rules = &pack.policy.current;
        let mut found = Comparison { against: against.clone(), ..Comparison::default() };
        let mut cursor: Option<String> = None;
        while found.cases < COMPARED {
            let page = self
                .store()
                .list(tenant, &Filter::default(), Order::NewestFirst, cursor.as_deref(), 500)
                .await?;
            let ids: Vec<_> = page.items.iter().map(|line| line.case).collect();
            for view in self.store().cases(tenant, &ids).await? {
                compare_case(&mut found, &view.case, (old, new), &setting.policy.org);
            }
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        let report = serde_json::to_string(&found).unwrap_or_default();
        self.book(tenant, actor, &act(report)).await?;
        Ok(found)
    }
}

fn compare_case(found: &mut Comparison, case: &Case, (old, new): (&Rules, &Rules), org: &Org) {
    let (Some(filed), Some(matter)) = (case.filed_at, &case.matter) else { return };
    found.cases += 1;
    let asked = |rules: &Rules| {
        let (area, overlays) = (case.place.area.as_ref(), case.place.overlays.as_slice());
        let times = Times::at(filed);
        rules.route(org, matter, area, overlays, case.source, case.urgency, times.received, &Facts::default())
    };
    let due = |rules: &Rules, limits: Option<huying_model::catalogue::Limits>| {
        let condition = rules.matters.get(matter)?.condition(case.condition?)?;
        let promise = limits.unwrap_or(condition.limits).promise;
        let percent =
            rules.urgency.get(&case.urgency).map_or(100, |rule| u64::from(rule.limit_percent.min(100)));
        let amount = (u64::from(promise.amount) * percent).div_ceil(100).max(1);
        let limit = Limit { amount: u32::try_from(amount).unwrap_or(promise.amount), ..promise };
        Some(rules.calendar_of(Some(matter))?.due(filed, limit).at)
    };
    let known = new
        .matters
        .get(matter)
        .is_some_and(|known| case.condition.is_some_and(|no| known.condition(no).is_some()));
    if !known {
        found.unknown += 1;
    }
    let (before, after) = (asked(old), asked(new));
    let lead = |routing: &Option<huying_model::route::Routing>| {
        routing.as_ref().map(|routing| routing.lead.0.clone()).unwrap_or_default()
    };
    let (lead_before, lead_after) = (lead(&before), lead(&after));
    let due_before = due(old, before.and_then(|routing| routing.limits));
    let due_after = due(new, after.and_then(|routing| routing.limits));
    found.unit += usize::from(lead_before != lead_after);
    found.due += usize::from(due_before != due_after);
    let differs = lead_before != lead_after || due_before != due_after;
    if differs && found.examples.len() < EXAMPLES {
        let number = case.number.clone();
        found.examples.push(Example { number, lead_before, lead_after, due_before, due_after });
    }
}

/// The version that the files name, and what lint and stories say; every problem where they cannot be read.
fn check(files: &Files, today: &Org, now: Instant) -> Result<(PolicyVersion, Found), Vec<Problem>> {
    let pack = huying_pack::load_from(files).map_err(|problems| told(&problems))?;
    let lint = huying_pack::lint_from(files);
    let stories = huying_pack::scenario::run(&pack, files).map_err(|problems| told(&problems))?;
    let found = Found {
        errors: lint.errors(),
        warnings: lint.findings.len() - lint.errors(),
        passed: stories.passed(),
        failed: stories.failed(),
        pending: stories.pending(),
        lint: shortened(format!("{lint}{}", organisation(today, &pack.policy.org, now))),
        stories: shortened(stories.to_string()),
    };
    Ok((pack.version.clone(), found))
}

/// Where the draft's organisation is not that of today: an author who began from old tables sees it here.
fn organisation(today: &Org, draft: &Org, now: Instant) -> String {
    let there = |org: &Org| -> BTreeSet<String> {
        let units =
            org.units.values().filter(|unit| unit.active(now)).map(|unit| format!("unit {}", unit.id));
        let areas =
            org.areas.values().filter(|area| area.active(now)).map(|area| format!("area {}", area.code));
        units.chain(areas).collect()
    };
    let (before, after) = (there(today), there(draft));
    let gone = before.difference(&after).map(|what| format!("\n{what} is there today and not in the draft"));
    let new = after.difference(&before).map(|what| format!("\n{what} is in the draft and not there today"));
    gone.chain(new).take(MOST_DIFFERENCES).collect()
}

fn told(problems: &[huying_pack::Problem]) -> Vec<Problem> {
    let one = |problem: &huying_pack::Problem| {
        Problem::at(format!("{}:{}", problem.file, problem.line), "pack", problem.to_string())
    };
    problems.iter().take(200).map(one).collect()
}

fn shortened(mut text: String) -> String {
    if text.len() > LONGEST_REPORT {
        let at = (0..=LONGEST_REPORT).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(at);
        text.push('…');
    }
    text
}

fn hex(bytes: &[u8]) -> SmolStr {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()
}
