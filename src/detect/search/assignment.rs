//! Values that are assigned to a name with a secret-bearing last word.

use std::ops::Range;
use std::sync::Arc;

use super::line_search::LineSearch;
use crate::detect::candidate::Match;
use crate::detect::decode;
use crate::detect::event::Event;
use crate::detect::file_kind::FileKind;
use crate::detect::filters::{self, AssignedValue, PASSWORD_HASH};
use crate::detect::formats::name_ends::NAME_ENDS;
use crate::detect::formats::{self, Assignment, NoAssignment, Notation, Suffix, ValueSite};
use crate::detect::reading;
use crate::detect::searched_text::Text;
use crate::detect::value_reading::{ReadValue, Reread, ValueReader, end_doubt};
use crate::finding::{Certainty, Confidence, Context, Decoding, Doubt, Syntax};
use crate::secret::SecretValue;
use crate::steps;

/// The work of reading what stands beside a name, of examining a value, and the bytes of a value that
/// cost one unit more; see [`TextLimits::work`](crate::detect::text_limits::TextLimits::work).
const READING: usize = 1;
const EXAMINING: usize = 7;
const EXAMINED: usize = 128;

/// The most values that are examined around one byte: values without quotes may contain names with
/// values of their own, as in `a_key=b_key=c_key=…`. Each is examined as a whole, so that more of
/// them would cost more than their line has bytes.
const MOST_WITHIN: usize = 32;

/// The longest value of a line that is read without the reader of its text, in bytes.
const LONGEST_IN_TEXT: usize = 4096;

/// The least length of a password's hash that is reported, in bytes. Shorter ones are cut off.
const SHORTEST_HASH: usize = 20;

/// Endings of names whose values are public. `publickeytoken` belongs to the name of a .NET assembly,
/// `secwebsocketkey` opens a WebSocket in the clear (RFC 6455), `sitekey` shows a captcha, and
/// `applicationserverkey` and `vapidkey` subscribe a browser to messages.
const PUBLIC: [&str; 9] = [
    "publickey",
    "pubkey",
    "publishablekey",
    "publickeytoken",
    "secwebsocketkey",
    "sitekey",
    "applicationserverkey",
    "vapidkey",
    "publicapikey",
];

impl<'t> LineSearch<'_, 't> {
    fn reader(&self) -> ValueReader<'_, 't> {
        ValueReader {
            text: self.text,
            places: &self.places,
            read: 0,
        }
    }
}

impl LineSearch<'_, '_> {
    /// The rule for values of this name.
    pub(super) fn rule_of_name(
        &self,
        name: &Range<usize>,
        suffix: Option<Suffix>,
    ) -> Option<usize> {
        let normal = formats::name::normalise(&self.text.bytes[name.clone()]);
        let (word, rule) = self.index.names.of(&normal)?;
        if PUBLIC.into_iter().any(|end| normal.0.ends_with(end)) {
            return None;
        }
        // Any word may follow them in the name of something else: `key_order`, `pass_rate`.
        let is_vague = matches!(
            word,
            "key" | "auth" | "bearer" | "credential" | "credentials"
        ) || (word == "pass" && normal.0 == word);
        (suffix != Some(Suffix::Other) || !is_vague).then_some(rule)
    }

