"""A deployment's steps against a cloud that remembers what was done to it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.deploy.__main__ import OPTIONS
from infra.deploy.deployment import BUILDS_NEED, DOORS, FIRST, CommandFailed, Deployment
from infra.deploy.secrets import Client, NoClient, first_values, read_client
from shared.config import read_settings
from tests.unit.test_config import CLOUD

CLIENT = Client("1-a.apps.googleusercontent.com", "GOCSPX-invented")
GATEWAY = "https://mailbox-abc.uc.gateway.dev"
CHOSEN = set(OPTIONS.values())
TERRAFORM = Path(__file__).parents[3] / "infra" / "terraform"


class FakeCloud:
    """gcloud and terraform as far as a deployment uses them."""

    def __init__(self) -> None:
        self.commands: list[list[str]] = []
        self.secrets: dict[str, str] = {}
        self.applied: list[dict[str, str]] = []
        self.buckets: set[str] = set()
        self.failing = ""
        self.unknown: set[str] = set()  # outputs that an apply that broke off did not come to
        self.services: set[str] = set()

    def run(self, command: Sequence[str], stdin: str = "") -> str:
        words = list(command)
        self.commands.append(words)
        if self.failing and self.failing in words:
            raise CommandFailed(" ".join(words[:4]))
        if "apply" in words:
            told = [word.removeprefix("-var=").split("=", 1) for word in words if word.startswith("-var=")]
            self.applied.append(dict(told))
            self.services |= DOORS if self.applied[-1]["image"] else set()
        if "output" in words:
            return self._outputs()
        if words[1:4] == ["secrets", "versions", "list"]:
            return "1\n" if words[4] in self.secrets else ""
        if words[1:4] == ["secrets", "versions", "add"]:
            self.secrets[words[4]] = stdin
        if words[1:4] == ["storage", "buckets", "create"]:
            self.buckets.add(words[4])
        if words[1:3] == ["builds", "submit"]:
            return "build-1\n"
        if words[1:4] == ["run", "services", "list"]:
            return "\n".join([*self.services, "of-somebody-else"])
        return "an-image\n" if "describe" in words else ""

    def succeeds(self, command: Sequence[str]) -> bool:
        return list(command)[4] in self.buckets

    def _outputs(self) -> str:
        if not self.applied:
            return ""
        told = {
            "gateway_url": GATEWAY,
            "image_name": "us-central1-docker.pkg.dev/p/mailbox/doors",
            "sources": "p-mailbox-sources",
            "deployer": "mailbox-deployer@p.iam.gserviceaccount.com",
            "redirect_uri": f"{GATEWAY}/users/auth/google_oauth2/callback",
            "chosen": {name: value for name, value in self.applied[-1].items() if name in CHOSEN},
        }
        return json.dumps({name: {"value": told[name]} for name in told.keys() - self.unknown})

    def moved(self) -> list[set[str]]:
        """The doors that each build moved."""
        submitted = [" ".join(words) for words in self.commands if words[1:3] == ["builds", "submit"]]
        return [set(each.partition("_DOORS=")[2].partition(" --format")[0].split()) for each in submitted]


@pytest.fixture
def cloud() -> FakeCloud:
    return FakeCloud()


def deploy(cloud: FakeCloud, **variables: str) -> None:
    Deployment(cloud, "my-project", CLIENT, variables).deploy()


def test_a_new_project_gets_a_gateway_then_secrets_then_an_image_then_doors(cloud: FakeCloud) -> None:
    deploy(cloud)
    assert [(each["public_url"], bool(each["image"])) for each in cloud.applied] == [
        ("", False),
        (GATEWAY, True),
    ]
    assert cloud.applied[1]["image"].endswith("/doors:build-1")
    order = [words[1:3] if words[0] == "gcloud" else words[2:3] for words in cloud.commands]
    assert order.index(["apply"]) < order.index(["secrets", "versions"]) < order.index(["builds", "submit"])
    assert order[-2:] == [["apply"], ["output"]]


def test_a_second_deployment_moves_the_doors_and_keeps_every_secret(cloud: FakeCloud) -> None:
    deploy(cloud)
    before = dict(cloud.secrets)
    deploy(cloud)
    assert cloud.secrets == before
    assert cloud.applied[-1]["image"] == "an-image"
    assert cloud.moved() == [set(), DOORS]
    assert len(cloud.applied) == 3


def test_a_new_door_is_made_with_an_image_that_knows_it_and_the_others_are_moved(cloud: FakeCloud) -> None:
    deploy(cloud)
    cloud.services.remove("sweep")
    deploy(cloud)
    assert cloud.applied[-1]["image"].endswith("/doors:build-1")
    assert cloud.moved() == [set(), set(), DOORS - {"sweep"}]


def test_what_was_chosen_once_need_not_be_told_again(cloud: FakeCloud) -> None:
    """Another region or location would make everything anew; no address would tell nobody of alerts."""
    chosen = {
        "region": "europe-west1",
        "firestore_location": "eur3",
        "public_url": "https://mail.example.com",
        "alert_email": "o@example.com",
    }
    deploy(cloud, **chosen)
    first = cloud.applied[-1]
    deploy(cloud)
    assert {**cloud.applied[-1], "image": ""} == {**first, "image": ""}
    assert all("--region=us-central1" not in words for words in cloud.commands)
    deploy(cloud, alert_email="other@example.com")
    assert cloud.applied[-1] == {**first, "image": "an-image", "alert_email": "other@example.com"}


def test_every_option_is_remembered_by_terraform() -> None:
    text = (TERRAFORM / "outputs.tf").read_text().partition('output "chosen"')[2]
    assert set(re.findall(r"^    (\w+) += var\.\1$", text, re.MULTILINE)) == CHOSEN


def test_a_deployment_that_broke_off_is_carried_on(cloud: FakeCloud) -> None:
    cloud.failing = "builds"
    with pytest.raises(CommandFailed):
        deploy(cloud)
    kept, cloud.failing = dict(cloud.secrets), ""
    deploy(cloud)
    assert cloud.secrets == kept
    assert cloud.applied[-1]["image"].endswith(":build-1")


@pytest.mark.parametrize("output", sorted(BUILDS_NEED))
def test_a_first_apply_that_broke_off_is_done_again(cloud: FakeCloud, output: str) -> None:
    cloud.applied.append({"image": "", "public_url": "", "alert_email": "o@example.com"})
    cloud.unknown, whole = {output}, cloud.run

    def run(command: Sequence[str], stdin: str = "") -> str:
        cloud.unknown -= {output} if "apply" in command else set()
        return whole(command, stdin)

    cloud.run = run  # type: ignore[method-assign]
    deploy(cloud)
    assert [bool(each["image"]) for each in cloud.applied] == [False, False, True]
    assert cloud.applied[-1]["alert_email"] == "o@example.com"


def test_where_the_gateway_is_known_a_build_has_what_it_needs() -> None:
    needed = r'resource "(google_\w+)" "(deployer_acts_as|deployer|images|sources)"'
    texts = "".join((TERRAFORM / f"{name}.tf").read_text() for name in ("permissions", "registry"))
    told = (TERRAFORM / "outputs.tf").read_text().partition('output "gateway_url"')[2].partition("\n}")[0]
    resources = {".".join(found) for found in re.findall(needed, texts)} | {
        "google_secret_manager_secret.this"
    }
    assert len(resources) == 7
    assert resources <= set(re.findall(r"^    (google_\w+\.\w+),$", told, re.MULTILINE))


def test_nothing_is_made_before_its_service_is_enabled() -> None:
    """What does not wait for Terraform's own enabling is of a service that was enabled before."""
    blocks = {}
    for path in TERRAFORM.glob("*.tf"):
        for kind, name, body in re.findall(
            r'^resource "(google_\w+)" "(\w+)" \{\n(.*?)^\}', path.read_text(), re.MULTILINE | re.DOTALL
        ):
            blocks[f"{kind}.{name}"] = set(re.findall(r"(?<![\w.])google_\w+\.\w+", body))
    waiting = {"google_project_service.this"}
    while more := {name for name, asked in blocks.items() if asked & waiting} - waiting:
        waiting |= more
    enabled = {
        "google_project_service",
        "google_project_iam_member",
        "google_service_account",
        "google_storage",
    }
    early = {name for name in blocks.keys() - waiting if not name.startswith(tuple(enabled))}
    assert not early
    assert {"cloudresourcemanager", "iam", "serviceusage", "storage"} <= set(FIRST)


