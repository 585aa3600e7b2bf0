//! The committer: commands that wait at the same moment are decided together, written in one transaction and made
//! durable by one commit; each waiter gets its own answer.
//!
//! It runs on a thread of its own, so a database may block. A batch that fails is rolled back, halved and tried again
//! until the bad command stands alone; one that lost a race is decided again on fresh state. Start with
//! [`Committer::settle`]; `lanes` is the waiting room, `desk` decides.

pub(crate) mod desk;
pub(crate) mod entry;
pub(crate) mod lanes;

use std::{
    collections::HashSet,
    num::NonZeroUsize,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use huying_model::Event;
use lru::LruCache;
use smol_str::SmolStr;
use tokio::sync::watch;

use crate::{
    CommitError, Fault, TenantId, project,
    recent::Recent,
    seal::{NewKey, Vault},
    write::{Ref, WriteError, Writer},
};
use desk::{Desk, Held, Outcome};
use lanes::{Act, Errand, Job, Lanes, Taken};

/// How often a batch that lost a race is decided again.
const RACES: usize = 16;
/// How often the store is asked what became of a commit whose connection was lost, and how long between.
const ASK_AFTER_LOSS: (usize, std::time::Duration) = (40, std::time::Duration::from_millis(250));

/// What the committer has done since it started.
#[derive(Default, Debug)]
pub struct Stats {
    pub batches: AtomicU64,
    pub commands: AtomicU64,
    pub events: AtomicU64,
    /// Batches that lost a race and were decided again.
    pub races: AtomicU64,
    /// Batches that were halved to find a bad command.
    pub halved: AtomicU64,
}

/// See the module.
pub(crate) struct Committer {
    pub writer: Box<dyn Writer>,
    pub vault: Arc<Vault>,
    pub held: LruCache<Ref, Arc<Held>>,
    pub stream: i64,
    pub position: i64,
    pub offset_ms: i64,
    pub max_batch: usize,
    pub live: watch::Sender<u64>,
    pub recent: Arc<Recent>,
    pub stats: Arc<Stats>,
}

impl Committer {
    pub(crate) fn lru(size: usize) -> LruCache<Ref, Arc<Held>> {
        LruCache::new(NonZeroUsize::new(size).unwrap_or(NonZeroUsize::MIN))
    }

    /// Serves until the lanes are closed and empty. A panic here is a fault of this crate: its batch is dropped, whoever
    /// waits for it is told that the outcome is unknown, and the next one is served from what is stored.
    pub(crate) fn run(mut self, lanes: &Lanes) {
        while let Some(taken) = lanes.take(self.max_batch) {
            if catch_unwind(AssertUnwindSafe(|| self.serve(taken))).is_err() {
                tracing::error!("the committer panicked; it goes on from what is stored");
                if let Err(fault) = self.start_afresh() {
                    tracing::error!(%fault, "what is stored could not be read");
                }
            }
        }
    }

    fn serve(&mut self, taken: Taken) {
        for errand in taken.errands {
            self.errand(errand);
        }
        let mut jobs = taken.jobs;
        while !jobs.is_empty() {
            jobs = self.settle(jobs);
        }
    }

    fn errand(&mut self, errand: Errand) {
        let done = match errand.act {
            Act::Steps(steps) => self.writer.errand(&steps),
            Act::Touching(steps) => {
                let done = self.writer.errand(&steps);
                self.start_afresh().and(done)
            }
            Act::Scour => self.writer.scour().map(|()| Vec::new()),
            Act::Rows(batch) => match self.writer.write(&batch) {
                Ok(()) => {
                    self.recent.forget();
                    Ok(Vec::new())
                }
                Err(WriteError::Lost) => Err(Fault::Broken("a derived row was there already".into())),
                Err(WriteError::Busy) => Err(Fault::Busy { retry_after_ms: 1000 }),
                Err(WriteError::Broken(why) | WriteError::Unsure(why)) => Err(Fault::Broken(why)),
            },
        };
        // Nobody waiting any more only means that the caller gave up.
        let _ = errand.answer.send(done);
    }

    /// Commits these commands and answers them. Returns those that still have to be tried.
    fn settle(&mut self, mut jobs: Vec<Job>) -> Vec<Job> {
        for _ in 0..RACES {
            let desk = match self.prepare(&mut jobs) {
                Ok(desk) => desk,
                Err(fault) => return answer_all(jobs, &fault),
            };
            if desk.is_empty() {
                return self.adopt(desk, jobs);
            }
            match self.writer.write(&desk.batch) {
                Ok(()) => return self.adopt(desk, jobs),
                Err(WriteError::Lost) => {
                    self.stats.races.fetch_add(1, Ordering::Relaxed);
                    if let Err(fault) = self.start_afresh() {
                        return answer_all(jobs, &fault);
                    }
                }
                Err(WriteError::Busy) => return answer_all(jobs, &Fault::Busy { retry_after_ms: 1000 }),
                Err(WriteError::Broken(why)) => return self.halve(jobs, &why),
                Err(WriteError::Unsure(why)) => match self.what_became_of(&desk) {
                    Ok(true) => return self.adopt(desk, jobs),
                    Ok(false) => {}
                    Err(fault) => {
                        tracing::error!(%why, "the outcome of a commit is unknown");
                        return answer_all(jobs, &fault);
                    }
                },
            }
        }
        answer_all(jobs, &Fault::Busy { retry_after_ms: 500 })
    }

    /// Decides every command on an empty desk.
    fn prepare(&mut self, jobs: &mut [Job]) -> Result<Desk, Fault> {
        if self.writer.changed_elsewhere()? {
            self.start_afresh()?;
        }
        let mut desk = Desk::new(self.stream, self.position);
        desk.find_keys(jobs, self)?;
        let own = jobs.iter().map(|job| (job.work.tenant, job.work.decider.case()));
        let asked = jobs.iter().flat_map(|job| job.asked.iter().copied());
        let refs: Vec<Ref> = own.chain(asked).collect();
        desk.lay_out(&refs, self)?;
        for (no, job) in jobs.iter_mut().enumerate() {
            desk.take(no, job, self);
        }
        desk.finish(self.offset_ms)?;
        Ok(desk)
    }

    fn start_afresh(&mut self) -> Result<(), Fault> {
        self.held.clear();
        self.recent.forget();
        self.position = self.writer.position(self.stream)?;
        Ok(())
    }

    /// The batch is durable: memory follows and everybody is told.
    fn adopt(&mut self, mut desk: Desk, jobs: Vec<Job>) -> Vec<Job> {
        let outcomes = std::mem::take(&mut desk.outcomes);
        let moved = self.position != desk.batch.position;
        self.position = desk.batch.position;
        self.stats.batches.fetch_add(1, Ordering::Relaxed);
        self.stats.commands.fetch_add(jobs.len() as u64, Ordering::Relaxed);
        self.stats.events.fetch_add(desk.batch.events.len() as u64, Ordering::Relaxed);
        self.recent.note(&desk.batch);
        for (at, held) in desk.into_held() {
            self.held.put(at, held);
        }
        // Whoever listens knows of it no later than whoever asked for it.
        if moved {
            self.live.send_replace(self.position.unsigned_abs());
        }
        for (job, outcome) in jobs.into_iter().zip(&outcomes) {
            let answer = match outcome {
                Outcome::Ended(ended) => ended.clone(),
                Outcome::SameAs(no) => match outcomes.get(*no) {
                    Some(Outcome::Ended(Ok(receipt))) => {
                        Ok(crate::Receipt { replayed: true, ..receipt.clone() })
                    }
                    _ => Err(Fault::Busy { retry_after_ms: 500 }.into()),
                },
            };
            let stored = answer.as_ref().is_ok_and(|receipt| !receipt.replayed);
            for key in &job.work.seal_keys {
                self.vault.settle(job.work.tenant, key, stored);
            }
            let _ = job.answer.send(answer);
        }
        Vec::new()
    }

    /// One of these commands cannot be written: each half is tried by itself.
    fn halve(&mut self, mut jobs: Vec<Job>, why: &str) -> Vec<Job> {
        // The database may have failed as a whole; what is in memory is read again to be sure of it.
        if let Err(fault) = self.start_afresh() {
            return answer_all(jobs, &fault);
        }
        if jobs.len() == 1 {
            tracing::error!(%why, "a command could not be written");
            let taken = why.contains("case_number") || why.contains("case_row.number");
            let fault = if taken { Fault::NumberTaken } else { Fault::Broken(why.to_owned()) };
            return answer_all(jobs, &fault);
        }
        self.stats.halved.fetch_add(1, Ordering::Relaxed);
        let later = jobs.split_off(jobs.len() / 2);
        let mut rest = self.settle(jobs);
        rest.extend(later);
        rest
    }

    /// After a lost connection: true when the batch is in the store, false when it is not.
    fn what_became_of(&mut self, desk: &Desk) -> Result<bool, Fault> {
        let (tries, pause) = ASK_AFTER_LOSS;
        let mut last = Fault::Broken("the database did not come back".into());
        for _ in 0..tries {
            match self.writer.position(self.stream) {
                Ok(at) if at == desk.batch.position => return Ok(true),
                Ok(at) => {
                    self.held.clear();
                    self.recent.forget();
                    self.position = at;
                    return Ok(false);
                }
                Err(fault) => last = fault,
            }
            std::thread::sleep(pause);
        }
        Err(last)
    }

    /// Brings the data keys of an event's words into memory, for its projections.
    pub(crate) fn load_keys_of(
        &mut self,
        tenant: TenantId,
        event: &Event,
        new: &[NewKey],
    ) -> Result<(), Fault> {
        let names: HashSet<(TenantId, SmolStr)> = project::spoken(event)
            .into_iter()
            .filter(|words| !self.vault.holds_stored(tenant, &words.key))
            .filter(|words| !new.iter().any(|key| key.name == words.key))
            .map(|words| (tenant, words.key.clone()))
            .collect();
        if names.is_empty() {
            return Ok(());
        }
        for row in self.writer.seal_keys(&names.into_iter().collect::<Vec<_>>())? {
            self.vault.take(&row)?;
        }
        Ok(())
    }
}

fn answer_all(jobs: Vec<Job>, fault: &Fault) -> Vec<Job> {
    for job in jobs {
        let _ = job.answer.send(Err(CommitError::Fault(fault.clone())));
    }
    Vec::new()
}