    /// Reads the assignment to the name that ends in the word, if there is one.
    pub(super) fn name(&mut self, word: Range<usize>) {
        if !self.text.is_plain() || word.end <= self.last_name_end || self.is_crowded(word.start) {
            return;
        }
        let bytes = self.text.bytes;
        self.spend(READING);
        let found = match formats::read_assignment(bytes, &word, self.text.kind) {
            Ok(found) => found,
            // `pass` of `password`: the event of the longer word is enough.
            Err(NoAssignment::NameGoesOn)
                if self.trace.is_on() && longer_name_end(bytes, &word) =>
            {
                return;
            }
            // An array follows an operator.
            Err(why)
                if !matches!(why, NoAssignment::NameGoesOn | NoAssignment::NoOperator)
                    && self.may_be_array(&word) =>
            {
                return;
            }
            Err(NoAssignment::Expression) if self.text.kind == FileKind::Code => {
                return self.may_be_text(word);
            }
            Err(NoAssignment::Column) if self.text.syntax != Syntax::Sql => {
                let why = NoAssignment::NoOperator;
                return self.trace.record(|| Event::NotAssigned { word, why });
            }
            Err(why) => {
                let name = if matches!(
                    why,
                    NoAssignment::Below | NoAssignment::Column | NoAssignment::Open(_)
                ) {
                    formats::name_stem(bytes, &word)
                } else {
                    None
                };
                if let Some(rule) = name.and_then(|(name, suffix)| self.rule_of_name(&name, suffix))
                {
                    if let NoAssignment::Open(at) = why {
                        self.examine_rest_of_line(at);
                    }
                    return self.defer(rule, word);
                }
                return self.trace.record(|| Event::NotAssigned { word, why });
            }
        };
        let Some(rule) = self.rule_of_name(&(found.name.start..found.stem), found.suffix) else {
            return self.trace.record(|| Event::OtherName { name: found.name });
        };
        // A name may have two such words (`…secret_key`): it is one assignment.
        self.last_name_end = found.name.end;
        // The dollar is escaped: the value refers to nothing.
        let is_escaped = has_escaped_dollar(&bytes[found.value.clone()]);
        if found.needs_text || is_escaped {
            return self.defer(rule, word);
        }
        self.assigned(rule, found);
    }

    /// Reads the assignment to the name that ends in the word, if the line alone did not show its value.
    pub(super) fn deferred_name(&mut self, rule: usize, word: Range<usize>) {
        if self.number_array(rule, &word) || self.is_crowded(word.start) {
            return;
        }
        let Text {
            bytes,
            kind,
            syntax,
            ..
        } = self.text;
        // The line would have been left only for an array.
        let is_expression = matches!(
            formats::read_assignment(bytes, &word, kind),
            Err(NoAssignment::Expression)
        );
        if is_expression && formats::byte_array::name_before_array(bytes, &word).is_some() {
            let why = NoAssignment::Expression;
            return self.trace.record(|| Event::NotAssigned { word, why });
        }
        let found = match formats::read_assignment(bytes, &word, kind) {
            Err(NoAssignment::Open(at))
                // `NAME='…'` goes on over lines in texts of shells and of `.env` files.
                if kind == FileKind::Code
                    && bytes[..at].ends_with(b"=")
                    && reading::read(bytes, at, self.text.syntax).is_err()
                    && self.places.is_within_text(at) =>
            {
                return self.text_in_program(rule, word);
            }
            Err(NoAssignment::Open(at)) => {
                Assignment::of_expression(bytes, &word, at).ok_or(NoAssignment::Open(at))
            }
            Err(NoAssignment::Expression) if kind == FileKind::Code => {
                return self.text_in_program(rule, word);
            }
            Err(NoAssignment::Column) if self.text.syntax == Syntax::Sql => {
                return self.column(rule, word);
            }
            // A value of these formats is a whole line.
            Err(NoAssignment::Below)
                if !matches!(syntax, Syntax::Properties | Syntax::Ini | Syntax::Systemd) =>
            {
                let items = formats::read_list(bytes, &word, kind);
                if !items.is_empty() {
                    for item in items {
                        self.assigned(rule, item);
                    }
                    return;
                }
                formats::read_value_below(bytes, &word, kind)
            }
            Err(_) => formats::read_value_below(bytes, &word, kind),
            found => found,
        };
        match found {
            Ok(mut found) => {
                found.needs_text = true;
                self.assigned(rule, found);
            }
            Err(why) => self.trace.record(|| Event::NotAssigned { word, why }),
        }
    }

