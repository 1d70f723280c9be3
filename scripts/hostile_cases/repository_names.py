"""Names that belong to another repository (docs/security.md, section 2)."""

import shutil

from hostile_builder import commit_folder, write
from hostile_cases.case_registry import VICTIM_REMOTE, case, line, plain


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


@case(2)
def names_that_look_like_another(folder, victim, factor):
    urls = (VICTIM_REMOTE.upper(), VICTIM_REMOTE + "/", VICTIM_REMOTE.replace("payments", "p\u0430yments"), "acme/payments", "acme/payments~2")
    urls += ("git@git.example.com:acme/payments", "https://evil.example.com/acme/payments", "file:///acme/payments", "acme//payments")
    for number, url in enumerate(urls):
        write(f"{folder}/{number}/a.py", line(number))
        commit_folder(f"{folder}/{number}", url)


@case(2)
def folders_that_look_like_names(folder, victim, factor):
    for number, name in enumerate(("acme/payments", "victim", "victim~2", "..x", "~", "hostile", "payments/.x")):
        write(f"{folder}/{name}/a.py", line(number))
        commit_folder(f"{folder}/{name}")


@case(2, shares_values=True)
def copy_of_another_repository(folder, victim, factor):
    """The same commits, files and remote as the other target, and one secret more."""
    shutil.copytree(victim, folder, dirs_exist_ok=True)
    write(f"{folder}/c.py", line(3))


@case(2)
def remotes_without_end(folder, victim, factor):
    rows = "".join(f'[remote "origin"]\n\turl = https://h/{n}/{"a" * 200}\n' for n in range(5_000 * factor))
    write(f"{folder}/a.py", line(3))
    commit_folder(folder)
    with open(f"{folder}/.git/config", "a") as config:
        config.write(rows)
