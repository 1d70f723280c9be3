//! Any bytes as an index. What is read agrees with a plain reading of the format, and an index without flaws has the right
//! checksum. The first byte tells whether the checksum is mended, so that the fuzzer gets past it.

use keyferry::source::git::pack::fuzzing;
use sha1::{Digest, Sha1};

pub fn run(bytes: &[u8]) {
    let Some((&mend, bytes)) = bytes.split_first() else { return };
    let mut bytes = bytes.to_vec();
    let body = bytes.len().saturating_sub(20);
    let sum = Sha1::digest(&bytes[..body]);
    if mend & 1 != 0 && bytes.len() >= 20 {
        bytes[body..].copy_from_slice(&sum);
    }
    let Ok(index) = fuzzing::index(&bytes) else { return };
    let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    let second = bytes.starts_with(b"\xfftOc");
    let count = number(if second { 8 } else { 0 } + 255 * 4) as usize;
    assert_eq!(index.rows.len(), count);
    let right = bytes[body..] == sum[..];
    assert!(right || !index.flaws.is_empty());
    for (place, (id, offset, crc)) in index.rows.iter().enumerate() {
        if second {
            let ids = 8 + 1024;
            assert_eq!(id.0, bytes[ids + 20 * place..][..20]);
            assert_eq!(*crc, Some(number(ids + 20 * count + 4 * place)));
            let small = number(ids + 24 * count + 4 * place);
            if small >> 31 == 0 {
                assert_eq!(*offset, Some(small.into()));
            } else {
                let row = ids + 28 * count + 8 * (small & !(1 << 31)) as usize;
                let large = (row + 8 <= bytes.len() - 40).then(|| bytes[row..row + 8].try_into().unwrap());
                assert_eq!(*offset, large.map(u64::from_be_bytes));
            }
        } else {
            assert_eq!(id.0, bytes[1024 + 24 * place + 4..][..20]);
            assert_eq!((*offset, *crc), (Some(number(1024 + 24 * place).into()), None));
        }
    }
}
