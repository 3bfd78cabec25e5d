//! Who may do what: a row for every operation, a column for every kind of caller.

pub(super) const OK: &str = "ok";
pub(super) const NULL: &str = "null";
pub(super) const NO: &str = "FORBIDDEN";
pub(super) const WHO: &str = "UNAUTHENTICATED";
pub(super) const NONE: &str = "TICKET_NOT_FOUND";
pub(super) const GONE: &str = "APPLICATION_NOT_FOUND";
pub(super) const NOT_HERS: &str = "LICENCE_NOT_FOUND";
pub(super) const AWAY: &str = "NOT_IN_DEPARTMENT";
pub(super) const LEAD: &str = "MANAGER_NEEDED";
pub(super) const IDLE: &str = "TIMER_NOT_RUNNING";
pub(super) const CODE: &str = "CODE_INVALID";
pub(super) const WRONG: &str = "WRONG_CREDENTIALS";
pub(super) const NO_LOGIN: &str = "LOGIN_NOT_FOUND";
/// What a watch that may not begin is told.
pub(super) const BAD: &str = "BAD_USER_INPUT";

/// The callers, in the order of the tables' columns. Those with one scope are the agent. `away` is
/// an agent of another department.
pub(super) const CALLERS: [&str; 12] = [
    "nobody",
    "expired",
    "revoked",
    "owner",
    "stranger",
    "agent",
    "away",
    "manager",
    "auditor",
    "admin",
    "read-only",
    "write-only",
];

pub(super) type Row = (&'static str, [&'static str; 12]);

