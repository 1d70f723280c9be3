"""The hostile repositories of the sweep (`scripts/hostile`). Each case writes one target.

A case is a function of the target's folder, the folder of another target that it attacks (`victim`, a repository whose
remote is `victim_remote`), and a factor: 1 for the short form, more for the long one.
"""

import base64
import hashlib
import os

from hostile_builder import Raw, commit, commit_folder, copy, delta, insert, made_up_id, object_id, run_git, tree, write

CASES = []
VICTIM_REMOTE = "https://git.example.com/acme/payments.git"


def case(item, says=None):
    """Registers a case. `item` is the section of docs/security.md, `says` a pattern that the report must contain."""

    def register(function):
        CASES.append((item, function.__name__.replace("_", "-"), says, function))
        return function

    return register


def secret(number):
    digest = hashlib.sha256(b"hostile %d" % number).digest()
    return base64.b64encode(digest, b"xy")[:20].decode()


def line(number):
    return f'db_password = "{secret(number)}"\n'.encode()


def plain(folder, name="a.py", number=1):
    """A repository with one secret."""
    write(os.path.join(folder, name), line(number))
    commit_folder(folder)


def outside(victim):
    return os.path.join(victim, ".git")


# 1. References that leave the target.


@case(1)
def tracked_repository_with_commondir(folder, victim, factor):
    for name in ("HEAD", "config"):
        write(f"{folder}/sub/{name}", "ref: refs/heads/main\n" if name == "HEAD" else "[core]\n\tbare = true\n")
    write(f"{folder}/sub/refs/heads/x")
    write(f"{folder}/sub/objects/x")
    write(f"{folder}/sub/commondir", os.path.relpath(outside(victim), f"{folder}/sub"))
    commit_folder(folder)


@case(1)
def tracked_repository_with_linked_objects(folder, victim, factor):
    Raw(f"{folder}/sub", bare=True)
    os.rename(f"{folder}/sub/objects", f"{folder}/unused")
    os.symlink(os.path.relpath(f"{outside(victim)}/objects", f"{folder}/sub"), f"{folder}/sub/objects")
    commit_folder(folder)


@case(1)
def tracked_repository_with_alternates(folder, victim, factor):
    raw = Raw(f"{folder}/sub", bare=True)
    raw.file("objects/info/alternates", os.path.relpath(f"{outside(victim)}/objects", f"{raw.git}/objects") + "\n")
    commit_folder(folder)


@case(1, "unreadable")
def git_file_to_another_repository(folder, victim, factor):
    write(f"{folder}/a.py", line(2))
    write(f"{folder}/.git", f"gitdir: {outside(victim)}\n")


@case(1, "unreadable")
def git_link_to_another_repository(folder, victim, factor):
    write(f"{folder}/a.py", line(2))
    os.symlink(outside(victim), f"{folder}/.git")


@case(1, "unreadable")
def alternates_to_another_repository(folder, victim, factor):
    plain(folder)
    write(f"{folder}/.git/objects/info/alternates", f"{outside(victim)}/objects\n")


@case(1, "unreadable")
def chain_of_alternates_to_another_repository(folder, victim, factor):
    plain(folder)
    write(f"{folder}/.git/objects/info/alternates", "../store/objects\n")
    write(f"{folder}/.git/store/objects/info/alternates", f"{outside(victim)}/objects\n")


@case(1, "unreadable")
def commondir_of_another_repository(folder, victim, factor):
    plain(folder)
    write(f"{folder}/.git/commondir", outside(victim) + "\n")


@case(1, "unreadable")
def included_configuration_outside(folder, victim, factor):
    plain(folder)
    with open(f"{folder}/.git/config", "a") as config:
        config.write(f'[include]\n\tpath = {outside(victim)}/config\n[includeIf "gitdir:/"]\n\tpath = ../../x\n')


