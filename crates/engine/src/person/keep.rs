//! How long things of persons are kept: a daily look that destroys the keys of what has been kept for as long as was set, by the same
//! erasure that two people ask for; and what has to be written within a second.
//!
//! A reconciler: for each category a cursor says up to which end of a case it has come, so a look that was missed or cut short is
//! made good by the next. Start at [`Engine::sweep_persons`].

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use huying_model::{CaseId, Instant, MemberId};
use huying_store::{
    TenantId,
    person::{Erase, ErasureRow},
};
use serde_json::Value;
use smol_str::{SmolStr, format_smolstr};

use super::Privacy;
use crate::{Engine, Error, files::NO_ORIGINAL, lease::Lease};

const DAY_MS: i64 = 86_400_000;
/// Cases that are looked at at once.
const CASES: usize = 200;
const NAME: &str = "persons";
/// In the register: what came from partners and feeds and stopped.
const STOPPED: &str = "kept-stopped";
/// Why one of these is set aside.
const UNSETTLED: &str = "nobody settled it in time: what it said was forgotten";
/// How often accesses and failed sign-ins are written, and how often it is asked whether a look is due.
const TICK: Duration = Duration::from_secs(1);
const LOOK_MS: i64 = 60_000;

/// What is kept for a time of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Category {
    Contacts,
    Callbacks,
    PhotoPlaces,
    Words,
}

impl Category {
    const ALL: [Category; 4] =
        [Category::Contacts, Category::Callbacks, Category::PhotoPlaces, Category::Words];
    /// The name of its cursor, and in the register.
    fn name(self) -> &'static str {
        match self {
            Category::Contacts => "kept-contacts",
            Category::Callbacks => "kept-callbacks",
            Category::PhotoPlaces => "kept-photo-places",
            Category::Words => "kept-words",
        }
    }
    fn days(self, privacy: &Privacy) -> i64 {
        match self {
            Category::Contacts => privacy.contact_days,
            Category::Callbacks => privacy.callback_days,
            Category::PhotoPlaces => privacy.photo_place_days,
            Category::Words => privacy.words_days,
        }
    }
}

/// What a look did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    pub cases: u64,
    /// Data keys that were destroyed.
    pub keys: u64,
    /// Photos that no longer say where and when they were taken.
    pub photos: u64,
    /// Messages of partners and letters of feeds that nobody settled in time.
    pub stopped: u64,
    /// Service recipients whose consent was over.
    pub recipients: u64,
    /// Entries of the log of accesses that were dropped.
    pub accesses: u64,
    /// Lines of the log of sign-ins that were dropped.
    pub sign_ins: u64,
}

impl Engine {
    /// Forgets what has been kept for as long as the authority set. Doing it again at the same moment does nothing.
    ///
    /// # Errors
    /// The store's failures: what was forgotten before stays forgotten, and the rest is due again.
    pub async fn sweep_persons(&self, tenant: TenantId, privacy: &Privacy) -> Result<Swept, Error> {
        let (now, mut swept) = (self.now(), Swept::default());
        for category in Category::ALL {
            let days = category.days(privacy);
            if days > 0 {
                self.sweep(tenant, category, now.plus_ms(-days.saturating_mul(DAY_MS)), &mut swept).await?;
            }
        }
        if privacy.stopped_days > 0 {
            let before = now.plus_ms(-privacy.stopped_days.saturating_mul(DAY_MS));
            swept.stopped = self.store().forget_stopped(tenant, before, UNSETTLED).await?;
            self.register(tenant, STOPPED, swept.stopped).await?;
        }
        swept.recipients = self.sweep_recipients(tenant, privacy.recipient_days).await?;
        if privacy.access_days > 0 {
            let before = now.plus_ms(-privacy.access_days.saturating_mul(DAY_MS));
            swept.accesses = self.store().purge_accesses(tenant, before).await?;
        }
        if privacy.sign_in_days > 0 {
            let before = now.plus_ms(-privacy.sign_in_days.saturating_mul(DAY_MS));
            swept.sign_ins = self.store().purge_sign_ins(tenant, before).await?;
        }
        Ok(swept)
    }

    async fn sweep(
        &self,
        tenant: TenantId,
        category: Category,
        until: Instant,
        swept: &mut Swept,
    ) -> Result<(), Error> {
        let cursor = self.store().cursor(tenant, category.name()).await?;
        let begun = cursor.first().map_or(0, |(_, position)| *position);
        // Cases that ended in one moment may stand on both sides of a page: the last id tells where it went on.
        let mut past = (Instant(begun), CaseId(u128::MAX));
        let (mut keys, photos) = (0, swept.photos);
        loop {
            let page = self.store().cases_ended(tenant, past, until, CASES).await?;
            let Some((last, at)) = page.last() else { break };
            past = (*at, *last);
            for (case, _) in &page {
                swept.cases += 1;
                keys += self.sweep_case(tenant, category, *case, swept).await?;
            }
        }
        if past.0.0 > begun {
            self.store().set_cursor(tenant, category.name(), 0, past.0.0).await?;
        }
        swept.keys += keys;
        self.register(tenant, category.name(), keys + (swept.photos - photos)).await
    }

