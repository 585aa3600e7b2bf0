//! The life of a policy: drafts with what lint and stories say of them, and activation by two people.
//!
//! Owns the way from a folder of files to an entry of the book and back to the files. Refuses to decide: that is the model's
//! [`Book`]; and to read a pack, which is the pack crate's. Start at [`Engine::draft`] and [`Engine::book`]; what holds at
//! a moment is [`crate::renew`]'s, comparing with past cases [`crate::what_if`]'s, moving open cases [`crate::migrate`]'s.

use std::collections::BTreeMap;

use huying_model::{
    Actor, Instant, MatterCode, Policy, PolicyVersion,
    admission::{Admission, Admissions, desk::Desk},
    book::{Act, Body, Book, Cx, Difference, Entry, Finding, Found, No, Of, Story, Went},
    org::Org,
};
use huying_pack::{Files, Pack, lint::Severity, scenario::Verdict};
use huying_store::{Fault, Installed, TenantId};
use sha2::{Digest, Sha256};
use smol_str::SmolStr;

use crate::{
    Engine, Error, Problem,
    admission::folded,
    change::{Entry as Changed, busy, held, reorganised, reorganised_apart},
    log::Log,
    reach::{Given, given},
    renew::{DRAFT, FOUNDED},
};

/// Findings and stories are kept up to so many bytes of text each.
const LONGEST_REPORT: usize = 64 * 1024;
/// Differences of the organisation that are listed.
const MOST_DIFFERENCES: usize = 100;
/// Findings that are kept one by one.
const MOST_FINDINGS: usize = 300;
/// The rule of findings about a change of the organisation that is decided for later and cannot be made on a draft.
pub const COMING: &str = "coming-change";
/// The rule of findings about a decision of the admission desk that would not hold any more under a draft's own rows.
pub const UNDONE: &str = "admission-undone";
/// Cases that a preview names.
pub const EXAMPLES: usize = 20;

/// Work that would hold up others is done on a thread of its own.
pub(crate) async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|why| Fault::Broken(format!("a thread ended early: {why}")).into())
}

