//! Values of a text within a text whose own syntax is certain: options of JAAS, fields of forms, cookies, commands of
//! IPython. They are the same in every file.

use std::sync::LazyLock;

use crate::detect::decode;
use crate::detect::engine::{Engine, Match, Text};
use crate::detect::file_kind::file_syntax;
use crate::detect::library::Library;
use crate::finding::{Certainty, Confidence, Decoding};

static ENGINE: LazyLock<Engine> =
    LazyLock::new(|| Engine::new(Library::builtin().compile(false).unwrap(), 0));

/// The reported matches of a text. All can be decoded again from their bytes.
fn matches(path: &str, text: &str) -> Vec<Match> {
    let found = ENGINE.scan(Text::new(text.as_bytes(), file_syntax(path.as_bytes())));
    for found in &found.matches {
        let raw = &text.as_bytes()[found.range.clone()];
        let again = decode::apply(raw, &found.decoding);
        assert_eq!(
            again.as_deref(),
            Some(found.value.expose()),
            "{path}: {text}"
        );
    }
    let reported = found.matches.into_iter();
    reported
        .filter(|found| found.confidence >= Confidence::Medium)
        .collect()
}

/// Checks that the text has one reported value.
#[track_caller]
fn assert_value(path: &str, text: &str, value: &str, certainty: Certainty) -> Match {
    let found = matches(path, text);
    let values: Vec<_> = found
        .iter()
        .map(|found| {
            (
                String::from_utf8_lossy(found.value.expose()).into_owned(),
                found.certainty,
            )
        })
        .collect();
    assert_eq!(values, [(value.to_owned(), certainty)], "{path}: {text}");
    found.into_iter().next().unwrap()
}

/// A login module of Kafka with a quote of its own.
fn module(quote: &str, password: &str) -> String {
    format!(
        "org.apache.kafka.common.security.plain.PlainLoginModule required username={quote}app{quote} password={quote}{password}{quote};"
    )
}

#[test]
fn options_of_jaas_are_read_in_every_format() {
    let plain = "MODULE";
    for (path, template) in [
        (
            "client.properties",
            "security.protocol=SASL_SSL\nsasl.jaas.config=MODULE\na=b\n",
        ),
        ("client.properties", "sasl.jaas.config = MODULE\n"),
        ("client.ini", "[kafka]\nsasl.jaas.config = MODULE\n"),
        (
            "app.yml",
            "spring:\n  kafka:\n    properties:\n      sasl.jaas.config: MODULE\n",
        ),
        ("app.yml", "kafka:\n  sasl.jaas.config: 'MODULE'\n"),
        ("app.yml", "kafka:\n  sasl.jaas.config: |\n    MODULE\n"),
        (
            "app.yml",
            "env:\n  - name: KAFKA_SASL_JAAS_CONFIG\n    value: 'MODULE'\n",
        ),
        (
            "docker-compose.yml",
            "services:\n  a:\n    environment:\n      - KAFKA_SASL_JAAS_CONFIG=MODULE\n",
        ),
        (
            "docker-compose.yml",
            "services:\n  a:\n    environment:\n      KAFKA_SASL_JAAS_CONFIG: MODULE\n",
        ),
        (".env", "KAFKA_SASL_JAAS_CONFIG=MODULE\n"),
        (".env", "KAFKA_SASL_JAAS_CONFIG='MODULE'\n"),
        ("run.sh", "export KAFKA_SASL_JAAS_CONFIG='MODULE'\n"),
        ("run.sh", "cat > a <<EOF\nsasl.jaas.config=MODULE\nEOF\n"),
        ("Dockerfile", "ENV KAFKA_SASL_JAAS_CONFIG='MODULE'\n"),
        ("a.py", "conf = {'sasl.jaas.config': 'MODULE'}\n"),
        ("kafka_jaas.conf", "KafkaClient {\n  MODULE\n};\n"),
        ("README.md", "Set it:\n\n    sasl.jaas.config=MODULE\n"),
    ] {
        let text = template.replace(plain, &module("\"", "Kx7-mQ2vT9"));
        let found = assert_value(path, &text, "Kx7-mQ2vT9", Certainty::Exact);
        assert_eq!(found.context.user.as_deref(), Some("app"), "{path}: {text}");
    }
    // Within a literal, its own escapes are read first.
    for (path, template) in [
        ("app.yml", "kafka:\n  sasl.jaas.config: \"MODULE\"\n"),
        ("a.json", "{\"sasl.jaas.config\": \"MODULE\"}\n"),
        (
            "A.java",
            "class A { void a() { props.put(\"sasl.jaas.config\", \"MODULE\"); } }\n",
        ),
    ] {
        let text = template.replace(plain, &module("\\\"", "Kx7-mQ2vT9"));
        let found = assert_value(path, &text, "Kx7-mQ2vT9", Certainty::Exact);
        assert_eq!(found.context.user.as_deref(), Some("app"), "{path}: {text}");
    }
}

