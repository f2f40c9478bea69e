#!/usr/bin/env python3
"""The planner's library calls nothing but berth's own base, world and planner, and a short allowlist.

usage: check_planner_symbols.py ALLOWLIST PLANNER.a OTHER.a...   (Meson exit codes: 0 fine, 1 failed)"""
import subprocess
import sys


def symbols(library, kinds):
    lines = subprocess.run(["nm", "--format=posix", library], check=True, capture_output=True, text=True).stdout.splitlines()
    return {fields[0] for fields in map(str.split, lines) if len(fields) >= 2 and fields[1] in kinds}


allowed = {line.strip() for line in open(sys.argv[1]) if line.strip() and not line.startswith("#")}
own = set().union(*(symbols(library, "TDRBVW") for library in sys.argv[2:]))
used = symbols(sys.argv[2], "U")
if not used:
    sys.exit("no undefined symbols found at all: is this the right library?")
forbidden = sorted(used - own - allowed)
for name in forbidden:
    print(f"the planner calls {name}, which is not on the allowlist")
sys.exit(1 if forbidden else 0)
