"""How to reach Azure OpenAI. Floor 4; data only.

Source: learn.microsoft.com/azure/ai-foundry/openai and the openai package's client for Azure, November 2026. There are
two forms of its API: the newer one names the deployment in the body like a model, and has no version that must be told;
the older one has the deployment in the path, and a date for a version.
"""

from __future__ import annotations

from pontage.providers.base import Endpoint, Option, ProviderConfig

ENDPOINTS = (
    Endpoint("openai_chat", "/openai/v1/chat/completions"),
    Endpoint("openai_responses", "/openai/v1/responses"),
)
OPERATIONS = (Endpoint("openai_embeddings", "/openai/v1/embeddings"),)
MODELS_PATH = "/openai/v1/models"
DATED_ENDPOINTS = (
    Endpoint("openai_chat", "/openai/deployments/{model}/chat/completions"),
    Endpoint("openai_responses", "/openai/responses"),
)
"""Where the older form has them: the Responses API never had the deployment in its path."""
DATED_OPERATIONS = (Endpoint("openai_embeddings", "/openai/deployments/{model}/embeddings"),)
DATED_MODELS_PATH = "/openai/models"
SUFFIXES = ("/v1", "/openai")
"""What Azure's portal and the SDKs write behind an address, which is part of the paths here."""

CONFIG = ProviderConfig(
    provider_type="azure",
    title="Azure OpenAI",
    base_url="https://{resource}.openai.azure.com",
    endpoints=ENDPOINTS,
    operations=OPERATIONS,
    base_url_variables=("AZURE_OPENAI_ENDPOINT",),
    key_variables=("AZURE_OPENAI_AD_TOKEN", "AZURE_OPENAI_API_KEY"),
    key_header="api-key",
    key_prefix="",
    token_mark="eyJ",  # so does every JSON Web Token, and no key of Azure's
    key_page="https://ai.azure.com",
    models_path=MODELS_PATH,
    catalogued=(),
    declared=(
        Option(
            name="resource",
            meaning="The name of the resource, the first word of its address.",
            variables=("AZURE_OPENAI_RESOURCE", "AZURE_RESOURCE_NAME"),
        ),
        Option(
            name="api_version",
            meaning="The version of the API. A date stands for the form with deployments in the path.",
            variables=("OPENAI_API_VERSION",),
        ),
    ),
)
