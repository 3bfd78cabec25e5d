//! What is refused of applications, evidence and reports (F1 to F8, R1, R2).

use async_graphql::ID;
use chrono::TimeDelta;
use serde_json::{Value, json};
use servicedesk::graphql::applications::evidence::{
    evidence_id as global_evidence_id, parse_evidence,
};
use servicedesk::graphql::relay::global_id;
use servicedesk_domain::catalogue::{BrokerId, CatalogueFile, Command, ProductId, catalogue_id};
use servicedesk_domain::kernel::Actor;
use servicedesk_domain::licensing::{ApplicationId, EvidenceId, TradingAccountId};
use servicedesk_domain::staff::Role;

use super::Desk;
use crate::support::app::{Person, category, product, with};
use crate::support::applications::{broker, deposit, free_advisor, more_advisors};

fn money(amount: &str, currency: &str) -> Value {
    json!({ "amount": amount, "currency": currency })
}

fn on(application: &Value) -> Value {
    json!({ "applicationId": application["id"] })
}

impl Desk {
    pub(super) async fn applications(&mut self) {
        more_advisors(&self.app).await;
        self.applying_for_free().await;
        self.applying_for_downloads().await;
        self.deciding().await;
        self.the_rule().await;
        self.talking().await;
        self.evidence().await;
        self.reports().await;
    }

    async fn applying_for_free(&mut self) {
        let customer = self.customer.clone();
        let none = json!(global_id(BrokerId::named("none")).0);
        let many: Vec<String> = (0..21).map(|number| product(&number.to_string())).collect();
        for (further, code) in [
            (json!({ "accountKind": "DEMO" }), "DEMO_ACCOUNT"),
            (json!({ "brokerId": none }), "BROKER_NOT_FOUND"),
            (json!({ "brokerId": broker("other_broker") }), "BROKER_NOT_PARTNER"),
            (json!({ "accountNumber": "12-34" }), "BAD_ACCOUNT_NUMBER"),
            (json!({ "accountNumber": "" }), "BAD_ACCOUNT_NUMBER"),
            (json!({ "accountNumber": "123456789012345678901" }), "BAD_ACCOUNT_NUMBER"),
            (json!({ "productIds": [] }), "PRODUCT_MISSING"),
            (json!({ "productIds": many }), "TOO_MANY_PRODUCTS"),
            (json!({ "productIds": [product("second"), product("second")] }), "PRODUCT_TWICE"),
            (json!({ "productIds": [product("none")] }), "PRODUCT_NOT_FOUND"),
            (json!({ "productIds": [product("utility")] }), "PRODUCT_NOT_FREE"),
            (json!({ "deposit": money("-1", "USD") }), "DEPOSIT_OUT_OF_RANGE"),
            (json!({ "deposit": money("10000000000.01", "USD") }), "DEPOSIT_OUT_OF_RANGE"),
            (json!({ "deposit": money("five", "USD") }), "BAD_AMOUNT"),
            (json!({ "deposit": money("499.99", "USD") }), "DEPOSIT_TOO_SMALL"),
            (json!({ "deposit": money("500.00", "EUR") }), "CURRENCY_NOT_ACCEPTED"),
            (json!({ "comment": " " }), "BAD_COMMENT"),
        ] {
            let input = with(free_advisor("700"), &further);
            self.expect(&customer, "applyForFreeAdvisor", input, code).await;
        }
    }

