//! Which refusals each mutation gives: printed in its description, and compared by the tests with
//! what was met.

use std::borrow::Cow;
use std::fmt::Write;

use async_graphql::parser::types::Field;
use async_graphql::registry::{MetaType, MetaTypeId, Registry};
use async_graphql::resolver_utils::resolve_container;
use async_graphql::{
    ContainerType, Context, ContextSelectionSet, ObjectType, OutputType, Positioned, ServerResult,
    Value,
};

use super::{billing, customer, file, identity, licensing, settings, sla, staff, ticket};

/// The refusals that a mutation gives of one feature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusals {
    /// The mutation, for example `addReply`.
    pub mutation: &'static str,
    /// The type of the error, for example `TicketError`.
    pub error: &'static str,
    /// Its codes, for example `TICKET_CLOSED`.
    pub codes: Vec<&'static str>,
}

/// Every refusal that any mutation gives.
pub fn table() -> Vec<Refusals> {
    let mut table = Vec::new();
    collect(&mut table, "TicketError", ticket::error::REFUSALS);
    collect(&mut table, "LicensingError", licensing::error::REFUSALS);
    collect(&mut table, "BillingError", billing::error::REFUSALS);
    collect(&mut table, "ServiceLevelError", sla::error::REFUSALS);
    collect(&mut table, "SettingsError", settings::error::REFUSALS);
    collect(&mut table, "StaffError", staff::error::REFUSALS);
    collect(&mut table, "AccountError", identity::error::REFUSALS);
    collect(&mut table, "CustomerError", customer::error::REFUSALS);
    collect(&mut table, "FileError", file::error::REFUSALS);
    table
}

fn collect<C: Copy + Into<&'static str>>(
    table: &mut Vec<Refusals>,
    error: &'static str,
    of_feature: &[(&'static str, &[C])],
) {
    table.extend(of_feature.iter().map(|(mutation, codes)| {
        let codes = codes.iter().map(|code| (*code).into()).collect();
        Refusals { mutation, error, codes }
    }));
}

/// The mutations, each with its refusals in its description.
#[derive(Default)]
pub struct Described<M>(M);

impl<M: ObjectType> OutputType for Described<M> {
    fn type_name() -> Cow<'static, str> {
        M::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        registry.create_output_type::<Self, _>(MetaTypeId::Object, |registry| {
            registry.types.remove(&*M::type_name());
            let mut described = registry.create_fake_output_type::<M>();
            if let MetaType::Object { fields, rust_typename, .. } = &mut described {
                *rust_typename = Some(std::any::type_name::<Self>());
                for Refusals { mutation, error, codes } in table() {
                    // One that is refused nothing has nothing to say of it.
                    if codes.is_empty() {
                        continue;
                    }
                    let Some(field) = fields.get_mut(mutation) else { continue };
                    let description = field.description.get_or_insert_default();
                    let codes: Vec<String> = codes.iter().map(|code| format!("`{code}`")).collect();
                    let listed = codes.join(", ");
                    // Writing to a string cannot fail.
                    let _ = write!(description, "\n\nRefused with a `{error}`: {listed}.");
                }
            }
            described
        })
    }

    async fn resolve(
        &self,
        context: &ContextSelectionSet<'_>,
        _: &Positioned<Field>,
    ) -> ServerResult<Value> {
        resolve_container(context, self).await
    }
}

impl<M: ObjectType> ContainerType for Described<M> {
    async fn resolve_field(&self, context: &Context<'_>) -> ServerResult<Option<Value>> {
        self.0.resolve_field(context).await
    }
}

impl<M: ObjectType> ObjectType for Described<M> {}
