//! Browsers: what they are in words, and how one is known again that has signed a member in.
//!
//! The mark of a known browser opens nothing. It only lets its tries be counted apart from those of strangers
//! (OWASP: device cookies), so that nobody keeps a member out by failing in their name.

use huying_model::MemberId;

use super::{Accounts, secret};

/// Signs of the random part of a mark.
const SIGNS: usize = 16;

impl Accounts {
    /// A new mark for a browser that has just signed this member in.
    pub(super) fn mark(&self, member: &MemberId) -> String {
        let device = secret::spoken(SIGNS).replace('-', "");
        let sum = self.mark_sum(member, &device);
        format!("{device}.{sum}")
    }

    /// The device of a mark that was made here for this very member.
    pub(super) fn device_of(&self, member: &MemberId, mark: &str) -> Option<String> {
        let (device, sum) = mark.split_once('.')?;
        let fits = secret::same(self.mark_sum(member, device).as_bytes(), sum.as_bytes());
        (device.len() == SIGNS && fits).then(|| device.to_owned())
    }

    fn mark_sum(&self, member: &MemberId, device: &str) -> String {
        let sum = self.store().seals(self.tenant()).mac("device", format!("{device} {member}").as_bytes());
        sum.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// What a browser says it is, short: `Firefox · Linux`. What is unknown is told as it begins.
pub fn device_words(agent: &str) -> String {
    // Each names itself beside those it wants to be taken for, so the order matters.
    const BROWSERS: [(&str, &str); 8] = [
        ("MicroMessenger", "WeChat"),
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox", "Firefox"),
        ("HuaweiBrowser", "Huawei Browser"),
        ("MiuiBrowser", "Mi Browser"),
        ("Chrome", "Chrome"),
        ("Safari", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 8] = [
        ("OpenHarmony", "HarmonyOS"),
        ("HarmonyOS", "HarmonyOS"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let find = |table: &[(&str, &'static str)]| {
        table.iter().find(|(sign, _)| agent.contains(sign)).map(|(_, name)| *name)
    };
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} · {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => agent.chars().filter(|sign| !sign.is_control()).take(40).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_told_in_two_words() {
        for (agent, words) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox · Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0",
                "Edge · Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1",
                "Safari · iPhone",
            ),
            ("curl/8.14", "curl/8.14"),
            ("", ""),
        ] {
            assert_eq!(device_words(agent), words);
        }
        assert_eq!(device_words(&"x".repeat(500)).len(), 40);
    }
}
