//! Access to private items of this module, for the fuzz targets in `fuzz/`.

use super::der;

/// Greatest depth of elements of indefinite length within each other.
pub const DEEPEST: u8 = der::DEEPEST;

/// An element of DER or BER at the beginning of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element<'a> {
    /// The identifier byte: class, form and number of the type.
    pub tag: u8,
    /// The content bytes.
    pub content: &'a [u8],
    /// The bytes after the element.
    pub rest: &'a [u8],
}

/// The element that `bytes` begin with; `None` if they begin with none.
pub fn element(bytes: &[u8]) -> Option<Element<'_>> {
    der::element(bytes).map(|it| Element {
        tag: it.tag,
        content: it.content,
        rest: it.rest,
    })
}
