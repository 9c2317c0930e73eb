"""Found by every Python process with this folder on PYTHONPATH: writes down which files it reads.

A line for each file under the folder in COUNT_READS_OF, into the file in READS, with the command.
"""

import os
import sys

WATCHED, LOG = os.environ.get("COUNT_READS_OF"), os.environ.get("READS")


def _watch(event, args):
    if event == "open" and isinstance(args[0], str) and args[0].startswith(WATCHED):
        line = f"{command()} {args[0]}\n".encode()
        descriptor = os.open(LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(descriptor, line)
        os.close(descriptor)


def command():
    arguments = getattr(sys, "argv", [])
    return next((word for word in ("step", "run", "resume") if word in arguments), "other")


if WATCHED and LOG:
    sys.addaudithook(_watch)
