//! Mail that the service sends. There is no way to a mail server yet: each message is written as a
//! file (RFC 5322) into a folder, from which a program of the operator's may send it.

use std::io::Write;
use std::path::{Path, PathBuf};

use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message};
use servicedesk_domain::identity::EmailAddress;
use servicedesk_domain::kernel::Moment;
use uuid::Uuid;

use crate::clock;
use crate::error::ApiError;

/// A message to one person.
#[derive(Clone)]
pub struct Mail {
    /// To whom.
    pub to: EmailAddress,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
}

/// The folder in which messages wait.
#[derive(Debug, Clone)]
pub struct Outbox {
    folder: PathBuf,
    sender: Mailbox,
}

impl Outbox {
    /// Messages of this sender, in this folder. It is made when the first is written.
    ///
    /// # Errors
    /// Where the sender is no mailbox.
    pub fn new(folder: PathBuf, sender: &str) -> anyhow::Result<Self> {
        let sender = sender.parse();
        let sender = sender.map_err(|error| anyhow::anyhow!("mail_from is no mailbox: {error}"))?;
        Ok(Self { folder, sender })
    }

    /// Sends a message. It is on disk before this returns, so that what was answered is sent even
    /// after a crash.
    ///
    /// # Errors
    /// `Internal` if it cannot be written.
    pub async fn send(&self, mail: Mail, now: Moment) -> Result<(), ApiError> {
        self.write(mail, now, Fate::Sent).await
    }

    /// Does the same work for a message that nobody is to get, so that nobody can tell by the time
    /// it takes whether there was one.
    ///
    /// # Errors
    /// `Internal` if it cannot be written.
    pub async fn pretend(&self, mail: Mail, now: Moment) -> Result<(), ApiError> {
        self.write(mail, now, Fate::Dropped).await
    }

    async fn write(&self, mail: Mail, now: Moment, fate: Fate) -> Result<(), ApiError> {
        let id = clock::fresh_id();
        let bytes = self.message(mail, id, now)?;
        let folder = self.folder.clone();
        let written = tokio::task::spawn_blocking(move || keep(&folder, id, &bytes, fate));
        let written = written.await.map_err(|error| ApiError::internal(&error))?;
        written.map_err(|error| ApiError::internal(&format_args!("mail cannot be kept: {error}")))
    }

    fn message(&self, mail: Mail, id: Uuid, now: Moment) -> Result<Vec<u8>, ApiError> {
        let to = mail.to.as_str().parse().map_err(|error| ApiError::internal(&error))?;
        let message = Message::builder()
            .from(self.sender.clone())
            .to(Mailbox::new(None, to))
            .subject(mail.subject)
            .date(now.into())
            .message_id(Some(format!("<{id}@{}>", self.sender.email.domain())))
            // Programs that answer mail by themselves leave it alone (RFC 3834).
            .raw_header(lettre::message::header::HeaderValue::new(
                lettre::message::header::HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            .header(ContentType::TEXT_PLAIN)
            .body(mail.text);
        message.map(|message| message.formatted()).map_err(|error| ApiError::internal(&error))
    }
}

/// What becomes of a message that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Sent,
    Dropped,
}

/// Writes a message under another name first, so that nobody sends half of it.
fn keep(folder: &Path, id: Uuid, bytes: &[u8], fate: Fate) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let unfinished = folder.join(format!(".{id}.tmp"));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    // It holds a code that lets its reader in.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    match fate {
        Fate::Sent => std::fs::rename(&unfinished, folder.join(format!("{id}.eml")))?,
        Fate::Dropped => std::fs::remove_file(&unfinished)?,
    }
    // The name is on disk only when the folder is.
    std::fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(subject: &str, text: &str) -> Mail {
        let to = EmailAddress::parse("anna@example.com").expect("an address");
        Mail { to, subject: subject.to_owned(), text: text.to_owned() }
    }

    fn messages(folder: &Path) -> Vec<String> {
        let files = std::fs::read_dir(folder).expect("a folder");
        let read = |file: std::fs::DirEntry| std::fs::read_to_string(file.path()).expect("a text");
        files.map(|file| read(file.expect("a file"))).collect()
    }

    #[tokio::test]
    async fn a_message_is_a_whole_file_and_one_that_is_only_pretended_leaves_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let outbox = Outbox::new(folder.path().join("mail"), "Desk <desk@example.com>");
        let outbox = outbox.expect("an outbox");
        let now = Moment::from_timestamp(1_772_442_000, 0).expect("a moment");
        outbox.pretend(mail("Hello", "Nobody gets this"), now).await.expect("written");
        assert_eq!(messages(&folder.path().join("mail")), Vec::<String>::new());
        outbox.send(mail("Здравствуйте", "Код:\n\nabc\n"), now).await.expect("written");
        let found = messages(&folder.path().join("mail"));
        let [message] = &found[..] else { panic!("{found:?}") };
        for line in [
            "From: Desk <desk@example.com>\r\n",
            "To: anna@example.com\r\n",
            "Date: Mon, 02 Mar 2026 09:00:00 +0000\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "Content-Type: text/plain; charset=utf-8\r\n",
            "Subject: =?utf-8?b?",
            "@example.com>\r\n",
        ] {
            assert!(message.contains(line), "{line:?} is not in {message}");
        }
        assert!(!message.contains("Здравствуйте"), "{message}");
        assert!(Outbox::new(folder.path().to_owned(), "nobody").is_err());
    }
}
