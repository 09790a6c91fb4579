"""What this plugin offers. Imports the options of its parts and nothing behind them."""

from __future__ import annotations

from collections.abc import Iterable

from artengine.api import Part, hookimpl


@hookimpl
def artengine_parts() -> Iterable[Part]:
    """The parts for images."""
    from artengine_image.exporters import WebPOptions

    yield Part(kind="exporter", name="image-png", medium="image", summary="PNG, without loss, transparency kept.",
               target="artengine_image.exporters:Png", formats=("png",), embeds=True)
    yield Part(kind="exporter", name="image-webp", medium="image", summary="WebP, smaller than PNG, with or without loss.",
               target="artengine_image.exporters:WebP", options=WebPOptions, formats=("webp",), embeds=True)
    from artengine_image.image_cppn import settings as cppn  # options alone
    from artengine_image.image_vae import settings as vae

    small = {"latent": 8, "width": 8, "batch_size": 8, "size": "16x16"}
    yield Part(kind="generator", name="image-vae", medium="image", options=vae.Options, controls=vae.Controls, tiny=small,
               summary="Pictures from a variational autoencoder; it encodes any picture too.",
               target="artengine_image.image_vae.generator:ImageVAE",
               models={"vae-atelier": "artengine_image:models/image-vae-atelier.safetensors"})
    yield Part(kind="generator", name="image-cppn", medium="image", options=cppn.Options, controls=cppn.Controls,
               tiny={**small, "neurons": 16, "features": 8}, summary="Pictures as functions of place, rendered at any size.",
               target="artengine_image.image_cppn.generator:ImageCPPN",
               models={"cppn-atelier": "artengine_image:models/image-cppn-atelier.safetensors"})
    from artengine_image.image_gan import settings as gan  # as above

    yield Part(kind="generator", name="image-gan", medium="image", options=gan.Options, controls=gan.Controls,
               tiny={"latent": 8, "width": 8, "batch_size": 8, "size": "16x16"},
               summary="Pictures that a discriminator could not tell from the corpus.",
               target="artengine_image.image_gan.generator:ImageGAN",
               models={"creatures": "artengine_image:models/image-gan-creatures.safetensors",
                       "gan-atelier": "artengine_image:models/image-gan-atelier.safetensors"})
    for name, summary in (("composition", "Balance, symmetry, the rule of thirds, and enough to look at but not too much."),
                          ("palette", "Harmony of hues, contrast of light and dark, warmth and coolness."),
                          ("clarity", "Not blank, not noise, no checkerboard left by a network.")):
        yield Part(kind="critic", name=name, medium="image", summary=summary,
                   target=f"artengine_image.critics.{name}:{name.capitalize()}")
    yield Part(kind="critic", name="discriminator", medium="image",
               summary="Whether the player that was trained against image-gan takes it for real.",
               target="artengine_image.critics.discriminator:Discriminator")
    # A part's name stands alone, whatever its medium, and music has a critic called originality.
    for name, target, summary in (
            ("style", "style:Style", "Which school it belongs to, how surely, and whether to the one it is labelled with."),
            ("image-originality", "originality:Originality", "Copies of training pictures, whole, mirrored or cut.")):
        yield Part(kind="critic", name=name, medium="image", summary=summary, target=f"artengine_image.critics.{target}")
