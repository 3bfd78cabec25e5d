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
            Some("OBJECT") if levels > 0 => self.all_fields(type_name, "", levels),
            Some("OBJECT" | "UNION" | "INTERFACE") if levels == 0 => " { __typename }".to_owned(),
            Some("UNION" | "INTERFACE") => {
                let possible = list(&found["possibleTypes"]).into_iter();
                let selected = possible.map(|one| {
                    let name = name_of(&one);
                    if levels == 1 {
                        return format!("... on {name} {{ __typename }}");
                    }
                    // Fields of one name may have another type in each, so each has its own name.
                    format!(
                        "... on {name}{}",
                        self.all_fields(&name, &format!("{name}_"), levels - 1)
                    )
                });
                format!(" {{ {} }}", selected.collect::<Vec<_>>().join(" "))
            }
            _ => String::new(),
        }
    }

    /// A selection of every field of an object, under its name with something before it.
    fn all_fields(&self, type_name: &str, before: &str, levels: usize) -> String {
        let selected = self.fields(type_name).into_iter().map(|field| {
            let (name, below) = (name_of(&field), named_type(&field["type"]));
            let alias = if before.is_empty() { String::new() } else { format!("{before}{name}: ") };
            format!("{alias}{name}{}", self.everything(&below, levels - 1))
        });
        format!(" {{ {} }}", selected.collect::<Vec<_>>().join(" "))
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
