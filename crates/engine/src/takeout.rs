//! Everything of a tenant taken out in open forms, and taken into an empty node.
//!
//! Owns what stands beside the primary tables ([`huying_store::backup::tenant`]): the sealed files of cases, the packs of every version as
//! their own files, and the same data as other programs read it (CSV, GeoJSON). What makes an equal node are the tables and the files;
//! the rest is written for others and not read back. Start at [`Engine::take_out`] and [`Engine::take_in_files`].

use std::{
    collections::BTreeMap,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use huying_geo::geojson;
use huying_pack::{
    files::CALENDARS,
    listing::{Kind, ground},
    sheet::{Encoding, Format, Writer},
};
use huying_store::{
    Fault, FileRow, Filter, Order, TenantId,
    backup::{Manifest, Piece, tenant},
};
use sha2::{Digest, Sha256};
use smol_str::SmolStr;

use crate::{
    Engine, Error, casebook, exchange, feed,
    files::{FileError, keeps_original},
    lease::STORE,
    outbox,
    renew::{DRAFT, FOUNDED},
};

/// Folders of an export.
pub const FILES: &str = "files";
const OPEN: &str = "open";
const POLICY: &str = "policy";
/// Readers of the streams that belong to no tenant: what they have not met is told from the new node.
const READERS: [&str; 2] = [outbox::NAME, exchange::NAME];
/// Read at once.
const PAGE: usize = 500;

/// What was taken out.
#[derive(Clone, Debug)]
pub struct TakenOut {
    pub manifest: Manifest,
    pub rows: u64,
    pub files: u64,
    /// Copies that the store should have and has not.
    pub lost: Vec<String>,
}

fn io(act: &'static str, path: &Path) -> impl Fn(std::io::Error) -> Error + use<> {
    let path = path.display().to_string();
    move |why| Fault::Broken(format!("{act} {path}: {why}")).into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A file that is hashed as it is written.
struct Out {
    file: std::io::BufWriter<fs::File>,
    path: PathBuf,
    name: String,
    sum: Sha256,
    piece: Piece,
}

impl Out {
    fn create(dir: &Path, name: &str) -> Result<Out, Error> {
        let path = dir.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(io("making", folder))?;
        }
        let file = std::io::BufWriter::new(fs::File::create(&path).map_err(io("making", &path))?);
        let piece = Piece { rows: 0, bytes: 0, sha256: String::new() };
        Ok(Out { file, path, name: name.to_owned(), sum: Sha256::new(), piece })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.sum.update(bytes);
        self.piece.bytes += bytes.len() as u64;
        self.file.write_all(bytes).map_err(io("writing", &self.path))
    }

    fn end(mut self, into: &mut BTreeMap<String, Piece>) -> Result<(), Error> {
        self.file.flush().map_err(io("writing", &self.path))?;
        let piece = Piece { sha256: hex(&self.sum.finalize()), ..self.piece };
        into.insert(self.name, piece);
        Ok(())
    }
}

impl Engine {
    /// Writes everything of a tenant into the new folder `dir`, and what is secret into the new folder `keys`.
    ///
    /// # Errors
    /// Folders that are there already; the store's and the machine's failures.
    pub async fn take_out(
        &self,
        tenant: TenantId,
        dir: &Path,
        keys: &Path,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<TakenOut, Error> {
        // Before anything is copied: what is read twice is told once, and what is passed over never.
        let mut cursors = BTreeMap::new();
        for name in READERS {
            let of: BTreeMap<i64, i64> = self.store().cursor(STORE, name).await?.into_iter().collect();
            if !of.is_empty() {
                cursors.insert(name.to_owned(), of);
            }
        }
        let mut manifest = self.store().export_tenant(tenant, (dir, keys), self.now().0, progress).await?;
        manifest.cursors = cursors;
        let rows = manifest.files.values().map(|piece| piece.rows).sum();
        let files = self.take_files(tenant, &dir.join(FILES)).await?;
        manifest.open.insert(FILES.to_owned(), files.piece());
        self.take_cases(tenant, dir, &mut manifest.open).await?;
        self.take_organisation(tenant, dir, &mut manifest.open).await?;
        self.take_components(tenant, dir, &mut manifest.open).await?;
        self.take_policies(tenant, dir, &mut manifest.open).await?;
        // Last, so that a cut export is known by its lack.
        tenant::finish(dir, &manifest)?;
        Ok(TakenOut { manifest, rows, files: files.kept.len() as u64, lost: files.lost })
    }

    async fn take_files(&self, tenant: TenantId, to: &Path) -> Result<Objects, Error> {
        let mut objects = Objects::default();
        let mut page = self.store().files_after(tenant, None, PAGE).await?;
        while let Some(last) = page.last() {
            for row in &page {
                for name in copies(row) {
                    let Some(sealed) = self.object(name).await? else {
                        objects.lost.extend(self.lost(tenant, row, name).await?);
                        continue;
                    };
                    let folder = to.join(&name[..2]).join(&name[2..4]);
                    fs::create_dir_all(&folder).map_err(io("making", &folder))?;
                    let path = folder.join(name.as_str());
                    fs::write(&path, &sealed).map_err(io("writing", &path))?;
                    objects.kept.insert(name.to_string(), sealed.len() as u64);
                }
            }
            page = self.store().files_after(tenant, Some((last.case, &last.hash)), PAGE).await?;
        }
        Ok(objects)
    }

    /// A copy as it lies; None where it is gone or damaged.
    async fn object(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        match self.files().sealed(name).await {
            Err(FileError::Damaged) => Ok(None),
            found => Ok(found?),
        }
    }

    /// A copy that is not there, unless it was forgotten for ever: then nobody misses it.
    async fn lost(&self, tenant: TenantId, row: &FileRow, name: &str) -> Result<Option<String>, Error> {
        Ok(self.file_key(tenant, row).await?.map(|_key| name.to_owned()))
    }

    /// Copies of files that this store should have and has not.
    ///
    /// # Errors
    /// The store's and the machine's failures.
    pub async fn lost_files(&self, tenant: TenantId) -> Result<Vec<String>, Error> {
        let mut lost = Vec::new();
        let mut page = self.store().files_after(tenant, None, PAGE).await?;
        while let Some(last) = page.last() {
            for row in &page {
                for name in copies(row) {
                    if self.object(name).await?.is_none() {
                        lost.extend(self.lost(tenant, row, name).await?);
                    }
                }
            }
            page = self.store().files_after(tenant, Some((last.case, &last.hash)), PAGE).await?;
        }
        Ok(lost)
    }

    async fn take_cases(
        &self,
        tenant: TenantId,
        dir: &Path,
        open: &mut BTreeMap<String, Piece>,
    ) -> Result<(), Error> {
        let mut out = Out::create(dir, &format!("{OPEN}/cases.csv"))?;
        let broken = io("writing", &out.path);
        let mut table = Writer::new(Format::Csv, Encoding::Utf8, &casebook::COLUMNS).map_err(&broken)?;
        let mut cursor: Option<String> = None;
        loop {
            let filter = Filter::default();
            let page =
                self.store().list(tenant, &filter, Order::OldestFirst, cursor.as_deref(), PAGE).await?;
            for line in &page.items {
                table.row(&casebook::row(line)).map_err(&broken)?;
                out.piece.rows += 1;
            }
            out.write(&table.taken().map_err(&broken)?)?;
            cursor = page.next;
            if cursor.is_none() {
                return out.end(open);
            }
        }
    }

    async fn take_organisation(
        &self,
        tenant: TenantId,
        dir: &Path,
        open: &mut BTreeMap<String, Piece>,
    ) -> Result<(), Error> {
        for kind in Kind::ALL.into_iter().filter(|kind| !kind.of_register()) {
            let listing = self.listing(tenant, kind).await?;
            let mut out = Out::create(dir, &format!("{OPEN}/{}", kind.file()))?;
            let broken = io("writing", &out.path);
            let mut table = Writer::new(Format::Csv, Encoding::Utf8, kind.columns()).map_err(&broken)?;
            for row in &listing.rows {
                table.row(row).map_err(&broken)?;
                out.piece.rows += 1;
            }
            out.write(&table.taken().map_err(&broken)?)?;
            out.end(open)?;
        }
        let mut out = Out::create(dir, &format!("{OPEN}/areas.geojson"))?;
        let (text, count) = self.outlines_as_geojson(tenant)?;
        out.piece.rows = count;
        out.write(text.as_bytes())?;
        out.end(open)
    }

    async fn take_components(
        &self,
        tenant: TenantId,
        dir: &Path,
        open: &mut BTreeMap<String, Piece>,
    ) -> Result<(), Error> {
        let kind = Kind::Components;
        let mut out = Out::create(dir, &format!("{OPEN}/{}", kind.file()))?;
        let broken = io("writing", &out.path);
        let mut table = Writer::new(Format::Csv, Encoding::Utf8, kind.columns()).map_err(&broken)?;
        let mut cursor: Option<String> = None;
        loop {
            let (rows, next) = self.component_rows(tenant, cursor.as_deref()).await?;
            for row in &rows {
                table.row(row).map_err(&broken)?;
                out.piece.rows += 1;
            }
            out.write(&table.taken().map_err(&broken)?)?;
            cursor = next;
            if cursor.is_none() {
                return out.end(open);
            }
        }
    }

    /// The shapes of areas that have one, with code, name and level; and how many.
    ///
    /// # Errors
    /// A tenant that is not there.
    pub fn outlines_as_geojson(&self, tenant: TenantId) -> Result<(String, u64), Error> {
        let setting = self.setting(tenant)?;
        let shapes = drawn(&setting.pack);
        let features = shapes.iter().map(|(properties, shape)| (properties, *shape));
        Ok((geojson::write(features), shapes.len() as u64))
    }

    /// The same as a zip archive of a shapefile.
    ///
    /// # Errors
    /// A tenant that is not there; the machine's failures.
    pub async fn outlines_as_shapefile(&self, tenant: TenantId) -> Result<Vec<u8>, Error> {
        let setting = self.setting(tenant)?;
        let written = crate::policy::apart(move || ground::shapefile(&drawn(&setting.pack))).await?;
        written.map_err(|why| Fault::Broken(format!("writing the layer: {why}")).into())
    }

    async fn take_policies(
        &self,
        tenant: TenantId,
        dir: &Path,
        open: &mut BTreeMap<String, Piece>,
    ) -> Result<(), Error> {
        for kind in [FOUNDED, DRAFT] {
            for head in self.store().installed_heads(tenant, kind).await? {
                let version = huying_model::PolicyVersion(head.version.clone());
                let files = self.policy_files(tenant, &version).await?;
                for name in files.names_of_all() {
                    let shared = name.strip_prefix("../");
                    let place = match shared {
                        Some(shared) => format!("{POLICY}/{shared}"),
                        None => format!("{POLICY}/{}/{name}", plain(&head.version)),
                    };
                    // Shared holidays come with every version; the newest stand.
                    debug_assert!(shared.is_none_or(|shared| shared.starts_with(CALENDARS)));
                    let mut out = Out::create(dir, &place)?;
                    out.write(files.text(name).unwrap_or_default().as_bytes())?;
                    out.end(open)?;
                }
            }
        }
        Ok(())
    }

    /// Keeps the sealed files of an export. One whose bytes are not what its name says is refused, and so is a folder that does not hold
    /// what the manifest says of it.
    ///
    /// # Errors
    /// A damaged export; the machine's failures.
    pub async fn take_in_files(&self, from: &Path, manifest: &Manifest) -> Result<u64, Error> {
        let mut folders = vec![from.join(FILES)];
        let mut objects = Objects::default();
        while let Some(folder) = folders.pop() {
            if !folder.is_dir() {
                continue;
            }
            for entry in fs::read_dir(&folder).map_err(io("reading", &folder))? {
                let path = entry.map_err(io("reading", &folder))?.path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let sealed = fs::read(&path).map_err(io("reading", &path))?;
                let bytes = sealed.len() as u64;
                let name = self.files().keep_sealed(sealed).await?;
                if path.file_name().is_none_or(|file| file != name.as_str()) {
                    let why = format!("{} is not what its name says: the export is damaged", path.display());
                    return Err(Fault::Broken(why).into());
                }
                objects.kept.insert(name, bytes);
            }
        }
        let (told, found) = (manifest.open.get(FILES), objects.piece());
        if told != Some(&found) {
            let told = told.map_or(0, |piece| piece.rows);
            let why = format!(
                "{FILES}/ holds {} files and not the {told} of the manifest: copy the whole folder again",
                found.rows
            );
            return Err(Fault::Broken(why).into());
        }
        Ok(found.rows)
    }

    /// In the new node nobody is told again of what was told from the old one, and what was not is told from here. Where the export does not
    /// say how far the old one had come, everything counts as told.
    ///
    /// # Errors
    /// The store's failures.
    pub async fn begin_telling_here(&self, manifest: &Manifest) -> Result<(), Error> {
        let ends: BTreeMap<i64, i64> = self.store().streams().await?.into_iter().collect();
        for (&stream, &end) in &ends {
            for name in READERS {
                let told = manifest.cursors.get(name);
                // Never past the end, where other tenants' events may have been: what comes next takes their places.
                let position = told.map_or(end, |of| of.get(&stream).copied().unwrap_or(0).min(end));
                self.store().set_cursor(STORE, name, stream, position).await?;
            }
        }
        let Some(tenant) = manifest.tenant.map(TenantId) else { return Ok(()) };
        // How far feeds had come stands under the tenant, also in streams of which nothing was taken in.
        for row in self.store().feeds(tenant).await? {
            let name = feed::cursor(&row.id);
            for (stream, position) in self.store().cursor(tenant, &name).await? {
                let end = ends.get(&stream).copied().unwrap_or(0);
                self.store().set_cursor(tenant, &name, stream, position.min(end)).await?;
            }
        }
        Ok(())
    }
}

/// Sealed files, by name with their bytes, and those that are lost.
#[derive(Default)]
struct Objects {
    kept: BTreeMap<String, u64>,
    lost: Vec<String>,
}

impl Objects {
    /// As the manifest tells them: each is named by the sum of its bytes, so a sum over the names is one over all.
    fn piece(&self) -> Piece {
        let mut sum = Sha256::new();
        for name in self.kept.keys() {
            sum.update(name.as_bytes());
            sum.update(b"\n");
        }
        Piece { rows: self.kept.len() as u64, bytes: self.kept.values().sum(), sha256: hex(&sum.finalize()) }
    }
}

/// The names of a file's sealed copies, as far as they are kept.
fn copies(row: &FileRow) -> impl Iterator<Item = &SmolStr> {
    [keeps_original(row).then_some(&row.hash), row.shown.as_ref(), row.thumb.as_ref()].into_iter().flatten()
}

/// Every area that has a shape of its own, with what is told of it.
pub fn drawn(
    pack: &huying_pack::Pack,
) -> Vec<(serde_json::Map<String, serde_json::Value>, &huying_geo::CellShape)> {
    let org = &pack.policy.org;
    let described = |code: &huying_model::AreaCode| {
        let area = org.areas.get(code)?;
        let mut properties = serde_json::Map::new();
        let mut put = |name: &str, value: &str| drop(properties.insert(name.to_owned(), value.into()));
        put("code", code.as_str());
        put("name", &area.name);
        if let Some(english) = pack.english(code.as_str()) {
            put("name_en", english);
        }
        put("level", area.level.as_str());
        if let Some(parent) = &area.parent {
            put("parent", parent.as_str());
        }
        Some(properties)
    };
    let cells = pack.shapes.cells.iter();
    cells.filter_map(|(code, shape)| Some((described(code)?, shape))).collect()
}

/// A version's name as the name of a folder.
fn plain(version: &str) -> String {
    let safe =
        |sign: char| if sign.is_alphanumeric() || matches!(sign, '-' | '_' | '.') { sign } else { '_' };
    let name: String = version.chars().map(safe).collect();
    if name.starts_with('.') { format!("_{name}") } else { name }
}
