//! The template of a secret's name: text with placeholders.

use std::str::FromStr;

use crate::secrets_manager::SecretName;
use crate::text_type::text_type;

/// Text with placeholders in braces: `/{appid}/{appfunc}/{appenv}/{name}`.
///
/// The text between the placeholders has only characters that the name of a secret may contain.
#[derive(Clone, Debug)]
pub struct NameTemplate {
    text: String,
    parts: Vec<TemplatePart>,
}

/// A part of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplatePart {
    /// Text that is taken as it is. It is not empty.
    Text(String),
    /// The name between a pair of braces. It may be empty.
    Placeholder(String),
}

impl NameTemplate {
    /// The template as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The parts, in order.
    pub fn parts(&self) -> &[TemplatePart] {
        &self.parts
    }

    /// The names of the placeholders, in order.
    pub fn placeholders(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            TemplatePart::Placeholder(name) => Some(name.as_str()),
            TemplatePart::Text(_) => None,
        })
    }

    /// Whether the template has this placeholder.
    pub fn has_placeholder(&self, name: &str) -> bool {
        self.placeholders().any(|placeholder| placeholder == name)
    }
}

/// The text is no template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameTemplateError {
    /// A character that the name of a secret must not contain.
    #[error("{0:?} cannot be in a secret's name: only letters, digits and / _ + = . @ - can")]
    Character(char),
    /// A closing brace without an opening one.
    #[error("a `}}` without its `{{`")]
    Unopened,
    /// An opening brace without a closing one.
    #[error("a `{{` without its `}}`")]
    Unclosed,
}

impl FromStr for NameTemplate {
    type Err = NameTemplateError;

    fn from_str(text: &str) -> Result<Self, NameTemplateError> {
        let mut parts = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let end = rest.find(['{', '}']).unwrap_or(rest.len());
            let (literal, after) = rest.split_at(end);
            if let Some(bad) = literal.chars().find(|&c| !SecretName::allows(c)) {
                return Err(NameTemplateError::Character(bad));
            }
            if !literal.is_empty() {
                parts.push(TemplatePart::Text(literal.to_owned()));
            }
            rest = match after.strip_prefix('{') {
                None if after.is_empty() => break,
                None => return Err(NameTemplateError::Unopened),
                Some(inner) => {
                    let (name, rest) = inner.split_once('}').ok_or(NameTemplateError::Unclosed)?;
                    parts.push(TemplatePart::Placeholder(name.to_owned()));
                    rest
                }
            };
        }
        Ok(Self {
            text: text.to_owned(),
            parts,
        })
    }
}

text_type!(
    NameTemplate,
    "Template",
    "Text with placeholders in braces: `/{appid}/{name}`."
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_text_and_placeholders() {
        let template: NameTemplate = "/{appid}/x-{name}".parse().unwrap();
        let text = |text: &str| TemplatePart::Text(text.to_owned());
        let placeholder = |name: &str| TemplatePart::Placeholder(name.to_owned());
        assert_eq!(
            template.parts(),
            [
                text("/"),
                placeholder("appid"),
                text("/x-"),
                placeholder("name")
            ]
        );
        assert!(template.has_placeholder("name") && !template.has_placeholder("owner"));
        for (bad, error) in [
            ("{a", NameTemplateError::Unclosed),
            ("a}", NameTemplateError::Unopened),
            ("a b", NameTemplateError::Character(' ')),
            ("{a}{", NameTemplateError::Unclosed),
        ] {
            assert_eq!(bad.parse::<NameTemplate>().unwrap_err(), error, "{bad}");
        }
    }
}
