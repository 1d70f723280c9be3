//! `--verify-objects`: objects whose content has another id are named, and searched like any other.

use crate::support::raw_repository::{
    Body, Delta, Entry, IdHash, Kind, RawRepository, commit, tree,
};
use crate::support::test_env::{TestEnv, token};

fn line(n: u32) -> String {
    format!("token = '{}'\n", token(n))
}

/// A delta that inserts the whole result.
fn insert(base: usize, result: &[u8]) -> Vec<u8> {
    Delta::new(base, result.len()).insert(result).bytes()
}

#[test]
fn wrong_ids_of_each_kind_are_named() {
    for hash in [IdHash::Sha1, IdHash::Sha256] {
        for forged in [Kind::Blob, Kind::Tree, Kind::Commit, Kind::Tag] {
            for as_delta in [false, true] {
                let env = TestEnv::new();
                let repository = RawRepository::bare_with(&env.path("shop.git"), hash);
                let mut entries = Vec::new();
                let mut put = |kind: Kind, bytes: Vec<u8>| {
                    let mut id = hash.id(kind, &bytes);
                    if kind != forged {
                        entries.push(Entry::of(id, Body::Whole(kind, bytes)));
                        return id;
                    }
                    id = hash.made_up(kind as u64);
                    if as_delta {
                        let base = bytes.repeat(2);
                        entries.push(Entry::of(
                            hash.id(kind, &base),
                            Body::Whole(kind, base.clone()),
                        ));
                        let delta = insert(base.len(), &bytes);
                        entries.push(Entry::of(id, Body::Offset(entries.len() - 1, delta)));
                    } else {
                        entries.push(Entry::of(id, Body::Whole(kind, bytes)));
                    }
                    id
                };
                let blob = put(Kind::Blob, line(1).into_bytes());
                let name = format!("{}.py", token(2));
                let tree = put(Kind::Tree, tree(&[("100644", &name, blob)]));
                let head = put(Kind::Commit, commit(tree, &[], 1_700_000_000, &token(3)));
                let text = format!(
                    "object {}\ntype commit\ntag t\n\n{}\n",
                    head.hex(),
                    token(4)
                );
                let tag = put(Kind::Tag, text.into_bytes());
                let id = [blob, tree, head, tag]
                    .into_iter()
                    .zip([Kind::Blob, Kind::Tree, Kind::Commit, Kind::Tag])
                    .find_map(|(id, kind)| (kind == forged).then_some(id))
                    .unwrap();
                repository.pack("pack-1", &entries);
                repository.reference("refs/heads/main", head);
                repository.reference("refs/tags/t", tag);
                let (rows, ran) = env.scan_exits(1, &["shop.git"]);
                assert!(!ran.stderr.contains("contradicts"), "{}", ran.stderr);
                for n in 1..=4 {
                    assert!(rows.iter().any(|row| row.value() == token(n)), "{n}");
                }
                let (verified, ran) = env.scan_exits(3, &["--verify-objects", "shop.git"]);
                assert_eq!(verified, rows, "{hash:?} {forged:?} {as_delta}");
                let name = format!("{forged:?} {}", id.hex()).to_lowercase();
                ran.says(&[&format!("contradicts 1 wrong-id: shop {name}\n")]);
            }
        }
    }
}

#[test]
fn right_ids_change_nothing() {
    for hash in ["sha1", "sha256"] {
        let env = TestEnv::with_hash(hash);
        let repo = env.repo("shop");
        for n in 0..30 {
            let text: String = (0..40).map(|at| format!("x{at} = {}\n", n * at)).collect();
            repo.write("a.py", format!("{text}{}", line(n)))
                .commit("change");
        }
        repo.git(&["tag", "--annotate", "v1", "--message", "one"]);
        repo.git(&["repack", "-a", "-d", "-q"]);
        repo.write("a.py", line(100)).commit("loose");
        let (rows, plain) = env.scan_exits(1, &["shop"]);
        let (verified, ran) = env.scan_exits(1, &["--verify-objects", "shop"]);
        assert_eq!(verified, rows);
        assert_eq!(ran.stderr, plain.stderr);
    }
}

#[test]
fn a_loose_object_is_always_verified_and_searched() {
    let env = TestEnv::new();
    let repository = RawRepository::bare(&env.path("shop.git"));
    let id = IdHash::Sha1.made_up(1);
    repository.loose_as(id, Kind::Blob, line(1).as_bytes());
    let (rows, ran) = env.scan_exits(3, &["shop.git"]);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].value(), token(1));
    ran.says(&[&format!("contradicts 1 wrong-id: shop blob {}\n", id.hex())]);
}

#[test]
fn discover_verifies_too() {
    let env = TestEnv::new();
    let repository = RawRepository::bare(&env.path("shop.git"));
    let bytes = line(1).into_bytes();
    let entry = Entry::of(IdHash::Sha1.made_up(1), Body::Whole(Kind::Blob, bytes));
    repository.pack("pack-1", &[entry]);
    let discover = |args: &[&str]| {
        let args = [&["discover"], args, &["shop.git"]].concat();
        env.keyferry(&args)
    };
    discover(&[]).exits(0).says(&["1 new, 0 gone"]);
    let ran = discover(&["--verify-objects"]).exits(3);
    assert!(ran.stdout.contains("1 wrong-id"), "{}", ran.stdout);
    env.keyferry(&["scan", "--verify-objects", "--no-history", "shop.git"])
        .exits(2);
}
