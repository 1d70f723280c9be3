use super::*;
use crate::detect::reading;

/// The keys and values of the entries, of all documents with the word `Secret`.
fn entries(text: &str) -> Vec<(String, String, Form)> {
    let (mut all, mut done) = (Vec::new(), 0);
    for (at, _) in text.match_indices("Secret") {
        if at < done || !is_kind(text.as_bytes(), &(at..at + 6)) {
            continue;
        }
        let secrets = secrets(text.as_bytes(), at, done);
        done = secrets.document.end;
        all.extend(secrets.entries.into_iter().map(|entry| {
            let value = reading::read(text.as_bytes(), entry.at, entry.syntax).map_or_else(
                |stop| format!("{stop:?}"),
                |reading| String::from_utf8(reading.value.to_vec()).unwrap(),
            );
            (text[entry.key].to_owned(), value, entry.form)
        }));
    }
    all
}

fn pairs(wanted: &[(&str, &str)]) -> Vec<(String, String, Form)> {
    wanted
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned(), Form::Base64))
        .collect()
}

const KINDS: [&str; 9] = [
    "kind: Secret",
    "kind:    Secret",
    "kind: \"Secret\"",
    "kind: 'Secret' # c",
    "\"kind\": Secret",
    "'kind' : \"Secret\"",
    "kind: !!str Secret",
    "kind: &k Secret",
    "kind:\n  Secret",
];

const VALUES: [(&str, &str); 11] = [
    ("YQ==", "YQ=="),
    ("YQ== # c", "YQ=="),
    ("\"YQ==\"", "YQ=="),
    ("'YQ=='", "YQ=="),
    ("!!str YQ==", "YQ=="),
    ("&v YQ==", "YQ=="),
    ("|-\n    YQ==", "YQ=="),
    ("|\n    YQ\n    ==", "YQ\n==\n"),
    (">-\n    YQ\n    ==", "YQ =="),
    ("\"YQ\\\n    ==\"", "YQ=="),
    ("\n    YQ==", "YQ=="),
];

#[test]
fn every_spelling_in_blocks() {
    for kind in KINDS {
        for data in [
            "data:",
            "data: # c",
            "\"data\":",
            "'data' :",
            "data: &d",
            "data: !!map",
            "data:\n\n  # c",
        ] {
            for (written, value) in VALUES {
                let body = format!("{data}\n  a-b: {written}\n  \"c.d\": Yg==\n");
                for text in [
                    format!("{kind}\n{body}type: Opaque\n"),
                    format!("{body}{kind}\n"),
                    format!("# c\n---\n{kind}\n{body}---\nkind: ConfigMap\ndata:\n  e: Zg==\n"),
                    format!("{{{{- if .Values.a }}}}\n{kind}\n{body}{{{{- end }}}}\n"),
                    format!("{kind}\n{body}").replace('\n', "\r\n"),
                ] {
                    assert_eq!(
                        entries(&text),
                        pairs(&[("a-b", value), ("c.d", "Yg==")]),
                        "{text}"
                    );
                }
            }
        }
    }
}

#[test]
fn every_spelling_in_lists() {
    let object = "kind: Secret\ndata:\n  a: YQ==\n";
    let inner = object.replace('\n', "\n  ");
    let wanted = pairs(&[("a", "YQ==")]);
    for text in [
        format!("kind: List\nitems:\n- {inner}\n"),
        format!("items:\n- kind: ConfigMap\n  data:\n    b: Yg==\n- {inner}\nkind: List\n"),
        format!(
            "kind: List\nitems:\n  -\n    {}\n",
            object.replace('\n', "\n    ")
        ),
        "kind: SecretList\nitems:\n- data:\n    a: YQ==\n".to_owned(),
        "apiVersion: v1\nitems:\n- data:\n    a: YQ==\nkind: SecretList\n".to_owned(),
        "{\"kind\": \"List\", \"items\": [{\"kind\": \"Secret\", \"data\": {\"a\": \"YQ==\"}}]}"
            .to_owned(),
        "{\"items\":[{\"data\":{\"a\":\"YQ==\"}}],\"kind\":\"SecretList\"}".to_owned(),
    ] {
        assert_eq!(entries(&text), wanted, "{text}");
    }
}

#[test]
fn every_spelling_in_brackets() {
    for kind in [
        "kind: Secret",
        "\"kind\":\"Secret\"",
        "\"kind\" : \"Secret\"",
        "kind: 'Secret'",
        "kind: !!str Secret",
    ] {
        for data in [
            "data: {a: YQ==}",
            "\"data\":{\"a\":\"YQ==\"}",
            "\"data\" : {\n  \"a\" : \"YQ==\"\n}",
            "data: { a: !!str YQ==, }",
        ] {
            for text in [
                format!("{{{kind}, {data}}}\n"),
                format!("{{ {data} ,\n {kind} }}\n"),
                format!(
                    "{{\n  metadata: {{name: b, labels: [c, {{d: e}}]}},\n  {kind},\n  {data}\n}}"
                ),
                format!("[{{{kind}, {data}}}]\n"),
                format!("{{kind: ConfigMap, data: {{b: Yg==}}}}\n---\n{{{kind}, {data}}}\n"),
            ] {
                assert_eq!(entries(&text), pairs(&[("a", "YQ==")]), "{text}");
            }
        }
    }
    // The mapping of data alone is in brackets.
    assert_eq!(
        entries("kind: Secret\ndata: {a: YQ==, b: {{ .c }}}\ntype: d\n"),
        pairs(&[("a", "YQ==")])
    );
    assert_eq!(
        entries("kind: Secret\nmetadata: {a: b\ndata:\n  a: YQ==\n"),
        pairs(&[("a", "YQ==")])
    );
}

