//! A letter to a member when somebody came in as them with a browser that is not known, from where they never came in before.
//!
//! Whether that is so the log of sign-ins says ([`super::log`]), and the mark of a known browser. The letter goes out beside the answer and is not
//! kept: one that does not leave is no failure of the sign-in. Start at [`Accounts::tell_of_sign_in`].

use huying_model::{Instant, MemberId};
use huying_store::accounts::SignInRow;
use jiff::tz::TimeZone;

use super::{Accounts, Way};
use crate::{
    Error,
    outbox::{mail::Letter, template::Language},
};

/// After so many sign-ins within so long no more letters go out: whoever has the password could send as many as they like.
const MANY: i64 = 10;
const WITHIN_MS: i64 = 3_600_000;
/// An account that nobody has come in by is new for so long.
const NEW_MS: i64 = 30 * 86_400_000;

impl Accounts {
    /// Tells a member by mail that somebody came in as them, where that is worth a letter.
    pub(super) fn tell_of_sign_in(&self, member: &MemberId, note: SignInRow) {
        let mark = self.whence.mark.as_deref();
        let familiar = mark.is_some_and(|mark| self.device_of(member, mark).is_some());
        if familiar || !self.mails() {
            return;
        }
        let (accounts, member) = (self.clone(), member.clone());
        tokio::spawn(async move {
            if let Err(error) = accounts.write_of_sign_in(&member, &note).await {
                tracing::warn!(%member, %error, "a letter about a sign-in was not written");
            }
        });
    }

    async fn write_of_sign_in(&self, member: &MemberId, note: &SignInRow) -> Result<(), Error> {
        let since = note.at.plus_ms(-WITHIN_MS);
        let before = self.store().sign_ins_before(self.tenant(), member, note, since).await?;
        if before.alike > 0 || before.lately >= MANY {
            return Ok(());
        }
        let row = self.known(member).await?;
        // The very first follows an invitation, which the member has just taken up. In an old account it is none: the log has forgotten the
        // others, or was not kept yet.
        if before.all == 0 && note.at.minus(row.made_at) < NEW_MS {
            return Ok(());
        }
        let (Some(mailer), Some(to)) = (&self.inner.mailer, self.mail_of(&row)) else { return Ok(()) };
        let zone = self.inner.engine.setting(self.tenant())?.zone.clone();
        let url = self.rules().url.as_deref().unwrap_or_default().trim_end_matches('/');
        let (subject, body) = words(self.rules().language, member, note, &zone, url);
        let id = format!("account-{:032x}", rand::random::<u128>());
        if let Err(error) = mailer.send(&Letter { to, subject, body, id }).await {
            tracing::warn!(%member, %error, "a letter about a sign-in was not sent");
        }
        Ok(())
    }
}

fn moment(at: Instant, zone: &TimeZone) -> String {
    zone.to_datetime(at.timestamp()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// What a browser says of itself without the signs that a link is made of: a letter in the platform's name leads nowhere else.
fn plain(device: &str) -> String {
    device.chars().filter(|sign| !matches!(sign, '.' | ':' | '/' | '@')).collect()
}

fn words(
    language: Language,
    member: &MemberId,
    note: &SignInRow,
    zone: &TimeZone,
    url: &str,
) -> (String, String) {
    let (at, device, network) = (moment(note.at, zone), plain(&note.device), &note.network);
    let way = Way::from_code(&note.way);
    let (subject, body) = match language {
        Language::Zh => {
            let way = match way {
                Some(Way::Password) => "密码",
                Some(Way::Code) => "密码和动态验证码",
                Some(Way::RecoveryCode) => "密码和恢复码",
                Some(Way::Passkey) => "通行密钥",
                _ => "统一身份认证",
            };
            (
                "呼应：您的账号在新的设备上登录",
                format!(
                    "账号 {member} 于 {at} 登录。\n方式：{way}\n设备：{device}\n网段：{network}\n\n如果是您本人，无需处理。如果不是，请立即修改密码并退出所有其他设备：\n\n{url}/account\n"
                ),
            )
        }
        Language::En => {
            let way = match way {
                Some(Way::Password) => "password",
                Some(Way::Code) => "password and one-time code",
                Some(Way::RecoveryCode) => "password and recovery code",
                Some(Way::Passkey) => "passkey",
                _ => "another service",
            };
            (
                "Huying: a new device signed in to your account",
                format!(
                    "The account {member} was signed in to at {at}.\nBy: {way}\nDevice: {device}\nNetwork: {network}\n\nIf it was you, there is nothing to do. If it was not, change your password at once and sign every other device out:\n\n{url}/account\n"
                ),
            )
        }
    };
    (subject.to_owned(), body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_that_calls_itself_a_link_is_no_link_in_a_letter() {
        assert_eq!(plain("Firefox · Linux"), "Firefox · Linux");
        assert_eq!(plain("see https://evil.example/a"), "see httpsevilexamplea");
    }
}
