//! A hermetic environment: a home of its own, no configuration, clock, locale or account of the machine.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use keyferry::detect::example::expand;
use serde::Deserialize;

/// Seconds since 1970 of the first commit; each later one is a minute younger.
pub const EPOCH: u64 = 1_700_000_000;

pub const AUTHOR: &str = "A U Thor <author@example.com>";

pub struct TestEnv {
    folder: tempfile::TempDir,
    minutes: Cell<u64>,
    home: &'static str,
    /// The hash of object ids in new repositories.
    hash: String,
}

/// What a command did.
#[derive(Debug)]
pub struct Ran {
    pub stdout: String,
    pub stderr: String,
    pub code: i32,
}

impl Ran {
    pub fn of(output: Output) -> Self {
        Ran {
            stdout: String::from_utf8(output.stdout).expect("stdout is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("stderr is UTF-8"),
            code: output.status.code().expect("ended by itself"),
        }
    }

    /// Fails with everything that was said unless the exit code is `code`.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "stdout:\n{}\nstderr:\n{}",
            self.stdout, self.stderr
        );
        self
    }

    /// The rows of a JSONL report, each checked to have the fields of the contract and no other.
    #[track_caller]
    pub fn rows(&self) -> Vec<Row> {
        let mut lines: Vec<&str> = self.stdout.lines().collect();
        // The last line of an incomplete scan, and of no other, says so.
        let incomplete = lines.pop_if(|line| line.starts_with("{\"incomplete\":"));
        assert!(incomplete.is_none() || matches!(self.code, 3 | 130));
        lines.into_iter().map(Row::parse).collect()
    }

    #[track_caller]
    pub fn says(self, words: &[&str]) -> Self {
        for word in words {
            assert!(
                self.stderr.contains(word),
                "{word:?} is not in:\n{}",
                self.stderr
            );
        }
        self
    }
}

/// One line of JSONL.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    pub secret_id: String,
    pub detector: String,
    pub kind: String,
    pub confidence: String,
    pub proof: Option<String>,
    pub origin: String,
    pub repository: String,
    pub path: String,
    pub line: usize,
    pub column: usize,
    pub end_line: usize,
    pub end_column: Option<usize>,
    pub blob: Option<String>,
    pub commit: Option<String>,
    pub introduced: Option<String>,
    pub author: Option<String>,
    pub date: Option<String>,
    pub reachable: bool,
    pub at_head: bool,
    pub refs: Vec<String>,
    pub refs_more: u64,
    pub last_commit: Option<String>,
    pub last_date: Option<String>,
    pub redacted: String,
    pub reading: String,
    pub reading_doubt: Option<String>,
    pub secret: Option<String>,
    pub secret_hex: Option<String>,
    pub weak: Option<bool>,
}

/// Every row has these, null or not.
const FIELDS: [&str; 26] = [
    "secret_id",
    "detector",
    "kind",
    "confidence",
    "proof",
    "origin",
    "repository",
    "path",
    "line",
    "column",
    "end_line",
    "end_column",
    "blob",
    "commit",
    "introduced",
    "author",
    "date",
    "reachable",
    "at_head",
    "refs",
    "refs_more",
    "last_commit",
    "last_date",
    "redacted",
    "reading",
    "reading_doubt",
];

impl Row {
    #[track_caller]
    pub fn parse(line: &str) -> Row {
        let fields: BTreeMap<String, serde_json::Value> =
            serde_json::from_str(line).expect("a line is an object");
        for field in FIELDS {
            assert!(fields.contains_key(field), "no {field} in {line}");
        }
        let row: Row = serde_json::from_str(line).unwrap();
        let digits = row.secret_id.strip_prefix("s-").expect("ids begin with s-");
        assert!(
            digits.len() == 24 && digits.bytes().all(|b| b.is_ascii_hexdigit()),
            "{line}"
        );
        assert!(
            row.line >= 1
                && row.column >= 1
                && row.end_line >= row.line
                && row.end_column.is_none_or(|column| column >= 1),
            "{line}"
        );
        assert!(
            row.introduced.as_deref() != Some("at-or-before") || row.author.is_none(),
            "{line}"
        );
        assert!(
            row.commit.is_some()
                || row.origin.starts_with("tag-")
                || row.author.is_none()
                // The report has no ids.
                || row.end_column.is_none(),
            "{line}"
        );
        row
    }

    pub fn value(&self) -> &str {
        self.secret.as_deref().expect("--show-secrets")
    }

    /// Origin, path and place, for comparing many at once.
    pub fn place(&self) -> String {
        format!(
            "{} {}:{}:{}",
            self.origin, self.path, self.line, self.column
        )
    }
}

/// `places` of rows.
pub fn places(rows: &[Row]) -> Vec<String> {
    rows.iter().map(Row::place).collect()
}

