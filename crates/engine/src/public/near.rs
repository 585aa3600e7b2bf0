//! What is open around a place already, for whoever is about to report it again.
//!
//! Goes by the area of the place, as everything public does: nobody learns from it how far a case is from their own point.
//! Start at [`Engine::public_near`].

use huying_model::{AreaCode, MatterCode, org::Area};
use huying_store::{PublicFilter, PublicFrom, TenantId};
use smol_str::SmolStr;

use super::View;
use crate::{
    Engine, Error, Setting,
    place::{PlaceDraft, locate},
};

/// Cases that are looked at, newest first, and how many of them are shown.
const READ: usize = 60;
const SHOWN: usize = 5;

impl Setting {
    /// The area with everything below it, by code.
    pub fn below(&self, area: &AreaCode) -> Vec<SmolStr> {
        let org = &self.policy.org;
        let inside = |below: &&Area| org.ancestors(&below.code).any(|above| &above.code == area);
        org.areas.values().filter(inside).map(|below| below.code.0.clone()).collect()
    }
}

impl Engine {
    /// Open cases that everybody may see in the area of a place, those of one matter first. None where the place tells no area.
    ///
    /// # Errors
    /// Where the place is none, such as half a point.
    pub async fn public_near(
        &self,
        tenant: TenantId,
        place: &PlaceDraft,
        first: Option<&MatterCode>,
    ) -> Result<Option<Vec<View>>, Error> {
        let setting = self.setting(tenant)?;
        let Some(area) = locate(&setting, place, "place")?.area else { return Ok(None) };
        let filter = PublicFilter {
            matters: setting.public_matters(),
            open: Some(true),
            areas: Some(setting.below(&area)),
            ..PublicFilter::default()
        };
        let mut views = self.public_cases(tenant, &filter, PublicFrom::Skip(0), READ).await?.items;
        // Newest first stays the order within each.
        views.sort_by_key(|view| first.is_some_and(|first| view.matter != *first));
        views.truncate(SHOWN);
        Ok(Some(views))
    }
}
