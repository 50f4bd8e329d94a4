from __future__ import annotations

import os
import random

import pytest

from bot.answers.tokens import (
    LETTERS,
    default_pattern,
    find_tokens,
    keys,
    read_token,
    reply_address,
    token,
)

KEY = b"a key of thirty-two letters, made up"
OLD = b"an older key, also of over 32 letters"
REFERENCE = "K7Q2-M4XP"
PATTERN = "before-you-post+*@oak.school.example"
#: `make fuzz-mail` guesses 100,000.
GUESSES = int(os.environ.get("BYP_GUESSES", "2000"))


def test_a_token_proves_its_reference() -> None:
    made = token(REFERENCE, KEY)

    assert made.startswith("k7q2m4xp")
    assert len(made) == 34
    assert read_token(made, (KEY,)) == REFERENCE
    assert read_token(made.upper(), (KEY,)) == REFERENCE


def test_a_token_is_the_same_each_time() -> None:
    assert token(REFERENCE, KEY) == "k7q2m4xp1tqzt194m33cd5wrawq7gbgfew"


def test_a_token_carries_128_bits_that_differ_for_each_thread_and_key() -> None:
    proofs = {token(f"K7Q2-M4X{last}", key)[8:] for last in "0123456789" for key in (KEY, OLD)}

    assert len(proofs) == 20
    assert all(len(proof) * 5 >= 128 for proof in proofs)


def test_a_token_of_an_older_key_opens_until_the_key_is_taken_away() -> None:
    older = token(REFERENCE, OLD)

    assert read_token(older, (KEY, OLD)) == REFERENCE
    assert read_token(older, (KEY,)) is None
    assert read_token(older, ()) is None


@pytest.mark.parametrize(
    "said",
    [
        "",
        "k7q2m4xp",
        REFERENCE,
        token(REFERENCE, KEY)[:-1],
        token(REFERENCE, KEY) + "0",
        "k7q2m4xq" + token(REFERENCE, KEY)[8:],
        token(REFERENCE, KEY)[:-1] + "u",
        token(REFERENCE, KEY) + "\n",
        "é" * 34,
    ],
)
def test_what_is_no_whole_token_proves_nothing(said: str) -> None:
    assert read_token(said, (KEY,)) is None


@pytest.mark.parametrize("place", range(34))
def test_a_token_with_one_letter_changed_proves_nothing(place: int) -> None:
    made = token(REFERENCE, KEY)

    for letter in set(LETTERS) - {made[place]}:
        assert read_token(made[:place] + letter + made[place + 1 :], (KEY,)) is None


def test_no_guess_opens_anything() -> None:
    chance = random.Random(5)
    guesses = ("".join(chance.choices(LETTERS, k=26)) for _ in range(GUESSES))

    opened = [guess for guess in guesses if read_token("k7q2m4xp" + guess, (KEY, OLD))]

    assert opened == []


def test_the_first_key_of_the_setting_signs_and_all_of_them_open() -> None:
    assert keys("one,two three\nfour") == (b"one", b"two", b"three", b"four")
    assert keys("") == ()


def test_the_reply_address_is_found_again_in_the_headers_of_a_mail() -> None:
    made = token(REFERENCE, KEY)
    address = reply_address(PATTERN, made)

    assert address == f"before-you-post+{made}@oak.school.example"
    assert default_pattern("before-you-post@oak.school.example") == PATTERN
    assert find_tokens([f'"School bot" <{address.upper()}>, b@c.example'], PATTERN) == (made,)
    assert find_tokens([address, f"x@y.example, {address}"], PATTERN) == (made,)


def test_a_catch_all_has_the_token_where_its_star_is() -> None:
    made = token(REFERENCE, KEY)

    address = reply_address("answers-*@oak.school.example", made)

    assert address == f"answers-{made}@oak.school.example"
    assert find_tokens([address], "answers-*@oak.school.example") == (made,)


@pytest.mark.parametrize(
    "address",
    [
        "before-you-post+{}@oak.school.example.evil.example",
        "before-you-post+{}@evil.example",
        "not-before-you-post+{}@oak.school.example",
        "x.before-you-post+{}@oak.school.example",
        "before-you-post+0{}@oak.school.example",
        "before-you-post+{}0@oak.school.example",
        "before-you-post {}@oak.school.example",
        "beforexyouxpost+{}@oakxschool.example",
    ],
)
def test_a_token_in_another_address_is_not_found(address: str) -> None:
    assert find_tokens([address.format(token(REFERENCE, KEY))], PATTERN) == ()
