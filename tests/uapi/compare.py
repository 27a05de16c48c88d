#!/usr/bin/env python3
"""
Compares every struct, member and constant of compat/linux/uapi with the headers of
the Linux that this runs on, as uapi.map tells. A compiler does the work: for each
group of host headers a program is made that prints both sides.

What no host header has is an error, unless uapi.map says `only`; so is a struct or a
member that nobody compared.

Speaks TAP, one test a header.

usage: compare.py TOP [CC]
"""
import os
import re
import subprocess
import sys
import tempfile

CONSTANT = re.compile(r"^#define LINUX_(\w+) ", re.M)
STRUCT = re.compile(r"^struct (?:PACKED )?linux_(\w+) \{\n(.*?)^\};", re.M | re.S)
# Padding, by our convention.
FLEXIBLE = ("name",)  # char name[] ends some structs
IGNORED = re.compile(r"^(pad\d*|reserved\d*)$")


class Group:
    """Host headers that go together, and what is looked for in them alone."""

    def __init__(self, includes):
        self.includes = includes
        self.structs = {}  # ours: (theirs, prefix, {our member: their member})
        self.members = {}  # ours: {our member of a member: their path}
        self.enums, self.skip = set(), set()


class Header:
    """One of our headers and what uapi.map says of it."""

    def __init__(self, name):
        self.name = name
        self.groups = []
        self.only, self.aliases = set(), {}


def pairs(words):
    return dict(word.split("=", 1) for word in words if "=" in word)


def read_struct(line, structs):
    ours, theirs, rest = re.match(r"struct (\w+) = ((?:struct )?\w+)(.*)", line).groups()
    prefix = [word for word in rest.split() if "=" not in word]
    structs[ours] = (theirs, prefix[0] if prefix else "", pairs(rest.split()))


def read_line(line, headers):
    word, _, rest = line.partition(" ")
    rest = rest.strip()
    if not word:
        return
    if word == "header":
        headers.append(Header(rest))
        return
    header = headers[-1]
    if word == "with":
        header.groups.append(Group(rest.split()))
    elif word == "struct":
        read_struct(line, header.groups[-1].structs)
    elif word == "member":
        ours, *words = rest.split()
        header.groups[-1].members.setdefault(ours, {}).update(pairs(words))
    elif word == "enum":
        header.groups[-1].enums |= set(rest.split())
    elif word == "skip":
        header.groups[-1].skip |= set(rest.split())
    elif word == "only":
        header.only |= set(rest.split())
    elif word == "alias":
        header.aliases.update(pairs(rest.split()))
    else:
        sys.exit(f"uapi.map: unknown line: {line}")


def read_map(path):
    headers = []
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            read_line(line.partition("#")[0].strip(), headers)
    return headers


def members_of(body):
    """The names of a struct's own members; of an anonymous union in it, its members'."""
    body = re.sub(r"/\*.*?\*/", "", body, flags=re.S)
    depth, names = 0, []
    for statement in re.findall(r"[^;{}]*[;{]|\}[^;{}]*;", body):
        text = statement.strip()
        if text.endswith("{"):
            depth += 0 if text.startswith("union") else 1
            continue
        if text.startswith("}"):
            name = re.match(r"\}\s*(\w*)", text).group(1)
            depth -= 1 if name else 0
            if name and depth == 0:
                names.append(name)
            continue
        if depth == 0:
            first, *others = text[:-1].split(",")
            names.append(re.search(r"(\w+)\s*(\[[^]]*\])*$", first).group(1))
            names += [re.match(r"\s*(\w+)", other).group(1) for other in others]
    return names


def show(kind, name, ours, theirs):
    return f'\tprintf("{kind} {name} %lld %lld\\n", (long long)({ours}), (long long)({theirs}));'


def show_struct(group, ours, names):
    theirs, prefix, renames = group.structs[ours]
    out = []
    if ours not in group.skip:
        out.append(show("size", ours, f"sizeof(struct {ours})", f"sizeof({theirs})"))
    fields = {name: renames.get(name, prefix + name) for name in names if not IGNORED.match(name)}
    for our, their in (fields | group.members.get(ours, {})).items():
        if their == "-":
            continue
        out.append(show("field", f"{ours}.{our}", f"offsetof(struct {ours}, {our})",
                        f"offsetof({theirs}, {their})"))
        # A union of ours is as large as its member; theirs, as the whole.
        if "_sifields" not in their and our not in FLEXIBLE:
            out.append(show("width", f"{ours}.{our}", f"sizeof(((struct {ours} *)0)->{our})",
                            f"sizeof((({theirs} *)0)->{their})"))
    return out


