//! The names of everything that an event tells somebody, and the places that a message may leave open.
//!
//! Owns the list that `decide` chooses from, so that a pack may word each of them for its authority. The sentences
//! themselves stand outside the model. Refuses nothing. Start at [`NOTICES`].

/// Every notice that `decide` may send, by its key.
pub const NOTICES: [&str; 40] = [
    "reported",
    "verifying",
    "filed",
    "dispatched",
    "handling",
    "inspecting",
    "calling_back",
    "closed",
    "declined",
    "merged",
    "withdrawn",
    "suspended",
    "question",
    "yours",
    "assist",
    "assist_ended",
    "called",
    "answered",
    "call_ended",
    "request",
    "granted",
    "refused",
    "request_ended",
    "resumed",
    "convened",
    "officer",
    "officer_rank",
    "comment",
    "supplement",
    "ask_ended",
    "supervised",
    "parts_done",
    "warned",
    "overdue",
    "attention",
    "attention_overdue",
    "nominee",
    "nominated",
    "follow_up",
    "vetoed",
];

/// What may stand in braces in a message or a reply: `{number}` and the others.
pub const FIELDS: [&str; 7] = ["number", "unit", "stage", "due", "outcome", "matter", "place"];

/// The fields of a text, in its order; an error names the first thing in braces that is none.
///
/// # Errors
/// A sentence that lists what may stand in braces.
pub fn fields(text: &str) -> Result<Vec<&str>, String> {
    let all = || FIELDS.map(|field| format!("{{{field}}}")).join(" ");
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let inside = rest[at..].strip_prefix('{').and_then(|after| after.split_once('}'));
        let Some((name, after)) = inside.filter(|(name, _)| !name.contains('{')) else {
            return Err(format!(
                "a brace has no partner: braces stand around a field only, one of {}",
                all()
            ));
        };
        if !FIELDS.contains(&name) {
            return Err(format!("“{{{name}}}” is no field: write one of {}", all()));
        }
        found.push(name);
        rest = after;
    }
    Ok(found)
}

/// The text with every field filled in by `value`.
pub fn fill(text: &str, value: impl Fn(&str) -> String) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        match after.split_once('}') {
            Some((name, tail)) if FIELDS.contains(&name) => {
                filled.push_str(&value(name));
                rest = tail;
            }
            _ => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_and_anything_else_in_braces_is_named() {
        assert_eq!(fields("案件{number}由{unit}办理"), Ok(vec!["number", "unit"]));
        assert_eq!(fields("no field"), Ok(vec![]));
        for (text, told) in [
            ("{nubmer}", "“{nubmer}”"),
            ("{number", "partner"),
            ("number}", "partner"),
            ("{{number}}", "partner"),
        ] {
            let error = fields(text).unwrap_err();
            assert!(error.contains(told) && error.contains("{place}"), "{text}: {error}");
        }
    }

    #[test]
    fn a_text_is_filled_once_so_a_value_with_braces_stays_as_it_is() {
        let value = |name: &str| if name == "unit" { "{number}".to_owned() } else { format!("<{name}>") };
        assert_eq!(fill("{number}: {unit}, {due}", value), "<number>: {number}, <due>");
    }
}
