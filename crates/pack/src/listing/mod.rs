//! Areas, units, members, matters and filing conditions as tables that people take away, edit and send back.
//!
//! Owns the columns of each table, the rows of today, and what a table that came back would change: row by row, with every mistake at
//! its row and column. Refuses to change anything: areas, units and members become a file of edits for [`crate::change`], matters and
//! conditions a draft of the policy. Start at [`Kind`], [`today`] and [`Compared::of`].

mod check;
mod compare;
mod edits;
pub mod ground;
mod today;

use serde::{Deserialize, Serialize};

pub use check::check;
pub use compare::{Cell, Compared, Missing, RowOf, Sheet, Went};
pub use edits::edits;
pub use ground::open;
pub use today::today;

use crate::{catalogue, people, places};

/// Which table.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Areas,
    Units,
    Members,
    Matters,
    Conditions,
}

impl Kind {
    pub const ALL: [Kind; 5] = [Kind::Areas, Kind::Units, Kind::Members, Kind::Matters, Kind::Conditions];

    pub fn code(self) -> &'static str {
        match self {
            Kind::Areas => "areas",
            Kind::Units => "units",
            Kind::Members => "members",
            Kind::Matters => "matters",
            Kind::Conditions => "conditions",
        }
    }

    pub fn from_code(code: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.code() == code)
    }

    pub fn zh(self) -> &'static str {
        match self {
            Kind::Areas => "区域",
            Kind::Units => "单位",
            Kind::Members => "成员",
            Kind::Matters => "事项",
            Kind::Conditions => "立案条件",
        }
    }

    pub fn en(self) -> &'static str {
        match self {
            Kind::Areas => "areas",
            Kind::Units => "units",
            Kind::Members => "members",
            Kind::Matters => "matters",
            Kind::Conditions => "filing conditions",
        }
    }

    /// The table's file in a pack.
    pub fn file(self) -> &'static str {
        match self {
            Kind::Areas => places::FILE,
            Kind::Units => people::UNITS,
            Kind::Members => people::MEMBERS,
            Kind::Matters => catalogue::MATTERS,
            Kind::Conditions => catalogue::CONDITIONS,
        }
    }

    /// The columns that tell rows apart; the first of all columns.
    pub fn key(self) -> &'static [&'static str] {
        match self {
            Kind::Areas | Kind::Matters => &["code"],
            Kind::Units | Kind::Members => &["id"],
            Kind::Conditions => &["matter", "no"],
        }
    }

    /// Every column, as it is written.
    pub fn columns(self) -> &'static [&'static str] {
        match self {
            Kind::Areas => {
                &["code", "name", "name_en", "level", "parent", "households", "profile", "from", "until"]
            }
            Kind::Units => {
                &["id", "name", "name_en", "kind", "function", "area", "home", "lon", "lat", "from", "until"]
            }
            Kind::Members => &["id", "name", "name_en", "seats", "rank"],
            Kind::Matters => &[
                "code",
                "name",
                "name_en",
                "kind",
                "closing_level",
                "hazard",
                "inspect",
                "call_back",
                "calendar",
                "basis",
                "also",
                "reply",
                "made_up",
            ],
            Kind::Conditions => &[
                "matter",
                "no",
                "opens_when",
                "closes_when",
                "handle",
                "promise",
                "receive",
                "arrive",
                "evidence",
            ],
        }
    }

    /// Columns that only tell: the instant of a change sets them.
    pub fn tells(self) -> &'static [&'static str] {
        match self {
            Kind::Areas | Kind::Units => &["from", "until"],
            _ => &[],
        }
    }

    /// Whether it is a part of the organisation; else it belongs to the policy.
    pub fn of_organisation(self) -> bool {
        matches!(self, Kind::Areas | Kind::Units | Kind::Members)
    }
}

/// A table as it is today.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listing {
    pub kind: Kind,
    /// One cell for each of the kind's columns.
    pub rows: Vec<Vec<String>>,
}

impl Listing {
    /// The row's key, its parts joined as they are told.
    pub fn key(&self, row: &[String]) -> String {
        row.get(..self.kind.key().len()).unwrap_or_default().join(" ")
    }
}
