//! Outlines of areas as paths of one drawing, made once for each level.
//!
//! Owns the projection: the whole ground is a thousand units wide, which tells metres apart in a district. Start at [`Outlines::of`].

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use huying_geo::{CellShape, Point};
use huying_model::{AreaCode, LevelName, org::Org};
use huying_pack::Pack;

/// Units that the whole ground is wide.
const WIDE: f64 = 1000.0;

/// A part of the drawing: left, top, right, bottom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Window {
    fn around(self, other: Window) -> Window {
        Window {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }
    /// The smallest window around all of these.
    pub fn of_all(windows: impl Iterator<Item = Window>) -> Option<Window> {
        windows.reduce(Window::around)
    }
    pub fn middle(self) -> (f64, f64) {
        (f64::midpoint(self.left, self.right), f64::midpoint(self.top, self.bottom))
    }
    /// The value of `viewBox`, with a small border.
    pub fn view_box(self) -> String {
        let border = (self.right - self.left) * 0.01;
        let (width, height) = (self.right - self.left + 2.0 * border, self.bottom - self.top + 2.0 * border);
        format!("{:.1} {:.1} {width:.1} {height:.1}", self.left - border, self.top - border)
    }
    pub fn width(self) -> f64 {
        self.right - self.left
    }
    pub fn height(self) -> f64 {
        self.bottom - self.top
    }
}

/// The outline of one area.
#[derive(Clone, Debug)]
pub struct Outline {
    /// The `d` of a path.
    pub path: String,
    pub window: Window,
}

/// Where the ground lies in the drawing.
#[derive(Clone, Copy, Debug)]
struct Projection {
    west: f64,
    north: f64,
    /// Degrees of longitude are shorter than those of latitude.
    narrow: f64,
    scale: f64,
}

impl Projection {
    fn of<'a>(shapes: impl Iterator<Item = &'a CellShape>) -> Option<Projection> {
        let bounds = shapes.filter_map(CellShape::bounds).reduce(|(a, b), (c, d)| {
            let least = Point::new(a.lon_e7.min(c.lon_e7), a.lat_e7.min(c.lat_e7));
            (least, Point::new(b.lon_e7.max(d.lon_e7), b.lat_e7.max(d.lat_e7)))
        });
        let (south_west, north_east) = bounds?;
        let narrow = f64::midpoint(south_west.lat(), north_east.lat()).to_radians().cos();
        let width = ((north_east.lon() - south_west.lon()) * narrow).max(f64::EPSILON);
        Some(Projection { west: south_west.lon(), north: north_east.lat(), narrow, scale: WIDE / width })
    }
    fn place(self, point: Point) -> (f64, f64) {
        ((point.lon() - self.west) * self.narrow * self.scale, (self.north - point.lat()) * self.scale)
    }
    fn outline(self, shape: &CellShape) -> Option<Outline> {
        let (a, b) = shape.bounds()?;
        let ((left, bottom), (right, top)) = (self.place(a), self.place(b));
        let mut path = String::new();
        for ring in &shape.rings {
            let mut last = String::new();
            for (no, point) in ring.iter().enumerate() {
                let (x, y) = self.place(*point);
                let here = format!("{x:.1} {y:.1}");
                if here != last {
                    // Writing to a string cannot fail.
                    let _ = write!(path, "{}{here}", if no == 0 { 'M' } else { 'L' });
                    last = here;
                }
            }
            path.push('z');
        }
        Some(Outline { path, window: Window { left, top, right, bottom } })
    }
}

type Level = Arc<BTreeMap<AreaCode, Outline>>;

/// The outlines of a pack, level by level, as they are asked for; begun anew when another pack or organisation holds.
#[derive(Debug, Default)]
pub struct Outlines {
    levels: Mutex<(Weak<Pack>, BTreeMap<LevelName, Level>)>,
}

impl Outlines {
    /// The outlines of all areas of a level; empty where the pack has no shapes.
    pub fn of(&self, pack: &Arc<Pack>, org: &Org, level: &LevelName) -> Level {
        let mut kept = self.levels.lock().unwrap_or_else(PoisonError::into_inner);
        let (of, levels) = &mut *kept;
        // A weak pointer keeps the allocation, so another pack never has the same address.
        if !std::ptr::eq(of.as_ptr(), Arc::as_ptr(pack)) {
            (*of, *levels) = (Arc::downgrade(pack), BTreeMap::new());
        }
        if let Some(found) = levels.get(level) {
            return Arc::clone(found);
        }
        let made = Arc::new(make(pack, org, level));
        levels.insert(level.clone(), Arc::clone(&made));
        made
    }
}

fn make(pack: &Pack, org: &Org, level: &LevelName) -> BTreeMap<AreaCode, Outline> {
    let Some(projection) = Projection::of(pack.shapes.cells.values()) else { return BTreeMap::new() };
    let shapes = pack.shapes.outlines(org, level);
    shapes.into_iter().filter_map(|(area, shape)| Some((area, projection.outline(&shape)?))).collect()
}

/// Where a point lies in the drawing of a pack.
pub fn place(pack: &Pack, point: Point) -> Option<(f64, f64)> {
    Projection::of(pack.shapes.cells.values()).map(|projection| projection.place(point))
}

/// How a pack's drawing lies on the ground: its western and northern edge in degrees, and how many units wide a degree of longitude and
/// how many units high one of latitude is.
pub fn frame(pack: &Pack) -> Option<[f64; 4]> {
    let found = Projection::of(pack.shapes.cells.values())?;
    Some([found.west, found.north, found.narrow * found.scale, found.scale])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ground_is_a_thousand_units_wide_with_north_at_the_top() {
        let (a, b) = (Point::new(1_100_000_000, 300_000_000), Point::new(1_101_000_000, 301_000_000));
        let shape = CellShape::rectangle(a, b);
        let projection = Projection::of(std::iter::once(&shape)).expect("a shape has bounds");
        let outline = projection.outline(&shape).expect("and an outline");
        assert!((outline.window.right - WIDE).abs() < 0.001 && outline.window.left.abs() < 0.001);
        assert!(
            outline.window.top < outline.window.bottom
                && outline.path.starts_with('M')
                && outline.path.ends_with('z')
        );
        // At 30° a degree of longitude is shorter, so the drawing of a square of degrees is taller than wide.
        assert!(outline.window.bottom > WIDE);
    }
}
