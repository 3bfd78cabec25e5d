//! Whose an e-mail address is. Its id is derived from the address with a secret, so that nobody can
//! tell from an id which address it is.

pub mod events;

use chrono_tz::Tz;
use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};

pub use events::EmailClaimEvent;

use super::{EmailAddress, PasswordId, Rejection};
use crate::access::Principal;
use crate::customer::CustomerId;
use crate::kernel::text::MAX_NAME_CHARACTERS;
use crate::kernel::{Entity, Form, Id, Language, Personal};

/// The id of an e-mail address; it does not tell the address.
pub type EmailClaimId = Id<EmailClaim>;

/// Whose an e-mail address is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct EmailClaim {
    /// The person who has an account with the address.
    pub owner: Option<Principal>,
}

/// The person has shown that the address is theirs.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The person.
    pub customer_id: CustomerId,
    /// The address.
    pub address: EmailAddress,
    /// The name that staff sees.
    pub name: String,
    /// The password that the person has chosen.
    pub password_id: PasswordId,
    /// The language in which the person is written to.
    pub language: Language,
    /// The person's time zone.
    pub time_zone: Tz,
}

/// A person who was known already takes up an invitation that was sent to the address.
#[derive(Debug, Clone)]
pub struct AcceptInvitation {
    /// The person.
    pub person: Principal,
    /// The address.
    pub address: EmailAddress,
    /// The password that the person has chosen.
    pub password_id: PasswordId,
    /// The language in which the person is written to.
    pub language: Language,
    /// The person's time zone.
    pub time_zone: Tz,
}

/// A command on an e-mail address.
#[derive(Debug, Clone, derive_more::From)]
pub enum Command {
    /// See [`Claim`].
    Claim(Claim),
    /// See [`AcceptInvitation`].
    AcceptInvitation(AcceptInvitation),
    /// The person was erased.
    #[from(ignore)]
    Release(CustomerId),
}

/// Checks a name that somebody registers with.
///
/// # Errors
/// [`Rejection::NameInvalid`].
pub fn check_name(raw: &str) -> Result<String, Rejection> {
    let name = Form::Name.parse(raw, MAX_NAME_CHARACTERS).map_err(Rejection::NameInvalid)?;
    Ok(name.into_string())
}

/// Decides whose the address is: the first person's who claims it, until they are erased.
///
/// # Errors
/// The [`Rejection`]; nothing is to be recorded then.
pub fn decide(claim: &EmailClaim, command: Command) -> Result<Vec<EmailClaimEvent>, Rejection> {
    let person = match &command {
        Command::Claim(claim) => claim.customer_id.into(),
        Command::AcceptInvitation(accept) => accept.person,
        Command::Release(customer_id) if claim.owner == Some((*customer_id).into()) => {
            return Ok(vec![EmailClaimEvent::Released { customer_id: *customer_id }]);
        }
        Command::Release(_) => return Ok(Vec::new()),
    };
    match claim.owner {
        Some(owner) if owner == person => Ok(Vec::new()),
        Some(_) => Err(Rejection::EmailTaken),
        None => match command {
            Command::Claim(claim) => claimed(claim),
            Command::AcceptInvitation(accept) => Ok(claimed_on_invitation(accept)),
            Command::Release(_) => Ok(Vec::new()),
        },
    }
}

fn claimed_on_invitation(accept: AcceptInvitation) -> Vec<EmailClaimEvent> {
    let AcceptInvitation { person, address, password_id, language, time_zone } = accept;
    let address = Personal::new(person, address.as_str().to_owned());
    vec![EmailClaimEvent::ClaimedOnInvitation { person, address, password_id, language, time_zone }]
}

fn claimed(claim: Claim) -> Result<Vec<EmailClaimEvent>, Rejection> {
    let Claim { customer_id, address, name, password_id, language, time_zone } = claim;
    let name = Personal::new(customer_id, check_name(&name)?);
    let address = Personal::new(customer_id, address.as_str().to_owned());
    Ok(vec![EmailClaimEvent::Claimed {
        customer_id,
        address,
        name,
        password_id,
        language,
        time_zone,
    }])
}

impl Entity for EmailClaim {
    const NAME: &'static str = "EmailClaim";
}

impl Aggregate for EmailClaim {
    const TYPE: &'static str = "email_address";
    type Command = Command;
    type Event = EmailClaimEvent;
    type Error = Rejection;
    type Services = ();

