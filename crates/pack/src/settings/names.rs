//! What the authority calls its roles, and how many households its areas should have.
//!
//! Owns `[roles.*]` and `[grids]`, which may be repeated as `[[grids]]`. Whether areas keep to their size is the
//! lint's question. Start at [`roles`] and [`sizes`].

use std::collections::BTreeMap;

use huying_model::{LevelName, actor::Role};

use crate::doc::Section;
use crate::problem::Spot;
use crate::settings::{Level, Names, check_level, names};
use crate::words::word;

/// How many households an area of a level should have.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Size {
    pub level: LevelName,
    pub min: Option<u32>,
    pub max: Option<u32>,
    /// Where the rule stands in the settings file.
    pub spot: Spot,
}

/// Every `[roles.NAME]`.
pub fn roles(root: &Section) -> BTreeMap<Role, Names> {
    let mut roles = BTreeMap::new();
    for (name, section) in root.entries("roles") {
        let role = word::<Role>(&name).map_err(|error| section.fail("", error, "")).ok();
        let called = names(&section);
        section.finish();
        roles.extend(role.map(|role| (role, called)));
    }
    roles
}

/// Every `[grids]`.
pub fn sizes(root: &Section, levels: &[Level]) -> Vec<Size> {
    let mut sizes = Vec::new();
    for section in root.tables("grids") {
        let level = section.need("level", "\"grid\"", |text| check_level(levels, text));
        let households = |key: &str| section.number(key, 0..=1_000_000).and_then(|n| u32::try_from(n).ok());
        let (min, max) = (households("min_households"), households("max_households"));
        if let (Some(min), Some(max)) = (min, max)
            && min > max
        {
            section.fail(
                "min_households",
                format!("{min} is more than the most, {max}"),
                "Correct one of them",
            );
        }
        if !section.has("min_households") && !section.has("max_households") {
            section.fail("", "the rule of sizes has no size", "Write max_households = 500");
        }
        let spot = section.spot("level");
        section.finish();
        sizes.extend(level.map(|level| Size { level, min, max, spot }));
    }
    sizes
}
