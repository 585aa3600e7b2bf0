//! One tenant taken out of a store, and into an empty one.
//!
//! Owns the folder: `manifest.json`, `tables/NAME.jsonl` with one object a line by the names of the columns (bytes as `{"hex": …}`), and in a
//! folder of its own what is secret: data keys, accounts, the secrets of webhooks. What other programs read stands beside it and is the
//! engine's. Of another tenant nothing is copied, and nothing is taken in. Start at [`Store::export_tenant`] and [`import`].

use std::{fs, path::Path};

use super::{Manifest, Restored, Scope, filled, io, make_secret, read_manifest, write_manifest};
use crate::{Fault, Options, Store, TenantId};

/// The name and version of the form.
pub const FORMAT: &str = "huying-tenant-1";
/// The folder of the tables.
pub const TABLES_IN: &str = "tables";

impl Store {
    /// Copies everything primary of a tenant into the new folders `dir` and `keys`. The manifest is handed back, to be written last by
    /// [`finish`].
    ///
    /// # Errors
    /// Folders that are there already; the store's and the machine's failures.
    pub async fn export_tenant(
        &self,
        tenant: TenantId,
        (dir, keys): (&Path, &Path),
        made_at: i64,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<Manifest, Fault> {
        fs::create_dir(dir).map_err(io("making the folder", dir))?;
        make_secret(keys)?;
        let tables = dir.join(TABLES_IN);
        fs::create_dir(&tables).map_err(io("making the folder", &tables))?;
        self.copy_all(Scope::Tenant(tenant), (dir, keys), made_at, progress).await
    }
}

/// Writes the manifest: an export without one was cut and is not taken in.
///
/// # Errors
/// The machine's failures.
pub fn finish(dir: &Path, manifest: &Manifest) -> Result<(), Fault> {
    write_manifest(dir, manifest)
}

/// What an export holds.
///
/// # Errors
/// A folder that is no export of a tenant, or of a newer version.
pub fn manifest(dir: &Path) -> Result<Manifest, Fault> {
    read_manifest(dir, Scope::Tenant(TenantId(0)))
}

/// Fills the empty store at `url` with the tenant of an export, derives the rest and proves it.
///
/// # Errors
/// A damaged export, another sealing key, a store that is not empty; the store's failures.
pub async fn import(
    url: &str,
    options: Options,
    (dir, keys): (&Path, &Path),
    progress: &(dyn Fn(u64) + Sync),
) -> Result<(Store, Restored), Fault> {
    let manifest = manifest(dir)?;
    let tenant = manifest.tenant.ok_or_else(|| Fault::Broken("the manifest names no tenant".into()))?;
    filled(url, options, (dir, keys), &manifest, Scope::Tenant(TenantId(tenant)), progress).await
}
