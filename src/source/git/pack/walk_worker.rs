//! One worker of a walk: it takes a root, or children that another worker gave away, and descends
//! from there.

use std::ops::Range;
use std::sync::Arc;

use super::delta::Sizes;
use super::node_index::NodeIndex;
use super::object_decoder::ObjectDecoder;
use super::object_error::ObjectError;
use super::object_id::{ObjectId, ObjectKind};
use super::object_reader::ObjectReader;
use super::visitor::{Base, Object, UnappliedDelta, UnreadObject, Visitor};
use super::walk_tasks::{BaseBytes, LARGE, PendingChildren, ShownBase, WalkRoot, WalkTasks};

/// The largest buffer in bytes that is kept for another base.
const KEPT: usize = 1 << 20;
/// The most buffers that are kept.
const SPARE: usize = 24;
/// Progress is reported once in this many objects.
const STRIDE: u64 = 256;
/// The most bytes by which a worker's counts may differ from the shared one: a counter that all
/// workers write often would be slow to read.
const UNTOLD: u64 = 256 << 10;
/// The least number of children without children of their own that is worth waking another worker
/// for.
const WORTH: u32 = 8;

/// The state of one worker.
pub(super) struct WalkWorker<'a, 'b, V: Visitor> {
    tasks: &'a WalkTasks<'b, V>,
    worker: V::Worker,
    decoder: ObjectDecoder,
    reader: ObjectReader<'b>,
    roots: Range<usize>,
    stack: Vec<PendingChildren<V::State>>,
    /// The buffer for objects without children.
    scratch: Vec<u8>,
    spare: Vec<Vec<u8>>,
    done: u64,
    /// Bytes that were made and searched since the last report.
    made: u64,
    searched: u64,
    /// The bytes of bases that were acquired or released since the last report.
    held: i64,
}

impl<'a, 'b, V: Visitor> WalkWorker<'a, 'b, V> {
    /// A worker without work.
    pub(super) fn new(tasks: &'a WalkTasks<'b, V>) -> Self {
        Self {
            tasks,
            worker: tasks.visitor.worker(),
            decoder: ObjectDecoder::accepting_wrong_ids(),
            reader: ObjectReader::accepting_wrong_ids(tasks.forest, tasks.options.limits.decode),
            roots: 0..0,
            stack: Vec::new(),
            scratch: Vec::new(),
            spare: Vec::new(),
            done: 0,
            made: 0,
            searched: 0,
            held: 0,
        }
    }

    /// Works until there is nothing left to do, and returns the visitor's state.
    pub(super) fn run(mut self) -> V::Worker {
        while !self.tasks.ends() {
            if self.tasks.queue.hungry() {
                self.share();
            }
            if !self.stack.is_empty() {
                self.step();
            } else if let Some(root) = self.next_root() {
                self.root(root);
            } else {
                self.tell_held();
                match self.tasks.queue.take() {
                    Some(frame) => self.stack.push(frame),
                    None => break,
                }
            }
        }
        while let Some(frame) = self.stack.pop() {
            self.release(frame.bytes);
        }
        self.tell_held();
        self.tell_work();
        self.tasks.progress.advance(self.done);
        self.worker
    }

    fn next_root(&mut self) -> Option<WalkRoot> {
        if self.roots.is_empty() {
            self.roots = self.tasks.more_roots();
        }
        self.tasks.root(self.roots.next()?)
    }

    fn root(&mut self, root: WalkRoot) {
        match root {
            WalkRoot::Whole(node) if self.passes_by(node, self.tasks.forest.node_kind(node)) => {}
            WalkRoot::Whole(node) => {
                let forest = self.tasks.forest;
                if self.tasks.leaves_out(node) {
                    let kind = forest.node_kind(node);
                    return self.failed(node, kind, ObjectError::Unplanned, Vec::new());
                }
                let mut out = self.buffer(node);
                let limit = self.limit(node);
                let mut lane = None;
                let mut made = self.decoder.whole(forest, node, limit.min(LARGE), &mut out);
                if is_larger(&made, limit) {
                    lane = Some(self.tasks.lane());
                    made = self.decoder.whole(forest, node, limit, &mut out);
                }
                match made {
                    Ok(kind) => self.show(node, kind, out, None),
                    Err(why) => {
                        drop(lane);
                        self.failed(node, forest.node_kind(node), why, out);
                    }
                }
            }
            WalkRoot::Lost(node, _) if !self.tasks.enters(node) => {}
            WalkRoot::Lost(node, why) => self.failed(node, None, why, Vec::new()),
        }
    }

