#!/usr/bin/env python3
"""
Checks that docs/capabilities.md says what the master lists in kernel/cap say:
each right with its number, each type of object with its rights, each authority
slot, each native call; the same names, the same texts, in the same order.

usage: check_capabilities.py [--print] [TOP]

--print writes the tables as they should be.
"""
import os
import re
import subprocess
import sys

ENTRY = re.compile(r'^(?:RIGHT|TYPE|AUTHORITY)\((.*?)"\)$', re.M | re.S)


def entries(top, name):
    """(name, what stands between name and text, text) of each entry of a list."""
    with open(os.path.join(top, "kernel", "cap", name), encoding="utf-8") as text:
        bodies = ENTRY.findall(text.read())
    for body in bodies:
        name, _, rest = body.partition(",")
        middle, _, text = rest.rpartition('"')
        yield name, middle.strip(" ,\n\t"), text


def rights_rows(top):
    return [f"| `{name}` | {middle} | {text} |"
            for name, middle, text in entries(top, "rights.def")]


def types_rows(top):
    rows = []
    for _, middle, text in entries(top, "types.def"):
        name = re.search(r'"([^"]*)"', middle).group(1)
        rights = " ".join(re.findall(r"\bRIGHT_([A-Z_]+)", middle))
        rows.append(f"| {name} | {text} | {rights} |")
    return rows


def authority_rows(top):
    return [f"| `{name}` | {text} |" for name, _, text in entries(top, "authority.def")]


def native_rows(top):
    """As the generator of everything else that is made from the list says."""
    native = os.path.join(top, "kernel", "native")
    command = [os.environ.get("AWK", "awk"), "-v", "out=docs",
               "-f", os.path.join(native, "gen_native.awk"), os.path.join(native, "native.tbl")]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def rows_below(lines, heading):
    """The rows of the first table below a heading, without its head."""
    start = lines.index(heading) + 1
    rows = []
    for line in lines[start:]:
        if line.startswith("|"):
            rows.append(line)
        elif rows or line.startswith("#"):
            break
    return rows[2:]


TABLES = (
    ("## Rights", rights_rows),
    ("## Types of objects", types_rows),
    ("## Authority", authority_rows),
    ("### Calls", native_rows),
)


def main():
    arguments = [a for a in sys.argv[1:] if a != "--print"]
    top = arguments[0] if arguments else "."
    if "--print" in sys.argv:
        for heading, rows in TABLES:
            print(heading, *rows(top), sep="\n")
        return 0

    with open(os.path.join(top, "docs", "capabilities.md"), encoding="utf-8") as text:
        lines = text.read().splitlines()
    problems = []
    for heading, rows in TABLES:
        if heading not in lines:
            problems.append(f"no section {heading!r}")
            continue
        have, want = rows_below(lines, heading), rows(top)
        if not want:
            problems.append(f"the list for {heading!r} was not understood")
        problems += [f"{heading}: wrong or missing: {row}" for row in want if row not in have]
        problems += [f"{heading}: in no list: {row}" for row in have if row not in want]
        if not problems and have != want:
            problems.append(f"{heading}: another order")
    for problem in problems:
        print(f"docs/capabilities.md: {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
