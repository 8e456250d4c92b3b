"""Every store in Firestore, laid out as the design's section on data says."""

from shared.adapters.firestore.client import open_client
from shared.adapters.firestore.mailboxes import FirestoreMailboxes
from shared.adapters.firestore.messages import FirestoreMessages
from shared.adapters.firestore.quotas import FirestoreProjectQuota
from shared.adapters.firestore.rates import FirestoreRates
from shared.adapters.firestore.receipts import FirestoreReceipts
from shared.adapters.firestore.secrets import FirestoreSecrets
from shared.adapters.firestore.sign_ins import FirestoreSignIns

__all__ = [
    "FirestoreMailboxes",
    "FirestoreMessages",
    "FirestoreProjectQuota",
    "FirestoreRates",
    "FirestoreReceipts",
    "FirestoreSecrets",
    "FirestoreSignIns",
    "open_client",
]
