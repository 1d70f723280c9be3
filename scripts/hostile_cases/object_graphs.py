"""Histories, chains of deltas and trees whose walk costs more than their bytes (docs/security.md, section 4)."""

from hostile_builder import Raw, commit, commit_folder, copy, delta, insert, made_up_id, object_id, tree, write
from hostile_cases.case_registry import VICTIM_REMOTE, case, line, plain


@case(4)
def long_chain_with_a_secret_in_each_link(folder, victim, factor):
    base = b"first\n"
    entries, size = [(object_id("blob", base), "blob", base)], len(base)
    rows = []
    for level in range(8_000 * factor):
        text = line(1000 + level)
        entries.append((made_up_id(level), level, delta(size, len(text) + 6, insert(text), copy(0, 6))))
        size = len(text) + 6
        rows.append(("100644", f"f{level:06}.py", made_up_id(level)))
    raw = Raw(folder)
    raw.pack("pack-1", entries)
    raw.main(*rows)


@case(4)
def long_chain_of_large_results(folder, victim, factor):
    base = b"filler\n" * 2_000
    entries, size = [(object_id("blob", base), "blob", base)], len(base)
    rows = []
    for level in range(3_000 * factor):
        text = line(1000 + level)
        entries.append((made_up_id(level), level, delta(size, size + len(text), copy(0, size), insert(text))))
        size += len(text)
        rows.append(("100644", f"f{level:06}.py", made_up_id(level)))
    raw = Raw(folder)
    raw.pack("pack-1", entries)
    raw.main(*rows)


@case(4)
def many_nested_repositories_with_one_remote(folder, victim, factor):
    for n in range(200 * factor):
        Raw(f"{folder}/r{n}").file("config", f"[core]\n\tbare = false\n[remote \"origin\"]\n\turl = {VICTIM_REMOTE}\n")


@case(4)
def deep_tree(folder, victim, factor):
    raw = Raw(folder)
    mode, identity = "100644", raw.loose("blob", line(10))
    for _ in range(3_000 * factor):
        identity, mode = raw.loose("tree", tree((mode, "d", identity))), "40000"
    raw.main(("40000", "d", identity))


@case(4)
def cyclic_objects(folder, victim, factor):
    raw = Raw(folder)
    one, two, three, four = (made_up_id(n) for n in range(4))
    blob = raw.loose("blob", line(11))
    raw.loose("tree", tree(("100644", "a.py", blob), ("40000", "d", two)), one)
    raw.loose("tree", tree(("40000", "d", one)), two)
    raw.loose("commit", commit(one, [four]), three)
    raw.loose("commit", commit(two, [three]), four)
    tag = b"object %s\ntype tag\ntag t\ntagger A <a@example.com> 1 +0000\n\nm\n" % made_up_id(5).hex().encode()
    raw.loose("tag", tag, made_up_id(5))
    raw.reference("refs/heads/main", three)
    raw.reference("refs/tags/t", made_up_id(5))


@case(4)
def long_history_and_many_parents(folder, victim, factor):
    raw = Raw(folder)
    blob = object_id("blob", line(12))
    root = object_id("tree", tree(("100644", "a.py", blob)))
    entries = [(blob, "blob", line(12)), (root, "tree", tree(("100644", "a.py", blob)))]
    chain, parent = [], []
    for n in range(5_000 * factor):
        data = commit(root, parent, b"m%d" % n)
        parent = [object_id("commit", data)]
        chain += parent
        entries.append((parent[0], "commit", data))
    data = commit(root, chain)
    entries.append((object_id("commit", data), "commit", data))
    raw.pack("pack-1", entries)
    raw.reference("refs/heads/main", entries[-1][0])


@case(4)
def long_message_and_header(folder, victim, factor):
    raw = Raw(folder)
    head = raw.main(("100644", "a.py", raw.loose("blob", line(13))), message=b"password = x" * 100_000 * factor)
    data = commit(made_up_id(1), [head]).replace(b"A <a@", b"A " * 200_000 + b"<a@")
    raw.reference("refs/heads/x", raw.loose("commit", data))


@case(4)
def one_commit_with_very_many_parents(folder, victim, factor):
    raw = Raw(folder)
    blob = raw.loose("blob", line(1))
    root = raw.loose("tree", tree(("100644", "a.py", blob)))
    first = raw.loose("commit", commit(root))
    missing = [made_up_id(n) for n in range(15_000 * factor)]
    raw.reference("refs/heads/main", raw.loose("commit", commit(root, [first] * 15_000 * factor)))
    raw.reference("refs/heads/x", raw.loose("commit", commit(root, missing)))