pub(super) const QUERIES: [Row; 59] = [
    //                  nobody  exp. rev. owner str. agent away mgr. aud. adm. read write
    ("viewer", [NULL, WHO, WHO, OK, OK, OK, OK, OK, OK, OK, OK, OK]),
    ("desk", [OK, WHO, WHO, OK, OK, OK, OK, OK, OK, OK, OK, OK]),
    ("customers", [WHO, WHO, WHO, NO, NO, OK, OK, OK, OK, OK, OK, NO]),
    ("catalogue", [WHO, WHO, WHO, OK, OK, OK, OK, OK, OK, OK, OK, NO]),
    ("staffMembers", [WHO, WHO, WHO, NO, NO, OK, OK, OK, OK, OK, OK, NO]),
    ("readHolidays", [WHO, WHO, WHO, NO, NO, NO, NO, OK, NO, OK, NO, NO]),
    ("slaForecast", [WHO, WHO, WHO, NO, NO, NO, NO, OK, OK, OK, NO, NO]),
    ("slaReport", [WHO, WHO, WHO, NO, NO, NO, NO, OK, OK, OK, NO, NO]),
    ("departmentQueue", [WHO, WHO, WHO, NO, NO, OK, NO, OK, OK, OK, OK, NO]),
    ("tickets", [WHO, WHO, WHO, OK, NULL, OK, NULL, OK, OK, OK, OK, NO]),
    ("ticket", [WHO, WHO, WHO, OK, NULL, OK, NULL, OK, OK, OK, OK, NO]),
    ("ticket number", [WHO, WHO, WHO, OK, NULL, OK, NULL, OK, OK, OK, OK, NO]),
    ("nodes", [WHO, WHO, WHO, OK, NULL, OK, NULL, OK, OK, OK, OK, NO]),
    ("node Ticket", [WHO, WHO, WHO, OK, NULL, OK, NULL, OK, OK, OK, OK, NO]),
    ("node Customer", [WHO, WHO, WHO, OK, NULL, OK, OK, OK, OK, OK, OK, NO]),
    ("node StaffMember", [WHO, WHO, WHO, OK, OK, OK, OK, OK, OK, OK, OK, NO]),
    ("node StaffAbsence", [WHO, WHO, WHO, NULL, NULL, OK, OK, OK, OK, OK, OK, NO]),
    ("node Department", [WHO, WHO, WHO, OK, OK, OK, OK, OK, OK, OK, OK, NO]),
    ("node Category", [WHO, WHO, WHO, OK, OK, OK, OK, OK, OK, OK, OK, NO]),
    ("node Product", [WHO, WHO, WHO, OK, OK, OK, OK, OK, OK, OK, OK, NO]),
    ("node Licence", [WHO, WHO, WHO, OK, NULL, OK, OK, OK, OK, OK, OK, NO]),
    ("node SupportPackage", [WHO, WHO, WHO, OK, NULL, OK, OK, OK, OK, OK, OK, NO]),
    ("node TimeEntry", [WHO, WHO, WHO, OK, NULL, OK, NULL, OK, OK, OK, OK, NO]),
    ("node Statement", [WHO, WHO, WHO, OK, NULL, NULL, NULL, OK, OK, OK, NULL, NO]),
    ("node TimelineEntry", [WHO, WHO, WHO, OK, NULL, OK, NULL, OK, OK, OK, OK, NO]),
    ("node Calendar", [WHO, WHO, WHO, OK, OK, OK, OK, OK, OK, OK, OK, NO]),
    ("node Release", [WHO, WHO, WHO, OK, OK, OK, OK, OK, OK, OK, OK, NO]),
    ("node File", [WHO, WHO, WHO, OK, NULL, OK, NULL, OK, OK, OK, OK, NO]),
    ("node SupportAccount", [WHO, WHO, WHO, OK, NULL, OK, OK, OK, OK, OK, OK, NO]),
    ("node Payment", [WHO, WHO, WHO, OK, NULL, NULL, NULL, OK, OK, OK, NULL, NO]),
    ("application", [WHO, WHO, WHO, OK, NULL, NULL, NULL, OK, OK, OK, NULL, NO]),
    ("application number", [WHO, WHO, WHO, OK, NULL, NULL, NULL, OK, OK, OK, NULL, NO]),
    ("applications", [WHO, WHO, WHO, OK, NULL, NO, NO, OK, OK, OK, NO, NO]),
    ("freeAdvisorEligibility", [WHO, WHO, WHO, OK, OK, OK, OK, OK, OK, OK, OK, NO]),
    ("tradingAccount", [WHO, WHO, WHO, NO, NO, NO, NO, OK, OK, OK, NO, NO]),
    ("tradingAccounts", [WHO, WHO, WHO, NO, NO, NO, NO, OK, OK, OK, NO, NO]),
    // A session is its person's alone.
    ("node Session", [WHO, WHO, WHO, OK, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NO]),
    ("node Application", [WHO, WHO, WHO, OK, NULL, NULL, NULL, OK, OK, OK, NULL, NO]),
    ("node TradingAccount", [WHO, WHO, WHO, NULL, NULL, NULL, NULL, OK, OK, OK, NULL, NO]),
    ("node ApplicationTimelineEntry", [WHO, WHO, WHO, OK, NULL, NULL, NULL, OK, OK, OK, NULL, NO]),
    ("node TradingAccountEntry", [WHO, WHO, WHO, NULL, NULL, NULL, NULL, OK, OK, OK, NULL, NO]),
    ("node DepositEvidence", [WHO, WHO, WHO, NULL, NULL, NULL, NULL, OK, OK, OK, NULL, NO]),
    ("node TradingEvidence", [WHO, WHO, WHO, NULL, NULL, NULL, NULL, OK, OK, OK, NULL, NO]),
    ("node Broker", [WHO, WHO, WHO, OK, OK, OK, OK, OK, OK, OK, OK, NO]),
    ("licence", [WHO, WHO, WHO, OK, NULL, OK, OK, OK, OK, OK, OK, NO]),
    ("licences", [WHO, WHO, WHO, OK, NO, OK, OK, OK, OK, OK, OK, NO]),
    // For anybody, as long as what they come with is not worth nothing.
    ("checkLicenceKey", [OK, WHO, WHO, OK, OK, OK, OK, OK, OK, OK, OK, OK]),
    ("licenceSigningKeys", [OK, WHO, WHO, OK, OK, OK, OK, OK, OK, OK, OK, OK]),
    ("releases", [WHO, WHO, WHO, OK, OK, OK, OK, OK, OK, OK, OK, NO]),
    ("supportAccount", [WHO, WHO, WHO, OK, NO, OK, OK, OK, OK, OK, OK, NO]),
    ("supportPackages", [WHO, WHO, WHO, OK, NO, OK, OK, OK, OK, OK, OK, NO]),
    ("supportPackage", [WHO, WHO, WHO, OK, NULL, OK, OK, OK, OK, OK, OK, NO]),
    ("supportTerms", [WHO, WHO, WHO, OK, OK, OK, OK, OK, OK, OK, OK, NO]),
    ("supportTermsVersions", [WHO, WHO, WHO, NO, NO, OK, OK, OK, OK, OK, OK, NO]),
    // An agent's own, and the agent is who worked.
    ("timeEntries", [WHO, WHO, WHO, OK, NO, OK, NULL, OK, OK, OK, OK, NO]),
    ("statement", [WHO, WHO, WHO, OK, NO, NO, NO, OK, OK, OK, NO, NO]),
    ("statements", [WHO, WHO, WHO, OK, NO, NO, NO, OK, OK, OK, NO, NO]),
    ("chargeableWork", [WHO, WHO, WHO, NO, NO, NO, NO, OK, OK, OK, NO, NO]),
    ("utilisation", [WHO, WHO, WHO, NO, NO, NO, NO, OK, OK, OK, NO, NO]),
];

