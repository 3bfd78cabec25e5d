//! What is refused of licences, terms, statements and payments (B1, B5), and of files (T2).

mod files;

use chrono::TimeDelta;
use serde_json::{Value, json};
use servicedesk::graphql::relay::{global_id, part_id};
use servicedesk_domain::billing::PaymentId;
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::licensing::{LicenceId, ReleaseId};
use servicedesk_domain::staff::Role;

use super::Desk;
use crate::support::app::{Person, licence, product, rental, terms, with};
use crate::support::releases::{RELEASE_IDS, release};

impl Desk {
    pub(super) async fn books(&mut self) {
        self.licences().await;
        self.files().await;
        self.terms().await;
        self.statements().await;
        self.payments().await;
    }

    async fn licences(&mut self) {
        let manager = self.app.staff("Licenser", Role::Manager, &[]).await;
        let now = self.app.clock.now();
        let sound = licence(&self.customer);
        let nobody = global_id(CustomerId::named("none")).0;
        for (further, code, field) in [
            (json!({ "customerId": nobody }), "CUSTOMER_NOT_FOUND", json!("customerId")),
            (json!({ "productId": product("none") }), "PRODUCT_NOT_FOUND", json!("productId")),
            (json!({ "kind": "RENTAL" }), "END_MISSING", json!("validUntil")),
            (json!({ "validUntil": now }), "END_NOT_ALLOWED", json!("validUntil")),
            (
                json!({ "kind": "RENTAL", "validUntil": "2020-01-01T00:00:00Z" }),
                "END_NOT_AFTER_START",
                json!("validUntil"),
            ),
            (json!({ "accountNumbers": ["1-2"] }), "BAD_ACCOUNT_NUMBER", json!("accountNumbers")),
            (
                json!({ "accountNumbers": (0..11).map(|n| n.to_string()).collect::<Vec<_>>() }),
                "TOO_MANY_ACCOUNTS",
                json!("accountNumbers"),
            ),
            (json!({ "validFrom": "1970-01-01T00:00:00Z" }), "TOO_FAR", Value::Null),
            (
                json!({ "kind": "RENTAL", "validUntil": "9999-12-31T23:59:59Z" }),
                "TOO_FAR",
                Value::Null,
            ),
        ] {
            let input = with(sound.clone(), &further);
            let answer = self.expect(&manager, "grantLicence", input, code).await;
            let error = &answer.payload()["userErrors"][0];
            let expected = if field.is_null() { Value::Null } else { json!(["input", field]) };
            assert_eq!(error["field"], expected, "{code}");
        }
        let granted = manager.expect_done("grantLicence", sound).await;
        self.app.settle().await;
        let revoke = json!({ "licenceId": granted["id"], "reason": "Refunded" });
        let unreasoned = with(revoke.clone(), &json!({ "reason": " " }));
        self.expect(&manager, "revokeLicence", unreasoned, "BAD_REASON").await;
        self.expect(&manager, "revokeLicence", revoke.clone(), "ok").await;
        self.expect(&manager, "revokeLicence", revoke.clone(), "LICENCE_REVOKED").await;
        let none = json!({ "licenceId": global_id(LicenceId::named("none")).0 });
        self.expect(&manager, "revokeLicence", with(revoke, &none), "LICENCE_NOT_FOUND").await;
        self.releases(&manager).await;
        self.changes_of_licences(&manager, &granted["id"]).await;
    }

    async fn releases(&mut self, manager: &Person) {
        let sound = release("1.0", b"file");
        for (further, code, field) in [
            (json!({ "productId": product("none") }), "PRODUCT_NOT_FOUND", "productId"),
            (json!({ "version": "1 0" }), "BAD_VERSION", "version"),
            (json!({ "notes": " " }), "BAD_NOTES", "notes"),
            (json!({ "fileName": "../robot" }), "BAD_FILE_NAME", "fileName"),
            (json!({ "bytes": 0 }), "SIZE_OUT_OF_RANGE", "bytes"),
            (json!({ "sha256": "ab" }), "BAD_CHECKSUM", "sha256"),
        ] {
            let input = with(sound.clone(), &further);
            let answer = self.expect(manager, "publishRelease", input, code).await;
            assert_eq!(answer.payload()["userErrors"][0]["field"], json!(["input", field]));
        }
        self.expect(manager, "publishRelease", sound.clone(), "ok").await;
        self.app.settle().await;
        let awaited = manager.ask(RELEASE_IDS, json!({ "id": product("trading_robot") })).await;
        let withdraw = json!({ "releaseId": awaited.payload()[0]["id"], "reason": "Broken" });
        self.expect(manager, "withdrawRelease", withdraw.clone(), "RELEASE_NOT_PUBLISHED").await;
        self.app.publish(manager, "1.0", b"file").await;
        self.expect(manager, "publishRelease", sound, "VERSION_PUBLISHED").await;
        let none = json!({ "releaseId": global_id(ReleaseId::named("none")).0 });
        for (further, code) in [
            (none, "RELEASE_NOT_FOUND"),
            (json!({ "reason": "" }), "BAD_REASON"),
            (json!({}), "ok"),
        ] {
            let input = with(withdraw.clone(), &further);
            self.expect(manager, "withdrawRelease", input, code).await;
        }
        self.expect(manager, "withdrawRelease", withdraw, "RELEASE_WITHDRAWN").await;
    }

