//! What the specification asks of a document and of its variables, by `apollo-compiler`. The
//! validation of `async-graphql` lets pass what it forbids: variables of a wrong type, null for what
//! cannot be null, fields that conflict (ADR 67).
//!
//! A document is validated once, when it is parsed, and its variables at each request.

use std::sync::Arc;

use apollo_compiler::parser::{LineColumn, Parser};
use apollo_compiler::request::coerce_variable_values;
use apollo_compiler::response::JsonMap;
use apollo_compiler::validation::{DiagnosticList, Valid};
use apollo_compiler::{ExecutableDocument, Schema};
use async_graphql::{Pos, ServerError, Variables};

use super::scalars::{self, Problem};
use crate::graphql::errors::MAX_ERRORS;

/// The schema as documents are compared with it.
#[derive(Debug, Clone)]
pub struct Validation(Arc<Valid<Schema>>);

/// A document that agrees with the schema.
#[derive(Debug)]
pub(super) struct Validated {
    schema: Arc<Valid<Schema>>,
    document: Valid<ExecutableDocument>,
}

impl Validation {
    /// Validation by a schema, which is given as text.
    ///
    /// # Errors
    /// If the text is not a schema.
    pub fn by(sdl: &str) -> anyhow::Result<Self> {
        let schema = Schema::parse_and_validate(sdl, "schema.graphql");
        Ok(Self(Arc::new(schema.map_err(|error| anyhow::anyhow!("{}", error.errors))?)))
    }

    /// Compares a document with the schema.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub(super) fn validate(&self, text: &str) -> Result<Validated, Vec<ServerError>> {
        let parsed = Parser::new().parse_executable(&self.0, text, "document.graphql");
        let document = parsed.map_err(|invalid| shown(&invalid.errors))?;
        let document = document.validate(&self.0).map_err(|invalid| shown(&invalid.errors))?;
        let problems = scalars::in_document(&self.0, &document);
        if !problems.is_empty() {
            let problems = problems.into_iter().take(MAX_ERRORS);
            return Err(problems.map(|problem| told(problem, &document)).collect());
        }
        Ok(Validated { schema: self.0.clone(), document })
    }
}

impl Validated {
    /// Compares the variables of a request with those of the operation that it names, or of the only
    /// one. An operation that is not there is left to the execution, which names it.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(super) fn check_variables(
        &self,
        operation_name: Option<&str>,
        variables: &Variables,
    ) -> Result<(), ServerError> {
        let Ok(operation) = self.document.operations.get(operation_name) else { return Ok(()) };
        if operation.variables.is_empty() {
            return Ok(());
        }
        let unreadable = |error: serde_json::Error| ServerError::new(error.to_string(), None);
        let values = serde_json::to_value(variables).map_err(unreadable)?;
        let values: JsonMap = serde_json::from_value(values).map_err(unreadable)?;
        let coerced = coerce_variable_values(&self.schema, operation, &values);
        coerced.map_err(|error| {
            let problem = Problem { message: error.message().to_string(), at: error.location() };
            told(problem, &self.document)
        })?;
        match scalars::in_variables(&self.schema, &operation.variables, &values) {
            Some(problem) => Err(told(problem, &self.document)),
            None => Ok(()),
        }
    }
}

fn told(problem: Problem, document: &ExecutableDocument) -> ServerError {
    let at = problem.at.and_then(|at| at.line_column(&document.sources));
    ServerError::new(problem.message, at.map(position))
}

fn shown(problems: &DiagnosticList) -> Vec<ServerError> {
    let shown = problems.iter().take(MAX_ERRORS).map(|problem| {
        let at = problem.line_column_range().map(|range| range.start);
        ServerError::new(problem.error.to_string(), at.map(position))
    });
    shown.collect()
}

const fn position(at: LineColumn) -> Pos {
    Pos { line: at.line, column: at.column }
}

#[cfg(test)]
mod tests {
    use async_graphql::Value;

    use super::*;

    const SCHEMA: &str = "schema { query: Q } enum Order { DUE AGE } input In { a: Int! b: [ID!] at: DateTime } scalar DateTime scalar UUID \
        type Q { a: Int b: Int of(id: ID!): Q by(order: Order): Q in(in: In): Q key(key: UUID): Q } ";

