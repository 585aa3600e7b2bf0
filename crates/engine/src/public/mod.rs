//! What everybody may see of a case, decided in one place.
//!
//! Owns [`View`]: its number, matter, status, the unit that answers, instants, the name of its cell and a point that stands for the
//! cell, how many reported it, and what a person approved to be shown. Refuses titles, words, addresses, points, reporters, officers and disputes: they
//! are not fields of it, so that no format of an answer can show them. Start at [`Engine::public_cases`].

mod ground;
mod near;
mod token;
mod updates;

pub use ground::{Ground, Window};
pub use updates::Update;

use std::collections::{BTreeSet, HashMap, HashSet};

use huying_geo::Point;
use huying_model::{
    AreaCode, Case, CaseId, Instant, MatterCode, Stage,
    case::Bond,
    catalogue::{Matter, Outcome},
    public::{self, Publication, Step},
};
use huying_pack::{
    Names,
    public::{Offer, Service},
};
use huying_store::{FileRow, PublicCase, PublicFilter, PublicFrom, TenantId};
use smol_str::SmolStr;

use crate::{Engine, Error, engine::Setting, number};

/// Below the address of a deployment: where programs of others read what everybody may see.
pub const OPEN311: &str = "/open311/v2";

/// Where a photo that was approved lies below the base of that interface.
pub fn photo_address(base: &str, number: &str, file: &str) -> String {
    format!("{base}/media/{number}/{file}.jpg")
}

/// Cases that are read at once.
pub const CHUNK: usize = 500;

/// How far a case is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    pub step: Step,
    /// Of an ended case, how it ended.
    pub ended: Option<Stage>,
    pub outcome: Option<Outcome>,
}

/// Where a case is, as far as everybody may know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    pub code: AreaCode,
    /// Its name and those of the areas around it, the largest first.
    pub name: Names,
    /// A point that stands for the cell; None where it has no shape.
    pub point: Option<Point>,
}

/// A case as everybody may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// For reading on; never shown.
    pub case: CaseId,
    pub number: SmolStr,
    pub matter: MatterCode,
    pub status: Status,
    pub agency: Names,
    pub received_at: Instant,
    pub updated_at: Instant,
    pub filed_at: Option<Instant>,
    pub closed_at: Option<Instant>,
    /// The end of what was promised.
    pub due: Option<Instant>,
    /// Its cell; of a case that lies in none, the area of its centre.
    pub cell: Option<Cell>,
    /// Whether it lies in that cell.
    pub placed: bool,
    pub publication: Option<Publication>,
    /// Words that were written for everybody.
    pub words: Option<String>,
    /// The case that it was merged into, where that is public.
    pub parent: Option<SmolStr>,
    /// How many reported it: itself and what was merged into it.
    pub reports: usize,
}

impl View {
    /// The hashes of the photos that are shown.
    pub fn photos(&self) -> impl Iterator<Item = &SmolStr> {
        self.publication.iter().flat_map(|shown| &shown.files)
    }
}

/// A page of cases.
#[derive(Debug, Default)]
pub struct Views {
    pub items: Vec<View>,
    /// After which the next begins; None on the last.
    pub next: Option<PublicFrom>,
}

impl Setting {
    /// Points that stand for the areas of today.
    pub fn ground(&self) -> &Ground {
        self.ground.get_or_init(|| Ground::of(&self.policy.org, &self.pack.shapes))
    }

    /// The matters that are public or can be reported from outside, in the order of the catalogue.
    pub fn services(&self) -> impl Iterator<Item = (&Matter, Service)> {
        let matters = self.policy.current.matters.values();
        matters
            .map(|matter| (matter, self.pack.public.service(matter)))
            .filter(|(_, service)| service.public || service.offer != Offer::None)
    }

    /// The codes of the matters whose cases everybody may see, those of earlier versions among them.
    pub fn public_matters(&self) -> Vec<SmolStr> {
        let current = &self.policy.current.matters;
        let earlier = self.policy.versions.values().flat_map(|rules| rules.matters.values());
        let gone = earlier.filter(|matter| !current.contains_key(&matter.code));
        let public = current.values().chain(gone).filter(|matter| self.pack.public.service(matter).public);
        let codes: BTreeSet<SmolStr> = public.map(|matter| matter.code.0.clone()).collect();
        codes.into_iter().collect()
    }

    /// The matter of a case that everybody may see. One that the rules of today have no more is known by the version that the case is
    /// pinned to: what was public closes, and does not vanish.
    fn shows(&self, case: &Case) -> Option<&Matter> {
        let code = case.matter.as_ref()?;
        let pinned = || self.policy.rules(case.policy.as_ref(), Some(code)).matters.get(code);
        let matter = self.policy.current.matters.get(code).or_else(pinned)?;
        (!public::hidden(case) && self.pack.public.service(matter).public).then_some(matter)
    }

    fn names(&self, code: &str, zh: &SmolStr) -> Names {
        Names { zh: zh.clone(), en: self.pack.english(code).unwrap_or(zh).clone() }
    }

    fn cell(&self, area: &AreaCode) -> Option<Cell> {
        let org = &self.policy.org;
        let own = org.areas.get(area)?;
        let mut around: Vec<_> = org.ancestors(area).collect();
        around.reverse();
        let names = around.iter().map(|area| self.names(area.code.as_str(), &area.name));
        let (zh, en): (Vec<_>, Vec<_>) = names.map(|names| (names.zh, names.en)).unzip();
        let name =
            Names { zh: zh.concat().into(), en: en.into_iter().rev().collect::<Vec<_>>().join(", ").into() };
        Some(Cell { code: own.code.clone(), name, point: self.ground().point(area) })
    }

