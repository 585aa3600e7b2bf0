//! The catalogue of matters: board → track → matter, each with filing conditions of its own.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::{
    calendar::Limit,
    ids::{LevelName, MatterCode},
};

/// What kind of need a matter is; one life cycle for all.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatterKind {
    #[default]
    Problem,
    Need,
    Inquiry,
    Dispute,
    Errand,
    Task,
}

/// Where a case came from (domain §1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    GridWorker,
    #[default]
    Resident,
    Hotline,
    PoliceCall,
    WalkIn,
    Department,
    UpperPlatform,
    Sensor,
    Video,
    Media,
    Patrol,
    Enterprise,
}

impl Source {
    pub const ALL: [Source; 12] = [
        Source::GridWorker,
        Source::Resident,
        Source::Hotline,
        Source::PoliceCall,
        Source::WalkIn,
        Source::Department,
        Source::UpperPlatform,
        Source::Sensor,
        Source::Video,
        Source::Media,
        Source::Patrol,
        Source::Enterprise,
    ];
    pub fn code(self) -> &'static str {
        match self {
            Source::GridWorker => "grid_worker",
            Source::Resident => "resident",
            Source::Hotline => "hotline",
            Source::PoliceCall => "police_call",
            Source::WalkIn => "walk_in",
            Source::Department => "department",
            Source::UpperPlatform => "upper_platform",
            Source::Sensor => "sensor",
            Source::Video => "video",
            Source::Media => "media",
            Source::Patrol => "patrol",
            Source::Enterprise => "enterprise",
        }
    }
    pub fn from_code(code: &str) -> Option<Source> {
        Source::ALL.into_iter().find(|source| source.code() == code)
    }
    pub fn zh(self) -> &'static str {
        match self {
            Source::GridWorker => "网格员",
            Source::Resident => "居民",
            Source::Hotline => "12345热线",
            Source::PoliceCall => "110警情",
            Source::WalkIn => "来访",
            Source::Department => "部门",
            Source::UpperPlatform => "上级平台",
            Source::Sensor => "物联感知",
            Source::Video => "视频",
            Source::Media => "媒体",
            Source::Patrol => "巡查",
            Source::Enterprise => "企业",
        }
    }
    pub fn en(self) -> &'static str {
        match self {
            Source::GridWorker => "Grid worker",
            Source::Resident => "Resident",
            Source::Hotline => "12345 hotline",
            Source::PoliceCall => "110 call",
            Source::WalkIn => "Walk-in",
            Source::Department => "Department",
            Source::UpperPlatform => "Upper platform",
            Source::Sensor => "Sensor",
            Source::Video => "Video",
            Source::Media => "Media",
            Source::Patrol => "Patrol",
            Source::Enterprise => "Enterprise",
        }
    }
}

/// Green, yellow, red (三色).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    #[default]
    Green,
    Yellow,
    Red,
}

/// What a piece of evidence shows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// A photo before the work, from the report or the site.
    Before,
    /// A photo after the work.
    After,
    /// A document: an agreement, a notice, a receipt.
    Document,
    /// A written finding on the spot.
    Finding,
    Voice,
    Video,
}

/// How a case ends (办理结果).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    #[default]
    Solved,
    Answered,
    Explained,
    NotFound,
    SelfResolved,
    Void,
    HandedOver,
}

impl Outcome {
    pub const ALL: [Outcome; 7] = [
        Outcome::Solved,
        Outcome::Answered,
        Outcome::Explained,
        Outcome::NotFound,
        Outcome::SelfResolved,
        Outcome::Void,
        Outcome::HandedOver,
    ];
    pub fn zh(self) -> &'static str {
        match self {
            Outcome::Solved => "已解决",
            Outcome::Answered => "已答复",
            Outcome::Explained => "解释说明",
            Outcome::NotFound => "未发现",
            Outcome::SelfResolved => "自行消除",
            Outcome::Void => "作废",
            Outcome::HandedOver => "移交",
        }
    }
    pub fn en(self) -> &'static str {
        match self {
            Outcome::Solved => "Solved",
            Outcome::Answered => "Answered",
            Outcome::Explained => "Explained",
            Outcome::NotFound => "Not found",
            Outcome::SelfResolved => "Went away by itself",
            Outcome::Void => "Void",
            Outcome::HandedOver => "Handed over",
        }
    }
}

/// The limits of one condition (GB/T 30428.8: each filing condition has its own).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Limits {
    /// From receipt to finish, by each unit.
    pub handle: Limit,
    /// From filing to closing: what the public is promised.
    pub promise: Limit,
    /// From dispatch to receipt; the policy's where None.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receive: Option<Limit>,
    /// From receipt to the spot; no such clock where None.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrive: Option<Limit>,
}

/// A filing condition (立案条件).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Condition {
    /// Unique in its matter, from 1.
    pub no: u16,
    pub opens_when: SmolStr,
    pub closes_when: SmolStr,
    pub limits: Limits,
    /// What must lie in the file before a case may close as solved.
    #[serde(default)]
    pub evidence: Vec<EvidenceKind>,
}

/// A leaf of the catalogue.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Matter {
    pub code: MatterCode,
    pub name: SmolStr,
    pub name_en: SmolStr,
    pub board: SmolStr,
    pub track: SmolStr,
    pub kind: MatterKind,
    /// A case of this matter cannot be withdrawn away: the danger remains.
    #[serde(default)]
    pub hazard: bool,
    /// The level whose centre closes it (三闭环).
    pub closing_level: LevelName,
    /// Whether someone else looks at the work before it closes.
    pub inspect: bool,
    /// Whether the reporter is called back.
    pub call_back: bool,
    /// The calendar of its clocks, by name; the policy's default where None.
    #[serde(default)]
    pub calendar: Option<SmolStr>,
    pub conditions: Vec<Condition>,
}

impl Matter {
    pub fn condition(&self, no: u16) -> Option<&Condition> {
        self.conditions.iter().find(|condition| condition.no == no)
    }
}
