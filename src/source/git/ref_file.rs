//! The files that hold refs: `HEAD`, those below `refs`, and `packed-refs` (gitrepository-layout(5),
//! "HEAD", "refs", "packed-refs").

use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use super::boundary::Boundary;
use super::file_guard::{self, UnsafeFile};
use super::pack::{ObjectFormat, ObjectId};

/// The target of a ref.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RefTarget {
    /// The object with this id.
    Id(ObjectId),
    /// Another ref, by its full name.
    Ref(Vec<u8>),
}

/// Why a ref cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefError {
    /// The file is not safe to read.
    #[error("{}", .0.reason())]
    UnsafeFile(#[from] UnsafeFile),
    /// The operating system refused to read the file or folder.
    #[error("{0}")]
    Io(std::io::ErrorKind),
    /// The text of the file is no ref.
    #[error("neither an id nor the name of a ref")]
    Malformed,
    /// Lines of `packed-refs` are no refs.
    #[error("{} of its lines are no refs", .0)]
    MalformedLines(u64),
}

impl From<std::io::Error> for RefError {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error.kind())
    }
}

/// Reads the file of a ref; `None` if there is no such file.
pub(super) fn read_ref_file(
    boundary: &Boundary,
    path: &Path,
    format: ObjectFormat,
) -> Option<Result<RefTarget, RefError>> {
    match file_guard::read(boundary, path, file_guard::SMALL) {
        // A link that leads nowhere is a ref that cannot be read.
        Ok(None) => std::fs::symlink_metadata(path)
            .is_ok()
            .then_some(Err(RefError::Malformed)),
        Ok(Some(text)) => Some(target_of(&text, format)),
        Err(why) => Some(Err(why.into())),
    }
}

fn target_of(text: &[u8], format: ObjectFormat) -> Result<RefTarget, RefError> {
    let text = text.trim_ascii();
    match text.strip_prefix(b"ref:") {
        Some(name) => Ok(RefTarget::Ref(name.trim_ascii().to_vec())),
        None => format
            .from_hex(text)
            .map(RefTarget::Id)
            .ok_or(RefError::Malformed),
    }
}

/// The longest line of `packed-refs`: an id and a name.
const LONGEST_LINE: u64 = 64 << 10;

/// Reads the refs of `packed-refs`, in the order of the file. The second result says what cannot be
/// read.
pub(super) fn read_packed_refs(
    boundary: &Boundary,
    path: &Path,
    format: ObjectFormat,
) -> (Vec<(Vec<u8>, ObjectId)>, Option<RefError>) {
    let file = match file_guard::open(boundary, path, file_guard::HUGE) {
        Ok(Some(file)) => file,
        Ok(None) => return (Vec::new(), None),
        Err(why) => return (Vec::new(), Some(why.into())),
    };
    packed_refs(BufReader::new(file), format)
}

fn packed_refs(
    mut file: impl BufRead,
    format: ObjectFormat,
) -> (Vec<(Vec<u8>, ObjectId)>, Option<RefError>) {
    let (mut refs, mut malformed, mut line) = (Vec::new(), 0, Vec::new());
    loop {
        line.clear();
        match file
            .by_ref()
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut line)
        {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) => return (refs, Some(error.into())),
        }
        let text = line.trim_ascii_end();
        // Comments, and the objects of the annotated tags before them.
        if text.is_empty() || matches!(text[0], b'#' | b'^') {
            continue;
        }
        let parsed = text
            .split_at_checked(2 * format.length())
            .and_then(|(id, name)| {
                let name = name.strip_prefix(b" ").filter(|name| !name.is_empty())?;
                Some((name.to_vec(), format.from_hex(id)?))
            });
        match parsed {
            Some(found) => refs.push(found),
            None => malformed += 1,
        }
    }
    (
        refs,
        (malformed > 0).then_some(RefError::MalformedLines(malformed)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_refs_are_read_line_by_line() {
        let (one, two) = ("1a".repeat(20), "2b".repeat(20));
        let text = format!(
            "# pack-refs with: peeled\n{one} refs/heads/a\n{two} refs/tags/b\n^{one}\n\n{one}\n{one}refs/x\nx\n{one} "
        );
        let (refs, why) = packed_refs(text.as_bytes(), ObjectFormat::Sha1);
        let names: Vec<_> = refs
            .iter()
            .map(|(name, _)| String::from_utf8_lossy(name))
            .collect();
        assert_eq!(names, ["refs/heads/a", "refs/tags/b"]);
        assert!(matches!(why, Some(RefError::MalformedLines(4))));
        let (refs, why) = packed_refs(text.as_bytes(), ObjectFormat::Sha256);
        assert!(refs.is_empty() && why.is_some());
        assert!(
            matches!(packed_refs(&b""[..], ObjectFormat::Sha1), (refs, None) if refs.is_empty())
        );
    }

    #[test]
    fn a_long_line_takes_bounded_memory() {
        let line = vec![b'a'; 1 << 20];
        let (refs, why) = packed_refs(&line[..], ObjectFormat::Sha1);
        // Each piece is a malformed line.
        assert!(refs.is_empty() && matches!(why, Some(RefError::MalformedLines(16))));
    }
}
