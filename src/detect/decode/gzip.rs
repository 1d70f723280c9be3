//! Decompression of gzip (RFC 1952) with a bounded size.

/// Greatest ratio of the decompressed size to the size of the stream. A larger one indicates a
/// decompression bomb, or data that is not written by people.
const MOST_RATIO: usize = 32;

/// Decompressed size in bytes that is allowed for every stream, however short.
const LEAST_ROOM: usize = 16 * 1024;

/// The reason for which a stream is not decompressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GzipError {
    /// It is not a gzip stream, or is damaged.
    Damaged,
    /// It is too large when decompressed.
    TooLarge,
}

/// Decompresses a gzip stream to at most `most` bytes.
///
/// # Errors
/// The stream is damaged, or too large when decompressed.
pub fn gzip_within(stream: &[u8], most: usize) -> Result<Vec<u8>, GzipError> {
    if !stream.starts_with(&[0x1f, 0x8b, 8]) {
        return Err(GzipError::Damaged);
    }
    let room = LEAST_ROOM
        .max(stream.len().saturating_mul(MOST_RATIO))
        .min(most);
    // The trailer contains the decompressed size. In a part of a stream, these bytes are arbitrary.
    let trailer = stream.last_chunk().ok_or(GzipError::Damaged)?;
    let told = u32::from_le_bytes(*trailer) as usize;
    let mut out = vec![0; told.min(room)];
    let length = libdeflater::Decompressor::new()
        .gzip_decompress(stream, &mut out)
        .map_err(|error| match error {
            libdeflater::DecompressionError::InsufficientSpace if told > room => {
                GzipError::TooLarge
            }
            _ => GzipError::Damaged,
        })?;
    out.truncate(length);
    Ok(out)
}

/// Decompresses a gzip stream; `None` if it is not one, is damaged, or is too large when
/// decompressed.
pub fn gzip(stream: &[u8]) -> Option<Vec<u8>> {
    gzip_within(stream, usize::MAX).ok()
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
        let bomb = packed(&[b'a'; 1_000_000]);
        assert_eq!(gzip(&bomb), None);
        assert_eq!(gzip_within(&bomb, 10_000_000), Err(GzipError::TooLarge));
        assert_eq!(
            gzip_within(&stream[..stream.len() - 1], 10_000_000),
            Err(GzipError::Damaged)
        );
        assert_eq!(
            gzip_within(&stream, text.len() - 1),
            Err(GzipError::TooLarge)
        );
        for cut in 0..stream.len() {
            assert_eq!(gzip(&stream[..cut]), None);
        }
    }
}