    fn refusal(text: &str, variables: Value) -> Option<String> {
        let validation = Validation::by(SCHEMA).expect("a schema");
        let told = |error: &ServerError| match error.locations.first() {
            Some(at) => format!("{}:{} {}", at.line, at.column, error.message),
            None => error.message.clone(),
        };
        match validation.validate(text) {
            Ok(document) => {
                let Value::Object(given) = variables else { panic!("no variables") };
                let variables = Variables::from_value(Value::Object(given));
                document.check_variables(None, &variables).err().as_ref().map(told)
            }
            Err(errors) => errors.first().map(told),
        }
    }

    #[test]
    fn what_the_specification_allows_is_allowed() {
        for (text, variables) in [
            ("{ a x: a of(id: 3) { a } __typename __schema { types { name } } }", "{}"),
            ("query($id: ID!) { of(id: $id) { a } }", r#"{"id": 3}"#),
            ("query($id: ID = \"x\") { of(id: $id) { a } }", "{}"),
            ("query($o: Order) { by(order: $o) { a } }", r#"{"o": "AGE", "unknown": 1}"#),
            ("query($in: In) { in(in: $in) { a } }", r#"{"in": {"a": 1, "b": "x"}}"#),
            ("query A { a } query B { b }", "{}"),
            ("{ in(in: {a: 1, at: \"2026-01-01T00:00:00Z\", b: [1, \"x\"]}) { a } }", "{}"),
            ("query($i: ID!, $n: Int!) { in(in: {a: $n, b: [$i]}) { a } }", r#"{"i": 1, "n": 2}"#),
            ("query($k: UUID) { key(key: $k) { a } }", r#"{"k": null}"#),
        ] {
            let variables = serde_json::from_str(variables).expect("JSON");
            assert_eq!(refusal(text, variables), None, "{text}");
        }
    }

    #[test]
    fn a_variable_that_its_type_forbids_is_refused_by_name() {
        for (text, variables, named) in [
            ("query($id: ID!) { of(id: $id) { a } }", "{}", "'id'"),
            ("query($id: ID!) { of(id: $id) { a } }", r#"{"id": null}"#, "id of"),
            ("query($id: ID!) { of(id: $id) { a } }", r#"{"id": 1.5}"#, "id"),
            ("query($of: Order) { by(order: $of) { a } }", r#"{"of": "NO"}"#, "of"),
            ("query($in: In) { in(in: $in) { a } }", r#"{"in": {}}"#, "In.a"),
            ("query($in: In) { in(in: $in) { a } }", r#"{"in": {"a": 1, "at": "x"}}"#, "DateTime"),
            ("query($key: UUID) { key(key: $key) { a } }", r#"{"key": "x"}"#, "UUID"),
            ("query($in: In) { in(in: $in) { a } }", r#"{"in": {"a": 1, "c": 1}}"#, "in"),
        ] {
            let variables = serde_json::from_str(variables).expect("JSON");
            let told = refusal(text, variables).expect(text);
            assert!(told.contains(named), "{text}: {told}");
        }
    }

    #[test]
    fn what_it_forbids_is_refused_with_its_place() {
        for (text, variables, place) in [
            ("{ x: a x: b }", "{}", "1:8 "),
            ("query($id: Int) { of(id: $id) { a } }", "{}", "1:22 "),
            ("{ by(order: \"DUE\") { a } }", "{}", "1:13 "),
            ("{ a { b } }", "{}", "1:3 "),
            ("{ key(key: true) { a } }", "{}", "1:12 "),
            ("{ in(in: {a: 1, at: \"x\"}) { a } }", "{}", "1:21 "),
            ("{ in(in: {a: 1, a: 2}) { a } }", "{}", "1:20 "),
            ("query($i: ID) { in(in: {a: 1, b: [$i]}) { a } }", "{}", "1:35 "),
            ("query($n: Int) { ...F } fragment F on Q { in(in: {a: $n}) { a } }", "{}", "1:54 "),
            ("{\n a unknown }", "{}", "2:4 "),
            ("query($unused: Int) { a }", "{}", "1:7 "),
            ("{ ...F } fragment F on Q { ...F }", "{}", "1:10 "),
        ] {
            let variables = serde_json::from_str(variables).expect("JSON");
            let told = refusal(text, variables).expect(text);
            assert!(told.starts_with(place), "{text}: {told}");
        }
    }
}
