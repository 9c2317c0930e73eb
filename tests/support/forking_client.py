"""A client process that imports Metaflow once and answers each question in a fork of itself.

The file is also the program of that process, which has only what the tested environment has: the standard
library and Metaflow.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import weakref
from pathlib import Path


class ForkingClient:
    """Run code with Metaflow's client, each time in a process as fresh as a new one, without its start."""

    def __init__(self, python: str, folder: Path, environ: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [python, __file__],
            cwd=folder,
            env=environ,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        weakref.finalize(self, _end, self._process)  # with its store, or with the tests

    def ask(self, code: str) -> object:
        """The JSON that the code prints in its last line.

        Raises
        ------
        AssertionError
            If the code fails, with all that it printed.
        """
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps(code), file=self._process.stdin, flush=True)
        status, output = json.loads(self._process.stdout.readline())
        assert status == 0, output
        return json.loads(output.strip().splitlines()[-1])


def _end(process: subprocess.Popen[str]) -> None:
    assert process.stdin
    assert process.stdout
    process.stdin.close()  # the program ends with its input
    process.wait()
    process.stdout.close()


def _serve() -> None:
    import metaflow  # noqa: F401  # what each question would import

    for line in sys.stdin:
        out, into = os.pipe()
        child = os.fork()
        if not child:
            for stream in (1, 2):
                os.dup2(into, stream)
            os.close(out)
            exec(compile(json.loads(line), "<question>", "exec"), {"__name__": "__main__"})
            sys.stdout.flush()
            os._exit(0)
        os.close(into)
        with os.fdopen(out) as reader:
            output = reader.read()
        _, status = os.waitpid(child, 0)
        print(json.dumps([status, output]), flush=True)


if __name__ == "__main__":
    _serve()
