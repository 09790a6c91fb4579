"""Half precision without surprises: losses are scaled up so that small gradients do not vanish, and nobody notices.

torch's own scaler hands scaled gradients to whoever looks at them between ``backward`` and ``step``, so that a learner that
clips its gradients would clip nearly all of them away. Here each gradient is scaled back on its way to ``.grad``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch

START = 2.0**14
GROW = 1000  # good steps after which the scale is doubled


class LossScale:
    """A loss scale that adapts: halved, and the step left out, whenever a gradient overflows.

    :param parameters: of the module, all that a loss may reach.
    :param optimizers: whose steps are left out where gradients are not finite.
    """

    def __init__(self, parameters: Iterable[torch.nn.Parameter], optimizers: Iterable[torch.optim.Optimizer]) -> None:
        self.scale, self.good = START, 0
        for p in parameters:
            if p.requires_grad:
                p.register_hook(lambda gradient: gradient / self.scale)  # type: ignore[no-untyped-call]
        for optimizer in optimizers:
            optimizer.register_step_pre_hook(self._before)

    def backward(self, backward: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """*backward* with its loss scaled."""
        return lambda loss: backward(loss * self.scale)

    def _before(self, optimizer: torch.optim.Optimizer, args: Any, kwargs: Any) -> None:
        """Look at the gradients a step is about to use; without gradients it leaves its parameters alone."""
        owned = [p for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
        if all(bool(torch.isfinite(p.grad).all()) for p in owned if p.grad is not None):
            self.good += 1
            if self.good % GROW == 0:
                self.scale = min(2 * self.scale, 2.0**24)
            return
        for p in owned:
            p.grad = None
        self.scale, self.good = max(self.scale / 2, 1.0), 0

    def state(self) -> list[float]:
        """Plain data, for a checkpoint."""
        return [self.scale, float(self.good)]

    def load_state(self, state: Iterable[float]) -> None:
        """Take back what :meth:`state` gave."""
        scale, good = state
        self.scale, self.good = scale, int(good)
