//! On random repositories, the walk shows the objects that `git cat-file --batch-all-objects`
//! prints.

use proptest::prelude::*;

use super::*;

/// The way a repository is packed after a round of commits.
#[derive(Clone, Copy, Debug)]
enum Packing {
    /// New objects stay loose.
    Loose,
    /// They get a pack of their own, as the importer wrote it.
    Kept,
    /// Loose objects are packed.
    Repack { window: u8, depth: u8 },
    /// Everything is packed anew; deltas by id instead of by distance, and an index of version 1, if so said.
    All {
        window: u8,
        depth: u8,
        by_id: bool,
        v1: bool,
    },
    /// Everything a second time, in another pack.
    Again,
    /// The repository goes on in another one that borrows from it.
    Borrow,
}

#[derive(Clone, Debug)]
pub(crate) struct Round {
    commits: Vec<Vec<(u8, u16, u8)>>,
    packing: Packing,
}

fn packing() -> impl Strategy<Value = Packing> {
    let numbers = (0u8..60, 0u8..60);
    prop_oneof![
        Just(Packing::Loose),
        Just(Packing::Kept),
        numbers
            .clone()
            .prop_map(|(window, depth)| Packing::Repack { window, depth }),
        (numbers, any::<bool>(), any::<bool>()).prop_map(|((window, depth), by_id, v1)| {
            Packing::All {
                window,
                depth,
                by_id,
                v1,
            }
        }),
        Just(Packing::Again),
        Just(Packing::Borrow),
    ]
}

/// Of repositories of both formats.
pub(crate) fn rounds() -> impl Strategy<Value = (ObjectFormat, Vec<Round>)> {
    let edits = proptest::collection::vec((0u8..6, any::<u16>(), any::<u8>()), 1..5);
    let commits = proptest::collection::vec(edits, 1..12);
    let round = (commits, packing()).prop_map(|(commits, packing)| Round { commits, packing });
    (
        prop_oneof![Just(ObjectFormat::Sha1), Just(ObjectFormat::Sha256)],
        proptest::collection::vec(round, 1..5),
    )
}

/// Files of a few hundred lines, of which an edit changes some.
struct Files(Vec<Vec<String>>);

impl Files {
    fn new() -> Self {
        let line =
            |file: usize, n: usize| format!("line {n} of {file}: {}", (n * 7919 + file) % 1009);
        Self(
            (0..6)
                .map(|file| (0..150 + 40 * file).map(|n| line(file, n)).collect())
                .collect(),
        )
    }

    fn edit(&mut self, (file, place, what): (u8, u16, u8)) -> String {
        let lines = &mut self.0[usize::from(file)];
        let count = lines.len();
        let at = usize::from(place) % (count + 1);
        match what % 5 {
            0 if count > 20 => drop(lines.drain(at.saturating_sub(7)..at)),
            1 => lines.insert(at, odd_line(place)),
            2 => lines.extend_from_within(..at.min(30)),
            // The end is cut off, within a line.
            3 if count > 20 => {
                let last = lines[count - 3].clone();
                lines.truncate(count - 3);
                lines.push(last[..last.len() / 2].to_owned());
            }
            _ => lines.rotate_left(at.min(count)),
        }
        lines.join("\n")
    }
}

