//! Operators see what is parked, and have it tried again, on the command line.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use serde_json::json;
use servicedesk::graphql::relay::global_id;
use servicedesk_domain::catalogue::ProductId;
use test_case::test_case;

use super::{POLL, Secrets};
use crate::support::app::mutation;
use crate::support::in_time;
use crate::support::process::{Server, printed, run, said};

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn what_is_parked_is_listed_and_tried_again_when_an_operator_says_so(system: System) {
    with_database(system, |database| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let (folder, url) = (folder.path(), database.url.as_str());
        let command = |arguments: &'static [&'static str]| printed(folder, url, arguments);
        // The signing key is made.
        command(&["keys", "export"]).await;
        let secrets = Secrets::take(&database).await;
        let server = Server::start(folder, url).await;
        let customer = command(&["customer", "add", "--token", "--name", "Customer"]).await;
        let manager =
            command(&["staff", "add", "--token", "--role", "manager", "--name", "Manager"]).await;
        assert_eq!(command(&["reactions", "list"]).await, "nothing is parked");
        let viewer = json!({ "query": "{ viewer { customer { id } } }" });
        let viewer = server.send(&customer, &viewer).await.expect("an answer");
        let product = global_id(ProductId::named("utility")).0;
        let input = json!({ "customerId": viewer["data"]["viewer"]["customer"]["id"],
                            "productId": product, "kind": "UNLIMITED",
                            "validFrom": "2020-01-01T00:00:00Z", "accountNumbers": ["1"] });
        let granted = server.send(&manager, &mutation("grantLicence", &input)).await;
        let granted = granted.expect("an answer");
        assert_eq!(granted["data"]["grantLicence"]["userErrors"], json!([]), "{granted}");

        let parked = "SELECT COUNT(*) FROM parked_keys";
        in_time("parking", async {
            while database.number(parked).await == 0 {
                tokio::time::sleep(POLL).await;
            }
        })
        .await;
        // Not by itself: the next attempt is years away.
        let never = "UPDATE parked_keys SET next_attempt_at = 9000000000000000";
        database.run(never).await.expect("it is set");
        secrets.put_back(&database).await;
        let listed = command(&["reactions", "list"]).await;
        let key = listed.split_whitespace().next().expect("a key").to_owned();
        assert!(key.starts_with("licence:"), "{listed}");
        assert!(listed.contains("waiting 1") && listed.contains("secret"), "{listed}");
        let status = command(&["status"]).await;
        assert!(status.contains("degraded: 1 reactions of 1 keys are parked"), "{status}");
        let unknown = run(folder, url, &["reactions", "retry", "--key", "licence:none"]).await;
        assert!(!unknown.status.success());
        assert!(said(&unknown).contains("licence:none is not parked"), "{}", said(&unknown));
        assert_eq!(database.number(parked).await, 1);

        let retried = printed(folder, url, &["reactions", "retry", "--key", &key]).await;
        assert_eq!(retried, "1 keys will be tried again");
        in_time("the release", async {
            while database.number(parked).await > 0 {
                tokio::time::sleep(POLL).await;
            }
        })
        .await;
        let issued = "SELECT COUNT(*) FROM events WHERE event_type = 'licence.key_issued'";
        assert_eq!(database.number(issued).await, 1);
        assert!(!command(&["status"]).await.contains("degraded"));
        assert!(server.stop().await.success());
    })
    .await;
}
