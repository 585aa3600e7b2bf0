//! What of a map is the same for everybody who is signed in: areas of every level, their labels, and overlays.
//!
//! Owns from which zoom a level is drawn (not before its areas are told apart), the datum in which everything lies, and the mark by which two
//! grounds are told apart. Made once for a policy: preparing all cells of a large district takes half a second. Refuses cases.
//! Start at [`Ground::of`].

use std::collections::BTreeMap;

use huying_geo::{
    CellShape, Datum, Point, inside,
    tile::{Address, Areas, Geometry, MOST_ZOOM, Tile, TileError, Value, mercator::World},
};
use huying_model::{AreaCode, org::Org};
use huying_pack::Pack;
use sha2::{Digest, Sha256};
use smol_str::SmolStr;

use super::shelf::Mark;

/// Pixels that an area of the middle size is wide where its level begins to be drawn; a tile is drawn 512 wide.
const NARROWEST: u64 = 24;

/// An area or overlay with what a map says of it.
struct Named {
    code: AreaCode,
    zh: SmolStr,
    en: SmolStr,
    /// Where its name stands.
    label: Option<Point>,
}

/// Areas of one level, or all overlays.
struct Sheet {
    level: SmolStr,
    depth: i64,
    /// The first zoom at which it is drawn.
    from: u8,
    areas: Areas,
    named: Vec<Named>,
}

/// How many cases there are, by area.
pub(crate) type Counts = BTreeMap<AreaCode, i64>;

/// The ground of an authority in one datum.
pub(crate) struct Ground {
    levels: Vec<Sheet>,
    overlays: Option<Sheet>,
    pub mark: Mark,
}

/// Where a point of the inner system lies in another.
pub(crate) fn moved(point: Point, datum: Datum) -> Point {
    let (lon, lat) = datum.from_inside(point);
    // What leaves the globe by some hundred metres stays where it was.
    Point::from_degrees(lon, lat).unwrap_or(point)
}

fn moved_shape(shape: &CellShape, datum: Datum) -> CellShape {
    let ring = |ring: &Vec<Point>| ring.iter().map(|point| moved(*point, datum)).collect();
    CellShape { rings: shape.rings.iter().map(ring).collect() }
}

impl Ground {
    /// Prepares everything. What cannot be drawn is left out and told in the log.
    pub fn of(pack: &Pack, org: &Org, datum: Datum) -> Ground {
        let mut sum = Sha256::new();
        let mut levels = Vec::new();
        for (depth, level) in org.levels.iter().enumerate() {
            let name = |code: &AreaCode| {
                let zh = org.areas.get(code).map_or_else(|| code.0.clone(), |area| area.name.clone());
                let en = pack.english(code.as_str()).cloned().unwrap_or_else(|| zh.clone());
                (zh, en)
            };
            let depth = i64::try_from(depth).unwrap_or_default();
            let shapes = pack.shapes.outlines(org, level);
            levels.extend(sheet(&level.0, depth, &shapes, name, datum, &mut sum));
        }
        let name = |code: &AreaCode| match pack.overlays.get(code) {
            Some(names) => (names.zh.clone(), names.en.clone()),
            None => (code.0.clone(), code.0.clone()),
        };
        let overlays = sheet("overlay", -1, &pack.shapes.overlays, name, datum, &mut sum);
        Ground { levels, overlays, mark: sum.finalize().into() }
    }

    /// Adds areas with their labels to a tile; with counts, those of each area too.
    ///
    /// # Errors
    /// As [`Tile::layer`].
    pub fn draw_areas(&self, at: Address, counts: Option<&Counts>, tile: &mut Tile) -> Result<(), TileError> {
        let sheets: Vec<&Sheet> = self.levels.iter().filter(|sheet| sheet.from <= at.zoom()).collect();
        draw(&sheets, at, ("areas", "labels"), counts, tile)
    }

    /// Adds overlays with their labels to a tile.
    ///
    /// # Errors
    /// As [`Tile::layer`].
    pub fn draw_overlays(&self, at: Address, tile: &mut Tile) -> Result<(), TileError> {
        let sheets: Vec<&Sheet> = self.overlays.iter().collect();
        draw(&sheets, at, ("overlays", "overlay_labels"), None, tile)
    }
}

