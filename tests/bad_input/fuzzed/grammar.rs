//! Requests drawn from the schema: every field of every type, and for every input values of its
//! type, mostly sound ones, so that they come far, and some that are none.

use std::collections::HashMap;
use std::fmt::Write;

use async_graphql::Name;
use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, FieldDefinition, InputValueDefinition, Type, TypeKind, TypeSystemDefinition,
};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use serde_json::{Map, Value, json};
use servicedesk::graphql::relay::split_id;

use super::values::{Drawn, any_value, scalar};

/// How deep selections and inputs nest at most; the service allows ten levels.
const MAX_LEVELS: usize = 5;
/// How many ids that answers have named are remembered.
const MAX_IDS: usize = 400;

/// A request that was drawn.
pub(super) struct Request {
    pub(super) body: Value,
    /// The text of the document.
    pub(super) document: String,
    /// Whether it is a mutation with one field at its root, and nothing was changed in it.
    pub(super) is_one_mutation: bool,
}

/// Draws requests.
pub(super) struct Grammar {
    types: HashMap<String, TypeKind>,
    /// The objects of an interface.
    objects: HashMap<String, Vec<String>>,
    /// Ids that exist.
    ids: Vec<String>,
    random: StdRng,
}

/// What a document needs beside its selection.
#[derive(Default)]
struct Draft {
    declared: Vec<String>,
    variables: Map<String, Value>,
    fragments: Vec<String>,
}

impl Grammar {
    /// The grammar of the service's schema. The same seed draws the same requests from the same
    /// answers.
    pub(super) fn new(seed: u64) -> Self {
        let document = parse_schema(servicedesk::graphql::schema::sdl()).expect("a schema");
        let (mut types, mut objects) = (HashMap::new(), HashMap::<_, Vec<_>>::new());
        for definition in document.definitions {
            let TypeSystemDefinition::Type(found) = definition else { continue };
            let (name, kind) = (found.node.name.to_string(), found.node.kind);
            if let TypeKind::Object(object) = &kind {
                for interface in &object.implements {
                    objects.entry(interface.to_string()).or_default().push(name.clone());
                }
            }
            types.insert(name, kind);
        }
        for names in objects.values_mut() {
            names.sort();
        }
        Self { types, objects, ids: Vec::new(), random: StdRng::seed_from_u64(seed) }
    }

    /// Remembers an id that exists.
    pub(super) fn learn(&mut self, id: &str) {
        if self.ids.iter().any(|known| known == id) {
            return;
        }
        if self.ids.len() < MAX_IDS {
            self.ids.push(id.to_owned());
        } else {
            let at = self.random.random_range(0..MAX_IDS);
            id.clone_into(&mut self.ids[at]);
        }
    }

    /// Remembers every id that an answer names.
    pub(super) fn learn_from(&mut self, answer: &Value) {
        match answer {
            Value::Object(fields) => {
                for (name, value) in fields {
                    match value {
                        Value::String(id) if name == "id" => self.learn(id),
                        _ => self.learn_from(value),
                    }
                }
            }
            Value::Array(values) => values.iter().for_each(|value| self.learn_from(value)),
            _ => {}
        }
    }

    /// The next request.
    pub(super) fn request(&mut self) -> Request {
        let (operation, root) = match self.random.random_range(0..20) {
            0..9 => ("query", "Query"),
            9..19 => ("mutation", "Mutation"),
            _ => ("subscription", "SubscriptionRoot"),
        };
        let mut draft = Draft::default();
        let mut is_one_mutation = root == "Mutation" && !self.one_in(4);
        let selection = if is_one_mutation {
            let fields = self.fields_of(root);
            let field = fields.choose(&mut self.random).expect("a mutation");
            format!(" {{ {} }}", self.field(field, MAX_LEVELS, &mut draft))
        } else {
            self.selection(root, MAX_LEVELS, &mut draft)
        };
        let mut document = operation.to_owned();
        if !draft.declared.is_empty() {
            write!(document, "({})", draft.declared.join(" ")).expect("it is a text");
        }
        write!(document, "{selection} {}", draft.fragments.join(" ")).expect("it is a text");
        if self.one_in(8) {
            document = self.edited(&document);
            is_one_mutation = false;
        }
        let body = json!({ "query": document, "variables": draft.variables });
        Request { body, document, is_one_mutation }
    }

    fn one_in(&mut self, many: u32) -> bool {
        self.random.random_ratio(1, many)
    }

    fn fields_of(&self, type_name: &str) -> Vec<FieldDefinition> {
        let fields = match self.types.get(type_name) {
            Some(TypeKind::Object(object)) => &object.fields,
            Some(TypeKind::Interface(interface)) => &interface.fields,
            _ => return Vec::new(),
        };
        fields.iter().map(|field| field.node.clone()).collect()
    }

    /// A selection of a few fields, with everything that belongs to them.
    fn selection(&mut self, type_name: &str, levels: usize, draft: &mut Draft) -> String {
        let mut fields = self.fields_of(type_name);
        if levels <= 1 {
            fields.retain(|field| self.fields_of(named(&field.ty.node)).is_empty());
        }
        let mut parts = Vec::new();
        for _ in 0..self.random.random_range(1..=3) {
            if let Some(field) = fields.choose(&mut self.random).cloned() {
                parts.push(self.field(&field, levels, draft));
            }
        }
        if type_name.ends_with("Payload") {
            parts.push("userErrors { message field }".to_owned());
        }
        if parts.is_empty() || self.one_in(10) {
            parts.push("__typename".to_owned());
        }
        if let Some(objects) = self.objects.get(type_name)
            && let Some(object) = objects.choose(&mut self.random).cloned()
            && levels > 1
        {
            let inner = self.selection(&object, levels - 1, draft);
            parts.push(format!("... on {object} {inner}"));
        }
        let inner = parts.join(" ");
        if self.one_in(20) {
            let name = format!("F{}", draft.fragments.len());
            draft.fragments.push(format!("fragment {name} on {type_name} {{ {inner} }}"));
            return format!(" {{ ...{name} }}");
        }
        format!(" {{ {inner} }}")
    }

