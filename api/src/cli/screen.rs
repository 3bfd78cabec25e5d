//! What commands print. A reader who has enough closes the pipe, which ends a command in silence; a
//! disk that is full is told.

use std::fmt::Display;
use std::io::{ErrorKind, Write};

/// Nobody reads what is printed any more.
#[derive(Debug, thiserror::Error)]
#[error("nobody reads standard output any more")]
pub(super) struct Closed;

/// Prints a line.
///
/// # Errors
/// [`Closed`], or why it cannot be printed.
pub(super) fn line(line: impl Display) -> anyhow::Result<()> {
    text(format_args!("{line}\n"))
}

/// Prints a text.
///
/// # Errors
/// [`Closed`], or why it cannot be printed.
pub(super) fn text(text: impl Display) -> anyhow::Result<()> {
    let mut screen = std::io::stdout().lock();
    let written = screen.write_all(text.to_string().as_bytes()).and_then(|()| screen.flush());
    checked(written)
}

/// Says something beside what is printed. It goes to standard error; where that cannot be written,
/// nobody can be told.
pub(super) fn remark(remark: impl Display) {
    drop(writeln!(std::io::stderr().lock(), "{remark}"));
}

/// What writing to standard output came to.
///
/// # Errors
/// [`Closed`], or why it cannot be printed.
pub(super) fn checked(written: std::io::Result<()>) -> anyhow::Result<()> {
    match written {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Closed.into()),
        Err(error) => Err(anyhow::anyhow!("standard output cannot be written: {error}")),
    }
}
