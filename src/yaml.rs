//! Reading the files that people write: every mistake is told with its file, line and column.
//!
//! The YAML reader gives the place of a mistake of form. A mistake of meaning (a placeholder that is no field) is found
//! after reading, when places are gone; [`locate`] reads the text a second time to find the place of a key path.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::de::{
    self, Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, IgnoredAny, MapAccess,
    SeqAccess,
};

use crate::text_type::parse_text;

/// A file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("cannot read {}: {source}", path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    /// `line` and `column` are 1-based.
    #[error("{}:{line}:{column}: {message}", path.display())]
    Wrong {
        path: PathBuf,
        line: usize,
        column: usize,
        message: String,
    },
}

/// One step of a key path: `decisions[2].when` is `Key("decisions")`, `Index(2)`, `Key("when")`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Key(String),
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

/// `keys![ "decisions", index, "when" ]`
macro_rules! keys {
    ($($step:expr),* $(,)?) => { vec![$($crate::yaml::Step::from($step)),*] };
}
pub(crate) use keys;

/// A mistake of meaning, and where it is.
#[derive(Debug)]
pub(crate) struct Mistake {
    pub at: Vec<Step>,
    pub message: String,
}

impl Mistake {
    pub fn new(at: Vec<Step>, message: impl Into<String>) -> Self {
        Self {
            at,
            message: message.into(),
        }
    }
}

pub(crate) fn read_text(path: &Path) -> Result<String, FileError> {
    std::fs::read_to_string(path).map_err(|source| FileError::Read {
        path: path.to_owned(),
        source,
    })
}

/// Reads a YAML text; `path` is only for messages.
pub(crate) fn from_yaml<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T, FileError> {
    serde_yaml::from_str(text).map_err(|error| {
        let (line, column) = error
            .location()
            .map_or((1, 1), |at| (at.line(), at.column()));
        let mut message = error.to_string();
        // The place stands before the message already.
        let place = format!(" at line {line} column {column}");
        if let Some(without) = message.strip_suffix(&place) {
            message.truncate(without.len());
        }
        if text.trim().is_empty() {
            message = "the file is empty".to_owned();
        }
        let (line, column) = second(text, (line, column), &message).unwrap_or((line, column));
        FileError::Wrong {
            path: path.to_owned(),
            line,
            column,
            message,
        }
    })
}

/// Where a key stands that its mapping has already, of which the reader only tells where it begins. `None` if that is not the
/// mistake, or the mapping is not one key a line.
fn second(text: &str, (line, column): (usize, usize), message: &str) -> Option<(usize, usize)> {
    let key = message
        .rsplit_once("duplicate field `")?
        .1
        .strip_suffix('`')?;
    let within =
        |line: &&str| line.trim().is_empty() || line.len() - line.trim_start().len() + 1 >= column;
    let same = |line: &str| {
        let after = line
            .get(column - 1..)
            .and_then(|rest| rest.strip_prefix(key));
        after.is_some_and(|after| after.trim_start().starts_with(':'))
            && line[..column - 1].trim().is_empty()
    };
    let lines = text
        .lines()
        .enumerate()
        .skip(line - 1)
        .take_while(|(_, line)| within(line));
    let (at, _) = lines.filter(|(_, line)| same(line)).nth(1)?;
    Some((at + 1, column))
}

/// Whether the section that a key path begins with stands in `text`.
pub(crate) fn has(text: &str, steps: &[Step]) -> bool {
    let sections: BTreeMap<String, IgnoredAny> = serde_yaml::from_str(text).unwrap_or_default();
    matches!(steps.first(), Some(Step::Key(section)) if sections.contains_key(section))
}

/// Turns a mistake of meaning into an error with its place in `text`.
pub(crate) fn wrong(path: &Path, text: &str, mistake: &Mistake) -> FileError {
    let (line, column) = locate(text, &mistake.at);
    let message = format!("{}: {}", show(&mistake.at), mistake.message);
    FileError::Wrong {
        path: path.to_owned(),
        line,
        column,
        message,
    }
}

fn show(steps: &[Step]) -> String {
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

/// Line and column, 1-based, of the value at a key path; of the last thing on the way that exists, otherwise.
pub(crate) fn locate(text: &str, steps: &[Step]) -> (usize, usize) {
    // The seeker fails on purpose when it stands before the value: the reader then says where it was.
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
        f.write_str("the place that is looked for")
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

/// `schema: 1`, checked where it stands, so that a file of a later format is refused for that and not for its new fields.
pub(crate) fn schema_one<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    struct One;
    impl FromStr for One {
        type Err = String;
        fn from_str(text: &str) -> Result<Self, String> {
            if text == "1" {
                Ok(One)
            } else {
                Err(format!("format {text} is unknown; this version reads 1"))
            }
        }
    }
    parse_text::<D, One>(deserializer).map(|_| 1)
}

/// A mapping whose keys differ: the reader would let the last of two equal keys win in silence.
pub(crate) fn unique<'de, D, K, V>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
where
    D: Deserializer<'de>,
    K: Deserialize<'de> + Ord + fmt::Display,
    V: Deserialize<'de>,
{
    struct Unique<K, V>(PhantomData<(K, V)>);
    impl<'de, K, V> de::Visitor<'de> for Unique<K, V>
    where
        K: Deserialize<'de> + Ord + fmt::Display,
        V: Deserialize<'de>,
    {
        type Value = BTreeMap<K, V>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a mapping")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut out = BTreeMap::new();
            while let Some(key) = map.next_key::<K>()? {
                let value = map.next_value()?;
                if out.contains_key(&key) {
                    return Err(de::Error::custom(format!("`{key}` is given twice")));
                }
                out.insert(key, value);
            }
            Ok(out)
        }
    }
    deserializer.deserialize_map(Unique(PhantomData))
}

/// A list that holds something: an empty list in a condition reads as "nothing" and would mean "anything".
pub(crate) fn some<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    let list = Vec::deserialize(deserializer)?;
    if list.is_empty() {
        Err(de::Error::custom("a list is empty; leave it out instead"))
    } else {
        Ok(list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_found() {
        let text = "schema: 1\nlist:\n  - a: 1\n  - a: [x, y]\n    b: text\n";
        for (at, place) in [
            (keys!["list", 1, "a", 1], (4, 12)),
            (keys!["list", 1, "b"], (5, 8)),
            (keys!["list", 1, "missing"], (4, 5)),
            (keys!["list", 7], (3, 3)),
            (keys!["none"], (1, 1)),
        ] {
            assert_eq!(locate(text, &at), place, "{}", show(&at));
        }
    }

    #[test]
    fn twice_is_an_error() {
        #[derive(Debug, serde::Deserialize)]
        struct File {
            #[serde(deserialize_with = "unique")]
            #[expect(dead_code)]
            map: BTreeMap<String, u32>,
        }
        let error = from_yaml::<File>(Path::new("f.yaml"), "map:\n  a: 1\n  a: 2\n").unwrap_err();
        assert_eq!(error.to_string(), "f.yaml:2:3: map: `a` is given twice");
    }
}
