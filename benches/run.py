"""Measures all clients in one run, alternately, each in fresh processes, and holds the medians against the gates.

    python benches/run.py [--only WORKLOAD ...] [--rounds N] [--list]

Exits with 1 if a gate is missed. A run of everything writes RESULTS.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

from workloads import GATES, WORKLOADS, Gate, Placement, Script, Workload

HERE = Path(__file__).parent
BINARIES = HERE.parent / "target" / "release"
TIMEOUT = 600

Measured = dict[str, float]
"""Medians by metric."""


class Failure(Exception):
    """Why a client could not be measured."""


@contextmanager
def pinned(cores: set[int]) -> Iterator[None]:
    """What is started inside stays on these cores."""
    mine = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, mine)


def cores(placement: Placement) -> tuple[set[int], set[int]]:
    """Those of the client, that of the server."""
    first, second = sorted(os.sched_getaffinity(0))[:2]
    return {"same core": {second}, "other core": {first}, "both cores": {first, second}}[placement], {second}


@contextmanager
def serving(work: Workload | Script) -> Iterator[str]:
    """The server's address."""
    with pinned(cores(work.placement)[1]):
        server = subprocess.Popen(
            [BINARIES / "server", "--delay-ms", str(work.delay_ms)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
    with server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


def command(work: Workload, client: str, url: str) -> list[str]:
    if client.startswith("bare "):
        kind = "profiles" if work.function.startswith("profiles") else "issues"
        return [
            str(BINARIES / "bare"),
            client.removeprefix("bare "),
            kind,
            url,
            str(work.count),
            str(work.in_flight),
        ]
    if client == "go-atlassian":
        return [str(BINARIES / "go-atlassian"), work.function, url, str(work.count)]
    module, _, loop = client.partition("+")
    job = {
        "client": module,
        "function": work.function,
        "url": url,
        "count": work.count,
        "arguments": work.arguments,
        "imports": work.imports,
        "uvloop": loop == "uvloop",
        "ticker": work.ticker,
    }
    return [sys.executable, str(HERE / "measure.py"), json.dumps(job)]


def environment() -> dict[str, str]:
    """Without proxies and what else would change a client."""
    dropped = ("_proxy", "atlassian_", "python")
    return {
        name: value
        for name, value in os.environ.items()
        if not (name.lower().endswith(dropped[0]) or name.lower().startswith(dropped[1:]))
    }


def start(arguments: list[str], allowed: set[int]) -> str:
    """Runs to the end, and gives what was printed."""
    try:
        with pinned(allowed):
            process = subprocess.run(
                arguments, env=environment(), capture_output=True, text=True, timeout=TIMEOUT, check=False
            )
    except FileNotFoundError:
        raise Failure(f"{Path(arguments[0]).name} is not built") from None
    except subprocess.TimeoutExpired:
        raise Failure(f"not done after {TIMEOUT} s") from None
    if process.returncode != 0:
        lines = process.stderr.strip().splitlines() or [f"exit status {process.returncode}"]
        raise Failure(lines[-1])
    return process.stdout


def seconds(arguments: list[str], allowed: set[int]) -> float:
    """From start to end."""
    begin = time.perf_counter()
    start(arguments, allowed)
    return time.perf_counter() - begin


def measure(work: Workload | Script, client: str, url: str) -> Measured:
    """One client, once."""
    allowed, _ = cores(work.placement)
    if isinstance(work, Script):
        arguments = [part.replace("{url}", url) for part in work.commands[client]]
        return {"wall": min(seconds(arguments, allowed) for _ in range(work.times))}
    measured: Measured = json.loads(start(command(work, client, url), allowed))
    due = work.bytes_read if client.startswith("bare ") else work.read
    read = measured.pop("read")
    if read != due:
        raise Failure(f"read {read} where {due} are due")
    return measured


def run(work: Workload | Script, rounds: int) -> tuple[dict[str, Measured], dict[str, str]]:
    """Medians, and why others have none."""
    results: dict[str, list[Measured]] = {}
    failures: dict[str, str] = {}
    with serving(work) as url:
        for _ in range(rounds):
            for client in work.clients:
                if client in failures:
                    continue
                try:
                    results.setdefault(client, []).append(measure(work, client, url))
                except Failure as failure:
                    failures[client] = str(failure)
                    results.pop(client, None)
    medians = {
        client: {metric: statistics.median(m[metric] for m in measured) for metric in measured[0]}
        for client, measured in results.items()
    }
    return medians, failures


COLUMNS = {
    "cpu": ("CPU ms", 1e3),
    "wall": ("wall ms", 1e3),
    "peak_memory": ("peak MB", 1e-6),
    "growth": ("growth MB", 1e-6),
    "held": ("held MB", 1e-6),
    "blocked_p99": ("blocked p99 ms", 1e3),
}


def table(work: Workload | Script, medians: dict[str, Measured], failures: dict[str, str]) -> str:
    """Markdown; `x` is how many times as much as the first client, which is ours."""
    metrics = [metric for metric in COLUMNS if any(metric in measured for measured in medians.values())]
    ratios = [metric for metric in metrics if metric in ("cpu", "wall")]
    head = ["client", *(COLUMNS[metric][0] for metric in metrics), *(f"{COLUMNS[m][0].split()[0]} x" for m in ratios)]
    head += [""] if not metrics else []  # The reasons need a column too.
    lines = [f"### {work.name}", "", f"{work.does[0].upper()}{work.does[1:]} ({work.placement}).", ""]
    lines += ["| " + " | ".join(head) + " |", "|---" + "|---:" * (len(head) - 1) + "|"]
    base = medians.get(next((c for c in work.clients if c.startswith("ours")), ""), {})
    for client in work.clients:
        if client in failures:
            lines.append(f"| {client} | not measured: {failures[client]} |" + " |" * (len(head) - 2))
            continue
        measured = medians[client]
        cells = [f"{measured[m] * COLUMNS[m][1]:.1f}" if m in measured else "" for m in metrics]
        cells += [f"{measured[m] / base[m]:.2f}" if m in base else "" for m in ratios]
        lines.append(f"| {client} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def judge(gate: Gate, medians: dict[str, dict[str, Measured]]) -> tuple[bool, str]:
    """Whether the gate is met, and the row that says so."""
    peer_work = gate.peer_work or gate.work
    ours = medians.get(gate.work, {}).get(gate.ours, {}).get(gate.metric)
    peer = medians.get(peer_work, {}).get(gate.peer, {}).get(gate.metric)
    against = gate.peer if gate.peer_work is None else peer_work
    limit = {
        "less": f"{gate.limit:g}x less than {against}",
        "within": f"at most {gate.limit:g}x {against}",
        "over": f"at most {gate.limit * 1e3:g} ms over {against}",
    }[gate.rule]
    if ours is None or peer is None:
        met, value = False, "not measured"
    elif gate.rule == "less":
        met, value = peer >= gate.limit * ours, f"{peer / ours:.2f}x"
    elif gate.rule == "within":
        met, value = ours <= gate.limit * peer, f"{ours / peer:.2f}x"
    else:
        met, value = ours - peer <= gate.limit, f"{(ours - peer) * 1e3:.1f} ms"
    return met, f"| {gate.work} | {gate.metric} | {gate.ours} | {limit} | {value} | {'met' if met else '**missed**'} |"


def gate_table(rows: list[str]) -> str:
    return "\n".join(["| work | metric | ours | at least | measured | |", "|---|---|---|---|---:|---|", *rows]) + "\n"


def setting(rounds: int) -> str:
    packages = [
        f"{package} {metadata.version(package)}"
        for package in (
            "atlassian-cloud",
            "jira",
            "atlassian-python-api",
            "requests",
            "httpx",
            "urllib3",
            "aiohttp",
            "orjson",
            "uvloop",
            "pandas",
        )
    ]
    tools = [("rustc", "--version"), ("go", "version")]
    packages += [
        subprocess.run(tool, capture_output=True, text=True, check=True).stdout.strip()
        for tool in tools
        if shutil.which(tool[0])
    ]
    model = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    processor = model[0] if model else platform.machine()
    system = f"{platform.system()} {platform.release()}"
    python = f"{platform.python_implementation()} {platform.python_version()}"
    load = f"load average at the end {os.getloadavg()[0]:.1f}, of which the run itself is one or two"
    return (
        f"Medians of {rounds} rounds. {len(model)} cores, {processor}, {system}; {python}; {load}.\n\n"
        f"{', '.join(packages)}; go-atlassian as in `go/go.mod`.\n"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", metavar="WORKLOAD", help="these, by name or by how names begin")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--list", action="store_true", help="names what can be measured")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds: at least 1")
    chosen = [work for work in WORKLOADS if not arguments.only or work.name.startswith(tuple(arguments.only))]
    if not chosen:
        parser.error("--only: no such workload; --list names them")
    if arguments.list:
        for work in chosen:
            print(f"{work.name:24}{work.does}")
        return 0
    if len(os.sched_getaffinity(0)) < 2:
        print("Two cores are needed: one is the server's.", file=sys.stderr)
        return 1

    medians: dict[str, dict[str, Measured]] = {}
    tables = []
    for work in chosen:
        medians[work.name], failures = run(work, arguments.rounds)
        tables.append(table(work, medians[work.name], failures))
        print(tables[-1], flush=True)
    judged = [
        judge(gate, medians) for gate in GATES if gate.work in medians and (gate.peer_work or gate.work) in medians
    ]
    gates = gate_table([row for _, row in judged])
    print(gates)
    missed = sum(not met for met, _ in judged)
    summary = f"{len(judged) - missed} of {len(judged)} gates are met."
    print(summary)
    if not arguments.only:
        head = "# Results\n\nWritten by `make bench`; [README.md](README.md) says how it is measured.\n\n"
        text = (
            head
            + setting(arguments.rounds)
            + f"\n## Gates\n\n{summary}\n\n{gates}\n## Measured\n\n"
            + "\n".join(tables)
        )
        (HERE / "RESULTS.md").write_text(text)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
