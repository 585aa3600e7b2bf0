//! Sends one e-mail over SMTP.

use std::time::Duration;

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, header::ContentType},
};

/// Where mail goes out.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailSettings {
    /// `smtps://user:password@host:465`, `smtp://host:587?tls=required`, or `smtp://127.0.0.1:25` on the own machine.
    pub server: String,
    /// Such as `呼应 <noreply@example.org>`.
    pub from: String,
}

/// Why a mail was not handed over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    #[error(
        "the mail server's address cannot be used ({0}): write smtps://host:465 or smtp://host:587?tls=required"
    )]
    Server(String),
    #[error("'{0}' is no mail address: correct it")]
    Address(String),
    #[error("the message cannot be written: {0}")]
    Message(String),
    /// The server said no for good (5xx).
    #[error("the mail server refused it: {0}")]
    Refused(String),
    #[error("the mail server was not reached or is busy: {0}")]
    Later(String),
}

impl MailError {
    /// Another attempt may succeed.
    pub fn may_pass(&self) -> bool {
        matches!(self, MailError::Later(_))
    }
}

/// A mail in plain text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Letter {
    pub to: String,
    pub subject: String,
    pub body: String,
    /// Unique for the message, so that a second attempt after an unclear first is recognised by the receiver.
    pub id: String,
}

/// The way out for mail.
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Mailer {
    pub fn new(settings: &MailSettings) -> Result<Mailer, MailError> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&settings.server)
            .map_err(|error| MailError::Server(error.to_string()))?;
        let transport = builder.timeout(Some(Duration::from_secs(20))).build();
        Ok(Mailer { transport, from: mailbox(&settings.from)? })
    }

    /// Hands one mail to the server.
    pub async fn send(&self, letter: &Letter) -> Result<(), MailError> {
        let domain = self.from.email.domain();
        let message = Message::builder()
            .from(self.from.clone())
            .to(mailbox(&letter.to)?)
            .subject(letter.subject.clone())
            .message_id(Some(format!("<{}@{domain}>", letter.id)))
            .header(ContentType::TEXT_PLAIN)
            .body(letter.body.clone())
            .map_err(|error| MailError::Message(error.to_string()))?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_permanent() => Err(MailError::Refused(error.to_string())),
            Err(error) => Err(MailError::Later(error.to_string())),
        }
    }
}

fn mailbox(text: &str) -> Result<Mailbox, MailError> {
    text.parse().map_err(|_no_address| MailError::Address(text.to_owned()))
}

/// Whether a contact that somebody left is a mail address.
pub fn is_address(text: &str) -> bool {
    text.contains('@') && text.parse::<lettre::Address>().is_ok()
}
