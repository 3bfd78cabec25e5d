//! No N+1: however many tickets a page shows, it takes a handful of SQL statements.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use test_case::test_case;

use serde_json::json;
use tracing::field::{Field, Visit};
use tracing::span;
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};

use crate::support::app::{App, category, department, opening, with};

const HEAVY: &str = "query($id: ID!) { departmentQueue(departmentId: $id, first: 50) { totalCount \
     nodes { number subject customer { name } assignee { name role departments { code } } \
     collaborators { name } category { title departments { title } } product { title } \
     departments { code title } serviceTargets { kind state dueAt } } } }";
/// The page's rows and its total, their tickets, targets, customers, staff and collaborators.
const MOST: usize = 10;

/// Counts what sqlx says of the statements that read something of a page.
#[derive(Clone, Default)]
struct Counter(Arc<AtomicUsize>);

struct Statement(bool);

impl Visit for Statement {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        // What the service does in the background reads none of these tables.
        let text = format!("{value:?}");
        let tables = [
            "department_queue",
            "service_levels",
            "ticket_details",
            "customer_directory",
            "staff_directory",
            "customer_tickets",
            "api_tokens",
            "events",
        ];
        let is_read = text.contains("SELECT") && tables.iter().any(|table| text.contains(table));
        let is_own = !text.contains("closes_after")
            && !text.contains("next_line_at")
            && !text.contains("INSERT");
        let is_statement = ["db.statement", "summary"].contains(&field.name());
        self.0 |= is_statement && is_read && is_own;
    }
}

impl Subscriber for Counter {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if metadata.target() == "sqlx::query" { Interest::always() } else { Interest::never() }
    }
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query"
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut statement = Statement(false);
        event.record(&mut statement);
        self.0.fetch_add(usize::from(statement.0), Ordering::SeqCst);
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn the_heaviest_page_takes_as_many_statements_for_fifty_tickets_as_for_five(system: System) {
    let counter = Counter::default();
    tracing::subscriber::set_global_default(counter.clone()).expect("nobody else counts here");
    let counter = &counter;
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let mut agents = Vec::new();
        for number in 0..5 {
            agents.push(app.agent(&format!("Agent {number}"), &["technical"]).await);
        }
        let mut counts = Vec::new();
        for tickets in [5, 45] {
            for number in 0..tickets {
                let customer = app.customer(&format!("Customer {number}")).await;
                let further = json!({ "customerId": customer.id,
                                      "categoryId": category("installation_and_setup") });
                let agent = &agents[number % 5];
                let ticket =
                    agent.expect_done("openTicket", with(opening("bug_report"), &further)).await;
                agent.expect_done_on("acceptTicket", &ticket).await;
                agents[(number + 1) % 5].expect_done_on("joinCollaborator", &ticket).await;
            }
            app.settle().await;
            let ask = || agents[0].ask(HEAVY, json!({ "id": department("technical") }));
            ask().await;
            // The service follows its own log meanwhile, but not every time.
            let mut fewest = usize::MAX;
            for _ in 0..4 {
                let before = counter.0.load(Ordering::SeqCst);
                let answer = ask().await;
                fewest = fewest.min(counter.0.load(Ordering::SeqCst) - before);
                let shown = answer.payload()["nodes"].as_array().expect("tickets").len();
                assert_eq!(shown, if tickets == 5 { 5 } else { 50 }, "{}", answer.text);
            }
            counts.push(fewest);
        }
        assert!(counts[0] >= 3, "the counter sees {counts:?}");
        assert!(counts[1] <= counts[0] && counts[1] <= MOST, "{counts:?}");
    })
    .await;
}
