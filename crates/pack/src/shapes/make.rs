//! Cells for a pack whose places have no open polygons, by the grid maker.
//!
//! Owns the way from `areas.csv` and an outline to the file that `[shapes]` names; done once by whoever writes
//! the pack, and again whenever the areas change. Reading the file takes a fraction of making it, so nothing is
//! made when a pack is loaded. Start at [`cells`].

use std::collections::BTreeMap;

use huying_geo::{Datum, geojson, maker};
use huying_model::{AreaCode, org::Area};

use crate::places;
use crate::problem::{Problem, Problems, Spot};
use crate::settings;
use crate::shapes::topo;
use crate::source::{Source, text};

/// The text of the TopoJSON file of a pack's smallest areas, made as its `[shapes.made]` says. The same input
/// gives the same text on every machine.
///
/// # Errors
/// What keeps the cells from being made.
pub fn cells(source: &dyn Source) -> Result<String, Vec<Problem>> {
    let problems = Problems::default();
    let made = settings::read(source, &problems).and_then(|settings| {
        let ground = places::read(source, &settings, &problems);
        let Some(from) = settings.shapes.and_then(|files| files.made) else {
            let mend = "Write outline, seed and triangles_per_leaf there";
            problems.at(Spot::file(settings::FILE), "[shapes.made] is missing", mend);
            return None;
        };
        let text = text(source, &from.outline, true, &problems)?;
        let told = |error: String| problems.at(Spot::file(&from.outline), error, "");
        let mut features =
            geojson::read(&text, Datum::Wgs84).map_err(|error| told(error.to_string())).ok()?;
        let (Some(outline), true) = (features.pop(), features.is_empty()) else {
            told("the file needs exactly one feature: the outline of the root area".to_owned());
            return None;
        };
        // A pack with problems may have areas in a circle.
        problems.is_empty().then_some(())?;
        let family = Family::of(&ground.areas);
        let plan = maker::Plan {
            seed: from.seed,
            tree: family.tree(family.children(None).first()),
            triangles_per_leaf: from.triangles_per_leaf,
        };
        let made = maker::make(&outline.shape, &plan).map_err(|error| told(error.to_string())).ok()?;
        let order = family.in_order();
        let leaves = order.iter().zip(&made.nodes).filter(|(area, _)| family.is_leaf(area));
        Some(topo::write(leaves.map(|(area, node)| (area.as_str(), &node.shape))))
    });
    match made {
        Some(text) if problems.is_empty() => Ok(text),
        _ => Err(problems.into_sorted()),
    }
}

/// Areas below each area, in the order of the file; below `None` stands the root.
struct Family(BTreeMap<Option<AreaCode>, Vec<AreaCode>>);

impl Family {
    fn of(areas: &[Area]) -> Family {
        let mut below: BTreeMap<Option<AreaCode>, Vec<AreaCode>> = BTreeMap::new();
        for area in areas {
            below.entry(area.parent.clone()).or_default().push(area.code.clone());
        }
        Family(below)
    }
    fn children(&self, area: Option<&AreaCode>) -> &[AreaCode] {
        self.0.get(&area.cloned()).map_or(&[], Vec::as_slice)
    }
    fn is_leaf(&self, area: &AreaCode) -> bool {
        self.children(Some(area)).is_empty()
    }
    fn tree(&self, area: Option<&AreaCode>) -> maker::Tree {
        maker::Tree { children: self.children(area).iter().map(|child| self.tree(Some(child))).collect() }
    }
    /// Level by level, the children of an area together: the order in which the maker numbers its cells.
    fn in_order(&self) -> Vec<AreaCode> {
        let mut order: Vec<AreaCode> = self.children(None).iter().take(1).cloned().collect();
        let mut next = 0;
        while let Some(area) = order.get(next).cloned() {
            order.extend(self.children(Some(&area)).iter().cloned());
            next += 1;
        }
        order
    }
}
