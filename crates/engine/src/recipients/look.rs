//! What is seen of recipients: masked in lists, a field on request for a purpose, everything for the person, and how many there are.
//!
//! A reveal is written down, in the log of accesses and in the Merkle log, before it is answered. Counts are told of grounds, with few
//! hidden ([`crate::insight::few`]), and never of persons. Start at [`Engine::reveal_recipient`].

use std::collections::BTreeMap;

use huying_model::{Actor, AreaCode, Instant, RecipientId};
use huying_store::{
    Page, TenantId,
    person::{AccessOf, RecipientFilter, RecipientRow},
};
use serde_json::{Value, json};
use smol_str::SmolStr;

use super::{ALWAYS, EXPORTED, Field, GIVEN_BY, HOW, PURPOSES, REVEALED, Standing, act::noted, sealed};
use crate::{
    Engine, Error, Problem,
    authority::recipient::{counted, own},
    insight::few,
    person::{No, Privacy},
};

/// How many recipients of a group there are on a ground.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    pub area: AreaCode,
    pub group: SmolStr,
    /// None where they are few, or would tell by difference how many those are.
    pub people: Option<i64>,
}

/// Accesses that are given out with a record: the last ones. One more is read, which tells that there are older ones.
const LOOKS: usize = 500;

impl Engine {
    /// The recipients that the actor keeps, the newest first; nobody else's are in any page.
    ///
    /// # Errors
    /// The store's failures; a cursor that is none.
    pub async fn recipients(
        &self,
        tenant: TenantId,
        actor: &Actor,
        group: Option<&str>,
        cursor: Option<&str>,
        most: usize,
    ) -> Result<Page<RecipientRow>, Error> {
        let setting = self.setting(tenant)?;
        let filter = RecipientFilter { own: own(&setting.policy.org, actor), group: group.map(SmolStr::new) };
        Ok(self.store().recipients(tenant, &filter, cursor, most).await?)
    }

    /// One recipient, masked.
    ///
    /// # Errors
    /// [`No::Unknown`] where there is none, and where the actor does not keep them.
    pub async fn recipient(
        &self,
        tenant: TenantId,
        actor: &Actor,
        id: RecipientId,
    ) -> Result<RecipientRow, Error> {
        Ok(self.kept(tenant, actor, id).await?.0)
    }

    /// Shows one field of a recipient, for a purpose that they agreed to, after it was written down who looks.
    ///
    /// # Errors
    /// [`No::Unknown`] out of sight, [`No::ConsentOver`], [`No::Forgotten`] where it was never told, and a purpose that they did not
    /// agree to.
    pub async fn reveal_recipient(
        &self,
        tenant: TenantId,
        actor: &Actor,
        id: RecipientId,
        field: Field,
        purpose: &str,
    ) -> Result<String, Error> {
        let (row, by) = self.kept(tenant, actor, id).await?;
        let now = self.now();
        if Standing::of(&row, now) != Standing::Holds {
            return Err(No::ConsentOver.into());
        }
        let purpose = agreed(&row, purpose)?;
        let words = sealed(&row)?.remove(field.code()).ok_or(No::Forgotten)?;
        let mut looked = self.access_row(actor, row.id.0, REVEALED).ok_or(No::Unknown)?;
        looked.unit = Some(row.unit.clone());
        looked.field = Some(SmolStr::new_static(field.code()));
        looked.purpose = Some(SmolStr::new_static(purpose));
        let noted = noted(&row, &by, now, ("revealed", Some(field.code()), Some(purpose)))?;
        if let Err(fault) = self.store().note_recipient(tenant, &row, &looked, &noted).await {
            return Err(self.beaten(tenant, &row, fault).await);
        }
        self.store().load_keys(tenant, &[row.key()]).await?;
        Ok(self.store().seals(tenant).open(&words).ok_or(No::Forgotten)?)
    }

