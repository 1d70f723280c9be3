//! Rules that a form or a structure checks a field with.

/// Whether a value is a list of such rules: `required|min:12|confirmed` of Laravel and CodeIgniter, `required,gte=8` of
/// Go's validator.
pub(super) fn is_validation_rule(value: &[u8]) -> bool {
    const LONGEST: usize = 300;
    const WORDS: [&str; 48] = [
        "required",
        "nullable",
        "sometimes",
        "filled",
        "present",
        "prohibited",
        "string",
        "integer",
        "numeric",
        "boolean",
        "array",
        "email",
        "confirmed",
        "current_password",
        "password",
        "bail",
        "min",
        "max",
        "size",
        "between",
        "digits",
        "alpha",
        "alpha_num",
        "alpha_dash",
        "alphanum",
        "ascii",
        "regex",
        "not_regex",
        "in",
        "not_in",
        "unique",
        "exists",
        "same",
        "different",
        "trim",
        "xss_clean",
        "matches",
        "min_length",
        "max_length",
        "exact_length",
        "omitempty",
        "len",
        "gte",
        "lte",
        "gt",
        "lt",
        "eqfield",
        "nefield",
    ];
    // Each list has a second rule, or an argument.
    if !value
        .iter()
        .any(|b| matches!(b, b'|' | b',' | b':' | b'=' | b'['))
    {
        return false;
    }
    let Some(text) = std::str::from_utf8(value)
        .ok()
        .filter(|text| text.len() <= LONGEST)
    else {
        return false;
    };
    let separator = if text.contains('|') { '|' } else { ',' };
    let name = |rule: &str| {
        let end = rule.find([':', '=', '[']).unwrap_or(rule.len());
        rule[..end].trim().to_owned()
    };
    let is_named =
        |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    let is_known = |name: &str| {
        let conditional = name
            .split_once("_if")
            .or_else(|| name.split_once("_with"))
            .or_else(|| name.split_once("_unless"));
        WORDS.contains(&conditional.map_or(name, |(name, _)| name))
    };
    let names: Vec<String> = text.split(separator).map(name).collect();
    let has_argument = text.contains([':', '=', '[']);
    (names.len() > 1 || has_argument)
        && names.iter().all(|name| is_named(name))
        && is_known(&names[0])
        && names.iter().filter(|name| is_known(name)).count() * 2 >= names.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_told_from_passwords() {
        for rule in [
            "required|min:12|confirmed",
            "required|string|size:40",
            "required_if:type,new|max:255",
            "trim|required|min_length[8]",
            "required,gte=8",
            "min:8",
            "omitempty,min=8,custom",
        ] {
            assert!(is_validation_rule(rule.as_bytes()), "{rule}");
        }
        for value in [
            "required",
            "winter|2024",
            "min,winter,tiger",
            "max:Winter2024|x7",
            "a=b",
            "",
            "|",
            "string",
        ] {
            assert!(!is_validation_rule(value.as_bytes()), "{value}");
        }
    }
}
