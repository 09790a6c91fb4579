"""Training of an adversarial generator; an ``artengine.api.Learner``.

One pass serves both players: the discriminator's loss runs back through the pictures made, and on its way into the generator
each picture's gradient is scaled to what the generator's own loss would have given. Both losses are functions of one logit a
picture, so their gradients differ by a factor alone; a second pass through the discriminator, as usual, would find the same.

Axes: B pictures, C channels, H rows, W columns, Z latent numbers, L labels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from artengine.api import Run
from artengine.evaluating import distances, neighbours
from artengine.nn.augmentation import augment
from artengine.nn.images import from_pixels, to_pixels
from artengine.nn.learning import chance, cut, fallen, warmed_up
from artengine.nn.losses import gradient_penalty, logistic_discriminator
from artengine.pictures.eye import eye
from artengine_image import fingerprint
from artengine_image.image_gan.network import Discriminator, Generator
from artengine_image.image_gan.settings import Options
from artengine_image.preparing import MODES, TRAIN, VALIDATION, header_of

UNTOLD = 0.1  # share of pictures whose label is kept from the players, so that they can do without
LAZY = 16  # steps from one gradient penalty to the next
MEMORY = 10_000  # pictures over which the averaged weights forget half
OVERFIT, SURE = 0.3, 0.4  # measures above which augmentation grows (see ``_adapt``)
ASKED, HELD, FORGET = 4, 32, 0.02  # steps from one look at held-out pictures to the next; how many; and share of news
STRONGER = 50_000  # pictures over which its strength may go from 0 to 1
STRONGEST = 0.8  # beyond, what is made begins to look augmented itself: Karras et al. 2020, figure 5
JUDGED = 1024  # pictures made, and of the corpus, that are compared in a validation
SETTLED = 1024  # latents by which the generator's features are standardised
NARROW = 0.2  # share of the corpus within reach of what is made, below which a person with few pictures is told
ALIKE = 0.1  # share of the corpus' variance, in features, below which pictures are all alike


class Players(nn.Module):
    """Both players as one module, so that one call trains both."""

    def __init__(self, generator: Generator, discriminator: Discriminator) -> None:
        super().__init__()
        self.generator, self.discriminator = generator, discriminator

    def forward(self, real: Tensor, told: Tensor, z: Tensor, asked: Tensor, strength: float) -> tuple[Tensor, Tensor]:
        """Logits of pictures and of what is made.  (B, C, H, W), (B, L), (B, Z), (B, L) -> (B/pack,) twice

        What runs back from them is for ``logistic_discriminator`` alone: the module says what becomes of it.
        """
        made = self.generator(z, asked).to(real.dtype) * 1  # a value of its own, for the hook
        both = torch.cat((real, made))
        logits = self.discriminator(augment(both, strength) if strength else both, torch.cat((told, asked))).float()
        of_real, of_made = logits.tensor_split(2)
        if made.requires_grad:
            taken = of_made.detach()
            share = -torch.sigmoid(-taken) / torch.sigmoid(taken).clamp_min(1e-6)  # of the one loss' slope in the other's
            share = share.repeat_interleave(len(made) // len(share))[:, None, None, None]
            made.register_hook(lambda slope: slope * share)
        return of_real, of_made

    def penalty(self, real: Tensor, told: Tensor, strength: float, weight: float) -> Tensor:
        """The gradient penalty on real pictures as the discriminator sees them.  -> ()"""
        seen = (augment(real, strength) if strength else real).detach().requires_grad_()
        return gradient_penalty(self.discriminator(seen, told), seen, weight, LAZY)


class Learner:
    """One training of both players."""

    patience = 15
    unit = "pictures"

    def __init__(self, options: Options, arrays: Mapping[str, np.ndarray], run: Run) -> None:
        self.options, self.arrays, self.seed = options, arrays, run.seed
        self.facts = header_of(arrays)
        size, channels, classes = self.facts["size"][::-1], MODES[self.facts["mode"]], len(self.facts["classes"])
        self.classes = classes
        generator = Generator(options.latent, classes, size, channels, options.width)
        discriminator = Discriminator(classes, size, channels, options.width, options.pack)
        self.module: nn.Module = Players(generator, discriminator)
        self.optimizers: dict[str, torch.optim.Optimizer] = {
            name: torch.optim.Adam(player.parameters(), options.rate, betas=(0.0, 0.99))
            for name, player in (("generator", generator), ("discriminator", discriminator))}
        self._ids = {part: np.flatnonzero(arrays["split"] == part) for part in (TRAIN, VALIDATION)}
        labels = arrays["labels"][self._ids[TRAIN]]
        shares = np.bincount(labels[labels >= 0], minlength=classes) / max(1, (labels >= 0).sum())
        self.shares = [round(float(share), 6) for share in shares]
        self._size = max(options.pack, options.batch_size // options.pack * options.pack)
        self.ema = 0.5 ** (self._size / MEMORY)
        self.epoch = max(1, min(1000, 64_000 // self._size))  # steps between validations, not passes of a small corpus
        if options.fall:
            self.steps = options.fall
        self.strength, self.means = torch.zeros(()), torch.zeros(4)
        self._cut = 1.0
        self._order: tuple[int, np.ndarray] = (-1, np.empty(0, int))
        self._real: np.ndarray | None = None
        self._said = ""

    # ---- stepping

    def batch(self, step: int, rank: int, world: int) -> tuple[Tensor, Tensor]:
        """Pictures and labels; each process draws its own.  uint8 (B, C, H, W) and int64 (B,)"""
        ids, per = self._ids[TRAIN], self._size * world
        places = np.arange(per) + step * per
        epochs = places // len(ids)
        chosen = np.concatenate([self._shuffled(int(epoch))[places[epochs == epoch] % len(ids)]
                                 for epoch in np.unique(epochs)])[rank::world]
        pictures, labels = self.arrays["pictures"][chosen], self.arrays["labels"][chosen].astype(np.int64)
        if self.options.flip:
            luck = chance(self.seed, 2 * (step * world + rank) + 1).random((len(chosen), 1, 1, 1))
            pictures = np.where(luck < 0.5, pictures, pictures[..., ::-1])
        return torch.from_numpy(np.ascontiguousarray(pictures)), torch.from_numpy(labels)

    def step(self, step: int, batch: tuple[Tensor, Tensor], backward: Any) -> Mapping[str, float]:
        """One update of both players."""
        rate = self.options.rate * self._cut * warmed_up(step) * min(1.0, 2 * fallen(step, self.options.fall))
        for optimizer in self.optimizers.values():
            optimizer.zero_grad(set_to_none=True)
            for group in optimizer.param_groups:
                group["lr"] = rate
        real, n = batch[0].float() / 127.5 - 1, len(batch[0])
        kept = torch.rand(2, n, device=real.device) >= UNTOLD
        told = self._told(torch.where(kept[0], batch[1], -1))
        asked = self._told(torch.where(kept[1], batch[1][torch.randperm(n, device=real.device)], -1))
        z = torch.randn(n, self.options.latent, device=real.device)
        strength = float(self.strength)
        with self._quick(real.device):
            of_real, of_made = self.module(real, told, z, asked, strength)
        loss = logistic_discriminator(of_real, of_made)
        backward(loss)
        if self.options.penalty and step % LAZY == 0:
            backward(self._players.penalty(real, told, strength, self.options.penalty))
        for optimizer in self.optimizers.values():
            optimizer.step()
        if self.options.augment == "auto" and step % ASKED == 0:
            means = of_real.mean(), self._of_held(strength), of_made.mean(), of_real.sign().mean()
            self._adapt(torch.stack(means).detach(), ASKED * n)
        return {"loss": loss.item(), "augmentation": float(self.strength), "items": float(n)}

    def _of_held(self, strength: float) -> Tensor:
        """Mean logit of held-out pictures, seen as those of the corpus are.  -> ()"""
        ids = self._ids[VALIDATION]
        ids = ids[torch.randint(len(ids), (HELD // self.options.pack * self.options.pack,)).numpy()]
        x = torch.from_numpy(self.arrays["pictures"][ids]).to(self._device).float() / 127.5 - 1
        told = self._told(torch.from_numpy(self.arrays["labels"][ids].astype(np.int64)).to(self._device))
        with torch.no_grad(), self._quick(self._device):
            return self._players.discriminator(augment(x, strength) if strength else x, told).float().mean()

    def _adapt(self, means: Tensor, pictures: int) -> None:
        """Augmentation grows while the discriminator knows its pictures by heart, or wins too easily; else it shrinks.

        By heart: r_v of Karras et al. 2020, eq. 1, which is 0 where held-out pictures look as real as learnt ones, and 1
        where they look as made ones do. Too easily: their r_t, the mean sign of the logits of learnt pictures. It rises with
        a weak generator too, which augmentation then helps: without it twelve schools of painting became a few.

        :param means: logits of learnt, held-out and made pictures, and signs of those of learnt ones.  (4,)
        """
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            torch.distributed.all_reduce(means)
            means = means / torch.distributed.get_world_size()
        self.means += FORGET * (means.cpu() - self.means)
        learnt, held, made, sure = self.means.tolist()
        way = 1 if sure > SURE or learnt - held > OVERFIT * max(1e-6, learnt - made) else -1
        self.strength = (self.strength + way * pictures / STRONGER).clamp(0, STRONGEST)

    def schedule(self, step: int, history: Sequence[float]) -> None:
        """A rate that does not fall is cut to a third when five validations gain less than one in fifty."""
        self._cut = 1.0 if self.options.fall else cut(history, gain=0.02, patience=5)

    # ---- judging

    def validate(self) -> Mapping[str, float]:
        """How far what is made is from the corpus: Fréchet distance of the eye's features, and shares within reach.

        ``loss`` is that distance; ``recall`` falls as the generator drops some of it; ``overfit`` is by how much held-out
        pictures look less real to the discriminator than those it trains on, from 0 to 1, where they look as made ones do.
        """
        made = self._made(JUDGED)
        found, real = eye().see(made), self._corpus()
        precision, recall = neighbours.precision_recall(real, found)
        overfit = self._overfit(made)
        self._said = self._trouble(float(found.var(0).sum() / real.var(0).sum()), recall, overfit)
        return {"loss": distances.frechet(real, found), "precision": precision, "recall": recall, "overfit": overfit}

    def remark(self) -> str:
        """What a person should know after the last validation, if anything."""
        return self._said

    def _trouble(self, variety: float, recall: float, overfit: float) -> str:
        if variety < ALIKE:
            return "The pictures are all alike: the generator has collapsed. Train again with another seed, or --set pack=2."
        if recall < NARROW and overfit > OVERFIT and self.strength >= STRONGEST:
            return (f"Only {recall:.0%} of the corpus is within reach of what is made, the discriminator knows it by heart, "
                    "and pictures are already changed at random as much as helps: more of them would help most.")
        return ""

    def _made(self, n: int) -> np.ndarray:
        """Pictures of the corpus' labels, always of the same latents.  (n, H, W, C) uint8"""
        generator, device = self._players.generator, self._device
        z, told = self._drawn(n)
        generator.settle(z[:SETTLED], told[:SETTLED])
        was = generator.training
        generator.eval()
        with torch.no_grad(), self._quick(device):
            made = [to_pixels(generator(*some)) for some in zip(z.split(64), told.split(64), strict=True)]
        generator.train(was)
        return np.concatenate(made)

    def _drawn(self, n: int) -> tuple[Tensor, Tensor]:
        luck = chance(self.seed, 2**34)
        labels = luck.choice(self.classes, n, p=np.array(self.shares) / sum(self.shares)) if self.classes else np.full(n, -1)
        z = torch.from_numpy(luck.standard_normal((n, self.options.latent), np.float32))
        return z.to(self._device), self._told(torch.from_numpy(labels).to(self._device))

    def _corpus(self) -> np.ndarray:
        """Features of as many pictures of the corpus, the held-out ones among them."""
        if self._real is None:
            held = self._ids[VALIDATION]
            rest = chance(self.seed, 2**34 + 1).permutation(self._ids[TRAIN])[:max(0, JUDGED - len(held))]
            some = np.concatenate((held[:JUDGED], rest))
            self._real = eye().see(self._pictures(some))
        return self._real

    def _overfit(self, made: np.ndarray) -> float:
        held = self._ids[VALIDATION][:256]
        held = held[:len(held) // self.options.pack * self.options.pack]
        if not len(held):
            return 0.0
        learnt = chance(self.seed, 2**34 + 2).permutation(self._ids[TRAIN])[:len(held)]
        none = np.full(len(held), -1)
        real, kept = (self._logits(self._pictures(some), none).mean() for some in (learnt, held))
        fake = self._logits(made[:len(held)], none).mean()
        return float(np.clip((real - kept) / max(1e-6, real - fake), 0, 1))

    def _pictures(self, ids: np.ndarray) -> np.ndarray:
        """(n, H, W, C) uint8"""
        found: np.ndarray = self.arrays["pictures"][ids].transpose(0, 2, 3, 1)
        return found

    def _logits(self, pictures: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Of pictures as they are.  uint8 (n, H, W, C), (n,) -> (n/pack,)"""
        told = self._told(torch.from_numpy(labels.astype(np.int64)).to(self._device))
        with torch.no_grad():
            logits = self._players.discriminator(from_pixels(pictures).to(self._device), told).float()
        found: np.ndarray = logits.cpu().numpy()
        return found

    # ---- keeping

    def weights(self) -> Mapping[str, np.ndarray]:
        """Both players and the usual style of every label in half precision, and the fingerprint of the corpus."""
        players, generator = self._players, self._players.generator
        z, told = self._drawn(SETTLED)
        generator.settle(z, told)
        found = {name: t.detach().float().cpu().numpy() for name, t in generator.state_dict().items()}
        found |= {f"discriminator.{name}": t.detach().float().cpu().numpy()
                  for name, t in players.discriminator.state_dict().items()}
        with torch.no_grad():
            each = torch.cat((torch.eye(self.classes, device=z.device), torch.zeros(1, self.classes, device=z.device)))
            usual = [generator.style(z, one.expand(len(z), -1)).mean(0) for one in each]  # the last for no label
        found["usual"] = torch.stack(usual).float().cpu().numpy()
        kept = {name: array.astype(np.float16) for name, array in found.items()}
        return kept | {"grid": np.array(generator.grid)} | fingerprint.within(self.arrays)

    def header(self) -> Mapping[str, Any]:
        """What rendering needs."""
        found = {**self.facts, "shares": self.shares, "loss_unit": "Fréchet distance of the eye's features",
                 "augmentation": round(float(self.strength), 3)}
        held = self._ids[VALIDATION][:JUDGED]
        if len(held) >= 2 and self.options.pack == 1:  # a discriminator of several pictures at once is no critic of one
            logits = self._logits(self._pictures(held), self.arrays["labels"][held])
            found["held_out_logits"] = [round(float(logit), 4) for logit in np.quantile(logits, np.linspace(0, 1, 21))]
        return found

    def state(self) -> Mapping[str, Tensor]:
        """How strongly pictures are changed, and by what that is steered."""
        return {"strength": self.strength, "means": self.means}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Take back what :meth:`state` gave."""
        self.strength, self.means = state["strength"], state["means"]

    # ---- parts

    @property
    def _players(self) -> Players:
        bare: Players = getattr(self.module, "module", self.module)  # type: ignore[assignment]  # as the engine wrapped it
        return bare

    @property
    def _device(self) -> torch.device:
        return next(self._players.parameters()).device

    def _told(self, labels: Tensor) -> Tensor:
        """Labels as numbers of a latent, zeros for none.  (B,) -> (B, L)"""
        return one_hot(labels.clamp_min(0), max(1, self.classes))[:, :self.classes].float() * (labels >= 0)[:, None]

    def _shuffled(self, epoch: int) -> np.ndarray:
        if self._order[0] != epoch:
            self._order = epoch, chance(self.seed, 2**32 + epoch).permutation(self._ids[TRAIN])
        return self._order[1]

    def _quick(self, device: torch.device) -> Any:
        """16 bits on a processor that has instructions for them; on others --precision decides."""
        fast = self.options.bf16 and device.type == "cpu" and torch.ops.mkldnn._is_mkldnn_bf16_supported()
        return torch.autocast("cpu", torch.bfloat16) if fast else nullcontext()
