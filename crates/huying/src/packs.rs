//! Packs from three places: a folder, this binary, and the store that a pack was installed in.
//!
//! A store carries the pack it works by, so a server needs nothing but its store. Start at [`PackFiles::named`].

use std::path::Path;

use anyhow::{Context, Result, bail};
use huying_model::Instant;
use huying_pack::{Dir, Files, Pack, Source, files::CALENDARS};
use huying_store::{Installed, Store, TenantId};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use smol_str::SmolStr;

use crate::end::Usage;

/// The packs of the project, carried inside the binary.
#[derive(RustEmbed)]
#[folder = "../../packs"]
struct Carried;

/// Under this kind a store keeps the packs that were installed.
const KIND: &str = "pack";

/// A pack's files as text, by name.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct PackFiles(pub Files);

/// The names of the packs inside this binary.
pub fn carried() -> Vec<String> {
    let mut names: Vec<String> =
        Carried::iter().filter_map(|path| path.strip_suffix("/pack.toml").map(str::to_owned)).collect();
    names.sort();
    names
}

impl PackFiles {
    /// A folder where there is one of this name, else the pack that this binary carries under it.
    pub fn named(name: &str) -> Result<PackFiles> {
        let dir = Path::new(name);
        if dir.join("pack.toml").is_file() {
            let files =
                Files::of_folder(dir).map_err(|why| anyhow::anyhow!("the pack cannot be read: {why}"))?;
            return Ok(PackFiles(files));
        }
        let files = PackFiles::of_binary(name);
        if files.is_empty() {
            let known = carried().join(", ");
            bail!(Usage(format!(
                "there is no pack “{name}”: name a folder with a pack.toml, or one of {known}"
            )));
        }
        Ok(PackFiles(files))
    }

    fn of_binary(name: &str) -> Files {
        let mut files = Files::default();
        for path in Carried::iter() {
            let own = path.strip_prefix(&format!("{name}/")).map(str::to_owned);
            let shared = path.starts_with(&format!("{CALENDARS}/")).then(|| format!("../{path}"));
            if let Some(inside) = own.or(shared)
                && let Some(file) = Carried::get(&path)
            {
                // The project's own packs are UTF-8.
                files.insert(inside, String::from_utf8_lossy(&file.data));
            }
        }
        if files.has("pack.toml") { files } else { Files::default() }
    }

    /// The pack, or every problem that keeps it from being used.
    pub fn read(&self) -> Result<Pack> {
        huying_pack::load_from(&self.0).map_err(|problems| {
            let lines: Vec<String> = problems.iter().map(|problem| format!("  {problem}")).collect();
            anyhow::anyhow!("the pack has {} problem(s):\n{}", lines.len(), lines.join("\n"))
        })
    }

    /// Puts the pack into a new store: the one that it begins with.
    pub async fn install(&self, store: &Store, tenant: TenantId, version: &str, now: Instant) -> Result<()> {
        let body = serde_json::to_string(self)?;
        let hash: [u8; 32] = Sha256::digest(body.as_bytes()).into();
        let it = Installed {
            kind: SmolStr::new_static(KIND),
            version: SmolStr::new(version),
            hash,
            effective_at: now,
            installed_at: now,
            body,
        };
        let there = store.installed_heads(tenant, KIND).await?;
        if there.iter().any(|other| other.version == it.version && other.hash == hash) {
            return Ok(());
        }
        if let Some(other) = there.last() {
            bail!(Usage(format!(
                "the store works by the pack {} already: lay another version down with 'huying policy draft', then let two administrators bring it into force",
                other.version
            )));
        }
        store.install(tenant, &it).await?;
        Ok(())
    }

    /// The pack that a store works by.
    pub async fn installed(store: &Store, tenant: TenantId) -> Result<Option<PackFiles>> {
        let newest = store.installed(tenant, KIND).await?.pop();
        newest.map(|it| serde_json::from_str(&it.body).context("reading the installed pack")).transpose()
    }
}

/// A folder or a carried pack as a source for lint and scenarios; a folder is read as it is, so that spots are right.
pub fn source_named(name: &str) -> Result<Box<dyn Source>> {
    let dir = Path::new(name);
    if dir.is_dir() {
        return Ok(Box::new(Dir(dir.to_path_buf())));
    }
    Ok(Box::new(PackFiles::named(name)?.0))
}
