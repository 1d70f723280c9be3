//! Inflates zlib streams (RFC 1950, RFC 1951) of known size.

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{
    DecompressorOxide, TINFL_LZ_DICT_SIZE, decompress, inflate_flags as flags,
};

use libdeflater::DecompressionError;
use small_inflate::{SLACK, SmallInflater};

use super::object_error::ObjectError;

/// The most bytes that deflate makes of one byte: 258 bytes for a match of at least two bits.
const RATIO: u64 = 1032;

/// Decompressors that are kept and used again. Half of a repository's streams are small ones in the
/// fixed code (RFC 1951, 3.2.6). A decompressor keeps the tables of that code until it meets
/// another one, so these streams have a decompressor of their own.
pub(super) struct Inflater {
    fixed: libdeflater::Decompressor,
    other: libdeflater::Decompressor,
    /// For small streams whose bytes another checksum covers.
    small: SmallInflater,
}

impl Inflater {
    /// Decompressors with empty tables.
    pub(super) fn new() -> Self {
        Self {
            fixed: libdeflater::Decompressor::new(),
            other: libdeflater::Decompressor::new(),
            small: SmallInflater::new(),
        }
    }

    /// Inflates the stream at the start of `stream`, which makes exactly `size` bytes, into `out`,
    /// and verifies the checksum at its end. `packed` is the most bytes that the stream itself can
    /// have; the bytes after it only allow faster code.
    ///
    /// # Errors If the stream is damaged, or makes another number of bytes.
    pub(super) fn inflate(
        &mut self,
        stream: &[u8],
        packed: usize,
        size: u64,
        out: &mut Vec<u8>,
    ) -> Result<(), ObjectError> {
        let decompressor = self.of(stream);
        sized(packed, size, out, |out| {
            decompressor.zlib_decompress(stream, out)
        })
    }

    /// Like [`Self::inflate`], for streams that another checksum or a hash covers: the stream's own
    /// checksum is not verified.
    ///
    /// # Errors See [`Self::inflate`].
    pub(super) fn inflate_vouched(
        &mut self,
        stream: &[u8],
        packed: usize,
        size: u64,
        out: &mut Vec<u8>,
    ) -> Result<(), ObjectError> {
        let data = behind_header(stream).ok_or(ObjectError::BadZlib)?;
        if let Some(bytes) = stored(data, packed).filter(|bytes| bytes.len() as u64 == size) {
            out.clear();
            out.extend_from_slice(bytes);
            return Ok(());
        }
        if small_inflate::suits(data, packed) {
            let inflate = |out: &mut [u8]| {
                self.small
                    .inflate(data, out)
                    .map_err(|_| DecompressionError::BadData)
            };
            let made = sized(packed, size, out, inflate);
            if made.is_ok() {
                return made;
            }
        }
        let decompressor = self.of(stream);
        sized(packed, size, out, |out| {
            decompressor.deflate_decompress(data, out)
        })
    }

    fn of(&mut self, stream: &[u8]) -> &mut libdeflater::Decompressor {
        if is_fixed(stream) {
            &mut self.fixed
        } else {
            &mut self.other
        }
    }
}

/// Has `inflate` make exactly `size` bytes of `packed` bytes.
fn sized(
    packed: usize,
    size: u64,
    out: &mut Vec<u8>,
    inflate: impl FnOnce(&mut [u8]) -> Result<usize, DecompressionError>,
) -> Result<(), ObjectError> {
    let wrong = ObjectError::WrongSize { declared: size };
    if size > (packed as u64).saturating_mul(RATIO) {
        return Err(wrong);
    }
    let size = usize::try_from(size).map_err(|_| wrong.clone())?;
    if out.len() < size + SLACK {
        out.resize(size + SLACK, 0);
    }
    let made = inflate(&mut out[..size + SLACK]);
    out.truncate(size);
    match made {
        Ok(made) if made == size => Ok(()),
        Ok(_) | Err(DecompressionError::InsufficientSpace) => Err(wrong),
        Err(DecompressionError::BadData) => Err(ObjectError::BadZlib),
    }
}

