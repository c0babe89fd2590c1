"""A plugin of pytest for trials: a failing example of Hypothesis is not made small.

A trial asks only whether a test fails; looking for the smallest example may take five minutes.
"""

from __future__ import annotations

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Before the profile of the tests is made, which takes its phases from the one loaded here."""
    from hypothesis import Phase, settings

    phases = (Phase.explicit, Phase.reuse, Phase.generate, Phase.target)
    settings.register_profile("trial", phases=phases)
    settings.load_profile("trial")
