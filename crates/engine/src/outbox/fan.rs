//! From events to delivery rows.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::PoisonError,
};

use huying_model::{
    Case, CaseId,
    event::{Audience, Body, Notice},
    words::Sealed,
};
use huying_store::{NewDelivery, StreamEntry, Subscription, TenantId, journal};
use serde_json::json;
use smol_str::{SmolStr, format_smolstr};

use super::{NAME, Outbox, mail, subscribe::Wanted, template::Scene};
use crate::{Error, engine::Setting, lease::STORE};

/// Events that are read at once.
pub(super) const READ: usize = 200;
/// How often the cursor moves on while nobody listens.
const MOVE_ON_MS: i64 = 60_000;
/// A reporter is not written to about what happened longer ago: the outbox was switched on late, or stood still.
const STALE_MS: i64 = 3 * 24 * 3_600_000;
/// Marks a target that is sealed; it is opened when it is sent.
pub(super) const SEALED: &str = "sealed:";

/// What the events of one tenant are fanned out to.
pub(super) struct Readers {
    pub(super) subscriptions: Vec<(Subscription, Wanted)>,
    pub(super) cases: BTreeMap<CaseId, Case>,
}

impl Outbox {
    /// Turns every event after the cursor into rows, and moves the cursor.
    pub async fn fan_out(&self) -> Result<(), Error> {
        let store = self.engine.store();
        let cursors: BTreeMap<i64, i64> = store.cursor(STORE, NAME).await?.into_iter().collect();
        // Looked at before the listeners: what comes after both is told to whoever listens by then.
        let ends = store.streams().await?;
        if self.nobody_listens().await? {
            return self.move_on(&ends).await;
        }
        *self.silent_since.lock().unwrap_or_else(PoisonError::into_inner) = None;
        for (stream, end) in ends {
            let mut position = cursors.get(&stream).copied().unwrap_or(0);
            while position < end {
                let entries = store.events_after(stream, position, READ).await?;
                let Some(last) = entries.last() else { break };
                position = last.position;
                self.fan(&entries).await?;
                store.set_cursor(STORE, NAME, stream, position).await?;
            }
        }
        Ok(())
    }

    /// Nobody is told of what came before they listened: the cursor moves to the end, now and then.
    async fn move_on(&self, ends: &[(i64, i64)]) -> Result<(), Error> {
        let now = self.engine.now();
        let since = *self.silent_since.lock().unwrap_or_else(PoisonError::into_inner);
        if since.is_some_and(|since| now.minus(since) < MOVE_ON_MS) {
            return Ok(());
        }
        for (stream, end) in ends {
            self.engine.store().set_cursor(STORE, NAME, *stream, *end).await?;
        }
        *self.silent_since.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
        Ok(())
    }

