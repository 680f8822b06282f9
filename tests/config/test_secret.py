import copy
import json
import pickle

import msgspec
import pytest

from pontage.config import Secret, Veiled, decode_hook, encode_hook
from pontage.config.types import ProviderSettings

CANARY = "sk-canary-0123456789"


@pytest.mark.parametrize("show", [repr, str, ascii, "{}".format, "{:>20}".format, "%s".__mod__, "%r".__mod__])
def test_no_way_of_showing_shows_it(show):
    assert show(Secret(CANARY)).strip() == "***"


def test_it_is_masked_within_structs_tracebacks_and_collections():
    settings = ProviderSettings(api_key=Secret(CANARY), api_keys=[Secret(CANARY)])
    assert CANARY not in repr(settings)
    assert CANARY not in f"{settings} {[Secret(CANARY)]} {(Secret(CANARY),)}"
    assert not hasattr(Secret(CANARY), "__dict__")


def test_serialised_it_is_three_stars():
    secret = Secret(CANARY)
    assert json.dumps({"key": secret}, default=encode_hook) == '{"key": "***"}'
    assert msgspec.json.encode({"key": secret}, enc_hook=encode_hook) == b'{"key":"***"}'
    assert CANARY.encode() not in pickle.dumps(secret)
    assert pickle.loads(pickle.dumps(secret)).reveal() == "***"
    with pytest.raises(TypeError):
        json.dumps(secret)
    with pytest.raises(NotImplementedError):
        encode_hook(object())


def test_a_copy_within_the_process_is_the_same_secret():
    settings = ProviderSettings(api_key=Secret(CANARY))
    assert copy.deepcopy(settings).api_key == Secret(CANARY)
    assert copy.copy(Secret(CANARY)).reveal() == CANARY


def test_equality_and_hash_are_of_the_value():
    assert Secret(CANARY) == Secret(CANARY)
    assert Secret(CANARY) != Secret(CANARY + "x")
    assert Secret(CANARY) != CANARY
    assert len({Secret(CANARY), Secret(CANARY), Secret("ключ")}) == 2


def test_of_keeps_a_secret_and_takes_text():
    secret = Secret.of(CANARY)
    assert secret.reveal() == CANARY
    assert Secret.of(secret) is secret


def test_msgspec_reads_it_through_the_hook():
    settings = msgspec.json.decode(b'{"api_key": "abc"}', type=ProviderSettings, dec_hook=decode_hook)
    assert settings.api_key is not None
    assert settings.api_key.reveal() == "abc"
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"api_key": 5}', type=ProviderSettings, dec_hook=decode_hook)
    with pytest.raises(NotImplementedError):
        decode_hook(complex, "1")


def test_a_veiled_mapping_shows_its_keys_only():
    veiled = Veiled({"authorization": CANARY, "more": {"deep": CANARY}})
    assert repr(veiled) == "{'authorization': '***', 'more': '***'}"
    assert CANARY not in f"{veiled}"
    assert veiled["authorization"] == CANARY
