//! Answers have the shape that the GraphQL specification gives them: fields in the order of the
//! query, null where a field failed, and where null is not allowed, null in the next place above
//! where it is. `async-graphql` 7.2 leaves fields in the order in which they were done, leaves
//! failed ones out, and makes an object null if all of its fields failed.

use std::collections::HashSet;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{BaseType, ExecutableDocument, Selection, SelectionSet, Type};
use async_graphql::{Name, PathSegment, Response, Value};

use super::documents::Document;
use super::types::Types;

/// Puts an answer to an operation of a document into shape.
pub fn shape(
    types: &Types,
    document: &Document,
    operation_name: Option<&str>,
    response: &mut Response,
) {
    let Some(operation) = document.operation(operation_name) else { return };
    let failed: HashSet<Path> =
        response.errors.iter().map(|error| error.path.iter().map(segment).collect()).collect();
    let above = failed.iter().flat_map(|path| (0..path.len()).map(|end| path[..end].to_vec()));
    let above = above.collect();
    let shaper = Shape { types, document: document.parsed(), failed, above };
    let selections = [(types.root(operation.ty), &operation.selection_set.node)];
    shaper.object(&mut response.data, &selections, &mut Vec::new());
}

type Path = Vec<String>;
/// A selection, and the type that its fields belong to, where that is known.
type On<'a> = (Option<&'a Name>, &'a SelectionSet);

fn segment(segment: &PathSegment) -> String {
    match segment {
        PathSegment::Field(name) => name.clone(),
        PathSegment::Index(index) => index.to_string(),
    }
}

struct Shape<'a> {
    types: &'a Types,
    document: &'a ExecutableDocument,
    /// The paths of the fields that failed.
    failed: HashSet<Path>,
    /// The paths of what has such a field somewhere within.
    above: HashSet<Path>,
}

/// A field that a selection asks for.
struct Wanted<'a> {
    /// Its type, where it is known and the same in all fragments.
    of: Option<&'a Type>,
    selections: Vec<&'a SelectionSet>,
}

