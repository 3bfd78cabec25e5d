//! An example desk: the people, departments and terms that the tests of every layer speak of. Each
//! id follows from a name, so that two of them agree without knowing of each other. It is always compiled: behind a feature,
//! everything would be built twice, with it for the tests and without it for the program.

use crate::billing::Terms;
use crate::catalogue::DepartmentId;
use crate::customer::CustomerId;
use crate::kernel::{Currency, Money};
use crate::staff::{Role, StaffMemberId, Worker};

/// The department that answers reports of faults.
pub fn technical() -> DepartmentId {
    DepartmentId::named("technical")
}

/// The department that answers questions about purchases.
pub fn sales() -> DepartmentId {
    DepartmentId::named("sales")
}

/// The customer.
pub fn customer() -> CustomerId {
    CustomerId::named("customer")
}

/// A member of staff of this name, role and departments.
pub fn worker(name: &str, role: Role, department_ids: &[DepartmentId]) -> Worker {
    Worker {
        staff_member_id: StaffMemberId::named(name),
        role,
        department_ids: department_ids.to_vec(),
    }
}

/// An agent of the technical department.
pub fn agent(name: &str) -> Worker {
    worker(name, Role::Agent, &[technical()])
}

/// A manager, who may work on every ticket.
pub fn manager() -> Worker {
    worker("manager", Role::Manager, &[])
}

/// The published terms: five hours free, then five dollars an hour, if the customer agrees (B1, B2).
pub fn terms() -> Terms {
    Terms {
        hourly_price: Money { cents: 500, currency: Currency::USD },
        package_minutes: 300,
        warning_percent: 80,
        needs_agreement: true,
        time_zone: chrono_tz::Europe::Moscow,
    }
}
