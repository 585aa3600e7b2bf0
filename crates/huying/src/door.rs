//! How members come in, from the settings, and whether that is safe where the platform listens.
//!
//! Owns the refusals at the start: names to choose from, or passwords in clear, where others could reach or hear them; strangers
//! who would count as proxies of one's own. Start at [`Door::of`].

use std::{net::SocketAddr, path::Path, sync::Arc};

use anyhow::{Context, Result, bail};
use huying_engine::{
    accounts::{AccountRules, Duties, OpenIdRules},
    outbox::mail::Mailer,
};
use huying_model::MemberId;
use huying_server::{
    SignIn,
    arrival::{Addresses, Proxies},
    connections::Bounds,
    rates::{Limits, Rate},
    tls::Tls,
};

use crate::config::{Config, Entrance};

/// The way in.
pub struct Door {
    pub sign_in: SignIn,
    pub proxies: Proxies,
    /// Who may ask for figures from elsewhere.
    pub metrics_from: Addresses,
    pub tls: Option<Arc<Tls>>,
    /// None in the demonstration.
    pub limits: Option<Limits>,
    pub connections: Bounds,
}

impl Door {
    /// The way in that the settings ask for, for a server that listens at `local`.
    pub fn of(config: &Config, local: SocketAddr) -> Result<Door> {
        let read = |words: &[String]| Addresses::read(words.iter().map(String::as_str));
        let proxies =
            read(&config.server.trusted_proxies).context("server.trusted_proxies cannot be used")?;
        let metrics_from = read(&config.server.metrics_from).context("server.metrics_from cannot be used")?;
        let tls = tls(config)?;
        let outside = !local.ip().to_canonical().is_loopback();
        let sign_in = match config.server.sign_in {
            Entrance::Demo if outside || !proxies.is_empty() || tls.is_some() => bail!(
                "server.sign_in = \"demo\" lets everybody be anybody, and {local} is not for this machine alone: \
                 listen on 127.0.0.1 without TLS and proxies, or set server.sign_in = \"accounts\""
            ),
            Entrance::Demo => SignIn::Demo,
            Entrance::Accounts if outside && tls.is_none() && proxies.is_empty() => bail!(
                "{local} can be reached from outside, and passwords would go there in clear: give tls.certificate and \
                 tls.key, or name the proxies that speak TLS in server.trusted_proxies, or listen on 127.0.0.1"
            ),
            Entrance::Accounts => SignIn::Accounts(Box::new(rules(config)?), mailer(config)?.map(Box::new)),
        };
        let demo = matches!(sign_in, SignIn::Demo);
        let limits = limits(config)?.filter(|_| !demo);
        let connections = connections(config)?;
        Ok(Door { sign_in, proxies, metrics_from, tls, limits, connections })
    }
}

fn tls(config: &Config) -> Result<Option<Arc<Tls>>> {
    let (certificate, key) = (&config.tls.certificate, &config.tls.key);
    match (certificate.is_empty(), key.is_empty()) {
        (true, true) => Ok(None),
        (false, false) => {
            let tls = Tls::read(Path::new(certificate), Path::new(key));
            Ok(Some(tls.context("the settings of [tls] cannot be used")?))
        }
        _ => bail!("[tls] needs both: certificate and key"),
    }
}

/// Another service at which members may sign in.
fn openid(config: &Config, url: &str) -> Result<Option<OpenIdRules>> {
    let it = &config.openid;
    let issuer = it.issuer.trim();
    if issuer.is_empty() {
        return Ok(None);
    }
    let loopback = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
    let here = |address: &str| {
        loopback.iter().any(|host| {
            address.strip_prefix(host).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
        })
    };
    if !issuer.starts_with("https://") && !here(issuer) {
        bail!("openid.issuer = \"{issuer}\" could be listened to: it has to begin with https://");
    }
    if url.is_empty() {
        bail!("[openid] needs server.url: the service sends browsers back there");
    }
    if it.client.is_empty() || it.claim.is_empty() {
        bail!("[openid] needs client and claim");
    }
    let secret = match (it.secret.is_empty(), it.secret_file.is_empty()) {
        (true, true) => None,
        (false, true) => Some(it.secret.clone()),
        (true, false) => {
            let read = std::fs::read_to_string(&it.secret_file);
            let read = read.with_context(|| format!("reading openid.secret_file {}", it.secret_file))?;
            Some(read.trim().to_owned())
        }
        (false, false) => bail!("[openid] has a secret and a secret_file: leave one of them out"),
    };
    Ok(Some(OpenIdRules {
        issuer: issuer.to_owned(),
        client: it.client.clone(),
        secret,
        claim: it.claim.clone(),
        name: it.name.clone(),
        url: url.to_owned(),
    }))
}

/// Three administrators who are apart.
fn duties(config: &Config) -> Option<Duties> {
    let it = &config.accounts;
    let set = |names: &[String]| names.iter().map(|name| MemberId::new(name.as_str())).collect();
    it.separate_administrators.then(|| Duties {
        system: set(&it.system_administrators),
        security: set(&it.security_administrators),
        audit: set(&it.audit_administrators),
    })
}

/// How often one may ask.
fn limits(config: &Config) -> Result<Option<Limits>> {
    let it = &config.limits;
    let rate = |address, device, key| Rate { address, device, key };
    let limits = Limits {
        report: rate(it.report_address, it.report_device, it.report_key),
        follow: rate(it.follow_address, it.follow_address, it.follow_address),
        sign_in: rate(it.sign_in_address, it.sign_in_device, it.sign_in_device),
        other: rate(it.other_address, it.other_device, it.other_key),
        streams: it.streams_member,
        ..Limits::default()
    };
    let all = [limits.report, limits.follow, limits.sign_in, limits.other];
    if limits.streams == 0 || all.iter().any(|rate| rate.address == 0 || rate.device == 0 || rate.key == 0) {
        bail!("each number of [limits] has to be at least 1: set limits.enabled = false to have none");
    }
    Ok(it.enabled.then_some(limits))
}

