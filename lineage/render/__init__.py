"""Text, plotly figures, still pictures and HTML pages, made from scenes. Internal."""
