//! Decompression of gzip (RFC 1952) with a bounded size.

/// Greatest ratio of the decompressed size to the size of the stream. A larger one indicates a
/// decompression bomb, or data that is not written by people.
const MOST_RATIO: usize = 32;

/// Decompressed size in bytes that is allowed for every stream, however short.
const LEAST_ROOM: usize = 16 * 1024;

/// Decompresses a gzip stream; `None` if it is not one, is damaged, or is too large when
/// decompressed.
pub fn gzip(stream: &[u8]) -> Option<Vec<u8>> {
    let room = LEAST_ROOM.max(stream.len().checked_mul(MOST_RATIO)?);
    // The trailer contains the decompressed size, which bounds the allocation.
    let told = u32::from_le_bytes(*stream.last_chunk()?) as usize;
    if !stream.starts_with(&[0x1f, 0x8b, 8]) || told > room {
        return None;
    }
    let mut out = vec![0; told];
    let length = libdeflater::Decompressor::new()
        .gzip_decompress(stream, &mut out)
        .ok()?;
    out.truncate(length);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut compressor = libdeflater::Compressor::new(libdeflater::CompressionLvl::best());
        let mut out = vec![0; compressor.gzip_compress_bound(bytes.len())];
        let length = compressor.gzip_compress(bytes, &mut out).unwrap();
        out.truncate(length);
        out
    }

    #[test]
    fn a_stream_is_inflated_and_a_bomb_is_not() {
        let text = b"user: orders\npassword: made up\n";
        let stream = packed(text);
        assert_eq!(gzip(&stream), Some(text.to_vec()));
        assert_eq!(gzip(&packed(&[b'a'; 10_000])), Some(vec![b'a'; 10_000]));
        assert_eq!(gzip(&packed(&[b'a'; 1_000_000])), None);
        for cut in 0..stream.len() {
            assert_eq!(gzip(&stream[..cut]), None);
        }
    }
}
