"""Every trap of the real APIs that we know of, and the tests that are named after it.

The list is that of `field.md`, in its words and its order, with what issue threads added. Some of the tests
are here, others where the thing lives; that each of them is there, is tested below.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
FIELD = TESTS.parents[1] / "shared" / "field.md"

TRAPS: dict[str, tuple[str, ...]] = {
    "doubled push": ("test_a_doubled_push_ends_where_a_single_one_does",),
    "reordered push": ("test_reordered_pushes_end_in_the_newest_state",),
    "dropped push (more than 1 a second)": (
        "test_a_burst_whose_second_notification_gmail_drops_is_found_seconds_later",
        "test_a_push_that_never_comes_is_made_good_by_the_look_after_silence",
    ),
    "delayed push": ("test_a_delayed_push_finds_what_came_meanwhile_applied",),
    "push id equal to, older than the cursor": (
        "test_a_push_id_equal_to_or_older_than_the_cursor_is_a_reason_to_look",
        "test_a_notification_older_than_the_cursor_is_a_reason_to_look_all_the_same",
    ),
    "push before history is readable": (
        "test_a_push_that_comes_before_history_is_readable_loses_nothing",
        "test_history_that_shows_records_late_loses_nothing",
        "test_an_answers_history_id_is_believed_only_after_the_settling_time",
    ),
    "the push that watch() itself sends": ("test_the_push_that_watch_itself_sends_changes_nothing",),
    "history page without `history`": (
        "test_a_history_page_without_history_is_followed_by_the_next",
        "test_all_pages_of_history_are_read_also_after_one_without_records",
        "test_a_history_page_without_history_is_empty_and_may_have_a_next",
    ),
    "404 on history with an old id": (
        "test_404_on_history_with_an_old_id_is_made_good_by_the_difference",
        "test_labels_taken_off_and_a_label_deleted_in_a_gap_are_gone",
        "test_expired_history_is_repaired_as_a_difference_and_downloads_nothing_again",
        "test_history_that_expired_over_a_long_time_begins_one_full_sync_at_once",
    ),
    "404 on history with a *fresh* id": (
        "test_404_on_history_with_a_fresh_id_is_no_reason_for_a_full_sync",
        "test_404_on_every_history_id_costs_a_few_full_syncs_and_ends_whole",
        "test_a_denial_of_a_fresh_history_id_is_not_believed_at_once",
        "test_a_fresh_history_id_that_stays_denied_is_replaced_by_one_from_another_source",
        "test_history_denied_for_good_costs_a_few_full_syncs_a_day_and_says_so",
    ),
    "history id as number or as string": (
        "test_a_history_id_pushed_as_text_is_read_as_the_number_that_it_is",
        "test_a_notification_brings_its_mailbox_up_to_date_whether_its_history_id_is_number_or_text",
    ),
    "404 on a message just listed": (
        "test_a_404_on_a_message_just_listed_is_owed_until_it_shows",
        "test_a_404_on_a_message_just_announced_is_owed_until_it_shows",
        "test_a_message_denied_for_good_is_let_go_after_minutes_and_not_tried_for_ever",
        "test_a_message_deleted_between_its_listing_and_its_fetch_is_not_here",
    ),
    "added and deleted in one window": ("test_a_message_added_and_deleted_in_one_window_leaves_nothing",),
    "label changed on a message we do not have": (
        "test_a_label_changed_on_a_message_that_we_do_not_have_brings_the_message",
        "test_a_label_changed_on_a_message_that_cannot_be_fetched_is_owed",
    ),
    "label renamed or deleted": (
        "test_a_renamed_label_is_known_by_its_new_name_within_a_day",
        "test_a_deleted_label_leaves_its_messages",
    ),
    "labels set by filters without a labelAdded record": (
        "test_labels_that_filters_set_without_a_record_are_mirrored",
    ),
    "drafts: a new message id at every save": (
        "test_drafts_that_get_a_new_id_at_every_save_leave_only_the_last",
        "test_a_draft_saved_while_it_is_fetched_leaves_only_the_last",
    ),
    "moves to spam and trash": (
        "test_moves_to_spam_and_trash_take_a_message_out_of_sight_and_back",
        "test_mail_in_spam_and_trash_before_the_first_sync_is_mirrored",
    ),
    "messages.list out of date order": (
        "test_a_listing_out_of_date_order_is_mirrored_whole_and_shown_newest_first",
    ),
    "listings that lag": ("test_a_listing_that_lags_misses_nothing",),
    "page tokens that are counts": (
        "test_page_tokens_that_are_counts_skip_nothing_for_good",
        "test_page_tokens_that_are_counts_skip_nothing_of_a_real_listing",
        "test_mail_that_moves_down_a_listing_is_not_listed_twice_in_the_mirror",
    ),
    "page tokens that expire before a resumed full sync": (
        "test_page_tokens_of_a_listing_that_expire_are_met_by_listing_again",
        "test_page_tokens_of_history_that_expire_lose_nothing",
        "test_page_tokens_that_expire_before_a_resumed_full_sync_begin_the_listing_again",
        "test_page_tokens_that_expire_within_history_lose_nothing",
    ),
    "fetches answered by a stale replica": (
        "test_a_fetch_answered_by_a_stale_replica_ends_in_the_newest_labels",
        "test_a_first_sync_answered_by_a_stale_replica_is_repaired",
        "test_an_answer_older_than_its_record_does_not_pay_the_debt",
    ),
    "`resultSizeEstimate` lies": ("test_result_size_estimates_that_lie_are_believed_by_nobody",),
    '403 with reason `rateLimitExceeded` and "Retry after" in its text': (
        "test_403_rate_limit_exceeded_with_a_retry_after_in_its_text_is_obeyed",
        "test_the_time_to_wait_for_stands_in_the_message",
    ),
    '429 "Too many concurrent requests for user"': (
        "test_too_many_concurrent_requests_for_user_429_in_a_first_sync",
        "test_a_refusal_without_a_time_waits_a_while_and_loses_nothing",
    ),
    "one part of a batch refused, the rest fine": (
        "test_one_part_of_a_batch_refused_and_the_rest_fine",
        "test_parts_of_a_batch_refused_in_a_partial_sync",
    ),
    "more than 100 parts in a batch": (
        "test_more_than_100_messages_are_never_asked_for_in_one_batch",
        "test_no_batch_is_larger_than_gmail_bears",
    ),
    "slow answers": ("test_slow_answers_only_take_longer",),
    '400 "Mail service not enabled"': (
        "test_400_mail_service_not_enabled_and_403_domain_policy_are_a_status_with_its_reason",
    ),
    "403 `domainPolicy`": (
        "test_400_mail_service_not_enabled_and_403_domain_policy_are_a_status_with_its_reason",
    ),
    "`invalid_grant` half-way, then signed in again": (
        "test_invalid_grant_half_way_and_then_signed_in_again_goes_on_from_the_kept_cursor",
        "test_revoked_access_is_a_status_with_its_reason_and_ends_all_calls",
    ),
    "the address in other letter case": (
        "test_the_address_in_other_letter_case_is_the_same_mailbox",
        "test_a_push_that_names_the_address_in_other_letter_case_reaches_its_mailbox",
    ),
    '"Only one user push notification client"': (
        "test_only_one_user_push_notification_client_means_stop_and_watch_once",
        "test_a_watch_held_by_another_topic_is_stopped_once_and_taken",
        "test_a_watch_that_stays_taken_does_not_keep_the_mail_from_coming",
    ),
    "two watch() at once": ("test_two_watches_at_once_end_in_one",),
    "one person with two accounts": ("test_one_person_with_two_accounts_has_two_mailboxes",),
    "the same Message-ID in two mailboxes": (
        "test_the_same_message_id_in_two_mailboxes_is_two_messages",
        "test_the_same_message_id_twice_in_one_mailbox_is_two_messages",
    ),
    "partial consent (the Gmail box unticked)": (
        "test_partial_consent_with_the_gmail_box_unticked_connects_nothing",
        "test_consent_without_the_gmail_box_is_explained",
        "test_unticking_gmail_is_told_and_signs_nobody_in",
    ),
    "consent denied": (
        "test_consent_denied_connects_nothing",
        "test_denying_consent_is_told_and_signs_nobody_in",
    ),
    "callback opened twice": (
        "test_a_callback_opened_twice_signs_in_once",
        "test_a_callback_cannot_be_opened_twice",
    ),
    "state forged or expired": (
        "test_a_state_that_is_forged_signs_nobody_in",
        "test_a_state_that_has_expired_signs_nobody_in",
        "test_a_forged_state_is_refused",
    ),
    "broken dates, charsets, 10 MB bodies, NULs, no headers at all": (
        "test_broken_dates_charsets_nuls_and_no_headers_are_mirrored_and_found",
        "test_a_body_of_10_mb_is_mirrored_found_by_its_subject_and_said_to_be_cut",
        "test_an_attachment_of_10_mb_is_mirrored_by_its_name",
        "test_a_date_that_gmail_itself_has_wrong_is_mirrored_and_listed",
        "test_a_first_sync_of_a_date_that_is_wrong_ends_whole",
        "test_every_odd_message_is_stored_or_outstanding_with_a_reason",
    ),
    "a crash between any two writes": (
        "test_a_crash_between_any_two_writes_loses_nothing",
        "test_a_stack_killed_in_the_middle_of_a_full_sync_ends_with_every_message_mirrored",
    ),
    "two workers on one mailbox at once": (
        "test_two_workers_on_one_mailbox_at_once_end_in_one_state",
        "test_every_schedule_ends_in_gmails_own_state",
    ),
    "a worker that wakes up ten minutes late and writes what it fetched then": (
        "test_a_worker_that_wakes_up_ten_minutes_late_writes_nothing_old",
        "test_a_full_sync_that_wakes_up_ten_minutes_late_writes_nothing_old",
        "test_a_worker_of_a_mailbox_signed_out_meanwhile_writes_nothing",
    ),
    "all of it by chance": ("test_faults_by_a_seeded_random_schedule",),
}


def test_every_trap_has_its_tests() -> None:
    named = {
        node.name
        for path in TESTS.rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    missing = {trap: [each for each in tests if each not in named] for trap, tests in TRAPS.items()}
    assert {trap: tests for trap, tests in missing.items() if tests} == {}
    assert all(TRAPS.values())


@pytest.mark.skipif(not FIELD.exists(), reason="needs ../shared/field.md")
def test_no_trap_of_the_field_is_forgotten() -> None:
    told = FIELD.read_text(encoding="utf-8").split("each is a named test", 1)[1]
    for trap in " ".join(told.split()).removesuffix(".").split(" · "):
        known = re.sub(r" \(break the loop: .*\)$", "", trap.strip())
        assert known in TRAPS, trap
