//! The environment that the text around a value states: `APP_ENV=production` beside it, `class ProductionConfig` around
//! it, `on-profile: prod` in its document.
//!
//! The statement that is nearest to the value counts. Only words of the text are reported; the policy says which
//! environment they mean. Settings are read from the tree of the text, programs from the indentation of its lines.

mod code_blocks;
mod environment_names;
mod header;
mod stated_settings;

use std::rc::Rc;

pub(super) use self::code_blocks::CodeBlocks;
pub(super) use self::stated_settings::{StatedSettings, node_of_block};

/// The statements about one scope. Several contradict each other, or say the same in other words.
pub(super) type Statements = Rc<[String]>;

/// Greatest number of different statements of a scope. More of them say no less.
const MOST_STATEMENTS: usize = 4;

/// Adds a statement, unless it is known.
fn add(statements: &mut Vec<String>, text: &str) {
    if statements.len() < MOST_STATEMENTS && !statements.iter().any(|known| known == text) {
        statements.push(text.to_owned());
    }
}
