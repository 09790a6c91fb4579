"""Variational autoencoders of pictures: what ``image-vae`` and ``image-cppn`` share."""
