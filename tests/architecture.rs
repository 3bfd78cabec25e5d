//! The architecture's invariants, executable. Each is a function from a source tree to what breaks
//! it, so that each has two tests: the tree keeps it, and an example that breaks it is found.

mod costs;
mod source;

use std::collections::BTreeSet;

use source::{File, Piece, only, production, tree};

/// The crates, and which of the others each may build on:
/// domain ← eventlog ← projections ← service ← api.
const LAYERS: [(&str, &[&str]); 5] = [
    ("domain", &[]),
    ("eventlog", &["servicedesk-domain"]),
    ("projections", &["servicedesk-domain", "servicedesk-eventlog"]),
    ("service", &["servicedesk-domain", "servicedesk-eventlog", "servicedesk-projections"]),
    (
        "api",
        &[
            "servicedesk-domain",
            "servicedesk-eventlog",
            "servicedesk-projections",
            "servicedesk-service",
        ],
    ),
];

/// What the application layer never builds on: it does not know how it is called.
const FACES: [&str; 4] = ["async-graphql", "axum", "clap", "tower"];

/// What the rules never build on; a name stands for its family, as `tokio` for `tokio-stream`.
const IMPURE_CRATES: [&str; 7] =
    ["async-graphql", "axum", "getrandom", "rand", "reqwest", "sqlx", "tokio"];

/// What the rules never reach for. Where time, ids and randomness come from is `clippy.toml`'s.
const IMPURE_CODE: [&str; 8] = [
    "Local::now",
    "SystemTime",
    "Utc::now",
    "std::env",
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
];

/// SQL that only one of the two databases understands. `RETURNING` is not among it.
const DIALECT: [&str; 9] = [
    "::text",
    "FOR UPDATE",
    "ILIKE",
    "NOW()",
    "PRAGMA",
    "SKIP LOCKED",
    "UNNEST",
    "json_each",
    "now()",
];

/// Files outside `eventlog/` and `migrations/` that may speak a dialect, each with the reason.
const DIALECT_EXCEPTIONS: [(&str, &str); 0] = [];

/// The macros of the house, which run one SQL text on either database.
const MACROS: [&str; 2] = ["in_tx", "on_db"];

/// A file is read in one sitting.
const MAX_LINES: usize = 450;

/// The layers' direction, and that no crate is outside of it.
fn wrong_dependencies(files: &[File]) -> Vec<String> {
    let mut wrong = Vec::new();
    for file in files.iter().filter(|file| file.path.ends_with("Cargo.toml")) {
        let manifest: toml::Table = file.text.parse().expect("a manifest");
        let folder = file.path.trim_end_matches("Cargo.toml").trim_end_matches('/');
        match LAYERS.iter().find(|(name, _)| *name == folder) {
            Some((name, allowed)) => {
                let is_ours = |found: &String| found.starts_with("servicedesk");
                let is_wrong = |found: &String| is_ours(found) && !allowed.contains(&&found[..]);
                let found = dependencies(&manifest).into_iter().filter(is_wrong);
                wrong.extend(found.map(|found| format!("{name} depends on {found}")));
            }
            None if folder.is_empty() => {
                let members = manifest["workspace"]["members"].as_array().expect("a list");
                let known: Vec<_> =
                    LAYERS.iter().map(|(name, _)| toml::Value::from(*name)).collect();
                let unknown = members.iter().filter(|member| !known.contains(member));
                wrong.extend(unknown.map(|member| format!("the crate {member} is in no layer")));
            }
            None => wrong.push(format!("{folder} is in no layer")),
        }
    }
    wrong
}

/// The real names of what a manifest's dependency tables name, those for tests and builds and
/// those of single platforms included.
fn dependencies(manifest: &toml::Table) -> Vec<String> {
    let mut names = Vec::new();
    for (key, value) in manifest {
        let Some(table) = value.as_table() else { continue };
        if key.ends_with("dependencies") {
            let renamed = |value: &toml::Value| Some(value.get("package")?.as_str()?.to_owned());
            names.extend(table.iter().map(|(name, value)| renamed(value).unwrap_or(name.clone())));
        } else {
            names.extend(dependencies(table));
        }
    }
    names
}