/// One or more new lines: every kind of text that detection looks for, and parts of it.
fn odd_line(place: u16) -> String {
    let tail = "x9Kq2Lm7".repeat(4);
    let value = format!("{}{:04}{}", &tail[..13], place, &tail[13..25]);
    let settings = format!("user=app\npassword={value}\nhost=db.example.com\n");
    let base64 = crate::detect::decode::base64::encode(settings.repeat(2).as_bytes());
    match place % 24 {
        0 => format!("password = '{value}'"),
        1 => format!("DB_PASSWORD={value}\r"),
        2 => format!("url: postgres://app:{value}@db.example.com/shop"),
        3 => format!("{}\n{}\n{}", PEM.0, "MHcCAQEEI".repeat(18), PEM.1),
        4 => PEM.0.to_owned(),
        5 => PEM.1.to_owned(),
        6 => format!(
            "{} token: \"{value}\" {}",
            "filler ".repeat(700),
            "more ".repeat(900)
        ),
        7 => format!("key = \"{value}\\"),
        8 => format!("secret: {value} # {place}\nsecret: {value}"),
        9 => format!("\0 api_key = '{value}'"),
        10 => format!("AKIA{}", &"QWERTYUIOPASDFGH"[..16]),
        11 => format!("aws_secret_access_key = {value}{}", &tail[..11]),
        12 => "password =".to_owned(),
        13 => format!("'{value}'"),
        14 => String::new(),
        15 => format!("data: {base64}"),
        16 => base64
            .as_bytes()
            .chunks(64)
            .map(|line| format!("  {}\n", String::from_utf8_lossy(line)))
            .collect(),
        17 => crate::secret::hex(settings.as_bytes()),
        18 => format!("\"url\": \"jdbc:mysql://h/d?user\\u003dapp\\u0026password\\u003d{value}\""),
        19 => format!("next=postgres%3A%2F%2Fapp%3A{value}%40db.example.com%2Fshop"),
        20 => crate::detect::example::expand("keystore.jks: <<store jks>>").unwrap(),
        21 => {
            format!("{{\n\"client_secret\": \"{value}\", \"client_email\": \"a@b.example.com\",\n")
        }
        22 => "\"type\": \"authorized_user\"\n}".to_owned(),
        _ => format!("new {place}"),
    }
}

/// In two parts, so that no file holds it whole.
const PEM: (&str, &str) = (
    concat!("-----BEGIN EC PRI", "VATE KEY-----"),
    concat!("-----END EC PRI", "VATE KEY-----"),
);

/// Of different kinds, to a detector.
const NAMES: [&str; 6] = [
    "f0.py",
    "folder/deep/f1.yml",
    "f2.md",
    "folder/deep/f3",
    "f4.properties",
    "folder/deep/f5.xml",
];

/// Input of `git fast-import` for these commits.
fn stream(files: &mut Files, commits: &[Vec<(u8, u16, u8)>], first: bool, round: usize) -> Vec<u8> {
    let mut out = String::new();
    let data = |text: &str| format!("data {}\n{text}\n", text.len());
    for (n, edits) in commits.iter().enumerate() {
        let time = 1_700_000_000 + round * 1000 + n;
        out += &format!(
            "commit refs/heads/main\ncommitter C <c@x> {time} +0000\n{}",
            data("a message")
        );
        if n == 0 && !first {
            out += "from refs/heads/main^0\n";
        }
        for &edit in edits {
            let text = files.edit(edit);
            // Now and then under another name too, of another kind.
            let other = NAMES[usize::from(edit.2) % 6];
            for name in [NAMES[usize::from(edit.0)], other]
                .iter()
                .take(1 + usize::from(edit.2 % 5 == 0))
            {
                out += &format!("M 100644 inline {name}\n{}", data(&text));
            }
        }
    }
    out += &format!(
        "tag t{round}\nfrom refs/heads/main\ntagger T <t@x> 1700000000 +0000\n{}",
        data("a tag")
    );
    out.into_bytes()
}

/// The repositories, of which each borrows from the one before.
pub(crate) fn build((format, rounds): &(ObjectFormat, Vec<Round>)) -> Vec<Repo> {
    let mut repos = vec![Repo::new(*format)];
    let mut files = Files::new();
    for (n, round) in rounds.iter().enumerate() {
        let repo = repos.last().unwrap();
        let limit = if matches!(round.packing, Packing::Kept) {
            "0"
        } else {
            "100000"
        };
        let unpack = format!("fastimport.unpackLimit={limit}");
        let input = stream(&mut files, &round.commits, n == 0, n);
        repo.git(
            &["-c", &unpack, "fast-import", "--quiet", "--date-format=raw"],
            &input,
        );
        match round.packing {
            Packing::Loose | Packing::Kept => {}
            Packing::Repack { window, depth } => {
                repo.git(
                    &[
                        "repack",
                        "-q",
                        "-d",
                        &format!("--window={window}"),
                        &format!("--depth={depth}"),
                    ],
                    b"",
                );
            }
            Packing::All {
                window,
                depth,
                by_id,
                v1,
            } => {
                let by = format!("repack.useDeltaBaseOffset={}", !by_id);
                let version = format!("pack.indexVersion={}", if v1 { 1 } else { 2 });
                let (window, depth) = (format!("--window={window}"), format!("--depth={depth}"));
                repo.git(
                    &[
                        "-c", &by, "-c", &version, "repack", "-q", "-a", "-d", "-f", &window,
                        &depth,
                    ],
                    b"",
                );
            }
            Packing::Again => again(repo),
            Packing::Borrow => {
                let next = Repo::new(*format);
                let line = format!("{}\n", repo.objects().display());
                std::fs::create_dir_all(next.objects().join("info")).unwrap();
                std::fs::write(next.objects().join("info/alternates"), line).unwrap();
                let tip = repo.git(&["rev-parse", "refs/heads/main"], b"");
                next.git(
                    &[
                        "update-ref",
                        "refs/heads/main",
                        String::from_utf8(tip).unwrap().trim(),
                    ],
                    b"",
                );
                repos.push(next);
            }
        }
    }
    repos
}

