//! Any bytes as the file of a loose object, beside a pack whose objects are deltas of it. See [`crate::walks`].

use keyferry::source::git::pack::{Limits, ObjectFormat, ObjectId, ObjectKind};

use crate::input::Input;
use crate::repository::{self, Files, Part, Splice};
use crate::walks::{self, Made};

pub fn run(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let how = input.byte();
    let file = match how & 3 {
        0 => input.rest().to_vec(),
        // Data behind any header.
        1 => repository::deflate(input.rest()),
        2 => {
            let size = u64::from(input.byte()) << input.below(57);
            let bytes = input.rest();
            repository::deflate(&[format!("blob {size}\0").as_bytes(), bytes].concat())
        }
        // A good one with something behind it.
        _ => {
            let bytes = input.some();
            [&repository::loose(ObjectKind::Blob, bytes), input.rest()].concat()
        }
    };
    let inflated =
        miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(&file, 1 << 20).unwrap_or_default();
    let base = inflated
        .iter()
        .position(|&byte| byte == 0)
        .map_or(&[][..], |end| &inflated[end + 1..]);
    let kinds = [
        ObjectKind::Blob,
        ObjectKind::Tree,
        ObjectKind::Commit,
        ObjectKind::Tag,
    ];
    let kind = kinds
        .into_iter()
        .find(|kind| inflated.starts_with(kind.name().as_bytes()))
        .unwrap_or(ObjectKind::Blob);
    let id = if how & 4 != 0 {
        ObjectId::from([7; 20])
    } else {
        ObjectId::of(ObjectFormat::Sha1, kind, base)
    };
    let mut splice = Splice::new();
    splice.insert(b"child of ");
    splice.copy(base, 0, base.len());
    let child = (
        ObjectId::of(ObjectFormat::Sha1, kind, &splice.child),
        Part::Reference(id, splice.delta(base)),
    );
    let pack = repository::pack(&vec![child]);
    let files: Files = vec![
        (repository::loose_path(id), file),
        ("pack/a.idx".into(), pack.index(1)),
        ("pack/a.pack".into(), pack.bytes),
    ];
    let limits = Limits {
        visit: 1 << 12,
        decode: 1 << 16,
        memory: 1 << 16,
        expansion: Limits::EXPANSION,
    };
    let made = Made {
        honest: true,
        workers: 1,
        limits,
        unwanted: 0,
    };
    repository::with(&files, |objects| walks::check(objects, made));
}
