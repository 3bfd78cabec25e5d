//! Values of the configuration that nothing could run with. Each is refused by its key.

use std::ops::RangeInclusive;

use axum::http::{HeaderName, Uri};
use servicedesk_domain::kernel::Form;
use servicedesk_domain::kernel::text::MAX_NAME_CHARACTERS;
use servicedesk_service::mail::Outbox;
use tracing_subscriber::EnvFilter;

use super::{Config, Limits};

/// The committer, the listener and a rebuild's turn each keep one, the read models take two at
/// once, and queries need one.
const LEAST_CONNECTIONS: u32 = 6;
const MAX_CONNECTIONS: u32 = 10_000;
/// Longer than this nobody should wait, and no revocation should take to be known.
const MAX_SECONDS: u64 = 3_600;
const MAX_BODY_BYTES: usize = 1024 * 1024 * 1024;
const MAX_RELEASE_BYTES: u64 = 1024 * 1024 * 1024 * 1024;
const MAX_CUSTOMER_BYTES: u64 = 1024 * MAX_RELEASE_BYTES;
/// A link that is good for longer is a password.
const MAX_LINK_SECONDS: u64 = 7 * 24 * 3_600;
const MAX_DEPTH: usize = 1_000;
const MAX_COST: usize = 1_000_000_000;
const MAX_COUNT: usize = 1_000_000;
const MAX_CHECKS: u32 = 1_000_000_000;
/// What a bucket may hold, and get back in a second.
const MAX_BUCKET: f64 = 1e15;

impl Config {
    /// Looks for values that nothing could run with.
    ///
    /// # Errors
    /// A message that names the key and what may be there.
    pub(super) fn check(&self) -> Result<(), String> {
        let connections = LEAST_CONNECTIONS..=MAX_CONNECTIONS;
        within("database_connections", self.database_connections, connections)?;
        within("token_memory_seconds", u64::from(self.token_memory_seconds), 0..=MAX_SECONDS)?;
        within("consistency_seconds", u64::from(self.consistency_seconds), 0..=MAX_SECONDS)?;
        database_url(&self.database_url)?;
        self.check_master_key()?;
        if Form::Name.parse(&self.name, MAX_NAME_CHARACTERS).is_err() {
            return Err(format!("name must have 1 to {MAX_NAME_CHARACTERS} printable characters"));
        }
        if let Err(error) = EnvFilter::try_new(&self.log) {
            return Err(format!("log is no filter of log lines: {error}"));
        }
        if self.files.as_os_str().is_empty() {
            return Err("files must name a folder".to_owned());
        }
        if self.mail.as_os_str().is_empty() {
            return Err("mail must name a folder".to_owned());
        }
        if let Err(problem) = Outbox::new(self.mail.clone(), &self.mail_from) {
            return Err(problem.to_string());
        }
        if let Some(name) = &self.client_address_header {
            let parsed: Result<HeaderName, _> = name.parse();
            parsed.map_err(|_| format!("client_address_header {name:?} is no name of a header"))?;
        }
        self.public_url.as_deref().map_or(Ok(()), public_url)?;
        self.cors_origins.iter().try_for_each(|one| origin(one))?;
        self.limits.check()
    }
}

