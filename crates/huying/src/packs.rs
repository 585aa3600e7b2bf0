//! Packs from three places: a folder, this binary, and the store that a pack was installed in.
//!
//! A store carries the pack it works by, so a server needs nothing but its store. Start at [`PackFiles::named`].

use std::{collections::BTreeMap, io, path::Path};

use anyhow::{Context, Result, bail};
use huying_model::Instant;
use huying_pack::{Dir, Pack, Source, problem::Problems, source};
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
/// Holiday files that packs share.
const CALENDARS: &str = "calendars";

/// A pack's files as text, by name.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct PackFiles(BTreeMap<String, String>);

impl Source for PackFiles {
    fn bytes(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        Ok(self.0.get(name).map(|text| text.as_bytes().to_vec()))
    }
    fn names(&self, folder: &str) -> io::Result<Vec<String>> {
        let prefix = format!("{folder}/");
        let below = self.0.keys().filter_map(|name| name.strip_prefix(&prefix));
        Ok(below.filter(|name| !name.contains('/')).map(str::to_owned).collect())
    }
}

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
            return PackFiles::of_folder(dir);
        }
        let files = PackFiles::of_binary(name);
        if files.0.is_empty() {
            let known = carried().join(", ");
            bail!(Usage(format!(
                "there is no pack “{name}”: name a folder with a pack.toml, or one of {known}"
            )));
        }
        Ok(files)
    }

    fn of_binary(name: &str) -> PackFiles {
        let mut files = BTreeMap::new();
        for path in Carried::iter() {
            let own = path.strip_prefix(&format!("{name}/")).map(str::to_owned);
            let shared = path.starts_with(&format!("{CALENDARS}/")).then(|| format!("../{path}"));
            if let Some(inside) = own.or(shared)
                && let Some(file) = Carried::get(&path)
            {
                // The project's own packs are UTF-8.
                files.insert(inside, String::from_utf8_lossy(&file.data).into_owned());
            }
        }
        if files.contains_key("pack.toml") { PackFiles(files) } else { PackFiles::default() }
    }

    fn of_folder(dir: &Path) -> Result<PackFiles> {
        let problems = Problems::default();
        let mut files = BTreeMap::new();
        let mut take = |folder: &Path, prefix: &str| -> Result<()> {
            let Ok(entries) = std::fs::read_dir(folder) else { return Ok(()) };
            for entry in entries {
                let entry = entry?;
                if !entry.file_type()?.is_file() {
                    continue;
                }
                let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
                let bytes = std::fs::read(entry.path()).with_context(|| format!("reading {name}"))?;
                if let Some(text) = source::decode(&bytes, &name, &problems) {
                    files.insert(name, text);
                }
            }
            Ok(())
        };
        take(dir, "")?;
        take(&dir.join(huying_pack::scenario::FOLDER), &format!("{}/", huying_pack::scenario::FOLDER))?;
        take(&dir.join("..").join(CALENDARS), &format!("../{CALENDARS}/"))?;
        match problems.into_sorted().first() {
            Some(problem) => bail!("the pack cannot be read: {problem}"),
            None => Ok(PackFiles(files)),
        }
    }

    /// The pack, or every problem that keeps it from being used.
    pub fn read(&self) -> Result<Pack> {
        huying_pack::load_from(self).map_err(|problems| {
            let lines: Vec<String> = problems.iter().map(|problem| format!("  {problem}")).collect();
            anyhow::anyhow!("the pack has {} problem(s):\n{}", lines.len(), lines.join("\n"))
        })
    }

    /// Puts the pack into a store; from now on it is the one the store works by.
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
        let there = store.installed(tenant, KIND).await?;
        if let Some(other) = there.iter().find(|other| other.version == it.version && other.hash != hash) {
            bail!(
                "the store has another pack of version {} already: give the changed pack a new version",
                other.version
            );
        }
        Ok(store.install(tenant, &it).await?)
    }

    /// The pack that a store works by.
    pub async fn installed(store: &Store, tenant: TenantId) -> Result<Option<PackFiles>> {
        let newest = store.installed(tenant, KIND).await?.pop();
        newest.map(|it| serde_json::from_str(&it.body).context("reading the installed pack")).transpose()
    }

    /// Every pack that a store has worked by, the one it works by now last.
    pub async fn ever_installed(store: &Store, tenant: TenantId) -> Result<Vec<PackFiles>> {
        let all = store.installed(tenant, KIND).await?;
        all.iter().map(|it| serde_json::from_str(&it.body).context("reading an installed pack")).collect()
    }
}

/// A folder or a carried pack as a source for lint and scenarios; a folder is read as it is, so that spots are right.
pub fn source_named(name: &str) -> Result<Box<dyn Source>> {
    let dir = Path::new(name);
    if dir.is_dir() {
        return Ok(Box::new(Dir(dir.to_path_buf())));
    }
    Ok(Box::new(PackFiles::named(name)?))
}