    /// Everything that is held of a recipient, for them to have, after it was written down who takes it out. Also when consent is over:
    /// as long as it is there, it is theirs.
    ///
    /// # Errors
    /// [`No::Unknown`] out of sight.
    pub async fn export_recipient(
        &self,
        tenant: TenantId,
        actor: &Actor,
        id: RecipientId,
        privacy: &Privacy,
    ) -> Result<Value, Error> {
        let (row, by) = self.kept(tenant, actor, id).await?;
        let (setting, now) = (self.setting(tenant)?, self.now());
        let mut looked = self.access_row(actor, row.id.0, EXPORTED).ok_or(No::Unknown)?;
        looked.unit = Some(row.unit.clone());
        looked.purpose = Some(SmolStr::new_static("subject_request"));
        let noted = noted(&row, &by, now, ("exported", None, Some("subject_request")))?;
        if let Err(fault) = self.store().note_recipient(tenant, &row, &looked, &noted).await {
            return Err(self.beaten(tenant, &row, fault).await);
        }
        self.store().load_keys(tenant, &[row.key()]).await?;
        let (seals, fields) = (self.store().seals(tenant), sealed(&row)?);
        let open = |field: Field| fields.get(field.code()).and_then(|words| seals.open(words));
        let told: BTreeMap<&str, Option<String>> =
            Field::ALL.into_iter().map(|field| (field.code(), open(field))).collect();
        let of = AccessOf::Case(row.id.0);
        let seen = self.store().accesses(tenant, &of, Instant(0), (Instant(i64::MAX), 0), LOOKS + 1).await?;
        let org = &setting.policy.org;
        let unit = |id: &huying_model::UnitId| org.units.get(id).map(|unit| unit.name.clone());
        let groups = setting.pack.groups().filter(|group| row.groups.contains(&group.code));
        let groups: Vec<Value> = groups
            .map(|group| {
                json!({
                    "code": group.code, "zh": group.name.zh, "en": group.name.en,
                    "help_zh": group.help.zh, "help_en": group.help.en,
                })
            })
            .collect();
        Ok(json!({
            "format": "huying-recipient-1",
            "made_at": now.to_string(),
            "id": row.id,
            "person": told,
            "groups": groups,
            "unit": unit(&row.unit), "area": org.areas.get(&row.area).map(|area| area.name.clone()),
            "consent": {
                "state": Standing::of(&row, now).code(),
                "given_by": spoken(&GIVEN_BY, &row.consent.given_by),
                "how": spoken(&HOW, &row.consent.how),
                "purposes": row.consent.purposes.iter().map(|code| spoken(&PURPOSES, code)).collect::<Vec<_>>(),
                "at": row.consent.at.to_string(), "until": row.consent.until.to_string(),
                "withdrawn_at": row.withdrawn_at.map(|at| at.to_string()),
            },
            "registered_at": row.registered_at.to_string(),
            "kept_days_after_consent": privacy.recipient_days,
            "seen_by_older_left_out": seen.len() > LOOKS,
            "seen_by": seen.iter().take(LOOKS).map(|look| json!({
                "at": look.at.to_string(), "unit": look.unit.as_ref().and_then(unit), "what": look.what,
                "field": look.field, "purpose": look.purpose.as_ref().map(|code| purpose(code)),
            })).collect::<Vec<_>>(),
        }))
    }

    /// How many recipients whose consent holds there are on the actor's grounds: by group, in the areas one level below each ground.
    /// Whoever is of two groups counts in both. Where few are of a group, they are hidden.
    ///
    /// # Errors
    /// The store's failures.
    pub async fn count_recipients(&self, tenant: TenantId, actor: &Actor) -> Result<Vec<Counted>, Error> {
        let setting = self.setting(tenant)?;
        let org = &setting.policy.org;
        let grounds = counted(org, actor);
        if grounds.is_empty() {
            return Ok(Vec::new());
        }
        let rows = self.store().count_recipients(tenant, self.now()).await?;
        // A ground inside another would tell the same people again.
        let inner =
            |ground: &AreaCode| org.ancestors(ground).skip(1).any(|above| grounds.contains(&above.code));
        let mut told = Vec::new();
        for ground in grounds.iter().filter(|ground| !inner(ground)) {
            let below: Vec<&AreaCode> = org
                .areas
                .values()
                .filter(|area| area.parent.as_ref() == Some(ground))
                .map(|area| &area.code)
                .collect();
            let parts = if below.is_empty() { vec![ground] } else { below };
            for group in setting.pack.groups() {
                let counts: Vec<i64> = parts
                    .iter()
                    .map(|part| {
                        let inside = |area: &AreaCode| org.ancestors(area).any(|above| &above.code == *part);
                        let fits =
                            rows.iter().filter(|(area, of, _)| of.contains(&group.code) && inside(area));
                        fits.map(|(_, _, people)| people).sum()
                    })
                    .collect();
                let hidden = few::hidden(&counts);
                told.extend(parts.iter().zip(counts.iter().zip(hidden)).map(|(part, (people, hidden))| {
                    Counted {
                        area: (*part).clone(),
                        group: group.code.clone(),
                        people: (!hidden).then_some(*people),
                    }
                }));
            }
        }
        Ok(told)
    }
}

/// The code of a purpose that the recipient agreed to, or that needs no agreement.
fn agreed(row: &RecipientRow, given: &str) -> Result<&'static str, Error> {
    let given = given.trim();
    let theirs = PURPOSES.iter().filter(|(code, ..)| row.consent.purposes.iter().any(|own| own == code));
    let may: Vec<_> = theirs.chain(&ALWAYS).collect();
    match may.iter().find(|(code, zh, _)| given == *code || given == *zh) {
        Some((code, ..)) => Ok(code),
        None => {
            let codes: Vec<&str> = may.iter().map(|(code, ..)| *code).collect();
            let mend = format!("They agreed to other purposes. Choose among {}.", codes.join(", "));
            Err(Problem::at("purpose", "not_agreed", mend).into())
        }
    }
}

/// A code with its words.
fn spoken(list: &[(&str, &str, &str)], code: &str) -> Value {
    let row = list.iter().find(|row| row.0 == code);
    row.map_or(json!(code), |(code, zh, en)| json!({ "code": code, "zh": zh, "en": en }))
}

fn purpose(code: &str) -> Value {
    match PURPOSES.iter().any(|row| row.0 == code) {
        true => spoken(&PURPOSES, code),
        false => spoken(&ALWAYS, code),
    }
}
