"""The names under which a mailbox is known, before they are hashed."""


def address_name(address: str) -> str:
    """The name of an address: the same in any letter case."""
    return f"address:{address.strip().casefold()}"


def subject_name(subject: str) -> str:
    """The name of a Google account, which stays when its address changes."""
    return f"sub:{subject}"
