//! The kind of file that a path suggests. Detection knows no more than this of the place of a text.

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

impl FileKind {
    /// All kinds. Caches store positions in this list, so the order must stay.
    pub const ALL: [FileKind; 8] = [
        FileKind::Config,
        FileKind::Dotenv,
        FileKind::Script,
        FileKind::Login,
        FileKind::Code,
        FileKind::Markup,
        FileKind::Prose,
        FileKind::Unknown,
    ];
}

/// The kind of the file with this path. Only the last component and its endings count.
pub fn file_kind(path: &[u8]) -> FileKind {
    let name = path
        .rsplit(|&b| b == b'/')
        .next()
        .unwrap_or(path)
        .to_ascii_lowercase();
    let name = String::from_utf8_lossy(&name).into_owned();
    // The kind of `app.yml.example` and `database.yml.erb` is that of `.yml`.
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
    let ending = stem.rsplit_once('.').map_or("", |(_, ending)| ending);
    // direnv's `.envrc` is a shell script.
    if stem == ".env" || stem.starts_with(".env.") || ending == "env" {
        return FileKind::Dotenv;
    }
    if [
        ".env",
        "dockerfile",
        "containerfile",
        "makefile",
        "gnumakefile",
    ]
    .iter()
    .any(|start| stem.starts_with(start))
    {
        return FileKind::Script;
    }
    match stem {
        "_netrc" | "pgpass" | "pgpass.conf" | "sasl_passwd" | "fetchmailrc" => {
            return FileKind::Login;
        }
        "config" | "credentials" | "user-data" | ".gitconfig" | ".boto" | ".s3cfg" | ".muttrc"
        | ".ftpconfig" | ".dockercfg" | ".vault-config" => return FileKind::Config,
        ".bashrc" | ".bash_profile" | ".bash_history" | ".zshrc" | ".zsh_history" | ".profile" => {
            return FileKind::Script;
        }
        "jenkinsfile" | "vagrantfile" | "rakefile" | "gemfile" | "capfile" | "fastfile" => {
            return FileKind::Code;
        }
        _ => {}
    }
    match ending {
        "yml" | "yaml" | "properties" | "ini" | "cfg" | "conf" | "config" | "toml" | "tfstate"
        | "service" | "cnf" | "npmrc" | "pypirc" | "json" | "json5" | "jsonc" | "ipynb" | "har"
        | "reg" | "inf" | "desktop" | "http" | "rest" | "csv" | "tsv" | "sls" | "rsp" | "cf" => {
            FileKind::Config
        }
        "netrc" | "authinfo" | "pgpass" | "fetchmailrc" | "msmtprc" | "key" => FileKind::Login,
        "envrc" | "tf" | "tfvars" | "hcl" | "sh" | "bash" | "zsh" | "fish" | "ksh" | "bats"
        | "bat" | "cmd" | "ps1" | "psm1" | "psd1" | "nix" | "mk" | "gradle" | "pp" | "sql"
        | "exp" | "tcl" => FileKind::Script,
        "xml" | "html" | "htm" | "xhtml" | "csproj" | "plist" | "xaml" | "resx" | "svg" | "jsp"
        | "aspx" | "vue" | "publishsettings" | "pubxml" | "props" | "targets" | "cfm" | "cfc"
        | "wsdl" | "xsd" => FileKind::Markup,
        "py" | "rb" | "js" | "jsx" | "mjs" | "cjs" | "ts" | "tsx" | "java" | "kt" | "kts"
        | "scala" | "sbt" | "groovy" | "go" | "rs" | "c" | "h" | "cc" | "cpp" | "cxx" | "hpp"
        | "hh" | "m" | "mm" | "cs" | "vb" | "bas" | "vbs" | "fs" | "php" | "php3" | "php5"
        | "phtml" | "inc" | "pl" | "pm" | "swift" | "dart" | "lua" | "r" | "jl" | "ex" | "exs"
        | "erl" | "hs" | "clj" | "cljs" | "edn" | "lisp" | "el" | "ml" | "coffee" | "pas"
        | "sol" | "elm" | "cr" | "nim" | "zig" | "v" | "asm" | "s" | "proto" | "graphql"
        | "gql" => FileKind::Code,
        "md" | "markdown" | "rst" | "adoc" | "txt" | "text" | "tex" | "org" | "po" | "pot"
        | "log" | "eml" => FileKind::Prose,
        _ => FileKind::Unknown,
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
            assert_eq!(file_kind(path.as_bytes()), kind, "{path}");
        }
    }
}