    async fn changes_of_licences(&mut self, manager: &Person, revoked: &Value) {
        let now = self.app.clock.now();
        let unlimited = manager.expect_done("grantLicence", licence(&self.customer)).await;
        let rented = manager.expect_done("grantLicence", rental(&self.customer, now)).await;
        let nowhere = global_id(LicenceId::named("none")).0;
        let id = |licence: &Value| json!({ "licenceId": licence });
        let renew = json!({ "licenceId": rented["id"], "months": 1 });
        let rebind = json!({ "licenceId": rented["id"], "accountNumbers": ["77"],
                             "reason": "Moved" });
        let eleven: Vec<String> = (0..11).map(|number| number.to_string()).collect();
        self.app.settle().await;
        for (name, sound, further, code, field) in [
            ("renewLicence", &renew, id(&json!(nowhere)), "LICENCE_NOT_FOUND", "licenceId"),
            ("renewLicence", &renew, id(revoked), "LICENCE_REVOKED", "licenceId"),
            ("renewLicence", &renew, id(&unlimited["id"]), "NOT_A_RENTAL", "licenceId"),
            ("renewLicence", &renew, json!({ "months": 0 }), "TERM_OUT_OF_RANGE", "months"),
            ("renewLicence", &renew, json!({ "months": 121 }), "TERM_OUT_OF_RANGE", "months"),
            ("renewLicence", &renew, json!({ "months": 120 }), "TOO_FAR", ""),
            ("rebindLicence", &rebind, id(&json!(nowhere)), "LICENCE_NOT_FOUND", "licenceId"),
            ("rebindLicence", &rebind, id(revoked), "LICENCE_REVOKED", "licenceId"),
            (
                "rebindLicence",
                &rebind,
                json!({ "accountNumbers": [] }),
                "ACCOUNTS_MISSING",
                "accountNumbers",
            ),
            (
                "rebindLicence",
                &rebind,
                json!({ "accountNumbers": [" 12345678 "] }),
                "ACCOUNTS_UNCHANGED",
                "accountNumbers",
            ),
            (
                "rebindLicence",
                &rebind,
                json!({ "accountNumbers": ["7/7"] }),
                "BAD_ACCOUNT_NUMBER",
                "accountNumbers",
            ),
            (
                "rebindLicence",
                &rebind,
                json!({ "accountNumbers": eleven }),
                "TOO_MANY_ACCOUNTS",
                "accountNumbers",
            ),
            ("rebindLicence", &rebind, json!({ "reason": " " }), "BAD_REASON", "reason"),
        ] {
            let answer = self.expect(manager, name, with(sound.clone(), &further), code).await;
            let told = &answer.payload()["userErrors"][0]["field"];
            let expected = if field.is_empty() { Value::Null } else { json!(["input", field]) };
            assert_eq!(*told, expected, "{name}: {code}");
        }
        self.expect(manager, "renewLicence", renew.clone(), "ok").await;
        self.expect(manager, "rebindLicence", rebind.clone(), "ok").await;
        self.app.advance(TimeDelta::days(70));
        self.app.settle().await;
        let noticed =
            servicedesk_service::licensing::timers::record_due(&self.app.service.app.desk);
        noticed.await.expect("what is due is recorded");
        self.record_lines().await;
        self.expect(manager, "renewLicence", renew, "LICENCE_EXPIRED").await;
        self.expect(manager, "rebindLicence", rebind, "LICENCE_EXPIRED").await;
        for (licence, code) in [
            (&json!(nowhere), "LICENCE_NOT_FOUND"),
            (revoked, "LICENCE_REVOKED"),
            (&rented["id"], "LICENCE_EXPIRED"),
            (&unlimited["id"], "ok"),
        ] {
            self.expect(manager, "issueDownloadLink", id(licence), code).await;
        }
    }

