"""Prices as genai-prices tells them, in the catalogue's terms; and a catalogue renewed with them."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pontage.catalog import Catalog, PriceList, Tiered
from pontage.catalog.genai import read
from pontage.catalog.installed import installed_prices
from pontage.catalog.prices import Change, Variant
from pontage.catalog.update import install, newest, renew, write
from pontage.errors import ConfigError


def told(model: dict[str, Any], provider: str = "openai") -> Any:
    (found,) = read(
        {"providers": [{"id": provider, "models": [{"match": {"equals": "m"}, "id": "m", **model}]}]}
    ).values()
    return found[0]


def test_prices_of_every_form() -> None:
    model = told({
        "name": "M",
        "context_window": 1000,
        "prices": [
            {"prices": {"input_mtok": 2, "output_mtok": {"base": 8, "tiers": [{"start": 200000, "price": 12.5}]}}},
            {
                "constraint": {"kind": "StartDateConstraint", "start_date": "2026-09-10"},
                "prices": {"input_mtok": "1.5", "web_searches_kcount": 10},
            },
            {
                "constraint": {"kind": "TimeOfDateConstraint", "start_time": "01:00:00+00:00", "end_time": "16:30:00"},
                "prices": {"audio_hours": 0.36},
            },
        ],
        "price_variants": [
            {"when": {"processing": "batch"}, "constraint": None, "prices": {"input_mtok": 1}},
            {"when": {"service_tier": "default"}, "prices": {}},
        ],
    })  # fmt: skip
    assert (model.title, model.context, model.aliases) == ("M", 1000, ("m",))
    assert model.prices == PriceList(
        rates={"input": 2_000_000, "output": Tiered(8_000_000, ((200_000, 12_500_000),))},
        changes=(
            Change(rates={"input": 1_500_000, "web_search": 10_000_000_000}, since=date(2026, 9, 10)),
            Change(rates={"audio_second": 100_000_000}, daily=(60, 990)),
        ),
        variants=(Variant(rates={"input": 1_000_000}, when={"processing": "batch"}),),
    )


def test_no_price_is_unknown_and_free_is_free() -> None:
    assert told({"prices": {}}).prices is None
    assert told({"prices": []}).prices is None
    assert told({"id": "m:free", "prices": {}}).prices == PriceList(rates={"input": 0, "output": 0})


@pytest.mark.parametrize(
    ("match", "aliases", "patterns"),
    [
        ({"equals": "M"}, ("m",), ()),
        ({"or": [{"equals": "a"}, {"starts_with": "b"}]}, ("a",), ("b*",)),
        ({"contains": "c"}, (), ("*c*",)),
        ({"ends_with": "d"}, (), ("*d",)),
        ({"and": [{"starts_with": "e"}, {"regex": "^(?!.*-tts)"}]}, (), ("e*",)),
        ({"regex": r"^f-\d{8}$"}, (), ()),
        ({"regex": r"^f[-@]\d{8}$"}, (), ()),
        ({"regex": r"^f-\d{4}-\d{2}-\d{2}$"}, (), ()),
        ({"regex": r"^g-3\.5-\d"}, (), ("g-3.5-[0-9]*",)),
        ({"regex": r"^g-3\.5"}, (), ("g-3.5*",)),
    ],
)
def test_what_a_model_is_called(match: Any, aliases: tuple[str, ...], patterns: tuple[str, ...]) -> None:
    model = told({"match": match, "prices": {"input_mtok": 1}})
    assert (model.aliases, model.patterns) == (aliases, patterns)


def test_a_routers_providers_are_one_and_strangers_are_left_out() -> None:
    model = {"id": "m", "match": {"or": [{"equals": "M"}, {"starts_with": "n"}]}, "prices": {"input_mtok": 1}}
    names = ("huggingface_together", "huggingface_groq", "x-ai", "stranger")
    found = read({"providers": [{"id": name, "models": [model]} for name in names]})
    assert [(entry.id, entry.aliases, entry.patterns) for entry in found["huggingface"]] == [
        ("m:together", ("m:together",), ("n*:together",)),
        ("m:groq", ("m:groq",), ("n*:groq",)),
    ]
    assert set(found) == {"huggingface", "xai"}


PRICES = {
    "providers": [
        {
            "id": "anthropic",
            "models": [
                {"id": "claude-opus-5-5", "match": {"equals": "claude-opus-5-5"}, "prices": {"input_mtok": 77}},
                {"id": "claude-opus-5-4", "match": {"equals": "claude-opus-5-4"}, "prices": {}},
                {"id": "poem-1", "name": "Poem", "match": {"starts_with": "poem-"}, "prices": {"input_mtok": 3}},
            ],
        }
    ]
}


def test_a_catalogue_is_renewed(tmp_path: Path) -> None:
    old = Catalog.load()
    path = tmp_path / "deep" / "catalog.jsonl"
    write(renew(old, PRICES, "9.9", date(2027, 1, 1)), path)
    new = Catalog.load(path)
    assert new.built == date(2027, 1, 1)
    assert new.sources["g"].version == "9.9"
    assert (before := old.find("anthropic", "claude-opus-5-5")) is not None
    assert (after := new.find("anthropic", "claude-opus-5-5")) is not None
    assert after.prices == PriceList(rates={"input": 77_000_000})
    assert after.max_output == before.max_output
    for field, letter in {"prices": "g", "variants": None, "max_output": "l"}.items():
        assert new.source_of(after, field) == (new.sources[letter] if letter else None)
    assert (added := new.find("anthropic", "poem-2")) is not None
    assert (added.id, added.title, added.context) == ("poem-1", "Poem", None)
    assert new.source_of(added, "prices") == new.sources["g"]
    assert new.source_of(added, "title") is None
    assert new.find("anthropic", "claude-opus-5-4") is old.find("anthropic", "claude-opus-5-4") is None
    untouched = [facts.prices for facts in old.models("openai")]
    assert [facts.prices for facts in new.models("openai")] == untouched
    assert new.all_restrictions() == old.all_restrictions()
    assert newest(path, tmp_path / "missing").built == new.built
    assert newest().built == old.built


def test_a_newer_file_is_installed_and_an_older_one_is_not(tmp_path: Path) -> None:
    target = tmp_path / "user" / "catalog.jsonl"
    newer, older = tmp_path / "newer", tmp_path / "older"
    newer.write_bytes(renew(Catalog.load(), PRICES, "9.9", date(2027, 1, 1)))
    assert install(newer, target).built == date(2027, 1, 1)
    assert target.read_bytes() == newer.read_bytes()
    assert [path.name for path in target.parent.iterdir()] == [target.name]
    head, _, lines = newer.read_bytes().partition(b"\n")
    older.write_bytes(head.replace(b'"built":"2027-01-01"', b'"built":"2020-01-01"') + b"\n" + lines)
    with pytest.raises(ConfigError, match="of 2020-01-01, the catalogue of the package is newer"):
        install(older, target)
    newer.write_bytes(newer.read_bytes().replace(b'"kind":"fixed"', b'"kind":"fluid"'))
    with pytest.raises(ConfigError, match="damaged"):
        install(newer, target)


def test_the_installed_package_is_read() -> None:
    prices, version = installed_prices()
    assert version
    found = read(prices)
    assert len(found) >= 15
    own = Catalog.load()
    (model,) = [model for model in found["openai"] if model.id == "gpt-5"]
    assert (facts := own.find("openai", "gpt-5")) is not None
    assert facts.prices is not None
    assert model.prices is not None
    assert model.prices.rates["input"] == facts.prices.rates["input"] == 1_250_000
