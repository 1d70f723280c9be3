//! Every stream that this crate accepts is accepted by libdeflate and miniz_oxide, with the same bytes.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::dynamic::has_codes;
use crate::tables::*;

fn inflate(stream: &[u8], size: usize) -> Result<Vec<u8>, Error> {
    let mut out = vec![0x55; size + SLACK];
    let made = SmallInflater::new().inflate(stream, &mut out)?;
    out.truncate(made);
    Ok(out)
}

fn reference(stream: &[u8], size: usize) -> Option<Vec<u8>> {
    let mut out = vec![0xaa; size];
    let made = libdeflater::Decompressor::new()
        .deflate_decompress(stream, &mut out)
        .ok()?;
    out.truncate(made);
    Some(out)
}

/// Which of the two decompressors accept a stream. A stream that this crate accepts must be
/// accepted by the other one, with the same bytes.
fn compare(stream: &[u8], size: usize) -> (bool, bool) {
    let (ours, theirs) = (inflate(stream, size), reference(stream, size));
    if let Ok(ours) = &ours {
        assert_eq!(Some(ours), theirs.as_ref());
        let miniz = miniz_oxide::inflate::decompress_to_vec(stream);
        assert_eq!(Some(ours), miniz.ok().as_ref());
    }
    (ours.is_ok(), theirs.is_some())
}

/// Numbers that are the same in each run.
struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % below
    }
}

static TEXTS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(texts);

fn texts() -> Vec<Vec<u8>> {
    let mut random = Random(1);
    let mut texts = vec![vec![], b"a".to_vec(), b"ab".repeat(300), vec![0; 70_000]];
    texts.push(include_bytes!("lib.rs").to_vec());
    texts.push((0..=255).collect());
    // Matches over each short distance, of many lengths.
    for distance in 1..40 {
        let part: Vec<u8> = (0..distance).map(|byte| byte * 3).collect();
        texts.push(
            part.iter()
                .copied()
                .cycle()
                .take(random.next(700))
                .collect(),
        );
    }
    for kinds in [1, 2, 3, 5, 17, 60, 256] {
        for length in [1, 30, 200, 1000, 5000, 100_000] {
            texts.push(
                (0..length)
                    .map(|_| random.next(random.0 as usize % kinds + 1) as u8)
                    .collect(),
            );
        }
    }
    // Numbers of bytes that double: the longest codes.
    texts.push((0..18).flat_map(|byte: u8| vec![byte; 1 << byte]).collect());
    let words: Vec<Vec<u8>> = (0..300)
        .map(|_| {
            (0..random.next(9) + 1)
                .map(|_| b'a' + random.next(26) as u8)
                .collect()
        })
        .collect();
    for count in [5, 20, 50, 100, 300, 1000, 30_000] {
        texts.push(
            (0..count)
                .flat_map(|_| [&words[random.next(300)][..], b" "].concat())
                .collect(),
        );
    }
    texts
}

#[test]
fn there_and_back() {
    let (mut small, mut count) = (SmallInflater::new(), [0; 2]);
    for text in &*TEXTS {
        let mut out = vec![0; text.len() + SLACK];
        let mut streams: Vec<Vec<u8>> = [0, 1, 6, 9]
            .map(|level| miniz_oxide::deflate::compress_to_vec(text, level))
            .to_vec();
        for level in [1, 3, 6, 9, 12] {
            let mut compressor =
                libdeflater::Compressor::new(libdeflater::CompressionLvl::new(level).unwrap());
            let mut stream = vec![0; compressor.deflate_compress_bound(text.len())];
            let length = compressor.deflate_compress(text, &mut stream).unwrap();
            stream.truncate(length);
            streams.push(stream);
        }
        for mut stream in streams {
            // Of long texts some block may have another form.
            if !suits(&stream, 0)
                || (text.len() > 5000 && small.inflate(&stream, &mut out).is_err())
            {
                assert_eq!(small.inflate(&stream, &mut out), Err(Error::BadData));
                continue;
            }
            count[usize::from(has_codes(&stream))] += 1;
            for tail in [0, 3, 100] {
                stream.extend(vec![0xff; tail]);
                assert_eq!(small.inflate(&stream, &mut out), Ok(text.len()));
                assert_eq!(out[..text.len()], text[..]);
            }
            let room = text.len() + SLACK - 1;
            assert_eq!(
                small.inflate(&stream, &mut out[..room]),
                Err(Error::InsufficientSpace)
            );
        }
    }
    assert!(count[0] > 100 && count[1] > 250, "{count:?}");
}

