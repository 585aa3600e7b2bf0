//! The waiting room: two lanes, interactive before bulk, each served round-robin by tenant, both bounded.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

use crate::{
    CommitError, Fault, Lane, Receipt, TenantId, Work,
    write::{Batch, Done, Ref, Step},
};

/// A command that waits for its answer.
pub(crate) struct Job {
    pub work: Work,
    pub answer: oneshot::Sender<Result<Receipt, CommitError>>,
    /// Cases that its decider has asked for. It need not ask again, so they lie on every desk on which it is decided again.
    pub asked: HashSet<Ref>,
}

impl Job {
    pub(crate) fn new(work: Work, answer: oneshot::Sender<Result<Receipt, CommitError>>) -> Job {
        Job { work, answer, asked: HashSet::new() }
    }
}

/// A write that is no command.
pub(crate) enum Act {
    /// Small writes outside the journal, in one transaction.
    Steps(Vec<Step>),
    /// The same, on rows that the committer may hold in memory: it reads them again.
    Touching(Vec<Step>),
    /// Rows derived again from the journal.
    Rows(Box<Batch>),
    /// The database is rewritten, so that nothing that was deleted is left in it.
    Scour,
}

/// An [`Act`] that waits for its answer.
pub(crate) struct Errand {
    pub act: Act,
    pub answer: oneshot::Sender<Result<Vec<Done>, Fault>>,
}

/// Beside interactive work a batch takes at most this many bulk commands, so that a person never waits for an import.
const BULK_BESIDE: usize = 16;

#[derive(Default)]
struct Queue {
    of: HashMap<TenantId, VecDeque<Job>>,
    turn: VecDeque<TenantId>,
    len: usize,
}

impl Queue {
    fn push(&mut self, job: Job) {
        let tenant = job.work.tenant;
        let line = self.of.entry(tenant).or_default();
        if line.is_empty() {
            self.turn.push_back(tenant);
        }
        line.push_back(job);
        self.len += 1;
    }

    /// One of each tenant in turn, until `max` are taken.
    fn take(&mut self, max: usize, into: &mut Vec<Job>) {
        for _ in 0..max {
            let Some(tenant) = self.turn.pop_front() else { return };
            let Some(line) = self.of.get_mut(&tenant) else { continue };
            if let Some(job) = line.pop_front() {
                into.push(job);
                self.len -= 1;
            }
            if line.is_empty() {
                self.of.remove(&tenant);
            } else {
                self.turn.push_back(tenant);
            }
        }
    }
}

#[derive(Default)]
struct Inner {
    interactive: Queue,
    bulk: Queue,
    errands: VecDeque<Errand>,
    paused: bool,
    closed: bool,
}

/// See the module.
pub(crate) struct Lanes {
    inner: Mutex<Inner>,
    bell: Condvar,
    bound: usize,
}

/// What the committer takes at once.
#[derive(Default)]
pub(crate) struct Taken {
    pub jobs: Vec<Job>,
    pub errands: Vec<Errand>,
}

impl Lanes {
    pub(crate) fn new(bound: usize) -> Lanes {
        Lanes { inner: Mutex::default(), bell: Condvar::new(), bound }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing is called while the lock is held that could leave the queues half changed.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Busy when the lane is full, Broken after the store was closed.
    pub(crate) fn push(&self, job: Job) -> Result<(), Fault> {
        let mut inner = self.lock();
        if inner.closed {
            return Err(closed());
        }
        if inner.paused {
            return Err(Fault::Busy { retry_after_ms: 5000 });
        }
        let queue = match job.work.lane {
            Lane::Interactive => &mut inner.interactive,
            Lane::Bulk => &mut inner.bulk,
        };
        if queue.len >= self.bound {
            return Err(Fault::Busy { retry_after_ms: 1000 });
        }
        queue.push(job);
        drop(inner);
        self.bell.notify_one();
        Ok(())
    }

    pub(crate) fn push_errand(&self, errand: Errand) -> Result<(), Fault> {
        let mut inner = self.lock();
        if inner.closed {
            return Err(closed());
        }
        if inner.errands.len() >= self.bound {
            return Err(Fault::Busy { retry_after_ms: 1000 });
        }
        inner.errands.push_back(errand);
        drop(inner);
        self.bell.notify_one();
        Ok(())
    }

    /// Waits until something is there and takes what is waiting, at most `max` commands. A lone command goes at once.
    /// None after closing, when everything that waited has been taken.
    pub(crate) fn take(&self, max: usize) -> Option<Taken> {
        let mut inner = self.lock();
        loop {
            let mut taken = Taken::default();
            taken.errands.extend(inner.errands.drain(..));
            inner.interactive.take(max, &mut taken.jobs);
            let room = max - taken.jobs.len();
            let room = if taken.jobs.is_empty() { room } else { room.min(BULK_BESIDE) };
            inner.bulk.take(room, &mut taken.jobs);
            if !taken.jobs.is_empty() || !taken.errands.is_empty() {
                return Some(taken);
            }
            if inner.closed {
                return None;
            }
            inner = self.bell.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// How many commands wait: interactive, bulk.
    pub(crate) fn waiting(&self) -> (usize, usize) {
        let inner = self.lock();
        (inner.interactive.len, inner.bulk.len)
    }

    /// While paused, new commands are told that the store is busy; errands pass.
    pub(crate) fn pause(&self, paused: bool) {
        self.lock().paused = paused;
    }

    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.bell.notify_all();
    }
}

fn closed() -> Fault {
    Fault::Broken("the store has been closed".into())
}
