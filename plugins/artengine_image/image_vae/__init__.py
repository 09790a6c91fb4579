"""``image-vae``: a convolutional variational autoencoder."""
