#!/usr/bin/env python3
"""Counts the tests in ctest's last log: count.py FOLDER prints the numbers passed, failed and skipped.

A GoogleTest executable that ctest ran counts as the tests in it, anything else as one."""

import re
import sys

log = open(f"{sys.argv[1]}/Testing/Temporary/LastTest.log", errors="replace").read()
passed = failed = skipped = 0
for block in re.split(r"^\d+/\d+ Testing: ", log, flags=re.M)[1:]:

    def told(word, block=block):
        return sum(int(count) for count in re.findall(rf"^\[  {word} *\] (\d+) tests?[.,]", block, re.M))

    ended_well = re.search(r"^Test Passed\.", block, re.M) is not None
    if "[==========] Running" not in block:
        not_run = re.search(r"^Test (Skipped|Not Run)", block, re.M) is not None
        skipped += not_run
        passed += ended_well
        failed += not ended_well and not not_run
        continue
    bad = told("FAILED")
    passed += told("PASSED")
    skipped += told("SKIPPED")
    failed += bad if bad or ended_well or told("SKIPPED") else 1  # it crashed, or took too long
print(passed, failed, skipped)
