from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import SECRETS, Settings, SettingsError, default_content

NOWHERE = Path("there-is-no-such.env")


def problems(environ: dict[str, str], dotenv: Path = NOWHERE) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(environ, dotenv)
    return caught.value.problems


def test_nothing_set_is_enough_for_the_console(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    settings = Settings.from_env({}, NOWHERE)

    assert settings.database_url.get_secret_value() == "sqlite:///var/before-you-post.db"
    assert settings.mail_url.get_secret_value() == "maildir:var/office-inbox"
    assert settings.telegram_token.get_secret_value() == ""
    assert (settings.content / "school.yaml").is_file()


def test_a_content_folder_here_comes_before_the_installed_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "policy_content").mkdir()

    assert default_content() == Path("policy_content")


def test_every_problem_is_reported_at_once() -> None:
    found = problems(
        {
            "MAIL_URL": "ftp://host",
            "DATABASE_URL": "mysql://host/db",
            "MAIL_FROM": "two words",
            "LISTEN": "8080",
            "LOG_LEVEL": "LOUD",
            "ADMIN_CHAT": "fax:1",
            "INBOX_URL": "pop3://host",
            "TELEGRAM_API_URL": "nonsense",
        }
    )

    assert {problem.partition(":")[0] for problem in found} == {
        "MAIL_URL",
        "DATABASE_URL",
        "MAIL_FROM",
        "LISTEN",
        "LOG_LEVEL",
        "ADMIN_CHAT",
        "INBOX_URL",
        "TELEGRAM_API_URL",
    }


@pytest.mark.parametrize(
    "value",
    [
        "maildir:var/office-inbox",
        "maildir:/var/mail/office",
        "smtp://user:p%40ss@mail.school.example:587",
        "smtps://mail.school.example",
    ],
)
def test_ways_to_send_that_are_accepted(value: str) -> None:
    assert Settings.from_env({"MAIL_URL": value}, NOWHERE).mail_url.get_secret_value() == value


@pytest.mark.parametrize(
    "value",
    ["maildir:", "smtp://", "smtp:mail.example", "smtp://host:notaport", "smtp://[::1", "mail"],
)
def test_ways_to_send_that_are_refused(value: str) -> None:
    assert [problem.partition(":")[0] for problem in problems({"MAIL_URL": value})] == ["MAIL_URL"]


@pytest.mark.parametrize(
    "value",
    ["a@b@c", "bot@", "@school.example", "bot@x\nBcc: y@z", "bot@x.y>", "=?x?= <a@b>", "B <a@b"],
)
def test_a_sender_must_be_one_address(value: str) -> None:
    assert len(problems({"MAIL_FROM": value})) == 1


def test_a_sender_may_have_a_plain_name() -> None:
    settings = Settings.from_env({"MAIL_FROM": "School bot <bot@school.example>"}, NOWHERE)

    assert settings.mail_from == "School bot <bot@school.example>"


