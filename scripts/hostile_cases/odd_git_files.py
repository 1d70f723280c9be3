"""Pipes, links, folders, sockets and huge files in the place of files of git (docs/security.md, section 9)."""

import os
import shutil
import socket

from hostile_builder import run_git, write
from hostile_cases.case_registry import CASES, HostileCase, case, plain

FILES = ("HEAD", "config", "packed-refs", "index", "commondir", "shallow", "objects/info/alternates", "info/exclude")
OTHER_FILES = ("refs/heads/x", "objects/pack/pack-x.idx", "logs/HEAD", "config.worktree")
ALL_FILES = FILES + OTHER_FILES + ("info/grafts", "ORIG_HEAD", "objects/pack/pack-x.pack", "refs/heads/main", "gitdir", "COMMIT_EDITMSG")


def replaced(kind, name, make, says="unreadable|skipped|cut off"):
    """A case of one file of the git directory that `make` makes anew."""

    def build(folder, victim, factor):
        plain(folder)
        path = f"{folder}/.git/{name}"
        if os.path.lexists(path):
            os.remove(path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        make(path)

    is_short = name in (FILES if kind == "pipe" else ("config", "packed-refs", "shallow"))
    CASES.append(HostileCase(9, f"{kind}-{name.replace('/', '-').lower()}", says, build, is_short=is_short))


def make_socket(path):
    here = os.getcwd()
    os.chdir(os.path.dirname(path))
    try:
        socket.socket(socket.AF_UNIX).bind(os.path.basename(path))
    finally:
        os.chdir(here)


def sparse(size):
    return lambda path: os.truncate(os.open(path, os.O_CREAT | os.O_WRONLY), size)


for file in ALL_FILES:
    replaced("pipe", file, os.mkfifo)
for file in ("HEAD", "config", "index", "packed-refs", "shallow", "commondir", "info/exclude"):
    replaced("device", file, lambda path: os.symlink("/dev/zero", path))
for file in ("HEAD", "config", "index", "packed-refs", "commondir"):
    replaced("socket", file, make_socket)
for file in ("HEAD", "config", "index", "packed-refs", "shallow", "commondir", "objects/info/alternates", "info/exclude"):
    replaced("folder", file, os.mkdir, None)
for file in ("HEAD", "config", "index", "packed-refs", "shallow", "commondir", "objects/info/alternates", "info/grafts"):
    replaced("sparse-3-gib", file, sparse(3 << 30), None)
for file in ("logs/HEAD", "info/exclude", "objects/pack/pack-x.idx", "objects/pack/pack-x.pack", "objects/11/" + "1" * 38):
    replaced("sparse-3-gib", file, sparse(3 << 30), None)
for file in ("HEAD", "config", "shallow", "packed-refs", "index"):
    replaced("unreadable", file, lambda path: os.symlink("/proc/self/mem", path))


@case(9, "unreadable")
def every_part_is_a_file(folder, victim, factor):
    plain(folder)
    for name in ("objects", "refs", "info", "logs", "hooks"):
        shutil.rmtree(f"{folder}/.git/{name}", ignore_errors=True)
        write(f"{folder}/.git/{name}", b"x")


@case(9)
def git_directory_that_is_empty(folder, victim, factor):
    write(f"{folder}/a.py", b"x")
    os.mkdir(f"{folder}/.git")


@case(9)
def git_file_that_is_no_path(folder, victim, factor):
    write(f"{folder}/a.py", b"x")
    write(f"{folder}/.git", b"gitdir: " + bytes(range(256)) * 3_000)


@case(9)
def git_directories_in_the_git_directory(folder, victim, factor):
    plain(folder)
    plain(f"{folder}/.git/x")
    plain(f"{folder}/.git/.git")
    run_git(folder, "init", "-q", "--bare", f"{folder}/.git/modules/y")
