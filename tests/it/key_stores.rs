//! Key stores: binary files that are one value, in the working tree, in history and in base64.

use keyferry::detect::decode::base64;

use crate::support::test_env::{Row, TestEnv, made_up};

fn store(n: u32, name: &str) -> Vec<u8> {
    base64::decode(made_up(n, &format!("<<store {name}>>")).as_bytes()).unwrap()
}

fn detectors(rows: &[Row]) -> Vec<String> {
    let mut found: Vec<_> = rows
        .iter()
        .map(|row| format!("{} {} {}", row.path, row.detector, row.confidence))
        .collect();
    found.sort();
    found
}

#[test]
fn stores_are_told_by_their_content_whatever_their_name() {
    let env = TestEnv::new();
    let names = [
        "jks",
        "jks-changeit",
        "jks-certificates",
        "pkcs12",
        "pkcs12-hidden",
        "pkcs12-certificates",
        "bks",
        "uber",
    ];
    for (n, name) in (0..).zip(names) {
        env.write(format!("app/{name}"), store(n, name));
    }
    let secret = format!(
        "kind: Secret\ndata:\n  server.p12: {}\n",
        base64::encode(&store(90, "pkcs12"))
    );
    env.write("app/secret.yaml", secret);
    let rows = env.scan(&["--confidence", "low", "app"]);
    let wanted = [
        "bks key-store-bouncy-castle medium",
        "jks key-store-java medium",
        "jks-changeit key-store-java high",
        "pkcs12 key-store-pkcs12 medium",
        "pkcs12-hidden key-store-pkcs12 low",
        "secret.yaml key-store-pkcs12 medium",
        "uber key-store-bouncy-castle low",
    ];
    assert_eq!(detectors(&rows), wanted);
    assert!(rows.iter().all(|row| row.kind == "certificate-private-key"));
}

/// Versions that git stores as deltas: the first line is inherited, and the rest of the store is read again.
#[test]
fn both_roads_find_the_same_versions() {
    let env = TestEnv::new();
    let repo = env.repo("shop");
    let padding: Vec<u8> = (0..3000u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    for (path, name) in [
        ("server.jks", "jks"),
        ("server.p12", "pkcs12"),
        ("server.bks", "bks"),
    ] {
        let whole = [store(7, name), padding.clone()].concat();
        repo.write(path, &whole)
            .commit("a store and what follows it");
        for at in [0, 1, 3, 7, 11, 60, 300, 800, whole.len() - 1] {
            let mut changed = whole.clone();
            for byte in [b'\n', 0, 0xff] {
                changed[at] = byte;
                repo.write(path, &changed).commit("another byte");
            }
            repo.write(path, &whole[..at]).commit("the end is missing");
            repo.write(path, [&whole[..at], b"\n", &whole[at..]].concat())
                .commit("a line end more");
            repo.write(path, &whole[at..])
                .commit("the beginning is missing");
        }
    }
    let (rows, whole) = (env.scan(&["shop"]), env.scan(&["--whole-blobs", "shop"]));
    assert!(rows.len() > 20, "{}", rows.len());
    let shown = |rows: &[Row]| {
        rows.iter()
            .map(|row| format!("{row:?}"))
            .collect::<Vec<_>>()
    };
    assert_eq!(shown(&rows), shown(&whole));
    repo.git(&["gc", "--quiet", "--aggressive", "--prune=now"]);
    assert_eq!(shown(&env.scan(&["--no-cache", "shop"])), shown(&whole));
    assert_eq!(
        shown(&env.scan(&["--no-cache", "--whole-blobs", "shop"])),
        shown(&whole)
    );
}
