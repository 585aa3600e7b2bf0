//! Signed notes (C2SP signed-note): a text, an empty line, and one line for each signature.
//!
//! Lines of unknown keys are passed over, so that a witness may sign too. A line under the known key that does not fit refuses
//! the whole note.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};

use crate::{Flaw, PublicKey, Signer};

/// Longer notes, and notes with more signatures, are not read.
const LONGEST: usize = 64 * 1024;
const MOST: usize = 64;
const DASH: &str = "— ";

/// Signs a text that ends its last line.
pub fn signed(text: &str, with: &Signer) -> String {
    let key = with.public();
    let mut signature = key.id().to_vec();
    signature.extend(with.sign(text.as_bytes()));
    format!("{text}\n{DASH}{} {}\n", key.name(), BASE64.encode(signature))
}

/// The text of a note that this key has signed.
///
/// # Errors
/// [`Flaw::Form`], [`Flaw::Unsigned`] or [`Flaw::BadSignature`].
pub fn open<'a>(note: &'a str, key: &PublicKey) -> Result<&'a str, Flaw> {
    let bad = |why: &str| Flaw::form("the signed text", why);
    if note.len() > LONGEST {
        return Err(bad("it is too long"));
    }
    if note.chars().any(|c| c < ' ' && c != '\n') {
        return Err(bad("it holds control signs"));
    }
    let at = note.rfind("\n\n").ok_or_else(|| bad("there is no empty line before its signatures"))?;
    let (text, lines) = (&note[..=at], &note[at + 2..]);
    let lines = lines.strip_suffix('\n').ok_or_else(|| bad("its last line does not end"))?;
    let mut found = false;
    for (no, line) in lines.split('\n').enumerate() {
        if no >= MOST {
            return Err(bad("it has too many signatures"));
        }
        let (name, signature) = line
            .strip_prefix(DASH)
            .and_then(|line| line.split_once(' '))
            .ok_or_else(|| bad("a line under it is no signature"))?;
        let bytes = BASE64.decode(signature).map_err(|why| Flaw::form("a signature", why))?;
        let (id, signature) =
            bytes.split_first_chunk::<4>().ok_or_else(|| bad("a signature under it is too short"))?;
        if name == key.name() && *id == key.id() {
            key.verify(text.as_bytes(), signature)?;
            found = true;
        }
    }
    if found { Ok(text) } else { Err(Flaw::Unsigned(key.name().to_owned())) }
}
