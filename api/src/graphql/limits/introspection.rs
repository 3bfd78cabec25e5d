//! Reading the schema through itself: what it costs, and how deep it may go.
//!
//! The schema is a graph with cycles, so a selection that goes from a type to its fields and on to
//! their types multiplies with each step. The standard introspection query never does: within a
//! reference to a type it asks for names and `ofType`, and for no list. That is the limit here, so
//! the size of an answer grows with the document and never faster.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet};
use servicedesk_service::error::ApiError;

/// How often `ofType` nests in the standard introspection query.
const MAX_OF_TYPE: usize = 9;
/// How often a document may begin to read the schema. Tools begin once.
const MAX_ROOTS: usize = 8;
/// How often a selection may ask for the same field, by whatever aliases. Tools ask once; fragments
/// may repeat it. Descriptions are long, so each alias of one would multiply the answer.
const MAX_REPEATS: usize = 3;
/// A point buys this many fields of the schema's own description: they are in memory.
const FIELDS_PER_POINT: usize = 32;

/// Where in the schema's description a selection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The schema itself.
    Schema,
    /// A type with all that belongs to it.
    Type,
    /// A type that something refers to, so many `ofType` deep.
    Reference(usize),
    /// A field, an argument or a directive.
    Member,
}

/// What a document's introspection costs beside its other fields: nothing, where it has none.
///
/// # Errors
/// `BadUserInput` if it goes deeper than the standard introspection query.
pub(super) fn cost(document: &ExecutableDocument) -> Result<Option<usize>, ApiError> {
    let walk = Walk { document };
    let mut found = Vec::new();
    for (_, operation) in document.operations.iter() {
        walk.root(&operation.node.selection_set.node, &mut found)?;
    }
    if found.len() > MAX_ROOTS {
        let problem = format!("a document has __schema and __type at most {MAX_ROOTS} times");
        return Err(ApiError::BadUserInput(problem));
    }
    let fields = found.iter().copied().fold(0, usize::saturating_add);
    Ok((!found.is_empty()).then(|| fields.div_ceil(FIELDS_PER_POINT)))
}

struct Walk<'a> {
    document: &'a ExecutableDocument,
}

