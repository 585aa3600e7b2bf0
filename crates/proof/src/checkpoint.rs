//! Heads of a log as they are given out: origin, size, root and moment, signed (C2SP tlog-checkpoint).
//!
//! The moment stands on a line of its own after the three that the form asks for. It says when the log was read, so that an entry that
//! was there before and is not in it was kept out.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};

use crate::{Flaw, Hash, PublicKey, Signer, note, verify::Head};

const TIME: &str = "time ";

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: String,
    pub size: u64,
    pub root: Hash,
    /// Milliseconds UTC.
    pub at: i64,
}

/// A number as it is written, in one way only.
fn number<T: std::str::FromStr + ToString>(text: &str) -> Option<T> {
    text.parse::<T>().ok().filter(|number| number.to_string() == text)
}

impl Checkpoint {
    /// What is signed.
    fn text(&self) -> String {
        format!("{}\n{}\n{}\n{TIME}{}\n", self.origin, self.size, BASE64.encode(self.root), self.at)
    }

    fn parse(text: &str) -> Result<Checkpoint, Flaw> {
        let bad = |why: &str| Flaw::form("the head of the log", why);
        let body = text.strip_suffix('\n').ok_or_else(|| bad("its last line does not end"))?;
        let lines: Vec<&str> = body.split('\n').collect();
        let [origin, size, root, time] = lines[..] else {
            return Err(bad("it has four lines: origin, size, root, time"));
        };
        let root = BASE64.decode(root).ok().and_then(|bytes| bytes.try_into().ok());
        Ok(Checkpoint {
            origin: origin.to_owned(),
            size: number(size).ok_or_else(|| bad("its second line is no size"))?,
            root: root.ok_or_else(|| bad("its third line is no hash in base 64"))?,
            at: time
                .strip_prefix(TIME)
                .and_then(number)
                .ok_or_else(|| bad("its fourth line is no time in milliseconds"))?,
        })
    }

    /// Signed by the key whose name is the origin.
    pub fn signed(size: u64, root: Hash, at: i64, with: &Signer) -> String {
        let origin = with.public().name().to_owned();
        note::signed(&Checkpoint { origin, size, root, at }.text(), with)
    }

    /// Reads a signed head that this key has signed, of the log that the key is named for.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn open(note: &str, key: &PublicKey) -> Result<Checkpoint, Flaw> {
        let found = Checkpoint::parse(note::open(note, key)?)?;
        if found.origin == key.name() {
            Ok(found)
        } else {
            Err(Flaw::OtherLog { found: found.origin, wanted: key.name().to_owned() })
        }
    }

    pub fn head(&self) -> Head {
        Head { size: self.size, root: self.root }
    }
}
