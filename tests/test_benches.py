"""The bench suite names what exists and judges by its rules. Speed itself is no test."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path
from types import ModuleType

import pytest

BENCHES = Path(__file__).parents[1] / "benches"


@pytest.fixture
def workloads(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(BENCHES)
    return importlib.import_module("workloads")


@pytest.fixture
def run(workloads: ModuleType) -> ModuleType:
    return importlib.import_module("run")


def functions(client: str) -> set[str]:
    """Read, not imported: the peers are in another environment."""
    tree = ast.parse((BENCHES / "clients" / f"{client}.py").read_text())
    return {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}


def test_clients_can_do_what_they_are_named_for(workloads: ModuleType) -> None:
    for work in workloads.WORKLOADS:
        if isinstance(work, workloads.Script):
            scripts = [Path(part) for command in work.commands.values() for part in command if part.endswith(".py")]
            assert all(script.exists() for script in scripts), work.name
            continue
        for client in work.clients:
            if client != "go-atlassian" and not client.startswith("bare "):
                missing = {"connect", "profiles", work.function} - functions(client.removesuffix("+uvloop"))
                assert not missing, (work.name, client, missing)


def test_gates_name_what_is_measured(workloads: ModuleType) -> None:
    clients = {work.name: work.clients for work in workloads.WORKLOADS}
    assert len(clients) == len(workloads.WORKLOADS)
    for gate in workloads.GATES:
        assert gate.ours in clients[gate.work], gate
        assert gate.peer in clients[gate.peer_work or gate.work], gate


@pytest.mark.parametrize(
    ("rule", "limit", "ours", "met"),
    [
        ("less", 20, 0.05, True),
        ("less", 20, 0.051, False),
        ("within", 1.3, 1.3, True),
        ("within", 1.3, 1.31, False),
        ("over", 0.010, 1.0099, True),
        ("over", 0.010, 1.011, False),
    ],
)
def test_a_gate_is_judged(
    workloads: ModuleType, run: ModuleType, rule: str, limit: float, ours: float, met: bool
) -> None:
    gate = workloads.Gate("work", "cpu", "ours", rule, limit, "peer")
    assert run.judge(gate, {"work": {"ours": {"cpu": ours}, "peer": {"cpu": 1.0}}})[0] is met


def test_what_could_not_be_measured_is_missed(workloads: ModuleType, run: ModuleType) -> None:
    gate = workloads.Gate("work", "cpu", "ours", "within", 2, "peer")
    met, row = run.judge(gate, {"work": {"peer": {"cpu": 1.0}}})
    assert not met
    assert "not measured" in row