@case(4)
def many_merges_with_many_parents(folder, victim, factor):
    """As many comparisons of a commit with a parent as the square of the commits."""
    raw, entries, parents = Raw(folder), [], []
    for n in range(250 * factor):
        blob = line(n)
        root = tree(("100644", "a.py", object_id("blob", blob)))
        data = commit(object_id("tree", root), parents)
        entries += [(object_id("blob", blob), "blob", blob), (object_id("tree", root), "tree", root)]
        entries.append((object_id("commit", data), "commit", data))
        parents.append(object_id("commit", data))
    raw.pack("pack-1", entries)
    raw.reference("refs/heads/main", parents[-1])


@case(4)
def history_that_changes_one_file_of_very_many(folder, victim, factor):
    """Each tree is a delta of a few bytes, and has thousands of entries."""
    raw, files = Raw(folder), 2_000
    first = object_id("blob", line(0))
    names = [f"f{n:06}.py" for n in range(files)]
    base = tree(*[("100644", name, first) for name in names])
    row = len(base) // files
    entries = [(first, "blob", line(0)), (object_id("tree", base), "tree", base)]
    parents, current, number = [], base, 1
    for n in range(1, 400 * factor):
        blob = line(n)
        entries.append((object_id("blob", blob), "blob", blob))
        at = (n * 7 % files + 1) * row - 20
        changed = current[:at] + object_id("blob", blob) + current[at + 20 :]
        steps = [copy(0, at), insert(object_id("blob", blob)), copy(at + 20, len(base) - at - 20)]
        entries.append((object_id("tree", changed), number, delta(len(base), len(base), *steps)))
        number, current = len(entries) - 1, changed
        data = commit(object_id("tree", changed), parents)
        parents = [object_id("commit", data)]
        entries.append((parents[0], "commit", data))
    raw.pack("pack-1", entries)
    raw.reference("refs/heads/main", parents[0])


@case(4)
def secret_that_comes_and_goes(folder, victim, factor):
    raw, entries, parents = Raw(folder), [], []
    roots = [tree(("100644", "a.py", object_id("blob", line(1)))), tree(("100644", "b.py", object_id("blob", line(2))))]
    entries += [(object_id("blob", line(n)), "blob", line(n)) for n in (1, 2)]
    entries += [(object_id("tree", root), "tree", root) for root in roots]
    for n in range(10_000 * factor):
        data = commit(object_id("tree", roots[n % 2]), parents, b"m%d" % n)
        parents = [object_id("commit", data)]
        entries.append((parents[0], "commit", data))
    raw.pack("pack-1", entries)
    raw.reference("refs/heads/main", parents[0])


@case(4)
def many_branches_with_a_history_each(folder, victim, factor):
    raw = Raw(folder)
    entries, rows = [], []
    for n in range(2_000 * factor):
        blob = line(n % 50)
        root = tree(("100644", f"f{n}.py", object_id("blob", blob)))
        data = commit(object_id("tree", root))
        entries += [(object_id("tree", root), "tree", root), (object_id("commit", data), "commit", data)]
        rows.append(f"{object_id('commit', data).hex()} refs/heads/b{n}\n")
    entries += [(object_id("blob", line(n)), "blob", line(n)) for n in range(50)]
    raw.pack("pack-1", entries)
    raw.file("packed-refs", "".join(sorted(rows, key=lambda row: row[41:])))


@case(4)
def commits_in_a_circle(folder, victim, factor):
    raw = Raw(folder)
    root = raw.loose("tree", tree(("100644", "a.py", raw.loose("blob", line(1)))))
    count = 300 * factor
    for n in range(count):
        raw.loose("commit", commit(root, [made_up_id((n + 1) % count), made_up_id((n + 7) % count)]), made_up_id(n))
    raw.reference("refs/heads/main", made_up_id(0))
    raw.file("shallow", "".join(made_up_id(n).hex() + "\n" for n in range(0, count, 3)))


