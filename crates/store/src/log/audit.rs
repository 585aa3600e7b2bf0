//! The log's proof: leaves taken from the journal again, every tile, every signed head and every head that somebody kept compared.
//!
//! Start with [`Store::audit_log`]. The chains of the cases are [`Store::audit`]'s: this takes an entry's stored hash as it is.

use std::collections::{BTreeMap, VecDeque};

use huying_model::Instant;
use huying_proof::{Checkpoint, PublicKey, WITHIN_SECONDS, hash, tile::Held, tree::Edge};

use super::{AUTHORITY_LOGS, HeadRow, LAST_NO, Leaf, Run, head, run};
use crate::{Fault, Store, TenantId, statements as sql, value::Value};

/// What is wrong with a log. Nothing behind the first that concerns leaves can be compared, so it ends the walk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogBreach {
    /// Between two positions of a source the log has another number of entries than the journal.
    Count { source: i64, past: i64, through: i64, logged: i64, found: i64 },
    /// What the log says of where its leaves came from does not fit together.
    Runs { leaf: i64 },
    /// A signed head is not that of the entries.
    Head { size: i64, made_at: i64 },
    /// A head is not signed by the log's key, or says something else than what is stored with it.
    Signature { size: i64, why: String },
    /// A tile is not that of the entries.
    Tile { level: u8, no: u64 },
    /// An entry says that it was recorded before a head in which it is not.
    BackDated { leaf: i64, recorded_at: i64, head_at: i64 },
    /// A head that somebody kept is not one of this log at all.
    Fork { size: u64, at: i64 },
    /// A head, stored or kept by somebody, speaks of more entries than there are.
    Cut { size: u64, found: u64 },
    /// Nothing waits for the log, and no signed head stands over its last entry: it was taken away.
    Unsigned { leaves: u64 },
}

impl std::fmt::Display for LogBreach {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            LogBreach::Count { source, past, through, logged, found } => write!(
                f,
                "the log has {logged} entries of source {source} after position {past} up to {through}, the journal {found}"
            ),
            LogBreach::Runs { leaf } => {
                write!(f, "where leaf {leaf} of the log came from does not fit the leaves before")
            }
            LogBreach::Head { size, made_at } => write!(
                f,
                "the head of {size} entries signed at {} is not that of the entries: some were changed, left out or exchanged",
                Instant(*made_at)
            ),
            LogBreach::Signature { size, why } => write!(f, "the head of {size} entries: {why}"),
            LogBreach::Tile { level, no } => {
                write!(f, "tile {no} of level {level} is not that of the entries")
            }
            LogBreach::BackDated { leaf, recorded_at, head_at } => write!(
                f,
                "leaf {leaf} says it was recorded at {}, and is not in the head signed at {}",
                Instant(*recorded_at),
                Instant(*head_at)
            ),
            LogBreach::Fork { size, at } => write!(
                f,
                "the head of {size} entries that was given out at {} is of another log: this one was changed since",
                Instant(*at)
            ),
            LogBreach::Cut { size, found } => {
                write!(f, "a head of {size} entries was given out, and the log has {found}: its end is gone")
            }
            LogBreach::Unsigned { leaves } => write!(
                f,
                "no signed head stands over the {leaves} entries of the log though nothing waits for it: it was taken away, unless the log was stopped in this moment: serve the platform and audit again"
            ),
        }
    }
}

/// What an audit of a log found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogReport {
    pub leaves: u64,
    pub heads: u64,
    /// Entries that are not in the log yet.
    pub waiting: i64,
    pub breaches: Vec<LogBreach>,
}

const STEP: i64 = 1000;

