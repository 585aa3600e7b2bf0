//! What every command that works on a store needs: the store, the pack it works by, the engine.

use std::{path::Path, sync::Arc};

use anyhow::{Context, Result, bail};
use huying_engine::{Clock, Engine, Setting, files::Files};
use huying_model::{UnitId, actor::Role, org::Member};
use huying_pack::Pack;
use huying_server::open311::DemoKey;
use huying_store::{Store, TenantId};

use crate::{clock::MachineClock, config::Config, packs::PackFiles};

/// An open store with its engine.
pub struct Home {
    pub config: Config,
    pub tenant: TenantId,
    pub engine: Engine,
    pub pack: Arc<Pack>,
}

/// Opens the store that the settings name; a file's folder is made where it is missing.
pub async fn open_store(config: &Config) -> Result<Store> {
    if let Some(folder) =
        config.sqlite_file().and_then(Path::parent).filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder).with_context(|| format!("making the folder {}", folder.display()))?;
    }
    let database = crate::config::without_password(&config.store.database);
    let store = Store::open(&config.store.database, config.store_options()).await;
    store.with_context(|| format!("the store {database} cannot be opened"))
}

/// Refuses to make a store where somebody meant an existing one.
pub fn expect_store(config: &Config) -> Result<()> {
    match config.sqlite_file() {
        Some(file) if !file.is_file() => bail!(
            "there is no store {}: name it by --database or HUYING_DATABASE, or make one with 'huying init --pack NAME'",
            file.display()
        ),
        _ => Ok(()),
    }
}

impl Home {
    /// An existing store with the pack it works by.
    pub async fn open(config: Config) -> Result<Home> {
        expect_store(&config)?;
        let store = open_store(&config).await?;
        let tenant = TenantId(config.tenant.id);
        let Some(files) = PackFiles::installed(&store, tenant).await? else {
            bail!("no pack is installed in this store: run 'huying init --pack NAME' first");
        };
        let pack = files.read()?;
        Home::on(config, store, pack).await
    }

    /// On an open store, with a pack that was read already.
    pub async fn on(config: Config, store: Store, pack: Pack) -> Result<Home> {
        let tenant = TenantId(config.tenant.id);
        let files = Files::in_folder(&config.files_folder())
            .with_context(|| format!("the file store {} cannot be used", config.files_folder().display()))?;
        let engine = Engine::new(store, Arc::new(MachineClock), files);
        let node = u8::try_from(config.store.stream.clamp(1, 15) - 1).unwrap_or(0);
        engine.install(tenant, Setting::of_pack(pack, node));
        // What was activated or decided since the store was made holds from the first moment.
        engine.take_up(tenant).await.context("the policy in force cannot be taken up")?;
        let pack = Arc::clone(&engine.setting(tenant)?.pack);
        Ok(Home { config, tenant, engine, pack })
    }
}

impl Home {
    /// A key for the demonstration, in the name of somebody who dispatches for the whole authority.
    pub fn demo_key(&self) -> Option<DemoKey> {
        let org = &self.pack.policy.org;
        let whole = |unit: &UnitId| org.units.get(unit).is_some_and(|unit| &unit.area == org.root());
        let rank = |member: &Member| {
            let sits = |role: Role| member.seats.iter().any(|seat| seat.role == role && whole(&seat.unit));
            [Role::Dispatcher, Role::Operator, Role::Acceptor]
                .into_iter()
                .position(sits)
                .unwrap_or(usize::MAX)
        };
        let (member, _) = org.members.iter().min_by_key(|(_, member)| rank(member))?;
        let key = format!("demo_{:032x}", rand::random::<u128>());
        Some(DemoKey { key, member: member.clone() })
    }
}

/// Installs a pack in a store, made where it is missing.
pub async fn init(config: &Config, name: &str) -> Result<(Store, Pack)> {
    let files = PackFiles::named(name)?;
    let pack = files.read()?;
    let store = open_store(config).await?;
    files.install(&store, TenantId(config.tenant.id), pack.version.as_str(), MachineClock.now()).await?;
    Ok((store, pack))
}
