//! Rules as data: one YAML file per provider or family, checked when it is loaded.
//!
//! A rule finds its value in one of four ways, and states exactly one of them:
//! - `pattern`: a regular expression, and the `anchors` without which it cannot match;
//! - `keywords` and `value`: a value of that shape, assigned to a name that contains a keyword;
//! - `names`: any value assigned to a name that ends in one of these words (see [`super::formats`]);
//! - `format`: values at the places that a file format defines.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::proof::ProofName;
use super::proof::key_store::StoreFormat;
use crate::finding::{Confidence, Kind};

/// A file of rules.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleFile {
    /// Version of this format: 1.
    pub schema: u32,
    /// The provider that issues the credentials, or the program that uses them.
    pub provider: String,
    /// The access that such a secret gives to its holder, for the person who decides.
    pub opens: String,
    /// Public documentation of the format or of the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The rules of the file.
    pub rules: Vec<RuleSpec>,
}

impl RuleFile {
    /// Adds the rules and the description of another file of the same provider.
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

/// A rule as a file states it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleSpec {
    /// Unique among all rules; lower-case letters, digits and `-`.
    pub id: String,
    /// The kind of value that the rule finds, for people.
    pub name: String,
    /// The kind of secret that a finding of this rule is.
    pub kind: Kind,
    /// The confidence of a finding, before proof and classifier.
    pub confidence: Confidence,
    /// The access that this secret gives, where it differs from the description of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens: Option<String>,
    /// Literals of at least three bytes, one of which is in every match of `pattern`. ASCII case is
    /// ignored.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub anchors: Vec<String>,
    /// Byte-oriented regular expression (`\w`, `\d`, `\b` are ASCII). The value is the group
    /// `secret` if there is one, and the whole match otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// Words, one of which is in the name that the value is assigned to. `_` matches one of `_`,
    /// `-` and `.`, or nothing. A keyword that begins with a word of four letters or fewer matches
    /// only where a word of the name begins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// Words, one of which comes after the keyword in the same name, for values that may also be
    /// mere identifiers. `_` is read as in `keywords`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub followed_by: Vec<String>,
    /// Regular expression of the whole value, for `keywords`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Regular expression for words, one of which is on any line within 512 bytes of the value, for names or values that
    /// say too little by themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub near: Option<String>,
    /// Words, one of which ends the name of an assignment: `password` also finds `dbPassword` and
    /// `DB_PASSWORD`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// Bytes that a match may cover beyond the line of its anchor, in either direction. With 0, a
    /// match stays within a line.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub reach: u32,
    /// Least Shannon entropy of the value, in bits a character.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_entropy: Option<f64>,
    /// Whether people choose the value, like a password. The filters of `names` rules then apply to
    /// it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub chosen: bool,
    /// Whether the value is written in base64.
    #[serde(default, skip_serializing_if = "is_false")]
    pub base64: bool,
    /// The file format that defines the places of values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<FormatName>,
    /// Offline proof: a value that fails is rejected, and one that passes has high confidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<ProofName>,
    /// The part that the value has in a credential of several values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<PartSpec>,
    /// Texts in each of which the rule finds exactly one value. `<<alnum 36>>` is replaced by
    /// generated characters, see `detect::example`.
    pub examples: Vec<String>,
    /// Similar texts in which the rule finds nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub negatives: Vec<String>,
}

/// The part that a value has in a credential of several values, such as the id and the secret of an access key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PartSpec {
    /// The credential. All rules that find a part of it have the same word.
    pub of: String,
    /// The name of the part, as the tools of the provider write it in JSON and settings: `aws_access_key_id`.
    pub name: String,
    /// The part is the secret of the credential. The others belong to it. Each credential has one such part, which a rule
    /// with `value` finds, or one with `names`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub secret: bool,
}

/// Whether a number is the default and not written.
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// Whether a flag is the default and not written.
fn is_false(flag: &bool) -> bool {
    !flag
}

/// File formats that define the places of values.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum FormatName {
    /// Files of credentials only (`.pgpass`, `master.key`), each line of which matches `pattern` as
    /// a whole.
    Lines,
    /// `data` and `stringData` of a Kubernetes Secret, whose `kind` begins with one of `anchors`.
    KubernetesSecret,
    /// Members of a JSON object whose `type` is one of `anchors`, as in credential files of Google.
    /// `names` are the secret members.
    TypedObject,
    /// The private members of a JSON Web Key, which has a member with the name `anchors`.
    JsonWebKey,
    /// A PKCS#12 store from the first byte of a file, or of bytes in base64 or hex.
    Pkcs12Store,
    /// A JKS or JCEKS store, in the same places.
    JavaStore,
    /// A BKS, UBER or BCFKS store, in the same places.
    BouncyCastleStore,
}

impl FormatName {
    /// The family of key stores, for the formats that are key stores.
    pub fn store(self) -> Option<StoreFormat> {
        match self {
            FormatName::Pkcs12Store => Some(StoreFormat::Pkcs12),
            FormatName::JavaStore => Some(StoreFormat::Java),
            FormatName::BouncyCastleStore => Some(StoreFormat::BouncyCastle),
            FormatName::Lines
            | FormatName::KubernetesSecret
            | FormatName::TypedObject
            | FormatName::JsonWebKey => None,
        }
    }
}
