//! Deltas: how a child's bytes are made of its base's and new ones (gitformat-pack(5), "Deltified representation").

use std::ops::Range;

use super::error::ObjectError;

/// One step of a delta. Steps follow each other in the child without a gap: each begins where the one before ended.
/// All numbers are bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instruction {
    /// `length` bytes from `from` of the base stand at `at` of the child.
    Copy { from: u32, at: u32, length: u32 },
    /// `length` new bytes stand at `at` of the child.
    Insert { at: u32, length: u32 },
}

impl Instruction {
    /// What it makes of the child.
    pub fn made(&self) -> Range<usize> {
        let (Instruction::Copy { at, length, .. } | Instruction::Insert { at, length }) = *self;
        at as usize..at as usize + length as usize
    }

    /// What it takes of the base, if it is a copy.
    pub fn taken(&self) -> Option<Range<usize>> {
        match *self {
            Instruction::Copy { from, length, .. } => Some(from as usize..from as usize + length as usize),
            Instruction::Insert { .. } => None,
        }
    }
}

/// Sizes of base and child that a delta declares, in bytes, and where its instructions begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sizes {
    pub(super) base: u64,
    pub(super) child: u64,
    instructions: usize,
}

/// Reads the start of a delta.
pub(super) fn sizes(delta: &[u8]) -> Result<Sizes, ObjectError> {
    let (base, first) = size(delta)?;
    let (child, second) = size(&delta[first..])?;
    Ok(Sizes { base, child, instructions: first + second })
}

/// Little-endian groups of 7 bits. Returns the number and how many bytes it took.
fn size(bytes: &[u8]) -> Result<(u64, usize), ObjectError> {
    let mut size = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        let (shift, bits) = (7 * at as u32, u64::from(byte & 0x7f));
        if shift >= 64 || bits << shift >> shift != bits {
            break;
        }
        size |= bits << shift;
        if byte & 0x80 == 0 {
            return Ok((size, at + 1));
        }
    }
    Err(ObjectError::BadDelta("a size is cut or does not fit"))
}

/// Length of a copy that gives none.
const COPY_DEFAULT: u32 = 0x1_0000;

/// Puts the child of `base` into `child`, and into `steps` how it was made. No memory is taken before the instructions were
/// seen to make as many bytes as declared, out of bytes that the base has.
pub(super) fn apply(
    delta: &[u8],
    sizes: Sizes,
    base: &[u8],
    steps: &mut Vec<Instruction>,
    child: &mut Vec<u8>,
) -> Result<(), ObjectError> {
    steps.clear();
    child.clear();
    if sizes.base != base.len() as u64 {
        return Err(ObjectError::BadDelta("it is made for a base of another size"));
    }
    let code = &delta[sizes.instructions..];
    let Ok(declared) = u32::try_from(sizes.child) else { return Err(ObjectError::TooLarge { size: sizes.child }) };
    parse(code, base.len(), declared, steps)?;
    child.reserve(declared as usize);
    // Where new bytes stand in the delta is known from what the instructions before them took: it is walked again, which is
    // cheaper than to keep the places.
    let mut at = 0;
    for step in steps.iter() {
        match *step {
            Instruction::Copy { from, length, .. } => {
                at += 1 + (code[at] & 0x7f).count_ones() as usize;
                child.extend_from_slice(&base[from as usize..from as usize + length as usize]);
            }
            Instruction::Insert { length, .. } => {
                at += 1;
                child.extend_from_slice(&code[at..at + length as usize]);
                at += length as usize;
            }
        }
    }
    Ok(())
}

