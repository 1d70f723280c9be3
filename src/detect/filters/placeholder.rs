//! Placeholders: words that are written in place of a secret, or that repeat its name.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::bytes::Regex;

use super::word_lists::{anywhere, whole};
use crate::detect::wording::{Wording, wording};

/// Whether a value is a keyword, a type or another word of programming languages. `lower` is in
/// lower case.
pub(super) fn is_literal_word(lower: &[u8]) -> bool {
    const WORDS: &str = "null none nil true false undefined string str int integer bool boolean object bytes text void any \
        optional required yes self this empty default array list dict hash function auto disabled enabled unknown \
        nothing varchar char undef absent nullptr omit unspecified";
    static ALL: LazyLock<HashSet<&[u8]>> = LazyLock::new(|| whole(WORDS));
    ALL.contains(lower.strip_suffix(b"?").unwrap_or(lower))
}

/// Whether a value is or contains words that people write in place of a secret. `lower` is in lower
/// case.
pub(super) fn is_placeholder(lower: &[u8]) -> bool {
    const ANYWHERE: &str = "changeme change_me change-me changethis change_this change-this placeholder example your_ your- yourpass \
        yoursecret yourtoken yourapi yourkey replace_me replaceme replace- replace_with insert xxxx **** dummy \
        fixme <your redacted [hidden] .... fill_in fillme goes_here goes-here goeshere notarealsecret not-a-real \
        votre_ votre- votremotdepasse dein_ dein- ihr_passwort tu_contra tucontra cambiame sua_senha suasenha \
        jouw_ twoje_";
    const WHOLE: &str = "todo tbd foo bar foobar asdf n/a test value pass sample fake mock some string mypass public <> unset \
        x-oauth-basic x-oauth-token hidden omitted redacted masked removed notset not_set not-set novalue no_value \
        nopassword no_password ignored unused irrelevant";
    static PARTS: LazyLock<Regex> = LazyLock::new(|| anywhere(ANYWHERE));
    static ALL: LazyLock<HashSet<&[u8]>> = LazyLock::new(|| whole(WHOLE));
    ALL.contains(lower) || PARTS.is_match(lower)
}

/// Whether a value is a word that people write in place of a password, and that others choose as one. Only its place can
/// tell the two.
pub fn is_weak_word(value: &[u8]) -> bool {
    const WORDS: [&[u8]; 9] = [
        b"secret",
        b"test",
        b"pass",
        b"password",
        b"passwd",
        b"foobar",
        b"mypass",
        b"sample",
        b"public",
    ];
    WORDS.iter().any(|word| value.eq_ignore_ascii_case(word))
}

/// Whether a name is that of an action on a password, and its value the occasion: `update_password: on_create`.
pub(super) fn is_instruction(key: &[u8], value: &[u8]) -> bool {
    const VERBS: [&[u8]; 12] = [
        b"update",
        b"reset",
        b"change",
        b"require",
        b"force",
        b"allow",
        b"enable",
        b"disable",
        b"skip",
        b"generate",
        b"show",
        b"ask",
    ];
    const LONGEST: usize = 16;
    value.len() <= LONGEST
        && value.iter().all(|b| b.is_ascii_lowercase() || *b == b'_')
        && VERBS.iter().any(|verb| {
            key.get(..verb.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(verb))
                && key
                    .get(verb.len())
                    .is_some_and(|b| matches!(b, b'_' | b'-' | b'A'..=b'Z'))
        })
}

