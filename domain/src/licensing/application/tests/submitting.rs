//! Applying: what is required, and what is refused by name.

use super::*;

#[test]
fn each_kind_is_applied_for() {
    given(vec![])
        .when(ordinary(submit(Wish::FreeAdvisor(free_advisor()))))
        .then_expect_events(vec![submitted(for_free())]);
    given(vec![])
        .when(ordinary(submit(rental("2026-03-05", 3))))
        .then_expect_events(vec![submitted(for_rental("2026-03-05", 3))]);
    given(vec![])
        .when(ordinary(submit(update("2026-02-01"))))
        .then_expect_events(vec![submitted(for_update())]);
    given(vec![submitted(for_update())])
        .when(ordinary(submit(update("2026-02-01"))))
        .then_expect_error(Rejection::AlreadySubmitted);
}

#[test]
fn an_account_that_brings_nothing_is_refused_by_name() {
    use trading_account::Rejection as Account;
    let deposit = Account::DepositOutOfRange { max_cents: 1_000_000_000_000 };
    let refused = |change: &dyn Fn(&mut FreeAdvisorWish), rejection: Rejection| {
        let mut wish = free_advisor();
        change(&mut wish);
        given(vec![]).when(ordinary(submit(Wish::FreeAdvisor(wish)))).then_expect_error(rejection);
    };
    refused(&|wish| wish.account_kind = AccountKind::Demo, Rejection::DemoAccount);
    refused(
        &|wish| wish.broker_id = Err(Account::BrokerNotPartner),
        Account::BrokerNotPartner.into(),
    );
    refused(
        &|wish| wish.account_number = AccountNumber::parse("12 34"),
        Account::AccountNumberMalformed.into(),
    );
    refused(&|wish| wish.advisors.clear(), Rejection::ProductMissing);
    refused(
        &|wish| wish.advisors = vec![Ok(advisor("a")); 21],
        Rejection::TooManyProducts { max: 20 },
    );
    refused(
        &|wish| {
            wish.advisors = vec![Ok(advisor("a")), Ok(advisor("b")), Ok(advisor("a"))];
        },
        Rejection::ProductTwice,
    );
    refused(
        &|wish| wish.advisors.push(Err(Account::ProductNotFree)),
        Account::ProductNotFree.into(),
    );
    let none = AmountProblem::NotAnAmount;
    refused(&|wish| wish.deposit = Err(none), Account::BadAmount(none).into());
    refused(&|wish| wish.deposit = Ok(usd(-1)), deposit.into());
    refused(&|wish| wish.deposit = Ok(usd(1_000_000_000_001)), deposit.into());
    let mut small = free_advisor();
    small.deposit = Ok(usd(49_999));
    let result =
        decide::decide(&Application::default(), submit(Wish::FreeAdvisor(small)), &circumstances());
    assert_eq!(result.map_err(Rejection::code), Err("DEPOSIT_TOO_SMALL"));
}

#[test]
fn a_rental_has_a_start_and_whole_months() {
    let range =
        Rejection::StartOutOfRange { earliest: day("2025-03-01"), latest: day("2027-03-03") };
    let months = Rejection::MonthsOutOfRange { max: 36 };
    for (wish, rejection) in [
        (rental("2025-02-28", 36), range),
        (rental("2027-03-04", 1), range),
        (rental("2026-03-05", 0), months),
        (rental("2026-03-05", -1), months),
        (rental("2026-03-05", 37), months),
        (rental("2026-03-05", i64::MAX), months),
        // It ended with the beginning of today.
        (rental("2026-02-02", 1), Rejection::TermOver),
        (
            Wish::RentalDownload {
                product_id: Ok(ProductId::named("a")),
                starts_on: None,
                months: 1,
            },
            Rejection::StartMissing,
        ),
        (
            Wish::RentalDownload {
                product_id: Err(trading_account::Rejection::ProductNotFound),
                starts_on: Some(day("2026-03-05")),
                months: 1,
            },
            trading_account::Rejection::ProductNotFound.into(),
        ),
    ] {
        given(vec![]).when(ordinary(submit(wish))).then_expect_error(rejection);
    }
    for (starts_on, months) in [("2025-03-01", 36), ("2027-03-03", 1), ("2026-02-03", 1)] {
        given(vec![])
            .when(ordinary(submit(rental(starts_on, months.into()))))
            .then_expect_events(vec![submitted(for_rental(starts_on, months))]);
    }
}

#[test]
fn a_purchase_has_its_details() {
    let range = |wish| {
        let result = decide::decide(&Application::default(), submit(wish), &circumstances());
        result.map_err(Rejection::code)
    };
    assert_eq!(range(update("2026-03-03")), Err("PURCHASE_OUT_OF_RANGE"));
    assert_eq!(range(update("2016-01-01")), Err("PURCHASE_OUT_OF_RANGE"));
    let with = |seller: &str, reference: &str| Wish::LicenceUpdate {
        product_id: Ok(ProductId::named("a")),
        purchased_on: day("2026-03-02"),
        seller: seller.to_owned(),
        reference: reference.to_owned(),
    };
    for (wish, rejection) in [
        (with(" ", "Order 7"), Rejection::BadSeller(TextProblem::Empty)),
        (with("A shop", ""), Rejection::BadReference(TextProblem::Empty)),
        (
            with("A shop", "twenty-one characters"),
            Rejection::BadReference(TextProblem::TooLong { max: 20 }),
        ),
    ] {
        given(vec![]).when(ordinary(submit(wish))).then_expect_error(rejection);
    }
    let Command::Submit(mut commented) = submit(with("A shop", "Order 7")) else {
        unreachable!("it is a submission")
    };
    commented.comment = Some("\u{7}".to_owned());
    given(vec![])
        .when(ordinary(Command::Submit(commented)))
        .then_expect_error(Rejection::BadComment(TextProblem::Unprintable));
}
