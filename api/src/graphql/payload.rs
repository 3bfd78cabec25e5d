//! Payloads: one type per mutation in the schema, one per feature in the code.
//!
//! A payload's name follows from its mutation's input (`AddReplyInput` → `AddReplyPayload`), so no
//! list of names is kept anywhere, and the fields are compiled once for all mutations of a feature.

use std::borrow::Cow;
use std::marker::PhantomData;

use async_graphql::parser::types::Field;
use async_graphql::registry::{MetaType, MetaTypeId, Registry};
use async_graphql::resolver_utils::resolve_container;
use async_graphql::{
    ContainerType, Context, ContextSelectionSet, InputType, ObjectType, OutputType, Positioned,
    ServerResult, Value,
};

/// A feature's payload `P`, under the name of the mutation that takes the input `I`.
pub struct Payload<I, P>(P, PhantomData<fn() -> I>);

impl<I, P> From<P> for Payload<I, P> {
    fn from(payload: P) -> Self {
        Self(payload, PhantomData)
    }
}

/// The name of the mutation that takes an input, for example `addReply`.
pub fn verb<I: InputType>() -> String {
    let stem = stem::<I>();
    stem.get(..1).map_or_else(String::new, str::to_ascii_lowercase) + stem.get(1..).unwrap_or("")
}

fn stem<I: InputType>() -> String {
    let name = I::type_name();
    name.strip_suffix("Input").unwrap_or(&name).to_owned()
}

impl<I: InputType, P: ObjectType> OutputType for Payload<I, P> {
    fn type_name() -> Cow<'static, str> {
        Cow::Owned(format!("{}Payload", stem::<I>()))
    }

    fn create_type_info(registry: &mut Registry) -> String {
        registry.create_output_type::<Self, _>(MetaTypeId::Object, |registry| {
            let mut described = registry.create_fake_output_type::<P>();
            if let MetaType::Object { name, description, rust_typename, .. } = &mut described {
                *name = Self::type_name().into_owned();
                *description = Some(format!("The result of `{}`.", verb::<I>()));
                *rust_typename = Some(std::any::type_name::<Self>());
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

impl<I: InputType, P: ObjectType> ContainerType for Payload<I, P> {
    async fn resolve_field(&self, context: &Context<'_>) -> ServerResult<Option<Value>> {
        self.0.resolve_field(context).await
    }
}

impl<I: InputType, P: ObjectType> ObjectType for Payload<I, P> {}
