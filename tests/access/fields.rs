//! Every field of what a customer can reach: which of them are for staff.

use crate::support::System::{Postgres, Sqlite};
use crate::support::{System, with_database};
use serde_json::json;
use servicedesk_domain::staff::Role;
use test_case::test_case;

use crate::support::app::{App, product};
use crate::support::applications::free_advisor;
use crate::support::introspection::{Types, named_type};

/// How a customer comes to each type, and the fields of it, those for staff behind the bar. What
/// is missing here, or there no more, fails the test.
const FIELDS: [(&str, &str, &str); 43] = [
    ("Viewer", "viewer { _ }", "customer email scopes sessions staffMember |"),
    ("Desk", "desk { _ }", "limits name timeZone version |"),
    (
        "DeskLimits",
        "desk { limits { _ } }",
        "accountNumberCharacters accountsPerLicence documentBytes documentCost documentDepth \
         evidenceDays linkHours maxPageSize maxPasswordCharacters minPasswordCharacters \
         nameCharacters nodeIds productsPerApplication promiseDays reasonCharacters rentalMonths \
         rentalStartDays reopenDays requestBytes searchWordCharacters searchWords \
         subjectCharacters textCharacters timeEntryDays timeEntryMinutes usualPageSize |",
    ),
    ("TicketViewerAction", "ticket(id: $id) { viewerActions { _ } }", "action isAllowed refusal |"),
    (
        "ApplicationViewerAction",
        "applications { nodes { viewerActions { _ } } }",
        "action isAllowed refusal |",
    ),
    ("Session", "viewer { sessions { _ } }", "createdAt device id isCurrent lastUsedAt |"),
    (
        "Catalogue",
        "catalogue { _ }",
        "brokers calendars categories departments products reopenDays serviceLevels | changes",
    ),
    (
        "Calendar",
        "catalogue { calendars { _ } }",
        "code holidays id inForceFrom openings specialDays timeZone title version |",
    ),
    (
        "ServiceLevel",
        "catalogue { serviceLevels { _ } }",
        "atRiskPercent calendar clock firstResponseMinutes inForceFrom processingMinutes request \
         typicalMinutes version |",
    ),
    (
        "Ticket",
        "ticket(id: $id) { _ }",
        "acceptedAt application assignee category chargesAgreement closedAt collaborators customer departments files firstRepliedAt \
         id isOpen number openedAt outcome position priority product promisedFor reopenableUntil \
         replyCount resolvedAt status subject summary text timeEntries timeline updatedAt version \
         viewerActions | \
         hasUnseenAnswer serviceTargets",
    ),
    (
        "TimelineEntry",
        "ticket(id: $id) { timeline { nodes { _ } } }",
        "actor departments files hourlyPrice id kind minutes occurredAt outcome position priority \
         promisedFor recordedAt staffMember target text timeEntry version |",
    ),
    (
        "File",
        "ticket(id: $id) { files { _ } }",
        "createdAt detectedType downloadUrl id isDiscarded name previewUrl sha256 size storedAt \
         type uploadUrl |",
    ),
    (
        "TimeEntry",
        "ticket(id: $id) { timeEntries { nodes { _ } } }",
        "creditedIn id isReversed loggedAt minutes parts reversedAt settlement staffMember \
         startedAt ticket workedAt | courtesyReason note overlapReason reversalReason",
    ),
    (
        "WorkPart",
        "ticket(id: $id) { timeEntries { nodes { parts { _ } } } }",
        "creditedIn settlement workedAt |",
    ),
    ("Actor", "ticket(id: $id) { timeline { nodes { actor { _ } } } }", "isViewer kind name |"),
    (
        "StaffMember",
        "ticket(id: $id) { assignee { _ } }",
        "id name | absences departments email isActive isAvailable maxOpenTickets openTicketCount \
         role timer",
    ),
    (
        "Customer",
        "ticket(id: $id) { customer { _ } }",
        "applications email erasedAt id licences name registeredAt statement supportAccount tickets |",
    ),
    ("Department", "ticket(id: $id) { departments { _ } }", "code id isRetired title |"),
    ("Category", "ticket(id: $id) { category { _ } }", "code departments id isRetired title |"),
    (
        "Product",
        "ticket(id: $id) { product { _ } }",
        "code id isRetired keyTag kind minimumDeposit minimumDeposits releases title |",
    ),
    ("Broker", "catalogue { brokers { _ } }", "code id isPartner isRetired title |"),
    (
        "Application",
        "applications { nodes { _ } }",
        "accountNumber broker comment customer decidedAt decidedBy declineReason eligibility \
         ground id kind licences months number position products purchaseReference purchasedOn \
         seller startsOn statedDeposit status submittedAt takenBy ticket timeline updatedAt \
         version viewerActions withdrawalReason | dueAt overrideReason serviceTargets tradingAccount",
    ),
    (
        "ApplicationTimelineEntry",
        "applications { nodes { timeline { nodes { _ } } } }",
        "actor ground id kind occurredAt position target text version |",
    ),
    (
        "FreeAdvisorEligibility",
        "applications { nodes { eligibility { _ } } }",
        "branch code evidence isAllowed mayApply missing retryAt |",
    ),
    (
        "MissingCondition",
        "applications { nodes { eligibility { missing { _ } } } }",
        "from kind needed shortBy |",
    ),
    (
        "ChargesAgreement",
        "ticket(id: $id) { chargesAgreement { _ } }",
        "agreedPrice freeMinutesLeft hourlyPrice isAsked mayBeCharged |",
    ),
    (
        "WorkSettlement",
        "ticket(id: $id) { timeEntries { nodes { settlement { _ } } } }",
        "billedIn chargeableMinutes draws freeMinutes price termsVersion | waivedMinutes \
         waiverBasis",
    ),
    (
        "Draw",
        "ticket(id: $id) { timeEntries { nodes { settlement { draws { _ } } } } }",
        "licence minutes |",
    ),
    (
        "Licence",
        "ticket(id: $id) { timeEntries { nodes { settlement { draws { licence { _ } } } } } }",
        "accountNumbers application customer downloadLink grantedAt id isValid key keys kind product revokedAt state \
         supportPackage validFrom validUntil | revocationReason",
    ),
    (
        "LicenceKey",
        "licences(first: 1) { nodes { keys { _ } } }",
        "isReplaced issuedAt key number signingKey |",
    ),
    (
        "LicenceKeyCheck",
        "checkLicenceKey(key: \"\", accountNumber: \"1\") { _ }",
        "isValid validUntil verdict |",
    ),
    (
        "DownloadLink",
        "licences(first: 1) { nodes { downloadLink { _ } } }",
        "expiresAt isValid url uses |",
    ),
    (
        "Release",
        "releases(productId: $product) { _ }",
        "bytes fileName id notes product publishedAt sha256 version withdrawnAt | withdrawalReason",
    ),
    ("SigningKey", "licenceSigningKeys { _ }", "number publicKey |"),
    (
        "SupportPackage",
        "supportPackages(customerId: $customer) { _ }",
        "chargedSoFar id isValid leftMinutes licence product totalMinutes usedMinutes usedPercent \
         validFrom validUntil warning |",
    ),
    (
        "SupportAccount",
        "supportAccount(customerId: $customer) { _ }",
        "balance chargedSoFar customer hourlyPrice id packages payments |",
    ),
    (
        "Payment",
        "supportAccount(customerId: $customer) { payments { _ } }",
        "amount id isReversed receivedOn recordedAt reference | reversalReason",
    ),
    ("Charges", "supportAccount(customerId: $customer) { chargedSoFar { _ } }", "amount minutes |"),
    (
        "Statement",
        "statements(filter: { customerId: $customer }, first: 1) { nodes { _ } }",
        "closedAt closingBalance csv customer html id isClosed lines month openingBalance paid \
         totals |",
    ),
    (
        "StatementTotals",
        "statements(filter: { customerId: $customer }) { nodes { totals { _ } } }",
        "amount chargeableMinutes freeMinutes rounding |",
    ),
    (
        "StatementLine",
        "statements(filter: { customerId: $customer }) { nodes { lines { nodes { _ } } } }",
        "amount chargeableMinutes customer freeMinutes kind minutes settlement timeEntry workedAt |",
    ),
    (
        "SupportTerms",
        "supportTerms { _ }",
        "hourlyPrice inForceFrom needsAgreement packageMinutes timeZone version warningPercent |",
    ),
    ("Money", "ticket(id: $id) { product { minimumDeposit { _ } } }", "amount currency |"),
];

