#!/usr/bin/env python3
"""Sums the test results of several Meson build folders into one line: N passed, N failed, N skipped."""
import sys
import xml.etree.ElementTree as ElementTree

passed = failed = skipped = 0
for folder in sys.argv[1:]:
    for case in ElementTree.parse(f"{folder}/meson-logs/testlog.junit.xml").iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif case.find("skipped") is not None:
            skipped += 1
        else:
            passed += 1
print(f"{passed} passed, {failed} failed, {skipped} skipped")