    /// The most bytes that a node may have: more if others are deltas of it.
    fn limit(&self, node: NodeIndex) -> u64 {
        let limits = &self.tasks.options.limits;
        if self.childless(node) {
            limits.visit.min(limits.decode)
        } else {
            limits.decode
        }
    }

    /// Makes the next child of the innermost base.
    fn step(&mut self) {
        let Some(frame) = self.stack.last_mut() else {
            return;
        };
        if matches!(frame.bytes, BaseBytes::Dropped) {
            let _lane = self.tasks.lane();
            frame.bytes = match self.reader.node(frame.base.node) {
                Ok((_, bytes)) => {
                    self.held += bytes.capacity() as i64;
                    BaseBytes::Held(Arc::new(bytes))
                }
                Err(why) => BaseBytes::Broken(why.below()),
            };
        }
        let node = self.tasks.forest.children.child(frame.next);
        frame.next += 1;
        // The base is released before its last child is followed: this bounds the number of bases
        // in memory.
        let last = frame.next == frame.end;
        self.tasks
            .forest
            .prefetch_after(node, (!last).then_some(frame.next));
        let Some(frame) = self.stack.pop() else {
            return;
        };
        let depth = self.stack.len();
        match (&frame.bytes, frame.base.kind) {
            (BaseBytes::Held(bytes), Some(kind)) => self.child(node, kind, &frame.base, bytes),
            (BaseBytes::Broken(why), kind) => self.failed(node, kind, why.clone(), Vec::new()),
            _ => self.failed(node, frame.base.kind, ObjectError::BrokenBase, Vec::new()),
        }
        if last {
            self.release(frame.bytes);
        } else {
            self.stack.insert(depth, frame);
        }
        if self.is_much_held() {
            self.spill();
        }
    }

    /// True if all workers together hold more bytes than the limit.
    fn is_much_held(&mut self) -> bool {
        if self.held.unsigned_abs() > UNTOLD {
            self.tell_held();
        }
        self.tasks.memory().is_spent_with(self.held)
    }

    fn tell_held(&mut self) {
        self.tasks.memory().add(std::mem::take(&mut self.held));
    }

    fn child(
        &mut self,
        node: NodeIndex,
        kind: ObjectKind,
        base: &ShownBase<V::State>,
        base_bytes: &[u8],
    ) {
        if self.passes_by(node, Some(kind)) {
            return;
        }
        if self.tasks.leaves_out(node) {
            return self.failed(node, Some(kind), ObjectError::Unplanned, Vec::new());
        }
        let (limit, decode) = (self.limit(node), self.tasks.options.limits.decode);
        let mut out = self.buffer(node);
        let forest = self.tasks.forest;
        let mut lane = None;
        let mut loaded = self.decoder.load(forest, node, decode.min(LARGE));
        if is_larger(&loaded, decode) {
            lane = Some(self.tasks.lane());
            loaded = self.decoder.load(forest, node, decode);
        }
        let made = loaded.and_then(|sizes| {
            if sizes.child > limit {
                return Err(ObjectError::TooLarge { size: sizes.child });
            }
            if sizes.child > LARGE && lane.is_none() {
                lane = Some(self.tasks.lane());
            }
            self.made += self.decoder.delta_length();
            if V::BY_CHANGES
                && self.childless(node)
                && self.suffices(node, kind, base, base_bytes, sizes)
            {
                return Ok(None);
            }
            self.decoder
                .child(forest, node, sizes, kind, base_bytes, &mut out)
                .map(Some)
        });
        match made {
            Ok(None) => {
                self.advance();
                self.keep_scratch(out);
            }
            Ok(Some(kept)) => self.show(node, kind, out, kept.then_some((base, base_bytes))),
            Err(why) => {
                drop(lane.take());
                self.failed(node, Some(kind), why, out);
            }
        }
        if lane.is_some() {
            self.decoder.release();
        }
    }

