"""A web server of a measurement: ``python -m benchmarks.serving ours|rival|bare DATABASE_URL FOLDER``; prints its port.

All of them run under the server of the product, with its settings and as many threads.
"""

import os
import sys
from pathlib import Path

from benchmarks.places import runtime_for
from moodle_mentorship.app import create_app
from moodle_mentorship.core.logging import configure_logging
from moodle_mentorship.serve import make_server

THREADS = 8


def serve(which: str, url: str, folder: str) -> None:
    # Log lines are made as in production, and thrown away.
    configure_logging(debug=False)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    runtime = runtime_for(url, Path(folder))
    application: object
    if which == "ours":
        application = create_app(runtime)
    elif which == "rival":
        from benchmarks.rival_lti.app import make_rival

        application = make_rival(runtime, url)
    else:
        from benchmarks.bare import make_bare

        application = make_bare(runtime)
    server = make_server(application, host="127.0.0.1", port=0, threads=THREADS)
    print(server.effective_port, flush=True)
    server.run()


if __name__ == "__main__":
    serve(*sys.argv[1:])
