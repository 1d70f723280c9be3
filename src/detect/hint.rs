//! What a path says about the text behind it. Detection knows no more of a blob's place than this.

/// How values stand in a file of this kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FileKind {
    /// `name = value` or `name: value` with bare values: properties, YAML, dotenv, INI, TOML, shell …
    Config,
    /// `NAME=value` to the end of the line, with spaces in it: `.env` and its like.
    Dotenv,
    /// A bare value is an expression: only literals count.
    Code,
    /// Elements and attributes.
    Markup,
    /// Sentences: README, change logs, messages.
    Prose,
    /// No name, or one that says nothing.
    Unknown,
}

/// Kind of the file of this name; only the last component and its ending are looked at.
pub fn file_kind(path: &[u8]) -> FileKind {
    let name = path.rsplit(|&b| b == b'/').next().unwrap_or(path).to_ascii_lowercase();
    let name = String::from_utf8_lossy(&name).into_owned();
    // `app.yml.example` and `database.yml.erb` are what the ending before says.
    let mut stem = name.as_str();
    while let Some((before, ending)) = stem.rsplit_once('.') {
        let template = [
            "example", "sample", "dist", "template", "tmpl", "tpl", "erb", "j2", "bak", "old", "orig", "default",
            "local",
        ];
        if before.is_empty() || !template.contains(&ending) {
            break;
        }
        stem = before;
    }
    let ending = stem.rsplit_once('.').map_or("", |(_, ending)| ending);
    // direnv's `.envrc` is a shell script.
    if stem == ".env" || stem.starts_with(".env.") || ending == "env" {
        return FileKind::Dotenv;
    }
    if stem.starts_with(".env") || stem.starts_with("dockerfile") || stem.starts_with("containerfile") {
        return FileKind::Config;
    }
    match ending {
        "yml" | "yaml" | "properties" | "ini" | "cfg" | "conf" | "config" | "toml" | "envrc" | "tf" | "tfvars"
        | "hcl" | "tfstate" | "sh" | "bash" | "zsh" | "fish" | "ksh" | "bat" | "cmd" | "ps1" | "psm1" | "service"
        | "cnf" | "netrc" | "pgpass" | "npmrc" | "pypirc" | "json" | "json5" | "jsonc" | "ipynb" | "nix" | "mk"
        | "gradle" | "reg" | "inf" | "desktop" | "pp" | "sql" | "http" | "rest" | "csv" | "tsv" => FileKind::Config,
        "xml" | "html" | "htm" | "xhtml" | "csproj" | "plist" | "xaml" | "resx" | "svg" | "jsp" | "aspx" | "vue" => {
            FileKind::Markup
        }
        "py" | "rb" | "js" | "jsx" | "mjs" | "cjs" | "ts" | "tsx" | "java" | "kt" | "kts" | "scala" | "groovy"
        | "go" | "rs" | "c" | "h" | "cc" | "cpp" | "cxx" | "hpp" | "hh" | "m" | "mm" | "cs" | "vb" | "fs" | "php"
        | "php3" | "php5" | "phtml" | "inc" | "pl" | "pm" | "swift" | "dart" | "lua" | "r" | "jl" | "ex" | "exs"
        | "erl" | "hs" | "clj" | "cljs" | "ml" | "coffee" | "pas" | "sol" | "elm" | "cr" | "nim" | "zig" | "v"
        | "asm" | "s" => FileKind::Code,
        "md" | "markdown" | "rst" | "adoc" | "txt" | "text" | "tex" | "org" | "po" | "pot" | "log" | "eml" => {
            FileKind::Prose
        }
        _ => FileKind::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_kinds() {
        for (path, kind) in [
            ("a/b/application-prod.yml", FileKind::Config),
            ("config/database.yml.example", FileKind::Config),
            (".env.production", FileKind::Dotenv),
            (".env.local", FileKind::Dotenv),
            ("deploy/prod.env", FileKind::Dotenv),
            (".envrc", FileKind::Config),
            ("Dockerfile.web", FileKind::Config),
            ("src/Main.java", FileKind::Code),
            ("web.config", FileKind::Config),
            ("pom.xml", FileKind::Markup),
            ("README.md", FileKind::Prose),
            ("LICENSE", FileKind::Unknown),
            ("", FileKind::Unknown),
        ] {
            assert_eq!(file_kind(path.as_bytes()), kind, "{path}");
        }
    }
}
