//! What lies under the map: nothing, or pictures of another service, in a datum that is named.
//!
//! Owns the check of what an operator wrote, the one form that the script of the map understands ([`Basemap::template`]), and the host that the page's policy
//! has to let in ([`Basemap::origin`]). Pictures are never moved: what lies in a shifted datum stays, and everything of ours is drawn in that datum. Refuses
//! to fetch anything itself: the browser does. Start at [`Basemap::checked`].

use huying_geo::Datum;
use serde::Deserialize;

/// How the pictures come.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// There is none, and the map is good without.
    #[default]
    None,
    /// Pictures by zoom, column and row.
    Xyz,
    /// The same by the names of a Web Map Tile Service in the web mercator matrix.
    Wmts,
    /// One archive, read in parts.
    Pmtiles,
}

impl Kind {
    /// As the script of the map knows it.
    pub fn code(self) -> &'static str {
        match self {
            Kind::None => "none",
            Kind::Xyz | Kind::Wmts => "raster",
            Kind::Pmtiles => "pmtiles",
        }
    }
}

/// What lies under the map.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Basemap {
    pub kind: Kind,
    url: String,
    pub datum: Datum,
    /// Whom to name beside the map.
    pub attribution: String,
    /// The deepest zoom that the service has.
    pub most_zoom: u8,
}

impl Default for Basemap {
    fn default() -> Basemap {
        Basemap {
            kind: Kind::None,
            url: String::new(),
            datum: Datum::Wgs84,
            attribution: String::new(),
            most_zoom: 18,
        }
    }
}

/// What a service calls zoom, column and row, and what the map calls them.
const NAMES: [(&str, &str); 9] = [
    ("{TileMatrix}", "{z}"),
    ("{TILEMATRIX}", "{z}"),
    ("{tilematrix}", "{z}"),
    ("{TileCol}", "{x}"),
    ("{TILECOL}", "{x}"),
    ("{tilecol}", "{x}"),
    ("{TileRow}", "{y}"),
    ("{TILEROW}", "{y}"),
    ("{tilerow}", "{y}"),
];

impl Basemap {
    /// What an operator wrote, where it can be used.
    ///
    /// # Errors
    /// A sentence with the mend.
    pub fn checked(
        kind: Kind,
        url: &str,
        datum: Datum,
        attribution: &str,
        most_zoom: u8,
    ) -> Result<Basemap, String> {
        if kind == Kind::None {
            return Ok(Basemap::default());
        }
        let url = NAMES.iter().fold(url.trim().to_owned(), |url, (theirs, ours)| url.replace(theirs, ours));
        let basemap = Basemap { kind, url, datum, attribution: attribution.trim().to_owned(), most_zoom };
        if basemap.origin().is_none() {
            return Err("map.url has to begin with https:// and a host, or with / on this host".to_owned());
        }
        let gaps = ["{z}", "{x}", "{y}"].iter().filter(|gap| basemap.url.contains(**gap)).count();
        match (kind, gaps) {
            (Kind::Pmtiles, 0) | (Kind::Xyz | Kind::Wmts, 3) => Ok(basemap),
            (Kind::Pmtiles, _) => Err("map.url of an archive has no {z}, {x}, {y}".to_owned()),
            _ => Err("map.url needs {z}, {x} and {y}, or {TileMatrix}, {TileCol} and {TileRow} of a service"
                .to_owned()),
        }
    }

    /// The address with `{z}`, `{x}` and `{y}`; of an archive its own.
    pub fn template(&self) -> &str {
        &self.url
    }

    /// The host in the form that a policy on contents takes; empty where it is this one, None where the address is none.
    pub fn origin(&self) -> Option<&str> {
        if self.url.starts_with('/') && !self.url.starts_with("//") {
            return Some("");
        }
        let after = ["https://", "http://"].into_iter().find_map(|scheme| self.url.strip_prefix(scheme))?;
        let host = after.split(['/', '?', '#']).next().unwrap_or_default();
        let sign = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
        // A policy is one line in which such a name may stand as it is.
        let end = self.url.len() - after.len() + host.len();
        (!host.is_empty() && host.chars().all(sign)).then(|| self.url.get(..end)).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(kind: Kind, url: &str) -> Result<Basemap, String> {
        Basemap::checked(kind, url, Datum::Gcj02, " © 某图 ", 18)
    }

    #[test]
    fn names_of_a_tile_service_become_those_of_the_map() {
        let url = "https://t0.example.org/img_w/wmts?LAYER=img&TILEMATRIX={TileMatrix}&TILEROW={TileRow}&TILECOL={TileCol}&tk=k";
        let basemap = checked(Kind::Wmts, url).unwrap();
        assert_eq!(
            basemap.template(),
            "https://t0.example.org/img_w/wmts?LAYER=img&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk=k"
        );
        assert_eq!(basemap.origin(), Some("https://t0.example.org"));
        assert_eq!((basemap.attribution.as_str(), basemap.datum), ("© 某图", Datum::Gcj02));
    }

    #[test]
    fn an_address_of_this_host_needs_no_place_in_the_policy() {
        assert_eq!(checked(Kind::Xyz, "/base/{z}/{x}/{y}.png").unwrap().origin(), Some(""));
        let with_port = checked(Kind::Pmtiles, "http://10.0.0.7:8090/city.pmtiles").unwrap();
        assert_eq!(with_port.origin(), Some("http://10.0.0.7:8090"));
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_the_mend() {
        for (kind, url) in [
            (Kind::Xyz, ""),
            (Kind::Xyz, "//example.org/{z}/{x}/{y}"),
            (Kind::Xyz, "ftp://example.org/{z}/{x}/{y}"),
            (Kind::Xyz, "https://example.org; script-src */{z}/{x}/{y}"),
            (Kind::Xyz, "https://{s}.example.org/{z}/{x}/{y}"),
            (Kind::Xyz, "https://example.org/{z}/{x}"),
            (Kind::Pmtiles, "https://example.org/{z}.pmtiles"),
        ] {
            assert!(checked(kind, url).unwrap_err().starts_with("map.url"), "{url}");
        }
        assert_eq!(checked(Kind::None, "anything"), Ok(Basemap::default()));
    }
}
