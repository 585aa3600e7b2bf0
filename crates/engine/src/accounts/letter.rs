//! Handing a link over: by mail where that works, and otherwise to whoever asked for it.
//!
//! The letter goes out at once and is not kept: the outbox keeps what it sends, and a link must stand nowhere but in the letter.

use huying_model::MemberId;

use super::{
    Accounts,
    token::{Link, Purpose},
};
use crate::{
    Error,
    outbox::{mail::Letter, template::Language},
};

/// Where a link went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// By mail, to the member alone.
    Mailed,
    /// No mail is set up, none is known, or the mail server refused: hand this over yourself. Whole where the platform knows its
    /// own address, and otherwise a path.
    Shown(String),
}

fn mail_name(member: &MemberId) -> String {
    format!("mail {member}")
}

impl Accounts {
    /// Keeps where mail to a member goes, sealed.
    pub(super) async fn keep_mail(&self, member: &MemberId, mail: Option<&str>) -> Result<(), Error> {
        let seals = self.store().seals(self.tenant());
        let sealed = mail.map(|mail| seals.seal_secret(&mail_name(member), mail.as_bytes())).transpose()?;
        self.store().set_mail(self.tenant(), member, sealed, self.now()).await?;
        Ok(())
    }

    /// Where mail to a member goes.
    pub(super) fn mail_of(&self, row: &huying_store::accounts::AccountRow) -> Option<String> {
        let sealed = row.mail.as_ref()?;
        let plain = self.store().seals(self.tenant()).open_secret(&mail_name(&row.member), sealed)?;
        String::from_utf8(plain).ok()
    }

    /// Sends a link to a member, or says that it has to be handed over.
    pub(super) async fn hand_over(&self, link: &Link, mail: Option<String>) -> Sent {
        let url = self.rules().url.as_deref().unwrap_or_default().trim_end_matches('/');
        let shown = Sent::Shown(format!("{url}{}", link.path()));
        let (Some(mailer), Some(to)) = (&self.inner.mailer, mail) else { return shown };
        if url.is_empty() {
            tracing::warn!("no link is mailed: server.url does not say where the platform is found");
            return shown;
        }
        let (subject, body) = words(self.rules().language, link, &format!("{url}{}", link.path()));
        let id = format!("account-{:032x}", rand::random::<u128>());
        match mailer.send(&Letter { to, subject, body, id }).await {
            Ok(()) => Sent::Mailed,
            Err(error) => {
                tracing::warn!(member = %link.member, %error, "a link was not mailed");
                shown
            }
        }
    }
}

fn words(language: Language, link: &Link, url: &str) -> (String, String) {
    let hours = link.purpose.lasts_ms() / 3_600_000;
    let member = &link.member;
    let (subject, body) = match (language, link.purpose) {
        (Language::Zh, Purpose::Invitation) => (
            "呼应：请设置您的登录密码",
            format!(
                "您的账号 {member} 已开通。请在 {hours} 小时内打开下面的链接设置密码，链接只能使用一次：\n\n{url}\n\n如果您不知道此事，请忽略本邮件。\n"
            ),
        ),
        (Language::Zh, Purpose::Reset) => (
            "呼应：重新设置登录密码",
            format!(
                "有人请求为账号 {member} 重新设置密码。请在 {hours} 小时内打开下面的链接，链接只能使用一次：\n\n{url}\n\n如果不是您本人，请忽略本邮件，原密码仍然有效。\n"
            ),
        ),
        (Language::En, Purpose::Invitation) => (
            "Huying: set your password",
            format!(
                "Your account {member} is ready. Set your password within {hours} hours; the link works once:\n\n{url}\n\nIf you know nothing of this, ignore this letter.\n"
            ),
        ),
        (Language::En, Purpose::Reset) => (
            "Huying: set a new password",
            format!(
                "Somebody asked for a new password for the account {member}. Set it within {hours} hours; the link works once:\n\n{url}\n\nIf it was not you, ignore this letter: your password stays as it is.\n"
            ),
        ),
    };
    (subject.to_owned(), body)
}
