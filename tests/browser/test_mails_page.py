"""The web client as a person sees it, in Debian's chromium."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.person import Complaints, begin_search, deliver, mirror, rows, search, sign_in
from tests.e2e.generated_mail import in_letters
from tests.small_stack import SmallStack, await_whole, running_small_stack

MESSAGES = 130

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallStack]:
    with running_small_stack(tmp_path_factory.mktemp("browser"), MESSAGES) as running:
        yield running


@pytest.fixture
def page(stack: SmallStack, browser: Browser) -> Iterator[Page]:
    """A browser's page, signed in, in front of a mailbox that is mirrored whole."""
    context = browser.new_context(viewport={"width": 1180, "height": 760})
    complaints = Complaints(context)
    page = context.new_page()
    sign_in(page, stack.stack.service_url)
    await_whole(stack.signed_in())
    expect(page.locator("#sync")).to_be_hidden(timeout=20_000)
    yield page
    context.close()
    assert complaints.found == []


def test_the_mail_is_there_after_signing_in_and_scrolling_brings_the_rest(page: Page) -> None:
    page.locator("#messages > li").first.wait_for()
    total = int((page.locator("#summary").text_content() or "").split()[0])
    assert 50 < total <= MESSAGES
    for _ in range(20):
        page.mouse.wheel(0, 20_000)
        page.wait_for_timeout(100)
    assert rows(page) == total


def test_a_search_finds_its_message_and_is_a_link(page: Page, stack: SmallStack) -> None:
    query = f"in:anywhere subject:{in_letters(7)}"
    search(page, query)
    expect(page.locator("#summary")).to_have_text("1 message")
    expect(page.locator("#messages > li")).to_contain_text(in_letters(7))
    address = page.url
    page.goto(f"{stack.stack.service_url}/mails")
    page.goto(address)
    expect(page.get_by_role("combobox", name="Search mail")).to_have_value(query)
    expect(page.locator("#summary")).to_have_text("1 message")


def test_back_leads_through_conversation_and_searches_to_where_one_was(page: Page) -> None:
    search(page, "harbour")
    harbours = page.locator("#summary").text_content()
    search(page, f"in:anywhere subject:{in_letters(7)}")
    page.locator("#messages > li a").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(in_letters(7))
    expect(page.locator("#list")).to_be_hidden()
    page.go_back()
    expect(page.locator("#reading")).to_be_hidden()
    expect(page.locator("#messages > li a")).to_be_focused()
    page.go_back()
    expect(page.get_by_role("combobox", name="Search mail")).to_have_value("harbour")
    expect(page.locator("#summary")).to_have_text(harbours or "")


def test_the_list_is_left_and_found_at_the_same_place(page: Page) -> None:
    page.locator("#messages > li").nth(30).scroll_into_view_if_needed()
    before = page.evaluate("scrollY")
    assert before > 0
    page.locator("#messages > li a").nth(30).click()
    expect(page.locator("#reading")).to_be_visible()
    page.get_by_role("link", name="Results").click()
    expect(page.locator("#reading")).to_be_hidden()
    assert page.evaluate("scrollY") == before
    expect(page.locator("#messages > li a").nth(30)).to_be_focused()


def test_everything_can_be_done_with_keys(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("harbour")
    page.keyboard.press("Enter")
    expect(page.locator("#list")).to_be_focused()
    expect(page.locator("#messages mark").first).to_be_visible()
    for key in ("j", "j", "j", "k"):
        page.keyboard.press(key)
    expect(page.locator("#messages > li a").nth(1)).to_be_focused()
    second, third = (page.locator("#messages .subject").nth(n).text_content() or "" for n in (1, 2))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(second)
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    page.keyboard.press("j")
    expect(page.get_by_role("heading", level=1)).to_have_text(third)
    page.keyboard.press("u")
    expect(page.locator("#messages > li a").nth(2)).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="How to search")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="How to search")).to_be_hidden()


def test_letters_are_no_commands_for_whoever_says_so(page: Page) -> None:
    page.get_by_role("button", name="How to search").click()
    page.get_by_label("Letters alone are commands").uncheck()
    page.keyboard.press("Escape")
    page.locator("#list").focus()
    page.keyboard.press("j")
    expect(page.locator("#list")).to_be_focused()


def test_the_table_of_operators_leads_to_searches(page: Page) -> None:
    page.get_by_role("button", name="How to search").click()
    dialog = page.get_by_role("dialog", name="How to search")
    expect(dialog.get_by_role("rowheader", name="newer_than:")).to_be_visible()
    dialog.get_by_role("link", name="is:unread").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("combobox", name="Search mail")).to_have_value("is:unread")


