//! The key of a use of a secret, and the name that it has within the id of the use.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::secret::hex;

/// What identifies a use among those of one secret.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields, default)]
pub struct UseKey {
    /// The application. Absent if it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub appid: Option<String>,
    /// The environment. Absent if it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub appenv: Option<String>,
    /// The repository, if the application is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
}

/// A person's choice for a secret with several uses.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum UseChoice {
    /// Each use gets a secret of its own.
    Separate,
    /// All uses share one secret.
    Together,
}

impl UseChoice {
    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Separate => "separate",
            Self::Together => "together",
        }
    }
}

impl UseKey {
    /// The name of the use within an id: `ord001/prod`. A part that is not known is `@`; `@` before a name means a
    /// repository.
    pub fn name(&self) -> String {
        let application = match (&self.appid, &self.repository) {
            (Some(appid), _) => name_part(appid),
            (None, Some(repository)) => format!("@{}", name_part(repository)),
            (None, None) => "@".to_owned(),
        };
        let environment = self.appenv.as_deref().map_or("@".to_owned(), name_part);
        format!("{application}/{environment}")
    }

    /// Whether this key has all parts that another one has, except for its repository.
    pub fn refines(&self, open: &UseKey) -> bool {
        let fits = |own: &Option<String>, open: &Option<String>| open.is_none() || own == open;
        fits(&self.appid, &open.appid) && fits(&self.appenv, &open.appenv)
    }
}

/// Text in the characters of an id. Other bytes become `=` and two hex digits; a long text ends in a digest.
fn name_part(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | b'-' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("={byte:02X}")),
        }
    }
    if out.len() > LONGEST {
        out.truncate(LONGEST - 18);
        out.push_str("=h");
        out.push_str(&hex(&Sha256::digest(text)[..8]));
    }
    out
}
