//! Values that are none, in every place that takes one.

mod files;
mod mutations;

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use serde_json::{Value, json};
use servicedesk::graphql::relay::global_id;
use servicedesk_domain::staff::Role;
use servicedesk_domain::ticket::TicketId;
use test_case::test_case;

use self::mutations::MUTATIONS;
use super::{assert_refused, assert_untouched};
use crate::support::app::{
    App, Person, category, department, mutation, opening, product, rental, with,
};
use crate::support::applications::{broker, deposit};

/// What is wrong of licences, beside what is wrong everywhere.
fn wrong_of_licences(field: &str, wrong: &mut Vec<Value>) {
    if ["version", "fileName"].contains(&field) {
        wrong.extend([json!(""), json!("../a"), json!("a b"), json!("a".repeat(101)), json!(null)]);
    }
    if field == "bytes" {
        wrong.extend([json!(0), json!(-1), json!(i64::MIN), json!("4"), json!(null)]);
    }
    if field == "sha256" {
        wrong.extend([json!(""), json!("zz".repeat(32)), json!("ab".repeat(33)), json!(null)]);
    }
    if field == "accountNumbers" {
        // No account is a sound answer: there is no key then.
        wrong.retain(|value| *value != json!([]));
        wrong.extend([
            json!([""]),
            json!(["1 2"]),
            json!(["1-2"]),
            json!(["1".repeat(21)]),
            json!([null]),
            json!((0..20_000).map(|number| number.to_string()).collect::<Vec<_>>()),
        ]);
    }
    if field == "months" {
        wrong.extend([json!(0), json!(-1), json!(121), json!(i32::MAX), json!("1"), json!(null)]);
    }
}

/// What is wrong wherever it stands.
fn wrong_for(field: &str) -> Vec<Value> {
    let mut wrong =
        vec![json!([]), json!({}), json!(true), json!(1.5), json!("\u{0}"), json!(i64::MAX)];
    if field.ends_with("Id") {
        wrong.extend([
            json!(""),
            json!("x"),
            json!("VGlja2V0"),
            json!("x".repeat(100_000)),
            json!("../../etc"),
            json!(global_id(TicketId::named("none")).0.to_uppercase()),
            // Of another type than is asked for.
            json!(if field == "productId" { category("finance") } else { product("utility") }),
        ]);
    }
    if field == "minutes" {
        wrong.extend([json!(0), json!(-1), json!(1441), json!(i32::MAX), json!("5"), json!(null)]);
    }
    if ["packageMinutes", "warningPercent"].contains(&field) {
        wrong.extend([json!(-1), json!(i32::MAX), json!(i32::MIN), json!("5"), json!(null)]);
    }
    if ["amount", "hourlyPrice"].contains(&field) {
        wrong.extend(no_prices());
    }
    if field == "receivedOn" {
        wrong.extend([
            json!(""),
            json!("2025-02-30"),
            json!("9999-12-31"),
            json!("0001-01-01"),
            json!("+262142-12-31"),
            json!("2025-01-01T00:00:00Z"),
        ]);
    }
    if field == "month" {
        wrong.extend([
            json!(""),
            json!("2026-13"),
            json!("2026-1"),
            json!("9999-12"),
            json!("0000-01"),
            json!("2026-01-01"),
            json!(202_601),
        ]);
    }
    if field == "needsAgreement" {
        wrong.retain(|value| *value != json!(true));
    }
    wrong_of_licences(field, &mut wrong);
    files::wrong(field, &mut wrong);
    if field == "timeZone" {
        wrong.extend([json!(""), json!("Moscow"), json!("Europe/Moscow "), json!("../etc/passwd")]);
    }
    if field == "kind" {
        wrong.extend([json!(""), json!("rental"), json!("FREE")]);
    }
    if [
        "promisedFor",
        "workedAt",
        "validFrom",
        "validUntil",
        "inForceFrom",
        "asOf",
        "from",
        "until",
    ]
    .contains(&field)
    {
        wrong.extend(no_moments());
    }
    if field == "confirmation" {
        wrong.extend([json!(""), json!("x".repeat(100_000)), json!(null)]);
    }
    if ["priority", "outcome", "basis"].contains(&field) {
        wrong.extend([json!(""), json!("high"), json!("NOTHING"), json!("HIGH ")]);
    }
    if ["text", "subject", "reason", "summary", "note", "courtesyReason", "reference"]
        .contains(&field)
    {
        wrong.extend([
            json!(""),
            json!(" \n\t"),
            json!("x".repeat(20_001)),
            json!("🙂".repeat(100_000)),
            json!("a\u{1}b"),
            json!("a\u{9b}b"),
        ]);
        wrong.retain(|value| *value != json!("\u{0}"));
    }
    wrong
}

