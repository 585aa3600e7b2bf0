//! What is held of one reporter of one case, for them to have: PIPL article 45.
//!
//! Administrators see no case, and what is taken out is shown to nobody by the table of fields; so one asks and another takes it out. What
//! the first is given to pass on names both the reporter and whoever asked, under a sum that only this store can make.
//!
//! It holds what they told, what was said to and of them in callbacks, the files they sent, and who looked at them. What others wrote
//! about the matter is the authority's record and not in it. Start at [`Engine::export_person`].

use huying_model::{Actor, CaseId, Instant, MemberId, actor::By, event::Body};
use huying_store::{Entry, Seals, TenantId};
use serde_json::{Value, json};
use smol_str::SmolStr;

use super::{No, PURPOSES, Privacy, access::watches};
use crate::{Engine, Error, accounts::secret::same, authority};

/// Whose data are asked for by whom.
#[derive(Clone, Debug)]
pub struct ExportIn<'a> {
    pub tenant: TenantId,
    /// An administrator or auditor of the whole authority, who asks for it or hands it to the person.
    pub actor: &'a Actor,
    pub case: CaseId,
    pub reporter: u16,
    /// What somebody else was given who asked for the same.
    pub agreement: Option<&'a str>,
}

/// What comes of it.
#[derive(Clone, Debug)]
pub enum Export {
    /// Another administrator or auditor takes it out with this, until then.
    Asked {
        agreement: String,
        until: Instant,
    },
    Given(Value),
}

/// How long the other may take.
const HOLDS_MS: i64 = 24 * 3_600_000;
const READ: usize = 500;

impl Engine {
    /// Everything that is held of a reporter, as JSON, for the second of two people, after it was written down who asked for it and who
    /// took it out. Without an agreement it is asked for, and nothing is given.
    ///
    /// # Errors
    /// [`No`] for whoever may not, for the one who asked for it, and where there is no such reporter or agreement.
    pub async fn export_person(&self, asked: ExportIn<'_>, privacy: &Privacy) -> Result<Export, Error> {
        let (tenant, setting) = (asked.tenant, self.setting(asked.tenant)?);
        if !watches(&setting.policy.org, asked.actor) {
            return Err(No::AdministratorsOnly.into());
        }
        let (case, known) = self.informant(tenant, asked.case, asked.reporter).await?;
        let what = match asked.agreement {
            Some(agreement) => {
                self.agreed(&asked, agreement)?;
                "exported"
            }
            None => "asked",
        };
        let mut row = self.access_row(asked.actor, case.id, what).ok_or(No::Hidden)?;
        row.reporter = Some(asked.reporter);
        row.purpose = Some(SmolStr::new_static("subject_request"));
        let (by, until) = (row.member.clone(), self.now().plus_ms(HOLDS_MS));
        self.store().note_accesses(tenant, &[row]).await?;
        if asked.agreement.is_none() {
            return Ok(Export::Asked { agreement: self.agreement(&asked, &by, until), until });
        }
        let seals = self.store().seals(tenant);
        let open =
            |words: &Option<huying_model::words::Sealed>| words.as_ref().and_then(|words| seals.open(words));
        let (name, contact) = (open(&known.informant.name), open(&known.informant.contact));
        let told = self.told_by(tenant, case.id, asked.reporter).await?;
        let seen = self.reveals_of(tenant, case.id).await?;
        let seen = seen.iter().filter(|row| row.reporter.is_none_or(|no| no == asked.reporter));
        let unit = |id: &huying_model::UnitId| setting.policy.org.units.get(id).map(|unit| unit.name.clone());
        Ok(Export::Given(json!({
            "format": "huying-person-1",
            "made_at": self.now().to_string(),
            "purpose": { "zh": privacy.notice_zh, "en": privacy.notice_en },
            "kept_days": {
                "name_and_contact": privacy.contact_days,
                "callbacks": privacy.callback_days,
                "words_and_files": privacy.words_days,
            },
            "case": {
                "number": case.number, "received_at": case.received_at.to_string(), "stage": case.stage,
                "closed_at": case.closed_at.map(|at| at.to_string()), "matter": case.matter,
            },
            "person": {
                "reporter": known.no, "pseudonym": known.pseudonym(), "name": name, "contact": contact,
                "withdrawn": known.withdrawn,
            },
            "told": told,
            "seen_by": seen.map(|row| json!({
                "at": row.at.to_string(), "unit": row.unit.as_ref().and_then(unit), "what": row.what,
                "field": row.field, "purpose": row.purpose.as_ref().map(|code| purpose(code)),
            })).collect::<Vec<_>>(),
        })))
    }

