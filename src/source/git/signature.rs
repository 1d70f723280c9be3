//! Signatures: the authors of commits and the taggers of tags, with their times.

use super::object_header;
use super::pack::{ObjectId, ObjectKind, ObjectReader};

/// The author of a commit or the tagger of a tag, with the time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signature {
    /// `Name <mail>`; empty if malformed.
    pub who: String,
    /// The time in RFC 3339; empty if malformed.
    pub date: String,
    /// The time in seconds since 1970; zero if malformed.
    pub seconds: i64,
}

/// The author of a commit or the tagger of a tag. `None` if the object cannot be read.
pub fn author(reader: &mut ObjectReader, id: ObjectId) -> Option<Signature> {
    let (kind, bytes) = reader.object(id)?.ok()?;
    Some(signature(
        &bytes,
        if kind == ObjectKind::Tag {
            b"tagger"
        } else {
            b"author"
        },
    ))
}

fn signature(raw: &[u8], key: &[u8]) -> Signature {
    let Some(value) = object_header::field(raw, key) else {
        return Signature::default();
    };
    let text = String::from_utf8_lossy(value);
    let Some(close) = text.rfind('>') else {
        return Signature {
            who: text.trim().to_owned(),
            ..Signature::default()
        };
    };
    let (seconds, offset) = when(value);
    Signature {
        who: text[..=close].trim().to_owned(),
        date: rfc3339(seconds, offset).unwrap_or_default(),
        seconds,
    }
}

/// The `seconds ±hhmm` at the end of a signature, the offset converted to seconds; zero if
/// malformed.
pub(super) fn when(signature: &[u8]) -> (i64, i32) {
    let after = memchr::memrchr(b'>', signature).map_or(&[][..], |close| &signature[close + 1..]);
    let mut words = std::str::from_utf8(after)
        .unwrap_or_default()
        .split_whitespace();
    let seconds = words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
    (seconds, words.next().and_then(offset_seconds).unwrap_or(0))
}

fn offset_seconds(text: &str) -> Option<i32> {
    let number: i32 = text.parse().ok()?;
    (text.len() == 5).then_some((number / 100 * 60 + number % 100) * 60)
}

fn rfc3339(seconds: i64, offset: i32) -> Option<String> {
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::Offset::from_seconds(offset).ok()?);
    let zoned = jiff::Timestamp::from_second(seconds).ok()?.to_zoned(zone);
    Some(zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_read() {
        let raw = b"author A U Thor <a@x> 1700000000 +0530\ncommitter C <c@x> 1700000001 -0100\n\n";
        let by = signature(raw, b"author");
        assert_eq!(
            (by.who.as_str(), by.date.as_str()),
            ("A U Thor <a@x>", "2023-11-15T03:43:20+05:30")
        );
        let broken = signature(b"author broken\n", b"author");
        assert_eq!(
            broken,
            Signature {
                who: "broken".into(),
                ..Signature::default()
            }
        );
    }
}
