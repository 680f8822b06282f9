"""What a provider can say of itself from its configuration alone. Floor 4."""

from __future__ import annotations

from fnmatch import fnmatchcase

from pontage.dialects.forwarding import Passage
from pontage.errors import AuthenticationError, InvalidRequestError
from pontage.providers.base import Attempt, ModelInfo, Passing, ProviderConfig, ProviderConfigRequirements


class DescribedProvider:
    """The questions of `LLMProviderClient` that need no network."""

    def __init__(self, config: ProviderConfig) -> None:
        self.config = config
        self.provider_type = config.provider_type

    def get_available_models(self) -> list[ModelInfo]:
        """The models known without asking."""
        return list(self.config.models)

    def supports_model(self, model: str) -> bool:
        """Whether `model` is listed or of one of the provider's families."""
        return any(info.id == model for info in self.config.models) or any(
            fnmatchcase(model, pattern) for pattern in self.config.families
        )

    def takes(self, passage: Passage) -> bool:
        """Nothing passes as it is, unless a provider says so."""
        return False

    async def forward(self, passage: Passage, attempt: Attempt) -> Passing:
        """See `takes`."""
        raise cannot(self.config, f"{passage.method} {passage.path[:100]}")

    def get_config_requirements(self) -> ProviderConfigRequirements:
        """Which key and settings it needs."""
        return ProviderConfigRequirements(
            needs_key=self.config.needs_key,
            key_variables=self.config.key_variables,
            base_url_variables=self.config.base_url_variables,
            key_page=self.config.key_page,
            options=self.config.declared,
        )


def missing_key(config: ProviderConfig, model: str) -> AuthenticationError:
    """The error of a provider that needs a key and has none; it says which variable to set."""
    variable = config.key_variables[0] if config.key_variables else "its key"
    return AuthenticationError(
        f"the provider {config.name} has no API key",
        provider=config.name,
        model=model,
        hint=f"set {variable} in the gateway's environment, or providers.{config.name}.api_key in its configuration",
    )


def cannot(config: ProviderConfig, operation: str) -> InvalidRequestError:
    """The error of a provider that does not do this operation."""
    return InvalidRequestError(f"the provider {config.name} does not do {operation}", param="model")
