//! Where the configuration says that the master key of personal data is (ADR 0073).

use std::path::PathBuf;
use std::process::Command;

use anyhow::Context;
use servicedesk_eventlog::{MasterKey, MasterKeySource};

use super::Config;

const ON_POSTGRES: &str = "data/master.key";

impl Config {
    /// Looks for a master key that is none, or is in two places.
    pub(super) fn check_master_key(&self) -> Result<(), String> {
        let places = [
            self.master_key.is_some(),
            self.master_key_command.is_some(),
            self.master_key_file.is_some(),
        ];
        if places.into_iter().filter(|is_set| *is_set).count() > 1 {
            let keys = "master_key, master_key_command and master_key_file";
            return Err(format!("at most one of {keys} can be set"));
        }
        match &self.master_key {
            Some(key) if MasterKey::parse(key).is_none() => {
                Err("master_key must be 64 hexadecimal digits".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// Where the master key is.
    ///
    /// # Errors
    /// Where the command that prints it fails, or prints something else.
    pub fn master_key_source(&self) -> anyhow::Result<MasterKeySource> {
        if let Some(key) = self.master_key.as_deref().and_then(MasterKey::parse) {
            return Ok(MasterKeySource::Given(key));
        }
        if let Some(command) = &self.master_key_command {
            return printed_by(command).map(MasterKeySource::Given);
        }
        Ok(MasterKeySource::File(self.master_key_path()))
    }

    /// The file that the master key is in, where it is in one.
    fn master_key_path(&self) -> PathBuf {
        if let Some(path) = &self.master_key_file {
            return path.clone();
        }
        match self.sqlite_path() {
            Some(path) => format!("{path}.key").into(),
            None => ON_POSTGRES.into(),
        }
    }

    /// The file of a SQLite database.
    pub fn sqlite_path(&self) -> Option<&str> {
        let path = self.database_url.strip_prefix("sqlite:")?;
        path.trim_start_matches("//").split('?').next()
    }
}

/// What the program prints is never shown, whatever it is.
fn printed_by(command: &str) -> anyhow::Result<MasterKey> {
    let output = Command::new("sh").args(["-c", command]).output();
    let output = output.context("master_key_command cannot be run")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        anyhow::bail!("master_key_command failed ({}): {}", output.status, said.trim());
    }
    let printed = String::from_utf8(output.stdout).ok();
    let key = printed.and_then(|printed| MasterKey::parse(&printed));
    key.context("master_key_command did not print 64 hexadecimal digits")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_in_one_place_and_beside_the_data_unless_said_otherwise() {
        let path = |config: Config| match config.master_key_source().expect("a place") {
            MasterKeySource::File(path) => path,
            MasterKeySource::Given(key) => panic!("{key:?}"),
        };
        let of = |url: &str| Config { database_url: url.to_owned(), ..Config::default() };
        assert_eq!(path(of("sqlite:data/a.db")), PathBuf::from("data/a.db.key"));
        assert_eq!(path(of("sqlite:///var/a.db?mode=rw")), PathBuf::from("/var/a.db.key"));
        assert_eq!(path(of("postgres://db/desk")), PathBuf::from("data/master.key"));
        let named = Config { master_key_file: Some("k".into()), ..Config::default() };
        assert_eq!(path(named), PathBuf::from("k"));
    }

    #[test]
    fn a_key_that_is_none_or_twice_there_is_refused_without_being_shown() {
        let key = Some("ab".repeat(32));
        let good = Config { master_key: key.clone(), ..Config::default() };
        assert_eq!(good.check_master_key(), Ok(()));
        assert!(!good.masked().expect("TOML").contains("abab"));
        let twice = Config { master_key_file: Some("k".into()), ..good };
        assert!(twice.check_master_key().is_err());
        let short = Config { master_key: Some("s3cret".to_owned()), ..Config::default() };
        let problem = short.check_master_key().expect_err("it is no key");
        assert!(!problem.contains("s3cret"));
    }

    #[test]
    fn a_command_gives_the_key_or_says_why_not() {
        let by = |command: &str| {
            let command = Some(command.to_owned());
            Config { master_key_command: command, ..Config::default() }.master_key_source()
        };
        let key = "cd".repeat(32);
        let given = by(&format!("echo {key}")).expect("a key");
        let expected = MasterKey::parse(&key).expect("a key");
        assert!(matches!(given, MasterKeySource::Given(key) if key.id() == expected.id()));
        let silent = by("echo s3cret").expect_err("it is no key").to_string();
        assert!(!silent.contains("s3cret"), "{silent}");
        let failed = by("echo not today >&2; false").expect_err("it failed").to_string();
        assert!(failed.contains("not today"), "{failed}");
    }
}
