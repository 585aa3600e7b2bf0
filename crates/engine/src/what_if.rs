//! What a version would have done to past cases: the journal of a store asked again of two packs.
//!
//! Owns the reading of the journal with its bound, which versions are compared, and that their organisation is the one that
//! would hold now. Refuses to compare: that is [`huying_pack::whatif`]'s. Command line, page and book all go this one way.
//! Start at [`over_journal`] and [`Engine::what_if`].

use std::sync::Arc;

use huying_model::{
    Actor, PolicyVersion,
    book::{Act, No, administers},
};
use huying_pack::{
    Pack,
    whatif::{Comparison, Read, Report, past::Gatherer},
};
use huying_store::{Fault, Store, TenantId};

use crate::{
    Engine, Error,
    admission::folded,
    change::{held, reorganised},
    log::Log,
    policy::apart,
};

/// Entries of the journal that the server reads for one comparison, the newest of each stream. A case has about ten.
pub const MOST_ENTRIES: u64 = 3_000_000;
/// Entries read at once.
const PAGE: usize = 1000;

/// Asks the cases of a tenant's journal of both packs, page by page; only cases between report and dispatch are held. `most`
/// bounds the entries that are read: cases that were reported before the first of them are left out. `told` hears how many
/// were read.
///
/// # Errors
/// The store's failures.
pub async fn over_journal(
    store: &Store,
    tenant: TenantId,
    (bases, draft): (&[&Pack], &Pack),
    most: Option<u64>,
    mut told: impl FnMut(u64),
) -> Result<Report, Error> {
    let Some(mut comparison) = Comparison::new(bases, draft) else {
        return Err(Fault::NotFound("a pack to compare with".to_owned()).into());
    };
    let mut gatherer = Gatherer::default();
    let streams = store.streams().await?;
    let all: u64 = streams.iter().map(|(_, end)| end.unsigned_abs()).sum();
    let mut read = Read { entries: 0, of: all };
    for (stream, end) in streams {
        let mut at = begin(end, all, most);
        while at < end {
            let entries = store.events_after(stream, at, PAGE).await?;
            let Some(last) = entries.last() else { break };
            at = last.position;
            read.entries += entries.len() as u64;
            told(entries.len() as u64);
            for entry in entries.iter().filter(|entry| entry.tenant == tenant) {
                gatherer.take(entry.case, &entry.event).iter().for_each(|past| comparison.take(past));
            }
        }
    }
    gatherer.rest().for_each(|past| comparison.take(&past));
    // What came in while it was read stands in neither number.
    read.of = read.of.max(read.entries);
    comparison.read_of(read);
    Ok(comparison.report())
}

/// After which position of a stream reading begins: each stream has its share of what is read.
fn begin(end: i64, all: u64, most: Option<u64>) -> i64 {
    let Some(most) = most.filter(|most| *most < all) else { return 0 };
    let share = u128::from(most) * u128::from(end.unsigned_abs()) / u128::from(all.max(1));
    end - i64::try_from(share).unwrap_or(end)
}

impl Engine {
    /// What a version would have done to past cases beside a baseline, or beside whatever each case ran by. For
    /// administrators; one at a time, since it reads the journal.
    ///
    /// # Errors
    /// [`Error::Book`] where the actor may not, or there is no such version; the store's failures.
    pub async fn what_if(
        &self,
        tenant: TenantId,
        actor: &Actor,
        draft: &PolicyVersion,
        baseline: Option<&PolicyVersion>,
    ) -> Result<Report, Error> {
        if !administers(&self.setting(tenant)?.policy.org, actor, self.now()) {
            return Err(No::AdministratorsOnly.into());
        }
        let _turn = self.looking().await;
        let draft = self.as_now(tenant, draft).await?;
        let bases = match baseline {
            Some(version) => vec![self.as_now(tenant, version).await?],
            None => self.ran_by(tenant).await?,
        };
        self.asked_again(tenant, bases, draft).await
    }

    /// What the draft would have done to the cases of the journal beside these.
    pub(crate) async fn asked_again(
        &self,
        tenant: TenantId,
        bases: Vec<Arc<Pack>>,
        draft: Arc<Pack>,
    ) -> Result<Report, Error> {
        let (engine, runtime) = (self.clone(), tokio::runtime::Handle::current());
        apart(move || {
            let bases: Vec<&Pack> = bases.iter().map(AsRef::as_ref).collect();
            runtime.block_on(over_journal(
                engine.store(),
                tenant,
                (&bases, &draft),
                Some(MOST_ENTRIES),
                |_| {},
            ))
        })
        .await?
    }

    /// The same beside the version in force, and the report is kept with the version.
    ///
    /// # Errors
    /// As [`Engine::what_if`].
    pub async fn compare(
        &self,
        tenant: TenantId,
        actor: &Actor,
        version: &PolicyVersion,
    ) -> Result<Report, Error> {
        let against = self.setting(tenant)?.policy.current.version.clone();
        let act =
            |report: String| Act::Compare { version: version.clone(), against: against.clone(), report };
        self.asked(tenant, actor, &act(String::new()), &self.policy_book(tenant).await?)?;
        let report = self.what_if(tenant, actor, version, Some(&against)).await?;
        let kept = serde_json::to_string(&report.clone().shortened())
            .map_err(|why| Fault::Broken(format!("writing a comparison: {why}")))?;
        self.book(tenant, actor, &act(kept)).await?;
        Ok(report)
    }

    /// Every version that cases may have run by, the one in force last: it stands for cases without a known version.
    ///
    /// # Errors
    /// The store's failures, and a version that cannot be read.
    pub async fn ran_by(&self, tenant: TenantId) -> Result<Vec<Arc<Pack>>, Error> {
        let current = self.setting(tenant)?.policy.current.version.clone();
        let book = self.policy_book(tenant).await?;
        let mut packs = Vec::new();
        for version in book.ever_in_force(self.now()).into_iter().filter(|version| **version != current) {
            packs.push(self.as_now(tenant, version).await?);
        }
        packs.push(self.as_now(tenant, &current).await?);
        Ok(packs)
    }

    /// A version as it would hold now: with the changes of the organisation that it meets and what the admission desk decided.
    pub(crate) async fn as_now(&self, tenant: TenantId, version: &PolicyVersion) -> Result<Arc<Pack>, Error> {
        let setting = self.setting(tenant)?;
        let mut pack = if &setting.policy.current.version == version {
            Pack::clone(&setting.pack)
        } else {
            let book = self.policy_book(tenant).await?;
            if book.version(version).is_none() {
                return Err(No::UnknownVersion.into());
            }
            let base = self.pack_of(tenant, version).await?;
            let held = held(&self.changes(tenant).await?, book.laid_down(version), self.now());
            reorganised(&base, held.iter().map(|entry| &entry.change)).map_err(crate::change::told)?
        };
        let desk = folded(&self.entries(tenant, Log::Admission).await?);
        pack.policy = pack.policy.admitting(&desk.rows());
        Ok(Arc::new(pack))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_reads_the_newest_entries_of_every_stream_in_proportion() {
        for (end, all, most, from) in [
            (100, 100, None, 0),
            (100, 100, Some(100), 0),
            (100, 100, Some(30), 70),
            (900, 1000, Some(100), 810),
            (0, 0, Some(10), 0),
        ] {
            assert_eq!(begin(end, all, most), from, "{end} of {all}, {most:?}");
        }
    }
}
