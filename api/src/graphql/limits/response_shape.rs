//! Answers have the shape that the GraphQL specification gives them: fields in the order of the
//! query, and null where a field failed. `async-graphql` 7.2 leaves them in the order in which
//! they were done, and leaves failed ones out.

use std::collections::HashSet;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};
use async_graphql::{Name, PathSegment, Response, Value};

use super::documents::Document;

/// Puts an answer to an operation of a document into shape.
pub fn shape(document: &Document, operation_name: Option<&str>, response: &mut Response) {
    let Some(operation) = document.operation(operation_name) else { return };
    let failed = response.errors.iter().map(|error| error.path.iter().map(segment).collect());
    let shaper = Shape { document: document.parsed(), failed: failed.collect() };
    let selection = &operation.selection_set.node;
    shaper.shape(&mut response.data, &[selection], &mut Vec::new());
}

fn segment(segment: &PathSegment) -> String {
    match segment {
        PathSegment::Field(name) => name.clone(),
        PathSegment::Index(index) => index.to_string(),
    }
}

struct Shape<'a> {
    document: &'a ExecutableDocument,
    /// The paths of the fields that failed.
    failed: HashSet<Vec<String>>,
}

impl<'a> Shape<'a> {
    fn shape(&self, value: &mut Value, selections: &[&'a SelectionSet], path: &mut Vec<String>) {
        match value {
            Value::Object(found) => {
                let mut wanted = IndexMap::new();
                for selection in selections {
                    self.collect(selection, &mut wanted);
                }
                let mut found = std::mem::take(found);
                let mut shaped = IndexMap::with_capacity(wanted.len());
                for (name, inner) in wanted {
                    path.push(name.to_string());
                    if let Some(mut value) = found.swap_remove(name) {
                        self.shape(&mut value, &inner, path);
                        shaped.insert(name.clone(), value);
                    } else if self.failed.contains(path) {
                        shaped.insert(name.clone(), Value::Null);
                    }
                    path.pop();
                }
                *value = Value::Object(shaped);
            }
            Value::List(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    path.push(index.to_string());
                    self.shape(item, selections, path);
                    path.pop();
                }
            }
            _ => {}
        }
    }

    /// The fields of a selection in order, each with everything that is selected of it. Fields of
    /// fragments on other types are among them, and are then not found in the answer.
    fn collect(
        &self,
        selection: &'a SelectionSet,
        wanted: &mut IndexMap<&'a Name, Vec<&'a SelectionSet>>,
    ) {
        for item in &selection.items {
            match &item.node {
                Selection::Field(field) => {
                    let name = &field.node.response_key().node;
                    let inner = &field.node.selection_set.node;
                    wanted.entry(name).or_default().push(inner);
                }
                Selection::InlineFragment(fragment) => {
                    self.collect(&fragment.node.selection_set.node, wanted);
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if let Some(fragment) = self.document.fragments.get(name) {
                        self.collect(&fragment.node.selection_set.node, wanted);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::{ServerError, value};

    use super::super::documents::Documents;
    use super::super::trusted::TrustedDocuments;
    use super::*;

    fn shaped(query: &str, data: Value, failed: Vec<PathSegment>) -> String {
        let limits = crate::config::Config::default().limits;
        let documents = Documents::new(limits, TrustedDocuments::default());
        let document = documents.parse(query).expect("the query is one");
        let mut error = ServerError::new("failed", None);
        error.path = failed;
        let mut response = Response::new(data);
        response.errors = vec![error];
        shape(&document, None, &mut response);
        response.data.to_string()
    }

    #[test]
    fn fields_stand_in_the_order_of_the_query() {
        let data = value!({ "b": [{ "y": 1, "x": 2 }, { "x": 3, "y": 4 }], "a": 0 });
        let query = "{ a ...F } fragment F on Q { b { x } ... { b { y } } }";
        assert_eq!(shaped(query, data, vec![]), "{a: 0, b: [{x: 2, y: 1}, {x: 3, y: 4}]}");
    }

    #[test]
    fn a_field_that_failed_is_null_and_one_of_another_type_is_absent() {
        let path = vec![
            PathSegment::Field("b".to_owned()),
            PathSegment::Index(0),
            PathSegment::Field("x".to_owned()),
        ];
        let query = "{ b { x y ... on Other { z } } }";
        let data = value!({ "b": [{ "y": 1 }] });
        assert_eq!(shaped(query, data, path), "{b: [{x: null, y: 1}]}");
    }
}
