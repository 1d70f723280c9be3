//! Access key ids of AWS, which contain the number of their account.

use super::base32;

/// The account number, as twelve digits. Ids made since 2019 contain it in the 40 bits after the
/// first bit of their base32 part; the first bit distinguishes them from older ids, which contain
/// no number.
pub(super) fn account(id: &[u8]) -> Option<String> {
    let bytes = base32::decode(id.get(4..)?)?;
    let bits = u64::from_be_bytes(*bytes.first_chunk()?);
    let number = bits << 1 >> 24;
    (bits >> 63 == 1 && number < 1_000_000_000_000).then(|| format!("{number:012}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_access_key_names_its_account() {
        // The number in base32 at its place; the rest is made up.
        let id = |flag: u64, number: u64| {
            let bytes = (flag << 63 | number << 23 | 0x12_3456).to_be_bytes();
            format!(
                "AKIA{}",
                base32::encode(&[bytes.as_slice(), &[7, 8]].concat()).to_uppercase()
            )
        };
        let account = |id: &str| account(id.as_bytes());
        assert_eq!(
            account(&id(1, 29_608_264_753)).as_deref(),
            Some("029608264753")
        );
        assert_eq!(account(&id(0, 29_608_264_753)), None);
        assert_eq!(account(&id(1, 1_050_000_000_000)), None);
        assert_eq!(account("AKIA"), None);
    }
}
