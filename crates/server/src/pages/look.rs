//! How a visitor wants pages to look: light or dark, and how dense. Kept in a cookie of their browser, like the language.
//!
//! Owns the words of `?look=…`. A page that is made for one look (a wall, the gallery) goes before it. Start at [`Look`].

use axum::http::HeaderMap;

use crate::language::cookie;

pub const COOKIE_NAME: &str = "huying_look";

/// What was chosen; None is what system and pointer ask for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Look {
    pub theme: Option<&'static str>,
    pub density: Option<&'static str>,
}

impl Look {
    pub fn of(headers: &HeaderMap) -> Look {
        let kept = cookie(headers, COOKIE_NAME).unwrap_or_default();
        kept.split('.').fold(Look::default(), |look, word| look.with(word).unwrap_or(look))
    }

    /// The same with one choice made; None for a word that chooses nothing.
    pub fn with(self, word: &str) -> Option<Look> {
        match word {
            "system" => Some(Look { theme: None, ..self }),
            "light" => Some(Look { theme: Some("light"), ..self }),
            "dark" => Some(Look { theme: Some("dark"), ..self }),
            "usual" => Some(Look { density: None, ..self }),
            "compact" => Some(Look { density: Some("compact"), ..self }),
            "touch" => Some(Look { density: Some("touch"), ..self }),
            _ => None,
        }
    }

    /// As a cookie keeps it.
    pub fn kept(self) -> String {
        format!("{}.{}", self.theme.unwrap_or("system"), self.density.unwrap_or("usual"))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::header;

    use super::*;

    #[test]
    fn a_choice_is_kept_beside_the_other_and_nonsense_chooses_nothing() {
        let dark = Look::default().with("dark").unwrap();
        let both = dark.with("compact").unwrap();
        assert_eq!(both, Look { theme: Some("dark"), density: Some("compact") });
        assert_eq!(both.with("system").unwrap().with("usual").unwrap(), Look::default());
        assert_eq!(both.with("wall"), None, "a wall is no visitor's choice");
        let read = |value: String| {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, format!("a=b; {COOKIE_NAME}={value}").parse().unwrap());
            Look::of(&headers)
        };
        assert_eq!(read(both.kept()), both);
        assert_eq!(read("\"><script>.compact".to_owned()), Look { theme: None, density: Some("compact") });
        assert_eq!(Look::of(&HeaderMap::new()), Look::default());
    }
}