#[test]
fn dependencies_point_from_the_outer_layer_to_the_inner() {
    none(&wrong_dependencies(&tree()));
}

#[test]
fn a_dependency_against_the_direction_is_found() {
    let found = wrong_dependencies(&[
        File::new("Cargo.toml", "[workspace]\nmembers = ['domain', 'extra']"),
        File::new(
            "domain/Cargo.toml",
            "[dependencies]\nserde = '1'\nx = { package = 'servicedesk' }",
        ),
        File::new("eventlog/Cargo.toml", "[dev-dependencies]\nservicedesk-projections = '1'"),
        File::new("api/Cargo.toml", "[target.x.dependencies]\nservicedesk-domain = '1'"),
        File::new("extra/Cargo.toml", ""),
    ]);
    let expected = [
        "the crate \"extra\" is in no layer",
        "domain depends on servicedesk",
        "eventlog depends on servicedesk-projections",
        "extra is in no layer",
    ];
    assert_eq!(found, expected);
}

/// The domain is pure. Only the adapter through which `cqrs-es` drives an aggregate is `async`,
/// because its trait asks for that.
fn impurities(files: &[File]) -> Vec<String> {
    let mut impure = Vec::new();
    impure.extend(banned_crates(files, "domain", &IMPURE_CRATES));
    for file in production(files).iter().filter(|file| file.path.starts_with("domain/")) {
        let code = only(Piece::Code, &file.text);
        impure.extend(uses(file, &code, &IMPURE_CODE));
        let is_adapter = |at: usize| {
            file.path.ends_with("/mod.rs") && code[at..].starts_with("async fn handle(")
        };
        let found = code.match_indices("async ").filter(|(at, _)| !is_adapter(*at));
        impure.extend(found.map(|(at, _)| format!("{} is async", file.place(at))));
    }
    impure
}

