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

/// How long one mail may take in all: whoever pauses waits for what is on its way.
const LONGEST: Duration = Duration::from_secs(20);

/// The way out for mail.
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    longest: Duration,
}

impl Mailer {
    pub fn new(settings: &MailSettings) -> Result<Mailer, MailError> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&settings.server)
            .map_err(|error| MailError::Server(error.to_string()))?;
        let transport = builder.timeout(Some(LONGEST)).build();
        Ok(Mailer { transport, from: mailbox(&settings.from)?, longest: LONGEST })
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
        // The transport's own bound is for each step of the talk, of which a slow server makes many.
        match tokio::time::timeout(self.longest, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) if error.is_permanent() => Err(MailError::Refused(error.to_string())),
            Ok(Err(error)) => Err(MailError::Later(error.to_string())),
            Err(late) => Err(MailError::Later(late.to_string())),
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

#[cfg(test)]
mod tests {
    use tokio::{io::AsyncWriteExt, net::TcpListener};

    use super::*;

    #[tokio::test]
    async fn a_mail_server_that_talks_without_end_is_left_and_tried_later() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = format!("smtp://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            // Each line is in time, and none is the last.
            while stream.write_all(b"220-wait\r\n").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        let settings = MailSettings { server, from: "noreply@example.org".to_owned() };
        let mailer = Mailer { longest: Duration::from_millis(50), ..Mailer::new(&settings).unwrap() };
        let letter = Letter {
            to: "someone@example.org".to_owned(),
            subject: String::new(),
            body: String::new(),
            id: "msg_1".to_owned(),
        };
        assert!(mailer.send(&letter).await.unwrap_err().may_pass());
    }
}