/// Prepares the shapes of one level, and adds them to the sum. None where there are none.
fn sheet(
    level: &str,
    depth: i64,
    shapes: &BTreeMap<AreaCode, CellShape>,
    name: impl Fn(&AreaCode) -> (SmolStr, SmolStr),
    datum: Datum,
    sum: &mut Sha256,
) -> Option<Sheet> {
    if shapes.is_empty() {
        return None;
    }
    let (mut drawn, mut named) = (Vec::with_capacity(shapes.len()), Vec::with_capacity(shapes.len()));
    sum.update(level.as_bytes());
    for (code, shape) in shapes {
        let shape = moved_shape(shape, datum);
        let (zh, en) = name(code);
        for text in [code.as_str(), &zh, &en] {
            sum.update((text.len() as u64).to_be_bytes());
            sum.update(text.as_bytes());
        }
        for ring in &shape.rings {
            sum.update((ring.len() as u64).to_be_bytes());
            for point in ring {
                sum.update(point.lon_e7.to_be_bytes());
                sum.update(point.lat_e7.to_be_bytes());
            }
        }
        named.push(Named { code: code.clone(), zh, en, label: inside(&shape) });
        drawn.push(shape);
    }
    match Areas::of(&drawn) {
        Ok(areas) => {
            let from = first_zoom(&drawn);
            Some(Sheet { level: SmolStr::new(level), depth, from, areas, named })
        }
        Err(error) => {
            tracing::warn!(level, %error, "the areas of a level cannot be drawn on the map");
            None
        }
    }
}

/// The first zoom at which an area of the middle size is wide enough to be told apart.
fn first_zoom(shapes: &[CellShape]) -> u8 {
    let side = |shape: &CellShape| {
        let (low, high) = shape.bounds()?;
        let (low, high) = (World::of(low).ok()?, World::of(high).ok()?);
        Some(high.x.saturating_sub(low.x).max(low.y.saturating_sub(high.y)))
    };
    let mut sides: Vec<u32> = shapes.iter().filter_map(side).collect();
    sides.sort_unstable();
    let Some(middle) = sides.get(sides.len() / 2).copied().map(u64::from) else { return 0 };
    // The world is 2^32 units wide, a tile 512 pixels.
    let pixels = |zoom: u8| (middle << zoom) >> (32 - 9);
    (0..=MOST_ZOOM).find(|zoom| pixels(*zoom) >= NARROWEST).unwrap_or(MOST_ZOOM)
}

fn draw(
    sheets: &[&Sheet],
    at: Address,
    (areas, labels): (&str, &str),
    counts: Option<&Counts>,
    tile: &mut Tile,
) -> Result<(), TileError> {
    let mut found: Vec<(&Sheet, &Named, Geometry)> = Vec::new();
    for sheet in sheets {
        let seen = sheet.areas.in_tile(at).into_iter();
        found.extend(seen.filter_map(|(no, shape)| Some((*sheet, sheet.named.get(no)?, shape))));
    }
    let layer = tile.layer(areas)?;
    for (sheet, named, shape) in &found {
        let mut told = told(sheet, named);
        if let Some(counts) = counts {
            told.push(("open", Value::Whole(counts.get(&named.code).copied().unwrap_or_default())));
        }
        layer.feature(None, shape, told)?;
    }
    let layer = tile.layer(labels)?;
    for (sheet, named, _) in &found {
        let Some(spot) = named.label.and_then(|point| at.point(point).ok().flatten()) else { continue };
        layer.feature(None, &spot, told(sheet, named))?;
    }
    Ok(())
}

fn told<'a>(sheet: &'a Sheet, named: &'a Named) -> Vec<(&'a str, Value<'a>)> {
    vec![
        ("code", Value::Text(named.code.as_str())),
        ("level", Value::Text(&sheet.level)),
        ("depth", Value::Whole(sheet.depth)),
        ("name", Value::Text(&named.zh)),
        ("name_en", Value::Text(&named.en)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(side: f64) -> CellShape {
        let at = |lon, lat| Point::from_degrees(lon, lat).unwrap();
        CellShape::rectangle(at(110.0, 30.0), at(110.0 + side, 30.0 + side))
    }

    #[test]
    fn a_level_is_drawn_from_where_its_areas_are_told_apart() {
        // A degree is 1.42 pixels wide at zoom 0: a hundredth is 29 pixels at zoom 11, and at 30 degrees north 34 high.
        assert_eq!(first_zoom(&[square(0.01)]), 11);
        assert_eq!(first_zoom(&[square(0.01), square(0.32), square(0.32)]), 6);
        assert_eq!(first_zoom(&[]), 0);
    }

    #[test]
    fn a_shifted_datum_moves_a_place_and_the_national_one_does_not() {
        let place = Point::from_degrees(116.404, 39.915).unwrap();
        assert_eq!(moved(place, Datum::Wgs84), place);
        assert_eq!(moved(place, Datum::Cgcs2000), place);
        for datum in [Datum::Gcj02, Datum::Bd09] {
            let there = moved(place, datum);
            assert!((100.0..2_000.0).contains(&place.metres_to(there)), "{datum:?}");
            assert!(datum.to_inside(there.lon(), there.lat()).unwrap().metres_to(place) < 0.1);
        }
    }
}
