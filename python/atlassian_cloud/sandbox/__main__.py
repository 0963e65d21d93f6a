"""Serve a sandbox until Ctrl-C: ``python -m atlassian_cloud.sandbox --port 8080``."""

from __future__ import annotations

import argparse
import dataclasses
import signal
import sys
import threading

from . import Sandbox


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m atlassian_cloud.sandbox",
        description="An Atlassian in memory, on this machine. What is changed is forgotten at the end.",
    )
    parser.add_argument("--port", type=int, default=8080, help="port to listen on; 0 takes a free one (default: 8080)")
    parser.add_argument("--tls", action="store_true", help="serve HTTPS with a certificate authority made for this box")
    options = parser.parse_args(arguments)
    if not 0 <= options.port <= 65535:
        parser.error(f"--port: expected 0 to 65535, got {options.port}")

    try:
        box = Sandbox(options.port, tls=options.tls)
    except OSError as fault:
        print(fault.strerror or fault, file=sys.stderr)
        return 1
    stop = threading.Event()

    def end(_signal: int, _frame: object) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    with box:
        print(_greeting(box), flush=True)
        # A wait without end cannot be interrupted on Windows.
        while not stop.wait(1.0):
            pass
    return 0


def _greeting(box: Sandbox) -> str:
    lines = [
        f"Sandbox at {box.url}",
        "",
        f"  organization       {box.org_id}",
        f"  directory          {box.directory_id}",
        f"  SCIM directory     {box.scim_directory}",
        f"  key                {box.token}",
        f"  key with scopes    {box.scoped_token}   (user management refuses it)",
        f"  key of SCIM        {box.scim_token}",
        f"  API token          {box.api_token}   (with {box.email})",
        f"  one with scopes    {box.scoped_api_token}   (through /ex/jira/{box.cloud_id})",
    ]
    if box.ca_bundle is not None:
        lines.append(f"  certificate        {box.ca_bundle}")
    lines += ["", "Accounts, each known for one thing:", ""]
    lines += [f"  {name.replace('_', ' '):<18} {account}" for name, account in dataclasses.asdict(box.accounts).items()]
    trust = f"--cacert {box.ca_bundle} " if box.ca_bundle is not None else ""
    lines += [
        "",
        "Try it:",
        "",
        f"  curl {trust}-H 'Authorization: Bearer {box.token}' {box.url}/users/{box.accounts.active}/manage/profile",
        "",
        f"  export ATLASSIAN_ADMIN_TOKEN={box.token}",
        f"  export ATLASSIAN_SCIM_TOKEN={box.scim_token} ATLASSIAN_SCIM_DIRECTORY={box.scim_directory}",
        f'  admin = Admin(base_url="{box.url}"{f", ca_bundle={box.ca_bundle!r}" if box.ca_bundle else ""})',
        "",
        "Ctrl-C ends it.",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
