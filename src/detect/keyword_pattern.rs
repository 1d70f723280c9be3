//! Anchors and the expression of a rule by keyword: `keyword … operator … value` on one line.

/// The separators that the `_` of a keyword matches. Two words may also be joined without one.
const SEPARATORS: [&str; 4] = ["_", "-", ".", ""];

/// A keyword whose first word is shorter than this is found only where a word of the name begins:
/// `box_key` is in `dropbox_key`, too.
const SHORT: usize = 5;

/// Literals, one of which is in every name that holds the keyword: its first two words, joined in
/// every way.
pub(super) fn keyword_anchors(keyword: &str) -> Vec<String> {
    let mut words = keyword.split('_');
    match (words.next(), words.next()) {
        (Some(first), Some(second)) => SEPARATORS
            .map(|separator| [first, separator, second].concat())
            .to_vec(),
        _ => vec![keyword.to_owned()],
    }
}

/// The expression for a value assigned to a name with a keyword, on one line:
/// `keyword … operator … value`.
pub(super) fn keyword_pattern(keywords: &[String], followed_by: &[String], value: &str) -> String {
    let joined = |word: &str| {
        word.split('_')
            .map(regex::escape)
            .collect::<Vec<_>>()
            .join("[_.-]?")
    };
    let short = |word: &&String| {
        word.split('_')
            .next()
            .is_some_and(|first| first.len() < SHORT)
    };
    let any_of = |words: Vec<&String>| {
        format!(
            "(?i:{})",
            words
                .iter()
                .map(|word| joined(word))
                .collect::<Vec<_>>()
                .join("|")
        )
    };
    let mut begins: Vec<String> = Vec::new();
    let (few, many): (Vec<&String>, Vec<&String>) = keywords.iter().partition(short);
    if !many.is_empty() {
        begins.push(any_of(many));
    }
    for word in few {
        begins.push(format!("(?:\\b|_|[0-9])(?i:{})", joined(word)));
        let mut letters = word.chars();
        if let Some(first) = letters.next().filter(char::is_ascii_alphabetic) {
            begins.push(format!(
                "[a-z]{}(?i:{})",
                first.to_ascii_uppercase(),
                joined(letters.as_str())
            ));
        }
    }
    let mut name = format!("(?:{})", begins.join("|"));
    if !followed_by.is_empty() {
        name = format!(
            "{name}[\\w.\\- ]{{0,30}}{}",
            any_of(followed_by.iter().collect())
        );
    }
    // The name goes on for a while, may be closed by a quote or bracket, then an operator, then
    // perhaps a quote.
    format!(
        "{name}[\\w.\\- ]{{0,40}}[\"'\\]`)]{{0,2}}[ \\t]{{0,8}}(?:=>|:=|===?|!==?|=|:|,|\\()[ \\t]{{0,8}}[\"'`]?(?P<secret>{value})(?:[^\\w\\-/+=]|$)"
    )
}

#[cfg(test)]
mod tests {
    use crate::detect::compile::{Matcher, Rule};
    use crate::detect::rule::RuleSpec;

    fn spec(yaml: &str) -> RuleSpec {
        serde_yaml::from_str(&format!(
            "{{id: a, name: A, kind: application, confidence: low, examples: [x], {yaml}}}"
        ))
        .unwrap()
    }

    #[test]
    fn a_keyword_is_found_however_its_words_are_joined() {
        let rule = |yaml: &str| {
            let Matcher::Pattern(pattern) = Rule::compile(&spec(yaml), "P", true).unwrap().matcher
            else {
                panic!()
            };
            move |text: &str| {
                let found = pattern
                    .compiled()
                    .unwrap()
                    .exact()
                    .unwrap()
                    .is_match(text.as_bytes());
                let text = text.to_ascii_lowercase();
                // An anchor that is not there would lose the match.
                assert!(
                    !found || pattern.anchors.iter().any(|anchor| text.contains(anchor)),
                    "{text}"
                );
                found
            }
        };
        let finds = rule("keywords: [acme_api_key], value: '[0-9]{6}'");
        for name in [
            "ACME_API_KEY",
            "acme-api.key",
            "acmeApiKey",
            "myAcme_apikey_2",
        ] {
            assert!(finds(&format!("{name} = 123456")), "{name}");
        }
        assert!(!finds("acme__api_key = 123456") && !finds("acme = 123456"));
        let finds = rule("keywords: [box_key, wiz], value: '[0-9]{6}'");
        for name in [
            "box_key",
            "MY_BOX_KEY",
            "my-box.key",
            "myBoxKey",
            "my2boxkey",
            "wizToken",
            "wiz",
        ] {
            assert!(finds(&format!("{name} = 123456")), "{name}");
        }
        assert!(
            !finds("dropbox_key = 123456")
                && !finds("DROPBOX_KEY = 123456")
                && !finds("rewizToken = 123456")
        );
        let finds = rule("keywords: [acmex], followed_by: [key, auth_token], value: '[0-9]{6}'");
        for name in [
            "ACMEX_KEY",
            "acmex.licence.key",
            "acmexAuthToken",
            "acmex-service-auth-token",
        ] {
            assert!(finds(&format!("{name} = 123456")), "{name}");
        }
        assert!(
            !finds("acmex_id = 123456")
                && !finds("key_acmex = 123456")
                && !finds("acmex_auth_id = 123456")
        );
    }
}