    /// Shows the visitor the delta that was loaded last, unapplied; true if that is enough.
    fn suffices(
        &mut self,
        node: NodeIndex,
        kind: ObjectKind,
        base: &ShownBase<V::State>,
        bytes: &[u8],
        sizes: Sizes,
    ) -> bool {
        let forest = self.tasks.forest;
        let Some(delta) = self.decoder.unapplied(forest, node) else {
            return false;
        };
        let Some(state) = &base.state else {
            return false;
        };
        let change = UnappliedDelta {
            forest,
            node,
            kind,
            state,
            base: bytes,
            delta,
            sizes,
        };
        let enough = self.tasks.visitor.suffices(&mut self.worker, &change);
        self.count(0);
        enough
    }

    /// Shows an object, and pushes its children.
    fn show(
        &mut self,
        node: NodeIndex,
        kind: ObjectKind,
        out: Vec<u8>,
        base: Option<(&ShownBase<V::State>, &[u8])>,
    ) {
        let (forest, (next, end)) = (self.tasks.forest, self.tasks.forest.children.range(node));
        let state = if !self.tasks.wants(node, kind) {
            self.advance();
            None
        } else if out.len() as u64 > self.tasks.options.limits.visit {
            self.tell(
                node,
                Some(kind),
                ObjectError::TooLarge {
                    size: out.len() as u64,
                },
            );
            None
        } else {
            let has_right_id = self.decoder.has_right_id;
            if has_right_id == Some(false) {
                self.tell(node, Some(kind), ObjectError::WrongId);
            }
            let base = base.and_then(|(base, bytes)| {
                let (from, changes) = (base.node, self.decoder.steps.as_slice());
                base.state.as_ref().map(|state| Base {
                    node: from,
                    bytes,
                    changes,
                    state,
                })
            });
            let object = Object {
                forest,
                node,
                kind,
                bytes: &out,
                base,
                children: end - next,
                has_right_id,
            };
            let state = self.tasks.visitor.object(&mut self.worker, &object);
            self.advance();
            Some(state)
        };
        self.count(out.len() as u64);
        if next == end {
            self.keep_scratch(out);
            return;
        }
        self.held += out.capacity() as i64;
        let base = Arc::new(ShownBase {
            node,
            kind: Some(kind),
            state,
        });
        self.stack.push(PendingChildren {
            base,
            bytes: BaseBytes::Held(Arc::new(out)),
            next,
            end,
        });
    }

    /// Tries the other copies of an object. Reports it as unread if there are none, and continues
    /// with its children.
    fn failed(
        &mut self,
        node: NodeIndex,
        kind: Option<ObjectKind>,
        why: ObjectError,
        out: Vec<u8>,
    ) {
        if !self.tasks.enters(node) {
            return;
        }
        let (forest, kinds) = (self.tasks.forest, self.tasks.options.kinds);
        let elsewhere = !matches!(why, ObjectError::TooLarge { .. } | ObjectError::Unplanned);
        if V::OTHER_COPIES && elsewhere && !forest.copies(forest.id(node)).is_empty() {
            let _lane = self.tasks.lane();
            match self.reader.node(node) {
                Ok((kind, bytes)) if kinds.contains(Some(kind)) => {
                    let id = forest.id(node);
                    let is_right = ObjectId::of(id.format(), kind, &bytes) == id;
                    self.decoder.has_right_id = Some(is_right);
                    return self.show(node, kind, bytes, None);
                }
                // Another walk shows it and its deltas: its kind was unknown until now.
                Ok(_) if kind.is_none() => return,
                // Its header gives a wrong kind, so no other walk asks for it.
                Ok(_) | Err(_) => {}
            }
        }
        if self.childless(node) {
            self.keep_scratch(out);
        }
        let below = why.below();
        self.tell(node, kind, why);
        let (next, end) = forest.children.range(node);
        if next < end {
            let base = Arc::new(ShownBase {
                node,
                kind,
                state: None,
            });
            self.stack.push(PendingChildren {
                base,
                bytes: BaseBytes::Broken(below),
                next,
                end,
            });
        }
    }

