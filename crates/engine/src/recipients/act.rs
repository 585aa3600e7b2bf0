//! What is done with a recipient: registered, changed, consent renewed, withdrawn, forgotten.
//!
//! Each act reads the record, judges, and writes record and entry of the log together; whoever was slower is told to read again. A record
//! that somebody does not keep is answered like one that is not there. Start at [`Engine::register_recipient`].

use huying_model::{Actor, Instant, MemberId, RecipientId};
use huying_store::{
    Fault, Key, TenantId,
    person::{ErasureRow, Noted, RecipientRow, recipient_key},
};
use serde::{Deserialize, Serialize};
use smol_str::{SmolStr, format_smolstr};

use super::{Draft, Field, SealedFields, Standing, draft::Judge, sealed};
use crate::{
    Engine, Error, Setting,
    authority::recipient::{can_keep, keeps, own, staffed},
    person::{No, REASONS, chosen},
    sealing::new_id,
};

const DAY_MS: i64 = 86_400_000;
/// Records that are forgotten at once.
const STEP: usize = 100;

/// Consent withdrawn.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Withdrawal {
    /// One of [`REASONS`]; `withdrawn` where it is not said.
    pub reason: String,
    /// The record is forgotten at once, not by the daily look.
    pub at_once: bool,
}

/// An entry of the log: ids, and a sum over the record with the personal fields as ciphertext.
#[derive(Serialize)]
struct Entry<'a> {
    at: Instant,
    what: &'a str,
    recipient: RecipientId,
    by: &'a MemberId,
    version: i64,
    record: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    /// Purpose of a look, or reason of an end.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
}

/// What is noted of a record as it stands after the act.
pub(super) fn noted(
    row: &RecipientRow,
    by: &MemberId,
    at: Instant,
    (what, field, why): (&str, Option<&str>, Option<&str>),
) -> Result<Noted, Error> {
    let (recipient, version, record) = (row.id, row.version, row.sum());
    let entry = Entry { at, what, recipient, by, version, record, field, why };
    let body = serde_json::to_string(&entry).map_err(|why| Fault::broken("writing an entry", why))?;
    Ok(Noted { at, body })
}

impl Engine {
    /// The member that keeps recipients of some unit.
    fn keeper(&self, setting: &Setting, actor: &Actor) -> Result<MemberId, Error> {
        let id = actor.member_id().filter(|_| !own(&setting.policy.org, actor).is_empty());
        Ok(id.cloned().ok_or(No::KeepersOnly)?)
    }

    /// A record that the actor keeps.
    pub(super) async fn kept(
        &self,
        tenant: TenantId,
        actor: &Actor,
        id: RecipientId,
    ) -> Result<(RecipientRow, MemberId), Error> {
        let setting = self.setting(tenant)?;
        let row = self.store().recipient(tenant, id).await?.ok_or(No::Unknown)?;
        let kept = keeps(&setting.policy.org, actor, &row.unit, &row.area).is_some();
        let by = actor.member_id().filter(|_| kept).cloned();
        Ok((row, by.ok_or(No::Unknown)?))
    }

    /// Why a write failed: somebody was faster, or it is the store's failure.
    pub(super) async fn beaten(&self, tenant: TenantId, read: &RecipientRow, fault: Fault) -> Error {
        match self.store().recipient(tenant, read.id).await {
            Ok(None) => No::Unknown.into(),
            Ok(Some(now)) if now.version != read.version => No::Moved.into(),
            _ => fault.into(),
        }
    }

    /// Seals what was told under the recipient's key. What is told as nothing is taken away.
    async fn seal_fields(
        &self,
        tenant: TenantId,
        id: RecipientId,
        fields: &mut SealedFields,
        told: Vec<(Field, String)>,
    ) -> Result<String, Error> {
        let key = recipient_key(id);
        let seals = self.store().seals(tenant);
        if !seals.holds(&key) {
            self.store().load_keys(tenant, std::slice::from_ref(&key)).await?;
        }
        for (field, text) in told {
            let code = SmolStr::new_static(field.code());
            if text.is_empty() {
                fields.remove(&code);
            } else {
                fields.insert(code, seals.seal(&key, &text)?);
            }
        }
        Ok(serde_json::to_string(fields)
            .map_err(|why| Fault::broken("writing the fields of a recipient", why))?)
    }

