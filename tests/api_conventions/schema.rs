//! The schema is the product's face: complete in its words, and the one that is committed.

use serde_json::Value;

use crate::support::app::App;
use crate::support::introspection::{Types, list, name_of};
use crate::support::on_sqlite;

const LANGUAGE: [&str; 5] = ["Boolean", "Float", "ID", "Int", "String"];

#[tokio::test]
async fn everything_in_the_schema_is_described() {
    on_sqlite(|database| async move {
        let app = App::start(&database).await;
        let types = Types::of(&app.customer("Customer").await).await;
        let mut bare = Vec::new();
        let mut look = |place: String, described: &Value| {
            if described["description"].as_str().is_none_or(|text| text.trim().is_empty()) {
                bare.push(place);
            }
        };
        for (name, found) in &types.0 {
            // The language's own types are described by the language.
            if name.starts_with("__") || LANGUAGE.contains(&name.as_str()) {
                continue;
            }
            look(name.clone(), found);
            for field in list(&found["fields"]) {
                look(format!("{name}.{}", name_of(&field)), &field);
                for argument in list(&field["args"]) {
                    let place = format!("{name}.{}({})", name_of(&field), name_of(&argument));
                    look(place, &argument);
                }
            }
            for part in ["inputFields", "enumValues"] {
                for value in list(&found[part]) {
                    look(format!("{name}.{}", name_of(&value)), &value);
                }
            }
        }
        assert!(bare.is_empty(), "without a description: {}", bare.join(", "));
    })
    .await;
}

#[test]
fn the_committed_schema_is_the_one_that_the_program_prints() {
    let committed = include_str!("../../web/schema.graphql");
    let printed = servicedesk::graphql::schema::sdl();
    let differs = committed.lines().zip(printed.lines()).find(|(old, new)| old != new);
    assert_eq!(differs, None, "run `make schema`");
    assert_eq!(committed.len(), printed.len(), "run `make schema`");
}

#[tokio::test]
async fn names_follow_the_conventions() {
    on_sqlite(|database| async move {
        let app = App::start(&database).await;
        let types = Types::of(&app.customer("Customer").await).await;
        for mutation in types.fields("Mutation") {
            let name = name_of(&mutation);
            let payload = crate::support::introspection::named_type(&mutation["type"]);
            let fields = types.field_names(&payload);
            for part in ["position", "userErrors"] {
                assert!(fields.contains(&part.to_owned()), "{payload} of {name} has no {part}");
            }
        }
        for (name, found) in &types.0 {
            for value in list(&found["enumValues"]) {
                let value = name_of(&value);
                let is_upper = value.chars().all(|c| c.is_ascii_uppercase() || c == '_');
                assert!(is_upper || name.starts_with("__"), "{name}.{value}");
            }
            for field in list(&found["fields"]).iter().chain(&list(&found["inputFields"])) {
                let type_name = crate::support::introspection::named_type(&field["type"]);
                assert_ne!(type_name, "Float", "{name}.{}", name_of(field));
                if type_name == "DateTime" {
                    continue;
                }
                let field = name_of(field);
                assert!(!field.ends_with("At"), "{name}.{field} is a moment but no DateTime");
            }
        }
    })
    .await;
}
