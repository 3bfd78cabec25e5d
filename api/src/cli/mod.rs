//! The command line: running the service and looking after it.

mod audit;
mod demo;
pub mod import;
mod keys;
mod master_key;
mod people;
mod product;
mod projections;
mod reactions;
mod report_file;
mod screen;
pub mod serve;
mod sla;
mod tokens;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use servicedesk_domain::kernel::text::for_terminal;
use servicedesk_eventlog::{Db, Log};
use tracing_subscriber::EnvFilter;

use crate::config::{Config, Flags, LogFormat};
use crate::graphql::schema;
use servicedesk_service::catalogue::seed;
use servicedesk_service::clock;

/// An event-sourced service desk for software vendors, with a GraphQL API.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Arguments {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the service.
    Serve,
    /// Run the service with lively data and a token for each role. For trying out only.
    Demo,
    /// Bring another help desk's history in.
    Import(import::ImportArgs),
    /// Build read models again from the log, beside the live ones, and swap them in.
    Rebuild(projections::RebuildArgs),
    /// Show the log's head, and each read model's position, lag and health.
    Status,
    /// List and retry reactions that could not be done.
    #[command(subcommand)]
    Reactions(reactions::ReactionsCommand),
    /// Make, list and revoke API tokens.
    #[command(subcommand)]
    Token(tokens::TokenCommand),
    /// Register customers.
    #[command(subcommand)]
    Customer(people::CustomerCommand),
    /// Register members of staff.
    #[command(subcommand)]
    Staff(people::StaffCommand),
    /// Make administrators.
    #[command(subcommand)]
    Admin(people::AdminCommand),
    /// Change the catalogue of departments, categories, products and calendars.
    #[command(subcommand)]
    Catalogue(CatalogueCommand),
    /// Publish releases of products.
    #[command(subcommand)]
    Product(product::ProductCommand),
    /// Look after the keys that sign licence keys.
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Look after the key that opens personal data.
    #[command(subcommand)]
    MasterKey(master_key::MasterKeyCommand),
    /// Verify that nobody has changed the log.
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Look at service levels.
    #[command(subcommand)]
    Sla(sla::SlaCommand),
    /// Print the GraphQL schema.
    Schema,
    /// Print the configuration in force, with passwords masked.
    Config,
}

#[derive(Debug, Subcommand)]
enum CatalogueCommand {
    /// Load a catalogue file: what is new or differs becomes events, the rest stays.
    Load {
        /// The file; `api/src/catalogue/default.toml` is an example.
        file: std::path::PathBuf,
    },
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return help(&error),
    };
    let config = match Config::load(&arguments.flags) {
        Ok(config) => config,
        Err(error) => return fail(&anyhow::Error::msg(format!("configuration: {error}"))),
    };
    if let Err(error) = begin_logging(&config) {
        return fail(&error);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    match runtime.block_on(run(arguments.command, config)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

/// Prints what `clap` says: help, the version, or what is wrong with the arguments.
fn help(error: &clap::Error) -> ExitCode {
    match screen::checked(error.print()) {
        Ok(()) => u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from),
        Err(error) => fail(&error),
    }
}

fn fail(error: &anyhow::Error) -> ExitCode {
    if error.is::<screen::Closed>() {
        return ExitCode::SUCCESS;
    }
    // It may quote a file, a database or a person.
    for line in format!("servicedesk: {error:#}").lines() {
        screen::remark(for_terminal(line));
    }
    ExitCode::FAILURE
}

async fn run(command: Command, config: Config) -> anyhow::Result<()> {
    match command {
        Command::Serve => serve::serve(config).await,
        Command::Demo => demo::demo(config).await,
        Command::Schema => screen::text(schema::sdl()),
        Command::Config => screen::text(config.masked()?),
        command => {
            let db = open(&config).await?;
            let done = with_log(command, db.clone(), &config).await;
            // What was handed to the committer is committed before the connections close.
            db.close().await;
            done
        }
    }
}

async fn with_log(command: Command, db: Db, config: &Config) -> anyhow::Result<()> {
    let log = Log::open(db, clock::system()).await?;
    match command {
        Command::Import(args) => {
            seed::load_default(&log).await?;
            import::command(&log, args).await
        }
        Command::Rebuild(args) => projections::rebuild(&log, args).await,
        Command::Status => projections::status(&log).await,
        Command::Reactions(command) => reactions::run(&log, command).await,
        Command::Token(command) => tokens::run(&log, command).await,
        Command::Customer(command) => people::customer(&log, command).await,
        Command::Staff(command) => people::staff(&log, command).await,
        Command::Admin(command) => people::admin(&log, command).await,
        Command::Product(command) => product::run(&log, config, command).await,
        Command::Keys(command) => keys::run(&log, command).await,
        Command::MasterKey(command) => master_key::run(&log, config, command).await,
        Command::Audit(command) => audit::run(log.db(), config, command).await,
        Command::Sla(command) => sla::run(&log, command).await,
        Command::Catalogue(CatalogueCommand::Load { file }) => {
            let text = std::fs::read_to_string(&file)
                .map_err(|error| anyhow::anyhow!("{}: {error}", file.display()))?;
            let before = log.head();
            seed::load(&log, &text, None).await?;
            screen::line(format_args!("changes recorded: {}", log.head() - before))
        }
        Command::Serve | Command::Demo | Command::Schema | Command::Config => {
            unreachable!("these do not come here")
        }
    }
}

/// Connects to the database, making the folder of a SQLite file that is not there.
async fn open(config: &Config) -> anyhow::Result<Db> {
    let folder = config.sqlite_path().and_then(|path| std::path::Path::new(path).parent());
    if let Some(folder) = folder {
        std::fs::create_dir_all(folder)?;
    }
    let master_key = config.master_key_source()?;
    Ok(Db::open(&config.database_url, config.database_connections, &master_key).await?)
}

/// Log lines go to standard error, so that what a command prints can be piped.
fn begin_logging(config: &Config) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.log)?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // Colours are for people who look.
        .with_ansi(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none())
        // Where a line cannot be written, saying so there would end the process.
        .log_internal_errors(false);
    match config.log_format {
        LogFormat::Text => lines.init(),
        LogFormat::Json => lines.json().init(),
    }
    Ok(())
}
