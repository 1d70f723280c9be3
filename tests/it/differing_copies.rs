//! Two copies of one object id with different content: both are searched, and the coverage report names both places.

use crate::support::raw_repository::{
    Body, Delta, Entry, Id, IdHash, Kind, RawRepository, commit, tree,
};
use crate::support::test_env::{Ran, Row, TestEnv, places, token};

const HASHES: [IdHash; 2] = [IdHash::Sha1, IdHash::Sha256];

fn line(n: u32) -> String {
    format!("token = '{}'\n", token(n))
}

/// A place of a copy.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Pack(&'static str),
    Loose,
    AlternatePack,
    AlternateLoose,
}

impl Place {
    /// The words of the coverage report.
    fn words(self, env: &TestEnv) -> String {
        let alternate = env.path("other.git/objects").canonicalize().unwrap();
        match self {
            Place::Pack(name) => format!("objects/pack/{name}.pack"),
            Place::Loose => "a loose file of objects".to_owned(),
            Place::AlternatePack => format!("{}/pack/pack-a.pack", alternate.display()),
            Place::AlternateLoose => format!("a loose file of {}", alternate.display()),
        }
    }
}

const PLACES: [[Place; 2]; 4] = [
    [Place::Pack("pack-1"), Place::Pack("pack-2")],
    [Place::Pack("pack-1"), Place::Loose],
    [Place::Pack("pack-1"), Place::AlternatePack],
    [Place::Loose, Place::AlternateLoose],
];

/// A repository `shop.git` that borrows from `other.git`.
struct Shop {
    own: RawRepository,
    other: RawRepository,
}

impl Shop {
    fn new(env: &TestEnv, hash: IdHash) -> Self {
        let own = RawRepository::bare_with(&env.path("shop.git"), hash);
        let other = RawRepository::bare_with(&env.path("other.git"), hash);
        own.file("objects/info/alternates", "../../other.git/objects\n");
        Self { own, other }
    }

    fn put(&self, place: Place, id: Id, kind: Kind, bytes: &[u8]) {
        let entry = [Entry::of(id, Body::Whole(kind, bytes.to_vec()))];
        match place {
            Place::Pack(name) => self.own.pack(name, &entry),
            Place::Loose => self.own.loose_as(id, kind, bytes),
            Place::AlternatePack => self.other.pack("pack-a", &entry),
            Place::AlternateLoose => self.other.loose_as(id, kind, bytes),
        };
    }
}

fn scan(env: &TestEnv, code: i32) -> (Vec<Row>, Ran) {
    env.scan_exits(code, &["--follow-outside", "shop.git"])
}

/// The lines of the coverage report about copies.
fn contradictions(ran: &Ran) -> Vec<&str> {
    let lines = ran.stderr.lines();
    lines
        .filter(|line| line.contains("differing-copies"))
        .collect()
}

fn values(rows: &[Row]) -> Vec<&str> {
    let mut values: Vec<&str> = rows.iter().map(Row::value).collect();
    values.sort_unstable();
    values.dedup();
    values
}

fn tokens<const N: usize>(numbers: [u32; N]) -> Vec<String> {
    let mut tokens = numbers.map(token).to_vec();
    tokens.sort_unstable();
    tokens
}

/// A tag, a commit, a tree and a blob, each naming the next one. Each holds the token of its number.
struct Chain {
    blob: Vec<u8>,
    tree: Vec<u8>,
    commit: Vec<u8>,
    tag: Vec<u8>,
}

impl Chain {
    fn new(hash: IdHash, numbers: [u32; 4]) -> Self {
        let [one, two, three, four] = numbers;
        // All ids but those of the content are the same in every chain: they are those of the chain 1, 2, 3, 4.
        let blob = line(1).into_bytes();
        let name = |n| format!("{}.py", token(n));
        let blob_id = hash.id(Kind::Blob, &blob);
        let honest_tree = tree(&[("100644", &name(2), blob_id)]);
        let tree_id = hash.id(Kind::Tree, &honest_tree);
        let honest_commit = commit(tree_id, &[], 1_700_000_000, &token(3));
        let commit_id = hash.id(Kind::Commit, &honest_commit);
        let tag = format!(
            "object {}\ntype commit\ntag t\n\n{}\n",
            commit_id.hex(),
            token(four)
        );
        Self {
            blob: line(one).into_bytes(),
            tree: tree(&[("100644", &name(two), blob_id)]),
            commit: commit(tree_id, &[], 1_700_000_000, &token(three)),
            tag: tag.into_bytes(),
        }
    }

