//! Areas, units, members, matters, filing conditions and components as tables that people take away, edit and send back.
//!
//! Owns the columns of each table, the rows of today, and what a table that came back would change: row by row, with every mistake at
//! its row and column. Refuses to change anything: areas, units and members become a file of edits for [`crate::change`], matters and
//! conditions a draft of the policy, and components are judged row by row ([`components`]). Start at [`Kind`], [`today`] and [`Compared::of`].

mod check;
mod compare;
pub mod components;
mod edits;
pub mod ground;
mod today;

use serde::{Deserialize, Serialize};

pub use check::check;
pub use compare::{Cell, Compared, MOST_PROBLEMS, Missing, RowOf, Sheet, Went};
pub use edits::edits;
pub(crate) use edits::rings;
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
    Components,
}

impl Kind {
    pub const ALL: [Kind; 6] =
        [Kind::Areas, Kind::Units, Kind::Members, Kind::Matters, Kind::Conditions, Kind::Components];

    pub fn code(self) -> &'static str {
        match self {
            Kind::Areas => "areas",
            Kind::Units => "units",
            Kind::Members => "members",
            Kind::Matters => "matters",
            Kind::Conditions => "conditions",
            Kind::Components => "components",
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
            Kind::Components => "部件",
        }
    }

    pub fn en(self) -> &'static str {
        match self {
            Kind::Areas => "areas",
            Kind::Units => "units",
            Kind::Members => "members",
            Kind::Matters => "matters",
            Kind::Conditions => "filing conditions",
            Kind::Components => "components",
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
            // In no pack: the register has them.
            Kind::Components => "components.csv",
        }
    }

    /// The columns that tell rows apart; the first of all columns.
    pub fn key(self) -> &'static [&'static str] {
        match self {
            Kind::Areas | Kind::Matters | Kind::Components => &["code"],
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
            Kind::Components => &[
                "code",
                "name",
                "state",
                "matter",
                "lon",
                "lat",
                "area",
                "owner",
                "keeper",
                "supervisor",
                "note",
                "from",
                "until",
            ],
        }
    }

    /// Columns that only tell: the instant of a change sets them.
    pub fn tells(self) -> &'static [&'static str] {
        match self {
            Kind::Areas | Kind::Units | Kind::Components => &["from", "until"],
            _ => &[],
        }
    }

    /// Whether a register has its rows, and neither the organisation nor the policy.
    pub fn of_register(self) -> bool {
        self == Kind::Components
    }

    /// Whether it is a part of the organisation; else it belongs to the policy, or a register has it.
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
