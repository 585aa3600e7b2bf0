//! Cells for places that have no open polygons: an outline split into streets, communities, grids and micro-grids.
//!
//! Owns the making of nested cells without gap or overlap, in exactly the wanted numbers, the same for a seed on every
//! machine. What it makes is synthetic: whoever shows or ships it must say so, and [`Made::features`] writes the mark
//! into every feature.
//! Refuses outlines that cross themselves and trees with more leaves than the outline can hold. Start at [`make`].
//!
//! The outline is filled with one mesh of triangles ([`mesh`]: constrained Delaunay over jittered lattice points), and
//! every level only groups triangles ([`split`]), inside its parent. No vertex is ever computed by cutting, so
//! neighbours share their borders point for point and children add up to their parent, by construction. Distances,
//! areas and chances are whole numbers; nothing depends on a platform's square root or cosine.

mod mesh;
mod split;
mod trace;
pub mod tree;

use geojson::JsonObject;
use thiserror::Error;

use crate::point::Point;
use crate::shape::{CellShape, ShapeError};
pub use tree::{Tree, TreeError};

/// What to make.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Another seed makes other cells of the same numbers.
    pub seed: u64,
    /// How many cells, and which below which. The root stands for the outline.
    pub tree: Tree,
    /// Triangles aimed at per leaf: 24 give leaves of about 8 to 20 points, 60 of 12 to 32, 240 of 18 to 63. Time and
    /// memory grow with it.
    pub triangles_per_leaf: u32,
}

/// Made cells, the outline first, then level by level; the children of a cell stand together in the tree's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// All cells of all levels.
    pub nodes: Vec<Node>,
}

/// One made cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The number of the cell around it; none for the outline.
    pub parent: Option<u32>,
    /// 0 for the outline, 1 for its children, and so on.
    pub depth: u32,
    /// Its place among its parent's children, from 0.
    pub ordinal: u32,
    /// Outer rings counter-clockwise, holes clockwise, open.
    pub shape: CellShape,
}

/// Why no cells can be made.
#[derive(Debug, Error)]
pub enum MakeError {
    /// The outline's rings are not usable.
    #[error("outline: {0}")]
    Outline(#[from] ShapeError),
    /// The tree is not usable.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// Rings that cross themselves or each other.
    #[error(
        "the outline crosses itself at the side from {} to {}; draw its rings without crossings",
        degrees(from),
        degrees(to)
    )]
    Crossing {
        /// One end of a side that another one crosses; its points may stand between those given.
        from: Point,
        /// The other end.
        to: Point,
    },
    /// No room.
    #[error(
        "the outline has room for {triangles} triangles, too few for {leaves} leaves; raise triangles_per_leaf, or ask for fewer cells"
    )]
    NoRoom {
        /// Triangles that the outline was filled with.
        triangles: usize,
        /// Leaves wanted of them.
        leaves: usize,
    },
    /// So small that whole units cannot hold the mesh.
    #[error(
        "the outline is too small for {0} leaves: a triangle would measure less than 10 cm; ask for fewer cells or fewer triangles per leaf"
    )]
    TooSmall(usize),
    /// So many that memory would not hold the mesh.
    #[error("{0} triangles are more than the {max} that one call makes; split the outline, or lower triangles_per_leaf", max = mesh::MOST_TRIANGLES)]
    TooMany(u64),
    /// The mesh library refused a point.
    #[error("the mesh could not be made: {0}; check the outline's coordinates")]
    Mesh(String),
}

fn degrees(point: &Point) -> String {
    format!("{}, {}", point.lon(), point.lat())
}

