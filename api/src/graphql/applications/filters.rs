//! What lists of applications and of trading accounts are filtered by.

use async_graphql::{ID, InputObject};
use chrono::{DateTime, Utc};
use servicedesk_domain::catalogue::Catalogue;
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::kernel::Money;
use servicedesk_domain::sla::RequestKind;
use servicedesk_projections::licensing::advisor_intervals::{self, Grantable};
use servicedesk_projections::licensing::applications::Filter;

use super::types::{ApplicationKind, ApplicationStatus};
use crate::graphql::relay::parse_id;
use servicedesk_service::access::{Caller, Identity, policy};
use servicedesk_service::desk::Desk;
use servicedesk_service::error::ApiError;
use servicedesk_service::licensing::applications::facts;

/// What applications are filtered by. All conditions must hold.
#[derive(Debug, Clone, Default, InputObject)]
pub struct ApplicationsFilter {
    /// With one of these statuses.
    pub status: Option<Vec<ApplicationStatus>>,
    /// Still to be decided, or decided.
    pub is_open: Option<bool>,
    /// Of one of these kinds.
    pub kind: Option<Vec<ApplicationKind>>,
    /// Of this customer. For licensing.
    pub customer_id: Option<ID>,
    /// For this account. For licensing.
    pub trading_account_id: Option<ID>,
    /// Taken last by this member of staff. For licensing.
    pub taken_by_id: Option<ID>,
    /// Due before this moment. For licensing.
    pub due_before: Option<DateTime<Utc>>,
    /// Approved against the rule or an agent's decision, or not. For licensing.
    pub is_override: Option<bool>,
    /// For free advisors, still to be decided, and allowed by the rule now, or not allowed. Refused if
    /// the rest of the filter leaves more than 2,000 that are to be decided. For licensing.
    pub is_eligible: Option<bool>,
}

/// What trading accounts are filtered by. All conditions must hold.
#[derive(Debug, Clone, Default, InputObject)]
pub struct TradingAccountsFilter {
    /// With this broker.
    pub broker_id: Option<ID>,
    /// On which one more advisor can be granted now, or cannot: because a month has passed and it was
    /// traded on, or because its deposit covers one more.
    pub can_be_granted_now: Option<bool>,
    /// The product that would be granted. Any that is given free if omitted.
    pub product_id: Option<ID>,
    /// On which anything was granted against the rule, or nothing was.
    pub has_override: Option<bool>,
}

/// A request that cannot be understood.
pub(super) fn bad(problem: &dyn std::fmt::Display) -> ApiError {
    ApiError::BadUserInput(problem.to_string())
}

impl ApplicationsFilter {
    fn is_for_licensing(&self) -> bool {
        self.trading_account_id.is_some()
            || self.taken_by_id.is_some()
            || self.due_before.is_some()
            || self.is_override.is_some()
            || self.is_eligible.is_some()
    }

    pub(super) fn read(&self, caller: &Caller) -> Result<Filter, ApiError> {
        let named: Option<CustomerId> = self.customer_id.as_ref().map(parse_id).transpose()?;
        let customer_id = match &caller.identity {
            Identity::Customer(id)
                if self.is_for_licensing() || named.is_some_and(|named| named != *id) =>
            {
                return Err(ApiError::Forbidden("this filter is for licensing"));
            }
            Identity::Customer(id) => Some(*id),
            Identity::Staff(_) => {
                policy::reading_licenser(caller)?;
                named
            }
        };
        let kinds = self.kind.iter().flatten().map(|kind| match kind {
            ApplicationKind::FreeAdvisor => RequestKind::FreeAdvisorApplication,
            ApplicationKind::RentalDownload => RequestKind::RentalApplication,
            ApplicationKind::LicenceUpdate => RequestKind::UpdateApplication,
        });
        let mut kinds: Vec<RequestKind> = kinds.collect();
        kinds.sort_unstable();
        kinds.dedup();
        let mut statuses = Vec::new();
        for status in self.status.iter().flatten().map(|status| (*status).into()) {
            if !statuses.contains(&status) {
                statuses.push(status);
            }
        }
        Ok(Filter {
            customer_id,
            account_id: self.trading_account_id.as_ref().map(parse_id).transpose()?,
            taken_by: self.taken_by_id.as_ref().map(parse_id).transpose()?,
            statuses,
            is_open: self.is_open,
            kinds,
            due_before: self.due_before,
            is_override: self.is_override,
        })
    }
}

impl TradingAccountsFilter {
    pub(super) fn read(
        &self,
        desk: &Desk,
        catalogue: &Catalogue,
    ) -> Result<advisor_intervals::Filter, ApiError> {
        let grantable = self
            .can_be_granted_now
            .map(|is_so| {
                let minimum_deposits = match &self.product_id {
                    Some(id) => {
                        let advisor = facts::advisor(catalogue, parse_id(id)?);
                        advisor.map_err(|rejection| bad(&rejection))?.minimum_deposits
                    }
                    None => cheapest(catalogue),
                };
                Ok::<_, ApiError>(Grantable { at: desk.now(), minimum_deposits, is_so })
            })
            .transpose()?;
        Ok(advisor_intervals::Filter {
            broker_id: self.broker_id.as_ref().map(parse_id).transpose()?,
            grantable,
            has_override: self.has_override,
        })
    }
}

/// The lowest minimum deposit of any advisor on offer, in each currency.
fn cheapest(catalogue: &Catalogue) -> Vec<Money> {
    let offered = catalogue.products.values().filter(|product| !product.is_retired);
    let mut least: Vec<Money> = Vec::new();
    for deposit in offered.flat_map(|product| &product.minimum_deposits) {
        match least.iter_mut().find(|one| one.currency == deposit.currency) {
            Some(one) => one.cents = one.cents.min(deposit.cents),
            None => least.push(*deposit),
        }
    }
    least
}
