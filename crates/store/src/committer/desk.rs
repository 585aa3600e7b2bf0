//! The desk: commands are decided here one after the other, in memory, on what the ones before them have left.
//!
//! Owns the working copies of one batch and the rows that come of it. Nothing here touches the database except to load.

use std::{
    collections::{HashMap, HashSet},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use huying_model::{Case, CaseId, Event};

use super::{
    Committer,
    entry::{event_row, receipt_again, said, sealed_by_its_own},
    lanes::Job,
};
use crate::{
    CommitError, Fault, Key, Known, Receipt, TenantId, Verdict, journal,
    project::{self, Shown},
    seal::NewKey,
    write::{Batch, EventRow, KeyRow, PartRow, Ref, RollupKey, RollupSum, SaidRow},
};

/// How often one command may ask for more cases.
const ASKS: usize = 64;
const DAY_MS: i64 = 86_400_000;

/// A case in memory with what its row has beside it.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub case: Case,
    pub shown: Shown,
    pub head: [u8; 32],
}

/// One case on the desk.
pub(crate) struct Slot {
    /// As stored; None where the case does not exist.
    base: Option<Arc<Held>>,
    /// As the batch has left it so far.
    now: Option<Held>,
    /// Read from the database for this batch, not taken from memory.
    fresh: bool,
}

impl Slot {
    fn held(&self) -> Option<&Held> {
        self.now.as_ref().or(self.base.as_deref())
    }
}

/// How one command ended, told once the batch is durable.
#[derive(Clone)]
pub(crate) enum Outcome {
    Ended(Result<Receipt, CommitError>),
    /// The same key and body stand earlier in this batch.
    SameAs(usize),
}

/// See the module.
pub(crate) struct Desk {
    pub slots: HashMap<Ref, Slot>,
    pub batch: Batch,
    pub outcomes: Vec<Outcome>,
    pending_keys: HashMap<(TenantId, Key), usize>,
    used_keys: Vec<KeyRow>,
}

struct View<'a> {
    tenant: TenantId,
    slots: &'a HashMap<Ref, Slot>,
}

impl Known for View<'_> {
    fn case(&self, id: CaseId) -> Option<&Case> {
        self.slots.get(&(self.tenant, id)).and_then(Slot::held).map(|held| &held.case)
    }
}

/// The rows of one command, put on the desk only when all of them could be made.
#[derive(Default)]
struct Made {
    events: Vec<EventRow>,
    said: Vec<SaidRow>,
    unsaid: Vec<(Ref, i64)>,
    parts: Vec<PartRow>,
    touched: Vec<(Ref, Held)>,
}

