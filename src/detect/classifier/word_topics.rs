//! Words that tell what a name, a value or a line is about.

use std::collections::HashMap;
use std::sync::LazyLock;

use foldhash::fast::RandomState;

pub(super) const COUNT: usize = 7;

/// Placeholders and tests.
pub(super) const SAMPLE: usize = 0;
/// Credentials.
pub(super) const CREDENTIAL: usize = 1;
/// What screens say.
pub(super) const SCREEN: usize = 2;
/// Who and where.
pub(super) const ACCOUNT: usize = 3;
/// What is only a name for something else.
pub(super) const REFERENCE: usize = 4;
/// Code that compares or defines.
pub(super) const CHECK: usize = 5;
/// What holds sentences together.
pub(super) const PROSE: usize = 6;

const WORDS: [&str; COUNT] = [
    "test tests testing mock fake dummy example sample demo stub fixture some my your foo bar baz change changeme \
     todo here invalid wrong bad incorrect expected valid enter insert replace fill default placeholder temp tmp \
     abc xyz qwerty hello world any other another unknown missing empty",
    "password passwd pass pwd passphrase secret token key credential credentials auth api access private bearer \
     apikey oauth passcode authorization",
    "label text message msg title hint error prompt field input name description help tooltip button page form view \
     show hide forgot forgotten reset change changed lost enter type confirm new old required must please caption \
     style",
    "user username login admin root db database mysql postgres redis mongo ldap smtp mail email ftp ssh host server \
     client service account app aws azure github google slack stripe twitter proxy keystore truststore ssl jwt \
     session",
    "id file path url uri env get from var config ref settings param props this self value field column table \
     public pub hash sha md5 checksum digest primary foreign partition sort cache row index group object event map \
     item node class parent lang icon color size version",
    "assert expect expects should equal equals eq be to it describe raise raises throw fail return if elif else \
     case when def func function fn class import",
    "the a an is are for with and or of in you that as on by will can not use using see set e g i",
];

/// The classes of a word, each a bit.
static CLASSES: LazyLock<HashMap<&[u8], u8, RandomState>> = LazyLock::new(|| {
    let mut classes = HashMap::default();
    for (class, words) in WORDS.iter().enumerate() {
        words
            .split(' ')
            .for_each(|word| *classes.entry(word.as_bytes()).or_default() |= 1 << class);
    }
    classes
});

/// Counts a word, which is in lower case, in each of its classes.
pub(super) fn classify(word: &[u8], counts: &mut [i32; COUNT]) {
    let own = CLASSES.get(word).copied().unwrap_or(0);
    for (class, count) in counts.iter_mut().enumerate() {
        *count += i32::from(own >> class & 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_counted_in_all_their_classes() {
        let mut counts = [0; COUNT];
        for word in ["mock", "change", "token", "winter", ""] {
            classify(word.as_bytes(), &mut counts);
        }
        assert_eq!(
            (
                counts[SAMPLE],
                counts[SCREEN],
                counts[CREDENTIAL],
                counts[CHECK]
            ),
            (2, 1, 1, 0)
        );
    }
}
