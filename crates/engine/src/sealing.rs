//! The keys of one request: which exist, which are made for it, and what is sealed under them.
//!
//! One key per case, one per person, one for each new part of a split. New keys are stored in the same transaction as the
//! events that need them; until that is known nobody else makes a key for the same case, and a key whose command did not
//! come to be is forgotten. Start at [`Sealing::of_case`].

use std::sync::Arc;

use huying_model::{CaseId, Instant, case::Place, event::Times, words::Sealed};
use huying_store::{FileRow, NewKey, Seals, Store, TenantId, case_key};
use serde_json::{Value, json};
use smol_str::SmolStr;
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
        }
        Ok(sealing)
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
        Sealing { setting, seals, case, times, new: Vec::new(), person: None, part: None, birth: None }
    }

    /// The keys that were made, to be stored with the events, and what has to be settled afterwards.
    pub fn finish(self) -> (Vec<NewKey>, Pending) {
        let names = self.new.iter().map(|key| key.name.clone()).collect();
        (self.new, Pending { seals: self.seals, names, _birth: self.birth })
    }

    fn numbers(&self) -> &Numbers {
        &self.setting.numbers
    }

    fn key_of(&mut self, case: CaseId) -> Result<SmolStr, Error> {
        let name = case_key(case);
        if !self.seals.holds(&name) {
            self.new.push(self.seals.new_case_key(case)?);
        }
        Ok(name)
    }

    fn key_of_person(&mut self) -> Result<SmolStr, Error> {
        if let Some(name) = &self.person {
            return Ok(name.clone());
        }
        let name = SmolStr::new(format!("p{:032x}", rand::random::<u128>()));
        self.new.push(self.seals.new_person_key(&name)?);
        self.person = Some(name.clone());
        Ok(name)
    }

    /// Seals words under the key of the one they belong to.
    pub fn words(&mut self, whose: Whose, words: &str) -> Result<Sealed, Error> {
        let key = match whose {
            Whose::Case => self.key_of(self.case)?,
            Whose::Person => self.key_of_person()?,
            Whose::Part => match self.part.clone() {
                Some(name) => name,
                None => self.key_of(self.case)?,
            },
        };
        Ok(self.seals.seal(&key, words)?)
    }

    /// The row of a file, its own key sealed under the case's.
    pub fn file_row(&mut self, taken: &TakenFile, now: Instant) -> Result<FileRow, Error> {
        let name = self.key_of(self.case)?;
        let key = self.seals.seal(&name, &taken.key.to_text())?;
        let claimed = taken.facts.taken.and_then(|taken| taken.instant(&self.setting.zone));
        let meta = json!({
            "key": key,
            "width": taken.width,
            "height": taken.height,
            "taken_at": claimed,
            "point": taken.facts.point,
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
        self.part = self.key_of(id).ok();
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

/// A case id, sortable in the time of the authority's clock (UUID version 7).
pub fn new_id(at: Instant) -> CaseId {
    let ms = u64::try_from(at.0).unwrap_or(0);
    let bytes: [u8; 10] = rand::random();
    CaseId(uuid::Builder::from_unix_timestamp_millis(ms, &bytes).into_uuid().as_u128())
}
