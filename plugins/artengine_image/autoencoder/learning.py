"""Training of an autoencoder, and the density that is fitted to its latents; an ``artengine.api.Learner``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import log
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from artengine.api import Run
from artengine.nn.learning import chance, cut, fallen, warmed_up
from artengine.nn.losses import importance_bound
from artengine_image import density, fingerprint
from artengine_image.autoencoder.network import AutoEncoder
from artengine_image.autoencoder.settings import Options
from artengine_image.preparing import TRAIN, VALIDATION, batches, header_of

UNTOLD = 0.1  # share of pictures whose label is kept from the network, so that it can do without
QUICKER = 10  # times the learning rate, for the one number that says how noisy pixels are
JUDGED, WEIGHED, SAMPLES = 512, 64, 32  # held-out pictures of a validation; of the bound, and its samples
FITTED = 8192  # pictures whose latents the density is fitted to


class Learner:
    """One training of an autoencoder.

    :param network: makes it, of the header that :func:`artengine_image.preparing.prepare` wrote.
    """

    ema = 0.999
    patience = 12
    unit = "pictures"

    def __init__(self, options: Options, arrays: Mapping[str, np.ndarray], run: Run,
                 network: Callable[[Mapping[str, Any]], AutoEncoder]) -> None:
        self.options, self.arrays, self.seed = options, arrays, run.seed
        self.facts = header_of(arrays)
        self.module: nn.Module = network(self.facts)
        noise = [p for name, p in self.module.named_parameters() if name == "log_sigma"]
        others = [p for name, p in self.module.named_parameters() if name != "log_sigma"]
        self.optimizers: dict[str, torch.optim.Optimizer] = {"adam": torch.optim.Adam(
            [{"params": others, "times": 1}, {"params": noise, "times": QUICKER}], lr=options.rate, betas=(0.9, 0.99))}
        self._ids = {part: np.flatnonzero(arrays["split"] == part) for part in (TRAIN, VALIDATION)}
        self._size = min(options.batch_size, len(self._ids[TRAIN]))
        self.epoch = len(self._ids[TRAIN]) // self._size  # steps for one pass
        if options.fall:
            self.steps = options.fall
        self._cut = 1.0
        self._order: tuple[int, np.ndarray] = (-1, np.empty(0, int))

    def batch(self, step: int, rank: int, world: int) -> tuple[Tensor, Tensor]:
        """Pictures and labels; process *rank* takes every *world*-th.  uint8 (B, C, H, W) and int64 (B,)"""
        epoch, index = divmod(step, self.epoch)
        if self._order[0] != epoch:
            self._order = epoch, chance(self.seed, 2**32 + epoch).permutation(self._ids[TRAIN])
        ids = self._order[1][index * self._size:(index + 1) * self._size]
        pictures, labels = self._some(ids[rank::world] if len(ids) >= world else ids)
        luck = chance(self.seed, 2 * step + 1).random((2, len(labels)))
        if self.options.flip:
            pictures = np.where(luck[0, :, None, None, None] < 0.5, pictures, pictures[..., ::-1])
        return torch.from_numpy(np.ascontiguousarray(pictures)), torch.from_numpy(np.where(luck[1] < UNTOLD, -1, labels))

    def step(self, step: int, batch: tuple[Tensor, Tensor], backward: Any) -> Mapping[str, float]:
        """One update."""
        optimizer = self.optimizers["adam"]
        rate = self.options.rate * self._cut * warmed_up(step) * fallen(step, self.options.fall)
        for group in optimizer.param_groups:
            group["lr"] = rate * group["times"]
        x, labels = self._seen(batch[0]), batch[1]
        noise = torch.randn(self.options.samples, len(x), self.options.latent, device=x.device)
        terms = self.module(x, labels, noise)
        if self.options.samples == 1:
            loss = (terms.nll[:, 0] + self.options.beta * terms.kl).mean()
        else:
            loss = -importance_bound(-terms.nll - self.options.beta * terms.surprise).mean()
        optimizer.zero_grad(set_to_none=True)
        backward(loss / x[0].numel())  # by the value, so that clipping and rates do not depend on the size
        nn.utils.clip_grad_norm_(self.module.parameters(), 1.0)
        optimizer.step()
        return {"loss": loss.item(), "kl": terms.kl.mean().item(), "items": float(len(x))}

    def validate(self) -> Mapping[str, float]:
        """The negative evidence lower bound of held-out pictures, nats a picture, and the divergence in it."""
        ids = self._ids[VALIDATION][:JUDGED]
        found = np.concatenate([self._terms(ids[some], 1, 0) for some in batches(len(ids))])
        return {"loss": float(found[:, 0].mean()), "kl": float(found[:, 1].mean())}

    def schedule(self, step: int, history: Sequence[float]) -> None:
        """A rate that does not fall is cut to a third when three validations gain less than two in a thousand."""
        self._cut = 1.0 if self.options.fall else cut(history, gain=0.002)

    def weights(self) -> Mapping[str, np.ndarray]:
        """The networks and the density in half precision, and the fingerprint of the corpus."""
        arrays = {name: t.detach().float().cpu().numpy() for name, t in self._bare.state_dict().items()}
        arrays |= self._density().arrays()
        kept = {name: array.astype(np.float16) for name, array in arrays.items()} | self._bare.decoder.shapes()
        return kept | fingerprint.within(self.arrays)

    def header(self) -> Mapping[str, Any]:
        """What rendering needs, and how held-out pictures fared."""
        ids = self._ids[VALIDATION][:WEIGHED]
        bound = float(np.concatenate([self._terms(ids[some], SAMPLES, 1)[:, 2] for some in batches(len(ids))]).mean())
        values = int(np.prod(self.arrays["pictures"].shape[1:]))
        labels = self.arrays["labels"][self._ids[TRAIN]]
        shares = np.bincount(labels[labels >= 0], minlength=len(self.facts["classes"])) / max(1, (labels >= 0).sum())
        told = {"nats": round(-bound, 3), "bits_a_value": round(-bound / values / log(2), 4), "samples": SAMPLES,
                "pictures": len(ids)}
        return {**self.facts, "shares": [round(float(share), 6) for share in shares], "loss_unit": "nats a picture",
                "bound": told}

    def state(self) -> Mapping[str, Tensor]:
        """Nothing beyond what the engine keeps."""
        return {}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Nothing to take back."""

    @property
    def _bare(self) -> AutoEncoder:
        bare: AutoEncoder = getattr(self.module, "module", self.module)  # type: ignore[arg-type]  # as the engine wrapped it
        return bare

    def _some(self, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self.arrays["pictures"][ids], self.arrays["labels"][ids].astype(np.int64)

    def _seen(self, pictures: Tensor) -> Tensor:
        """Bytes as the network sees them; for ``bernoulli`` black or white by chance.  uint8 (B, C, H, W) -> -1 to 1"""
        x = pictures.float() / 255
        if self.options.likelihood == "bernoulli":
            x = torch.bernoulli(x)
        return 2 * x - 1

    def _terms(self, ids: np.ndarray, samples: int, stream: int) -> np.ndarray:
        """Negative bound, divergence and importance-weighted bound of pictures.  (n, 3)"""
        pictures, labels = self._some(ids)
        return measured(self._bare, self._binary(pictures), torch.from_numpy(labels), samples, stream)

    def _binary(self, pictures: np.ndarray) -> Tensor:
        """As :meth:`_seen`, always the same."""
        x = torch.from_numpy(pictures.astype(np.float32) / 255)
        if self.options.likelihood == "bernoulli":
            x = torch.bernoulli(x, generator=torch.Generator().manual_seed(0))
        return 2 * x - 1

    def _density(self) -> density.Mixture:
        """Fitted to latents drawn from the posteriors of training pictures: what the decoder was trained on."""
        net, ids = self._bare, chance(self.seed, 0).permutation(self._ids[TRAIN])[:FITTED]
        training, found = net.training, []
        net.eval()
        with torch.no_grad():
            for some in batches(len(ids)):
                pictures, labels = self._some(ids[some])
                device = net.log_sigma.device
                y = net.told(torch.from_numpy(labels).to(device))
                mean, spread = net.posterior(self._binary(pictures).to(device), y)
                noise = torch.from_numpy(chance(self.seed, 2**33 + some.start).standard_normal(mean.shape, np.float32))
                found.append((mean + noise.to(device) * (spread / 2).exp()).cpu().numpy())
        net.train(training)
        return density.fit(np.concatenate(found), self.arrays["labels"][ids], len(self.facts["classes"]), self.seed)


def measured(net: AutoEncoder, x: Tensor, labels: Tensor, samples: int, stream: int = 0) -> np.ndarray:
    """Negative evidence lower bound, divergence and importance-weighted bound of pictures.  (B, C, H, W), (B,) -> (B, 3)

    Samples are taken few at a time, so that thousands need no more memory.
    """
    noise, device = torch.Generator().manual_seed(stream), net.log_sigma.device
    x, labels = x.to(device), labels.to(device)
    training = net.training
    net.eval()
    nll, weights = [], []
    with torch.no_grad():
        at_once = max(1, 64 // len(x))
        for first in range(0, samples, at_once):
            k = min(at_once, samples - first)
            drawn = torch.randn(k, len(x), net.options.latent, generator=noise).to(device)
            terms = net(x, labels, drawn)
            nll.append(terms.nll)
            weights.append(-terms.nll - terms.surprise)
    net.train(training)
    found = torch.stack((torch.cat(nll, 1).mean(1) + terms.kl, terms.kl, importance_bound(torch.cat(weights, 1))), 1)
    return found.double().cpu().numpy()
