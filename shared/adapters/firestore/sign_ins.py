"""Sign-ins under way in Firestore; a TTL removes what nobody took."""

from __future__ import annotations

from google.cloud.firestore import Client, DocumentReference

from shared.adapters.firestore.client import in_transaction, read_within, translated
from shared.adapters.firestore.documents import millis, timestamp
from shared.adapters.firestore.late_transaction import LateTransaction
from shared.mail.model import Millis
from shared.ports.sign_ins import SignIn


class FirestoreSignIns:
    """The port SignIns."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def begin(self, sign_in: SignIn) -> None:
        with translated():
            self._place(sign_in.state_hash).set(
                {
                    "code_verifier": sign_in.code_verifier,
                    "nonce": sign_in.nonce,
                    "expires_at": timestamp(sign_in.expires_at),
                }
            )

    def take(self, state_hash: str, now: Millis) -> SignIn | None:
        place = self._place(state_hash)

        def body(transaction: LateTransaction) -> SignIn | None:
            found = read_within(transaction, [place])
            if place.path not in found:
                return None
            transaction.delete(place)
            begun = found[place.path]
            expires_at = millis(begun.get("expires_at"))
            if expires_at < now:
                return None
            return SignIn(state_hash, begun.get("code_verifier"), begun.get("nonce"), expires_at)

        return in_transaction(self._client, state_hash, body)

    def _place(self, state_hash: str) -> DocumentReference:
        return self._client.collection("sign_ins").document(state_hash)
