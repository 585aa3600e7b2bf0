//! The settings of this process: defaults.toml, then a file, then the environment, then flags.
//!
//! Owns where each value came from, so that `huying config` can say it. Refuses unknown names: a misspelt setting would
//! silently do nothing. Start at [`read`].

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use figment::{
    Figment, Source,
    providers::{Env, Format, Serialized, Toml},
    value::Value,
};
use huying_engine::{
    accounts::Demanded,
    exchange::ExchangeSettings,
    outbox::{OutboxSettings, guard::Reach, mail::MailSettings, template::Language},
    person::Privacy,
};
use huying_geo::Datum;
use huying_server::basemap::{self, Basemap};
use huying_store::{Options, RootKey, Suite};
use serde::Deserialize;

/// The manual, compiled in.
pub const DEFAULTS: &str = include_str!("defaults.toml");
/// Read from the working directory where no other file is named.
const FILE: &str = "huying.toml";

/// Every setting. What each means stands in defaults.toml.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub server: Server,
    pub tls: TlsConfig,
    pub accounts: AccountsConfig,
    pub openid: OpenIdConfig,
    pub limits: LimitsConfig,
    pub store: StoreConfig,
    pub files: FilesConfig,
    pub tenant: Tenant,
    pub timers: TimersConfig,
    pub messages: Messages,
    pub privacy: PrivacyConfig,
    pub open311: Open311Config,
    pub map: MapConfig,
    pub sandbox: SandboxConfig,
    pub log: Log,
}

/// What lies under the map.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MapConfig {
    pub basemap: basemap::Kind,
    pub url: String,
    pub datum: Datum,
    pub attribution: String,
    pub most_zoom: u8,
}

/// Where developers of other systems may try things.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SandboxConfig {
    pub enabled: bool,
    pub folder: String,
    pub cases: u32,
}

/// What programs of others are told.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Open311Config {
    pub jurisdictions: Vec<String>,
    pub contact: String,
    pub key_service: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    pub listen: String,
    pub sign_in: Entrance,
    pub url: String,
    pub trusted_proxies: Vec<String>,
    pub metrics_from: Vec<String>,
}

/// How members come in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Entrance {
    Demo,
    Accounts,
}

