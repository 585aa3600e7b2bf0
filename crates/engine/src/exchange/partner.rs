//! Partners: made and changed by administrators of the whole authority, with their secrets and mappings.
//!
//! Owns what a partner must look like, and the one place where a partner is read with its secrets opened and its mapping understood.
//! Refuses an address that the outbox would not reach, a secret shown twice, and a mapping with any finding. Start at
//! [`Engine::add_partner`], then [`Engine::known_partners`].

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError},
};

use huying_model::{Actor, Instant, actor::Role};
use huying_pack::{Problem as Finding, partner::Mapping};
use huying_store::{
    Fault, TenantId,
    exchange::{Count, MapRow, PartnerRow},
};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::secret::Secrets;
use crate::{
    Engine, Error, Problem, Setting, authority,
    outbox::{
        guard::{self, Reach},
        sign::Secret,
    },
};

/// What a partner is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartnerKind {
    /// A hotline's platform (12345).
    Hotline,
    /// A city brain.
    Brain,
    /// A department's own system.
    Department,
    /// Another node of Huying.
    Huying,
}

impl PartnerKind {
    pub const ALL: [PartnerKind; 4] =
        [PartnerKind::Hotline, PartnerKind::Brain, PartnerKind::Department, PartnerKind::Huying];
    pub fn code(self) -> &'static str {
        match self {
            PartnerKind::Hotline => "hotline",
            PartnerKind::Brain => "brain",
            PartnerKind::Department => "department",
            PartnerKind::Huying => "huying",
        }
    }
    pub fn zh(self) -> &'static str {
        match self {
            PartnerKind::Hotline => "热线平台",
            PartnerKind::Brain => "城市大脑",
            PartnerKind::Department => "部门系统",
            PartnerKind::Huying => "呼应",
        }
    }
    pub fn en(self) -> &'static str {
        match self {
            PartnerKind::Hotline => "Hotline",
            PartnerKind::Brain => "City brain",
            PartnerKind::Department => "Department",
            PartnerKind::Huying => "Huying",
        }
    }
    pub fn from_code(code: &str) -> Option<PartnerKind> {
        PartnerKind::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// A partner as it is told.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PartnerDraft {
    /// Short, for addresses: small letters, digits and hyphens.
    pub id: String,
    pub name: String,
    pub kind: String,
    pub address: String,
    pub source: String,
    pub own: String,
    /// Given by the partner; made here where it is absent.
    pub secret: Option<String>,
}

/// A partner with what is needed to speak with it.
pub struct Known {
    pub row: PartnerRow,
    pub secrets: Vec<Secret>,
    /// None where none was put in force, or where it does not fit the pack of today.
    pub mapping: Option<Arc<Mapping>>,
    /// Which version of it is in force.
    pub map: Option<i64>,
    /// As much of it as can be read: what is told of a case goes by its units whatever else does not fit, and waits.
    pub bound: Arc<Mapping>,
}

impl Known {
    pub fn is_huying(&self) -> bool {
        self.row.kind == PartnerKind::Huying.code()
    }
}

/// A partner as a page shows it.
#[derive(Clone, Debug)]
pub struct PartnerState {
    pub row: PartnerRow,
    pub map: Option<i64>,
    /// What is wrong with the mapping in force, by the pack of today.
    pub findings: Vec<Finding>,
    /// When each secret was made, and until when an older one holds.
    pub secrets: Vec<(Instant, Option<Instant>)>,
    /// Messages by state, but for those that are done: to the partner, and from it.
    pub out: BTreeMap<SmolStr, i64>,
    pub came: BTreeMap<SmolStr, i64>,
}

/// How often a secret is made anew where somebody else changed the secrets in between.
const RENEWALS: usize = 5;
/// Characters that names and addresses may have.
const LONGEST: usize = 300;

fn check(draft: &PartnerDraft, reach: Reach) -> Vec<Problem> {
    let mut problems = Vec::new();
    let id_fits = !draft.id.is_empty()
        && draft.id.len() <= 40
        && draft.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !id_fits {
        let mend = "Write up to 40 small letters, digits and hyphens, such as hotline-12345.";
        problems.push(Problem::at("id", "partner_id", mend));
    }
    if draft.name.trim().is_empty() || draft.name.chars().count() > 80 {
        problems.push(Problem::at("name", "partner_name", "Write a name of up to 80 characters."));
    }
    if PartnerKind::from_code(&draft.kind).is_none() {
        let kinds = PartnerKind::ALL.map(PartnerKind::code).join(", ");
        problems.push(Problem::at("kind", "partner_kind", format!("Write one of {kinds}.")));
    }
    if let Err(why) = guard::check(draft.address.trim(), reach) {
        problems.push(Problem::at("address", "partner_address", why.to_string()));
    }
    for (field, uri) in [("source", &draft.source), ("own", &draft.own)] {
        let fits = reqwest::Url::parse(uri).is_ok() && uri.chars().count() <= LONGEST;
        if !fits {
            let mend = "Write a URI, such as https://huying.example.org or urn:12345:city.";
            problems.push(Problem::at(field, "partner_source", mend));
        }
    }
    problems
}