    async fn sweep_case(
        &self,
        tenant: TenantId,
        category: Category,
        case: CaseId,
        swept: &mut Swept,
    ) -> Result<u64, Error> {
        let what = match category {
            Category::Words => Erase { case, keys: BTreeSet::new(), whole: true },
            Category::Callbacks => {
                let keys = self.store().talk_keys(tenant, case).await?;
                Erase { case, keys, whole: false }
            }
            Category::Contacts => {
                let Some(found) = self.store().case(tenant, case).await? else { return Ok(0) };
                let known = self.informants(tenant, &found.case).await?;
                let sealed =
                    known.into_iter().flat_map(|one| [one.informant.name, one.informant.contact]).flatten();
                Erase { case, keys: sealed.map(|words| words.key).collect(), whole: false }
            }
            Category::PhotoPlaces => {
                swept.photos += self.blur_photos(tenant, case).await?;
                return Ok(0);
            }
        };
        // A case without callbacks or reporters has nothing to forget: its rows are left alone.
        let mut known = false;
        for name in &what.keys {
            known |= self.store().key_of(tenant, name).await?.is_some_and(|(_, stands)| stands);
        }
        if !known && !what.whole {
            return Ok(0);
        }
        Ok(self.forget_keys(tenant, what).await?.keys)
    }

    /// Photos no longer say where and when they were taken: what was read of it goes, and so does the original, which says it itself.
    async fn blur_photos(&self, tenant: TenantId, case: CaseId) -> Result<u64, Error> {
        let mut blurred = 0;
        for file in self.store().files(tenant, case).await? {
            let mut meta: Value = serde_json::from_str(&file.meta).unwrap_or_default();
            let Some(fields) = meta.as_object_mut() else { continue };
            let told = ["point", "taken_at"].map(|name| fields.remove(name).is_some_and(|it| !it.is_null()));
            let whole = file.shown.is_some() && !fields.contains_key(NO_ORIGINAL);
            if whole {
                self.files().remove(&file.hash).await?;
                fields.insert(NO_ORIGINAL.to_owned(), Value::Bool(true));
            }
            if whole || told.contains(&true) {
                blurred += 1;
                self.store().set_file_meta(tenant, case, &file.hash, meta.to_string()).await?;
            }
        }
        Ok(blurred)
    }

    /// What a look destroyed stands in the register too, and asks for a rewriting of the database. `many` keys, photos or messages.
    async fn register(&self, tenant: TenantId, category: &str, many: u64) -> Result<(), Error> {
        if many == 0 {
            return Ok(());
        }
        let (now, by) = (self.now(), MemberId::new("system"));
        let row = ErasureRow {
            id: format_smolstr!("{category}-{}-{:08x}", now.0, rand::random::<u32>()),
            case: CaseId(0),
            reporter: None,
            reason: SmolStr::new_static("period_over"),
            state: SmolStr::new_static("proposed"),
            proposed_by: by.clone(),
            proposed_at: now,
            decided_by: Some(by),
            decided_at: Some(now),
            keys: i64::try_from(many).unwrap_or(i64::MAX),
            scoured_at: None,
        };
        self.store().propose_erasure(tenant, &row).await?;
        let done = ErasureRow { state: SmolStr::new_static("done"), ..row };
        self.store().decide_erasure(tenant, "proposed", &done).await?;
        Ok(())
    }
}

/// Writes accesses and failed sign-ins every second; looks once a day at what is kept too long and rewrites the database in the quiet hour.
pub struct Keeper {
    engine: Engine,
    tenant: TenantId,
    privacy: Privacy,
    lease: Lease,
    /// When it was asked last whether a look is due, and the day of the last look.
    asked: Mutex<(Option<Instant>, Option<jiff::civil::Date>)>,
}

impl Keeper {
    /// `holder` names this node, different from every other.
    pub fn new(engine: Engine, tenant: TenantId, privacy: Privacy, holder: &str) -> Keeper {
        let (lease, asked) = (Lease::new(NAME, holder), Mutex::default());
        Keeper { engine, tenant, privacy, lease, asked }
    }

    /// Runs until the task is dropped.
    pub async fn run_for_ever(&self) {
        loop {
            if let Err(error) = self.engine.write_accesses().await {
                tracing::error!(%error, "accesses could not be written and are tried again");
            }
            if let Err(error) = self.engine.write_tries().await {
                tracing::error!(%error, "failed sign-ins could not be written and are tried again");
            }
            if let Err(error) = self.look().await {
                tracing::error!(%error, "what was kept too long could not be forgotten and is tried again");
            }
            tokio::time::sleep(TICK).await;
        }
    }

    /// The daily look, where it is due and this node has the lease. None where it is not.
    ///
    /// # Errors
    /// The store's failures.
    pub async fn look(&self) -> Result<Option<Swept>, Error> {
        let now = self.engine.now();
        let zone = self.engine.setting(self.tenant)?.zone.clone();
        let civil = zone.to_datetime(now.timestamp());
        {
            let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            if asked.0.is_some_and(|at| (0..LOOK_MS).contains(&now.minus(at))) {
                return Ok(None);
            }
            asked.0 = Some(now);
            if asked.1 == Some(civil.date()) || civil.hour() < self.privacy.scour_hour {
                return Ok(None);
            }
        }
        if !self.lease.holds(&self.engine, now).await? {
            return Ok(None);
        }
        let swept = self.engine.sweep_persons(self.tenant, &self.privacy).await?;
        // Later in the day people wait for answers: what was erased then is rewritten in the next quiet hour.
        if civil.hour() == self.privacy.scour_hour && self.engine.store().wants_scouring().await? {
            self.engine.scour().await?;
        }
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).1 = Some(civil.date());
        Ok(Some(swept))
    }
}
