//! The formats of the matrix of logins.

/// A key, as words, and its value.
pub(super) struct Pair {
    words: Vec<String>,
    value: String,
}

impl Pair {
    pub(super) fn new(name: &str, value: String) -> Self {
        let words = name.split(' ').map(str::to_owned).collect();
        Self { words, value }
    }

    fn upper(&self) -> String {
        self.words.join("_").to_uppercase()
    }

    fn snake(&self) -> String {
        self.words.join("_")
    }

    fn dotted(&self) -> String {
        self.words.join(".")
    }

    fn camel(&self) -> String {
        let capital = |word: &String| word[..1].to_uppercase() + &word[1..];
        self.words[0].clone() + &self.words[1..].iter().map(capital).collect::<String>()
    }

    fn is_secret(&self) -> bool {
        let secret = [
            "password",
            "pass",
            "pwd",
            "pgpassword",
            "dbpassword",
            "secret",
            "token",
            "key",
        ];
        self.words
            .iter()
            .any(|word| secret.contains(&word.as_str()))
    }
}

fn lines(pairs: &[Pair], line: impl Fn(&Pair) -> String) -> String {
    pairs.iter().map(|pair| line(pair) + "\n").collect()
}

fn joined(pairs: &[Pair], by: &str, item: impl Fn(&Pair) -> String) -> String {
    pairs.iter().map(item).collect::<Vec<_>>().join(by)
}

