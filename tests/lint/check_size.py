#!/usr/bin/env python3
"""
Reports files over 600 lines and functions over 60.

Tables (*.def, *.tbl) and the linker script are exempt. A function that is one flat switch of one-line
cases passes with NOLINT(readability-function-size) on the line above its body
or before its head, the word that clang-tidy goes by.

usage: check_size.py [TOP]
"""
import os
import re
import sys

MAX_FILE = 600
MAX_FUNCTION = 60
ROOTS = ("kernel", "compat", "userland")
HEAD = re.compile(r"^[A-Za-z_].*\)?$")


def sources(top):
    for root in ROOTS:
        for directory, _, names in os.walk(os.path.join(top, root)):
            for name in sorted(names):
                if name.endswith((".c", ".h", ".S")) and not name.endswith(".lds.S"):
                    yield os.path.relpath(os.path.join(directory, name), top)


def long_functions(lines):
    """Yields (line number, head, length) of each function over the limit."""
    start, head, is_exempt = None, "", False
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
        elif line == "}" and start:
            length = number - start - 1
            if length > MAX_FUNCTION and not is_exempt:
                yield start, head, length
            start, is_exempt = None, False
        elif not start:
            if "NOLINT" in line and "readability-function-size" in line:
                is_exempt = True
            if HEAD.match(line) and not line.startswith("#"):
                head = line


def main():
    top = sys.argv[1] if len(sys.argv) > 1 else "."
    problems = []
    for path in sources(top):
        with open(os.path.join(top, path), encoding="utf-8") as source:
            lines = source.read().splitlines()
        if len(lines) > MAX_FILE:
            problems.append(f"{path}: {len(lines)} lines, over {MAX_FILE}")
        for number, head, length in long_functions(lines):
            problems.append(f"{path}:{number}: {length} lines, over {MAX_FUNCTION}: {head}")
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
