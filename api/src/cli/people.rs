//! Customers and staff on the command line. Each command prints the new id, or with `--token` a
//! token for the new person, so that it can be used in a script.

use clap::{Args, Subcommand, ValueEnum};
use servicedesk_domain::access::{Principal, Scope};
use servicedesk_domain::catalogue::{Catalogue, DepartmentId, catalogue_id};
use servicedesk_domain::identity::EmailAddress;
use servicedesk_domain::kernel::Language;
use servicedesk_domain::staff::Role;
use servicedesk_eventlog::Log;

use servicedesk_service::access::issuing::{self as access, TokenRequest};
use servicedesk_service::catalogue::seed;
use servicedesk_service::identity::invitations::{self, Invitation};
use servicedesk_service::{customer, staff};

use super::screen;

const TOKEN_DAYS: u16 = 90;

/// Commands on customers.
#[derive(Debug, Subcommand)]
pub(super) enum CustomerCommand {
    /// Register a customer.
    Add(AddCustomer),
}

/// A new customer.
#[derive(Debug, Args)]
pub(super) struct AddCustomer {
    /// The customer's name.
    #[arg(long)]
    name: String,
    /// Print a token for the customer instead of the id.
    #[arg(long)]
    token: bool,
}

/// Commands on staff.
#[derive(Debug, Subcommand)]
pub(super) enum StaffCommand {
    /// Register a member of staff.
    Add(AddStaff),
}

/// A new member of staff.
#[derive(Debug, Args)]
pub(super) struct AddStaff {
    /// The name that colleagues and customers see.
    #[arg(long)]
    name: String,
    /// What the member may do.
    #[arg(long, value_enum, default_value_t = RoleArg::Agent)]
    role: RoleArg,
    /// The codes of the departments whose tickets the member works, for example `technical`.
    #[arg(long = "department", value_name = "CODE", value_delimiter = ',')]
    departments: Vec<String>,
    /// Print a token for the member instead of the id.
    #[arg(long)]
    token: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum RoleArg {
    Agent,
    Manager,
    Auditor,
    Admin,
}

impl From<RoleArg> for Role {
    fn from(role: RoleArg) -> Self {
        match role {
            RoleArg::Agent => Self::Agent,
            RoleArg::Manager => Self::Manager,
            RoleArg::Auditor => Self::Auditor,
            RoleArg::Admin => Self::Admin,
        }
    }
}

/// Commands on administrators.
#[derive(Debug, Subcommand)]
pub(super) enum AdminCommand {
    /// Register an administrator, and print a code by which they choose a password.
    Create(CreateAdmin),
}

/// A new administrator.
#[derive(Debug, Args)]
pub(super) struct CreateAdmin {
    /// The name that colleagues and customers see.
    #[arg(long)]
    name: String,
    /// The e-mail address to log in with.
    #[arg(long)]
    email: String,
}

/// Registers an administrator. The code is shown here alone, and works once within seven days.
pub(super) async fn admin(log: &Log, command: AdminCommand) -> anyhow::Result<()> {
    let AdminCommand::Create(CreateAdmin { name, email }) = command;
    let address = EmailAddress::parse(&email)?;
    let id = staff::registering::register(log, name, Role::Admin, Vec::new()).await?;
    let (language, time_zone) = (Language::default(), chrono_tz::Europe::Moscow);
    let invitation = Invitation { email, language, time_zone };
    let code = invitations::code_for(log, Principal::Staff(id), &address, &invitation).await?;
    screen::line(code)
}

/// Carries a command on customers out.
pub(super) async fn customer(log: &Log, command: CustomerCommand) -> anyhow::Result<()> {
    let CustomerCommand::Add(args) = command;
    let id = customer::registering::register(log, args.name).await?;
    print_person(log, args.token, &id, Principal::Customer(id)).await
}

/// Carries a command on staff out.
pub(super) async fn staff(log: &Log, command: StaffCommand) -> anyhow::Result<()> {
    let StaffCommand::Add(args) = command;
    seed::load_default(log).await?;
    let (catalogue, _) = log.load::<Catalogue>(catalogue_id().uuid()).await?;
    let department = |code: &String| {
        let found = catalogue.departments.values().find(|entry| entry.code == *code);
        found.map(|entry| entry.department_id).ok_or_else(|| {
            let known: Vec<&str> =
                catalogue.departments.values().map(|entry| entry.code.as_str()).collect();
            anyhow::anyhow!("there is no department {code}; there are {}", known.join(", "))
        })
    };
    let department_ids: Vec<DepartmentId> =
        args.departments.iter().map(department).collect::<Result<_, _>>()?;
    let id = staff::registering::register(log, args.name, args.role.into(), department_ids).await?;
    print_person(log, args.token, &id, Principal::Staff(id)).await
}

async fn print_person(
    log: &Log,
    with_token: bool,
    id: &dyn std::fmt::Display,
    principal: Principal,
) -> anyhow::Result<()> {
    if !with_token {
        screen::line(id)?;
        return Ok(());
    }
    screen::line(token_for(log, principal).await?)?;
    Ok(())
}

/// Makes a token with every scope.
pub(super) async fn token_for(log: &Log, principal: Principal) -> anyhow::Result<String> {
    let request = TokenRequest {
        principal,
        scopes: vec![Scope::Read, Scope::Write],
        days: TOKEN_DAYS,
        label: "made with the person".to_owned(),
    };
    Ok(access::issue(log, request).await?.token)
}
