"""Files that repeat one short text, as it stands before, in or around a secret (docs/security.md, section 4)."""

import base64

from hostile_builder import commit_folder, write
from hostile_cases.case_registry import case, line, secret, text_case

SIZE = 400_000
SHORT = ("assignment-in-code", "member-in-json", "attribute-in-xml", "escape-in-javascript", "begin-of-key", "flow-mapping", "quote", "heredoc")


def repeated(name, file, text, size=SIZE):
    text_case(4, f"repeated-{name}", file, lambda factor: text * (size * factor // len(text)), is_short=name in SHORT)


repeated("assignment-in-code", "a.py", b"key=")
repeated("assignment-in-yaml", "b.yaml", b"password: ")
repeated("member-in-json", "c.json", b'{"password":')
repeated("bracket-in-json", "d.json", b"[")
repeated("attribute-in-xml", "e.xml", b'<a password="')
repeated("escape-in-javascript", "f.js", b"password='\\")
repeated("begin-of-key", "g.txt", b"-----BEGIN RSA PRIVATE KEY-----\n")
repeated("login-in-url", "h.txt", b"https://user:")
repeated("login-at-host", "i.txt", b"a:b@")
repeated("substitution-in-shell", "j.sh", b"export TOKEN=$(")
repeated("default-in-terraform", "k.tf", b'default = "')
repeated("identified-by-in-sql", "l.sql", b"IDENTIFIED BY '")
repeated("kubernetes-secret", "m.yml", b" kind: Secret\ndata:\n")
repeated("continued-property", "n.properties", b"secret.key.password\\\n")
repeated("begin-of-jwt", "o.txt", b"eyJ")
repeated("entity-in-html", "p.html", b"&#112;&#97;&#115;&#115;")
repeated("percent-encoding", "q.txt", b"%70%61%73%73%3d")
repeated("triple-quote", "r.py", b'"""')
repeated("connection-string", "s.cs", b"Password=a;")
repeated("begin-of-access-key", "t.txt", b"AKIA")
repeated("quote", "a.js", b'"', 1_200_000)
repeated("single-quote", "b.py", b"'", 1_200_000)
repeated("backslash", "c.js", b"\\", 1_200_000)
repeated("brace", "d.json", b"{", 1_200_000)
repeated("closing-brace", "d.tf", b"}{", 1_200_000)
repeated("parenthesis", "e.py", b"password=f(", 1_200_000)
repeated("substitution", "f.sh", b"${", 1_200_000)
repeated("template", "g.yaml", b"{{ ", 1_200_000)
repeated("line-end", "h.yaml", b"\n", 1_200_000)
repeated("carriage-return", "i.yaml", b"\r", 1_200_000)
repeated("nul", "j.bin", b"\0", 1_200_000)
repeated("tab", "k.yaml", b"\t", 1_200_000)
repeated("begin", "l.pem", b"-----BEGIN", 1_200_000)
repeated("begin-and-end", "m.pem", b"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n")
repeated("access-key", "n.txt", b"AKIA" + b"QWERTYUIOP234567", 800_000)
repeated("comment", "o.c", b"/* password = ", 800_000)
repeated("escape-of-unicode", "p.json", b"\\u0070\\u0061\\u0073\\u0073\\u003d", 800_000)
repeated("octal-escape", "q.sh", b"\\160\\141\\163\\163=", 800_000)
repeated("heredoc", "r.sh", b"cat <<E\npassword=", 800_000)
repeated("raw-string", "s.rs", b'r#"password=', 800_000)
repeated("cdata", "t.xml", b"<![CDATA[<password>", 800_000)
repeated("table-header", "u.toml", b"[a.password]\n", 800_000)
repeated("dotted-key", "v.toml", b"password.", 800_000)
repeated("flow-mapping", "w.yaml", b"{password: ", 800_000)
repeated("block-scalar", "x.yaml", b"password: |\n", 800_000)
repeated("header", "y.http", b"Authorization: Basic ", 800_000)
repeated("bearer", "y.txt", b"Authorization: Bearer abc.def.ghi\n", 800_000)
repeated("command-option", "z.sh", b"curl -u user:", 800_000)
repeated("machine-in-netrc", ".netrc", b"machine a login b password ", 800_000)
repeated("line-in-pgpass", ".pgpass", b"h:1:d:u:", 800_000)
repeated("line-in-htpasswd", ".htpasswd", b"u:$apr1$", 800_000)
repeated("docker-auth", "config.json", b'{"auths":{"a":{"auth":"', 800_000)
repeated("service-account", "a.json", b'{"type":"service_account","private_key":"', 800_000)
repeated("npm-token", ".npmrc", b"//registry.npmjs.org/:_authToken=", 800_000)
repeated("key-store", "a.txt", b"/u3+7QAAAAIAAAAB", 800_000)
repeated("der", "b.txt", b"MIIEpAIBAAKCAQEA", 800_000)
repeated("byte-order-mark", "c.txt", b"\xef\xbb\xbfpassword: ", 800_000)
repeated("utf-16-mark", "d.txt", b"\xff\xfep\0a\0s\0s\0w\0o\0r\0d\0=\0", 800_000)
repeated("key-word-in-prose", "e.md", b"password is ", 800_000)
repeated("row", "f.csv", b"password,secret,token\n", 800_000)
repeated("cell", "g.csv", b'"password","', 800_000)
repeated("object-in-php", "h.php", b"'password' => [", 800_000)
repeated("call", "i.java", b'setPassword("', 800_000)
repeated("concatenation", "j.js", b'password = "a" + ', 800_000)
repeated("interpolation", "k.kt", b'password = "$', 800_000)
repeated("variable-in-ini", "l.ini", b"[password]\npassword=%(", 800_000)
repeated("credential-in-url", "m.env", b"postgres://a:b@c:1/d?password=", 800_000)


@case(4)
def many_tokens_on_one_line(folder, victim, factor):
    part = lambda text: base64.urlsafe_b64encode(text).rstrip(b"=")
    token = part(b'{"alg":"HS256","typ":"JWT"}') + b"." + part(b'{"sub":"1234567890"}') + b"." + b"x" * 43
    write(f"{folder}/a.txt", b" ".join([token] * (8_000 * factor)))
    commit_folder(folder)


@case(4)
def one_key_on_very_many_lines(folder, victim, factor):
    rows = b"".join(b"DB_PASSWORD=%s\n" % secret(n % 7).encode() for n in range(120_000 * factor))
    write(f"{folder}/.env", rows)
    commit_folder(folder)


@case(4)
def many_values_in_one_line_of_json(folder, victim, factor):
    rows = b",".join(b'"password%d":"%s"' % (n, secret(n).encode()) for n in range(60_000 * factor))
    write(f"{folder}/a.json", b"{" + rows + b"}")
    commit_folder(folder)


@case(4)
def minified_script(folder, victim, factor):
    rows = b";".join(b'var a%d={b:"%s",password:c%d}' % (n, secret(n).encode(), n) for n in range(50_000 * factor))
    write(f"{folder}/a.min.js", rows)
    commit_folder(folder)


@case(4)
def names_within_names(folder, victim, factor):
    names = b"".join(b"a%d_password_b=" % n for n in range(60_000 * factor))
    write(f"{folder}/a.env", names + secret(1).encode())
    commit_folder(folder)


@case(4)
def one_name_of_a_megabyte(folder, victim, factor):
    write(f"{folder}/a.env", b"password" * 125_000 * factor + b"=" + secret(1).encode())
    write(f"{folder}/b.yaml", b"a.password." * 90_000 * factor + b": " + secret(1).encode())
    commit_folder(folder)


@case(4)
def one_value_of_a_megabyte(folder, victim, factor):
    value = base64.b64encode(b"".join(secret(n).encode() for n in range(40_000 * factor)))
    write(f"{folder}/a.env", b"password=" + value)
    write(f"{folder}/b.py", b'password = "' + value + b'"')
    write(f"{folder}/c.pem", b"-----BEGIN PRIVATE KEY-----\n" + value + b"\n-----END PRIVATE KEY-----\n")
    commit_folder(folder)


@case(4)
def the_same_small_file_under_many_names(folder, victim, factor):
    for n in range(3_000 * factor):
        write(f"{folder}/d{n % 7}/f{n:05}.py", line(n % 11))
    commit_folder(folder)
