//! The features of a value: numbers that are computed from its own line, up to a number of bytes,
//! and from the kind of the file. A line therefore has the same features wherever it is read.

use std::ops::Range;

use super::byte_classes::{
    self, BRACE, BRACKET, COLON, DIGIT, DOT, FOREIGN, HYPHEN, LOWER, SLASH, SPACE, SYMBOL,
    TEMPLATE, UNDERSCORE, UPPER,
};
use super::letter_statistics::{Rarity, is_word, parts};
use super::word_topics::{
    self, ACCOUNT, CHECK, CREDENTIAL, PROSE, REFERENCE, SAMPLE, SCREEN, classify,
};
use crate::detect::file_kind::FileKind;
use crate::detect::filters;

/// A value assigned to a name, and its place in a text.
pub struct AssignmentSite<'a> {
    /// The whole text, or the line that contains the assignment.
    pub text: &'a [u8],
    /// Place of the name in `text`.
    pub name: Range<usize>,
    /// Place of the value as written in `text`, without quotes.
    pub range: Range<usize>,
    /// The decoded value.
    pub value: &'a [u8],
    /// Whether the value is in quotes.
    pub quoted: bool,
    /// The kind of the file.
    pub kind: FileKind,
}

/// Number of features.
pub const COUNT: usize = 74;

/// The features of a value, in the order of [`names`]. Each is between -1 and 9999.
pub type Features = [i16; COUNT];

/// Bytes of the line before the name that are considered.
const BEFORE: usize = 160;
/// Bytes of the line after the value that are considered.
const AFTER: usize = 80;

/// Bytes of a value that are considered.
const LONGEST: usize = 256;

/// Computes the features of a value.
pub fn of(site: &AssignmentSite) -> Features {
    let mut features = [0; COUNT];
    let mut at = 0;
    each(site, |_, number| {
        features[at] = number.clamp(-1, 9999) as i16;
        at += 1;
    });
    features
}

/// The name of each feature, for `explain` and for the training data.
pub fn names() -> Vec<&'static str> {
    let site = AssignmentSite {
        text: b"",
        name: 0..0,
        range: 0..0,
        value: b"",
        quoted: false,
        kind: FileKind::Unknown,
    };
    let mut names = Vec::new();
    each(&site, |name, _| names.push(name));
    names
}