    fn content(&self, kind: Kind) -> &[u8] {
        match kind {
            Kind::Blob => &self.blob,
            Kind::Tree => &self.tree,
            Kind::Commit => &self.commit,
            Kind::Tag => &self.tag,
        }
    }
}

const KINDS: [Kind; 4] = [Kind::Blob, Kind::Tree, Kind::Commit, Kind::Tag];

/// The objects of the chain but those of one kind, and refs to it.
fn put_others(shop: &Shop, honest: &Chain, kind: Kind) {
    let hash = shop.own.hash;
    let others: Vec<Entry> = KINDS
        .iter()
        .filter(|&&other| other != kind)
        .map(|&other| {
            let bytes = honest.content(other).to_vec();
            Entry::of(hash.id(other, &bytes), Body::Whole(other, bytes))
        })
        .collect();
    shop.own.pack("pack-0", &others);
    let id = |kind| hash.id(kind, honest.content(kind));
    shop.own.reference("refs/heads/main", id(Kind::Commit));
    shop.own.reference("refs/tags/t", id(Kind::Tag));
}

#[test]
fn both_contents_are_searched_and_both_places_named() {
    for hash in HASHES {
        let honest = Chain::new(hash, [1, 2, 3, 4]);
        let forged = Chain::new(hash, [11, 12, 13, 14]);
        for (kind, n) in KINDS.into_iter().zip([11, 12, 13, 14]) {
            for [one, other] in PLACES {
                // The forged copy comes first, or last.
                for [first, second] in [[&honest, &forged], [&forged, &honest]] {
                    let env = TestEnv::new();
                    let shop = Shop::new(&env, hash);
                    put_others(&shop, &honest, kind);
                    let id = hash.id(kind, honest.content(kind));
                    shop.put(one, id, kind, first.content(kind));
                    shop.put(other, id, kind, second.content(kind));
                    let (rows, ran) = scan(&env, 3);
                    let case = format!("{hash:?} {kind:?} {one:?} {other:?}: {}", ran.stderr);
                    assert_eq!(values(&rows), tokens([1, 2, 3, 4, n]), "{case}");
                    let [line] = contradictions(&ran)[..] else {
                        panic!("{case}");
                    };
                    let name = format!("{kind:?} {}", id.hex()).to_lowercase();
                    let expected = [" 1 differing-copies: shop ", &name, " in "];
                    assert!(expected.iter().all(|words| line.contains(words)), "{case}");
                    assert!(line.contains(&one.words(&env)), "{case}");
                    assert!(line.contains(&other.words(&env)), "{case}");
                }
            }
        }
    }
}

#[test]
fn copies_with_the_same_content_are_one_object() {
    for hash in HASHES {
        let honest = Chain::new(hash, [1, 2, 3, 4]);
        for kind in KINDS {
            for [one, other] in PLACES {
                let env = TestEnv::new();
                let shop = Shop::new(&env, hash);
                put_others(&shop, &honest, kind);
                let bytes = honest.content(kind);
                let id = hash.id(kind, bytes);
                shop.put(one, id, kind, bytes);
                let (alone, before) = scan(&env, 1);
                shop.put(other, id, kind, bytes);
                let (rows, after) = scan(&env, 1);
                assert_eq!(rows, alone);
                assert_eq!(after.stderr, before.stderr);
            }
        }
    }
}

/// A blob with a token, without one, and a delta that takes the last line of its base.
fn bases() -> ([Vec<u8>; 2], Vec<u8>) {
    let filler = "x = 1\n".repeat(20);
    let one = format!("{filler}{}", line(1));
    let other = format!("{filler}{}", line(2));
    assert_eq!(one.len(), other.len());
    let last = line(1).len();
    let delta = Delta::new(one.len(), last + 6)
        .insert(b"y = 2\n")
        .copy(one.len() - last, last)
        .bytes();
    ([one.into_bytes(), other.into_bytes()], delta)
}

