//! How members come in, from the settings, and whether that is safe where the platform listens.
//!
//! Owns the refusals at the start: names to choose from, or passwords in clear, where others could reach or hear them. Start at
//! [`Door::of`].

use std::{net::SocketAddr, path::Path, sync::Arc};

use anyhow::{Context, Result, bail};
use huying_engine::{accounts::AccountRules, outbox::mail::Mailer};
use huying_server::{SignIn, arrival::Proxies, tls::Tls};

use crate::config::{Config, Entrance};

/// The way in.
pub struct Door {
    pub sign_in: SignIn,
    pub proxies: Proxies,
    pub tls: Option<Arc<Tls>>,
}

impl Door {
    /// The way in that the settings ask for, for a server that listens at `local`.
    pub fn of(config: &Config, local: SocketAddr) -> Result<Door> {
        let words = config.server.trusted_proxies.iter().map(String::as_str);
        let proxies = Proxies::read(words).context("server.trusted_proxies cannot be used")?;
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
        Ok(Door { sign_in, proxies, tls })
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
        assert!(door(PROXY, "0.0.0.0:80").is_ok());
    }

    #[test]
    fn settings_that_cannot_be_used_say_how_to_mend_them() {
        for (settings, mend) in [
            ("[tls]\ncertificate = \"a.pem\"\n", "needs both"),
            ("[tls]\ncertificate = \"no-such.pem\"\nkey = \"no-such.key\"\n", "no-such.pem"),
            ("[server]\ntrusted_proxies = [\"proxy\"]\n", "10.0.0.0/24"),
            ("[server]\nurl = \"huying.example.org\"\n", "https://"),
            ("[accounts]\nidle_minutes = 0\n", "1 to 1440"),
        ] {
            let why = refused(settings, "127.0.0.1:80");
            assert!(why.contains(mend), "{settings}: {why}");
        }
    }
}
