//! The report and the forecast on the command line.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use chrono::TimeDelta;
use test_case::test_case;

use crate::support::app::App;
use crate::support::process::{printed, run, said};

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn the_report_is_printed_and_drawn_and_filtered_by_codes(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let ticket = customer.expect_opened("bug_report").await;
        customer.expect_opened("finance").await;
        agent.expect_done_on("acceptTicket", &ticket).await;
        app.advance(TimeDelta::minutes(90));
        agent.expect_done_on("resolveTicket", &ticket).await;
        app.stop().await;

        let folder = tempfile::tempdir().expect("a folder");
        let (folder, url) = (folder.path(), database.url.as_str());
        let report = |more: &[&'static str]| {
            let period = ["sla", "report", "--from", "2025-01-01", "--until", "2026-01-01"];
            [&period[..], more].concat()
        };
        let all = printed(folder, url, &report(&["--by", "department"])).await;
        assert!(all.contains("Technical service") && all.contains("Accounting"), "{all}");
        assert!(all.contains("1:30:00, published as usual: 1:30:00"), "{all}");
        let bar = all.lines().find(|line| line.contains("1-2 h")).expect("a band");
        assert!(bar.contains('█') && bar.contains("1 (100.0 %)"), "{bar}");
        let one =
            &["--department", "technical", "--category", "bug_report", "--by", "product", "--csv"];
        let one = printed(folder, url, &report(one)).await;
        assert_eq!(one.lines().count(), 2, "{one}");
        assert!(one.lines().nth(1).is_some_and(|line| line.contains(",1,0,0,1,5400,")), "{one}");
        let other =
            &["--department", "accounting", "--category", "bug_report", "--by", "product", "--csv"];
        assert_eq!(printed(folder, url, &report(other)).await.lines().count(), 1);

        let forecast = printed(folder, url, &["sla", "forecast", "--hours", "24"]).await;
        // The command has the real clock, by which everything here was breached long ago.
        assert!(forecast.starts_with("0 will be breached in 24 h"), "{forecast}");
        let grouped = ["sla", "forecast", "--hours", "24", "--by", "department"];
        assert_eq!(printed(folder, url, &grouped).await, forecast, "there are no groups");
        for (arguments, named) in [
            (report(&["--department", "nowhere"]), "nowhere"),
            (report(&["--category", "nothing"]), "nothing"),
            (report(&["--product", "none"]), "none"),
            (report(&["--agent", "somebody"]), "--agent"),
            (vec!["sla", "report", "--from", "2025-01-02", "--until", "2025-01-02"], "a day"),
            (vec!["sla", "forecast", "--hours", "0"], "--hours"),
        ] {
            let output = run(folder, url, &arguments).await;
            assert!(!output.status.success(), "{arguments:?}");
            assert!(said(&output).contains(named), "{arguments:?}: {}", said(&output));
        }
    })
    .await;
}