/// Types that no customer comes to, because every way to them is for staff.
const FOR_STAFF: [&str; 22] = [
    "SettingsChange",
    "StaffAbsence",
    "AdvisorGrant",
    "BrokerReportImport",
    "DepositEvidence",
    "OverlappedWork",
    "RefusedReportLine",
    "TradingAccount",
    "TradingAccountEntry",
    "TradingEvidence",
    "ServiceTarget",
    "Holiday",
    "HolidaysRead",
    "SlaBand",
    "SlaFigures",
    "SlaForecast",
    "SlaForecastEntry",
    "SlaForecastGroup",
    "SlaLine",
    "SlaReport",
    "SlaStanding",
    "Terms",
];

/// Types that only carry others: lists, what comes of mutations, and items of subscriptions.
/// Types that only carry others: lists, what comes of mutations, and items of subscriptions. No
/// customer comes to the others: a timer hangs on what is for staff, and so does utilisation.
fn is_carrier(name: &str) -> bool {
    let ends = ["Connection", "Edge", "Payload", "Error", "Change"];
    if ["Timer", "Utilisation", "FreeTimeWarning"].contains(&name) {
        return true;
    }
    let roots = ["Query", "Mutation", "Subscription", "PageInfo"];
    ends.iter().any(|end| name.ends_with(end)) || roots.contains(&name) || name.starts_with("__")
}