/// A pack that was looked at before it is laid down.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Examined {
    /// None where the pack cannot be read.
    pub version: Option<PolicyVersion>,
    pub found: Found,
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
        let (files, examined) = self.examine(tenant, files).await?;
        let Some(version) = examined.version else {
            return Err(Error::Invalid(told(&examined.found.findings)));
        };
        self.lay_down(tenant, actor, &files, version, examined.found, reason).await
    }

    /// Reads, lints and tests a pack, and sets it beside the organisation of today. Nothing is kept.
    ///
    /// # Errors
    /// The store's failures; mistakes of the pack are findings.
    pub async fn examine(&self, tenant: TenantId, files: Files) -> Result<(Files, Examined), Error> {
        let (today, now) = (self.setting(tenant)?.policy.clone(), self.now());
        let changes = self.changes(tenant).await?;
        let desk = folded(&self.entries(tenant, Log::Admission).await?);
        apart(move || {
            let examined = examined(&files, &today, (&changes, &desk), now);
            (files, examined)
        })
        .await
    }

    /// Keeps a pack that was examined as a draft, with author and reason.
    ///
    /// # Errors
    /// [`Error::Book`] with the rule that says no; the store's failures.
    pub async fn lay_down(
        &self,
        tenant: TenantId,
        actor: &Actor,
        files: &Files,
        version: PolicyVersion,
        found: Found,
        reason: &str,
    ) -> Result<Entry, Error> {
        let body = serde_json::to_string(files)
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
                return Err(No::VersionTaken.into());
            }
        }
        self.book(tenant, actor, &act).await
    }

    pub(crate) fn asked(
        &self,
        tenant: TenantId,
        actor: &Actor,
        act: &Act,
        book: &Book,
    ) -> Result<Entry, Error> {
        let setting = self.setting(tenant)?;
        Ok(book.decide(&Cx { org: &setting.policy.org, actor, now: self.now() }, act)?)
    }

    /// One act of the book. What begins at once holds when this returns. A proposal says which seats its version gives, and is approved
    /// only while it gives no others.
    ///
    /// # Errors
    /// [`Error::Book`] with the rule that says no; the store's failures.
    pub async fn book(&self, tenant: TenantId, actor: &Actor, act: &Act) -> Result<Entry, Error> {
        let founded = self.founded(tenant).await?;
        // No change is decided between looking and writing: what the version gives hangs on all of them. Another node's is seen by the turns.
        let turn = self.renewing().await;
        let (now, turns) = (self.now(), self.turns(tenant).await?);
        let known = self.policy_book(tenant).await?;
        let gives = self.gives(tenant, &known, &self.asked(tenant, actor, act, &known)?).await?;
        let decide = |before: Vec<Entry>| -> Result<(Entry, Instant), Error> {
            let mut book = founded.clone();
            before.iter().for_each(|entry| book.apply(entry));
            let mut entry = self.asked(tenant, actor, act, &book)?;
            match &mut entry.body {
                // What it gives was looked at beside another book.
                Body::Proposed { .. } | Body::Approved { .. } if book != known => return Err(busy()),
                Body::Proposed { grants, marks, .. } => {
                    (*grants, *marks) = gives.iter().cloned().map(|one| (one.line, one.mark)).unzip();
                }
                Body::Approved { no } => as_proposed(&book, *no, &gives)?,
                _ => {}
            }
            Ok((entry, now))
        };
        let entry = if matches!(act, Act::Approve { .. }) {
            let written = self.append_in_turn(tenant, Log::Policy, (now, turns), Vec::new(), decide).await?;
            written.ok_or_else(busy)?
        } else {
            self.append(tenant, Log::Policy, now, decide).await?
        };
        drop(turn);
        self.renew(tenant).await?;
        Ok(entry)
    }

    /// The seats that the version of a proposal would give, or let reach further, from its instant on, and those that what is decided for later
    /// would give after it ([`crate::coming`]).
    async fn gives(&self, tenant: TenantId, book: &Book, entry: &Entry) -> Result<Vec<Given>, Error> {
        let mut then = book.clone();
        then.apply(entry);
        let no = match entry.body {
            Body::Proposed { no, .. } => {
                then.apply(&Entry { body: Body::Approved { no }, ..entry.clone() });
                no
            }
            Body::Approved { no } => no,
            _ => return Ok(Vec::new()),
        };
        let this = then.proposals.iter().find(|proposal| proposal.no == no);
        let Some((this, at)) = this.and_then(|this| Some((this, this.holds_from()?))) else {
            return Ok(Vec::new());
        };
        let changes = self.changes(tenant).await?;
        let before = self.could_stand(tenant, (book, &changes), at).await?.pack;
        let after = self.organised_by(tenant, (book, &this.version), &changes, at).await?;
        let mut gives = apart(move || given(&before, &after, at)).await?;
        gives.extend(self.given_later(tenant, (&then, &changes), (book, &changes), at).await?);
        Ok(gives)
    }

    /// The pack of the version that is in force at a moment by the book, with the changes that it has met by then.
    pub(crate) async fn organised(
        &self,
        tenant: TenantId,
        book: &Book,
        changes: &[Changed],
        at: Instant,
    ) -> Result<Pack, Error> {
        let setting = self.setting(tenant)?;
        let version = book.in_force(at).unwrap_or(&setting.base.version);
        self.organised_by(tenant, (book, version), changes, at).await
    }

    async fn organised_by(
        &self,
        tenant: TenantId,
        (book, version): (&Book, &PolicyVersion),
        changes: &[Changed],
        at: Instant,
    ) -> Result<Pack, Error> {
        let base = self.base(tenant, &*self.setting(tenant)?, version).await?;
        reorganised_apart(base, held(changes, book.laid_down(version), at)).await
    }

    /// Shared holiday files that a pack names and does not bring, from the version in force: a folder that is sent from
    /// somewhere else lacks what stands beside it.
    ///
    /// # Errors
    /// The store's failures.
    pub async fn with_calendars(&self, tenant: TenantId, mut files: Files) -> Result<Files, Error> {
        let version = self.setting(tenant)?.policy.current.version.clone();
        match self.policy_files(tenant, &version).await {
            Ok(kept) => {
                files.take_calendars(&kept);
                Ok(files)
            }
            Err(Error::Fault(Fault::NotFound(_))) => Ok(files),
            Err(error) => Err(error),
        }
    }
}

