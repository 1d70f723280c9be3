//! Rules as data: one YAML file per provider or family, checked when it is loaded.
//!
//! A rule finds its value in one of four ways, and names exactly one of them:
//! - `pattern`: a regular expression and the `anchors` it cannot match without;
//! - `keywords` and `value`: a value of that shape assigned to a name that holds a keyword;
//! - `names`: any value assigned to a name that ends in one of these words (see [`super::formats`]);
//! - `format`: values that stand as one format has them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::proof::ProofName;
use super::proof::key_store::StoreFormat;
use crate::finding::{Confidence, Kind};

/// One file of rules.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleFile {
    /// Version of this format: 1.
    pub schema: u32,
    /// Whose credentials these are.
    pub provider: String,
    /// What a holder of such a secret can do: for the person who decides.
    pub opens: String,
    /// Public documentation of the format or of the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    pub rules: Vec<RuleSpec>,
}

impl RuleFile {
    /// Takes the rules of another file of the same provider in, and what it says of them.
    pub fn add(&mut self, other: RuleFile) {
        if !self.opens.contains(&other.opens) {
            self.opens = [self.opens.as_str(), &other.opens]
                .join(" ")
                .trim()
                .to_owned();
        }
        self.reference = self.reference.take().or(other.reference);
        self.rules.extend(other.rules);
    }
}

/// A rule as written.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleSpec {
    /// Unique among all rules; lower-case letters, digits and `-`.
    pub id: String,
    /// What it finds, for people.
    pub name: String,
    pub kind: Kind,
    pub confidence: Confidence,
    /// What a holder of this one can do, where it is not what the file says of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens: Option<String>,
    /// Literals of at least three bytes, one of which is in every match of `pattern`. Compared without regard to ASCII case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub anchors: Vec<String>,
    /// Byte-oriented regular expression (`\w`, `\d`, `\b` are ASCII). The group `secret`, if there is one, is the value; otherwise the whole match is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// Words, one of which is in the name that the value is assigned to. `_` stands for one of `_`, `-` and `.`, or for
    /// nothing. One that begins with a word of four letters or fewer is found only where a word of the name begins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// Words, one of which comes after the keyword in the same name, for values that may also be mere identifiers. `_` is
    /// read as in `keywords`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub followed_by: Vec<String>,
    /// Regular expression of the whole value, for `keywords`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Words that end the name of an assignment: `password` also finds `dbPassword` and `DB_PASSWORD`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// Bytes that a match may cover beyond the line of its anchor, in either direction. 0: a match stays within a line.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub reach: u32,
    /// Least Shannon entropy of the value, in bits a character.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_entropy: Option<f64>,
    /// The value is one that people choose, as passwords are: what filters reject beside `names` is rejected here too.
    #[serde(default, skip_serializing_if = "is_false")]
    pub chosen: bool,
    /// The value stands there in base64.
    #[serde(default, skip_serializing_if = "is_false")]
    pub base64: bool,
    /// The format that says where values stand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<FormatName>,
    /// Offline proof: a value that fails is rejected, one that passes has high confidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<ProofName>,
    /// Texts in which the rule finds exactly one value. `<<alnum 36>>` stands for made-up characters, see `detect::example`.
    pub examples: Vec<String>,
    /// Texts that look alike and in which it finds nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub negatives: Vec<String>,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// Formats that a rule can be for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum FormatName {
    /// Lines of files that hold credentials and nothing else (`.pgpass`, `master.key`), each of which `pattern` describes whole.
    Lines,
    /// `data` of a Kubernetes Secret; `anchors` are in every such document.
    KubernetesSecret,
    /// A member of a JSON object that says in `type` that it is one of `anchors`, as credential files of Google do; `names` are
    /// the members that are secret.
    TypedObject,
    /// A file, or what is in base64 or hex, that is a PKCS#12 store from its first byte.
    Pkcs12Store,
    /// The same for JKS and JCEKS.
    JavaStore,
    /// The same for BKS, UBER and BCFKS.
    BouncyCastleStore,
}

impl FormatName {
    /// The format of stores that it names, if it does.
    pub fn store(self) -> Option<StoreFormat> {
        match self {
            FormatName::Pkcs12Store => Some(StoreFormat::Pkcs12),
            FormatName::JavaStore => Some(StoreFormat::Java),
            FormatName::BouncyCastleStore => Some(StoreFormat::BouncyCastle),
            FormatName::Lines | FormatName::KubernetesSecret | FormatName::TypedObject => None,
        }
    }
}
