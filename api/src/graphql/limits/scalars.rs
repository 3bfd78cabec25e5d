//! Values of the schema's own scalars, in a document and in variables, and what else of literal values
//! `apollo-compiler` 1.33 lets pass: a member of an input object that is there twice, and a variable
//! that may be null where null is not allowed. What is wrong is refused before anything is carried
//! out: of several mutations in one document, the first would be recorded otherwise.

use std::collections::{HashMap, HashSet};

use apollo_compiler::ast::{Type, Value, VariableDefinition};
use apollo_compiler::executable::{Selection, SelectionSet};
use apollo_compiler::parser::SourceSpan;
use apollo_compiler::response::{JsonMap, JsonValue};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{ExecutableDocument, Node, Schema};
use async_graphql::{InputType, Value as ConstValue};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use crate::graphql::relay::{EventPosition, Month};

/// What is wrong with a value, and where, if that is in the document.
pub(super) struct Problem {
    pub(super) message: String,
    pub(super) at: Option<SourceSpan>,
}

/// What is wrong with the literal values of a document.
pub(super) fn in_document(schema: &Schema, document: &ExecutableDocument) -> Vec<Problem> {
    let operations = document.operations.iter();
    let variables = operations.flat_map(|operation| &operation.variables);
    let declared = variables.map(|variable| (variable.name.as_str(), variable)).collect();
    let mut literals = Literals { schema, declared, problems: Vec::new() };
    for operation in document.operations.iter() {
        literals.selection(&operation.selection_set);
    }
    for fragment in document.fragments.values() {
        literals.selection(&fragment.selection_set);
    }
    literals.problems
}

/// What is wrong with variables, whose types were compared already.
pub(super) fn in_variables(
    schema: &Schema,
    declared: &[Node<VariableDefinition>],
    given: &JsonMap,
) -> Option<Problem> {
    declared.iter().find_map(|variable| {
        let value = given.get(variable.name.as_str())?;
        let name = bad_scalar(schema, &variable.ty, value)?;
        let message = format!("the variable ${} holds a value that is no {name}", variable.name);
        Some(Problem { message, at: variable.location() })
    })
}

/// The scalar of which a JSON value holds something else, if it does.
fn bad_scalar(schema: &Schema, of: &Type, value: &JsonValue) -> Option<String> {
    if value.is_null() {
        return None;
    }
    if of.is_list() {
        let item = of.item_type();
        return match value.as_array() {
            Some(items) => items.iter().find_map(|one| bad_scalar(schema, item, one)),
            None => bad_scalar(schema, item, value),
        };
    }
    let name = of.inner_named_type();
    match schema.types.get(name)? {
        ExtendedType::Scalar(_) => {
            let value = serde_json::to_value(value).ok().map(ConstValue::from_json)?;
            (!value.is_ok_and(|value| is_of(name, value))).then(|| name.to_string())
        }
        ExtendedType::InputObject(input) => input.fields.iter().find_map(|(field, definition)| {
            bad_scalar(schema, &definition.ty, value.as_object()?.get(field.as_str())?)
        }),
        _ => None,
    }
}

/// Whether a value is one of the scalar of this name; of others nothing is known here.
fn is_of(scalar: &str, value: ConstValue) -> bool {
    match scalar {
        "UUID" => Uuid::parse(Some(value)).is_ok(),
        "DateTime" => DateTime::<Utc>::parse(Some(value)).is_ok(),
        "NaiveDate" => NaiveDate::parse(Some(value)).is_ok(),
        "EventPosition" => EventPosition::parse(Some(value)).is_ok(),
        "Month" => Month::parse(Some(value)).is_ok(),
        _ => true,
    }
}

struct Literals<'a> {
    schema: &'a Schema,
    declared: HashMap<&'a str, &'a Node<VariableDefinition>>,
    problems: Vec<Problem>,
}

impl Literals<'_> {
    fn selection(&mut self, selections: &SelectionSet) {
        for selection in &selections.selections {
            match selection {
                Selection::Field(field) => {
                    for argument in &field.arguments {
                        if let Some(definition) = field.definition.argument_by_name(&argument.name)
                        {
                            self.value(&definition.ty, &argument.value, Within::Argument);
                        }
                    }
                    self.selection(&field.selection_set);
                }
                Selection::InlineFragment(fragment) => self.selection(&fragment.selection_set),
                // Each fragment is looked at once, by itself.
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    fn value(&mut self, of: &Type, value: &Node<Value>, within: Within) {
        match &**value {
            Value::Null => {}
            Value::Variable(name) => {
                let declared = self.declared.get(name.as_str());
                let may_be_null = declared.is_some_and(|variable| {
                    !variable.ty.is_non_null() && variable.default_value.is_none()
                });
                if within == Within::Value && of.is_non_null() && may_be_null {
                    let message = format!("the variable ${name} can be null, and {of} cannot");
                    self.problems.push(Problem { message, at: value.location() });
                }
            }
            Value::List(items) if of.is_list() => {
                for item in items {
                    self.value(of.item_type(), item, Within::Value);
                }
            }
            _ if of.is_list() => self.value(of.item_type(), value, within),
            Value::Object(members) => self.object(of, members),
            plain => {
                let name = of.inner_named_type();
                let is_scalar =
                    matches!(self.schema.types.get(name), Some(ExtendedType::Scalar(_)));
                if is_scalar && !is_of(name, constant(plain)) {
                    let message = format!("this is no {name}");
                    self.problems.push(Problem { message, at: value.location() });
                }
            }
        }
    }

    fn object(&mut self, of: &Type, members: &[(apollo_compiler::Name, Node<Value>)]) {
        let schema = self.schema;
        let Some(ExtendedType::InputObject(input)) = schema.types.get(of.inner_named_type()) else {
            return;
        };
        let mut met = HashSet::new();
        for (name, value) in members {
            if !met.insert(name) {
                let message = format!("{name} is there twice");
                self.problems.push(Problem { message, at: value.location() });
            }
            if let Some(definition) = input.fields.get(name) {
                self.value(&definition.ty, value, Within::Value);
            }
        }
    }
}

/// Where a variable is used. As an argument it was compared already.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Argument,
    Value,
}

/// A literal that is neither a list nor an object, as the engine has it.
fn constant(value: &Value) -> ConstValue {
    match value {
        Value::String(text) => ConstValue::String(text.clone()),
        Value::Boolean(is_so) => ConstValue::Boolean(*is_so),
        Value::Int(number) => number_of(number.as_str()),
        Value::Float(number) => number_of(number.as_str()),
        Value::Enum(name) => ConstValue::Enum(async_graphql::Name::new(name.as_str())),
        _ => ConstValue::Null,
    }
}

fn number_of(text: &str) -> ConstValue {
    serde_json::from_str(text).map_or(ConstValue::Null, ConstValue::Number)
}