#[test]
fn prefixes() {
    for text in TEXTS.iter().filter(|text| text.len() < 700) {
        for level in [0, 1, 6] {
            let stream = miniz_oxide::deflate::compress_to_vec(text, level);
            for length in 0..stream.len() {
                assert!(inflate(&stream[..length], text.len()).is_err());
            }
        }
    }
}

#[derive(Default)]
struct Writer {
    bytes: Vec<u8>,
    count: usize,
}

impl Writer {
    fn put(&mut self, value: usize, count: usize) {
        for bit in 0..count {
            if self.count.is_multiple_of(8) {
                self.bytes.push(0);
            }
            self.bytes[self.count / 8] |= ((value >> bit & 1) as u8) << (self.count % 8);
            self.count += 1;
        }
    }
}

/// Lengths of a code with all codes that there can be, not longer than `longest`.
fn lengths(random: &mut Random, symbols: usize, used: usize, longest: u8) -> Vec<u8> {
    let mut codes = vec![0u8];
    while codes.len() < used {
        // Now and then the last again, which makes long codes.
        let at = if random.next(3) == 0 {
            random.next(codes.len())
        } else {
            codes.len() - 1
        };
        if codes[at] < longest {
            codes[at] += 1;
            codes.push(codes[at]);
        } else {
            codes.swap_remove(at);
            codes.insert(0, longest);
            if codes.iter().all(|&code| code == longest) {
                break;
            }
        }
    }
    let mut lengths = vec![0; symbols];
    for code in codes {
        let mut symbol = random.next(symbols);
        while lengths[symbol] != 0 {
            symbol = (symbol + 1) % symbols;
        }
        lengths[symbol] = code;
    }
    lengths
}

/// The start of a dynamic block: 13 of the codes for lengths have four bits, the others five.
fn dynamic(literals: &[u8], distances: &[u8]) -> Writer {
    let mut writer = Writer::default();
    writer.put(5, 3);
    writer.put(literals.len() - 257, 5);
    writer.put(distances.len() - 1, 5);
    writer.put(15, 4);
    for symbol in ORDER {
        writer.put(if symbol < 13 { 4 } else { 5 }, 3);
    }
    for &length in literals.iter().chain(distances) {
        let (code, count) = if length < 13 {
            (length as u16, 4)
        } else {
            (length as u16 + 13, 5)
        };
        writer.put(usize::from(code.reverse_bits() >> (16 - count)), count);
    }
    writer
}

#[test]
fn all_codes() {
    let mut random = Random(7);
    let (mut good, mut bad) = (0, 0);
    for round in 0..3000 {
        let (symbols, longest) = (257 + random.next(30), 9 + random.next(7) as u8);
        let used = 2 + random.next(symbols - 1);
        let mut literals = lengths(&mut random, symbols, used, longest);
        let symbols = 1 + random.next(30);
        let used = 1 + random.next(symbols);
        let mut distances = lengths(&mut random, symbols, used, 15);
        // Some that are not whole, and some that are too many.
        if round % 8 == 0 {
            let at = random.next(literals.len());
            literals[at] = random.next(16) as u8;
        } else if round % 8 == 1 {
            let at = random.next(distances.len());
            distances[at] = random.next(16) as u8;
        }
        let mut writer = dynamic(&literals, &distances);
        for _ in 0..random.next(2000) {
            writer.put(random.next(256), 8);
        }
        match compare(&writer.bytes, 20_000) {
            (true, true) => good += 1,
            (false, false) => bad += 1,
            (ours, theirs) => {
                // Libdeflate takes the other code for the single one, and any code if there are
                // none; no other decompressor does.
                let few = |lengths: &[u8]| lengths.iter().filter(|&&length| length > 0).count() < 2;
                assert!(
                    !ours && theirs && (few(&literals) || few(&distances)),
                    "{literals:?} {distances:?}"
                );
            }
        }
    }
    assert!(good > 200 && bad > 200, "{good} {bad}");
}

