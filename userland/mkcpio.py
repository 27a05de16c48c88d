#!/usr/bin/env python3
"""
Makes a boot archive (cpio, format newc) from files, each under its own name, or from
whole trees. The result depends on their contents only.

usage: mkcpio.py OUT FILE...
       mkcpio.py OUT --tree DIR|TAR...
"""
import os
import stat
import sys
import tarfile

TRAILER = "TRAILER!!!"


def padding(length):
    return b"\0" * (-length % 4)


def entry(number, name, mode, data):
    name = name.encode() + b"\0"
    fields = [number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0]
    head = b"070701" + b"".join(b"%08x" % field for field in fields) + name
    return head + padding(len(head)) + data + padding(len(data))


def read(path):
    with open(path, "rb") as source:
        return source.read()


def directory_members(top):
    """(name, mode, bytes) of all that is in a directory, parents first."""
    for directory, names, files in os.walk(top):
        names.sort()
        for name in sorted(names + files):
            path = os.path.join(directory, name)
            mode = os.lstat(path).st_mode
            data = b""
            if stat.S_ISLNK(mode):
                data = os.readlink(path).encode()
            elif stat.S_ISREG(mode):
                data = read(path)
            elif not stat.S_ISDIR(mode):
                continue
            yield os.path.relpath(path, top), mode, data


def tar_members(path):
    """The same of a tar archive, where a hard link is one more copy."""
    with tarfile.open(path) as tar:
        for member in tar:
            name = os.path.normpath(member.name).lstrip("/")
            if name == ".":
                continue
            if member.isdir():
                yield name, stat.S_IFDIR | member.mode, b""
            elif member.issym():
                yield name, stat.S_IFLNK | 0o777, member.linkname.encode()
            elif member.isfile() or member.islnk():
                yield name, stat.S_IFREG | member.mode, tar.extractfile(member).read()


def tree_members(paths):
    for path in paths:
        yield from directory_members(path) if os.path.isdir(path) else tar_members(path)


def file_members(paths):
    for path in paths:
        yield os.path.basename(path), stat.S_IFREG | 0o755, read(path)


def write_archive(out, members):
    with open(out, "wb") as target:
        for number, (name, mode, data) in enumerate(members, 1):
            target.write(entry(number, name, mode, data))
        target.write(entry(0, TRAILER, 0, b""))


def main():
    out, words = sys.argv[1], sys.argv[2:]
    is_tree = words[:1] == ["--tree"]
    write_archive(out, tree_members(words[1:]) if is_tree else file_members(words))


if __name__ == "__main__":
    main()
