//! Forms in which texts state the environment of a value, each with every environment, and texts that state none.

use std::sync::LazyLock;

use super::*;

static ENGINE: LazyLock<Engine> =
    LazyLock::new(|| Engine::new(Library::builtin().compile(false).unwrap(), 0));

/// The statements about the only value of a text that is a password; `None` if it is not found.
fn stated(path: &str, text: &str) -> Option<Vec<String>> {
    let scanned = ENGINE.scan(Text::new(text.as_bytes(), file_syntax(path.as_bytes())));
    let of_password = scanned
        .matches
        .iter()
        .filter(|found| text[found.range.clone()].starts_with("Tiger"));
    let found: Vec<_> = of_password.collect();
    (found.len() == 1).then(|| found[0].context.environment.clone())
}

/// The path and the text of each form in a file, with a password.
fn forms(text: &str) -> Vec<(String, String)> {
    let password = ["Tiger", "-2931xKp"].concat();
    let forms = text.split("=====\n").filter(|form| !form.trim().is_empty());
    let form = |form: &str| {
        let (path, text) = form.split_once('\n').unwrap();
        (path.to_owned(), text.replace("PW", &password))
    };
    forms.map(form).collect()
}

/// Environments, each as text and as the beginning of a class's name.
const ENVIRONMENTS: [(&str, &str); 6] = [
    ("production", "Production"),
    ("prod", "Prod"),
    ("staging", "Staging"),
    ("uat", "Uat"),
    ("test", "Test"),
    ("dev", "Dev"),
];

#[test]
fn texts_state_the_environment_of_a_value() {
    let mut wrong = String::new();
    for (path, text) in forms(include_str!("environment_forms.txt")) {
        for (name, class) in ENVIRONMENTS {
            let text = text.replace("ENV_NAME", name).replace("EnvName", class);
            let found = stated(&path, &text);
            let is_it = |found: &String| found.to_lowercase().contains(name);
            if !found
                .as_ref()
                .is_some_and(|found| !found.is_empty() && found.iter().all(is_it))
            {
                wrong += &format!("{path}\n{text}→ {found:?}\n\n");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn other_texts_state_none() {
    let words = "prod production prd nonprod preprod staging stage stg uat qa test testing tst dev development local live";
    let words: Vec<&str> = words.split(' ').collect();
    let mut wrong = String::new();
    for (path, text) in forms(include_str!("environment_decoys.txt")) {
        let found = stated(&path, &text);
        // Words that name no environment mean nothing to the policy.
        let parts = found
            .iter()
            .flatten()
            .flat_map(|text| key_roles::words(text));
        let known = parts.filter(|word| words.contains(&word.as_str())).count();
        if known > 0 || found.is_none() {
            wrong += &format!("{path}\n{text}→ {found:?}\n\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

proptest! {
    /// Lines in any order and depth are read without a panic, and in time that is proportional to their length.
    #[test]
    fn any_text_is_read(lines in prop::collection::vec((0..12usize, 0..14usize), 0..60)) {
        const PARTS: [&str; 14] = [
            "class ProductionConfig:", "environment: prod", "---", "{", "}", "if env == 'dev' {", "prod)", "[test]",
            "env:", "- name: APP_ENV", "  value: qa", "password = \"Tiger-2931xKp\"", "@Profile(\"", "é 'prod': {",
        ];
        let text: String = lines.iter().map(|(depth, part)| format!("{}{}\n", " ".repeat(*depth), PARTS[*part])).collect();
        for path in ["a.py", "a.yml", "a.tf", "a.json", "a.properties"] {
            ENGINE.scan(Text::new(text.as_bytes(), file_syntax(path.as_bytes())));
        }
    }
}

#[test]
fn deep_and_long_texts_cost_time_in_proportion() {
    let work = |count: usize| {
        let mut text = String::new();
        for depth in 0..count {
            text += &format!("{}prodConfig{depth} = {{\n", " ".repeat(depth % 60));
            text += &format!(
                "{}password: 'Tiger-2931xKp{depth}',\n",
                " ".repeat(depth % 60 + 1)
            );
            text += "APP_ENV = 'production'\n";
        }
        crate::steps::take();
        ENGINE.scan(Text::new(text.as_bytes(), file_syntax(b"a.js")));
        crate::steps::take() as f64 / text.len() as f64
    };
    assert!(work(2000) < 1.5 * work(500));
}