    /// Reads the values of a column.
    fn column(&mut self, rule: usize, word: Range<usize>) {
        if self.is_crowded(word.start) {
            return;
        }
        match formats::column_values(self.text.bytes, &word) {
            Ok((values, rows_end)) => {
                self.examine_value(&(word.start..rows_end));
                for found in values {
                    self.assigned(rule, found);
                }
            }
            Err(why) => self.trace.record(|| Event::NotAssigned { word, why }),
        }
    }

    /// Makes a candidate of an assigned value, unless a filter or the model rejects it.
    #[expect(clippy::disallowed_methods, reason = "filters examine the value")]
    pub(super) fn assigned(&mut self, rule: usize, found: Assignment) {
        self.examine_value(&found.value);
        let Some(read) = self.read_assigned(rule, &found) else {
            return;
        };
        let bytes = self.text.bytes;
        let range = read.range.clone();
        let value = read.value.expose();
        let filter = self.reject_assigned(&found, &range, value);
        let is_hash = filter == Some(PASSWORD_HASH) && value.len() >= SHORTEST_HASH;
        let is_weak_word =
            filter.is_some_and(|filter| self.may_be_weak_word(&found, value, filter));
        let word = filter.filter(|_| is_weak_word);
        let filter = filter.filter(|_| !is_hash && !is_weak_word);
        let is_escaped = has_escaped_dollar(&bytes[range.clone()]);
        if let Some(filter) = filter.filter(|&filter| filter != "reference" || !is_escaped) {
            let is_misread = filter == "control-characters" && self.has_escapes(&found);
            if is_misread || filter == "too-short" && self.may_go_on(&found, range.end) {
                self.examine_rest_of_line(range.start);
                return self.defer(rule, found.name.start..found.stem);
            }
            return self.reject(rule, range, filter);
        }
        if filters::entropy(value) < self.index.rules[rule].min_entropy {
            return self.reject(rule, range, "low-entropy");
        }
        let confidence = match is_hash || is_weak_word {
            true => Some(Confidence::Low),
            false => self.judged_confidence(rule, &found, &read),
        };
        // The text around it may show that the value can be nothing but a password.
        let is_unlikely = confidence.is_none() && self.may_be_weak_password(&found, value);
        let unless_login = word.or(is_unlikely.then_some("unlikely"));
        let Some(confidence) = confidence.or(unless_login.map(|_| Confidence::Low)) else {
            return self.reject(rule, range, "unlikely");
        };
        let certainty = match found.needs_text {
            true => self
                .reader()
                .certainty_within_text(found.site, &range, read.certainty),
            false => read.certainty,
        };
        let key = String::from_utf8_lossy(&bytes[found.name]);
        let context = Context {
            key: Some(key.trim_start_matches('-').to_owned()),
            ..Context::default()
        };
        let spec = &self.index.rules[rule];
        let matched = Match {
            confidence: confidence.min(spec.confidence),
            context: Arc::new(context),
            certainty,
            site: (!found.needs_text).then_some(found.site),
            unless_login,
            ..Match::new(rule, spec, range, read.value, read.decoding)
        };
        self.prove(match is_hash {
            true => matched.into_password_hash(),
            false => matched,
        });
    }