impl Entrance {
    fn code(self) -> &'static str {
        match self {
            Entrance::Demo => "demo",
            Entrance::Accounts => "accounts",
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    pub certificate: String,
    pub key: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountsConfig {
    pub idle_minutes: i64,
    pub absolute_hours: i64,
    pub second_factor: Demanded,
    pub separate_administrators: bool,
    pub system_administrators: Vec<String>,
    pub security_administrators: Vec<String>,
    pub audit_administrators: Vec<String>,
}

/// Another service at which members may sign in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenIdConfig {
    pub issuer: String,
    pub client: String,
    pub secret: String,
    pub secret_file: String,
    pub claim: String,
    pub name: String,
}

/// Requests in a minute, and connections.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsConfig {
    pub enabled: bool,
    pub report_address: u32,
    pub report_device: u32,
    pub report_key: u32,
    pub follow_address: u32,
    pub sign_in_address: u32,
    pub sign_in_device: u32,
    pub other_address: u32,
    pub other_device: u32,
    pub other_key: u32,
    pub connections: usize,
    pub connections_address: usize,
    pub streams_member: usize,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreConfig {
    pub database: String,
    pub key_file: String,
    pub key: String,
    pub key_command: Vec<String>,
    pub old_key_file: String,
    pub old_key: String,
    pub old_key_command: Vec<String>,
    pub suite: Suite,
    pub stream: i64,
    pub max_batch: usize,
    pub queue: usize,
    pub readers: usize,
    pub cached_cases: usize,
    pub cached_keys: usize,
    pub backup_declared: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilesConfig {
    pub folder: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tenant {
    pub id: i64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimersConfig {
    pub period_seconds: u64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Messages {
    pub language: Language,
    pub webhooks: Reach,
    pub mail_server: String,
    pub mail_from: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrivacyConfig {
    pub reporters_see_reveals: bool,
    pub contact_days: u32,
    pub callback_days: u32,
    pub photo_place_days: u32,
    pub words_days: u32,
    pub stopped_days: u32,
    pub recipient_days: u32,
    pub access_days: u32,
    pub sign_in_days: u32,
    pub quiet_hour: u8,
    pub notice_zh: String,
    pub notice_en: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    pub level: String,
    pub format: LogFormat,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    Auto,
    Json,
    Text,
}

/// What flags say.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    pub file: Option<PathBuf>,
    pub database: Option<String>,
    pub listen: Option<String>,
    pub sign_in: Option<Entrance>,
    pub sandbox: bool,
    /// Stands in for the default of `store.database` where nobody names one.
    pub else_database: Option<&'static str>,
}

/// The settings in force and where each came from.
pub fn read(flags: &Flags) -> Result<(Config, Figment)> {
    let mut figment = Figment::from(Toml::string(DEFAULTS));
    if let Some(database) = flags.else_database {
        figment = figment.merge(Serialized::default("store.database", database));
    }
    figment = match &flags.file {
        Some(file) if !file.is_file() => bail!("the settings file {} is not there", file.display()),
        Some(file) => figment.merge(Toml::file_exact(file)),
        None if Path::new(FILE).is_file() => figment.merge(Toml::file_exact(FILE)),
        None => figment,
    };
    figment = figment.merge(Env::prefixed("HUYING__").split("__"));
    if let Ok(database) = std::env::var("HUYING_DATABASE") {
        figment = figment.merge(Serialized::default("store.database", database));
    }
    if let Some(database) = &flags.database {
        figment = figment.merge(Serialized::default("store.database", database));
    }
    if let Some(listen) = &flags.listen {
        figment = figment.merge(Serialized::default("server.listen", listen));
    }
    if let Some(sign_in) = flags.sign_in {
        figment = figment.merge(Serialized::default("server.sign_in", sign_in.code()));
    }
    if flags.sandbox {
        figment = figment.merge(Serialized::default("sandbox.enabled", true));
    }
    let config = figment.extract().map_err(Box::new).context("the settings cannot be used")?;
    Ok((config, figment))
}

/// One setting as `huying config` shows it.
pub struct Shown {
    pub name: String,
    pub value: String,
    pub from: String,
}

/// Every setting with its source; secrets as `***`.
pub fn shown(figment: &Figment, flags: &Flags) -> Result<Vec<Shown>> {
    let all: figment::value::Dict = figment.extract().map_err(Box::new)?;
    let mut lines = Vec::new();
    for (section, value) in &all {
        let Value::Dict(_, fields) = value else { continue };
        for (key, value) in fields {
            let name = format!("{section}.{key}");
            let from = source(figment, flags, &name);
            lines.push(Shown { value: hidden(&name, value), name, from });
        }
    }
    Ok(lines)
}

fn source(figment: &Figment, flags: &Flags, name: &str) -> String {
    if name == "store.database" && flags.database.is_some() {
        return "flag --database".into();
    }
    if name == "store.database" && std::env::var("HUYING_DATABASE").is_ok() {
        return "environment HUYING_DATABASE".into();
    }
    if name == "server.listen" && flags.listen.is_some() {
        return "flag --listen".into();
    }
    if name == "server.sign_in" && flags.sign_in.is_some() {
        return "flag --sign-in".into();
    }
    if name == "sandbox.enabled" && flags.sandbox {
        return "flag --sandbox".into();
    }
    match figment.find_metadata(name) {
        Some(found) => match &found.source {
            Some(Source::File(file)) => format!("file {}", file.display()),
            _ if found.name.contains("environment") => {
                format!("environment HUYING__{}", name.to_uppercase().replace('.', "__"))
            }
            _ => "default".into(),
        },
        None => "default".into(),
    }
}

fn hidden(name: &str, value: &Value) -> String {
    let text = match value {
        Value::String(_, text) => text.clone(),
        Value::Num(_, number) => number.to_i128().map_or_else(|| format!("{number:?}"), |n| n.to_string()),
        Value::Bool(_, flag) => flag.to_string(),
        Value::Array(_, all) => all.iter().map(|one| hidden(name, one)).collect::<Vec<_>>().join(", "),
        other => format!("{other:?}"),
    };
    match name {
        "store.key" | "store.old_key" | "openid.secret" if !text.is_empty() => "***".into(),
        // Arguments of a program may hold a token.
        "store.key_command" | "store.old_key_command" => match text.split_once(", ") {
            Some((program, _)) => format!("{program}, ***"),
            None => text,
        },
        "store.database" | "messages.mail_server" => without_password(&text),
        _ => text,
    }
}

/// An address with its password as `***`.
pub fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let Some((login, host)) = rest.rsplit_once('@') else { return url.to_owned() };
    let user = login.split(':').next().unwrap_or_default();
    if login.contains(':') { format!("{scheme}://{user}:***@{host}") } else { url.to_owned() }
}

impl Config {
    /// The SQLite file, where the store is one.
    pub fn sqlite_file(&self) -> Option<&Path> {
        let path = self.store.database.strip_prefix("sqlite:")?;
        Some(Path::new(path.strip_prefix("//").unwrap_or(path)))
    }

    fn beside(&self, ending: &str) -> PathBuf {
        self.sqlite_file()
            .map_or_else(|| PathBuf::from(format!("huying.{ending}")), |file| file.with_extension(ending))
    }

    pub fn key_file(&self) -> PathBuf {
        if self.store.key_file.is_empty() { self.beside("key") } else { PathBuf::from(&self.store.key_file) }
    }

    pub fn files_folder(&self) -> PathBuf {
        if self.files.folder.is_empty() { self.beside("files") } else { PathBuf::from(&self.files.folder) }
    }

    pub fn sandbox_folder(&self) -> PathBuf {
        let own = &self.sandbox.folder;
        if own.is_empty() { self.beside("sandbox") } else { PathBuf::from(own) }
    }

    /// How the store is opened.
    pub fn store_options(&self) -> Options {
        let it = &self.store;
        let root = root_key(&it.key, &it.key_command).unwrap_or_else(|| RootKey::File(self.key_file()));
        let file = (!it.old_key_file.is_empty()).then(|| RootKey::File(PathBuf::from(&it.old_key_file)));
        Options {
            old_root_key: root_key(&it.old_key, &it.old_key_command).or(file),
            suite: it.suite,
            stream: it.stream,
            max_batch: it.max_batch,
            queue: it.queue,
            readers: it.readers,
            cached_cases: it.cached_cases,
            cached_keys: it.cached_keys,
            backup_declared: it.backup_declared,
            ..Options::new(root)
        }
    }

    /// What the authority sets about persons.
    pub fn privacy(&self) -> Privacy {
        let (it, usual) = (&self.privacy, Privacy::default());
        let words = |own: &str, usual: String| if own.is_empty() { usual } else { own.to_owned() };
        Privacy {
            reporters_see_reveals: it.reporters_see_reveals,
            contact_days: it.contact_days.into(),
            callback_days: it.callback_days.into(),
            photo_place_days: it.photo_place_days.into(),
            words_days: it.words_days.into(),
            stopped_days: it.stopped_days.into(),
            recipient_days: it.recipient_days.into(),
            access_days: it.access_days.into(),
            sign_in_days: it.sign_in_days.into(),
            scour_hour: i8::try_from(it.quiet_hour.min(23)).unwrap_or(0),
            notice_zh: words(&it.notice_zh, usual.notice_zh),
            notice_en: words(&it.notice_en, usual.notice_en),
        }
    }

    /// What lies under the map, where it can be used.
    pub fn basemap(&self) -> Result<Basemap> {
        let it = &self.map;
        Basemap::checked(it.basemap, &it.url, it.datum, &it.attribution, it.most_zoom)
            .map_err(anyhow::Error::msg)
    }

    pub fn outbox(&self) -> OutboxSettings {
        let it = &self.messages;
        let mail = (!it.mail_server.is_empty())
            .then(|| MailSettings { server: it.mail_server.clone(), from: it.mail_from.clone() });
        OutboxSettings { reach: it.webhooks, mail, language: it.language }
    }

    /// How cases are exchanged with other platforms.
    pub fn exchange(&self) -> ExchangeSettings {
        ExchangeSettings { reach: self.messages.webhooks, url: self.public_url() }
    }

    /// Where people find the platform, without a slash at its end.
    pub fn public_url(&self) -> Option<String> {
        let url = self.server.url.trim().trim_end_matches('/');
        (!url.is_empty()).then(|| url.to_owned())
    }
}

/// A key that is named otherwise than by a file.
fn root_key(digits: &str, command: &[String]) -> Option<RootKey> {
    match (digits, command) {
        ("", []) => None,
        ("", words) => Some(RootKey::Command(words.to_vec())),
        (digits, _) => Some(RootKey::Hex(digits.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compiled_in_manual_is_a_complete_configuration() {
        let config: Config = Figment::from(Toml::string(DEFAULTS)).extract().unwrap();
        assert_eq!(config.server.listen, "127.0.0.1:8080");
        assert_eq!(config.key_file(), Path::new("huying.key"));
        assert_eq!(config.files_folder(), Path::new("huying.files"));
        assert_eq!((config.sandbox.enabled, config.sandbox_folder()), (false, "huying.sandbox".into()));
    }

    #[test]
    fn passwords_are_never_shown() {
        assert_eq!(without_password("postgres://a:b@h/d"), "postgres://a:***@h/d");
        assert_eq!(without_password("postgres://a@h/d"), "postgres://a@h/d");
        assert_eq!(without_password("sqlite:a.db"), "sqlite:a.db");
        let key = Value::from("secret");
        for name in ["store.key", "openid.secret"] {
            assert_eq!(hidden(name, &key), "***");
        }
    }
}
