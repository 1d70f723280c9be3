//! Reading of files with one key and value per line: YAML, INI, TOML, properties, `.env`, and
//! settings in code.

use std::collections::HashMap;
use std::ops::Range;

use super::comments;
use super::flow_reader;
use super::settings_tree::{ROOT, Tree};
use crate::detect::file_kind::FileKind;
use crate::detect::formats::line_bytes::is_name;
use crate::detect::searched_text::Text;

/// The state of reading lines.
struct Reader<'t, 'r> {
    text: &'t [u8],
    tree: &'r mut Tree,
    /// The open nodes and their columns, the innermost last.
    open: Vec<(usize, usize)>,
    section: usize,
    /// A line may be a command, before which variables are assigned.
    has_commands: bool,
    /// Lines are commands: several variables can be assigned on one line.
    is_script: bool,
    /// The nodes that anchors of YAML name: `&default`.
    anchors: HashMap<&'t [u8], usize>,
}

/// Reads all lines. Lines that are indented deeper than a key without a value belong to that key.
pub(super) fn read(text: Text, tree: &mut Tree) {
    let has_commands = !matches!(text.kind, FileKind::Code);
    let is_script = text.kind == FileKind::Script;
    let text = text.bytes;
    let mut reader = Reader {
        text,
        tree,
        open: Vec::new(),
        section: ROOT,
        has_commands,
        is_script,
        anchors: HashMap::new(),
    };
    let mut start = 0;
    while start < text.len() {
        let end = memchr::memchr(b'\n', &text[start..]).map_or(text.len(), |len| start + len);
        let line = start..end;
        start = end + 1;
        let bytes = &text[line.clone()];
        let column = bytes
            .iter()
            .take_while(|b| matches!(b, b' ' | b'\t'))
            .count();
        let behind = bytes[column..].trim_ascii_start();
        match behind {
            [] | [b'#' | b';', ..] | [b'/', b'/', ..] => {}
            [b'/', b'*', ..] => {
                let begin = line.end - behind.len();
                start = start.max(comments::end_of_block(text, begin));
            }
            _ => reader.line(line, column),
        }
    }
}

