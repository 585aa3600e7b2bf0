//! Names of things: short strings that a pack or a person chose, and ids that the caller made.
//!
//! All are newtypes, so that a unit's code never stands where an area's is meant.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smol_str::SmolStr;

macro_rules! code {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub SmolStr);

        impl $name {
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(SmolStr::new(text))
            }
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }
        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                self.0.as_str()
            }
        }
    };
}

code! {
    /// An area's code: 6 + 3 + 3 + 3 digits by default (GB/T 2260 county, street, community, grid), lengths by the pack.
    AreaCode
}
code! {
    /// A unit's code, unique in the tenant.
    UnitId
}
code! {
    /// A member's account name, unique in the tenant. Never a person's name.
    MemberId
}
code! {
    /// A matter of the catalogue, `board/track/matter` by codes.
    MatterCode
}
code! {
    /// A component (部件) of the city, 16 digits. What may be one is asked of [`ComponentCode::parse`].
    ComponentCode
}
code! {
    /// What a level of the hierarchy is called in the pack, such as `street`.
    LevelName
}
code! {
    /// The version of a policy that a case is pinned to.
    PolicyVersion
}
code! {
    /// What a unit is there for, such as `traffic-police`: the first half of a selector.
    Function
}

/// A case's id: 128 bits made by the caller, sortable in time (UUID version 7, RFC 9562). Written as 32 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct CaseId(pub u128);

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}
impl fmt::Debug for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", self.0)
    }
}
/// The text is not 32 hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a case id is 32 hexadecimal digits")]
pub struct NotACaseId;

impl FromStr for CaseId {
    type Err = NotACaseId;
    fn from_str(text: &str) -> Result<Self, NotACaseId> {
        if text.len() != 32 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(NotACaseId);
        }
        u128::from_str_radix(text, 16).map(CaseId).or(Err(NotACaseId))
    }
}
/// A service recipient's id: made and written as a case's, so that one log of accesses holds both. It tells nothing of who it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RecipientId(pub CaseId);

impl fmt::Display for RecipientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
impl FromStr for RecipientId {
    type Err = NotACaseId;
    fn from_str(text: &str) -> Result<Self, NotACaseId> {
        text.parse().map(RecipientId)
    }
}
impl Serialize for CaseId {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for CaseId {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