    async fn handle(
        &mut self,
        command: Command,
        (): &(),
        sink: &EventSink<Self>,
    ) -> Result<(), Rejection> {
        for event in decide(self, command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: EmailClaimEvent) {
        self.owner = match event {
            EmailClaimEvent::Claimed { customer_id, .. } => Some(customer_id.into()),
            EmailClaimEvent::ClaimedOnInvitation { person, .. } => Some(person),
            EmailClaimEvent::Released { .. } => None,
        };
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;
    use crate::kernel::TextProblem;

    fn claim(of: &str) -> Claim {
        Claim {
            customer_id: CustomerId::named(of),
            address: EmailAddress::parse("anna@example.com").expect("an address"),
            name: " Anna ".to_owned(),
            password_id: PasswordId::named(of),
            language: Language::Ru,
            time_zone: Tz::Europe__Moscow,
        }
    }

    fn claimed(of: &str) -> EmailClaimEvent {
        let customer_id = CustomerId::named(of);
        EmailClaimEvent::Claimed {
            customer_id,
            address: Personal::new(customer_id, "anna@example.com".to_owned()),
            name: Personal::new(customer_id, "Anna".to_owned()),
            password_id: PasswordId::named(of),
            language: Language::Ru,
            time_zone: Tz::Europe__Moscow,
        }
    }

    #[test]
    fn an_address_is_the_first_persons_who_claims_it_and_claiming_again_is_no_news() {
        TestFramework::<EmailClaim>::with(())
            .given_no_previous_events()
            .when(claim("one").into())
            .then_expect_events(vec![claimed("one")]);
        TestFramework::<EmailClaim>::with(())
            .given(vec![claimed("one")])
            .when(claim("one").into())
            .then_expect_events(vec![]);
        TestFramework::<EmailClaim>::with(())
            .given(vec![claimed("one")])
            .when(claim("other").into())
            .then_expect_error(Rejection::EmailTaken);
    }

    #[test]
    fn an_erased_persons_address_is_anybodys_again_and_nobody_elses_is() {
        let released = |of| EmailClaimEvent::Released { customer_id: CustomerId::named(of) };
        let release = |of| Command::Release(CustomerId::named(of));
        let given = |past| TestFramework::<EmailClaim>::with(()).given(past);
        given(vec![claimed("one")]).when(release("one")).then_expect_events(vec![released("one")]);
        given(vec![claimed("one")]).when(release("other")).then_expect_events(vec![]);
        let past = || vec![claimed("one"), released("one")];
        given(past()).when(release("one")).then_expect_events(vec![]);
        given(past()).when(claim("other").into()).then_expect_events(vec![claimed("other")]);
    }

    #[test]
    fn nobody_is_registered_without_a_name() {
        TestFramework::<EmailClaim>::with(())
            .given_no_previous_events()
            .when(Claim { name: " ".to_owned(), ..claim("one") }.into())
            .then_expect_error(Rejection::NameInvalid(TextProblem::Empty));
    }

    #[test]
    fn an_invitation_is_taken_up_unless_somebody_else_has_the_address() {
        let person = Principal::Staff(crate::staff::StaffMemberId::named("agent"));
        let accept = || {
            let Claim { address, password_id, language, time_zone, .. } = claim("one");
            Command::from(AcceptInvitation { person, address, password_id, language, time_zone })
        };
        let accepted = EmailClaimEvent::ClaimedOnInvitation {
            person,
            address: Personal::new(person, "anna@example.com".to_owned()),
            password_id: PasswordId::named("one"),
            language: Language::Ru,
            time_zone: Tz::Europe__Moscow,
        };
        TestFramework::<EmailClaim>::with(())
            .given_no_previous_events()
            .when(accept())
            .then_expect_events(vec![accepted.clone()]);
        TestFramework::<EmailClaim>::with(())
            .given(vec![accepted.clone()])
            .when(accept())
            .then_expect_events(vec![]);
        TestFramework::<EmailClaim>::with(())
            .given(vec![accepted])
            .when(claim("one").into())
            .then_expect_error(Rejection::EmailTaken);
        TestFramework::<EmailClaim>::with(())
            .given(vec![claimed("one")])
            .when(accept())
            .then_expect_error(Rejection::EmailTaken);
    }
}
