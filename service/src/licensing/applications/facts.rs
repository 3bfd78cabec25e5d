//! What the rules of applications look up in the catalogue and in the log.

use std::sync::Arc;

use servicedesk_domain::catalogue::{BrokerId, Catalogue, ProductId};
use servicedesk_domain::kernel::Moment;
use servicedesk_domain::licensing::application::Circumstances;
use servicedesk_domain::licensing::trading_account::events::Advisor;
use servicedesk_domain::licensing::trading_account::{Rejection, TradingAccount};
use servicedesk_domain::licensing::{Application, ApplicationId, TradingAccountId};

use crate::desk::Desk;
use crate::error::ApiError;

/// The broker, if its accounts bring free advisors.
///
/// # Errors
/// `BrokerNotFound` or `BrokerNotPartner`.
pub fn partner(catalogue: &Catalogue, broker_id: BrokerId) -> Result<BrokerId, Rejection> {
    let broker = catalogue.brokers.get(&broker_id).filter(|broker| !broker.is_retired);
    let broker = broker.ok_or(Rejection::BrokerNotFound)?;
    if broker.is_partner { Ok(broker_id) } else { Err(Rejection::BrokerNotPartner) }
}

/// A product that is on offer.
///
/// # Errors
/// `ProductNotFound`.
pub fn offered(catalogue: &Catalogue, product_id: ProductId) -> Result<ProductId, Rejection> {
    let product = catalogue.products.get(&product_id).filter(|product| !product.is_retired);
    product.map(|product| product.product_id).ok_or(Rejection::ProductNotFound)
}

/// A product that is given free, with its minimum deposits now.
///
/// # Errors
/// `ProductNotFound` or `ProductNotFree`.
pub fn advisor(catalogue: &Catalogue, product_id: ProductId) -> Result<Advisor, Rejection> {
    offered(catalogue, product_id)?;
    let product = catalogue.products.get(&product_id).ok_or(Rejection::ProductNotFound)?;
    if product.minimum_deposits.is_empty() {
        return Err(Rejection::ProductNotFree);
    }
    let minimum_deposits = product.minimum_deposits.clone();
    Ok(Advisor { product_id, minimum_deposits })
}

/// What is known of a trading account now.
///
/// # Errors
/// `Internal` if it cannot be read.
pub async fn account(desk: &Desk, id: TradingAccountId) -> Result<Arc<TradingAccount>, ApiError> {
    let found = desk.log.load::<TradingAccount>(id.uuid()).await;
    Ok(Arc::new(found.map_err(ApiError::from)?.0))
}

/// An application as it is now.
///
/// # Errors
/// `Internal` if it cannot be read.
pub async fn application(desk: &Desk, id: ApplicationId) -> Result<Application, ApiError> {
    let found = desk.log.load::<Application>(id.uuid()).await;
    Ok(found.map_err(ApiError::from)?.0)
}

/// What every command on an application needs beside it.
///
/// # Errors
/// `Internal` if the catalogue cannot be read.
pub async fn circumstances(desk: &Desk, at: Moment) -> Result<Circumstances, ApiError> {
    let catalogue = desk.catalogue().await?;
    Ok(Circumstances {
        at,
        book: desk.book().await?,
        policy: catalogue.licensing_policy.clone(),
        ticket_policy: catalogue.ticket_policy.clone(),
    })
}