impl<'a> Shape<'a> {
    /// Puts a value into shape. Null that its type does not allow is the parent's to bear.
    fn value(
        &self,
        value: &mut Value,
        of: Option<&'a Type>,
        selections: &[&'a SelectionSet],
        path: &mut Path,
    ) {
        let (item, name) = match of.map(|of| &of.base) {
            Some(BaseType::List(item)) => (Some(&**item), None),
            Some(BaseType::Named(name)) => (None, Some(name)),
            None => (None, None),
        };
        if let Value::List(items) = value {
            let mut is_void = false;
            for (index, one) in items.iter_mut().enumerate() {
                path.push(index.to_string());
                self.value(one, item, selections, path);
                is_void |= is_forbidden(one, item);
                path.pop();
            }
            if is_void && self.above.contains(path) {
                *value = Value::Null;
            }
            return;
        }
        let is_object = selections.iter().any(|selection| !selection.items.is_empty());
        if is_object && item.is_none() {
            // It cannot be null, and nothing failed: all of its fields were skipped.
            let has_failed = self.failed.contains(path) || self.above.contains(path);
            if is_forbidden(value, of) && !has_failed {
                *value = Value::Object(IndexMap::new());
            }
            let on: Vec<On<'_>> = selections.iter().map(|selection| (name, *selection)).collect();
            self.object(value, &on, path);
        }
    }

    fn object(&self, value: &mut Value, selections: &[On<'a>], path: &mut Path) {
        let mut found = match value {
            Value::Object(found) => std::mem::take(found),
            // All of its fields failed.
            Value::Null if self.above.contains(path) => IndexMap::new(),
            // All of the operation's fields were skipped.
            Value::Null if path.is_empty() && self.failed.is_empty() => IndexMap::new(),
            _ => return,
        };
        let mut wanted = IndexMap::new();
        for (on, selection) in selections {
            self.collect(*on, selection, &mut wanted);
        }
        let mut shaped = IndexMap::with_capacity(wanted.len());
        let mut is_void = false;
        for (name, Wanted { of, selections }) in wanted {
            path.push(name.to_string());
            let is_failed = self.failed.contains(path);
            let known = found.swap_remove(name);
            if let Some(mut value) =
                known.or_else(|| (is_failed || self.above.contains(path)).then_some(Value::Null))
            {
                self.value(&mut value, of, &selections, path);
                let has_failed = is_failed || self.above.contains(path);
                is_void |= has_failed && is_forbidden(&value, of);
                shaped.insert(name.clone(), value);
            }
            path.pop();
        }
        *value = if is_void { Value::Null } else { Value::Object(shaped) };
    }

    /// The fields of a selection in order, each with everything that is selected of it. Fields of
    /// fragments on other types are among them, and are then not found in the answer.
    fn collect(
        &self,
        on: Option<&'a Name>,
        selection: &'a SelectionSet,
        wanted: &mut IndexMap<&'a Name, Wanted<'a>>,
    ) {
        for item in &selection.items {
            match &item.node {
                Selection::Field(field) => {
                    let key = &field.node.response_key().node;
                    let of = on.and_then(|on| self.types.of_field(on, &field.node.name.node));
                    let known = wanted.entry(key);
                    let known = known.or_insert_with(|| Wanted { of, selections: Vec::new() });
                    known.of = known.of.filter(|known| Some(*known) == of);
                    known.selections.push(&field.node.selection_set.node);
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    let on = condition.map(|condition| &condition.node.on.node).or(on);
                    self.collect(on, &fragment.node.selection_set.node, wanted);
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if let Some(fragment) = self.document.fragments.get(name) {
                        let on = Some(&fragment.node.type_condition.node.on.node);
                        self.collect(on, &fragment.node.selection_set.node, wanted);
                    }
                }
            }
        }
    }
}

/// Whether it is null, and its type does not allow that.
fn is_forbidden(value: &Value, of: Option<&Type>) -> bool {
    *value == Value::Null && of.is_some_and(|of| !of.nullable)
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::types::OperationType;
    use async_graphql::{ServerError, value};

    use super::super::documents::Documents;
    use super::super::trusted::TrustedDocuments;
    use super::super::validation::Validation;
    use super::*;

    const SCHEMA: &str = "schema { query: Q } \
        type Q { a: Int b: [B] must: B! may: B list: [B!]! lists: [[B!]] one: Node nodes: [Node] } \
        interface Node { id: ID! } \
        type B implements Node { id: ID! x: Int y: Int must: Int! b: B } \
        type C implements Node { id: ID! z: Int }";

    fn shaped(query: &str, data: Value, failed: &[&str]) -> String {
        let limits = crate::config::Config::default().limits;
        let validation = Validation::by(SCHEMA).expect("a schema");
        let documents = Documents::new(limits, TrustedDocuments::default(), validation);
        let document = documents.parse(query).expect("the query is one");
        let segment = |one: &str| match one.parse() {
            Ok(index) => PathSegment::Index(index),
            Err(_) => PathSegment::Field(one.to_owned()),
        };
        let mut response = Response::new(data);
        for path in failed {
            let mut error = ServerError::new("failed", None);
            error.path = path.split('.').map(segment).collect();
            response.errors.push(error);
        }
        shape(&Types::of(SCHEMA).expect("a schema"), &document, None, &mut response);
        response.data.to_string()
    }

    #[test]
    fn fields_stand_in_the_order_of_the_query() {
        let data = value!({ "b": [{ "y": 1, "x": 2 }, { "x": 3, "y": 4 }], "a": 0 });
        let query = "{ a ...F } fragment F on Q { b { x } ... { b { y } } }";
        assert_eq!(shaped(query, data, &[]), "{a: 0, b: [{x: 2, y: 1}, {x: 3, y: 4}]}");
    }

    #[test]
    fn a_field_that_failed_is_null_and_one_of_another_type_is_absent() {
        let query = "{ nodes { ... on B { x y } ... on C { z } } }";
        let data = value!({ "nodes": [{ "y": 1 }] });
        assert_eq!(shaped(query, data, &["nodes.0.x"]), "{nodes: [{x: null, y: 1}]}");
    }

    #[test]
    fn what_is_skipped_is_absent_and_no_failure() {
        let all = "{ a @skip(if: true) may { x @include(if: false) } }";
        assert_eq!(shaped(all, value!({ "may": {} }), &[]), "{may: {}}");
        assert_eq!(shaped("{ a @skip(if: true) }", value!(null), &[]), "{}");
        let within = "{ must { x @skip(if: true) } list { x @skip(if: true) } }";
        let empty = value!({ "must": null, "list": [null, null] });
        assert_eq!(shaped(within, empty, &[]), "{must: {}, list: [{}, {}]}");
    }

    #[test]
    fn null_goes_up_to_where_it_is_allowed() {
        for (query, data, failed, expected) in [
            // Allowed where it is, though nothing else was found.
            ("{ a }", value!(null), "a", "{a: null}"),
            ("{ may { x } }", value!({ "may": null }), "may.x", "{may: {x: null}}"),
            // Not allowed, so the object is null, or what it belongs to.
            (
                "{ a may { x must } }",
                value!({ "a": 1, "may": { "x": 1 } }),
                "may.must",
                "{a: 1, may: null}",
            ),
            ("{ a must { x must } }", value!({ "a": 1, "must": { "x": 1 } }), "must.must", "null"),
            ("{ a must { x } }", value!({ "a": 1 }), "must", "null"),
            // An item of a list, and the list where its items cannot be null.
            (
                "{ b { must } }",
                value!({ "b": [null, { "must": 1 }] }),
                "b.0.must",
                "{b: [null, {must: 1}]}",
            ),
            (
                "{ a list { must } }",
                value!({ "a": 1, "list": [{ "must": 1 }, null] }),
                "list.1.must",
                "null",
            ),
            (
                "{ lists { must } }",
                value!({ "lists": [[null], []] }),
                "lists.0.0.must",
                "{lists: [null, []]}",
            ),
            // By fragments, too.
            ("{ one { ... on B { must } } }", value!({ "one": null }), "one.must", "{one: null}"),
            (
                "{ one { id ...F } } fragment F on B { x }",
                value!({ "one": { "id": 1 } }),
                "one.x",
                "{one: {id: 1, x: null}}",
            ),
            // What describes the schema has no type here.
            (
                "{ __schema { types { name } } }",
                value!({ "__schema": null }),
                "__schema",
                "{__schema: null}",
            ),
        ] {
            assert_eq!(shaped(query, data, &[failed]), expected, "{query}");
        }
    }

    #[test]
    fn the_roots_of_the_schema_are_known() {
        let sdl = crate::graphql::schema::build(crate::config::Config::default().limits).sdl();
        let types = Types::of(&sdl).expect("the schema is one");
        for (operation, field) in [
            (OperationType::Query, "ticket"),
            (OperationType::Mutation, "openTicket"),
            (OperationType::Subscription, "ticketChanged"),
        ] {
            let root = types.root(operation).expect("a root");
            assert!(types.of_field(root, &Name::new(field)).is_some(), "{field}");
        }
    }
}
