"""The local gateway: routes by the file that API Gateway gets, refuses what it would refuse."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from openapi_schema_validator import OAS30Validator, oas30_format_checker
from openapi_spec_validator import validate
from werkzeug.test import Client, TestResponse
from werkzeug.wrappers import Request, Response

from infra.local.gateway import MOST_BODY, MOST_QUERY, Gateway, read_document, read_routes
from infra.local.service import EVENT_DOORS

MAIN = Path(__file__).parent.parent.parent.parent / "main.py"


def echo(door: str) -> Any:
    @Request.application
    def application(request: Request) -> Response:
        heard = {
            "door": door,
            "path": request.path,
            "query": request.query_string.decode(),
            "authorization": request.headers.get("Authorization"),
            "forwarded": request.headers.get("X-Forwarded-Authorization"),
            "body": request.get_data(as_text=True),
        }
        return Response(json.dumps(heard))

    return application


def gateway() -> Client:
    routes = read_routes(read_document())
    doors = {route.door: echo(route.door) for route in routes}
    return Client(Gateway(routes, doors), use_cookies=False)


def heard(answer: TestResponse) -> dict[str, Any]:
    assert answer.status_code == 200, answer.get_data(as_text=True)
    said: dict[str, Any] = json.loads(answer.get_data())
    return said


TOKEN = {"Authorization": "Bearer own"}


def test_the_file_is_valid_openapi() -> None:
    validate(read_document())


def bodies() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every JSON that a good answer carries: the operation, and what the file says of it."""
    for operations in read_document()["paths"].values():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                for kind, body in answer.get("content", {}).items():
                    if status.startswith("2") and "json" in kind:
                        yield operation["operationId"], body


def test_every_answer_in_json_has_an_example_that_fits_its_schema() -> None:
    document = read_document()
    assert len(dict(bodies())) > 10
    for operation, body in bodies():
        schema = body["schema"]
        named = schema["$ref"].rpartition("/")[2] if "$ref" in schema else ""
        example = body.get("example") or document["components"]["schemas"][named]["example"]
        whole = {"components": document["components"], **schema}  # what it refers to is looked for there
        check = OAS30Validator(whole, format_checker=oas30_format_checker)
        assert [error.message for error in check.iter_errors(example)] == [], operation


def test_every_request_with_a_body_has_an_example_that_fits_its_schema() -> None:
    for operations in read_document()["paths"].values():
        for operation in operations.values():
            for kind, body in operation.get("requestBody", {}).get("content", {}).items():
                if kind == "application/json":
                    OAS30Validator(body["schema"]).validate(body["example"])


def test_every_operation_says_what_it_answers_when_something_is_wrong() -> None:
    for operations in read_document()["paths"].values():
        for operation in operations.values():
            assert operation["responses"]["default"]["$ref"].endswith(("/Problem", "/PageOrProblem"))


def test_every_door_in_main_is_public_or_for_events_and_nothing_else_is_routed_to() -> None:
    tree = ast.parse(MAIN.read_text())
    named = {alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    public = {route.door for route in read_routes(read_document())}
    assert named == public | set(EVENT_DOORS)
    assert public.isdisjoint(EVENT_DOORS)


def test_every_backend_of_the_file_is_used_and_defined() -> None:
    document = read_document()
    backends = set(document["x-google-api-management"]["backends"])
    assert backends == {route.door for route in read_routes(document)}


@pytest.mark.parametrize(
    ("method", "path", "door"),
    [
        ("GET", "/", "mails_page"),
        ("GET", "/mails", "mails_page"),
        ("GET", "/assets/mailbox.css", "mails_page"),
        ("GET", "/assets/0123456789abcdef/app.js", "mails_page"),
        ("GET", "/erased", "mails_page"),
        ("GET", "/sign_in", "sign_in"),
        ("GET", "/users/auth/google_oauth2/callback", "oauth_callback"),
        ("POST", "/sign_out", "sign_out"),
        ("DELETE", "/sign_out", "sign_out"),
        ("GET", "/api/mails", "search_mails"),
        ("GET", "/api/mails/18f", "read_mail"),
        ("GET", "/api/suggestions", "suggestions"),
        ("GET", "/api/mailbox", "mailbox_status"),
    ],
)
def test_each_address_leads_to_its_door(method: str, path: str, door: str) -> None:
    said = heard(gateway().open(path, method=method, headers=TOKEN))
    assert (said["door"], said["path"]) == (door, path)


@pytest.mark.parametrize("address", ["/api/mails?q=kite&limit=5", "/api/mails/18f/html?pictures=all"])
def test_parameters_that_the_file_knows_are_passed_on(address: str) -> None:
    assert heard(gateway().get(address, headers=TOKEN))["query"] == address.partition("?")[2]


@pytest.mark.parametrize(
    "address", ["/api/mails?query=kite", "/api/mailbox?q=kite", "/api/mails?q=a&access_token=x"]
)
def test_a_parameter_that_the_file_does_not_know_is_refused_by_name(address: str) -> None:
    answer = gateway().get(address, headers=TOKEN)
    name = address.rpartition("?")[2].rpartition("&")[2].partition("=")[0]
    assert answer.status_code == 400
    assert name in answer.get_json()["detail"]


@pytest.mark.parametrize("address", ["/mails?utm_source=x", "/users/auth/google_oauth2/callback?iss=google"])
def test_what_others_link_to_may_carry_anything(address: str) -> None:
    assert gateway().get(address).status_code == 200


def test_a_name_with_control_characters_is_none() -> None:
    assert gateway().get("/api/mails/18%0Af", headers=TOKEN).status_code == 404


@pytest.mark.parametrize("path", ["/nowhere", "/api/mails"])
def test_a_refusal_carries_the_headers_of_an_answer(path: str) -> None:
    headers = gateway().get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/api/",
        "/api/mails/",
        "/api/mails/1/2",
        "/assets/",
        "/assets/a/b/c",
        "/doors/sweep",
        "/mailsx",
    ],
)
def test_other_addresses_do_not_exist(path: str) -> None:
    answer = gateway().get(path, headers=TOKEN)
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")


def test_another_method_is_refused_with_those_that_are_possible() -> None:
    answer = gateway().put("/sign_out", headers=TOKEN)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "DELETE, POST")


@pytest.mark.parametrize("path", ["/api/mails", "/api/mails/18f", "/api/suggestions", "/api/mailbox"])
def test_mail_needs_a_token_or_a_session_cookie(path: str) -> None:
    client = gateway()
    answer = client.get(path)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Bearer realm="mailbox"')
    assert client.get(path, headers={"Cookie": "session=x"}).status_code == 200
    assert client.get(path, headers=TOKEN).status_code == 200


def test_the_callers_token_is_passed_on_beside_the_gateways_own() -> None:
    said = heard(
        gateway().get("/api/mailbox", headers={**TOKEN, "X-Forwarded-Authorization": "Bearer forged"})
    )
    assert said["forwarded"] == "Bearer own"
    assert said["authorization"] != "Bearer own"


def test_a_forwarded_token_cannot_be_brought_along() -> None:
    said = heard(gateway().get("/", headers={"X-Forwarded-Authorization": "Bearer forged"}))
    assert said["forwarded"] is None


def test_a_long_query_and_a_large_body_are_refused() -> None:
    client = gateway()
    assert client.get("/?" + "a" * MOST_QUERY).status_code == 200
    assert client.get("/?" + "a" * (MOST_QUERY + 1)).status_code == 414
    assert client.post("/sign_out", data=b"a" * MOST_BODY).status_code == 200
    assert client.post("/sign_out", data=b"a" * (MOST_BODY + 1)).status_code == 413
