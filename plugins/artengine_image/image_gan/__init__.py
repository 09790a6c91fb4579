"""``image-gan``: an adversarial generator of pictures."""
