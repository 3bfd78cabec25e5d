//! An application: a request for a licence, or for a link to download what is licensed.

use crate::kernel::{Entity, Id};

/// A request for a licence, or for a link to download what is licensed.
#[derive(Debug)]
pub struct Application;

/// The id of an application.
pub type ApplicationId = Id<Application>;

impl Entity for Application {
    const NAME: &'static str = "Application";
}
