//! What tests ask of what each mutation changes.

use serde_json::{Value, json};

use super::app::{Person, TICKET};
use super::applications::{APPLICATION, TRADING_ACCOUNT};

/// What a mutation is about, and what tests ask of it.
pub(crate) fn about(mutation: &str) -> (&'static str, &'static str) {
    match mutation {
        "startShift" | "endShift" => ("staffMember", "id isAvailable"),
        "defineDepartment"
        | "defineCategory"
        | "defineProduct"
        | "defineBroker"
        | "retireCatalogueEntry"
        | "changeTicketPolicy"
        | "changeLicensingPolicy" => ("catalogue", "reopenDays"),
        "inviteStaffMember"
        | "changeDuties"
        | "setCapacity"
        | "planAbsence"
        | "cancelAbsence"
        | "deactivateStaffMember"
        | "reactivateStaffMember" => (
            "staffMember",
            "id name email role departments { code } isActive isAvailable maxOpenTickets \
             absences { id firstDay lastDay }",
        ),
        "defineCalendar" => ("calendar", "code version"),
        "defineServiceLevel" => ("serviceLevel", "request version"),
        "startTimer" | "stopTimer" | "discardTimer" => {
            ("staffMember", "id timer { ticket { id } startedAt minutes }")
        }
        "grantLicence" | "rebindLicence" | "renewLicence" | "revokeLicence" => (
            "licence",
            "id kind validFrom validUntil isValid revokedAt customer { id } state accountNumbers \
             key { key number isReplaced }",
        ),
        "issueDownloadLink" => ("licence", "id downloadLink { url uses isValid }"),
        "publishRelease" | "withdrawRelease" => ("release", "id version publishedAt withdrawnAt"),
        "applyForFreeAdvisor"
        | "applyForRentalDownload"
        | "applyForLicenceUpdate"
        | "withdrawApplication"
        | "takeApplication"
        | "approveApplication"
        | "declineApplication"
        | "overrideDecision"
        | "openApplicationTicket"
        | "remeasureApplication" => ("application", APPLICATION),
        "recordDeposit" | "recordTradingActivity" | "retractEvidence" => {
            ("tradingAccount", TRADING_ACCOUNT)
        }
        "importBrokerReport" => ("import", "recorded repeated refused { line code message }"),
        "defineSupportTerms" => (
            "supportTerms",
            "version inForceFrom hourlyPrice { amount currency } packageMinutes warningPercent \
             needsAgreement timeZone",
        ),
        "register"
        | "confirmEmail"
        | "logIn"
        | "logOut"
        | "requestPasswordReset"
        | "resetPassword"
        | "changePassword"
        | "revokeSession"
        | "inviteCustomer"
        | "sendInvitation"
        | "acceptInvitation"
        | "revokeOtherSessions"
        | "eraseCustomer" => ("customer", "id name"),
        "requestUpload" => ("file", "id name size"),
        "closeStatement" => {
            ("statement", "id month isClosed closedAt totals { freeMinutes amount { amount } }")
        }
        "recordPayment" | "reversePayment" => {
            ("supportAccount", "balance { amount } payments { id amount { amount } isReversed }")
        }
        _ => ("ticket", TICKET),
    }
}

/// What erases a customer who has this name.
pub(crate) fn erasure_of(customer: &Person, name: &str) -> Value {
    json!({ "customerId": customer.id, "confirmation": name, "basis": "REQUESTED" })
}

/// The refusals of a mutation, with everything that its features say of one.
pub(crate) fn user_errors(mutation: &str) -> String {
    let facts = |error| match error {
        "TicketError" | "BillingError" => "limit until",
        "AccountError" => "retryAt",
        "LicensingError" => {
            "limit until retryAt missing { kind needed { amount } shortBy { amount } from }"
        }
        _ => "",
    };
    let table = servicedesk::graphql::refusals::table();
    let errors = table.iter().filter(|row| row.mutation == mutation).map(|row| row.error);
    // Codes of two features are of two enums, which cannot have one name in an answer.
    let errors = ["code", "further: code"].into_iter().zip(errors);
    let errors =
        errors.map(|(code, error)| format!("... on {error} {{ {code} {} }} ", facts(error)));
    format!("userErrors {{ message field {} }}", errors.collect::<String>())
}