def test_a_look_at_a_secret_that_fails_ends_the_deployment_and_adds_nothing(cloud: FakeCloud) -> None:
    """Another name key would orphan every mailbox."""
    deploy(cloud)
    kept, cloud.failing = dict(cloud.secrets), "name-key"
    with pytest.raises(CommandFailed, match="secrets versions list"):
        deploy(cloud)
    assert cloud.secrets == kept
    assert cloud.commands[-1][1:4] == ["secrets", "versions", "list"]


def test_no_secret_stands_in_a_command(cloud: FakeCloud) -> None:
    deploy(cloud)
    said = " ".join(word for words in cloud.commands for word in words)
    assert not [value for value in cloud.secrets.values() if value in said]


def test_a_domain_of_ones_own_is_taken_instead_of_the_gateways(cloud: FakeCloud) -> None:
    deploy(cloud, public_url="https://mail.example.com", alert_email="o@example.com")
    assert cloud.applied[-1]["public_url"] == "https://mail.example.com"
    assert cloud.applied[-1]["alert_email"] == "o@example.com"


def test_the_first_secrets_are_what_settings_take() -> None:
    values = first_values(CLIENT)
    keys = {"SESSION_KEY": values["session-key"], "NAME_KEY": values["name-key"]}
    assert read_settings({**CLOUD, **keys, "OAUTH_CLIENT_SECRET": values["oauth-client-secret"]})


def test_every_secret_of_terraform_is_filled() -> None:
    text = (TERRAFORM / "functions.tf").read_text()
    assert all(f'"{name}"' in text for name in first_values(CLIENT))


def test_a_client_is_read_from_what_the_console_hands_out(tmp_path: Path) -> None:
    path = tmp_path / "client_secret.json"
    path.write_text(json.dumps({"web": {"client_id": "i", "client_secret": "s", "redirect_uris": []}}))
    assert read_client(path) == Client("i", "s")


@settings(deadline=None)  # it writes files
@given(text=st.text() | st.just('{"installed": {"client_id": "i", "client_secret": "s"}}'))
def test_whatever_else_is_refused_with_what_to_do(
    text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("client") / "client_secret.json"
    path.write_text(text, encoding="utf-8", errors="replace")
    with pytest.raises(NoClient, match="web application"):
        read_client(path)
