//! A sentence in both languages, Chinese first, and which of the two is read.
//!
//! Owns [`Told`] and [`Lang`]. It refuses a sentence in one language only. Start at [`told`].

use serde::{Deserialize, Serialize};

/// A language of what is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Lang {
    #[default]
    Zh,
    En,
}

impl Lang {
    /// The one of two that this language reads.
    pub fn pick<T>(self, zh: T, en: T) -> T {
        match self {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }
}

/// The same said in Chinese and in English.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Told {
    pub zh: String,
    pub en: String,
}

/// The same said twice.
pub fn told(zh: impl Into<String>, en: impl Into<String>) -> Told {
    Told { zh: zh.into(), en: en.into() }
}

impl Told {
    pub fn of(&self, lang: Lang) -> &str {
        lang.pick(&self.zh, &self.en)
    }
}