def test_suggestions_are_chosen_with_keys(page: Page) -> None:
    field = page.get_by_role("combobox", name="Search mail")
    field.press_sequentially("fro")
    option = page.get_by_role("option", name="from:")
    expect(option).to_be_visible()
    assert field.get_attribute("aria-expanded") == "true"
    field.press("ArrowDown")
    while field.get_attribute("aria-activedescendant") != option.get_attribute("id"):
        field.press("ArrowDown")
    field.press("Enter")
    expect(field).to_have_value("from:")
    expect(page.get_by_role("option", name="Person").first).to_be_visible()
    field.press("ArrowDown")
    field.press("Enter")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(page.locator("#summary")).to_contain_text("message")
    assert page.url.partition("q=")[2].startswith("from%3A")


def test_escape_closes_the_suggestions_and_keeps_the_text(page: Page) -> None:
    field = page.get_by_role("combobox", name="Search mail")
    field.press_sequentially("is:")
    expect(page.get_by_role("listbox", name="Suggestions")).to_be_visible()
    field.press("Escape")
    expect(page.get_by_role("listbox", name="Suggestions")).to_be_hidden()
    expect(field).to_have_value("is:")


def test_filters_are_words_of_the_query(page: Page) -> None:
    field = page.get_by_role("combobox", name="Search mail")
    search(page, '(red OR kite) "is:unread"')
    page.get_by_role("button", name="Unread").click()
    expect(field).to_have_value('(red OR kite) "is:unread" is:unread')
    expect(page.get_by_role("button", name="Unread")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Unread").click()
    page.get_by_role("button", name="Attachment").click()
    expect(field).to_have_value('(red OR kite) "is:unread" has:attachment')
    search(page, "")
    sender = page.get_by_role("combobox", name="From", exact=True)
    sender.select_option(index=1)
    first = field.input_value()
    assert first.startswith("from:")
    sender.select_option(index=2)
    assert field.input_value() not in {first, ""}
    assert field.input_value().count("from:") == 1
    page.get_by_role("combobox", name="Date").select_option("newer_than:1y")
    expect(field).to_have_value(re.compile(" newer_than:1y$"))
    page.get_by_role("combobox", name="Date").select_option("days")
    page.locator("#first-day").fill("2025-01-02")
    page.locator("#last-day").fill("2025-01-31")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(field).to_have_value(re.compile(" after:2025-01-02 before:2025-02-01$"))
    page.go_back()
    expect(field).to_have_value(re.compile(" newer_than:1y$"))
    expect(page.get_by_role("combobox", name="Date")).to_have_value("newer_than:1y")


def test_a_category_is_a_label_that_queries_name(page: Page) -> None:
    field = page.get_by_role("combobox", name="Search mail")
    label = page.get_by_role("combobox", name="Label")
    label.select_option("Promotions")
    expect(field).to_have_value("category:promotions")
    label.select_option("Inbox")
    expect(field).to_have_value("label:inbox")
    search(page, "category:updates red")
    expect(label.locator("option:checked")).to_have_text("Updates")
    for text, proposed in (("label:prom", "category:promotions"), ("label:inb", "label:inbox")):
        field.fill(text)
        expect(page.get_by_role("option", name=proposed)).to_be_visible()


def test_conversations_or_their_messages_are_listed(page: Page, stack: SmallStack) -> None:
    mirror(stack, "A parade", headers={"Message-ID": "<parade@example.org>"})
    mirror(stack, "Re: A parade", headers={"In-Reply-To": "<parade@example.org>"})
    search(page, "subject:parade")
    expect(page.locator("#summary")).to_have_text("2 messages", timeout=20_000)
    expect(page.locator("#messages > li")).to_have_count(1)
    expect(page.locator("#messages .count")).to_have_text("2")
    page.get_by_role("combobox", name="Shown as").select_option("messages")
    expect(page.locator("#messages > li")).to_have_count(2)
    page.reload()
    expect(page.locator("#messages > li")).to_have_count(2)
    page.locator("#messages > li a").last.click()
    expect(page.locator("details.message[open]")).to_have_count(2)


def test_new_mail_appears_by_itself_in_the_list_and_in_a_conversation(page: Page, stack: SmallStack) -> None:
    search(page, "subject:balloon")
    expect(page.locator("#empty")).to_contain_text("Nothing found")
    deliver(stack, "A balloon", headers={"Message-ID": "<balloon@example.org>"})
    expect(page.locator("#messages > li")).to_contain_text("A balloon", timeout=20_000)
    page.locator("#messages > li a").click()
    expect(page.locator("details.message")).to_have_count(1)
    deliver(stack, "Re: A balloon", text="It is red.", headers={"In-Reply-To": "<balloon@example.org>"})
    expect(page.locator("details.message")).to_have_count(2, timeout=20_000)
    expect(page.locator("details.message").last).to_contain_text("It is red.")


@pytest.mark.parametrize(
    ("query", "said"), [("frm:ann", "Did you mean from:?"), ("after:never", "YYYY/MM/DD"), ("a OR", "a OR b")]
)
def test_a_query_that_is_not_understood_says_what_would_be_right(
    stack: SmallStack, browser: Browser, query: str, said: str
) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        sign_in(page, stack.stack.service_url)
        search(page, query)
        expect(page.locator("#not-understood")).to_contain_text(said)
        expect(page.locator("#messages")).to_be_hidden()
        expect(page.get_by_role("combobox", name="Search mail")).to_be_focused()
        search(page, "harbour")
        expect(page.locator("#not-understood")).to_be_empty()
        expect(page.locator("#messages > li").first).to_be_visible()


def test_a_lost_connection_is_told_and_mended_by_itself(stack: SmallStack, browser: Browser) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        sign_in(page, stack.stack.service_url)
        page.locator("#messages > li").first.wait_for()
        context.set_offline(True)
        expect(page.locator("#trouble")).to_contain_text("no connection", timeout=20_000)
        begin_search(page, f"in:anywhere subject:{in_letters(7)}")
        expect(page.locator("#summary")).to_contain_text("No connection")
        context.set_offline(False)
        expect(page.locator("#summary")).to_have_text("1 message", timeout=20_000)
        expect(page.locator("#trouble")).to_be_hidden(timeout=20_000)


def test_the_ellipsis_of_a_marked_word_that_is_cut_is_not_marked(page: Page, stack: SmallStack) -> None:
    word = "kiteflyers" * 6
    mirror(stack, word)
    page.set_viewport_size({"width": 320, "height": 700})
    search(page, f"subject:{word}")
    row = page.locator("#messages .words")
    expect(row.locator("mark")).to_have_text(word, timeout=20_000)
    marked = columns_of_colour(page, row.screenshot(), "rgb(255, 233, 168)")
    assert len(marked) > 100
    assert row.evaluate("row => row.clientWidth") - max(marked) > 8


def columns_of_colour(page: Page, picture: bytes, colour: str) -> list[int]:
    """Where in the picture this colour is to be seen."""
    blank = page.context.new_page()
    found: list[int] = blank.evaluate(
        """async ([picture, colour]) => {
          const bytes = Uint8Array.from(atob(picture), (each) => each.charCodeAt());
          const image = await createImageBitmap(new Blob([bytes]));
          const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
          canvas.drawImage(image, 0, 0);
          const { data } = canvas.getImageData(0, 0, image.width, image.height);
          const found = new Set();
          for (let at = 0; at < data.length; at += 4) {
            if (`rgb(${data.slice(at, at + 3).join(", ")})` === colour) found.add((at / 4) % image.width);
          }
          return [...found];
        }""",
        [b64encode(picture).decode(), colour],
    )
    blank.close()
    return found


def test_nothing_in_a_message_is_taken_for_a_page(page: Page, stack: SmallStack) -> None:
    sly = "<img src=x onerror=alert(1)><b>bold</b>"
    mirror(stack, f"sly {sly}", text=sly)
    search(page, "subject:sly")
    expect(page.locator("#messages > li")).to_contain_text("onerror=alert(1)", timeout=20_000)
    page.locator("#messages > li a").click()
    expect(page.locator("#thread")).to_contain_text("bold")
    assert page.locator("#messages :is(b, img), #reading :is(b, img)").count() == 0


def test_quoted_text_is_folded_and_links_are_links(page: Page, stack: SmallStack) -> None:
    text = "See http://127.0.0.1/a?b=c. Or write to bea@example.org.\n\n" + "".join(
        f"> line {n}\n" for n in range(9)
    )
    mirror(stack, "A quotation", text=text)
    search(page, "subject:quotation")
    page.locator("#messages > li a").click()
    expect(page.locator(".quote")).to_be_hidden()
    page.get_by_text("9 older lines").click()
    expect(page.locator(".quote")).to_be_visible()
    links = page.locator(".text a")
    assert [each.get_attribute("href") for each in links.all()] == [
        "http://127.0.0.1/a?b=c",
        "mailto:bea@example.org",
    ]
    assert {each.get_attribute("rel") for each in links.all()} == {"noopener noreferrer"}


def test_a_quotation_in_html_is_folded_and_the_frame_is_as_high_as_its_mail(
    page: Page, stack: SmallStack
) -> None:
    long = "<p>An old line.</p>" * 40
    mirror(stack, "A frame", html=f"<p>New.</p>{'<p>More.</p>' * 30}<blockquote>{long}</blockquote>")
    search(page, "subject:frame")
    page.locator("#messages > li a").click()
    frame = page.frame_locator("iframe")
    expect(frame.get_by_text("An old line.").first).to_be_hidden()
    frame.get_by_text("Older text").click()
    expect(frame.get_by_text("An old line.").first).to_be_visible()
    inside = "frame => frame.contentDocument.documentElement.scrollHeight - frame.clientHeight"
    page.wait_for_function(f"() => ({inside})(document.querySelector('iframe')) <= 0")
    page.get_by_role("button", name="Plain text").click()
    expect(page.locator("iframe")).to_have_count(0)


def test_a_very_long_word_is_shown_without_delay(page: Page, stack: SmallStack) -> None:
    mirror(stack, "A blob", text=f"bea@example.org {'a' * 200_000}")
    search(page, "subject:blob")
    page.locator("#messages > li a").click()
    expect(page.get_by_role("link", name="bea@example.org", exact=True)).to_be_visible()


def test_mail_from_right_to_left_is_shown_so(page: Page, stack: SmallStack) -> None:
    mirror(stack, "שלום עולם balloonist", text="זה מכתב קצר.")
    search(page, "subject:balloonist")
    expect(page.locator("#messages > li")).to_have_count(1, timeout=20_000)
    assert page.locator("#messages .words").evaluate("each => getComputedStyle(each).direction") == "rtl"
    page.locator("#messages > li a").click()
    assert page.locator(".text").evaluate("each => getComputedStyle(each).direction") == "rtl"
    assert page.get_by_role("heading", level=1).evaluate("each => getComputedStyle(each).direction") == "rtl"


def test_times_are_those_of_the_readers_zone_who_may_choose_it_for_days(
    stack: SmallStack, browser: Browser
) -> None:
    with browser.new_context(timezone_id="Pacific/Kiritimati", locale="en-GB") as context:
        page = context.new_page()
        sign_in(page, stack.stack.service_url)
        page.goto(f"{stack.stack.service_url}/mails?q=in:anywhere+subject:{in_letters(7)}")
        when = page.locator("#messages time")
        expect(when).to_have_attribute("datetime", "2025-01-01T21:00:00Z")
        expect(when).to_have_text("2 Jan 2025")
        page.get_by_role("button", name="Up to date").click()
        page.get_by_role("button", name="Use Pacific/Kiritimati").click()
        expect(page.locator("#facts")).to_contain_text("Pacific/Kiritimati")
        assert stack.signed_in().status()["settings"]["time_zone"] == "Pacific/Kiritimati"


def test_an_attachment_that_is_gone_is_told_on_a_page(stack: SmallStack, browser: Browser) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        sign_in(page, stack.stack.service_url)
        page.goto(f"{stack.stack.service_url}/api/mails/123/attachments/1")
        expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing here")


def test_messages_that_were_given_up_are_tried_again(page: Page) -> None:
    given_up = {
        "message_id": "1",
        "reason": "It cannot be read",
        "attempts": 8,
        "first_seen": "2025-01-01T00:00:00Z",
    }

    def with_one(route: Route) -> None:
        status = route.fetch().json()
        status["outstanding"]["parked"] = 1
        route.fulfill(json={**status, "parked": [given_up]})

    page.route("**/api/mailbox", with_one)
    page.get_by_role("button", name="Up to date").click()
    expect(page.locator("#parked-list")).to_contain_text("It cannot be read, tried 8 times", timeout=20_000)
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#tried")).to_have_text("0 messages are tried again.")


def test_whose_access_was_revoked_is_led_to_sign_in_again(stack: SmallStack, browser: Browser) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        sign_in(page, stack.stack.service_url)
        stack.gmail().revoke()
        deliver(stack, "Unheard of")
        expect(page.locator("#trouble")).to_contain_text("Google no longer lets us", timeout=30_000)
        search(page, f"in:anywhere subject:{in_letters(7)}")
        expect(page.locator("#summary")).to_have_text("1 message")
        page.get_by_role("link", name="Sign in again").click()
        page.locator("[name=decision][value=allow]").click()
        page.wait_for_url("**/mails*")
        search(page, "subject:unheard")
        expect(page.locator("#messages > li")).to_have_count(1, timeout=30_000)
        expect(page.locator("#trouble")).to_be_hidden()


def test_signing_out_leads_to_the_way_in(stack: SmallStack, browser: Browser) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        sign_in(page, stack.stack.service_url)
        page.locator("#open-status").click()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("link", name="Sign in with Google")).to_be_visible()
        page.goto(f"{stack.stack.service_url}/mails")
        expect(page.get_by_role("link", name="Sign in with Google")).to_be_visible()
