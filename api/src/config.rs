//! Configuration: defaults, then `servicedesk.toml`, then the environment, then flags. An unknown
//! key is an error, because a setting that is silently ignored is worse than none.

mod check;
mod master_key;

use std::net::SocketAddr;
use std::path::PathBuf;

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::{Deserialize, Serialize};
use servicedesk_eventlog::Db;
use servicedesk_eventlog::seal::Outside;
use servicedesk_service::file::uploading::FileLimits;
use url::Url;

const FILE: &str = "servicedesk.toml";
const PREFIX: &str = "SERVICEDESK_";

/// What stands for a secret that is not shown.
const MASK: &str = "***";
/// Parameters of a database's address that hold no secret.
const HARMLESS_PARAMETERS: [&str; 9] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "port",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
    "user",
];

/// Everything that an operator may set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The database: `sqlite:` and a file's path, or `postgres://…`.
    pub database_url: String,
    /// The most connections to PostgreSQL.
    pub database_connections: u32,
    /// For how many seconds `serve` waits for PostgreSQL at the start.
    pub database_wait_seconds: u32,
    /// The key that opens the keys of personal data: 64 hexadecimal digits. At most one of this
    /// and the next two is set.
    pub master_key: Option<String>,
    /// A program and its arguments, run by the shell, that prints the master key.
    pub master_key_command: Option<String>,
    /// The file that the master key is in, made at the first start. None: beside a SQLite
    /// database, its name with `.key` behind it; `data/master.key` with PostgreSQL.
    pub master_key_file: Option<PathBuf>,
    /// What the desk is called, for people.
    pub name: String,
    /// Where the service listens.
    pub listen: SocketAddr,
    /// What is logged, as `tracing` filters it.
    pub log: String,
    /// How log lines are written.
    pub log_format: LogFormat,
    /// For how many seconds a token's rights may be remembered, and so how late a revocation in
    /// another process takes effect.
    pub token_memory_seconds: u32,
    /// For how many seconds a request may wait for the read models to catch up.
    pub consistency_seconds: u32,
    /// A file of trusted documents (a JSON object: SHA-256 → document); with it, no other
    /// document is run.
    pub trusted_documents: Option<PathBuf>,
    /// The header in which a proxy before the service names who it answers, for example
    /// `x-forwarded-for`; its last entry counts. None: there is no proxy.
    pub client_address_header: Option<String>,
    /// The certificate that clients are shown. None: the service speaks plain HTTP, for one's own
    /// machine or a proxy with TLS.
    pub tls: Option<TlsFiles>,
    /// The folder in which files are kept; several processes on one database share one.
    pub files: PathBuf,
    /// The file in which the last checkpoint of the log's seal is kept outside the database; several
    /// processes on one database share one. None: beside a SQLite file, or with PostgreSQL
    /// `log-checkpoint` in the folder of files.
    pub checkpoint_file: Option<PathBuf>,
    /// The folder in which mail that the service sends waits for a program that sends it; several
    /// processes on one database may share one.
    pub mail: PathBuf,
    /// Who that mail is from, for example `Support <support@example.com>`.
    pub mail_from: String,
    /// The address under which the service is reached, for links; none: links are given as paths.
    /// Where it begins with `https:`, cookies are sent over that alone.
    pub public_url: Option<String>,
    /// The origins of other sites whose pages may call the API, each such as
    /// `https://portal.example.com`. None: pages of this service's own origin alone.
    pub cors_origins: Vec<String>,
    /// Who may read the schema through itself.
    pub introspection: Introspection,
    /// What callers may ask for.
    pub limits: Limits,
}

/// The files of a certificate, in PEM. They are read again when they change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// The certificate, and those that lead from it to one that clients know.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Who may read the schema through itself (`__schema`, `__type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Introspection {
    /// Anybody.
    Open,
    /// Who comes with a valid token.
    Authenticated,
    /// Nobody.
    Off,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines, one JSON object a line.
    Json,
}