impl<'a> Walk<'a> {
    /// Finds the fields that a selection asks for, through fragments. That no fragment spreads
    /// itself was seen when the document was measured.
    fn fields(
        &self,
        selections: &'a SelectionSet,
        each: &mut impl FnMut(&'a Field) -> Result<(), ApiError>,
    ) -> Result<(), ApiError> {
        for selection in &selections.items {
            match &selection.node {
                Selection::Field(field) => each(&field.node)?,
                Selection::InlineFragment(fragment) => {
                    self.fields(&fragment.node.selection_set.node, each)?;
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if let Some(fragment) = self.document.fragments.get(name) {
                        self.fields(&fragment.node.selection_set.node, each)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn root(&self, selections: &'a SelectionSet, found: &mut Vec<usize>) -> Result<(), ApiError> {
        self.fields(selections, &mut |field| {
            let place = match field.name.node.as_str() {
                "__schema" => Place::Schema,
                "__type" => Place::Type,
                _ => return Ok(()),
            };
            found.push(self.size(&field.selection_set.node, place)?);
            Ok(())
        })
    }

    /// How many fields of an answer a selection becomes, more or less.
    fn size(&self, selections: &'a SelectionSet, place: Place) -> Result<usize, ApiError> {
        let mut size = 0_usize;
        let mut counts: HashMap<&str, usize> = HashMap::new();
        self.fields(selections, &mut |field| {
            let name = field.name.node.as_str();
            let repeats = counts.entry(name).or_default();
            *repeats += 1;
            if *repeats > MAX_REPEATS {
                let problem =
                    format!("introspection asks for {name} at most {MAX_REPEATS} times in a place");
                return Err(ApiError::BadUserInput(problem));
            }
            let (count, below) = step(place, name)?;
            let within = self.size(&field.selection_set.node, below)?;
            let within = match below {
                // Few types are wrapped, and fewer twice.
                Place::Reference(depth) if depth > 0 => within / 2,
                _ => within,
            };
            size = size.saturating_add(within.saturating_mul(count).saturating_add(1));
            Ok(())
        })?;
        Ok(size)
    }
}

/// How many things a field leads to, about, and what they are. A test compares with the schema.
fn step(place: Place, field: &str) -> Result<(usize, Place), ApiError> {
    Ok(match (place, field) {
        (Place::Schema, "types") => (MANY_TYPES, Place::Type),
        (Place::Schema, "directives") | (Place::Type, "fields") => (10, Place::Member),
        (Place::Type, "inputFields" | "enumValues") => (3, Place::Member),
        (Place::Member, "args") => (1, Place::Member),
        (Place::Type, "interfaces" | "possibleTypes")
        | (Place::Schema, "queryType" | "mutationType" | "subscriptionType")
        | (Place::Member, "type") => (1, Place::Reference(0)),
        (Place::Type, "ofType") => (1, Place::Reference(1)),
        (Place::Reference(depth), "ofType") if depth < MAX_OF_TYPE => {
            (1, Place::Reference(depth + 1))
        }
        (
            Place::Reference(_),
            "ofType" | "fields" | "inputFields" | "enumValues" | "interfaces" | "possibleTypes",
        ) => return Err(too_deep()),
        // A name or a text, or nothing that there is.
        (place, _) => (1, place),
    })
}

/// How many types the schema has, about.
const MANY_TYPES: usize = 400;

fn too_deep() -> ApiError {
    let problem = "introspection goes as deep as the standard introspection query and no deeper: \
                   ask for the lists of a type through __schema { types } or __type(name:)";
    ApiError::BadUserInput(problem.to_owned())
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    fn cost_of(document: &str) -> Result<Option<usize>, ApiError> {
        cost(&parse_query(document).expect("it is a document"))
    }

    #[test]
    fn what_goes_round_in_circles_is_refused() {
        let levels = |times: usize| {
            format!("{}name{}", "possibleTypes{interfaces{".repeat(times), "}}".repeat(times))
        };
        for document in [
            format!("{{__type(name:\"Node\"){{{}}}}}", levels(4)),
            "{ __schema { types { fields { type { fields { name } } } } } }".to_owned(),
            "{ __schema { queryType { fields { name } } } }".to_owned(),
            "{ ...A } fragment A on Query { __schema { types { ...B } } } \
             fragment B on __Type { interfaces { ... { possibleTypes { name } } } }"
                .to_owned(),
            format!(
                "{{ __type(name: \"A\") {{ {}name{} }} }}",
                "ofType {".repeat(11),
                "}".repeat(11)
            ),
        ] {
            assert!(matches!(cost_of(&document), Err(ApiError::BadUserInput(_))), "{document}");
        }
    }

    #[test]
    fn aliases_do_not_multiply_what_is_described() {
        let aliases = |count: usize, field: &str| {
            (0..count).map(|n| format!("a{n}: {field}")).collect::<Vec<_>>().join(" ")
        };
        let described = |count| {
            format!(
                "{{ __type(name: \"A\") {{ fields {{ {} }} }} }}",
                aliases(count, "description")
            )
        };
        let roots = |count| format!("{{ {} }}", aliases(count, "__type(name: \"A\") { name }"));
        assert!(cost_of(&described(3)).is_ok() && cost_of(&roots(8)).is_ok());
        let repeated = format!("{{ __schema {{ {} }} }}", "types { name } ".repeat(4));
        for document in [described(4), roots(9), repeated] {
            assert!(matches!(cost_of(&document), Err(ApiError::BadUserInput(_))), "{document}");
        }
    }

    #[test]
    fn lists_count_and_each_alias_again() {
        assert_eq!(cost_of("{ viewer { scopes } __typename }"), Ok(None));
        let one = cost_of("{ __schema { types { fields { name } } } }").expect("fine");
        let two = cost_of(
            "{ a: __schema { types { fields { name } } } \
                           b: __schema { types { fields { name } } } }",
        )
        .expect("fine");
        assert!(one > Some(100), "{one:?}");
        assert!(two >= one.map(|one| 2 * one - 1), "{two:?}");
    }
}
