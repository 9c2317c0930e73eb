"""A real Jupyter server, or Voila, on this machine only, and its notebooks as a person opens them."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import nbformat
from playwright.sync_api import Page

from lineage.demo import Demo

App = Literal["lab", "notebook"]
TOKEN = "tests"
NOTEBOOKS = Path(__file__).parent.parent.parent / "notebooks"
MODULES = {"lab": "jupyterlab", "notebook": "notebook"}
KERNEL_IS_READY = """() => {
    const context = window.jupyterapp?.shell.currentWidget?.sessionContext;
    return context?.isReady && context.session?.kernel && context.kernelDisplayStatus === "idle";
}"""
PLACES = {"lab": "lab/tree", "notebook": "notebooks"}  # where an app shows a notebook


# ---- the server


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(root: Path, *command: str) -> Iterator[str]:
    """Run `python -m <command>` with a port of its own until the block ends; gives its address.

    Nothing of the person who runs the tests reaches it: no settings, no history, no Metaflow profile.
    """
    port = free_port()
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("METAFLOW_", "JUPYTER", "IPYTHON"))}
    home = root / "home"
    home.mkdir(exist_ok=True)
    environ |= {
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(root / "config"),
        "JUPYTER_RUNTIME_DIR": str(root / "run"),
    }
    log = root / "server.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", *(word.replace("PORT", str(port)) for word in command)],
            cwd=root,
            env=environ,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(f"{address}/", server, log)
            yield address
        finally:
            _stop(server)


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    give_up = time.monotonic() + 90
    while time.monotonic() < give_up:
        assert server.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(url, timeout=5)
            return
        except urllib.error.HTTPError:
            return  # it answers
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"no answer from {url}:\n{log.read_text()}")


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(timeout=15)
    except subprocess.TimeoutExpired:
        # its kernels are shut down and its event loop has ended, but a worker thread of anyio that nobody
        # tells to end keeps the process (https://github.com/jupyterlab/jupyterlab/issues/10442)
        server.kill()
        server.wait()


@contextmanager
def jupyter(root: Path, app: App = "lab") -> Iterator[str]:
    """JupyterLab or Notebook 7 on a folder, with `?token=tests`."""
    options = [
        "--no-browser",
        "--allow-root",
        "--expose-app-in-browser",
        "--ServerApp.port=PORT",
        f"--ServerApp.root_dir={root}",
        f"--IdentityProvider.token={TOKEN}",
        "--LabApp.news_url=",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    with serving(root, MODULES[app], *options) as url:
        yield url


# ---- what it serves


def beside_demo(root: Path, demo: Demo, name: str, *more_cells: str) -> Path:
    """Lay one of the project's notebooks, and cells after its own, beside a copy of the demo's store."""
    shutil.copytree(demo.root, root / "demo")
    notebook = nbformat.read(NOTEBOOKS / name, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []  # what is kept for GitHub must not be taken for what the kernel says
    notebook.cells += [nbformat.v4.new_code_cell(source) for source in more_cells]
    path = root / "notebooks" / name
    path.parent.mkdir()
    nbformat.write(notebook, path)
    return path


def choose_theme(root: Path, theme: str) -> None:
    """`Light` or `Dark`, as in the settings of JupyterLab; and no question about news over the picture."""
    settings = root / "config/lab/user-settings/@jupyterlab/apputils-extension"
    settings.mkdir(parents=True, exist_ok=True)
    chosen = {"themes": {"theme": f"JupyterLab {theme}"}, "notification": {"fetchNews": "false"}}
    for name, values in chosen.items():
        (settings / f"{name}.jupyterlab-settings").write_text(json.dumps(values), "utf-8")


# ---- as a person opens it


def open_notebook(page: Page, address: str, path: str, app: App = "lab") -> None:
    """Open a notebook, and wait until its kernel is ready.

    A cell that runs before that is dropped, or makes the page ask for a kernel, or start a second one: then
    what was sent to the first is cancelled. The page's toolbar is no help, it says "idle" from the beginning.
    """
    page.goto(f"{address}/{PLACES[app]}/{path}?token={TOKEN}{'&reset' if app == 'lab' else ''}")
    page.wait_for_function(KERNEL_IS_READY)


def run_all(page: Page) -> None:
    """Run all cells of the open notebook, by its menu."""
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()


def run_cell(page: Page, source: str) -> None:
    """Run the cell in which some text stands, by the keyboard."""
    page.locator(".jp-CodeCell", has_text=source).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")


def change_theme(page: Page, theme: str) -> None:
    """`Light` or `Dark`, while the page is open."""
    page.evaluate(
        "theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })",
        f"JupyterLab {theme}",
    )
    page.locator(f'body[data-jp-theme-name="JupyterLab {theme}"]').wait_for(state="attached")
