"""References that leave the target (docs/security.md, section 1)."""

import os

from hostile_builder import Raw, commit_folder, run_git, write
from hostile_cases.case_registry import CASES, HostileCase, case, line, outside, plain


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


def linked_part(name):
    """A case of one part of the git directory that is a link to that of another repository."""

    def build(folder, victim, factor):
        plain(folder)
        run_git(victim, "pack-refs", "--all")
        path, to = f"{folder}/.git/{name}", f"{outside(victim)}/{name}"
        if not os.path.exists(to):
            write(to, "0" * 40 + "\n")
        if os.path.isdir(path):
            os.rename(path, path + "-aside")
        elif os.path.lexists(path):
            os.remove(path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.symlink(os.path.relpath(to, os.path.dirname(path)), path)

    is_short = name in ("HEAD", "config", "index", "objects")
    CASES.append(HostileCase(1, f"linked-{name.replace('/', '-').lower()}", "unreadable|skipped", build, is_short=is_short))


for part in ("HEAD", "config", "index", "packed-refs", "shallow", "logs", "logs/HEAD", "info", "info/exclude", "objects/info"):
    linked_part(part)
for part in ("objects", "refs/heads", "hooks", "ORIG_HEAD", "COMMIT_EDITMSG", "modules", "worktrees"):
    linked_part(part)


@case(1, "unreadable")
def linked_folder_of_loose_objects(folder, victim, factor):
    plain(folder)
    for name in os.listdir(f"{outside(victim)}/objects"):
        if len(name) == 2 and not os.path.exists(f"{folder}/.git/objects/{name}"):
            os.symlink(f"{outside(victim)}/objects/{name}", f"{folder}/.git/objects/{name}")


@case(1, "unreadable")
def alternates_in_every_spelling(folder, victim, factor):
    plain(folder)
    os.symlink(victim, f"{folder}/.git/way")
    rows = [f"{victim}/.git/objects", f'"{victim}/.git/objects"', "../way/.git/objects", f"{victim}/.//.git/../.git/objects/", "# x", "", "/"]
    write(f"{folder}/.git/objects/info/alternates", "\n".join(rows))
    write(f"{folder}/.git/objects/info/http-alternates", f"file://{victim}/.git/objects\n")


@case(1, "unreadable")
def git_files_in_every_folder(folder, victim, factor):
    plain(folder)
    for n, text in enumerate((outside(victim), f"{folder}/../victim/.git", "/proc/self/cwd/../victim/.git", "../.git", ".", "/")):
        write(f"{folder}/d{n}/a.py", line(n + 10))
        write(f"{folder}/d{n}/.git", f"gitdir: {text}\n")
    os.makedirs(f"{folder}/link")
    os.symlink(outside(victim), f"{folder}/link/.git")


@case(1, "unreadable")
def bare_target_that_borrows(folder, victim, factor):
    raw = Raw(folder, bare=True)
    raw.main(("100644", "a.py", raw.loose("blob", line(1))))
    raw.file("objects/info/alternates", f"{outside(victim)}/objects\n")


@case(1, "unreadable")
def refs_to_objects_of_another_repository(folder, victim, factor):
    """Without the objects, their ids lead nowhere."""
    plain(folder)
    with open(f"{outside(victim)}/refs/heads/main") as ref:
        write(f"{folder}/.git/refs/heads/theirs", ref.read())


@case(1)
def working_tree_that_is_a_link(folder, victim, factor):
    plain(f"{folder}/real")
    os.symlink("real", f"{folder}/alias")
    os.symlink(victim, f"{folder}/theirs")
    os.symlink(outside(victim), f"{folder}/bare")
