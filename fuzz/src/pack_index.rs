//! Any bytes as an index. The parsed rows agree with a plain reading of the format, and an index
//! without flaws has the right checksum. The first byte decides the length of ids, and whether the
//! checksum is mended, so that the fuzzer gets past it.

use keyferry::source::git::pack::{ObjectFormat, fuzzing};
use sha1::{Digest, Sha1};
use sha2::Sha256;

pub fn run(bytes: &[u8]) {
    let Some((&mend, bytes)) = bytes.split_first() else {
        return;
    };
    let mut bytes = bytes.to_vec();
    let (format, length) = if mend & 2 != 0 {
        (ObjectFormat::Sha256, 32)
    } else {
        (ObjectFormat::Sha1, 20)
    };
    let body = bytes.len().saturating_sub(length);
    let sum = match format {
        ObjectFormat::Sha1 => Sha1::digest(&bytes[..body]).to_vec(),
        ObjectFormat::Sha256 => Sha256::digest(&bytes[..body]).to_vec(),
    };
    if mend & 1 != 0 && bytes.len() >= length {
        bytes[body..].copy_from_slice(&sum);
    }
    let Ok(index) = fuzzing::index(&bytes, format) else {
        return;
    };
    let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    let second = bytes.starts_with(b"\xfftOc");
    let count = number(if second { 8 } else { 0 } + 255 * 4) as usize;
    assert_eq!(index.rows.len(), count);
    let right = bytes[body..] == sum[..];
    assert!(right || !index.flaws.is_empty());
    for (place, (id, offset, crc)) in index.rows.iter().enumerate() {
        if second {
            let ids = 8 + 1024;
            assert_eq!(id.as_bytes(), &bytes[ids + length * place..][..length]);
            assert_eq!(*crc, Some(number(ids + length * count + 4 * place)));
            let small = number(ids + (length + 4) * count + 4 * place);
            if small >> 31 == 0 {
                assert_eq!(*offset, Some(small.into()));
            } else {
                let row = ids + (length + 8) * count + 8 * (small & !(1 << 31)) as usize;
                let large = (row + 8 <= bytes.len() - 2 * length)
                    .then(|| bytes[row..row + 8].try_into().unwrap());
                assert_eq!(*offset, large.map(u64::from_be_bytes));
            }
        } else {
            let row = 1024 + (4 + length) * place;
            assert_eq!(id.as_bytes(), &bytes[row + 4..][..length]);
            assert_eq!((*offset, *crc), (Some(number(row).into()), None));
        }
    }
}
