//! The types of the schema's fields, so that an answer can be null only where its type allows it.

use std::collections::HashMap;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    FieldDefinition, OperationType, SchemaDefinition, Type, TypeKind, TypeSystemDefinition,
};
use async_graphql::{Name, Positioned};

/// The types of fields, by the type that they belong to.
#[derive(Debug)]
pub struct Types {
    fields: HashMap<Name, HashMap<Name, Type>>,
    roots: SchemaDefinition,
}

impl Types {
    /// The types of a schema, which is given as text.
    ///
    /// # Errors
    /// If the text is not a schema.
    pub fn of(sdl: &str) -> anyhow::Result<Self> {
        let mut fields = HashMap::new();
        let mut roots = None;
        for definition in parse_schema(sdl)?.definitions {
            match definition {
                TypeSystemDefinition::Schema(schema) => roots = Some(schema.node),
                TypeSystemDefinition::Type(found) => match found.node.kind {
                    TypeKind::Object(object) => {
                        fields.insert(found.node.name.node, by_name(object.fields));
                    }
                    TypeKind::Interface(interface) => {
                        fields.insert(found.node.name.node, by_name(interface.fields));
                    }
                    _ => {}
                },
                TypeSystemDefinition::Directive(_) => {}
            }
        }
        let roots = roots.ok_or_else(|| anyhow::anyhow!("the schema names no roots"))?;
        Ok(Self { fields, roots })
    }

    /// The name of the type at which operations of this kind begin.
    pub(super) fn root(&self, operation: OperationType) -> Option<&Name> {
        let root = match operation {
            OperationType::Query => &self.roots.query,
            OperationType::Mutation => &self.roots.mutation,
            OperationType::Subscription => &self.roots.subscription,
        };
        root.as_ref().map(|root| &root.node)
    }

    /// The type of a field; none for the fields that describe the schema.
    pub(super) fn of_field(&self, parent: &Name, field: &Name) -> Option<&Type> {
        self.fields.get(parent)?.get(field)
    }
}

fn by_name(fields: Vec<Positioned<FieldDefinition>>) -> HashMap<Name, Type> {
    fields.into_iter().map(|field| (field.node.name.node, field.node.ty.node)).collect()
}
