#!/usr/bin/env python3
"""
Checks that every source is listed in the local.mk that builds it: kernel
sources in kernel/local.mk or compat/local.mk, tests and what they need in tests/local.mk or
tests/unit/local.mk. What is not listed is not compiled, not run or not in the
distribution, and nobody notices.

usage: check_lists.py [TOP]
"""
import os
import re
import sys


def words_of(top, *paths):
    words = set()
    for path in paths:
        with open(os.path.join(top, path), encoding="utf-8") as text:
            words |= set(re.findall(r"[A-Za-z0-9_./-]+", text.read()))
    return words


def files(top, root, suffixes):
    for directory, _, names in os.walk(os.path.join(top, root)):
        for name in sorted(names):
            if name.endswith(suffixes):
                yield os.path.relpath(os.path.join(directory, name), top)


def main():
    top = sys.argv[1] if len(sys.argv) > 1 else "."
    kernel = words_of(top, "kernel/local.mk", "compat/local.mk")
    native = words_of(top, "tests/guest/native/local.mk")
    linux = words_of(top, "tests/guest/linux/local.mk")
    tests = native | linux | words_of(top, "tests/local.mk", "tests/unit/local.mk")
    userland = words_of(top, "userland/local.mk")
    problems = []

    for root in ("kernel", "compat"):
        for path in files(top, root, (".c", ".S", ".h", ".def", ".tbl")):
            # The linker script is named by its rule; target.h is a link in the build.
            if path not in kernel:
                problems.append(f"{path}: not in {root}/local.mk")
    for path in files(top, "userland", (".c", ".S", ".h", ".py", ".sh")):
        if path not in userland:
            problems.append(f"{path}: not in userland/local.mk")
    for path in files(top, os.path.join("tests", "guest", "native"), (".c",)):
        if path not in native and path[:-len(".c")] not in native:
            problems.append(f"{path}: not in tests/guest/native/local.mk")
    for path in files(top, os.path.join("tests", "guest", "linux"), (".c",)):
        if path not in linux and path[:-len(".c")] not in linux:
            problems.append(f"{path}: not in tests/guest/linux/local.mk")
    for path in files(top, os.path.join("tests", "unit"), ("_test.c",)):
        if path[:-len(".c")] not in tests:
            problems.append(f"{path}: not in tests/local.mk")
    for path in files(top, "tests", (".test",)):
        if path not in tests:
            problems.append(f"{path}: not in tests/local.mk")
        if not os.access(os.path.join(top, path), os.X_OK):
            problems.append(f"{path}: not executable")
    for path in files(top, "tests", ("_fuzz.c", ".h", ".py", ".sh")):
        if path not in tests:
            problems.append(f"{path}: not in tests/local.mk")

    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