    /// Whom the same request registered before, as they stand now.
    async fn registered_before(
        &self,
        tenant: TenantId,
        actor: &Actor,
        once: Option<&Key>,
    ) -> Result<Option<RecipientRow>, Error> {
        let Some(key) = once else { return Ok(None) };
        match self.store().recipient_of_key(tenant, key).await? {
            Some(id) => Ok(Some(self.kept(tenant, actor, id).await?.0)),
            None => Ok(None),
        }
    }

    /// Puts somebody down who agreed to be helped. Under one idempotency key it happens once, and the same request is answered alike.
    ///
    /// # Errors
    /// [`No::KeepersOnly`], and every field that is wrong: without consent nobody is kept. [`No::Unknown`] where the same request registered
    /// somebody who is forgotten since, or given to another unit; [`Fault::KeyReused`].
    pub async fn register_recipient(
        &self,
        tenant: TenantId,
        actor: &Actor,
        draft: &Draft,
        once: Option<&Key>,
    ) -> Result<RecipientRow, Error> {
        let setting = self.setting(tenant)?;
        let now = self.now();
        // Whoever keeps nobody is told so before anything is read for them.
        let by = self.keeper(&setting, actor)?;
        if let Some(row) = self.registered_before(tenant, actor, once).await? {
            return Ok(row);
        }
        let org = &setting.policy.org;
        let mut judge = Judge { setting: &setting, now, problems: Vec::new() };
        let groups = judge.groups(draft.groups.as_deref().unwrap_or_default());
        let area = judge.area(draft.area.as_deref());
        let mine = own(org, actor);
        let unit = match (draft.unit.as_deref(), mine.as_slice()) {
            (Some(unit), _) => judge.unit(unit),
            (None, [(only, _)]) => judge.unit(only),
            (None, _) => {
                judge.wrong("unit", "missing", "You sit in several units: say which is responsible.");
                Default::default()
            }
        };
        if judge.problems.is_empty() && keeps(org, actor, &unit, &area).is_none() {
            judge.wrong("unit", "not_responsible", "Name a unit of your own on whose ground the cell lies.");
        }
        let consent = judge.consent(draft.consent.as_ref());
        let told: Vec<(Field, String)> =
            Field::ALL.into_iter().filter_map(|field| Some((field, judge.text(draft, field)?))).collect();
        let is_told = |wanted: Field| told.iter().any(|(field, text)| *field == wanted && !text.is_empty());
        if !is_told(Field::Name) {
            judge.wrong("name", "missing", "Say who it is: it is sealed under a key of their own.");
        }
        judge.guarded(&groups, &consent, is_told(Field::Guardian));
        judge.done()?;
        let id = RecipientId(new_id(now));
        let key = self.store().seals(tenant).new_person_key(&recipient_key(id))?;
        let sealed = self.seal_fields(tenant, id, &mut SealedFields::new(), told).await?;
        let row = RecipientRow {
            id,
            version: 1,
            unit,
            area,
            groups,
            consent,
            registered_at: now,
            withdrawn_at: None,
            sealed,
        };
        let noted = noted(&row, &by, now, ("registered", None, None))?;
        let added = self.store().add_recipient(tenant, &row, &key, &noted, once).await;
        let Err(fault) = added else { return Ok(row) };
        // The same request at the same moment was faster.
        self.registered_before(tenant, actor, once).await?.ok_or(fault.into())
    }

    /// Changes what is written down of somebody whose consent holds.
    ///
    /// # Errors
    /// [`No::Unknown`] out of sight, [`No::ConsentOver`], [`No::Moved`], and every field that is wrong.
    pub async fn change_recipient(
        &self,
        tenant: TenantId,
        actor: &Actor,
        id: RecipientId,
        draft: &Draft,
    ) -> Result<RecipientRow, Error> {
        self.rewrite(tenant, actor, id, draft, false).await
    }

