"""Topics, pushes and dead letters, and what Pub/Sub may do for them."""

from __future__ import annotations

from tests.infra.simulated import State
from tests.infra.test_doors import doors, environment

PUSHED = {"gmail": "on_gmail_notification", "sync": "on_sync_requested"}
AGENT = "@gcp-sa-pubsub.iam.gserviceaccount.com"


def test_each_topic_is_pushed_to_its_door_with_a_token_that_the_door_asks_for(state: State) -> None:
    subscriptions = state.named("google_pubsub_subscription", "push")
    assert set(subscriptions) == set(PUSHED)
    for topic, push in subscriptions.items():
        own = environment(doors(state)[PUSHED[topic]])
        (config,) = push["push_config"]
        assert config["push_endpoint"].startswith(own["PUSH_AUDIENCE"] + "/")
        assert config["oidc_token"][0]["audience"] == own["PUSH_AUDIENCE"]
        assert config["oidc_token"][0]["service_account_email"] == own["PUSH_SERVICE_ACCOUNT"]
        assert not config["no_wrapper"], "the doors decode the envelope themselves"


def test_the_watch_and_the_doors_name_the_topics_that_are_pushed(state: State) -> None:
    topics = state.named("google_pubsub_topic", "events")
    for door in doors(state).values():
        assert environment(door)["GMAIL_TOPIC"] == topics["gmail"]["id"]
        assert environment(door)["SYNC_TOPIC"] == topics["sync"]["id"]


def test_pushes_wait_ten_minutes_retry_slowly_and_never_expire(state: State) -> None:
    for push in state.named("google_pubsub_subscription", "push").values():
        assert push["ack_deadline_seconds"] == 600
        assert push["retry_policy"] == [{"minimum_backoff": "10s", "maximum_backoff": "600s"}]
    for subscription in state.all("google_pubsub_subscription").values():
        assert subscription["expiration_policy"] == [{"ttl": ""}]


def test_what_cannot_be_delivered_goes_where_it_is_kept_for_a_month(state: State) -> None:
    dead, kept = (
        state.named("google_pubsub_topic", "dead"),
        state.named("google_pubsub_subscription", "dead"),
    )
    for topic, push in state.named("google_pubsub_subscription", "push").items():
        (policy,) = push["dead_letter_policy"]
        assert policy["dead_letter_topic"] == dead[topic]["id"]
        assert kept[topic]["topic"] == dead[topic]["id"]
        assert kept[topic]["message_retention_duration"] == "2678400s"


def test_pubsub_may_move_an_event_to_the_dead_letters(state: State) -> None:
    """Both rights: without the second it delivers for ever, and says nothing."""
    publishers = {
        grant["topic"]
        for kind, grant in state.grants()
        if kind == "google_pubsub_topic_iam_member"
        and grant["role"] == "roles/pubsub.publisher"
        and grant["member"].endswith(AGENT)
    }
    subscribers = {
        grant["subscription"]
        for kind, grant in state.grants()
        if kind == "google_pubsub_subscription_iam_member"
        and grant["role"] == "roles/pubsub.subscriber"
        and grant["member"].endswith(AGENT)
    }
    assert publishers == {each["name"] for each in state.named("google_pubsub_topic", "dead").values()}
    assert subscribers == {
        each["name"] for each in state.named("google_pubsub_subscription", "push").values()
    }


def test_gmail_may_publish_to_its_topic_and_to_no_other(state: State) -> None:
    granted = [
        (grant["topic"], grant["role"])
        for kind, grant in state.grants()
        if grant["member"] == "serviceAccount:gmail-api-push@system.gserviceaccount.com"
    ]
    assert granted == [("gmail", "roles/pubsub.publisher")]
