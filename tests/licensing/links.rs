//! Download links: issued, counted, expired, replaced (R3).

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use chrono::TimeDelta;
use serde_json::{Value, json};
use servicedesk_domain::catalogue::ProductId;
use servicedesk_domain::customer::CustomerId;
use servicedesk_domain::kernel::Actor;
use servicedesk_domain::licensing::licence::decide::GrantLicence;
use servicedesk_domain::licensing::licence::{Command, Rejection};
use servicedesk_domain::licensing::{ApplicationId, Licence, LicenceKind};
use servicedesk_domain::staff::Role;
use servicedesk_service::clock;
use test_case::test_case;

use super::count;
use crate::support::app::{App, Person, licence, rental};

/// The licence's link as this person sees it.
async fn link(app: &App, person: &Person, id: &Value) -> Value {
    app.settle().await;
    let query =
        "query($id: ID!) { licence(id: $id) { downloadLink { url expiresAt uses isValid } } }";
    person.ask(query, json!({ "id": id })).await.payload()["downloadLink"].clone()
}

/// Has a link issued, and gives its path.
async fn issue(person: &Person, id: &Value) -> String {
    let issued = person.expect_done("issueDownloadLink", json!({ "licenceId": id })).await;
    issued["downloadLink"]["url"].as_str().expect("a link").to_owned()
}