impl Engine {
    /// Whoever looks after the accounts of the whole authority looks after its partners too.
    pub fn keeps_partners(&self, tenant: TenantId, actor: &Actor) -> Result<(), Error> {
        let setting = self.setting(tenant)?;
        if *actor == Actor::System || authority::administers(&setting.policy.org, actor) {
            return Ok(());
        }
        Err(crate::grants::No::AdministratorsOnly.into())
    }

    /// Makes a partner, or changes one; the secrets stay. Answers the secret of a new one, which is shown once.
    pub async fn add_partner(
        &self,
        tenant: TenantId,
        actor: &Actor,
        draft: &PartnerDraft,
        reach: Reach,
    ) -> Result<Option<String>, Error> {
        self.keeps_partners(tenant, actor)?;
        let problems = check(draft, reach);
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let old = self.store().partner(tenant, &draft.id).await?;
        if old.is_some() && draft.secret.is_some() {
            let mend = "The partner is there and keeps its secret: leave this out, and give it another one by itself.";
            return Err(Problem::at("secret", "partner_secret", mend).into());
        }
        let seals = self.store().seals(tenant);
        let (secrets, shown) = match &old {
            Some(old) => (old.secrets.clone(), None),
            None => {
                let mut secrets = Secrets::default();
                let text = secrets.add(draft.secret.as_deref(), self.now())?;
                (secrets.sealed(&seals, &draft.id)?, Some(text))
            }
        };
        let row = PartnerRow {
            id: SmolStr::new(&draft.id),
            name: draft.name.trim().to_owned(),
            kind: SmolStr::new(&draft.kind),
            address: draft.address.trim().to_owned(),
            source: draft.source.clone(),
            own: draft.own.clone(),
            secrets,
            active: old.as_ref().is_none_or(|old| old.active),
            made_at: old.as_ref().map_or(self.now(), |old| old.made_at),
            failures: 0,
            down_since: None,
            next_try: Instant(0),
            error: None,
            last_out: None,
            last_in: None,
        };
        self.store().put_partner(tenant, &row).await?;
        Ok(shown)
    }

    pub(crate) async fn partner_row(&self, tenant: TenantId, id: &str) -> Result<PartnerRow, Error> {
        let found = self.store().partner(tenant, id).await?;
        found.ok_or_else(|| Fault::NotFound(format!("the partner {id}")).into())
    }

    /// Another secret takes the place of the one in force, which holds for a week more, or ends at once. Answers it, to be shown once.
    pub async fn renew_secret(
        &self,
        tenant: TenantId,
        actor: &Actor,
        id: &str,
        (given, at_once): (Option<&str>, bool),
    ) -> Result<String, Error> {
        self.keeps_partners(tenant, actor)?;
        let seals = self.store().seals(tenant);
        for _ in 0..RENEWALS {
            let row = self.partner_row(tenant, id).await?;
            let mut secrets = Secrets::open(&seals, id, &row.secrets);
            let text = secrets.add(given, self.now())?;
            if at_once {
                secrets.end_old();
            }
            let sealed = secrets.sealed(&seals, id)?;
            if self.store().set_partner_secrets(tenant, id, (&row.secrets, sealed)).await? {
                return Ok(text);
            }
        }
        Err(Fault::Busy { retry_after_ms: 1_000 }.into())
    }

    /// Nothing more is sent to the partner or taken from it, until it is resumed. A pause is answered when what was being sent has ended.
    pub async fn pause_partner(
        &self,
        tenant: TenantId,
        actor: &Actor,
        id: &str,
        pause: bool,
    ) -> Result<(), Error> {
        self.keeps_partners(tenant, actor)?;
        self.partner_row(tenant, id).await?;
        self.store().set_partner_active(tenant, id, !pause).await?;
        if pause {
            crate::lease::turn_over(self, tenant, &super::turn(id)).await?;
        }
        Ok(())
    }