impl<'t> Reader<'t, '_> {
    /// Reads a line that is no comment, and is not empty. It is indented by `column` spaces and tabulators.
    fn line(&mut self, line: Range<usize>, mut column: usize) {
        let text = self.text;
        let bytes = text[line.clone()].trim_ascii_end();
        let trimmed = bytes[column..].trim_ascii_start();
        if trimmed == b"---" || trimmed.starts_with(b"--- ") {
            self.open.clear();
            self.section = ROOT;
            return;
        }
        if column == 0
            && let Some(name) = section_name(trimmed)
        {
            self.open.clear();
            let name = line.start + name.start..line.start + name.end;
            self.section = self.tree.node(ROOT, name);
            return;
        }
        while self.open.last().is_some_and(|(deep, _)| *deep >= column) {
            self.open.pop();
        }
        let list = self.open.last().map_or(self.section, |(_, node)| *node);
        let mut node = list;
        // Each item of a list is a node of its own.
        while matches!(bytes[column..], [b'-'] | [b'-', b' ', ..]) {
            node = self.tree.node(node, line.start..line.start);
            self.open.push((column, node));
            column += 1;
            column += bytes[column..].iter().take_while(|&&b| b == b' ').count();
        }
        let from = line.start + column;
        let to = line.start + bytes.len();
        let Some(pair) = pair(text, from..to) else {
            match text.get(from) {
                Some(b'{') => flow_reader::read(text, from + 1..line.end, node, self.tree),
                Some(b'[') => flow_reader::read(text, from..line.end, node, self.tree),
                Some(b'<') if text[from..].starts_with(b"<<:") => self.merge(node, from + 3..to),
                _ => self.other(node, column, from..to),
            }
            return;
        };
        let value = &text[pair.value.clone()];
        if comments::opens_node(value, pair.operator == b':') {
            let inner = self.tree.node(node, pair.key);
            self.open.push((column, inner));
            if let Some(name) = value.strip_prefix(b"&") {
                let length = name.iter().take_while(|b| !b.is_ascii_whitespace()).count();
                self.anchors.insert(&name[..length], inner);
            }
        } else if value.starts_with(b"{") {
            let inner = self.tree.node(node, pair.key);
            flow_reader::read(text, pair.value.start + 1..pair.value.end, inner, self.tree);
        } else if is_opener(value) {
            // `const pool = mysql.createPool({`
            let inner = self.tree.block(node, pair.value);
            self.open.push((column, inner));
        } else if self.is_script && text[..pair.value.start].ends_with(b"=") {
            variables(text, from..to, node, self.tree);
        } else {
            // The items `NAME=value` of a list are variables of one process.
            let is_item = node != list && pair.operator == b'=';
            let value = unquoted(text, pair.value, pair.operator);
            let owner = if is_item { list } else { node };
            self.tree.entry(owner, pair.key, value.place, value.quoted);
        }
    }

    /// Reads a line that assigns nothing by an operator.
    fn other(&mut self, node: usize, column: usize, line: Range<usize>) {
        let bytes = &self.text[line.clone()];
        if is_opener(bytes) {
            let inner = self.tree.block(node, line);
            self.open.push((column, inner));
        } else if let Some((key, value)) =
            constant(self.text, &line).or_else(|| setter(self.text, &line))
        {
            self.tree.entry(node, key, value, true);
        } else if self.has_commands {
            variables(self.text, line, node, self.tree);
        }
    }

    /// Reads `*default` or `[*one, *two]` behind `<<:`.
    fn merge(&mut self, node: usize, value: Range<usize>) {
        let names = self.text[value].split(|&b| matches!(b, b' ' | b',' | b'[' | b']'));
        for name in names.filter_map(|name| name.strip_prefix(b"*")).take(8) {
            if let Some(&from) = self.anchors.get(name) {
                self.tree.merged.push((node, from));
            }
        }
    }
}

/// Greatest length in bytes of a line that opens a block.
const LONGEST_HEADER: usize = 200;

/// Whether a line ends in a bracket that it opens.
fn is_opener(line: &[u8]) -> bool {
    let line = line.trim_ascii_end();
    let Some(bracket @ (b'{' | b'(' | b'[')) = line.last() else {
        return false;
    };
    line.len() <= LONGEST_HEADER && (*bracket != b'[' || line.len() > 1)
}

/// The places of the two literals of `define('DB_HOST', 'db1')`.
fn constant(text: &[u8], line: &Range<usize>) -> Option<(Range<usize>, Range<usize>)> {
    let bytes = &text[line.clone()];
    if !bytes.starts_with(b"define") {
        return None;
    }
    let open = memchr::memchr(b'(', bytes)?;
    let key = literal(text, line.start + open + 1..line.end)?;
    let comma = key.end + 1 + memchr::memchr(b',', text.get(key.end + 1..line.end)?)?;
    Some((key, literal(text, comma + 1..line.end)?))
}

/// The places of the name and the literal of `source.setUser("app")`.
fn setter(text: &[u8], line: &Range<usize>) -> Option<(Range<usize>, Range<usize>)> {
    let bytes = &text[line.clone()];
    let open = bytes.iter().take(128).take_while(|&&b| is_name(b)).count();
    if bytes.get(open) != Some(&b'(') || memchr::memmem::find(&bytes[..open], b".set").is_none() {
        return None;
    }
    let value = literal(text, line.start + open + 1..line.end)?;
    text[value.end + 1..line.end]
        .starts_with(b")")
        .then(|| (line.start..line.start + open, value))
}

/// The place of the literal that a text begins with.
fn literal(text: &[u8], range: Range<usize>) -> Option<Range<usize>> {
    let bytes = text.get(range.clone())?;
    let space = bytes.iter().take_while(|b| b.is_ascii_whitespace()).count();
    let quote = bytes.get(space).filter(|b| matches!(b, b'"' | b'\''))?;
    let start = range.start + space + 1;
    let length = memchr::memchr(*quote, &bytes[space + 1..])?;
    Some(start..start + length)
}

