//! Growing the log: what is new in the streams and the authority's logs becomes leaves, and a head is signed.

use huying_model::Instant;
use huying_proof::{
    Checkpoint, hash,
    tile::{self, Held},
    tree::Edge,
};

use super::{AUTHORITY_LOGS, CURSOR, HeadRow, LAST_NO, Leaf, Run, head, run};
use crate::{Fault, Store, TenantId, statements as sql, value::Value, write::Step};

/// Runs are closed at so many leaves, so that a leaf's place is found by counting few.
const RUN: i64 = 4096;
/// Positions of other tenants that are passed over before the cursor moves on for them alone.
const FAR: i64 = 10_000;

/// What one growth did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Growth {
    pub added: u64,
    /// More waits: no head is signed before it is taken in too.
    pub behind: bool,
}

/// What was taken from one source.
struct Taken {
    source: i64,
    past: i64,
    through: i64,
    leaves: Vec<Leaf>,
}

impl Store {
    /// Takes up to `most` new entries into the tenant's log; when nothing is left a head is signed that says `now`. So `now` has to be read
    /// before: what was recorded by then is under the head. Two that grow the log at once: one of them fails, and nothing of it stays.
    pub async fn grow_log(&self, tenant: TenantId, now: Instant, most: usize) -> Result<Growth, Fault> {
        let last = self.db.query(sql::LOG_LAST, vec![tenant.into()]).await?.first().map(head).transpose()?;
        let (taken, behind) = self.news(tenant, most).await?;
        let added: usize = taken.iter().map(|taken| taken.leaves.len()).sum();
        let mut steps: Vec<Step> = Vec::new();
        if added == 0 {
            if let Some(last) = last.filter(|last| last.note.is_empty() && !behind) {
                steps.push(self.late_signature(tenant, &last, now).await?);
            }
        } else {
            self.append(tenant, last.map_or(0, |last| last.size), now, (&taken, behind), &mut steps).await?;
        }
        for taken in taken.iter().filter(|taken| added > 0 || taken.through - taken.past >= FAR) {
            let params = vec![tenant.into(), CURSOR.into(), taken.source.into(), taken.through.into()];
            steps.push((sql::CURSOR_SET.into(), params));
        }
        if !steps.is_empty() {
            self.errand(steps).await?;
        }
        Ok(Growth { added: added as u64, behind })
    }

    /// What is new in each source, and whether more waits than `most`.
    async fn news(&self, tenant: TenantId, most: usize) -> Result<(Vec<Taken>, bool), Fault> {
        let cursor = self.log_cursor(tenant).await?;
        let logs = (0..AUTHORITY_LOGS.len() as i64).map(|no| (-1 - no, LAST_NO));
        let sources: Vec<(i64, i64)> = self.streams().await?.into_iter().chain(logs).collect();
        let (mut taken, mut room) = (Vec::new(), most.max(1));
        for (source, end) in sources {
            let past = cursor.get(&source).copied().unwrap_or(0);
            if end <= past {
                continue;
            }
            if room == 0 {
                return Ok((taken, true));
            }
            let leaves = self.leaves(tenant, source, (past, end), room).await?;
            let last = leaves.last().map_or(past, |leaf| leaf.position);
            let filled = leaves.len() == room;
            room -= leaves.len();
            // A stream is read to its end, a log of the authority to its last entry.
            let through = if filled || source < 0 { last } else { end };
            taken.push(Taken { source, past, through, leaves });
            if filled && last < end {
                return Ok((taken, true));
            }
        }
        Ok((taken, false))
    }

    async fn late_signature(&self, tenant: TenantId, last: &HeadRow, now: Instant) -> Result<Step, Fault> {
        let size = last.size.unsigned_abs();
        let edge = self.with_tiles(tenant, |shelf| Edge::at(size, shelf)).await?;
        let note = Checkpoint::signed(size, edge.root(), now.0, &self.log_signer(tenant).await?);
        Ok((sql::LOG_SIGN.into(), vec![tenant.into(), last.began.into(), now.0.into(), note.into()]))
    }

    /// The statements that append the leaves. The head comes first: it fails where somebody else has grown the log.
    async fn append(
        &self,
        tenant: TenantId,
        began: i64,
        now: Instant,
        (taken, behind): (&[Taken], bool),
        steps: &mut Vec<Step>,
    ) -> Result<(), Fault> {
        let size = began.unsigned_abs();
        let mut edge = self.with_tiles(tenant, |shelf| Edge::at(size, shelf)).await?;
        let mut tiles = Held::default();
        let mut last =
            self.db.query(sql::LOG_RUN_LAST, vec![tenant.into()]).await?.first().map(run).transpose()?;
        let mut runs = Vec::new();
        for taken in taken.iter().filter(|taken| !taken.leaves.is_empty()) {
            let leaf = edge.size() as i64;
            for new in &taken.leaves {
                edge.append(hash::leaf(&new.content), &mut tiles);
            }
            let run = longer(last.take(), taken, leaf);
            runs.push(vec![
                tenant.into(),
                run.leaf.into(),
                run.source.into(),
                run.past.into(),
                run.through.into(),
                run.leaves.into(),
            ]);
            last = Some(run);
        }
        edge.keep(&mut tiles);
        let note = match behind {
            true => String::new(),
            false => Checkpoint::signed(edge.size(), edge.root(), now.0, &self.log_signer(tenant).await?),
        };
        let head: Vec<Value> =
            vec![tenant.into(), began.into(), (edge.size() as i64).into(), now.0.into(), note.into()];
        steps.push((sql::LOG_GROW.into(), head));
        steps.extend(runs.into_iter().map(|run| (sql::LOG_RUN_PUT.into(), run)));
        for ((level, index), hashes) in &tiles.0 {
            let place = vec![tenant.into(), i64::from(*level).into(), (*index as i64).into()];
            let row = place.into_iter().chain([Value::Blob(tile::bytes(hashes))]).collect();
            steps.push((sql::LOG_TILE_PUT.into(), row));
        }
        Ok(())
    }
}

/// The last run where it goes on, or a new one that begins at `leaf`.
fn longer(last: Option<Run>, taken: &Taken, leaf: i64) -> Run {
    let more = taken.leaves.len() as i64;
    match last {
        Some(last) if last.source == taken.source && last.leaves + more <= RUN => {
            Run { through: taken.through, leaves: last.leaves + more, ..last }
        }
        _ => Run { leaf, source: taken.source, past: taken.past, through: taken.through, leaves: more },
    }
}
