//! What a feature looks like in a tile, and how the specification writes it (§4.3).
//!
//! Owns the commands. A [`Geometry`] is made only by what clips ([`super::Address`], [`super::Areas`], [`super::Points`]), so it is never empty, its lines
//! have two different points or more and its rings are simple and run the right way (§4.3.4.4). Start at [`Geometry::parts`].

/// Coordinates in a tile: east, then south.
pub type Spot = [i32; 2];

/// Points, lines or polygons of one feature, in the coordinates of one tile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Geometry(Parts);

/// What a geometry consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parts {
    /// One or several points.
    Points(Vec<Spot>),
    /// Lines of two or more points.
    Lines(Vec<Vec<Spot>>),
    /// Polygons: an outer ring of positive area, then the holes in it, of negative area. Rings are open (the last point is not the first again)
    /// and have three points or more.
    Polygons(Vec<Vec<Vec<Spot>>>),
}

const MOVE_TO: u32 = 1;
const LINE_TO: u32 = 2;
const CLOSE_PATH: u32 = 7;

impl Geometry {
    pub(super) fn points(points: Vec<Spot>) -> Geometry {
        Geometry(Parts::Points(points))
    }

    pub(super) fn lines(lines: Vec<Vec<Spot>>) -> Geometry {
        Geometry(Parts::Lines(lines))
    }

    pub(super) fn polygons(polygons: Vec<Vec<Vec<Spot>>>) -> Geometry {
        Geometry(Parts::Polygons(polygons))
    }

    /// Its points, lines or polygons.
    pub fn parts(&self) -> &Parts {
        &self.0
    }

    /// `GeomType` of the schema.
    pub(super) fn kind(&self) -> u64 {
        match self.0 {
            Parts::Points(_) => 1,
            Parts::Lines(_) => 2,
            Parts::Polygons(_) => 3,
        }
    }

    /// Command and parameter integers (§4.3.1, §4.3.2).
    pub(super) fn commands(&self) -> Vec<u32> {
        let mut pen = Pen::default();
        match &self.0 {
            Parts::Points(points) => pen.draw(MOVE_TO, points),
            Parts::Lines(lines) => lines.iter().for_each(|line| pen.path(line)),
            Parts::Polygons(polygons) => {
                for ring in polygons.iter().flatten() {
                    pen.path(ring);
                    pen.command(CLOSE_PATH, 1);
                }
            }
        }
        pen.written
    }
}

/// The cursor (§4.3) and what it has drawn.
#[derive(Default)]
struct Pen {
    at: Spot,
    written: Vec<u32>,
}

impl Pen {
    fn path(&mut self, points: &[Spot]) {
        let (first, others) = points.split_at(points.len().min(1));
        self.draw(MOVE_TO, first);
        self.draw(LINE_TO, others);
    }

    fn draw(&mut self, command: u32, points: &[Spot]) {
        self.command(command, points.len() as u32);
        for point in points {
            for (to, from) in point.iter().zip(self.at) {
                self.written.push(zigzag(to - from));
            }
            self.at = *point;
        }
    }

    fn command(&mut self, id: u32, count: u32) {
        self.written.push(id | (count << 3));
    }
}

fn zigzag(value: i32) -> u32 {
    ((value << 1) ^ (value >> 31)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// §4.3.5 of the specification, example by example.
    #[test]
    fn the_examples_of_the_specification_are_written_as_it_writes_them() {
        let commands = |geometry: Geometry| geometry.commands();
        assert_eq!(commands(Geometry::points(vec![[25, 17]])), [9, 50, 34]);
        assert_eq!(commands(Geometry::points(vec![[5, 7], [3, 2]])), [17, 10, 14, 3, 9]);
        let line = vec![[2, 2], [2, 10], [10, 10]];
        assert_eq!(commands(Geometry::lines(vec![line.clone()])), [9, 4, 4, 18, 0, 16, 16, 0]);
        assert_eq!(
            commands(Geometry::lines(vec![line, vec![[1, 1], [3, 5]]])),
            [9, 4, 4, 18, 0, 16, 16, 0, 9, 17, 17, 10, 4, 8]
        );
        assert_eq!(
            commands(Geometry::polygons(vec![vec![vec![[3, 6], [8, 12], [20, 34]]]])),
            [9, 6, 12, 18, 10, 12, 24, 44, 15]
        );
        let first = vec![vec![[0, 0], [10, 0], [10, 10], [0, 10]]];
        let second =
            vec![vec![[11, 11], [20, 11], [20, 20], [11, 20]], vec![[13, 13], [13, 17], [17, 17], [17, 13]]];
        assert_eq!(
            commands(Geometry::polygons(vec![first, second])),
            [
                9, 0, 0, 26, 20, 0, 0, 20, 19, 0, 15, 9, 22, 2, 26, 18, 0, 0, 18, 17, 0, 15, 9, 4, 13, 26, 0,
                8, 8, 0, 0, 7, 15
            ]
        );
    }
}