/// Writes settings as a file: its path and its text.
type Form = fn(&[Pair]) -> (&'static str, String);

pub(super) const FORMS: [(&str, Form); 38] = [
    ("dotenv", |p| {
        (".env", lines(p, |p| format!("{}={}", p.upper(), p.value)))
    }),
    ("dotenv in quotes", |p| {
        (
            ".env.production",
            lines(p, |p| format!("{}=\"{}\"", p.upper(), p.value)),
        )
    }),
    ("dotenv with blank lines and comments", |p| {
        (
            "app.env",
            lines(p, |p| {
                format!("# the {}\n{}='{}'\n", p.dotted(), p.upper(), p.value)
            }),
        )
    }),
    ("exports", |p| {
        (
            "env.sh",
            "#!/bin/sh\n".to_owned() + &lines(p, |p| format!("export {}='{}'", p.upper(), p.value)),
        )
    }),
    ("shell variables", |p| {
        (
            "deploy.sh",
            lines(p, |p| format!("{}=\"{}\"", p.upper(), p.value)) + "run $DB_HOST\n",
        )
    }),
    ("properties", |p| {
        (
            "application.properties",
            lines(p, |p| format!("{}={}", p.dotted(), p.value)),
        )
    }),
    ("properties with spaces", |p| {
        (
            "app.properties",
            lines(p, |p| format!("{} = {}", p.dotted(), p.value)),
        )
    }),
    ("ini", |p| {
        (
            "app.ini",
            "[production]\n".to_owned() + &lines(p, |p| format!("{} = {}", p.snake(), p.value)),
        )
    }),
    ("toml", |p| {
        (
            "app.toml",
            "[production]\n".to_owned() + &lines(p, |p| format!("{} = \"{}\"", p.snake(), p.value)),
        )
    }),
    ("yaml", |p| {
        (
            "config.yml",
            lines(p, |p| format!("{}: {}", p.camel(), p.value)),
        )
    }),
    ("yaml in quotes", |p| {
        (
            "config.yaml",
            lines(p, |p| format!("{}: \"{}\"", p.snake(), p.value)),
        )
    }),
    ("yaml below a key", |p| {
        (
            "values.yaml",
            "image:\n  tag: v1\nenv:\n".to_owned()
                + &lines(p, |p| format!("  {}: \"{}\"", p.upper(), p.value))
                + "service:\n  port: 80\n",
        )
    }),
    ("helm values with the secret apart", |p| {
        let part = |secret: bool| -> String {
            let parts = p.iter().filter(|p| p.is_secret() == secret);
            parts
                .map(|p| format!("    {}: \"{}\"\n", p.camel(), p.value))
                .collect()
        };
        (
            "values.yaml",
            format!("app:\n  config:\n{}  secrets:\n{}", part(false), part(true)),
        )
    }),
    ("config map and secret", |p| {
        let part = |secret: bool| -> String {
            let parts = p.iter().filter(|p| p.is_secret() == secret);
            parts
                .map(|p| format!("  {}: \"{}\"\n", p.upper(), p.value))
                .collect()
        };
        (
            "deploy.yaml",
            format!(
                "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: shop\ndata:\n{}---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: shop\nstringData:\n{}",
                part(false),
                part(true)
            ),
        )
    }),
    ("json", |p| {
        (
            "config.json",
            format!(
                "{{{}}}",
                joined(p, ", ", |p| format!("\"{}\": \"{}\"", p.camel(), p.value))
            ),
        )
    }),
    ("json on lines", |p| {
        (
            "settings.json",
            format!(
                "{{\n  \"production\": {{\n{}\n  }}\n}}\n",
                joined(p, ",\n", |p| format!(
                    "    \"{}\": \"{}\"",
                    p.snake(),
                    p.value
                ))
            ),
        )
    }),
    ("compose list", |p| {
        (
            "docker-compose.yml",
            "services:\n  app:\n    image: shop\n    ports:\n      - \"80:80\"\n    environment:\n"
                .to_owned()
                + &lines(p, |p| format!("      - {}={}", p.upper(), p.value)),
        )
    }),
    ("compose list in quotes", |p| {
        (
            "compose.yaml",
            "services:\n  app:\n    environment:\n".to_owned()
                + &lines(p, |p| format!("    - \"{}={}\"", p.upper(), p.value)),
        )
    }),
    ("compose map", |p| {
        (
            "docker-compose.yml",
            "services:\n  app:\n    environment:\n".to_owned()
                + &lines(p, |p| format!("      {}: {}", p.upper(), p.value)),
        )
    }),
    ("kubernetes env", |p| {
        (
            "deployment.yaml",
            "spec:\n  containers:\n    - name: app\n      env:\n".to_owned()
                + &lines(p, |p| {
                    format!(
                        "        - name: {}\n          value: \"{}\"",
                        p.upper(),
                        p.value
                    )
                }),
        )
    }),
    ("kubernetes env on one line", |p| {
        (
            "deployment.yaml",
            "env:\n".to_owned()
                + &lines(p, |p| {
                    format!("  - {{name: {}, value: \"{}\"}}", p.upper(), p.value)
                }),
        )
    }),
    ("task definition", |p| {
        (
            "task.json",
            format!(
                "{{\"containerDefinitions\": [{{\"name\": \"app\", \"environment\": [\n{}\n]}}]}}",
                joined(p, ",\n", |p| format!(
                    "  {{\"name\": \"{}\", \"value\": \"{}\"}}",
                    p.upper(),
                    p.value
                ))
            ),
        )
    }),
    ("systemd", |p| {
        (
            "shop.service",
            "[Service]\nExecStart=/usr/bin/shop\n".to_owned()
                + &lines(p, |p| format!("Environment=\"{}={}\"", p.upper(), p.value)),
        )
    }),
    ("dockerfile", |p| {
        (
            "Dockerfile",
            "FROM alpine\n".to_owned() + &lines(p, |p| format!("ENV {}={}", p.upper(), p.value)),
        )
    }),
    ("dockerfile with one instruction", |p| {
        (
            "Dockerfile",
            format!(
                "FROM alpine\nENV {}\nCMD run\n",
                joined(p, " \\\n    ", |p| format!("{}={}", p.upper(), p.value))
            ),
        )
    }),
    ("docker run", |p| {
        (
            "run.sh",
            format!(
                "docker run -d \\\n{} \\\n  shop:latest\n",
                joined(p, " \\\n", |p| format!("  -e {}={}", p.upper(), p.value))
            ),
        )
    }),
    ("powershell", |p| {
        (
            "env.ps1",
            lines(p, |p| format!("$env:{} = \"{}\"", p.upper(), p.value)),
        )
    }),
    ("batch", |p| {
        (
            "env.bat",
            lines(p, |p| format!("set {}={}", p.upper(), p.value)),
        )
    }),
    ("php constants", |p| {
        (
            "config.php",
            "<?php\n".to_owned()
                + &lines(p, |p| format!("define('{}', '{}');", p.upper(), p.value)),
        )
    }),
    ("php array", |p| {
        (
            "config.php",
            format!(
                "<?php\nreturn [\n    'main' => [\n{}    ],\n];\n",
                lines(p, |p| format!("        '{}' => '{}',", p.snake(), p.value))
            ),
        )
    }),
    ("python variables", |p| {
        (
            "settings.py",
            "import os\n".to_owned() + &lines(p, |p| format!("{} = '{}'", p.upper(), p.value)),
        )
    }),
    ("javascript object", |p| {
        (
            "config.js",
            format!(
                "const os = require('os');\nmodule.exports = {{\n{}}};\n",
                lines(p, |p| format!("  {}: '{}',", p.camel(), p.value))
            ),
        )
    }),
    ("javascript constants", |p| {
        (
            "config.ts",
            lines(p, |p| {
                format!("export const {} = '{}';", p.upper(), p.value)
            }),
        )
    }),
    ("java constants", |p| {
        (
            "Config.java",
            format!(
                "class Config {{\n{}}}\n",
                lines(p, |p| format!(
                    "    private static final String {} = \"{}\";",
                    p.upper(),
                    p.value
                ))
            ),
        )
    }),
    ("xml elements", |p| {
        (
            "config.xml",
            format!(
                "<config>\n  <main>\n{}  </main>\n</config>\n",
                lines(p, |p| format!("    <{0}>{1}</{0}>", p.camel(), p.value))
            ),
        )
    }),
    ("xml properties", |p| {
        (
            "beans.xml",
            format!(
                "<beans>\n  <bean id=\"main\">\n{}  </bean>\n</beans>\n",
                lines(p, |p| format!(
                    "    <property name=\"{}\" value=\"{}\"/>",
                    p.dotted(),
                    p.value
                ))
            ),
        )
    }),
    ("app settings", |p| {
        (
            "Web.config",
            format!(
                "<configuration>\n<appSettings>\n{}</appSettings>\n</configuration>\n",
                lines(p, |p| format!(
                    "  <add key=\"{}\" value=\"{}\" />",
                    p.dotted(),
                    p.value
                ))
            ),
        )
    }),
    ("tfvars", |p| {
        (
            "prod.tfvars",
            lines(p, |p| format!("{} = \"{}\"", p.snake(), p.value)),
        )
    }),
];
