"""Calls to the Bot API: python-telegram-bot's raw calls and errors, over one aiohttp session."""

from __future__ import annotations

import logging
from typing import Any, cast  # What the Bot API takes and gives is JSON.

import aiohttp
from telegram import Bot
from telegram.error import InvalidToken, NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.channels import telegram_json

DEFAULT = "https://api.telegram.org"
_CONNECT, _ANSWER = 15.0, 30.0
_CONNECTIONS = 256
#: The one parameter that the library sees of a call; our own transport takes it out again.
_BODY = "body"


class TokenRefused(TelegramError):
    """Telegram does not accept the bot's token."""

    def __init__(self) -> None:
        super().__init__(
            "Telegram refused the token (401). Ask BotFather for the token again, "
            "put it into TELEGRAM_TOKEN and restart."
        )


class SlowDown(TelegramError):
    """429: nothing more for `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"asked to wait {seconds:g} s")
        self.seconds = seconds


class AnswerLost(NetworkError):
    """The call went out and no answer came back: it may have been done."""


class NoSuchMethod(TelegramError):
    """404: this server does not know the method, or not this token."""


class Wire(BaseRequest):
    """python-telegram-bot's transport, on aiohttp: four times as fast as its own, and silent.

    Neither an error nor a log line holds the address, which contains the token, or an answer,
    which may contain a parent's words.
    """

    __slots__ = ("_session",)

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        return _ANSWER

    async def initialize(self) -> None:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=_CONNECTIONS, ttl_dns_cache=60),
                headers={"Content-Type": "application/json", "User-Agent": self.USER_AGENT},
            )

    async def shutdown(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        patience = _ANSWER if read_timeout is BaseRequest.DEFAULT_NONE else read_timeout
        body = cast(bytes, request_data.parameters[_BODY]) if request_data else b"{}"
        try:
            code, payload = await self.deliver(url, body, patience)
        except TimeoutError:
            raise TimedOut from None
        except (aiohttp.ClientConnectorError, aiohttp.InvalidURL) as error:
            raise NetworkError(f"no connection ({type(error).__name__})") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise AnswerLost(f"no answer ({type(error).__name__})") from None
        if code >= 300:
            self._refuse(code, payload)
        return code, payload

    async def deliver(self, url: str, body: bytes, patience: float) -> tuple[int, bytes]:
        """One request, and what was answered. `patience` is in seconds."""
        await self.initialize()
        session = cast(aiohttp.ClientSession, self._session)
        async with session.post(
            url,
            data=body,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=patience, sock_connect=_CONNECT),
        ) as response:
            return response.status, await response.read()

    def _refuse(self, code: int, payload: bytes) -> None:
        """Raise what the library would tell less of, or too much: it puts an answer that is not
        JSON into its message, trips over a reason that is no text, warns on every 429, and takes
        401 and 404 for the same."""
        try:
            answer = self.parse_json_payload(payload)
        except NetworkError:
            raise NetworkError(f"answered {code}, not as the Bot API does") from None
        if code == 401:
            raise TokenRefused
        if code == 429:
            asked = answer.get("parameters")
            wait = asked.get("retry_after") if isinstance(asked, dict) else None
            raise SlowDown(float(wait) if isinstance(wait, int | float) else 1.0)
        reason, asked = answer.get("description", ""), answer.get("parameters") or {}
        if not (isinstance(reason, str) and isinstance(asked, dict)):
            raise NetworkError(f"answered {code}, not as the Bot API does")

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """The answer as JSON. Raises NetworkError for HTML or for half an answer."""
        try:
            answer = telegram_json.read(payload)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise NetworkError("the answer was not the Bot API's")
        return answer


class Api:
    """The Bot API of one token. Raises `telegram.error.TelegramError` and nothing else."""

    def __init__(self, token: str, url: str = DEFAULT) -> None:
        # At DEBUG this logger writes the token and every parameter, a parent's words among them.
        logging.getLogger("telegram.Bot").setLevel(logging.INFO)
        self._wire = Wire()
        address = url.rstrip("/")
        base = address if address.endswith("/bot") else f"{address}/bot"
        self._bot = Bot(token, base_url=base, request=self._wire, get_updates_request=self._wire)

    async def call(self, method: str, patience: float | None = None, **parameters: Any) -> Any:
        """The result of one call, as JSON. `method` is spelt as in the Bot API's pages."""
        body = telegram_json.write({k: v for k, v in parameters.items() if v is not None})
        try:
            # The library looks into each parameter for files and defaults. There are none, so it
            # is given one: the whole body. It warns when a raw call has a typed twin, which costs
            # four times as much (it builds objects that nobody reads); a trailing underscore,
            # which it drops again, says that it is meant.
            return await self._bot.do_api_request(
                f"{method}_", api_kwargs={_BODY: body}, read_timeout=patience or _ANSWER
            )
        except InvalidToken:
            raise NoSuchMethod(method) from None
        except KeyError:
            raise NetworkError(f"the answer to {method} has no result") from None

    async def close(self) -> None:
        """Let go of the connections. The next call opens new ones."""
        await self._wire.shutdown()
