//! Where a case stands in its life.

use serde::{Deserialize, Serialize};

/// The stages of domain §2. Order is the order of a case's way through.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    #[default]
    Reported,
    Verifying,
    Filed,
    Dispatched,
    Handling,
    Inspecting,
    CallingBack,
    Closed,
    Declined,
    Merged,
    Withdrawn,
}

impl Stage {
    pub const ALL: [Stage; 11] = [
        Stage::Reported,
        Stage::Verifying,
        Stage::Filed,
        Stage::Dispatched,
        Stage::Handling,
        Stage::Inspecting,
        Stage::CallingBack,
        Stage::Closed,
        Stage::Declined,
        Stage::Merged,
        Stage::Withdrawn,
    ];
    pub const OPEN: [Stage; 7] = [
        Stage::Reported,
        Stage::Verifying,
        Stage::Filed,
        Stage::Dispatched,
        Stage::Handling,
        Stage::Inspecting,
        Stage::CallingBack,
    ];

    /// Not Closed, Declined, Merged or Withdrawn.
    pub fn is_open(self) -> bool {
        self < Stage::Closed
    }
    /// The name in API and tables.
    pub fn code(self) -> &'static str {
        match self {
            Stage::Reported => "reported",
            Stage::Verifying => "verifying",
            Stage::Filed => "filed",
            Stage::Dispatched => "dispatched",
            Stage::Handling => "handling",
            Stage::Inspecting => "inspecting",
            Stage::CallingBack => "calling_back",
            Stage::Closed => "closed",
            Stage::Declined => "declined",
            Stage::Merged => "merged",
            Stage::Withdrawn => "withdrawn",
        }
    }
    pub fn from_code(code: &str) -> Option<Stage> {
        Stage::ALL.into_iter().find(|stage| stage.code() == code)
    }
    pub fn zh(self) -> &'static str {
        match self {
            Stage::Reported => "待受理",
            Stage::Verifying => "待核实",
            Stage::Filed => "待派遣",
            Stage::Dispatched => "待签收",
            Stage::Handling => "处置中",
            Stage::Inspecting => "待核查",
            Stage::CallingBack => "待回访",
            Stage::Closed => "已结案",
            Stage::Declined => "不予受理",
            Stage::Merged => "并案",
            Stage::Withdrawn => "撤销",
        }
    }
    pub fn en(self) -> &'static str {
        match self {
            Stage::Reported => "Reported",
            Stage::Verifying => "Verifying",
            Stage::Filed => "Filed",
            Stage::Dispatched => "Dispatched",
            Stage::Handling => "Handling",
            Stage::Inspecting => "Inspecting",
            Stage::CallingBack => "Calling back",
            Stage::Closed => "Closed",
            Stage::Declined => "Declined",
            Stage::Merged => "Merged",
            Stage::Withdrawn => "Withdrawn",
        }
    }
}
