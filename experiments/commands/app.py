"""Open the model in the browser: the page that compares two runs, or with ``--mesa`` an ordinary Mesa page."""

from __future__ import annotations

import importlib.util
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import abm
from abm.extras import install
from experiments import called
from experiments.study.options import Parser, whole_number
from experiments.terminal import guarded

__all__ = ["main"]


def main(arguments: Sequence[str]) -> int:
    """Serve the page until Ctrl-C and return the exit code."""
    parser = Parser(prog=called("app"), description="Open the model in the browser")
    add = parser.add_argument
    add("--mesa", action="store_true", help="an ordinary Mesa page instead of the one that compares two runs")
    add("--host", default="127.0.0.1", metavar="ADDRESS", help="address to listen on; 0.0.0.0 opens it to others")
    add("--port", type=whole_number(1, 65_535), default=8765, metavar="N", help="port to listen on")
    add("--no-open", action="store_true", help="do not open a browser")
    options = parser.parse_args(arguments)
    if importlib.util.find_spec("solara") is None:
        print(f"the page needs solara, which is not installed: {install('viz')} brings it", file=sys.stderr)
        return 2
    try:
        socket.create_server((options.host, options.port), family=_family(options.host)).close()
    except OSError as error:
        reason = str(error.strerror).partition(" (")[0]
        where = f"--host {options.host} --port {options.port}"
        print(f"{where}: the page cannot listen there ({reason})", file=sys.stderr)
        return 2
    import click
    from solara.__main__ import cli

    page = Path(abm.__file__).parent / ("mesa_app.py" if options.mesa else "app.py")
    command = ["run", str(page), "--host", options.host, "--port", str(options.port), "--production"]
    command += ["--no-check-version", *(["--no-open"] if options.no_open else [])]
    try:
        cli.main(args=command, prog_name="solara", standalone_mode=False)
    except click.exceptions.Abort:  # Ctrl-C
        print("The page is closed.", file=sys.stderr)
        return 130
    return 0


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(sys.argv[1:])))
