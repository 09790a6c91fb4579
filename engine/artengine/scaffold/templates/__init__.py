"""What ``artengine plugin new`` writes, as modules that work as they stand.

``my-part``, ``MyPart`` and ``my_part`` become the names of the author's part, class and package. A module named
``plugin_KIND_MEDIUM`` describes a part, ``KIND`` is the code behind it, and what differs between media is in a module that
is merged into it. So style and types are checked here, once, for all that is ever written.
"""
