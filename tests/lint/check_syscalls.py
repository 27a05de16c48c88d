#!/usr/bin/env python3
"""
Checks that the list of Linux system calls tells the truth:
  - it has every number of x86-64 from 0 to 462 that belongs to a call;
  - a call that is full or partial has a handler linux_NAME in compat/linux, one that
    is absent has none;
  - the test that its note names (test:PATH) exists and mentions the call;
  - docs/syscalls.md is what gen_syscalls.awk makes of the list.

usage: check_syscalls.py [TOP]
"""
import os
import re
import subprocess
import sys

TABLE = os.path.join("compat", "linux", "syscall", "syscalls.tbl")
GENERATOR = os.path.join("compat", "linux", "syscall", "gen_syscalls.awk")
PAGE = os.path.join("docs", "syscalls.md")
NUMBERS = set(range(0, 335)) | set(range(424, 463))
HANDLER = re.compile(r"^int64_t linux_(\w+)\(", re.M)


def read_table(top):
    """Yields (number, name, state, note) of each line."""
    with open(os.path.join(top, TABLE), encoding="utf-8") as lines:
        for line in lines:
            words, _, note = line.partition(";")
            words = words.split()
            if words and not words[0].startswith("#"):
                yield int(words[0]), words[1], words[2], note.strip()


def handlers(top):
    """{name: file} of the functions that look like handlers."""
    found = {}
    for directory, _, names in os.walk(os.path.join(top, "compat", "linux")):
        for name in names:
            if not name.endswith(".c"):
                continue
            path = os.path.join(directory, name)
            with open(path, encoding="utf-8") as source:
                for call in HANDLER.findall(source.read()):
                    found[call] = os.path.relpath(path, top)
    return found


def check_test(top, name, note):
    paths = re.findall(r"test:(\S+)", note)
    if not paths:
        return f"{name}: names no test"
    for path in paths:
        full = os.path.join(top, path)
        if not os.path.exists(full):
            return f"{name}: {path} does not exist"
        with open(full, encoding="utf-8") as test:
            if not re.search(rf"\b(SYS_|LINUX_NR_|linux_)?{name}\b", test.read(), re.I):
                return f"{name}: {path} does not mention it"
    return None


def check_page(top):
    made = subprocess.run(
        ["awk", "-v", "out=docs", "-f", os.path.join(top, GENERATOR), os.path.join(top, TABLE)],
        capture_output=True, text=True, check=False)
    if made.returncode != 0:
        return made.stderr.strip()
    with open(os.path.join(top, PAGE), encoding="utf-8") as page:
        return None if page.read() == made.stdout else f"{PAGE} is old: make docs-syscalls"


def main():
    top = sys.argv[1] if len(sys.argv) > 1 else "."
    problems, table, code = [], list(read_table(top)), handlers(top)

    for number in NUMBERS ^ {row[0] for row in table}:
        problems.append(f"{TABLE}: {number} is missing, or belongs to no call")
    names = {row[1] for row in table}
    for name in sorted(set(code) - names):
        problems.append(f"{code[name]}: linux_{name} is in no line of {TABLE}")
    for _, name, state, note in table:
        if state == "none" and name in code:
            problems.append(f"{code[name]}: linux_{name} exists, but is absent in {TABLE}")
        if state != "none" and name not in code:
            problems.append(f"{TABLE}: {name} is {state}, but there is no linux_{name}")
        if state != "none":
            problems.append(check_test(top, name, note))
    problems.append(check_page(top))

    problems = [problem for problem in problems if problem]
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