/// The deflate data after the header of a zlib stream (RFC 1950, 2.2), if the header gives a window
/// of at most 32 KiB and no dictionary.
fn behind_header(stream: &[u8]) -> Option<&[u8]> {
    let (&[method, flags], data) = stream.split_first_chunk()?;
    let fits = method & 0x0f == 8 && method >> 4 <= 7 && flags & 0x20 == 0;
    (fits && u16::from_be_bytes([method, flags]).is_multiple_of(31)).then_some(data)
}

/// The bytes of a stream that is one stored block (RFC 1951, 3.2.4), with the checksum after it;
/// incompressible data are packed so. `packed` includes the zlib header.
fn stored(data: &[u8], packed: usize) -> Option<&[u8]> {
    let (&[1, low, high, not_low, not_high], rest) = data.split_first_chunk()? else {
        return None;
    };
    let length = u16::from_le_bytes([low, high]);
    let fits = length == !u16::from_le_bytes([not_low, not_high])
        && usize::from(length) + 2 + 5 + 4 <= packed;
    rest.get(..length.into()).filter(|_| fits)
}

/// True if the first block of a stream is in the fixed code: the type is the two bits after zlib's
/// two bytes and the bit for the last block.
fn is_fixed(stream: &[u8]) -> bool {
    stream.get(2).is_some_and(|byte| byte >> 1 & 3 == 1)
}

/// Inflates at most `most` bytes from the start of a stream that may be cut; fewer if it is damaged
/// or ends.
pub(super) fn prefix(stream: &[u8], most: usize) -> Vec<u8> {
    let mut out = vec![0; most];
    let flags = flags::TINFL_FLAG_PARSE_ZLIB_HEADER
        | flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF
        | flags::TINFL_FLAG_HAS_MORE_INPUT;
    let (_, _, made) = decompress(&mut DecompressorOxide::new(), stream, &mut out, 0, flags);
    out.truncate(made);
    out
}

/// Finds the ends of streams of unknown length.
pub(super) struct Streams {
    state: Box<DecompressorOxide>,
    window: Vec<u8>,
}

impl Streams {
    /// A decompressor with an empty window.
    pub(super) fn new() -> Self {
        Self {
            state: Box::default(),
            window: vec![0; TINFL_LZ_DICT_SIZE],
        }
    }

