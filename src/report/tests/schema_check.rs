//! Checks a value against one of our own schemas, as far as those go. A keyword that it does not
//! know is a panic, so that no schema can ask for something that the tests then pass over.

use serde_json::{Map, Value};

/// Where the value does not agree with the schema; empty when it does.
pub(crate) fn violations(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(schema, schema, value, "$", &mut found);
    found
}

fn check(root: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    let schema = match schema {
        Value::Object(schema) => schema,
        Value::Bool(true) => return,
        _ => return found.push(format!("{at}: nothing is allowed here")),
    };
    for (keyword, expected) in schema {
        let agrees = match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" | "default" | "format" => true,
            "properties" | "required" | "additionalProperties" | "items" => {
                check_parts(root, schema, keyword, value, at, found);
                true
            }
            "$ref" => {
                let pointer = expected.as_str().unwrap().strip_prefix('#').unwrap();
                check(root, root.pointer(pointer).unwrap(), value, at, found);
                true
            }
            "anyOf" | "oneOf" => {
                let fits = |schema: &&Value| {
                    let mut found = Vec::new();
                    check(root, schema, value, at, &mut found);
                    found.is_empty()
                };
                let fitting = expected.as_array().unwrap().iter().filter(fits).count();
                if keyword == "oneOf" {
                    fitting == 1
                } else {
                    fitting > 0
                }
            }
            "type" => match expected {
                Value::Array(types) => types.iter().any(|name| has_type(value, name)),
                name => has_type(value, name),
            },
            "const" => value == expected,
            "uniqueItems" => value.as_array().is_none_or(|items| {
                let mut rest = items.iter().enumerate();
                rest.all(|(at, item)| !items[..at].contains(item))
            }),
            "enum" => expected.as_array().unwrap().contains(value),
            "minimum" => value
                .as_f64()
                .is_none_or(|number| number >= expected.as_f64().unwrap()),
            "maximum" => value
                .as_f64()
                .is_none_or(|number| number <= expected.as_f64().unwrap()),
            "pattern" => {
                let pattern = regex::Regex::new(expected.as_str().unwrap()).unwrap();
                value.as_str().is_none_or(|text| pattern.is_match(text))
            }
            unknown => panic!("{at}: this check does not know `{unknown}`"),
        };
        if !agrees {
            found.push(format!("{at}: {value} is not of {keyword} {expected}"));
        }
    }
}

fn check_parts(
    root: &Value,
    schema: &Map<String, Value>,
    keyword: &str,
    value: &Value,
    at: &str,
    found: &mut Vec<String>,
) {
    match (keyword, value) {
        ("required", Value::Object(fields)) => {
            let names = schema[keyword]
                .as_array()
                .unwrap()
                .iter()
                .map(|name| name.as_str().unwrap());
            found.extend(
                names
                    .filter(|name| !fields.contains_key(*name))
                    .map(|name| format!("{at}: no {name}")),
            );
        }
        ("properties", Value::Object(fields)) => {
            for (name, schema) in schema[keyword].as_object().unwrap() {
                if let Some(field) = fields.get(name) {
                    check(root, schema, field, &format!("{at}.{name}"), found);
                }
            }
        }
        ("additionalProperties", Value::Object(fields)) => {
            let known = schema.get("properties").and_then(Value::as_object);
            for (name, field) in fields
                .iter()
                .filter(|(name, _)| known.is_none_or(|known| !known.contains_key(*name)))
            {
                check(
                    root,
                    &schema[keyword],
                    field,
                    &format!("{at}.{name}"),
                    found,
                );
            }
        }
        ("items", Value::Array(items)) => {
            for (index, item) in items.iter().enumerate() {
                check(
                    root,
                    &schema[keyword],
                    item,
                    &format!("{at}[{index}]"),
                    found,
                );
            }
        }
        _ => {}
    }
}

fn has_type(value: &Value, name: &Value) -> bool {
    match name.as_str().unwrap() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("no type is called {other}"),
    }
}
