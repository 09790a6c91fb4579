"""Training: points of the pictures, each with its colour; see the protocol Learner in artengine.api."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from artengine.api import Run
from artengine.scaffold.templates.plugin_generator_image import Options

HELD_OUT = 7  # every so many points are never trained on


class Places(nn.Module):
    """From a place and the traits of a picture to the colour there, through waves: Sitzmann et al., "SIREN", 2020."""

    def __init__(self, pictures: int, options: Options) -> None:
        super().__init__()
        units = options.units
        self.traits = nn.Embedding(pictures, options.traits)
        self.trait1 = nn.Linear(options.traits, units, bias=False)
        self.trait2 = nn.Linear(options.traits, units, bias=False)
        self.layer1, self.layer2, self.layer3 = nn.Linear(2, units), nn.Linear(units, units), nn.Linear(units, units)
        self.colour = nn.Linear(units, 3)
        nn.init.normal_(self.traits.weight, std=0.3)
        nn.init.uniform_(self.layer1.weight, -options.detail, options.detail)
        for layer in (self.layer2, self.layer3):
            nn.init.uniform_(layer.weight, -(6 / units) ** 0.5, (6 / units) ** 0.5)

    def forward(self, picture: Tensor, place: Tensor) -> Tensor:
        """Colours from 0 to 1.  (P,), (P, 2) -> (P, 3)"""
        traits = self.traits(picture)  # (P, D)
        h = torch.sin(self.layer1(place) + self.trait1(traits))
        h = torch.sin(self.layer2(h) + self.trait2(traits))
        return torch.sigmoid(self.colour(torch.sin(self.layer3(h))))


class ImageLearner:
    """Steps, batches and weights; the engine does all the rest."""

    ema = 0.99
    unit = "points"

    def __init__(self, options: Options, arrays: Mapping[str, np.ndarray], run: Run) -> None:
        self.options, self.seed = options, run.seed
        self.pictures = arrays["pictures"]  # (N, side, side, 3)
        n, self.side = self.pictures.shape[:2]
        points = np.arange(n * self.side * self.side)
        self.held_out = points[points % HELD_OUT == 0]
        self.trained = points[points % HELD_OUT != 0]
        self.module: nn.Module = Places(n, options)
        self.optimizers: dict[str, torch.optim.Optimizer] = {
            "adam": torch.optim.Adam(self.module.parameters(), options.rate)}
        self.epoch = max(1, len(self.trained) // options.batch_size)

    def batch(self, step: int, rank: int, world: int) -> tuple[Tensor, Tensor, Tensor]:
        """Points from anywhere: a function of seed and step alone.  (P,), (P, 2), (P, 3)"""
        draw = np.random.Generator(np.random.Philox(key=[self.seed, step]))
        chosen = self.trained[draw.integers(0, len(self.trained), self.options.batch_size)]
        return self._points(chosen[rank::world] if len(chosen) >= world else chosen)

    def step(self, step: int, batch: tuple[Tensor, Tensor, Tensor], backward: Any) -> Mapping[str, float]:
        """One update."""
        optimizer = self.optimizers["adam"]
        picture, place, colour = batch
        loss = functional.mse_loss(self.module(picture, place), colour)
        optimizer.zero_grad(set_to_none=True)
        backward(loss)
        nn.utils.clip_grad_norm_(self.module.parameters(), 1.0)
        optimizer.step()
        return {"loss": loss.item(), "items": len(picture)}

    def validate(self) -> Mapping[str, float]:
        """Loss on points that are never trained on."""
        device = next(self.module.parameters()).device
        picture, place, colour = (part.to(device) for part in self._points(self.held_out[:65536]))
        self.module.eval()
        with torch.inference_mode():
            loss = functional.mse_loss(self.module(picture, place), colour).item()
        self.module.train()
        return {"loss": loss}

    def weights(self) -> Mapping[str, np.ndarray]:
        """Everything the network has learnt."""
        return {name: value.detach().cpu().float().numpy() for name, value in self._net().state_dict().items()}

    def header(self) -> Mapping[str, Any]:
        """What the loss is."""
        return {"loss_unit": "mean squared error, colours from 0 to 1"}

    def state(self) -> Mapping[str, Tensor]:
        """Nothing beyond what the engine keeps."""
        return {}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Nothing to take back."""

    def _net(self) -> nn.Module:
        module: nn.Module = getattr(self.module, "module", self.module)  # as the engine wrapped it
        return module

    def _points(self, points: np.ndarray) -> tuple[Tensor, Tensor, Tensor]:
        """Picture, place from -1 to 1 and colour of points, which are numbered through all pictures."""
        picture, place = np.divmod(points, self.side * self.side)
        y, x = np.divmod(place, self.side)
        places = (np.stack((x, y), 1) + 0.5) / self.side * 2 - 1
        return (torch.from_numpy(picture), torch.from_numpy(places.astype(np.float32)),
                torch.from_numpy(self.pictures[picture, y, x] / np.float32(255)))
