//! Choices, read from the bytes that the fuzzer makes up: when they are used up, all further choices are zero.

pub struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn byte(&mut self) -> u8 {
        self.bytes(1).first().copied().unwrap_or(0)
    }

    pub fn flag(&mut self) -> bool {
        self.byte() & 1 != 0
    }

    /// A number below `end`, which is not zero; always zero without reading where it is one.
    pub fn below(&mut self, end: usize) -> usize {
        let wide = end > 256;
        let low = if end > 1 { usize::from(self.byte()) } else { 0 };
        let high = if wide { usize::from(self.byte()) } else { 0 };
        (low | high << 8) % end
    }

    /// The next bytes; fewer where the input ends.
    pub fn bytes(&mut self, count: usize) -> &'a [u8] {
        let (bytes, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        bytes
    }

    /// Up to 255 of the next bytes.
    pub fn some(&mut self) -> &'a [u8] {
        let count = self.byte().into();
        self.bytes(count)
    }

    pub fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }
}
