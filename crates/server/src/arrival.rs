//! How a request arrived: from which address, and whether nobody could listen on its way.
//!
//! Owns what a proxy is believed: only one that the settings name, and of what it says only `X-Forwarded-For` and
//! `X-Forwarded-Proto`. Any other proxy makes a request a stranger's: it is neither local nor secure. Start at [`Arrival::of`].

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{ConnectInfo, Request},
    http::{HeaderMap, Uri, header},
};

/// A proxy that passes a request on says so in one of these.
const PROXIED: [&str; 4] = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];

/// Marks a request that came through this process's own TLS.
#[derive(Clone, Copy)]
pub struct OverTls;

/// Addresses and ranges that the settings name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addresses(Vec<(IpAddr, u8)>);

/// The deployment's own proxies.
pub type Proxies = Addresses;

/// The widest ranges that one deployment can call its own: of private addresses 10.0.0.0/8, and what a provider is given.
const WIDEST_V4: u8 = 8;
const WIDEST_V6: u8 = 32;

/// A word that the settings may not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    #[error("'{0}' is no address: write 10.0.0.7, 10.0.0.0/24 or 2001:db8::/64")]
    NoAddress(String),
    /// What strangers can come from is nobody's own.
    #[error(
        "'{0}' takes in strangers: name single addresses such as 10.0.0.7, or a range of your own such as 10.1.0.0/24, \
         no wider than /8 (IPv6: /32)"
    )]
    TooWide(String),
}

impl Addresses {
    /// Reads addresses and ranges such as `10.0.0.0/24`.
    ///
    /// # Errors
    /// When a word is none, or takes in more than can be one's own.
    pub fn read<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Addresses, Unusable> {
        let read = |word: &str| {
            let no = || Unusable::NoAddress(word.to_owned());
            let (address, length) = match word.trim().split_once('/') {
                Some((address, length)) => (address, Some(length.parse::<u8>().map_err(|_none| no())?)),
                None => (word.trim(), None),
            };
            let address: IpAddr = address.parse().map_err(|_none| no())?;
            let (whole, widest) = if address.is_ipv4() { (32, WIDEST_V4) } else { (128, WIDEST_V6) };
            match length.unwrap_or(whole) {
                length if length > whole => Err(no()),
                length if length < widest => Err(Unusable::TooWide(word.to_owned())),
                length => Ok((address, length)),
            }
        };
        words.into_iter().map(read).collect::<Result<_, _>>().map(Addresses)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn knows(&self, ip: IpAddr) -> bool {
        self.0.iter().any(|(net, length)| within(ip.to_canonical(), *net, *length))
    }
}

fn within(ip: IpAddr, net: IpAddr, length: u8) -> bool {
    let bits = |ip: IpAddr| match ip {
        IpAddr::V4(ip) => (u128::from(ip.to_bits()) << 96, true),
        IpAddr::V6(ip) => (ip.to_bits(), false),
    };
    let ((ip, v4), (net, net_v4)) = (bits(ip), bits(net));
    let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
    v4 == net_v4 && ip & mask == net & mask
}

/// What one customer has: an IPv4 address whole, an IPv6 address by its /64.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(ip) => IpAddr::V4(ip),
        IpAddr::V6(ip) => IpAddr::V6((ip.to_bits() & !u128::from(u64::MAX)).into()),
    }
}

/// What is known of a request before it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// The client's, as far as it is believed.
    pub address: IpAddr,
    /// It came over TLS, here or at a proxy of our own.
    pub secure: bool,
    /// From this very machine and meant for it, without any proxy.
    pub local: bool,
}

impl Arrival {
    pub(crate) fn of(request: &Request, proxies: &Proxies) -> Arrival {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        let tls = request.extensions().get::<OverTls>().is_some();
        arrived(peer, tls, request.headers(), request.uri(), proxies)
    }
}

fn arrived(peer: Option<IpAddr>, tls: bool, headers: &HeaderMap, uri: &Uri, proxies: &Proxies) -> Arrival {
    let Some(peer) = peer.map(|peer| peer.to_canonical()) else {
        return Arrival { address: IpAddr::from([0, 0, 0, 0]), secure: false, local: false };
    };
    if proxies.knows(peer) {
        let secure = tls || last(headers, "x-forwarded-proto") == Some("https");
        return Arrival { address: client(headers, peer, proxies), secure, local: false };
    }
    let passed_on = PROXIED.iter().any(|name| headers.contains_key(*name));
    let local = peer.is_loopback() && names_this_machine(host(headers, uri)) && !passed_on;
    Arrival { address: peer, secure: tls, local }
}

/// The last word of a header that may stand more than once.
fn last<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let line = headers.get_all(name).iter().next_back()?.to_str().ok()?;
    line.rsplit(',').next().map(str::trim)
}

