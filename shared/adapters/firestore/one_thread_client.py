"""Firestore's client without a thread for each answer.

gRPC's Python lets a thread of its own read what a server streams, and every read of Firestore's is such a
stream: the thread is started, and hands over each document. Here whoever asks reads by itself
(https://grpc.io/docs/guides/performance/#python); said by the library's private ways
(google-cloud-firestore 2.34.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc
from google.cloud.firestore import Client
from google.cloud.firestore_v1.services.firestore import client as services
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport

if TYPE_CHECKING:
    from typing import Any

_BY_WHO_ASKS = (grpc.experimental.ChannelOptions.SingleThreadedUnaryStream, 1)
_OF_ANY_SIZE = (("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1))


class _Transport(FirestoreGrpcTransport):
    @classmethod
    def create_channel(cls, *place: Any, options: Any = (), **how: Any) -> grpc.Channel:
        return super().create_channel(*place, options=[*options, _BY_WHO_ASKS], **how)


class OneThreadClient(Client):
    """The library's client; a call takes no other thread than the caller's."""

    @property
    def _firestore_api(self) -> Any:
        return self._firestore_api_helper(_Transport, services.FirestoreClient, services)

    def _emulator_channel(self, _transport: object) -> grpc.Channel:
        return grpc.insecure_channel(self._emulator_host, options=[*_OF_ANY_SIZE, _BY_WHO_ASKS])