/// The walk along the leaves.
struct Walk<'a> {
    tenant: TenantId,
    key: &'a PublicKey,
    edge: Edge,
    tiles: Held,
    through: BTreeMap<i64, i64>,
    /// Stored heads that are read and not reached yet, and where the next page begins.
    heads: VecDeque<HeadRow>,
    after: i64,
    /// Heads that somebody kept, the smallest first.
    kept: VecDeque<Checkpoint>,
    /// When the last signed head said that the log was read.
    head_at: Option<i64>,
    /// The newest head that was reached is signed.
    signed: bool,
    /// The walk came to the end of the leaves.
    whole: bool,
    report: LogReport,
}

impl Walk<'_> {
    /// Takes a leaf in.
    fn take(&mut self, leaf: &Leaf) {
        let size = self.edge.size() as i64;
        let late = self.head_at.filter(|head_at| leaf.recorded_at + WITHIN_SECONDS * 1000 < *head_at);
        if let Some(head_at) = late {
            self.report.breaches.push(LogBreach::BackDated {
                leaf: size,
                recorded_at: leaf.recorded_at,
                head_at,
            });
        }
        self.edge.append(hash::leaf(&leaf.content), &mut self.tiles);
    }

    /// Compares every head that stands at the size that is reached.
    fn compare(&mut self) {
        let size = self.edge.size();
        while self.heads.front().is_some_and(|head| head.size.unsigned_abs() <= size) {
            let Some(head) = self.heads.pop_front() else { return };
            self.signed = !head.note.is_empty();
            if head.note.is_empty() {
                continue;
            }
            self.report.heads += 1;
            self.head_at = Some(head.made_at);
            match Checkpoint::open(&head.note, self.key) {
                Err(why) => {
                    let (size, why) = (head.size, why.to_string());
                    self.report.breaches.push(LogBreach::Signature { size, why });
                }
                Ok(said) if (said.size, said.at) != (head.size.unsigned_abs(), head.made_at) => {
                    let why = "it says another size or moment than what is stored with it".to_owned();
                    self.report.breaches.push(LogBreach::Signature { size: head.size, why });
                }
                Ok(said) if said.size != size || said.root != self.edge.root() => {
                    self.report.breaches.push(LogBreach::Head { size: head.size, made_at: head.made_at });
                }
                Ok(_) => {}
            }
        }
        while self.kept.front().is_some_and(|kept| kept.size <= size) {
            let Some(kept) = self.kept.pop_front() else { return };
            if kept.size != size || kept.root != self.edge.root() {
                self.report.breaches.push(LogBreach::Fork { size: kept.size, at: kept.at });
            }
        }
    }

    /// At the end: heads that were not reached.
    fn end(&mut self) {
        self.whole = true;
        let found = self.edge.size();
        let stored = self.heads.iter().map(|head| head.size.unsigned_abs());
        let sizes: Vec<u64> = stored.chain(self.kept.iter().map(|kept| kept.size)).collect();
        self.report.breaches.extend(sizes.into_iter().map(|size| LogBreach::Cut { size, found }));
    }
}

