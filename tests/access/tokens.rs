//! How long a process goes by what it remembers of a token.

use chrono::TimeDelta;
use serde_json::json;
use servicedesk::config::Config;

use crate::support::app::{App, config};
use crate::support::on_both;

const VIEWER: &str = "{ viewer { __typename } }";

#[tokio::test]
async fn a_clock_that_is_set_back_keeps_no_revoked_token_alive() {
    on_both(|database| async move {
        let config = Config { token_memory_seconds: 2, ..config() };
        let app = App::start_with(&database, config).await;
        let customer = app.customer("Customer").await;
        assert_eq!(customer.ask(VIEWER, json!({})).await.error(), None);
        app.advance(TimeDelta::hours(-1));
        app.revoke(&customer).await;
        assert_eq!(customer.ask(VIEWER, json!({})).await.error(), Some("UNAUTHENTICATED"));
    })
    .await;
}
