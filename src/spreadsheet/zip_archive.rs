//! The members of a ZIP archive, read within a budget: the archive may be made to expand to any size.
//!
//! Only what the files of spreadsheets use is understood: members that are stored or deflated, without encryption, in an
//! archive of less than 4 GiB (APPNOTE.TXT 6.3, sections 4.3 and 4.4).

/// Greatest number of members. A workbook has a few dozen.
const MOST_MEMBERS: usize = 4096;
/// Greatest sum of the sizes of the members that are read, in bytes.
const BUDGET: usize = 64 << 20;

/// An archive.
#[derive(Debug)]
pub(crate) struct ZipArchive<'a> {
    bytes: &'a [u8],
    members: Vec<Member>,
    budget: usize,
}

#[derive(Debug)]
struct Member {
    name: String,
    method: u16,
    encrypted: bool,
    packed: usize,
    header: usize,
}

/// An archive that cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ZipError {
    #[error("the file is damaged: it is no complete ZIP archive")]
    Damaged,
    #[error("the file is protected by a password")]
    Encrypted,
    #[error("the content has more than {} MiB", BUDGET >> 20)]
    TooLarge,
}

fn number(bytes: &[u8], at: usize, length: usize) -> Option<usize> {
    let bytes = bytes.get(at..at.checked_add(length)?)?;
    Some(
        bytes
            .iter()
            .rev()
            .fold(0, |number, byte| number << 8 | usize::from(*byte)),
    )
}

impl<'a> ZipArchive<'a> {
    /// Reads the list of the members.
    ///
    /// # Errors
    ///
    /// The archive has no list, or too long a one.
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self, ZipError> {
        let members = members(bytes).ok_or(ZipError::Damaged)?;
        Ok(Self {
            bytes,
            members,
            budget: BUDGET,
        })
    }

    /// The content of a member, if there is one of this name.
    ///
    /// # Errors
    ///
    /// The member is damaged or encrypted, or larger than the rest of the budget.
    pub(crate) fn read(&mut self, name: &str) -> Result<Option<Vec<u8>>, ZipError> {
        let Some(member) = self.members.iter().find(|member| member.name == name) else {
            return Ok(None);
        };
        if member.encrypted {
            return Err(ZipError::Encrypted);
        }
        let packed = self.packed(member).ok_or(ZipError::Damaged)?;
        let content = match member.method {
            0 if packed.len() <= self.budget => packed.to_vec(),
            0 => return Err(ZipError::TooLarge),
            8 => inflate(packed, self.budget)?,
            _ => return Err(ZipError::Damaged),
        };
        self.budget -= content.len();
        Ok(Some(content))
    }

    fn packed(&self, member: &Member) -> Option<&'a [u8]> {
        let header = member.header;
        let name = number(self.bytes, header.checked_add(26)?, 2)?;
        let extra = number(self.bytes, header + 28, 2)?;
        let start = header + 30 + name + extra;
        self.bytes.get(start..start.checked_add(member.packed)?)
    }
}

fn inflate(packed: &[u8], budget: usize) -> Result<Vec<u8>, ZipError> {
    use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_with_limit};
    decompress_to_vec_with_limit(packed, budget).map_err(|error| match error.status {
        TINFLStatus::HasMoreOutput => ZipError::TooLarge,
        _ => ZipError::Damaged,
    })
}

/// The members in the list at the end of an archive.
fn members(bytes: &[u8]) -> Option<Vec<Member>> {
    // A comment of up to 65,535 bytes may follow the end record.
    let tail = bytes.len().saturating_sub(22 + 0xffff);
    let end = tail + memchr::memmem::rfind(&bytes[tail..], b"PK\x05\x06")?;
    let count = number(bytes, end + 10, 2)?;
    let mut at = number(bytes, end + 16, 4)?;
    let mut members = Vec::new();
    for _ in 0..count.min(MOST_MEMBERS) {
        if bytes.get(at..at.checked_add(4)?)? != b"PK\x01\x02" {
            return None;
        }
        let lengths = [28, 30, 32].map(|field| number(bytes, at + field, 2));
        let [name, extra, comment] = lengths;
        let (name, extra, comment) = (name?, extra?, comment?);
        members.push(Member {
            name: String::from_utf8_lossy(bytes.get(at + 46..at + 46 + name)?).into_owned(),
            method: u16::try_from(number(bytes, at + 10, 2)?).ok()?,
            encrypted: number(bytes, at + 8, 2)? & 1 != 0,
            packed: number(bytes, at + 20, 4)?,
            header: number(bytes, at + 42, 4)?,
        });
        at += 46 + name + extra + comment;
    }
    Some(members)
}