/// What callers may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// The most bytes of a request's body.
    pub body_bytes: usize,
    /// The most bytes of a document.
    pub document_bytes: usize,
    /// The most tokens of a document.
    pub document_tokens: usize,
    /// How deep a query may nest.
    pub depth: usize,
    /// The most that one query may cost.
    pub query_cost: usize,
    /// How much a caller may spend at once.
    pub bucket_cost: f64,
    /// How much a caller gets back a second.
    pub restore_rate: f64,
    /// The most bytes of a release's file.
    pub release_bytes: u64,
    /// How many licence keys one address may have checked at once.
    pub key_checks_at_once: u32,
    /// How many more it may a second.
    pub key_checks_per_second: f64,
    /// How many requests are worked on at once; more are refused.
    pub concurrent_requests: usize,
    /// How many seconds a request may take.
    pub request_seconds: u64,
    /// How many seconds a client may take to send a request's headers, or to wait with its next
    /// request on the same connection.
    pub header_seconds: u64,
    /// How many seconds a client may take to send a request's body, or its greeting on a WebSocket.
    pub body_seconds: u64,
    /// For how many seconds a client may read nothing of what it is sent.
    pub unread_seconds: u64,
    /// After how many seconds a WebSocket is pinged again; one that answers nothing is closed.
    pub ping_seconds: u64,
    /// The most connections.
    pub connections: usize,
    /// The most connections from one address, where clients connect without a proxy.
    pub connections_per_address: usize,
    /// The most subscriptions in this process.
    pub subscriptions: usize,
    /// The most subscriptions of one caller.
    pub subscriptions_per_caller: usize,
    /// The most operations at once on one WebSocket.
    pub operations_per_connection: usize,
    /// The most files that are sent at once.
    pub uploads: usize,
    /// The most files that one person, or for releases one address, sends at once.
    pub uploads_per_caller: usize,
    /// The most bytes of a file that is attached to a message.
    pub file_bytes: u64,
    /// The most files of one message.
    pub files_per_message: usize,
    /// The most bytes of all files of one customer.
    pub customer_file_bytes: u64,
    /// For how many seconds a link to a file can be used.
    pub file_link_seconds: u64,
    /// How often one network may try at once to register, to log in, or to choose another password.
    pub door_at_once: u32,
    /// How many more times it may a minute.
    pub door_per_minute: u32,
}

impl Limits {
    /// How much people may send.
    pub const fn of_files(&self) -> FileLimits {
        FileLimits { file_bytes: self.file_bytes, customer_bytes: self.customer_file_bytes }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            database_url: "sqlite:data/servicedesk.db".to_owned(),
            database_connections: 16,
            database_wait_seconds: 60,
            master_key: None,
            master_key_command: None,
            master_key_file: None,
            name: "Service desk".to_owned(),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            log: "info,sqlx=warn".to_owned(),
            log_format: LogFormat::Text,
            token_memory_seconds: 2,
            consistency_seconds: 5,
            trusted_documents: None,
            client_address_header: None,
            tls: None,
            files: PathBuf::from("data/files"),
            checkpoint_file: None,
            mail: PathBuf::from("data/mail"),
            mail_from: "Service desk <noreply@localhost.localdomain>".to_owned(),
            public_url: None,
            cors_origins: Vec::new(),
            introspection: Introspection::Open,
            limits: Limits {
                body_bytes: 1024 * 1024,
                document_bytes: 64 * 1024,
                document_tokens: 16_384,
                depth: 10,
                query_cost: 10_000,
                bucket_cost: 20_000.0,
                restore_rate: 1_000.0,
                release_bytes: 512 * 1024 * 1024,
                key_checks_at_once: 60,
                key_checks_per_second: 1.0,
                concurrent_requests: 1_024,
                request_seconds: 30,
                header_seconds: 30,
                body_seconds: 15,
                unread_seconds: 30,
                ping_seconds: 12,
                connections: 8_192,
                connections_per_address: 512,
                subscriptions: 10_000,
                subscriptions_per_caller: 200,
                operations_per_connection: 100,
                uploads: 16,
                uploads_per_caller: 4,
                file_bytes: 128 * 1024 * 1024,
                files_per_message: 20,
                customer_file_bytes: 4 * 1024 * 1024 * 1024,
                file_link_seconds: 3_600,
                door_at_once: 30,
                door_per_minute: 6,
            },
        }
    }
}

