//! A trading account as decisions see it. Folding an event in never fails.

use serde::{Deserialize, Serialize};

use super::EvidenceId;
use super::events::{Advisor, DepositShown, GrantBasis, Source, TradingAccountEvent, TradingShown};
use crate::catalogue::{BrokerId, ProductId};
use crate::customer::CustomerId;
use crate::kernel::{Moment, Personal};
use crate::licensing::{AccountNumber, ApplicationId};
use crate::staff::StaffMemberId;

/// A trading account.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TradingAccount {
    /// Its broker and number. None before anything is known of it.
    pub identity: Option<Identity>,
    /// The deposits that count, in the order in which they were recorded.
    pub deposits: Vec<DepositShown>,
    /// The trading that counts, in the order in which it was recorded.
    pub trading: Vec<TradingShown>,
    /// Evidence that no longer counts: it was retracted, or the same source said otherwise later.
    pub retracted: Vec<ShownEvidence>,
    /// What was granted, in the order in which it was recorded.
    pub grants: Vec<AdvisorGrant>,
    /// Applications whose grant was released.
    pub released: Vec<ApplicationId>,
}

/// Evidence about an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ShownEvidence {
    /// Of a deposit.
    Deposit(DepositShown),
    /// Of trading.
    Trading(TradingShown),
}

impl ShownEvidence {
    /// Which evidence it is.
    pub const fn id(&self) -> EvidenceId {
        match self {
            Self::Deposit(shown) => shown.evidence_id,
            Self::Trading(shown) => shown.evidence_id,
        }
    }
}

/// The broker and number of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The broker.
    pub broker_id: BrokerId,
    /// The number.
    pub number: Personal<AccountNumber>,
}

/// What was granted by one application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdvisorGrant {
    /// The application.
    pub application_id: ApplicationId,
    /// The customer.
    pub customer_id: CustomerId,
    /// The advisors that are still held.
    pub advisors: Vec<Advisor>,
    /// The advisors that were revoked since.
    pub revoked: Vec<ProductId>,
    /// What the rule says of it.
    pub basis: GrantBasis,
    /// The evidence that was used.
    pub evidence_ids: Vec<EvidenceId>,
    /// The member of staff who decided.
    pub staff_member_id: StaffMemberId,
    /// When.
    pub granted_at: Moment,
    /// When a calendar month has passed since.
    pub month_passes_at: Moment,
}

/// The last grant, as far as the month is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastGrant {
    /// When it was.
    pub granted_at: Moment,
    /// When a calendar month has passed since.
    pub month_passes_at: Moment,
}

impl TradingAccount {
    /// The last grant, whether its advisors are still held or not. Two processes need not have
    /// quite the same time, so the later of each moment counts.
    pub fn last_grant(&self) -> Option<LastGrant> {
        let granted_at = self.grants.iter().map(|granted| granted.granted_at).max()?;
        let month_passes_at = self.grants.iter().map(|granted| granted.month_passes_at).max()?;
        Some(LastGrant { granted_at, month_passes_at })
    }

    /// The advisors that are held: granted and not revoked.
    pub fn held(&self) -> impl Iterator<Item = &Advisor> {
        self.grants.iter().flat_map(|granted| &granted.advisors)
    }

    /// Whether anything was granted on it to somebody else than this customer.
    pub fn was_granted_to_others(&self, customer_id: CustomerId) -> bool {
        self.grants.iter().any(|granted| granted.customer_id != customer_id)
    }

    /// What was granted by an application.
    pub fn granted_by(&self, application_id: ApplicationId) -> Option<&AdvisorGrant> {
        self.grants.iter().find(|granted| granted.application_id == application_id)
    }

    /// Evidence that it was certainly traded on after one moment and before another. A period that
    /// begins before shows it only where its last trade is known to be later.
    pub fn trading_since(&self, since: Moment, until: Moment) -> Option<&TradingShown> {
        let shows_it = |shown: &&TradingShown| {
            let is_after = shown.from >= since
                || shown.last_trade_at.is_some_and(|traded_at| traded_at > since);
            shown.source != Source::Customer && shown.trades > 0 && is_after && shown.from <= until
        };
        self.trading.iter().rfind(shows_it)
    }

    /// Evidence, counting or not.
    pub fn evidence(&self, evidence_id: EvidenceId) -> Option<ShownEvidence> {
        let is_it = |evidence: &ShownEvidence| evidence.id() == evidence_id;
        let deposits = self.deposits.iter().cloned().map(ShownEvidence::Deposit);
        let trading = self.trading.iter().cloned().map(ShownEvidence::Trading);
        deposits.chain(trading).chain(self.retracted.iter().cloned()).find(is_it)
    }

    /// Whether this evidence is known, counting or not.
    pub fn has_evidence(&self, evidence_id: EvidenceId) -> bool {
        self.deposits.iter().any(|shown| shown.evidence_id == evidence_id)
            || self.trading.iter().any(|shown| shown.evidence_id == evidence_id)
            || self.is_retracted(evidence_id)
    }

    /// Whether this evidence no longer counts.
    pub fn is_retracted(&self, evidence_id: EvidenceId) -> bool {
        self.retracted.iter().any(|evidence| evidence.id() == evidence_id)
    }

    /// Folds one event in.
    pub fn evolve(&mut self, event: TradingAccountEvent) {
        match event {
            TradingAccountEvent::Registered { broker_id, number } => {
                self.identity = Some(Identity { broker_id, number });
            }
            TradingAccountEvent::DepositRecorded(shown) => self.deposits.push(shown),
            TradingAccountEvent::TradingRecorded(shown) => self.show_trading(shown),
            TradingAccountEvent::EvidenceRetracted { evidence_id, .. } => {
                let retracted = self.evidence(evidence_id);
                self.deposits.retain(|shown| shown.evidence_id != evidence_id);
                self.trading.retain(|shown| shown.evidence_id != evidence_id);
                self.retracted.extend(retracted);
            }
            TradingAccountEvent::AdvisorsGranted {
                application_id,
                customer_id,
                advisors,
                basis,
                evidence_ids,
                staff_member_id,
                granted_at,
                month_passes_at,
            } => self.grants.push(AdvisorGrant {
                application_id,
                customer_id,
                advisors,
                revoked: Vec::new(),
                basis,
                evidence_ids,
                staff_member_id,
                granted_at,
                month_passes_at,
            }),
            TradingAccountEvent::GrantReleased { application_id } => {
                self.grants.retain(|granted| granted.application_id != application_id);
                self.released.push(application_id);
            }
            TradingAccountEvent::AdvisorRevoked { application_id, product_id, .. } => {
                let by_it = |granted: &&mut AdvisorGrant| granted.application_id == application_id;
                if let Some(granted) = self.grants.iter_mut().find(by_it) {
                    granted.advisors.retain(|advisor| advisor.product_id != product_id);
                    granted.revoked.push(product_id);
                }
            }
        }
    }

    /// What the same source says later of the same period is what counts.
    fn show_trading(&mut self, shown: TradingShown) {
        let is_same = |one: &TradingShown| {
            (one.source, one.from, one.until) == (shown.source, shown.from, shown.until)
        };
        for replaced in self.trading.iter().filter(|one| is_same(one)) {
            self.retracted.push(ShownEvidence::Trading(replaced.clone()));
        }
        self.trading.retain(|one| !is_same(one));
        self.trading.push(shown);
    }
}