    async fn applying_for_downloads(&mut self) {
        let customer = self.customer.clone();
        let today = self.app.clock.now().date_naive();
        let rental = json!({ "productId": product("utility"), "startsOn": today, "months": 1 });
        for (further, code) in [
            (json!({ "productId": product("none") }), "PRODUCT_NOT_FOUND"),
            (json!({ "startsOn": null }), "START_MISSING"),
            (json!({ "startsOn": "9999-12-31" }), "START_OUT_OF_RANGE"),
            (json!({ "startsOn": "0001-01-01" }), "START_OUT_OF_RANGE"),
            (json!({ "startsOn": "+262142-12-31" }), "START_OUT_OF_RANGE"),
            (json!({ "months": 0 }), "MONTHS_OUT_OF_RANGE"),
            (json!({ "months": i32::MAX }), "MONTHS_OUT_OF_RANGE"),
            (json!({ "startsOn": today - TimeDelta::days(40) }), "TERM_OVER"),
            (json!({ "comment": "\u{7}x" }), "BAD_COMMENT"),
        ] {
            let input = with(rental.clone(), &further);
            self.expect(&customer, "applyForRentalDownload", input, code).await;
        }
        let update = json!({ "productId": product("utility"), "purchasedOn": today,
                             "seller": "A shop", "reference": "Order 7" });
        for (further, code) in [
            (json!({ "productId": product("none") }), "PRODUCT_NOT_FOUND"),
            (json!({ "purchasedOn": today + TimeDelta::days(2) }), "PURCHASE_OUT_OF_RANGE"),
            (json!({ "purchasedOn": "1900-01-01" }), "PURCHASE_OUT_OF_RANGE"),
            (json!({ "seller": "" }), "BAD_SELLER"),
            (json!({ "reference": "x".repeat(2_001) }), "BAD_REFERENCE"),
            (json!({ "comment": "" }), "BAD_COMMENT"),
        ] {
            let input = with(update.clone(), &further);
            self.expect(&customer, "applyForLicenceUpdate", input, code).await;
        }
    }

    async fn update(&self) -> Value {
        let input = json!({ "productId": product("utility"), "purchasedOn": "2024-12-01",
                            "seller": "A shop", "reference": "Order 7" });
        let application = self.customer.expect_done("applyForLicenceUpdate", input).await;
        self.app.settle().await;
        application
    }

    /// Each mutation in each state of an application.
    async fn deciding(&mut self) {
        let customer = self.customer.clone();
        let agent = self.app.agent("First licenser", &["licensing"]).await;
        let colleague = self.app.agent("Second licenser", &["licensing"]).await;
        let manager = self.app.staff("Licensing manager", Role::Manager, &[]).await;
        let reason = json!({ "reason": "A reason" });
        let bad = json!({ "reason": " " });
        let nothing = json!({ "id": global_id(ApplicationId::named("none")).0 });
        for (by, mutation) in [
            (&customer, "withdrawApplication"),
            (&agent, "takeApplication"),
            (&agent, "approveApplication"),
            (&agent, "declineApplication"),
            (&manager, "overrideDecision"),
        ] {
            let with_reason = ["declineApplication", "overrideDecision"].contains(&mutation);
            let input = |application: &Value| {
                with(on(application), if with_reason { &reason } else { &Value::Null })
            };
            self.expect(by, mutation, input(&nothing), "APPLICATION_NOT_FOUND").await;
            let approved = self.update().await;
            agent.expect_done("takeApplication", on(&approved)).await;
            agent.expect_done("approveApplication", on(&approved)).await;
            self.app.settle().await;
            self.expect(by, mutation, input(&approved), "APPLICATION_APPROVED").await;
            let withdrawn = self.update().await;
            customer.expect_done("withdrawApplication", on(&withdrawn)).await;
            self.expect(by, mutation, input(&withdrawn), "APPLICATION_WITHDRAWN").await;
            if mutation != "overrideDecision" {
                let declined = self.update().await;
                agent.expect_done("takeApplication", on(&declined)).await;
                agent.expect_done("declineApplication", with(on(&declined), &reason)).await;
                self.expect(by, mutation, input(&declined), "APPLICATION_DECLINED").await;
            }
        }
        let open = self.update().await;
        let with_reason = with(on(&open), &reason);
        self.expect(&agent, "approveApplication", on(&open), "APPLICATION_NOT_TAKEN").await;
        self.expect(&agent, "declineApplication", with_reason.clone(), "APPLICATION_NOT_TAKEN")
            .await;
        agent.expect_done("takeApplication", on(&open)).await;
        self.expect(&agent, "takeApplication", on(&open), "ALREADY_TAKEN").await;
        self.expect(&colleague, "takeApplication", on(&open), "TAKEN_BY_ANOTHER").await;
        self.expect(&colleague, "approveApplication", on(&open), "TAKEN_BY_ANOTHER").await;
        self.expect(&colleague, "declineApplication", with_reason, "TAKEN_BY_ANOTHER").await;
        let with_bad = with(on(&open), &bad);
        self.expect(&agent, "declineApplication", with_bad.clone(), "BAD_REASON").await;
        self.expect(&manager, "overrideDecision", with_bad.clone(), "BAD_REASON").await;
        self.expect(&manager, "remeasureApplication", with_bad.clone(), "BAD_REASON").await;
        let nowhere = with(on(&nothing), &reason);
        self.expect(&manager, "remeasureApplication", nowhere, "APPLICATION_NOT_FOUND").await;
        self.expect(&customer, "withdrawApplication", with_bad, "BAD_REASON").await;
    }

