//! Components of the city (部件): manhole covers, lamps, bins, trees, each with a code, a place, and the units that answer for it.
//!
//! Owns what a code is made of and what may be said of a component. Refuses to know which kinds there are: the classes of GB/T
//! 30428.2-2013 are extended by every city, so the catalogue of kinds is data. Start at [`Component`] and [`ComponentCode::parse`].

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use thiserror::Error;

use crate::{
    ids::{AreaCode, ComponentCode, MatterCode, UnitId},
    time::Instant,
};

/// Digits of a code (部件标识码, GB/T 30428.2-2013): 6 of the district (GB/T 2260), 2 of the class (大类), 2 of the kind (小类), 6 of
/// the number within it. The standard's text was not at hand, so no clause is named: the form is read off registers and programs that
/// follow it (docs/import-and-export.md).
pub const DIGITS: usize = 16;

/// Why a text is no code of a component.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum BadCode {
    #[error("the code has {0} characters")]
    Length(usize),
    #[error("the code has '{sign}' at place {place}")]
    NotADigit { sign: char, place: usize },
    #[error("the code begins with 0, and no district's code does")]
    District,
    #[error("the code has the class 00, and there is none")]
    Class,
}

impl BadCode {
    /// What to do about it.
    pub fn mend(self) -> &'static str {
        match self {
            BadCode::Length(_) => {
                "Write 16 digits: 6 of the district, 2 of the class, 2 of the kind, 6 of the number within it; format the column as text"
            }
            BadCode::NotADigit { .. } => {
                "Write the digits 0 to 9 only, without spaces and marks between them"
            }
            BadCode::District => {
                "Write the district's code of GB/T 2260 as the first 6 digits, such as the authority's own"
            }
            BadCode::Class => "Write the class as digits 7 and 8, from 01",
        }
    }
}

impl ComponentCode {
    /// A code out of a text.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(text: &str) -> Result<ComponentCode, BadCode> {
        if let Some((at, sign)) = text.chars().enumerate().find(|(_, sign)| !sign.is_ascii_digit()) {
            return Err(BadCode::NotADigit { sign, place: at + 1 });
        }
        if text.len() != DIGITS {
            return Err(BadCode::Length(text.len()));
        }
        if text.starts_with('0') {
            return Err(BadCode::District);
        }
        if text.get(6..8) == Some("00") {
            return Err(BadCode::Class);
        }
        Ok(ComponentCode::new(text))
    }

    /// The district of GB/T 2260.
    pub fn district(&self) -> &str {
        self.as_str().get(..6).unwrap_or_default()
    }

    /// Class and kind together. Cities that give the kind 3 digits and the number 5 write the same 16; the third then begins the number.
    pub fn kind(&self) -> &str {
        self.as_str().get(6..10).unwrap_or_default()
    }
}

/// How a component was found.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    #[default]
    Intact,
    Damaged,
    Lost,
    /// It stands there and is of no use any more.
    Abandoned,
    Removed,
    /// Nobody has looked, or who looked could not tell.
    Unclear,
}

impl State {
    pub const ALL: [State; 6] =
        [State::Intact, State::Damaged, State::Lost, State::Abandoned, State::Removed, State::Unclear];

    pub fn code(self) -> &'static str {
        match self {
            State::Intact => "intact",
            State::Damaged => "damaged",
            State::Lost => "lost",
            State::Abandoned => "abandoned",
            State::Removed => "removed",
            State::Unclear => "unclear",
        }
    }

    pub fn zh(self) -> &'static str {
        match self {
            State::Intact => "完好",
            State::Damaged => "破损",
            State::Lost => "丢失",
            State::Abandoned => "废弃",
            State::Removed => "移除",
            State::Unclear => "不明",
        }
    }

    pub fn en(self) -> &'static str {
        match self {
            State::Intact => "Intact",
            State::Damaged => "Damaged",
            State::Lost => "Lost",
            State::Abandoned => "Abandoned",
            State::Removed => "Removed",
            State::Unclear => "Unclear",
        }
    }

    /// By its code or its word.
    pub fn read(text: &str) -> Option<State> {
        let word = if text == "废除" { "废弃" } else { text };
        State::ALL.into_iter().find(|state| state.zh() == word || state.code().eq_ignore_ascii_case(word))
    }
}

/// A component as it stands. A point is in 1e-7 degrees, CGCS2000/WGS-84.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Component {
    pub code: ComponentCode,
    pub name: SmolStr,
    pub state: State,
    /// What is reported of it where nothing else is said.
    pub matter: Option<MatterCode>,
    pub lon_e7: Option<i32>,
    pub lat_e7: Option<i32>,
    /// The cell of its point; told where it has none.
    pub area: Option<AreaCode>,
    /// 权属单位. None where nobody knows whose it is.
    pub owner: Option<UnitId>,
    /// 养护单位.
    pub keeper: Option<UnitId>,
    /// 主管单位.
    pub supervisor: Option<UnitId>,
    pub note: SmolStr,
    /// Since when it is in the register.
    pub since: Instant,
    /// Until when; it stays in the register for ever.
    pub until: Option<Instant>,
}

impl Component {
    /// The unit to ask first: who keeps it, else whose it is, else who supervises.
    pub fn first_asked(&self) -> Option<&UnitId> {
        self.keeper.as_ref().or(self.owner.as_ref()).or(self.supervisor.as_ref())
    }
}
