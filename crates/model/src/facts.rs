//! What is known outside a case when the table has to choose among several units: how far each is, and how much it has.
//!
//! Owns the order among units that one selector finds, and the record of what it was made from. It refuses to look
//! anything up: positions stand in the organisation, open work comes in as numbers. Start at [`Order::facts`].

use serde::{Deserialize, Serialize};

use crate::{case::Place, ids::UnitId, org::Org};

/// How the table chooses among several units.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// The one that stands nearest to the place.
    Nearest,
    /// The one with the least open work.
    LeastLoaded,
    /// The nearest of those without open work; where nobody is free, the nearest.
    FreeThenNearest,
}

/// What was known of one unit.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Known {
    pub unit: UnitId,
    /// From where it stands to the place; None where either is unknown, which goes last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metres: Option<u32>,
    /// Cases that it has in custody or takes part in; it may be left out where this is told.
    #[serde(default)]
    pub open: u32,
}

/// The order among units, recorded with the answer that went by it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Facts {
    /// Lower goes first among units that share a selector; a unit that is not here goes last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<(UnitId, u32)>,
    /// By which rule it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Order>,
    /// From what it was made, in the same order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub known: Vec<Known>,
}

impl Order {
    /// The order among `rivals` for a place; `open` says how much open work a unit has. Equal ones go by their ids.
    pub fn facts(self, org: &Org, place: &Place, rivals: &[UnitId], open: impl Fn(&UnitId) -> u32) -> Facts {
        let know =
            |unit: &UnitId| Known { unit: unit.clone(), metres: metres(org, unit, place), open: open(unit) };
        let mut known: Vec<Known> = rivals.iter().map(know).collect();
        let far = |known: &Known| known.metres.unwrap_or(u32::MAX);
        known.sort_by(|a, b| {
            let key = |known: &Known| match self {
                Order::Nearest => (far(known), 0),
                Order::LeastLoaded => (known.open, far(known)),
                Order::FreeThenNearest => (u32::from(known.open > 0), far(known)),
            };
            (key(a), &a.unit).cmp(&(key(b), &b.unit))
        });
        known.dedup();
        let order = (0..).zip(&known).map(|(rank, known)| (known.unit.clone(), rank)).collect();
        Facts { order, by: Some(self), known }
    }
}

const EARTH_METRES: f64 = 6_371_008.8;

/// How far a unit stands from a place, along the ground of a round earth.
fn metres(org: &Org, unit: &UnitId, place: &Place) -> Option<u32> {
    let (lon, lat) = *org.positions.get(unit)?;
    let (to_lon, to_lat) = (place.lon_e7?, place.lat_e7?);
    let radians = |e7: i32| (f64::from(e7) * 1e-7).to_radians();
    let (north, other) = (radians(lat), radians(to_lat));
    let half = |angle: f64| (angle / 2.0).sin().powi(2);
    let across = half(radians(to_lon) - radians(lon)) * north.cos() * other.cos();
    let chord = (half(other - north) + across).clamp(0.0, 1.0);
    Some((2.0 * EARTH_METRES * chord.sqrt().asin()).round() as u32)
}
