"""The corpora that ship with artengine."""
