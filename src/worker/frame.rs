//! Frames: messages between the two processes, each after its length. A length is checked before
//! memory is reserved, and all buffers are zeroized, because they may hold values and the key.

use std::io::{self, Read, Write};

use serde::Serialize;
use zeroize::Zeroizing;

/// The most bytes of one message.
pub(super) const LARGEST: usize = 256 << 20;

/// Messages are collected up to this size, to save system calls.
const BUFFER: usize = 64 << 10;

/// The bytes of the length.
const HEAD: usize = 4;

/// Writes frames.
pub(super) struct FrameWriter<W> {
    out: W,
    /// Never grows: a buffer that grows leaves copies in freed memory.
    buffer: Zeroizing<Vec<u8>>,
}

impl<W: Write> FrameWriter<W> {
    pub(super) fn new(out: W) -> Self {
        Self {
            out,
            buffer: Zeroizing::new(Vec::with_capacity(BUFFER)),
        }
    }

    /// Writes a message. It may wait in the buffer until [`FrameWriter::flush`].
    pub(super) fn write(&mut self, message: &impl Serialize) -> io::Result<()> {
        let size = postcard::experimental::serialized_size(message).map_err(io::Error::other)?;
        let length = u32::try_from(size)
            .ok()
            .filter(|_| size <= LARGEST)
            .ok_or(io::ErrorKind::FileTooLarge)?;
        if self.buffer.len() + HEAD + size > BUFFER {
            self.flush()?;
        }
        if HEAD + size > BUFFER {
            let mut whole = Vec::with_capacity(HEAD + size);
            whole.extend(length.to_le_bytes());
            let whole = postcard::to_extend(message, whole).map_err(io::Error::other)?;
            return self.out.write_all(&Zeroizing::new(whole));
        }
        self.buffer.extend(length.to_le_bytes());
        let buffer = std::mem::take(&mut *self.buffer);
        *self.buffer = postcard::to_extend(message, buffer).map_err(io::Error::other)?;
        Ok(())
    }

    /// Writes what waits in the buffer.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        let written = self.out.write_all(&self.buffer);
        self.buffer.clear();
        written
    }
}

/// Reads frames.
pub(super) struct FrameReader<R> {
    stream: R,
    buffer: Zeroizing<Vec<u8>>,
    /// The bytes of the buffer that have not been taken.
    unread: std::ops::Range<usize>,
}

impl<R: Read> FrameReader<R> {
    pub(super) fn new(stream: R) -> Self {
        Self {
            stream,
            buffer: Zeroizing::new(vec![0; BUFFER]),
            unread: 0..0,
        }
    }

    /// The bytes of the next message; `None` at the end of the stream.
    pub(super) fn next(&mut self) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
        let mut length = [0; HEAD];
        match self.read(&mut length[..1])? {
            0 => return Ok(None),
            _ => self.read_exact(&mut length[1..])?,
        }
        let length = u32::from_le_bytes(length) as usize;
        if length > LARGEST {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut message = Zeroizing::new(vec![0; length]);
        self.read_exact(&mut message)?;
        Ok(Some(message))
    }
}

impl<R: Read> Read for FrameReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.unread.is_empty() {
            if out.len() >= BUFFER {
                return self.stream.read(out);
            }
            let read = loop {
                match self.stream.read(&mut self.buffer) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    other => break other?,
                }
            };
            self.unread = 0..read;
        }
        let length = out.len().min(self.unread.len());
        let start = self.unread.start;
        out[..length].copy_from_slice(&self.buffer[start..start + length]);
        self.unread.start += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Messages shorter and longer than the buffer.
    fn messages() -> Vec<Vec<u8>> {
        let lengths = [
            0,
            1,
            7,
            BUFFER - 12,
            3,
            BUFFER,
            5 * BUFFER,
            20,
            BUFFER - 6,
            9,
        ];
        let bytes = |length| (0..length).map(|n| (n % 251) as u8).collect();
        lengths.into_iter().map(bytes).collect()
    }

    fn stream() -> Vec<u8> {
        let mut writer = FrameWriter::new(Vec::new());
        for message in messages() {
            writer.write(&message).unwrap();
        }
        writer.flush().unwrap();
        assert!(writer.buffer.capacity() == BUFFER, "the buffer has grown");
        writer.out
    }

    /// Gives a few bytes at a time, as a pipe may.
    struct Drops<'a>(&'a [u8]);

    impl Read for Drops<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let length = out.len().min(1 + self.0.len() % 4099).min(self.0.len());
            out[..length].copy_from_slice(&self.0[..length]);
            self.0 = &self.0[length..];
            Ok(length)
        }
    }

    #[test]
    fn messages_are_read_back() {
        let stream = stream();
        let mut reader = FrameReader::new(Drops(&stream));
        for message in messages() {
            let frame = reader.next().unwrap().unwrap();
            assert_eq!(postcard::from_bytes::<Vec<u8>>(&frame).unwrap(), message);
        }
        assert!(reader.next().unwrap().is_none());
    }

    #[test]
    fn a_stream_that_ends_within_a_message_is_an_error() {
        let stream = stream();
        for end in [stream.len() - 1, 2, 3] {
            let mut reader = FrameReader::new(&stream[..end]);
            let last = std::iter::from_fn(|| reader.next().transpose()).last();
            assert!(last.unwrap().is_err(), "{end}");
        }
    }

    #[test]
    fn no_memory_is_reserved_for_a_length_that_is_not_allowed() {
        let error = FrameReader::new(&[0xff; 64][..]).next().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }
}
