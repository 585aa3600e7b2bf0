//! Made cells for tests and benches: a bent lattice whose neighbours share their wavy borders, point for point.

use huying_geo::{CellShape, Point};

/// Numbers that look random and are the same on every machine (SplitMix64).
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: i32, high: i32) -> i32 {
        let span = (i64::from(high) - i64::from(low) + 1) as u64;
        (i64::from(low) + (self.roll() % span) as i64) as i32
    }
}

/// `columns` × `rows` cells of about `size` units, each side of `points.0` to `points.1` points, from `corner` on.
/// Every coordinate is even, so that the middle of every side is a whole point.
pub fn cells(
    corner: Point,
    (columns, rows): (usize, usize),
    size: i32,
    points: (i32, i32),
    seed: u64,
) -> Vec<CellShape> {
    let mut dice = Dice(seed);
    let nodes: Vec<Vec<Point>> = (0..=rows)
        .map(|row| {
            (0..=columns)
                .map(|column| {
                    let x = corner.lon_e7 + column as i32 * size + dice.between(-size / 6, size / 6);
                    let y = corner.lat_e7 + row as i32 * size + dice.between(-size / 6, size / 6);
                    Point::new(x & !1, y & !1)
                })
                .collect()
        })
        .collect();
    let mut line = |a: Point, b: Point| wavy(&mut dice, a, b, points, size / 16);
    let level: Vec<Vec<Vec<Point>>> =
        nodes.iter().map(|row| row.windows(2).map(|ends| line(ends[0], ends[1])).collect()).collect();
    let upright: Vec<Vec<Vec<Point>>> = nodes
        .windows(2)
        .map(|pair| pair[0].iter().zip(&pair[1]).map(|(low, high)| line(*low, *high)).collect())
        .collect();
    let mut shapes = Vec::with_capacity(columns * rows);
    for row in 0..rows {
        for column in 0..columns {
            let mut ring: Vec<Point> = level[row][column].clone();
            ring.extend(&upright[row][column + 1]);
            ring.extend(backwards(&level[row + 1][column], nodes[row + 1][column + 1]));
            ring.extend(backwards(&upright[row][column], nodes[row + 1][column]));
            shapes.push(CellShape::from_ring(ring));
        }
    }
    shapes
}

/// Points from `a` (included) to `b` (left out), swaying to both sides.
fn wavy(dice: &mut Dice, a: Point, b: Point, points: (i32, i32), sway: i32) -> Vec<Point> {
    let steps = dice.between(points.0, points.1);
    (0..steps)
        .map(|step| {
            let along = |from: i32, to: i32| {
                from + ((i64::from(to) - i64::from(from)) * i64::from(step) / i64::from(steps)) as i32
            };
            let (x, y) = (along(a.lon_e7, b.lon_e7), along(a.lat_e7, b.lat_e7));
            if step == 0 {
                return a;
            }
            let (dx, dy) = if (b.lon_e7 - a.lon_e7).abs() > (b.lat_e7 - a.lat_e7).abs() {
                (0, dice.between(-sway, sway))
            } else {
                (dice.between(-sway, sway), 0)
            };
            Point::new((x + dx) & !1, (y + dy) & !1)
        })
        .collect()
}

/// The same border from its end: `end` first, the line's own first point left out.
fn backwards(line: &[Point], end: Point) -> Vec<Point> {
    std::iter::once(end).chain(line[1..].iter().rev().copied()).collect()
}