    async fn nobody_listens(&self) -> Result<bool, Error> {
        if self.mailer.is_some() {
            return Ok(false);
        }
        for tenant in self.engine.tenants() {
            if self.engine.store().subscriptions(tenant).await?.iter().any(|subscription| subscription.active)
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn fan(&self, entries: &[StreamEntry]) -> Result<(), Error> {
        let tenants: BTreeSet<TenantId> = entries.iter().map(|entry| entry.tenant).collect();
        for tenant in tenants {
            // A tenant that this node does not serve is fanned out by one that does not know its pack either: nobody.
            let Ok(setting) = self.engine.setting(tenant) else { continue };
            let own: Vec<&StreamEntry> = entries.iter().filter(|entry| entry.tenant == tenant).collect();
            let readers = self.readers(tenant, &own).await?;
            let mut rows = Vec::new();
            for entry in own {
                let Some(case) = readers.cases.get(&entry.case) else { continue };
                rows.extend(self.to_subscribers(&setting, &readers, entry, case));
                rows.extend(self.to_reporters(&setting, entry, case).await?);
            }
            if !rows.is_empty() {
                self.engine.store().deliver(tenant, &rows, None).await?;
            }
        }
        Ok(())
    }

    pub(super) async fn readers(&self, tenant: TenantId, entries: &[&StreamEntry]) -> Result<Readers, Error> {
        let store = self.engine.store();
        let subscriptions =
            store.subscriptions(tenant).await?.into_iter().filter(|subscription| subscription.active);
        let subscriptions = subscriptions
            .map(|subscription| {
                // A filter of a newer version that this one cannot read lets nothing through.
                let wanted = serde_json::from_str(&subscription.filter)
                    .unwrap_or_else(|_| Wanted { kinds: vec!["-".into()], ..Wanted::default() });
                (subscription, wanted)
            })
            .collect();
        let ids: BTreeSet<CaseId> = entries.iter().map(|entry| entry.case).collect();
        let ids: Vec<CaseId> = ids.into_iter().collect();
        let cases =
            store.cases(tenant, &ids).await?.into_iter().map(|view| (view.case.id, view.case)).collect();
        Ok(Readers { subscriptions, cases })
    }

    fn to_subscribers(
        &self,
        setting: &Setting,
        readers: &Readers,
        entry: &StreamEntry,
        case: &Case,
    ) -> Vec<NewDelivery> {
        let mut rows = Vec::new();
        for known in &readers.subscriptions {
            if entry.event.times.recorded >= known.0.created_at {
                rows.extend(self.to_one(setting, known, entry, case));
            }
        }
        rows
    }

    /// What one subscriber is told of an event; the same ids whenever it is asked.
    pub(super) fn to_one(
        &self,
        setting: &Setting,
        (subscription, wanted): &(Subscription, Wanted),
        entry: &StreamEntry,
        case: &Case,
    ) -> Vec<NewDelivery> {
        let mut rows = Vec::new();
        if wanted.fits(&setting.policy.org, case, &entry.kind) {
            let mark = journal::mark(&entry.hash);
            let row = |no: usize, payload: String| NewDelivery {
                id: format_smolstr!(
                    "msg_{}_{}_{}_{no}_{mark}",
                    entry.stream,
                    entry.position,
                    subscription.id
                ),
                subscriber: subscription.id.clone(),
                channel: subscription.kind.clone(),
                target: subscription.target.clone(),
                payload,
                created_at: self.engine.now(),
            };
            if subscription.kind == "webhook" {
                rows.push(row(0, hook(entry, case, self.engine.is_sandbox())));
            } else {
                let letters = wanted.notices(&entry.event).map(|notice| self.letter(setting, case, notice));
                rows.extend(letters.enumerate().map(|(no, letter)| row(no, letter)));
            }
        }
        rows
    }

    /// What is told, and where it is told to a unit with a roster, who answers for it now.
    fn letter(&self, setting: &Setting, case: &Case, notice: &Notice) -> String {
        let scene = Scene::new(setting, case, self.language);
        let mut body = scene.render(&notice.template);
        if let Audience::Unit(unit) = &notice.to
            && let Some(line) = scene.on_duty(unit, self.engine.now())
        {
            body.push('\n');
            body.push_str(&line);
        }
        json!({"subject": scene.subject(), "body": body}).to_string()
    }

    /// Mail to reporters who left an address. Their contact stays sealed until it is sent.
    async fn to_reporters(
        &self,
        setting: &Setting,
        entry: &StreamEntry,
        case: &Case,
    ) -> Result<Vec<NewDelivery>, Error> {
        let now = self.engine.now();
        let told = entry.event.tell.iter().find(|notice| notice.to == Audience::Reporters);
        let (Some(notice), Some(_)) = (told, &self.mailer) else { return Ok(Vec::new()) };
        if now.minus(entry.event.times.recorded) > STALE_MS {
            return Ok(Vec::new());
        }
        let seals = self.engine.store().seals(entry.tenant);
        let mut rows = Vec::new();
        for (no, contact) in self.contacts(entry.tenant, entry.case).await?.into_iter().enumerate() {
            let withdrawn =
                case.reporters.iter().any(|reporter| usize::from(reporter.no) == no && reporter.withdrawn);
            let Some(contact) = contact.filter(|_| !withdrawn) else { continue };
            if seals.open(&contact).is_some_and(|text| mail::is_address(&text)) {
                rows.push(NewDelivery {
                    id: format_smolstr!(
                        "msg_{}_{}_reporter_{no}_{}",
                        entry.stream,
                        entry.position,
                        journal::mark(&entry.hash)
                    ),
                    subscriber: SmolStr::new_static("reporter"),
                    channel: SmolStr::new_static("mail"),
                    target: format!("{SEALED}{}", json!(contact)),
                    payload: self.letter(setting, case, notice),
                    created_at: now,
                });
            }
        }
        Ok(rows)
    }

    /// The contacts of a case's reporters, by number.
    async fn contacts(&self, tenant: TenantId, case: CaseId) -> Result<Vec<Option<Sealed>>, Error> {
        let mut contacts = Vec::new();
        let mut after = 0;
        loop {
            let page = self.engine.store().journal(tenant, case, after, READ).await?;
            let Some(last) = page.last() else { return Ok(contacts) };
            after = last.seq;
            for entry in &page {
                match &entry.event.body {
                    Body::Reported { report, .. } | Body::Began { report, .. } => {
                        contacts.extend(report.reporters.iter().map(|person| person.contact.clone()));
                    }
                    Body::Supplemented { informant: Some(person), .. } => {
                        contacts.push(person.contact.clone())
                    }
                    _ => {}
                }
            }
        }
    }
}

/// What a webhook carries: what happened to which case, and no personal words.
fn hook(entry: &StreamEntry, case: &Case, sandbox: bool) -> String {
    let to = entry.event.to.as_ref();
    let mut told = json!({
        "type": format!("case.{}", entry.kind),
        "timestamp": entry.event.times.received.to_string(),
        "data": {
            "tenant": entry.tenant.0,
            "case": entry.case,
            "number": case.number,
            "seq": entry.seq,
            "stage": to.map(|to| to.stage),
            "custodian": to.map(|to| &to.custodian),
            "area": case.place.area,
            "matter": case.matter,
            "source": case.source,
            "urgency": case.urgency,
        },
    });
    if sandbox {
        told["data"]["sandbox"] = json!(true);
    }
    told.to_string()
}
