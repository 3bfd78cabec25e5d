//! How large a document is once its fragments are written out. Fragments that spread others twice
//! grow by doubling, so that a few lines can keep the validation busy for ever; what is counted
//! here is each fragment once, before anything else looks at the document.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};

/// Deeper nesting is refused by the validation in any case, and would only use up the stack here.
const DEEPEST: usize = 64;

/// The number of selections in all of a document's operations, with their fragments written out.
/// A document that nests without end has no size; for it, the largest number is given.
pub(super) fn expanded_size(document: &ExecutableDocument) -> usize {
    expanded(document, &|_| 1)
}

/// The weight of all selections in a document's operations, with their fragments written out.
pub(super) fn expanded<'a>(
    document: &'a ExecutableDocument,
    weigh: &'a dyn Fn(&Selection) -> usize,
) -> usize {
    let mut counter = Counter { document, weigh, fragments: HashMap::new() };
    let operations = document.operations.iter();
    let sizes =
        operations.map(|(_, operation)| counter.size(&operation.node.selection_set.node, 0));
    sizes.fold(0, usize::saturating_add)
}

struct Counter<'a> {
    document: &'a ExecutableDocument,
    weigh: &'a dyn Fn(&Selection) -> usize,
    /// The fragments that were counted; none for one that is being counted.
    fragments: HashMap<&'a str, Option<usize>>,
}

impl<'a> Counter<'a> {
    fn size(&mut self, selections: &'a SelectionSet, depth: usize) -> usize {
        if depth > DEEPEST {
            return usize::MAX;
        }
        let mut size = 0_usize;
        for selection in &selections.items {
            size = size.saturating_add((self.weigh)(&selection.node));
            let within = match &selection.node {
                Selection::Field(field) => self.size(&field.node.selection_set.node, depth + 1),
                Selection::InlineFragment(fragment) => {
                    self.size(&fragment.node.selection_set.node, depth + 1)
                }
                Selection::FragmentSpread(spread) => {
                    self.fragment(spread.node.fragment_name.node.as_str(), depth + 1)
                }
            };
            size = size.saturating_add(within);
        }
        size
    }

    fn fragment(&mut self, name: &'a str, depth: usize) -> usize {
        match self.fragments.get(name) {
            Some(Some(size)) => return *size,
            // It spreads itself.
            Some(None) => return usize::MAX,
            None => {}
        }
        let Some(fragment) = self.document.fragments.get(name) else { return 0 };
        self.fragments.insert(name, None);
        let size = self.size(&fragment.node.selection_set.node, depth);
        self.fragments.insert(name, Some(size));
        size
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    fn size(document: &str) -> usize {
        expanded_size(&parse_query(document).expect("it is a document"))
    }

    #[test]
    fn a_fragment_counts_wherever_it_is_spread() {
        assert_eq!(size("{ a { b c } }"), 3);
        assert_eq!(size("{ ...F x: a ...F } fragment F on Query { b { c } }"), 3 + 2 * 2);
        assert_eq!(size("{ ... { a } ...Missing }"), 3);
    }

    #[test]
    fn doubling_is_counted_without_being_carried_out() {
        let spread = |n: u32| format!("fragment F{n} on Query {{ ...F{} ...F{} }} ", n + 1, n + 1);
        let all: String = (0..60).map(spread).collect();
        let document = format!("{{ ...F0 }} {all} fragment F60 on Query {{ a }}");
        assert!(size(&document) > 1 << 59);
    }

    #[test]
    fn what_nests_without_end_has_the_largest_size() {
        assert_eq!(size("{ ...F } fragment F on Query { a ...F }"), usize::MAX);
        let chain = |n: u32| format!("fragment F{n} on Query {{ ...F{} }} ", n + 1);
        let all: String = (0..5_000).map(chain).collect();
        assert_eq!(size(&format!("{{ ...F0 }} {all}")), usize::MAX);
    }
}
