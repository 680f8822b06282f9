"""What all requests share that are booked: where it is written, by which rules, at which prices. Floor 7."""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence

from pontage.config import Config
from pontage.config.spending import BudgetRule, LimitRule
from pontage.knowledge import Knowledge
from pontage.ledger.store import Store
from pontage.registry import Configured
from pontage.security.keys import Caller
from pontage.security.limits import Limiter


class Books:
    """What all accounts share. `store` is where they are written; closing it is the caller's business."""

    def __init__(self, store: Store, config: Config, knowledge: Knowledge) -> None:
        self.store = store
        self.knowledge = knowledge
        self.limiter = Limiter()
        self._budgets = tuple(config.budgets)
        self._early = tuple(rule for rule in config.limits if not _is_of_a_target(rule))
        self._late = tuple(rule for rule in config.limits if _is_of_a_target(rule))
        self._run = os.urandom(6).hex()
        self._numbers = itertools.count(1)

    def budgets(self, caller: Caller | None) -> Sequence[BudgetRule]:
        """All budgets there are for a caller: the configuration's, and its keys' own."""
        return self._budgets if caller is None or not caller.budgets else (*self._budgets, *caller.budgets)

    def limits(self, caller: Caller | None, *, early: bool) -> Sequence[LimitRule]:
        """The limits that are judged when a request comes (`early`), or those of each attempt."""
        own = () if caller is None else caller.limits
        if not own:
            return self._early if early else self._late
        return (*(self._early if early else self._late), *(rule for rule in own if _is_of_a_target(rule) is not early))

    def place(self, configured: Configured, model: str) -> str:
        """Where the price of a provider's `model` is found. See `Knowledge.learn`."""
        return self.knowledge.learn(configured.name, configured.client.provider_type, configured.names(model))

    def new_id(self) -> str:
        """An id for a request that came without one."""
        return f"req_{self._run}{next(self._numbers):08x}"


def _is_of_a_target(rule: LimitRule) -> bool:
    """Whether a limit is about something that is known only when a target is chosen."""
    return rule.provider is not None or (rule.model is not None and "/" in rule.model)
