"""Restrictions against recorded traffic: what a provider took is left alone, what it refused is seen beforehand."""

import msgspec

from pontage.catalog import Catalog
from pontage.catalog.restrictions import apply
from pontage.catalog.traces import touches
from pontage.dialects import anthropic_messages, google_generate, openai_chat
from pontage.errors import InvalidRequestError
from tests.conftest import Corpus, Figures
from tests.corpus import Exchange

CLIENTS = {
    "messages": anthropic_messages.client_side(),
    "generateContent": google_generate.client_side(),
    "streamGenerateContent": google_generate.client_side(),
    "chat.completions": openai_chat.client_side(),
}
PROVIDERS = {
    "anthropic": "anthropic", "gemini": "google", "vertex": "google", "openai": "openai", "azure": "azure",
    "deepseek": "deepseek", "groq": "groq", "perplexity": "perplexity", "mistral": "mistral",
}  # fmt: skip


def wanted(exchange: Exchange) -> bool:
    has_body = isinstance(exchange.request.body, dict) and exchange.model is not None
    return has_body and exchange.endpoint in CLIENTS and exchange.vendor in PROVIDERS and exchange.status in (200, 400)


def test_what_a_provider_took_is_not_changed(corpus: Corpus, figures: Figures) -> None:
    catalog = Catalog.load()
    taken = foreseen = 0
    for exchange in corpus.exchanges(wanted):
        body = msgspec.json.encode(exchange.request.body)
        restrictions = catalog.restrictions(PROVIDERS[exchange.vendor or ""], exchange.model or "")
        try:
            request = CLIENTS[exchange.endpoint].decode_request(body)
        except InvalidRequestError:  # a recorded refusal of what is no request at all
            continue
        adapted, notes = apply(request, restrictions)
        assert adapted == request or touches(body, restrictions), exchange.id
        if exchange.status == 200:
            assert notes == (), f"{exchange.id} {exchange.model}: {notes}"
            taken += 1
        else:
            foreseen += bool(notes)
    figures("recorded requests that restrictions leave alone", taken)
    figures("recorded refusals that restrictions foresee", foreseen)