@case(1, "unreadable")
def excludes_and_attributes_outside(folder, victim, factor):
    plain(folder)
    with open(f"{folder}/.git/config", "a") as config:
        config.write(f"[core]\n\texcludesFile = {victim}/a.py\n\tattributesFile = {victim}/a.py\n")


@case(1, "unreadable")
def working_tree_outside(folder, victim, factor):
    plain(folder)
    with open(f"{folder}/.git/config", "a") as config:
        config.write(f"[core]\n\tworktree = {victim}\n")


@case(1)
def linked_working_tree_outside(folder, victim, factor):
    plain(folder)
    for name, text in (("gitdir", f"{victim}/.git\n"), ("commondir", f"{outside(victim)}\n"), ("HEAD", "ref: x\n")):
        write(f"{folder}/.git/worktrees/x/{name}", text)


@case(1)
def submodule_directory_with_outside_commondir(folder, victim, factor):
    plain(folder)
    raw = Raw(f"{folder}/.git/modules/x", bare=True)
    raw.file("commondir", outside(victim) + "\n")
    raw.file("config", f"[core]\n\tworktree = {victim}\n")


@case(1, "unreadable")
def linked_refs(folder, victim, factor):
    plain(folder)
    os.rename(f"{folder}/.git/refs", f"{folder}/.git/refs-aside")
    os.symlink(f"{outside(victim)}/refs", f"{folder}/.git/refs")


@case(1, "unreadable")
def linked_pack_folder(folder, victim, factor):
    plain(folder)
    run_git(victim, "repack", "-adq")
    os.rmdir(f"{folder}/.git/objects/pack")
    os.symlink(f"{outside(victim)}/objects/pack", f"{folder}/.git/objects/pack")


@case(1, "unreadable")
def linked_packs(folder, victim, factor):
    plain(folder)
    run_git(victim, "repack", "-adq")
    for name in os.listdir(f"{outside(victim)}/objects/pack"):
        os.symlink(f"{outside(victim)}/objects/pack/{name}", f"{folder}/.git/objects/pack/{name}")


@case(1, "unreadable")
def alternates_to_itself(folder, victim, factor):
    plain(folder)
    write(f"{folder}/.git/objects/info/alternates", f"{folder}/.git/objects\n../objects\n/no/such/folder\n")


@case(1, "unreadable")
def dangling_git_file(folder, victim, factor):
    write(f"{folder}/a.py", line(2))
    write(f"{folder}/.git", "gitdir: /no/such/folder/.git\n")


@case(1, "skipped")
def links_in_the_working_tree(folder, victim, factor):
    plain(folder)
    os.symlink(f"{victim}/a.py", f"{folder}/b.py")
    os.symlink(victim, f"{folder}/folder")
    os.symlink(".", f"{folder}/loop")
    os.symlink("b.py", f"{folder}/CODEOWNERS")


# 2. Names.


@case(2)
def nested_repository_with_the_remote_of_another(folder, victim, factor):
    plain(folder)
    write(f"{folder}/sub/a.py", line(3))
    commit_folder(f"{folder}/sub", VICTIM_REMOTE)


@case(2)
def target_with_the_remote_of_another(folder, victim, factor):
    write(f"{folder}/a.py", line(3))
    commit_folder(folder, VICTIM_REMOTE)


@case(2)
def target_whose_remote_begins_like_another(folder, victim, factor):
    write(f"{folder}/a.py", line(3))
    commit_folder(folder, VICTIM_REMOTE.removesuffix("s.git"))


@case(2)
def strange_remotes(folder, victim, factor):
    for number, url in enumerate(("../../victim", "x~2", "a\tb\x1b[1m", "https://h/" + "a/" * 20_000, ".", "/", "h:..")):
        write(f"{folder}/{number}/a.py", line(number))
        commit_folder(f"{folder}/{number}", url)


# 3. Memory.


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


@case(3)
def nested_encodings(folder, victim, factor):
    data = line(6) * 50
    for _ in range(12):
        data = b"blob: " + base64.b64encode(data) + b"\n"
    write(f"{folder}/a.yaml", data)
    commit_folder(folder)


