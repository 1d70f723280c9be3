//! Names that state an environment: keys such as `APP_ENV`, values such as `production`, and names such as
//! `ProductionConfig`.

use std::sync::LazyLock;

use regex::bytes::Regex;

use crate::detect::surroundings::key_roles::words;

/// Words that name an environment in any text.
const ENVIRONMENTS: [&str; 17] = [
    "prod",
    "production",
    "prd",
    "nonprod",
    "nonproduction",
    "preprod",
    "preproduction",
    "staging",
    "stage",
    "stg",
    "uat",
    "qa",
    "test",
    "testing",
    "tst",
    "dev",
    "development",
];

/// Words of the name of a thing that holds settings. Beside one of them, the word of an environment means the environment.
const OF_SETTINGS: [&str; 19] = [
    "app",
    "application",
    "base",
    "conf",
    "config",
    "configs",
    "configuration",
    "credentials",
    "django",
    "env",
    "environment",
    "flask",
    "non",
    "pre",
    "properties",
    "secrets",
    "settings",
    "vars",
    "variables",
];

/// Greatest length of a statement in bytes.
const LONGEST: usize = 40;

/// Finds the beginnings of the words of environments in a text.
pub(super) fn beginnings() -> &'static Regex {
    static BEGINNINGS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new("(?i-u)prod|prd|stag|stg|uat|qa|te?st|dev").expect("the expression is correct")
    });
    &BEGINNINGS
}

/// Whether a word names an environment. Digits at its end say which of several.
pub(super) fn is_environment(word: &str) -> bool {
    let word = word.trim_end_matches(|c: char| c.is_ascii_digit());
    ENVIRONMENTS.contains(&word)
}

/// Whether a word is one that means another thing in many programs: a test of the program, a stage of a pipeline.
pub(super) fn is_ambiguous(word: &str) -> bool {
    matches!(word, "test" | "testing" | "stage")
}

/// Whether a name is that of an environment, alone or of its settings: `production`, `ProductionConfig`,
/// `non_prod_settings`. `more`: further words that may be in it.
pub(super) fn names_environment(name: &str, more: &[&str]) -> bool {
    if name.is_empty() || name.len() > LONGEST {
        return false;
    }
    let words = words(name);
    let rest = |word: &String| {
        is_environment(word)
            || OF_SETTINGS.contains(&word.as_str())
            || more.contains(&word.as_str())
    };
    words.iter().any(|word| is_environment(word)) && words.iter().all(rest)
}

/// Whether the value of a key is the name of an environment: `APP_ENV`, `environment`, `ASPNETCORE_ENVIRONMENT`,
/// `deployment.environment.name`.
pub(super) fn is_key_of_environment(key: &str) -> bool {
    if !contains(key, b"env") {
        return key.len() < 64 && contains(key, b"profile") && {
            let words = words(key);
            words == ["spring", "profiles", "active"]
                || words.ends_with(&["on".into(), "profile".into()])
        };
    }
    let words = words(key);
    let is_env =
        |word: Option<&String>| matches!(word.map(String::as_str), Some("env" | "environment"));
    match words.as_slice() {
        [.., of, last] if matches!(last.as_str(), "name" | "type" | "id") => is_env(Some(of)),
        words => is_env(words.last()),
    }
}

/// Whether a key is that of the profile to which a document of Spring's settings belongs.
pub(super) fn is_key_of_profile(key: &str) -> bool {
    // Few keys do, and their words are expensive to divide.
    if !contains(key, b"profile") {
        return false;
    }
    let words = words(key);
    words.ends_with(&["on".into(), "profile".into()]) || words == ["spring", "profiles"]
}

/// Whether a text contains a word, in any case.
fn contains(text: &str, word: &[u8]) -> bool {
    text.as_bytes()
        .windows(word.len())
        .any(|part| part.eq_ignore_ascii_case(word))
}

/// The statements in a value: itself, or the items of a list such as `prod,eu`. None if it is a variable, a negation or
/// no name.
pub(super) fn statements_in(value: &str) -> impl Iterator<Item = &str> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let is_list = |c: char| matches!(c, ',' | '|' | '&' | ' ' | '(' | ')');
    let whole = value.trim_matches(['[', ']', ' ']);
    let fits = whole.len() <= LONGEST
        && whole.starts_with(|c: char| c.is_ascii_alphabetic() || c == '(')
        && whole.chars().all(|c| is_name(c) || is_list(c))
        // Words after each other are a sentence.
        && !whole.split_whitespace().zip(whole.split_whitespace().skip(1)).any(|(one, two)| {
            one.ends_with(is_name) && two.starts_with(is_name)
        });
    let items = if fits { whole } else { "" };
    items.split(is_list).filter(|item| !item.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values_and_names() {
        for key in [
            "APP_ENV",
            "NODE_ENV",
            "ASPNETCORE_ENVIRONMENT",
            "environment",
            "Environment",
            "env",
            "app.env",
            "envName",
            "SPRING_PROFILES_ACTIVE",
            "spring.config.activate.on-profile",
        ] {
            assert!(is_key_of_environment(key), "{key}");
        }
        for key in [
            "envoy",
            "ENV_FILE",
            "environments",
            "stage",
            "profile",
            "invention",
            "event",
        ] {
            assert!(!is_key_of_environment(key), "{key}");
        }
        for (value, expected) in [
            ("production", "production"),
            (" prod,eu ", "prod eu"),
            ("(prod & eu)", "prod eu"),
            ("!prod", ""),
            ("${ENV:prod}", ""),
            ("in production", ""),
            ("{{ env }}", ""),
            ("1", ""),
        ] {
            assert_eq!(
                statements_in(value).collect::<Vec<_>>().join(" "),
                expected,
                "{value}"
            );
        }
        for name in [
            "ProductionConfig",
            "prod",
            "dev2",
            "non_prod_settings",
            "STAGING",
        ] {
            assert!(names_environment(name, &[]), "{name}");
        }
        for name in [
            "ProductConfig",
            "prodigy",
            "latest",
            "DatabaseConfig",
            "DevOps",
            "config",
            "",
        ] {
            assert!(!names_environment(name, &[]), "{name}");
        }
    }
}
