//! What is written into a tile is what an independent reader finds in it, and lies where geometry says.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests fail loudly")]

#[allow(dead_code, reason = "each test uses a part of it")]
mod tile_reader;

use std::f64::consts::PI;

use geo::{Area, BooleanOps, Distance, Length};
use huying_geo::tile::{
    Address, Areas, BUFFER, Dot, EXTENT, Geometry, MOST_ZOOM, Parts, Points, Tile, Value,
};
use huying_geo::{CellShape, Point};
use proptest::prelude::*;
use tile_reader::{Shape, Spot, Told, assert_valid, doubled_area, read};

fn shape(geometry: &Geometry) -> Shape {
    match geometry.parts().clone() {
        Parts::Points(points) => Shape::Points(points),
        Parts::Lines(lines) => Shape::Lines(lines),
        Parts::Polygons(polygons) => Shape::Polygons(polygons),
    }
}

fn polygons(geometry: &Geometry) -> &[Vec<Vec<Spot>>] {
    let Parts::Polygons(polygons) = geometry.parts() else { panic!("areas are polygons") };
    polygons
}

/// Web mercator in floating point, by its textbook formula, in units of a tile from its corner.
fn placed(tile: Address, point: Point) -> [f64; 2] {
    let across = 2f64.powi(i32::from(tile.zoom())) * f64::from(EXTENT);
    let lat = point.lat().to_radians();
    let x = (point.lon() + 180.0) / 360.0 * across;
    let y = (1.0 - (lat.tan() + 1.0 / lat.cos()).ln() / PI) / 2.0 * across;
    [x - f64::from(tile.x()) * f64::from(EXTENT), y - f64::from(tile.y()) * f64::from(EXTENT)]
}

fn exact(tile: Address, ring: &[Point]) -> geo::LineString<f64> {
    geo::LineString::new(ring.iter().map(|point| placed(tile, *point).into()).collect())
}

fn drawn(polygons: &[Vec<Vec<Spot>>]) -> geo::MultiPolygon<f64> {
    let line = |ring: &Vec<Spot>| {
        geo::LineString::new(ring.iter().map(|[x, y]| (f64::from(*x), f64::from(*y)).into()).collect())
    };
    let polygon =
        |rings: &Vec<Vec<Spot>>| geo::Polygon::new(line(&rings[0]), rings[1..].iter().map(line).collect());
    geo::MultiPolygon::new(polygons.iter().map(polygon).collect())
}

/// A star around a middle: simple, concave, of 5 to 40 corners, some tens of metres to some kilometres wide.
fn star() -> impl Strategy<Value = CellShape> {
    let middle = (-1_700_000_000..1_700_000_000i32, -780_000_000..780_000_000i32);
    (middle, 2_000..400_000i32, proptest::collection::vec(0.3..1.0f64, 5..40)).prop_map(
        |((lon, lat), size, reach)| {
            let corners = reach.len() as f64;
            let corner = |(no, reach): (usize, &f64)| {
                let turn = no as f64 / corners * 2.0 * PI;
                let along = |part: f64| (f64::from(size) * reach * part) as i32;
                Point::new(lon + along(turn.cos()), lat + along(turn.sin()))
            };
            CellShape::from_ring(reach.iter().enumerate().map(corner).collect())
        },
    )
}

fn told() -> impl Strategy<Value = Told> {
    prop_oneof![
        ".{0,12}".prop_map(Told::Text),
        any::<f64>().prop_map(|number| Told::Real(number.to_bits())),
        any::<i64>().prop_map(|number| Told::Whole(number.into())),
        any::<bool>().prop_map(Told::Flag),
    ]
}

