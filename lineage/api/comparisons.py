"""`Comparison`: the difference between two runs, with its picture."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from lineage.comparing.difference import Difference
from lineage.files import write_whole


class Comparison(Difference):
    __doc__ = Difference.__doc__

    @classmethod
    def of(cls, difference: Difference) -> Comparison:
        """Wrap a difference in a comparison."""
        return cls(**{field.name: getattr(difference, field.name) for field in fields(Difference)})

    def to_html(self, path: str | Path) -> Path:
        """Write the two lineages, laid over each other, as one HTML file that works offline.

        Returns
        -------
        Path
            The file, absolute.

        Raises
        ------
        OSError
            If the file cannot be written; an existing file then stays unchanged.
        """
        from lineage.render.comparison import comparison_page

        return write_whole(path, comparison_page(self))

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """The outputs for a notebook: the picture, and the list where pictures are not shown."""
        from lineage.render.comparison import comparison_output

        return {"text/html": comparison_output(self), "text/plain": str(self)}
