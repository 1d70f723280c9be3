"""Packs and indexes that are truncated, or contain false statements (docs/security.md, section 6)."""

import os
import struct

from hostile_builder import Distance, Raw, commit_folder, copy, delta, insert, made_up_id, object_id, pack_data, pack_index, run_git, write
from hostile_cases.case_registry import CASES, HostileCase, case, line


def damaged(name, spoil, says="unreadable"):
    def build(folder, victim, factor):
        for n in range(20):
            write(f"{folder}/f{n}.py", line(n) * 20)
        commit_folder(folder)
        run_git(folder, "repack", "-adq")
        packs = f"{folder}/.git/objects/pack"
        pack, index = (next(f"{packs}/{file}" for file in os.listdir(packs) if file.endswith(end)) for end in (".pack", ".idx"))
        for file in (pack, index):
            os.chmod(file, 0o600)
        spoil(pack, index)

    CASES.append(HostileCase(6, name, says, build))


def patch(file, start, data):
    with open(file, "r+b") as out:
        out.seek(start)
        out.write(data)


damaged("cut-pack", lambda pack, index: os.truncate(pack, os.path.getsize(pack) // 2))
damaged("empty-pack", lambda pack, index: os.truncate(pack, 0))
# The pack is whole, and is read without its index.
damaged("cut-index", lambda pack, index: os.truncate(index, 700), "of 20 secrets")
damaged("fan-out-beyond-the-end", lambda pack, index: patch(index, 8, b"\xff" * 1024), "of 20 secrets")
damaged("offsets-beyond-the-end", lambda pack, index: patch(index, os.path.getsize(index) - 48, b"\x7f" * 8), "of 20 secrets")
damaged("spoilt-streams", lambda pack, index: patch(pack, 40, b"\x00\xff" * 40))


@case(6, "unreadable")
def copies_outside_of_the_base(folder, victim, factor):
    base = line(15)
    entries = [(object_id("blob", base), "blob", base)]
    entries += [(made_up_id(1), 0, delta(len(base), 100, copy(1 << 30, 100)))]
    entries += [(made_up_id(2), 0, b""), (made_up_id(3), 0, b"\xff" * 30)]
    raw = Raw(folder)
    raw.pack("pack-1", entries)
    raw.main(*[("100644", f"f{n}", made_up_id(n)) for n in (1, 2, 3)])


def changed_pack(change, says="unreadable"):
    """A case of a pack and an index that a function of their entries makes."""

    def build(folder, victim, factor):
        raw = Raw(folder)
        texts = [line(n) * 20 for n in range(20)]
        entries = [(object_id("blob", text), "blob", text) for text in texts]
        raw.pack_files("pack-1", *change(entries))
        raw.main(*[("100644", f"f{n}.py", entry[0]) for n, entry in enumerate(entries)])

    CASES.append(HostileCase(6, change.__name__.replace("_", "-"), says, build))


def pack_that_counts_too_many(entries):
    data, rows = pack_data(entries, count=0xFFFFFFFF)
    return data, pack_index(rows, data[-20:])


def pack_that_counts_none(entries):
    data, rows = pack_data(entries, count=0)
    return data, pack_index(rows, data[-20:])


def bytes_behind_the_pack(entries):
    data, rows = pack_data(entries)
    return data + b"x" * 100_000, pack_index(rows, data[-20:])


def index_of_another_pack(entries):
    data, rows = pack_data(entries)
    return data, pack_index(rows, bytes(20))


def index_with_large_offsets_that_overflow(entries):
    data, rows = pack_data(entries)
    large = [0xFFFFFFFFFFFFFFFF - n for n in range(20)]
    rows = [(row[0], 0x80000000 | n, row[2]) for n, row in enumerate(rows)]
    return data, pack_index(rows, data[-20:], large)


def index_with_large_offsets_that_are_missing(entries):
    data, rows = pack_data(entries)
    return data, pack_index([(row[0], 0xFFFFFFFF - n, row[2]) for n, row in enumerate(rows)], data[-20:])


def index_with_one_start_for_all(entries):
    data, rows = pack_data(entries)
    return data, pack_index([(row[0], rows[0][1], row[2]) for row in rows], data[-20:])


def index_with_starts_within_entries(entries):
    data, rows = pack_data(entries)
    return data, pack_index([(row[0], row[1] + 3, row[2]) for row in rows], data[-20:])


def index_with_one_id_for_all(entries):
    data, rows = pack_data(entries)
    return data, pack_index([(rows[0][0], row[1], row[2]) for row in rows], data[-20:])


def index_whose_fan_out_falls(entries):
    data, rows = pack_data(entries)
    index = bytearray(pack_index(rows, data[-20:]))
    index[8 : 8 + 1020] = b"".join(struct.pack(">I", 20 if n % 2 else 0) for n in range(255))
    return data, bytes(index)


def index_of_an_unknown_version(entries):
    data, rows = pack_data(entries)
    return data, pack_index(rows, data[-20:]).replace(b"\xfftOc\0\0\0\2", b"\xfftOc\0\0\0\7")


def delta_of_itself(entries):
    stream = delta(100, 100, copy(0, 100))
    changed = [*entries[:10], *[(entry[0], Distance(0), stream) for entry in entries[10:]]]
    data, rows = pack_data(changed)
    return data, pack_index(rows, data[-20:])


def delta_of_what_is_before_the_pack(entries):
    stream = delta(100, 100, copy(0, 100))
    changed = [*entries[:10], *[(entry[0], Distance(1 << 40 + n), stream) for n, entry in enumerate(entries[10:])]]
    data, rows = pack_data(changed)
    return data, pack_index(rows, data[-20:])


def deltas_in_a_circle(entries):
    stream = delta(100, 100, copy(0, 100))
    changed = [(entry[0], entries[(n + 1) % 20][0], stream) for n, entry in enumerate(entries)]
    data, rows = pack_data(changed)
    return data, pack_index(rows, data[-20:])


def deltas_of_missing_objects(entries):
    stream = delta(100, 100, copy(0, 100))
    data, rows = pack_data([(entry[0], made_up_id(n), stream) for n, entry in enumerate(entries)])
    return data, pack_index(rows, data[-20:])


def declared_sizes_that_lie(entries):
    claims = [0, 1, 399, 401, 1 << 31, 1 << 32, 1 << 40, 1 << 63]
    data, rows = pack_data([(*entry, claims[n % len(claims)]) for n, entry in enumerate(entries)])
    return data, pack_index(rows, data[-20:])


def sizes_in_very_many_bytes(entries):
    data, rows = pack_data([(*entry, 1 << 5_000) for entry in entries])
    return data, pack_index(rows, data[-20:])


def deltas_that_lie_about_sizes(entries):
    base = entries[0][2]
    streams = [
        delta(len(base), 1 << 40, copy(0, len(base))),
        delta(1 << 40, len(base), copy(0, len(base))),
        delta(len(base), 0, copy(0, len(base))),
        delta(len(base), 10, insert(b"x" * 100)),
        delta(len(base), 1 << 62, *[copy(0, len(base))] * 100),
        delta(1 << 70, 1 << 70),
        b"\x80" * 1_000,
        delta(len(base), 5, b"\0\0\0\0\0"),
    ]
    data, rows = pack_data([entries[0], *[(entry[0], 0, streams[n % 8]) for n, entry in enumerate(entries[1:])]])
    return data, pack_index(rows, data[-20:])


for change in (pack_that_counts_too_many, pack_that_counts_none, bytes_behind_the_pack, index_of_another_pack):
    changed_pack(change, None)
for change in (index_with_large_offsets_that_overflow, index_with_large_offsets_that_are_missing):
    changed_pack(change, None)
for change in (index_with_one_start_for_all, index_with_starts_within_entries, index_with_one_id_for_all):
    changed_pack(change, None)
for change in (index_whose_fan_out_falls, index_of_an_unknown_version):
    changed_pack(change, None)
for change in (delta_of_itself, delta_of_what_is_before_the_pack, deltas_in_a_circle, deltas_of_missing_objects):
    changed_pack(change)
for change in (declared_sizes_that_lie, sizes_in_very_many_bytes, deltas_that_lie_about_sizes):
    changed_pack(change)


@case(6)
def many_small_packs(folder, victim, factor):
    raw, rows = Raw(folder), []
    for n in range(300 * factor):
        text = line(n % 20) + b"# %d\n" % n
        raw.pack(f"pack-{n}", [(object_id("blob", text), "blob", text)])
        rows.append(("100644", f"f{n:05}.py", object_id("blob", text)))
    raw.main(*rows)


@case(6)
def one_pack_many_times(folder, victim, factor):
    raw = Raw(folder)
    texts = [line(n) for n in range(500)]
    for n in range(30 * factor):
        raw.pack(f"pack-{n}", [(object_id("blob", text), "blob", text) for text in texts])
    raw.main(*[("100644", f"f{n}.py", object_id("blob", text)) for n, text in enumerate(texts)])


@case(6, "unreadable")
def packs_without_an_index(folder, victim, factor):
    raw, rows = Raw(folder), []
    for n in range(20 * factor):
        texts = [line(n * 10 + m) for m in range(10)]
        data, _ = pack_data([(object_id("blob", text), "blob", text) for text in texts])
        data = data if n % 2 else data[:-30]
        raw.file(f"objects/pack/pack-{n}.pack", data)
        rows.append(("100644", f"f{n}.py", object_id("blob", texts[0])))
    raw.main(*rows)


@case(6)
def files_beside_the_packs(folder, victim, factor):
    raw = Raw(folder)
    text = line(1)
    raw.pack("pack-1", [(object_id("blob", text), "blob", text)])
    for end in ("rev", "bitmap", "mtimes", "keep", "promisor"):
        raw.file(f"objects/pack/pack-1.{end}", bytes(range(256)) * 4_000)
    for name in ("pack/multi-pack-index", "info/commit-graph", "info/commit-graphs/commit-graph-chain", "info/packs"):
        raw.file(f"objects/{name}", bytes(range(256)) * 4_000)
    raw.file("objects/pack/tmp_pack_x", b"PACK" + b"\0" * 4_000)
    raw.file("objects/pack/\x1b[2Jpack-2.idx", b"\xfftOc" + b"\0" * 4_000)
    raw.main(("100644", "a.py", object_id("blob", text)))
