//! What lists of the GraphQL face cost. A list without a cost can be asked for by hundreds of aliases
//! for next to nothing.

use super::none;
use super::source::{File, Piece, only, production, tree};

/// Lists in the GraphQL face whose fields do not say what they cost: a field costs what is selected
/// of it, and a list that much for each of its items.
fn lists_without_a_cost(files: &[File]) -> Vec<String> {
    let mut found = Vec::new();
    for file in production(files).iter().filter(|file| file.path.starts_with("api/src/graphql/")) {
        let code = only(Piece::Code, &file.text);
        for (at, _) in code.match_indices("\n    async fn ") {
            let Some(body) = code[at..].find(" {\n") else { continue };
            let Some((_, output)) = code[at..at + body].rsplit_once("-> ") else { continue };
            let output = output.trim().trim_start_matches("Result<").trim_start_matches("Option<");
            // Events are what watches are made of, and no field.
            let is_list = output.starts_with("Vec<") && !output.starts_with("Vec<Arc<Recorded");
            let before = &code[..=at];
            let above = before.rsplit_once("\n\n").map_or(before, |(_, above)| above);
            if is_list && !above.contains("complexity = ") {
                found.push(format!("{} gives a list without a cost", file.place(at + 1)));
            }
        }
    }
    found
}

#[test]
fn every_list_says_what_it_costs() {
    none(&lists_without_a_cost(&tree()));
}

#[test]
fn a_list_without_a_cost_is_found() {
    let text = "impl A {\n    /// All.\n    #[graphql(complexity = \"10\")]\n    async fn a(&self) \
                -> Vec<B> {\n    }\n\n    async fn b(&self) -> Result<Option<Vec<B>>> {\n    }\n\n    \
                async fn c(\n        &self,\n    ) -> Vec<B> {\n    }\n\n    async fn d(&self) -> B {\n    }\n}";
    let found = lists_without_a_cost(&[File::new("api/src/graphql/a.rs", text)]);
    let expected =
        [7, 10].map(|line| format!("api/src/graphql/a.rs:{line} gives a list without a cost"));
    assert_eq!(found, expected);
}
