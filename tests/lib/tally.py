#!/usr/bin/env python3
"""
Adds up the results of test runs and closes with one line,
`N passed, N failed, N skipped`.

Each argument is DIR[=STATUS]: a build directory whose *.trs files (the results
that automake's test driver leaves) count, and the exit status of the make that
ran the tests. A run that ended badly without a failed test in its results, such
as one whose tests did not compile, counts as one failed test.

usage: tally.py [--only NAME]... DIR[=STATUS]...
"""
import argparse
import collections
import os
import re
import sys

KINDS = {"PASS": "passed", "XFAIL": "passed", "SKIP": "skipped",
         "FAIL": "failed", "XPASS": "failed", "ERROR": "error"}
RESULT = re.compile(r":test-result: ([A-Z]+)")
FAILURE = re.compile(r"(?:FAIL|XPASS|ERROR): (.*)")


def suites(directory, only):
    """Yields the path, without extension, of each test script or program that ran."""
    for where, _, names in os.walk(directory):
        for name in sorted(names):
            path = os.path.join(where, name.removesuffix(".trs"))
            if name.endswith(".trs") and (not only or os.path.relpath(path, directory) in only):
                yield path


def matches(path, pattern):
    try:
        with open(path, encoding="utf-8", errors="replace") as lines:
            return [match.group(1) for match in map(pattern.match, lines) if match]
    except FileNotFoundError:
        return []


def count(suite):
    """
    The results of one suite. A program that ends with a bad status because one
    of its tests failed is not one more failure; one that says that all its tests
    passed, or none, and then ends badly is.
    """
    total = collections.Counter(KINDS[result] for result in matches(suite + ".trs", RESULT))
    errors = total.pop("error", 0)
    if not total["failed"]:
        total["failed"] = errors or (0 if total else 1)
    return total


def closing_line(total):
    return f"{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped"


def tally_run(directory, status, only):
    total, problems = collections.Counter(), []
    for suite in sorted(suites(directory, only)):
        counts = count(suite)
        print(f"{suite}: {closing_line(counts)}")
        if counts["failed"]:
            problems += matches(suite + ".log", FAILURE) or [f"{suite}: no test ran"]
        total += counts
    if status and not total["failed"]:
        total["failed"] += 1
        problems.append(f"building or running the tests failed (status {status})")
    return total, [f"{directory}: {problem}" for problem in problems]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("runs", nargs="+", metavar="DIR[=STATUS]")
    args = parser.parse_args()
    only = {name.removesuffix(".test") for words in args.only for name in words.split()}

    total, problems, statuses = collections.Counter(), [], {}
    for run in args.runs:
        directory, _, status = run.partition("=")
        statuses[directory] = statuses.get(directory, 0) or int(status or 0)
    for directory, status in statuses.items():
        counts, found = tally_run(directory, status, only)
        total += counts
        problems += found

    for problem in problems:
        print(f"FAILED {problem}")
    print(closing_line(total))
    return 0 if total["passed"] and not total["failed"] else 1


if __name__ == "__main__":
    sys.exit(main())
