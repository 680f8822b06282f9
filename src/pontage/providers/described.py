"""What a provider can say of itself from its configuration alone. Floor 4."""

from __future__ import annotations

from fnmatch import fnmatchcase

from pontage.dialects.forwarding import Passage
from pontage.errors import AuthenticationError, InvalidRequestError
from pontage.providers.base import Attempt, ModelInfo, Passing, ProviderConfig, ProviderConfigRequirements
from pontage.providers.options import missing, remedy


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
    """The error of a provider that needs a key and has none; it says what to set, and where to get a key."""
    return AuthenticationError(
        f"the provider {config.name} has no API key",
        provider=config.name,
        model=model,
        hint="; ".join(remedies(config, keyed=False)),
    )


def remedies(config: ProviderConfig, *, keyed: bool) -> list[str]:
    """What a provider lacks, each as what a user has to do: its key, unless it is `keyed`, and options."""
    lacking = [remedy(config, name) for name in missing(config)]
    if keyed or not config.needs_key:
        return lacking
    variables = [*config.key_variables, *(f"{variable}S=a,b" for variable in config.key_variables)]
    ways = [" or ".join(variables)] if variables else []
    page = [f"get a key at {config.key_page}"] if config.key_page else []
    return [f"set {', or '.join([*ways, f'providers.{config.name}.api_key in the configuration'])}", *page, *lacking]


def cannot(config: ProviderConfig, operation: str) -> InvalidRequestError:
    """The error of a provider that does not do this operation."""
    return InvalidRequestError(f"the provider {config.name} does not do {operation}", param="model")
