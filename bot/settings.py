"""Settings: what differs from one installation to the next, read once and checked all at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.answers.tokens import PLACE, default_pattern, keys
from bot.setting_files import in_dotenv, read_secret

LOOPBACK = re.compile(r"http://(127\.\d+\.\d+\.\d+|localhost|\[::1\])([:/]|$)")
#: A shorter key for references and reply addresses could be guessed.
SHORTEST_KEY = 32
#: Paths on LISTEN that are ours.
OURS = ("/health", "/metrics")
WEBHOOK_SECRET = re.compile(r"[A-Za-z0-9_-]{32,256}")  # what Telegram takes

_PLAIN = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+"
_DOMAIN = r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*"
#: `bot@school.example` or `School bot <bot@school.example>`, in plain characters.
SENDER = re.compile(rf"(?P<name>[A-Za-z0-9 .'-]+ <)?{_PLAIN}@{_DOMAIN}(?(name)>)")
REPLY_TO = re.compile(rf"{_PLAIN}@{_DOMAIN}")
SERVER = re.compile(_DOMAIN)


class SettingsError(Exception):
    """Settings that cannot be used; `problems` are sentences, one for each thing to mend."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Settings(BaseSettings):
    """Every setting is an environment variable of the same name in capitals, or a line in `.env`.

    Each secret may instead be in a file named by `<SETTING>_FILE`. An empty value counts as unset.
    """

    model_config = SettingsConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    schools: str = ""
    content: Path = Field(default_factory=lambda: default_content())
    database_url: SecretStr = SecretStr("sqlite:///var/before-you-post.db")
    mail_url: SecretStr = SecretStr("maildir:var/office-inbox")
    mail_from: str = "before-you-post@school.example"
    reply_to: str = ""
    mail_host_id: str = ""
    inbox_url: SecretStr = SecretStr("")
    reply_key: SecretStr = SecretStr("")
    telegram_token: SecretStr = SecretStr("")
    telegram_api_url: str = "https://api.telegram.org"
    telegram_webhook_url: str = ""
    telegram_webhook_secret: SecretStr = SecretStr("")
    discord_token: SecretStr = SecretStr("")
    discord_api_url: str = "https://discord.com/api/v10"
    discord_shards: int = Field(1, ge=1, le=1000)
    keep_conversation_hours: int = Field(24, ge=1, le=24)
    keep_link_days: int = Field(90, ge=1, le=90)
    admin_chat: str = ""
    listen: str = "127.0.0.1:8080"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what it is given: `from_env` reads the environment, and nothing reads it twice."""
        return (init_settings,)

    @classmethod
    def from_env(cls, environ: Mapping[str, str], dotenv: Path | None = Path(".env")) -> Self:
        """The settings in `environ` and, where it is silent, in `dotenv`. Raises SettingsError."""
        problems: list[str] = []
        names = {name.upper(): name for name in cls.model_fields}
        secrets = [name.upper() for name in SECRETS]
        found = in_dotenv(dotenv, list(names), secrets, problems)
        found |= {name: value for name, value in environ.items() if value}
        values = {name: found[shown] for shown, name in names.items() if shown in found}
        for secret in secrets:
            file = found.get(f"{secret}_FILE")
            if file and secret in found:
                problems.append(f"{secret} and {secret}_FILE are both set; keep one.")
            elif file:
                values[names[secret]] = read_secret(f"{secret}_FILE", Path(file), problems)
        try:
            settings = cls(**values)  # type: ignore[arg-type] # pydantic turns text into each type
        except ValidationError as error:
            problems += [_sentence(found) for found in error.errors(include_url=False)]
        if problems:
            raise SettingsError(problems)
        return settings

    @field_validator("database_url")
    @classmethod
    def _is_a_database(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith(("sqlite:///", "postgresql://", "postgres://")):
            raise ValueError("must begin with sqlite:/// or postgresql://")
        return value

    @field_validator("mail_url")
    @classmethod
    def _is_a_way_to_send(cls, value: SecretStr) -> SecretStr:
        return _url(value, ("maildir", "smtp", "smtps"))

    @field_validator("inbox_url")
    @classmethod
    def _is_a_mailbox(cls, value: SecretStr) -> SecretStr:
        return _url(value, ("maildir", "imap", "imaps")) if value.get_secret_value() else value

    @field_validator("telegram_api_url", "discord_api_url", "telegram_webhook_url")
    @classmethod
    def _is_a_web_address(cls, value: str, about: ValidationInfo) -> str:
        schemes: tuple[str, ...] = ("https", "http")
        if about.field_name == "telegram_webhook_url" and not LOOPBACK.match(value):
            schemes = ("https",)
        return _url(SecretStr(value), schemes).get_secret_value().rstrip("/") if value else value

    @field_validator("mail_from")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if not SENDER.fullmatch(value):
            raise ValueError("must be one e-mail address, such as bot@school.example")
        return value

    @field_validator("reply_key")
    @classmethod
    def _is_hard_to_guess(cls, value: SecretStr) -> SecretStr:
        if any(len(key) < SHORTEST_KEY for key in keys(value.get_secret_value())):
            raise ValueError(f"each key must be at least {SHORTEST_KEY} characters long")
        return value

    @field_validator("reply_to")
    @classmethod
    def _is_an_address_with_a_gap(cls, value: str) -> str:
        if value and not (value.count(PLACE) == 1 and REPLY_TO.fullmatch(value)):
            raise ValueError(
                "must be an address with one * in it, such as answers+*@school.example"
            )
        return value

    @field_validator("mail_host_id")
    @classmethod
    def _is_a_name_of_a_server(cls, value: str) -> str:
        if value and not SERVER.fullmatch(value):
            raise ValueError(
                "must be the name of the school's mail server, such as mx.school.example"
            )
        return value

    @field_validator("admin_chat")
    @classmethod
    def _is_a_chat(cls, value: str) -> str:
        channel, _, chat = value.partition(":")
        if value and (channel not in ("telegram", "discord") or not chat.lstrip("-").isdigit()):
            raise ValueError("must look like telegram:123456 or discord:123456")
        return value

    @field_validator("listen")
    @classmethod
    def _is_a_place_to_listen(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if not host or not port.isdigit() or int(port) > 65535:
            raise ValueError("must look like 127.0.0.1:8080")
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def _in_capitals(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @model_validator(mode="after")
    def _has_a_way_back(self) -> Self:
        if self.reply_to and self.reply_to.rpartition("@")[2] != self._domain():
            # Such letters end among the spam.
            raise ValueError("REPLY_TO: must be of the same domain as MAIL_FROM")
        if self.mail_host_id and not (self.reply_keys and self.inbox_url.get_secret_value()):
            raise ValueError("MAIL_HOST_ID: needs INBOX_URL and REPLY_KEY as well")
        return self

    @model_validator(mode="after")
    def _has_a_webhook_that_can_be_used(self) -> Self:
        url, secret = self.telegram_webhook_url, self.telegram_webhook_secret.get_secret_value()
        if urlsplit(url).path.rstrip("/") in OURS:
            raise ValueError(f"TELEGRAM_WEBHOOK_URL: must not end in {' or '.join(OURS)}")
        if url and not WEBHOOK_SECRET.fullmatch(secret):
            raise ValueError(
                "TELEGRAM_WEBHOOK_SECRET: must be 32 to 256 letters, digits, _ or - "
                "when TELEGRAM_WEBHOOK_URL is set"
            )
        return self

    @property
    def reply_keys(self) -> tuple[bytes, ...]:
        """The keys of addresses for answers, the one that signs first; then older ones."""
        return keys(self.reply_key.get_secret_value())

    @property
    def reply_pattern(self) -> str:
        """The address for answers, with `*` for what names the thread."""
        return self.reply_to or default_pattern(self.address)

    @property
    def address(self) -> str:
        """The address of the bot, without a name."""
        return self.mail_from.rpartition("<")[2].rstrip(">")

    @property
    def answers_come_back(self) -> bool:
        """Whether school's answers can be fetched, and told from forged ones."""
        return bool(self.mail_host_id)

    def _domain(self) -> str:
        return self.address.rpartition("@")[2]


#: The settings that may hold a password or a token; never shown, and each may be in a file.
SECRETS = tuple(
    name for name, field in Settings.model_fields.items() if field.annotation is SecretStr
)


def default_content() -> Path:
    """`policy_content` here, or else the one that came with the program."""
    here = Path("policy_content")
    return here if here.is_dir() else Path(__file__).parent.parent / "policy_content"


def _url(value: SecretStr, schemes: tuple[str, ...]) -> SecretStr:
    """`value` if it is an address with one of `schemes`; what is said of it never repeats it."""
    try:
        parts = urlsplit(value.get_secret_value())
        found = parts.path if parts.scheme == "maildir" else parts.hostname
        _ = parts.port
    except ValueError:
        found = None
    if not found or parts.scheme not in schemes:
        ways = ", ".join("maildir:FOLDER" if s == "maildir" else f"{s}://HOST" for s in schemes)
        raise ValueError(f"must look like {ways}")
    return value


def _sentence(error: ErrorDetails) -> str:
    setting = ".".join(str(part) for part in error["loc"]).upper()
    reason = error["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return f"{setting}: {reason}." if setting else f"{reason}."
