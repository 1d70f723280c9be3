//! The lines of the entries of a section, all in one pass: to look for each of them alone would take
//! time in proportion to the square of their number.

use super::event_stream::{Event, Events};

/// The form of a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SectionForm {
    /// A mapping: an entry begins with its key.
    Mapping,
    /// A list.
    List,
}

/// The entries of a top-level section: the key of each (empty in a list) and its line, from 1.
pub(crate) fn entry_lines(text: &str, section: &str, form: SectionForm) -> Vec<(String, usize)> {
    let mut entries = Vec::new();
    let mut walk = TopLevel::of(text);
    while let Some(node) = walk.next_node() {
        let inside = walk.section.as_deref() == Some(section);
        if inside && node.depth == 2 && (form == SectionForm::List || node.number % 2 == 0) {
            let key = match form {
                SectionForm::Mapping => node.text.unwrap_or_default(),
                SectionForm::List => String::new(),
            };
            entries.push((key, node.line));
        }
    }
    entries
}

/// The text of a scalar at the top level.
pub(crate) fn top_scalar(text: &str, key: &str) -> Option<String> {
    let mut walk = TopLevel::of(text);
    while let Some(node) = walk.next_node() {
        if node.depth == 1 && node.number % 2 == 1 && walk.section.as_deref() == Some(key) {
            return node.text;
        }
    }
    None
}

/// A value, a key, a list or a mapping.
struct Node {
    /// The number of lists and mappings around it.
    depth: usize,
    /// Its number in the one around it, from 0. In a mapping, keys have even numbers.
    number: usize,
    /// The text of a scalar.
    text: Option<String>,
    line: usize,
}

/// The nodes of a document, with the key of the top level that each of them belongs to.
struct TopLevel<'a> {
    events: Events<'a>,
    /// The number of nodes so far in each open list or mapping; the document is first.
    open: Vec<usize>,
    section: Option<String>,
}

impl<'a> TopLevel<'a> {
    fn of(text: &'a str) -> Self {
        Self {
            events: Events::of(text),
            open: vec![0],
            section: None,
        }
    }

    /// The next node, before those within it.
    fn next_node(&mut self) -> Option<Node> {
        loop {
            let (event, (line, _)) = self.events.next()?;
            let (text, opens) = match event {
                Event::StreamEnd => return None,
                Event::Other => continue,
                Event::End => {
                    self.open.pop();
                    continue;
                }
                Event::Start(_) => (None, true),
                Event::Alias(_) => (None, false),
                Event::Scalar(_, scalar) => (Some(scalar.text), false),
            };
            let depth = self.open.len() - 1;
            let count = self.open.last_mut()?;
            let number = *count;
            *count += 1;
            if depth == 1 && number % 2 == 0 {
                self.section.clone_from(&text);
            }
            if opens {
                self.open.push(0);
            }
            return Some(Node {
                depth,
                number,
                text,
                line,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_has_its_line() {
        let text = "other: [[a], {statements: [x]}]\n\"statements\":\n  # why\n  - { a: [1, 2], b: &x c }\n  -\n    a: 1\n  - *x\n\
                    more:\n  - z\n";
        let lines = |section, form| -> Vec<usize> {
            let found = entry_lines(text, section, form);
            found.into_iter().map(|(_, line)| line).collect()
        };
        assert_eq!(lines("statements", SectionForm::List), [4, 6, 7]);
        assert!(lines("none", SectionForm::List).is_empty());
        let text = "schema: '1'\ndecisions:\n  a: { b: c }\n  ? b\n  : {}\n  'c':\n    x: 1\n";
        let found = entry_lines(text, "decisions", SectionForm::Mapping);
        let expected = [("a", 3), ("b", 4), ("c", 6)].map(|(key, line)| (key.to_owned(), line));
        assert_eq!(found, expected);
        assert_eq!(top_scalar(text, "schema").as_deref(), Some("1"));
        assert_eq!(top_scalar(text, "decisions"), None);
        assert_eq!(top_scalar("- schema", "schema"), None);
    }
}
