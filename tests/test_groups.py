"""Tests are shared out among processes by their groups."""

import pytest


@pytest.mark.xdist_group("known")
def test_pytest_xdist_knows_the_group_of_a_test(request: pytest.FixtureRequest) -> None:
    if getattr(request.config.option, "loadgroup", False):
        assert request.node.nodeid.endswith("@known"), (
            "what a file makes once is made in every process; run: pip install -e '.[test]'"
        )
