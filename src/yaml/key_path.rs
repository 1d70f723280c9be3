//! Key paths in a YAML text, and their places.

use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess};

/// One step of a key path: `decisions[2].when` is `Key("decisions")`, `Index(2)`, `Key("when")`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A key of a mapping.
    Key(String),
    /// An index of a list, from 0.
    Index(usize),
}

impl From<&str> for Step {
    fn from(key: &str) -> Self {
        Step::Key(key.to_owned())
    }
}

impl From<usize> for Step {
    fn from(index: usize) -> Self {
        Step::Index(index)
    }
}

/// A key path from keys and indexes: `key_path!["decisions", index, "when"]`
macro_rules! key_path {
    ($($step:expr),* $(,)?) => { vec![$($crate::yaml::Step::from($step)),*] };
}
pub(crate) use key_path;

/// The text of a key path: `decisions[2].when`.
pub(super) fn show(steps: &[Step]) -> String {
    let mut out = String::new();
    for step in steps {
        match step {
            Step::Key(key) if out.is_empty() => out.push_str(key),
            Step::Key(key) => out.push_str(&format!(".{key}")),
            Step::Index(index) => out.push_str(&format!("[{index}]")),
        }
    }
    out
}

/// Line and column, from 1, of the value at a key path. If the path does not exist, of its last
/// part that does.
pub(crate) fn locate(text: &str, steps: &[Step]) -> (usize, usize) {
    // The seeker fails on purpose at the value: the reader then says where it was.
    match Seek(steps).deserialize(serde_yaml::Deserializer::from_str(text)) {
        Err(error) => error
            .location()
            .map_or((1, 1), |at| (at.line(), at.column())),
        Ok(()) => (1, 1),
    }
}

struct Seek<'a>(&'a [Step]);

impl<'de> DeserializeSeed<'de> for Seek<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// Scalars fail by the default methods of the trait.
impl<'de> de::Visitor<'de> for Seek<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the value at the key path")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        if let [Step::Key(wanted), rest @ ..] = self.0 {
            while let Some(key) = map.next_key::<String>()? {
                if key == *wanted {
                    map.next_value_seed(Seek(rest))?;
                } else {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Err(de::Error::custom("here"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        if let [Step::Index(wanted), rest @ ..] = self.0 {
            for _ in 0..*wanted {
                seq.next_element::<IgnoredAny>()?;
            }
            seq.next_element_seed(Seek(rest))?;
        }
        Err(de::Error::custom("here"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_found() {
        let text = "schema: 1\nlist:\n  - a: 1\n  - a: [x, y]\n    b: text\n";
        for (at, place) in [
            (key_path!["list", 1, "a", 1], (4, 12)),
            (key_path!["list", 1, "b"], (5, 8)),
            (key_path!["list", 1, "missing"], (4, 5)),
            (key_path!["list", 7], (3, 3)),
            (key_path!["none"], (1, 1)),
        ] {
            assert_eq!(locate(text, &at), place, "{}", show(&at));
        }
    }
}
