"""Few bytes that become many (docs/security.md, section 3)."""

from hostile_builder import Raw, commit, commit_folder, copy, delta, made_up_id, object_id, tree, write
from hostile_cases.case_registry import case, line, secret


@case(3, "cut off|unreadable")
def delta_bomb_of_secret_lines(folder, victim, factor):
    base = b"".join(b"password: %s\n" % secret(n).encode() for n in range(200))
    entries = [(object_id("blob", base), "blob", base)]
    size = len(base)
    for level in range(20):
        # Each link is twice the one before.
        entries.append((made_up_id(level), level, delta(size, 2 * size, copy(0, size), copy(0, size))))
        size *= 2
    raw = Raw(folder)
    raw.pack("pack-1", entries)
    raw.main(("100644", "a.yaml", made_up_id(19)))


@case(3, "cut off")
def file_of_short_secret_lines(folder, victim, factor):
    data = b"".join(b"password=%s\n" % secret(n).encode() for n in range(60_000 * factor))
    write(f"{folder}/a.properties", data)
    commit_folder(folder)


@case(3, "cut off|unreadable")
def tree_bomb(folder, victim, factor):
    raw = Raw(folder)
    mode, identity = "100644", raw.loose("blob", line(4))
    for level in range(40):
        names = ["a", "b", "c"]
        identity = raw.loose("tree", tree(*[(mode, name, identity) for name in names]))
        mode = "40000"
    raw.main(("40000", "top", identity))


@case(3, "cut off|unreadable")
def inflating_bomb(folder, victim, factor):
    raw = Raw(folder)
    zeros = bytes(60 << 20)
    entries = [(made_up_id(n), "blob", zeros) for n in range(1)]
    packed = [(made_up_id(100 + n), 0, delta(len(zeros), len(zeros), copy(0, len(zeros)))) for n in range(100 * factor)]
    raw.pack("pack-1", entries + packed)
    raw.main(*[("100644", f"f{n}", made_up_id(100 + n)) for n in range(100 * factor)])


@case(3)
def claimed_sizes(folder, victim, factor):
    raw = Raw(folder)
    text = line(5)
    entries = [(made_up_id(n), "blob", text, size) for n, size in enumerate((0, 5, 1 << 40, 1 << 62))]
    entries.append((made_up_id(9), 0, delta(1 << 50, 1 << 60, copy(0, 100))))
    raw.pack("pack-1", entries)
    raw.main(*[("100644", f"f{n}", made_up_id(n)) for n in (0, 1, 2, 3, 9)])


@case(3, "cut off|unreadable")
def one_secret_in_many_files(folder, victim, factor):
    raw = Raw(folder)
    blob = raw.loose("blob", line(7))
    raw.main(*[("100644", f"f{n:06}", blob) for n in range(20_000 * factor)])


@case(3, "cut off|unreadable")
def wide_tree_bomb(folder, victim, factor):
    """Each tree names the one below it a thousand times."""
    raw = Raw(folder)
    mode, identity = "100644", raw.loose("blob", line(4))
    for _ in range(10):
        identity, mode = raw.loose("tree", tree(*[(mode, f"{n:04}", identity) for n in range(1_000)])), "40000"
    raw.main(("40000", "top", identity))


@case(3)
def tree_bomb_without_secrets(folder, victim, factor):
    raw = Raw(folder)
    mode, identity = "100644", raw.loose("blob", b"nothing\n")
    for level in range(40):
        identity = raw.loose("tree", tree(*[(mode, f"{name}{level}", identity) for name in "abcdef"]))
        mode = "40000"
    raw.main(("40000", "top", identity))


@case(3)
def tree_bomb_in_each_commit(folder, victim, factor):
    """The trees of all commits differ in one file, far below."""
    raw, entries, parents = Raw(folder), [], []
    for n in range(30 * factor):
        entries.append((object_id("blob", line(n)), "blob", line(n)))
        mode, identity = "100644", entries[-1][0]
        for _ in range(20):
            data = tree(*[(mode, name, identity) for name in "ab"])
            identity, mode = object_id("tree", data), "40000"
            entries.append((identity, "tree", data))
        data = commit(identity, parents)
        parents = [object_id("commit", data)]
        entries.append((parents[0], "commit", data))
    raw.pack("pack-1", entries)
    raw.reference("refs/heads/main", parents[0])


@case(3, "cut off|unreadable")
def tree_of_a_delta_bomb(folder, victim, factor):
    """One tree of very many entries, as a delta of copies."""
    raw = Raw(folder)
    blob = line(1)
    base = tree(*[("100644", f"f{n:03}.py", object_id("blob", blob)) for n in range(100)])
    entries = [(object_id("blob", blob), "blob", blob), (object_id("tree", base), "tree", base)]
    size = len(base)
    for level in range(16):
        entries.append((made_up_id(level), level + 1, delta(size, 2 * size, copy(0, size), copy(0, size))))
        size *= 2
    raw.pack("pack-1", entries)
    raw.reference("refs/heads/main", raw.loose("commit", commit(made_up_id(15))))


