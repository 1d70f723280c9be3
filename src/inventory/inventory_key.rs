//! The key of an inventory, and everything that is made with it.
//!
//! A reader of the inventory could guess a weak password from its plain hash. So ids, fingerprints
//! and request tokens are HMAC-SHA-256 under a random key that is stored outside the repository.
//! Each use has its own domain: knowing one of them reveals nothing of another.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::secret::{Fingerprint, SecretId, SecretValue, hex};

/// The key: 32 random bytes.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct InventoryKey([u8; 32]);

impl std::fmt::Debug for InventoryKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InventoryKey(…)")
    }
}

impl InventoryKey {
    /// A key that was stored.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A new key from the system's random source.
    ///
    /// # Errors
    /// The system has no random source.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// The key as 64 hex digits, for the key file alone.
    pub(super) fn expose_hex(&self) -> zeroize::Zeroizing<String> {
        zeroize::Zeroizing::new(hex(&self.0))
    }

    /// The bytes of the key, for the process that scans a target.
    pub fn expose_bytes(&self) -> zeroize::Zeroizing<[u8; 32]> {
        zeroize::Zeroizing::new(self.0)
    }

    pub(super) fn mac(&self, domain: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(b"keyferry/1/");
        mac.update(domain.as_bytes());
        for part in parts {
            // A length before each part: no two lists of parts give the same bytes.
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// The id of a value.
    #[expect(clippy::disallowed_methods, reason = "the HMAC of the value is its id")]
    pub fn secret_id(&self, value: &SecretValue) -> SecretId {
        let mac = self.mac("id", &[value.expose()]);
        SecretId::from_bytes(mac[..12].try_into().expect("12 of 32 bytes"))
    }

    /// The fingerprint of a value.
    #[expect(
        clippy::disallowed_methods,
        reason = "the HMAC of the value is its fingerprint"
    )]
    pub fn fingerprint(&self, value: &SecretValue) -> Fingerprint {
        Fingerprint(self.mac("fingerprint", &[value.expose()]))
    }

    /// The ClientRequestToken of an import: 64 hex digits, the same for the same value under the
    /// same name in the same account and Region, and provably ours, since only the holder of the
    /// key can make it.
    pub fn request_token(
        &self,
        account: &str,
        region: &str,
        name: &str,
        fingerprint: &Fingerprint,
    ) -> String {
        let parts: [&[u8]; 4] = [
            account.as_bytes(),
            region.as_bytes(),
            name.as_bytes(),
            &fingerprint.0,
        ];
        hex(&self.mac("request-token", &parts))
    }

    /// The check value of the key, 16 hex digits. The inventory stores it, to detect that it is
    /// opened with another key.
    pub fn check(&self) -> String {
        hex(&self.mac("check", &[])[..8])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_and_keys_are_separate() {
        let (a, b) = (
            InventoryKey::from_bytes([1; 32]),
            InventoryKey::from_bytes([2; 32]),
        );
        let value = SecretValue::new(b"same value".to_vec());
        assert_ne!(a.fingerprint(&value), b.fingerprint(&value));
        assert_ne!(
            hex(&a.fingerprint(&value).0)[..24],
            a.secret_id(&value).as_str()[2..]
        );
        assert_eq!(a.fingerprint(&value), a.fingerprint(&value.clone()));
    }

    #[test]
    fn tokens_depend_on_every_part() {
        let key = InventoryKey::from_bytes([3; 32]);
        let print = key.fingerprint(&SecretValue::new(b"v".to_vec()));
        let token = key.request_token("1", "r", "n", &print);
        assert_eq!(token.len(), 64);
        for other in [
            key.request_token("2", "r", "n", &print),
            key.request_token("1", "r2", "n", &print),
            key.request_token("1", "r", "n2", &print),
            key.request_token("1r", "", "n", &print),
        ] {
            assert_ne!(token, other);
        }
    }
}
