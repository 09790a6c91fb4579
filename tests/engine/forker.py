"""Runs ``artengine`` command lines, one per line of standard input, each in a process of its own that has torch already.

Importing torch takes seconds, and a test that kills a training again and again has no time for that. The processes are
ordinary ones otherwise: the command line from its first argument to its exit code.
"""

import json
import os
import sys

MARK = "\n--- next command\n"


def main():
    import artengine.processes  # noqa: F401 -- torch and Fabric, loaded once before the forks
    from artengine import stepping
    from artengine.cli.common import run

    stepping.SAVE = float(sys.argv[1])
    for line in sys.stdin:
        asked = json.loads(line)
        print(MARK, file=sys.stderr, flush=True)
        pid = os.fork()
        if not pid:
            os.chdir(asked["folder"])
            os.environ |= asked["environ"]
            sys.path.insert(0, asked["path"])
            code = run(asked["args"])
            sys.stderr.flush()
            os._exit(code)
        print(pid, flush=True)
        print(os.waitpid(pid, 0)[1], flush=True)


if __name__ == "__main__":
    main()