def program(header, group, constants, bodies):
    """Our values are taken before a host header can replace a macro of the same name."""
    out = [f'#include "compat/linux/uapi/{header.name}.h"']
    for name in constants:
        out += [f"static const long long our_{name} = (long long)(LINUX_{name});",
                f"#undef LINUX_{name}"]
    out += [f"#include <{name}>" for name in group.includes]
    out += ["extern int printf(const char *, ...);", "int main(void)", "{"]
    for name in [name for name in constants if name not in group.skip]:
        theirs = header.aliases.get(name, name)
        line = show("const", name, f"our_{name}", theirs)
        out += [line] if name in group.enums else [f"#ifdef {theirs}", line, "#endif"]
    for ours in group.structs:
        out += show_struct(group, ours, bodies[ours])
    return "\n".join(out + ["\treturn 0;", "}", ""])


def run(text, top, compiler):
    """What the program prints, and what the compiler said if it did not compile."""
    with tempfile.TemporaryDirectory() as directory:
        source, binary = os.path.join(directory, "uapi.c"), os.path.join(directory, "uapi")
        with open(source, "w", encoding="utf-8") as out:
            out.write(text)
        built = subprocess.run([*compiler.split(), "-std=gnu11", "-D_GNU_SOURCE", "-w", f"-I{top}",
                                "-o", binary, source], capture_output=True, text=True, check=False)
        if built.returncode != 0:
            return "", built.stderr
        return subprocess.run([binary], capture_output=True, text=True, check=True).stdout, ""


def compare(header, top, compiler):
    """What is wrong with one of our headers, and how many values were compared."""
    with open(os.path.join(top, "compat", "linux", "uapi", header.name + ".h"),
              encoding="utf-8") as text:
        text = text.read()
    constants = CONSTANT.findall(text)
    bodies = {f"linux_{name}": members_of(body) for name, body in STRUCT.findall(text)}
    problems, seen, count = [], set(header.only), 0

    for group in header.groups:
        for ours in set(group.structs) - set(bodies):
            return [f"{ours} is not in {header.name}.h"], 0
        output, error = run(program(header, group, constants, bodies), top, compiler)
        if error:
            return error.splitlines(), count
        for line in output.splitlines():
            kind, name, ours, theirs = line.split()
            seen |= {name, name.partition(".")[0]}
            count += 1
            # A host may have a constant as a signed number that is unsigned with us.
            if int(ours) != int(theirs) and (kind != "const" or (int(ours) - int(theirs)) % 2**32):
                problems.append(f"{kind} {name}: {ours} here, {theirs} there")
    for name in constants + list(bodies):
        if name not in seen:
            problems.append(f"{name} was compared with nothing")
    return problems, count


def compare_errno(top, compiler):
    """The error numbers of kernel/lib/errno.h, which have Linux's names as they are."""
    with open(os.path.join(top, "kernel", "lib", "errno.h"), encoding="utf-8") as text:
        numbers = re.findall(r"^#define (E\w+) (\w+)$", text.read(), re.M)
    out = ["#include <errno.h>", "extern int printf(const char *, ...);", "int main(void)", "{"]
    values = dict(numbers)
    for name, value in numbers:
        out.append(show("const", name, values.get(value, value), name))
    output, error = run("\n".join(out + ["\treturn 0;", "}", ""]), top, compiler)
    problems = error.splitlines()
    for line in output.splitlines():
        _, name, ours, theirs = line.split()
        if ours != theirs:
            problems.append(f"{name}: {ours} here, {theirs} there")
    return problems, len(numbers)


def report(number, problems, text):
    print(f"{'not ok' if problems else 'ok'} {number} - {text}")
    for problem in problems:
        print(f"# {problem}")
    return bool(problems)


def main():
    top = sys.argv[1]
    compiler = sys.argv[2] if len(sys.argv) > 2 else "cc"
    here = os.path.dirname(os.path.abspath(__file__))
    headers, failures = read_map(os.path.join(here, "uapi.map")), 0
    have = {name[:-2] for name in os.listdir(os.path.join(top, "compat", "linux", "uapi"))}

    for number, header in enumerate(headers, 1):
        problems, count = compare(header, top, compiler)
        failures += report(number, problems, f"uapi/{header.name}.h is as on this Linux: {count} "
                           "sizes, offsets and constants")
    problems, count = compare_errno(top, compiler)
    failures += report(len(headers) + 1, problems, f"error numbers are as on this Linux: {count}")
    missing = sorted(have - {header.name for header in headers} - {"abi"})
    failures += report(len(headers) + 2, missing, "every header of compat/linux/uapi is compared")
    print(f"1..{len(headers) + 2}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
