//! The bytes at the beginning of the matches of an expression. Anchors are found in any case, and short ones are parts
//! of many words. Where every match begins with an anchor, a look at a few bytes shows that most anchors begin none.

use regex_syntax::hir::literal::Extractor;
use regex_syntax::hir::{Class, Hir, HirKind};

/// The most bytes of a beginning that are known: the bits of a row.
const LONGEST: usize = 32;

/// Expressions that begin with more branches than these have one beginning for all of them.
const MOST_BRANCHES: usize = 8;

/// The beginnings of the matches of an expression, one for each branch that it begins with.
#[derive(Debug)]
pub(super) struct MatchBeginning(Vec<Beginning>);

/// The bytes that a match may have at each of its first places.
#[derive(Debug)]
struct Beginning {
    /// For each byte, a bit for each place at which a match may have it.
    places: Box<[u32; 256]>,
    /// The number of places that every match has.
    length: usize,
}

/// The bytes at the places of a part of an expression.
struct Places {
    /// For each place, whether a match may have the byte there.
    bytes: Vec<[bool; 256]>,
    /// Whether each match of the part has this length, so that the next part follows.
    is_whole: bool,
}

impl MatchBeginning {
    /// The beginnings of the matches of an expression over bytes. `None` if a match may begin with something other than
    /// one of `anchors`, which are in lower case.
    pub fn of(hir: &Hir, anchors: &[String]) -> Option<Self> {
        let begins_with_anchor = |bytes: &[u8]| {
            let is_here = |anchor: &String| {
                let head = bytes.get(..anchor.len());
                head.is_some_and(|head| head.eq_ignore_ascii_case(anchor.as_bytes()))
            };
            anchors.iter().any(is_here)
        };
        let prefixes = Extractor::new().extract(hir);
        let all = prefixes.literals().filter(|all| !all.is_empty())?;
        if !all
            .iter()
            .all(|prefix| begins_with_anchor(prefix.as_bytes()))
        {
            return None;
        }
        Some(Self(branches(hir).iter().map(Beginning::of).collect()))
    }

    /// The beginnings of the matches of an expression over bytes. `None` if it does not parse.
    pub fn of_expression(source: &str) -> Option<Self> {
        let mut parser = regex_syntax::ParserBuilder::new()
            .unicode(false)
            .utf8(false)
            .build();
        let hir = parser.parse(source).ok()?;
        Some(Self(branches(&hir).iter().map(Beginning::of).collect()))
    }

    /// Whether a match may begin at `at`. False means that none does.
    pub fn may_be_at(&self, text: &[u8], at: usize) -> bool {
        self.0.iter().any(|beginning| beginning.is_at(text, at))
    }
}

/// The branches that an expression begins with, each with the rest of the expression.
fn branches(hir: &Hir) -> Vec<Hir> {
    let parts = match hir.kind() {
        HirKind::Concat(parts) => parts.as_slice(),
        _ => std::slice::from_ref(hir),
    };
    let is_look = |part: &Hir| matches!(part.kind(), HirKind::Look(_));
    let looks = parts.iter().take_while(|part| is_look(part)).count();
    match parts.get(looks).map(Hir::kind) {
        Some(HirKind::Alternation(branches)) if branches.len() <= MOST_BRANCHES => {
            let rest = &parts[looks + 1..];
            let with_rest =
                |branch: &Hir| Hir::concat([std::slice::from_ref(branch), rest].concat());
            branches.iter().map(with_rest).collect()
        }
        _ => vec![hir.clone()],
    }
}

impl Beginning {
    fn of(hir: &Hir) -> Self {
        let places = places_of(hir);
        let mut rows = Box::new([0; 256]);
        for (place, bytes) in places.bytes.iter().enumerate() {
            for (row, &may_be) in rows.iter_mut().zip(bytes) {
                *row |= u32::from(may_be) << place;
            }
        }
        Self {
            places: rows,
            length: places.bytes.len(),
        }
    }

    fn is_at(&self, text: &[u8], at: usize) -> bool {
        let Some(head) = text.get(at..at + self.length) else {
            return false;
        };
        let mut places = head.iter().enumerate();
        places.all(|(place, &byte)| self.places[usize::from(byte)] >> place & 1 == 1)
    }
}