    /// Reads an assigned value: by its notation, or by the whole text if the line does not show it. `None` if it cannot
    /// be read, which is recorded as rejected.
    #[expect(clippy::disallowed_methods, reason = "filters examine the value")]
    fn read_assigned(&mut self, rule: usize, found: &Assignment) -> Option<ReadValue> {
        let range = found.value.clone();
        let raw = &self.text.bytes[range.clone()];
        let key = &self.text.bytes[found.name.clone()];
        let decoding = match found.notation {
            Notation::Base64 => decode::steps_of_base64(raw),
            Notation::Plain | Notation::Backslash if formats::is_base64_by_convention(key, raw) => {
                decode::steps_of_base64(raw)
            }
            Notation::Plain => Vec::new(),
            Notation::Backslash => decode::steps_of_quoted(raw),
            Notation::Doubled => vec![Decoding::Doubled],
            Notation::Markup => decode::steps_of_markup(raw),
        };
        let value = SecretValue::new(decode::apply(raw, &decoding).unwrap_or_else(|| raw.to_vec()));
        let mut read = ReadValue {
            range: range.clone(),
            decoding,
            value,
            certainty: Certainty::Exact,
        };
        if !found.needs_text {
            return Some(read);
        }
        let mut reader = self.reader();
        let reread = reader.read(found.site, &range, &[]);
        // Values of honest texts lie beside each other. In others, each may go on to the end of the text.
        let examined = range.start..range.start + reader.read;
        self.examine_value(&examined);
        let rejected = match reread {
            Reread::Same(_) if range.is_empty() => match self.rest_in_text(found.site) {
                Some(rest) => {
                    read = rest;
                    None
                }
                None => Some((found.name.clone(), "unread")),
            },
            Reread::TooLong => Some((found.name.clone(), "too-long")),
            Reread::Same(certainty) => {
                read.certainty = certainty;
                None
            }
            Reread::Other(other) => {
                read = other;
                None
            }
        };
        // A text of several lines is searched by itself.
        let is_text = || filters::is_text_of_lines(read.value.expose());
        let rejected =
            rejected.or_else(|| is_text().then(|| (read.range.clone(), "several-lines")));
        match rejected {
            Some((range, filter)) => {
                self.reject(rule, range, filter);
                None
            }
            None => Some(read),
        }
    }

    /// A value within another text that the reader of the file cannot read, up to the end of its line. It may be one that
    /// has quotes within it.
    fn rest_in_text(&self, site: ValueSite) -> Option<ReadValue> {
        let bytes = self.text.bytes;
        let ValueSite::Expression(start) = site else {
            return None;
        };
        let is_variable = bytes[..start].ends_with(b"=");
        let is_bare = bytes.get(start).is_some_and(u8::is_ascii_alphanumeric);
        if !(is_variable && is_bare && self.places.is_within_text(start)) {
            return None;
        }
        let line = &bytes[start..bytes.len().min(start + LONGEST_IN_TEXT)];
        let line = line[..memchr::memchr2(b'\n', b'\r', line)?].trim_ascii_end();
        Some(ReadValue {
            range: start..start + line.len(),
            decoding: Vec::new(),
            value: SecretValue::new(line.to_vec()),
            certainty: Certainty::Doubtful(Doubt::Surroundings),
        })
    }

