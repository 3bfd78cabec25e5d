//! The report of an import as a file. It is written beside its place and put there when it is
//! whole; no file that is anything else is written over.

use std::fs::{File, Metadata, Permissions};
use std::io::{BufWriter, Read};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::Context;
use servicedesk_service::import::{LineReport, report};
use servicedesk_service::spreadsheet::BYTE_ORDER_MARK;
use tempfile::NamedTempFile;

/// Where a report is going to be.
#[derive(Debug)]
pub(super) struct ReportFile {
    path: PathBuf,
    to: To,
}

#[derive(Debug)]
enum To {
    /// Beside its place; gone when it is dropped.
    Beside(NamedTempFile),
    /// A device or a pipe, which is not replaced.
    Stream(File),
}

impl ReportFile {
    /// Prepares a report's place: hours of work should not end at a folder that does not exist.
    ///
    /// # Errors
    /// Where nothing can be written there, or something is there that is no report of an import,
    /// one of the import's own files above all.
    pub(super) fn prepare(path: &Path, inputs: &[&Path]) -> anyhow::Result<Self> {
        let of_path = || path.display().to_string();
        let Ok(found) = std::fs::metadata(path) else {
            return Self::beside(path).with_context(of_path);
        };
        for input in inputs {
            let is_same =
                |input: &Metadata| (input.dev(), input.ino()) == (found.dev(), found.ino());
            if std::fs::metadata(input).as_ref().is_ok_and(is_same) {
                anyhow::bail!("the report would overwrite {}", input.display());
            }
        }
        if found.is_dir() {
            anyhow::bail!("{} is a folder", path.display());
        }
        if !found.is_file() {
            let stream = File::options().write(true).open(path).with_context(of_path)?;
            return Ok(Self { path: path.to_owned(), to: To::Stream(stream) });
        }
        if found.len() > 0 && !is_report(path).with_context(of_path)? {
            anyhow::bail!(
                "{} exists and is not the report of an import; it is left as it is",
                path.display()
            );
        }
        // The file that a link leads to is replaced, not the link.
        Self::beside(&path.canonicalize().with_context(of_path)?).with_context(of_path)
    }

    fn beside(path: &Path) -> anyhow::Result<Self> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let file = tempfile::Builder::new()
            .prefix(".import-report-")
            // As any new file; the process's mask takes away what it must.
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(folder.unwrap_or_else(|| Path::new(".")))?;
        Ok(Self { path: path.to_owned(), to: To::Beside(file) })
    }

    /// Writes the report and puts it in its place.
    ///
    /// # Errors
    /// Where that fails; what was there before is still there then.
    pub(super) fn write(self, lines: &[LineReport]) -> anyhow::Result<()> {
        let of_path = || self.path.display().to_string();
        match self.to {
            To::Beside(mut file) => {
                report::write(lines, BufWriter::new(&mut file)).with_context(of_path)?;
                file.persist(&self.path).with_context(of_path)?;
            }
            To::Stream(stream) => report::write(lines, &stream).with_context(of_path)?,
        }
        Ok(())
    }
}

/// Whether a file begins as a report does.
fn is_report(path: &Path) -> std::io::Result<bool> {
    // The last column is newer than the others.
    let heading = report::HEADING[..report::HEADING.len() - 1].join(",");
    let mut begin = Vec::new();
    let most = (BYTE_ORDER_MARK.len() + heading.len()) as u64;
    File::open(path)?.take(most).read_to_end(&mut begin)?;
    let text = begin.strip_prefix(BYTE_ORDER_MARK.as_bytes()).unwrap_or(&begin);
    Ok(text.starts_with(heading.as_bytes()))
}
