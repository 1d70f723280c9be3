"""Random values that look like passwords.

The filters of the detection reject values with two spaces as sentences, and values with most controls as binary. Such values
are left out: here only the reading is tested.
"""

import string

SYMBOLS = string.punctuation
QUOTES = "\"'`\\"
EXPANDED = "$#%{}()@&<>!~^:;=,[]*?|/+-. "
LETTERS = "éßøñżДЖщλΩשעربتいろ日本語한글"
EMOJI = "😀🔑🦀👩🏽"
CONTROLS = "\t\r\x7f\x85\u2028"
# One of them for each kind of value.
ALPHABETS = [SYMBOLS, QUOTES, EXPANDED, "", "", LETTERS, EMOJI, CONTROLS, QUOTES + "$#%\n\t "]


def core(random):
    """Letters and digits, of both cases."""
    while True:
        text = "".join(random.choices(string.ascii_letters + string.digits, k=random.randint(14, 22)))
        if all(any(check(character) for character in text) for check in (str.islower, str.isupper, str.isdigit)):
            return text


def mixed(random, alphabet):
    """A core with some characters of the alphabet at random places, seldom at the ends."""
    text = core(random)
    for character in random.choices(alphabet, k=random.randint(1, 6)):
        at = random.randint(0 if random.random() < 0.15 else 1, len(text))
        text = text[:at] + character + text[at:]
    return text


def lines(random):
    """Several lines, some of them indented or empty, with or without a final line end."""
    parts = [random.choice(["", " ", "\t", ""]) + mixed(random, SYMBOLS) for _ in range(random.randint(2, 4))]
    parts[0] = parts[0].strip()
    if random.random() < 0.3:
        parts.insert(1, "")
    return "\n".join(parts) + random.choice(["", "\n", "\n\n"])


def spaced(random):
    """A core with white space around it or in it."""
    first, second = core(random)[:8], core(random)
    return random.choice([f" {first}{second}", f"{first}{second} ", f"{first} {second}", f"{first}{second}\t", f"{first} {second}\t"])


def every_kind(random):
    """Values of every kind, one after the other, without end."""
    while True:
        yield core(random)
        for kind, alphabet in enumerate(ALPHABETS):
            if kind == 3:
                yield lines(random)
            elif kind == 4:
                yield spaced(random)
            else:
                yield mixed(random, alphabet)


def values(random):
    return (value for value in every_kind(random) if value.count(" ") < 2)