    /// Writes down that consent was given again; other fields may change with it. It brings back what was withdrawn or over and is not
    /// forgotten yet.
    ///
    /// # Errors
    /// As [`Engine::change_recipient`].
    pub async fn renew_recipient(
        &self,
        tenant: TenantId,
        actor: &Actor,
        id: RecipientId,
        draft: &Draft,
    ) -> Result<RecipientRow, Error> {
        self.rewrite(tenant, actor, id, draft, true).await
    }

    async fn rewrite(
        &self,
        tenant: TenantId,
        actor: &Actor,
        id: RecipientId,
        draft: &Draft,
        renews: bool,
    ) -> Result<RecipientRow, Error> {
        let (was, by) = self.kept(tenant, actor, id).await?;
        let (setting, now) = (self.setting(tenant)?, self.now());
        if !renews && Standing::of(&was, now) != Standing::Holds {
            return Err(No::ConsentOver.into());
        }
        let mut judge = Judge { setting: &setting, now, problems: Vec::new() };
        match draft.version {
            None => judge.wrong("version", "missing", "Send the version that you have read."),
            Some(version) if version != was.version => return Err(No::Moved.into()),
            Some(_) => {}
        }
        let mut row = RecipientRow { version: was.version + 1, ..was.clone() };
        if let Some(groups) = &draft.groups {
            row.groups = judge.groups(groups);
            if !renews && row.groups.iter().any(|code| !was.groups.contains(code)) {
                let mend =
                    "They agreed to other help: ask them, and write down consent anew with this group.";
                judge.wrong("groups", "group_not_agreed", mend);
            }
        } else if renews {
            // The policy may have dropped a group, or refuse it by now.
            let standing: Vec<String> = was.groups.iter().map(ToString::to_string).collect();
            row.groups = judge.groups(&standing);
        }
        if draft.area.is_some() {
            row.area = judge.area(draft.area.as_deref());
        }
        if let Some(unit) = &draft.unit {
            row.unit = judge.unit(unit);
        }
        if judge.problems.is_empty() && !can_keep(&setting.policy.org, &row.unit, &row.area) {
            judge.wrong("unit", "not_responsible", "Name a unit on whose ground the cell lies.");
        } else if row.unit != was.unit
            && judge.problems.is_empty()
            && !staffed(&setting.policy.org, &row.unit)
        {
            let mend = "Name a unit with a grid worker or handler: of this one nobody could withdraw it.";
            judge.wrong("unit", "nobody_keeps", mend);
        }
        if renews {
            row.consent = judge.consent(draft.consent.as_ref());
            // Forms know days only, so the day of the withdrawal itself counts: it may have been a mistake.
            let day = |at: Instant| setting.zone.to_datetime(at.timestamp()).date();
            if was.withdrawn_at.is_some_and(|gone| day(row.consent.at) < day(gone)) {
                let mend = "Ask them again: what they agreed to before is what was withdrawn.";
                judge.wrong("consent.at", "consent_before", mend);
            }
            row.withdrawn_at = None;
        } else if draft.consent.is_some() {
            judge.wrong("consent", "not_here", "Consent is renewed by an act of its own.");
        }
        let mut told: Vec<(Field, String)> =
            Field::ALL.into_iter().filter_map(|field| Some((field, judge.text(draft, field)?))).collect();
        if renews && row.consent.given_by == "self" && draft.guardian.is_none() {
            // Who agreed for them before has no more part in it.
            told.push((Field::Guardian, String::new()));
        }
        let mut fields = sealed(&was)?;
        let stands = |wanted: Field| {
            let told = told.iter().find(|(field, _)| *field == wanted);
            told.map_or_else(|| fields.contains_key(wanted.code()), |(_, text)| !text.is_empty())
        };
        if !stands(Field::Name) {
            judge.wrong("name", "missing", "A record without a name is of nobody: withdraw it instead.");
        }
        let guardian = stands(Field::Guardian);
        judge.guarded(&row.groups, &row.consent, guardian);
        judge.done()?;
        row.sealed = self.seal_fields(tenant, id, &mut fields, told).await?;
        let what = if renews { "renewed" } else { "changed" };
        let noted = noted(&row, &by, now, (what, None, None))?;
        match self.store().set_recipient(tenant, &row, &noted).await {
            Ok(()) => Ok(row),
            Err(fault) => Err(self.beaten(tenant, &was, fault).await),
        }
    }