/// Packs all objects once more, otherwise than `git repack` does.
pub(super) fn again(repo: &Repo) {
    let ids = repo.git(
        &[
            "cat-file",
            "--batch-all-objects",
            "--batch-check=%(objectname)",
        ],
        b"",
    );
    repo.git(
        &[
            "pack-objects",
            "-q",
            "--no-reuse-delta",
            "--window=7",
            "--depth=3",
            "objects/pack/pack",
        ],
        &ids,
    );
}

/// A repository with several packs, loose objects and deltas, always the same.
pub(super) fn sample(format: ObjectFormat, packing: &[(u8, u8)]) -> Repo {
    let commits = |n: u16| {
        (0..30)
            .map(|c| vec![((c % 6) as u8, c * 97 + n, (c + n) as u8)])
            .collect()
    };
    let round = |(n, &(window, depth))| Round {
        commits: commits(n),
        packing: Packing::Repack { window, depth },
    };
    let mut rounds: Vec<Round> = (0..).zip(packing).map(round).collect();
    rounds.push(Round {
        commits: commits(99),
        packing: Packing::Loose,
    });
    build(&(format, rounds)).remove(0)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 20, ..ProptestConfig::default() })]

    #[test]
    fn we_read_what_git_reads(rounds in rounds(), workers in 1usize..5, memory in prop_oneof![Just(0u64), Just(9000), Just(1 << 30)]) {
        let repos = build(&rounds);
        for repo in &repos {
            let expected = repo.listing();
            let forest = Forest::open(&repo.objects(), repo.format, workers).unwrap();
            prop_assert_eq!(forest.flaws(), &[]);
            let limits = Limits { memory, ..Limits::default() };
            let seen = see(&forest, ObjectKinds::ALL, workers, limits);
            prop_assert!(seen.unread.is_empty(), "{:?}", seen.unread);
            same(&seen.objects, &expected);
            prop_assert_eq!(forest.count(ObjectKinds::ALL), expected.len() as u64);
            let mut reader = ObjectReader::new(&forest, u64::MAX);
            for (id, object) in expected.iter().step_by(7) {
                let got = reader.object(*id).unwrap().unwrap();
                prop_assert_eq!(&got, object);
                prop_assert_eq!(forest.kind(*id), Some(object.0));
            }
            for kinds in [ObjectKinds::TREES, ObjectKinds::BLOBS.and(ObjectKinds::UNKNOWN), ObjectKinds::COMMITS.and(ObjectKinds::TAGS)] {
                let part: BTreeMap<_, _> =
                    expected.iter().filter(|(_, (kind, _))| kinds.contains(Some(*kind))).map(|(id, o)| (*id, o.clone())).collect();
                same(&see(&forest, kinds, workers, limits).objects, &part);
                prop_assert_eq!(forest.count(kinds), part.len() as u64);
            }
        }
    }
}

#[test]
fn deltas_are_shown_as_deltas() {
    for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        let (forest, seen) = see_all(&sample(format, &[(50, 50), (10, 3)]).objects(), format);
        assert_eq!(forest.packs.len(), 2);
        assert!(
            forest.loose.len() > 20 && seen.deltas > 50,
            "{} of {}",
            seen.deltas,
            seen.objects.len()
        );
    }
}
