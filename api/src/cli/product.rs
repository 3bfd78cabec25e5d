//! Releases on the command line.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Subcommand};
use servicedesk_domain::catalogue::{Catalogue, ProductId, catalogue_id};
use servicedesk_domain::kernel::{Actor, hex};
use servicedesk_domain::licensing::Release;
use servicedesk_domain::licensing::release::{Command, decide::Publish};
use servicedesk_eventlog::Log;
use sha2::{Digest, Sha256};
use tokio::io::AsyncReadExt;

use crate::config::Config;
use servicedesk_service::catalogue::seed;
use servicedesk_service::desk;
use servicedesk_service::file::receiving::Patience;
use servicedesk_service::file::store::FileStore;
use servicedesk_service::licensing::files;
use servicedesk_service::licensing::publishing::{self, NewRelease};

use super::screen;

/// Commands on products.
#[derive(Debug, Subcommand)]
pub(super) enum ProductCommand {
    /// Publish a version of a product, which customers with a licence download from then on.
    Publish(PublishArgs),
}

/// What is published.
#[derive(Debug, Args)]
pub(super) struct PublishArgs {
    /// The product's code in the catalogue.
    #[arg(long, value_name = "CODE")]
    product: String,
    /// The version.
    #[arg(long, value_name = "VERSION")]
    version: String,
    /// A file that says what is new in it.
    #[arg(long, value_name = "FILE")]
    notes: PathBuf,
    /// The file that customers download.
    file: PathBuf,
}

/// Carries a command out.
pub(super) async fn run(log: &Log, config: &Config, command: ProductCommand) -> anyhow::Result<()> {
    let ProductCommand::Publish(args) = command;
    seed::load_default(log).await?;
    let notes =
        std::fs::read_to_string(&args.notes).with_context(|| args.notes.display().to_string())?;
    let named = args.file.file_name().and_then(|name| name.to_str());
    let name = named.context("the file has no name that can be written")?.to_owned();
    let (bytes, sha256) = measure(&args.file).await?;
    let product_id = ProductId::named(&args.product);
    let (catalogue, _) = log.load::<Catalogue>(catalogue_id().uuid()).await?;
    let new = NewRelease {
        product_id,
        version: args.version.clone(),
        notes,
        file_name: name,
        bytes: i64::try_from(bytes)?,
        sha256,
    };
    let (id, announce) = publishing::announcement(&catalogue, new, config.limits.release_bytes);
    let context = || desk::own_context(Actor::Operator, log.now());
    log.execute::<Release>(id.uuid(), announce, context()).await?;
    let (release, _) = log.load::<Release>(id.uuid()).await?;
    let file = release.announced.context("the release was not announced")?.file;
    let source = tokio::fs::File::open(&args.file).await?;
    let stream = Box::pin(tokio_util::io::ReaderStream::new(source));
    let store = FileStore::new(&config.files)?;
    files::keep(&store, id, &file, stream, Patience::default()).await?;
    let publish = Command::Publish(Publish { file, at: log.now() });
    log.execute::<Release>(id.uuid(), publish, context()).await?;
    screen::line(format_args!("{} {} is published", args.product, args.version))?;
    Ok(())
}

/// How long a file is, and its SHA-256.
async fn measure(path: &Path) -> anyhow::Result<(u64, String)> {
    let opened = tokio::fs::File::open(path).await;
    let mut file = opened.with_context(|| path.display().to_string())?;
    let (mut length, mut hash) = (0_u64, Sha256::new());
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = file.read(&mut buffer).await?;
        if read == 0 {
            return Ok((length, hex::encode(&hash.finalize())));
        }
        length += u64::try_from(read)?;
        hash.update(&buffer[..read]);
    }
}
