//! The syntax that a path suggests, and its kind. Detection knows no more than this of the place of a text.

use crate::finding::Syntax;

/// The kind of a file, which decides how values are written in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FileKind {
    /// Data with bare values, `name = value` or `name: value`: properties, YAML, INI, TOML, JSON …
    Config,
    /// `NAME=value` to the end of the line, with spaces in it: `.env` and its like.
    Dotenv,
    /// Bare values, and commands and expressions beside them: shells, Dockerfiles, HCL, SQL …
    Script,
    /// Only credentials, separated by white space or colons: `.netrc`, `.pgpass`, keys.
    Login,
    /// Programs. A bare value is an expression, so only literals count.
    Code,
    /// Elements and attributes: XML, HTML.
    Markup,
    /// Sentences: README, change logs, messages.
    Prose,
    /// No name, or a name that suggests none of the other kinds.
    Unknown,
}

impl From<Syntax> for FileKind {
    fn from(syntax: Syntax) -> Self {
        match syntax {
            Syntax::Yaml
            | Syntax::Compose
            | Syntax::Json
            | Syntax::JsonWithComments
            | Syntax::Notebook
            | Syntax::Toml
            | Syntax::Properties
            | Syntax::Ini
            | Syntax::Systemd
            | Syntax::Settings => FileKind::Config,
            Syntax::Dotenv => FileKind::Dotenv,
            Syntax::Hcl
            | Syntax::Shell
            | Syntax::Dockerfile
            | Syntax::PowerShell
            | Syntax::Sql
            | Syntax::Puppet
            | Syntax::Gradle
            | Syntax::Script => FileKind::Script,
            Syntax::Login => FileKind::Login,
            Syntax::Xml | Syntax::Markup => FileKind::Markup,
            Syntax::Prose => FileKind::Prose,
            Syntax::Unknown => FileKind::Unknown,
            Syntax::Python
            | Syntax::JavaScript
            | Syntax::Java
            | Syntax::Kotlin
            | Syntax::Groovy
            | Syntax::Scala
            | Syntax::CSharp
            | Syntax::VisualBasic
            | Syntax::Go
            | Syntax::Rust
            | Syntax::Php
            | Syntax::Ruby
            | Syntax::Perl
            | Syntax::C
            | Syntax::ObjectiveC
            | Syntax::Swift
            | Syntax::Lua
            | Syntax::R
            | Syntax::Dart
            | Syntax::Program => FileKind::Code,
        }
    }
}

/// The syntax of files of which only the kind is known.
impl From<FileKind> for Syntax {
    fn from(kind: FileKind) -> Self {
        match kind {
            FileKind::Config => Syntax::Settings,
            FileKind::Dotenv => Syntax::Dotenv,
            FileKind::Script => Syntax::Script,
            FileKind::Login => Syntax::Login,
            FileKind::Code => Syntax::Program,
            FileKind::Markup => Syntax::Markup,
            FileKind::Prose => Syntax::Prose,
            FileKind::Unknown => Syntax::Unknown,
        }
    }
}

/// The syntax of the file with this path. Only the last component and its endings count.
pub fn file_syntax(path: &[u8]) -> Syntax {
    let name = path
        .rsplit(|&b| b == b'/')
        .next()
        .unwrap_or(path)
        .to_ascii_lowercase();
    let name = String::from_utf8_lossy(&name).into_owned();
    // The syntax of `app.yml.example` and `database.yml.erb` is that of `.yml`.
    let mut stem = name.as_str();
    while let Some((before, ending)) = stem.rsplit_once('.') {
        let template = [
            "example", "sample", "dist", "template", "tmpl", "tpl", "erb", "j2", "bak", "old",
            "orig", "default", "local", "src", "in",
        ];
        if before.is_empty() || !template.contains(&ending) {
            break;
        }
        stem = before;
    }
    let (before, ending) = stem.rsplit_once('.').unwrap_or(("", ""));
    of_name(stem).unwrap_or_else(|| match of_ending(ending) {
        Syntax::Yaml if is_compose(before) => Syntax::Compose,
        syntax => syntax,
    })
}

/// The syntax of files with this name, without the endings of templates.
fn of_name(name: &str) -> Option<Syntax> {
    // direnv's `.envrc` is a shell script.
    if name == ".env" || name.starts_with(".env.") || name.ends_with(".env") {
        return Some(Syntax::Dotenv);
    }
    if name.starts_with(".env") {
        return Some(Syntax::Shell);
    }
    if name.starts_with("dockerfile") || name.starts_with("containerfile") {
        return Some(Syntax::Dockerfile);
    }
    if name.starts_with("makefile") || name.starts_with("gnumakefile") {
        return Some(Syntax::Script);
    }
    Some(match name {
        "_netrc" | "pgpass" | "pgpass.conf" | "sasl_passwd" | "fetchmailrc" => Syntax::Login,
        "credentials" | ".gitconfig" | ".boto" | ".s3cfg" | ".vault-config" => Syntax::Ini,
        "config" | "user-data" | ".muttrc" | ".ftpconfig" => Syntax::Settings,
        ".dockercfg" | ".dockerconfigjson" => Syntax::Json,
        ".bashrc" | ".bash_profile" | ".bash_history" | ".zshrc" | ".zsh_history" | ".profile" => {
            Syntax::Shell
        }
        "jenkinsfile" => Syntax::Groovy,
        "vagrantfile" | "rakefile" | "gemfile" | "capfile" | "fastfile" => Syntax::Ruby,
        _ => return None,
    })
}

/// Whether a file of YAML with this name, without its ending, is one of Docker Compose.
fn is_compose(name: &str) -> bool {
    ["compose", "docker-compose"].iter().any(|start| {
        let rest = name.strip_prefix(start);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-', '_']))
    })
}