def test_a_value_in_the_environment_comes_before_the_one_in_dotenv(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("LISTEN=127.0.0.1:1\nMAIL_FROM=dotenv@school.example\n")

    settings = Settings.from_env({"LISTEN": "127.0.0.1:2", "MAIL_FROM": ""}, dotenv)

    assert settings.listen == "127.0.0.1:2"
    assert settings.mail_from == "dotenv@school.example"


def test_a_mistyped_setting_in_dotenv_is_pointed_out(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("TELEGRAM_TOEKN=1\nSOMETHING_ELSE=2\n")

    (problem,) = problems({}, dotenv)

    assert "TELEGRAM_TOEKN" in problem
    assert "TELEGRAM_TOKEN" in problem


def test_a_dotenv_that_everyone_can_read_may_hold_no_secret(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("LISTEN=127.0.0.1:1\n")
    dotenv.chmod(0o644)
    Settings.from_env({}, dotenv)

    dotenv.write_text("TELEGRAM_TOKEN=123:abc\n")

    assert "chmod 600" in problems({}, dotenv)[0]
    dotenv.chmod(0o600)
    assert Settings.from_env({}, dotenv).telegram_token.get_secret_value() == "123:abc"


def test_a_dotenv_that_is_not_text_is_a_problem(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_bytes("LISTEN=127.0.0.1:1".encode("utf-16"))

    assert problems({}, dotenv) == [f"{dotenv} cannot be read: not UTF-8 text."]


@pytest.mark.parametrize("name", [name.upper() for name in SECRETS])
def test_every_secret_can_be_in_a_file(name: str, tmp_path: Path) -> None:
    value = {
        "DATABASE_URL": "postgresql://user:canary@host/db",
        "MAIL_URL": "smtp://user:canary@host",
        "INBOX_URL": "imaps://user:canary@host/INBOX",
        "REPLY_KEY": "canary" * 6,
    }.get(name, "canary")
    file = tmp_path / "secret"
    file.write_text(value + "\n")
    file.chmod(0o600)

    settings = Settings.from_env({f"{name}_FILE": str(file)}, NOWHERE)

    assert getattr(settings, name.lower()).get_secret_value() == value


def test_a_secret_file_that_everyone_can_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("canary")
    file.chmod(0o644)

    (problem,) = problems({"TELEGRAM_TOKEN_FILE": str(file)})

    assert "TELEGRAM_TOKEN_FILE" in problem
    assert "canary" not in problem


@pytest.mark.parametrize("content", [b"", b" \n", b"x" * 20_000, b"\xff\xfe"])
def test_a_secret_file_without_a_secret_is_refused(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_bytes(content)
    file.chmod(0o600)

    assert len(problems({"REPLY_KEY_FILE": str(file)})) == 1


def test_a_secret_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    assert "cannot be read" in problems({"REPLY_KEY_FILE": str(tmp_path / "no")})[0]


def test_a_secret_given_twice_is_a_problem(tmp_path: Path) -> None:
    found = problems({"REPLY_KEY": "a", "REPLY_KEY_FILE": str(tmp_path / "no")})

    assert "keep one" in found[0]


def test_a_webhook_needs_a_long_secret() -> None:
    url = {"TELEGRAM_WEBHOOK_URL": "https://bot.school.example/telegram"}

    assert "32" in problems(url)[0]
    assert "32" in problems({**url, "TELEGRAM_WEBHOOK_SECRET": "é" * 40})[0]
    assert Settings.from_env({**url, "TELEGRAM_WEBHOOK_SECRET": "s" * 32}, NOWHERE)


def test_a_webhook_must_be_reached_over_tls() -> None:
    found = problems(
        {
            "TELEGRAM_WEBHOOK_URL": "http://bot.school.example",
            "TELEGRAM_WEBHOOK_SECRET": "s" * 32,
        }
    )

    assert "https" in found[0]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1", "http://127.0.0.1:8443/telegram", "http://localhost/telegram"]
)
def test_a_webhook_on_this_machine_needs_no_tls(url: str) -> None:
    given = {"TELEGRAM_WEBHOOK_URL": url, "TELEGRAM_WEBHOOK_SECRET": "s" * 32}

    assert Settings.from_env(given, NOWHERE).telegram_webhook_url == url


@pytest.mark.parametrize("path", ["/health", "/metrics/"])
def test_a_webhook_may_not_be_in_the_place_of_our_own_pages(path: str) -> None:
    url = {"TELEGRAM_WEBHOOK_URL": f"https://bot.school.example{path}"}

    (problem,) = problems({**url, "TELEGRAM_WEBHOOK_SECRET": "s" * 32})

    assert "/health" in problem


def test_a_key_that_could_be_guessed_is_refused() -> None:
    assert "REPLY_KEY: each key must be at least 32" in problems({"REPLY_KEY": "k" * 31})[0]
    assert Settings.from_env({"REPLY_KEY": "k" * 32}, NOWHERE)


def test_no_secret_is_shown_by_settings_or_by_their_problems() -> None:
    secrets = {
        "TELEGRAM_TOKEN": "canary-1",
        "DISCORD_TOKEN": "canary-2",
        "REPLY_KEY": "canary-3" * 4,
        "TELEGRAM_WEBHOOK_SECRET": "canary-4",
        "MAIL_URL": "smtp://user:canary-5@host",
        "INBOX_URL": "imaps://user:canary-6@host",
        "DATABASE_URL": "postgresql://user:canary-7@host/db",
    }

    settings = Settings.from_env(secrets, NOWHERE)

    assert "canary" not in f"{settings!r} {settings} {settings.model_dump()}"
    for name in ("MAIL_URL", "INBOX_URL", "DATABASE_URL"):
        assert "canary" not in str(problems({**secrets, name: "wrong://user:canary-8@host:x"}))


# --- the way back ---

BACK = {
    "INBOX_URL": "imaps://user:pass@mail.school.example/INBOX",
    "REPLY_KEY": "k" * 32,
    "MAIL_HOST_ID": "mx.school.example",
    "MAIL_FROM": "School bot <bot@school.example>",
}


def test_answers_come_back_once_mailbox_key_and_server_are_known() -> None:
    settings = Settings.from_env(BACK, NOWHERE)

    assert settings.answers_come_back
    assert settings.address == "bot@school.example"
    assert settings.reply_pattern == "bot+*@school.example"
    assert not Settings.from_env({**BACK, "MAIL_HOST_ID": ""}, NOWHERE).answers_come_back


def test_a_new_key_signs_and_the_old_ones_still_open() -> None:
    settings = Settings.from_env({**BACK, "REPLY_KEY": f"{'n' * 32}, {'o' * 40}"}, NOWHERE)

    assert settings.reply_keys == (b"n" * 32, b"o" * 40)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"REPLY_KEY": f"{'n' * 32},short"}, "REPLY_KEY: each key must be at least 32"),
        ({"REPLY_TO": "answers@school.example"}, "REPLY_TO: must be an address with one *"),
        ({"REPLY_TO": "a-*-*@school.example"}, "REPLY_TO: must be an address with one *"),
        ({"REPLY_TO": "answers-*@other.example"}, "REPLY_TO: must be of the same domain"),
        ({"MAIL_HOST_ID": "two words"}, "MAIL_HOST_ID: must be the name"),
        ({"INBOX_URL": ""}, "MAIL_HOST_ID: needs INBOX_URL and REPLY_KEY"),
        ({"REPLY_KEY": ""}, "MAIL_HOST_ID: needs INBOX_URL and REPLY_KEY"),
    ],
)
def test_a_way_back_that_cannot_work_is_said_in_one_sentence(
    change: dict[str, str], problem: str
) -> None:
    (said,) = problems({**BACK, **change})

    assert said.startswith(problem)
    assert "kkkk" not in said
    assert "pass" not in said.replace("must", "")


@pytest.mark.parametrize("url", ["maildir:var/answers", "imap://user:pass@127.0.0.1:1143"])
def test_answers_can_come_to_a_maildir_or_a_server(url: str) -> None:
    assert Settings.from_env({**BACK, "INBOX_URL": url}, NOWHERE).answers_come_back


def test_a_catch_all_address_can_take_the_answers() -> None:
    settings = Settings.from_env({**BACK, "REPLY_TO": "answers-*@school.example"}, NOWHERE)

    assert settings.reply_pattern == "answers-*@school.example"
