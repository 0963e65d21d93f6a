"""How many small GETs a second the sandbox serves on one core, and how long it takes to begin.

    python benches/sandbox.py

The sandbox runs in a process of its own on the second core; bare hyper asks from the first, 64 requests in flight.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys

from run import BINARIES

COUNT, ROUNDS = 40_000, 5
SERVE = """
import os, sys, time
os.sched_setaffinity(0, {1})
from atlassian_cloud.sandbox import Sandbox
start = time.perf_counter()
with Sandbox() as box:
    print(box.url, box.token, time.perf_counter() - start, flush=True)
    sys.stdin.read()
"""


def main() -> None:
    rates, seeds = [], []
    for _ in range(ROUNDS):
        with subprocess.Popen(
            [sys.executable, "-c", SERVE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as server:
            assert server.stdin is not None
            assert server.stdout is not None
            url, token, seed = server.stdout.readline().split()
            done = subprocess.run(
                ["taskset", "-c", "0", BINARIES / "bare", "hyper", "profiles", url, str(COUNT), "64"],
                env={**os.environ, "TOKEN": token},
                capture_output=True,
                text=True,
                check=True,
            )
            told = json.loads(done.stdout)
            # Every answer is a whole profile, no refusal.
            assert told["read"] > COUNT * 400, told
            rates.append(COUNT / told["wall"])
            seeds.append(float(seed))
            server.stdin.close()
    print(
        f"{statistics.median(rates):,.0f} GETs a second; the demo site is made in {statistics.median(seeds) * 1e3:.1f} ms"
    )


if __name__ == "__main__":
    main()