#[test]
fn a_delta_is_applied_to_the_base_of_its_own_pack() {
    for hash in HASHES {
        let ([one, other], delta) = bases();
        let base = hash.id(Kind::Blob, &one);
        let child = hash.made_up(1);
        for by_id in [false, true] {
            for packs in [["pack-1", "pack-2"], ["pack-2", "pack-1"]] {
                let env = TestEnv::new();
                let shop = Shop::new(&env, hash);
                let whole =
                    |bytes: &Vec<u8>| Entry::of(base, Body::Whole(Kind::Blob, bytes.clone()));
                let body = match by_id {
                    true => Body::Reference(base, delta.clone()),
                    false => Body::Offset(0, delta.clone()),
                };
                shop.own.pack(packs[0], &[whole(&one)]);
                shop.own
                    .pack(packs[1], &[whole(&other), Entry::of(child, body)]);
                let (rows, ran) = scan(&env, 3);
                let of_child: Vec<&Row> = rows
                    .iter()
                    .filter(|row| row.blob.as_deref() == Some(&*child.hex()))
                    .collect();
                assert_eq!(of_child.len(), 1, "{}", ran.stderr);
                assert_eq!(of_child[0].value(), token(2), "{packs:?} {by_id}");
                assert_eq!(values(&rows), tokens([1, 2]));
                assert_eq!(contradictions(&ran).len(), 1);
            }
        }
    }
}

#[test]
fn equal_deltas_on_differing_bases_differ() {
    let ([one, other], delta) = bases();
    let hash = IdHash::Sha1;
    let (base, child) = (hash.id(Kind::Blob, &one), hash.made_up(1));
    let env = TestEnv::new();
    let shop = Shop::new(&env, hash);
    for (name, bytes) in [("pack-1", &one), ("pack-2", &other)] {
        let entries = [
            Entry::of(base, Body::Whole(Kind::Blob, bytes.clone())),
            Entry::of(child, Body::Offset(0, delta.clone())),
        ];
        shop.own.pack(name, &entries);
    }
    let (rows, ran) = scan(&env, 3);
    ran.says(&[" 2 differing-copies: ", &base.hex(), &child.hex()]);
    for id in [base, child] {
        let of_it: Vec<Row> = rows
            .iter()
            .filter(|row| row.blob.as_deref() == Some(&*id.hex()))
            .cloned()
            .collect();
        assert_eq!(values(&of_it), tokens([1, 2]), "{}", id.hex());
    }
}

#[test]
fn a_delta_that_could_mean_either_base_is_reported() {
    let ([one, other], delta) = bases();
    let hash = IdHash::Sha1;
    let (base, child) = (hash.id(Kind::Blob, &one), hash.made_up(1));
    let env = TestEnv::new();
    let shop = Shop::new(&env, hash);
    let whole = |bytes: Vec<u8>| [Entry::of(base, Body::Whole(Kind::Blob, bytes))];
    shop.own.pack("pack-1", &whole(one));
    shop.own.pack("pack-2", &whole(other));
    let delta = Entry::of(child, Body::Reference(base, delta));
    shop.own.pack("pack-3", &[delta]);
    let (_, ran) = scan(&env, 3);
    ran.says(&[&format!(
        "unreadable  shop blob {}: it is a delta on {}, whose copies differ: one of them is used",
        child.hex(),
        base.hex()
    )]);
}

#[test]
fn a_copy_that_cannot_be_read_is_reported() {
    let env = TestEnv::new();
    let shop = Shop::new(&env, IdHash::Sha1);
    let text = line(1).into_bytes();
    let id = Id::of(Kind::Blob, &text);
    shop.put(Place::Pack("pack-1"), id, Kind::Blob, &text);
    // Git reads a pack without looking at the checksums of its entries.
    shop.put(Place::Pack("pack-2"), id, Kind::Blob, line(2).as_bytes());
    let index = shop.own.git.join("objects/pack/pack-2.idx");
    let mut bytes = std::fs::read(&index).unwrap();
    let checksum = 8 + 256 * 4 + 20;
    bytes[checksum] ^= 1;
    let end = bytes.len() - 20;
    let sum = <sha1::Sha1 as sha1::Digest>::digest(&bytes[..end]);
    bytes[end..].copy_from_slice(&sum);
    std::fs::write(&index, bytes).unwrap();
    let (rows, ran) = scan(&env, 3);
    assert_eq!(values(&rows), tokens([1]));
    ran.says(&[
        &format!(
            "unreadable  shop blob {} in objects/pack/pack-2.pack: ",
            id.hex()
        ),
        "; another copy is read",
    ]);
}

