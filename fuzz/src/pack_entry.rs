//! Any bytes as the header of an entry, and as a delta on a base. A header depends on its own bytes
//! alone; the child and the steps of a delta agree with a plain reading of the format.

use keyferry::source::git::pack::ObjectFormat;
use keyferry::source::git::pack::fuzzing::{apply, entry};

use crate::input::Input;

pub fn run(bytes: &[u8]) {
    for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        if let Some((form, size, length)) = entry(bytes, format) {
            assert_eq!(entry(&bytes[..length], format), Some((form, size, length)));
            (0..length).for_each(|cut| assert_eq!(entry(&bytes[..cut], format), None));
        }
    }
    let mut input = Input::new(bytes);
    let times = 1 + input.below(2) * 300;
    let base = input.some().repeat(times);
    let mut delta = Vec::new();
    if input.flag() {
        write_size(base.len() as u64, &mut delta);
    }
    delta.extend(input.rest());
    let made = apply(&delta, &base);
    let plain = plain(&delta, &base);
    assert_eq!(made.as_ref().ok().map(|(child, _)| child), plain.as_ref());
    let Ok((child, steps)) = made else { return };
    let mut end = 0;
    for (at, step) in steps.iter().enumerate() {
        assert_eq!(step.made().start, end);
        end = step.made().end;
        match step.taken() {
            Some(taken) => assert_eq!(child[step.made()], base[taken]),
            None => assert!(
                at == 0 || steps[at - 1].taken().is_some(),
                "two inserts in a row"
            ),
        }
    }
    assert_eq!(end, child.len());
}

pub fn write_size(mut size: u64, out: &mut Vec<u8>) {
    while size > 0x7f {
        out.push(0x80 | (size & 0x7f) as u8);
        size >>= 7;
    }
    out.push(size as u8);
}

fn size(delta: &mut &[u8]) -> Option<u128> {
    let mut size = 0u128;
    for shift in (0..).step_by(7) {
        let (&byte, rest) = delta.split_first()?;
        *delta = rest;
        // No number of 64 bits is longer than ten bytes, however many zeros are put before it.
        if shift >= 70 {
            return None;
        }
        size |= u128::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(size);
        }
    }
    None
}

/// gitformat-pack(5), "Deltified representation", word by word.
fn plain(mut delta: &[u8], base: &[u8]) -> Option<Vec<u8>> {
    let (from, to) = (size(&mut delta)?, size(&mut delta)?);
    if from != base.len() as u128 || to > u32::MAX.into() {
        return None;
    }
    let mut child = Vec::new();
    while let Some((&op, rest)) = delta.split_first() {
        delta = rest;
        if op & 0x80 == 0 {
            child.extend(delta.get(..op.into()).filter(|bytes| !bytes.is_empty())?);
            delta = &delta[op.into()..];
            continue;
        }
        let mut part = |bits: std::ops::Range<usize>| {
            let mut number = 0usize;
            for (at, bit) in bits.enumerate() {
                if op >> bit & 1 != 0 {
                    let (&byte, rest) = delta.split_first()?;
                    delta = rest;
                    number |= usize::from(byte) << (8 * at);
                }
            }
            Some(number)
        };
        let offset = part(0..4)?;
        let length = Some(part(4..7)?)
            .filter(|&length| length > 0)
            .unwrap_or(0x1_0000);
        child.extend(base.get(offset..offset + length)?);
        if child.len() as u128 > to {
            return None;
        }
    }
    (child.len() as u128 == to).then_some(child)
}
