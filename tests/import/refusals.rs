//! What an import does not even begin with, and what stops it.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use servicedesk_service::import::{ImportError, Options, Summary, run};
use test_case::test_case;

use super::{HEADER, file, import_into, imported, mapping};
use crate::support::in_time;

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_file_that_does_not_fit_is_refused_whole(system: System) {
    with_database(system, |database| async move {
        let log = database.log().await;
        let refused = async |csv: &[u8]| import_into(&log, csv, 256).await.expect_err("refused");
        assert!(matches!(refused(b"").await, ImportError::EmptyFile));
        assert!(matches!(refused(b"\xff;b\n").await, ImportError::BadHeader));
        let twice = [HEADER, b";who\n"].concat();
        assert!(
            matches!(refused(&twice).await, ImportError::AmbiguousColumn(name) if name == "who")
        );
        let ImportError::MissingColumns(missing) = refused(b"case;who;a\nA;b;c\n").await else {
            panic!("the missing columns are named")
        };
        assert_eq!(missing, ["what", "when", "customer", "product", "section", "urgency"]);
        let mut mapping = mapping();
        mapping.catalogue.categories[0].departments = vec!["nowhere".to_owned()];
        let refused = run(&log, &mapping, &file()[..], Options::default(), &mut |_, _| {}).await;
        assert!(matches!(refused, Err(ImportError::Catalogue(_))), "{refused:?}");
        assert_eq!(log.head(), 0);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_file_without_lines_is_no_mistake(system: System) {
    with_database(system, |database| async move {
        let log = database.log().await;
        let import = import_into(&log, HEADER, 256).await.expect("an import");
        let summary = Summary { text_lines: 1, ..Summary::default() };
        assert_eq!((import.summary, import.lines.len()), (summary, 0));
        assert_eq!(log.head(), 0);
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_database_that_fails_stops_the_import_and_says_so(system: System) {
    with_database(system, |database| async move {
        let log = database.log().await;
        log.db().close().await;
        let stopped = in_time("the end", import_into(&log, &file(), 256)).await;
        let message = stopped.expect_err("stopped").to_string();
        assert!(message.contains("run the same import again"), "{message}");
        imported(&database, 256).await;
    })
    .await;
}