@case(3, "cut off|unreadable")
def one_secret_in_many_files(folder, victim, factor):
    raw = Raw(folder)
    blob = raw.loose("blob", line(7))
    raw.main(*[("100644", f"f{n:06}", blob) for n in range(20_000 * factor)])


@case(3)
def many_refs(folder, victim, factor):
    plain(folder)
    with open(f"{folder}/.git/HEAD") as head:
        assert head.read() == "ref: refs/heads/main\n"
    with open(f"{folder}/.git/refs/heads/main") as ref:
        head = ref.read().strip()
    rows = "".join(f"{head} refs/heads/x{n:07}\n" for n in range(50_000 * factor))
    write(f"{folder}/.git/packed-refs", "# pack-refs with: peeled fully-peeled sorted \n" + rows)


# 4. Time.


@case(4)
def exponential_ignore_pattern(folder, victim, factor):
    write(f"{folder}/.gitignore", "**/*a*a*a*a*a*a*a*a*a*ab/x/\n" * 20)
    for n in range(50):
        write(f"{folder}/{'a' * 120}{n}/node_modules/b.py", line(8))
    commit_folder(folder)


@case(4)
def many_tokens_on_one_line(folder, victim, factor):
    part = lambda text: base64.urlsafe_b64encode(text).rstrip(b"=")
    token = part(b'{"alg":"HS256","typ":"JWT"}') + b"." + part(b'{"sub":"1234567890"}') + b"." + b"x" * 43
    write(f"{folder}/a.txt", b" ".join([token] * (8_000 * factor)))
    commit_folder(folder)


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


