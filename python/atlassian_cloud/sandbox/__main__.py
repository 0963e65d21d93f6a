"""Serve a sandbox until Ctrl-C, or run a script in one.

python -m atlassian_cloud.sandbox --port 8080
python -m atlassian_cloud.sandbox run script.py --its arguments
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import runpy
import shlex
import signal
import sys
import threading
from pathlib import Path

from . import Sandbox


def main(arguments: list[str] | None = None) -> int:
    given = sys.argv[1:] if arguments is None else arguments
    return run(given[1:]) if given[:1] == ["run"] else serve(given)


def run(given: list[str]) -> int:
    """Run a script as `python` does, with a fresh sandbox in the place of Atlassian."""
    parser = argparse.ArgumentParser(
        prog="python -m atlassian_cloud.sandbox run",
        description="Run a script in a fresh Atlassian in memory: its clients, made without arguments, find it and its "
        "credentials in the environment. The script's exit code is the command's.",
    )
    parser.add_argument("--load", metavar="FILE", help="begin with what an earlier run kept, if the file is there")
    parser.add_argument("--save", metavar="FILE", help="keep what the sandbox holds at the end; to --load it again")
    parser.add_argument("script", help="a Python file")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="what the script is given")
    options = parser.parse_args(given)
    if not Path(options.script).is_file():
        parser.error(f"there is no file {options.script}")

    with Sandbox() as box:
        if options.load and Path(options.load).exists():
            try:
                box.load(options.load)
            except (OSError, ValueError) as fault:
                parser.error(f"--load: {fault}")
        os.environ.update(box.environment)
        sys.argv = [options.script, *options.arguments]
        sys.path.insert(0, str(Path(options.script).resolve().parent))
        try:
            runpy.run_path(options.script, run_name="__main__")
        finally:
            if options.save:
                box.save(options.save)
    return 0


def serve(arguments: list[str]) -> int:
    """Serve a sandbox until Ctrl-C."""
    parser = argparse.ArgumentParser(
        prog="python -m atlassian_cloud.sandbox",
        description="An Atlassian in memory, on this machine. What is changed is forgotten at the end. "
        "`run SCRIPT` runs a script in one instead.",
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
        f"  one of Bitbucket   {box.bitbucket_api_token}   (with {box.email})",
        f"  access token       {box.bitbucket_access_token}   (of {box.bitbucket.workspace}/{box.bitbucket.repository})",
        f"  OAuth, for users   {box.oauth.client_id} {box.oauth.client_secret}",
        f"  of the service     {box.oauth.service_client_id} {box.oauth.service_client_secret}",
        f"  of Bitbucket       {box.oauth.consumer_key} {box.oauth.consumer_secret}",
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
        "With these, programs of this package come here and nowhere else:",
        "",
        *[f"  export {name}={shlex.quote(value)}" for name, value in box.environment.items()],
        "",
        "Ctrl-C ends it.",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
