//! Given / when / then for the catalogue.

mod hours;

use cqrs_es::test::TestFramework;

use super::events::{LicensingPolicy, ProductKind};
use super::file::{CategoryEntry, DepartmentEntry, ProductEntry};
use super::{
    Catalogue, CatalogueEvent, CatalogueFile, CategoryId, Command, DepartmentId, Rejection,
};
use crate::kernel::{Currency, Moment, Money, Title};
use crate::ticket;

type Catalogues = TestFramework<Catalogue>;

fn title() -> Title {
    Title { ru: "Отдел".to_owned(), en: "Department".to_owned() }
}

fn empty() -> CatalogueFile {
    CatalogueFile {
        ticket_policy: None,
        licensing_policy: None,
        departments: vec![],
        categories: vec![],
        products: vec![],
        brokers: vec![],
        calendars: vec![],
        service_levels: vec![],
    }
}

fn department(code: &str) -> DepartmentEntry {
    DepartmentEntry { code: code.to_owned(), title: title() }
}

fn category(code: &str, departments: &[&str]) -> CategoryEntry {
    CategoryEntry {
        code: code.to_owned(),
        title: title(),
        departments: departments.iter().map(|code| (*code).to_owned()).collect(),
    }
}

fn load(file: CatalogueFile) -> Command {
    Command::Load(Box::new(file), Moment::UNIX_EPOCH)
}

fn sales_defined() -> CatalogueEvent {
    CatalogueEvent::DepartmentDefined {
        department_id: DepartmentId::named("sales"),
        code: "sales".to_owned(),
        title: title(),
    }
}

fn purchase_defined() -> CatalogueEvent {
    CatalogueEvent::CategoryDefined {
        category_id: CategoryId::named("purchase"),
        code: "purchase".to_owned(),
        title: title(),
        department_ids: vec![DepartmentId::named("sales")],
    }
}

#[test]
fn a_category_may_route_to_a_department_of_the_same_file() {
    Catalogues::with(())
        .given_no_previous_events()
        .when(load(CatalogueFile {
            departments: vec![department("sales")],
            categories: vec![category("purchase", &["sales"])],
            ..empty()
        }))
        .then_expect_events(vec![sales_defined(), purchase_defined()]);
}

#[test]
fn loading_the_same_file_again_records_nothing() {
    Catalogues::with(())
        .given(vec![sales_defined(), purchase_defined()])
        .when(load(CatalogueFile {
            departments: vec![department("sales")],
            categories: vec![category("purchase", &["sales"])],
            ..empty()
        }))
        .then_expect_events(vec![]);
}

#[test]
fn bad_entries_are_refused_by_name() {
    let refused = |file, rejection| {
        Catalogues::with(())
            .given_no_previous_events()
            .when(load(file))
            .then_expect_error(rejection);
    };
    refused(
        CatalogueFile { departments: vec![department("Sales!")], ..empty() },
        Rejection::BadCode { code: "Sales!".to_owned() },
    );
    refused(
        CatalogueFile { departments: vec![department("a"), department("a")], ..empty() },
        Rejection::CodeTwice { code: "a".to_owned() },
    );
    refused(
        CatalogueFile { categories: vec![category("purchase", &["sales"])], ..empty() },
        Rejection::UnknownDepartment {
            category: "purchase".to_owned(),
            department: "sales".to_owned(),
        },
    );
    refused(
        CatalogueFile { categories: vec![category("purchase", &[])], ..empty() },
        Rejection::RoutesNowhere { category: "purchase".to_owned() },
    );
    refused(
        CatalogueFile {
            departments: vec![department("sales")],
            categories: vec![category("purchase", &["sales", "sales"])],
            ..empty()
        },
        Rejection::DepartmentTwice {
            category: "purchase".to_owned(),
            department: "sales".to_owned(),
        },
    );
    refused(
        CatalogueFile {
            products: vec![ProductEntry {
                code: "robot".to_owned(),
                title: title(),
                kind: ProductKind::Robot,
                minimum_deposit: Some(Money { cents: -1, currency: Currency::USD }),
                minimum_deposits: Vec::new(),
            }],
            ..empty()
        },
        Rejection::NegativeDeposit { product: "robot".to_owned() },
    );
}

#[test]
fn a_department_that_a_category_needs_cannot_be_retired() {
    let sales = DepartmentId::named("sales");
    Catalogues::with(())
        .given(vec![sales_defined(), purchase_defined()])
        .when(Command::RetireDepartment(sales))
        .then_expect_error(Rejection::DepartmentInUse { category: "purchase".to_owned() });
    Catalogues::with(())
        .given(vec![
            sales_defined(),
            purchase_defined(),
            CatalogueEvent::CategoryRetired { category_id: CategoryId::named("purchase") },
        ])
        .when(Command::RetireDepartment(sales))
        .then_expect_events(vec![CatalogueEvent::DepartmentRetired { department_id: sales }]);
}

#[test]
fn a_retired_category_or_product_routes_nowhere() {
    let mut catalogue = Catalogue::default();
    catalogue.evolve(sales_defined());
    catalogue.evolve(purchase_defined());
    let (category_id, product_id) =
        (CategoryId::named("purchase"), super::ProductId::named("robot"));
    assert_eq!(catalogue.route(category_id, product_id), Err(ticket::Rejection::ProductNotFound));
    catalogue.evolve(CatalogueEvent::ProductDefined {
        product_id,
        code: "robot".to_owned(),
        title: title(),
        kind: ProductKind::Robot,
        minimum_deposits: Vec::new(),
    });
    assert_eq!(catalogue.route(category_id, product_id), Ok(vec![DepartmentId::named("sales")]));
    catalogue.evolve(CatalogueEvent::CategoryRetired { category_id });
    assert_eq!(catalogue.route(category_id, product_id), Err(ticket::Rejection::CategoryNotFound));
}

#[test]
fn periods_for_licences_are_days_and_hours_that_can_be_meant() {
    let when = |warning_days: Vec<u16>, link_hours| {
        let licensing_policy =
            Some(LicensingPolicy { warning_days, link_hours, ..LicensingPolicy::default() });
        let file = CatalogueFile { licensing_policy, ..CatalogueFile::default() };
        TestFramework::<Catalogue>::with(()).given_no_previous_events().when(load(file))
    };
    for (days, hours) in
        [(vec![0], 1), (vec![367], 1), (vec![1; 11], 1), (vec![], 0), (vec![], 9_000)]
    {
        when(days, hours).then_expect_error(Rejection::BadLicensingPeriods);
    }
    let policy =
        LicensingPolicy { warning_days: vec![14, 3], link_hours: 48, ..LicensingPolicy::default() };
    when(vec![14, 3], 48)
        .then_expect_events(vec![CatalogueEvent::LicensingPolicyDefined { policy }]);
}