def repeated(name, text, size=400_000, item=4):
    """A case of one file that repeats a text."""

    def write_file(folder, victim, factor):
        write(f"{folder}/{name}", text * (size * factor // len(text)))
        commit_folder(folder)

    label = "repeated-" + hashlib.sha256(text).hexdigest()[:4] + "-" + name.rsplit(".", 1)[1]
    CASES.append((item, label, None, write_file))


repeated("a.py", b"key=")
repeated("b.yaml", b"password: ")
repeated("c.json", b'{"password":')
repeated("d.json", b"[")
repeated("e.xml", b'<a password="')
repeated("f.js", b"password='\\")
repeated("g.txt", b"-----BEGIN RSA PRIVATE KEY-----\n")
repeated("h.txt", b"https://user:")
repeated("i.txt", b"a:b@")
repeated("j.sh", b"export TOKEN=$(")
repeated("k.tf", b'default = "')
repeated("l.sql", b"IDENTIFIED BY '")
repeated("m.yml", b" kind: Secret\ndata:\n")
repeated("n.properties", b"secret.key.password\\\n")
repeated("o.txt", b"eyJ")
repeated("p.html", b"&#112;&#97;&#115;&#115;")
repeated("q.txt", b"%70%61%73%73%3d")
repeated("r.py", b'"""')
repeated("s.cs", b"Password=a;")
repeated("t.txt", b"AKIA")


@case(4)
def nested_yaml(folder, victim, factor):
    rows = [b" " * n + b"password%d:\n" % n for n in range(1_000 * factor)]
    write(f"{folder}/a.yaml", b"".join(rows) + b" " * 1_000 * factor + b"x: " + secret(9).encode())
    commit_folder(folder)


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
def deep_folders(folder, victim, factor):
    path = folder
    for _ in range(300):
        path += "/" + "d" * 5
    write(f"{path}/a.py", line(14))
    commit_folder(folder)


# 6. Crashes: damaged packs.


def damaged(name, spoil):
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

    CASES.append((6, name, "unreadable", build))


def patch(file, start, data):
    with open(file, "r+b") as out:
        out.seek(start)
        out.write(data)


damaged("cut-pack", lambda pack, index: os.truncate(pack, os.path.getsize(pack) // 2))
damaged("empty-pack", lambda pack, index: os.truncate(pack, 0))
damaged("cut-index", lambda pack, index: os.truncate(index, 700))
damaged("fan-out-beyond-the-end", lambda pack, index: patch(index, 8, b"\xff" * 1024))
damaged("offsets-beyond-the-end", lambda pack, index: patch(index, os.path.getsize(index) - 48, b"\x7f" * 8))
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


# 7. Decisions come from the user.


@case(7)
def tracked_inventory_and_policy(folder, victim, factor):
    write(f"{folder}/inventory/keyferry.yaml", "schema: 1\nid: 0123456789abcdef\nrepositories: {}\n")
    write(f"{folder}/inventory/policy.yaml", "schema: 1\nrules:\n  - id: x\n    outcome: retire\n    reason: x\n")
    write(f"{folder}/inventory/a.py", line(16))
    write(f"{folder}/CODEOWNERS", "* @x\n" * 10_000)
    write(f"{folder}/.keyferryignore", "*\n")
    commit_folder(folder)


# 8. Files.


@case(8, "skipped")
def special_files(folder, victim, factor):
    plain(folder)
    os.mkfifo(f"{folder}/pipe.py")
    os.mkfifo(f"{folder}/CODEOWNERS")
    os.mkfifo(f"{folder}/.gitignore")


@case(8)
def file_names(folder, victim, factor):
    for name in (b"a\nb.py", b"\x1b[2Jc.py", b"\xff\xfe.py", b"=cmd.py", b"d" * 250 + b".py", "\u202edoc.py".encode()):
        path = os.path.join(os.fsencode(folder), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(line(17))
    commit_folder(folder)


def pipe_in_git(name):
    def build(folder, victim, factor):
        plain(folder)
        path = f"{folder}/.git/{name}"
        if os.path.exists(path):
            os.remove(path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.mkfifo(path)

    CASES.append((9, "pipe-" + name.replace("/", "-").lower(), "unreadable|skipped", build))


for pipe in ("HEAD", "config", "packed-refs", "index", "commondir", "shallow", "objects/info/alternates", "info/exclude"):
    pipe_in_git(pipe)
for pipe in ("refs/heads/x", "objects/pack/pack-x.idx", "logs/HEAD", "config.worktree"):
    pipe_in_git(pipe)


# 9. One bad target.


def bad_configuration(name, text):
    def build(folder, victim, factor):
        plain(folder)
        write(f"{folder}/.git/config", text)

    CASES.append((9, name, "unreadable", build))


bad_configuration("broken-configuration", "[core\n\tpassword = " + secret(18))
bad_configuration("unknown-format", "[core]\n\trepositoryformatversion = 99\n")
bad_configuration("reftable", "[core]\n\trepositoryformatversion = 1\n[extensions]\n\trefStorage = reftable\n")


@case(9)
def garbage_in_git(folder, victim, factor):
    plain(folder)
    for name in ("shallow", "packed-refs", "info/grafts", "logs/HEAD", "objects/info/commit-graph", "index"):
        write(f"{folder}/.git/{name}", bytes(range(256)) * 40)


@case(9, "unreadable")
def unborn_and_dangling_refs(folder, victim, factor):
    plain(folder)
    write(f"{folder}/.git/HEAD", "ref: refs/heads/../../../x\n")
    write(f"{folder}/.git/refs/heads/loop", "ref: refs/heads/loop\n")
    write(f"{folder}/.git/refs/heads/gone", "1" * 40 + "\n")


@case(9, "unreadable")
def copies_of_one_id_that_differ(folder, victim, factor):
    raw = Raw(folder)
    identity = made_up_id(1)
    raw.pack("pack-1", [(identity, "blob", line(19))])
    raw.pack("pack-2", [(identity, "blob", line(20))])
    raw.loose("blob", line(21), identity)
    raw.main(("100644", "a.py", identity))
