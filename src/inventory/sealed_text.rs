//! Sealed text: small byte strings, such as the id of a git object, that only the holder of the
//! inventory's key can read.
//!
//! The id of a git object is a plain hash of its content. Anyone can hash a guess of a weak value
//! in the same file and compare, so an id must not be in the inventory as it is. A keyed hash would
//! not do: the import has to find the object again. The text is therefore encrypted.
//!
//! The encryption is deterministic, so that a second run changes no byte. It has the construction
//! of SIV (Rogaway and Shrimpton, "Deterministic Authenticated-Encryption", 2006) with HMAC-SHA-256
//! as its pseudorandom function: the tag is an HMAC of everything that is sealed, and the key
//! stream is an HMAC of the tag. Equal texts in equal contexts are equal when sealed, and nothing
//! else can be seen but a coarse length. A context (the id of the secret) keeps the sealed texts of
//! different secrets apart.

use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use super::inventory_key::InventoryKey;
use crate::text_type::text_key_type;

/// Every sealed text begins with it.
const PREFIX: &str = "sealed:";
/// Length of the tag in bytes.
const TAG: usize = 16;
/// Texts are padded to a multiple of this length in bytes, since the length of a text may depend on
/// that of a value.
const BLOCK: usize = 128;
/// The first byte of the padding; the others are zero.
const END: u8 = 0x80;

/// The use of a sealed text. A text that was sealed for one use cannot be opened for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealedUse {
    /// The details of an occurrence: ids of objects, and ranges.
    Occurrence,
    /// The id of a root commit of a repository.
    RootCommit,
}

impl SealedUse {
    fn domains(self) -> [&'static str; 2] {
        match self {
            SealedUse::Occurrence => ["seal-tag/occurrence", "seal-stream/occurrence"],
            SealedUse::RootCommit => ["seal-tag/root-commit", "seal-stream/root-commit"],
        }
    }
}

/// A text that only the holder of the inventory's key can read: `sealed:` and base64url.
#[derive(Clone, Debug)]
pub struct SealedText(String);

text_key_type!(
    SealedText,
    "SealedText",
    "Encrypted under the key of the inventory: `sealed:` and base64url."
);

/// The text has not the form of a sealed text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a sealed text is `{PREFIX}` and base64url")]
pub struct SealedTextError;

impl FromStr for SealedText {
    type Err = SealedTextError;

    fn from_str(text: &str) -> Result<Self, SealedTextError> {
        let sealed = Self(text.to_owned());
        match sealed.bytes() {
            Some(_) => Ok(sealed),
            None => Err(SealedTextError),
        }
    }
}

impl SealedText {
    /// The text as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Tag and encrypted bytes. `None` if the text has another form.
    fn bytes(&self) -> Option<Vec<u8>> {
        let encoded = self.0.strip_prefix(PREFIX)?;
        let bytes = URL_SAFE_NO_PAD.decode(encoded).ok()?;
        let length = bytes.len().checked_sub(TAG)?;
        (length > 0 && length % BLOCK == 0).then_some(bytes)
    }
}

/// A sealed text cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it was sealed with another key or for another entry, or was altered")]
pub struct OpenError;

impl InventoryKey {
    /// Seals `plain`. The same bytes with the same use and context give the same text. The context
    /// must be known to open it.
    pub fn seal(&self, purpose: SealedUse, context: &[u8], plain: &[u8]) -> SealedText {
        let mut bytes = Zeroizing::new(plain.to_vec());
        bytes.push(END);
        let padded = bytes.len().next_multiple_of(BLOCK);
        bytes.resize(padded, 0);
        let tag = self.seal_tag(purpose, context, &bytes);
        self.apply_stream(purpose, &tag, &mut bytes);
        let encoded = URL_SAFE_NO_PAD.encode([&tag[..], &bytes].concat());
        SealedText(format!("{PREFIX}{encoded}"))
    }

