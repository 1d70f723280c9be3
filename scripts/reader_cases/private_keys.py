"""Private keys in the layouts of files. The value must be the text that the key's own program wrote, and the program must
accept what was found."""

import functools
import os
import shutil
import subprocess
import tempfile

from reader_cases.data_formats import json_string
from reader_cases.form_registry import add

NUMBER_OF_KEYS = 12


class Keys:
    """Programs that make keys. Values are not read: each file has the text of a key."""

    def __init__(self, name):
        self.name, self.is_short = name, name == "openssl"

    def is_missing(self):
        return shutil.which(self.name) is None

    def read(self, paths, name):
        return None


SSH, SSL, PGP = Keys("ssh-keygen"), Keys("openssl"), Keys("gpg")


def run(command, **more):
    return subprocess.run(command, capture_output=True, **more)


@functools.cache
def ssh_keys():
    with tempfile.TemporaryDirectory() as folder:
        keys = []
        for number in range(NUMBER_OF_KEYS):
            path = f"{folder}/{number}"
            kind = ["ed25519", "ecdsa"][number % 2]
            run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "store", "-f", path], check=True)
            with open(path) as file:
                keys.append(file.read())
        return keys


@functools.cache
def ssl_keys():
    kinds = [["-algorithm", "ED25519"], ["-algorithm", "RSA"], ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"]]
    made = [run(["openssl", "genpkey", *kinds[number % 3]], check=True).stdout.decode() for number in range(NUMBER_OF_KEYS)]
    return [traditional(key) if number % 4 == 0 else key for number, key in enumerate(made)]


def traditional(key):
    """The key in the older form of its algorithm, if it has one."""
    return run(["openssl", "pkey", "-traditional"], input=key.encode()).stdout.decode() or key


@functools.cache
def pgp_keys():
    keys = []
    for number in range(3):
        with tempfile.TemporaryDirectory() as home:
            environment = {**os.environ, "GNUPGHOME": home}
            make = ["gpg", "--batch", "--quiet", "--passphrase", "", "--quick-gen-key", f"store{number}@shop.internal", "ed25519", "sign", "never"]
            run(make, env=environment, check=True)
            keys.append(run(["gpg", "--armor", "--export-secret-keys"], env=environment, check=True).stdout.decode())
            run(["gpgconf", "--kill", "all"], env=environment)
    return keys


def use_pgp_key(value):
    done = run(["gpg", "--batch", "--list-packets"], input=value)
    return done.stderr.decode().strip() if done.returncode else ""


def use_ssh_key(value):
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/key"
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            file.write(value)
        return run(["ssh-keygen", "-y", "-f", path]).stderr.decode().strip()


def use_ssl_key(value):
    return run(["openssl", "pkey", "-noout"], input=value).stderr.decode().strip()


def indented(key):
    return "".join(f"    {line}\n" for line in key.splitlines())


def folded(key):
    lines = key.splitlines()
    return "\\n\\\n  ".join(lines) + "\\n"


def patch(key):
    lines = key.splitlines()
    return f"--- /dev/null\n+++ b/id_store\n@@ -0,0 +1,{len(lines)} @@\n" + "".join(f"+{line}\n" for line in lines)


LAYOUTS = {
    "file": ("id_store", lambda key: key),
    "no-final-line-end": ("id_store", lambda key: key.rstrip("\n")),
    "crlf": ("id_store", lambda key: key.replace("\n", "\r\n")),
    "yaml-block": ("tls.yaml", lambda key: f"tls:\n  key: |\n{indented(key)}  port: 443\n"),
    "yaml-stripped-block": ("tls.yaml", lambda key: f"tls:\n  key: |-\n{indented(key)}  port: 443\n"),
    "yaml-continued": ("tls.yaml", lambda key: f'key: "{folded(key)}"\n'),
    "json": ("tls.json", lambda key: f'{{"key": {json_string(key)}}}\n'),
    "json-one-line": ("tls.json", lambda key: f'{{"key": {json_string(key.strip()).replace(chr(92) + "n", " ")}}}\n'),
    "dotenv": (".env", lambda key: f"TLS_KEY={json_string(key)}\n"),
    "xml": ("tls.xml", lambda key: f"<tls><key>{key.replace(chr(10), '&#10;')}</key></tls>\n"),
    "python-joined": ("tls.py", lambda key: "key = (\n" + "".join(f'    "{line}\\n"\n' for line in key.splitlines()) + ")\n"),
    "javascript-joined": ("tls.js", lambda key: "const key = " + " +\n  ".join(f"'{line}\\n'" for line in key.splitlines()) + ";\n"),
    "shell-heredoc": ("tls.sh", lambda key: f"cat >key.pem <<'EOF'\n{key}EOF\n"),
    "patch": ("tls.patch", patch),
    "comment": ("tls.rb", lambda key: "".join(f"# {line}\n" for line in key.splitlines())),
}


def layout(write):
    return lambda name, key: write(key)


# An OpenPGP block that is folded to one line has lost the lines that it keeps otherwise.
FOLDED = ["json-one-line"]
PROGRAMS = [("openssh", SSH, ssh_keys, use_ssh_key), ("openssl", SSL, ssl_keys, use_ssl_key), ("gpg", PGP, pgp_keys, use_pgp_key)]
for program, reader, keys, use in PROGRAMS:
    for name, (file, write) in LAYOUTS.items():
        if reader is not PGP or name not in FOLDED:
            add(f"{program}-key-{name}", file, reader, layout(write), use=use, keys=keys)
