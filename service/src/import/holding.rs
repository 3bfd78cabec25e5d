//! The tickets of a file are held while it is imported, so that background work, in whatever
//! process, does not act on a history of which only a part is there (ADR 0058).

use std::collections::BTreeSet;

use chrono::TimeDelta;
use servicedesk_domain::kernel::Moment;
use servicedesk_domain::ticket::TicketId;
use servicedesk_eventlog::{Log, holds};
use uuid::Uuid;

use super::error::ImportError;

/// For how long an import that died still holds its tickets: until somebody has noticed and run it
/// again.
const HELD_FOR: TimeDelta = TimeDelta::days(1);
/// How often the end is moved.
const EXTENDED_EVERY: TimeDelta = TimeDelta::minutes(10);

/// A hold on the tickets of one file.
pub(super) struct Holding<'a> {
    log: &'a Log,
    id: Uuid,
    extended_at: Moment,
}

impl<'a> Holding<'a> {
    /// Holds tickets. The same file has the same hold in every run, so a second run takes over what
    /// an interrupted one left.
    ///
    /// # Errors
    /// `Fault` if the database refuses it.
    pub(super) async fn place(
        log: &'a Log,
        id: Uuid,
        ticket_ids: impl Iterator<Item = TicketId>,
    ) -> Result<Self, ImportError> {
        let extended_at = log.now();
        let ids: BTreeSet<Uuid> = ticket_ids.map(TicketId::uuid).collect();
        let ids: Vec<Uuid> = ids.into_iter().collect();
        let placed = holds::place(log.db(), id, &ids, extended_at + HELD_FOR).await;
        placed.map_err(ImportError::fault)?;
        Ok(Self { log, id, extended_at })
    }

    /// Goes on holding them.
    ///
    /// # Errors
    /// `Fault` if the database refuses it.
    pub(super) async fn extend(&mut self) -> Result<(), ImportError> {
        let now = self.log.now();
        if now - self.extended_at < EXTENDED_EVERY {
            return Ok(());
        }
        let extended = holds::extend(self.log.db(), self.id, now + HELD_FOR).await;
        extended.map_err(ImportError::fault)?;
        self.extended_at = now;
        Ok(())
    }

    /// Lets them go: every line of the file is recorded.
    ///
    /// # Errors
    /// `Fault` if the database refuses it; the hold then ends by itself.
    pub(super) async fn release(self) -> Result<(), ImportError> {
        holds::release(self.log.db(), self.id).await.map_err(ImportError::fault)
    }
}