@case(4)
def tags_of_tags(folder, victim, factor):
    raw = Raw(folder)
    head = raw.main(("100644", "a.py", raw.loose("blob", line(1))))
    text = b"object %s\ntype %s\ntag t\ntagger A <a@example.com> 1 +0000\n\npassword = x\n"
    target, kind, entries = head, b"commit", []
    for _ in range(5_000 * factor):
        data = text % (target.hex().encode(), kind)
        target, kind = object_id("tag", data), b"tag"
        entries.append((target, "tag", data))
    circle = [made_up_id(n) for n in range(200)]
    for n, identity in enumerate(circle):
        entries.append((identity, "tag", text % (circle[(n + 1) % 200].hex().encode(), b"tag")))
    raw.pack("pack-1", entries)
    raw.reference("refs/tags/deep", target)
    raw.reference("refs/tags/circle", circle[0])


@case(4)
def commit_dates_that_do_not_fit(folder, victim, factor):
    raw = Raw(folder)
    root = raw.loose("tree", tree(("100644", "a.py", raw.loose("blob", line(1)))))
    for n, time in enumerate((-1, -(1 << 63), 1 << 62, (1 << 63) - 1, 1 << 63, 1 << 70, 0, 253_402_300_800)):
        raw.reference(f"refs/heads/t{n}", raw.loose("commit", commit(root, time=time)))


@case(4)
def one_folder_of_very_many_files(folder, victim, factor):
    raw, text = Raw(folder), line(1)
    entries = [(object_id("blob", text), "blob", text)]
    rows = []
    for n in range(25_000 * factor):
        data = b"%d" % n
        rows.append(("100644", f"f{n:07}", object_id("blob", data)))
        entries.append((object_id("blob", data), "blob", data))
    rows.append(("100644", "z.py", object_id("blob", text)))
    raw.pack("pack-1", entries)
    raw.main(*rows)


@case(4)
def one_tree_in_very_many_folders(folder, victim, factor):
    """The same files below many paths: rows for each path of each value."""
    raw = Raw(folder)
    inner = raw.loose("tree", tree(*[("100644", f"f{n}.py", raw.loose("blob", line(n))) for n in range(100)]))
    raw.main(*[("40000", f"d{n:05}", inner) for n in range(2_000 * factor)])


@case(4)
def one_secret_in_very_many_versions(folder, victim, factor):
    """A file grows by a line in each commit: the same values in all versions."""
    raw, entries, parents = Raw(folder), [], []
    text = line(1) * 3
    for n in range(500 * factor):
        text += b"# line %d\n" % n
        root = tree(("100644", "a.py", object_id("blob", text)))
        if n == 0:
            entries.append((object_id("blob", text), "blob", text))
        else:
            added = b"# line %d\n" % n
            steps = [copy(0, len(text) - len(added)), insert(added)]
            entries.append((object_id("blob", text), (n - 1) * 3, delta(len(text) - len(added), len(text), *steps)))
        entries.append((object_id("tree", root), "tree", root))
        data = commit(object_id("tree", root), parents)
        parents = [object_id("commit", data)]
        entries.append((parents[0], "commit", data))
    raw.pack("pack-1", entries)
    raw.reference("refs/heads/main", parents[0])


@case(4)
def many_values_in_very_many_versions(folder, victim, factor):
    raw, entries, parents = Raw(folder), [], []
    text = b"".join(line(n) for n in range(300))
    entries.append((object_id("blob", text), "blob", text))
    base = 0
    for n in range(300 * factor):
        new = b"# %d\n" % n + text
        root = tree(("100644", "a.py", object_id("blob", new)))
        entries.append((object_id("blob", new), base, delta(len(text), len(new), insert(b"# %d\n" % n), copy(0, len(text)))))
        base, text = len(entries) - 1, new
        entries.append((object_id("tree", root), "tree", root))
        data = commit(object_id("tree", root), parents)
        parents = [object_id("commit", data)]
        entries.append((parents[0], "commit", data))
    raw.pack("pack-1", entries)
    raw.reference("refs/heads/main", parents[0])


@case(4)
def one_author_of_very_many_secrets(folder, victim, factor):
    """Names of authors are redacted by the values of the whole repository."""
    raw, entries, parents = Raw(folder), [], []
    text = b"".join(line(n) for n in range(3_000 * factor))
    root = tree(("100644", "a.py", object_id("blob", text)))
    entries += [(object_id("blob", text), "blob", text), (object_id("tree", root), "tree", root)]
    for n in range(3_000 * factor):
        who = line(n).strip().replace(b'"', b"")
        data = commit(object_id("tree", root), parents, line(n)).replace(b"A <a@", who + b" <a@")
        parents = [object_id("commit", data)]
        entries.append((parents[0], "commit", data))
    raw.pack("pack-1", entries)
    raw.reference("refs/heads/main", parents[0])
