from html.parser import HTMLParser

from infra.local.gmail_simulator.consent_page import blocked_page, consent_page
from infra.local.gmail_simulator.scopes import EMAIL, OPENID

READ = "https://www.googleapis.com/auth/gmail.readonly"
ADA, BOB = ("ada@example.com", "Ada"), ("bob@example.com", "Bob")
HOSTILE = "\"'><script>alert(1)</script>"


class Elements(HTMLParser):
    """Every start tag with its attributes, and the text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str, **attributes: str) -> list[dict[str, str]]:
        return [got for name, got in self.found if name == tag and attributes.items() <= got.items()]


def page(scopes: tuple[str, ...] = (OPENID, EMAIL, READ), chosen: str | None = None) -> Elements:
    return Elements(consent_page("app.example.com", {"state": "s"}, scopes, [ADA, BOB], chosen))


def test_every_account_can_be_chosen_and_the_first_is() -> None:
    radios = page().all("input", type="radio", name="account")
    assert [each["value"] for each in radios] == [ADA[0], BOB[0]]
    assert ["checked" in each for each in radios] == [True, False]


def test_an_account_hinted_at_is_chosen() -> None:
    radios = page(chosen=BOB[0]).all("input", name="account")
    assert ["checked" in each for each in radios] == [False, True]


def test_the_gmail_box_is_there_and_ticked_when_gmail_is_asked_for() -> None:
    (box,) = page().all("input", type="checkbox")
    assert box["name"] == "gmail"
    assert "checked" in box
    assert page((OPENID, EMAIL)).all("input", type="checkbox") == []


def test_everything_asked_for_is_said_in_words() -> None:
    text = page().text
    assert "See your primary email address" in text
    assert "View your email messages and settings" in text
    assert "permanently delete" not in text


def test_the_buttons_allow_and_deny() -> None:
    assert [each["value"] for each in page().all("button", name="decision")] == ["deny", "allow"]


def test_what_the_application_said_travels_unseen() -> None:
    assert page().all("input", type="hidden") == [{"type": "hidden", "name": "state", "value": "s"}]


def test_the_page_needs_nothing_from_elsewhere() -> None:
    found = page()
    assert not found.all("script")
    assert not found.all("link")
    assert not [got for _, got in found.found if "src" in got or got.get("href", "").startswith("http")]


def test_hostile_words_stay_words() -> None:
    built = consent_page(HOSTILE, {"state": HOSTILE}, (READ,), [(HOSTILE, HOSTILE)], None)
    found = Elements(built)
    assert not found.all("script")
    assert found.all("input", type="hidden")[0]["value"] == HOSTILE
    assert found.all("input", type="radio")[0]["value"] == HOSTILE
    assert not Elements(blocked_page(400, HOSTILE, HOSTILE)).all("script")


def test_dollars_in_what_is_shown_are_no_placeholders() -> None:
    assert "$main ${title}" in Elements(consent_page("$main ${title}", {}, (READ,), [ADA], None)).text


def test_a_page_for_nobody_is_a_page() -> None:
    assert Elements(consent_page("app", {}, (READ,), [], None)).all("button", value="allow")