@case(3, "cut off|unreadable")
def commit_of_a_delta_bomb(folder, victim, factor):
    """One message of very many secrets, and one list of very many parents."""
    raw = Raw(folder)
    root = raw.loose("tree", tree(("100644", "a.py", raw.loose("blob", line(1)))))
    message = commit(root, message=b"".join(line(n) for n in range(100)))
    parents = commit(root, [made_up_id(n) for n in range(100)])
    entries = [(object_id("commit", message), "commit", message), (object_id("commit", parents), "commit", parents)]
    for base, (data, start) in enumerate(((message, message.index(b"db_")), (parents, parents.index(b"parent")))):
        end = len(data) if base == 0 else parents.index(b"author")
        steps = [copy(0, end), *[copy(start, end - start)] * 20_000, copy(end, len(data) - end)]
        entries.append((made_up_id(base), base, delta(len(data), len(data) + 20_000 * (end - start), *steps)))
    raw.pack("pack-1", entries)
    raw.reference("refs/heads/main", made_up_id(0))
    raw.reference("refs/heads/x", made_up_id(1))


@case(3, "cut off|unreadable", is_short=False)
def many_bombs_of_one_base(folder, victim, factor):
    """Not in the short form: it costs most of the CPU seconds that the limit allows, so the load of the machine may decide."""
    raw = Raw(folder)
    base = b"".join(line(n) for n in range(1_000))
    entries = [(object_id("blob", base), "blob", base)]
    for n in range(300 * factor):
        steps = [copy(n, len(base) - n)] * 40
        entries.append((made_up_id(n), 0, delta(len(base), 40 * (len(base) - n), *steps)))
    raw.pack("pack-1", entries)
    raw.main(*[("100644", f"f{n:05}.py", made_up_id(n)) for n in range(300 * factor)])


@case(3, "cut off|unreadable")
def inflating_secrets(folder, victim, factor):
    """Few bytes of deflate that become many equal lines."""
    raw = Raw(folder)
    entries = [(made_up_id(n), "blob", line(n) * 400_000) for n in range(4 * factor)]
    raw.pack("pack-1", entries)
    raw.main(*[("100644", f"f{n}.py", made_up_id(n)) for n in range(4 * factor)])


@case(3, "cut off|unreadable")
def inflating_loose_objects(folder, victim, factor):
    raw = Raw(folder)
    raw.main(*[("100644", f"f{n}.py", raw.loose("blob", line(n) * 400_000)) for n in range(4 * factor)])


@case(3, "cut off")
def many_secrets_under_many_names(folder, victim, factor):
    """As many rows as values times names."""
    raw = Raw(folder)
    blob = raw.loose("blob", b"".join(line(n) for n in range(5_000)))
    raw.main(*[("100644", f"f{n:05}.py", blob) for n in range(2_000 * factor)])


@case(3)
def very_many_secrets(folder, victim, factor):
    raw, rows = Raw(folder), []
    entries = []
    for n in range(300 * factor):
        text = b"".join(line(1_000 * n + m) for m in range(60))
        entries.append((object_id("blob", text), "blob", text))
        rows.append(("100644", f"f{n:05}.py", entries[-1][0]))
    raw.pack("pack-1", entries)
    raw.main(*rows)


@case(3)
def one_secret_in_every_message(folder, victim, factor):
    raw, entries, parents = Raw(folder), [], []
    root = tree(("100644", "a.py", object_id("blob", line(1))))
    entries += [(object_id("blob", line(1)), "blob", line(1)), (object_id("tree", root), "tree", root)]
    for n in range(12_000 * factor):
        data = commit(object_id("tree", root), parents, line(n % 3) + b"%d\n" % n)
        parents = [object_id("commit", data)]
        entries.append((parents[0], "commit", data))
    raw.pack("pack-1", entries)
    raw.reference("refs/heads/main", parents[0])


@case(3)
def one_line_of_fifty_megabytes(folder, victim, factor):
    part = b'{"id":12345,"name":"a b c","tags":["x","y"],"password":null},'
    write(f"{folder}/a.json", b"[" + part * (6_000_000 * factor // len(part)) + b"1]")
    commit_folder(folder)


@case(3)
def long_names_of_everything(folder, victim, factor):
    """Names that each row of a report repeats."""
    raw = Raw(folder)
    names = [f"{n:04}" + "n" * 4_000 for n in range(500 * factor)]
    rows = [("100644", name + ".py", raw.loose("blob", line(1) * 20)) for name in names]
    head = raw.main(*rows)
    data = commit(made_up_id(1), [head]).replace(b"A <a@", b"A" * 500_000 + b" <a@")
    raw.reference("refs/heads/x", raw.loose("commit", data))
    raw.file("packed-refs", "".join(f"{head.hex()} refs/heads/{n:04}{'b' * 2_000}\n" for n in range(500 * factor)))


@case(3, "cut off|unreadable")
def one_long_author_of_many_secrets(folder, victim, factor):
    """Names that compress well, and that each row of a report repeats."""
    raw = Raw(folder)
    root = raw.loose("tree", tree(("100644", "a.py", raw.loose("blob", b"".join(line(n) for n in range(12_000))))))
    data = commit(root).replace(b"A <a@", b"A" * 1_000_000 + b" <a@")
    raw.reference("refs/heads/main", raw.loose("commit", data))


@case(3)
def many_long_refs_of_many_secrets(folder, victim, factor):
    raw = Raw(folder)
    head = raw.main(("100644", "a.py", raw.loose("blob", b"".join(line(n) for n in range(9_000)))))
    raw.file("packed-refs", "".join(f"{head.hex()} refs/heads/{n}{'b' * 60_000}\n" for n in range(10 * factor)))


@case(3, "cut off", is_short=False)
def one_long_path_of_many_secrets(folder, victim, factor):
    """Not in the short form, see [`many_bombs_of_one_base`]."""
    raw = Raw(folder)
    blob = raw.loose("blob", b"".join(line(n) for n in range(9_000)))
    raw.main(*[("100644", "n" * 60_000 + f"{n:04}.py", blob) for n in range(20 * factor)])