    /// Whether more of the text may belong to a value that ends at `end`, as far as its line shows.
    fn may_go_on(&self, found: &Assignment, end: usize) -> bool {
        let bytes = self.text.bytes;
        if found.needs_text || found.is_item || !self.has_reader(found.site) {
            return false;
        }
        // The next line may go on with a plain scalar. It must not decide: versions of a line are searched once.
        let ends_line = matches!(bytes[end..], [b'\n' | b'\r', ..]);
        // Something directly behind the closing quote: `'a'\''b'`, `'a''b'`, `'a\'b'`.
        let is_of_word =
            |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'\'' | b'"' | b'\\');
        let is_word_open = || found.quoted && bytes.get(end + 1).is_some_and(is_of_word);
        ends_line && self.text.syntax == Syntax::Yaml
            || is_word_open()
            || end_doubt(bytes, end).is_some()
    }

    /// Whether a value was read with escapes that its file's reader may not know: the literal may be a raw one.
    fn has_escapes(&self, found: &Assignment) -> bool {
        !found.needs_text && found.notation == Notation::Backslash && self.has_reader(found.site)
    }

    /// Whether a name at `at` is in too many values that were examined. Marks its line.
    fn is_crowded(&mut self, at: usize) -> bool {
        if self.open_values.len() < MOST_WITHIN {
            return false;
        }
        self.open_values.retain(|&end| end > at);
        let is_crowded = self.open_values.len() >= MOST_WITHIN;
        if is_crowded && at >= self.crowded_end {
            let rest = memchr::memchr(b'\n', &self.text.bytes[at..]);
            self.crowded_end = rest.map_or(self.text.bytes.len(), |length| at + length);
            self.found.crowded.push(at);
        }
        is_crowded
    }

    /// Records that a value is examined which begins at `at` and goes on to the end of the line or further.
    pub(super) fn examine_rest_of_line(&mut self, at: usize) {
        let bytes = self.text.bytes;
        let rest = memchr::memchr(b'\n', &bytes[at..]);
        self.examine_value(&(at..rest.map_or(bytes.len(), |length| at + length)));
    }

    /// Records that a value is examined by filters and the model.
    fn examine_value(&mut self, range: &Range<usize>) {
        self.spend(EXAMINING + range.len() / EXAMINED);
        steps::count(range.len());
        if self.open_values.len() >= MOST_WITHIN {
            let at = self.anchor;
            self.open_values.retain(|&end| end > at);
        }
        self.open_values.push(range.end);
    }

    /// Whether the reader of the file reads a value at this site.
    fn has_reader(&self, site: ValueSite) -> bool {
        site != ValueSite::Part || self.text.syntax == Syntax::Systemd
    }

    /// Name of the filter that rejects an assigned value.
    fn reject_assigned(
        &self,
        found: &Assignment,
        range: &Range<usize>,
        value: &[u8],
    ) -> Option<&'static str> {
        let kind = self.text.kind;
        let key = &self.text.bytes[found.name.clone()];
        let (quoted, loose) = (found.quoted, found.loose);
        // An escaped space is meant to be part of the value.
        let meant = found.notation == Notation::Backslash && !quoted;
        if value.is_empty() {
            return Some("too-short");
        }
        // The notation of encrypted values in Maven and Jenkins.
        if kind == FileKind::Markup && value.starts_with(b"{") && value.ends_with(b"=}") {
            return Some("encrypted");
        }
        // Sentences seldom end in a digit.
        let digit = value.last().is_some_and(u8::is_ascii_digit);
        let settings = meant || kind == FileKind::Dotenv || (kind != FileKind::Prose && digit);
        let filter = filters::reject_assignment(&AssignedValue {
            value,
            key,
            quoted,
            settings,
        });
        // In a file without expressions, `first.second` is a value.
        let data = matches!(kind, FileKind::Config | FileKind::Dotenv) || !loose;
        let is_setting = || {
            let ends_line = matches!(self.text.bytes[range.end..], [] | [b'\n' | b'\r', ..]);
            let may_be_code = |b: &u8| matches!(b, b'(' | b'[' | b':' | b'>');
            !value.iter().any(may_be_code) || ends_line && filters::is_unclosed(value)
        };
        if filter == Some("expression") && data && is_setting() {
            return filters::reject_assignment(&AssignedValue {
                value,
                key,
                quoted: true,
                settings,
            });
        }
        filter
    }
}

/// Whether a value has `$${` or `%%{`, by which HCL and Compose write `${` and `%{`.
fn has_escaped_dollar(raw: &[u8]) -> bool {
    memchr::memchr(b'{', raw).is_some()
        && (memchr::memmem::find(raw, b"$${").is_some()
            || memchr::memmem::find(raw, b"%%{").is_some())
}

/// Whether a longer one of [`NAME_ENDS`] begins where `word` does.
fn longer_name_end(text: &[u8], word: &Range<usize>) -> bool {
    NAME_ENDS
        .into_iter()
        .filter(|end| end.len() > word.len())
        .any(|end| {
            let there = text.get(word.start..word.start + end.len());
            there.is_some_and(|there| there.eq_ignore_ascii_case(end.as_bytes()))
        })
}
