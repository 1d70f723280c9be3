//! A scalar's text and place.

use super::context::{Context, Flow};

/// What the forms of scalars need to be read.
#[derive(Clone, Copy)]
pub(super) struct Source<'t> {
    pub text: &'t [u8],
    pub context: Context,
    /// Whether `$` begins a variable, as in Docker Compose.
    pub has_variables: bool,
}

impl Source<'_> {
    /// Whether the scalar is in brackets for certain.
    pub fn is_flow(self) -> bool {
        matches!(self.context.flow, Flow::In(_))
    }
}