/// Crates that a layer must not build on; a name stands for its family.
fn banned_crates(files: &[File], layer: &str, banned: &[&str]) -> Vec<String> {
    let manifests = files.iter().filter(|file| file.path == format!("{layer}/Cargo.toml"));
    let names = manifests.flat_map(|file| dependencies(&file.text.parse().expect("a manifest")));
    let is_of = |name: &str, family: &str| {
        name.strip_prefix(family).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    let is_banned = |name: &String| banned.iter().any(|family| is_of(name, family));
    names.filter(is_banned).map(|name| format!("{layer} depends on {name}")).collect()
}

#[test]
fn the_application_layer_does_not_know_how_it_is_called() {
    none(&banned_crates(&tree(), "service", &FACES));
}

#[test]
fn a_face_in_the_application_layer_is_found() {
    let manifest = "[dependencies]\naxum = '0.8'\nx = { package = 'async-graphql-axum' }";
    let mut found = banned_crates(&[File::new("service/Cargo.toml", manifest)], "service", &FACES);
    found.sort();
    assert_eq!(found, ["service depends on async-graphql-axum", "service depends on axum"]);
}

#[test]
fn the_domain_is_pure() {
    none(&impurities(&tree()));
}

#[test]
fn an_impurity_of_the_domain_is_found() {
    let found = impurities(&[
        File::new("domain/Cargo.toml", "[dependencies]\ntokio-util = '1'\nrandom-names = '1'"),
        File::new("domain/src/a/mod.rs", "async fn handle(\nasync fn other("),
        File::new("domain/src/a/decide.rs", "// Utc::now\nlet at = Utc::now();\nasync fn handle("),
        File::new("service/src/clock.rs", "Utc::now()"),
    ]);
    let expected = [
        "domain depends on tokio-util",
        "domain/src/a/mod.rs:2 is async",
        "domain/src/a/decide.rs:2 uses Utc::now",
        "domain/src/a/decide.rs:3 is async",
    ];
    assert_eq!(found, expected);
}

/// Time comes in from outside. `clippy.toml` bans it as well, but any line may lift that ban.
fn clocks(files: &[File]) -> Vec<String> {
    let files = production(files);
    let others = files.iter().filter(|file| file.path != "service/src/clock.rs");
    others
        .flat_map(|file| uses(file, &only(Piece::Code, &file.text), &["Utc::now", "Local::now"]))
        .collect()
}

#[test]
fn one_file_reads_the_clock() {
    none(&clocks(&tree()));
}

#[test]
fn a_second_clock_is_found() {
    let found = clocks(&[
        File::new("service/src/clock.rs", "Utc::now()"),
        File::new("eventlog/src/store.rs", "\nUtc::now()"),
        File::new("tests/bench/main.rs", "Utc::now()"),
    ]);
    assert_eq!(found, ["eventlog/src/store.rs:2 uses Utc::now"]);
}

/// What a command prints goes through one file, which knows what to do when nobody reads it.
fn printers(files: &[File]) -> Vec<String> {
    let files = production(files);
    let others = files.iter().filter(|file| !file.path.ends_with("build.rs"));
    others
        .flat_map(|file| uses(file, &only(Piece::Code, &file.text), &["println!", "eprintln!"]))
        .collect()
}

#[test]
fn commands_print_through_one_file() {
    none(&printers(&tree()));
}

#[test]
fn a_command_that_prints_past_it_is_found() {
    let found = printers(&[File::new("api/src/cli/a.rs", "\nprintln!()")]);
    assert_eq!(found, ["api/src/cli/a.rs:2 uses println!"]);
}

/// Why a file exists is said at its beginning.
fn without_an_opening(files: &[File]) -> Vec<String> {
    let rust = files.iter().filter(|file| file.is_rust() && !file.text.starts_with("//! "));
    rust.map(|file| format!("{} does not open with //!", file.path)).collect()
}

#[test]
fn every_file_says_why_it_exists() {
    none(&without_an_opening(&tree()));
}

#[test]
fn a_file_that_does_not_say_why_it_exists_is_found() {
    let found = without_an_opening(&[
        File::new("api/src/a.rs", "//! Why.\n"),
        File::new("api/src/b.rs", "// Why.\n"),
        File::new("api/src/c.rs", "\n//! Why.\n"),
        File::new("migrations/sqlite/0001_a.sql", ""),
    ]);
    let expected = ["api/src/b.rs", "api/src/c.rs"];
    assert_eq!(found, expected.map(|path| format!("{path} does not open with //!")));
}

/// Both databases have the same history.
fn unpaired_migrations(files: &[File]) -> Vec<String> {
    let names = |database: &str| -> BTreeSet<_> {
        let folder = format!("migrations/{database}/");
        files.iter().filter_map(|file| Some(file.path.strip_prefix(&folder)?.to_owned())).collect()
    };
    let (postgres, sqlite) = (names("postgres"), names("sqlite"));
    let one_only = postgres.symmetric_difference(&sqlite);
    one_only.map(|name| format!("{name} is there for one database only")).collect()
}

#[test]
fn every_migration_is_there_for_both_databases() {
    none(&unpaired_migrations(&tree()));
}

#[test]
fn a_migration_for_one_database_is_found() {
    let found = unpaired_migrations(&[
        File::new("migrations/postgres/0001_log.sql", ""),
        File::new("migrations/sqlite/0001_log.sql", ""),
        File::new("migrations/postgres/0002_a.sql", ""),
        File::new("migrations/sqlite/0003_b.sql", ""),
    ]);
    let expected = ["0002_a.sql", "0003_b.sql"];
    assert_eq!(found, expected.map(|name| format!("{name} is there for one database only")));
}

/// One SQL text runs on both databases. Only literals are looked at, because in code `now()` is a
/// call and `::text` a path; an exception that is none any more is a fault too.
fn dialects(files: &[File]) -> Vec<String> {
    let mut found = Vec::new();
    let mut unused: BTreeSet<_> = DIALECT_EXCEPTIONS.iter().map(|(path, _)| *path).collect();
    for file in production(files) {
        if file.path.starts_with("eventlog/") {
            continue;
        }
        let in_file = uses(&file, &only(Piece::Literal, &file.text), &DIALECT);
        let is_exception = DIALECT_EXCEPTIONS.iter().any(|(path, _)| *path == file.path);
        if !is_exception {
            found.extend(in_file);
        } else if !in_file.is_empty() {
            unused.remove(&file.path[..]);
        }
    }
    found.extend(unused.into_iter().map(|path| format!("{path} needs no exception")));
    found
}

#[test]
fn one_sql_text_runs_on_both_databases() {
    none(&dialects(&tree()));
}

#[test]
fn sql_for_one_database_is_found() {
    let sql = "//! PRAGMA\nquery(r#\"SELECT a::text FROM b\nWHERE c < now() FOR UPDATE\"#);\n";
    let found = dialects(&[
        File::new("projections/src/a.rs", sql),
        File::new("eventlog/src/a.rs", sql),
        File::new("api/src/a.rs", "clock::now(); kernel::text::parse(\"unknown()\");"),
    ]);
    let is_expected = |word: &str| found.iter().any(|message| message.ends_with(word));
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(["2 uses ::text", "3 uses now()", "3 uses FOR UPDATE"].into_iter().all(is_expected));
}

/// Macros hide what happens; the house has two.
fn foreign_macros(files: &[File]) -> Vec<String> {
    let mut found = Vec::new();
    for file in files.iter().filter(|file| file.is_rust()) {
        for (at, keyword) in only(Piece::Code, &file.text).match_indices("macro_rules!") {
            let behind = file.text[at + keyword.len()..].trim_start();
            let end = behind.find(|c: char| !c.is_alphanumeric() && c != '_');
            let name = &behind[..end.unwrap_or(behind.len())];
            if !MACROS.contains(&name) {
                found.push(format!("{} defines {name}!", file.place(at)));
            }
        }
    }
    found
}

#[test]
fn the_house_has_two_macros() {
    none(&foreign_macros(&tree()));
}

#[test]
fn a_third_macro_is_found() {
    let found = foreign_macros(&[
        File::new("eventlog/src/db.rs", "macro_rules! on_db { }\nmacro_rules! in_tx { }"),
        File::new("api/src/a.rs", "\nmacro_rules! resolver{ }"),
    ]);
    assert_eq!(found, ["api/src/a.rs:2 defines resolver!"]);
}

/// Long files have joints of their own along which they split.
fn long_files(files: &[File]) -> Vec<String> {
    let rust = files.iter().filter(|file| file.is_rust());
    let lengths = rust.map(|file| (&file.path, file.text.lines().count()));
    let long = lengths.filter(|(_, lines)| *lines > MAX_LINES);
    long.map(|(path, lines)| format!("{path} has {lines} lines")).collect()
}

#[test]
fn every_file_is_read_in_one_sitting() {
    none(&long_files(&tree()));
}

#[test]
fn a_file_for_two_sittings_is_found() {
    let found = long_files(&[
        File::new("api/src/a.rs", "\n".repeat(MAX_LINES)),
        File::new("api/src/b.rs", "\n".repeat(MAX_LINES + 1)),
    ]);
    assert_eq!(found, ["api/src/b.rs has 451 lines"]);
}

/// What is here works.
fn unfinished(files: &[File]) -> Vec<String> {
    let rust = files.iter().filter(|file| file.is_rust());
    rust.flat_map(|file| uses(file, &only(Piece::Code, &file.text), &["todo!", "unimplemented!"]))
        .collect()
}

#[test]
fn nothing_is_left_unfinished() {
    none(&unfinished(&tree()));
}

#[test]
fn something_unfinished_is_found() {
    let found = unfinished(&[
        File::new("api/src/a.rs", "fn a() {\n    todo!()\n}"),
        File::new("tests/a.rs", "// todo!\nlet text = \"unimplemented!\";"),
    ]);
    assert_eq!(found, ["api/src/a.rs:2 uses todo!"]);
}

/// Where the words stand in the file by themselves and not as the end of a longer name. `part` is
/// the file's text with everything blanked that does not count.
fn uses(file: &File, part: &str, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for word in words {
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        let is_end_of_a_name =
            |at: usize| word.starts_with(is_name) && part[..at].ends_with(is_name);
        let places = part.match_indices(word).filter(|(at, _)| !is_end_of_a_name(*at));
        found.extend(places.map(|(at, _)| format!("{} uses {word}", file.place(at))));
    }
    found
}

fn none(found: &[String]) {
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}