/// Nobody approves seats that the proposal did not name.
fn as_proposed(book: &Book, no: u32, gives: &[Given]) -> Result<(), No> {
    let named = book.proposals.iter().find(|proposal| proposal.no == no).map(|proposal| &proposal.marks);
    let new = |one: &Given| named.is_none_or(|named| !named.contains(&one.mark));
    if gives.iter().any(new) { Err(No::SeatsSince) } else { Ok(()) }
}

/// The version that the files name, and what lint, stories and the organisation of today say.
fn examined(files: &Files, today: &Policy, (changes, desk): (&[Changed], &Desk), now: Instant) -> Examined {
    let lint = huying_pack::lint_from(files);
    let mut found = Found {
        errors: lint.errors(),
        warnings: lint.warnings(),
        lint: lint.to_string(),
        findings: lint.findings.iter().take(MOST_FINDINGS).map(finding).collect(),
        ..Found::default()
    };
    let Ok(pack) = huying_pack::load_from(files) else {
        found.errors = found.errors.max(1);
        found.lint = shortened(found.lint);
        return Examined { version: None, found };
    };
    match huying_pack::scenario::run(&pack, files) {
        Ok(stories) => {
            (found.passed, found.failed, found.pending) =
                (stories.passed(), stories.failed(), stories.pending());
            found.told = stories.told.iter().map(story).collect();
            found.stories = shortened(stories.to_string());
        }
        Err(problems) => {
            found.errors += problems.len();
            found.findings.extend(problems.iter().map(|problem| Finding { error: true, ..placed(problem) }));
        }
    }
    // What is decided for later is made on these tables once they hold: better told now than found then.
    let coming = held(changes, now, Instant(i64::MAX));
    if let Err(problems) = reorganised(&pack, coming.iter().map(|entry| &entry.change)) {
        found.errors += problems.len();
        let rule = SmolStr::new_static(COMING);
        let told =
            problems.iter().map(|problem| Finding { error: true, rule: rule.clone(), ..placed(problem) });
        found.findings.splice(0..0, told);
        problems.iter().for_each(|problem| found.lint += &format!("\nerror[{COMING}] {problem}"));
    }
    let undone = undone(&pack, (today, desk), now);
    found.warnings += undone.len();
    undone.iter().for_each(|one| found.lint += &format!("\nwarning[{UNDONE}] {}", one.words));
    found.findings.extend(undone);
    found.differences = differences(&today.org, &pack.policy.org, now);
    let held: Vec<(Instant, &str)> = changes
        .iter()
        .filter(|entry| entry.at <= now)
        .map(|entry| (entry.at, entry.change.as_str()))
        .collect();
    found.returns = huying_pack::change::undone(&pack.policy.org, &held, now);
    let lines = found.differences.iter().map(|one| {
        let (of, id) = (if one.of == Of::Unit { "unit" } else { "area" }, &one.id);
        match one.new {
            true => format!("\n{of} {id} is in the draft and not there today"),
            false => format!("\n{of} {id} is there today and not in the draft"),
        }
    });
    let back = found
        .returns
        .iter()
        .map(|one| format!("\n{} {} would be back as it was before {}", one.name, one.id, one.since));
    found.lint = shortened(found.lint.clone() + &lines.chain(back).collect::<String>());
    Examined { version: Some(pack.version.clone()), found }
}

