//! How the people of the city write: words sealed as in real work.

use std::collections::HashSet;

use huying_model::{CaseId, command::Informant, words::Sealed};
use huying_store::{Fault, NewKey, Seals, case_key};
use smol_str::{SmolStr, format_smolstr};

/// Seals words under the key of their case or person.
pub trait Pen: Send {
    fn words(&mut self, case: CaseId, words: &str) -> Sealed;
    /// A reporter who can be reached, under a key of their own named after `who`.
    fn informant(&mut self, who: u128, name: &str, contact: &str) -> Informant;
}

/// Writes nothing down: for looking at decisions alone.
#[derive(Debug, Default)]
pub struct BlankPen;

impl Pen for BlankPen {
    fn words(&mut self, _: CaseId, words: &str) -> Sealed {
        Sealed::new("blank", words)
    }
    fn informant(&mut self, _: u128, name: &str, contact: &str) -> Informant {
        let sealed = |words| Some(Sealed::new("blank", words));
        Informant { reachable: true, name: sealed(name), contact: sealed(contact) }
    }
}

/// Seals with the keys of a store and keeps the new ones until they are stored with their events.
pub struct SealingPen {
    seals: Seals,
    made: Vec<NewKey>,
    known: HashSet<CaseId>,
    spare: u64,
    fault: Option<Fault>,
}

impl SealingPen {
    pub fn new(seals: Seals) -> SealingPen {
        SealingPen { seals, made: Vec::new(), known: HashSet::new(), spare: 0, fault: None }
    }

    /// The cases whose keys are in the store already.
    pub fn knowing(mut self, cases: impl IntoIterator<Item = CaseId>) -> SealingPen {
        self.known.extend(cases);
        self
    }

    /// The keys that were made since the last time.
    ///
    /// # Errors
    /// What went wrong while writing, the first of it.
    pub fn take_keys(&mut self) -> Result<Vec<NewKey>, Fault> {
        match self.fault.take() {
            Some(fault) => Err(fault),
            None => Ok(std::mem::take(&mut self.made)),
        }
    }

    fn case_key(&mut self, case: CaseId) -> Result<SmolStr, Fault> {
        let name = case_key(case);
        if self.seals.holds(&name) {
            return Ok(name);
        }
        if self.known.insert(case) {
            self.made.push(self.seals.new_case_key(case)?);
            return Ok(name);
        }
        // The case's key has left memory after a long silence; a key of its own serves these words as well.
        self.spare += 1;
        let name = format_smolstr!("w{case}-{}", self.spare);
        self.made.push(self.seals.new_person_key(&name)?);
        Ok(name)
    }

    fn sealed(&mut self, key: Result<SmolStr, Fault>, words: &str) -> Sealed {
        match key.and_then(|name| self.seals.seal(&name, words)) {
            Ok(sealed) => sealed,
            Err(fault) => {
                self.fault.get_or_insert(fault);
                Sealed::new("", "")
            }
        }
    }
}

impl Pen for SealingPen {
    fn words(&mut self, case: CaseId, words: &str) -> Sealed {
        let key = self.case_key(case);
        self.sealed(key, words)
    }

    fn informant(&mut self, who: u128, name: &str, contact: &str) -> Informant {
        let key = format_smolstr!("p{who:032x}");
        let made = self.seals.new_person_key(&key).map(|new| {
            self.made.push(new);
            key
        });
        let name = self.sealed(made.clone(), name);
        let contact = self.sealed(made, contact);
        Informant { reachable: true, name: Some(name), contact: Some(contact) }
    }
}
