//! Deltas: the steps that make an object of the bytes of its base and new bytes (gitformat-pack(5),
//! "Deltified representation").

use std::ops::Range;

use super::object_error::ObjectError;

/// A step of a delta. Steps are contiguous in the child: each begins where the one before ended.
/// Two inserts never follow each other, nor do two copies of contiguous bytes of the base. All
/// numbers are bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instruction {
    /// `length` bytes from the offset `from` of the base become the bytes at the offset `at` of the
    /// child.
    Copy {
        /// Offset in the base.
        from: u32,
        /// Offset in the child.
        at: u32,
        /// Number of bytes.
        length: u32,
    },
    /// `length` new bytes become the bytes at the offset `at` of the child.
    Insert {
        /// Offset in the child.
        at: u32,
        /// Number of bytes.
        length: u32,
    },
}

impl Instruction {
    /// The range of the child that the step makes.
    pub fn made(&self) -> Range<usize> {
        let (Instruction::Copy { at, length, .. } | Instruction::Insert { at, length }) = *self;
        at as usize..at as usize + length as usize
    }

    /// The range of the base that the step copies; `None` for an insert.
    pub fn taken(&self) -> Option<Range<usize>> {
        match *self {
            Instruction::Copy { from, length, .. } => {
                Some(from as usize..from as usize + length as usize)
            }
            Instruction::Insert { .. } => None,
        }
    }
}

/// The sizes of base and child that a delta declares, in bytes, and the offset of its instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sizes {
    /// The size of the base in bytes.
    pub(super) base: u64,
    /// The size of the child in bytes.
    pub(super) child: u64,
    instructions: usize,
}

/// Parses the start of a delta.
///
/// # Errors If a size is cut or does not fit 64 bits.
pub(super) fn sizes(delta: &[u8]) -> Result<Sizes, ObjectError> {
    let (base, first) = size(delta)?;
    let (child, second) = size(&delta[first..])?;
    Ok(Sizes {
        base,
        child,
        instructions: first + second,
    })
}

/// Parses little-endian groups of 7 bits. Returns the number and the count of bytes read.
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

/// The length of a copy that gives none.
const COPY_DEFAULT: u32 = 0x1_0000;

/// The most steps that are kept (16 MiB). Only a hostile delta has more, or a child so changed that
/// its steps are of no use.
const MOST_STEPS: usize = 1 << 20;

/// Puts the child of `base` into `child`, and the steps that make it into `steps`. Steps that
/// continue each other are joined: git cuts copies at 64 KiB and inserts at 127 bytes. The child
/// never grows beyond its declared size, nor faster than instructions fill it. False if there are
/// too many steps to keep; the child is complete nevertheless.
///
/// # Errors If the delta is malformed, or made for a base of another size.
pub(super) fn apply(
    delta: &[u8],
    sizes: Sizes,
    base: &[u8],
    steps: &mut Vec<Instruction>,
    child: &mut Vec<u8>,
) -> Result<bool, ObjectError> {
    steps.clear();
    child.clear();
    // A child that copies no part of its base twice fits into this capacity; another one grows as
    // it is filled.
    let most = usize::try_from(sizes.child)
        .unwrap_or(usize::MAX)
        .min(base.len() + delta.len());
    child.reserve(most + FEW);
    let mut kept = true;
    follow(delta, sizes, base, |step, source| {
        append(child, source, step.made().len());
        kept = kept && note(steps, step);
        true
    })?;
    Ok(kept)
}

/// Calls `found` with each instruction of a delta, in order, and a slice that begins with the bytes
/// that it makes. Returns false if `found` stopped the iteration. Damage is found only when its
/// turn comes.
///
/// # Errors If the delta is malformed, or made for a base of another size.
#[inline(always)]
pub(super) fn follow<'a>(
    delta: &'a [u8],
    sizes: Sizes,
    base: &'a [u8],
    mut found: impl FnMut(Instruction, &'a [u8]) -> bool,
) -> Result<bool, ObjectError> {
    let bad = |why| Err(ObjectError::BadDelta(why));
    if sizes.base != base.len() as u64 {
        return bad("it is made for a base of another size");
    }
    let Ok(mut left) = u32::try_from(sizes.child) else {
        return Err(ObjectError::TooLarge { size: sizes.child });
    };
    let mut at = 0;
    let mut code = &delta[sizes.instructions..];
    while let Some((&op, rest)) = code.split_first() {
        code = rest;
        let (step, source, length) = if op & 0x80 != 0 {
            let Some((from, length)) = copy(op, &mut code) else {
                return bad("a copy is cut");
            };
            let source = base
                .get(from as usize..)
                .filter(|source| length as usize <= source.len());
            let Some(source) = source else {
                return bad("it copies from beyond its base");
            };
            (Instruction::Copy { from, at, length }, source, length)
        } else if op != 0 {
            let Some(rest) = code.get(op.into()..) else {
                return bad("an insert is cut");
            };
            let length = op.into();
            (
                Instruction::Insert { at, length },
                std::mem::replace(&mut code, rest),
                length,
            )
        } else {
            return bad("an instruction is reserved");
        };
        let Some(less) = left.checked_sub(length) else {
            return bad("it makes more bytes than it declares");
        };
        (left, at) = (less, at + length);
        if !found(step, source) {
            return Ok(false);
        }
    }
    if left == 0 {
        Ok(true)
    } else {
        bad("it makes fewer bytes than it declares")
    }
}

/// The most bytes that most instructions make.
const FEW: usize = 64;

