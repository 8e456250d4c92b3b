"""One mailbox's Gmail through the client library, with every call's price counted."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from googleapiclient.errors import HttpError
from googleapiclient.http import HttpRequest

from shared.adapters.gmail_api import answers
from shared.adapters.gmail_api.batch import ask_in_batch
from shared.adapters.gmail_api.calls import ME, Calls
from shared.adapters.gmail_api.lines import Line
from shared.adapters.gmail_api.refusals import meaning, read_refusal, translated
from shared.adapters.gmail_api.streamed import refuse_errors, stream
from shared.adapters.gmail_api.width import Width
from shared.errors import (
    AccessRevoked,
    GmailUnavailable,
    HistoryExpired,
    MailboxError,
    MessageGone,
    RateLimited,
    RetryableError,
    TooManyAtOnce,
)
from shared.mail import quota
from shared.mail.model import GmailMessage, HistoryId, Label, LabelId, MessageId, PageToken, ThreadId
from shared.ports.gmail import HistoryPage, ListPage, Profile, Watch

_PAGE = 500  # the most that a listing answers

Id = TypeVar("Id", bound=str)
Read = TypeVar("Read")


class OpenedGmail:
    """Gmail as the port promises it, over one line."""

    def __init__(self, calls: Calls, line: Line, width: Width) -> None:
        self.units_spent = 0
        self._calls = calls
        self._line = line
        self._width = width

    def profile(self) -> Profile:
        return self._ask(quota.PROFILE, self._calls.users.getProfile(**ME), answers.to_profile)

    def watch(self, topic: str) -> Watch:
        request = self._calls.users.watch(**ME, body={"topicName": topic})
        return self._ask(quota.WATCH, request, answers.to_watch)

    def stop(self) -> None:
        self._ask(quota.STOP, self._calls.users.stop(**ME), lambda _: None)

    def history(self, start: HistoryId, page: PageToken | None = None) -> HistoryPage:
        request = self._calls.history.list(**ME, startHistoryId=str(start), maxResults=_PAGE, pageToken=page)
        return self._ask(quota.HISTORY, request, answers.to_history_page, gone=HistoryExpired)

    def list_messages(self, page: PageToken | None = None, label: LabelId | None = None) -> ListPage:
        request = self._calls.messages.list(
            **ME,
            maxResults=_PAGE,
            pageToken=page,
            includeSpamTrash=True,
            labelIds=None if label is None else [label],
        )
        return self._ask(quota.LIST, request, answers.to_list_page)

    def get_messages(self, ids: Sequence[MessageId]) -> Mapping[MessageId, GmailMessage | MailboxError]:
        return self._ask_all(ids, self._calls.message, answers.to_message, quota.MESSAGE)

    def get_threads(
        self, ids: Sequence[ThreadId]
    ) -> Mapping[ThreadId, tuple[GmailMessage, ...] | MailboxError]:
        return self._ask_all(ids, self._calls.thread, answers.to_thread, quota.THREAD)

    def get_attachment(self, message_id: MessageId, attachment_id: str) -> bytes:
        request = self._calls.attachments.get(**ME, messageId=message_id, id=attachment_id)
        return self._ask(quota.ATTACHMENT, request, answers.to_data, gone=MessageGone)

    def stream_attachment(self, message_id: MessageId, attachment_id: str) -> Iterator[bytes]:
        request = self._calls.attachments.get(**ME, messageId=message_id, id=attachment_id, fields="data")
        return self._stream(quota.ATTACHMENT, request, "data")

    def stream_original(self, message_id: MessageId) -> Iterator[bytes]:
        request = self._calls.messages.get(**ME, id=message_id, format="raw", fields="raw")
        return self._stream(quota.MESSAGE, request, "raw")

    def labels(self) -> tuple[Label, ...]:
        return self._ask(quota.LABELS, self._calls.labels.list(**ME), answers.to_labels)

    def label_totals(self, ids: Sequence[LabelId]) -> Mapping[LabelId, int]:
        totals: dict[LabelId, int] = {}
        found = self._ask_all(ids, self._calls.label, answers.to_label_total, quota.LABELS)
        for label, answer in found.items():
            if isinstance(answer, int):
                totals[label] = answer
            elif not isinstance(answer, MessageGone):
                raise answer
        return totals

    def _ask(
        self,
        units: int,
        request: HttpRequest,
        read: Callable[[Any], Read],
        gone: type[MailboxError] | None = None,
    ) -> Read:
        self.units_spent += units
        with translated(gone):
            return read(request.execute(http=self._line.http, num_retries=0))

    def _stream(self, units: int, request: HttpRequest, field: str) -> Iterator[bytes]:
        self.units_spent += units
        with translated(MessageGone):
            answer = self._line.stream(request.uri)
            refuse_errors(answer)
        return stream(answer, field)

    def _ask_all(
        self,
        ids: Sequence[Id],
        ask: Callable[[Id], HttpRequest],
        read: Callable[[Any], Read],
        units: int,
    ) -> dict[Id, Read | MailboxError]:
        """Every id's answer, by batches. Once Gmail asks us to wait, the rest is not asked for at all.

        What is refused because it was too much at one time is asked for once more, in smaller batches.
        A batch that fails as a whole costs none of the answers before it: they are paid for.
        """
        found: dict[Id, Read | MailboxError] = {}
        waiting, refused = list(dict.fromkeys(ids)), set[Id]()
        while waiting:
            portion = waiting[: self._width.calls]
            self.units_spent += units * len(portion)
            try:
                answered = self._answers({each: ask(each) for each in portion}, read)
            except TooManyAtOnce as error:
                answered = dict.fromkeys(portion, error)
            except RetryableError as error:
                if not found:
                    raise
                return {**found, **dict.fromkeys(waiting, error)}
            again = self._adapt(answered) - refused
            refused |= again
            found.update({each: answer for each, answer in answered.items() if each not in again})
            waiting = [*(each for each in portion if each in again), *waiting[len(portion) :]]
            limit = next((found[each] for each in portion if isinstance(found.get(each), RateLimited)), None)
            if limit is not None:
                return {**found, **dict.fromkeys(waiting, limit)}
        return found

    def _adapt(self, answered: Mapping[Id, object]) -> set[Id]:
        """What was refused since it was too much at one time; the next batch is as large as Gmail bears."""
        refused = {each for each, answer in answered.items() if isinstance(answer, TooManyAtOnce)}
        if refused:
            self._width.narrow(len(answered))
        else:
            self._width.widen()
        return refused

    def _answers(
        self, requests: Mapping[Id, HttpRequest], read: Callable[[Any], Read]
    ) -> dict[Id, Read | MailboxError]:
        """Each answer, or why there is none. A single one, as after most pushes, needs no batch around it."""
        with translated():
            if len(requests) > 1:
                self._line.have_access()
                answered = ask_in_batch(self._line, self._calls.batch_uri, requests)
            else:
                answered = {each: self._single(request) for each, request in requests.items()}
        found = {each: _one_by_one(answer, read) for each, answer in answered.items()}
        for each in found.values():
            if isinstance(each, AccessRevoked):
                raise each
        return found

    def _single(self, request: HttpRequest) -> bytes | HttpError:
        request.postproc = lambda _response, content: content
        try:
            answer: bytes = request.execute(http=self._line.http, num_retries=0)
        except HttpError as refused:
            return refused
        return answer


def _one_by_one(answer: bytes | HttpError, read: Callable[[Any], Read]) -> Read | MailboxError:
    """Reads one answer of several, so that an unreadable one does not take the others with it."""
    if isinstance(answer, HttpError):
        return meaning(read_refusal(answer), MessageGone)
    try:
        with translated():
            return read(answers.loaded(answer))
    except GmailUnavailable as error:
        return error