pub(super) static MUTATIONS: [Row; 83] = [
    //                    nobody expired revoked owner stranger agent away manager auditor admin read write
    ("openTicket", [WHO, WHO, WHO, OK, OK, OK, OK, OK, NO, OK, NO, OK]),
    ("requestUpload", [WHO, WHO, WHO, OK, OK, OK, OK, OK, NO, OK, NO, OK]),
    ("addReply", [WHO, WHO, WHO, OK, NONE, OK, AWAY, OK, NO, OK, NO, OK]),
    ("closeTicket", [WHO, WHO, WHO, OK, NONE, OK, AWAY, OK, NO, OK, NO, OK]),
    ("reopenTicket", [WHO, WHO, WHO, OK, NONE, OK, AWAY, OK, NO, OK, NO, OK]),
    ("acceptTicket", [WHO, WHO, WHO, NO, NO, OK, AWAY, OK, NO, OK, NO, OK]),
    ("acknowledgeAnswer", [WHO, WHO, WHO, NO, NO, OK, AWAY, OK, NO, OK, NO, OK]),
    ("addNote", [WHO, WHO, WHO, NO, NO, OK, AWAY, OK, NO, OK, NO, OK]),
    ("assessPriority", [WHO, WHO, WHO, NO, NO, OK, AWAY, OK, NO, OK, NO, OK]),
    ("assignTicket", [WHO, WHO, WHO, NO, NO, OK, AWAY, OK, NO, OK, NO, OK]),
    ("awaitCustomer", [WHO, WHO, WHO, NO, NO, OK, AWAY, OK, NO, OK, NO, OK]),
    ("correctTime", [WHO, WHO, WHO, NO, NO, OK, AWAY, OK, NO, OK, NO, OK]),
    ("logTime", [WHO, WHO, WHO, NO, NO, OK, AWAY, OK, NO, OK, NO, OK]),
    ("markCourtesy", [WHO, WHO, WHO, NO, NO, OK, AWAY, OK, NO, OK, NO, OK]),
    ("askForAgreement", [WHO, WHO, WHO, NO, NO, OK, AWAY, OK, NO, OK, NO, OK]),
    ("agreeToCharges", [WHO, WHO, WHO, OK, NONE, NO, NO, NO, NO, NO, NO, NO]),
    ("allowCharges", [WHO, WHO, WHO, NO, NO, LEAD, AWAY, OK, NO, OK, NO, LEAD]),
    ("startTimer", [WHO, WHO, WHO, NO, NO, OK, AWAY, OK, NO, OK, NO, OK]),
    ("stopTimer", [WHO, WHO, WHO, NO, NO, OK, IDLE, OK, NO, OK, NO, OK]),
    ("discardTimer", [WHO, WHO, WHO, NO, NO, OK, IDLE, OK, NO, OK, NO, OK]),
    // For licensing, accounting and managers; see `departments_have_duties_of_their_own`.
    ("grantLicence", [WHO, WHO, WHO, NO, NO, NO, NO, OK, NO, OK, NO, NO]),
    ("rebindLicence", [WHO, WHO, WHO, NO, NO, NO, NO, OK, NO, OK, NO, NO]),
    ("renewLicence", [WHO, WHO, WHO, NO, NO, NO, NO, OK, NO, OK, NO, NO]),
    ("publishRelease", [WHO, WHO, WHO, NO, NO, NO, NO, OK, NO, OK, NO, NO]),
    ("withdrawRelease", [WHO, WHO, WHO, NO, NO, NO, NO, OK, NO, OK, NO, NO]),
    ("issueDownloadLink", [WHO, WHO, WHO, OK, NOT_HERS, NO, NO, OK, NO, OK, NO, NO]),
    ("revokeLicence", [WHO, WHO, WHO, NO, NO, NO, NO, OK, NO, OK, NO, NO]),
    ("closeStatement", [WHO, WHO, WHO, NO, NO, NO, NO, OK, NO, OK, NO, NO]),
    ("recordPayment", [WHO, WHO, WHO, NO, NO, NO, NO, OK, NO, OK, NO, NO]),
    ("reversePayment", [WHO, WHO, WHO, NO, NO, NO, NO, OK, NO, OK, NO, NO]),
    ("defineSupportTerms", [WHO, WHO, WHO, NO, NO, NO, NO, OK, NO, OK, NO, NO]),
    ("applyForFreeAdvisor", [WHO, WHO, WHO, OK, OK, NO, NO, NO, NO, NO, NO, NO]),
    ("applyForRentalDownload", [WHO, WHO, WHO, OK, OK, NO, NO, NO, NO, NO, NO, NO]),
    ("applyForLicenceUpdate", [WHO, WHO, WHO, OK, OK, NO, NO, NO, NO, NO, NO, NO]),
    ("withdrawApplication", [WHO, WHO, WHO, OK, GONE, NO, NO, NO, NO, NO, NO, NO]),
    ("openApplicationTicket", [WHO, WHO, WHO, OK, GONE, NO, NO, OK, NO, OK, NO, NO]),
    ("takeApplication", [WHO, WHO, WHO, NO, NO, NO, NO, OK, NO, OK, NO, NO]),
    ("approveApplication", [WHO, WHO, WHO, NO, NO, NO, NO, OK, NO, OK, NO, NO]),
    ("declineApplication", [WHO, WHO, WHO, NO, NO, NO, NO, OK, NO, OK, NO, NO]),
    ("overrideDecision", [WHO, WHO, WHO, NO, NO, NO, NO, OK, NO, OK, NO, NO]),
    ("recordDeposit", [WHO, WHO, WHO, NO, NO, NO, NO, OK, NO, OK, NO, NO]),
    ("recordTradingActivity", [WHO, WHO, WHO, NO, NO, NO, NO, OK, NO, OK, NO, NO]),
    ("retractEvidence", [WHO, WHO, WHO, NO, NO, NO, NO, OK, NO, OK, NO, NO]),
    ("importBrokerReport", [WHO, WHO, WHO, NO, NO, NO, NO, OK, NO, OK, NO, NO]),
    ("joinCollaborator", [WHO, WHO, WHO, NO, NO, OK, AWAY, OK, NO, OK, NO, OK]),
    ("leaveTicket", [WHO, WHO, WHO, NO, NO, OK, AWAY, OK, NO, OK, NO, OK]),
    ("promiseResolution", [WHO, WHO, WHO, NO, NO, OK, AWAY, OK, NO, OK, NO, OK]),
    ("resolveTicket", [WHO, WHO, WHO, NO, NO, OK, AWAY, OK, NO, OK, NO, OK]),
    ("resumeTicket", [WHO, WHO, WHO, NO, NO, OK, AWAY, OK, NO, OK, NO, OK]),
    ("transferTicket", [WHO, WHO, WHO, NO, NO, OK, AWAY, OK, NO, OK, NO, OK]),
    ("defineCalendar", [WHO, WHO, WHO, NO, NO, NO, NO, OK, NO, OK, NO, NO]),
    ("defineServiceLevel", [WHO, WHO, WHO, NO, NO, NO, NO, OK, NO, OK, NO, NO]),
    ("remeasureApplication", [WHO, WHO, WHO, NO, NO, NO, NO, OK, NO, OK, NO, NO]),
    ("remeasureTicket", [WHO, WHO, WHO, NO, NO, NO, NO, OK, NO, OK, NO, NO]),
    // For anyone, as long as what they come with is not worth nothing. Nothing is recorded, or the
    // code or password is not the right one; see `identity`.
    ("register", [NULL, WHO, WHO, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL]),
    ("confirmEmail", [CODE, WHO, WHO, CODE, CODE, CODE, CODE, CODE, CODE, CODE, CODE, CODE]),
    ("logIn", [WRONG, WHO, WHO, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG, WRONG]),
    ("logOut", [NULL, WHO, WHO, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL]),
    (
        "requestPasswordReset",
        [NULL, WHO, WHO, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL],
    ),
    ("resetPassword", [CODE, WHO, WHO, CODE, CODE, CODE, CODE, CODE, CODE, CODE, CODE, CODE]),
    ("acceptInvitation", [CODE, WHO, WHO, CODE, CODE, CODE, CODE, CODE, CODE, CODE, CODE, CODE]),
    // Whom an operator has registered has no login.
    (
        "changePassword",
        [
            WHO, WHO, WHO, WRONG, NO_LOGIN, NO_LOGIN, NO_LOGIN, NO_LOGIN, NO_LOGIN, NO_LOGIN, NO,
            NO_LOGIN,
        ],
    ),
    (
        "revokeSession",
        [
            WHO, WHO, WHO, OK, NO_LOGIN, NO_LOGIN, NO_LOGIN, NO_LOGIN, NO_LOGIN, NO_LOGIN, NO,
            NO_LOGIN,
        ],
    ),
    (
        "revokeOtherSessions",
        [
            WHO, WHO, WHO, OK, NO_LOGIN, NO_LOGIN, NO_LOGIN, NO_LOGIN, NO_LOGIN, NO_LOGIN, NO,
            NO_LOGIN,
        ],
    ),
    ("inviteCustomer", [WHO, WHO, WHO, NO, NO, OK, OK, OK, NO, OK, NO, OK]),
    ("sendInvitation", [WHO, WHO, WHO, NO, NO, OK, OK, OK, NO, OK, NO, OK]),
    ("defineDepartment", [WHO, WHO, WHO, NO, NO, NO, NO, NO, NO, OK, NO, NO]),
    ("defineCategory", [WHO, WHO, WHO, NO, NO, NO, NO, NO, NO, OK, NO, NO]),
    ("defineProduct", [WHO, WHO, WHO, NO, NO, NO, NO, NO, NO, OK, NO, NO]),
    ("defineBroker", [WHO, WHO, WHO, NO, NO, NO, NO, NO, NO, OK, NO, NO]),
    ("retireCatalogueEntry", [WHO, WHO, WHO, NO, NO, NO, NO, NO, NO, OK, NO, NO]),
    ("changeTicketPolicy", [WHO, WHO, WHO, NO, NO, NO, NO, NO, NO, OK, NO, NO]),
    ("changeLicensingPolicy", [WHO, WHO, WHO, NO, NO, NO, NO, NO, NO, OK, NO, NO]),
    ("inviteStaffMember", [WHO, WHO, WHO, NO, NO, NO, NO, NO, NO, OK, NO, NO]),
    ("changeDuties", [WHO, WHO, WHO, NO, NO, NO, NO, NO, NO, OK, NO, NO]),
    ("deactivateStaffMember", [WHO, WHO, WHO, NO, NO, NO, NO, NO, NO, OK, NO, NO]),
    ("reactivateStaffMember", [WHO, WHO, WHO, NO, NO, NO, NO, NO, NO, OK, NO, NO]),
    ("setCapacity", [WHO, WHO, WHO, NO, NO, NO, NO, OK, NO, OK, NO, NO]),
    // Somebody else's; see `people` for one's own.
    ("planAbsence", [WHO, WHO, WHO, NO, NO, NO, NO, OK, NO, OK, NO, NO]),
    ("cancelAbsence", [WHO, WHO, WHO, NO, NO, NO, NO, OK, NO, OK, NO, NO]),
    ("eraseCustomer", [WHO, WHO, WHO, NO, NO, NO, NO, NO, NO, OK, NO, NO]),
    ("startShift", [WHO, WHO, WHO, NO, NO, OK, OK, OK, "WORKS_NO_TICKETS", OK, NO, OK]),
    // An auditor has no shift to end, so that nothing comes of it.
    ("endShift", [WHO, WHO, WHO, NO, NO, OK, OK, OK, NULL, OK, NO, OK]),
];

pub(super) const SUBSCRIPTIONS: [Row; 5] = [
    //                nobody expired revoked owner stranger agent away manager auditor admin read write
    ("ticketChanged", [WHO, WHO, WHO, OK, BAD, OK, BAD, OK, OK, OK, OK, NO]),
    ("queueChanged", [WHO, WHO, WHO, NO, NO, OK, NO, OK, OK, OK, OK, NO]),
    ("applicationChanged", [WHO, WHO, WHO, OK, BAD, BAD, BAD, OK, OK, OK, BAD, NO]),
    ("supportAccountChanged", [WHO, WHO, WHO, OK, NO, OK, OK, OK, OK, OK, OK, NO]),
    ("slaChanged", [WHO, WHO, WHO, NO, NO, OK, OK, OK, OK, OK, OK, NO]),
];

/// What is done to books and licences that must be there before.
pub(super) const OF_BOOKS: [&str; 7] = [
    "rebindLicence",
    "renewLicence",
    "revokeLicence",
    "closeStatement",
    "recordPayment",
    "reversePayment",
    "eraseCustomer",
];