/// Date of the n-th commit of an environment, from 0, as reports show it.
pub fn date(n: u64) -> String {
    let stamp = jiff::Timestamp::from_second((EPOCH + 60 * n) as i64).unwrap();
    stamp
        .to_zoned(jiff::tz::TimeZone::UTC)
        .strftime("%Y-%m-%dT%H:%M:%S+00:00")
        .to_string()
}

/// A GitHub token that nobody has, another for each number.
pub fn token(n: u32) -> String {
    made_up(n, "<<github ghp_>>")
}

/// A password as people choose them, another for each number.
pub fn password(n: u32) -> String {
    made_up(n, "Wint<<>>er-<<alnum 8>>")
}

pub fn made_up(n: u32, template: &str) -> String {
    let seed = format!("{n} ");
    expand(&format!("{seed}{template}")).unwrap()[seed.len()..].to_owned()
}

impl TestEnv {
    /// Repositories are of the kind that git makes; `KEYFERRY_TEST_HASH=sha256` has all tests use the other one.
    pub fn new() -> Self {
        Self::with_hash(&std::env::var("KEYFERRY_TEST_HASH").unwrap_or("sha1".to_owned()))
    }

    pub fn with_hash(hash: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let env = TestEnv {
            folder,
            minutes: Cell::new(0),
            home: "home",
            hash: hash.to_owned(),
        };
        for folder in ["home", "tmp", "work"] {
            std::fs::create_dir(env.root().join(folder)).unwrap();
        }
        env
    }

    /// Digits of an id.
    pub fn digits(&self) -> usize {
        if self.hash == "sha256" { 64 } else { 40 }
    }

    /// Holds `home`, `tmp` and `work`.
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    pub fn home(&self) -> PathBuf {
        self.root().join(self.home)
    }

    /// In the folder that commands run in.
    pub fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.root().join("work").join(path)
    }

    fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .current_dir(self.path(""))
            .stdin(Stdio::null());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
            .env("HOME", self.home())
            .env("TMPDIR", self.root().join("tmp"));
        command
    }

    /// The program, ready to run.
    pub fn program<S: AsRef<OsStr>>(&self, args: &[S]) -> Command {
        let mut command = self.command(env!("CARGO_BIN_EXE_keyferry"));
        command.args(args);
        command
    }

    pub fn keyferry<S: AsRef<OsStr>>(&self, args: &[S]) -> Ran {
        Ran::of(self.program(args).output().unwrap())
    }

    pub fn keyferry_with<S: AsRef<OsStr>>(&self, args: &[S], variables: &[(&str, &str)]) -> Ran {
        Ran::of(
            self.program(args)
                .envs(variables.iter().copied())
                .output()
                .unwrap(),
        )
    }

    /// Scans in JSONL with the values; fails unless it exits with `code`.
    #[track_caller]
    pub fn scan_exits(&self, code: i32, args: &[&str]) -> (Vec<Row>, Ran) {
        let ran = self
            .keyferry(&[&["scan", "--format", "jsonl", "--show-secrets"], args].concat())
            .exits(code);
        (ran.rows(), ran)
    }

    /// Rows of a complete scan.
    #[track_caller]
    pub fn scan(&self, args: &[&str]) -> Vec<Row> {
        let (rows, ran) = self.scan_exits(1, args);
        assert!(
            !rows.is_empty(),
            "exit code 1 without findings: {}",
            ran.stderr
        );
        rows
    }

    /// A new repository with the branch `main`.
    pub fn repo(&self, name: &str) -> Repo<'_> {
        self.git(
            &self.path(""),
            &["init", "--quiet", "--initial-branch=main", name],
        );
        Repo {
            env: self,
            root: self.path(name),
        }
    }

    pub fn open(&self, name: &str) -> Repo<'_> {
        Repo {
            env: self,
            root: self.path(name),
        }
    }

    #[track_caller]
    pub fn git<S: AsRef<OsStr>>(&self, folder: &Path, args: &[S]) -> String {
        self.git_with_input(folder, args, b"")
    }

    /// Runs git and returns its output without the line end.
    #[track_caller]
    pub fn git_with_input<S: AsRef<OsStr>>(
        &self,
        folder: &Path,
        args: &[S],
        input: &[u8],
    ) -> String {
        let when = format!("{} +0000", EPOCH + 60 * self.minutes.get());
        let mut command = self.command("git");
        command
            .current_dir(folder)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1");
        // What the machine's git puts into new repositories differs from version to version.
        command
            .env("GIT_TEMPLATE_DIR", "")
            .env("GIT_DEFAULT_HASH", &self.hash);
        command
            .env("GIT_AUTHOR_NAME", "A U Thor")
            .env("GIT_AUTHOR_EMAIL", "author@example.com");
        command
            .env("GIT_COMMITTER_NAME", "C O Mitter")
            .env("GIT_COMMITTER_EMAIL", "committer@example.com");
        command
            .env("GIT_AUTHOR_DATE", &when)
            .env("GIT_COMMITTER_DATE", &when);
        command
            .args(["-c", "protocol.file.allow=always", "-c", "gc.auto=0"])
            .args(args);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        let output = child.wait_with_output().unwrap();
        let words: Vec<_> = args
            .iter()
            .map(|arg| arg.as_ref().to_string_lossy().into_owned())
            .collect();
        assert!(
            output.status.success(),
            "git {}: {}",
            words.join(" "),
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout)
            .trim_end()
            .to_owned()
    }

    /// Writes a file below the working folder, with the folders that it needs.
    pub fn write(&self, path: impl AsRef<Path>, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Every file below the root, with its bytes.
    pub fn all_files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        files_below(self.root())
    }
}