/// Calls `put` with the name and the number of each feature, in order.
fn each(site: &AssignmentSite, mut put: impl FnMut(&'static str, i32)) {
    let value = &site.value[..site.value.len().min(LONGEST)];
    of_value(value, &mut put);
    let name = &site.text[site.name.clone()];
    of_name(name, &mut put);
    of_both(name, value, &mut put);
    of_line(site, &mut put);
}

/// A share in percent; 0 of nothing.
fn share(part: usize, whole: usize) -> i32 {
    (100 * part).checked_div(whole).unwrap_or(0) as i32
}

/// Number of bytes that pass a test.
fn count(text: &[u8], test: impl Fn(u8) -> bool) -> usize {
    text.iter().filter(|&&b| test(b)).count()
}

/// The features of the value alone.
fn of_value(value: &[u8], put: &mut impl FnMut(&'static str, i32)) {
    let len = value.len();
    let of = byte_classes::count(value);
    let many = |sorts: &[usize]| sorts.iter().map(|&sort| of[sort]).sum::<usize>();
    let (upper, digits, foreign) = (of[UPPER], of[DIGIT], of[FOREIGN]);
    let letters = upper + of[LOWER];
    put("the value's length", len as i32);
    put("letters in the value", share(letters, len));
    put("capitals in the value", share(upper, len));
    put("digits in the value", share(digits, len));
    put(
        "signs in the value",
        share(len - letters - digits - foreign, len),
    );
    put(
        "letters of other alphabets in the value",
        share(foreign, len),
    );
    put("spaces in the value", of[SPACE] as i32);
    put("dots in the value", of[DOT] as i32);
    put("hyphens in the value", of[HYPHEN] as i32);
    put("underscores in the value", of[UNDERSCORE] as i32);
    put("slashes in the value", of[SLASH] as i32);
    put("colons in the value", of[COLON] as i32);
    put("brackets in the value", many(&[BRACKET, BRACE]) as i32);
    put(
        "template signs in the value",
        many(&[BRACE, TEMPLATE]) as i32,
    );
    put(
        "symbols of passwords in the value",
        many(&[TEMPLATE, SYMBOL]) as i32,
    );
    put(
        "the value's entropy",
        (filters::entropy(value) * 100.0) as i32,
    );
    put("different bytes in the value", distinct(value) as i32);
    put(
        "changes of sort in the value",
        value
            .windows(2)
            .filter(|pair| sort(pair[0]) != sort(pair[1]))
            .count() as i32,
    );
    put(
        "longest run of digits in the value",
        longest_run(value, |b| b.is_ascii_digit()),
    );
    put(
        "longest run of letters in the value",
        longest_run(value, |b| b.is_ascii_alphabetic()),
    );
    put("sequences in the value", filters::walk(value) as i32);
    put(
        "the value's first sign",
        sort(value.first().copied().unwrap_or(0)),
    );
    put(
        "the value's last sign",
        sort(value.last().copied().unwrap_or(0)),
    );
    put("the value's alphabet", alphabet(value));
    let mut rarity = Rarity::default();
    let mut worst = 0;
    let (mut pieces, mut words, mut covered) = (0, 0, 0);
    let mut found = [0; word_topics::COUNT];
    for part in parts(value) {
        let mut own = Rarity::default();
        own.add(part);
        rarity.add(part);
        if part.len() >= 4 {
            worst = worst.max(own.average().unwrap_or(0));
        }
        pieces += 1;
        let lower = part.to_ascii_lowercase();
        if part.len() >= 3 && is_word(&lower) {
            words += 1;
            covered += part.len();
        }
        classify(&lower, &mut found);
    }
    put(
        "how rare the value's letters are after each other",
        rarity.average().map_or(-1, |average| average as i32),
    );
    put("how rare the letters of its rarest part are", worst as i32);
    put("parts of the value", pieces);
    put("words in the value", words);
    put("letters of words in the value", share(covered, letters));
    put("words of placeholders in the value", found[SAMPLE]);
    put("words of credentials in the value", found[CREDENTIAL]);
    put("words of screens in the value", found[SCREEN]);
    put("words of accounts in the value", found[ACCOUNT]);
    put("words of references in the value", found[REFERENCE]);
}

/// The class of a byte. Their order matters: a comparison of a tree separates lower from higher
/// classes.
fn sort(byte: u8) -> i32 {
    match byte {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        b'=' | b'+' | b'/' => 3,
        b'!' | b'@' | b'#' | b'$' | b'%' | b'^' | b'&' | b'*' | b'?' | b'~' => 4,
        b'-' | b'_' | b'.' => 5,
        b':' | b',' | b';' => 6,
        b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'<' | b'>' => 7,
        0x80.. => 8,
        _ => 9,
    }
}

/// Number of different bytes.
fn distinct(text: &[u8]) -> usize {
    let mut seen = [false; 256];
    text.iter().for_each(|&b| seen[b as usize] = true);
    seen.iter().filter(|&&seen| seen).count()
}

/// Length of the longest run of bytes that pass a test.
fn longest_run(text: &[u8], test: impl Fn(u8) -> bool) -> i32 {
    let (mut longest, mut run) = (0, 0);
    for &byte in text {
        run = if test(byte) { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

/// The smallest alphabet that contains the value: digits, hexadecimal, letters of one case, base64,
/// and so on.
fn alphabet(value: &[u8]) -> i32 {
    let all = |test: fn(u8) -> bool| value.iter().all(|&b| test(b));
    match () {
        () if filters::is_uuid(value) => 1,
        () if all(|b| b.is_ascii_digit()) => 2,
        () if all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) => 3,
        () if all(|b| b.is_ascii_hexdigit()) => 4,
        () if all(|b| b.is_ascii_lowercase()) => 5,
        () if all(|b| b.is_ascii_uppercase()) => 6,
        () if all(|b| b.is_ascii_alphabetic()) => 7,
        () if all(|b| b.is_ascii_alphanumeric()) => 8,
        () if value.len().is_multiple_of(4)
            && all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=')) =>
        {
            9
        }
        () if all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')) => 10,
        () if all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.')) => 11,
        () if all(|b| b.is_ascii_graphic()) => 12,
        () => 13,
    }
}

/// The features of the name alone.
fn of_name(name: &[u8], put: &mut impl FnMut(&'static str, i32)) {
    let mut found = [0; word_topics::COUNT];
    let (mut pieces, mut words, mut own) = (0, 0, -1);
    for part in parts(name) {
        let lower = part.to_ascii_lowercase();
        pieces += 1;
        words += i32::from(is_word(&lower));
        classify(&lower, &mut found);
        let telling = telling(&lower);
        if telling > 0 {
            own = telling;
        }
    }
    let last = name
        .rsplit(|b| !b.is_ascii_alphanumeric())
        .next()
        .unwrap_or(b"")
        .to_ascii_lowercase();
    put(
        "the kind of secret in the name",
        if own > 0 { own } else { telling_end(&last) },
    );
    put("the name's length", name.len() as i32);
    put("parts of the name", pieces);
    put("words in the name", words);
    put("words of placeholders in the name", found[SAMPLE]);
    put("words of credentials in the name", found[CREDENTIAL]);
    put("words of screens in the name", found[SCREEN]);
    put("words of accounts in the name", found[ACCOUNT]);
    put("words of references in the name", found[REFERENCE]);
    put("dots in the name", count(name, |b| b == b'.') as i32);
    let upper = count(name, |b| b.is_ascii_uppercase());
    let lower = count(name, |b| b.is_ascii_lowercase());
    let case = match (upper, lower) {
        (0, _) => 0,
        (_, 0) => 1,
        _ if name.first().is_some_and(u8::is_ascii_uppercase) => 2,
        _ => 3,
    };
    put("capitals in the name", case);
    put(
        "separators in the name",
        count(name, |b| matches!(b, b'_' | b'-')) as i32,
    );
}

/// The kind of secret that a word of a name states, as a number; 0 if it states none.
fn telling(word: &[u8]) -> i32 {
    match word {
        b"password" | b"passwd" | b"passwort" | b"contrasena" | b"kennwort" | b"senha"
        | b"clave" | b"wachtwoord" | b"haslo" | b"heslo" | b"jelszo" | b"salasana"
        | b"losenord" | b"passord" | b"adgangskode" | b"kodeord" | b"sifre" | b"parola"
        | b"lozinka" | b"geslo" | b"mdp" | b"slaptazodis" | b"parool" | b"sandi" | b"matkhau"
        | b"passe" | b"community" => 1,
        b"pass" | b"pwd" => 2,
        b"passphrase" | b"passcode" => 3,
        b"secret" => 4,
        b"token" | b"bearer" | b"pat" | b"ticket" | b"verifier" => 5,
        b"key" | b"apikey" => 6,
        b"auth" | b"authorization" => 7,
        b"credential" | b"credentials" => 8,
        _ => 0,
    }
}

/// The kind of secret that the end of a name states, for names such as `dbpassword`; 0 if it states
/// none.
fn telling_end(word: &[u8]) -> i32 {
    let ends: [(&[u8], i32); 8] = [
        (b"password", 1),
        (b"passwd", 1),
        (b"pass", 2),
        (b"pwd", 2),
        (b"secret", 4),
        (b"token", 5),
        (b"key", 6),
        (b"auth", 7),
    ];
    ends.into_iter()
        .find(|(end, _)| word.ends_with(end))
        .map_or(0, |(_, number)| number)
}

/// The features of the name and the value together.
fn of_both(name: &[u8], value: &[u8], put: &mut impl FnMut(&'static str, i32)) {
    let lower = |text: &[u8]| {
        let letters = text.iter().filter(|b| b.is_ascii_alphanumeric()).take(64);
        letters.map(u8::to_ascii_lowercase).collect::<Vec<_>>()
    };
    let (name_letters, value_letters) = (lower(name), lower(value));
    // Length of the parts of the value that the name contains.
    let mut shared = 0;
    for part in parts(value).take(16) {
        let part = lower(part);
        if part.len() >= 3 && memchr::memmem::find(&name_letters, &part).is_some() {
            shared += part.len();
        }
    }
    put(
        "the share of the value in the name",
        share(shared, value_letters.len()),
    );
}

/// The features of the line around the assignment.
fn of_line(site: &AssignmentSite, put: &mut impl FnMut(&'static str, i32)) {
    let text = site.text;
    let before = &text[site.name.start.saturating_sub(BEFORE)..site.name.start];
    let before = memchr::memrchr(b'\n', before).map_or(before, |at| &before[at + 1..]);
    let after = &text[site.range.end..(site.range.end + AFTER).min(text.len())];
    let after = memchr::memchr(b'\n', after).map_or(after, |at| &after[..at]);
    let after = after.trim_ascii_end();
    // The value may come before its name: `"x" == password`.
    let between = text.get(site.name.end..site.range.start).unwrap_or(b"");
    // An XML element is treated like an assignment: `<password>x</password>` like `password="x"`.
    let element = between == b">" && before.ends_with(b"<") && after.starts_with(b"</");
    let (before, between, after) = match element {
        true => {
            let tag = after
                .iter()
                .position(|&b| b == b'>')
                .map_or(after.len(), |at| at + 1);
            (&before[..before.len() - 1], b"=".as_slice(), &after[tag..])
        }
        false => (before, between, after),
    };
    put("the kind of file", number_of(site.kind));
    let opened = site
        .range
        .start
        .checked_sub(1)
        .and_then(|at| text.get(at))
        .map_or(0, |&b| quote(b));
    put("quotes", if site.quoted { opened.max(1) } else { 0 });
    put("the operator", operator(between));
    put(
        "space before the value",
        count(between, |b| matches!(b, b' ' | b'\t')) as i32,
    );
    put(
        "the name is quoted",
        between.first().map_or(0, |&b| quote(b)),
    );
    put(
        "the line's indent",
        before
            .iter()
            .take_while(|b| matches!(b, b' ' | b'\t'))
            .count() as i32,
    );
    let begin = before.trim_ascii_start();
    put("the line before the name", begin.len() as i32);
    put("the line after the value", after.len() as i32);
    put("the line is a comment", comment(begin));
    put(
        "the character before the name",
        begin.last().map_or(-1, |&b| neighbour(b)),
    );
    // The text after the closing quote.
    let next = &after[usize::from(site.quoted && !element).min(after.len())..];
    let rest = next.trim_ascii_start();
    put(
        "the character after the value",
        rest.first().map_or(-1, |&b| neighbour(b)),
    );
    put(
        "a space follows the value",
        i32::from(rest.len() < next.len()),
    );
    put(
        "quotes in the line",
        (count(before, |b| quote(b) > 0) + count(after, |b| quote(b) > 0)) as i32,
    );
    put(
        "assignments in the line",
        (count(before, |b| b == b'=') + count(after, |b| b == b'=')) as i32,
    );
    put(
        "brackets in the line",
        (count(before, |b| b"({[".contains(&b)) + count(after, |b| b")}]".contains(&b))) as i32,
    );
    put(
        "angle brackets in the line",
        (count(before, |b| b == b'<') + count(after, |b| b == b'>')) as i32,
    );
    let mut found = [0; word_topics::COUNT];
    let mut words = 0;
    for part in parts(before).chain(parts(after)) {
        words += 1;
        classify(&part.to_ascii_lowercase(), &mut found);
    }
    put("words in the line", words);
    put("words of placeholders in the line", found[SAMPLE]);
    put("words of credentials in the line", found[CREDENTIAL]);
    put("words of screens in the line", found[SCREEN]);
    put("words of accounts in the line", found[ACCOUNT]);
    put("words of references in the line", found[REFERENCE]);
    put("words of checks in the line", found[CHECK]);
    put("words of sentences in the line", found[PROSE]);
    put(
        "a link in the line",
        i32::from(memchr::memmem::find(before, b"://").is_some()),
    );
    let flag = before.ends_with(b"--") || text[site.name.clone()].starts_with(b"-");
    put("the name is an option", i32::from(flag));
    put(
        "the name follows a variable's sign",
        i32::from(before.ends_with(b"$") || before.ends_with(b"@")),
    );
}

/// The kind of a quote; 0 for another byte.
fn quote(byte: u8) -> i32 {
    match byte {
        b'"' => 1,
        b'\'' => 2,
        b'`' => 3,
        _ => 0,
    }
}

/// The kind of operator between the name and the value.
fn operator(between: &[u8]) -> i32 {
    let has = |text: &[u8]| memchr::memmem::find(between, text).is_some();
    match () {
        () if has(b"==") => 5,
        () if has(b"!=") => 6,
        () if has(b"=>") => 4,
        () if has(b":=") => 3,
        () if has(b"=") => 1,
        () if has(b":") => 2,
        () if has(b"(") => 7,
        () if has(b">") => 8,
        () if has(b",") => 9,
        () => 0,
    }
}

/// The kind of comment that the line begins with; 0 if it begins with none.
fn comment(begin: &[u8]) -> i32 {
    match begin {
        [b'#', ..] => 1,
        [b'/', b'/' | b'*', ..] => 2,
        [b'*', ..] => 3,
        [b'-', b'-', ..] => 4,
        [b';' | b'%', ..] => 5,
        [b'<', b'!', ..] => 6,
        [b'-' | b'+' | b'>' | b'|', ..] => 7,
        [b'$', b' ', ..] => 8,
        _ => 0,
    }
}

/// The class of the character beside a name or a value.
fn neighbour(byte: u8) -> i32 {
    match byte {
        b',' => 1,
        b';' => 2,
        b')' => 3,
        b'}' => 4,
        b']' => 5,
        b'#' => 6,
        b'(' => 7,
        b'{' => 8,
        b'[' => 9,
        b'"' | b'\'' | b'`' => 10,
        b'.' => 11,
        b'$' | b'@' => 12,
        b'-' => 13,
        b'<' => 14,
        b'>' => 15,
        b'&' | b'?' => 16,
        b'+' | b'|' => 17,
        b'\\' => 18,
        b'=' | b':' => 19,
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' => 20,
        _ => 21,
    }
}

/// The kind of a file as a number. Scripts and login files count as configuration, as they did when
/// the trees were trained; trees that distinguish them were not more accurate.
fn number_of(kind: FileKind) -> i32 {
    match kind {
        FileKind::Config | FileKind::Script | FileKind::Login => 0,
        FileKind::Dotenv => 1,
        FileKind::Code => 2,
        FileKind::Markup => 3,
        FileKind::Prose => 4,
        FileKind::Unknown => 5,
    }
}

#[cfg(test)]
mod tests;
