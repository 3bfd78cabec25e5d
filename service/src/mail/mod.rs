//! Mail that the service sends. There is no way to a mail server yet: each message is written as a
//! file (RFC 5322) into a folder, from which a program of the operator's may send it.

use std::io::Write;
use std::path::{Path, PathBuf};

use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message};
use servicedesk_domain::identity::{EmailAddress, EmailClaimId};
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
    pub async fn send(&self, mail: Mail, to: EmailClaimId, now: Moment) -> Result<(), ApiError> {
        self.write(mail, to, now, Fate::Sent).await
    }

    /// Does the same work for a message that nobody is to get, so that nobody can tell by the time
    /// it takes whether there was one.
    ///
    /// # Errors
    /// `Internal` if it cannot be written.
    pub async fn pretend(&self, mail: Mail, to: EmailClaimId, now: Moment) -> Result<(), ApiError> {
        self.write(mail, to, now, Fate::Dropped).await
    }

    /// Deletes the messages to an address that still wait.
    ///
    /// # Errors
    /// `Internal` if that fails.
    pub async fn forget(&self, to: EmailClaimId) -> Result<(), ApiError> {
        let folder = self.folder.clone();
        let deleted = tokio::task::spawn_blocking(move || delete(&folder, to));
        let deleted = deleted.await.map_err(|error| ApiError::internal(&error))?;
        deleted
            .map_err(|error| ApiError::internal(&format_args!("mail cannot be deleted: {error}")))
    }

    async fn write(
        &self,
        mail: Mail,
        to: EmailClaimId,
        now: Moment,
        fate: Fate,
    ) -> Result<(), ApiError> {
        let id = clock::fresh_id();
        let bytes = self.message(mail, id, now)?;
        let folder = self.folder.clone();
        let written =
            tokio::task::spawn_blocking(move || keep(&folder, &format!("{id}.{to}"), &bytes, fate));
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
fn keep(folder: &Path, name: &str, bytes: &[u8], fate: Fate) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let unfinished = folder.join(format!(".{name}.tmp"));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    // It holds a code that lets its reader in.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    match fate {
        Fate::Sent => std::fs::rename(&unfinished, folder.join(format!("{name}.eml")))?,
        Fate::Dropped => std::fs::remove_file(&unfinished)?,
    }
    // The name is on disk only when the folder is.
    std::fs::File::open(folder)?.sync_all()
}

/// Deletes every message to an address, finished or not. Its id is in the name, and tells nobody
/// the address.
fn delete(folder: &Path, to: EmailClaimId) -> std::io::Result<()> {
    let files = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        files => files?,
    };
    let endings = [format!(".{to}.eml"), format!(".{to}.tmp")];
    for file in files {
        let file = file?;
        let name = file.file_name();
        let name = name.to_string_lossy();
        if !endings.iter().any(|ending| name.ends_with(ending)) {
            continue;
        }
        match std::fs::remove_file(file.path()) {
            // It was sent in the meantime.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            removed => removed?,
        }
    }
    std::fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(subject: &str, text: &str) -> Mail {
        let to = EmailAddress::parse("anna@example.com").expect("an address");
        Mail { to, subject: subject.to_owned(), text: text.to_owned() }
    }

    fn to() -> EmailClaimId {
        EmailClaimId::named("anna")
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
        outbox.pretend(mail("Hello", "Nobody gets this"), to(), now).await.expect("written");
        assert_eq!(messages(&folder.path().join("mail")), Vec::<String>::new());
        outbox.send(mail("Здравствуйте", "Код:\n\nabc\n"), to(), now).await.expect("written");
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

    #[tokio::test]
    async fn messages_to_one_address_are_deleted_and_no_others() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("mail");
        let outbox = Outbox::new(path.clone(), "desk@example.com").expect("an outbox");
        let now = Moment::UNIX_EPOCH;
        outbox.forget(to()).await.expect("there is nothing to delete");
        outbox.send(mail("One", "one"), to(), now).await.expect("written");
        outbox.send(mail("Two", "two"), to(), now).await.expect("written");
        let other = EmailClaimId::named("boris");
        outbox.send(mail("Other", "other"), other, now).await.expect("written");
        std::fs::write(path.join(format!(".unfinished.{}.tmp", to())), "half").expect("written");
        outbox.forget(to()).await.expect("deleted");
        let [message] = &messages(&path)[..] else { panic!("one message is left") };
        assert!(message.contains("Subject: Other"), "{message}");
    }
}
