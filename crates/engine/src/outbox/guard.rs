//! Which addresses a webhook may reach. A subscriber's URL comes from a person, so it must not open the authority's own
//! network: private, loopback and link-local addresses are refused after the name was resolved, at every attempt.

use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Where webhooks may go.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// Public addresses only, over HTTPS.
    #[default]
    Public,
    /// Also the authority's own network and plain HTTP: for platforms on the same network, and for tests.
    Anywhere,
}

/// A target that is not reached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Barred {
    #[error("'{0}' is not a web address: write https://…")]
    NotAUrl(String),
    #[error(
        "webhooks go over https only: change the address of the subscription, or allow the own network in the configuration"
    )]
    NotHttps,
    #[error(
        "the address lies in a private network ({0}): use a public one, or allow the own network in the configuration"
    )]
    Private(IpAddr),
    #[error("user names and passwords do not belong into the address: the signature proves who sends")]
    Credentials,
}

/// Checks an address as far as it can be checked before it is resolved.
pub fn check(url: &str, reach: Reach) -> Result<reqwest::Url, Barred> {
    let Ok(parsed) = reqwest::Url::parse(url) else { return Err(Barred::NotAUrl(url.to_owned())) };
    if !matches!(parsed.scheme(), "http" | "https") || parsed.host_str().is_none() {
        return Err(Barred::NotAUrl(url.to_owned()));
    }
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(Barred::Credentials);
    }
    if reach == Reach::Anywhere {
        return Ok(parsed);
    }
    if parsed.scheme() != "https" {
        return Err(Barred::NotHttps);
    }
    let literal = parsed.host_str().and_then(|host| host.trim_matches(['[', ']']).parse::<IpAddr>().ok());
    match literal {
        Some(ip) if !is_public(ip) => Err(Barred::Private(ip)),
        _ => Ok(parsed),
    }
}

/// Reachable from anywhere, by the registries of special-purpose addresses (RFC 6890 and successors).
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [first, second, third, _] = ip.octets();
            let shared = first == 100 && (64..128).contains(&second);
            let benchmark = first == 198 && (18..20).contains(&second);
            let protocol = first == 192 && second == 0 && third == 0;
            !(ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || ip.is_documentation()
                || ip.is_multicast()
                || first == 0
                || first >= 240
                || shared
                || benchmark
                || protocol)
        }
        IpAddr::V6(ip) => match embedded(ip) {
            Some(inner) => is_public(inner),
            None => {
                let global = ip.segments()[0] & 0xE000 == 0x2000;
                let documentation = ip.segments()[..2] == [0x2001, 0x0DB8];
                global && !documentation
            }
        },
    }
}

/// The IPv4 address that an IPv6 one stands for: mapped, 6to4 and NAT64 forms.
fn embedded(ip: Ipv6Addr) -> Option<IpAddr> {
    let parts = ip.segments();
    let v4 = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        IpAddr::from([a, b, c, d])
    };
    match parts {
        [0x2002, high, low, ..] => Some(v4(high, low)),
        [0x64, 0xFF9B, 0, 0, 0, 0, high, low] => Some(v4(high, low)),
        _ => ip.to_ipv4_mapped().map(IpAddr::V4),
    }
}

/// Resolves names and keeps only addresses that may be reached, so a name cannot point inside later.
#[derive(Clone, Copy, Debug)]
pub struct GuardedNames(pub Reach);

impl Resolve for GuardedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let allowed: Vec<_> =
                found.iter().copied().filter(|at| reach == Reach::Anywhere || is_public(at.ip())).collect();
            match (allowed.is_empty(), found.first()) {
                (true, Some(at)) => {
                    Err(Box::new(Barred::Private(at.ip())) as Box<dyn std::error::Error + Send + Sync>)
                }
                _ => Ok(Box::new(allowed.into_iter()) as Addrs),
            }
        })
    }
}

/// For the client's builder.
pub fn names(reach: Reach) -> Arc<GuardedNames> {
    Arc::new(GuardedNames(reach))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_network_is_not_public_in_any_spelling() {
        for inside in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "192.0.2.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "::ffff:10.0.0.1",
            "2002:a00:1::",
            "64:ff9b::7f00:1",
            "2001:db8::1",
            "ff02::1",
        ] {
            assert!(!is_public(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8"] {
            assert!(is_public(outside.parse().unwrap()), "{outside}");
        }
    }

    #[test]
    fn an_address_is_checked_before_it_is_used() {
        assert!(check("https://example.org/hook", Reach::Public).is_ok());
        for (bad, wanted) in [
            ("http://example.org/", Barred::NotHttps),
            ("https://10.0.0.1/", Barred::Private([10, 0, 0, 1].into())),
            ("https://[::1]/", Barred::Private(Ipv6Addr::LOCALHOST.into())),
            ("https://2130706433/", Barred::Private([127, 0, 0, 1].into())),
            ("https://user:pass@example.org/", Barred::Credentials),
            ("file:///etc/passwd", Barred::NotAUrl("file:///etc/passwd".into())),
            ("example.org", Barred::NotAUrl("example.org".into())),
        ] {
            assert_eq!(check(bad, Reach::Public).unwrap_err(), wanted, "{bad}");
        }
        assert!(check("http://127.0.0.1:8000/", Reach::Anywhere).is_ok());
    }

    #[tokio::test]
    async fn a_name_that_points_inside_is_refused_when_it_is_resolved() {
        let refused = GuardedNames(Reach::Public).resolve("localhost".parse().unwrap()).await;
        assert!(refused.err().unwrap().to_string().contains("private network"));
        assert!(GuardedNames(Reach::Anywhere).resolve("localhost".parse().unwrap()).await.is_ok());
    }
}
