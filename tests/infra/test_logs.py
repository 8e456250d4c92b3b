"""What Google logs by itself."""

from __future__ import annotations

from tests.infra.simulated import State


def test_googles_own_lines_about_requests_are_not_kept(state: State) -> None:
    """They hold whole addresses: `q` and what a sign-in brings back."""
    (exclusion,) = state.all("google_logging_project_exclusion").values()
    assert not exclusion["disabled"]
    for log in ("run.googleapis.com/requests", "apigateway.googleapis.com/requests"):
        assert f'log_id("{log}")' in exclusion["filter"].split(" OR ")


def test_what_is_counted_and_alerted_on_does_not_come_from_them(state: State) -> None:
    for metric in state.all("google_logging_metric").values():
        assert "jsonPayload.door:*" in metric["filter"]