/// Reads the variables of a command: `ENV A=x B=y`, `ENV A x`, `-e A=x`, `A=x B=y program`.
fn variables(text: &[u8], line: Range<usize>, node: usize, tree: &mut Tree) {
    let mut at = line.start;
    let mut instruction = true;
    while at < line.end {
        let rest = &text[at..line.end];
        let space = rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
        if space > 0 {
            at += space;
            continue;
        }
        // A word goes on over its quotes.
        let mut quote = None;
        let length = rest
            .iter()
            .take_while(|&&b| {
                match quote {
                    Some(open) => quote = quote.filter(|_| b != open),
                    None if matches!(b, b'"' | b'\'') => quote = Some(b),
                    None => return !b.is_ascii_whitespace(),
                }
                true
            })
            .count();
        let word = at..at + length;
        at = word.end;
        if std::mem::take(&mut instruction) && text[word.clone()].eq_ignore_ascii_case(b"env") {
            let words = &text[at..line.end];
            let key = words.len() - words.trim_ascii_start().len();
            let length = words[key..].iter().take_while(|&&b| is_name(b)).count();
            if words.get(key + length) == Some(&b' ') {
                let value = unquoted(text, at + key + length + 1..line.end, b'=');
                return tree.entry(node, at + key..at + key + length, value.place, value.quoted);
            }
        } else if text[word.start] != b'-'
            && let Some(pair) = pair(text, word)
            && pair.operator == b'='
        {
            let value = unquoted(text, pair.value, pair.operator);
            tree.entry(node, pair.key, value.place, value.quoted);
        }
    }
}

/// The place of the name in `[section]` or `[[table]]`, which a comment may follow.
pub(super) fn section_name(line: &[u8]) -> Option<Range<usize>> {
    let open = line.iter().take_while(|&&b| b == b'[').count();
    if open == 0 {
        return None;
    }
    let mut quote = None;
    let close = line.iter().skip(open).position(|&b| match quote {
        Some(open) => {
            quote = quote.filter(|_| b != open);
            false
        }
        None => {
            quote = Some(b).filter(|b| matches!(b, b'"' | b'\''));
            b == b']'
        }
    })?;
    let after = line[open + close..]
        .iter()
        .take_while(|&&b| b == b']')
        .count();
    if after < open || !comments::is_all(&line[open + close + after..]) {
        return None;
    }
    let strip = |b: &&u8| matches!(b, b'"' | b'\'' | b' ' | b'\t');
    let name = &line[open..open + close];
    let before = name.iter().take_while(strip).count();
    let behind = name.iter().rev().take_while(strip).count();
    (before + behind < name.len()).then(|| open + before..open + close - behind)
}

/// Words before the name of a variable, in the order in which they can follow each other.
const DECLARATIONS: [&str; 15] = [
    "export ",
    "set ",
    "env ",
    "environment=",
    "public ",
    "private ",
    "protected ",
    "internal ",
    "static ",
    "final ",
    "readonly ",
    "const ",
    "let ",
    "var ",
    "val ",
];

/// The length of the type before the name of a constant: `String DB_HOST = …`.
fn declared_type(line: &[u8]) -> usize {
    if !matches!(line.first(), Some(b'S' | b's' | b'i' | b'f')) {
        return 0;
    }
    let types: [&[u8]; 4] = [b"String ", b"string ", b"int ", b"final String "];
    let found = types.into_iter().find(|name| line.starts_with(name));
    found.map_or(0, <[u8]>::len)
}

/// The places of a key and its value.
struct Pair {
    key: Range<usize>,
    /// The first byte of the operator between them.
    operator: u8,
    value: Range<usize>,
}