#[test_case(Sqlite; "on_sqlite")]
#[test_case(Postgres; "on_postgres")]
#[tokio::test]
async fn a_customer_may_see_every_field_but_those_for_staff(system: System) {
    with_database(system, |database| async move {
        let app = App::start(&database).await;
        let customer = app.licensed("Customer").await;
        let agent = app.agent("Agent", &["technical", "accounting", "licensing"]).await;
        let types = Types::of(&customer).await;
        let ticket = customer.expect_opened("bug_report").await;
        agent.expect_done_on("acceptTicket", &ticket).await;
        agent.expect_logged(&ticket, 5).await;
        agent.expect_done_on("startTimer", &ticket).await;
        let manager = app.staff("Manager", Role::Manager, &[]).await;
        let published = app.publish(&manager, "1.0", b"file").await;
        assert!(published["publishedAt"].is_string());
        let payment = json!({ "customerId": customer.id, "reference": "Transfer",
            "receivedOn": app.clock.now().date_naive(),
            "amount": { "amount": "5.00", "currency": "USD" } });
        agent.expect_done("recordPayment", payment).await;
        customer.expect_done("applyForFreeAdvisor", free_advisor("1")).await;
        app.settle().await;
        app.settle().await;
        let known = json!({ "id": ticket["id"], "customer": customer.id,
            "product": product("trading_robot") });
        for (type_name, path, fields) in FIELDS {
            let (open, for_staff) = fields.split_once('|').expect("a bar");
            let (open, for_staff): (Vec<_>, Vec<_>) =
                (open.split_whitespace().collect(), for_staff.split_whitespace().collect());
            let mut all: Vec<_> = open.iter().chain(&for_staff).copied().collect();
            all.sort_unstable();
            assert_eq!(types.field_names(type_name), all, "the fields of {type_name}");
            for field in types.fields(type_name) {
                let name = field["name"].as_str().expect("a name");
                let below = types.everything(&named_type(&field["type"]), 0);
                let query = format!(
                    "query($id: ID!, $customer: ID!, $product: ID!) {{ unused: node(id: $id) \
                     {{ __typename }} other: node(id: $customer) {{ __typename }} \
                     third: node(id: $product) {{ __typename }} {} }}",
                    path.replace('_', &format!("{name}{below}"))
                );
                // Without an error, so that a customer can ask for it in a list of many.
                let answer = customer.ask(&query, known.clone()).await;
                assert_eq!(answer.error(), None, "{query}: {}", answer.text);
                let is_shown = answer.text.contains(&format!("\"{name}\":"))
                    && !answer.text.contains(&format!("\"{name}\":null"));
                assert!(!(is_shown && for_staff.contains(&name)), "{query}: {}", answer.text);
                let answer = agent.ask(&query, known.clone()).await;
                assert_eq!(answer.error(), None, "{query}: {}", answer.text);
            }
        }
        let walked = FIELDS.map(|(name, ..)| name);
        for (name, found) in &types.0 {
            let is_known =
                found["kind"] != "OBJECT" || is_carrier(name) || FOR_STAFF.contains(&name.as_str());
            assert!(is_known || walked.contains(&name.as_str()), "{name} is missing in the table");
        }
    })
    .await;
}