    async fn the_rule(&mut self) {
        let customer = self.customer.clone();
        let agent = self.app.agent("Third licenser", &["licensing"]).await;
        let manager = self.app.staff("Rule manager", Role::Manager, &[]).await;
        let first = customer.expect_applied(&agent, "701", "trading_robot").await;
        self.app.settle().await;
        self.expect(&agent, "approveApplication", on(&first), "DEPOSIT_NOT_SHOWN").await;
        agent.expect_done("recordDeposit", deposit("701", "499.99")).await;
        self.expect(&agent, "approveApplication", on(&first), "DEPOSIT_TOO_SMALL").await;
        let euros = with(deposit("701", "1"), &json!({ "amount": money("900", "EUR") }));
        agent.expect_done("recordDeposit", euros.clone()).await;
        self.expect(&agent, "approveApplication", on(&first), "CURRENCY_NOT_ACCEPTED").await;
        let worth = with(euros, &json!({ "worth": money("990", "USD") }));
        agent.expect_done("recordDeposit", worth).await;
        agent.expect_done("approveApplication", on(&first)).await;
        let second =
            with(free_advisor("701"), &json!({ "productIds": [product("trading_robot")] }));
        self.expect(&customer, "applyForFreeAdvisor", second, "MONTH_NOT_PASSED").await;
        let second = customer.expect_applied(&agent, "701", "trading_robot").await;
        self.app.settle().await;
        self.expect(&agent, "approveApplication", on(&second), "MONTH_NOT_PASSED").await;
        let rental = json!({ "productId": product("utility"), "months": 1,
                             "startsOn": self.app.clock.now().date_naive() });
        let rental = customer.expect_done("applyForRentalDownload", rental).await;
        agent.expect_done("takeApplication", on(&rental)).await;
        self.app.advance(TimeDelta::days(32));
        self.record_lines().await;
        self.expect(&agent, "approveApplication", on(&second), "TRADING_NOT_SHOWN").await;
        self.expect(&agent, "approveApplication", on(&rental), "TERM_OVER").await;
        let against = with(on(&rental), &json!({ "reason": "A reason" }));
        self.expect(&manager, "overrideDecision", against, "TERM_OVER").await;
        // A product that is given free no more, and then offered no more.
        let third = customer.expect_applied(&agent, "702", "third").await;
        let against = with(on(&third), &json!({ "reason": "A reason" }));
        let third_product = "[[products]]\ncode = \"third\"\ntitle = { ru = \"t\", en = \"t\" }\n\
                             kind = \"robot\"\n";
        let file: CatalogueFile = toml::from_str(third_product).expect("a catalogue");
        let now = self.app.clock.now();
        for (command, code) in [
            (Command::Load(Box::new(file), now), "PRODUCT_NOT_FREE"),
            (Command::RetireProduct(ProductId::named("third")), "PRODUCT_NOT_FOUND"),
        ] {
            let context = servicedesk_service::desk::own_context(Actor::Operator, now);
            let id = catalogue_id().uuid();
            let log = self.app.log();
            let done =
                log.execute::<servicedesk_domain::catalogue::Catalogue>(id, command, context).await;
            done.expect("it is changed");
            self.app.settle().await;
            self.expect(&agent, "approveApplication", on(&third), code).await;
            self.expect(&manager, "overrideDecision", against.clone(), code).await;
        }
    }

    async fn talking(&mut self) {
        let customer = self.customer.clone();
        let stranger = self.app.customer("Stranger").await;
        let application = self.update().await;
        let sound = with(
            on(&application),
            &json!({ "categoryId": category("licence"), "subject": "A subject", "text": "A text" }),
        );
        self.expect(&stranger, "openApplicationTicket", sound.clone(), "APPLICATION_NOT_FOUND")
            .await;
        for (further, code) in [
            (json!({ "categoryId": category("none") }), "CATEGORY_NOT_FOUND"),
            (json!({ "subject": "" }), "BAD_SUBJECT"),
            (json!({ "text": "\u{1}" }), "BAD_TEXT"),
        ] {
            let input = with(sound.clone(), &further);
            self.expect(&customer, "openApplicationTicket", input, code).await;
        }
        self.expect(&customer, "openApplicationTicket", sound.clone(), "ok").await;
        self.expect(&customer, "openApplicationTicket", sound, "TICKET_ALREADY_OPENED").await;
    }

