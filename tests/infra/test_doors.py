"""The doors that Terraform makes are those of main.py, each with the environment that Settings reads."""

from __future__ import annotations

import ast
import base64
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import yaml

from infra.deploy.deployment import FIRST
from infra.doctor.google import HOSTS
from infra.local.gateway import read_document
from infra.local.rotate_keys import DOOR, WITHHELD
from infra.local.service import EVENT_DOORS
from shared.config import GOOGLE, read_settings
from shared.edge.frame import PATH as HEALTH
from tests.infra.simulated import ROOT, State, Values
from tests.unit.test_config import CLOUD

RUNTIME = {"FUNCTION_TARGET", "THREADS"}  # functions-framework's own
SCHEDULED = {"sweep"}
SERVICES = {  # which service has resources that begin so
    "google_api_gateway": "apigateway",
    "google_artifact_registry": "artifactregistry",
    "google_billing": "billingbudgets",
    "google_cloud_run": "run",
    "google_cloud_scheduler": "cloudscheduler",
    "google_firestore": "firestore",
    "google_kms": "cloudkms",
    "google_logging": "logging",
    "google_monitoring": "monitoring",
    "google_project": "cloudresourcemanager",
    "google_pubsub": "pubsub",
    "google_secret_manager": "secretmanager",
    "google_service_account": "iam",
    "google_storage": "storage",
}
NEW_PROJECTS_CPUS = 20  # Cloud Run's CpuAllocPerProjectRegion, as it often is
LOCAL = {"DATA_DIR", "SYNC_PUSH_URL", "KEYS_DATABASE", "WITHHELD"}  # told elsewhere, or of local profiles
SECRETS = {  # which the environment gets from Secret Manager
    "OAUTH_CLIENT_SECRET": "secret",
    "SESSION_KEY": "-----BEGIN PRIVATE KEY-----",
    "NAME_KEY": base64.b64encode(bytes(32)).decode(),
}