    /// Opens a sealed text.
    ///
    /// # Errors
    ///
    /// The text was sealed with another key, use or context, or was altered.
    pub fn open(
        &self,
        purpose: SealedUse,
        context: &[u8],
        sealed: &SealedText,
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let bytes = sealed.bytes().ok_or(OpenError)?;
        let (tag, encrypted) = bytes.split_first_chunk::<TAG>().ok_or(OpenError)?;
        let mut plain = Zeroizing::new(encrypted.to_vec());
        self.apply_stream(purpose, tag, &mut plain);
        // Only files on this machine are opened, so the time of the comparison tells nobody
        // anything.
        if self.seal_tag(purpose, context, &plain) != *tag {
            return Err(OpenError);
        }
        let end = plain.iter().rposition(|&byte| byte != 0);
        let end = end.filter(|&at| plain[at] == END).ok_or(OpenError)?;
        plain.truncate(end);
        Ok(plain)
    }

    fn seal_tag(&self, purpose: SealedUse, context: &[u8], padded: &[u8]) -> [u8; TAG] {
        let mac = self.mac(purpose.domains()[0], &[context, padded]);
        mac[..TAG].try_into().expect("16 of 32 bytes")
    }

    /// Encrypts or decrypts with the key stream of a tag.
    fn apply_stream(&self, purpose: SealedUse, tag: &[u8; TAG], bytes: &mut [u8]) {
        for (number, block) in (0_u64..).zip(bytes.chunks_mut(32)) {
            let stream = self.mac(purpose.domains()[1], &[tag, &number.to_be_bytes()]);
            for (byte, mask) in block.iter_mut().zip(stream) {
                *byte ^= mask;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(number: u8) -> InventoryKey {
        InventoryKey::from_bytes([number; 32])
    }

    proptest! {
        #[test]
        fn the_holder_of_the_key_reads_what_was_sealed(plain in prop::collection::vec(any::<u8>(), 0..200), context in "[a-z]{0,8}") {
            let sealed = key(1).seal(SealedUse::Occurrence, context.as_bytes(), &plain);
            let read: SealedText = sealed.as_str().parse().unwrap();
            prop_assert_eq!(key(1).open(SealedUse::Occurrence, context.as_bytes(), &read).unwrap().to_vec(), plain.clone());
            prop_assert_eq!(sealed, key(1).seal(SealedUse::Occurrence, context.as_bytes(), &plain));
        }

        #[test]
        fn an_altered_text_is_refused(plain in prop::collection::vec(any::<u8>(), 0..80), at in 0usize..1000, mask in 1u8..) {
            let sealed = key(1).seal(SealedUse::RootCommit, b"shop", &plain);
            let mut bytes = sealed.bytes().unwrap();
            let at = at % bytes.len();
            bytes[at] ^= mask;
            let altered: SealedText = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)).parse().unwrap();
            prop_assert_eq!(key(1).open(SealedUse::RootCommit, b"shop", &altered), Err(OpenError));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "(sealed:)?[A-Za-z0-9_=+ -]{0,200}") {
            if let Ok(sealed) = text.parse::<SealedText>() {
                prop_assert_eq!(key(1).open(SealedUse::Occurrence, b"", &sealed), Err(OpenError));
            }
        }
    }

    #[test]
    fn key_use_and_context_must_be_the_same() {
        let sealed = key(1).seal(SealedUse::Occurrence, b"s-1", b"id");
        let open = |number, purpose, context: &[u8]| key(number).open(purpose, context, &sealed);
        assert_eq!(
            open(1, SealedUse::Occurrence, b"s-1").unwrap().as_slice(),
            b"id"
        );
        for refused in [
            open(2, SealedUse::Occurrence, b"s-1"),
            open(1, SealedUse::RootCommit, b"s-1"),
            open(1, SealedUse::Occurrence, b"s-2"),
        ] {
            assert_eq!(refused, Err(OpenError));
        }
    }

    #[test]
    fn nothing_but_a_coarse_length_shows() {
        let length = |plain: &[u8]| {
            key(1)
                .seal(SealedUse::Occurrence, b"", plain)
                .as_str()
                .len()
        };
        assert_eq!(length(b""), length(&[0; 127]));
        assert!(length(&[0; 127]) < length(&[0; 128]));
        // Texts that differ in one bit have nothing in common.
        let text = |plain: &[u8]| key(1).seal(SealedUse::Occurrence, b"", plain).bytes();
        let (one, other) = (
            text(&[0; 60]).unwrap(),
            text(&[[0; 59].as_slice(), &[1]].concat()).unwrap(),
        );
        let equal = one.iter().zip(&other).filter(|(a, b)| a == b).count();
        assert!(equal < 8, "{equal} of {} bytes", one.len());
    }
}
