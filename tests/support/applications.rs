//! Applications and trading accounts, as tests name and ask for them.

use serde_json::{Value, json};
use servicedesk::graphql::relay::global_id;
use servicedesk_domain::catalogue::BrokerId;

use super::app::{App, Person, product};

/// What tests ask of an application.
pub(crate) const APPLICATION: &str = "id number kind status version position customer { id } \
     ground declineReason withdrawalReason comment decidedAt licences { id kind validFrom \
     validUntil product { code } } ticket { id number subject }";

/// What tests ask of a trading account.
pub(crate) const TRADING_ACCOUNT: &str = "id number version monthPassesAt nextGrantAt \
     isTradedSince hasOverride deposit { id source amount { amount currency } } \
     spareDeposit { amount } deposits { id source } trading { id source trades } \
     grants { ground evidence { id } grantedAt monthPassesAt held { code } revoked { code } }";

pub(crate) fn broker(code: &str) -> String {
    global_id(BrokerId::named(code)).0
}

/// The input by which a customer applies for the free robot on an account.
pub(crate) fn free_advisor(account_number: &str) -> Value {
    json!({ "brokerId": broker("partner_broker"), "accountNumber": account_number,
            "accountKind": "REAL", "productIds": [product("trading_robot")],
            "deposit": { "amount": "500.00", "currency": "USD" } })
}

/// The input by which staff records the deposit that the free robot needs.
pub(crate) fn deposit(account_number: &str, amount: &str) -> Value {
    json!({ "brokerId": broker("partner_broker"), "accountNumber": account_number,
            "amount": { "amount": amount, "currency": "USD" } })
}

/// The input by which staff records trading on an account.
pub(crate) fn trading(account_number: &str) -> Value {
    json!({ "brokerId": broker("partner_broker"), "accountNumber": account_number,
            "from": "2025-01-02T00:00:00Z", "until": "2025-01-03T00:00:00Z", "trades": 3 })
}

/// A catalogue with further advisors: `second` needs 300 dollars, `third` 200 and `rouble` 45,000
/// roubles.
pub(crate) async fn more_advisors(app: &App) {
    let entry = |code: &str, cents: i64, currency: &str| {
        format!(
            "[[products]]\ncode = \"{code}\"\ntitle = {{ ru = \"{code}\", en = \"{code}\" }}\n\
             kind = \"robot\"\nminimum_deposit = {{ cents = {cents}, currency = \"{currency}\" }}\n"
        )
    };
    let file = [
        entry("second", 30_000, "USD"),
        entry("third", 20_000, "USD"),
        entry("rouble", 4_500_000, "RUB"),
    ];
    let loaded = servicedesk_service::catalogue::seed::load(app.log(), &file.concat(), None).await;
    loaded.expect("a catalogue");
}

impl Person {
    /// Applies for free advisors on an account, takes it as `agent`, and gives the application.
    pub(crate) async fn expect_applied(&self, agent: &Person, account: &str, code: &str) -> Value {
        let wish = super::app::with(
            free_advisor(account),
            &json!({ "productIds": [product(code)],
                     "deposit": { "amount": "99999.00", "currency": "USD" } }),
        );
        let application = self.expect_done("applyForFreeAdvisor", wish).await;
        agent.expect_done("takeApplication", json!({ "applicationId": application["id"] })).await;
        application
    }
}

/// Whether a mutation is about applications or trading accounts.
pub(crate) fn is_about(mutation: &str) -> bool {
    ["application", "tradingAccount", "import"].contains(&super::payloads::about(mutation).0)
}

/// An input that is accepted, after whatever makes it possible. Each is about an account of its own.
pub(crate) async fn prepared(customer: &Person, manager: &Person, mutation: &str) -> Value {
    let account = format!("MT{}", next_number());
    let reason = json!({ "reason": "A reason" });
    match mutation {
        "applyForFreeAdvisor" => return free_advisor(&account),
        "applyForRentalDownload" => {
            return json!({ "productId": product("utility"), "startsOn": "2025-01-10",
                           "months": 36 });
        }
        "applyForLicenceUpdate" => {
            return json!({ "productId": product("utility"), "purchasedOn": "2025-01-02",
                           "seller": "A shop", "reference": "Order 7" });
        }
        "recordDeposit" => return deposit(&account, "500.00"),
        "recordTradingActivity" => return trading(&account),
        "retractEvidence" => {
            let recorded = manager.expect_done("recordDeposit", deposit(&account, "500.00")).await;
            let ids = json!({ "evidenceId": recorded["deposit"]["id"] });
            return super::app::with(ids, &reason);
        }
        "importBrokerReport" => {
            let csv = format!(
                "account,period_from,period_to,trades,deposit,currency\n\
                 {account},2024-12-01,2024-12-31,4,500.00,USD\n"
            );
            return json!({ "brokerId": broker("partner_broker"), "csv": csv });
        }
        _ => {}
    }
    let application = customer.expect_done("applyForFreeAdvisor", free_advisor(&account)).await;
    let on_it = json!({ "applicationId": application["id"] });
    if ["approveApplication", "declineApplication"].contains(&mutation) {
        manager.expect_done("takeApplication", on_it.clone()).await;
    }
    let further = match mutation {
        "approveApplication" => {
            manager.expect_done("recordDeposit", deposit(&account, "500.00")).await;
            json!({})
        }
        "declineApplication" | "overrideDecision" => reason,
        "remeasureApplication" => {
            // By what is in force when it was submitted, it is measured already.
            let level = json!({ "request": "FREE_ADVISOR",
                                "processingMinutes": next_number() });
            let level = super::app::with(super::app::level_of(1), &level);
            assert_eq!(manager.act("defineServiceLevel", level).await.outcome(), "ok");
            reason
        }
        "openApplicationTicket" => json!({ "categoryId": super::app::category("licence"),
                                           "subject": "A subject", "text": "A text" }),
        _ => json!({}),
    };
    super::app::with(on_it, &further)
}

/// A number that was not given before.
fn next_number() -> usize {
    static LAST: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(1_000);
    LAST.fetch_add(1, std::sync::atomic::Ordering::SeqCst)
}
