//! Encoded text within a text: base64 and hex, UTF-16, and the escapes of strings, URLs, markup and
//! mail. `docs/design/layers.md` has the design.
//!
//! A line shows only that an encoded span begins in it (`locate`). The span is decoded when the
//! whole text is known (`decoded_span`), since base64 may go on in the next lines. A value behind
//! an encoding is recorded as the bytes of the file that it was made of, and the steps that make it
//! (`source_map`).

mod base64_runs;
mod decoded_span;
mod locate;
mod source_map;
mod text_shape;

pub(super) use decoded_span::{Budget, DecodedSpan, SpanError};
pub(super) use locate::{base64_end, encoded_runs, escape_after, is_uri_behind, unspaced_token};
