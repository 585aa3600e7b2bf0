//! Persons in the files of an authority: what is shown of them and noted, what they may have, how long it is kept, how it goes.
//!
//! Owns the lists of purposes and reasons (chosen, never written, because they stay in the clear), and what an authority sets
//! ([`Privacy`]). Who sees which field is [`crate::authority::field`]'s table. The duties behind it are told in docs/privacy.md. Start at
//! [`Engine::reveal`], then [`erase`], [`export`] and [`keep`].
//!
//! [`Engine::reveal`]: crate::Engine::reveal

pub(crate) mod access;
mod erase;
mod export;
mod informant;
mod keep;

pub(crate) use access::next_no;
pub use access::{Opened, Reveal};
pub use erase::{Proposal, Target};
pub use export::{Export, ExportIn};
pub use informant::Known;
pub use keep::{Keeper, Swept};

/// Why something of a person is looked at: code, Chinese and English.
pub const PURPOSES: [(&str, &str, &str); 8] = [
    ("callback", "回访核实", "Calling back"),
    ("handling", "联系办理", "Handling the matter with the reporter"),
    ("place", "核实地点", "Finding the place"),
    ("inspection", "核查结果", "Inspecting the result"),
    ("complaint", "处理投诉或异议", "A complaint or an objection"),
    ("subject_request", "本人查询或要求", "The person asked for it"),
    ("audit", "审计检查", "Audit"),
    ("legal", "依法提供", "Required by law"),
];

/// Why somebody is forgotten: code, Chinese and English. The first five are those of PIPL article 47.
pub const REASONS: [(&str, &str, &str); 6] = [
    ("purpose_met", "处理目的已实现或不再必要", "The purpose is met, or can no longer be"),
    ("period_over", "保存期限已届满", "The period of keeping is over"),
    ("withdrawn", "本人撤回同意", "The person withdrew their consent"),
    ("unlawful", "违法或违约处理", "It was handled against the law or an agreement"),
    ("law", "法律、行政法规规定", "The law says so"),
    ("request", "本人请求", "The person asked for it"),
];

/// What an authority sets about persons. Days of 0 keep for ever, but those of recipients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Privacy {
    /// On the page where they follow their case, reporters see what of them was shown to whom and for what.
    pub reporters_see_reveals: bool,
    /// Names and contacts of reporters, from the end of the case.
    pub contact_days: i64,
    /// What was said in callbacks and ratings, from the end of the case.
    pub callback_days: i64,
    /// Where and when photos say that they were taken, and their originals, from the end of the case.
    pub photo_place_days: i64,
    /// Every word and file of a case, from its end.
    pub words_days: i64,
    /// Messages of partners and letters of feeds that nobody settled, from when they came.
    pub stopped_days: i64,
    /// Service recipients, from when their consent ended or was withdrawn; 0 is until the next daily look. They are never kept for ever.
    pub recipient_days: i64,
    /// The log of accesses.
    pub access_days: i64,
    /// The log of sign-ins.
    pub sign_in_days: i64,
    /// The hour of the day, in the authority's zone, in which the database is rewritten after erasures.
    pub scour_hour: i8,
    /// What reporters are told of the purpose, in the authority's own words.
    pub notice_zh: String,
    pub notice_en: String,
}

impl Default for Privacy {
    fn default() -> Privacy {
        Privacy {
            reporters_see_reveals: true,
            contact_days: 1095,
            callback_days: 365,
            photo_place_days: 30,
            words_days: 0,
            stopped_days: 90,
            recipient_days: 7,
            access_days: 1095,
            // Six months, however long they are.
            sign_in_days: 184,
            scour_hour: 3,
            notice_zh: "您的姓名和联系方式仅用于办理本事项、回访和告知结果，按规定期限保存后删除；您可以查询、复制、更正或要求删除。".into(),
            notice_en: "Your name and contact are used only to deal with this matter, to call you back and to tell you the result; they are deleted after the period that is set. You may see, copy, correct or have them deleted.".into(),
        }
    }
}

/// Why something of a person is not shown, or not forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum No {
    #[error("this is not shown to you: ask somebody whose unit works on the case")]
    Hidden,
    #[error("it was forgotten, or was never told")]
    Forgotten,
    #[error("only an administrator of the whole authority does that: ask one")]
    AdministratorsOnly,
    #[error("whoever proposed it does not confirm it: ask another administrator, or the auditor")]
    SamePerson,
    #[error("this was decided already: look at the list again")]
    Decided,
    #[error("the case is still open: its words are needed until it ends")]
    StillOpen,
    #[error("there is no such reporter, person or proposal: check the number")]
    Unknown,
    #[error("only grid workers and handlers keep recipients, each those of their own unit: ask one of them")]
    KeepersOnly,
    #[error(
        "their consent is over or was withdrawn: ask them again and renew it, or let the record be forgotten"
    )]
    ConsentOver,
    #[error("the record was changed since it was read: read it again")]
    Moved,
}

impl No {
    /// Stable, for programs.
    pub fn code(self) -> &'static str {
        match self {
            No::Hidden => "field_hidden",
            No::Forgotten => "forgotten",
            No::AdministratorsOnly => "administrators_only",
            No::SamePerson => "same_person",
            No::Decided => "decided_already",
            No::StillOpen => "still_open",
            No::Unknown => "not_found",
            No::KeepersOnly => "keepers_only",
            No::ConsentOver => "consent_over",
            No::Moved => "record_moved",
        }
    }
}

/// The code of a list, where it is one of it.
pub(crate) fn chosen(
    list: &[(&'static str, &str, &str)],
    field: &str,
    given: &str,
) -> Result<&'static str, crate::Error> {
    match list.iter().find(|(code, zh, _)| given == *code || given == *zh) {
        Some((code, _, _)) => Ok(code),
        None => {
            let codes: Vec<&str> = list.iter().map(|(code, _, _)| *code).collect();
            let mend = format!("It stays in the clear, so it is chosen: {}.", codes.join(", "));
            Err(crate::Problem::at(field, "unknown_choice", mend).into())
        }
    }
}
