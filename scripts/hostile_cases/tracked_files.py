"""Files of a target that look like the user's own decisions, or that programs obey (docs/security.md, sections 4 and 7)."""

import os

from hostile_builder import commit_folder, write
from hostile_cases.case_registry import case, line, plain, secret


@case(7)
def tracked_inventory_and_policy(folder, victim, factor):
    write(f"{folder}/inventory/keyferry.yaml", "schema: 1\nid: 0123456789abcdef\nrepositories: {}\n")
    write(f"{folder}/inventory/policy.yaml", "schema: 1\nrules:\n  - id: x\n    outcome: retire\n    reason: x\n")
    write(f"{folder}/inventory/a.py", line(16))
    write(f"{folder}/CODEOWNERS", "* @x\n" * 10_000)
    write(f"{folder}/.keyferryignore", "*\n")
    commit_folder(folder)


@case(7)
def tracked_inventory_that_expands(folder, victim, factor):
    aliases = ["a0: &a0 [x,x,x,x,x,x,x,x,x]"]
    aliases += [f"a{n}: &a{n} [" + ",".join([f"*a{n - 1}"] * 9) + "]" for n in range(1, 40)]
    for name in ("keyferry", "policy", "registry", "decisions", "unassigned"):
        write(f"{folder}/inventory/{name}.yaml", "schema: 1\n" + "\n".join(aliases))
        write(f"{folder}/{name}.yaml", "[" * 100_000 * factor)
    write(f"{folder}/inventory/journal.jsonl", '{"a":' * 100_000 * factor)
    write(f"{folder}/inventory/plan.json", '{"a":' * 100_000 * factor)
    write(f"{folder}/inventory/registry.csv", '"' * 200_000 * factor)
    write(f"{folder}/a.py", line(1))
    commit_folder(folder)


@case(7)
def tracked_configuration_of_this_and_other_scanners(folder, victim, factor):
    plain(folder)
    for name in (".keyferryignore", ".gitleaksignore", ".gitleaks.toml", ".secrets.baseline", ".trufflehog.yml", ".keyferry.lock"):
        write(f"{folder}/{name}", "*\n[allowlist]\npaths = ['''.*''']\n")
    write(f"{folder}/detectors/all.yaml", "schema: 1\nprovider: x\nrules: []\n")
    write(f"{folder}/b.py", b"# keyferry:allow gitleaks:allow pragma: allowlist secret\n" + line(2).replace(b"\n", b" # nosec\n"))
    commit_folder(folder)


@case(7)
def hooks_filters_and_drivers(folder, victim, factor):
    """Programs that git would run."""
    plain(folder)
    run = f"touch {victim}/ran"
    with open(f"{folder}/.git/config", "a") as config:
        config.write(f"[core]\n\tfsmonitor = {run}\n\tpager = {run}\n\tsshCommand = {run}\n\teditor = {run}\n")
        config.write(f'[filter "x"]\n\tclean = {run}\n\tsmudge = {run}\n\tprocess = {run}\n[diff "x"]\n\ttextconv = {run}\n')
        config.write(f"[alias]\n\tstatus = !{run}\n[uploadpack]\n\tpackObjectsHook = {run}\n")
    write(f"{folder}/.gitattributes", "* filter=x diff=x text working-tree-encoding=UTF-16\n" * 2_000 * factor)
    for hook in ("pre-commit", "post-checkout", "post-index-change", "fsmonitor-watchman"):
        write(f"{folder}/.git/hooks/{hook}", f"#!/bin/sh\n{run}\n")
        os.chmod(f"{folder}/.git/hooks/{hook}", 0o755)


@case(4)
def exponential_ignore_pattern(folder, victim, factor):
    write(f"{folder}/.gitignore", "**/*a*a*a*a*a*a*a*a*a*ab/x/\n" * 20)
    for n in range(50):
        write(f"{folder}/{'a' * 120}{n}/node_modules/b.py", line(8))
    commit_folder(folder)


@case(4)
def very_many_ignore_patterns(folder, victim, factor):
    write(f"{folder}/.gitignore", "".join(f"/d{n}/**/[a-z!-~]*{n}/**/\n" for n in range(20_000 * factor)))
    for n in range(300):
        write(f"{folder}/e{n}/build/b.py", line(8))
    commit_folder(folder)


@case(4)
def ignore_files_in_every_folder(folder, victim, factor):
    path = folder
    for n in range(100):
        path += "/d"
        write(f"{path}/.gitignore", "".join(f"**/x{m}/*/y*/\n" for m in range(30 * factor)))
        write(f"{path}/node_modules/a.py", line(n))
    commit_folder(folder)


@case(4)
def ignore_patterns_of_brackets(folder, victim, factor):
    write(f"{folder}/.gitignore", "[" * 50_000 * factor + "\n" + "[[:alpha:]" * 20_000 + "/\n" + "\\" * 50_000 + "\n" + "!" * 50_000)
    write(f"{folder}/{'a' * 200}/vendor/a.py", line(1))
    commit_folder(folder)


@case(4)
def owners_of_every_pattern(folder, victim, factor):
    rows = "".join(f"/**/a*{n}*b/**/*.py @team{n} a@example.com\n" for n in range(15_000))
    write(f"{folder}/.github/CODEOWNERS", rows)
    write(f"{folder}/CODEOWNERS", "[" * 100_000 + "\n" + "* " + "@x " * 100_000 * factor)
    write(f"{folder}/docs/CODEOWNERS", b"\xff\xfe" * 10_000)
    for n in range(200):
        write(f"{folder}/{'a' * 50}{n}/{'ab' * 40}/c.py", line(n))
    commit_folder(folder)


@case(9)
def submodules_that_lead_anywhere(folder, victim, factor):
    rows = "".join(f'[submodule "../../x{n}"]\n\tpath = ../../../{n}\n\turl = ext::sh -c touch\n' for n in range(5_000 * factor))
    write(f"{folder}/.gitmodules", rows + f'[submodule "\x1b[2J"]\n\tpath = {victim}\n\turl = {victim}\n')
    write(f"{folder}/a.py", line(1))
    write(f"{folder}/b.env", "password = " + secret(2))
    commit_folder(folder)
