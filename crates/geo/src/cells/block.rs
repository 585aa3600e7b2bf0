//! The layout of a block and the walk from a square's corner to a point.
//!
//! A block is a chain of parts of at most 31 cells each, ascending by number. A part is, in 32-bit words:
//! header (cells, `WIDE`, `MORE`), number of sides, corner mask, the cells' numbers, then the sides. Bit `i` of a mask
//! stands for the part's `i`-th cell. A side is its lower end, its upper end (on one height: west, then east), both
//! counted from the square's corner, and the mask of the cells that it bounds; ends are two 16-bit numbers in one word, or in
//! a `WIDE` part two words. `STARTS_ABOVE` in a side's mask says that the side passes over the corner itself, which
//! only the build must work out.

/// Cells in one part: 31 bits of a mask, the last one is `STARTS_ABOVE`.
pub(super) const CELLS_PER_PART: usize = 31;
const WIDE: u32 = 1 << 8;
const MORE: u32 = 1 << 9;
const STARTS_ABOVE: u32 = 1 << 31;
const HEAD: usize = 3;

/// One side of a ring, from its lower to its upper end, counted from the square's corner.
#[derive(Debug, Clone, Copy)]
pub(super) struct Side {
    pub(super) low: (i32, i32),
    pub(super) high: (i32, i32),
    pub(super) mask: u32,
}

impl Side {
    /// Positive when the point is left (west) of the side's line, zero on it. A layer is at most 2^31 - 1 units wide,
    /// so both products stay below 2^62.
    #[inline]
    fn turn(&self, x: i32, y: i32) -> i64 {
        let (dx, dy) = (i64::from(self.high.0 - self.low.0), i64::from(self.high.1 - self.low.1));
        dx * (i64::from(y) - i64::from(self.low.1)) - dy * (i64::from(x) - i64::from(self.low.0))
    }

    /// Whether the side meets the meridian of the corner (moved a little east) above the point (0, y) (moved a little
    /// less north). Meaningful only for a side that crosses that meridian.
    #[inline]
    fn above(&self, turn_at_meridian: i64) -> bool {
        if self.low.0 <= 0 {
            // Running east and upward or level: the little step east lifts a rising side over the point.
            turn_at_meridian < i64::from(self.high.1 > self.low.1)
        } else {
            turn_at_meridian > 0
        }
    }

    /// Whether the walk from the corner north to (0, y) and east to (x, y) crosses the side.
    #[inline]
    fn crossed(&self, x: i32, y: i32) -> bool {
        let at_meridian = self.turn(0, y);
        let at_point = self.turn(x, y);
        let spans = (self.low.1 <= y) & (self.high.1 > y);
        let east_leg = spans & (at_meridian > 0) & (at_point <= 0);
        let north_leg = (self.mask & STARTS_ABOVE != 0) & !self.above(at_meridian);
        east_leg ^ north_leg
    }

    fn touches(&self, x: i32, y: i32) -> bool {
        let (west, east) = (self.low.0.min(self.high.0), self.low.0.max(self.high.0));
        (west..=east).contains(&x) && (self.low.1..=self.high.1).contains(&y) && self.turn(x, y) == 0
    }

    fn narrow(&self) -> bool {
        let fits = |n: i32| i16::try_from(n).is_ok();
        fits(self.low.0) && fits(self.low.1) && fits(self.high.0) && fits(self.high.1)
    }
}

/// One part of a block, borrowed from the index.
struct Part<'a> {
    wide: bool,
    more: bool,
    corner: u32,
    cells: &'a [u32],
    sides: &'a [u32],
    rest: &'a [u32],
}

impl<'a> Part<'a> {
    #[inline]
    fn read(words: &'a [u32]) -> Option<Self> {
        let (head, rest) = words.split_at_checked(HEAD)?;
        let &[flags, sides, corner] = head else { return None };
        let (cells, rest) = rest.split_at_checked((flags & 0xff) as usize)?;
        let wide = flags & WIDE != 0;
        let (sides, rest) = rest.split_at_checked(sides as usize * if wide { 5 } else { 3 })?;
        Some(Self { wide, more: flags & MORE != 0, corner, cells, sides, rest })
    }

