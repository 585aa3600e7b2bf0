//! A census of components for the simulated city: lamps, covers, bins and trees at points inside its cells.
//!
//! Owns how many of which kind, where, and in which state; the same seed gives the same. Who keeps one is who the dispatch table names for
//! its matter there. Refuses to name anybody who is not in the pack. Start at [`World::census`].

use huying_model::{
    Component, ComponentCode, Instant, MatterCode,
    catalogue::{Source, Urgency},
    component::State,
    route::Facts,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use smol_str::SmolStr;

use crate::World;

/// Class and kind, name, a word by which the matter of such a thing is known in a catalogue, and the share of all. The kinds are those of
/// GB/T 30428.2.
const KINDS: [(&str, &str, &str, u32); 8] = [
    ("0137", "路灯", "路灯", 30),
    ("0101", "上水井盖", "井盖", 14),
    ("0102", "污水井盖", "井盖", 14),
    ("0103", "雨水井盖", "井盖", 14),
    ("0305", "垃圾箱", "垃圾", 12),
    ("0402", "行道树", "树", 10),
    ("0217", "交通护栏", "护栏", 4),
    ("0212", "路名牌", "路名牌", 2),
];
/// Of a hundred, so many are not intact.
const STATES: [(State, u32); 4] =
    [(State::Damaged, 4), (State::Lost, 1), (State::Unclear, 2), (State::Abandoned, 1)];

impl World {
    /// So many components at a moment, by code. None where the authority has no code of six digits at its root.
    pub fn census(&self, count: usize, at: Instant, seed: u64) -> Vec<Component> {
        let org = &self.policy.org;
        let district: String = org.root().as_str().chars().take(6).collect();
        let fits = |kind: &str| ComponentCode::parse(&format!("{district}{kind}000001")).is_ok();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut all = Vec::new();
        for (kind, name, word, share) in KINDS.iter().filter(|(kind, ..)| fits(kind)) {
            let matter = self.matter_of(name, word);
            let many = count * usize::try_from(*share).unwrap_or_default() / 100;
            for no in 1..=many {
                let place = self.ground.somewhere(&self.places, &mut rng);
                let route = matter.as_ref().and_then(|matter| {
                    let (area, overlays) = (place.area.as_ref(), &place.overlays);
                    let (source, urgency) = (Source::Patrol, Urgency::default());
                    self.policy.current.route(
                        org,
                        matter,
                        area,
                        overlays,
                        source,
                        urgency,
                        at,
                        &Facts::default(),
                    )
                });
                let drawn = rng.random_range(0..100u32);
                let mut upto = 0;
                let state = STATES.iter().find(|(_, share)| {
                    upto += share;
                    drawn < upto
                });
                all.push(Component {
                    code: ComponentCode::new(format!("{district}{kind}{no:06}")),
                    name: SmolStr::new_static(name),
                    state: state.map(|(state, _)| *state).unwrap_or_default(),
                    matter: matter.clone(),
                    lon_e7: place.lon_e7,
                    lat_e7: place.lat_e7,
                    supervisor: Some(org.centre_of(place.area.as_ref(), at)),
                    area: place.area,
                    owner: None,
                    keeper: route.map(|route| route.lead),
                    note: SmolStr::default(),
                    since: at,
                    until: None,
                });
            }
        }
        all
    }

    /// The first matter that is called so, else the first whose name has the word.
    fn matter_of(&self, name: &str, word: &str) -> Option<MatterCode> {
        let mut matters = self.policy.current.matters.values();
        let exact = matters.clone().find(|matter| matter.name == name);
        exact.or_else(|| matters.find(|matter| matter.name.contains(word))).map(|matter| matter.code.clone())
    }
}