    /// What whoever asked passes on: a moment, a sum over what was asked for, and their own name.
    fn agreement(&self, asked: &ExportIn<'_>, by: &MemberId, until: Instant) -> String {
        let plain = format!("{}\u{0}{}\u{0}{by}\u{0}{}", asked.case, asked.reporter, until.0);
        let mac = self.store().seals(asked.tenant).mac("person export", plain.as_bytes());
        let mac: String = mac.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        format!("{}-{mac}-{by}", until.0)
    }

    /// Whether somebody else, who may still, asked for the same not long ago.
    fn agreed(&self, asked: &ExportIn<'_>, agreement: &str) -> Result<(), Error> {
        let mut parts = agreement.splitn(3, '-');
        let (Some(until), Some(_), Some(by)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(No::Unknown.into());
        };
        let (until, by) = (Instant(until.parse().unwrap_or(0)), MemberId::new(by));
        let ours = self.agreement(asked, &by, until);
        let now = self.now();
        let setting = self.setting(asked.tenant)?;
        let org = &setting.policy.org;
        let may = authority::actor(org, &by, now).is_ok_and(|first| watches(org, &first));
        if !same(ours.as_bytes(), agreement.as_bytes()) || until <= now || !may {
            return Err(No::Unknown.into());
        }
        match asked.actor.member_id() {
            Some(id) if *id != by => Ok(()),
            _ => Err(No::SamePerson.into()),
        }
    }

    async fn told_by(&self, tenant: TenantId, case: CaseId, no: u16) -> Result<Vec<Value>, Error> {
        let (seals, mut told, mut after) = (self.store().seals(tenant), Vec::new(), 0);
        let mut first_of_supplements = None;
        loop {
            let page = self.store().journal(tenant, case, after, READ).await?;
            let Some(last) = page.last() else { return Ok(told) };
            after = last.seq;
            for entry in &page {
                if let Body::Reported { report, .. } | Body::Began { report, .. } = &entry.event.body {
                    first_of_supplements = u16::try_from(report.reporters.len()).ok();
                }
                let joined = matches!(&entry.event.body, Body::Supplemented { informant: Some(_), .. });
                let joins = joined && first_of_supplements == Some(no);
                if joined {
                    first_of_supplements = first_of_supplements.map(|no| no + 1);
                }
                if joins || concerns(entry, case, no) {
                    told.push(shown(entry, &seals));
                }
            }
        }
    }
}

/// Whether an entry is this reporter's own, or about them.
fn concerns(entry: &Entry, of: CaseId, no: u16) -> bool {
    let own = matches!(&entry.event.by, By::Reporter { no: by } if *by == no);
    own || match &entry.event.body {
        // Who came with the report told it together.
        Body::Reported { report, .. } | Body::Began { report, .. } => {
            usize::from(no) < report.reporters.len()
        }
        Body::CalledBack { reporter, case, .. } => *case == of && *reporter == no,
        _ => false,
    }
}

/// An entry with its words in the clear; other reporters' names and contacts are left out.
fn shown(entry: &Entry, seals: &Seals) -> Value {
    let mut facts = serde_json::to_value(&entry.event.body).unwrap_or_default();
    if let Some(report) = facts.get_mut("report").and_then(Value::as_object_mut) {
        report.remove("reporters");
    }
    if let Some(fields) = facts.as_object_mut() {
        fields.remove("informant");
    }
    open(&mut facts, seals);
    json!({ "at": entry.event.times.received.to_string(), "kind": entry.kind, "facts": facts })
}

fn open(value: &mut Value, seals: &Seals) {
    match value {
        Value::Object(fields)
            if fields.len() == 2 && fields.contains_key("k") && fields.contains_key("c") =>
        {
            let words = serde_json::from_value(value.take()).ok().and_then(|words| seals.open(&words));
            *value = words.map_or(Value::Null, Value::String);
        }
        Value::Object(fields) => fields.values_mut().for_each(|value| open(value, seals)),
        Value::Array(list) => list.iter_mut().for_each(|value| open(value, seals)),
        _ => {}
    }
}

fn purpose(code: &str) -> Value {
    let row = PURPOSES.iter().find(|row| row.0 == code);
    row.map_or(json!(code), |(code, zh, en)| json!({ "code": code, "zh": zh, "en": en }))
}
