//! The keys of one request: which exist, which are made for it, and what is sealed under them.
//!
//! One key per case, one for what is said in its callbacks, one per person, one for each new part of a split. A key that was destroyed
//! seals nothing again: what is said afterwards stands under a later one. New keys are stored in the same transaction as the
//! events that need them; until that is known nobody else makes a key for the same case, and a key whose command did not
//! come to be is forgotten. Start at [`Sealing::of_case`].

use std::sync::Arc;

use huying_model::{CaseId, Instant, case::Place, event::Times, words::Sealed};
use huying_store::{FileRow, NewKey, Seals, Store, TenantId, case_key, talk_key};
use serde_json::{Value, json};
use smol_str::{SmolStr, format_smolstr};
use tokio::sync::OwnedMutexGuard;

use crate::{
    Engine, Error, Problem,
    engine::Setting,
    files::TakenFile,
    number::Numbers,
    place::{self, PlaceDraft},
    words::{Desk, Whose},
};

/// See the module.
pub struct Sealing {
    setting: Arc<Setting>,
    seals: Seals,
    case: CaseId,
    times: Times,
    new: Vec<NewKey>,
    /// The key of the informant whose words come now.
    person: Option<SmolStr>,
    /// The key of the part whose words come now.
    part: Option<SmolStr>,
    /// The key for what is said in callbacks.
    talk: Option<SmolStr>,
    /// The name of the case's key: the usual one, or a later one where the usual was destroyed.
    own: SmolStr,
    /// Held while the first key of the case is on its way.
    birth: Option<OwnedMutexGuard<()>>,
}

/// Keys on their way into the store.
pub struct Pending {
    seals: Seals,
    names: Vec<SmolStr>,
    _birth: Option<OwnedMutexGuard<()>>,
}

impl Pending {
    /// The command has ended; `kept` says whether its keys are stored now.
    pub fn settle(self, kept: bool) {
        if !kept {
            self.seals.forget(&self.names);
        }
    }
}

impl Sealing {
    /// For a case that exists, or that somebody else may begin at the same moment.
    pub async fn of_case(
        engine: &Engine,
        setting: &Arc<Setting>,
        tenant: TenantId,
        case: CaseId,
        times: Times,
    ) -> Result<Sealing, Error> {
        let name = [case_key(case)];
        engine.store().load_keys(tenant, &name).await?;
        let mut sealing = Sealing::of_new(engine.store(), setting, tenant, case, times);
        if !sealing.seals.holds(&name[0]) {
            sealing.birth = Some(engine.birth(case).await);
            // Whoever had the turn before may have stored the key.
            engine.store().load_keys(tenant, &name).await?;
            let [own] = name;
            sealing.own = standing(engine.store(), &sealing.seals, tenant, own).await?;
        }
        Ok(sealing)
    }

    /// Makes ready for a command whose words are sealed under the key of callbacks.
    pub async fn with_talk(mut self, engine: &Engine, tenant: TenantId) -> Result<Sealing, Error> {
        let name = talk_key(self.case);
        engine.store().load_keys(tenant, std::slice::from_ref(&name)).await?;
        if !self.seals.holds(&name) {
            if self.birth.is_none() {
                self.birth = Some(engine.birth(self.case).await);
            }
            engine.store().load_keys(tenant, std::slice::from_ref(&name)).await?;
            self.talk = Some(standing(engine.store(), &self.seals, tenant, name).await?);
        }
        Ok(self)
    }

    /// For a case whose id was made for this request, so that nobody else knows it.
    pub fn of_new(
        store: &Store,
        setting: &Arc<Setting>,
        tenant: TenantId,
        case: CaseId,
        times: Times,
    ) -> Sealing {
        let (setting, seals) = (Arc::clone(setting), store.seals(tenant));
        let own = case_key(case);
        Sealing {
            setting,
            seals,
            case,
            times,
            new: Vec::new(),
            person: None,
            part: None,
            talk: None,
            own,
            birth: None,
        }
    }

    /// The keys that were made, to be stored with the events, and what has to be settled afterwards.
    pub fn finish(self) -> (Vec<NewKey>, Pending) {
        let names = self.new.iter().map(|key| key.name.clone()).collect();
        (self.new, Pending { seals: self.seals, names, _birth: self.birth })
    }

    fn numbers(&self) -> &Numbers {
        &self.setting.numbers
    }

    fn key_of_case(&mut self) -> Result<SmolStr, Error> {
        self.key_named(self.own.clone(), self.case)
    }

    fn key_of_talk(&mut self) -> Result<SmolStr, Error> {
        let name = self.talk.clone().unwrap_or_else(|| talk_key(self.case));
        self.key_named(name, self.case)
    }