/// Splits the outline as planned.
///
/// Long sides of the outline get points in between (moving it by less than a unit), so that cells along it are not
/// slivers: the first node's shape is the outline that the cells add up to, exactly. An outline of several parts is
/// joined by imagined bridges; a cell may then have several parts too. Each cell's area follows its number of leaves.
pub fn make(outline: &CellShape, plan: &Plan) -> Result<Made, MakeError> {
    let leaves = plan.tree.checked_leaves()?;
    let mut dice = Dice(plan.seed);
    let mesh = mesh::fill(outline, leaves, plan.triangles_per_leaf.max(1), &mut dice)?;
    if mesh.triangles.len() < leaves {
        return Err(MakeError::NoRoom { triangles: mesh.triangles.len(), leaves });
    }
    let mut nodes = vec![Node { parent: None, depth: 0, ordinal: 0, shape: CellShape::default() }];
    let mut owner = vec![0u32; mesh.triangles.len()];
    trace::shapes(&mesh, &owner, 0, &mut nodes);
    let mut level: Vec<(u32, &Tree)> = vec![(0, &plan.tree)];
    while level.iter().any(|(_, tree)| !tree.children.is_empty()) {
        let first = nodes.len();
        level = split_level(&mesh, &mut owner, &level, &mut nodes, &mut dice)?;
        trace::shapes(&mesh, &owner, first, &mut nodes);
    }
    Ok(Made { nodes })
}

/// Splits every cell of one level, hands each triangle to its new owner, and answers the next level.
fn split_level<'a>(
    mesh: &mesh::Mesh,
    owner: &mut [u32],
    level: &[(u32, &'a Tree)],
    nodes: &mut Vec<Node>,
    dice: &mut Dice,
) -> Result<Vec<(u32, &'a Tree)>, MakeError> {
    let first = level.first().map_or(0, |(node, _)| *node);
    let mut members: Vec<Vec<u32>> = vec![Vec::new(); level.len()];
    for (triangle, node) in (0..).zip(owner.iter()) {
        // Leaves of earlier levels keep their triangles and have a number below this level's first.
        if let Some(list) = node.checked_sub(first).and_then(|n| members.get_mut(n as usize)) {
            list.push(triangle);
        }
    }
    let mut next = Vec::new();
    for ((parent, tree), members) in
        level.iter().zip(&members).filter(|((_, tree), _)| !tree.children.is_empty())
    {
        let weights: Vec<usize> = tree.children.iter().map(Tree::leaves).collect();
        let labels = split::split(mesh, owner, members, &weights, dice)?;
        let base = nodes.len() as u32;
        for (triangle, label) in members.iter().zip(labels) {
            owner[*triangle as usize] = base + label;
        }
        let depth = nodes[*parent as usize].depth + 1;
        for (ordinal, child) in (0..).zip(&tree.children) {
            next.push((base + ordinal, child));
            nodes.push(Node { parent: Some(*parent), depth, ordinal, shape: CellShape::default() });
        }
    }
    Ok(next)
}

impl Made {
    /// A number that two runs share exactly when they made the same cells (FNV-1a, 64 bits).
    pub fn fingerprint(&self) -> u64 {
        let mut hash = 0xcbf2_9ce4_8422_2325u64;
        let mut feed = |n: u32| {
            for byte in n.to_le_bytes() {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        };
        for node in &self.nodes {
            feed(node.parent.map_or(0, |parent| parent + 1));
            for ring in &node.shape.rings {
                feed(ring.len() as u32);
                ring.iter().for_each(|p| [p.lon_e7, p.lat_e7].into_iter().for_each(|n| feed(n as u32)));
            }
        }
        hash
    }

    /// The cells of one depth, with their numbers.
    pub fn at_depth(&self, depth: u32) -> impl Iterator<Item = (u32, &Node)> {
        (0..).zip(&self.nodes).filter(move |(_, node)| node.depth == depth)
    }

    /// A GeoJSON FeatureCollection of the cells of one depth, each marked `"synthetic": true`, with further properties
    /// from `name` (by the cell's number).
    pub fn features(&self, depth: u32, name: impl Fn(u32) -> JsonObject) -> String {
        let named: Vec<(JsonObject, &CellShape)> = self
            .at_depth(depth)
            .map(|(number, node)| {
                let mut properties = name(number);
                properties.insert("synthetic".to_owned(), true.into());
                (properties, &node.shape)
            })
            .collect();
        crate::geojson::write(named.iter().map(|(properties, shape)| (properties, *shape)))
    }
}

/// Numbers that look random and are the same on every machine (SplitMix64, Steele, Lea and Flood 2014).
#[derive(Debug)]
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`, or 0. The bias of the remainder is far below anything visible in a mesh.
    fn below(&mut self, bound: u64) -> u64 {
        self.roll() % bound.max(1)
    }
}
