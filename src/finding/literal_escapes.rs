//! The escapes within one literal.

use super::named_values::named_values;

named_values! {
    /// The escapes of one kind of literal. They are read unit by unit: the bytes between two units are decoded
    /// alike, whatever is around them.
    pub enum Escapes {
        /// A string of JSON.
        Json = "json",
        /// A string of JSON5: single quotes, `\x41`, a line end behind a backslash.
        Json5 = "json5",
        /// A basic string of TOML.
        Toml = "toml",
        /// A double-quoted scalar of YAML.
        YamlDouble = "yaml-double",
        /// `''` is `'`: a single-quoted scalar of YAML, a string of SQL, PowerShell or Puppet.
        DoubledSingle = "doubled-single",
        /// `""` is `"`: a string of Visual Basic, a verbatim string of C#.
        DoubledDouble = "doubled-double",
        /// A value of `.properties`.
        Properties = "properties",
        /// A value of `.env` in double quotes.
        DotenvDouble = "dotenv-double",
        /// A value of `.env` in single quotes.
        DotenvSingle = "dotenv-single",
        /// `$$` is `$`: a value in a file of Docker Compose, behind the escapes of YAML.
        ComposeDollar = "compose-dollar",
        /// `%%` is `%`, and the escapes of C: a value of systemd.
        Systemd = "systemd",
        /// Character references: text and attributes of XML.
        Xml = "xml",
        /// A quoted template of HCL, where `$${` is `${`.
        Hcl = "hcl",
        /// A template of HCL in a heredoc.
        HclHeredoc = "hcl-heredoc",
        /// A word of a shell without quotes.
        ShellBare = "shell-bare",
        /// A word of a shell in double quotes.
        ShellDouble = "shell-double",
        /// `$'…'` of bash.
        ShellAnsi = "shell-ansi",
        /// A word of a Dockerfile without quotes.
        DockerBare = "docker-bare",
        /// A word of a Dockerfile in double quotes.
        DockerDouble = "docker-double",
        /// A string of PowerShell in double quotes.
        PowerShellDouble = "powershell-double",
        /// A string of MySQL, with backslashes.
        MySql = "mysql",
        /// A string of PostgreSQL with a prefix: `E'…'`.
        PostgresEscape = "postgres-escape",
        /// A string of Python.
        Python = "python",
        /// Bytes of Python.
        PythonBytes = "python-bytes",
        /// A formatted string of Python: `f"…{field}…"`.
        PythonFormat = "python-format",
        /// A string of JavaScript.
        JavaScript = "javascript",
        /// A template of JavaScript.
        JavaScriptTemplate = "javascript-template",
        /// A string of Java.
        Java = "java",
        /// A string of Kotlin.
        Kotlin = "kotlin",
        /// A raw string of Kotlin, which may have variables.
        KotlinRaw = "kotlin-raw",
        /// A string of Groovy in single quotes.
        Groovy = "groovy",
        /// A string of Groovy in double quotes, which may have variables.
        GroovyDouble = "groovy-double",
        /// A string of Scala.
        Scala = "scala",
        /// An interpolated string of Scala: `s"…$name…"`.
        ScalaInterpolated = "scala-interpolated",
        /// A string of C#.
        CSharp = "csharp",
        /// An interpolated string of C#: `$"…{name}…"`.
        CSharpInterpolated = "csharp-interpolated",
        /// A string of Go.
        Go = "go",
        /// A string of Rust.
        Rust = "rust",
        /// A byte string of Rust.
        RustBytes = "rust-bytes",
        /// A string of PHP in double quotes.
        PhpDouble = "php-double",
        /// A heredoc of PHP.
        PhpHeredoc = "php-heredoc",
        /// A string of PHP in single quotes.
        PhpSingle = "php-single",
        /// A string of Ruby in double quotes.
        RubyDouble = "ruby-double",
        /// A string of Ruby in single quotes.
        RubySingle = "ruby-single",
        /// A string of Perl in double quotes.
        PerlDouble = "perl-double",
        /// A string of Perl in single quotes.
        PerlSingle = "perl-single",
        /// A string of C or C++.
        C = "c",
        /// A string of Swift.
        Swift = "swift",
        /// A string of Lua.
        Lua = "lua",
        /// A string of R.
        R = "r",
        /// A string of Puppet in double quotes.
        PuppetDouble = "puppet-double",
        /// A string of Puppet in single quotes.
        PuppetSingle = "puppet-single",
        /// A string of Dart.
        Dart = "dart",
    }
}