    fn key_named(&mut self, name: SmolStr, case: CaseId) -> Result<SmolStr, Error> {
        if !self.seals.holds(&name) {
            self.new.push(self.seals.new_key_of(&name, case)?);
        }
        Ok(name)
    }

    fn key_of_person(&mut self) -> Result<SmolStr, Error> {
        if let Some(name) = &self.person {
            return Ok(name.clone());
        }
        let name = SmolStr::new(format!("p{:032x}", rand::random::<u128>()));
        self.new.push(self.seals.new_key_of(&name, self.case)?);
        self.person = Some(name.clone());
        Ok(name)
    }

    /// Seals words under the key of the one they belong to.
    pub fn words(&mut self, whose: Whose, words: &str) -> Result<Sealed, Error> {
        let key = match whose {
            Whose::Case => self.key_of_case()?,
            Whose::Talk => self.key_of_talk()?,
            Whose::Person => self.key_of_person()?,
            Whose::Part => match self.part.clone() {
                Some(name) => name,
                None => self.key_of_case()?,
            },
        };
        Ok(self.seals.seal(&key, words)?)
    }

    /// The row of a file, its own key sealed under the case's, and so is when and where a photo says it was taken.
    pub fn file_row(&mut self, taken: &TakenFile, now: Instant) -> Result<FileRow, Error> {
        let name = self.key_of_case()?;
        let key = self.seals.seal(&name, &taken.key.to_text())?;
        let claimed = taken.facts.taken.and_then(|taken| taken.instant(&self.setting.zone));
        let sealed = |text: Option<String>| text.map(|text| self.seals.seal(&name, &text)).transpose();
        let taken_at = sealed(claimed.map(|at| at.0.to_string()))?;
        let point = sealed(taken.facts.point.map(|point| json!(point).to_string()))?;
        let meta = json!({
            "key": key,
            "width": taken.width,
            "height": taken.height,
            "taken_at": taken_at,
            "point": point,
        });
        Ok(FileRow {
            case: self.case,
            hash: SmolStr::new(&taken.original),
            media: SmolStr::new_static(taken.kind.media_type()),
            bytes: i64::try_from(taken.size).unwrap_or(i64::MAX),
            shown: taken.shown.as_deref().map(SmolStr::new),
            thumb: taken.thumb.as_deref().map(SmolStr::new),
            key: Some(name),
            added_at: now.0,
            meta: meta.to_string(),
        })
    }
}

impl Desk for Sealing {
    fn seal(&mut self, whose: Whose, words: &str) -> Result<Sealed, Problem> {
        self.words(whose, words).map_err(|error| Problem::at("", error.code(), error.to_string()))
    }
    fn next_person(&mut self) {
        self.person = None;
    }
    fn part(&mut self) -> (CaseId, SmolStr) {
        let id = new_id(self.times.received);
        // A key that cannot be made is told by the first words that need it.
        self.part = self.key_named(case_key(id), id).ok();
        (id, self.numbers().next(self.times.received))
    }
    fn place(&self, told: &Value, path: &str) -> Result<Place, Problem> {
        let draft: PlaceDraft = serde_json::from_value(told.clone()).map_err(|error| {
            Problem::at(
                path,
                "place_unreadable",
                format!("Give lon and lat in degrees, or an area code: {error}."),
            )
        })?;
        place::locate(&self.setting, &draft, path)
    }
}

/// Keys of one name that may be destroyed one after the other.
const LATER: usize = 99;

/// The first key of this name that is in memory or was never made, so that it can be: `…`, `…-1`, `…-2`.
async fn standing(store: &Store, seals: &Seals, tenant: TenantId, name: SmolStr) -> Result<SmolStr, Error> {
    for no in 0..=LATER {
        let later = if no == 0 { name.clone() } else { format_smolstr!("{name}-{no}") };
        match store.key_of(tenant, &later).await? {
            None => return Ok(later),
            Some((_, true)) => {
                if !seals.holds(&later) {
                    store.load_keys(tenant, std::slice::from_ref(&later)).await?;
                }
                return Ok(later);
            }
            Some((_, false)) => {}
        }
    }
    Err(huying_store::Fault::Broken(format!("{LATER} keys of {name} were destroyed")).into())
}

/// A case id, sortable in the time of the authority's clock (UUID version 7).
pub fn new_id(at: Instant) -> CaseId {
    let ms = u64::try_from(at.0).unwrap_or(0);
    let bytes: [u8; 10] = rand::random();
    CaseId(uuid::Builder::from_unix_timestamp_millis(ms, &bytes).into_uuid().as_u128())
}
