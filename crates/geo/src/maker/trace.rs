//! From groups of triangles to rings.
//!
//! Owns the walk along the sides that a group does not share with itself. Start at [`shapes`].

use std::collections::HashMap;

use super::Node;
use super::mesh::{Mesh, NONE};
use crate::point::Point;

/// Sets the shapes of the nodes from number `first` on, from the triangles that they own.
pub(super) fn shapes(mesh: &Mesh, owner: &[u32], first: usize, nodes: &mut [Node]) {
    let mut borders: Vec<Vec<(u32, u32)>> = vec![Vec::new(); nodes.len() - first];
    for (triangle, corners) in mesh.triangles.iter().enumerate() {
        let Some(border) = (owner[triangle] as usize).checked_sub(first).and_then(|n| borders.get_mut(n))
        else {
            continue;
        };
        for (side, neighbour) in mesh.neighbours[triangle].iter().enumerate() {
            if *neighbour == NONE || owner[*neighbour as usize] != owner[triangle] {
                border.push((corners[side], corners[(side + 1) % 3]));
            }
        }
    }
    for (node, border) in nodes[first..].iter_mut().zip(borders) {
        let ring = |ring: Vec<u32>| ring.into_iter().map(|n| mesh.points[n as usize]).collect::<Vec<Point>>();
        node.shape.rings = rings(border).into_iter().map(ring).collect();
    }
}

/// Joins directed sides to rings that pass no point twice: where a walk meets itself, the loop is cut off as a ring of its
/// own. Triangles run counter-clockwise, so outer rings come out so and holes the other way.
fn rings(mut border: Vec<(u32, u32)>) -> Vec<Vec<u32>> {
    border.sort_unstable();
    let mut used = vec![false; border.len()];
    let mut found = Vec::new();
    for start in 0..border.len() {
        if used[start] {
            continue;
        }
        let mut path = vec![border[start].0];
        let mut place = HashMap::from([(border[start].0, 0)]);
        let mut at = border[start].0;
        loop {
            let from = border.partition_point(|(a, _)| *a < at);
            let next = (from..border.len()).take_while(|n| border[*n].0 == at).find(|n| !used[*n]);
            let Some(next) = next else { break };
            used[next] = true;
            at = border[next].1;
            if let Some(&met) = place.get(&at) {
                let ring = path.split_off(met);
                ring.iter().for_each(|point| {
                    place.remove(point);
                });
                found.push(ring);
            }
            place.insert(at, path.len());
            path.push(at);
        }
    }
    found
}
