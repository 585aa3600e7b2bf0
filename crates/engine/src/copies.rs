//! A burst of copies becomes one case: many residents report the same heap within minutes, and one unit is asked once.
//!
//! Each report stays a case of its own with its own number and secret, merged into the first: whoever reported it follows it as before
//! and is answered with it. Refuses to judge what a copy is (that is the model's, for System's own merge) and to merge what staff
//! reported. Start at [`Engine::gather`].

use huying_geo::Point;
use huying_model::{Actor, Case, CaseId, Command, Stage, case::Bond, catalogue::Source, public};
use huying_store::TenantId;

use crate::{Engine, Error, handle::HandleIn, intake::Duplicate};

/// So many copies within [`BURST_MS`] are a burst; fewer are for an acceptor to see.
pub const BURST: usize = 3;
pub const BURST_MS: i64 = 10 * 60_000;
/// A burst goes on taking copies in for so long after its first.
pub const GOES_ON_MS: i64 = 60 * 60_000;

impl Engine {
    /// Looks whether a resident's new report is one of a burst, and merges what is. Answers the case that it became a part of.
    ///
    /// # Errors
    /// Only where the store fails: a case that cannot be merged stays as it is.
    pub async fn gather(&self, tenant: TenantId, case: CaseId) -> Result<Option<CaseId>, Error> {
        // One after the other, so that two copies of one moment choose the same first.
        let _turn = self.gathering().await;
        let Some(found) = self.store().case(tenant, case).await? else { return Ok(None) };
        let new = found.case;
        let near = self.copies_of(tenant, &new).await?;
        let begun = self.begun(tenant, &near).await?;
        let soon = |other: &&Duplicate| new.received_at.minus(other.case.received_at).abs() <= BURST_MS;
        let apart: Vec<&Duplicate> =
            near.iter().filter(|other| other.case.stage != Stage::Merged.code()).filter(soon).collect();
        let Some(into) = begun.or_else(|| first_of(&apart, &new)) else { return Ok(None) };
        for other in apart.iter().map(|other| other.case.case).chain([case]).filter(|id| *id != into) {
            self.merge_copy(tenant, other, into).await?;
        }
        let merged = self.store().case(tenant, case).await?;
        Ok(merged.and_then(|found| found.case.parent).map(|parent| parent.case))
    }

    /// Reports that may be copies of this one.
    async fn copies_of(&self, tenant: TenantId, case: &Case) -> Result<Vec<Duplicate>, Error> {
        let (Some(matter), Some(lon), Some(lat)) = (&case.matter, case.place.lon_e7, case.place.lat_e7)
        else {
            return Ok(Vec::new());
        };
        // Of a dispute nobody is told what lies beside it: that would tell where it is.
        if case.source != Source::Resident || public::hidden(case) {
            return Ok(Vec::new());
        }
        // The platform itself looks: whoever may see which of them is asked where they are shown.
        let spot = (matter, Point::new(lon, lat), case.received_at);
        let mut near = self.near(tenant, spot, None).await?;
        let soon = |other: &Duplicate| case.received_at.minus(other.case.received_at).abs() <= GOES_ON_MS;
        near.retain(|other| other.case.case != case.id && soon(other));
        Ok(near)
    }

    /// The case that copies near here were merged into before, while it is open.
    async fn begun(&self, tenant: TenantId, near: &[Duplicate]) -> Result<Option<CaseId>, Error> {
        let merged = near.iter().filter(|other| other.case.stage == Stage::Merged.code());
        let Some(copy) = merged.max_by_key(|other| other.case.received_at) else { return Ok(None) };
        let parent = self.store().case(tenant, copy.case.case).await?.and_then(|found| found.case.parent);
        let Some(parent) = parent.filter(|parent| parent.bond == Bond::Merged) else { return Ok(None) };
        let open = self.store().case(tenant, parent.case).await?.is_some_and(|found| found.case.is_open());
        Ok(open.then_some(parent.case))
    }

    async fn merge_copy(&self, tenant: TenantId, copy: CaseId, into: CaseId) -> Result<(), Error> {
        let times = self.times(crate::handle::Claimed::default());
        let command = Command::Merge { into };
        match self.handle(HandleIn::new(tenant, Actor::System, copy, command, times)).await {
            Ok(_) | Err(Error::Refused(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// The first of a burst, where there are enough.
fn first_of(apart: &[&Duplicate], new: &Case) -> Option<CaseId> {
    let all = apart.iter().map(|other| (other.case.received_at, other.case.case));
    let first = all.chain([(new.received_at, new.id)]).min()?.1;
    (apart.len() + 1 >= BURST).then_some(first)
}