#[test]
fn lines_of_a_module_may_be_continued() {
    let text = "sasl.jaas.config=a.ScramLoginModule required \\\n  username=\"app\" \\\n  password=\"Kx7-mQ2vT9\";\n";
    let found = assert_value("client.properties", text, "Kx7-mQ2vT9", Certainty::Exact);
    assert_eq!(found.context.user.as_deref(), Some("app"));
}

#[test]
fn a_weak_password_of_a_module_is_reported_and_a_reference_is_not() {
    for weak in ["1234", "kafka", "admin"] {
        let text = format!("sasl.jaas.config={}\n", module("\"", weak));
        assert_value("client.properties", &text, weak, Certainty::Exact);
    }
    for none in [
        "${KAFKA_PASSWORD}",
        "<password>",
        "changeme",
        "{{ password }}",
        "password",
    ] {
        let text = format!("sasl.jaas.config={}\n", module("\"", none));
        assert!(matches("client.properties", &text).is_empty(), "{text}");
    }
}

#[test]
fn characters_of_the_outer_syntax_make_an_option_doubtful() {
    let text = format!("A='{}'\n", module("\"", "Kx7$mQ2vT9"));
    let found = matches("run.sh", &text);
    let is_exact = |found: &Match| found.certainty == Certainty::Exact;
    assert!(!found.iter().any(is_exact), "{found:?}");
}

#[test]
fn fields_of_forms_are_decoded_in_recordings() {
    let body = "grant_type=password&username=jane&password=Kx7%21mQ%2Bv+T9";
    let typed = "application/x-www-form-urlencoded";
    for (path, text) in [
        (
            "cassette.yml",
            format!(
                "- request:\n    method: post\n    body:\n      encoding: UTF-8\n      string: '{body}'\n    headers:\n      Content-Type:\n      - {typed}\n"
            ),
        ),
        (
            "cassette.yml",
            format!(
                "- request:\n    method: post\n    body: {body}\n    headers:\n      Content-Type:\n      - {typed}\n"
            ),
        ),
        (
            "betamax.json",
            format!(
                "{{\"request\": {{\"body\": {{\"encoding\": \"utf-8\", \"string\": \"{body}\"}}, \"headers\": {{\"Content-Type\": [\"{typed}\"]}}}}}}\n"
            ),
        ),
        (
            "a.har",
            format!("{{\"postData\": {{\"mimeType\": \"{typed}\", \"text\": \"{body}\"}}}}\n"),
        ),
        (
            "dump.txt",
            format!("POST /token HTTP/1.1\r\nContent-Type: {typed}\r\n\r\n{body}\r\n\r\n"),
        ),
        (
            "a.http",
            format!("POST https://api.acme.net/token\nContent-Type: {typed}\n\n{body}\n"),
        ),
        (
            "a.py",
            format!("requests.post(url, headers={{'Content-Type': '{typed}'}}, data='{body}')\n"),
        ),
        (
            "run.sh",
            format!("curl -H 'Content-Type: {typed}' -d '{body}' https://api.acme.net/token\n"),
        ),
    ] {
        let found = assert_value(path, &text, "Kx7!mQ+v T9", Certainty::Exact);
        assert_eq!(found.decoding, [Decoding::Form], "{path}: {text}");
    }
    // Without the type, a person decides.
    let found = matches("a.txt", &format!("{body}\n"));
    assert!(
        found
            .iter()
            .all(|found| found.certainty != Certainty::Exact),
        "{found:?}"
    );
}

#[test]
fn values_in_queries_are_decoded() {
    for (path, text) in [
        (
            "dump.txt",
            "GET /v1/orders?page=2&access_token=q7Kx2Lw9%2FTz4Rb8Vn3 HTTP/1.1\r\nHost: a\r\n",
        ),
        (
            "access.log",
            "10.0.0.7 - - \"GET /v1?access_token=q7Kx2Lw9%2FTz4Rb8Vn3&page=2 HTTP/1.1\" 200\n",
        ),
        (
            "cassette.yml",
            "uri: https://api.acme.net/v1?access_token=q7Kx2Lw9%2FTz4Rb8Vn3\n",
        ),
        (
            "a.py",
            "requests.get('https://api.acme.net/v1?access_token=q7Kx2Lw9%2FTz4Rb8Vn3')\n",
        ),
    ] {
        let found = assert_value(path, text, "q7Kx2Lw9/Tz4Rb8Vn3", Certainty::Exact);
        assert_eq!(found.decoding, [Decoding::Percent], "{path}: {text}");
    }
}