/// The status, and what was said or sent.
async fn get(app: &App, path: &str, headers: &[(&str, &str)]) -> (u16, String) {
    let sent = app.http("GET", path, headers, b"").await;
    (sent.status, String::from_utf8(sent.body).expect("a text").trim_end().to_owned())
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_link_gives_the_newest_release_and_counts_its_uses(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let other = App::start(&database).await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let customer = app.customer("Customer").await;
        let id = manager.expect_done("grantLicence", licence(&customer)).await["id"].clone();
        assert!(link(&app, &customer, &id).await.is_null());
        let path = issue(&customer, &id).await;
        let nothing = (404, "nothing was published for this product yet".to_owned());
        assert_eq!(get(&app, &path, &[]).await, nothing);
        app.publish(&manager, "1.0", b"0123456789").await;
        other.settle().await;
        assert_eq!(get(&other, &path, &[]).await, (200, "0123456789".to_owned()));
        assert_eq!(link(&app, &customer, &id).await["uses"], 1);

        // What goes on where it broke off is no new download, and a look at the headers none.
        let rest = [("range", "bytes=4-")];
        assert_eq!(get(&app, &path, &rest).await, (206, "456789".to_owned()));
        assert_eq!(get(&app, &path, &[("range", "bytes=99-")]).await.0, 416);
        let looked = app.http("HEAD", &path, &[], b"").await;
        assert_eq!((looked.status, looked.header("content-length")), (200, "10"));
        assert_eq!(link(&app, &customer, &id).await["uses"], 1);
        for (range, expected) in [("bytes=0-0", "0"), ("bytes=-1", "9"), ("bytes=0-3", "0123")] {
            assert_eq!(get(&app, &path, &[("range", range)]).await, (206, expected.to_owned()));
        }
        assert_eq!(link(&app, &customer, &id).await["uses"], 1);
        // An hour later it is another download, wherever it begins; a probe is still none.
        app.advance(TimeDelta::hours(1));
        assert_eq!(get(&app, &path, &[("range", "bytes=0-0")]).await.0, 206);
        assert_eq!(link(&app, &customer, &id).await["uses"], 1);
        assert_eq!(
            get(&app, &path, &[("range", "bytes=-10")]).await,
            (206, "0123456789".to_owned())
        );
        assert_eq!(link(&app, &customer, &id).await["uses"], 2);

        let sent = app.http("GET", &path, &[], b"").await;
        let expected = [
            ("content-disposition", "attachment; filename=\"robot-1.0.zip\""),
            ("x-content-type-options", "nosniff"),
            ("content-type", "application/octet-stream"),
            ("accept-ranges", "bytes"),
        ];
        for (name, value) in expected {
            assert_eq!(sent.header(name), value);
        }

        // The newest one, and no mixture of two.
        let newest = app.publish(&manager, "1.1", b"abcdefghij").await;
        let of_before = sent.header("etag").to_owned();
        let goes_on = [("range", "bytes=4-"), ("if-range", of_before.as_str())];
        assert_eq!(get(&app, &path, &goes_on).await, (200, "abcdefghij".to_owned()));
        let withdraw = json!({ "releaseId": newest["id"], "reason": "Broken" });
        manager.expect_done("withdrawRelease", withdraw).await;
        app.settle().await;
        assert_eq!(get(&app, &path, &goes_on).await, (206, "456789".to_owned()));
        // The first release, again an hour later, the second, and the first again.
        assert_eq!(count(&app, "licence.link_used").await, 4);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_caller_who_asks_for_files_without_end_is_throttled(system: System) {
    with_database(system, |database| async move {
        let mut config = crate::support::app::config();
        config.limits.bucket_cost = 100.0;
        config.limits.restore_rate = 1.0;
        let app = App::start_with(&database, config).await;
        for path in ["/downloads/none", "/downloads/none", "/downloads/none", "/downloads/none"] {
            assert_eq!(get(&app, path, &[("range", "bytes=0-0")]).await.0, 404);
        }
        assert_eq!(get(&app, "/downloads/none", &[]).await.0, 404);
        assert_eq!(get(&app, "/downloads/none", &[]).await.0, 429);
        app.advance(TimeDelta::seconds(20));
        assert_eq!(get(&app, "/downloads/none", &[]).await.0, 404);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_link_ends_with_its_time_its_successor_and_its_licence(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let customer = app.customer("Customer").await;
        let stranger = app.customer("Stranger").await;
        app.publish(&manager, "1.0", b"0123456789").await;
        let rented = rental(&customer, app.clock.now());
        let id = manager.expect_done("grantLicence", rented).await["id"].clone();
        let first = issue(&customer, &id).await;
        app.advance(TimeDelta::hours(71));
        assert_eq!(get(&app, &first, &[]).await.0, 200);
        let second = issue(&manager, &id).await;
        let gone = |told: &str| (410, told.to_owned());
        assert_eq!(get(&app, &first, &[]).await, gone("the link has been replaced by a newer one"));
        assert_eq!(get(&app, &second, &[]).await.0, 200);
        assert_eq!(link(&app, &customer, &id).await["uses"], 1, "of the new link");
        app.advance(TimeDelta::hours(72));
        assert_eq!(get(&app, &second, &[]).await, gone("the link has expired"));
        assert_eq!(link(&app, &customer, &id).await["isValid"], false);

        for at in "/downloads/".len()..second.len() {
            let changed = format!("{}~{}", &second[..at], &second[at + 1..]);
            let found = get(&app, &changed, &[]).await.0;
            assert!(found == 404, "{found}: {changed}");
        }
        let upload = app.announce(&manager, crate::support::releases::release("2", b"x")).await;
        let confused = upload.replace("/uploads/", "/downloads/");
        assert_eq!(get(&app, &confused, &[]).await.0, 404, "a link is for one thing");

        let third = issue(&customer, &id).await;
        let revoke = json!({ "licenceId": id, "reason": "Refunded" });
        manager.expect_done("revokeLicence", revoke).await;
        assert_eq!(get(&app, &third, &[]).await, (403, "the licence has been revoked".to_owned()));
        let ask = json!({ "licenceId": id });
        let refused = customer.act("issueDownloadLink", ask.clone()).await;
        assert_eq!(refused.refusal(), Some("LICENCE_REVOKED"));
        let refused = stranger.act("issueDownloadLink", ask).await;
        assert_eq!(refused.refusal(), Some("LICENCE_NOT_FOUND"));

        let later = rental(&customer, app.clock.now() + TimeDelta::days(1));
        let id = manager.expect_done("grantLicence", later).await["id"].clone();
        let early = issue(&customer, &id).await;
        assert_eq!(get(&app, &early, &[]).await.0, 403, "not begun");
        app.advance(TimeDelta::days(2));
        assert_eq!(get(&app, &early, &[]).await.0, 200);
        app.advance(TimeDelta::days(30));
        let refused = customer.act("issueDownloadLink", json!({ "licenceId": id })).await;
        assert_eq!(refused.refusal(), Some("LICENCE_EXPIRED"));
    })
    .await;
}

/// A licence that was applied for comes with its link, once, whichever process follows.
#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_licence_that_was_applied_for_comes_with_a_link(system: System) {
    with_database(system, |database| async move {
        let (app, _other) = (App::start(&database).await, App::start(&database).await);
        let customer = app.customer("Customer").await;
        let servicedesk_domain::access::Principal::Customer(customer_id) = customer.principal
        else {
            unreachable!("she is a customer")
        };
        let id = grant(&app, customer_id, Some(ApplicationId::named("one"))).await;
        let shown = link(&app, &customer, &id).await;
        assert_eq!((&shown["uses"], &shown["isValid"]), (&json!(0), &json!(true)), "{shown}");
        let plain = grant(&app, customer_id, None).await;
        assert!(link(&app, &customer, &plain).await.is_null());
        assert_eq!(count(&app, "licence.link_issued").await, 1);
    })
    .await;
}

async fn grant(app: &App, customer_id: CustomerId, application_id: Option<ApplicationId>) -> Value {
    let at = app.clock.now();
    let command = Command::Grant(GrantLicence {
        customer_id: Ok::<_, Rejection>(customer_id),
        product_id: Ok(ProductId::named("trading_robot")),
        kind: LicenceKind::Unlimited,
        valid_from: at,
        valid_until: None,
        account_numbers: Ok(Vec::new()),
        application_id,
        time_zone: chrono_tz::Europe::Moscow,
        at,
    });
    let context = servicedesk_service::desk::own_context(Actor::Operator, at);
    let id = clock::fresh_id();
    app.log().execute::<Licence>(id, command, context).await.expect("granted");
    json!(
        servicedesk::graphql::relay::global_id(servicedesk_domain::licensing::LicenceId::new(id)).0
    )
}
