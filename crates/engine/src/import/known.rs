//! Rows that speak of a case which is there under another moment, and rows whose number another case has.
//!
//! A case's identity holds the moment at which it was created, its number only the day. So a row that corrects that moment within its day
//! speaks of the case that has its number, and the moment that was told first stays. Two ids that give one number on one day are
//! told apart by taking the next number for the second of them; once it is there its identity finds it, whatever its number. Start at
//! [`Engine::recognise`].

use std::collections::HashMap;

use huying_model::Case;
use huying_store::{TenantId, case_key};
use smol_str::SmolStr;

use super::{identity, identity_at, map::Map, row::Row};
use crate::{Engine, Error, Setting};

/// Numbers that are tried for one row.
const MOST: usize = 8;

impl Engine {
    /// Sees to it that each row has the moment of the case that it speaks of, and a number that is free where there is none. The keys of
    /// cases that are there are in memory afterwards.
    pub(crate) async fn recognise(
        &self,
        tenant: TenantId,
        setting: &Setting,
        map: &Map,
        rows: &mut [Row],
    ) -> Result<(), Error> {
        let store = self.store();
        let keys: Vec<SmolStr> = rows.iter().map(|row| case_key(identity(map, row))).collect();
        store.load_keys(tenant, &keys).await?;
        let seals = store.seals(tenant);
        // Cases that are known by their identity keep whatever number they have.
        let fresh = rows.iter_mut().zip(&keys).filter(|(_, key)| !seals.holds(key)).map(|(row, _)| row);
        let (mut open, mut found) = (fresh.collect::<Vec<&mut Row>>(), Vec::new());
        for _ in 0..MOST {
            if open.is_empty() {
                break;
            }
            let numbers: Vec<SmolStr> = open.iter().map(|row| row.number(setting, map)).collect();
            let there = store.public_numbered(tenant, &numbers).await?;
            let there: HashMap<SmolStr, Case> =
                there.into_iter().map(|one| (one.case.number.clone(), one.case)).collect();
            let mut clashing = Vec::new();
            for (row, number) in open.into_iter().zip(&numbers) {
                let Some(case) = there.get(number) else { continue };
                if identity_at(map, row, case.received_at) == case.id {
                    row.goes_on(case.received_at);
                    found.push(case_key(case.id));
                } else {
                    row.passes += 1;
                    clashing.push(row);
                }
            }
            open = clashing;
        }
        Ok(store.load_keys(tenant, &found).await?)
    }
}
