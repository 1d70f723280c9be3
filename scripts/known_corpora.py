"""The corpora of scripts/known-secrets: each yields the name of a file, its text, and the secrets in it."""

import base64
import collections
import json
import random
import re
import string
import urllib.parse
import zlib

LETTERS = string.ascii_letters + string.digits
EXPONENT = 65537
# A value in a file: its kind, how it is written there, and the values that count as exact.
Known = collections.namedtuple("Known", "kind written values")

# The seeds of RFC 4226 (20 bytes) and RFC 6238 (20, 32 and 64 bytes).
RFC_SEEDS = [("1234567890" * 7)[:size].encode() for size in (20, 32, 64)]
# The primes of the RSA keys. All other members follow from them.
RFC_7517_PRIMES = (
    "83i-7IvMGXoMXCskv73TKr8637FiO7Z27zv8oj6pbWUQyLPQBQxtPVnwD20R-60e"
    "TDmD2ujnMt5PoqMrm8RfmNhVWDtjjMmCMjOpSXicFHj7XOuVIYQyqVWlWEh6dN36"
    "GVZYk93N8Bc9vY41xy8B9RzzOGVQzXvNEvn7O0nVbfs",
    "3dfOR9cuYq-0S-mkFLzgItgMEfFzB2q3hWehMuG0oCuqnb3vobLyumqjVZQO1dIr"
    "dwgTnCdpYzBcOfW5r370AFXjiWft_NGEiovonizhKpo9VVS78TzFgxkIdrecRezs"
    "Z-1kYd_s1qDbxtkDEgfAITAG9LUnADun4vIcb6yelxk",
)
RFC_7520_PRIMES = (
    "3Slxg_DwTXJcb6095RoXygQCAZ5RnAvZlno1yhHtnUex_fp7AZ_9nRaO7HX_-SFf"
    "GQeutao2TDjDAWU4Vupk8rw9JR0AzZ0N2fvuIAmr_WCsmGpeNqQnev1T7IyEsnh8"
    "UMt-n5CafhkikzhEsrmndH6LxOrvRJlsPp6Zv8bUq0k",
    "uKE2dh-cTf6ERF4k4e_jy78GfPYUIaUyoSSJuBzp3Cubk3OCqs6grT8bR_cu0Dm1"
    "MZwWmtdqDyI95HrUeq3MP15vMMON8lHTeZu2lmKvwqW7anV5UzhM1iZ7z4yMkuUw"
    "FWoBvyY898EXvRD-hdqRxHlSqAZ192zB3pVFJ0s7pFc",
)
RFC_KEYS = [
    {"kty": "EC", "crv": "P-256", "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
     "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM", "d": "870MB6gfuTJ4HtUnUvYMyJpr" "5eUZNP4Bk43bVdj3eAE", "use": "enc", "kid": "1"},
    {"kty": "oct", "alg": "A128KW", "k": "GawgguFyGrW" "Kav7AX4VKUg"},
    {"kty": "oct", "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1" "qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
     "kid": "HMAC key used in JWS spec Appendix A.1 example"},
    {"kty": "EC", "kid": "bilbo.baggins@hobbiton.example", "use": "sig", "crv": "P-521",
     "x": "AHKZLLOsCOzz5cY97ewNUajB957y-C-U88c3v13nmGZx6sYl_oJXu9A5RkTKqjqvjyekWF-7ytDyRXYgCF5cj0Kt",
     "y": "AdymlHvOiLxXkEhayXQnNCvDX4h9htZaCJN34kfmC6pV5OhQHiraVySsUdaQkAgDPrwQrJmbnX9cwlGfP-HqHZR1",
     "d": "AAhRON2r9cqXX1hg-RoI6R1tX5p2rUAYdmpHZoC1XNM56Kt" "scrX6zbKipQrCW9CGZH3T4ubpnoTKLDYJ_fF3_rJt"},
    {"kty": "oct", "kid": "018c0ae5-4d9b-471b-bfd6-eef314bc7037", "use": "sig", "alg": "HS256",
     "k": "hJtXIZ2uSN5kbQfbtTNW" "bpdmhkV8FJG-Onbc6mxCcYg"},
    {"kty": "oct", "kid": "1e571774-2e08-40da-8308-e8d68773842d", "use": "enc", "alg": "A256GCM",
     "k": "AAPapAv4LbFbiVawEjag" "UBluYqN5rhna-8nuldDvOx8"},
]
PRIVATE = {"oct": ["k"], "EC": ["d"], "OKP": ["d"], "RSA": ["d", "p", "q", "dp", "dq", "qi"]}