impl Config {
    /// Reads the configuration. `flags` are what the command line says, and win.
    ///
    /// # Errors
    /// A message that names the key and where it stands.
    pub fn load(flags: &Flags) -> Result<Self, Box<figment::Error>> {
        let file = match &flags.config {
            Some(path) => Toml::file_exact(path),
            None => Toml::file(FILE),
        };
        let mut figment = Figment::from(Serialized::defaults(Self::default()))
            .merge(file)
            // DATABASE_URL is what every tool calls it; the prefixed name wins over it.
            .merge(Env::raw().only(&["DATABASE_URL"]))
            .merge(Env::prefixed(PREFIX).ignore(&["TEST_POSTGRES"]).split("__"));
        if let Some(url) = &flags.database_url {
            figment = figment.merge(("database_url", url));
        }
        if let Some(listen) = &flags.listen {
            figment = figment.merge(("listen", listen));
        }
        let config: Self = figment.extract().map_err(Box::new)?;
        config.check().map_err(|problem| Box::new(figment::Error::from(problem)))?;
        Ok(config)
    }

    /// Where the last checkpoint of the log's seal is kept outside the database.
    pub fn checkpoint_of(&self, db: &Db) -> Outside {
        let beside =
            || db.beside("-checkpoint").unwrap_or_else(|| self.files.join("log-checkpoint"));
        Outside::at(self.checkpoint_file.clone().unwrap_or_else(beside))
    }

    /// Whether clients reach the service by https: it speaks TLS itself, or a proxy does.
    pub fn is_https(&self) -> bool {
        self.tls.is_some()
            || self.public_url.as_deref().is_some_and(|url| url.starts_with("https:"))
    }

    /// The configuration as TOML, with passwords masked.
    ///
    /// # Errors
    /// Where it cannot be written as TOML.
    pub fn masked(&self) -> Result<String, toml::ser::Error> {
        let database_url = masked(&self.database_url);
        let public_url = self.public_url.as_deref().map(masked);
        let master_key = self.master_key.as_ref().map(|_| MASK.to_owned());
        toml::to_string_pretty(&Self { database_url, master_key, public_url, ..self.clone() })
    }
}

/// An address without its secrets: the password, and every parameter but the harmless ones. One
/// that cannot be read shows its scheme only.
fn masked(address: &str) -> String {
    if address.starts_with("sqlite:") {
        return address.to_owned();
    }
    let Ok(mut url) = Url::parse(address) else {
        let scheme = address.split(':').next().unwrap_or_default();
        return format!("{scheme}:{MASK}");
    };
    if url.password().is_some() && url.set_password(Some(MASK)).is_err() {
        return format!("{}:{MASK}", url.scheme());
    }
    if url.query().is_some() {
        let shown: Vec<(String, String)> = url
            .query_pairs()
            .map(|(name, value)| {
                let is_harmless = HARMLESS_PARAMETERS.contains(&name.as_ref());
                let value = if is_harmless { value.into_owned() } else { MASK.to_owned() };
                (name.into_owned(), value)
            })
            .collect();
        url.query_pairs_mut().clear().extend_pairs(shown);
    }
    if url.fragment().is_some() {
        url.set_fragment(Some(MASK));
    }
    url.into()
}

/// Settings that the command line can give.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Flags {
    /// Read this file instead of `servicedesk.toml`.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The database: `sqlite:PATH` or `postgres://…`.
    #[arg(long, global = true, value_name = "URL")]
    pub database_url: Option<String>,
    /// Where to listen, for example `127.0.0.1:8080`.
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub listen: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        assert_eq!(masked("postgres://desk:s3:c@ret@db/desk"), "postgres://desk:***@db/desk");
        for (given, shown) in [
            ("postgres://desk@db/desk", "postgres://desk@db/desk"),
            ("sqlite:data/a.db", "sqlite:data/a.db"),
            (
                "postgres://db/desk?user=desk&password=s3cret&sslmode=require",
                "postgres://db/desk?user=desk&password=***&sslmode=require",
            ),
            (
                "postgres://db/desk?PassWord=s3cret&options=-c%20a.key%3Ds3cret&sslkey=s3cret",
                "postgres://db/desk?PassWord=***&options=***&sslkey=***",
            ),
            ("postgres://desk:s3cret@[db/desk", "postgres:***"),
            ("postgres://db/desk#s3cret", "postgres://db/desk#***"),
            ("https://user:s3cret@desk.example.com/", "https://user:***@desk.example.com/"),
        ] {
            assert_eq!(masked(given), shown);
            assert!(!masked(given).contains("s3cret"), "{given}");
        }
    }

    #[test]
    fn an_unknown_key_is_an_error() {
        let figment = Figment::from(Serialized::defaults(Config::default()))
            .merge(Toml::string("lissten = \"127.0.0.1:1\""));
        assert!(figment.extract::<Config>().is_err());
    }
}
