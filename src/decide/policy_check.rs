//! Checks of a policy beyond its form: its sections must agree with each other and with the limits
//! of Secrets Manager.

use std::collections::{BTreeMap, BTreeSet};

use super::lifecycle_check;
use super::policy::{BUILT_IN_FIELDS, LIFECYCLE_TAGS, Policy};
use super::rule_check::{RulePlace, check_condition, err, is_identifier, rule_path};
use super::rule_ids::RESERVED;
use crate::inventory::entry::Outcome;
use crate::secrets_manager::TAGS_MAX;
use crate::yaml::{Mistake, key_path};

/// The first mistake, in the order of the sections.
pub(super) fn first_mistake(policy: &Policy) -> Option<Mistake> {
    [
        fields,
        naming,
        tags,
        metadata,
        decisions,
        lifecycle_check::replacements,
        lifecycle_check::rotations,
        target,
    ]
    .into_iter()
    .find_map(|section| section(policy).err())
}

fn fields(policy: &Policy) -> Result<(), Mistake> {
    for (name, field) in &policy.fields {
        let at = key_path!["fields", name.as_str()];
        // `path` is a column of the registry that selects.
        let is_taken = [&BUILT_IN_FIELDS[..], &LIFECYCLE_TAGS].concat();
        if is_taken.contains(&name.as_str()) || name == "path" {
            return err(
                at,
                format!("`{name}` cannot be a field: the word has another meaning"),
            );
        }
        if !is_identifier(name, "_-") {
            return err(
                at,
                "a field's name is lower-case letters, digits, `-` and `_`: IAM compares keys by case",
            );
        }
        if !field.values.is_empty() && field.pattern.is_some() {
            return err(at, "give `values` or `pattern`, not both");
        }
        if let Some(other) = &field.identifies {
            let at = key_path!["fields", name.as_str(), "identifies"];
            if other == name {
                return err(at, "a field cannot identify itself");
            }
            if let Err(error) = policy.check_field_name(other) {
                return err(at, error.to_string());
            }
        }
    }
    Ok(())
}

fn naming(policy: &Policy) -> Result<(), Mistake> {
    let at = || key_path!["naming", "template"];
    let template = &policy.naming.template;
    for placeholder in template.placeholders() {
        if !policy.fields.contains_key(placeholder) && !BUILT_IN_FIELDS.contains(&placeholder) {
            let known = known(policy);
            return err(
                at(),
                format!("unknown placeholder `{{{placeholder}}}`; known ones are {known}"),
            );
        }
    }
    if !template
        .placeholders()
        .any(|name| name == "name" || name == "id")
    {
        return err(
            at(),
            format!(
                "`{template}` would give every secret of an application the same name: add {{name}} or {{id}}"
            ),
        );
    }
    if template
        .placeholders()
        .filter(|&name| name == "name")
        .count()
        > 1
    {
        return err(at(), "{name} stands in it twice");
    }
    Ok(())
}

fn known(policy: &Policy) -> String {
    let names: Vec<&str> = policy
        .fields
        .keys()
        .map(String::as_str)
        .chain(BUILT_IN_FIELDS)
        .collect();
    names.join(", ")
}

fn tags(policy: &Policy) -> Result<(), Mistake> {
    let tags = &policy.tags;
    let mut seen = BTreeMap::new();
    let keys = tags
        .fields
        .keys()
        .map(|key| ("fields", key))
        .chain(tags.constants.keys().map(|key| ("constants", key)));
    for (part, key) in keys {
        let at = key_path!["tags", part, key.as_str()];
        if let Some(other) = seen.insert(key.as_str().to_lowercase(), key) {
            return err(
                at,
                format!(
                    "`{key}` and `{other}` are one key to some of IAM and two to the rest: keep one"
                ),
            );
        }
    }
    if seen.len() > TAGS_MAX {
        return err(
            key_path!["tags"],
            format!("{} tags; a secret has at most {}", seen.len(), TAGS_MAX),
        );
    }
    for (key, field) in &tags.fields {
        let built_in = [&BUILT_IN_FIELDS[..], &LIFECYCLE_TAGS].concat();
        if !policy.fields.contains_key(field) && !built_in.contains(&field.as_str()) {
            let known = format!("{}, {}", known(policy), LIFECYCLE_TAGS.join(", "));
            return err(
                key_path!["tags", "fields", key.as_str()],
                format!("unknown field `{field}`; known ones are {known}"),
            );
        }
    }
    Ok(())
}

fn metadata(policy: &Policy) -> Result<(), Mistake> {
    for (field, value) in &policy.metadata.defaults {
        if let Err(error) = policy.check_field(field, value) {
            return err(
                key_path!["metadata", "defaults", field.as_str()],
                error.to_string(),
            );
        }
    }
    for (index, field) in policy.metadata.compared.iter().enumerate() {
        if let Err(error) = policy.check_field_name(field) {
            return err(key_path!["metadata", "compared", index], error.to_string());
        }
    }
    for (index, rule) in policy.metadata.rules.iter().enumerate() {
        for (field, value) in &rule.set {
            if let Err(error) = policy.check_field(field, value) {
                let section = key_path!["metadata", "rules"];
                let origin = policy.metadata.rules.origin(index);
                let key = key_path!["set", field.as_str()];
                return err(rule_path(section, origin, key), error.to_string());
            }
        }
    }
    Ok(())
}

fn decisions(policy: &Policy) -> Result<(), Mistake> {
    let mut ids = BTreeSet::new();
    for (index, rule) in policy.decisions.iter().enumerate() {
        let place = RulePlace {
            section: "decisions",
            origin: policy.decisions.origin(index),
        };
        place.check_id(&rule.id, &RESERVED, &mut ids)?;
        place.check_reason(&rule.reason)?;
        place.check_questions(rule.then == Outcome::Review, "review", &rule.questions)?;
        check_condition(&rule.when, &place.key("when"), policy)?;
    }
    Ok(())
}

fn target(policy: &Policy) -> Result<(), Mistake> {
    if let (Some(key), Some(region)) = (&policy.target.kms_key, &policy.target.region)
        && key.region() != region
    {
        let message = format!(
            "the key is in {}, the secrets go to {region}: a key serves its own Region",
            key.region()
        );
        return err(key_path!["target", "kms_key"], message);
    }
    for (name, price) in [
        ("secret_month", policy.price.secret_month),
        ("calls_10000", policy.price.calls_10000),
    ] {
        if !price.is_finite() || price < 0.0 {
            return err(key_path!["price", name], format!("{price} is no price"));
        }
    }
    Ok(())
}
