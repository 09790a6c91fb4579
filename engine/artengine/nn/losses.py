"""What generators of pictures are trained to make small (or, for bounds, large): torch, for any shape of picture or latent.

GANs: *real* and *fake* are the logits that a discriminator gives to pictures of the corpus and of the generator, of any one
shape; higher is "more real". Their losses are means, in nats for the logistic ones. Each player minimises its own.

VAEs: every term is in nats a picture, summed over all axes but the first, so that terms add up to the evidence lower bound::

    loss = (gaussian_nll(x, mean) + gaussian_kl(z_mean, z_log_variance)).mean()

Axes: B pictures, K samples of the latent of a picture; ``...`` any others.
"""

from __future__ import annotations

from math import log, pi

import torch
from torch import Tensor
from torch.nn.functional import relu, softplus


def logistic_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """-log σ(real) - log(1 - σ(fake)), the cross-entropy of telling them apart (Goodfellow et al. 2014, eq. 1).  -> ()

    At least 0; 2 log 2 where every logit is 0.
    """
    return softplus(-real).mean() + softplus(fake).mean()


def logistic_generator(fake: Tensor) -> Tensor:
    """-log σ(fake), the non-saturating form: strong gradients while the discriminator wins (the same, section 3).  -> ()"""
    return softplus(-fake).mean()


def hinge_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """max(0, 1 - real) + max(0, 1 + fake): logits past the margin are let be (Lim and Ye 2017).  -> ()"""
    return relu(1 - real).mean() + relu(1 + fake).mean()


def hinge_generator(fake: Tensor) -> Tensor:
    """-fake, the generator's side of the hinge (the same).  Any sign.  -> ()"""
    return -fake.mean()


def relativistic_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """-log σ(real - fake), over pairs: each real picture must beat its fake (Jolicoeur-Martineau 2018).

    (B, ...) twice -> (). With :func:`gradient_penalty` on real and on fake pictures it is R3GAN's (Huang et al. 2024,
    section 2), which does not drop modes: there is no one threshold that all fakes could gather behind.
    """
    return softplus(fake - real).mean()


def relativistic_generator(real: Tensor, fake: Tensor) -> Tensor:
    """-log σ(fake - real), the same with the parts exchanged.  (B, ...) twice -> ()"""
    return softplus(real - fake).mean()


def gradient_penalty(logits: Tensor, x: Tensor, gamma: float = 10.0, every: int = 1) -> Tensor:
    """γ/2 E‖∇D(x)‖²: R1 for real pictures, R2 for fake ones (Mescheder et al. 2018, eq. 9 and 10).  -> ()

    Call ``x.requires_grad_()`` before ``logits = discriminator(x)``.

    :param logits: (B, ...), computed from *x*.
    :param x: (B, ...) pictures as the discriminator saw them.
    :param gamma: γ, the weight: from 0.1 for small pictures to 100 for large ones.
    :param every: for lazy regularisation, the penalty in one step of so many, and that much larger, so that the weight on
        average stays γ (Karras et al. 2020, "Analyzing and improving the image quality of StyleGAN").
    """
    (slope,) = torch.autograd.grad(logits.sum(), x, create_graph=True)
    return slope.flatten(1).square().sum(1).mean() * (gamma / 2 * every)


def gaussian_kl(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, variance) ‖ N(0, 1)), nats, at least 0 (Kingma and Welling 2014, appendix B).  (B, ...) twice -> (B,)"""
    return (mean.square() + log_variance.exp() - log_variance - 1).flatten(1).sum(1) / 2


def gaussian_nll(x: Tensor, mean: Tensor, log_sigma: Tensor | None = None, floor: float = -6.0) -> Tensor:
    """-log N(x; mean, σ²) of pictures, nats, where σ weighs it against the KL: σ-VAE (Rybkin et al. 2021).

    :param x: (B, ...) the pictures, and *mean* what the decoder makes of their latents.
    :param log_sigma: log σ, learnt: a parameter of shape (), or any that broadcasts to *x*. None takes the optimum for this
        batch, σ² = mean squared error (the paper's optimal σ-VAE), which needs no parameter and learns sooner.
    :param floor: least log σ of that optimum: a perfect decoder would make the likelihood infinite. At -6, σ is a third of
        the step between two of 256 values from -1 to 1.
    :returns: (B,), of any sign: it is a density.
    """
    error = (x - mean).square()
    if log_sigma is None:
        log_sigma = (error.mean().clamp_min(torch.finfo(error.dtype).tiny).log() / 2).clamp_min(floor)
    nll = error * (-2 * log_sigma).exp() / 2 + log_sigma + log(2 * pi) / 2
    return nll.flatten(1).sum(1)


def laplace_nll(x: Tensor, mean: Tensor, log_scale: Tensor) -> Tensor:
    """-log of the Laplace density of pictures, nats: absolute errors, whose best guess is the median and not the mean.

    So where an edge may run here or there, it is drawn in one place, and not as a blur over both.

    :param x: (B, ...) the pictures, and *mean* what the decoder makes of their latents.
    :param log_scale: log of the mean absolute error, learnt: of shape (), or any that broadcasts to *x*.
    :returns: (B,), of any sign: it is a density.
    """
    nll = (x - mean).abs() * (-log_scale).exp() + log_scale + log(2)
    return nll.flatten(1).sum(1)


def importance_bound(log_weights: Tensor) -> Tensor:
    """log of the mean importance weight: a lower bound of log p(x), nats (IWAE: Burda et al. 2016, eq. 8).  (B, K) -> (B,)

    Never below the evidence lower bound (the mean over K), and nearer to log p(x) the larger K; the same for K = 1. Maximise
    it. The samples come from q by reparameterisation.

    :param log_weights: log p(x, z) - log q(z | x) for K samples z of each picture.
    """
    return log_weights.logsumexp(1) - log(log_weights.shape[1])
