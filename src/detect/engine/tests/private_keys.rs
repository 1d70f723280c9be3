//! One private key is one value, however a file lays it out.

use crate::detect::decode::{apply, base64};
use crate::detect::engine::{Engine, Match, Text};
use crate::detect::example::expand;
use crate::detect::file_kind::FileKind;
use crate::detect::library::Library;

fn scan(engine: &Engine, text: &str) -> Vec<Match> {
    let text = Text::new(text.as_bytes(), FileKind::Config);
    engine.scan(text).matches
}

fn text_of(found: &Match) -> String {
    String::from_utf8(found.value.expose().to_vec()).unwrap()
}

/// Keys as their writers write them.
fn keys() -> Vec<String> {
    [
        "-----BEGIN<<>> PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA<<base64 42>>\n-----END<<>> PRIVATE KEY-----\n",
        "-----BEGIN<<>> RSA PRIVATE KEY-----\n<<derlines 9>>\n-----END<<>> RSA PRIVATE KEY-----\n",
        "-----BEGIN<<>> OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAA<<base64 35>>\n<<base64 70>>\n<<base64 58>>==\n-----END<<>> OPENSSH PRIVATE KEY-----\n",
    ]
    .map(|key| expand(key).unwrap())
    .to_vec()
}

#[test]
fn one_key_is_one_value_in_every_file() {
    let engine = Engine::new(Library::builtin().compile(false).unwrap(), 0);
    for key in keys() {
        let lines: Vec<&str> = key.lines().collect();
        let indented = lines.join("\n    ");
        for text in [
            key.clone(),
            key.trim_end().to_owned(),
            key.replace('\n', "\r\n"),
            format!("tls:\n  key: |\n    {indented}\n  port: 443\n"),
            format!("tls:\n  key: |-\r\n    {}\r\n", lines.join("\r\n    ")),
            format!("key: \"{}\\n\"\n", lines.join("\\n\\\n  ")),
            format!("<key>{}&#10;</key>\n", lines.join("&#10;")),
            format!("key = (\"{}\\n\")\n", lines.join("\\n\"\n  \"")),
            format!("TLS_KEY=\"{}\"\n", lines.join(" ")),
            format!("# {}\n", lines.join("\n# ")),
            serde_json::json!({ "key": key }).to_string(),
            serde_json::json!({ "settings": serde_json::json!({ "key": key }).to_string() })
                .to_string(),
            format!(
                "key: {}\n",
                base64::encode(key.replace('\n', "\r\n").as_bytes())
            ),
        ] {
            let found = scan(&engine, &text);
            assert_eq!(
                found.iter().map(text_of).collect::<Vec<_>>(),
                [key.as_str()],
                "{text}"
            );
            let again = apply(&text.as_bytes()[found[0].range.clone()], &found[0].decoding);
            assert_eq!(again.as_deref(), Some(found[0].value.expose()), "{text}");
            assert_eq!(found[0].proof, Some("private-key-structure"), "{text}");
        }
    }
}

#[test]
fn each_key_of_a_bundle_is_a_secret() {
    let engine = Engine::new(Library::builtin().compile(false).unwrap(), 0);
    let keys = keys();
    let certificate =
        expand("-----BEGIN CERTIFICATE-----\n<<base64lines 4>>\n-----END CERTIFICATE-----\n")
            .unwrap();
    let bundle = format!("{}{certificate}{}{}", keys[0], keys[1], keys[2]);
    for text in [bundle.clone(), bundle.replace('\n', "\r\n")] {
        let found: Vec<String> = scan(&engine, &text).iter().map(text_of).collect();
        assert_eq!(found, keys);
    }
}
