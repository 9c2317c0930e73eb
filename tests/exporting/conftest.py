from __future__ import annotations

import networkx as nx
import pytest

from tests.exporting.examples import GRAPHS


@pytest.fixture(params=list(GRAPHS))
def graph(request: pytest.FixtureRequest) -> nx.DiGraph[str]:
    """Each of the graphs in turn."""
    return GRAPHS[request.param]()
