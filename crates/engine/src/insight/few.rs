//! Counts of groups of people that are too small to be told.
//!
//! Owns the bound, and the second count that has to be hidden with the first: where the whole is known, one hidden part is its difference
//! from the others. Whoever asks names every part that there could be, those without a case too. Start at [`hidden`].

/// A group is told of from this many cases on (domain: aggregates of ten or more).
pub const LEAST: i64 = 10;

/// Which of the counts that make up one whole stay hidden. None at all is told, since it is about nobody; except beside a group that is
/// the whole, which would stand alone in the dark.
pub fn hidden(counts: &[i64]) -> Vec<bool> {
    let mut hidden: Vec<bool> = counts.iter().map(|count| (1..LEAST).contains(count)).collect();
    let small: i64 = counts.iter().zip(&hidden).filter(|(_, hidden)| **hidden).map(|(count, _)| count).sum();
    // What is hidden together must itself be no small group: the smallest of the others go with it until it is none.
    let mut together = small;
    while together > 0 && (together < LEAST || hidden.iter().filter(|hidden| **hidden).count() < 2) {
        let shown =
            counts.iter().enumerate().zip(&hidden).filter(|((_, count), hidden)| **count > 0 && !**hidden);
        let Some((at, count)) = shown.map(|(one, _)| one).min_by_key(|(_, count)| **count) else { break };
        together += count;
        if let Some(flag) = hidden.get_mut(at) {
            *flag = true;
        }
    }
    if hidden.iter().filter(|hidden| **hidden).count() == 1
        && let Some(flag) = counts.iter().position(|count| *count == 0).and_then(|at| hidden.get_mut(at))
    {
        *flag = true;
    }
    hidden
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_groups_are_hidden_and_none_is_told() {
        assert_eq!(hidden(&[0, 10, 50]), [false, false, false]);
        assert_eq!(hidden(&[3, 8, 50, 0]), [true, true, false, false], "eleven together tell of nobody");
        assert_eq!(
            hidden(&[3, 20, 50]),
            [true, true, false],
            "one alone would be the difference from the whole"
        );
        assert_eq!(
            hidden(&[2, 3, 20, 50]),
            [true, true, true, false],
            "and five together would be few again"
        );
        assert_eq!(hidden(&[0, 4, 0]), [true, true, false], "four of four would be told by the whole");
        assert_eq!(hidden(&[4]), [true]);
        assert!(hidden(&[]).is_empty());
    }

    #[test]
    fn what_is_hidden_cannot_be_computed_from_the_whole() {
        const COUNTS: [i64; 7] = [0, 1, 4, 9, 10, 25, 60];
        let mut tried = 0;
        for first in COUNTS {
            for second in COUNTS {
                for third in COUNTS {
                    for fourth in COUNTS {
                        let counts = [first, second, third, fourth];
                        judge(&counts, &hidden(&counts));
                        tried += 1;
                    }
                }
            }
        }
        assert_eq!(tried, 7 * 7 * 7 * 7);
    }

    fn judge(counts: &[i64], hidden: &[bool]) {
        let told: Vec<(i64, bool)> = counts.iter().copied().zip(hidden.iter().copied()).collect();
        for (count, hidden) in &told {
            assert!(*hidden || *count == 0 || *count >= LEAST, "{counts:?}: a small group is told");
        }
        let inside: Vec<i64> = told.iter().filter(|(_, hidden)| *hidden).map(|(count, _)| *count).collect();
        let others = told.iter().any(|(count, hidden)| *count > 0 && !hidden);
        let nobody = inside.iter().filter(|count| **count == 0).count();
        assert!(nobody == 0 || (nobody, inside.len()) == (1, 2), "{counts:?}: nobody is hidden without need");
        // What is hidden can be shared out in another way without any shown count or the whole being another.
        assert!(inside.is_empty() || inside.len() >= 2, "{counts:?}: the difference from the whole tells it");
        // Where everything is hidden, the whole is the caller's to hide.
        if !inside.is_empty() && others {
            assert!(inside.len() >= 2 && inside.iter().sum::<i64>() >= LEAST, "{counts:?}");
        }
    }
}
