//! The fixed words of the model as a pack writes them: sources, roles, kinds, outcomes.
//!
//! Owns one reading for all of them, by the names the model itself uses in JSON. Start at [`word`].

use serde::de::{DeserializeOwned, IntoDeserializer, value::Error};

/// Reads a word such as `grid_worker`. Hyphens and capitals mean nothing.
///
/// # Errors
/// A sentence that lists the words that may stand here.
pub fn word<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let plain = text.trim().to_ascii_lowercase().replace('-', "_");
    let read: Result<T, Error> = T::deserialize(plain.as_str().into_deserializer());
    read.map_err(|error| {
        let all = error.to_string();
        let list =
            all.split_once("expected").map_or("", |(_, list)| list).trim().trim_start_matches("one of ");
        format!("“{text}” is not known here: write one of {}", list.replace('`', ""))
    })
}

/// Reads yes or no.
///
/// # Errors
/// A sentence that shows both.
pub fn flag(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "true" | "1" | "y" | "是" => Ok(true),
        "no" | "false" | "0" | "n" | "否" => Ok(false),
        _ => Err(format!("“{text}” is neither yes nor no: write yes or no (是, 否)")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use huying_model::{actor::Role, catalogue::Source};

    #[test]
    fn a_word_is_read_and_an_unknown_one_is_answered_with_the_list() {
        assert_eq!(word::<Source>("grid-worker"), Ok(Source::GridWorker));
        assert_eq!(word::<Role>("Caller_Back"), Ok(Role::CallerBack));
        let error = word::<Role>("chief").unwrap_err();
        assert!(error.contains("acceptor") && error.contains("auditor"), "{error}");
    }
}