impl Store {
    /// Derives the tenant's log again from the journal and compares it with what is stored and with the heads in `kept`, which others
    /// have kept and whose signatures were checked. `key` is the log's.
    pub async fn audit_log(
        &self,
        tenant: TenantId,
        key: &PublicKey,
        kept: &[Checkpoint],
    ) -> Result<LogReport, Fault> {
        let mut kept = kept.to_vec();
        kept.sort_by_key(|head| head.size);
        let mut walk = Walk {
            tenant,
            key,
            edge: Edge::default(),
            tiles: Held::default(),
            through: BTreeMap::new(),
            heads: VecDeque::new(),
            after: -1,
            kept: kept.into(),
            head_at: None,
            signed: false,
            whole: false,
            report: LogReport::default(),
        };
        self.more_heads(&mut walk).await?;
        walk.compare();
        let mut after = -1;
        'walk: loop {
            let params = vec![tenant.into(), after.into(), Value::Int(STEP)];
            let runs = self.db.query(sql::LOG_RUNS, params).await?;
            for row in &runs {
                let run = run(row)?;
                after = run.leaf;
                if !self.walk_run(&mut walk, &run).await? {
                    break 'walk;
                }
            }
            if runs.is_empty() {
                walk.end();
                break;
            }
        }
        let edge = walk.edge.clone();
        edge.keep(&mut walk.tiles);
        self.compare_tiles(&mut walk).await?;
        walk.report.leaves = walk.edge.size();
        walk.report.waiting = self.waiting_for_log(&walk).await?;
        let leaves = walk.report.leaves;
        if leaves > 0
            && walk.whole
            && !walk.signed
            && walk.report.waiting == 0
            && !self.acts_wait(&walk).await?
        {
            walk.report.breaches.push(LogBreach::Unsigned { leaves });
        }
        Ok(walk.report)
    }

    /// Walks the leaves of one run. False where the log and the journal part.
    async fn walk_run(&self, walk: &mut Walk<'_>, run: &Run) -> Result<bool, Fault> {
        if run.leaf != walk.edge.size() as i64 {
            walk.report.breaches.push(LogBreach::Runs { leaf: run.leaf });
            return Ok(false);
        }
        let past = walk.through.get(&run.source).copied().unwrap_or(0);
        let most = usize::try_from(run.leaves).unwrap_or(0) + 1;
        let leaves = self.leaves(walk.tenant, run.source, (past, run.through), most).await?;
        let found = leaves.len() as i64;
        if found != run.leaves {
            let (source, through, logged) = (run.source, run.through, run.leaves);
            walk.report.breaches.push(LogBreach::Count { source, past, through, logged, found });
            return Ok(false);
        }
        for leaf in &leaves {
            walk.take(leaf);
            self.more_heads(walk).await?;
            walk.compare();
        }
        walk.through.insert(run.source, run.through);
        self.compare_tiles(walk).await?;
        Ok(true)
    }

    async fn more_heads(&self, walk: &mut Walk<'_>) -> Result<(), Fault> {
        if !walk.heads.is_empty() || walk.after == i64::MAX {
            return Ok(());
        }
        let params = vec![walk.tenant.into(), walk.after.into(), Value::Int(STEP)];
        let rows = self.db.query(sql::LOG_HEADS, params).await?;
        walk.heads = rows.iter().map(head).collect::<Result<_, Fault>>()?;
        // Behind the last page nothing is asked any more.
        walk.after = walk.heads.back().map_or(i64::MAX, |head| head.began);
        Ok(())
    }

    /// Compares the tiles that were derived with those that are stored, and forgets them.
    async fn compare_tiles(&self, walk: &mut Walk<'_>) -> Result<(), Fault> {
        for ((level, no), derived) in std::mem::take(&mut walk.tiles).0 {
            let stored = self.tile_row(walk.tenant, level, no).await.ok().flatten().unwrap_or_default();
            if stored.get(..derived.len()) != Some(&derived) {
                walk.report.breaches.push(LogBreach::Tile { level, no });
            }
        }
        Ok(())
    }

    /// Whether an entry of the authority's own logs is not in the log yet.
    async fn acts_wait(&self, walk: &Walk<'_>) -> Result<bool, Fault> {
        for source in (1..=AUTHORITY_LOGS.len() as i64).map(|no| -no) {
            let past = walk.through.get(&source).copied().unwrap_or(0);
            if !self.leaves(walk.tenant, source, (past, LAST_NO), 1).await?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn waiting_for_log(&self, walk: &Walk<'_>) -> Result<i64, Fault> {
        let mut waiting = 0;
        for (stream, end) in self.streams().await? {
            let past = walk.through.get(&stream).copied().unwrap_or(0);
            let params = vec![stream.into(), walk.tenant.into(), past.into(), (end + 1).into()];
            let rows = self.db.query(sql::LOG_EVENTS_BETWEEN, params).await?;
            waiting += rows.first().map_or(Ok(0), |row| row.int(0))?;
        }
        Ok(waiting)
    }
}
