//! What a scan remembers of packs: with it and without it the same is found.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use crate::support::random_history::Made;
use crate::support::raw_repository::{Id, IdHash, Kind, RawRepository};
use crate::support::test_env::{Ran, Repo, TestEnv, files_below, token};

/// Bytes that do not get smaller, so that the packs are large enough to be remembered.
pub(crate) fn ballast(repo: &Repo) {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    let bytes: Vec<u8> = (0..5 << 20).map(|_| next()).collect();
    let file = repo.root.join("ballast.bin");
    std::fs::write(&file, bytes).unwrap();
    let id = repo.git(&["hash-object", "-w", "ballast.bin"]);
    std::fs::remove_file(file).unwrap();
    repo.git(&["update-ref", "refs/ballast", &id]);
}

fn caches(env: &TestEnv) -> Vec<PathBuf> {
    let folder = env.home().join(".cache/keyferry");
    if folder.exists() {
        files_below(&folder).into_keys().collect()
    } else {
        Vec::new()
    }
}

/// The written rows of a scan, and its messages.
fn scan(env: &TestEnv, args: &[&str]) -> (String, Ran) {
    let ran = env.keyferry(
        &[
            &[
                "scan",
                "--format",
                "jsonl",
                "--show-secrets",
                "--confidence",
                "low",
            ],
            args,
            &["shop"],
        ]
        .concat(),
    );
    (ran.stdout.clone(), ran)
}

#[track_caller]
fn resumes(ran: &Ran, yes: bool) {
    assert_eq!(
        ran.stderr.contains("read by an earlier scan"),
        yes,
        "{}",
        ran.stderr
    );
}

/// Scans with the cache and without; returns whether the cache was used.
#[track_caller]
pub(crate) fn agree(env: &TestEnv, args: &[&str], context: &str) -> bool {
    let (with, ran) = scan(env, args);
    let (without, plain) = scan(env, &[args, &["--no-cache"]].concat());
    resumes(&plain, false);
    assert_eq!(with, without, "{context}\n{}", ran.stderr);
    assert_eq!((ran.code, plain.code), (1, 1), "{context}");
    ran.stderr.contains("read by an earlier scan")
}

/// Imports the stream from offset `from` on, with `marks` of the imports before.
fn import(repo: &Repo, made: &Made, from: usize) {
    let marks = [
        "--quiet",
        "--force",
        "--export-marks=marks",
        "--import-marks-if-exists=marks",
    ];
    repo.git_with_input(
        &[&["fast-import"], &marks[..]].concat(),
        &made.stream.as_bytes()[from..],
    );
}

#[test]
fn a_history_that_grows_is_read_like_a_new_one() {
    let mut resumed = 0;
    for seed in 201..=206 {
        let env = TestEnv::new();
        let repo = env.repo("shop");
        let mut made = Made::new(seed, seed % 3 == 0);
        import(&repo, &made, 0);
        ballast(&repo);
        repo.git(&["repack", "-q", "-a", "-d", "-k"]);
        if seed % 2 == 0 {
            // Several packs, and something loose beside them.
            let from = made.stream.len();
            (0..3).for_each(|_| made.step());
            import(&repo, &made, from);
            repo.git(&["repack", "-q"]);
            repo.write("loose.py", format!("token = '{}'\n", token(900)));
            repo.git(&["add", "loose.py"]);
        }
        let (_, first) = scan(&env, &["--history-only"]);
        resumes(&first, false);
        for round in 0..3 {
            let from = made.stream.len();
            (0..=round).for_each(|_| made.step());
            import(&repo, &made, from);
            match made.random.below(5) {
                0 => drop(repo.git(&["repack", "-q"])),
                1 if made.branches.len() > 1 => {
                    let name = made.branches[1].0.clone();
                    let branches = repo.git(&["branch", "--format=%(refname:short)"]);
                    if branches.lines().any(|branch| branch == name) {
                        repo.git(&["branch", "-q", "-D", &name]);
                    }
                }
                2 => drop(repo.git(&[
                    "tag",
                    "-a",
                    "-m",
                    &format!("with {}", token(800 + round)),
                    &format!("v{round}"),
                ])),
                // An old blob under another name, staged.
                3 => drop(repo.git(&["read-tree", "--prefix=copy/", "main"])),
                _ => drop(repo.git(&[
                    "symbolic-ref",
                    "HEAD",
                    &format!("refs/heads/{}", made.branches[0].0),
                ])),
            }
            let args: &[&str] = if made.random.chance(50) {
                &["--history-only"]
            } else {
                &[]
            };
            resumed += usize::from(agree(&env, args, &format!("seed {seed}, round {round}")));
        }
    }
    // Occasionally an object that this cache does not cover is read whole.
    assert!(resumed >= 12, "resumed {resumed} of 18 times");
}

