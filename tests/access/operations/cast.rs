//! The callers, and what they do it to.

use async_graphql::ID;
use chrono::TimeDelta;
use serde_json::{Value, json};
use servicedesk::graphql::relay::{global_id, id_named, part_id, split_id};
use servicedesk_domain::access::Scope;
use servicedesk_domain::catalogue::{BrokerId, CalendarId};
use servicedesk_domain::licensing::{AccountNumber, trading_account_of};
use servicedesk_domain::staff::Role;
use uuid::Uuid;

use super::tables::{CALLERS, OF_BOOKS, Row};
use crate::support::app::{
    App, Person, calendar_called, category, department, level_of, licence, opening, product,
    rental, terms, with,
};
use crate::support::applications::{self, broker, free_advisor};
use crate::support::browser::{PASSWORD, begin_session, open_login, registration};
use crate::support::releases::release;
use crate::support::{settings, staff};

pub(super) struct Cast {
    pub(super) app: App,
    callers: Vec<Person>,
    pub(super) owner: Person,
    agent: Person,
    pub(super) colleague: Person,
}

impl Cast {
    pub(super) async fn meet(app: App) -> Self {
        let owner = app.licensed("Owner").await;
        open_login(&app, &owner).await;
        let stranger = app.customer("Stranger").await;
        let agent = app.agent("Agent", &["technical"]).await;
        let away = app.agent("Away", &["sales"]).await;
        let both = [Scope::Read, Scope::Write];
        let expired = app.with_token(&agent, &both, 1).await;
        app.advance(TimeDelta::days(2));
        let revoked = app.with_token(&agent, &both, 30).await;
        app.revoke(&revoked).await;
        let callers = vec![
            Person::anonymous(&agent),
            expired,
            revoked,
            owner.clone(),
            stranger,
            agent.clone(),
            away,
            app.staff("Manager", Role::Manager, &[]).await,
            app.staff("Auditor", Role::Auditor, &[]).await,
            app.staff("Admin", Role::Admin, &[]).await,
            app.with_token(&agent, &[Scope::Read], 30).await,
            app.with_token(&agent, &[Scope::Write], 30).await,
        ];
        let colleague = app.agent("Colleague", &["technical"]).await;
        Self { app, callers, owner, agent, colleague }
    }