/// The syntax of files with this ending.
fn of_ending(ending: &str) -> Syntax {
    match ending {
        "yml" | "yaml" | "sls" => Syntax::Yaml,
        "json" | "tfstate" | "har" => Syntax::Json,
        "ipynb" => Syntax::Notebook,
        "json5" | "jsonc" => Syntax::JsonWithComments,
        "toml" => Syntax::Toml,
        "properties" => Syntax::Properties,
        "ini" | "cfg" | "cnf" | "npmrc" | "pypirc" => Syntax::Ini,
        "service" => Syntax::Systemd,
        "conf" | "config" | "reg" | "inf" | "desktop" | "http" | "rest" | "csv" | "tsv" | "rsp"
        | "cf" => Syntax::Settings,
        "netrc" | "authinfo" | "pgpass" | "fetchmailrc" | "msmtprc" | "key" => Syntax::Login,
        "tf" | "tfvars" | "hcl" => Syntax::Hcl,
        "envrc" | "sh" | "bash" | "zsh" | "ksh" | "bats" => Syntax::Shell,
        "ps1" | "psm1" | "psd1" => Syntax::PowerShell,
        "sql" => Syntax::Sql,
        "pp" => Syntax::Puppet,
        "gradle" => Syntax::Gradle,
        "fish" | "bat" | "cmd" | "nix" | "mk" | "exp" | "tcl" => Syntax::Script,
        "xml" | "xhtml" | "csproj" | "plist" | "xaml" | "resx" | "svg" | "publishsettings"
        | "pubxml" | "props" | "targets" | "wsdl" | "xsd" => Syntax::Xml,
        "html" | "htm" | "jsp" | "aspx" | "vue" | "cfm" | "cfc" => Syntax::Markup,
        "py" => Syntax::Python,
        "js" | "jsx" | "mjs" | "cjs" | "ts" | "tsx" => Syntax::JavaScript,
        "java" => Syntax::Java,
        "kt" | "kts" => Syntax::Kotlin,
        "groovy" => Syntax::Groovy,
        "scala" | "sbt" => Syntax::Scala,
        "cs" => Syntax::CSharp,
        "vb" | "bas" | "vbs" => Syntax::VisualBasic,
        "go" => Syntax::Go,
        "rs" => Syntax::Rust,
        "php" | "php3" | "php5" | "phtml" | "inc" => Syntax::Php,
        "rb" => Syntax::Ruby,
        "pl" | "pm" => Syntax::Perl,
        "c" | "h" | "cc" | "cpp" | "cxx" | "hpp" | "hh" => Syntax::C,
        "m" | "mm" => Syntax::ObjectiveC,
        "swift" => Syntax::Swift,
        "lua" => Syntax::Lua,
        "r" => Syntax::R,
        "dart" => Syntax::Dart,
        "fs" | "jl" | "ex" | "exs" | "erl" | "hs" | "clj" | "cljs" | "edn" | "lisp" | "el"
        | "ml" | "coffee" | "pas" | "sol" | "elm" | "cr" | "nim" | "zig" | "v" | "asm" | "s"
        | "proto" | "graphql" | "gql" => Syntax::Program,
        "md" | "markdown" | "rst" | "adoc" | "txt" | "text" | "tex" | "org" | "po" | "pot"
        | "log" | "eml" => Syntax::Prose,
        _ => Syntax::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_suggests_a_kind() {
        for (path, kind) in [
            ("a/b/application-prod.yml", FileKind::Config),
            ("config/database.yml.example", FileKind::Config),
            (".env.production", FileKind::Dotenv),
            (".env.local", FileKind::Dotenv),
            ("deploy/prod.env", FileKind::Dotenv),
            (".envrc", FileKind::Script),
            ("Dockerfile.web", FileKind::Script),
            ("deploy/main.tf", FileKind::Script),
            (".netrc", FileKind::Login),
            ("config/master.key", FileKind::Login),
            (".kube/config", FileKind::Config),
            ("src/Main.java", FileKind::Code),
            ("web.config", FileKind::Config),
            ("pom.xml", FileKind::Markup),
            ("README.md", FileKind::Prose),
            ("LICENSE", FileKind::Unknown),
            ("", FileKind::Unknown),
        ] {
            let found = FileKind::from(file_syntax(path.as_bytes()));
            assert_eq!(found, kind, "{path}");
        }
    }

    #[test]
    fn a_name_suggests_a_syntax() {
        for (path, syntax) in [
            ("application-prod.yml.erb", Syntax::Yaml),
            ("docker-compose.yml", Syntax::Compose),
            ("deploy/compose.prod.yaml", Syntax::Compose),
            ("composer.yaml", Syntax::Yaml),
            ("terraform.tfstate", Syntax::Json),
            (".dockercfg", Syntax::Json),
            ("train.ipynb", Syntax::Notebook),
            ("Dockerfile.web", Syntax::Dockerfile),
            ("GNUmakefile", Syntax::Script),
            ("Jenkinsfile", Syntax::Groovy),
            ("build.gradle", Syntax::Gradle),
            ("a.tsx", Syntax::JavaScript),
            ("LICENSE", Syntax::Unknown),
        ] {
            assert_eq!(file_syntax(path.as_bytes()), syntax, "{path}");
        }
    }

    #[test]
    fn the_syntax_of_a_kind_has_that_kind() {
        for &syntax in Syntax::ALL {
            let kind = FileKind::from(syntax);
            assert_eq!(FileKind::from(Syntax::from(kind)), kind, "{syntax:?}");
        }
    }
}