/// What is no moment.
fn no_moments() -> Vec<Value> {
    vec![
        json!(""),
        json!("tomorrow"),
        json!("2025-13-01T00:00:00Z"),
        json!("2025-02-30T00:00:00Z"),
        json!("2025-01-01"),
        json!("2025-01-01T25:00:00Z"),
        json!("-262143-01-01T00:00:00Z"),
        json!("+262142-12-31T23:59:59Z"),
        json!("0000-00-00T00:00:00Z"),
        json!(1_736_164_800),
        json!("9999999999999-01-01T00:00:00Z"),
    ]
}

/// What is no amount of the terms' money.
fn no_prices() -> Vec<Value> {
    let money = |amount: &str, currency: &str| json!({ "amount": amount, "currency": currency });
    vec![
        json!("5.00"),
        json!(5),
        json!({ "amount": 5.0, "currency": "USD" }),
        money("", "USD"),
        money("5.001", "USD"),
        money("-5", "USD"),
        money("5,00", "USD"),
        money("1e9", "USD"),
        money("999999999999999999999", "USD"),
        money("5", "usd"),
        money("5", "EUR"),
        money("5", "\u{0}"),
    ]
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn every_field_of_every_input_refuses_what_it_cannot_take(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.licensed("Customer").await;
        // An administrator may try everything but what only a customer does.
        let agent = app.staff("Admin", Role::Admin, &["technical", "sales"]).await;
        let accepted = customer.expect_opened("bug_report").await;
        agent.expect_done_on("acceptTicket", &accepted).await;
        let closed = customer.expect_opened("bug_report").await;
        customer.expect_done_on("closeTicket", &closed).await;
        let entry_id = agent.expect_logged(&accepted, 5).await;
        let day = app.clock.now().date_naive();
        let five = json!({ "amount": "5.00", "currency": "USD" });
        let payment = json!({ "customerId": customer.id, "amount": five, "receivedOn": day,
                              "reference": "Transfer" });
        let paid = agent.expect_done("recordPayment", payment).await;
        let granted = agent.expect_done("grantLicence", rental(&customer, app.clock.now())).await;
        let application = customer.expect_applied(&agent, "1", "trading_robot").await;
        let shown = agent.expect_done("recordDeposit", deposit("1", "5.00")).await;
        let released = app.publish(&agent, "1.0", b"file").await;
        let head = app.head().await;
        for (name, fields) in MUTATIONS {
            let ticket = if name == "reopenTicket" { &closed } else { &accepted };
            let sound = if name == "openTicket" {
                with(opening("finance"), &json!({ "customerId": customer.id, "priority": "LOW" }))
            } else {
                let now = app.clock.now() + chrono::TimeDelta::days(1);
                let all = json!({
                    "ticketId": ticket["id"], "text": "A text", "priority": "HIGH",
                    "assigneeId": agent.id, "staffMemberId": agent.id, "promisedFor": now,
                    "departmentId": department("licensing"), "timeEntryId": entry_id,
                    "reason": "A reason", "minutes": 5, "workedAt": app.clock.now(),
                    "note": "A note", "courtesyReason": "A reason", "customerId": customer.id,
                    "productId": product("trading_robot"), "kind": "AFFILIATE",
                    "validFrom": app.clock.now(), "validUntil": now, "licenceId": granted["id"],
                    "accountNumbers": ["7654321"], "months": 1,
                    "version": "2.0", "notes": "A text", "fileName": "robot.zip", "bytes": 4,
                    "sha256": "ab".repeat(32), "releaseId": released["id"], "month": "2020-01", "amount": five, "hourlyPrice": five, "receivedOn": day,
                    "reference": "Transfer", "paymentId": paid["payments"][0]["id"],
                    "packageMinutes": 300, "warningPercent": 80, "needsAgreement": true,
                    "confirmation": "Customer", "basis": "REQUESTED"
                });
                let all = with(all, &json!({
                    "name": "a.log", "size": 4, "type": "text/plain", "fileIds": [],
                    "timeZone": "Europe/Moscow", "applicationId": application["id"],
                    "evidenceId": shown["deposit"]["id"],
                    "brokerId": broker("partner_broker"), "accountNumber": "1", "trades": 1,
                    "csv": "account,period_from,period_to,trades,deposit,currency\n",
                    "asOf": app.clock.now(), "from": "2025-01-02T00:00:00Z",
                    "until": "2025-01-03T00:00:00Z",
                }));
                let taken = fields.iter().filter(|field| !all[**field].is_null());
                taken.map(|field| ((*field).to_owned(), all[*field].clone())).collect()
            };
            for field in fields {
                for wrong in wrong_for(field) {
                    if name == "recordDeposit" && wrong == json!({ "amount": "5", "currency": "EUR" }) {
                        continue; // An account may be in any currency.
                    }
                    let input = with(sound.clone(), &json!({ *field: wrong }));
                    let what: String =
                        format!("{name}.{field} {wrong}").chars().take(100).collect();
                    let answer = agent.act(name, input).await;
                    assert_refused(&answer, &what);
                }
            }
            let keys = [
                json!({ "idempotencyKey": "x" }),
                json!({ "idempotencyKey": "" }),
                json!({ "idempotencyKey": 7 }),
                json!({ "expectedVersion": "1" }),
                json!({ "expectedVersion": 1.5 }),
                json!({ "expectedVersion": 9e99 }),
                json!({ "nothing": 1 }),
                json!({ "ticketId": null, "categoryId": null }),
            ];
            for further in keys {
                let answer = agent.act(name, with(sound.clone(), &further)).await;
                assert_refused(&answer, &format!("{name} {further}"));
            }
        }
        assert_untouched(&app, head).await;
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn arguments_of_queries_take_anything_and_blame_nobody_else(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let agent = app.agent("Agent", &["technical"]).await;
        customer.expect_opened("bug_report").await;
        let head = app.head().await;
        let queue = department("technical");
        for (query, variables) in [
            ("query($v: String) { tickets(filter: { text: $v }) { totalCount nodes { id } } }", json!([
                "\u{0}", "a\u{0}b", "x".repeat(60_000), "'; DROP TABLE events; --", "%", "_", "!", "\\",
                "\u{feff}", "a b c d e f g h i", "🙂", "\u{10ffff}", "\n", "%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%",
            ])),
            ("query($v: String) { ticket(number: $v) { id } }", json!([
                "", "SD-", "SD-0", "SD-99999999999999999999", "SD-9223372036854775807", "\u{0}", "SD-\u{0}",
                "SD-٠٠٠٠٠١", "1",
            ])),
            ("query($v: ID) { ticket(id: $v) { id } }", json!(["", "\u{0}", "VGlja2V0Og", 7, queue])),
            ("query($v: String!) { checkLicenceKey(key: $v, accountNumber: \"1\") { verdict } }", json!([
                "", "\u{0}", "U", "0", "00000-00000", "-", "🙂", "0".repeat(500), "0".repeat(60_000), "\u{feff}",
            ])),
            ("query($v: String!) { checkLicenceKey(key: \"0\", accountNumber: $v) { verdict } }", json!([
                "", "\u{0}", "1 2", "9".repeat(60_000), "🙂",
            ])),
            ("query($v: ID) { checkLicenceKey(key: \"0\", accountNumber: \"1\", productId: $v) { verdict } }", json!([
                "", "\u{0}", "VGlja2V0Og", 7, queue,
            ])),
            ("query($v: LicencesFilter) { licences(filter: $v) { nodes { id } totalCount } }", json!([
                { "state": "NOTHING" }, { "endsBefore": "tomorrow" }, { "nothing": 1 }, [],
                { "endsBefore": "-262143-01-01T00:00:00Z" }, { "endsBefore": "+262142-12-31T23:59:59Z" },
            ])),
            ("query($v: ID!) { node(id: $v) { __typename } }", json!([
                "", "\u{0}", "OnRoaXM", "VGlja2V0OjAwMDAwMDAwLTAwMDAtMDAwMC0wMDAwLTAwMDAwMDAwMDAwMA", 7,
                "Q2FsZW5kYXI6MQ",
            ])),
            ("query($v: String) { tickets(after: $v) { nodes { id } } }", json!([
                "", "\u{0}", "bnVsbA", "e30", "W10", "MQ",
                "eyJ1cGRhdGVkX2F0Ijo5MjIzMzcyMDM2ODU0Nzc1ODA3LCJzZXJpYWwiOjkyMjMzNzIwMzY4NTQ3NzU4MDd9",
                "eyJ1cGRhdGVkX2F0IjotOTIyMzM3MjAzNjg1NDc3NTgwOCwic2VyaWFsIjotOTIyMzM3MjAzNjg1NDc3NTgwOH0",
            ])),
            ("query($v: String) { tickets { nodes { timeline(after: $v) { nodes { id } } } } }", json!([
                "", "LTkyMjMzNzIwMzY4NTQ3NzU4MDg", "OTIyMzM3MjAzNjg1NDc3NTgwNw", "MS41", "OTIyMzM3MjAzNjg1NDc3NTgwOA",
            ])),
            ("query($v: String) { tickets { nodes { timeline(before: $v) { nodes { id } } } } }", json!([
                "", "LTkyMjMzNzIwMzY4NTQ3NzU4MDg", "OTIyMzM3MjAzNjg1NDc3NTgwNw",
            ])),
            ("query($v: Int) { tickets(first: $v) { nodes { id } } }", json!([
                -1, 101, 2_147_483_647, -2_147_483_648_i64, 2_147_483_648_i64, 1.5, "1",
            ])),
            ("query($v: TicketsFilter) { tickets(filter: $v) { nodes { id } totalCount } }", json!([
                { "status": [] }, { "status": ["NOTHING"] }, { "customerId": "x" },
                { "departmentId": customer.id }, { "nothing": 1 }, { "isOpen": "yes" }, [],
                { "status": vec!["NEW"; 40_000] },
            ])),
            ("query($v: EventPosition) { catalogue(consistentWith: $v) { reopenDays } }", json!([
                "", "-1", "1e3", "9223372036854775807", "9223372036854775808", -1, 1.5, {}, [], true,
            ])),
        ] {
            for value in variables.as_array().expect("values") {
                let answer = agent.ask(query, json!({ "v": value })).await;
                let what: String = format!("{query} {value}").chars().take(200).collect();
                assert!(!answer.status.is_server_error(), "{what}: {}", answer.text);
                assert_ne!(answer.error(), Some("INTERNAL"), "{what}: {}", answer.text);
                assert!(answer.body.is_object(), "{what}: {}", answer.text);
            }
        }
        assert_untouched(&app, head).await;
    })
    .await;
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn headers_take_anything(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.customer("Customer").await;
        let mut nobody = Person::anonymous(&customer);
        let head = app.head().await;
        let request = mutation("openTicket", &opening("finance"));
        let long = "x".repeat(8_000);
        for authorization in [
            "",
            "Bearer",
            "Bearer ",
            "bearer x",
            "Basic YTpi",
            "Bearer sd_",
            "Bearer sd_\u{e9}",
            long.as_str(),
            "Bearer sd_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        ] {
            let answer = nobody.send(request.clone(), &[("authorization", authorization)]).await;
            assert_eq!(
                (answer.status.as_u16(), answer.error()),
                (401, Some("UNAUTHENTICATED")),
                "{authorization}"
            );
        }
        nobody.token = Some(format!("sd_{}", "A".repeat(10_000)));
        assert_eq!(nobody.send(request, &[]).await.error(), Some("UNAUTHENTICATED"));
        for (name, value) in [
            ("accept-language", "\u{e9},,;;q=;"),
            ("accept-language", long.as_str()),
            ("accept", ";;,"),
            ("x-request-id", long.as_str()),
            ("accept", "\u{e9}"),
            ("host", "<script>"),
            ("content-encoding", "gzip"),
        ] {
            let query = json!({ "query": "{ viewer { scopes } }" });
            let answer = customer.send(query, &[(name, value)]).await;
            assert!(!answer.status.is_server_error(), "{name}: {}", answer.text);
        }
        for value in ["", "x", "-1", "9223372036854775808", "1.5", "\u{e9}"] {
            let query = json!({ "query": "{ viewer { scopes } }" });
            let answer = customer.send(query, &[("x-consistent-with", value)]).await;
            assert_eq!(answer.error(), Some("BAD_USER_INPUT"), "{value}");
        }
        assert_untouched(&app, head).await;
    })
    .await;
}
