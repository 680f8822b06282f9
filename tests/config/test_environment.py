import pytest

from pontage.config import ConfigErrors, load_text
from pontage.config.environment import unknown_variables, variables


def read(environ, text="", overrides=None):
    return load_text(text, file="p.yaml", environ=environ, overrides=overrides).config


def test_every_single_value_of_a_fixed_section_has_a_variable():
    names = variables()
    assert names["PONTAGE_SERVER_PORT"] == ("server", "port")
    assert names["PONTAGE_SERVER_LIMITS_BODY_BYTES"] == ("server", "limits", "body_bytes")
    assert {"PONTAGE_ENVIRONMENT", "PONTAGE_AUTH_MODE", "PONTAGE_LOGGING_LEVEL", "PONTAGE_TRANSPORT_PROXY"} <= set(
        names
    )
    assert not {"PONTAGE_VERSION", "PONTAGE_PROVIDERS", "PONTAGE_MODELS", "PONTAGE_TRANSPORT_NO_PROXY"} & set(names)


def test_variables_are_read_as_what_is_expected():
    environ = {
        "PONTAGE_SERVER_PORT": "4001",
        "PONTAGE_SERVER_HOST": "::1",
        "PONTAGE_SERVER_DRAIN_SECONDS": "1.5",
        "PONTAGE_ENVIRONMENT": "5",
        "PONTAGE_TRANSPORT_PROXY": "http://u:canary@p:1",
        "PONTAGE_LOGGING_FORMAT": "",
    }
    config = read(environ)
    assert (config.server.port, config.server.host, config.server.drain_seconds) == (4001, "::1", 1.5)
    assert config.environment == "5"
    assert config.transport.proxy is not None
    assert config.transport.proxy.reveal() == "http://u:canary@p:1"
    assert config.logging.format == "text"
    assert "canary" not in repr(config)


def test_a_bad_value_names_the_variable_or_the_flag_not_the_value():
    with pytest.raises(ConfigErrors) as caught:
        read({"PONTAGE_SERVER_PORT": "canary"})
    assert caught.value.errors[0].message == (
        "PONTAGE_SERVER_PORT: expected an integer from 0 to 65535, got something else"
    )
    assert caught.value.file is None
    with pytest.raises(ConfigErrors, match="--port: expected an integer"):
        read({}, overrides={"server.port": 99999})


def test_a_section_with_nothing_in_it_takes_variables_and_a_wrong_one_is_told():
    assert read({"PONTAGE_SERVER_PORT": "1"}, "server:\n").server.port == 1
    with pytest.raises(ConfigErrors, match="server: expected a mapping"):
        read({"PONTAGE_SERVER_PORT": "1"}, "server: 5\n")


def test_what_kubernetes_sets_for_a_service_of_our_name_is_nobodys_wish():
    environ = {
        "PONTAGE_SERVER_PORT": "tcp://10.0.0.7:4000",
        "PONTAGE_SERVICE_HOST": "10.0.0.7",
        "PONTAGE_SERVICE_PORT": "4000",
        "PONTAGE_SERVICE_PORT_HTTP": "4000",
        "PONTAGE_PORT": "tcp://10.0.0.7:4000",
        "PONTAGE_PORT_4000_TCP_ADDR": "10.0.0.7",
        "PONTAGE_GATEWAY_SERVICE_HOST": "10.0.0.7",
    }
    assert read(environ).server.port == 4000
    assert unknown_variables(environ) == []


def test_unknown_variables_are_told_with_the_nearest():
    environ = {
        "PONTAGE_SEVER_PORT": "1",
        "PONTAGE_QQQQ": "1",
        "PONTAGE_CONFIG": "x",
        "PONTAGE_CORPUS": "x",
        "OTHER": "",
    }
    told = [(error.message, error.hint) for error in unknown_variables(environ)]
    assert told == [
        ("the environment variable PONTAGE_QQQQ is not a setting", None),
        ("the environment variable PONTAGE_SEVER_PORT is not a setting", 'did you mean "PONTAGE_SERVER_PORT"?'),
    ]