class Recorded(Mapping[str, str]):
    """An environment that knows what it was asked for."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return self._environment[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._environment)

    def __len__(self) -> int:
        return len(self._environment)


def doors_of_main() -> set[str]:
    (named,) = (
        node.value for node in ast.parse((ROOT / "main.py").read_text()).body if isinstance(node, ast.Assign)
    )
    return set(ast.literal_eval(named))


def doors(state: State) -> dict[str, Values]:
    return state.all("google_cloud_run_v2_service")


def environment(door: Values) -> dict[str, str]:
    variables = door["template"][0]["containers"][0]["env"]
    return {each["name"]: each["value"] or SECRETS[each["name"]] for each in variables}


def test_there_is_one_function_for_each_door(state: State) -> None:
    assert set(doors(state)) == doors_of_main()
    for name, door in doors(state).items():
        assert environment(door)["FUNCTION_TARGET"] == name
        assert door["name"] == name.replace("_", "-")


def test_a_door_has_a_thread_for_each_request_that_cloud_run_sends_it_at_a_time(state: State) -> None:
    """Untold, functions-framework takes four for each CPU, and the rest waits in the instance."""
    for name, door in doors(state).items():
        assert int(environment(door)["THREADS"]) == door["template"][0]["max_instance_request_concurrency"], (
            name
        )


def test_no_door_asks_for_more_than_cloud_run_gives_a_new_project(state: State) -> None:
    for name, door in doors(state).items():
        (template,) = door["template"]
        cpus = int(template["containers"][0]["resources"][0]["limits"]["cpu"])
        assert cpus * template["scaling"][0]["max_instance_count"] <= NEW_PROJECTS_CPUS, name


def test_a_doors_environment_is_what_settings_reads(state: State) -> None:
    for name, door in doors(state).items():
        given = Recorded({k: v for k, v in environment(door).items() if k not in RUNTIME})
        settings = read_settings(given)
        assert not settings.is_local
        assert set(given) <= given.asked, f"{name} is given what nobody reads"


def test_the_doors_are_told_of_what_terraform_makes(state: State) -> None:
    keys = state.all("google_firestore_database")["keys"]["name"]
    names = {name: key["name"] for name, key in state.all("google_kms_crypto_key").items()}
    for door in doors(state).values():
        own = environment(door)
        assert own["KEYS_DATABASE"] == keys
        assert own["CONTENT_KEY"].endswith(f"/cryptoKeys/{names['content']}")
        assert own["TOKENS_KEY"].endswith(f"/cryptoKeys/{names['tokens']}")


def test_the_door_that_rotation_asks_tells_where_keys_are_without_a_secret(state: State) -> None:
    told = environment(doors(state)[DOOR.replace("-", "_")])
    own = read_settings({k: v for k, v in told.items() if k not in SECRETS} | {"WITHHELD": WITHHELD})
    assert own.master_keys is not None
    assert own.keys_database == told["KEYS_DATABASE"]


def test_a_limit_can_be_set_if_settings_reads_it() -> None:
    """What is no number, and what has no usual, is no limit."""
    recorded = Recorded(CLOUD)
    read_settings(recorded)
    listed = (ROOT / "infra" / "terraform" / "variables.tf").read_text().partition("  limits = [")[2]
    limits = set(re.findall(r'"(\w+)"', listed.partition("]")[0]))
    assert limits == recorded.asked - CLOUD.keys() - GOOGLE.keys() - LOCAL


def test_no_secret_is_written_into_an_environment(state: State) -> None:
    for door in doors(state).values():
        for variable in door["template"][0]["containers"][0]["env"]:
            assert bool(variable["value_source"]) == (variable["name"] in SECRETS)


def test_a_door_is_told_the_secrets_that_its_account_may_read(state: State) -> None:
    may_read = defaultdict(set)
    for kind, grant in state.grants():
        if kind == "google_secret_manager_secret_iam_member":
            may_read[grant["member"]].add(grant["secret_id"])
    for door in doors(state).values():
        variables = door["template"][0]["containers"][0]["env"]
        sources = [each["value_source"][0] for each in variables if each["value_source"]]
        told = {source["secret_key_ref"][0]["secret"] for source in sources}
        assert told == may_read[f"serviceAccount:{door['template'][0]['service_account']}"]


def test_every_door_of_the_gateways_document_is_open_to_the_gateway_only(state: State) -> None:
    routed = {
        operation["x-google-backend"]
        for operations in read_document()["paths"].values()
        for operation in operations.values()
    }
    assert routed == doors_of_main() - set(EVENT_DOORS)
    for name, door in doors(state).items():
        is_public = name in routed
        assert door["ingress"] == ("INGRESS_TRAFFIC_ALL" if is_public else "INGRESS_TRAFFIC_INTERNAL_ONLY"), (
            name
        )


def test_the_gateway_gets_the_document_with_every_name_filled_in(state: State) -> None:
    (config,) = state.all("google_api_gateway_api_config").values()
    contents = base64.b64decode(config["openapi_documents"][0]["document"][0]["contents"]).decode()
    document = yaml.safe_load(contents)
    assert "${" not in contents
    backends = document["x-google-api-management"]["backends"]
    for name, backend in backends.items():
        assert backend["address"] == environment(doors(state)[name])["PUSH_AUDIENCE"]


def test_the_sweep_comes_every_minute_and_to_the_sweep_only(state: State) -> None:
    jobs = state.all("google_cloud_scheduler_job")
    assert set(jobs) == SCHEDULED
    for name, job in jobs.items():
        (target,) = job["http_target"]
        own = environment(doors(state)[name])
        assert job["schedule"] == "* * * * *"
        assert not job["paused"]
        assert target["uri"] == target["oidc_token"][0]["audience"] == own["PUSH_AUDIENCE"]
        assert target["oidc_token"][0]["service_account_email"] == own["PUSH_SERVICE_ACCOUNT"]


def test_doors_that_are_open_are_not_taken_away_by_an_apply_that_was_told_nothing(state: State) -> None:
    """What Terraform may not destroy stands as long as it is told an image and an address."""
    assert state.named("terraform_data", "doors_are_open")
    text = (ROOT / "infra" / "terraform" / "doors.tf").read_text()
    block = text.partition('resource "terraform_data" "doors_are_open" {')[2].partition("\n}")[0]
    assert "count = local.are_doors_open ? 1 : 0" in block
    assert "prevent_destroy = true" in block


def test_nobody_is_told_to_apply_terraform_by_hand() -> None:
    texts = [*(ROOT / "infra").rglob("*.py"), *(ROOT / "docs").rglob("*.md"), ROOT / "README.md"]
    told = {
        path.name
        for path in texts
        if re.search(r"(?i)run terraform|appl(?:y|ies) terraform", path.read_text())
    }
    assert not told


def test_a_revision_gets_traffic_only_when_its_door_says_that_it_is_well(state: State) -> None:
    for door in doors(state).values():
        (probe,) = door["template"][0]["containers"][0]["startup_probe"]
        assert probe["http_get"][0]["path"] == HEALTH


def test_every_service_of_google_that_is_used_is_enabled(state: State) -> None:
    enabled = {
        service["service"].partition(".")[0] for service in state.all("google_project_service").values()
    }
    asked = {urlsplit(host).netloc.partition(".")[0] for host in HOSTS.values()} - {"accounts"}
    assert asked <= enabled, "what the doctor asks"
    for kind in state.kinds() - {"terraform_data"}:
        service = next((service for prefix, service in SERVICES.items() if kind.startswith(prefix)), None)
        assert service in enabled | set(FIRST), kind
    assert {"gmail", "servicecontrol", "servicemanagement"} <= enabled, "what doors and the gateway ask"


def test_a_door_that_waits_for_pubsub_may_take_as_long_as_pubsub_waits(state: State) -> None:
    for push in state.named("google_pubsub_subscription", "push").values():
        name = next(
            name
            for name, door in doors(state).items()
            if push["push_config"][0]["push_endpoint"].startswith(environment(door)["PUSH_AUDIENCE"] + "/")
        )
        assert doors(state)[name]["template"][0]["timeout"] == f"{push['ack_deadline_seconds']}s"