/// Reads a line such as `key: value`, `key = value`, `'key' => value`, `export KEY=value`,
/// `"KEY=value"`.
fn pair(text: &[u8], line: Range<usize>) -> Option<Pair> {
    memchr::memchr2(b'=', b':', &text[line.clone()])?;
    let mut at = line.start;
    let may_declare = |b: &u8| b"efilprsvc".contains(&b.to_ascii_lowercase());
    let declares = text[line.clone()].first().is_some_and(may_declare);
    for word in DECLARATIONS.into_iter().filter(|_| declares) {
        let (rest, word) = (&text[at..line.end], word.as_bytes());
        if rest.len() > word.len()
            && rest[0].eq_ignore_ascii_case(&word[0])
            && rest[..word.len()].eq_ignore_ascii_case(word)
        {
            at += word.len();
        }
    }
    if text[at..line.end].starts_with(b"$env:") {
        at += 5;
    }
    at += declared_type(&text[at..line.end]);
    // The signs before a name in code: `$name`, `:name`, `'name'`.
    let declared = at;
    while at < line.end
        && at - declared < 12
        && matches!(text[at], b'"' | b'\'' | b'$' | b':' | b'@' | b'%' | b' ')
    {
        at += 1;
    }
    let len = text[at..line.end]
        .iter()
        .take(128)
        .take_while(|&&b| is_name(b) || b == b'/')
        .count();
    let mut key = at..at + len;
    at += len;
    // `$db['default']['host']`
    while let [b'[', b'"' | b'\'', rest @ ..] = &text[at..line.end]
        && let Some(length) = memchr::memchr(b']', rest).filter(|length| *length > 1)
    {
        key.end = at + 2 + length - 1;
        at += 2 + length + 1;
    }
    while at < line.end && matches!(text[at], b'"' | b'\'' | b' ' | b'\t' | b']') {
        at += 1;
    }
    let rest = &text[at..line.end];
    let operator = [b"=>".as_slice(), b":=", b":", b"="]
        .into_iter()
        .find(|operator| rest.starts_with(operator))?;
    if len == 0 || rest.starts_with(b"::") || rest.starts_with(b"==") {
        return None;
    }
    at += operator.len();
    at += text[at..line.end]
        .iter()
        .take_while(|b| matches!(b, b' ' | b'\t'))
        .count();
    Some(Pair {
        key,
        operator: operator[0],
        value: at..line.end,
    })
}

/// The place of a value, and whether it is in quotes.
struct Value {
    place: Range<usize>,
    quoted: bool,
}

/// The place of a value without its quotes, or without the comment or comma after it.
fn unquoted(text: &[u8], range: Range<usize>, operator: u8) -> Value {
    let bytes = &text[range.clone()];
    if let Some(&quote @ (b'"' | b'\'' | b'`')) = bytes.first() {
        let close = bytes[1..]
            .iter()
            .position(|&b| b == quote)
            .map_or(bytes.len(), |len| len + 1);
        return Value {
            place: range.start + 1..range.start + close.max(1),
            quoted: true,
        };
    }
    if let Some(place) = default_value(text, &range) {
        return Value {
            place,
            quoted: true,
        };
    }
    let length = comments::start_after_value(bytes, operator == b':');
    let mut end = range.start + bytes[..length].trim_ascii_end().len();
    while end > range.start && matches!(text[end - 1], b',' | b';' | b'"' | b'\'') {
        end -= 1;
    }
    Value {
        place: range.start..end,
        quoted: false,
    }
}

/// The place of the literal that is the default of a variable: `env('DB_HOST', 'db1')`,
/// `process.env.DB_HOST || 'db1'`.
fn default_value(text: &[u8], range: &Range<usize>) -> Option<Range<usize>> {
    let bytes = &text[range.clone()];
    let reads = |word: &[u8]| memchr::memmem::find(&bytes[..bytes.len().min(64)], word).is_some();
    if !(reads(b"env") || reads(b"ENV")) {
        return None;
    }
    let operator = [b"||".as_slice(), b"??", b", ", b","]
        .into_iter()
        .find_map(|sign| memchr::memmem::find(bytes, sign).map(|at| at + sign.len()))?;
    literal(text, range.start + operator..range.end)
}
