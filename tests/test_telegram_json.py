"""JSON of the Bot API: what Python's own reader and writer can do is done, and means the same."""

from __future__ import annotations

import json

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import example, given
from hypothesis import strategies as st
from telegram.error import NetworkError

from bot.channels import telegram_json
from bot.channels.telegram_api import Api, Wire

#: Any text, half surrogate pairs and NUL among them.
TEXT = st.text(st.characters(exclude_categories=()))
VALUE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
)
#: What a strict reader refuses.
ODD = (
    b'"\\ud83d"', b'{"text":"\\udc00 hello"}', b'"\xed\xa0\x80"', b"NaN", b"[Infinity]", b"1e999",
    b'\xef\xbb\xbf{"update_id":1}', '{"update_id":1}'.encode("utf-16"), b'{"a":{},"a":-0}',
)  # fmt: skip


def outcome(reader: object, body: bytes) -> str:
    """What was read, with its types, or the kind of error."""
    assert callable(reader)
    try:
        return repr(reader(body))
    except ValueError:
        return "ValueError"
    except RecursionError:
        return "RecursionError"


@given(VALUE, st.booleans())
@example(2**64, True)
@example(-(2**70), True)
@example(10**400, True)
@example("\ud83d", True)
def test_what_was_written_is_read_as_python_reads_it(value: object, escaped: bool) -> None:
    body = json.dumps(value, ensure_ascii=escaped).encode("utf-8", "surrogatepass")

    assert outcome(telegram_json.read, body) == repr(value)


@given(VALUE)
@example("\ud83d")
@example({"text": "half \udc00", "chat_id": 2**64})
def test_what_is_written_says_what_it_said(value: object) -> None:
    body = telegram_json.write(value)

    assert body.decode()
    assert repr(json.loads(body)) == repr(value)


@given(st.binary() | st.text('[]{}",:0123456789eE+-.\\und truefals').map(str.encode))
@example(b"[" * 100_000)
@example(b'{"a":' * 3_000)
@example(b"[" * 600 + b"]" * 600)
@example(b"")
@example(b"\xff\xfe")
def test_broken_json_fails_as_it_fails_in_python(body: bytes) -> None:
    assert outcome(telegram_json.read, body) == outcome(json.loads, body)


@pytest.mark.parametrize("body", ODD)
def test_odd_json_is_read_as_python_reads_it(body: bytes) -> None:
    assert outcome(telegram_json.read, body) == repr(json.loads(body))


def test_an_answer_nested_too_deep_to_be_read_is_not_the_bot_apis() -> None:
    with pytest.raises(NetworkError):
        Wire.parse_json_payload(b"[" * 100_000)


@pytest.mark.parametrize("odd", [{"description": 7}, {"parameters": [1]}, {"parameters": "1"}])
async def test_a_refusal_in_an_odd_shape_is_an_error_of_the_network(odd: dict[str, object]) -> None:
    async def refuse(_: web.Request) -> web.Response:
        return web.json_response({"ok": False, **odd}, status=400)

    app = web.Application()
    app.router.add_post("/{method:.*}", refuse)
    async with TestServer(app, host="127.0.0.1") as server:
        api = Api("1:a", str(server.make_url("/")))
        with pytest.raises(NetworkError, match="not as the Bot API does"):
            await api.call("getMe")
        await api.close()
