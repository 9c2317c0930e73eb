"""The picture of a comparison: two lineages laid over each other, as HTML without scripts. Internal."""

from __future__ import annotations

from lineage.render.comparison.page import comparison_frame, comparison_output, comparison_page

__all__ = ["comparison_frame", "comparison_output", "comparison_page"]
