"""Small calls: CPU and wall per call, ours beside what people use today, in one run against the same sandbox.

Each measurement is a fresh process; clients alternate over the rounds; medians and ratios are printed. Peers that are not installed are
left out. The sandbox runs in a process of its own.

    python benches/calls.py [--calls 2000] [--rounds 5]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import textwrap

OURS = """
from atlassian_cloud import Admin
admin = Admin(token, base_url=url)
def call():
    admin.users.get(account).account.name
"""
OURS_ASYNC = """
import asyncio
from atlassian_cloud import AsyncAdmin
async def work(count):
    async with AsyncAdmin(token, base_url=url) as admin:
        async def some(n):
            for _ in range(n):
                (await admin.users.get(account)).account.name
        await asyncio.gather(*(some(count // 64) for _ in range(64)))
def many(count):
    asyncio.run(work(count // 64 * 64))
"""
URLLIB3 = """
import json, urllib3
pool = urllib3.PoolManager(headers={"authorization": "Bearer " + token})
def call():
    json.loads(pool.request("GET", f"{url}/users/{account}/manage/profile").data)["account"]["name"]
"""
REQUESTS = """
import requests
session = requests.Session()
session.headers["authorization"] = "Bearer " + token
def call():
    session.get(f"{url}/users/{account}/manage/profile").json()["account"]["name"]
"""
CLIENTS = {
    "atlassian-cloud": OURS,
    "atlassian-cloud async, 64 in flight": OURS_ASYNC,
    "urllib3 + json": URLLIB3,
    "requests": REQUESTS,
}

MEASURE = """
import sys, time
token, url, account, count = {token!r}, {url!r}, {account!r}, {count}
{client}
if "many" not in globals():
    def many(n):
        for _ in range(n):
            call()
many(64)
wall, cpu = time.perf_counter(), time.process_time()
many(count)
print((time.process_time() - cpu) / count * 1e6, (time.perf_counter() - wall) / count * 1e6)
"""

SERVER = """
from atlassian_cloud.sandbox import Sandbox
import json, sys
with Sandbox() as box:
    print(json.dumps([box.token, box.url, box.accounts.active]), flush=True)
    sys.stdin.read()
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    results: dict[str, list[tuple[float, float]]] = {}
    server = subprocess.Popen([sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        token, url, account = json.loads(server.stdout.readline())
        for _ in range(arguments.rounds):
            for name, client in CLIENTS.items():
                script = MEASURE.format(
                    token=token, url=url, account=account, count=arguments.calls, client=textwrap.dedent(client)
                )
                done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
                if done.returncode == 0:
                    cpu, wall = map(float, done.stdout.split())
                    results.setdefault(name, []).append((cpu, wall))
                elif "ModuleNotFoundError" not in done.stderr:
                    print(done.stderr, file=sys.stderr)
                    return 1
    finally:
        server.communicate()
    base = statistics.median(cpu for cpu, _ in results["atlassian-cloud"])
    print(f"{'client':38}{'CPU us/call':>12}{'wall us/call':>14}{'CPU ratio':>11}")
    for name, rounds in results.items():
        cpu, wall = (statistics.median(column) for column in zip(*rounds, strict=True))
        print(f"{name:38}{cpu:12.1f}{wall:14.1f}{cpu / base:11.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