fn parse(code: &[u8], base: usize, declared: u32, steps: &mut Vec<Instruction>) -> Result<(), ObjectError> {
    let bad = |why| Err(ObjectError::BadDelta(why));
    let (mut at, mut made) = (0, 0u32);
    while let Some(&op) = code.get(at) {
        at += 1;
        let length;
        if op & 0x80 != 0 {
            let mut number = [0u8; 8];
            for (bit, byte) in number.iter_mut().enumerate().take(7) {
                if op & 1 << bit != 0 {
                    let Some(&given) = code.get(at) else { return bad("a copy is cut") };
                    *byte = given;
                    at += 1;
                }
            }
            let number = u64::from_le_bytes(number);
            // Four bytes of offset, three of length; lowest first, those that are zero left out.
            let from = number as u32;
            length = if number >> 32 == 0 { COPY_DEFAULT } else { (number >> 32) as u32 };
            if u64::from(from) + u64::from(length) > base as u64 {
                return bad("it copies from beyond its base");
            }
            steps.push(Instruction::Copy { from, at: made, length });
        } else if op != 0 {
            length = op.into();
            if code.len() - at < length as usize {
                return bad("an insert is cut");
            }
            at += length as usize;
            steps.push(Instruction::Insert { at: made, length });
        } else {
            return bad("an instruction is reserved");
        }
        made = match made.checked_add(length) {
            Some(made) if made <= declared => made,
            _ => return bad("it makes more bytes than it declares"),
        };
    }
    if made == declared { Ok(()) } else { bad("it makes fewer bytes than it declares") }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(in super::super) fn write_size(mut size: u64) -> Vec<u8> {
        let mut out = vec![(size & 0x7f) as u8];
        while size > 0x7f {
            *out.last_mut().unwrap() |= 0x80;
            size >>= 7;
            out.push((size & 0x7f) as u8);
        }
        out
    }

    pub(in super::super) fn write_copy(from: u32, length: u32) -> Vec<u8> {
        let mut out = vec![0x80];
        let length = if length == COPY_DEFAULT { 0 } else { length };
        let number = u64::from(from) | u64::from(length) << 32;
        for (bit, byte) in number.to_le_bytes()[..7].iter().enumerate() {
            if *byte != 0 {
                out[0] |= 1 << bit;
                out.push(*byte);
            }
        }
        out
    }

    fn run(base: &[u8], declared: u64, code: &[u8]) -> Result<(Vec<u8>, Vec<Instruction>), ObjectError> {
        let delta = [write_size(base.len() as u64), write_size(declared), code.to_vec()].concat();
        let (mut steps, mut child) = (Vec::new(), Vec::new());
        apply(&delta, sizes(&delta)?, base, &mut steps, &mut child)?;
        Ok((child, steps))
    }

    #[test]
    fn a_copy_without_length_has_64_kib() {
        let base: Vec<u8> = (0..0x1_0005u32).map(|n| n as u8).collect();
        let (child, steps) = run(&base, 0x1_0000, &[0x81, 5]).unwrap();
        assert_eq!(child, base[5..]);
        assert_eq!(steps, [Instruction::Copy { from: 5, at: 0, length: 0x1_0000 }]);
        assert!(run(&base, 0x1_0000, &[0x81, 6]).is_err());
    }

    #[test]
    fn copies_and_inserts_mix() {
        let (child, steps) = run(b"0123456789", 7, &[2, b'a', b'b', 0x91, 7, 3, 0x90, 2]).unwrap();
        assert_eq!(child, b"ab78901");
        assert_eq!(steps[0], Instruction::Insert { at: 0, length: 2 });
        assert_eq!((steps[1].made(), steps[1].taken()), (2..5, Some(7..10)));
        assert_eq!((steps[2].made(), steps[0].taken()), (5..7, None));
        assert_eq!(run(b"", 0, b"").unwrap().0, b"");
    }

    #[test]
    fn hostile_deltas_are_refused() {
        let bad = |declared, code: &[u8]| run(b"0123456789", declared, code).unwrap_err();
        for (declared, code) in
            [(4, &[0][..]), (4, &[4, 1]), (4, &[0x91, 7]), (4, &[0x91, 8, 4]), (3, &[0x90, 4]), (5, &[0x90, 4])]
        {
            assert!(matches!(bad(declared, code), ObjectError::BadDelta(_)), "{code:?}");
        }
        // 4 GiB out of nothing.
        assert!(matches!(bad(u64::from(u32::MAX), &[0x90, 4]), ObjectError::BadDelta(_)));
        assert_eq!(bad(1 << 32, &[0x90, 4]), ObjectError::TooLarge { size: 1 << 32 });
        assert!(sizes(&[0xff; 30]).is_err());
        assert!(sizes(&[0x80]).is_err());
        assert!(sizes(&[5]).is_err());
        let delta = [3, 1, 1, b'x'];
        assert!(apply(&delta, sizes(&delta).unwrap(), b"four", &mut Vec::new(), &mut Vec::new()).is_err());
    }

    proptest! {
        #[test]
        fn written_is_applied(
            base in proptest::collection::vec(any::<u8>(), 1..300),
            steps in proptest::collection::vec((any::<bool>(), 0usize..300, 1usize..127), 0..20),
        ) {
            let (mut code, mut expected) = (Vec::new(), Vec::new());
            for (copy, from, length) in steps {
                if copy {
                    let from = from % base.len();
                    let length = length.min(base.len() - from);
                    code.extend(write_copy(from as u32, length as u32));
                    expected.extend_from_slice(&base[from..from + length]);
                } else {
                    code.push(length as u8);
                    code.extend(vec![from as u8; length]);
                    expected.extend(vec![from as u8; length]);
                }
            }
            let (child, steps) = run(&base, expected.len() as u64, &code).unwrap();
            prop_assert_eq!(&child, &expected);
            let mut end = 0;
            for step in steps {
                prop_assert_eq!(step.made().start, end);
                end = step.made().end;
                if let Some(taken) = step.taken() {
                    prop_assert_eq!(&child[step.made()], &base[taken]);
                }
            }
            prop_assert_eq!(end, child.len());
        }

        #[test]
        fn any_bytes_end(delta in proptest::collection::vec(any::<u8>(), 0..60), base in 0usize..40) {
            if let Ok(sizes) = sizes(&delta) {
                let _ = apply(&delta, sizes, &vec![0; base], &mut Vec::new(), &mut Vec::new());
            }
        }
    }
}