def base64url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def number(value):
    return base64url(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def rsa_numbers(p, q):
    d = pow(EXPONENT, -1, (p - 1) * (q - 1))
    return {"n": p * q, "e": EXPONENT, "d": d, "p": p, "q": q, "dp": d % (p - 1), "dq": d % (q - 1), "qi": pow(q, -1, p)}


def rsa_key(p, q):
    return {"kty": "RSA", **{name: number(value) for name, value in rsa_numbers(p, q).items()}}


def rfc_rsa_key(primes):
    return rsa_key(*(int.from_bytes(base64.urlsafe_b64decode(prime + "="), "big") for prime in primes))


def pem(p, q):
    """The key as PKCS #1, as Terraform's tls_private_key has it."""
    def der(tag, content):
        size = len(content).to_bytes((len(content).bit_length() + 7) // 8 or 1, "big")
        return bytes([tag]) + (size if len(content) < 128 else bytes([128 + len(size)]) + size) + content
    integers = [der(2, value.to_bytes(value.bit_length() // 8 + 1, "big")) for value in (0, *rsa_numbers(p, q).values())]
    text = base64.b64encode(der(48, b"".join(integers))).decode()
    lines = [text[at:at + 64] for at in range(0, len(text), 64)]
    title = "RSA PRIVATE " + "KEY-----"
    return "\n".join([f"-----BEGIN {title}", *lines, f"-----END {title}", ""])


class Made:
    """Made-up values from a seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def text(self, size, alphabet=LETTERS):
        return "".join(self.random.choice(alphabet) for _ in range(size))

    def bytes(self, size):
        return bytes(self.random.getrandbits(8) for _ in range(size))

    def password(self):
        return self.text(6) + self.text(1, "!@%+=&*") + self.text(6) + self.text(1, "!@%+=&*") + self.text(2)

    def token(self, turn):
        """An opaque token, one in hex, or a JSON Web Token."""
        claims = json.dumps({"sub": self.text(8, string.digits), "jti": self.text(12)}).encode()
        jwt = ".".join([base64url(b'{"alg":"HS256","typ":"JWT"}'), base64url(claims), base64url(self.bytes(32))])
        return [self.text(40), self.bytes(32).hex(), jwt, base64url(self.bytes(36))][turn % 4]

    def github_token(self):
        body, check = self.text(30), ""
        crc = zlib.crc32(body.encode())
        digits = string.digits + string.ascii_uppercase + string.ascii_lowercase
        while crc or len(check) < 6:
            crc, digit = divmod(crc, 62)
            check = digits[digit] + check
        return "gh" + "p_" + body + check

    def seed(self, size):
        return base64.b32encode(self.bytes(size)).decode().rstrip("=")

    def prime(self, bits=512):
        def is_prime(value):
            odd, twos = value - 1, 0
            while odd % 2 == 0:
                odd, twos = odd // 2, twos + 1
            for _ in range(16):
                power = pow(self.random.randrange(2, value - 1), odd, value)
                if power not in (1, value - 1) and not any((power := pow(power, 2, value)) == value - 1 for _ in range(twos - 1)):
                    return False
            return True
        while True:
            value = self.random.getrandbits(bits) | 3 << bits - 2 | 1
            if all(value % small for small in range(3, 1000, 2)) and value % EXPONENT != 1 and is_prime(value):
                return value


def known(kind, value, written=None):
    return Known(kind, written or value, {value})


def json_web_keys(made):
    """Files of JWKs and JWKSs, on one line and indented, with `kty` first and last."""
    keys = RFC_KEYS + [rfc_rsa_key(RFC_7517_PRIMES), rfc_rsa_key(RFC_7520_PRIMES)]
    for _ in range(3):
        point = {"x": base64url(made.bytes(32)), "y": base64url(made.bytes(32))}
        keys.append({"kty": "EC", "crv": "P-256", **point, "d": base64url(made.bytes(32))})
        keys.append({"kty": "OKP", "crv": "Ed25519", "x": base64url(made.bytes(32)), "d": base64url(made.bytes(32))})
        keys.append({"kty": "oct", "k": base64url(made.bytes(64)), "alg": "HS512"})
        keys.append(rsa_key(made.prime(), made.prime()))
    for last in (False, True):
        ordered = [dict(sorted(key.items(), key=lambda item: item[0] == "kty")) if last else key for key in keys]
        for indent in (None, 2):
            name = f"{'last' if last else 'first'}-{'indented' if indent else 'one-line'}"
            private = [[known(f"{key['kty']} {member}", key[member]) for member in PRIVATE[key["kty"]]] for key in keys]
            for at, key in enumerate(ordered):
                yield f"jwk-{name}-{at}.json", json.dumps(key, indent=indent) + "\n", private[at]
            yield f"jwks-{name}.json", json.dumps({"keys": ordered}, indent=indent) + "\n", sum(private, [])


# The word S is the seed.
BASE32_FORMS = {
    "uri.txt": "otpauth://totp/Acme:jane?secret=S&issuer=Acme&digits=6\n",
    "uri-last.txt": "otpauth://hotp/Acme:jane?issuer=Acme&counter=1&secret=S\n",
    "uri.json": '{"account": "jane", "uri": "otpauth://totp/Acme:jane?secret=S&issuer=Acme"}\n',
    "uri.html": '<img data-uri="otpauth://totp/Acme:jane?issuer=Acme&amp;secret=S">\n',
    "totp.py": 'import pyotp\n\ntotp = pyotp.TOTP("S")\nprint(totp.now())\n',
    "named.py": 'code = pyotp.TOTP(s="S", interval=30).now()\n',
    "secret.py": 'secret = "S"\ncode = pyotp.HOTP(secret).at(0)\n',
    "decode.py": "key = base64.b32decode('S')\ncode = hotp(key, 1)\n",
    "call.js": 'const code = authenticator.generate("S");\n',
    "secret.js": 'const secret = "S";\nconst code = authenticator.generate(secret);\n',
    "speakeasy.js": "const code = speakeasy.totp({ secret: 'S', encoding: 'base32' });\n",
    "otpauth.js": 'const totp = new OTPAuth.TOTP({ issuer: "Acme", secret: OTPAuth.Secret.fromBase32("S") });\n',
    "generate.go": 'code, err := totp.GenerateCode("S", time.Now())\n',
    "validate.go": 'ok := totp.Validate(passcode, "S")\n',
    "rotp.rb": "totp = ROTP::TOTP.new('S', issuer: 'Acme')\n",
    "create.php": "<?php\n$otp = TOTP::createFromSecret('S');\n",
    "create-old.php": "<?php\n$otp = OTPHP\\TOTP::create('S', 30, 'sha1', 6);\n",
    "verify.php": "<?php\n$ok = $google2fa->verifyKey('S', $code);\n",
    "Decode.java": 'class Decode {\n  byte[] key = new Base32().decode("S");\n}\n',
    "Code.java": 'class Code {\n  int code = googleAuthenticator.getTotpPassword("S");\n}\n',
    "totp.env": "TOTP_SECRET=S\n",
    "mfa.env": "MFA_SEED=S\n",
    "otp.env": "export OTP_SECRET='S'\n",
    "2fa.env": "GITHUB_2FA_KEY=S\n",
    "seed.yaml": "mfa:\n  otp_seed: S\n",
    "totp.yaml": "totp:\n  issuer: Acme\n  secret: S\n",
    "mfa.yaml": 'login:\n  mfa_secret: "S"\n',
    "oathtool.sh": "oathtool --totp -b S\n",
}
HEX_FORMS = {
    "hex.py": 'code = totp(bytes.fromhex("S"))\n',
    "Hex.java": 'class Hex {\n  String seed = "S";\n  String code = TOTP.generateTOTP(seed, time, "8");\n}\n',
    "hex.env": "TOTP_SECRET_HEX=S\n",
    "hex.yaml": "otp:\n  seed_hex: S\n",
    "hex.sh": "oathtool --totp S\n",
    "hex.js": "const code = speakeasy.totp({ secret: 'S', encoding: 'hex' });\n",
}
ASCII_FORMS = {
    "ascii.py": 'code = hotp(b"S", 1)\n',
    "ascii.go": 'code := hotp.New([]byte("S"), 6).At(1)\n',
    "ascii.env": "HOTP_SECRET=S\n",
    "ascii.yaml": "hotp_seed: 'S'\n",
    "Ascii.java": 'class Ascii {\n  byte[] key = "S".getBytes();\n  String code = HOTP.generate(key, 1);\n}\n',
    "ascii.js": "const code = speakeasy.hotp({ secret: 'S', encoding: 'ascii' });\n",
}


def one_time_passwords(made):
    """The seeds of the RFCs and made-up ones in base32, in hex and as letters, in calls, settings and URIs."""
    base32 = lambda seed: base64.b32encode(seed).decode().rstrip("=")
    seeds = [("rfc", seed) for seed in RFC_SEEDS] + [("made", made.text(size).encode()) for size in (10, 20, 32)]
    for origin, seed in seeds:
        for encoding, encode, forms in ("base32", base32, BASE32_FORMS), ("hex", bytes.hex, HEX_FORMS), ("ASCII", bytes.decode, ASCII_FORMS):
            value = encode(seed if origin == "rfc" or encoding == "ASCII" else made.bytes(len(seed)))
            for name, form in forms.items():
                yield f"{origin}{len(seed)}-{name}", re.sub(r"\bS\b", value, form), [known(f"{origin} {encoding} {name}", value)]


COOKIES = ["sessionid", "JSESSIONID", "PHPSESSID", "connect.sid", "_orders_session", "auth_token"]
HEADERS = ["X-Api-Key", "X-Auth-Token", "apikey", "Ocp-Apim-Subscription-Key", "Private-Token", "X-Vault-Token"]
QUERIES = ["api_key", "access_token", "token", "apikey", "key", "client_secret"]
FORM = ["password", "client_secret", "refresh_token", "pass", "assertion_token", "passwd"]
HOST = "api.acme-orders.net"
LOGIN = f"https://{HOST}/oauth/token"
WHEN = "2025-03-04T10:12:13"


class Exchange:
    """A request with a token, a query and a cookie; and one with a login, a key and a form, whose answer has a cookie and a token."""

    def __init__(self, made, turn):
        lower = string.ascii_lowercase + string.digits
        self.bearer, self.answer, self.api, self.query = made.token(turn), made.token(turn + 1), made.text(32), made.text(40, "0123456789abcdef")
        self.password, self.form, self.session, self.fresh = made.password(), made.password(), made.text(32, lower), made.text(26)
        self.cookie, self.header, self.parameter, self.field = COOKIES[turn], HEADERS[turn], QUERIES[turn], FORM[turn]
        basic = base64.b64encode(f"jane:{self.password}".encode()).decode()
        self.parameters = [("page", "2"), (self.parameter, self.query)]
        self.url = f"https://{HOST}/v1/orders?{urllib.parse.urlencode(self.parameters)}"
        self.first = [("Host", HOST), ("Authorization", f"Bearer {self.bearer}"), ("Cookie", f"theme=dark; {self.cookie}={self.session}")]
        self.second = [("Authorization", f"Basic {basic}"), (self.header, self.api), ("Content-Type", "application/x-www-form-urlencoded")]
        self.plain = [("Content-Type", "application/json")]
        self.answered = [*self.plain, ("Set-Cookie", f"{self.cookie}={self.fresh}; Path=/; HttpOnly; SameSite=Lax")]
        self.fields = [("grant_type", "password"), ("username", "jane"), (self.field, self.form)]
        self.body = urllib.parse.urlencode(self.fields)
        self.result = json.dumps({"access_token": self.answer, "token_type": "bearer", "expires_in": 3600})
        self.values = {
            "bearer": known("Authorization: Bearer", self.bearer),
            "basic": Known("Authorization: Basic", basic, {basic, f"jane:{self.password}", self.password}),
            "api": known(f"header {self.header}", self.api),
            "query": known(f"query {self.parameter}", self.query),
            "form": known(f"form {self.field}", self.form, urllib.parse.quote_plus(self.form)),
            "cookie": known(f"Cookie: {self.cookie}", self.session),
            "set": known(f"Set-Cookie: {self.cookie}", self.fresh),
            "answer": known("access_token in the answer", self.answer),
        }

    def both(self):
        """Method, address, headers, body, headers of the answer and its body of the two requests."""
        return [("GET", self.url, self.first, "", self.plain, "[]"), ("POST", LOGIN, self.second, self.body, self.answered, self.result)]


def pairs(items, name="name"):
    return [{name: key, "value": value} for key, value in items]


def vcr(one, _):
    lines = ["---", "http_interactions:"]
    listed = lambda headers: [line for name, value in headers for line in (f"      {name}:", f"      - {value}")]
    for method, url, headers, sent, answered, got in one.both():
        lines += ["- request:", f"    method: {method.lower()}", f"    uri: {url}", "    body:", "      encoding: US-ASCII"]
        lines += [f"      string: '{sent}'", "    headers:", *listed(headers), "  response:", "    status:", "      code: 200"]
        lines += ["      message: OK", "    headers:", *listed(answered)]
        lines += ["    body:", "      encoding: UTF-8", f"      string: '{got}'", "  recorded_at: Tue, 04 Mar 2025 10:12:13 GMT"]
    return "\n".join([*lines, "recorded_with: VCR 6.2.0", ""])


def har(one, turn):
    entries = []
    for method, url, headers, sent, answered, got in one.both():
        request = {"method": method, "url": url, "httpVersion": "HTTP/1.1", "headers": pairs(headers), "queryString": [], "cookies": []}
        response = {"status": 200, "headers": pairs(answered), "cookies": [], "content": {"mimeType": "application/json", "text": got}}
        if sent:
            request["postData"] = {"mimeType": "application/x-www-form-urlencoded", "text": sent, "params": pairs(one.fields)}
            response["cookies"] = [{"name": one.cookie, "value": one.fresh, "httpOnly": True}]
        else:
            request["queryString"] = pairs(one.parameters)
        entries.append({"startedDateTime": f"{WHEN}.000Z", "time": 12, "request": request, "response": response})
    log = {"version": "1.2", "creator": {"name": "WebInspector", "version": "537.36"}, "entries": entries}
    return json.dumps({"log": log}, indent=2 if turn % 2 else None)


def postman(one, _):
    # Postman keeps values as people write them, not as they are sent.
    one.values["basic"] = known("auth.basic", one.password)
    one.values["form"] = known(one.values["form"].kind, one.form)
    bearer = {"type": "bearer", "bearer": pairs([("token", one.bearer)], "key")}
    basic = {"type": "basic", "basic": pairs([("password", one.password), ("username", "jane")], "key")}
    url = {"raw": one.url, "host": HOST.split("."), "path": ["v1", "orders"], "query": pairs(one.parameters, "key")}
    body = {"mode": "urlencoded", "urlencoded": pairs(one.fields, "key")}
    answer = {"name": "OK", "code": 200, "header": pairs(one.answered, "key"), "body": one.result}
    items = [
        {"name": "List", "request": {"method": "GET", "header": pairs(one.first[2:], "key"), "auth": bearer, "url": url}, "response": []},
        {"name": "Log in", "request": {"method": "POST", "header": pairs(one.second[1:], "key"), "body": body, "auth": basic, "url": LOGIN},
         "response": [answer]},
    ]
    info = {"name": "Orders", "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"}
    return json.dumps({"info": info, "item": items}, indent="\t")


def betamax(one, turn):
    many = lambda items: {name: [value] for name, value in items}
    tape = []
    for method, url, headers, sent, answered, got in one.both():
        request = {"body": {"encoding": "utf-8", "string": sent}, "headers": many(headers), "method": method, "uri": url}
        response = {"body": {"encoding": "UTF-8", "string": got}, "headers": many(answered), "status": {"code": 200, "message": "OK"}, "url": url}
        tape.append({"request": request, "response": response, "recorded_at": WHEN})
    return json.dumps({"http_interactions": tape, "recorded_with": "betamax/0.9.0"}, indent=1 if turn % 2 else None)


def dump(one, _):
    head = lambda items: "".join(f"{name}: {value}\r\n" for name, value in items) + "\r\n"
    text = ""
    for method, url, headers, sent, answered, got in one.both():
        text += f"{method} {url[len('https://' + HOST):]} HTTP/1.1\r\n{head(headers)}{sent}\r\n\r\nHTTP/1.1 200 OK\r\n{head(answered)}{got}\r\n\r\n"
    return text


def recorded_http(made):
    forms = [("vcr-{}.yml", vcr), ("har-{}.har", har), ("orders-{}.postman_collection.json", postman)]
    forms += [("betamax-{}.json", betamax), ("dump-{}.txt", dump)]
    for turn in range(6):
        for name, form in forms:
            one = Exchange(made, turn)
            text = form(one, turn)
            yield name.format(turn), text, one.values.values()


def notebooks(made):
    """Code with assignments, calls and magics, and outputs with tokens."""
    for turn in range(6):
        v, p = [made.token(turn + at) for at in range(12)], [made.password() for _ in range(3)]
        quoted = urllib.parse.quote(p[1], safe="")
        sources = [
            ("assignment", v[0], f'api_key = "{v[0]}"'),
            ("keyword argument", v[1], f"client = Client(url, token='{v[1]}')"),
            ("os.environ", v[2], f'os.environ["AUTH_TOKEN"] = "{v[2]}"'),
            ("%env with =", v[3], f"%env SERVICE_TOKEN={v[3]}"),
            ("%env with a space", v[4], f"%env API_KEY {v[4]}"),
            ("%set_env", v[5], f"%set_env SECRET_KEY={v[5]}"),
            ("header", v[6], f'headers = {{"Authorization": "Bearer {v[6]}"}}'),
            ("shell escape", v[7], f'!curl -H "X-Api-Key: {v[7]}" https://{HOST}/v1'),
            ("connect", p[0], f"conn = connect(host='db1', user='app', password='{p[0]}')"),
            ("%sql", p[1], f"%sql postgresql://app:{quoted}@db1.acme-orders.net/orders"),
            ("dictionary", p[2], f'config = {{\n    "user": "app",\n    "password": "{p[2]}",\n}}'),
        ]
        stream = lambda *lines: {"output_type": "stream", "name": "stdout", "text": list(lines)}
        outputs = [
            ("output: line", v[8], stream(f"session_token={v[8]}\n")),
            ("output: JSON", v[9], stream("{\n", f'  "access_token": "{v[9]}",\n', '  "token_type": "bearer"\n', "}\n")),
            ("output: result", v[10], {"output_type": "execute_result", "data": {"text/plain": [f"{{'id': 7, 'api_key': '{v[10]}'}}"]}}),
            ("output: error", v[11], {"output_type": "error", "ename": "Refused", "traceback": [f"\u001b[0;31mRefused\u001b[0m: Bearer {v[11]}"]}),
        ]
        cell = lambda source, outputs: {"cell_type": "code", "metadata": {}, "outputs": outputs, "source": source.splitlines(True)}
        cells = [cell(source, []) for _, _, source in sources] + [cell("show()", [output]) for _, _, output in outputs]
        text = json.dumps({"cells": cells, "metadata": {"language_info": {"name": "python"}}, "nbformat": 4, "nbformat_minor": 5}, indent=1)
        yield f"orders-{turn}.ipynb", text + "\n", [known(kind, value, quoted if value == p[1] else None) for kind, value, _ in sources + outputs]


def terraform_states(made):
    """States of version 4: attributes of resources, and sensitive outputs."""
    for turn in range(6):
        p = [made.password() for _ in range(8)]
        key, storage, access = pem(made.prime(), made.prime()), base64.b64encode(made.bytes(64)).decode(), made.text(40)
        token, api, identity = made.github_token(), made.token(turn), "AK" + "IA" + made.text(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
        items = [
            ("aws_db_instance", p[0], {"address": "db1.acme-orders.net", "username": "app", "password": p[0], "port": 5432, "engine": "postgres"}),
            ("random_password", p[1], {"id": "none", "length": 16, "result": p[1], "special": True, "keepers": None}),
            ("tls_private_key", key, {"algorithm": "RSA", "rsa_bits": 1024, "private_key_pem": key}),
            ("github_actions_secret", token, {"repository": "orders", "secret_name": "DEPLOY", "plaintext_value": token}),
            ("aws_iam_access_key", access, {"user": "deploy", "id": identity, "status": "Active", "secret": access}),
            ("azurerm_storage_account", storage, {"name": "orders", "primary_access_key": storage}),
            ("aws_ssm_parameter", api, {"name": "/orders/token", "type": "SecureString", "value": api}),
            ("aws_secretsmanager_secret_version", p[2], {"secret_string": json.dumps({"username": "app", "password": p[2]})}),
            ("kubernetes_secret", p[3], {"metadata": [{"name": "orders"}], "data": {"DB_PASSWORD": p[3]}, "type": "Opaque"}),
            ("mysql_user", p[4], {"user": "app", "host": "%", "plaintext_password": p[4]}),
            ("helm_release", p[5], {"name": "orders", "set_sensitive": [{"name": "auth.password", "type": "", "value": p[5]}]}),
        ]
        provider = lambda kind: f'provider["registry.terraform.io/hashicorp/{kind.split("_")[0]}"]'
        resources = [
            {"mode": "managed", "type": kind, "name": "orders", "provider": provider(kind),
             "instances": [{"schema_version": 1, "attributes": attributes, "sensitive_attributes": []}]}
            for kind, _, attributes in items
        ]
        login = {"value": {"user": "app", "password": p[7]}, "type": ["object", {"user": "string", "password": "string"}], "sensitive": True}
        outputs = {"db_password": {"value": p[6], "type": "string", "sensitive": True}, "login": login}
        state = {"version": 4, "terraform_version": "1.9.2", "serial": 12, "outputs": outputs, "resources": resources, "check_results": None}
        values = [known(kind, value, json.dumps(value)[1:-1]) for kind, value, _ in items]
        yield f"orders-{turn}.tfstate", json.dumps(state, indent=2) + "\n", [*values, known("output", p[6]), known("output, an object", p[7])]


CORPORA = [("JSON Web Keys", json_web_keys), ("one-time passwords", one_time_passwords), ("recorded HTTP", recorded_http), ("notebooks", notebooks),
           ("states of Terraform", terraform_states)]
