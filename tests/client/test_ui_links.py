"""Links to the web pages of runs, from Metaflow's configuration."""

from __future__ import annotations

import pytest
from metaflow import metaflow_config

from lineage.client.ui_links import UserInterfaces, configured_interfaces


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metaflow_config, "UI_URL", "https://ui.example/")
    monkeypatch.setattr(metaflow_config, "ARGO_WORKFLOWS_UI_URL", "https://argo.example")
    monkeypatch.setattr(metaflow_config, "KUBERNETES_NAMESPACE", "jobs")


def test_only_a_run_of_argo_has_a_page_there(configured: None) -> None:
    pages = configured_interfaces()
    assert pages.links("ETLFlow/34") == {"Metaflow UI": "https://ui.example/ETLFlow/34"}
    assert pages.links("ETLFlow/argo-etl-x7k2p") == {
        "Metaflow UI": "https://ui.example/ETLFlow/argo-etl-x7k2p",
        "Argo UI": "https://argo.example/workflows/jobs/etl-x7k2p",
    }


def test_a_run_of_a_local_store_has_no_page(configured: None) -> None:
    assert configured_interfaces("local store at /tmp/x/.metaflow").links("ETLFlow/argo-x") == {}


def test_an_id_stays_within_its_part_of_the_address() -> None:
    pages = UserInterfaces("https://ui.example")
    assert pages.links("Evil/../x?y#<z>") == {"Metaflow UI": "https://ui.example/Evil/..%2Fx%3Fy%23%3Cz%3E"}


@pytest.mark.parametrize("address", [None, "", "javascript:alert(1)", "ui.example"])
def test_an_address_that_no_browser_should_follow_is_left_out(
    address: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metaflow_config, "UI_URL", address)
    monkeypatch.setattr(metaflow_config, "ARGO_WORKFLOWS_UI_URL", address)
    assert configured_interfaces().links("ETLFlow/argo-x") == {}
