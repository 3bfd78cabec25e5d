//! How much a document gives its fields to read. Each field gets its arguments as values of its own,
//! so one long variable that hundreds of aliases share would fill the memory hundreds of times.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, Selection};
use async_graphql::{Name, Value, Variables};
use async_graphql_value::Value as Given;

use super::expansion::expanded;

/// A point is paid for so many bytes of arguments.
const BYTES_PER_POINT: usize = 256;
/// What an empty value takes beside its bytes.
const EACH: usize = 8;

/// What the arguments of a document's fields cost, each counted wherever it is used.
pub(super) fn cost(document: &ExecutableDocument, variables: &Variables) -> usize {
    let mut lengths: HashMap<&Name, usize> = HashMap::new();
    for (_, operation) in document.operations.iter() {
        for definition in &operation.node.variable_definitions {
            let Some(default) = &definition.node.default_value else { continue };
            let length = lengths.entry(&definition.node.name.node).or_default();
            *length = (*length).max(constant(&default.node));
        }
    }
    for (name, value) in variables.iter() {
        let length = lengths.entry(name).or_default();
        *length = (*length).max(constant(value));
    }
    let weigh = |selection: &Selection| {
        let Selection::Field(field) = selection else { return 0 };
        let directives = field.node.directives.iter().flat_map(|one| &one.node.arguments);
        let arguments = field.node.arguments.iter().chain(directives);
        arguments.map(|(_, value)| given(&value.node, &lengths)).fold(0, usize::saturating_add)
    };
    expanded(document, &weigh) / BYTES_PER_POINT
}

fn constant(value: &Value) -> usize {
    let within = match value {
        Value::String(text) => text.len(),
        Value::Binary(bytes) => bytes.len(),
        Value::List(items) => items.iter().map(constant).sum(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| name.len() + constant(value)).sum()
        }
        _ => 0,
    };
    EACH + within
}

fn given(value: &Given, lengths: &HashMap<&Name, usize>) -> usize {
    let within = match value {
        Given::Variable(name) => lengths.get(name).copied().unwrap_or(0),
        Given::String(text) => text.len(),
        Given::List(items) => items.iter().map(|item| given(item, lengths)).sum(),
        Given::Object(fields) => {
            fields.iter().map(|(name, value)| name.len() + given(value, lengths)).sum()
        }
        _ => 0,
    };
    EACH + within
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use async_graphql::value;

    use super::*;

    fn cost_of(document: &str, variables: Value) -> usize {
        cost(&parse_query(document).expect("a document"), &Variables::from_value(variables))
    }

    #[test]
    fn an_argument_counts_wherever_it_is_used() {
        let long = "x".repeat(25_600);
        let one = cost_of("query($n: String) { a(n: $n) }", value!({ "n": (long.clone()) }));
        assert_eq!(one, 100);
        let many = "query($n: String) { a(n: $n) ...F ...F } fragment F on Q { b(i: { n: [$n] }) }";
        assert_eq!(cost_of(many, value!({ "n": (long.clone()) })), 3 * one);
        let default = format!("query($n: String = \"{long}\") {{ a(n: $n) b: a(n: $n) }}");
        assert_eq!(cost_of(&default, value!({})), 2 * one);
        assert_eq!(cost_of(&format!("{{ a(n: \"{long}\") }}"), value!({})), one);
        assert_eq!(cost_of("{ a(n: \"SD-000001\") b }", value!({})), 0);
    }
}
