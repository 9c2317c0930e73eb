"""The theme of frames in a notebook: by themselves, they know that of the system, but not the notebook's."""

from __future__ import annotations

_DARK = "[data-jp-theme-light=false],[data-vscode-theme-kind*=dark]"
_LIGHT = "[data-jp-theme-light=true],[data-vscode-theme-kind*=light]"


def following_style(parts: str) -> str:
    """A stylesheet for sandboxed frames and pictures, given as a selector.

    Where the themes of system and notebook differ, black and white change places, and hues stay.
    """
    return "".join(
        f"@media(prefers-color-scheme:{system})"
        f"{{body:is({notebook}) {parts}{{filter:{change} hue-rotate(180deg)}}}}"
        for system, notebook, change in (
            ("light", _DARK, "invert(.93)"),
            ("dark", _LIGHT, "invert(1) brightness(1.12)"),
        )
    )
