"""artengine: a generative-art engine."""
