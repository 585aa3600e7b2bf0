//! Working intervals in order, and the two searches among them, each by one look into an index.
//!
//! Owns [`Slots`], a short list that is searched as it is, and [`Table`], decades of them with an index by time and one
//! by work. It refuses to know days, weeks and zones. Start at [`Table::position`].

/// A working interval `from..to` with the working time that lies before it.
#[derive(Clone, Copy, Debug)]
struct Slot {
    from: i64,
    to: i64,
    before: i64,
}

/// Slots in order, without overlap.
#[derive(Clone, Debug, Default)]
pub(super) struct Slots(Vec<Slot>);

impl Slots {
    pub(super) fn push(&mut self, from: i64, to: i64) {
        if from < to {
            let before = self.total();
            self.0.push(Slot { from, to, before });
        }
    }

    pub(super) fn total(&self) -> i64 {
        self.0.last().map_or(0, |slot| slot.before + (slot.to - slot.from))
    }

    pub(super) fn position(&self, t: i64) -> i64 {
        position(self.begun(self.0.partition_point(|slot| slot.from <= t)), t)
    }

    pub(super) fn contains(&self, t: i64) -> bool {
        self.begun(self.0.partition_point(|slot| slot.from <= t)).is_some_and(|slot| t < slot.to)
    }

    /// The first instant at which `0 < work ≤ total` lies behind.
    pub(super) fn earliest(&self, work: i64) -> i64 {
        earliest(self.begun(self.0.partition_point(|slot| slot.before < work)), work)
    }

    /// The last of so many slots.
    fn begun(&self, count: usize) -> Option<Slot> {
        self.0.get(count.checked_sub(1)?).copied()
    }
}

fn position(slot: Option<Slot>, t: i64) -> i64 {
    slot.map_or(0, |slot| slot.before + t.min(slot.to) - slot.from)
}

fn earliest(slot: Option<Slot>, work: i64) -> i64 {
    slot.map_or(0, |slot| slot.from + (work - slot.before))
}

/// Time is cut into pieces of 2^26 ms (18.6 hours), so that about two intervals begin in each.
const TIME_BITS: u32 = 26;
/// Work into pieces of 2^24 ms (4.7 hours), about the length of an interval.
const WORK_BITS: u32 = 24;

/// Many slots with an index: a question costs one look-up and a step or two, however many there are.
#[derive(Clone, Debug)]
pub(super) struct Table {
    slots: Slots,
    first: i64,
    by_time: Vec<u32>,
    by_work: Vec<u32>,
}

impl Table {
    pub(super) fn new(slots: Slots) -> Self {
        let first = slots.0.first().map_or(0, |slot| slot.from);
        let by_time = pieces(slots.0.iter().map(|slot| slot.from - first), TIME_BITS);
        let by_work = pieces(slots.0.iter().map(|slot| slot.before), WORK_BITS);
        Self { slots, first, by_time, by_work }
    }

    pub(super) fn position(&self, t: i64) -> i64 {
        position(self.begun(t), t)
    }

    pub(super) fn contains(&self, t: i64) -> bool {
        self.begun(t).is_some_and(|slot| t < slot.to)
    }

    pub(super) fn earliest(&self, work: i64) -> i64 {
        let count = after(&self.by_work, work, WORK_BITS);
        earliest(self.slots.begun(self.on(count, |slot| slot.before < work)), work)
    }

    /// The slot that has begun last at `t`.
    fn begun(&self, t: i64) -> Option<Slot> {
        let count = after(&self.by_time, t - self.first, TIME_BITS);
        self.slots.begun(self.on(count, |slot| slot.from <= t))
    }

    /// From so many slots, on past those that still fit.
    fn on(&self, mut count: usize, fits: impl Fn(&Slot) -> bool) -> usize {
        while self.slots.0.get(count).is_some_and(&fits) {
            count += 1;
        }
        count
    }
}

/// For every piece, how many of the ascending values lie before its beginning.
fn pieces(values: impl Iterator<Item = i64>, bits: u32) -> Vec<u32> {
    let mut index = vec![0];
    for (count, value) in (0u32..).zip(values) {
        let piece = usize::try_from(value >> bits).unwrap_or(0);
        // This value begins in its piece, so it lies before the next one and not before this.
        while index.len() <= piece {
            index.push(count);
        }
    }
    index
}

/// How many values surely lie before `value`; the rest of its piece is walked.
fn after(index: &[u32], value: i64, bits: u32) -> usize {
    let Ok(piece) = usize::try_from(value >> bits) else { return 0 };
    index.get(piece).or(index.last()).map_or(0, |count| *count as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_answers_as_the_plain_search_does_at_every_edge() {
        let mut slots = Slots::default();
        let (hour, mut at) = (3_600_000, -5_000_000_000);
        for n in 0..600 {
            at += hour * (1 + n % 7) + (n % 5) * 97;
            slots.push(at, at + hour * (1 + n % 4));
            at += hour * (1 + n % 4);
            // A pause of weeks in the middle leaves pieces without any interval.
            at += if n == 300 { 40 * 24 * hour } else { 0 };
        }
        let table = Table::new(slots.clone());
        let edges: Vec<i64> = slots.0.iter().flat_map(|slot| [slot.from, slot.to]).collect();
        for t in edges.iter().flat_map(|edge| [edge - 1, *edge, edge + 1, edge + 40 * hour]) {
            assert_eq!(table.position(t), slots.position(t), "at {t}");
            assert_eq!(table.contains(t), slots.contains(t), "at {t}");
        }
        for work in slots.0.iter().flat_map(|slot| [slot.before - 1, slot.before, slot.before + 1]) {
            assert_eq!(table.earliest(work.max(1)), slots.earliest(work.max(1)), "work {work}");
        }
        assert_eq!(table.earliest(slots.total()), slots.earliest(slots.total()));
    }

    #[test]
    fn a_table_without_intervals_has_no_working_time() {
        let table = Table::new(Slots::default());
        assert_eq!((table.position(5), table.contains(0)), (0, false));
    }
}
