//! Keys are issued for what a licence says, by signing keys that several processes share.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use std::os::unix::fs::PermissionsExt;
use test_case::test_case;

use serde_json::json;
use servicedesk_service::licensing::signing;

use super::{count, key, licence, verdict};
use crate::support::app::{App, licence as unlimited, product, rental, with};
use crate::support::on_sqlite;
use servicedesk_domain::staff::Role;

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_licence_gets_its_key_and_each_change_another(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let input = rental(&customer, app.clock.now());
        let granted = manager.expect_done("grantLicence", input).await;
        assert_eq!(granted["key"]["number"], 1, "the payload shows the key: {granted}");
        let first = key(&app, &customer, &granted["id"]).await;
        assert_eq!(first, key(&app, &manager, &granted["id"]).await);
        assert_eq!(verdict(&customer, &first, "12345678").await, "VALID");

        let rebind = json!({ "licenceId": granted["id"], "accountNumbers": ["mt77", "55"],
                             "reason": "Another broker" });
        let rebound = manager.expect_done("rebindLicence", rebind).await;
        assert_eq!(rebound["accountNumbers"], json!(["55", "MT77"]));
        let second = key(&app, &customer, &granted["id"]).await;
        assert_eq!(verdict(&customer, &first, "12345678").await, "REPLACED");
        assert_eq!(verdict(&customer, &first, "55").await, "BOUND_ELSEWHERE");
        assert_eq!(verdict(&customer, &second, "12345678").await, "BOUND_ELSEWHERE");
        assert_eq!(verdict(&customer, &second, " Mt77 ").await, "VALID");
        assert_eq!(
            verdict(&customer, &second, "0055").await,
            "VALID",
            "zeros make no other account"
        );

        let renew = json!({ "licenceId": granted["id"], "months": 2 });
        manager.expect_done("renewLicence", renew).await;
        let seen = licence(&app, &customer, &granted["id"]).await;
        let told: Vec<_> =
            seen["keys"].as_array().expect("keys").iter().map(|key| &key["isReplaced"]).collect();
        assert_eq!(told, [&json!(true), &json!(false), &json!(false)], "{seen}");
        assert_eq!(verdict(&customer, &second, "55").await, "VALID", "until its own end");

        let revoke = json!({ "licenceId": granted["id"], "reason": "Refunded" });
        manager.expect_done("revokeLicence", revoke).await;
        let third = key(&app, &customer, &granted["id"]).await;
        assert_eq!(verdict(&customer, &third, "55").await, "REVOKED");
        assert_eq!(count(&app, "licence.key_issued").await, 3);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn without_accounts_there_is_no_key_and_a_stranger_sees_none(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let stranger = app.customer("Stranger").await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let none = with(unlimited(&customer), &json!({ "accountNumbers": [] }));
        let granted = manager.expect_done("grantLicence", none).await;
        let seen = licence(&app, &customer, &granted["id"]).await;
        assert_eq!((&seen["key"], &seen["keys"]), (&json!(null), &json!([])));
        assert!(licence(&app, &stranger, &granted["id"]).await.is_null());
        assert_eq!(count(&app, "signing_keys.introduced").await, 0, "nothing was signed yet");
        // Bound later, it has one.
        let rebind = json!({ "licenceId": granted["id"], "accountNumbers": ["5"],
                             "reason": "An account at last" });
        manager.expect_done("rebindLicence", rebind).await;
        let key = key(&app, &customer, &granted["id"]).await;
        assert_eq!(verdict(&stranger, &key, "5").await, "VALID");
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_rotated_key_signs_and_the_old_one_is_still_checked_by_every_process(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let other = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let grant = async |account: &str| {
            let input = with(unlimited(&customer), &json!({ "accountNumbers": [account] }));
            let id = manager.expect_done("grantLicence", input).await["id"].clone();
            licence(&app, &customer, &id).await["key"].clone()
        };
        let before = grant("1").await;
        // The other process has the keys in memory as they are now.
        let text = |key: &serde_json::Value| key["key"].as_str().expect("a key").to_owned();
        assert_eq!(verdict(&customer.at(&other), &text(&before), "1").await, "VALID");
        signing::rotate(app.log()).await.expect("rotated");
        let after = grant("2").await;
        assert_eq!((&before["signingKey"], &after["signingKey"]), (&json!(1), &json!(2)));
        for person in [&customer, &customer.at(&other)] {
            assert_eq!(verdict(person, &text(&before), "1").await, "VALID");
            assert_eq!(verdict(person, &text(&after), "2").await, "VALID");
        }
        let query = "{ licenceSigningKeys { number publicKey } }";
        let shown = customer.at(&other).ask(query, json!({})).await;
        let numbers: Vec<_> = shown.payload().as_array().expect("keys").iter().collect();
        assert_eq!(numbers.len(), 2, "{}", shown.text);
    })
    .await;
}

/// Two processes that sign for the first time at once agree on one key.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn the_first_signing_key_is_made_once(system: System) {
    with_database(system, |database| async move {
        let (one, two) = (App::start(&database).await, App::start(&database).await);
        let (first, second) = tokio::join!(signing::signer(one.log()), signing::signer(two.log()));
        let (first, second) = (first.expect("a signer"), second.expect("a signer"));
        assert_eq!((first.number, second.number), (1, 1));
        assert_eq!(first.secret.to_bytes(), second.secret.to_bytes());
        assert_eq!(count(&one, "signing_keys.introduced").await, 1);
        // No secret is in the log.
        let secret: String = servicedesk_domain::kernel::hex::encode(first.secret.as_bytes());
        let payloads = database.texts("SELECT CAST(payload AS TEXT) FROM events").await;
        assert!(payloads.iter().flatten().all(|payload| !payload.contains(&secret)));
    })
    .await;
}

/// Who cannot read the file cannot sign.
#[tokio::test]
async fn a_new_database_file_is_its_owners_alone() {
    on_sqlite(|database| async move {
        let app = App::start(&database).await;
        let path = database.url.strip_prefix("sqlite:").expect("a file");
        for beside in ["", "-wal"] {
            let file = std::fs::metadata(format!("{path}{beside}")).expect("a file");
            assert_eq!(file.permissions().mode() & 0o077, 0, "{path}{beside}");
        }
        app.stop().await;
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_key_is_for_its_product(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.licensed("Customer").await;
        app.settle().await;
        let query = "{ licences { nodes { key { key } product { id keyTag } } } }";
        let licences = customer.ask(query, json!({})).await;
        let node = &licences.payload()["nodes"][0];
        assert_eq!(node["product"]["keyTag"].as_str().map(str::len), Some(16), "{node}");
        let check = "query($key: String!, $product: ID!) { checkLicenceKey(key: $key, \
             accountNumber: \"12345678\", productId: $product) { verdict validUntil } }";
        let asked = async |product: &serde_json::Value| {
            let variables = json!({ "key": node["key"]["key"], "product": product });
            customer.ask(check, variables).await.payload()["verdict"].clone()
        };
        assert_eq!(asked(&node["product"]["id"]).await, "VALID");
        assert_eq!(asked(&json!(product("utility"))).await, "OTHER_PRODUCT");
    })
    .await;
}