#[test]
fn few_codes() {
    let with = |lengths: &[(usize, u8)], all: usize| {
        let mut list = vec![0; all];
        lengths
            .iter()
            .for_each(|&(symbol, length)| list[symbol] = length);
        list
    };
    let made = |literals: &[u8], distances: &[u8], bits: usize, count: usize| {
        let mut writer = dynamic(literals, distances);
        writer.put(bits, count);
        inflate(&writer.bytes, 1000)
    };
    let end = with(&[(256, 1)], 257);
    // A single code for the end, or with one literal; no distance, or one.
    assert_eq!(made(&end, &[0], 0, 1), Ok(vec![]));
    assert_eq!(made(&end, &[0], 1, 1), Err(Error::BadData));
    assert_eq!(made(&end, &[1], 0, 1), Ok(vec![]));
    assert_eq!(
        made(&with(&[(256, 2)], 257), &[1], 0, 2),
        Err(Error::BadData)
    );
    assert_eq!(made(&end, &[2], 0, 2), Err(Error::BadData));
    assert_eq!(made(&end, &[1, 1, 1], 0, 2), Err(Error::BadData));
    let two = with(&[(65, 1), (256, 2), (257, 2)], 258);
    assert_eq!(made(&two, &[0], 0b010, 3), Ok(b"A".to_vec().repeat(1)));
    assert_eq!(made(&two, &[1], 0b01_0110, 6), Ok(b"AAAA".to_vec()));
    assert_eq!(made(&two, &[1], 0b01_1110, 6), Err(Error::BadData));
    assert_eq!(made(&two, &[0, 1], 0b01_0110, 6), Err(Error::BadData));
    assert_eq!(made(&two, &[0], 0b01_0110, 6), Err(Error::BadData));
    // No end.
    assert!(made(&with(&[(65, 1), (66, 1)], 257), &[0], 0, 9).is_err());
    // More codes than have a meaning.
    assert_eq!(
        made(&with(&[(256, 1)], 287), &[0], 0, 1),
        Err(Error::BadData)
    );
    assert_eq!(made(&end, &[0; 31], 0, 1), Err(Error::BadData));
    // Other blocks: with the fixed code and not the last, stored, none.
    for other in [
        &[2, 0, 0, 0][..],
        &[1, 1, 0, 0xfe, 0xff, 9],
        &[7, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ] {
        assert_eq!(inflate(other, 10), Err(Error::BadData));
    }
}

/// A symbol of the fixed code.
fn fixed(writer: &mut Writer, symbol: usize) {
    let (code, count) = match symbol {
        0..144 => (0x30 + symbol, 8),
        144..256 => (0x190 + symbol - 144, 9),
        256..280 => (symbol - 256, 7),
        _ => (0xc0 + symbol - 280, 8),
    };
    writer.put(
        usize::from((code as u16).reverse_bits() >> (16 - count)),
        count,
    );
}

/// A length or distance that begins with the code of `entry`: its other bits.
fn number(writer: &mut Writer, random: &mut Random, entry: u32) -> usize {
    let count = entry as usize & 63;
    let more = random.next(1 << count);
    writer.put(more, count);
    (entry >> 16) as usize + more
}

#[test]
fn all_fixed_codes() {
    let mut random = Random(9);
    let (mut good, mut bad) = (0, 0);
    for round in 0..3000 {
        let (mut writer, mut text) = (Writer::default(), Vec::new());
        writer.put(3, 3);
        // How many of a hundred literals have nine bits, and how many codes are literals.
        let (nines, literals) = (random.next(101), [60, 90, 98][random.next(3)]);
        let mut wrong = false;
        for _ in 0..random.next(200) {
            if random.next(100) < literals {
                let byte = if random.next(100) < nines {
                    144 + random.next(112)
                } else {
                    random.next(144)
                };
                fixed(&mut writer, byte);
                text.push(byte as u8);
                continue;
            }
            // Now and then symbols without a meaning, or bytes before the first.
            let near = DISTANCES
                .iter()
                .take_while(|&&entry| (entry >> 16) as usize <= text.len())
                .count();
            let lengths = if round % 8 == 0 { 31 } else { 29 };
            let fars = if round % 8 == 1 {
                32
            } else {
                near.clamp(1, 30)
            };
            let (length, far) = (random.next(lengths), random.next(fars));
            fixed(&mut writer, 257 + length);
            let size = number(&mut writer, &mut random, LITERALS[257 + length]);
            writer.put(usize::from((far as u8).reverse_bits() >> 3), 5);
            let distance = number(&mut writer, &mut random, DISTANCES[far]);
            wrong = length > 28 || far > 29 || distance > text.len();
            if wrong {
                break;
            }
            (0..size).for_each(|_| text.push(text[text.len() - distance]));
        }
        fixed(&mut writer, 256);
        if wrong {
            // Libdeflate gives the symbols without a meaning one.
            assert_eq!(inflate(&writer.bytes, 60_000), Err(Error::BadData));
            bad += 1;
            continue;
        }
        assert_eq!(compare(&writer.bytes, text.len()), (true, true));
        assert_eq!(inflate(&writer.bytes, text.len()), Ok(text));
        let cut = random.next(writer.bytes.len());
        assert!(inflate(&writer.bytes[..cut], 60_000).is_err());
        good += 1;
    }
    assert!(good > 500 && bad > 500, "{good} {bad}");
}

#[test]
fn fixed_rows() {
    // Literals of both lengths in every order, as many as are taken at once, one fewer and one more.
    for count in 5..8 {
        for nines in 0..1 << count {
            let text: Vec<u8> = (0..count)
                .map(|at| if nines >> at & 1 == 1 { 0xf1 } else { b'a' } + at)
                .collect();
            let mut writer = Writer::default();
            writer.put(3, 3);
            text.iter()
                .for_each(|&byte| fixed(&mut writer, byte.into()));
            // A match of three, and the end.
            fixed(&mut writer, 257);
            writer.put(0, 5);
            fixed(&mut writer, 256);
            let text = [&text[..], &[text[text.len() - 1]; 3]].concat();
            for tail in [0, 1, 7, 8, 20] {
                let stream = [&writer.bytes[..], &vec![0xff; tail]].concat();
                assert_eq!(inflate(&stream, text.len()), Ok(text.clone()));
                assert_eq!(
                    inflate(&stream, text.len() - 1),
                    Err(Error::InsufficientSpace)
                );
            }
        }
    }
}

proptest! {
    #[test]
    fn random_bytes(
        mut stream in prop::collection::vec(any::<u8>(), 0..600),
        kind in prop_oneof![6 => Just(5u8), 3 => Just(3), 1 => 0u8..8],
    ) {
        if let Some(first) = stream.first_mut() {
            *first = *first & !7 | kind;
        }
        compare(&stream, 3000);
    }

    #[test]
    fn damaged(
        which in any::<prop::sample::Index>(), level in 0u8..10, cut in 0usize..3000,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
        early in any::<bool>(),
    ) {
        let text = &TEXTS[which.index(TEXTS.len())];
        let mut stream = miniz_oxide::deflate::compress_to_vec(&text[..text.len().min(cut)], level);
        for (at, change) in changes {
            let length = if early { stream.len().min(60) } else { stream.len() };
            stream[at.index(length)] ^= change;
        }
        // Those that only they accept (zlib does not) have a code which a single code or none leaves free.
        compare(&stream, 5000);
    }
}
