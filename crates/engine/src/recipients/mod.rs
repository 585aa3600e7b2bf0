//! Service recipients (服务对象): people who agreed to be helped, kept while they agree and no longer.
//!
//! Owns what a record is made of, what consent has to say, and the acts: register, change, renew, withdraw ([`act`]); reveal, give out,
//! list and count ([`look`]). Without consent there is no record; when it ends or is withdrawn the record can be read by nobody but for
//! the person, and its key is destroyed by the daily look of [`crate::person`]. Every act stands in the tenant's Merkle log, by ids and
//! sums alone. Who is what to whom is [`crate::authority::recipient`]'s; groups are the policy's ([`huying_pack::settings::Group`]).
//! Start at [`Engine::register_recipient`](crate::Engine::register_recipient).

mod act;
mod draft;
mod look;

use std::collections::BTreeMap;

use huying_model::{Instant, words::Sealed};
use huying_store::{Fault, person::RecipientRow};
use smol_str::SmolStr;

use crate::Error;

pub use act::Withdrawal;
pub use draft::{ConsentDraft, Draft};
pub use look::Counted;

/// What a recipient may agree to be kept for: code, Chinese and English.
pub const PURPOSES: [(&str, &str, &str); 6] = [
    ("visits", "走访探视", "Visits"),
    ("daily_help", "生活照料", "Help with daily life"),
    ("benefits", "救助政策落实", "Benefits that are theirs"),
    ("health", "健康服务联络", "Arranging health services"),
    ("home_safety", "居家安全检查", "Looking after safety at home"),
    ("emergency", "紧急联络", "A call in an emergency"),
];

/// What needs no agreement to be looked at for: the person's own wish, and the law. They are among the purposes of every reveal.
pub const ALWAYS: [(&str, &str, &str); 2] = [
    ("subject_request", "本人查询或要求", "The person asked for it"),
    ("legal", "依法提供", "Required by law"),
];

/// How consent was given: code, Chinese and English.
pub const HOW: [(&str, &str, &str); 3] = [
    ("written", "书面签署", "Signed on paper"),
    ("spoken", "口头同意（有见证人）", "Said before a witness"),
    ("electronic", "电子确认", "Confirmed electronically"),
];

/// Who gave it: code, Chinese and English.
pub const GIVEN_BY: [(&str, &str, &str); 2] =
    [("self", "本人", "The person"), ("guardian", "监护人", "Their guardian")];

/// What the log of accesses calls a look at a recipient, and taking out what is held of them.
pub const REVEALED: &str = "recipient_revealed";
pub const EXPORTED: &str = "recipient_exported";

/// A personal field of a recipient: sealed under their own key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Field {
    Name,
    Phone,
    Address,
    /// What they need, in words.
    Needs,
    /// Who agreed for them, with how to reach them.
    Guardian,
}

impl Field {
    pub const ALL: [Field; 5] = [Field::Name, Field::Phone, Field::Address, Field::Needs, Field::Guardian];
    /// Stable, for programs.
    pub fn code(self) -> &'static str {
        match self {
            Field::Name => "name",
            Field::Phone => "phone",
            Field::Address => "address",
            Field::Needs => "needs",
            Field::Guardian => "guardian",
        }
    }
    pub fn from_code(code: &str) -> Option<Field> {
        Field::ALL.into_iter().find(|field| field.code() == code)
    }
    pub fn zh(self) -> &'static str {
        match self {
            Field::Name => "姓名",
            Field::Phone => "电话",
            Field::Address => "住址",
            Field::Needs => "需求",
            Field::Guardian => "监护人",
        }
    }
    pub fn en(self) -> &'static str {
        match self {
            Field::Name => "Name",
            Field::Phone => "Telephone",
            Field::Address => "Address",
            Field::Needs => "Needs",
            Field::Guardian => "Guardian",
        }
    }
    /// Characters that it may have.
    pub fn longest(self) -> usize {
        match self {
            Field::Name => 80,
            Field::Phone | Field::Guardian => 200,
            Field::Address => 400,
            Field::Needs => 2_000,
        }
    }
}

/// How the consent of a recipient stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    Holds,
    /// Its time is over.
    Over,
    Withdrawn,
}

impl Standing {
    pub fn of(row: &RecipientRow, now: Instant) -> Standing {
        match row.withdrawn_at {
            Some(_) => Standing::Withdrawn,
            None if row.consent.until <= now => Standing::Over,
            None => Standing::Holds,
        }
    }
    /// Stable, for programs.
    pub fn code(self) -> &'static str {
        match self {
            Standing::Holds => "holds",
            Standing::Over => "over",
            Standing::Withdrawn => "withdrawn",
        }
    }
}

/// Sealed fields by their code, as the row has them.
type SealedFields = BTreeMap<SmolStr, Sealed>;

fn sealed(row: &RecipientRow) -> Result<SealedFields, Error> {
    let read = serde_json::from_str(&row.sealed);
    Ok(read.map_err(|why| Fault::broken("reading the fields of a recipient", why))?)
}

/// The fields that were told of a recipient, none of them opened.
///
/// # Errors
/// A record that is damaged.
pub fn told(row: &RecipientRow) -> Result<Vec<Field>, Error> {
    let fields = sealed(row)?;
    Ok(Field::ALL.into_iter().filter(|field| fields.contains_key(field.code())).collect())
}