#[test]
fn a_cookie_ends_before_its_attributes() {
    for (path, template) in [
        ("cassette.yml", "Set-Cookie:\n- COOKIE; Path=/; HttpOnly\n"),
        ("cassette.yml", "Set-Cookie:\n- COOKIE; HttpOnly\n"),
        (
            "cassette.yml",
            "Set-Cookie:\n- 'COOKIE; Secure; SameSite=Lax'\n",
        ),
        ("cassette.yml", "Set-Cookie:\n- \"COOKIE; Max-Age=60\"\n"),
        (
            "betamax.json",
            "{\"Set-Cookie\": [\"COOKIE; Path=/; HttpOnly\"]}\n",
        ),
        ("betamax.json", "{\"Set-Cookie\": [\"COOKIE; HttpOnly\"]}\n"),
        (
            "a.har",
            "{\"name\": \"Set-Cookie\", \"value\": \"COOKIE; Path=/\"}\n",
        ),
        (
            "dump.txt",
            "HTTP/1.1 200 OK\r\nSet-Cookie: COOKIE; Path=/; HttpOnly\r\n",
        ),
    ] {
        for name in ["auth_token", "JSESSIONID", "PHPSESSID", "_orders_session"] {
            // The digits come early, late and at the end.
            for value in [
                "q7Kx2Lw9Tz4Rb8Vn3Mf6Hc1Gd5",
                "qwKxbLwdTzhRb8Vn3Mf6Hc1Gd5",
                "qwkxblwdtzhrbyvn3mfphc7gdj",
            ] {
                let text = template.replace("COOKIE", &format!("{name}={value}"));
                assert_value(path, &text, value, Certainty::Exact);
            }
        }
    }
}

#[test]
fn a_login_in_base64_needs_no_digit_and_words_are_none() {
    // `deploy:qWzdRxVbLp`
    let login = "ZGVwbG95OnFXemtk".to_owned() + "UnhWYkxw";
    for (path, text) in [
        ("cassette.yml", format!("Authorization:\n- Basic {login}\n")),
        (
            "a.har",
            format!("{{\"name\": \"Authorization\", \"value\": \"Basic {login}\"}}\n"),
        ),
        (
            "betamax.json",
            format!("{{\"Authorization\": [\"Basic {login}\"]}}\n"),
        ),
    ] {
        assert_value(path, &text, "deploy:qWzkdRxVbLp", Certainty::Exact);
    }
    for text in [
        "- Basic Authentication\n",
        "title: Basic Configuration\n",
        "value: \"Basic Troubleshooting\"\n",
        "- Basic Configuration2\n",
    ] {
        assert!(matches("a.yml", text).is_empty(), "{text}");
    }
}

#[test]
fn commands_of_ipython_set_variables() {
    for command in ["%env", "%set_env"] {
        for (path, template) in [
            (
                "a.ipynb",
                "{\"source\": [\n  \"import os\\n\",\n  \"COMMAND API_KEY V\\n\",\n  \"x = 1\"\n]}\n",
            ),
            ("a.ipynb", "{\"source\": [\n  \"COMMAND API_KEY V\"\n]}\n"),
            ("a.ipynb", "{\"source\": [\"COMMAND API_KEY V\"]}\n"),
            (
                "a.ipynb",
                "{\"source\": \"import os\\nCOMMAND API_KEY V\\nx = 1\"}\n",
            ),
            ("a.py", "# %%\n# COMMAND API_KEY V\n"),
            ("a.md", "```\nCOMMAND API_KEY V\n```\n"),
            ("cells", "COMMAND API_KEY V\n"),
        ] {
            let text = template
                .replace("COMMAND", command)
                .replace('V', "q7Kx2Lw9Tz4Rb8Vn3Mf6Hc1");
            assert_value(path, &text, "q7Kx2Lw9Tz4Rb8Vn3Mf6Hc1", Certainty::Exact);
        }
        for text in [
            "COMMAND API_KEY\n",
            "COMMAND API_KEY {key}\n",
            "COMMAND API_KEY $KEY\n",
            "100%env API_KEY q7Kx2Lw9Tz4Rb8\n",
        ] {
            let text = text.replace("COMMAND", command);
            assert!(matches("cells", &text).is_empty(), "{text}");
        }
    }
}

#[test]
fn hex_digits_in_a_telling_parameter_are_reported() {
    // Repeated digits, of which the model thinks little.
    let value = "11122233344455566677788899900011";
    for text in [
        format!("GET /v1/orders?access_token={value} HTTP/1.1\n"),
        format!("uri: https://api.acme.net/v1?page=2&api_key={value}\n"),
    ] {
        assert_value("access.log", &text, value, Certainty::Exact);
    }
    let text = format!("GET /v1/orders?key={value} HTTP/1.1\n");
    assert!(matches("access.log", &text).is_empty(), "{text}");
}