impl Limits {
    fn check(&self) -> Result<(), String> {
        within("limits.body_bytes", self.body_bytes, 1..=MAX_BODY_BYTES)?;
        within("limits.depth", self.depth, 1..=MAX_DEPTH)?;
        within("limits.query_cost", self.query_cost, 1..=MAX_COST)?;
        amount("limits.bucket_cost", self.bucket_cost)?;
        amount("limits.restore_rate", self.restore_rate)?;
        within("limits.release_bytes", self.release_bytes, 1..=MAX_RELEASE_BYTES)?;
        within("limits.file_bytes", self.file_bytes, 1..=MAX_RELEASE_BYTES)?;
        within("limits.customer_file_bytes", self.customer_file_bytes, 1..=MAX_CUSTOMER_BYTES)?;
        within("limits.file_link_seconds", self.file_link_seconds, 1..=MAX_LINK_SECONDS)?;
        within("limits.key_checks_at_once", self.key_checks_at_once, 1..=MAX_CHECKS)?;
        amount("limits.key_checks_per_second", self.key_checks_per_second)?;
        within("limits.door_at_once", self.door_at_once, 1..=MAX_CHECKS)?;
        within("limits.door_per_minute", self.door_per_minute, 1..=MAX_CHECKS)?;
        within("limits.document_bytes", self.document_bytes, 1..=MAX_BODY_BYTES)?;
        within("limits.document_tokens", self.document_tokens, 1..=MAX_BODY_BYTES)?;
        for (key, seconds) in [
            ("limits.request_seconds", self.request_seconds),
            ("limits.header_seconds", self.header_seconds),
            ("limits.body_seconds", self.body_seconds),
            ("limits.unread_seconds", self.unread_seconds),
            ("limits.ping_seconds", self.ping_seconds),
        ] {
            within(key, seconds, 1..=MAX_SECONDS)?;
        }
        for (key, count) in [
            ("limits.concurrent_requests", self.concurrent_requests),
            ("limits.connections", self.connections),
            ("limits.connections_per_address", self.connections_per_address),
            ("limits.subscriptions", self.subscriptions),
            ("limits.subscriptions_per_caller", self.subscriptions_per_caller),
            ("limits.operations_per_connection", self.operations_per_connection),
            ("limits.uploads", self.uploads),
            ("limits.uploads_per_caller", self.uploads_per_caller),
            ("limits.files_per_message", self.files_per_message),
        ] {
            within(key, count, 1..=MAX_COUNT)?;
        }
        Ok(())
    }
}

fn within<N: Copy + PartialOrd + std::fmt::Display>(
    key: &str,
    value: N,
    range: RangeInclusive<N>,
) -> Result<(), String> {
    if range.contains(&value) {
        return Ok(());
    }
    Err(format!("{key} must be from {} to {}, not {value}", range.start(), range.end()))
}

/// A number above 0 that can be counted down to; NaN and infinity cannot.
fn amount(key: &str, value: f64) -> Result<(), String> {
    if value > 0.0 && value <= MAX_BUCKET {
        return Ok(());
    }
    Err(format!("{key} must be a number above 0 and at most {MAX_BUCKET:e}, not {value}"))
}

fn database_url(url: &str) -> Result<(), String> {
    if ["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
        return Ok(());
    }
    // What follows the scheme may hold a password.
    let scheme = url.split(':').next().unwrap_or_default();
    Err(format!("database_url begins with sqlite: or postgres://, not {scheme:?}"))
}

fn public_url(url: &str) -> Result<(), String> {
    let parsed: Result<Uri, _> = url.parse();
    let is_address = parsed.is_ok_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https"))
            && uri.host().is_some_and(|host| !host.is_empty())
            && uri.query().is_none()
    });
    if is_address && !url.contains('#') {
        return Ok(());
    }
    Err(format!("public_url {url:?} is no address; it is one like https://desk.example.com"))
}

