//! The schema as the service itself describes it, so that tests can walk all of it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::app::Person;

/// The query by which tools read a schema.
pub(crate) const INTROSPECTION: &str = "query IntrospectionQuery { __schema { \
     queryType { name } mutationType { name } subscriptionType { name } \
     types { ...FullType } directives { name description locations args { ...InputValue } } } } \
     fragment FullType on __Type { kind name description \
     fields(includeDeprecated: true) { name description args { ...InputValue } \
     type { ...TypeRef } isDeprecated deprecationReason } inputFields { ...InputValue } \
     interfaces { ...TypeRef } enumValues(includeDeprecated: true) { name description \
     isDeprecated deprecationReason } possibleTypes { ...TypeRef } } \
     fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue } \
     fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { \
     kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } \
     } } } } } }";

/// Every type by its name.
pub(crate) struct Types(pub(crate) BTreeMap<String, Value>);

impl Types {
    /// Asks the service for them.
    pub(crate) async fn of(person: &Person) -> Self {
        let answer = person.ask(INTROSPECTION, json!({})).await;
        assert!(answer.body["errors"].is_null(), "{}", answer.text);
        let types = answer.payload()["types"].as_array().expect("types").iter();
        Self(types.map(|found| (name_of(found), found.clone())).collect())
    }

    /// The fields of a type, in the order of their names.
    pub(crate) fn fields(&self, type_name: &str) -> Vec<Value> {
        let mut fields = list(&self.0[type_name]["fields"]);
        fields.sort_by_key(name_of);
        fields
    }

    /// The names of a type's fields.
    pub(crate) fn field_names(&self, type_name: &str) -> Vec<String> {
        self.fields(type_name).iter().map(name_of).collect()
    }

    /// A selection of everything that a type has, so many levels deep: `{ … }`, or nothing for
    /// what has no fields.
    pub(crate) fn everything(&self, type_name: &str, levels: usize) -> String {
        let found = &self.0[type_name];
        match found["kind"].as_str() {
            Some("OBJECT") if levels > 0 => {
                let fields = self.fields(type_name).into_iter();
                let selected = fields.map(|field| {
                    let below = named_type(&field["type"]);
                    format!("{}{}", name_of(&field), self.everything(&below, levels - 1))
                });
                format!(" {{ {} }}", selected.collect::<Vec<_>>().join(" "))
            }
            Some("OBJECT" | "UNION" | "INTERFACE") if levels == 0 => " { __typename }".to_owned(),
            Some("UNION" | "INTERFACE") => {
                let possible = list(&found["possibleTypes"]).into_iter();
                let selected = possible.map(|one| {
                    let name = name_of(&one);
                    format!("... on {name}{}", self.everything(&name, levels - 1))
                });
                format!(" {{ {} }}", selected.collect::<Vec<_>>().join(" "))
            }
            _ => String::new(),
        }
    }
}

/// The name of a type, a field, an argument or a value.
pub(crate) fn name_of(described: &Value) -> String {
    described["name"].as_str().expect("a name").to_owned()
}

/// The name of the type within lists and non-nulls.
pub(crate) fn named_type(reference: &Value) -> String {
    match &reference["ofType"] {
        Value::Null => name_of(reference),
        within => named_type(within),
    }
}

/// A list that may be missing.
pub(crate) fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}
