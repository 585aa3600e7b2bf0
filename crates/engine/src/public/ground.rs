//! Points that stand for areas: the public sees where a case's cell is, never where the case is.
//!
//! Owns one point for each area, found from the shapes alone: the cell's own, and of a larger area that of the cell nearest to the
//! middle of its cells. Start at [`Ground::point`].

use std::collections::{BTreeMap, HashMap};

use huying_geo::{Point, inside};
use huying_model::{AreaCode, org::Org};
use huying_pack::Shapes;
use smol_str::SmolStr;

/// A point for every area that has a shape.
#[derive(Debug, Default)]
pub struct Ground(HashMap<AreaCode, Point>);

/// A window in degrees, both ends included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    pub west: f64,
    pub south: f64,
    pub east: f64,
    pub north: f64,
}

impl Window {
    /// One that crosses the 180th meridian has its west beyond its east.
    pub fn holds(&self, point: Point) -> bool {
        let (lon, lat) = (point.lon(), point.lat());
        let across = if self.west <= self.east {
            self.west <= lon && lon <= self.east
        } else {
            lon >= self.west || lon <= self.east
        };
        across && self.south <= lat && lat <= self.north
    }
}

impl Ground {
    pub fn of(org: &Org, shapes: &Shapes) -> Ground {
        let mut points: HashMap<AreaCode, Point> =
            shapes.cells.iter().filter_map(|(code, shape)| Some((code.clone(), inside(shape)?))).collect();
        let mut below: BTreeMap<&AreaCode, Vec<Point>> = BTreeMap::new();
        for (cell, point) in &points {
            for area in org.ancestors(cell).filter(|area| !points.contains_key(&area.code)) {
                below.entry(&area.code).or_default().push(*point);
            }
        }
        let larger: Vec<(AreaCode, Point)> = below
            .into_iter()
            .filter_map(|(area, cells)| Some((area.clone(), nearest_to_the_middle(cells)?)))
            .collect();
        points.extend(larger);
        Ground(points)
    }

    pub fn point(&self, area: &AreaCode) -> Option<Point> {
        self.0.get(area).copied()
    }

    /// The areas whose point is one of those wanted.
    pub fn areas(&self, wanted: impl Fn(Point) -> bool) -> Vec<SmolStr> {
        let mut found: Vec<SmolStr> =
            self.0.iter().filter(|(_, point)| wanted(**point)).map(|(area, _)| area.0.clone()).collect();
        found.sort();
        found
    }
}

fn nearest_to_the_middle(mut points: Vec<Point>) -> Option<Point> {
    // A fixed order, so that the same ground has the same point whenever it is asked for.
    points.sort();
    let many = i64::try_from(points.len()).ok().filter(|many| *many > 0)?;
    let mean =
        |coordinate: fn(&Point) -> i32| points.iter().map(|p| i64::from(coordinate(p))).sum::<i64>() / many;
    let (lon, lat) = (mean(|p| p.lon_e7), mean(|p| p.lat_e7));
    let far = |p: &Point| {
        let (x, y) = (i128::from(p.lon_e7) - i128::from(lon), i128::from(p.lat_e7) - i128::from(lat));
        x * x + y * y
    };
    points.iter().min_by_key(|point| far(point)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_over_the_180th_meridian_holds_both_sides() {
        let window = Window { west: 179.0, south: -1.0, east: -179.0, north: 1.0 };
        for (lon, holds) in [(179.5, true), (-179.5, true), (0.0, false), (178.0, false)] {
            assert_eq!(window.holds(Point::from_degrees(lon, 0.0).unwrap()), holds, "{lon}");
        }
        assert!(!window.holds(Point::from_degrees(179.5, 2.0).unwrap()));
    }

    #[test]
    fn a_larger_area_is_stood_for_by_one_of_its_cells() {
        let points = [(0, 0), (10, 0), (4, 1)].map(|(x, y)| Point::new(x, y)).to_vec();
        assert_eq!(nearest_to_the_middle(points), Some(Point::new(4, 1)));
        assert_eq!(nearest_to_the_middle(Vec::new()), None);
    }
}
