//! What was written last, kept in memory for searches: the newest hits are answered without reading their rows.
//!
//! Owns three bounded memories: which case each of the last search documents belongs to, the terms of the last of them
//! ([`terms`]), and how the last changed cases stand. The committer alone fills them, after a commit and before anybody is answered. Refuses to answer for a database that is
//! further than it has seen (another process wrote): [`Recent::covers`]. Start at [`Recent::note`].

mod terms;

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    num::NonZeroUsize,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use huying_model::{CaseId, Instant};
use lru::LruCache;
use smol_str::SmolStr;

use self::terms::{Found, Terms};
use crate::{
    Line, TenantId,
    tokens::Wanted,
    write::{Batch, CaseRow, Ref},
};

/// Documents and cases that are kept: some 25 MB together.
const DOCS: usize = 65_536;
const LINES: NonZeroUsize = NonZeroUsize::new(49_152).unwrap();

struct Kept {
    /// The stream's position up to which nothing is missing; None before the first commit.
    position: Option<i64>,
    /// In the order of their numbers.
    docs: VecDeque<(i64, Ref)>,
    terms: Terms,
    lines: LruCache<Ref, Arc<Line>>,
}

/// See the module.
pub(crate) struct Recent(Mutex<Kept>);

impl Default for Recent {
    fn default() -> Recent {
        Recent(Mutex::new(Kept {
            position: None,
            docs: VecDeque::new(),
            terms: Terms::default(),
            lines: LruCache::new(LINES),
        }))
    }
}

impl Recent {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A batch was committed.
    pub(crate) fn note(&self, batch: &Batch) {
        let lines: Vec<(Ref, Arc<Line>)> =
            batch.cases.iter().map(|row| ((row.tenant, row.case), Arc::new(line(row)))).collect();
        let mut kept = self.lock();
        kept.position = Some(batch.position);
        // Words that were redacted must not be found any more.
        if !batch.unsaid.is_empty() {
            kept.terms.forget();
        }
        for row in &batch.said {
            if kept.docs.back().is_some_and(|(last, _)| *last >= row.doc) {
                kept.docs.clear();
                kept.terms.forget();
            }
            kept.docs.push_back((row.doc, (row.tenant, row.case)));
            kept.terms.note(row.doc, &row.terms);
        }
        let over = kept.docs.len().saturating_sub(DOCS);
        kept.docs.drain(..over);
        for (at, line) in lines {
            kept.lines.put(at, line);
        }
    }

    /// What is kept may not be so any more.
    pub(crate) fn forget(&self) {
        let mut kept = self.lock();
        kept.position = None;
        kept.docs.clear();
        kept.terms.forget();
        kept.lines.clear();
    }

    /// Nothing was written up to this position that is not known here.
    pub(crate) fn covers(&self, position: i64) -> bool {
        self.lock().position.is_some_and(|known| position <= known)
    }

    /// The newest documents before `before` with all of these terms, as far back as terms are kept.
    pub(crate) fn find(&self, wanted: &BTreeSet<Wanted>, before: i64, most: usize) -> Option<Found> {
        self.lock().terms.find(wanted, before, most)
    }

    /// The cases of those documents that are kept.
    pub(crate) fn cases(&self, docs: &[i64]) -> HashMap<i64, Ref> {
        let kept = self.lock();
        let find = |doc: &i64| {
            let at = kept.docs.binary_search_by_key(doc, |(doc, _)| *doc).ok()?;
            kept.docs.get(at).copied()
        };
        docs.iter().filter_map(find).collect()
    }

    /// How those of these cases stand that are kept.
    pub(crate) fn lines(&self, tenant: TenantId, cases: &[CaseId]) -> HashMap<CaseId, Arc<Line>> {
        let mut kept = self.lock();
        let mut find = |case: &CaseId| Some((*case, Arc::clone(kept.lines.get(&(tenant, *case))?)));
        cases.iter().filter_map(&mut find).collect()
    }
}

fn line(row: &CaseRow) -> Line {
    Line {
        case: row.case,
        number: row.number.clone(),
        title: row.title.clone(),
        stage: SmolStr::new_static(row.stage),
        area: row.area.clone(),
        matter: row.matter.clone(),
        source: SmolStr::new_static(row.source),
        urgency: SmolStr::new_static(row.urgency),
        received_at: Instant(row.received_at),
        due: row.due.map(Instant),
        lead: row.lead.clone(),
        custodian: row.custodian.clone(),
    }
}
