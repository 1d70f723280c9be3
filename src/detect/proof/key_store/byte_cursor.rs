//! Reading of fields one after the other, with their highest byte first, as Java's
//! `DataInputStream` does.

/// The bytes that are still to be read. Each method returns `None` if too few bytes are left; the
/// position is unspecified afterwards.
pub(super) struct ByteCursor<'a>(pub &'a [u8]);

impl<'a> ByteCursor<'a> {
    /// The next `count` bytes.
    pub fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// Skips `count` bytes.
    pub fn skip(&mut self, count: usize) -> Option<()> {
        self.take(count).map(|_| ())
    }

    /// The next byte.
    pub fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|byte| byte[0])
    }

    /// The next number of four bytes.
    pub fn number(&mut self) -> Option<u32> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*number))
    }

    /// Skips a text that its length in two bytes precedes.
    pub fn text(&mut self) -> Option<()> {
        let (length, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        self.skip(u16::from_be_bytes(*length).into())
    }

    /// Skips bytes that their number in four bytes precedes.
    pub fn block(&mut self) -> Option<()> {
        let length = self.number()?;
        self.skip(length as usize)
    }
}