    fn field(&mut self, field: &FieldDefinition, levels: usize, draft: &mut Draft) -> String {
        let mut text = String::new();
        if self.one_in(6) {
            write!(text, "a{}: ", self.random.random_range(0..4)).expect("it is a text");
        }
        text.push_str(&field.name.node);
        let mut arguments = Vec::new();
        for argument in &field.arguments {
            if let Some(value) = self.given(&argument.node, MAX_LEVELS) {
                let name = &argument.node.name.node;
                arguments.push(format!("{name}: {}", self.placed(&argument.node, &value, draft)));
            }
        }
        if !arguments.is_empty() {
            write!(text, "({})", arguments.join(", ")).expect("it is a text");
        }
        if self.one_in(25) {
            let directive = if self.one_in(2) { "skip" } else { "include" };
            write!(text, " @{directive}(if: {})", self.one_in(2)).expect("it is a text");
        }
        let below = named(&field.ty.node);
        if !self.fields_of(below).is_empty() {
            text.push_str(&self.selection(below, levels.saturating_sub(1), draft));
        }
        text
    }

    /// A value as the document has it: written there, or as a variable.
    fn placed(&mut self, input: &InputValueDefinition, value: &Drawn, draft: &mut Draft) -> String {
        if self.one_in(2) {
            return value.literal();
        }
        let name = format!("v{}", draft.declared.len());
        draft.declared.push(format!("${name}: {}", input.ty.node));
        draft.variables.insert(name.clone(), value.json());
        format!("${name}")
    }

    /// A value for an argument or a field of an input; none if it is left out.
    fn given(&mut self, input: &InputValueDefinition, levels: usize) -> Option<Drawn> {
        let is_needed = !input.ty.node.nullable && input.default_value.is_none();
        let is_given = match input.name.node.as_str() {
            // Without it a list counts as fifty, and a few of them cost more than is allowed.
            "first" => !self.one_in(5),
            "last" | "before" | "after" | "consistentWith" => self.one_in(20),
            _ if is_needed => !self.one_in(200),
            _ => self.one_in(3),
        };
        is_given.then(|| self.value(&input.name.node, &input.ty.node, levels))
    }

    fn value(&mut self, name: &Name, ty: &Type, levels: usize) -> Drawn {
        if self.one_in(60) {
            return any_value(&mut self.random);
        }
        if ty.nullable && self.one_in(20) {
            return Drawn::Plain(Value::Null);
        }
        match &ty.base {
            BaseType::List(inner) => {
                let many = self.random.random_range(0..=3);
                Drawn::List((0..many).map(|_| self.value(name, inner, levels)).collect())
            }
            BaseType::Named(type_name) => self.named_value(name, type_name, levels),
        }
    }

    fn named_value(&mut self, name: &Name, type_name: &Name, levels: usize) -> Drawn {
        match self.types.get(type_name.as_str()).cloned() {
            Some(TypeKind::Enum(found)) => {
                let value = found.values.choose(&mut self.random).expect("a value");
                Drawn::Enum(value.node.value.to_string())
            }
            Some(TypeKind::InputObject(found)) if levels > 0 => {
                let mut fields = Vec::new();
                for field in &found.fields {
                    if let Some(value) = self.given(&field.node, levels - 1) {
                        fields.push((field.node.name.to_string(), value));
                    }
                }
                Drawn::Object(fields)
            }
            _ if type_name == "ID" && !self.one_in(10) => self.id(name),
            _ => scalar(name, type_name, &mut self.random),
        }
    }

    /// An id that exists, mostly of the type that an input of this name is for.
    fn id(&mut self, name: &str) -> Drawn {
        let wanted = match name.trim_end_matches('s').trim_end_matches("Id") {
            "assignee" | "takenBy" => "staffmember".to_owned(),
            name => name.to_lowercase(),
        };
        let fitting: Vec<&String> = self.ids.iter().filter(|id| type_of(id) == wanted).collect();
        let is_fitting = !fitting.is_empty() && self.random.random_ratio(9, 10);
        let id = if is_fitting {
            fitting.choose(&mut self.random).copied()
        } else {
            self.ids.choose(&mut self.random)
        };
        Drawn::Plain(json!(id))
    }

    /// A document with something changed in it.
    fn edited(&mut self, text: &str) -> String {
        let mut characters: Vec<char> = text.chars().collect();
        for _ in 0..self.random.random_range(1..=3) {
            let at = self.random.random_range(0..=characters.len());
            let end = (at + self.random.random_range(0..8)).min(characters.len());
            let many = self.random.random_range(0..3);
            let new: Vec<char> =
                (0..many).map(|_| *EDITS.choose(&mut self.random).expect("one")).collect();
            characters.splice(at..end, new);
        }
        characters.into_iter().collect()
    }
}

/// What is put into documents.
const EDITS: &[char] = &[
    '{', '}', '(', ')', '[', ']', '"', '$', ':', '!', '@', '#', '.', '\\', '\n', '\u{0}',
    '\u{feff}', '\u{202e}', '😀', 'ё', '-', '0', '9', 'e', '_', 'a', ' ', '&', '|', '=',
];

/// The type that a global id names, in small letters.
fn type_of(id: &str) -> String {
    split_id(&id.into()).map(|(name, _)| name.to_lowercase()).unwrap_or_default()
}

fn named(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(inner) => named(inner),
    }
}