    async fn terms(&mut self) {
        let manager = self.app.staff("Director", Role::Manager, &[]).await;
        self.expect(&manager, "defineSupportTerms", terms(299), "ok").await;
        let customer = self.app.customer("Charged").await;
        let ticket = customer.expect_opened("bug_report").await;
        customer.expect_done_on("agreeToCharges", &ticket).await;
        self.agent.expect_logged(&ticket, 5).await;
        self.app.settle().await;
        let now = self.app.clock.now();
        let money =
            |amount: &str, currency: &str| json!({ "amount": amount, "currency": currency });
        for (further, code) in [
            (json!({ "hourlyPrice": money("-0.01", "USD") }), "PRICE_OUT_OF_RANGE"),
            (json!({ "hourlyPrice": money("1000000.01", "USD") }), "PRICE_OUT_OF_RANGE"),
            (json!({ "hourlyPrice": money("five", "USD") }), "BAD_AMOUNT"),
            (json!({ "hourlyPrice": money("5.001", "USD") }), "BAD_AMOUNT"),
            (json!({ "hourlyPrice": money("5", "ZZZ") }), "BAD_AMOUNT"),
            (json!({ "hourlyPrice": money("5.5", "JPY") }), "BAD_AMOUNT"),
            (json!({ "hourlyPrice": money("5", "EUR") }), "CURRENCY_FIXED"),
            (json!({ "packageMinutes": -1 }), "PACKAGE_OUT_OF_RANGE"),
            (json!({ "warningPercent": 100 }), "WARNING_OUT_OF_RANGE"),
            (json!({ "timeZone": "Mars/Olympus" }), "TIME_ZONE_UNKNOWN"),
            (json!({ "inForceFrom": now - TimeDelta::seconds(1) }), "IN_FORCE_TOO_EARLY"),
            (json!({ "inForceFrom": now + TimeDelta::days(732) }), "IN_FORCE_TOO_FAR"),
        ] {
            let input = with(terms(301), &further);
            let answer = self.expect(&manager, "defineSupportTerms", input, code).await;
            let error = &answer.payload()["userErrors"][0];
            assert!(error["field"].is_array(), "{}", answer.text);
            assert_eq!(error["until"].is_string(), code.starts_with("IN_FORCE"));
        }
        self.expect(&manager, "defineSupportTerms", terms(301), "ok").await;
    }

    async fn statements(&mut self) {
        let accountant = self.app.agent("Accountant", &["accounting"]).await;
        let customer = self.app.customer("Billed").await;
        let ticket = customer.expect_opened("bug_report").await;
        customer.expect_done_on("agreeToCharges", &ticket).await;
        let month = |moment: chrono::DateTime<chrono::Utc>| moment.format("%Y-%m").to_string();
        let this = month(self.app.clock.now());
        self.agent.expect_logged(&ticket, 60).await;
        let close = |month: &str| json!({ "customerId": customer.id, "month": month });
        self.expect(&accountant, "closeStatement", close(&this), "MONTH_NOT_OVER").await;
        self.app.advance(TimeDelta::days(70));
        self.record_lines().await;
        let later = month(self.app.clock.now() - TimeDelta::days(31));
        self.expect(&accountant, "closeStatement", close(&later), "EARLIER_STATEMENT_OPEN").await;
        self.expect(&accountant, "closeStatement", close(&this), "ok").await;
        self.expect(&accountant, "closeStatement", close(&this), "STATEMENT_CLOSED").await;
        let nobody = json!({ "customerId": global_id(CustomerId::named("none")).0 });
        let input = with(close(&this), &nobody);
        self.expect(&accountant, "closeStatement", input, "CUSTOMER_NOT_FOUND").await;
    }

    async fn payments(&mut self) {
        let accountant = self.app.agent("Cashier", &["accounting"]).await;
        let today = self.app.clock.now().date_naive();
        let money =
            |amount: &str, currency: &str| json!({ "amount": amount, "currency": currency });
        let sound = json!({ "customerId": self.customer.id, "amount": money("5.00", "USD"),
                            "receivedOn": today, "reference": "Transfer" });
        let nobody = global_id(CustomerId::named("none")).0;
        for (further, code) in [
            (json!({ "customerId": nobody }), "CUSTOMER_NOT_FOUND"),
            (json!({ "amount": money("0.00", "USD") }), "AMOUNT_OUT_OF_RANGE"),
            (json!({ "amount": money("-5.00", "USD") }), "AMOUNT_OUT_OF_RANGE"),
            (json!({ "amount": money("10000000.01", "USD") }), "AMOUNT_OUT_OF_RANGE"),
            (json!({ "amount": money("5.001", "USD") }), "BAD_AMOUNT"),
            (json!({ "amount": money("5.00", "EUR") }), "OTHER_CURRENCY"),
            (json!({ "receivedOn": today + TimeDelta::days(2) }), "DATE_OUT_OF_RANGE"),
            (json!({ "receivedOn": "1900-01-01" }), "DATE_OUT_OF_RANGE"),
            (json!({ "reference": "" }), "BAD_REFERENCE"),
        ] {
            let input = with(sound.clone(), &further);
            let answer = self.expect(&accountant, "recordPayment", input, code).await;
            assert!(answer.payload()["userErrors"][0]["field"].is_array(), "{}", answer.text);
        }
        let paid = accountant.expect_done("recordPayment", sound).await;
        self.app.settle().await;
        let reverse = json!({ "reason": "Bounced", "paymentId": paid["payments"][0]["id"] });
        let unreasoned = with(reverse.clone(), &json!({ "reason": "\u{7}" }));
        self.expect(&accountant, "reversePayment", unreasoned, "BAD_REASON").await;
        self.expect(&accountant, "reversePayment", reverse.clone(), "ok").await;
        self.expect(&accountant, "reversePayment", reverse.clone(), "PAYMENT_REVERSED").await;
        let none = json!({ "paymentId": part_id("Payment", uuid::Uuid::nil(), PaymentId::named("none")).0 });
        self.expect(&accountant, "reversePayment", with(reverse, &none), "PAYMENT_NOT_FOUND").await;
    }
}