fn places_of(hir: &Hir) -> Places {
    let mut places = match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Places::none(true),
        HirKind::Literal(literal) => Places {
            bytes: literal.0.iter().map(|&byte| only(byte..=byte)).collect(),
            is_whole: true,
        },
        HirKind::Class(Class::Bytes(class)) => {
            let mut bytes = [false; 256];
            for range in class.ranges() {
                bytes[usize::from(range.start())..=usize::from(range.end())].fill(true);
            }
            Places {
                bytes: vec![bytes],
                is_whole: true,
            }
        }
        HirKind::Class(Class::Unicode(_)) => Places::none(false),
        HirKind::Capture(capture) => places_of(&capture.sub),
        HirKind::Repetition(repetition) => {
            let least = repetition.min as usize;
            let once = match least {
                0 => Places::none(false),
                _ => places_of(&repetition.sub),
            };
            let mut all = Places::none(repetition.max == Some(repetition.min));
            for _ in 0..least.min(LONGEST) {
                all.bytes.extend_from_slice(&once.bytes);
                if !once.is_whole {
                    all.is_whole = false;
                    break;
                }
            }
            all
        }
        HirKind::Concat(parts) => {
            let mut all = Places::none(true);
            for part in parts {
                let next = places_of(part);
                all.bytes.extend(next.bytes);
                all.is_whole = next.is_whole;
                if !all.is_whole || all.bytes.len() >= LONGEST {
                    break;
                }
            }
            all
        }
        HirKind::Alternation(branches) => {
            let mut branches = branches.iter().map(places_of);
            let first = branches.next().unwrap_or(Places::none(false));
            branches.fold(first, Places::or)
        }
    };
    if places.bytes.len() > LONGEST {
        places.bytes.truncate(LONGEST);
        places.is_whole = false;
    }
    places
}

fn only(range: std::ops::RangeInclusive<u8>) -> [bool; 256] {
    std::array::from_fn(|byte| range.contains(&(byte as u8)))
}

impl Places {
    fn none(is_whole: bool) -> Self {
        Self {
            bytes: Vec::new(),
            is_whole,
        }
    }

    /// The places of either part, as far as both have them.
    fn or(mut self, other: Self) -> Self {
        self.is_whole &= other.is_whole && self.bytes.len() == other.bytes.len();
        self.bytes.truncate(other.bytes.len());
        for (own, others) in self.bytes.iter_mut().zip(&other.bytes) {
            own.iter_mut()
                .zip(others)
                .for_each(|(own, other)| *own |= other);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beginning(source: &str, anchors: &[&str]) -> Option<MatchBeginning> {
        let mut parser = regex_syntax::ParserBuilder::new()
            .unicode(false)
            .utf8(false)
            .build();
        let anchors: Vec<String> = anchors.iter().map(|&anchor| anchor.to_owned()).collect();
        MatchBeginning::of(&parser.parse(source).unwrap(), &anchors)
    }

    #[test]
    fn the_first_bytes_of_a_match_are_known() {
        let key = beginning(r"\bS[AU]AB[A-Z2-7]{6,9}\b", &["saab", "suab"]).unwrap();
        for (text, expected) in [
            ("SAABCDEFGH", true),
            ("SUAB234567", true),
            ("saabcdefgh", false),
            ("SAABCD-FGH", false),
            ("SAABCDEFG", false),
            ("SAAB01EFGH", false),
        ] {
            assert_eq!(key.may_be_at(text.as_bytes(), 0), expected, "{text}");
        }
        let either = beginning(
            r#"(?:["=]|\\n)pat(?P<secret>[a-z]{3})x?"#,
            &["\"pat", "=pat", "\\npat"],
        )
        .unwrap();
        for (text, expected) in [
            ("\"patabc", true),
            ("\\npatabc", true),
            ("\\npatab", false),
            ("=Patabc", false),
            ("=pat", false),
        ] {
            assert_eq!(either.may_be_at(text.as_bytes(), 0), expected, "{text}");
        }
    }

    #[test]
    fn matches_that_begin_before_their_anchor_are_not_known() {
        assert!(beginning(r"[a-z]{3}pat", &["pat"]).is_none());
        assert!(beginning(r"(?:x|pat)y", &["pat"]).is_none());
        assert!(beginning(r"x?pat", &["pat"]).is_none());
    }
}
