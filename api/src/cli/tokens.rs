//! API tokens on the command line.

use clap::{Args, Subcommand};
use servicedesk_domain::access::{ApiTokenId, Principal, Scope};
use servicedesk_domain::customer::{Customer, CustomerId};
use servicedesk_domain::kernel::text::for_terminal;
use servicedesk_domain::staff::{StaffMember, StaffMemberId};
use servicedesk_eventlog::Log;
use servicedesk_projections::Runner;
use servicedesk_projections::access::api_tokens;

use servicedesk_service::access::issuing::{self, TokenRequest};

use super::screen;

/// Commands on API tokens.
#[derive(Debug, Subcommand)]
pub(super) enum TokenCommand {
    /// Make a token for a customer or a member of staff, and print it. It is not kept.
    Create(CreateArgs),
    /// List tokens: id, for whom, scopes, expiry, state, label.
    List,
    /// Make a token worth nothing.
    Revoke {
        /// The token's id, as `list` shows it.
        id: ApiTokenId,
    },
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Whom {
    /// The customer's id.
    #[arg(long, value_name = "ID")]
    customer: Option<CustomerId>,
    /// The member of staff's id.
    #[arg(long, value_name = "ID")]
    staff: Option<StaffMemberId>,
}

/// What a token is to be.
#[derive(Debug, Args)]
pub(super) struct CreateArgs {
    #[command(flatten)]
    whom: Whom,
    /// What it may be used for.
    #[arg(long, value_delimiter = ',', default_value = "read,write")]
    scopes: Vec<Scope>,
    /// For how many days it is worth anything.
    #[arg(long, default_value_t = 90)]
    days: u16,
    /// What it is for.
    #[arg(long, default_value = "made on the command line")]
    label: String,
}

/// Carries a command out.
pub(super) async fn run(log: &Log, command: TokenCommand) -> anyhow::Result<()> {
    match command {
        TokenCommand::Create(args) => create(log, args).await,
        TokenCommand::List => list(log).await,
        TokenCommand::Revoke { id } => {
            issuing::revoke(log, id).await?;
            screen::line("revoked")?;
            Ok(())
        }
    }
}

async fn create(log: &Log, args: CreateArgs) -> anyhow::Result<()> {
    let principal = match (args.whom.customer, args.whom.staff) {
        (Some(id), _) => {
            let (customer, _) = log.load::<Customer>(id.uuid()).await?;
            anyhow::ensure!(customer.is_there(), "there is no customer {id}");
            Principal::Customer(id)
        }
        (_, Some(id)) => {
            let (member, _) = log.load::<StaffMember>(id.uuid()).await?;
            anyhow::ensure!(member.worker.is_some(), "there is no member of staff {id}");
            Principal::Staff(id)
        }
        (None, None) => anyhow::bail!("a token is for a customer or a member of staff"),
    };
    let CreateArgs { scopes, days, label, .. } = args;
    let issued = issuing::issue(log, TokenRequest { principal, scopes, days, label }).await?;
    let id = issued.api_token_id;
    screen::remark(format_args!("token {id} for {days} days; it is shown only now:"));
    screen::line(issued.token)?;
    Ok(())
}

async fn list(log: &Log) -> anyhow::Result<()> {
    Runner::prepare(log.clone(), servicedesk_projections::all()).await?.catch_up().await?;
    let now = log.now();
    for token in api_tokens::all(log.db()).await? {
        let whom = match token.principal {
            Principal::Customer(id) => format!("customer {id}"),
            Principal::Staff(id) => format!("staff {id}"),
        };
        let scopes: Vec<String> = token.scopes.iter().map(ToString::to_string).collect();
        let state = match (token.revoked_at, token.is_valid_at(now)) {
            (Some(_), _) => "revoked",
            (None, true) => "valid",
            (None, false) => "expired",
        };
        let (id, expires) = (token.api_token_id, token.expires_at.date_naive());
        screen::line(format_args!(
            "{id}  {whom}  {}  {expires}  {state}  {}",
            scopes.join(","),
            for_terminal(&token.label)
        ))?;
    }
    Ok(())
}