#[test]
fn objects_need_no_marks_between_them() {
    let object = "{\"kind\": \"Secret\", \"data\": {\"a\": \"YQ==\"}}\n";
    let block = "kind: Secret\ndata:\n  a: YQ==\n";
    for text in [
        object.repeat(2),
        format!("{block}{object}"),
        format!("{object}{block}"),
        block.repeat(2),
    ] {
        assert_eq!(
            entries(&text),
            pairs(&[("a", "YQ=="), ("a", "YQ==")]),
            "{text}"
        );
    }
}

#[test]
fn text_is_told_from_base64() {
    let text =
        "kind: Secret\nstringData:\n  a: b c\n  d: |\n    kind: Secret\n    data:\n      e: f\n";
    let wanted = [("a", "b c"), ("d", "kind: Secret\ndata:\n  e: f\n")];
    let wanted = wanted.map(|(key, value)| (key.to_owned(), value.to_owned(), Form::Text));
    assert_eq!(entries(text), wanted);
}

#[test]
fn the_ciphertext_of_sealed_secrets_is_told() {
    let wanted = [("a".to_owned(), "YQ==".to_owned(), Form::Encrypted)];
    for text in [
        "kind: SealedSecret\nspec:\n  encryptedData:\n    a: YQ==\n  data:\n    c: Yg==\n  template:\n    data:\n      b: Yg==\n",
        "{\"spec\": {\"encryptedData\": {\"a\": \"YQ==\"}}, \"kind\": \"SealedSecret\"}",
    ] {
        assert_eq!(entries(text), wanted, "{text}");
    }
    assert_eq!(
        entries("kind: Secret\nspec:\n  encryptedData:\n    a: YQ==\n"),
        []
    );
}

#[test]
fn other_kinds_have_no_entries() {
    for text in [
        "kind: ConfigMap # Secret\ndata:\n  a: YQ==\n",
        "kind: Secrets\ndata:\n  a: YQ==\n",
        "kind: Secret\nmetadata:\n  data:\n    a: YQ==\n",
        "kind: Secret\ndata:\n  a:\n    b: YQ==\n",
        "kinds: Secret\ndata:\n  a: YQ==\n",
        "kind: Secret\ndata:",
        "kind: Deployment\nspec:\n  kind: Secret\ndata:\n  a: YQ==\n",
        "{\"kind\": \"Pod\", \"a\": {\"kind\": \"Secret\"}, \"data\": {\"a\": \"YQ==\"}}",
    ] {
        assert_eq!(entries(text), [], "{text}");
    }
}

#[test]
fn lines_that_are_no_yaml_are_passed_over() {
    for text in [
        "# Title\n\nSome \"text: {\n\n```yaml\nkind: Secret\ndata:\n  a: YQ==\n```\n\nMore {text\n",
        "kind: ConfigMap\ndata:\n  b: Yg==\nkind: Secret\ndata:\n  a: YQ==\n",
        "[2024 INFO\n{ not closed\napiVersion: v1\nkind: Secret\ndata:\n  a: YQ==\n",
        "kind: Secret\ndata:\n\tb: Yg==\n  {{- range $k, $v := .c }}\n  {{ $k }}: {{ $v }}\n  {{- end }}\n  a: YQ==\n",
        "kind: Secret\ndata:\n  a: YQ==\n  b: {{ .c | b64enc }}\n",
        "kind: Secret\nmetadata:\n  name: \"b\n  labels: c\ndata:\n  a: YQ==\n",
        "kind: Secret\nmetadata:\n  annotations: {{- toYaml .b | nindent 4 }}\ndata: {{- c }}\n  a: YQ==\n",
    ] {
        assert_eq!(entries(text), pairs(&[("a", "YQ==")]), "{text}");
    }
}

#[test]
fn a_document_is_read_once_in_linear_time() {
    let many = "kind: Secret\ndata:\n  a: YQ==\n".repeat(2500);
    assert_eq!(entries(&many).len(), 2500);
    let documents = "---\nkind: Secret\ndata:\n  a: YQ==\n".repeat(2500);
    assert_eq!(entries(&documents).len(), 2500);
    for unit in [
        "{",
        "[",
        "a: {",
        "\"",
        "'",
        "- ",
        "a:\n",
        "{{",
        "|\n",
        "a: |\n",
        "!",
        "&",
        ",",
        ":",
        "\n",
        "{\"a\": \"",
        "- a: \"\n",
    ] {
        let text = format!(
            "kind: Secret\ndata:\n  {}",
            unit.repeat(200_000 / unit.len())
        );
        let secrets = secrets(text.as_bytes(), 6, 0);
        assert_eq!(secrets.document, 0..text.len());
    }
}
