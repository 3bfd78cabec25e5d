//! When members of staff are away, as GraphQL shows it.

use async_graphql::{Context, ID, Object};
use chrono::NaiveDate;
use servicedesk_domain::kernel::Entity;
use servicedesk_domain::staff::{Absence, AbsenceId, StaffMemberId};
use servicedesk_projections::staff::staff_directory::StaffMemberRow;
use servicedesk_service::desk::Desk;
use servicedesk_service::error::ApiError;

use crate::graphql::guards;
use crate::graphql::loaders::Loaders;
use crate::graphql::query::data;
use crate::graphql::relay::{parse_part, part_id};

/// Days on which a member of staff is away, in the vendor's time zone.
pub struct StaffAbsence {
    staff_member_id: StaffMemberId,
    absence: Absence,
}

/// Days on which a member of staff is away, in the vendor's time zone.
#[Object]
impl StaffAbsence {
    /// The global id.
    pub async fn id(&self) -> ID {
        part_id(Absence::NAME, self.staff_member_id.uuid(), self.absence.absence_id)
    }

    /// The first day.
    async fn first_day(&self) -> NaiveDate {
        self.absence.first_day
    }

    /// The last day.
    async fn last_day(&self) -> NaiveDate {
        self.absence.last_day
    }
}

/// When somebody is away, now or later, the earliest first.
///
/// # Errors
/// `Internal` if the catalogue cannot be read.
pub async fn of(
    context: &Context<'_>,
    row: &StaffMemberRow,
) -> Result<Vec<StaffAbsence>, ApiError> {
    let time_zone = data::<Loaders>(context)?.catalogue().await?.licensing_policy.time_zone;
    let today = data::<Desk>(context)?.now().with_timezone(&time_zone).date_naive();
    let ahead = row.absences.iter().filter(|absence| today <= absence.last_day);
    let mut absences: Vec<Absence> = ahead.copied().collect();
    absences.sort_by_key(|absence| (absence.first_day, absence.last_day));
    let staff_member_id = row.staff_member_id;
    Ok(absences.into_iter().map(|absence| StaffAbsence { staff_member_id, absence }).collect())
}

/// The absence with this global id, if the caller may see it.
///
/// # Errors
/// `BadUserInput` if it is not such an id, `Internal` if it cannot be read.
pub async fn visible(context: &Context<'_>, id: &ID) -> Result<Option<StaffAbsence>, ApiError> {
    let (staff_member_id, absence_id) = read(id)?;
    if !guards::staff_sees(context) {
        return Ok(None);
    }
    let Some(row) = data::<Loaders>(context)?.staff_member(staff_member_id).await? else {
        return Ok(None);
    };
    let found = row.absences.iter().find(|absence| absence.absence_id == absence_id);
    Ok(found.map(|absence| StaffAbsence { staff_member_id, absence: *absence }))
}

/// Whose absence it is, and which.
///
/// # Errors
/// `BadUserInput` if it is not the id of an absence.
pub fn read(id: &ID) -> Result<(StaffMemberId, AbsenceId), ApiError> {
    let (whole, absence_id) = parse_part(id, Absence::NAME)?;
    Ok((StaffMemberId::new(whole), absence_id))
}
