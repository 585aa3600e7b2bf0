//! Which unit takes a stage: intake, verification, inspection, callback.

use smol_str::SmolStr;

use crate::{
    admission::is_grid_team,
    event::Sent,
    ids::{AreaCode, MatterCode, UnitId},
    org::{CENTRE, UnitKind},
    refusal::Refusal,
    stage::Stage,
    steps::StepName,
};

use super::{Scene, permit::INSPECTING};

/// The function of a community's station, which accepts like a centre.
const STATION: &str = "station";

impl Scene<'_> {
    /// The centre or station of a place; the root centre where the place is unknown.
    pub fn intake_unit(&self, place: Option<&AreaCode>) -> UnitId {
        let place = place.unwrap_or_else(|| self.org.root());
        self.org
            .ancestors(place)
            .flat_map(|area| [STATION, CENTRE].map(|function| self.org.units_at(&area.code, function)))
            .flatten()
            .find(|unit| self.org.active(unit, self.now))
            .cloned()
            .unwrap_or_else(|| self.org.root_centre())
    }

    /// The centre that dispatches for a place.
    pub fn dispatching_centre(&self, place: Option<&AreaCode>) -> UnitId {
        self.org.centre_at(place, &self.rules.dispatch_level, self.now)
    }

    /// The first unit that these selectors find for the place and that serves it.
    fn first_of(
        &self,
        selectors: &[crate::org::Selector],
        accept: impl Fn(&UnitId) -> bool,
    ) -> Option<UnitId> {
        let place = self.case.place.area.as_ref();
        selectors
            .iter()
            .flat_map(|selector| self.org.select(selector, place, Some(&self.case.centre), self.now))
            .find(|unit| self.org.serves(unit, place, self.now) && accept(unit))
    }

    pub fn verifier(&self, place: Option<&AreaCode>) -> Option<UnitId> {
        place?;
        self.rules
            .verifiers
            .iter()
            .flat_map(|selector| self.org.select(selector, place, None, self.now))
            .find(|unit| self.org.serves(unit, place, self.now))
    }

    /// The centre of the level at which the case closes.
    pub fn closing_centre(&self) -> UnitId {
        let level = self.case.closing_level.as_ref().unwrap_or(&self.rules.dispatch_level);
        self.org.centre_at(self.case.place.area.as_ref(), level, self.now)
    }

    /// Who looks at the work, and whether the auditor has to name somebody because nobody else is left (promise 4).
    /// `also_barred` did the work that is being finished and is not among the case's doers yet.
    pub fn inspector(&self, by_pack: bool, also_barred: &[UnitId]) -> (UnitId, bool) {
        let free = |unit: &UnitId| self.can_inspect(unit, also_barred);
        if by_pack && let Some(unit) = self.first_of(&self.rules.inspectors, free) {
            return (unit, false);
        }
        let first = self.closing_centre();
        let upward = std::iter::successors(Some(first), |unit| self.org.centre_above(unit, self.now));
        match upward.into_iter().find(|unit| free(unit)) {
            Some(unit) => (unit, false),
            None => (self.org.root_centre(), true),
        }
    }

    /// The unit had no part in the work, and somebody sits there who had none either.
    pub fn can_inspect(&self, unit: &UnitId, also_barred: &[UnitId]) -> bool {
        let barred = self.case.doer_units.contains(unit) || also_barred.contains(unit);
        let someone =
            || self.org.sitting(unit, INSPECTING).any(|member| !self.case.doers.contains(&member.id));
        !barred && someone()
    }

    /// Who takes over from a unit that no longer serves the place: the dispatching centre, or the nearest one in force above it.
    /// What only a verifying team or an inspector may go on with goes to another of those, or back to whoever would ask one. Who
    /// dispatches or has a leader's item is a centre in any case.
    pub fn successor(&self, from: &UnitId) -> UnitId {
        let (case, place) = (self.case, self.case.place.area.as_ref());
        let centre = self.dispatching_centre(place);
        let centre = if &centre == from { self.org.centre_of(place, self.now) } else { centre };
        let leads = &case.centre == from || case.attention.as_ref().is_some_and(|item| &item.unit == from);
        if leads || &case.custodian != from {
            return centre;
        }
        let asked = || match case.filed_at {
            None if !case.objected => self.intake_unit(place),
            _ => case.centre.clone(),
        };
        let goes_on = match case.stage {
            Stage::Verifying => Some(self.verifier(place).unwrap_or_else(asked)),
            Stage::Inspecting => Some(self.inspector(self.needs(StepName::Inspect), &[]).0),
            _ => None,
        };
        goes_on.filter(|unit| unit != from && self.org.serves(unit, place, self.now)).unwrap_or(centre)
    }

    pub fn callback_desk(&self) -> UnitId {
        self.first_of(&self.rules.callers_back, |_| true).unwrap_or_else(|| self.closing_centre())
    }

    /// Who follows up by itself after closing.
    pub fn tracer(&self) -> UnitId {
        self.first_of(&self.rules.tracers, |_| true).unwrap_or_else(|| self.closing_centre())
    }

    pub fn fallback(&self) -> Option<UnitId> {
        self.first_of(std::slice::from_ref(&self.rules.fallback), |_| true)
    }

    /// A unit as it is dispatched to: in force, serving the place; an external one is a label on its home unit.
    pub fn sendable(&self, unit: &UnitId, place: Option<&AreaCode>) -> Result<Sent, Refusal> {
        let unknown = || Refusal::UnknownUnit { unit: unit.clone() };
        let found = self.org.units.get(unit).filter(|unit| unit.active(self.now)).ok_or_else(unknown)?;
        let sent = match (&found.kind, &found.home) {
            (UnitKind::External, Some(home)) => Sent { unit: home.clone(), external: Some(unit.clone()) },
            _ => Sent { unit: unit.clone(), external: None },
        };
        if !self.org.serves(&sent.unit, place, self.now) {
            return Err(Refusal::DoesNotServe { unit: unit.clone() });
        }
        Ok(sent)
    }

    /// Like [`Scene::sendable`], for a unit that is asked to work: grid workers only for what is admitted.
    pub fn askable(
        &self,
        unit: &UnitId,
        place: Option<&AreaCode>,
        matter: Option<&MatterCode>,
    ) -> Result<Sent, Refusal> {
        let sent = self.sendable(unit, place)?;
        match self.barred(&sent.unit, matter) {
            Some(rule) => Err(Refusal::NotAdmitted { matter: matter.cloned().unwrap_or_default(), rule }),
            None => Ok(sent),
        }
    }

    /// The rule by which this unit may not be asked for the matter now.
    pub fn barred(&self, unit: &UnitId, matter: Option<&MatterCode>) -> Option<SmolStr> {
        matter
            .filter(|_| is_grid_team(self.org, unit))
            .and_then(|matter| self.rules.admissions.bar(matter, self.now))
    }

    /// The leaders of this centre, or of the nearest one above that has any.
    pub fn leader_unit(&self, centre: &UnitId) -> UnitId {
        self.org.leader_unit(centre, self.now)
    }
}
