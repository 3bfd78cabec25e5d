//! The report of four real years, against a script that computes the same figures from the same
//! file by itself.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use std::process::Command;
use test_case::test_case;

use chrono::TimeDelta;
use servicedesk_domain::staff::Role;
use servicedesk_service::import::{Mapping, Options, run};

use crate::support::app::App;

/// The real log, beside the workspace; it is not part of it.
const REAL: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/helpdesk-italian-company.csv");
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/sla/check_real_log.py");

const REPORT: &str = "query($by: SlaDimension, $bucket: SlaBucket) { slaReport(period: { from: \
     \"2010-01-01\", until: \"2015-01-01\" }, groupBy: $by, bucket: $bucket) { csv } }";

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn the_report_of_four_real_years_is_what_an_independent_script_computes(system: System) {
    let Ok(csv) = std::fs::read(REAL) else {
        eprintln!("NOT TESTED on the real log: there is no {REAL}");
        return;
    };
    if Command::new("python3").arg("--version").output().is_err() {
        eprintln!("NOT TESTED on the real log: there is no python3");
        return;
    }
    let csv = &csv;
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let text = include_str!("../../imports/helpdesk-italian-company.toml");
        let mapping = Mapping::read(text).expect("the shipped mapping");
        let options = Options::default();
        let import = run(app.log(), &mapping, &csv[..], options, &mut |_, _| {}).await;
        import.expect("an import");
        app.settle().await;
        // Until then, lines of the file might still come; whatever is open is breached long since.
        app.advance(TimeDelta::hours(2));
        let desk = &app.service.app.desk;
        while servicedesk_service::sla::timers::record_due(desk).await.expect("recorded") > 0 {}
        app.settle().await;
        let folder = tempfile::tempdir().expect("a temporary directory");
        let mut reports = Vec::new();
        for (by, bucket) in [
            (None, None),
            (None, Some("WEEK")),
            (None, Some("MONTH")),
            (Some("DEPARTMENT"), None),
            (Some("DEPARTMENT"), Some("MONTH")),
            (Some("AGENT"), None),
            (Some("AGENT"), Some("MONTH")),
        ] {
            let variables = serde_json::json!({ "by": by, "bucket": bucket });
            let answer = manager.ask(REPORT, variables).await;
            let text = answer.payload()["csv"].as_str();
            let text = text.unwrap_or_else(|| panic!("no report: {}", answer.text));
            let path = folder.path().join(format!(
                "{}-{}.csv",
                by.unwrap_or("ALL"),
                bucket.unwrap_or("WHOLE")
            ));
            std::fs::write(&path, text).expect("a file");
            reports.push(path);
        }
        let now = app.clock.now().to_rfc3339();
        let output = Command::new("python3").arg(SCRIPT).arg(REAL).arg(now).args(&reports).output();
        let output = output.expect("the script runs");
        let said = String::from_utf8_lossy(&output.stdout);
        let complained = String::from_utf8_lossy(&output.stderr);
        eprintln!("{}:\n{said}", database.system());
        assert!(output.status.success(), "{said}\n{complained}");
    })
    .await;
}
