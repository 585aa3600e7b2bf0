//! What is measured of a run: percentiles, memory, and the processor time of each thread.

use std::{collections::BTreeMap, fs};

/// The value below which `percent` of the sorted microseconds lie, in milliseconds.
pub fn percentile_ms(sorted: &[u32], percent: usize) -> f64 {
    let last = sorted.len().saturating_sub(1);
    let at = (sorted.len() * percent / 100).min(last);
    sorted.get(at).map_or(0.0, |micros| f64::from(*micros) / 1000.0)
}

pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

pub fn round1(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// Memory of this process in MB that is in use now; 0 where the system does not tell.
pub fn memory_mb() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kb = line.and_then(|line| line.trim().split(' ').next()?.parse::<f64>().ok());
    round1(kb.unwrap_or_default() / 1024.0)
}

/// Size of this program in MB.
pub fn binary_mb() -> f64 {
    let size = std::env::current_exe().and_then(fs::metadata).map(|file| file.len());
    round1(size.unwrap_or_default() as f64 / 1_048_576.0)
}

/// Processor time of this process's threads so far, in ticks of 10 ms, by the thread's name without its number.
pub fn processor_ticks() -> BTreeMap<String, u64> {
    let mut ticks = BTreeMap::new();
    let Ok(threads) = fs::read_dir("/proc/self/task") else { return ticks };
    for thread in threads.flatten() {
        let Ok(stat) = fs::read_to_string(thread.path().join("stat")) else { continue };
        let (Some(open), Some(close)) = (stat.find('('), stat.rfind(')')) else { continue };
        let name =
            stat[open + 1..close].trim_end_matches(|c: char| c.is_ascii_digit() || c == '-').to_owned();
        // After the name come the state and then the fields of proc(5): utime and stime are the 14th and 15th of all.
        let fields: Vec<&str> = stat[close + 1..].split_whitespace().collect();
        let field = |no: usize| fields.get(no).and_then(|text| text.parse::<u64>().ok()).unwrap_or_default();
        *ticks.entry(name).or_default() += field(11) + field(12);
    }
    ticks
}

/// Percent of one core by thread name between two looks.
pub fn cores(
    before: &BTreeMap<String, u64>,
    after: &BTreeMap<String, u64>,
    seconds: f64,
) -> BTreeMap<String, f64> {
    let spent = |(name, ticks): (&String, &u64)| {
        let spent = ticks.saturating_sub(before.get(name).copied().unwrap_or_default());
        (spent > 0).then(|| (name.clone(), round1(spent as f64 / seconds.max(0.001))))
    };
    after.iter().filter_map(spent).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_value_of_the_list() {
        let list: Vec<u32> = (1..=1000).map(|n| n * 1000).collect();
        assert_eq!((percentile_ms(&list, 50), percentile_ms(&list, 99)), (501.0, 991.0));
        assert_eq!(percentile_ms(&[], 50), 0.0);
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
    }
}
