//! Deriving every derived table again from the journal: to compare ([`Store::check`]) or to write ([`Store::rebuild`]).
//!
//! Both fold with the same functions as the committer. The journal itself is examined by [`Store::audit`].

mod check;
pub(crate) mod derive;

pub use check::{CheckReport, Difference};

use std::collections::HashMap;

use crate::{
    Fault, Store,
    committer::lanes::Act,
    dialect::Dialect,
    schema, statements as sql,
    store::PROJECTION,
    write::{Batch, RollupKey, RollupSum, Step},
};
use derive::Deriver;

/// What a rebuild made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rebuilt {
    pub events: u64,
    pub cases: u64,
}

/// How many counts are written at once.
const COUNTS: usize = 2000;
/// How long between looks into the waiting room.
const DRAIN: std::time::Duration = std::time::Duration::from_millis(5);

impl Store {
    /// Empties every derived table and derives it again. Commands are told to wait. `progress` hears the events so far.
    pub async fn rebuild(&self, progress: &(dyn Fn(u64) + Sync)) -> Result<Rebuilt, Fault> {
        self.lanes.pause(true);
        let done = match self.drained().await {
            Ok(()) => self.rebuild_paused(progress).await,
            Err(fault) => Err(fault),
        };
        self.lanes.pause(false);
        done
    }

    /// Waits until every command that was taken in before the pause has been answered: one that were decided on emptied
    /// tables would begin its case anew.
    async fn drained(&self) -> Result<(), Fault> {
        while self.lanes.waiting() != (0, 0) {
            tokio::time::sleep(DRAIN).await;
        }
        // The committer comes to this only when it is done with what it had taken.
        self.act(Act::Steps(Vec::new())).await?;
        Ok(())
    }

    async fn rebuild_paused(&self, progress: &(dyn Fn(u64) + Sync)) -> Result<Rebuilt, Fault> {
        self.act(Act::Touching(self.clearing())).await?;
        self.derive_components().await?;
        let mut all = Rebuilt::default();
        let mut counts: HashMap<RollupKey, RollupSum> = HashMap::new();
        let mut deriver = Deriver::of(self);
        while let Some(cases) = deriver.next().await? {
            let mut batch = Batch::default();
            for case in cases {
                all.cases += 1;
                batch.cases.push(case.row);
                batch.todos_new.extend(case.todos);
                batch.parts.extend(case.parts);
                batch.public.extend(case.public);
                batch.said.extend(case.said);
                if let Some((key, sum)) = case.counted {
                    counts.entry(key).or_default().add(1, sum);
                }
            }
            self.act(Act::Rows(Box::new(batch))).await?;
            all.events = deriver.events;
            progress(all.events);
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort();
        for part in counts.chunks(COUNTS) {
            let batch = Batch { rollup: part.to_vec(), ..Batch::default() };
            self.act(Act::Rows(Box::new(batch))).await?;
        }
        let made = schema::PROJECTION.to_string();
        self.act(Act::Touching(vec![(sql::META_SET.into(), vec![PROJECTION.into(), made.into()])])).await?;
        Ok(all)
    }

    /// Empties the derived tables and marks them as being made, so that a rebuild that was cut short begins again.
    fn clearing(&self) -> Vec<Step> {
        let terms = match self.db.dialect() {
            Dialect::Sqlite => Some("INSERT INTO said_terms (said_terms) VALUES ('delete-all')"),
            Dialect::Postgres => None,
        };
        [
            "DELETE FROM case_row",
            "DELETE FROM todo",
            "DELETE FROM part",
            "DELETE FROM public_case",
            "DELETE FROM said",
            "DELETE FROM rollup",
        ]
        .into_iter()
        .chain(terms)
        .map(|text| (text.into(), Vec::new()))
        .chain([(sql::META_SET.into(), vec![PROJECTION.into(), "".into()])])
        .collect()
    }
}