#[test]
fn a_copy_that_claims_to_be_too_large_hides_nothing() {
    for names in [["pack-1", "pack-2"], ["pack-2", "pack-1"]] {
        let env = TestEnv::new();
        let shop = Shop::new(&env, IdHash::Sha1);
        let text = line(1).into_bytes();
        let id = Id::of(Kind::Blob, &text);
        shop.put(Place::Pack(names[0]), id, Kind::Blob, &text);
        let mut large = Entry::of(id, Body::Whole(Kind::Blob, b"x".to_vec()));
        large.claimed_size = Some(200 << 20);
        shop.own.pack(names[1], &[large]);
        let (rows, ran) = scan(&env, 3);
        assert_eq!(values(&rows), tokens([1]), "{names:?}");
        assert_eq!(contradictions(&ran).len(), 1, "{}", ran.stderr);
        ran.says(&["1 too-large"]);
    }
}

#[test]
fn a_file_of_the_working_tree_hides_no_object_with_its_id() {
    for has_honest_copy in [false, true] {
        let env = TestEnv::new();
        let repository = RawRepository::with_worktree(&env.path("shop"));
        let honest = line(1).into_bytes();
        env.write("shop/a.py", &honest);
        let blob = Id::of(Kind::Blob, &honest);
        let forged = Entry::of(blob, Body::Whole(Kind::Blob, line(2).into_bytes()));
        repository.pack("pack-1", &[forged]);
        if has_honest_copy {
            repository.loose(Kind::Blob, &honest);
        }
        let tree = repository.loose(Kind::Tree, &tree(&[("100644", "a.py", blob)]));
        let head = repository.loose(Kind::Commit, &commit(tree, &[], 1_700_000_000, "first"));
        repository.reference("refs/heads/main", head);
        let (rows, ran) = env.scan_exits(3, &["shop"]);
        assert_eq!(values(&rows), tokens([1, 2]), "{}", ran.stderr);
        let words = if has_honest_copy {
            "differing-copies"
        } else {
            "wrong-id"
        };
        ran.says(&["contradicts ", words, &blob.hex()]);
    }
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let env = TestEnv::new();
    let shop = Shop::new(&env, IdHash::Sha1);
    let id = |n: u64| Id::made_up(n);
    for (name, shift) in [("pack-1", 0), ("pack-2", 100), ("pack-3", 200)] {
        let entries: Vec<Entry> = (0..60)
            .map(|n| {
                let text = format!("{}{}", line(n), line(n + shift));
                Entry::of(id(n.into()), Body::Whole(Kind::Blob, text.into_bytes()))
            })
            .collect();
        shop.own.pack(name, &entries);
    }
    let run = |threads: &str| {
        let args = ["scan", "--format", "jsonl", "--show-ids", "-j", threads];
        let ran = env
            .keyferry(&[&args[..], &["--follow-outside", "shop.git"]].concat())
            .exits(3);
        (ran.stdout, ran.stderr)
    };
    let one = run("1");
    // Of each object one token at two places, two others, and the line of an incomplete scan.
    assert_eq!(one.0.lines().count(), 60 * 4 + 1);
    for _ in 0..3 {
        assert_eq!(run("4"), one);
    }
}

#[test]
fn reports_without_ids_have_no_id_of_a_copy() {
    let env = TestEnv::new();
    let shop = Shop::new(&env, IdHash::Sha1);
    let text = line(1).into_bytes();
    let id = Id::of(Kind::Blob, &text);
    shop.put(Place::Loose, id, Kind::Blob, &text);
    shop.put(Place::Pack("pack-1"), id, Kind::Blob, b"x = 1\n");
    for format in ["text", "json", "sarif"] {
        let ran = env
            .keyferry(&["scan", "--format", format, "--follow-outside", "shop.git"])
            .exits(3);
        assert!(ran.stdout.contains("differing-copies"), "{format}");
        assert!(!ran.stdout.contains(&id.hex()[2..]), "{format}");
    }
}

#[test]
fn discover_stores_both_values() {
    let env = TestEnv::new();
    let shop = Shop::new(&env, IdHash::Sha1);
    let text = line(1).into_bytes();
    let id = Id::of(Kind::Blob, &text);
    shop.put(Place::Pack("pack-1"), id, Kind::Blob, &text);
    shop.put(Place::Pack("pack-2"), id, Kind::Blob, line(2).as_bytes());
    env.keyferry(&["discover", "--follow-outside", "shop.git"])
        .exits(3)
        .says(&["2 new, 0 gone"]);
    let found = places(&scan(&env, 3).0);
    assert_eq!(found, ["blob :1:10"; 2]);
}
