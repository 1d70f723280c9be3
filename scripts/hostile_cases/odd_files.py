"""Files and folders of a working tree that are no common ones (docs/security.md, section 8)."""

import os
import socket

from hostile_builder import commit_folder, run_git, write
from hostile_cases.case_registry import case, line, plain


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


@case(4)
def deep_folders(folder, victim, factor):
    path = folder
    for _ in range(300):
        path += "/" + "d" * 5
    write(f"{path}/a.py", line(14))
    commit_folder(folder)


@case(4)
def folders_deeper_than_a_path(folder, victim, factor):
    """The path is longer than any system call takes."""
    plain(folder)
    home = os.open(".", os.O_RDONLY)
    try:
        os.chdir(folder)
        for _ in range(700 * factor):
            os.mkdir("d" * 10)
            os.chdir("d" * 10)
        write("./a.py", line(2))
    finally:
        os.fchdir(home)
        os.close(home)


@case(4)
def very_many_files_in_one_folder(folder, victim, factor):
    plain(folder)
    for n in range(6_000 * factor):
        os.close(os.open(f"{folder}/f{n}", os.O_CREAT | os.O_WRONLY))


@case(4)
def very_many_empty_folders(folder, victim, factor):
    plain(folder)
    for n in range(4_000 * factor):
        os.mkdir(f"{folder}/d{n}")


@case(8)
def names_of_the_longest_length(folder, victim, factor):
    for n in range(200):
        name = b"\xff\xfe\x1b[31m\n\t\"'`$(x)=,;|" + b"%03d" % n
        path = os.path.join(os.fsencode(folder), name + b"\xe2\x80\xae" * ((255 - len(name) - 3) // 3) + b".py")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(line(n))
    commit_folder(folder)


@case(8)
def folders_with_odd_names(folder, victim, factor):
    for name in ("\\", " ", "...", "~root", "-rf", "a:b", "*", "%00", "CON", "\u202e", "a\nb", ".git.", ".GIT"):
        write(f"{folder}/{name}/a.py", line(1))
    write(f"{folder}/b.py", line(2))
    run_git(folder, "init", "-q", "-b", "main")
    run_git(folder, "add", "b.py")
    run_git(folder, "commit", "-q", "-m", "first")


@case(8)
def sparse_files(folder, victim, factor):
    plain(folder)
    for name, size in (("a.bin", 1 << 40), ("b.py", 1 << 33), ("c.json", 100 << 20), ("d.env", 127 << 20)):
        os.truncate(os.open(f"{folder}/{name}", os.O_CREAT | os.O_WRONLY), size)


@case(8, "skipped")
def sockets_and_devices(folder, victim, factor):
    plain(folder)
    here = os.getcwd()
    os.chdir(folder)
    try:
        socket.socket(socket.AF_UNIX).bind("a.py.sock")
    finally:
        os.chdir(here)
    for name, to in (("zero", "/dev/zero"), ("stdin", "/dev/stdin"), ("self", "/proc/self/mem"), ("tty", "/dev/tty"), ("root", "/")):
        os.symlink(to, f"{folder}/{name}")


@case(8, "skipped")
def links_in_circles(folder, victim, factor):
    plain(folder)
    os.symlink("b", f"{folder}/a")
    os.symlink("a", f"{folder}/b")
    os.symlink("c/c/c/c", f"{folder}/c")
    for n in range(1_000 * factor):
        os.symlink("..", f"{folder}/up{n}")


@case(8)
def files_that_must_not_be_read(folder, victim, factor):
    for name in ("a.py", "d/b.py"):
        write(f"{folder}/{name}", line(1))
    commit_folder(folder)
    os.chmod(f"{folder}/a.py", 0)
    os.chmod(f"{folder}/d", 0)
    os.chmod(f"{folder}/.git/HEAD", 0)


@case(8)
def case_and_unicode_twins(folder, victim, factor):
    for n, name in enumerate(("A.py", "a.py", "\u00e9.py", "e\u0301.py", "\uff41.py", "a .py", "a.py ")):
        write(f"{folder}/{name}", line(n))
    commit_folder(folder)


@case(8)
def files_that_changed_since_the_commit(folder, victim, factor):
    plain(folder)
    run_git(folder, "mv", "a.py", "b.py")
    os.mkfifo(f"{folder}/a.py")
    os.remove(f"{folder}/b.py")
    os.mkdir(f"{folder}/b.py")
    write(f"{folder}/b.py/c.py", line(2))