/// Whether a value is a label of a user interface: `'labelPassword': 'Passwort:'`, `"password" =
/// "パスワード"`. `value` is as written.
pub(super) fn is_label(value: &[u8]) -> bool {
    // Words for `password` and `token`, anywhere in a text that has letters outside ASCII.
    const ANYWHERE: &str = "contraseña senha hasło lösenord şifre parolă jelszó khẩu clé schlüssel пароль парола токен ключ κωδικός \
        κωδικος סיסמה סיסמא كلمة رمز पासवर्ड รหัสผ่าน 密码 密碼 口令 令牌 密钥 パスワード トークン 비밀번호";
    const WHOLE: &str = "passwort kennwort passwörter motdepasse contrasena contrasenya clave senha parola wachtwoord haslo heslo \
        salasana jelszo losenord passord adgangskode sifre lozinka geslo parool parole slaptazodis katasandi";
    static ALL: LazyLock<HashSet<&[u8]>> = LazyLock::new(|| whole(WHOLE));
    let Ok(text) = std::str::from_utf8(value) else {
        return false;
    };
    let text = text.trim_end_matches([' ', '*']);
    let has_digit = text.bytes().any(|b| b.is_ascii_digit());
    // A random value may end in a colon, too.
    let is_in_word = |byte: &u8| byte.is_ascii_lowercase();
    let end = text.trim_end_matches(':').as_bytes();
    let ends_in_word = end.len() > 3 && end[end.len() - 4..].iter().all(is_in_word);
    let is_word = !has_digit || ends_in_word || text.contains(' ') || !text.is_ascii();
    if text.ends_with([':', '：', '…']) && is_word {
        return true;
    }
    if has_digit {
        return false;
    }
    let lower = text.to_lowercase();
    let letters: String = lower.chars().filter(|c| c.is_alphabetic()).collect();
    // Two words with letters outside ASCII, and a capital if their script has any: `Nové heslo`.
    let is_phrase = !value.is_ascii()
        && text.contains(' ')
        && !text.starts_with(char::is_lowercase)
        && wording(value) == Some(Wording::Prose);
    is_phrase
        || (!value.is_ascii() && ANYWHERE.split(' ').any(|word| lower.contains(word)))
        || ALL.contains(letters.as_bytes())
}

/// Whether a value repeats a name: `password: password`, `api_key: my-api-key`, `token =
/// "accessToken"`.
pub(super) fn names_itself(key: &[u8], lower_value: &[u8]) -> bool {
    if !lower_value
        .iter()
        .all(|&b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-' | b'.' | b' ' | b':' | b'/'))
    {
        return false;
    }
    let letters = |text: &[u8]| {
        text.iter()
            .filter(|b| b.is_ascii_alphabetic())
            .map(u8::to_ascii_lowercase)
            .collect::<Vec<_>>()
    };
    let (key, value) = (letters(key), letters(lower_value));
    if !key.is_empty() && (key == value || key.ends_with(&value)) {
        return true;
    }
    const WORDS: [&[u8]; 17] = [
        b"wachtwoord",
        b"wagwoord",
        b"passwort",
        b"kennwort",
        b"pasahitza",
        b"contrasena",
        b"adgangskode",
        b"salasana",
        b"motdepasse",
        b"password",
        b"passwd",
        b"secret",
        b"token",
        b"apikey",
        b"credential",
        b"passphrase",
        b"username",
    ];
    WORDS
        .iter()
        .any(|word| memchr::memmem::find(&value, word).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_of_many_tongues() {
        for text in [
            "changeme",
            "votre_mot_de_passe",
            "<your-password>",
            "xxxxxx",
            "********",
            "todo",
            "tucontrasena",
        ] {
            assert!(is_placeholder(text.as_bytes()), "{text}");
        }
        for text in [
            "winter2024!",
            "realmadrid",
            "todos-los-santos",
            "testarossa",
            "xxl-hemd",
            "mockingbird7",
        ] {
            assert!(!is_placeholder(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn labels_are_told_from_passwords() {
        for text in [
            "Passwort",
            "Heslo:",
            "Mot de passe",
            "账户密码",
            "パスワード：",
            "Şifre",
            "Пароль",
            "Dodaj żeton:",
            "Nové slovo",
            "Jauns vārds",
        ] {
            assert!(is_label(text.as_bytes()), "{text}");
        }
        for text in [
            "Passwort1",
            "Schlüsselblume7",
            "realmadrid",
            "hün-1-grün",
            "mäuse küche",
            "clave2019",
        ] {
            assert!(!is_label(text.as_bytes()), "{text}");
        }
    }
}
