//! From rings that were snapped to whole units and cut to polygons that the specification allows (§4.3.4.4).
//!
//! Owns validity: no ring crosses or touches itself, holes lie in their outer ring, every ring encloses something, and outer rings run clockwise as
//! seen on the map. Snapping makes narrow places touch and cutting leaves ties along the edge; both are resolved by the
//! even-odd rule with `i_overlay`, which works on whole numbers and keeps every point that is no crossing, so shared
//! borders stay shared. Start at [`polygons`].

use i_overlay::core::fill_rule::FillRule;
use i_overlay::core::overlay::{ContourDirection, IntOverlayOptions, Overlay};
use i_overlay::core::overlay_rule::OverlayRule;
use i_overlay::i_float::int::point::IntPoint;

use super::geometry::Spot;

/// Polygons that cover what an odd number of the rings encloses. Crossings between units are rounded to the nearest one.
pub(super) fn polygons(rings: &[Vec<Spot>]) -> Vec<Vec<Vec<Spot>>> {
    if rings.is_empty() {
        return Vec::new();
    }
    let options = IntOverlayOptions {
        preserve_input_collinear: true,
        // Counter-clockwise where north is up; the tile's axis points south, and the surveyor's formula is positive.
        output_direction: ContourDirection::CounterClockwise,
        preserve_output_collinear: true,
        min_output_area: 0,
        ogc: true,
    };
    let points = rings.iter().map(Vec::len).sum();
    let mut overlay = Overlay::new_custom(points, options, Default::default());
    for ring in rings {
        let ring: Vec<IntPoint<i32>> = ring.iter().map(|[x, y]| IntPoint::new(*x, *y)).collect();
        overlay.add_contour(&ring, i_overlay::core::overlay::ShapeType::Subject);
    }
    let shapes = overlay.overlay(OverlayRule::Subject, FillRule::EvenOdd);
    let ring = |contour: Vec<IntPoint<i32>>| contour.into_iter().map(|point| [point.x, point.y]).collect();
    shapes.into_iter().map(|shape| shape.into_iter().map(ring).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(corner: i32, size: i32) -> Vec<Spot> {
        vec![
            [corner, corner],
            [corner + size, corner],
            [corner + size, corner + size],
            [corner, corner + size],
        ]
    }

    fn doubled_area(ring: &[Spot]) -> i64 {
        let next = ring.iter().cycle().skip(1);
        let of =
            |(a, b): (&Spot, &Spot)| i64::from(a[0]) * i64::from(b[1]) - i64::from(b[0]) * i64::from(a[1]);
        ring.iter().zip(next).map(of).sum()
    }

    fn areas(rings: &[Vec<Spot>]) -> Vec<Vec<i64>> {
        let mut found: Vec<Vec<i64>> =
            polygons(rings).iter().map(|p| p.iter().map(|ring| doubled_area(ring) / 2).collect()).collect();
        found.sort_unstable();
        found
    }

    #[test]
    fn outer_rings_have_positive_and_holes_negative_area_whichever_way_they_were_drawn() {
        let mut turned = square(10, 10);
        turned.reverse();
        assert_eq!(areas(&[square(0, 100), turned.clone()]), [[10_000, -100]]);
        turned.reverse();
        assert_eq!(areas(&[turned, square(0, 100)]), [[10_000, -100]]);
        // An island in the lake is a polygon of its own.
        assert_eq!(areas(&[square(0, 100), square(10, 50), square(20, 5)]), [vec![25], vec![10_000, -2_500]]);
    }

    #[test]
    fn ties_spikes_and_rings_that_enclose_nothing_are_taken_away() {
        // Two parts tied along x = 0, as cutting leaves them.
        let tied = vec![[0, 0], [10, 0], [10, 10], [0, 10], [0, 20], [10, 20], [10, 30], [0, 30]];
        assert_eq!(areas(&[tied]), [[100], [100]]);
        let spiked = vec![[0, 0], [10, 0], [10, 5], [40, 5], [10, 5], [10, 10], [0, 10]];
        assert_eq!(areas(std::slice::from_ref(&spiked)), [[100]]);
        assert!(
            polygons(&[spiked])[0][0].contains(&[10, 5]),
            "a point on a straight side may be a neighbour's corner"
        );
        assert_eq!(areas(&[vec![[0, 0], [5, 5], [9, 9]]]), Vec::<Vec<i64>>::new());
        assert_eq!(areas(&[square(0, 9), square(0, 9)]), Vec::<Vec<i64>>::new());
        assert_eq!(areas(&[]), Vec::<Vec<i64>>::new());
    }

    #[test]
    fn a_ring_that_crosses_or_touches_itself_becomes_rings_that_do_not() {
        assert_eq!(areas(&[vec![[0, 0], [10, 10], [10, 0], [0, 10]]]), [[25], [25]]);
        // A bag whose neck is closed at one point: a hole, not a ring that touches itself.
        let bag = vec![[0, 0], [20, 0], [20, 20], [0, 20], [0, 10], [5, 15], [15, 10], [5, 5], [0, 10]];
        let found = polygons(&[bag]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].iter().map(Vec::len).collect::<Vec<_>>(), [5, 4]);
    }
}