/// A repository with a value that has been scanned once.
fn scanned(env: &TestEnv) -> Repo<'_> {
    let repo = env.repo("shop");
    repo.write("app.py", format!("token = '{}'\n", token(1)))
        .commit("add");
    repo.write("conf/app.yml", format!("password: {}\n", token(2)))
        .commit("more");
    repo.git(&["tag", "-a", "-m", &format!("with {}", token(3)), "v1"]);
    ballast(&repo);
    repo.git(&["repack", "-q", "-a", "-d", "-k"]);
    let (_, ran) = scan(env, &[]);
    resumes(&ran, false);
    repo
}

#[test]
fn what_is_remembered_holds_no_value_and_no_id() {
    let env = TestEnv::new();
    let repo = scanned(&env);
    let [file] = &caches(&env)[..] else {
        panic!("{:?}", caches(&env))
    };
    assert_eq!(
        std::fs::metadata(file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(
        std::fs::metadata(file.parent().unwrap())
            .unwrap()
            .permissions()
            .mode()
            & 0o777,
        0o700
    );
    let bytes = std::fs::read(file).unwrap();
    for n in 1..=3 {
        assert!(
            !bytes
                .windows(10)
                .any(|window| token(n).as_bytes().windows(10).any(|part| part == window)),
            "{n}"
        );
    }
    // The id of a small file is a fingerprint of its content: a guess of the content can be proved.
    let listed = repo.git(&[
        "cat-file",
        "--batch-all-objects",
        "--batch-check=%(objecttype) %(objectname)",
    ]);
    for id in listed.lines().filter_map(|line| line.strip_prefix("blob ")) {
        let raw: Vec<u8> = (0..4)
            .map(|at| u8::from_str_radix(&id[2 * at..2 * at + 2], 16).unwrap())
            .collect();
        assert!(!bytes.windows(4).any(|window| window == raw), "{id}");
        assert!(
            !bytes.windows(8).any(|window| window == &id.as_bytes()[..8]),
            "{id}"
        );
    }
    assert!(agree(&env, &[], "nothing is new"));
    assert!(agree(
        &env,
        &["--history-only", "--since", "2001-01-01"],
        "since a day"
    ));
}

#[test]
fn what_is_not_sure_is_read_again() {
    let env = TestEnv::new();
    let repo = scanned(&env);
    let file = caches(&env).remove(0);
    let good = std::fs::read(&file).unwrap();
    // Damaged, cut, empty.
    let mut damaged = good.clone();
    damaged[good.len() / 2] ^= 1;
    for bytes in [&damaged[..], &good[..good.len() - 1], b""] {
        std::fs::write(&file, bytes).unwrap();
        let (_, ran) = scan(&env, &[]);
        resumes(&ran, false);
        assert_eq!(std::fs::read(&file).unwrap(), good, "made anew");
    }
    // Other options, other rules.
    let (_, ran) = scan(&env, &["--max-blob", "9M"]);
    resumes(&ran, false);
    env.write("rules/own.yaml", "schema: 1\nprovider: Own\nopens: Nothing at all.\nrules:\n  - id: own\n    name: Own\n    kind: application\n    confidence: high\n    anchors: ['own-']\n    pattern: 'own-[0-9]{9}'\n    examples: ['own-123456789']\n");
    let (_, ran) = scan(&env, &["--detectors", "rules"]);
    resumes(&ran, false);
    let (_, ran) = scan(&env, &["--detectors", "rules"]);
    resumes(&ran, true);
    // Other packs.
    repo.write("new.py", format!("token = '{}'\n", token(9)))
        .commit("new");
    repo.git(&["repack", "-q", "-a", "-d", "-k"]);
    assert!(!agree(&env, &["--detectors", "rules"], "repacked"));
    assert!(agree(&env, &["--detectors", "rules"], "remembered again"));
    // The new part is damaged: this is reported, and the other findings stay.
    let id = repo.git(&["hash-object", "-w", "--stdin"]);
    let path = repo.root.join(".git/objects").join(&id[..2]).join(&id[2..]);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(&path, b"nonsense").unwrap();
    let (rows, ran) = scan(&env, &["--detectors", "rules"]);
    resumes(&ran, false);
    assert_eq!(ran.code, 3);
    assert!(rows.contains(&token(1)) && rows.contains(&token(9)) && ran.stderr.contains(&id));
}

#[test]
fn nothing_is_kept_where_that_is_not_wanted_or_does_not_pay() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    repo.write("app.py", format!("token = '{}'\n", token(1)))
        .commit("add");
    repo.git(&["repack", "-q", "-a", "-d"]);
    scan(&env, &[]);
    assert_eq!(caches(&env), Vec::<PathBuf>::new());
    ballast(&repo);
    repo.git(&["repack", "-q", "-a", "-d", "-k"]);
    for args in [&["--no-cache"][..], &["--no-history"], &["--whole-blobs"]] {
        scan(&env, args);
        assert_eq!(caches(&env), Vec::<PathBuf>::new(), "{args:?}");
    }
    // A token in the name of a file would have to be kept with it.
    repo.write(&format!("{}.txt", token(7)), "x\n")
        .commit("named");
    repo.git(&["repack", "-q", "-a", "-d", "-k"]);
    scan(&env, &[]);
    assert_eq!(caches(&env), Vec::<PathBuf>::new());
}

#[test]
fn a_differing_copy_of_a_known_object_is_read() {
    let env = TestEnv::with_hash("sha1");
    let repo = env.repo("shop");
    let line = |n| format!("token = '{}'\n", token(n));
    repo.write("a.py", line(1)).commit("one");
    ballast(&repo);
    repo.git(&["repack", "-q", "-a", "-d", "-k"]);
    scan(&env, &["--history-only"]);
    assert!(agree(&env, &["--history-only"], "known"));
    let objects = RawRepository {
        git: repo.root.join(".git"),
        hash: IdHash::Sha1,
    };
    // The same content changes nothing.
    let id = objects.loose(Kind::Blob, line(1).as_bytes());
    assert_eq!(id, Id::of(Kind::Blob, line(1).as_bytes()));
    assert!(agree(&env, &["--history-only"], "the same content"));
    objects.loose_as(id, Kind::Blob, line(2).as_bytes());
    let (rows, ran) = scan(&env, &["--history-only"]);
    resumes(&ran, false);
    assert!(rows.contains(&token(1)) && rows.contains(&token(2)));
    ran.exits(3).says(&["1 differing-copies: ", &id.hex()]);
}

#[test]
fn verifying_objects_reads_all_of_them() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    repo.write("a.py", "x = 1\n").commit("one");
    ballast(&repo);
    repo.git(&["repack", "-q", "-a", "-d", "-k"]);
    scan(&env, &[]);
    resumes(&scan(&env, &[]).1, true);
    resumes(&scan(&env, &["--verify-objects"]).1, false);
}
