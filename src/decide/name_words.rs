//! The words that names are made of: `dbPassword`, `DB_PASSWORD` and `db.password` are all `db`,
//! `password`.

/// ASCII words in lower case: cut at everything that is no letter or digit, and where a capital
/// begins a word.
pub fn words(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let mut out = vec![String::new()];
    for (at, &c) in chars.iter().enumerate() {
        if !c.is_ascii_alphanumeric() {
            out.push(String::new());
            continue;
        }
        if c.is_ascii_uppercase() && at > 0 {
            let before = chars[at - 1];
            let begins_word = before.is_ascii_uppercase()
                && chars.get(at + 1).is_some_and(char::is_ascii_lowercase);
            if before.is_ascii_lowercase() || before.is_ascii_digit() || begins_word {
                out.push(String::new());
            }
        }
        out.last_mut()
            .expect("there is always a word")
            .push(c.to_ascii_lowercase());
    }
    out.retain(|word| !word.is_empty());
    out
}

/// Whether the words of `wanted` (`non-prod`) are among the words of `text`, in this order and next
/// to each other.
pub fn has_words(text: &[String], wanted: &str) -> bool {
    // Rules are compared with every place of an inventory: without capitals, nothing has to be allocated.
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
