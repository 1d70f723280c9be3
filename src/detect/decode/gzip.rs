//! Gzip (RFC 1952), of bounded size.

/// Most bytes that a stream may hold for each of its own: more is a bomb, or nothing that people write.
const MOST_RATIO: usize = 32;

/// Least room, for short streams.
const LEAST_ROOM: usize = 16 * 1024;

/// What a gzip stream holds; `None` if it is none, is damaged, or holds too much for its size.
pub fn gzip(stream: &[u8]) -> Option<Vec<u8>> {
    let room = LEAST_ROOM.max(stream.len().checked_mul(MOST_RATIO)?);
    // The trailer tells the size, so that no more than that is made room for.
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
