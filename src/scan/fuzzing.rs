//! A door to what is private here, for the fuzz targets in `fuzz/`.

use super::inherit;
use crate::detect::engine::{Engine, Text, TextMatches};
use crate::source::git::pack::Instruction;

/// Matches of `child`, of which only the lines are searched that `changes` do not take from `base`.
pub fn scan_on(engine: &Engine, base: Text, changes: &[Instruction], child: Text) -> TextMatches {
    let mut theirs = engine.search_text(base);
    inherit::sort(&mut theirs);
    let mut kept = Vec::new();
    inherit::kept(changes, base.bytes, child.bytes.len(), &mut kept);
    let others: Vec<_> = inherit::others(&kept, child.bytes.len()).collect();
    let mut local = engine.search_lines(child, &others);
    inherit::inherit(&theirs, &kept, &mut local);
    engine.resolve(child, local)
}