    /// Each row's caller with what is expected.
    pub(super) fn cases<'a>(
        &'a self,
        row: &'a Row,
    ) -> impl Iterator<Item = (&'a str, &'a Person, &'a str)> {
        let (_, expected) = row;
        CALLERS
            .iter()
            .zip(&self.callers)
            .zip(expected)
            .map(|((name, who), code)| (*name, who, *code))
    }

    /// The owner's ticket in the state in which the mutation makes sense.
    pub(super) async fn ticket_for(&self, mutation: &str) -> Value {
        let mut ticket = self.owner.expect_opened("bug_report").await;
        if ["correctTime", "markCourtesy"].contains(&mutation) {
            ticket["timeEntryId"] = json!(self.agent.expect_logged(&ticket, 1).await);
        }
        if OF_BOOKS.contains(&mutation) {
            let further = self.books_for(mutation).await;
            ticket = with(ticket, &further);
        }
        if applications::is_about(mutation) {
            // Taken, where that is needed, by the manager; an administrator may go on with it.
            let input = applications::prepared(&self.owner, &self.callers[7], mutation).await;
            ticket["prepared"] = input;
        }
        if staff::is_about(mutation) {
            ticket["prepared"] = staff::prepared(&self.app, &self.callers[9], mutation).await;
        }
        if settings::is_about(mutation) {
            ticket["prepared"] = settings::prepared(&self.callers[9], mutation).await;
        }
        if mutation == "withdrawRelease" {
            let version = self.app.clock.now().timestamp_micros().to_string();
            let published = self.app.publish(&self.callers[7], &version, b"file").await;
            ticket["releaseId"] = published["id"].clone();
        }
        if ["revokeSession", "revokeOtherSessions"].contains(&mutation) {
            ticket["sessionId"] = json!(begin_session(&self.app, &self.owner).await);
        }
        if mutation == "issueDownloadLink" {
            let granted = self.callers[7].expect_done("grantLicence", licence(&self.owner)).await;
            ticket["licenceId"] = granted["id"].clone();
        }
        let steps: &[&str] = match mutation {
            "awaitCustomer" | "resolveTicket" => &["acceptTicket"],
            "resumeTicket" => &["acceptTicket", "awaitCustomer"],
            "closeTicket" | "reopenTicket" | "acknowledgeAnswer" => {
                &["acceptTicket", "resolveTicket"]
            }
            _ => &[],
        };
        for step in steps {
            self.colleague.expect_done_on(step, &ticket).await;
        }
        if mutation == "acknowledgeAnswer" {
            let answer = json!({ "ticketId": ticket["id"], "text": "Still broken" });
            self.owner.expect_done("addReply", answer).await;
        }
        if mutation == "remeasureTicket" {
            // By what is in force when it was opened, it is measured already.
            let manager = &self.callers[7];
            manager.act("defineServiceLevel", level_of(self.another_number())).await;
        }
        ticket
    }

    /// A number that was not given before, unless it was some hours ago.
    fn another_number(&self) -> i64 {
        self.app.clock.now().timestamp_micros() % 100_000 + 1
    }

    /// A customer of their own, with what the mutation takes away again.
    async fn books_for(&self, mutation: &str) -> Value {
        let (customer, manager) = (self.app.customer("In the books").await, &self.callers[7]);
        let further = match mutation {
            "rebindLicence" | "renewLicence" | "revokeLicence" => {
                let now = self.app.clock.now();
                let granted = manager.expect_done("grantLicence", rental(&customer, now)).await;
                json!({ "licenceId": granted["id"] })
            }
            "reversePayment" => {
                let paid =
                    manager.expect_done("recordPayment", self.payment_of(&customer.id)).await;
                json!({ "paymentId": paid["payments"][0]["id"] })
            }
            _ => json!({}),
        };
        with(json!({ "customerId": customer.id }), &further)
    }

    /// A ticket on which the agent has worked for longer than is free, as the owner agreed, with
    /// the ids of what followed from it.
    pub(super) async fn worked_ticket(&self) -> Value {
        let mut ticket = self.owner.expect_opened("bug_report").await;
        self.owner.expect_done_on("agreeToCharges", &ticket).await;
        ticket["timeEntryId"] = json!(self.agent.expect_logged(&ticket, 301).await);
        ticket["sessionId"] = json!(begin_session(&self.app, &self.owner).await);
        let application = self.owner.expect_done("applyForFreeAdvisor", free_advisor("1")).await;
        ticket["application"] = application;
        let file = self.app.uploaded(&self.owner, "a.log", b"file").await;
        let reply = json!({ "ticketId": ticket["id"], "text": "See", "fileIds": [file] });
        self.owner.expect_done("addReply", reply).await;
        let manager = &self.callers[7];
        let cancelled = staff::prepared(&self.app, manager, "cancelAbsence").await;
        ticket["absenceId"] = cancelled["absenceId"].clone();
        let published = self.app.publish(manager, "1.0", b"file").await;
        let paid = manager.expect_done("recordPayment", self.payment_of(&self.owner.id)).await;
        manager.expect_done("recordDeposit", applications::deposit("1", "500.00")).await;
        let account =
            manager.expect_done("recordTradingActivity", applications::trading("1")).await;
        self.app.settle().await;
        self.app.settle().await;
        let query = "{ supportPackages { id licence { id } } statements { nodes { id month } } }";
        let found = self.owner.ask(query, json!({})).await.body["data"].clone();
        let further = json!({
            "packageId": found["supportPackages"][0]["id"],
            "licenceId": found["supportPackages"][0]["licence"]["id"],
            "statementId": found["statements"]["nodes"][0]["id"],
            "month": found["statements"]["nodes"][0]["month"],
            "fileId": file,
            "releaseId": published["id"],
            "paymentId": paid["payments"][0]["id"],
            "depositId": account["deposit"]["id"],
            "tradingId": account["trading"][0]["id"],
        });
        with(ticket, &further)
    }

    fn payment_of(&self, customer_id: &str) -> Value {
        json!({ "customerId": customer_id, "amount": { "amount": "5.00", "currency": "USD" },
                "receivedOn": self.app.clock.now().date_naive(), "reference": "Transfer" })
    }

    pub(super) fn input(&self, mutation: &str, ticket: &Value, who: &Person) -> Value {
        let is_customer = self.callers[3].id == who.id || self.callers[4].id == who.id;
        if !ticket["prepared"].is_null() {
            return ticket["prepared"].clone();
        }
        let further = match mutation {
            "openTicket" if is_customer => return opening("bug_report"),
            "openTicket" => {
                return with(opening("bug_report"), &json!({ "customerId": self.owner.id }));
            }
            "startShift" | "endShift" | "discardTimer" | "logOut" | "revokeOtherSessions" => {
                return json!({});
            }
            // The clock stands still, so the least of a minute is never over.
            "stopTimer" => return json!({ "overlapReason": "A reason" }),
            "defineCalendar" => return calendar_called(&who.id),
            "defineServiceLevel" => return level_of(self.another_number()),
            "grantLicence" => return licence(&self.owner),
            "publishRelease" => {
                return release(&self.app.clock.now().timestamp_micros().to_string(), b"file");
            }
            "withdrawRelease" => {
                return json!({ "releaseId": ticket["releaseId"], "reason": "A reason" });
            }
            "issueDownloadLink" => return json!({ "licenceId": ticket["licenceId"] }),
            "revokeSession" => return json!({ "sessionId": ticket["sessionId"] }),
            "confirmEmail" | "resetPassword" | "acceptInvitation" => {
                return json!({ "code": "none", "password": PASSWORD });
            }
            "changePassword" => {
                return json!({ "currentPassword": PASSWORD, "newPassword": "another of mine" });
            }
            // An address of the caller's own, since attempts are counted by address.
            "register" => return registration(&address(who)),
            "requestUpload" => return json!({ "name": "a.log", "size": 1 }),
            "requestPasswordReset" => return json!({ "email": address(who) }),
            "logIn" => return json!({ "email": address(who), "password": PASSWORD }),
            "rebindLicence" => {
                return json!({ "licenceId": ticket["licenceId"], "accountNumbers": ["7654321"],
                               "reason": "A reason" });
            }
            "renewLicence" => return json!({ "licenceId": ticket["licenceId"], "months": 1 }),
            "revokeLicence" => {
                return json!({ "licenceId": ticket["licenceId"], "reason": "A reason" });
            }
            "closeStatement" => {
                return json!({ "customerId": ticket["customerId"], "month": "2020-01" });
            }
            "eraseCustomer" => {
                return json!({ "customerId": ticket["customerId"], "basis": "REQUESTED",
                               "confirmation": "In the books" });
            }
            "recordPayment" => {
                return self.payment_of(ticket["customerId"].as_str().expect("a customer"));
            }
            "reversePayment" => {
                return json!({ "reason": "A reason", "paymentId": ticket["paymentId"] });
            }
            // Terms that are in force already are no news, so each time they are others.
            "defineSupportTerms" => {
                let number = ticket["number"].as_str().and_then(|text| text.get(3..));
                let minutes: u32 = number.expect("a number").parse().expect("a number");
                return terms(300 + minutes);
            }
            "assignTicket" => json!({ "assigneeId": self.colleague.id }),
            "transferTicket" => json!({ "departmentId": department("sales") }),
            "addReply" | "addNote" => json!({ "text": "A text" }),
            "assessPriority" => json!({ "priority": "HIGH" }),
            "logTime" => json!({ "minutes": 1, "overlapReason": "The clock stands still" }),
            "correctTime" | "markCourtesy" => {
                json!({ "timeEntryId": ticket["timeEntryId"], "reason": "A reason" })
            }
            "allowCharges" | "remeasureTicket" => json!({ "reason": "A reason" }),
            "promiseResolution" => {
                json!({ "promisedFor": self.app.clock.now() + TimeDelta::days(1) })
            }
            _ => json!({}),
        };
        with(json!({ "ticketId": ticket["id"] }), &further)
    }

    pub(super) fn query(&self, name: &str, ticket: &Value) -> (String, Value) {
        if let Some(type_name) = name.strip_prefix("node ") {
            let query = "query($id: ID!) { node(id: $id) { __typename } }".to_owned();
            return (query, json!({ "id": self.node(type_name, ticket) }));
        }
        let id = ticket["id"].as_str().expect("an id");
        match name {
            "viewer" => ("{ viewer { scopes } }".to_owned(), json!({})),
            "checkLicenceKey" => {
                let query = "{ checkLicenceKey(key: \"none\", accountNumber: \"1\") { verdict } }";
                (query.to_owned(), json!({}))
            }
            "desk" => ("{ desk { name } }".to_owned(), json!({})),
            "customers" => ("{ customers { nodes { id } } }".to_owned(), json!({})),
            "releases" => (
                "query($id: ID!) { releases(productId: $id) { version } }".to_owned(),
                json!({ "id": product("trading_robot") }),
            ),
            "licenceSigningKeys" => ("{ licenceSigningKeys { publicKey } }".to_owned(), json!({})),
            "catalogue" => ("{ catalogue { reopenDays } }".to_owned(), json!({})),
            "readHolidays" => {
                ("{ readHolidays(iCalendar: \"\") { problem } }".to_owned(), json!({}))
            }
            "slaForecast" => ("{ slaForecast { count } }".to_owned(), json!({})),
            "slaReport" => {
                let period = "period: { from: \"2025-01-01\", until: \"2026-01-01\" }";
                (format!("{{ slaReport({period}) {{ csv }} }}"), json!({}))
            }
            "staffMembers" => ("{ staffMembers { nodes { id } } }".to_owned(), json!({})),
            "departmentQueue" => (
                "query($id: ID!) { departmentQueue(departmentId: $id) { nodes { id } } }"
                    .to_owned(),
                json!({ "id": department("technical") }),
            ),
            "tickets" => ("{ tickets { nodes { id } } }".to_owned(), json!({})),
            "ticket" => {
                ("query($id: ID!) { ticket(id: $id) { id } }".to_owned(), json!({ "id": id }))
            }
            "ticket number" => (
                "query($n: String!) { ticket(number: $n) { id } }".to_owned(),
                json!({ "n": ticket["number"] }),
            ),
            "nodes" => (
                "query($id: ID!) { nodes(ids: [$id]) { __typename } }".to_owned(),
                json!({ "id": id }),
            ),
            "application" => (
                "query($id: ID!) { application(id: $id) { id } }".to_owned(),
                json!({ "id": ticket["application"]["id"] }),
            ),
            "application number" => (
                "query($n: String!) { application(number: $n) { id } }".to_owned(),
                json!({ "n": ticket["application"]["number"] }),
            ),
            "applications" => ("{ applications { nodes { id } } }".to_owned(), json!({})),
            "freeAdvisorEligibility" => (
                "query($b: ID!, $p: ID!) { freeAdvisorEligibility(brokerId: $b, accountNumber: \
                 \"1\", productIds: [$p]) { isAllowed } }"
                    .to_owned(),
                json!({ "b": broker("partner_broker"), "p": product("trading_robot") }),
            ),
            "tradingAccount" => (
                "query($id: ID!) { tradingAccount(id: $id) { id } }".to_owned(),
                json!({ "id": account_id() }),
            ),
            "tradingAccounts" => ("{ tradingAccounts { nodes { id } } }".to_owned(), json!({})),
            "licence" => (
                "query($id: ID!) { licence(id: $id) { id } }".to_owned(),
                json!({ "id": ticket["licenceId"] }),
            ),
            "supportPackage" => (
                "query($id: ID!) { supportPackage(licenceId: $id) { id } }".to_owned(),
                json!({ "id": ticket["licenceId"] }),
            ),
            "supportTerms" => ("{ supportTerms { version } }".to_owned(), json!({})),
            "supportTermsVersions" => {
                ("{ supportTermsVersions { version } }".to_owned(), json!({}))
            }
            "utilisation" => (
                "{ utilisation(from: \"2000-01\", to: \"2100-01\", groupBy: MONTH) { minutes } }"
                    .to_owned(),
                json!({}),
            ),
            _ => self.query_of_owner(name, ticket),
        }
    }

    /// The global id of the owner's thing of a type.
    fn node(&self, type_name: &str, ticket: &Value) -> String {
        let known = |key: &str| text(&ticket[key]).to_owned();
        match type_name {
            "Ticket" => known("id"),
            "TimelineEntry" => entry("TimelineEntry", &known("id")),
            "TimeEntry" => known("timeEntryId"),
            "Application" => text(&ticket["application"]["id"]).to_owned(),
            "ApplicationTimelineEntry" => {
                entry("ApplicationTimelineEntry", text(&ticket["application"]["id"]))
            }
            "TradingAccount" => account_id(),
            "TradingAccountEntry" => entry("TradingAccountEntry", &account_id()),
            "DepositEvidence" => known("depositId"),
            "TradingEvidence" => known("tradingId"),
            "Licence" => known("licenceId"),
            "Release" => known("releaseId"),
            "File" => known("fileId"),
            "SupportAccount" => id_named("SupportAccount", bare(&self.owner.id)).0,
            "SupportPackage" => known("packageId"),
            "Payment" => known("paymentId"),
            "Statement" => known("statementId"),
            "Session" => known("sessionId"),
            "Customer" => self.owner.id.clone(),
            "StaffMember" => self.agent.id.clone(),
            "StaffAbsence" => known("absenceId"),
            "Department" => department("technical"),
            "Category" => category("bug_report"),
            "Product" => product("utility"),
            "Broker" => broker("partner_broker"),
            "Calendar" => global_id(CalendarId::named("office")).0,
            _ => panic!("{type_name} is in the table and not here"),
        }
    }

    /// The queries that name a customer.
    fn query_of_owner(&self, name: &str, ticket: &Value) -> (String, Value) {
        let of_owner = |field: &str| {
            (format!("query($id: ID!) {{ {field} }}"), json!({ "id": self.owner.id }))
        };
        let month = text(&ticket["month"]);
        match name {
            "licences" => of_owner("licences(filter: { customerId: $id }) { nodes { id } }"),
            "supportAccount" => of_owner("supportAccount(customerId: $id) { packages { id } }"),
            "supportPackages" => of_owner("supportPackages(customerId: $id) { id }"),
            "timeEntries" => of_owner("timeEntries(filter: { customerId: $id }) { nodes { id } }"),
            "statement" => {
                of_owner(&format!("statement(customerId: $id, month: \"{month}\") {{ id }}"))
            }
            "statements" => of_owner("statements(filter: { customerId: $id }) { nodes { id } }"),
            "chargeableWork" => of_owner(&format!(
                "chargeableWork(filter: {{ customerId: $id }}, month: \"{month}\") {{ nodes {{ amount \
                 {{ amount }} }} }}"
            )),
            _ => panic!("{name} is in the table and not here"),
        }
    }
}

fn address(who: &Person) -> String {
    format!("{}@example.com", who.api_token_id)
}

/// The account of the owner's application.
fn account_id() -> String {
    let number = AccountNumber::parse("1").expect("a number");
    global_id(trading_account_of(BrokerId::named("partner_broker"), &number)).0
}

/// The id of the first entry of the timeline, or history, of what has this id.
fn entry(name: &str, of: &str) -> String {
    part_id(name, bare(of), 1).0
}

fn bare(id: &str) -> Uuid {
    let (_, uuid) = split_id(&ID(id.to_owned())).expect("a global id");
    uuid.parse().expect("an id")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}
