"""Who may invoke, read, open: the whole graph of grants."""

from __future__ import annotations

from collections import defaultdict

from tests.infra.simulated import State
from tests.infra.test_doors import doors

OPENS = {"roles/cloudkms.cryptoKeyDecrypter", "roles/cloudkms.cryptoKeyEncrypterDecrypter"}
BASIC = {"roles/owner", "roles/editor", "roles/viewer"}
PROJECT_WIDE = {"roles/logging.logWriter", "roles/logging.viewer", "roles/run.developer"}  # the deployer's


def member(account: str) -> str:
    return f"serviceAccount:sim:google_service_account[mailbox-{account}].email"


def test_nothing_is_open_to_everybody_and_nobody_has_a_basic_role(state: State) -> None:
    for _kind, grant in state.grants():
        assert grant["member"] not in {"allUsers", "allAuthenticatedUsers"}
        assert grant["role"] not in BASIC
    assert not any(kind.endswith(("_iam_policy", "_iam_binding")) for kind in state.kinds())
    assert not any(door["invoker_iam_disabled"] for door in doors(state).values())


def test_each_door_is_called_by_one_account_only(state: State) -> None:
    invokers = defaultdict(set)
    for kind, grant in state.grants():
        if grant["role"] == "roles/run.invoker":
            assert kind == "google_cloud_run_v2_service_iam_member"
            invokers[grant["name"].replace("-", "_")].add(grant["member"])
    assert set(invokers) == set(doors(state))
    for door, members in invokers.items():
        caller = {"sweep": "scheduler"}.get(door, "pusher" if door.startswith("on_") else "gateway")
        assert members == {member(caller)}, door


def test_who_may_open_what_is_encrypted(state: State) -> None:
    opens = defaultdict(set)
    keys = {key["id"]: name for name, key in state.all("google_kms_crypto_key").items()}
    for kind, grant in state.grants():
        if kind == "google_kms_crypto_key_iam_member" and grant["role"] in OPENS:
            opens[keys[grant["crypto_key_id"]]].add(grant["member"])
    assert opens["tokens"] == {member("accounts"), member("fetch"), member("sync")}
    assert opens["content"] == {member("accounts"), member("fetch"), member("sync"), member("search")}


def test_search_can_open_content_keys_but_neither_tokens_nor_close_anything(state: State) -> None:
    granted = {
        (grant["role"], grant["crypto_key_id"])
        for kind, grant in state.grants()
        if kind == "google_kms_crypto_key_iam_member" and grant["member"] == member("search")
    }
    content = state.all("google_kms_crypto_key")["content"]["id"]
    assert granted == {("roles/cloudkms.cryptoKeyDecrypter", content)}


def grants_of(state: State, role: str, place: str) -> set[tuple[str, str]]:
    """Where the role is granted, and to whom."""
    return {(grant[place], grant["member"]) for _kind, grant in state.grants() if grant["role"] == role}


def test_who_reads_the_wrapped_data_keys(state: State) -> None:
    readers = {
        grant["member"]
        for kind, grant in state.grants()
        if kind == "google_project_iam_member"
        and grant["role"].startswith("roles/datastore.")
        and grant["condition"][0]["expression"].endswith('/databases/keys"')
    }
    assert readers == {member(family) for family in ("accounts", "search", "fetch", "sync")}


def test_who_may_ask_for_a_sync(state: State) -> None:
    """Every family but the one that only shows pages."""
    granted = grants_of(state, "roles/pubsub.publisher", "topic")
    asking = {family for topic, family in granted if topic == "sync"}
    families = state.named("google_service_account", "family")
    assert asking == {member(family) for family in families} - {member("web")}


def test_nobody_acts_as_another_but_pubsub_as_the_pusher_and_a_deployment_as_the_doors(state: State) -> None:
    accounts = state.named("google_service_account", "caller")
    tokens = grants_of(state, "roles/iam.serviceAccountTokenCreator", "service_account_id")
    ((pusher, agent),) = tokens
    assert pusher == accounts["pusher"]["name"]
    assert agent.endswith("@gcp-sa-pubsub.iam.gserviceaccount.com")
    families = state.named("google_service_account", "family").values()
    assert grants_of(state, "roles/iam.serviceAccountUser", "service_account_id") == {
        (family["name"], member("deployer")) for family in families
    }


def test_a_secret_is_read_by_the_doors_that_need_it_only(state: State) -> None:
    readers = defaultdict(set)
    for kind, grant in state.grants():
        if kind == "google_secret_manager_secret_iam_member":
            readers[grant["secret_id"]].add(grant["member"])
    of_people = {member(family) for family in ("accounts", "search", "fetch", "requests", "web")}
    assert readers == {
        "oauth-client-secret": {member("accounts"), member("fetch"), member("sync")},
        "session-key": of_people,
        "name-key": {*of_people, member("sync")},
    }


def test_no_bucket_can_be_made_public(state: State) -> None:
    for bucket in state.all("google_storage_bucket").values():
        assert bucket["public_access_prevention"] == "enforced"
        assert bucket["uniform_bucket_level_access"]


def test_databases_are_granted_one_by_one(state: State) -> None:
    """Firestore's narrowest place is a database, by a condition."""
    writers = set()
    for kind, grant in state.grants():
        if kind != "google_project_iam_member":
            continue
        if grant["role"].startswith("roles/datastore."):
            (condition,) = grant["condition"]
            database = condition["expression"].rpartition("/databases/")[2].strip('"')
            assert database in {"(default)", "keys"}
            if database == "keys" and grant["role"] == "roles/datastore.user":
                writers.add(grant["member"])
        else:
            assert grant["role"] in PROJECT_WIDE
            assert grant["member"] == member("deployer")
    assert writers == {member("accounts"), member("sync")}, "only who makes or destroys data keys"


def test_an_account_of_doors_is_no_caller_of_doors(state: State) -> None:
    acting = {door["template"][0]["service_account"] for door in doors(state).values()}
    callers = {account["email"] for account in state.named("google_service_account", "caller").values()}
    assert not acting & callers
    assert len(acting) == len(state.named("google_service_account", "family"))


def test_who_builds_cannot_read_mail(state: State) -> None:
    roles = {grant["role"] for _kind, grant in state.grants() if grant["member"] == member("deployer")}
    assert not {role for role in roles if "datastore" in role or "kms" in role or "secret" in role}


def test_keys_rotate_and_cannot_be_destroyed_by_mistake(state: State) -> None:
    for key in state.all("google_kms_crypto_key").values():
        assert key["rotation_period"] == "7776000s"
        assert key["destroy_scheduled_duration"] == "2592000s"


def test_the_mail_is_kept_back_and_the_keys_are_not(state: State) -> None:
    databases = state.all("google_firestore_database")
    assert databases["mail"]["point_in_time_recovery_enablement"] == "POINT_IN_TIME_RECOVERY_ENABLED"
    assert databases["keys"]["point_in_time_recovery_enablement"] == "POINT_IN_TIME_RECOVERY_DISABLED"
    for database in databases.values():
        assert database["delete_protection_state"] == "DELETE_PROTECTION_ENABLED"
    backed_up = [each["database"] for each in state.all("google_firestore_backup_schedule").values()]
    assert backed_up == ["(default)"]