    async fn evidence(&mut self) {
        let agent = self.app.agent("Fourth licenser", &["licensing"]).await;
        let now = self.app.clock.now();
        let trading = json!({ "brokerId": broker("partner_broker"), "accountNumber": "703",
                              "from": now - TimeDelta::days(2), "until": now, "trades": 1 });
        let both = [
            (json!({ "brokerId": global_id(BrokerId::named("none")).0 }), "BROKER_NOT_FOUND"),
            (json!({ "brokerId": broker("other_broker") }), "BROKER_NOT_PARTNER"),
            (json!({ "accountNumber": "12 34" }), "BAD_ACCOUNT_NUMBER"),
        ];
        for (further, code) in both.iter().cloned().chain([
            (json!({ "amount": money("-0.01", "USD") }), "DEPOSIT_OUT_OF_RANGE"),
            (json!({ "amount": money("1e9", "USD") }), "BAD_AMOUNT"),
            (json!({ "worth": money("5", "USD") }), "WORTH_IN_SAME_CURRENCY"),
            (json!({ "asOf": now + TimeDelta::days(1) }), "EVIDENCE_OUT_OF_RANGE"),
            (json!({ "asOf": "1970-01-01T00:00:00Z" }), "EVIDENCE_OUT_OF_RANGE"),
        ]) {
            let input = with(deposit("703", "5.00"), &further);
            self.expect(&agent, "recordDeposit", input, code).await;
        }
        for (further, code) in both.into_iter().chain([
            (json!({ "from": now + TimeDelta::days(1) }), "PERIOD_OUT_OF_ORDER"),
            (json!({ "lastTradeAt": now - TimeDelta::days(3) }), "PERIOD_OUT_OF_ORDER"),
            (json!({ "trades": -1 }), "TRADES_OUT_OF_RANGE"),
            (json!({ "trades": i32::MAX }), "TRADES_OUT_OF_RANGE"),
            (json!({ "until": now + TimeDelta::days(1) }), "EVIDENCE_OUT_OF_RANGE"),
        ]) {
            let input = with(trading.clone(), &further);
            self.expect(&agent, "recordTradingActivity", input, code).await;
        }
        let recorded = agent.expect_done("recordDeposit", deposit("703", "5.00")).await;
        self.app.settle().await;
        let sound = json!({ "reason": "A reason", "evidenceId": recorded["deposit"]["id"] });
        let shown = recorded["deposit"]["id"].as_str().expect("an id").to_owned();
        let (account_id, evidence_id) = parse_evidence(&ID(shown)).expect("evidence");
        let id =
            |account, evidence| json!({ "evidenceId": global_evidence_id(account, evidence).0 });
        for (further, code) in [
            (id(TradingAccountId::named("none"), evidence_id), "ACCOUNT_NOT_FOUND"),
            (id(account_id, EvidenceId::named("none")), "EVIDENCE_NOT_FOUND"),
            (json!({ "reason": "" }), "BAD_REASON"),
        ] {
            self.expect(&agent, "retractEvidence", with(sound.clone(), &further), code).await;
        }
        self.expect(&agent, "retractEvidence", sound.clone(), "ok").await;
        self.expect(&agent, "retractEvidence", sound, "EVIDENCE_RETRACTED").await;
    }

    async fn reports(&mut self) {
        let agent: Person = self.app.agent("Fifth licenser", &["licensing"]).await;
        let heading = "account,period_from,period_to,trades,deposit,currency\n";
        let sound = json!({ "brokerId": broker("partner_broker"), "csv": heading });
        let none = global_id(BrokerId::named("none")).0;
        let long = format!("{heading}{}", "x\n".repeat(10_001));
        for (further, code) in [
            (json!({ "brokerId": none }), "BROKER_NOT_FOUND"),
            (json!({ "brokerId": broker("other_broker") }), "BROKER_NOT_PARTNER"),
            (json!({ "csv": "" }), "WRONG_HEADING"),
            (json!({ "csv": "account,trades\n1,2\n" }), "WRONG_HEADING"),
            (json!({ "csv": long }), "TOO_LARGE"),
        ] {
            self.expect(&agent, "importBrokerReport", with(sound.clone(), &further), code).await;
        }
    }
}
