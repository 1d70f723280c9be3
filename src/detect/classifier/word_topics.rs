//! The topics of words in a name, a value or a line.

use std::collections::HashMap;
use std::sync::LazyLock;

use foldhash::fast::RandomState;

/// Number of topics.
pub(super) const COUNT: usize = 7;

/// Index of placeholders and tests.
pub(super) const SAMPLE: usize = 0;
/// Index of credentials.
pub(super) const CREDENTIAL: usize = 1;
/// Index of user interfaces.
pub(super) const SCREEN: usize = 2;
/// Index of accounts and services.
pub(super) const ACCOUNT: usize = 3;
/// Index of references: names of things other than credentials.
pub(super) const REFERENCE: usize = 4;
/// Index of code that compares or defines.
pub(super) const CHECK: usize = 5;
/// Index of the grammatical words of sentences.
pub(super) const PROSE: usize = 6;

/// The words of each topic.
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

/// The topics of each word, one bit each.
static CLASSES: LazyLock<HashMap<&[u8], u8, RandomState>> = LazyLock::new(|| {
    let mut classes = HashMap::default();
    for (class, words) in WORDS.iter().enumerate() {
        words
            .split(' ')
            .for_each(|word| *classes.entry(word.as_bytes()).or_default() |= 1 << class);
    }
    classes
});

/// Adds a word, which is in lower case, to the counts of its topics.
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