/// Appends the first `length` bytes of `source`. For a small number, a fixed number of bytes is
/// copied and the surplus cut off again: that costs less than a mispredicted branch on the number.
#[inline(always)]
pub(crate) fn append(out: &mut Vec<u8>, source: &[u8], length: usize) {
    match source.first_chunk::<FEW>() {
        Some(few) if length <= FEW => {
            let end = out.len() + length;
            out.extend_from_slice(few);
            out.truncate(end);
        }
        _ => out.extend_from_slice(&source[..length]),
    }
}

/// Parses the operands of a copy: four bytes of offset, then three of length, lowest first. Only
/// the bytes for which `op` has a bit are there.
#[inline(always)]
fn copy(op: u8, code: &mut &[u8]) -> Option<(u32, u32)> {
    let mut number = [0u8; 8];
    for (bit, byte) in number.iter_mut().enumerate().take(7) {
        if op & 1 << bit != 0 {
            let (&given, rest) = code.split_first()?;
            (*byte, *code) = (given, rest);
        }
    }
    let number = u64::from_le_bytes(number);
    let length = if number >> 32 == 0 {
        COPY_DEFAULT
    } else {
        (number >> 32) as u32
    };
    Some((number as u32, length))
}

/// Adds a step, or extends the last one if the step continues it. False if there is no room.
fn note(steps: &mut Vec<Instruction>, step: Instruction) -> bool {
    let full = steps.len() == MOST_STEPS;
    match (steps.last_mut(), step) {
        (
            Some(Instruction::Copy {
                from: before,
                length,
                ..
            }),
            Instruction::Copy {
                from, length: more, ..
            },
        ) if before.checked_add(*length) == Some(from) => {
            *length += more;
        }
        (Some(Instruction::Insert { length, .. }), Instruction::Insert { length: more, .. }) => {
            *length += more
        }
        _ if full => return false,
        _ => steps.push(step),
    }
    true
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

    fn run(
        base: &[u8],
        declared: u64,
        code: &[u8],
    ) -> Result<(Vec<u8>, Vec<Instruction>), ObjectError> {
        let delta = [
            write_size(base.len() as u64),
            write_size(declared),
            code.to_vec(),
        ]
        .concat();
        let (mut steps, mut child) = (Vec::new(), Vec::new());
        assert!(apply(&delta, sizes(&delta)?, base, &mut steps, &mut child)?);
        Ok((child, steps))
    }

    #[test]
    fn a_copy_without_length_has_64_kib() {
        let base: Vec<u8> = (0..0x1_0005u32).map(|n| n as u8).collect();
        let (child, steps) = run(&base, 0x1_0000, &[0x81, 5]).unwrap();
        assert_eq!(child, base[5..]);
        assert_eq!(
            steps,
            [Instruction::Copy {
                from: 5,
                at: 0,
                length: 0x1_0000
            }]
        );
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
    fn steps_that_go_on_are_one() {
        let base = vec![b'x'; 0x3_0000];
        let code = [&[0x80, 0x84, 1, 0x91, 1, 7, 1, b'a', 1, b'b'][..]].concat();
        let (child, steps) = run(&base, 0x2_0009, &code).unwrap();
        assert_eq!(child.len(), 0x2_0009);
        assert_eq!(
            steps[0],
            Instruction::Copy {
                from: 0,
                at: 0,
                length: 0x2_0000
            }
        );
        assert_eq!(
            steps[1],
            Instruction::Copy {
                from: 1,
                at: 0x2_0000,
                length: 7
            }
        );
        assert_eq!(
            steps[2..],
            [Instruction::Insert {
                at: 0x2_0007,
                length: 2
            }]
        );
    }

    #[test]
    fn too_many_steps_are_not_kept() {
        let code = [0x90, 1, 1, b'a'].repeat(MOST_STEPS);
        let delta = [write_size(1), write_size(2 * MOST_STEPS as u64), code].concat();
        let (mut steps, mut child) = (Vec::new(), Vec::new());
        assert_eq!(
            apply(&delta, sizes(&delta).unwrap(), b"b", &mut steps, &mut child),
            Ok(false)
        );
        assert_eq!((child.len(), steps.len()), (2 * MOST_STEPS, MOST_STEPS));
        assert!(child.chunks(2).all(|pair| pair == b"ba"));
    }

    #[test]
    fn hostile_deltas_are_refused() {
        let bad = |declared, code: &[u8]| run(b"0123456789", declared, code).unwrap_err();
        for (declared, code) in [
            (4, &[0][..]),
            (4, &[4, 1]),
            (4, &[0x91, 7]),
            (4, &[0x91, 8, 4]),
            (3, &[0x90, 4]),
            (5, &[0x90, 4]),
        ] {
            assert!(
                matches!(bad(declared, code), ObjectError::BadDelta(_)),
                "{code:?}"
            );
        }
        // 4 GiB out of nothing.
        assert!(matches!(
            bad(u64::from(u32::MAX), &[0x90, 4]),
            ObjectError::BadDelta(_)
        ));
        assert_eq!(
            bad(1 << 32, &[0x90, 4]),
            ObjectError::TooLarge { size: 1 << 32 }
        );
        assert!(sizes(&[0xff; 30]).is_err());
        assert!(sizes(&[0x80]).is_err());
        assert!(sizes(&[5]).is_err());
        let delta = [3, 1, 1, b'x'];
        assert!(
            apply(
                &delta,
                sizes(&delta).unwrap(),
                b"four",
                &mut Vec::new(),
                &mut Vec::new()
            )
            .is_err()
        );
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