/// An origin as browsers write it: a scheme, a host, perhaps a port, and nothing else.
fn origin(text: &str) -> Result<(), String> {
    let parsed: Result<Uri, _> = text.parse();
    let is_origin = parsed.is_ok_and(|uri| {
        let written = uri.scheme_str().zip(uri.authority());
        let written = written.map(|(scheme, authority)| format!("{scheme}://{authority}"));
        matches!(uri.scheme_str(), Some("http" | "https")) && written.as_deref() == Some(text)
    });
    if is_origin && !text.contains('@') && text.to_ascii_lowercase() == text {
        return Ok(());
    }
    Err(format!("cors_origins: {text:?} is no origin; it is one like https://portal.example.com"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: impl Fn(&mut Config)) -> String {
        let mut config = Config::default();
        change(&mut config);
        config.check().expect_err("refused")
    }

    #[test]
    fn the_defaults_are_accepted() {
        assert_eq!(Config::default().check(), Ok(()));
    }

    #[test]
    fn a_number_that_nothing_runs_with_is_refused_by_its_key() {
        for bad in [f64::NAN, f64::INFINITY, 0.0, -1.0, 1e300] {
            type Field = fn(&mut Limits) -> &mut f64;
            let set: [(&str, Field); 3] = [
                ("limits.bucket_cost", |limits| &mut limits.bucket_cost),
                ("limits.restore_rate", |limits| &mut limits.restore_rate),
                ("limits.key_checks_per_second", |limits| &mut limits.key_checks_per_second),
            ];
            for (key, of) in set {
                let message = refused(|config| *of(&mut config.limits) = bad);
                assert!(message.starts_with(key), "{message}");
            }
        }
        for (key, message) in [
            ("limits.body_bytes", refused(|config| config.limits.body_bytes = 0)),
            ("limits.depth", refused(|config| config.limits.depth = 0)),
            ("limits.query_cost", refused(|config| config.limits.query_cost = 0)),
            ("limits.release_bytes", refused(|config| config.limits.release_bytes = 0)),
            ("limits.key_checks_at_once", refused(|config| config.limits.key_checks_at_once = 0)),
            ("limits.concurrent_requests", refused(|config| config.limits.concurrent_requests = 0)),
            (
                "limits.concurrent_requests",
                refused(|config| config.limits.concurrent_requests = usize::MAX),
            ),
            ("limits.request_seconds", refused(|config| config.limits.request_seconds = 0)),
            ("limits.ping_seconds", refused(|config| config.limits.ping_seconds = 0)),
            ("limits.document_bytes", refused(|config| config.limits.document_bytes = 0)),
            ("limits.connections", refused(|config| config.limits.connections = 0)),
            ("database_connections", refused(|config| config.database_connections = 5)),
            ("token_memory_seconds", refused(|config| config.token_memory_seconds = u32::MAX)),
            ("consistency_seconds", refused(|config| config.consistency_seconds = u32::MAX)),
        ] {
            assert!(message.starts_with(key), "{message}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_by_its_key() {
        for url in
            ["desk.example.com", "ftp://desk", "https://", "http://a b", "", "https://a/?b=c"]
        {
            let message = refused(|config| config.public_url = Some(url.to_owned()));
            assert!(message.starts_with("public_url"), "{message}");
        }
        let public_url = Some("https://desk.example.com/support/".to_owned());
        let config = Config { public_url, ..Config::default() };
        assert_eq!(config.check(), Ok(()));
        for url in ["", "mysql://desk:s3cret@host/desk", "servicedesk.db", "postgres:desk"] {
            let message = refused(|config| config.database_url = url.to_owned());
            assert!(
                message.starts_with("database_url") && !message.contains("s3cret"),
                "{message}"
            );
        }
        for url in [
            "*",
            "null",
            "",
            "portal.example.com",
            "https://portal.example.com/",
            "https://portal.example.com/a",
            "https://Portal.example.com",
            "ftp://portal",
        ] {
            let message = refused(|config| config.cors_origins = vec![url.to_owned()]);
            assert!(message.starts_with("cors_origins"), "{message}");
        }
        let cors_origins =
            vec!["https://portal.example.com".to_owned(), "http://[::1]:3000".to_owned()];
        assert_eq!(Config { cors_origins, ..Config::default() }.check(), Ok(()));
        for name in ["", "x forwarded", "x:y"] {
            let message = refused(|config| config.client_address_header = Some(name.to_owned()));
            assert!(message.starts_with("client_address_header"), "{message}");
        }
        assert!(refused(|config| config.log = "info,=x=".to_owned()).starts_with("log"));
        assert!(refused(|config| config.files = "".into()).starts_with("files"));
    }
}
