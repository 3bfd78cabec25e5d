//! How refusals about licences and releases are shown.

use async_graphql::Context;
use servicedesk_domain::licensing::{licence, release};

use super::error::LicensingError;
use crate::graphql::mutation::Refusal;
use crate::graphql::query::data;
use crate::graphql::user_error::UserError;
use servicedesk_service::access::RequestInfo;
use servicedesk_service::error::ApiError;
use servicedesk_service::licensing::messages::{message, release_message};

impl Refusal for licence::Rejection {
    fn shown(self, context: &Context<'_>) -> Result<UserError, ApiError> {
        let message = message(self, data::<RequestInfo>(context)?.language);
        let error = LicensingError::new(self.code(), message)?;
        Ok(match self {
            Self::CustomerNotFound => error.of_field("customerId"),
            Self::ProductNotFound => error.of_field("productId"),
            Self::LicenceNotFound
            | Self::LicenceRevoked
            | Self::LicenceExpired
            | Self::LicenceNotBegun
            | Self::LinkReplaced
            | Self::LinkExpired
            | Self::NotARental => error.of_field("licenceId"),
            Self::TermOutOfRange { most } => error.of_field("months").with_limit(most),
            Self::AccountsMissing | Self::AccountsUnchanged | Self::BadAccountNumber(_) => {
                error.of_field("accountNumbers")
            }
            Self::TooManyAccounts { most } => error.of_field("accountNumbers").with_limit(most),
            Self::EndMissing | Self::EndNotAllowed | Self::EndNotAfterStart => {
                error.of_field("validUntil")
            }
            Self::TooFar { latest, .. } => error.with_moment(latest),
            Self::BadReason(_) => error.of_field("reason"),
            Self::AlreadyGranted => error,
        }
        .into())
    }
}

impl Refusal for release::Rejection {
    fn shown(self, context: &Context<'_>) -> Result<UserError, ApiError> {
        let message = release_message(self, data::<RequestInfo>(context)?.language);
        let error = LicensingError::new(self.code(), message)?;
        Ok(match self {
            Self::ProductNotFound => error.of_field("productId"),
            Self::BadVersion | Self::VersionPublished => error.of_field("version"),
            Self::BadNotes(_) => error.of_field("notes"),
            Self::BadFileName => error.of_field("fileName"),
            Self::SizeOutOfRange { most } => error.of_field("bytes").with_limit(most),
            Self::BadChecksum => error.of_field("sha256"),
            Self::ReleaseNotFound | Self::ReleaseNotPublished | Self::ReleaseWithdrawn => {
                error.of_field("releaseId")
            }
            Self::BadReason(_) => error.of_field("reason"),
        }
        .into())
    }
}