    fn view(&self, case: Case, due: Option<Instant>) -> Option<View> {
        let matter = self.shows(&case)?.code.clone();
        let agency = public::agency(&case);
        let unit = self.policy.org.units.get(agency);
        let agency = unit.map_or_else(
            || Names { zh: agency.0.clone(), en: agency.0.clone() },
            |unit| self.names(agency.as_str(), &unit.name),
        );
        let face = public::Face::of(&case);
        // What lies in no cell is shown where its centre is: programs of others need an address and a point.
        let centre = || self.policy.org.units.get(&case.centre).map(|unit| &unit.area);
        let area = case.place.area.as_ref().or_else(centre);
        Some(View {
            case: case.id,
            matter,
            status: Status::of(&face),
            agency,
            received_at: case.received_at,
            updated_at: case.public_at,
            filed_at: case.filed_at,
            closed_at: case.closed_at.filter(|_| face.step == Step::Ended),
            due,
            cell: area.and_then(|area| self.cell(area)),
            placed: case.place.area.is_some(),
            publication: public::published(&case).cloned(),
            words: None,
            parent: None,
            reports: 1 + case.children.iter().filter(|child| child.bond == Bond::Merged).count(),
            number: case.number,
        })
    }
}

impl Engine {
    /// Cases that everybody may see, newest first unless the filter says otherwise, at most `most` of them and at most [`CHUNK`].
    pub async fn public_cases(
        &self,
        tenant: TenantId,
        filter: &PublicFilter,
        from: PublicFrom,
        most: usize,
    ) -> Result<Views, Error> {
        let setting = self.setting(tenant)?;
        let most = most.min(CHUNK);
        let cases = self.store().public_cases(tenant, filter, from, most).await?;
        let last = cases.last().map(|last| PublicFrom::After(last.at, last.case.id));
        let next = last.filter(|_| cases.len() >= most);
        let items = self.seen(tenant, &setting, cases).await?;
        Ok(Views { items, next })
    }

    /// One of them by its number.
    pub async fn public_case(&self, tenant: TenantId, number: &str) -> Result<Option<View>, Error> {
        Ok(self.public_numbered(tenant, &[number]).await?.pop())
    }

    /// Those of them that have these numbers, in the order in which they were named first.
    pub async fn public_numbered(&self, tenant: TenantId, numbers: &[&str]) -> Result<Vec<View>, Error> {
        let setting = self.setting(tenant)?;
        // Numbers of other systems, which came with imported cases, have forms of their own.
        let number = |said: &&str| number::normalise(said).unwrap_or_else(|| SmolStr::new(said.trim()));
        let numbers: Vec<SmolStr> = numbers.iter().map(number).collect();
        let found = self.store().public_numbered(tenant, &numbers).await?;
        let mut views = self.seen(tenant, &setting, found).await?;
        views.sort_by_key(|view| numbers.iter().position(|number| *number == view.number));
        Ok(views)
    }

    /// A photo of a case that a person approved, by its hash.
    pub async fn public_file(
        &self,
        tenant: TenantId,
        number: &str,
        file: &str,
    ) -> Result<Option<FileRow>, Error> {
        let Some(view) = self.public_case(tenant, number).await? else { return Ok(None) };
        let shown = view.publication.is_some_and(|shown| shown.files.iter().any(|hash| hash == file));
        if !shown {
            return Ok(None);
        }
        let row = self.store().file(tenant, view.case, file).await?;
        Ok(row.filter(|row| row.hash == file && row.shown.is_some()))
    }

    /// Opens what was published and names the parents of those that were merged.
    async fn seen(
        &self,
        tenant: TenantId,
        setting: &Setting,
        cases: Vec<PublicCase>,
    ) -> Result<Vec<View>, Error> {
        let parents: HashSet<CaseId> = cases
            .iter()
            .filter(|one| one.case.stage == Stage::Merged)
            .filter_map(|one| one.case.parent.as_ref().map(|parent| parent.case))
            .collect();
        let parents = self.numbers(tenant, setting, parents.into_iter().collect()).await?;
        let merged = |case: &Case| {
            let parent = case.parent.as_ref().filter(|_| case.stage == Stage::Merged)?;
            parents.get(&parent.case).cloned()
        };
        let mut views: Vec<View> = cases
            .into_iter()
            .filter_map(|one| {
                let parent = merged(&one.case);
                Some(View { parent, ..setting.view(one.case, one.due)? })
            })
            .collect();
        let sealed = |view: &View| view.publication.as_ref()?.words.clone();
        let keys: Vec<SmolStr> = views.iter().filter_map(sealed).map(|words| words.key).collect();
        if !keys.is_empty() {
            self.store().load_keys(tenant, &keys).await?;
            let seals = self.store().seals(tenant);
            for view in &mut views {
                view.words = sealed(view).and_then(|words| seals.open(&words));
            }
        }
        // A photo that was erased since has no address any more.
        let with: Vec<CaseId> =
            views.iter().filter(|view| view.photos().next().is_some()).map(|view| view.case).collect();
        if !with.is_empty() {
            let there = self.store().photos_of(tenant, &with).await?;
            for view in &mut views {
                let case = view.case;
                if let Some(shown) = &mut view.publication {
                    shown.files.retain(|file| there.contains(&(case, file.clone())));
                }
            }
        }
        Ok(views)
    }

    async fn numbers(
        &self,
        tenant: TenantId,
        setting: &Setting,
        ids: Vec<CaseId>,
    ) -> Result<HashMap<CaseId, SmolStr>, Error> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let found = self.store().cases(tenant, &ids).await?;
        let public = found.into_iter().filter(|view| setting.shows(&view.case).is_some());
        Ok(public.map(|view| (view.case.id, view.case.number)).collect())
    }
}
