//! Another root key without a pause: both are known, data keys are wrapped anew in batches, and the store's mark changes last.
//!
//! What was derived from the first root (secrets that residents hold, sealed addresses of members, the name of the log) must stay
//! what it is, so the first root is kept as a data key among the others, wrapped by the new one. Start at [`Store::rotate_root`].

use smol_str::SmolStr;

use crate::{Fault, Store, TenantId, statements as sql, write::Step};

/// Under this name the first root lies among the data keys.
pub(crate) const BASE: (TenantId, &str) = (TenantId(0), "root-base");
/// Keys that are wrapped anew in one transaction, so that commands come in between.
const STEP: i64 = 500;
/// How often the keys are gone through until none is left under the old root: others are made meanwhile.
const PASSES: usize = 8;

/// What a rotation did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rotated {
    /// Data keys that were wrapped anew; those that an earlier try had reached do not count.
    pub keys: u64,
}

impl Store {
    /// Wraps every data key with the new root key. It may be cut short at any moment and done again; the mark of the store
    /// changes when nothing is left under the old root. Every node has to know both keys before.
    pub async fn rotate_root(&self, progress: &(dyn Fn(u64) + Sync)) -> Result<Rotated, Fault> {
        if !self.vault.knows_old() {
            let why = "a rotation needs the old sealing key beside the new one: name both in the settings";
            return Err(Fault::Broken(why.into()));
        }
        let (tenant, name) = BASE;
        let wrapped = self.vault.wrap(tenant, name, &self.vault.base())?;
        self.run(sql::LOG_KEY_PUT, vec![tenant.into(), name.into(), wrapped.into()]).await?;
        let mut all = Rotated::default();
        for _ in 0..PASSES {
            let moved = self.rotate_once(&|keys| progress(all.keys + keys)).await?;
            all.keys += moved;
            if moved == 0 {
                let mark = self.vault.mark();
                self.run(sql::META_SET, vec!["root_key_mark".into(), mark.into()]).await?;
                return Ok(all);
            }
        }
        let why =
            "keys are still made under the old sealing key: give every node the new one, then try again";
        Err(Fault::Broken(why.into()))
    }

    async fn rotate_once(&self, progress: &(dyn Fn(u64) + Sync)) -> Result<u64, Fault> {
        let (mut after, mut moved) = ((TenantId(i64::MIN), SmolStr::default()), 0);
        loop {
            let params = vec![after.0.into(), (&after.1).into(), STEP.into()];
            let page = self.db.query(sql::ALL_SEAL_KEYS, params).await?;
            let mut steps: Vec<Step> = Vec::new();
            for row in &page {
                let row = sql::seal_key_row(row)?;
                if !row.wrapped.is_empty() && !self.vault.is_wrapped_anew(&row) {
                    let secret = self.vault.unwrap_bytes(&row)?;
                    let wrapped = self.vault.wrap(row.tenant, &row.name, &secret)?;
                    // Only where it is still what was read: one that was destroyed meanwhile stays destroyed.
                    let params = vec![
                        row.tenant.into(),
                        (&row.name).into(),
                        row.wrapped.clone().into(),
                        wrapped.into(),
                    ];
                    steps.push((sql::SEAL_KEY_REWRAP.into(), params));
                }
                after = (row.tenant, row.name);
            }
            if page.is_empty() {
                return Ok(moved);
            }
            if !steps.is_empty() {
                let done = self.errand(steps).await?;
                moved += done.iter().map(|done| done.changed).sum::<u64>();
                progress(moved);
            }
        }
    }

    /// Takes the first root from the store, where a rotation has put it there.
    pub(crate) async fn take_base(&self) -> Result<(), Fault> {
        let (tenant, name) = BASE;
        let rows = self.db.query(sql::SEAL_KEY, vec![tenant.into(), name.into()]).await?;
        match rows.first() {
            Some(row) => self.vault.take_base(&sql::seal_key_row(row)?),
            None => Ok(()),
        }
    }
}
