//! The line around a value, as terminals show it.

use serde::{Deserialize, Serialize};

/// The line that a value is on, without the value. Other secrets of the line are masked, and parts far from the
/// value are left out. The text is that of the repository: it must be escaped before it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excerpt {
    /// The text before the value. It begins with [`Self::LEFT_OUT`] if it is not all.
    pub before: String,
    /// The fixed prefix of the value (`ghp_`), if the line has it.
    pub prefix: String,
    /// The text behind the value on the same line. It ends with [`Self::LEFT_OUT`] if it is not all.
    pub after: String,
}

impl Excerpt {
    /// Stands for any secret. Its width tells nothing of the secret's length.
    pub const MASK: &'static str = "********";
    /// Stands for text that is left out.
    pub const LEFT_OUT: char = '…';
    /// The most characters on each side.
    pub const MOST: usize = 160;
}
