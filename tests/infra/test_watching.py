"""Alerts, dashboard, metrics: forms that the APIs take, queries that parse, fields that doors really log."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_type_hints

import promql_parser
import pytest
from google.cloud import monitoring_dashboard_v1, monitoring_v3
from google.protobuf import json_format

from functions.sync.entry import Answered
from functions.sync.sweep import Swept
from tests.infra.simulated import ROOT, State

LINE = {"door", "outcome", "duration_ms", "documents_read"}  # shared/log.py, functions/search/entry.py
DOCUMENTATION = 8_192  # so long may an alert's text be
METRIC = re.compile(r"logging_googleapis_com:user_(\w+?)(?:_sum|_bucket|_count)?\{")
FIELD = re.compile(r"jsonPayload\.(?:\"([\w.]+)\"|(\w+))")


def queries(state: State) -> Iterator[str]:
    for alert in state.all("google_monitoring_alert_policy").values():
        yield alert["conditions"][0]["condition_prometheus_query_language"][0]["query"]
    (dashboard,) = state.all("google_monitoring_dashboard").values()
    for tile in json.loads(dashboard["dashboard_json"])["mosaicLayout"]["tiles"]:
        for data in tile["widget"]["xyChart"]["dataSets"]:
            yield data["timeSeriesQuery"]["prometheusQuery"]


def metrics(state: State) -> dict[str, Any]:
    return state.all("google_logging_metric")


def logged(kind: Any, name: str = "") -> Iterator[str]:
    """The flat field names of a result, as shared/log.py writes them."""
    if not is_dataclass(kind):
        yield name
        return
    hints = get_type_hints(kind)
    for field in fields(kind):
        inner = f"{name}.{field.name}" if name else field.name
        choices = [
            each for each in (get_args(hints[field.name]) or (hints[field.name],)) if is_dataclass(each)
        ]
        for choice in choices or [hints[field.name]]:
            yield from logged(choice, inner)


def test_every_query_is_promql(state: State) -> None:
    assert len(list(queries(state))) > 20
    for query in queries(state):
        promql_parser.parse(query)


def test_a_query_that_is_none_would_be_found() -> None:
    with pytest.raises(ValueError, match="invalid promql query"):
        promql_parser.parse("sum(rate(x[5m])) > > 1")


# What an alert has beside what it is about: it may never have been counted while the alert has to fire.
MISSING = (
    ("Pushes go missing", "mailbox_events"),
    ("Outstanding messages pile up", "mailbox_settled"),
    ("A day costs too much", "document_read_count"),
    ("A day costs too much", "document_write_count"),
)


def is_empty(query: Any, missing: str) -> bool:
    """Whether a query has no result at all where a metric has no series and every other has."""
    if isinstance(query, promql_parser.BinaryExpr):
        sides = (is_empty(query.lhs, missing), is_empty(query.rhs, missing))
        return all(sides) if str(query.op) == "or" else any(sides)
    if isinstance(query, promql_parser.Call):
        return any(is_empty(argument, missing) for argument in query.args)
    if isinstance(query, promql_parser.AggregateExpr | promql_parser.ParenExpr):
        return is_empty(query.expr, missing)
    return missing in str(query)


@pytest.mark.parametrize(("name", "missing"), MISSING)
def test_an_alert_does_not_fall_silent_for_what_was_never_counted(
    state: State, name: str, missing: str
) -> None:
    alert = state.all("google_monitoring_alert_policy")[name]
    query = alert["conditions"][0]["condition_prometheus_query_language"][0]["query"]
    assert missing in query
    assert not is_empty(promql_parser.parse(query), missing)


def test_the_first_sweeps_and_late_counts_are_waited_for(state: State) -> None:
    """What was never counted is absent from the first minute on; only time tells it from what ended."""
    alert = state.all("google_monitoring_alert_policy")["No sweep"]
    (promql,) = alert["conditions"][0]["condition_prometheus_query_language"]
    assert "[10m]" in promql["query"]
    assert promql["duration"] == "1200s"


def test_every_counted_metric_of_a_query_is_counted(state: State) -> None:
    used = {name for query in queries(state) for name in METRIC.findall(query)}
    assert used
    assert used <= set(metrics(state))


def test_every_metric_is_looked_at(state: State) -> None:
    assert {name for query in queries(state) for name in METRIC.findall(query)} == set(metrics(state))


def test_metrics_are_counted_from_fields_that_doors_log(state: State) -> None:
    known = LINE | set(logged(Answered)) | set(logged(Swept))
    for name, metric in metrics(state).items():
        texts = [metric["filter"], metric["value_extractor"] or "", *metric["label_extractors"].values()]
        used = {quoted or plain for text in texts for quoted, plain in FIELD.findall(text)}
        assert used <= known, f"{name}: {used - known}"


def test_the_dashboard_is_one_that_the_api_takes(state: State) -> None:
    (dashboard,) = state.all("google_monitoring_dashboard").values()
    message = monitoring_dashboard_v1.Dashboard.pb(monitoring_dashboard_v1.Dashboard())
    json_format.Parse(dashboard["dashboard_json"], message)
    assert len(message.mosaic_layout.tiles) >= 10


def test_every_alert_is_one_that_the_api_takes(state: State) -> None:
    for alert in state.all("google_monitoring_alert_policy").values():
        (condition,) = alert["conditions"]
        (promql,) = condition["condition_prometheus_query_language"]
        document = {
            "displayName": alert["display_name"],
            "combiner": alert["combiner"],
            "severity": alert["severity"],
            "documentation": {
                "content": alert["documentation"][0]["content"],
                "mimeType": "text/markdown",
                "links": [
                    {"displayName": link["display_name"], "url": link["url"]}
                    for link in alert["documentation"][0]["links"]
                ],
            },
            "conditions": [
                {
                    "displayName": condition["display_name"],
                    "conditionPrometheusQueryLanguage": {
                        "query": promql["query"],
                        "duration": promql["duration"],
                        "evaluationInterval": promql["evaluation_interval"],
                        "disableMetricValidation": promql["disable_metric_validation"],
                    },
                }
            ],
            "alertStrategy": {"autoClose": alert["alert_strategy"][0]["auto_close"]},
        }
        message = monitoring_v3.AlertPolicy.pb(monitoring_v3.AlertPolicy())
        json_format.ParseDict(document, message)


def test_every_alert_says_what_to_do_and_links_to_its_place_in_the_runbook(state: State) -> None:
    runbook = (ROOT / "docs" / "operations.md").read_text()
    for name, alert in state.all("google_monitoring_alert_policy").items():
        text = runbook.partition(f"\n### {name}\n")[2].partition("\n##")[0].strip()
        assert text, "what to do must stand there"
        (documentation,) = alert["documentation"]
        assert documentation["content"].startswith(text)
        assert len(documentation["content"]) < DOCUMENTATION
        (link,) = documentation["links"]
        anchor = "-".join(name.lower().split())
        assert link["url"] == f"https://example.com/docs/operations.md#{anchor}"
        assert documentation["content"].endswith(f"(docs/operations.md#{anchor})")


def test_the_runbook_speaks_of_no_alert_that_there_is_not(state: State) -> None:
    runbook = (ROOT / "docs" / "operations.md").read_text()
    chapter = runbook.partition("## What to do when an alert comes\n")[2].partition("\n## ")[0]
    assert set(re.findall(r"^### (.+)$", chapter, re.MULTILINE)) == set(
        state.all("google_monitoring_alert_policy")
    )


def test_what_is_named_for_watching_is_watched(state: State) -> None:
    """What an operator has to hear of, and the alert that tells."""
    told = {
        "dead letters": "Dead letters",
        "a watch that is about to lapse": "Watches about to lapse",
        "mailboxes that need signing in": "Mailboxes need signing in",
        "pushes missed": "Pushes go missing",
        "outstanding growing": "Outstanding messages pile up",
        "drift": "Drift",
        "p95 of search": "Searches are slow",
        "errors": "Doors fail",
        "cost": "A day costs too much",
    }
    assert set(told.values()) <= set(state.all("google_monitoring_alert_policy"))


def test_an_alert_can_be_made_before_anything_was_counted(state: State) -> None:
    for alert in state.all("google_monitoring_alert_policy").values():
        (condition,) = alert["conditions"]
        assert condition["condition_prometheus_query_language"][0]["disable_metric_validation"]


def test_somebody_is_told(state: State) -> None:
    (channel,) = state.all("google_monitoring_notification_channel").values()
    for alert in state.all("google_monitoring_alert_policy").values():
        assert alert["notification_channels"] == [channel["id"]]
    (budget,) = state.all("google_billing_budget").values()
    assert budget["all_updates_rule"][0]["monitoring_notification_channels"] == [channel["id"]]