fn value(told: &Told) -> Value<'_> {
    match told {
        Told::Text(text) => Value::Text(text),
        Told::Real(bits) => Value::Real(f64::from_bits(*bits)),
        Told::Whole(number) => Value::Whole(i64::try_from(*number).unwrap()),
        Told::Flag(flag) => Value::Flag(*flag),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_back(
        stars in proptest::collection::vec(star(), 1..6),
        properties in proptest::collection::vec(proptest::collection::btree_map("[a-c]{1,2}", told(), 0..4), 6),
        zoom in 0..=MOST_ZOOM,
    ) {
        let tile = Address::around(stars[0].rings[0][0], zoom).unwrap();
        let areas = Areas::of(&stars).unwrap().in_tile(tile);
        let mut made = Tile::new();
        let layer = made.layer("区域").unwrap();
        for (number, geometry) in &areas {
            let told = properties[*number].iter().map(|(key, told)| (key.as_str(), value(told)));
            layer.feature(Some(*number as u64), geometry, told).unwrap();
        }
        let bytes = made.into_bytes();
        prop_assert_eq!(bytes.is_empty(), areas.is_empty());
        let features = read(&bytes).into_iter().flat_map(|layer| layer.features);
        let found: Vec<_> = features.map(|f| (f.id, f.shape, f.properties)).collect();
        let expected: Vec<_> = areas
            .iter()
            .map(|(number, geometry)| (Some(*number as u64), shape(geometry), properties[*number].clone()))
            .collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn an_area_is_drawn_where_it_is_within_a_unit_and_what_is_thinned(star in star(), zoom in 6..=MOST_ZOOM) {
        let ring = &star.rings[0];
        let tile = Address::around(ring[0], zoom).unwrap();
        let areas = Areas::of(std::slice::from_ref(&star)).unwrap();
        let found = areas.in_tile(tile);
        let found = found.first().map_or(&[][..], |(_, geometry)| polygons(geometry));
        assert_valid(found);
        let bound = f64::from(EXTENT + BUFFER);
        let window = geo::Rect::new((-f64::from(BUFFER), -f64::from(BUFFER)), (bound, bound)).to_polygon();
        let line = exact(tile, ring);
        let wide = geo::Euclidean.length(&line) + geo::Euclidean.distance(line.0[0], line.0[line.0.len() - 1]);
        let whole = geo::Polygon::new(line, Vec::new());
        let expected = whole.intersection(&window);
        // Every border may move by a unit, and a point that was let go took a triangle of 32 square units at most.
        let within = wide.min(40.0 * bound) * 1.0 + 32.0 * ring.len() as f64 + 4.0;
        let differs = expected.xor(&drawn(found)).unsigned_area();
        prop_assert!(differs <= within, "{differs} of {} and {within}", expected.unsigned_area());
    }

    #[test]
    fn over_all_tiles_of_a_zoom_an_area_keeps_its_size(star in star(), deeper in 0..4u8) {
        let (low, high) = star.bounds().unwrap();
        // From the zoom at which it is some hundred units wide.
        let zoom = (9..=MOST_ZOOM - 4).find(|zoom| {
            let tile = Address::around(low, *zoom).unwrap();
            placed(tile, high)[0] - placed(tile, low)[0] > 600.0
        });
        let zoom = zoom.unwrap_or(MOST_ZOOM - 4) + deeper;
        let areas = Areas::of(std::slice::from_ref(&star)).unwrap();
        let (mut sum, mut count) = (0.0, 0);
        for tile in Address::over(low, high, zoom).unwrap() {
            count += 1;
            for (_, geometry) in areas.in_tile(tile) {
                sum += core(polygons(&geometry));
            }
        }
        let tile = Address::around(low, zoom).unwrap();
        let line = exact(tile, &star.rings[0]);
        let wide = geo::Euclidean.length(&line);
        let expected = geo::Polygon::new(line, Vec::new()).unsigned_area();
        let within = wide + 32.0 * star.rings[0].len() as f64 + 4.0;
        prop_assert!((sum - expected).abs() <= within, "{sum} for {expected} in {count} tiles of zoom {zoom}");
    }

    #[test]
    fn a_line_is_drawn_where_it_is_and_nowhere_else(
        start in (1_000_000_000..1_001_000_000i32, 300_000_000..301_000_000i32),
        steps in proptest::collection::vec((-200_000..200_000i32, -200_000..200_000i32), 1..30),
        zoom in 8..=16u8,
    ) {
        let mut points = vec![Point::new(start.0, start.1)];
        for (east, north) in steps {
            let last = points[points.len() - 1];
            points.push(Point::new(last.lon_e7 + east, last.lat_e7 + north));
        }
        let tile = Address::around(points[0], zoom).unwrap();
        let bound = f64::from(EXTENT + BUFFER);
        let window = geo::Rect::new((-f64::from(BUFFER), -f64::from(BUFFER)), (bound, bound)).to_polygon();
        let line = exact(tile, &points);
        let inside = window.clip(&geo::MultiLineString::new(vec![line.clone()]), false);
        let expected = inside.iter().map(|line| geo::Euclidean.length(line)).sum::<f64>();
        let Some(geometry) = tile.line(&points).unwrap() else {
            prop_assert!(expected <= 2.0 * points.len() as f64);
            return Ok(());
        };
        let Parts::Lines(parts) = geometry.parts() else { panic!("a line is lines") };
        let mut found = 0.0;
        for part in parts {
            prop_assert!(part.len() > 1 && part.windows(2).all(|step| step[0] != step[1]));
            for end in part {
                prop_assert!(end.iter().all(|at| (-BUFFER..=EXTENT + BUFFER).contains(at)));
                let point = geo::Point::new(f64::from(end[0]), f64::from(end[1]));
                prop_assert!(geo::Euclidean.distance(&point, &line) <= 1.5, "{end:?} is beside the line");
            }
            let drawn = geo::LineString::new(part.iter().map(|[x, y]| (f64::from(*x), f64::from(*y)).into()).collect());
            found += geo::Euclidean.length(&drawn);
        }
        prop_assert!((found - expected).abs() <= 3.0 * points.len() as f64, "{found} of {expected}");
    }

    #[test]
    fn a_point_is_drawn_in_its_tile_within_a_unit(lon in -1_800_000_000..1_800_000_000i32, lat in -850_000_000..850_000_000i32, zoom in 0..=MOST_ZOOM) {
        let point = Point::new(lon, lat);
        let tile = Address::around(point, zoom).unwrap();
        let geometry = tile.point(point).unwrap().unwrap();
        let Parts::Points(points) = geometry.parts() else { panic!("a point is points") };
        let exact = placed(tile, point);
        for axis in 0..2 {
            prop_assert!((0..EXTENT).contains(&points[0][axis]));
            // The world's own units are as fine as the tile's at the deepest zoom.
            prop_assert!((f64::from(points[0][axis]) - exact[axis]).abs() < 1.6, "{points:?} for {exact:?}");
        }
        let bounds = tile.bounds();
        prop_assert!(bounds.west <= point.lon() + 1e-7 && point.lon() <= bounds.east + 1e-7);
        prop_assert!(bounds.south <= point.lat() + 1e-7 && point.lat() <= bounds.north + 1e-7);
    }

    #[test]
    fn whatever_comes_nothing_panics_and_what_is_drawn_is_valid(
        rings in proptest::collection::vec(
            proptest::collection::vec((any::<i32>(), any::<i32>(), 0..7u8), 0..12), 0..4),
        numbers in (0..=MOST_ZOOM, any::<u32>(), any::<u32>()),
        parting in any::<u8>(),
        narrow in any::<bool>(),
    ) {
        // Mostly on a small grid, so that corners and sides fall together; or all over the globe and beyond.
        let place = |(x, y, step): (i32, i32, u8)| if narrow {
            let size = 10i32.pow(step.into());
            Point::new(1_065_000_000 + x.rem_euclid(8) * size, 295_000_000 + y.rem_euclid(8) * size)
        } else {
            Point::new(x, y)
        };
        let rings: Vec<Vec<Point>> = rings.into_iter().map(|ring| ring.into_iter().map(place).collect()).collect();
        let points: Vec<Point> = rings.iter().flatten().copied().collect();
        let (zoom, x, y) = numbers;
        let mut tiles = vec![Address::new(zoom, x >> 1 & ((1 << zoom) - 1), y & ((1 << zoom) - 1)).unwrap()];
        tiles.extend(points.iter().filter_map(|point| Address::around(*point, zoom).ok()));
        let shapes: Vec<CellShape> = vec![CellShape { rings: rings.clone() }, CellShape { rings: rings.into_iter().take(1).collect() }];
        let areas = Areas::of(&shapes);
        let dots: Vec<Dot> = points.iter().map(|at| Dot { at: *at, class: parting % 3 }).collect();
        let dots = Points::of(&dots, 3);
        for tile in tiles {
            for (_, geometry) in areas.iter().flat_map(|areas| areas.in_tile(tile)) {
                assert_valid(polygons(&geometry));
            }
            for found in dots.iter().flat_map(|dots| dots.clusters(tile, parting)) {
                prop_assert!(found.total() > 0);
            }
            if let Ok(Some(geometry)) = tile.line(&points) {
                let Parts::Lines(parts) = geometry.parts() else { panic!("a line is lines") };
                prop_assert!(parts.iter().all(|part| part.len() > 1));
            }
        }
    }
}

/// The area of what is drawn within the tile proper, cut here by another way than there: as an integral over x.
fn core(polygons: &[Vec<Vec<Spot>>]) -> f64 {
    let extent = f64::from(EXTENT);
    let under = |a: Spot, b: Spot| {
        // The area between the clamped side and the northern edge, in pieces between which nothing bends.
        let [(ax, ay), (bx, by)] = [a, b].map(|[x, y]| (f64::from(x), f64::from(y)));
        let mut cuts = vec![0.0, 1.0];
        let mut cut = |from: f64, to: f64| {
            if from != to {
                cuts.extend(
                    [0.0, extent]
                        .map(|bound| (bound - from) / (to - from))
                        .into_iter()
                        .filter(|t| (0.0..=1.0).contains(t)),
                );
            }
        };
        cut(ax, bx);
        cut(ay, by);
        cuts.sort_by(f64::total_cmp);
        let at = |t: f64| ((ax + (bx - ax) * t).clamp(0.0, extent), (ay + (by - ay) * t).clamp(0.0, extent));
        cuts.windows(2)
            .map(|pair| (at(pair[0]), at(pair[1])))
            .map(|(p, q)| (p.0 - q.0) * f64::midpoint(p.1, q.1))
            .sum::<f64>()
    };
    let ring = |ring: &Vec<Spot>| tile_reader::sides(ring).map(|(a, b)| under(a, b)).sum::<f64>();
    polygons.iter().flatten().map(ring).sum()
}

#[test]
fn the_area_within_a_tile_is_measured_rightly_here() {
    let square = |low: i32, high: i32| vec![[low, low], [high, low], [high, high], [low, high]];
    assert!(doubled_area(&square(0, 10)) > 0);
    assert_eq!(core(&[vec![square(0, 10)]]), 100.0);
    assert_eq!(core(&[vec![square(-64, 4160)]]), 4096.0 * 4096.0);
    assert_eq!(core(&[vec![square(-64, 0)]]), 0.0);
    let mut hole = square(10, 20);
    hole.reverse();
    assert_eq!(core(&[vec![square(-10, 30), hole]]), 900.0 - 100.0);
}