/// Regular files below a folder, with their bytes.
pub fn files_below(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let kind = std::fs::symlink_metadata(&path).unwrap().file_type();
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() {
                files.insert(path.clone(), std::fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// A git repository in an environment.
pub struct Repo<'e> {
    pub env: &'e TestEnv,
    pub root: PathBuf,
}

impl Repo<'_> {
    #[track_caller]
    pub fn git(&self, args: &[&str]) -> String {
        self.env.git(&self.root, args)
    }

    #[track_caller]
    pub fn git_with_input(&self, args: &[&str], input: &[u8]) -> String {
        self.env.git_with_input(&self.root, args, input)
    }

    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        self.env.write(self.root.join(path), content);
        self
    }

    pub fn remove(&self, path: &str) -> &Self {
        std::fs::remove_file(self.root.join(path)).unwrap();
        self
    }

    /// Commits everything in the working tree; returns the id.
    #[track_caller]
    pub fn commit(&self, message: &str) -> String {
        self.git(&["add", "--all", "--force"]);
        self.commit_staged(message)
    }

    /// Commits the index.
    #[track_caller]
    pub fn commit_staged(&self, message: &str) -> String {
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
        self.tick();
        self.git(&["rev-parse", "HEAD"])
    }

    /// The next commit is a minute younger.
    pub fn tick(&self) {
        self.env.minutes.set(self.env.minutes.get() + 1);
    }

    /// The row's place in the file, object or message that it names holds its value.
    #[track_caller]
    pub fn check(&self, row: &Row) {
        let text = match (row.origin.as_str(), &row.blob) {
            ("commit-message" | "tag-message", Some(id)) => {
                let object = self.raw_object(id);
                let body = object.windows(2).position(|pair| pair == b"\n\n").unwrap() + 2;
                object[body..].to_vec()
            }
            ("file-name", Some(id)) => {
                // The path is shown without the value, and the place is one in the path.
                let tree = self.raw_object(id);
                assert!(
                    memchr::memmem::find(&tree, row.value().as_bytes()).is_some(),
                    "{row:?}"
                );
                assert!(!row.path.contains(row.value()));
                return;
            }
            (_, Some(id)) => self.raw_object(id),
            ("worktree" | "git-directory" | "reflog", None) => {
                std::fs::read(self.root.join(&row.path)).unwrap()
            }
            other => panic!("{other:?} has no object"),
        };
        let lines: Vec<&[u8]> = text.split(|&b| b == b'\n').collect();
        assert_eq!(
            row.line, row.end_line,
            "values of these tests are on one line"
        );
        let found = &lines[row.line - 1][row.column - 1..row.end_column.unwrap()];
        assert_eq!(String::from_utf8_lossy(found), row.value(), "{row:?}");
        if let Some(commit) = &row.commit {
            let author = self.git(&["show", "--no-patch", "--format=%an <%ae>", commit]);
            if !row.origin.starts_with("tag-")
                && row.introduced.as_deref() == Some("at")
                && !row.author.as_ref().is_some_and(|who| who.contains('…'))
            {
                assert_eq!(row.author.as_deref(), Some(&*author));
                let when = self
                    .git(&["show", "--no-patch", "--format=%at", commit])
                    .parse()
                    .unwrap();
                assert_eq!(row.date.as_deref(), Some(&*date(when_to_minutes(when))));
            }
        }
    }

    fn raw_object(&self, id: &str) -> Vec<u8> {
        let kind = self.git(&["cat-file", "-t", id]);
        let mut command = self.env.command("git");
        let output = command
            .current_dir(&self.root)
            .args(["cat-file", &kind, id])
            .output()
            .unwrap();
        assert!(output.status.success());
        output.stdout
    }
}

fn when_to_minutes(seconds: u64) -> u64 {
    (seconds - EPOCH) / 60
}