    /// True for an object that neither the visitor nor a delta needs.
    fn passes_by(&mut self, node: NodeIndex, kind: Option<ObjectKind>) -> bool {
        if !self.tasks.enters(node) {
            return true;
        }
        let passes = self.childless(node) && kind.is_some_and(|kind| !self.tasks.wants(node, kind));
        if passes {
            self.advance();
        }
        passes
    }

    fn tell(&mut self, node: NodeIndex, kind: Option<ObjectKind>, why: ObjectError) {
        if self.tasks.options.kinds.contains(kind) && self.tasks.forest.holds(node) {
            let unread = UnreadObject {
                node,
                id: self.tasks.forest.id(node),
                kind,
                why,
            };
            self.tasks.visitor.unread(&mut self.worker, &unread);
            self.advance();
        }
    }

    fn advance(&mut self) {
        self.done += 1;
        if self.done == STRIDE {
            self.tasks.progress.advance(std::mem::take(&mut self.done));
        }
    }

    /// Counts the bytes of an object that was made, and those that the visitor searched.
    fn count(&mut self, made: u64) {
        self.made += made;
        self.searched += self.tasks.visitor.searched(&mut self.worker);
        if self.made + self.searched > UNTOLD {
            self.tell_work();
        }
    }

    fn tell_work(&mut self) {
        let meter = &self.tasks.meter;
        meter.add(
            std::mem::take(&mut self.made),
            std::mem::take(&mut self.searched),
        );
    }

    /// Keeps a buffer for the next object without children.
    fn keep_scratch(&mut self, out: Vec<u8>) {
        if out.capacity() as u64 <= LARGE {
            self.scratch = out;
        }
    }

    fn childless(&self, node: NodeIndex) -> bool {
        let (next, end) = self.tasks.forest.children.range(node);
        next == end
    }

    fn buffer(&mut self, node: NodeIndex) -> Vec<u8> {
        if self.childless(node) {
            std::mem::take(&mut self.scratch)
        } else {
            self.spare.pop().unwrap_or_default()
        }
    }

    fn release(&mut self, bytes: BaseBytes) {
        if let BaseBytes::Held(bytes) = bytes {
            // Another worker that shares the bytes releases them later.
            if let Some(bytes) = Arc::into_inner(bytes) {
                self.held -= bytes.capacity() as i64;
                if bytes.capacity() <= KEPT && self.spare.len() < SPARE {
                    self.spare.push(bytes);
                }
            }
        }
    }

    /// Drops the bytes of all bases but the innermost.
    fn spill(&mut self) {
        let outer = self.stack.len().saturating_sub(1);
        for at in 0..outer {
            if matches!(self.stack[at].bytes, BaseBytes::Held(_)) {
                let bytes = std::mem::replace(&mut self.stack[at].bytes, BaseBytes::Dropped);
                self.release(bytes);
            }
        }
    }

    /// Gives half of the remaining children of the outermost base to an idle worker: usually the
    /// largest share.
    fn share(&mut self) {
        if self.is_much_held() {
            return;
        }
        let innermost = self.stack.len().saturating_sub(1);
        for (at, frame) in self.stack.iter_mut().enumerate() {
            let left = frame.end - frame.next;
            // This worker itself continues with the rest of the innermost base.
            let given = if at == innermost {
                left / 2
            } else {
                left.div_ceil(2)
            };
            let last = self.tasks.forest.children.child(frame.end - 1);
            let (first, end) = self.tasks.forest.children.range(last);
            if given == 0 || (given < WORTH && first == end) {
                continue;
            }
            let bytes = match &frame.bytes {
                BaseBytes::Held(bytes) => BaseBytes::Held(Arc::clone(bytes)),
                BaseBytes::Dropped | BaseBytes::Broken(_) => continue,
            };
            let middle = frame.end - given;
            let share = PendingChildren {
                base: Arc::clone(&frame.base),
                bytes,
                next: middle,
                end: frame.end,
            };
            frame.end = middle;
            if frame.next == frame.end {
                let frame = self.stack.remove(at);
                self.release(frame.bytes);
            }
            self.tasks.queue.give(share);
            return;
        }
    }
}

/// True for an object that was not made because it has more than [`LARGE`] bytes, and not more than `limit`.
fn is_larger<T>(made: &Result<T, ObjectError>, limit: u64) -> bool {
    matches!(made, Err(ObjectError::TooLarge { size }) if *size <= limit)
}