/// How many connections are held.
fn connections(config: &Config) -> Result<Bounds> {
    let (most, of_address) = (config.limits.connections, config.limits.connections_address);
    if !(1..=1_000_000).contains(&most) || !(1..=most).contains(&of_address) {
        bail!("limits.connections has to be 1 to 1000000, and limits.connections_address at most as many");
    }
    Ok(Bounds { most, most_of_address: of_address, ..Bounds::default() })
}

/// What the accounts of this deployment go by.
pub fn rules(config: &Config) -> Result<AccountRules> {
    let it = &config.accounts;
    let url = config.server.url.trim().trim_end_matches('/');
    if !url.is_empty() && !url.starts_with("https://") && !url.starts_with("http://") {
        bail!("server.url = \"{url}\" is no address: write https://huying.example.org");
    }
    if !(1..=24 * 60).contains(&it.idle_minutes) || !(1..=7 * 24).contains(&it.absolute_hours) {
        bail!("accounts.idle_minutes has to be 1 to 1440, and accounts.absolute_hours 1 to 168");
    }
    Ok(AccountRules {
        idle_ms: it.idle_minutes * 60_000,
        absolute_ms: it.absolute_hours * 3_600_000,
        second_factor: it.second_factor,
        openid: openid(config, url)?,
        duties: duties(config),
        url: (!url.is_empty()).then(|| url.to_owned()),
        language: config.messages.language,
    })
}

/// Where letters about accounts go out.
pub fn mailer(config: &Config) -> Result<Option<Mailer>> {
    let mail = config.outbox().mail;
    mail.as_ref().map(Mailer::new).transpose().context("the settings of [messages] cannot be used")
}

#[cfg(test)]
mod tests {
    use figment::{
        Figment,
        providers::{Format, Toml},
    };

    use super::*;

    fn door(settings: &str, listen: &str) -> Result<Door> {
        let manual = Figment::from(Toml::string(crate::config::DEFAULTS));
        let config: Config = manual.merge(Toml::string(settings)).extract().unwrap();
        Door::of(&config, listen.parse().unwrap())
    }

    fn refused(settings: &str, listen: &str) -> String {
        match door(settings, listen) {
            Err(why) => format!("{why:#}"),
            Ok(_) => panic!("{settings} on {listen} was not refused"),
        }
    }

    const DEMO: &str = "[server]\nsign_in = \"demo\"\n";
    const PROXY: &str = "[server]\ntrusted_proxies = [\"10.0.0.1\"]\n";

    #[test]
    fn names_to_choose_from_are_offered_to_this_machine_only() {
        assert!(matches!(door(DEMO, "127.0.0.1:80").unwrap().sign_in, SignIn::Demo));
        assert_eq!(door(DEMO, "127.0.0.1:80").unwrap().limits, None, "on this machine nobody is limited");
        assert!(matches!(door(DEMO, "[::1]:80").unwrap().sign_in, SignIn::Demo));
        for outside in ["0.0.0.0:80", "192.0.2.1:80", "[::]:80"] {
            assert!(refused(DEMO, outside).contains("listen on 127.0.0.1"), "{outside}");
        }
        refused(&format!("{DEMO}trusted_proxies = [\"10.0.0.1\"]\n"), "127.0.0.1:80");
    }

    #[test]
    fn passwords_are_not_taken_in_clear_from_outside() {
        assert!(matches!(door("", "127.0.0.1:80").unwrap().sign_in, SignIn::Accounts(..)));
        assert!(refused("", "0.0.0.0:80").contains("tls.certificate"));
        assert!(door(PROXY, "0.0.0.0:80").is_ok_and(|door| door.limits == Some(Limits::default())));
    }

    #[test]
    fn settings_that_cannot_be_used_say_how_to_mend_them() {
        for (settings, mend) in [
            ("[tls]\ncertificate = \"a.pem\"\n", "needs both"),
            ("[tls]\ncertificate = \"no-such.pem\"\nkey = \"no-such.key\"\n", "no-such.pem"),
            ("[server]\ntrusted_proxies = [\"proxy\"]\n", "10.0.0.0/24"),
            ("[server]\ntrusted_proxies = [\"0.0.0.0/0\"]\n", "name single addresses"),
            ("[server]\ntrusted_proxies = [\"10.0.0.1\", \"::/0\"]\n", "no wider than"),
            ("[server]\nmetrics_from = [\"0.0.0.0/0\"]\n", "server.metrics_from"),
            ("[server]\nurl = \"huying.example.org\"\n", "https://"),
            ("[accounts]\nidle_minutes = 0\n", "1 to 1440"),
            ("[openid]\nissuer = \"http://login.example.org\"\n", "https://"),
            ("[openid]\nissuer = \"https://login.example.org\"\n", "server.url"),
            ("[server]\nurl = \"https://a.org\"\n[openid]\nissuer = \"http://127.0.0.1:1\"\n", "client"),
            ("[limits]\nreport_key = 0\n", "limits.enabled = false"),
            ("[limits]\nstreams_member = 0\n", "limits.enabled = false"),
            ("[limits]\nconnections_address = 99999\n", "at most as many"),
        ] {
            let why = refused(settings, "127.0.0.1:80");
            assert!(why.contains(mend), "{settings}: {why}");
        }
    }
}