/// What the admission desk decided last on a matter and would not hold under the draft: its decisions lie over every version, but a row that
/// names the matter as exactly and begins later goes before them, and without [admission] nothing is refused any more.
fn undone(pack: &Pack, (today, desk): (&Policy, &Desk), now: Instant) -> Vec<Finding> {
    let rows = desk.rows();
    let then = pack.policy.admitting(&rows);
    let last: BTreeMap<&SmolStr, &Admission> = rows.iter().map(|row| (&row.matter, row)).collect();
    let differs = |(matter, row): &(&SmolStr, &Admission)| {
        let (matter, at) = (MatterCode::new(matter), row.from.unwrap_or(now).max(now));
        let says = |rows: &Admissions| {
            (rows.bar(&matter, at).is_some(), rows.row(&matter, at).map(|row| row.ruling))
        };
        says(&today.current.admissions) != says(&then.current.admissions)
    };
    let finding = |(matter, row): (&SmolStr, &Admission)| Finding {
        error: false,
        rule: SmolStr::new_static(UNDONE),
        file: SmolStr::new_static(huying_pack::admissions::FILE),
        words: format!(
            "the desk decided on {matter} ({}: {}), and under this version that would not hold",
            row.ruling.en(),
            row.rule
        ),
        mend: "Leave the matter out of admissions.csv, or write its row as the desk decided".to_owned(),
        ..Finding::default()
    };
    last.into_iter().filter(differs).map(finding).collect()
}

fn placed(problem: &huying_pack::Problem) -> Finding {
    let huying_pack::Problem { file, line, column, field, message, mend } = problem.clone();
    Finding { file, line, column, field, words: message, mend, ..Finding::default() }
}

fn finding(found: &huying_pack::lint::Finding) -> Finding {
    Finding {
        error: found.severity == Severity::Error,
        rule: SmolStr::new_static(found.rule),
        example: found.example.clone(),
        rows: found.rows.clone(),
        ..placed(&found.problem)
    }
}

fn story(told: &huying_pack::scenario::Told) -> Story {
    let (went, words) = match &told.verdict {
        Verdict::Passed => (Went::Passed, Vec::new()),
        Verdict::Pending(what) => (Went::Pending, vec![what.to_string()]),
        Verdict::Failed(problems) => (Went::Failed, problems.iter().map(ToString::to_string).collect()),
    };
    Story { file: told.file.clone(), title: told.title.clone(), went, words }
}

/// Where the draft's organisation is not that of today: an author who began from old tables sees it here.
fn differences(today: &Org, draft: &Org, now: Instant) -> Vec<Difference> {
    let there = |org: &Org| -> BTreeMap<(Of, SmolStr), SmolStr> {
        let units = org.units.values().filter(|unit| unit.active(now));
        let areas = org.areas.values().filter(|area| area.active(now));
        let units = units.map(|unit| ((Of::Unit, unit.id.0.clone()), unit.name.clone()));
        areas.map(|area| ((Of::Area, area.code.0.clone()), area.name.clone())).chain(units).collect()
    };
    let (before, after) = (there(today), there(draft));
    let one = |((of, id), name): (&(Of, SmolStr), &SmolStr), new: bool| Difference {
        of: *of,
        id: id.clone(),
        name: name.clone(),
        new,
    };
    let gone = before.iter().filter(|(key, _)| !after.contains_key(*key)).map(|item| one(item, false));
    let new = after.iter().filter(|(key, _)| !before.contains_key(*key)).map(|item| one(item, true));
    gone.chain(new).take(MOST_DIFFERENCES).collect()
}

fn told(findings: &[Finding]) -> Vec<Problem> {
    let one = |found: &Finding| {
        let place = match (found.line, found.column) {
            (0, _) => String::new(),
            (line, 0) => format!(":{line}"),
            (line, column) => format!(":{line}:{column}"),
        };
        let field = if found.field.is_empty() { String::new() } else { format!(" ({})", found.field) };
        let whole = format!("{}{place}{field}: {}. {}", found.file, found.words, found.mend);
        Problem::at(format!("{}:{}", found.file, found.line), "pack", whole)
    };
    findings.iter().filter(|found| found.error).take(200).map(one).collect()
}

fn shortened(mut text: String) -> String {
    if text.len() > LONGEST_REPORT {
        let at = (0..=LONGEST_REPORT).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(at);
        text.push('…');
    }
    text
}

/// Bytes as they are written in logs.
pub(crate) fn hex(bytes: &[u8]) -> SmolStr {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()
}
