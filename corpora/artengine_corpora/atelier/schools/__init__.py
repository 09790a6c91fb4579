"""The schools, one a file.

Each offers ``paint(easel) -> caption`` and ``GRAIN``, the depth of the paper's tooth in parts of black to white.
"""
