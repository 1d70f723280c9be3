//! The events of a YAML text, one by one, as the reader's own parser (libyaml) makes them.
//!
//! The reader itself takes all events of a text before it looks at the first, so that a hostile text
//! costs its whole time before any limit of depth counts.

#![expect(
    unsafe_code,
    reason = "libyaml-rs is a translation from C; each block has its argument"
)]

use std::ffi::{CStr, c_char};
use std::marker::PhantomData;
use std::mem::MaybeUninit;

use libyaml_rs as sys;

/// An event, as far as the shape of the text depends on it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// A mapping or a sequence begins, perhaps with an anchor.
    Start(Option<Vec<u8>>),
    /// A mapping or a sequence ends.
    End,
    /// A scalar, perhaps with an anchor.
    Scalar(Option<Vec<u8>>, Scalar),
    /// An alias of an anchor.
    Alias(Vec<u8>),
    /// The text ends.
    StreamEnd,
    /// Any other event.
    Other,
}

/// The text of a scalar.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Scalar {
    /// The text, without quotes and escapes.
    pub text: String,
    /// It is written without quotes.
    pub is_plain: bool,
}

/// The events of a text. It ends at the first mistake, which the reader reports.
pub(super) struct Events<'a> {
    parser: Box<MaybeUninit<sys::yaml_parser_t>>,
    text: PhantomData<&'a str>,
}

impl<'a> Events<'a> {
    /// Begins to parse a text.
    pub(super) fn of(text: &'a str) -> Self {
        let mut parser = Box::new(MaybeUninit::uninit());
        let at: *mut sys::yaml_parser_t = parser.as_mut_ptr();
        // SAFETY: `at` is valid for writes, and `initialize` sets every field. The parser has no input and no encoding yet,
        // as the other two calls demand. It keeps a pointer to the text, which outlives it because of `'a`, and is never
        // moved, because it is in a box.
        unsafe {
            // It fails only if memory is short, and then aborts.
            let _ = sys::yaml_parser_initialize(at);
            sys::yaml_parser_set_encoding(at, sys::YAML_UTF8_ENCODING);
            sys::yaml_parser_set_input_string(at, text.as_ptr(), text.len() as u64);
        }
        Self {
            parser,
            text: PhantomData,
        }
    }

    /// The next event with its line and column, from 1; `None` at a mistake.
    pub(super) fn next(&mut self) -> Option<(Event, (usize, usize))> {
        let parser = self.parser.as_mut_ptr();
        let mut event = MaybeUninit::<sys::yaml_event_t>::uninit();
        // SAFETY: the parser is initialised. `parse` sets the whole event, also when it fails. The fields that are read are
        // those of the event's type, and their pointers are valid until `delete`, which frees what this event owns.
        unsafe {
            if sys::yaml_parser_parse(parser, event.as_mut_ptr()).fail {
                return None;
            }
            let mut event = event.assume_init();
            let shape = match event.type_ {
                sys::YAML_STREAM_END_EVENT => Event::StreamEnd,
                sys::YAML_SEQUENCE_START_EVENT => {
                    Event::Start(anchor(event.data.sequence_start.anchor))
                }
                sys::YAML_MAPPING_START_EVENT => {
                    Event::Start(anchor(event.data.mapping_start.anchor))
                }
                sys::YAML_SEQUENCE_END_EVENT | sys::YAML_MAPPING_END_EVENT => Event::End,
                sys::YAML_ALIAS_EVENT => {
                    Event::Alias(anchor(event.data.alias.anchor).unwrap_or_default())
                }
                sys::YAML_SCALAR_EVENT => {
                    let scalar = event.data.scalar;
                    let bytes = std::slice::from_raw_parts(scalar.value, scalar.length as usize);
                    let read = Scalar {
                        text: String::from_utf8_lossy(bytes).into_owned(),
                        is_plain: scalar.style == sys::YAML_PLAIN_SCALAR_STYLE,
                    };
                    Event::Scalar(anchor(scalar.anchor), read)
                }
                _ => Event::Other,
            };
            let mark = event.start_mark;
            sys::yaml_event_delete(&mut event);
            Some((shape, (mark.line as usize + 1, mark.column as usize + 1)))
        }
    }
}

impl Drop for Events<'_> {
    fn drop(&mut self) {
        // SAFETY: the parser is initialised, and is not used afterwards.
        unsafe { sys::yaml_parser_delete(self.parser.as_mut_ptr()) }
    }
}

/// The name of an anchor.
///
/// # Safety
/// The pointer is null, or leads to bytes that end with NUL.
unsafe fn anchor(name: *mut u8) -> Option<Vec<u8>> {
    // SAFETY: the caller's promise.
    (!name.is_null()).then(|| {
        unsafe { CStr::from_ptr(name.cast::<c_char>()) }
            .to_bytes()
            .to_vec()
    })
}