    /// Consent is withdrawn: nobody is shown anything any more, and the daily look forgets the record after the authority's days; or it is
    /// forgotten at once. Answers the record where it is still there.
    ///
    /// # Errors
    /// [`No::Unknown`] out of sight, a reason that is none, [`No::Moved`].
    pub async fn withdraw_recipient(
        &self,
        tenant: TenantId,
        actor: &Actor,
        id: RecipientId,
        asked: &Withdrawal,
    ) -> Result<Option<RecipientRow>, Error> {
        let (was, by) = self.kept(tenant, actor, id).await?;
        let reason = match asked.reason.trim() {
            "" => "withdrawn",
            given => chosen(&REASONS, "reason", given)?,
        };
        if asked.at_once {
            self.forget_recipient(tenant, &was, &by, reason).await?;
            return Ok(None);
        }
        // Withdrawn twice is withdrawn once: the days count from the first.
        if was.withdrawn_at.is_some() {
            return Ok(Some(was));
        }
        let now = self.now();
        let row = RecipientRow { version: was.version + 1, withdrawn_at: Some(now), ..was.clone() };
        let noted = noted(&row, &by, now, ("withdrawn", None, Some(reason)))?;
        match self.store().set_recipient(tenant, &row, &noted).await {
            Ok(()) => Ok(Some(row)),
            Err(fault) => Err(self.beaten(tenant, &was, fault).await),
        }
    }

    /// Destroys the key and drops the row.
    async fn forget_recipient(
        &self,
        tenant: TenantId,
        row: &RecipientRow,
        by: &MemberId,
        reason: &'static str,
    ) -> Result<(), Error> {
        let now = self.now();
        let erasure = ErasureRow {
            id: format_smolstr!("r{}-{:08x}", now.0, rand::random::<u32>()),
            case: row.id.0,
            reporter: None,
            reason: SmolStr::new_static(reason),
            state: SmolStr::new_static("done"),
            proposed_by: by.clone(),
            proposed_at: now,
            decided_by: Some(by.clone()),
            decided_at: Some(now),
            keys: 1,
            scoured_at: None,
        };
        let noted = noted(row, by, now, ("erased", None, Some(reason)))?;
        match self.store().erase_recipient(tenant, row, &erasure, &noted).await {
            Ok(()) => Ok(()),
            Err(fault) => Err(self.beaten(tenant, row, fault).await),
        }
    }

    /// Forgets those whose consent has been over or withdrawn for so many days. Returns how many.
    pub(crate) async fn sweep_recipients(&self, tenant: TenantId, days: i64) -> Result<u64, Error> {
        let (system, mut gone) = (MemberId::new("system"), 0);
        let by = self.now().plus_ms(-days.max(0).saturating_mul(DAY_MS));
        loop {
            let page = self.store().recipients_over(tenant, by, STEP).await?;
            if page.is_empty() {
                return Ok(gone);
            }
            for row in &page {
                let reason = if row.withdrawn_at.is_some() { "withdrawn" } else { "period_over" };
                match self.forget_recipient(tenant, row, &system, reason).await {
                    Ok(()) => gone += 1,
                    // Somebody renewed or forgot it in between.
                    Err(Error::Person(No::Moved | No::Unknown)) => {}
                    Err(error) => return Err(error),
                }
            }
        }
    }
}
