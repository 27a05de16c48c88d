#!/usr/bin/env python3
"""
Checks what files include.

kernel/DEPS says which directory may include which. Since a line may name only
directories above it, the graph has no circle. Besides:
  - include lines are paths from the top of the tree, in quotes;
  - in angle brackets stand only headers that a freestanding compiler has;
  - x_impl.h is included only from its own directory;
  - x.c includes x.h first, if there is one beside it; in a port (kernel/arch/*)
    the interface that it implements may come first;
  - a header's guard is its path.

usage: check_deps.py [TOP]
"""
import os
import re
import sys

FREESTANDING = {
    "float.h", "iso646.h", "limits.h", "stdalign.h", "stdarg.h", "stdatomic.h",
    "stdbool.h", "stddef.h", "stdint.h", "stdnoreturn.h",
}
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')


def read_deps(path):
    """{directory: set of directories it may include}, and what is wrong with DEPS."""
    deps, problems = {}, []
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            line = line.partition("#")[0].strip()
            if not line:
                continue
            name, colon, rest = line.partition(":")
            if not colon:
                problems.append(f"{path}:{number}: no colon")
                continue
            allowed = {name}
            for word in rest.split():
                full = word if "/" in word and word.split("/")[0] == "compat" else f"kernel/{word}"
                if full not in deps:
                    problems.append(f"{path}:{number}: {full} is not declared above this line")
                allowed.add(full)
            deps[name] = allowed
    return deps, problems


def sources(top):
    for root in ("kernel", "compat"):
        for directory, _, names in os.walk(os.path.join(top, root)):
            for name in sorted(names):
                if name.endswith((".c", ".h", ".S", ".def")) and not name.endswith(".lds.S"):
                    yield os.path.relpath(os.path.join(directory, name), top)


def layer_of(path, deps):
    """The declared directory that path lies in, the nearest one."""
    directory = os.path.dirname(path)
    while directory and directory not in deps:
        directory = os.path.dirname(directory)
    return directory or None


def check_include(path, bracket, target, deps):
    if bracket == "<":
        return None if target in FREESTANDING else f"<{target}> is not a freestanding header"
    if target.split("/")[0] not in ("kernel", "compat"):
        return f'"{target}" is not a path from the top of the tree'
    if target.endswith("_impl.h") and os.path.dirname(target) != os.path.dirname(path):
        return f"{target} is private to its directory"
    here, there = layer_of(path, deps), layer_of(target, deps)
    if there is None:
        return f"{target} is in no directory that kernel/DEPS knows"
    if there not in deps[here]:
        return f"{here} may not include {there} ({target})"
    return None


def check_guard(path, text):
    guard = re.sub(r"[^A-Z0-9]", "_", path.upper())
    if f"#ifndef {guard}\n#define {guard}\n" not in text:
        return f"the guard is not {guard}"
    return None


def implements(path, header):
    """Whether header is the interface (kernel/arch) of which path is a port's half."""
    return (os.path.dirname(os.path.dirname(path)) == "kernel/arch"
            and os.path.dirname(header or "") == "kernel/arch")


def check_file(top, path, deps):
    if layer_of(path, deps) is None:
        return [f"{path}: no line of kernel/DEPS names its directory"]
    with open(os.path.join(top, path), encoding="utf-8") as source:
        text = source.read()

    problems, first = [], None
    for number, line in enumerate(text.splitlines(), 1):
        include = INCLUDE.match(line)
        if not include:
            continue
        first = first or include.group(2)
        problem = check_include(path, *include.groups(), deps)
        if problem:
            problems.append(f"{path}:{number}: {problem}")

    own = re.sub(r"\.c$", ".h", path)
    has_own = path.endswith(".c") and os.path.exists(os.path.join(top, own))
    if has_own and first != own and not implements(path, first):
        problems.append(f"{path}: includes {first} before its own header")
    if path.endswith(".h"):
        problem = check_guard(path, text)
        if problem:
            problems.append(f"{path}: {problem}")
    return problems


def main():
    top = sys.argv[1] if len(sys.argv) > 1 else "."
    deps, problems = read_deps(os.path.join(top, "kernel", "DEPS"))
    for path in sources(top):
        problems += check_file(top, path, deps)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
