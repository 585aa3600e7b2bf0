//! The language of an answer: Chinese first, English by switch or by `Accept-Language`.
//!
//! Owns [`Lang`] and how it is found in a request. Refuses to change codes and field names: only sentences differ.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{
        HeaderMap,
        header::{ACCEPT_LANGUAGE, COOKIE},
        request::Parts,
    },
};

/// The cookie that the switch on a page sets; it goes before `Accept-Language`.
pub const COOKIE_NAME: &str = "huying_lang";

/// A language of the screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Lang {
    #[default]
    Zh,
    En,
}

impl Lang {
    /// The cookie of the switch, else the best of `Accept-Language`, else Chinese.
    pub fn of(headers: &HeaderMap) -> Lang {
        if let Some(chosen) = cookie(headers, COOKIE_NAME).and_then(Lang::named) {
            return chosen;
        }
        let asked = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        best(asked).unwrap_or_default()
    }

    /// By its tag, such as `zh-CN` or `en`; None for a language that is not spoken here.
    pub fn named(tag: &str) -> Option<Lang> {
        match tag.get(..2)?.to_ascii_lowercase().as_str() {
            "zh" => Some(Lang::Zh),
            "en" => Some(Lang::En),
            _ => None,
        }
    }

    /// The tag for `lang` attributes and `Content-Language`.
    pub fn tag(self) -> &'static str {
        self.pick("zh-CN", "en")
    }

    /// The one of two sentences that this language reads.
    pub fn pick<T>(self, zh: T, en: T) -> T {
        match self {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }
}

/// The value of a cookie.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

/// The spoken language with the highest weight (RFC 9110 §12.5.4); the first of equals.
fn best(asked: &str) -> Option<Lang> {
    let mut found: Option<(Lang, f32)> = None;
    for part in asked.split(',') {
        let mut fields = part.trim().split(';');
        let tag = fields.next().unwrap_or_default();
        let weight =
            fields.find_map(|field| field.trim().strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
        let Some(lang) = Lang::named(tag) else { continue };
        if weight > 0.0 && found.is_none_or(|(_, best)| weight > best) {
            found = Some((lang, weight));
        }
    }
    found.map(|(lang, _)| lang)
}

impl<S: Send + Sync> FromRequestParts<S> for Lang {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Lang, Infallible> {
        Ok(Lang::of(&parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_spoken_language_wins_and_chinese_stands_in() {
        for (asked, lang) in [
            ("", None),
            ("fr, de;q=0.5", None),
            ("en-GB,en;q=0.9,zh;q=0.8", Some(Lang::En)),
            ("fr, zh-CN;q=0.7, en;q=0.3", Some(Lang::Zh)),
            ("en;q=0, zh;q=0.1", Some(Lang::Zh)),
        ] {
            assert_eq!(best(asked), lang, "{asked}");
        }
        assert_eq!(Lang::of(&HeaderMap::new()), Lang::Zh);
    }

    #[test]
    fn the_switch_goes_before_the_browsers_wish() {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, "zh-CN".parse().unwrap());
        headers.insert(COOKIE, "a=b; huying_lang=en".parse().unwrap());
        assert_eq!(Lang::of(&headers), Lang::En);
    }
}
