//! The words that names are made of: `dbPassword`, `DB_PASSWORD` and `db.password` are all `db`,
//! `password`.

/// ASCII words in lower case: cut at everything that is no letter or digit, and where a capital
/// begins a word.
pub fn words(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut chars = text.chars().peekable();
    // The character before; a capital begins no word at the start.
    let mut before: Option<char> = None;
    let mut is_between = true;
    while let Some(c) = chars.next() {
        if !c.is_ascii_alphanumeric() {
            is_between = true;
        } else {
            let is_new = before.is_some_and(|before| {
                c.is_ascii_uppercase()
                    && (before.is_ascii_lowercase()
                        || before.is_ascii_digit()
                        || before.is_ascii_uppercase()
                            && chars.peek().is_some_and(char::is_ascii_lowercase))
            });
            match out.last_mut() {
                Some(word) if !is_between && !is_new => word.push(c.to_ascii_lowercase()),
                _ => out.push(String::from(c.to_ascii_lowercase())),
            }
            is_between = false;
        }
        before = Some(c);
    }
    out
}

/// Whether the words of `wanted` (`non-prod`) are among the words of `text`, in this order and next
/// to each other.
pub fn has_words(text: &[String], wanted: &str) -> bool {
    // Rules are compared with every place of an inventory. Most words are one word in lower case.
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    if wanted.bytes().all(is_plain) {
        return !wanted.is_empty() && text.iter().any(|own| own == wanted);
    }
    // Without capitals, nothing has to be allocated.
    if wanted.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return is_part(text, words(wanted).iter().map(String::as_str));
    }
    let parts = wanted.split(|c: char| !c.is_ascii_alphanumeric());
    is_part(text, parts.filter(|part| !part.is_empty()))
}

fn is_part<'w>(text: &[String], wanted: impl Iterator<Item = &'w str> + Clone) -> bool {
    let begins_at = |at: usize| {
        let mut wanted = wanted.clone().enumerate();
        wanted.all(|(after, word)| text.get(at + after).is_some_and(|own| own == word))
    };
    wanted.clone().next().is_some() && (0..text.len()).any(begins_at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts() {
        for (text, expected) in [
            ("DB_PASSWORD", "db password"),
            ("dbPassword", "db password"),
            ("spring.datasource.password", "spring datasource password"),
            ("DBPassword2", "db password2"),
            ("apiURL", "api url"),
            ("config/app-prod.yml", "config app prod yml"),
            ("clé", "cl"),
            ("--", ""),
        ] {
            assert_eq!(words(text).join(" "), expected, "{text}");
        }
    }

    #[test]
    fn words_stand_together() {
        let text = words("deploy/non-prod/values.yaml");
        assert!(has_words(&text, "nonProd"));
        assert!(has_words(&text, "prod"));
        assert!(!has_words(&text, "deploy prod"));
        assert!(!has_words(&text, ""));
        assert!(!has_words(&text, "--"));
        assert!(has_words(&text, "values.yaml"));
        assert!(!has_words(&text, "yaml-more"));
    }
}
