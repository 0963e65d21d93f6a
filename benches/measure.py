"""Measures one workload of one client, in the process that it is run in, and prints it as JSON. `run.py` starts it; by hand, with a server:

    python benches/measure.py '{"client": "ours", "function": "issues", "url": "http://127.0.0.1:8080", "count": 20000}'

Imports, the making of the client and 20 calls to warm up come before the window.

    cpu          user and system time of the whole process, seconds
    wall         seconds
    peak_memory  the most that was resident in the process's life, bytes
    growth       by how much that is more than before the window
    held         by how much more is resident after it, with the result still there
    blocked_p99  how late a task that sleeps 1 ms was woken, seconds: with "ticker"
    read         what the function says that it read, or the length of what it kept
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import sys
import time
from pathlib import Path
from typing import Any

WARM_UP = 20
TICK = 0.001


class Window:
    """From its making to `close`."""

    def __init__(self) -> None:
        self.resident = memory("VmRSS")
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def close(self, result: Any) -> dict[str, float]:
        cpu, wall = time.process_time() - self.cpu, time.perf_counter() - self.wall
        return {
            "cpu": cpu,
            "wall": wall,
            "peak_memory": memory("VmHWM"),
            "growth": memory("VmHWM") - self.resident,
            "held": memory("VmRSS") - self.resident,
            "read": result if isinstance(result, int) else len(result),
        }


def memory(name: str) -> int:
    """From the process's own status: `ru_maxrss` is inherited from whoever started the process."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    raise LookupError(name)


def blocking(client: Any, job: dict[str, Any]) -> dict[str, float]:
    connection = client.connect(job["url"])
    client.profiles(connection, WARM_UP)
    work = getattr(client, job["function"])
    window = Window()
    return window.close(work(connection, job["count"], **job.get("arguments", {})))


async def awaiting(client: Any, job: dict[str, Any]) -> dict[str, float]:
    async with client.connect(job["url"]) as connection:
        await client.profiles(connection, WARM_UP)
        work = getattr(client, job["function"])
        late: list[float] = []
        ticker = asyncio.create_task(tick(late)) if job.get("ticker") else None
        window = Window()
        measured = window.close(await work(connection, job["count"], **job.get("arguments", {})))
        if ticker is not None:
            ticker.cancel()
            measured["blocked_p99"] = sorted(late)[len(late) * 99 // 100]
        return measured


async def tick(late: list[float]) -> None:
    while True:
        start = time.perf_counter()
        await asyncio.sleep(TICK)
        late.append(time.perf_counter() - start - TICK)


def main() -> None:
    job = json.loads(sys.argv[1])
    for module in job.get("imports", []):
        importlib.import_module(module)
    client = importlib.import_module(f"clients.{job['client']}")
    if inspect.iscoroutinefunction(client.profiles):
        loop = importlib.import_module("uvloop" if job.get("uvloop") else "asyncio").new_event_loop()
        measured = loop.run_until_complete(awaiting(client, job))
    else:
        measured = blocking(client, job)
    print(json.dumps(measured))


if __name__ == "__main__":
    main()