    /// Puts a mapping in force. Answers its version.
    ///
    /// # Errors
    /// The findings where it has any; then nothing changes.
    pub async fn map_partner(
        &self,
        tenant: TenantId,
        actor: &Actor,
        id: &str,
        text: &str,
    ) -> Result<Result<i64, Vec<Finding>>, Error> {
        self.keeps_partners(tenant, actor)?;
        let row = self.partner_row(tenant, id).await?;
        let setting = self.setting(tenant)?;
        if let Err(findings) = Mapping::read("mapping", text, &setting.pack) {
            return Ok(Err(findings));
        }
        let by = actor.member_id().map_or("system", |member| member.as_str());
        Ok(Ok(self.store().add_partner_map(tenant, &row.id, (text, by), self.now()).await?))
    }

    /// Every partner, ready to be spoken with.
    pub async fn known_partners(&self, tenant: TenantId) -> Result<Vec<Known>, Error> {
        let mut all = Vec::new();
        for row in self.store().partners(tenant).await? {
            all.push(self.known(tenant, row).await?);
        }
        Ok(all)
    }

    pub(crate) async fn known(&self, tenant: TenantId, row: PartnerRow) -> Result<Known, Error> {
        let secrets = Secrets::open(&self.store().seals(tenant), &row.id, &row.secrets).now(self.now());
        let map = self.store().partner_map(tenant, &row.id).await?;
        let (bound, mapping) = match &map {
            Some(map) => {
                let read = self.mapping(tenant, &row.id, map)?;
                (Arc::clone(&read.mapping), read.fits().then(|| Arc::clone(&read.mapping)))
            }
            None => (Arc::default(), None),
        };
        let map = map.map(|map| map.version);
        Ok(Known { row, secrets, mapping, map, bound })
    }

    /// A mapping read against the pack of today. Partners are asked for several times a second, and mappings and packs change seldom.
    fn mapping(&self, tenant: TenantId, partner: &SmolStr, map: &MapRow) -> Result<Arc<ReadMap>, Error> {
        let setting = self.setting(tenant)?;
        let place = (tenant, partner.clone());
        let kept = self.mappings().lock().unwrap_or_else(PoisonError::into_inner).get(&place).cloned();
        if let Some(kept) = kept.filter(|it| it.version == map.version && Arc::ptr_eq(&it.setting, &setting))
        {
            return Ok(kept);
        }
        let (mapping, findings) = Mapping::look("mapping", &map.body, &setting.pack);
        let read = Arc::new(ReadMap { version: map.version, setting, mapping: Arc::new(mapping), findings });
        let mut maps = self.mappings().lock().unwrap_or_else(PoisonError::into_inner);
        maps.insert(place, Arc::clone(&read));
        Ok(read)
    }

    /// Every partner with how it stands. For administrators.
    pub async fn partners(&self, tenant: TenantId, actor: &Actor) -> Result<Vec<PartnerState>, Error> {
        self.keeps_partners(tenant, actor)?;
        let (out, came) = (self.store().out_counts(tenant).await?, self.store().in_counts(tenant).await?);
        let of = |counts: &[Count], id: &SmolStr| {
            let own = counts.iter().filter(|count| count.partner == *id);
            own.map(|count| (count.state.clone(), count.count)).collect()
        };
        let seals = self.store().seals(tenant);
        let mut all = Vec::new();
        for row in self.store().partners(tenant).await? {
            let map = self.store().partner_map(tenant, &row.id).await?;
            let read = map.as_ref().map(|map| self.mapping(tenant, &row.id, map)).transpose()?;
            all.push(PartnerState {
                map: map.as_ref().map(|map| map.version),
                findings: read.map(|read| read.findings.clone()).unwrap_or_default(),
                secrets: Secrets::open(&seals, &row.id, &row.secrets).told(),
                out: of(&out, &row.id),
                came: of(&came, &row.id),
                row,
            });
        }
        Ok(all)
    }
}

/// Whether an actor is an administrator at all; for pages that draw a link.
pub fn may_keep(actor: &Actor) -> bool {
    actor.seat(|seat| seat.role == Role::Administrator).is_some()
}

/// A mapping as it was read against a setting, which it keeps: so one is told from another by where it lies.
pub(crate) struct ReadMap {
    version: i64,
    setting: Arc<Setting>,
    mapping: Arc<Mapping>,
    findings: Vec<Finding>,
}

impl ReadMap {
    fn fits(&self) -> bool {
        self.findings.is_empty()
    }
}

/// The mapping of each partner as it was read last.
pub(crate) type ReadMaps = BTreeMap<(TenantId, SmolStr), Arc<ReadMap>>;

/// What every part of the exchange holds of the partners.
pub(crate) type Partners = Arc<Vec<Known>>;
