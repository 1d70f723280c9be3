//! The syntax that a file is read as.

use super::named_values::named_values;

named_values! {
    /// The syntax of a file: how its own reader turns the text of a value into the value.
    ///
    /// The last syntaxes are for files of which only the kind is known, such as "a program". Inventories have the
    /// names of syntaxes, and caches have their positions in [`Syntax::ALL`].
    pub enum Syntax {
        /// YAML 1.1 and 1.2.
        Yaml = "yaml",
        /// YAML of Docker Compose, where `$$` is a dollar.
        Compose = "compose",
        /// JSON (RFC 8259).
        Json = "json",
        /// JSON with comments, trailing commas and strings in single quotes (JSON5).
        JsonWithComments = "json-with-comments",
        /// A notebook of Jupyter: JSON whose texts are lists of lines.
        Notebook = "notebook",
        /// TOML 1.0.
        Toml = "toml",
        /// `.properties` of Java.
        Properties = "properties",
        /// `.env` and its like.
        Dotenv = "dotenv",
        /// INI and its relatives, whose values have no escapes.
        Ini = "ini",
        /// A unit of systemd.
        Systemd = "systemd",
        /// XML.
        Xml = "xml",
        /// HCL of Terraform and its relatives.
        Hcl = "hcl",
        /// POSIX shells and bash.
        Shell = "shell",
        /// A Dockerfile.
        Dockerfile = "dockerfile",
        /// PowerShell.
        PowerShell = "powershell",
        /// SQL in any dialect.
        Sql = "sql",
        /// Python.
        Python = "python",
        /// JavaScript and TypeScript.
        JavaScript = "javascript",
        /// Java.
        Java = "java",
        /// Kotlin.
        Kotlin = "kotlin",
        /// Groovy, with Jenkinsfiles.
        Groovy = "groovy",
        /// A build script of Gradle in Groovy, with bare settings beside code.
        Gradle = "gradle",
        /// Scala.
        Scala = "scala",
        /// C#.
        CSharp = "csharp",
        /// Visual Basic.
        VisualBasic = "visual-basic",
        /// Go.
        Go = "go",
        /// Rust.
        Rust = "rust",
        /// PHP.
        Php = "php",
        /// Ruby.
        Ruby = "ruby",
        /// Perl.
        Perl = "perl",
        /// C and C++.
        C = "c",
        /// Objective-C.
        ObjectiveC = "objective-c",
        /// Swift.
        Swift = "swift",
        /// Lua.
        Lua = "lua",
        /// R.
        R = "r",
        /// Puppet.
        Puppet = "puppet",
        /// Dart.
        Dart = "dart",
        /// Settings in an unknown syntax.
        Settings = "settings",
        /// Commands in an unknown syntax.
        Script = "script",
        /// Credentials only, separated by white space or colons: `.netrc`, `.pgpass`, keys.
        Login = "login",
        /// A program in an unknown language.
        Program = "program",
        /// HTML, and other markup that is not XML.
        Markup = "markup",
        /// Sentences.
        Prose = "prose",
        /// Nothing is known of the file.
        Unknown = "unknown",
    }
}