    /// The length in bytes of the stream at the start of `stream`; `None` if it does not make
    /// exactly `size` bytes.
    pub(super) fn length(&mut self, stream: &[u8], size: u64) -> Option<usize> {
        self.state.init();
        let (mut read, mut at, mut made) = (0, 0, 0u64);
        loop {
            let (status, taken, more) = decompress(
                &mut self.state,
                &stream[read..],
                &mut self.window,
                at,
                flags::TINFL_FLAG_PARSE_ZLIB_HEADER,
            );
            read += taken;
            made += more as u64;
            at = (at + more) % self.window.len();
            match status {
                TINFLStatus::Done => return (made == size).then_some(read),
                TINFLStatus::HasMoreOutput if made <= size => {}
                _ => return None,
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn deflate(bytes: &[u8]) -> Vec<u8> {
        miniz_oxide::deflate::compress_to_vec_zlib(bytes, 6)
    }

    #[test]
    fn sizes_must_be_true() {
        let text = b"secret ".repeat(200);
        let mut stream = deflate(&text);
        let packed = stream.len();
        stream.extend([0xaa; 50]);
        let mut inflater = Inflater::new();
        let mut out = vec![1; 3];
        inflater.inflate(&stream, packed, 1400, &mut out).unwrap();
        assert_eq!(out, text);
        for declared in [0, 1, 1399, 1401, 1 << 31, u64::MAX] {
            let got = inflater.inflate(&stream, packed, declared, &mut out);
            assert_eq!(got, Err(ObjectError::WrongSize { declared }));
        }
        assert!(out.capacity() < 10_000);
        stream[5] ^= 1;
        assert!(inflater.inflate(&stream, packed, 1400, &mut out).is_err());
        inflater.inflate(&deflate(b""), 8, 0, &mut out).unwrap();
        assert_eq!(out, b"");
    }

    #[test]
    fn what_another_vouches_for() {
        let mut stream = deflate(b"secret");
        let (packed, last) = (stream.len(), stream.len() - 1);
        stream[last] ^= 1;
        let (mut inflater, mut out) = (Inflater::new(), Vec::new());
        assert_eq!(
            inflater.inflate(&stream, packed, 6, &mut out),
            Err(ObjectError::BadZlib)
        );
        inflater
            .inflate_vouched(&stream, packed, 6, &mut out)
            .unwrap();
        assert_eq!(out, b"secret");
        for declared in [5, 7] {
            let got = inflater.inflate_vouched(&stream, packed, declared, &mut out);
            assert_eq!(got, Err(ObjectError::WrongSize { declared }));
        }
        // Another method, a window of 64 KiB, a dictionary; a header that does not check; none.
        for header in [
            [0x79, 0x1b],
            [0x88, 0x1c],
            [0x78, 0xbb],
            [0x78, 0x9d],
            [0, 0],
        ] {
            let odd = [&header[..], &stream[2..]].concat();
            assert_eq!(
                inflater.inflate_vouched(&odd, packed, 6, &mut out),
                Err(ObjectError::BadZlib),
                "{header:?}"
            );
        }
        assert_eq!(
            inflater.inflate_vouched(&stream[..1], packed, 6, &mut out),
            Err(ObjectError::BadZlib)
        );
    }

    #[test]
    fn all_roads_make_the_same() {
        let (mut inflater, mut out, mut kinds) = (Inflater::new(), Vec::new(), [0; 3]);
        for (length, level) in [0, 5, 60, 300, 900, 4000]
            .into_iter()
            .flat_map(|length| [(length, 0), (length, 6)])
        {
            let text: Vec<u8> = (0..length)
                .map(|n: u32| b"secrets of all"[(n * n / 7 % 14) as usize])
                .collect();
            let mut stream = miniz_oxide::deflate::compress_to_vec_zlib(&text, level);
            kinds[usize::from(stream[2] >> 1 & 3)] += 1;
            let packed = stream.len();
            stream.extend([0xaa; 50]);
            inflater
                .inflate_vouched(&stream, packed, length.into(), &mut out)
                .unwrap();
            assert_eq!(out, text);
            inflater
                .inflate(&stream, packed, length.into(), &mut out)
                .unwrap();
            assert_eq!(out, text);
            if length > 0 {
                let declared = u64::from(length) - 1;
                let got = inflater.inflate_vouched(&stream, packed, declared, &mut out);
                assert_eq!(
                    got,
                    Err(ObjectError::WrongSize { declared }),
                    "{length} {level}"
                );
            }
        }
        assert!(kinds.iter().all(|&kind| kind > 0), "{kinds:?}");
    }

    #[test]
    fn a_stored_block_ends_with_its_entry() {
        let stream = miniz_oxide::deflate::compress_to_vec_zlib(b"secret", 0);
        assert_eq!(stored(&stream[2..], stream.len()), Some(&b"secret"[..]));
        assert_eq!(stored(&stream[2..], stream.len() - 1), None);
        assert_eq!(stored(&stream[2..12], stream.len()), None);
        let mut odd = stream.clone();
        odd[5] ^= 1;
        assert_eq!(stored(&odd[2..], stream.len()), None);
    }

    #[test]
    fn ends_of_streams() {
        let mut streams = Streams::new();
        // Longer than a window, too.
        for count in [0, 1, 200, 50_000] {
            let text = b"secret ".repeat(count);
            let mut stream = deflate(&text);
            let (length, size) = (stream.len(), text.len() as u64);
            stream.extend([0xaa; 50]);
            assert_eq!(streams.length(&stream, size), Some(length));
            assert_eq!(streams.length(&stream[..length], size), Some(length));
            assert_eq!(streams.length(&stream[..length - 1], size), None);
            assert_eq!(streams.length(&stream, size + 1), None);
            assert_eq!(streams.length(&stream, size.wrapping_sub(1)), None);
            stream[length - 1] ^= 1;
            assert_eq!(streams.length(&stream, size), None);
        }
        assert_eq!(streams.length(b"", 0), None);
    }

    #[test]
    fn starts_of_streams() {
        let text = b"blob 1400\0"
            .iter()
            .copied()
            .chain(b"secret ".repeat(200))
            .collect::<Vec<u8>>();
        let stream = deflate(&text);
        assert_eq!(prefix(&stream, 32), text[..32]);
        assert_eq!(prefix(&stream, 5000), text);
        assert_eq!(prefix(b"", 5), b"");
        assert_eq!(prefix(b"no zlib", 5), b"");
    }
}