impl Desk {
    pub(crate) fn new(stream: i64, position: i64) -> Desk {
        Desk {
            slots: HashMap::new(),
            batch: Batch { stream, position_was: position, position, ..Batch::default() },
            outcomes: Vec::new(),
            pending_keys: HashMap::new(),
            used_keys: Vec::new(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.batch.events.is_empty() && self.batch.seal_keys.is_empty() && self.batch.files.is_empty()
    }

    /// Looks up the keys of all commands at once.
    pub(crate) fn find_keys(&mut self, jobs: &[Job], of: &mut Committer) -> Result<(), Fault> {
        let keys: Vec<_> = jobs
            .iter()
            .filter_map(|job| {
                job.work.key.as_ref().map(|key| (job.work.tenant, key.member.clone(), key.key.clone()))
            })
            .collect();
        if !keys.is_empty() {
            self.used_keys = of.writer.used_keys(&keys)?;
        }
        Ok(())
    }

    /// Puts cases on the desk that are not there yet.
    pub(crate) fn lay_out(&mut self, refs: &[Ref], of: &mut Committer) -> Result<(), Fault> {
        let mut missing = Vec::new();
        for at in refs {
            if self.slots.contains_key(at) {
                continue;
            }
            if let Some(held) = of.held.get(at) {
                self.slots.insert(*at, Slot { base: Some(Arc::clone(held)), now: None, fresh: false });
            } else if !missing.contains(at) {
                missing.push(*at);
            }
        }
        self.fetch(&missing, of)
    }

    fn fetch(&mut self, refs: &[Ref], of: &mut Committer) -> Result<(), Fault> {
        if refs.is_empty() {
            return Ok(());
        }
        // Nothing on the desk changes before all of it could be read.
        let mut found = Vec::with_capacity(refs.len());
        for stored in of.writer.load(refs)? {
            let case = project::read_state(&stored.state)?;
            let promise = project::promise_again(&case, stored.promise);
            let shown = Shown { title: stored.title, address: stored.address, promise };
            found.push((stored.at, Arc::new(Held { case, shown, head: stored.head })));
        }
        for at in refs {
            self.slots.insert(*at, Slot { base: None, now: None, fresh: true });
        }
        for (at, held) in found {
            self.slots.insert(at, Slot { base: Some(held), now: None, fresh: true });
        }
        Ok(())
    }

    /// Decides one command and keeps its outcome.
    pub(crate) fn take(&mut self, no: usize, job: &mut Job, of: &mut Committer) {
        let outcome = self.known_key(job).unwrap_or_else(|| {
            let mut ended = self.decide(job, of);
            // Another node may have moved a case that was held in memory: nobody is refused on a stale look.
            if ended.is_err() && of.writer.shared() && self.refresh(job.work.tenant, of) {
                ended = self.decide(job, of);
            }
            if let (Ok(_), Some(key)) = (&ended, &job.work.key) {
                self.pending_keys.insert((job.work.tenant, key.clone()), no);
            }
            Outcome::Ended(ended)
        });
        self.outcomes.push(outcome);
    }

    fn known_key(&self, job: &Job) -> Option<Outcome> {
        let key = job.work.key.as_ref()?;
        let tenant = job.work.tenant;
        let used = self
            .used_keys
            .iter()
            .find(|row| row.tenant == tenant && row.member == key.member && row.key == key.key);
        if let Some(row) = used {
            let answer =
                if row.body_hash == key.body_hash { receipt_again(row) } else { Err(Fault::KeyReused) };
            return Some(Outcome::Ended(answer.map_err(CommitError::Fault)));
        }
        let (earlier, no) = self.pending_keys.iter().find(|((of, earlier), _)| {
            *of == tenant && earlier.member == key.member && earlier.key == key.key
        })?;
        Some(if earlier.1.body_hash == key.body_hash {
            Outcome::SameAs(*no)
        } else {
            Outcome::Ended(Err(Fault::KeyReused.into()))
        })
    }

    /// Reads again what came from memory and was not changed by this batch. True when anything was.
    fn refresh(&mut self, tenant: TenantId, of: &mut Committer) -> bool {
        let stale: Vec<Ref> = self
            .slots
            .iter()
            .filter(|(at, slot)| at.0 == tenant && !slot.fresh && slot.now.is_none())
            .map(|(at, _)| *at)
            .collect();
        !stale.is_empty() && self.fetch(&stale, of).is_ok()
    }

    fn decide(&mut self, job: &mut Job, of: &mut Committer) -> Result<Receipt, CommitError> {
        let tenant = job.work.tenant;
        let at = (tenant, job.work.decider.case());
        let events = self.agree(job, at, of)?;
        let made = self.make(tenant, &events, &job.work.seal_keys, of)?;
        self.put(job, made);
        self.receipt(at).map_err(CommitError::Fault)
    }

    /// Asks until everything that was looked at is sure. The version of what is written is checked when it is written; what
    /// got no event is checked by nobody, so where other nodes write too it is read again if it came from memory.
    fn agree(
        &mut self,
        job: &mut Job,
        at: Ref,
        of: &mut Committer,
    ) -> Result<Vec<(CaseId, Vec<Event>)>, CommitError> {
        // Each turn leaves less that came from memory, so this ends unless the decider asks for ever.
        for _ in 0..ASKS {
            self.lay_out(&[at], of)?;
            if let Some(expected) = job.work.expect_version {
                let Some(held) = self.slots.get(&at).and_then(Slot::held) else {
                    return Err(Fault::NotFound(format!("case {}", at.1)).into());
                };
                if held.case.version != expected {
                    return Err(Fault::Conflict { case: at.1, is: held.case.version, expected }.into());
                }
            }
            let events = self.ask(job, of)?;
            let unsure = if of.writer.shared() { self.unsure(job, at, &events) } else { Vec::new() };
            if unsure.is_empty() {
                return Ok(events);
            }
            self.fetch(&unsure, of)?;
        }
        Err(Fault::Broken(format!("a command looked at other cases more than {ASKS} times")).into())
    }

    /// Cases from memory that a command looked at and left as they are.
    fn unsure(&self, job: &Job, own: Ref, log: &[(CaseId, Vec<Event>)]) -> Vec<Ref> {
        let remembered = |slot: &Slot| !slot.fresh && slot.now.is_none();
        let left = |at: &Ref| !log.iter().any(|(case, events)| *case == at.1 && !events.is_empty());
        let looked = std::iter::once(own).chain(job.asked.iter().copied());
        looked.filter(|at| self.slots.get(at).is_some_and(remembered) && left(at)).collect()
    }

    /// Asks the decider until it has seen every case it needs.
    fn ask(&mut self, job: &mut Job, of: &mut Committer) -> Result<Vec<(CaseId, Vec<Event>)>, CommitError> {
        let tenant = job.work.tenant;
        let mut told: HashSet<Ref> = HashSet::new();
        for _ in 0..ASKS {
            let view = View { tenant, slots: &self.slots };
            let decider = &mut job.work.decider;
            let said = catch_unwind(AssertUnwindSafe(|| decider.decide(&view))).map_err(|_panic| {
                Fault::Broken("deciding a command panicked; its batch went on without it".into())
            })?;
            match said? {
                Verdict::Events(events) => return Ok(events),
                Verdict::Need(ids) => {
                    let refs: Vec<Ref> = ids.into_iter().map(|id| (tenant, id)).collect();
                    // What lies here for another command of the batch was not asked for by this one.
                    if refs.iter().filter(|at| told.insert(**at)).count() == 0 {
                        let why = "a command asked again for cases that were loaded already";
                        return Err(Fault::Broken(why.into()).into());
                    }
                    job.asked.extend(refs.iter().copied());
                    self.lay_out(&refs, of)?;
                }
            }
        }
        Err(Fault::Broken(format!("a command asked more than {ASKS} times for cases")).into())
    }

    fn make(
        &mut self,
        tenant: TenantId,
        log: &[(CaseId, Vec<Event>)],
        new: &[NewKey],
        of: &mut Committer,
    ) -> Result<Made, Fault> {
        for key in new {
            of.vault.offer(tenant, key);
        }
        let mut refs: Vec<Ref> = log.iter().map(|(case, _)| (tenant, *case)).collect();
        refs.dedup();
        self.lay_out(&refs, of)?;
        let mut made = Made::default();
        for (case, events) in log {
            let at = (tenant, *case);
            for event in events {
                of.load_keys_of(tenant, event, new)?;
                sealed_by_its_own(tenant, event, new, of)?;
                self.append(at, event, &mut made, of)?;
            }
        }
        Ok(made)
    }

    /// One event: applied, hashed, its words made searchable.
    fn append(&self, at: Ref, event: &Event, made: &mut Made, of: &Committer) -> Result<(), Fault> {
        let no = made.touched.iter().position(|(other, _)| *other == at).unwrap_or_else(|| {
            let blank = || Held { case: Case::blank(at.1), shown: Shown::default(), head: journal::GENESIS };
            made.touched.push((at, self.slots.get(&at).and_then(Slot::held).cloned().unwrap_or_else(blank)));
            made.touched.len() - 1
        });
        let Some((_, held)) = made.touched.get_mut(no) else { return Ok(()) };
        let (was, had, heard) = (held.case.version, project::had(&held.case), !project::hushed(&held.case));
        catch_unwind(AssertUnwindSafe(|| huying_model::apply(&mut held.case, event))).map_err(|_panic| {
            Fault::Broken("applying an event panicked; its batch went on without it".into())
        })?;
        if held.case.version != was + 1 || held.case.id != at.1 {
            return Err(Fault::Broken("an event did not raise its case's version by one".into()));
        }
        made.parts.extend(project::brought(at.0, &had, &held.case, event));
        let open = |sealed: &_| of.vault.open_text(at.0, sealed);
        held.shown.take(&held.case, event, open);
        let row = event_row(
            at,
            &held.case,
            event,
            (self.batch.stream, self.batch.position + 1 + made.events.len() as i64),
            held.head,
        )?;
        held.head = row.hash;
        if let huying_model::event::Body::Redacted { event, .. } = &event.body {
            made.unsaid.push((at, i64::from(*event)));
        }
        if heard && project::hushed(&held.case) {
            made.unsaid.extend((1..=i64::from(was)).map(|seq| (at, seq)));
        }
        made.said.extend(said(&row, &held.case, event, open));
        made.events.push(row);
        Ok(())
    }

    fn put(&mut self, job: &mut Job, made: Made) {
        let tenant = job.work.tenant;
        self.batch.position += made.events.len() as i64;
        if let (Some(key), Some(first)) = (&job.work.key, made.events.first()) {
            let at = (tenant, job.work.decider.case());
            let case = made.touched.iter().find(|(other, _)| *other == at).map(|(_, held)| &held.case);
            let case = case.or_else(|| self.slots.get(&at).and_then(Slot::held).map(|held| &held.case));
            self.batch.keys.push(KeyRow {
                tenant,
                member: key.member.clone(),
                key: key.key.clone(),
                day: first.recorded_at.div_euclid(DAY_MS),
                body_hash: key.body_hash,
                case: at.1,
                number: case.map(|case| case.number.clone()).unwrap_or_default(),
                version: case.map_or(0, |case| case.version),
                stage: case.map_or("reported", |case| case.stage.code()).into(),
                position: self.batch.position,
            });
        }
        self.batch.events.extend(made.events);
        self.batch.said.extend(made.said);
        self.batch.unsaid.extend(made.unsaid);
        self.batch.parts.extend(made.parts);
        self.batch.seal_keys.extend(job.work.seal_keys.iter().map(|key| key.row(tenant)));
        self.batch.files.extend(job.work.files.iter().map(|file| (tenant, file.clone())));
        for (at, held) in made.touched {
            if let Some(slot) = self.slots.get_mut(&at) {
                slot.now = Some(held);
            }
        }
    }

    fn receipt(&self, at: Ref) -> Result<Receipt, Fault> {
        let held = self.slots.get(&at).and_then(Slot::held);
        let case = &held.ok_or_else(|| Fault::NotFound(format!("case {}", at.1)))?.case;
        Ok(Receipt {
            case: at.1,
            number: case.number.clone(),
            version: case.version,
            stage: case.stage,
            replayed: false,
            position: self.batch.position.unsigned_abs(),
        })
    }

    /// Derives the rows of every case that was changed: state, queue lines, counts.
    pub(crate) fn finish(&mut self, offset_ms: i64) -> Result<(), Fault> {
        let mut counts: HashMap<RollupKey, RollupSum> = HashMap::new();
        for (at, slot) in &self.slots {
            let Some(now) = &slot.now else { continue };
            let mut row = project::case_row(at.0, &now.case, &now.shown, now.head)?;
            let before = slot.base.as_deref();
            if let Some(was) = before {
                row.was = was.case.version;
                row.changed = project::changed((&was.case, &was.shown), (&now.case, &now.shown));
            }
            self.batch.cases.push(row);
            let gone = before.map(|was| project::todos(at.0, &was.case)).unwrap_or_default();
            let new = project::todos(at.0, &now.case);
            self.batch.todos_new.extend(new.iter().filter(|line| !gone.contains(line)).cloned());
            self.batch.todos_gone.extend(gone.into_iter().filter(|line| !new.contains(line)));
            let public = project::public(at.0, &now.case);
            let was = before.and_then(|was| project::public(at.0, &was.case));
            self.batch.public.extend(public.filter(|public| Some(public) != was.as_ref()));
            let counted = |held: &Held| project::counted(at.0, offset_ms, &held.case, &held.shown);
            for (sign, counted) in [(-1, before.and_then(counted)), (1, counted(now))] {
                if let Some((key, sum)) = counted {
                    counts.entry(key).or_default().add(sign, sum);
                }
            }
        }
        self.batch.rollup.extend(counts.into_iter().filter(|(_, sum)| *sum != RollupSum::default()));
        // A fixed order keeps two nodes from locking the same rows the other way round.
        self.batch.rollup.sort();
        self.batch.parts.sort();
        self.batch.parts.dedup();
        self.batch.public.sort();
        self.batch.cases.sort_by_key(|row| (row.tenant, row.case));
        Ok(())
    }
}

impl Desk {
    /// What the batch leaves in memory once it is stored.
    pub(crate) fn into_held(self) -> impl Iterator<Item = (Ref, Arc<Held>)> {
        self.slots.into_iter().filter_map(|(at, slot)| {
            let held = slot.now.map(Arc::new).or(slot.base)?;
            Some((at, held))
        })
    }
}
