//! Access to private functions of this module for the fuzz targets in `fuzz/`.

use crate::detect::engine::{Engine, InheritableCandidates, Text, TextMatches};
use crate::scan::search::line_inheritance;
use crate::source::git::pack::Instruction;

/// The matches of `child`. Only the lines that `changes` do not copy from `base` are searched.
pub fn scan_on(engine: &Engine, base: Text, changes: &[Instruction], child: Text) -> TextMatches {
    let candidates = engine.search_text(base);
    let known = line_inheritance::known_lines(base.bytes, candidates.known_to());
    let theirs = InheritableCandidates::of(&candidates);
    let mut kept = Vec::new();
    line_inheritance::find(changes, base.bytes, known, child.bytes.len(), &mut kept);
    let others: Vec<_> = line_inheritance::other_lines(&kept, child.bytes.len()).collect();
    let mut local = engine.search_lines(child, &others);
    line_inheritance::inherit(&theirs, &kept, &mut local);
    engine.limit(&mut local);
    engine.read_surroundings(engine.resolve(child, local))
}
