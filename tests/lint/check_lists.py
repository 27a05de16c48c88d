#!/usr/bin/env python3
"""
Checks that every source is listed in the local.mk that builds it: kernel
sources in kernel/local.mk, unit tests and test scripts in tests/local.mk, and
that every fuzz target and test script is well-formed. What is not listed is not
compiled, and nobody notices.

usage: check_lists.py [TOP]
"""
import os
import re
import sys


def words_of(path):
    with open(path, encoding="utf-8") as text:
        return set(re.findall(r"[A-Za-z0-9_./-]+", text.read()))


def files(top, root, suffixes):
    for directory, _, names in os.walk(os.path.join(top, root)):
        for name in sorted(names):
            if name.endswith(suffixes):
                yield os.path.relpath(os.path.join(directory, name), top)


def main():
    top = sys.argv[1] if len(sys.argv) > 1 else "."
    kernel = words_of(os.path.join(top, "kernel", "local.mk"))
    tests = words_of(os.path.join(top, "tests", "local.mk"))
    problems = []

    for path in files(top, "kernel", (".c", ".S", ".h", ".def", ".tbl")):
        # The linker script is named by its rule; target.h is a link in the build.
        if path not in kernel:
            problems.append(f"{path}: not in kernel/local.mk")
    for path in files(top, os.path.join("tests", "unit"), ("_test.c",)):
        if path[:-len(".c")] not in tests:
            problems.append(f"{path}: not in tests/local.mk")
    for path in files(top, "tests", (".test",)):
        if path not in tests:
            problems.append(f"{path}: not in tests/local.mk")
        if not os.access(os.path.join(top, path), os.X_OK):
            problems.append(f"{path}: not executable")
    for path in files(top, os.path.join("tests", "fuzz"), ("_fuzz.c",)):
        if path not in tests:
            problems.append(f"{path}: not in tests/local.mk")

    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
