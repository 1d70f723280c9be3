"""Writes git repositories that git would not write: objects under any id, deltas of any content, packs of any entries.

It uses no code of Keyferry. The ids are those of SHA-1.
"""

import hashlib
import os
import struct
import subprocess
import zlib

KINDS = {"commit": 1, "tree": 2, "blob": 3, "tag": 4}


def object_id(kind, data):
    return hashlib.sha1(b"%s %d\0" % (kind.encode(), len(data)) + data).digest()


def made_up_id(number):
    return hashlib.sha1(b"made up %d" % number).digest()


def write(path, data=b""):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data.encode() if isinstance(data, str) else data)


def run_git(folder, *arguments):
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": folder,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "A",
        "GIT_AUTHOR_EMAIL": "a@example.com",
        "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
        "GIT_COMMITTER_NAME": "A",
        "GIT_COMMITTER_EMAIL": "a@example.com",
        "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
    }
    subprocess.run(["git", "-C", folder, *arguments], env=environment, check=True, capture_output=True)


def commit_folder(folder, remote=None, force=True):
    """Makes a folder a repository with one commit of all of its files."""
    run_git(folder, "init", "-q", "-b", "main")
    if remote:
        run_git(folder, "config", "remote.origin.url", remote)
    run_git(folder, "add", "-A", *(["-f"] if force else []))
    run_git(folder, "commit", "-q", "--allow-empty", "-m", "first")


def delta_size(size):
    out = bytearray()
    while True:
        byte, size = size & 0x7F, size >> 7
        out.append(byte | (0x80 if size else 0))
        if not size:
            return bytes(out)


def delta(base_size, result_size, *instructions):
    return delta_size(base_size) + delta_size(result_size) + b"".join(instructions)


def copy(offset, length):
    """Instructions that copy a range of the base."""
    out = bytearray()
    while length:
        part = min(length, 0xFFFFFF)
        out += b"\xff" + struct.pack("<I", offset) + struct.pack("<I", part)[:3]
        offset, length = offset + part, length - part
    return bytes(out)


def insert(data):
    """Instructions that insert bytes."""
    parts = (data[at : at + 127] for at in range(0, len(data), 127))
    return b"".join(bytes([len(part)]) + part for part in parts)


def tree(*entries):
    """The bytes of a tree of entries (mode, name, id), in the given order."""
    rows = (b"%s %s\0%s" % (mode.encode(), os.fsencode(name), identity) for mode, name, identity in entries)
    return b"".join(rows)


def commit(tree_id, parents=(), message=b"m", time=1_700_000_000):
    lines = [b"tree " + tree_id.hex().encode()]
    lines += [b"parent " + parent.hex().encode() for parent in parents]
    who = b"A <a@example.com> %d +0000" % time
    return b"\n".join([*lines, b"author " + who, b"committer " + who, b"", message, b""])


class Distance(int):
    """The base of a delta, as the distance from its entry."""


def entry_header(kind, size):
    out, size = [kind << 4 | size & 15], size >> 4
    while size:
        out[-1] |= 0x80
        out.append(size & 0x7F)
        size >>= 7
    return bytes(out)


def entry_distance(distance):
    out = [distance & 0x7F]
    while distance > 0x7F:
        distance = (distance >> 7) - 1
        out.insert(0, 0x80 | distance & 0x7F)
    return bytes(out)


def pack_data(entries, count=None):
    """A pack, and the rows of its index. Entries are (id, kind, bytes) or (id, base, delta), where the base is the number of
    an entry, a `Distance` or an id; a fourth member is the size that the header claims."""
    data = bytearray(b"PACK" + struct.pack(">II", 2, len(entries) if count is None else count))
    starts, rows = [], []
    for identity, base, stream, *claimed in entries:
        start = len(data)
        size = claimed[0] if claimed else len(stream)
        if isinstance(base, str):
            data += entry_header(KINDS[base], size)
        elif isinstance(base, int):
            data += entry_header(6, size)
            data += entry_distance(base if isinstance(base, Distance) else start - starts[base])
        else:
            data += entry_header(7, size) + base
        data += zlib.compress(stream, 6)
        starts.append(start)
        rows.append((identity, start, zlib.crc32(data[start:])))
    return bytes(data) + hashlib.sha1(data).digest(), rows


def pack_index(rows, trailer, large=()):
    """An index of version 2 of rows (id, start, checksum). `large` is the table of 64-bit offsets."""
    rows = sorted(rows)
    counts = [0] * 256
    for row in rows:
        counts[row[0][0]] += 1
    index = bytearray(b"\xfftOc" + struct.pack(">I", 2))
    sum_so_far = 0
    for count in counts:
        sum_so_far += count
        index += struct.pack(">I", sum_so_far)
    index += b"".join(row[0] for row in rows)
    index += b"".join(struct.pack(">I", row[2]) for row in rows)
    index += b"".join(struct.pack(">I", row[1]) for row in rows)
    index += b"".join(struct.pack(">Q", offset) for offset in large)
    index += trailer
    return bytes(index) + hashlib.sha1(index).digest()


class Raw:
    """A repository, given by its git directory."""

    def __init__(self, folder, bare=False):
        self.git = folder if bare else os.path.join(folder, ".git")
        for part in ("objects/info", "objects/pack", "refs/heads", "refs/tags"):
            os.makedirs(os.path.join(self.git, part), exist_ok=True)
        self.file("HEAD", "ref: refs/heads/main\n")
        kind = "true" if bare else "false"
        self.file("config", f"[core]\n\trepositoryformatversion = 0\n\tbare = {kind}\n")

    def file(self, path, data=b""):
        write(os.path.join(self.git, path), data)

    def reference(self, name, identity):
        self.file(name, identity.hex() + "\n")

    def loose(self, kind, data, identity=None):
        """Writes a loose object, under its true id unless another one is given."""
        identity = identity or object_id(kind, data)
        name = identity.hex()
        content = b"%s %d\0" % (kind.encode(), len(data)) + data
        self.file(f"objects/{name[:2]}/{name[2:]}", zlib.compress(content, 1))
        return identity

    def main(self, *entries, message=b"m"):
        """Points the main branch to a commit of a tree of these entries."""
        head = self.loose("commit", commit(self.loose("tree", tree(*entries)), message=message))
        self.reference("refs/heads/main", head)
        return head

    def pack(self, name, entries):
        """Writes a pack and its index, see `pack_data`."""
        data, rows = pack_data(entries)
        self.pack_files(name, data, pack_index(rows, data[-20:]))

    def pack_files(self, name, data, index):
        self.file(f"objects/pack/{name}.pack", data)
        self.file(f"objects/pack/{name}.idx", index)