    #[inline]
    fn fold<T>(&self, start: T, mut step: impl FnMut(T, Side) -> T) -> T {
        if self.wide {
            let (sides, _) = self.sides.as_chunks::<5>();
            sides.iter().fold(start, |seen, &[ax, ay, bx, by, mask]| {
                let side = Side { low: (ax as i32, ay as i32), high: (bx as i32, by as i32), mask };
                step(seen, side)
            })
        } else {
            let (sides, _) = self.sides.as_chunks::<3>();
            sides
                .iter()
                .fold(start, |seen, &[a, b, mask]| step(seen, Side { low: unpack(a), high: unpack(b), mask }))
        }
    }

    /// The mask of the part's cells that hold the point.
    #[inline]
    fn holding(&self, x: i32, y: i32) -> u32 {
        let crossed = self.fold(self.corner, |inside, side| {
            inside ^ (side.mask & u32::from(side.crossed(x, y)).wrapping_neg())
        });
        crossed & !STARTS_ABOVE
    }

    fn touching(&self, x: i32, y: i32) -> u32 {
        self.fold(0, |mask, side| if side.touches(x, y) { mask | side.mask } else { mask }) & !STARTS_ABOVE
    }

    #[inline]
    fn cell(&self, bit: u32) -> Option<u32> {
        self.cells.get(bit as usize).copied()
    }
}

/// The lowest cell of the block that holds the point, or else the lowest whose border it is on.
#[inline]
pub(super) fn first(words: &[u32], x: i32, y: i32) -> Option<u32> {
    let part = Part::read(words)?;
    let holding = part.holding(x, y);
    if holding != 0 {
        return part.cell(holding.trailing_zeros());
    }
    first_of_rest(words, x, y)
}

/// The rare case: a long chain, or a point that no cell holds.
#[cold]
fn first_of_rest(words: &[u32], x: i32, y: i32) -> Option<u32> {
    let held = parts(words).find_map(|part| match part.holding(x, y) {
        0 => None,
        mask => part.cell(mask.trailing_zeros()),
    });
    held.or_else(|| {
        parts(words).find_map(|part| match part.touching(x, y) {
            0 => None,
            mask => part.cell(mask.trailing_zeros()),
        })
    })
}

/// All cells of the block that hold the point; where none does, the lowest whose border it is on.
pub(super) fn all(words: &[u32], x: i32, y: i32) -> Vec<u32> {
    let mut found = Vec::new();
    for part in parts(words) {
        let mask = part.holding(x, y);
        found.extend(
            part.cells.iter().enumerate().filter(|(bit, _)| mask >> bit & 1 == 1).map(|(_, cell)| *cell),
        );
    }
    if found.is_empty() {
        found.extend(first_of_rest(words, x, y));
    }
    found
}

fn parts(words: &[u32]) -> impl Iterator<Item = Part<'_>> {
    let mut next = Some(words);
    std::iter::from_fn(move || {
        let part = Part::read(next?)?;
        next = part.more.then_some(part.rest);
        Some(part)
    })
}

/// Appends one part. `corner` and the sides' masks speak of `cells` by position.
pub(super) fn write(words: &mut Vec<u32>, cells: &[u32], corner: u32, sides: &[Side], more: bool) {
    let wide = !sides.iter().all(Side::narrow);
    let flags = cells.len() as u32 | if wide { WIDE } else { 0 } | if more { MORE } else { 0 };
    words.extend([flags, sides.len() as u32, corner]);
    words.extend(cells);
    for side in sides {
        let crosses = (side.low.0 <= 0) != (side.high.0 <= 0);
        let starts_above = crosses && side.above(side.turn(0, 0));
        let mask = side.mask | if starts_above { STARTS_ABOVE } else { 0 };
        if wide {
            words.extend([side.low.0, side.low.1, side.high.0, side.high.1].map(|n| n as u32));
        } else {
            words.extend([pack(side.low), pack(side.high)]);
        }
        words.push(mask);
    }
}

fn pack((x, y): (i32, i32)) -> u32 {
    u32::from(x as i16 as u16) | u32::from(y as i16 as u16) << 16
}

#[inline]
fn unpack(word: u32) -> (i32, i32) {
    (i32::from(word as u16 as i16), i32::from((word >> 16) as u16 as i16))
}