/// The nearest address that is no proxy of ours: what stands before it was written by anybody.
fn client(headers: &HeaderMap, peer: IpAddr, proxies: &Proxies) -> IpAddr {
    let lines = headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok());
    let told: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
    let mut nearest = peer;
    for word in told.into_iter().rev() {
        // A proxy of ours told something that is no address: whoever told it is as far as we can see.
        let Ok(ip) = word.parse::<IpAddr>() else { return nearest };
        nearest = ip.to_canonical();
        if !proxies.knows(nearest) {
            break;
        }
    }
    nearest
}

/// The host that the request names, with its port.
pub(crate) fn host<'a>(headers: &'a HeaderMap, uri: &'a Uri) -> Option<&'a str> {
    let named = headers.get(header::HOST).and_then(|value| value.to_str().ok());
    named.or_else(|| uri.authority().map(axum::http::uri::Authority::as_str))
}

fn names_this_machine(host: Option<&str>) -> bool {
    let Some(host) = host else { return false };
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_count_as_local() {
        for host in ["localhost", "localhost:8080", "127.0.0.1:8080", "[::1]:8080", "LOCALHOST"] {
            assert!(names_this_machine(Some(host)), "{host}");
        }
        for host in ["example.org", "localhost.example.org:80", "10.0.0.1", "[fe80::1]:80", ""] {
            assert!(!names_this_machine(Some(host)), "{host}");
        }
        assert!(!names_this_machine(None));
    }

    #[test]
    fn addresses_and_ranges_are_read_and_other_words_are_told() {
        let proxies = Proxies::read(["10.0.0.0/24", " 192.0.2.1", "2001:db8::/64"]).unwrap();
        for (ip, known) in [
            ("10.0.0.9", true),
            ("10.0.1.9", false),
            ("192.0.2.1", true),
            ("192.0.2.2", false),
            ("::ffff:10.0.0.9", true),
            ("2001:db8::7", true),
            ("2001:db8:0:1::7", false),
        ] {
            assert_eq!(proxies.knows(ip.parse().unwrap()), known, "{ip}");
        }
        for wrong in ["proxy", "10.0.0.0/33", "10.0.0.0/x", ""] {
            assert_eq!(Proxies::read([wrong]), Err(Unusable::NoAddress(wrong.to_owned())), "{wrong}");
        }
    }

    #[test]
    fn a_range_that_takes_in_strangers_is_nobodys_own() {
        for wide in ["0.0.0.0/0", "128.0.0.0/1", "10.0.0.0/7", "::/0", "2000::/3", "2001:db8::/31"] {
            assert_eq!(Addresses::read([wide]), Err(Unusable::TooWide(wide.to_owned())), "{wide}");
        }
        for own in ["10.0.0.0/8", "fd00:1::/32"] {
            assert!(Addresses::read([own]).is_ok(), "{own}");
        }
    }

    fn seen(peer: &str, tls: bool, pairs: &[(&'static str, &str)]) -> Arrival {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        let proxies = Proxies::read(["10.0.0.1", "10.0.0.2"]).unwrap();
        arrived(peer.parse().ok(), tls, &headers, &Uri::from_static("/"), &proxies)
    }

    #[test]
    fn only_a_declared_proxy_is_believed() {
        let forged =
            [("host", "localhost"), ("x-forwarded-for", "127.0.0.1"), ("x-forwarded-proto", "https")];
        for peer in ["203.0.113.9", "127.0.0.1"] {
            let stranger = seen(peer, false, &forged);
            assert_eq!((stranger.secure, stranger.local), (false, false), "{peer}");
            assert_eq!(stranger.address, peer.parse::<IpAddr>().unwrap());
        }
        let ours = seen("10.0.0.1", false, &forged[1..]);
        assert_eq!((ours.secure, ours.local), (true, false), "a proxy never makes a request local");
        assert!(!seen("10.0.0.1", false, &[("x-forwarded-proto", "https, http")]).secure);
        assert!(seen("203.0.113.9", true, &[]).secure);
        assert!(seen("127.0.0.1", false, &[("host", "localhost:8080")]).local);
    }

    #[test]
    fn the_client_is_the_nearest_address_that_is_no_proxy_of_ours() {
        let of = |told: &str| seen("10.0.0.1", false, &[("x-forwarded-for", told)]).address.to_string();
        assert_eq!(of("198.51.100.7"), "198.51.100.7");
        assert_eq!(
            of("1.2.3.4, 198.51.100.7, 10.0.0.2"),
            "198.51.100.7",
            "what a client wrote itself is nothing"
        );
        assert_eq!(of("198.51.100.7, unknown"), "10.0.0.1");
        assert_eq!(of("10.0.0.2"), "10.0.0.2");
    }
}
