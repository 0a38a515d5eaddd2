"""The process under attack: the server of `mentorship serve` without its background jobs, which would grow rows of
their own. Names that a test wrote down beside the database are resolved as it says.

    python -m tests.lti.negative.serve PORT
"""

import json
import os
import socket
import sys
from pathlib import Path
from typing import Any

from moodle_mentorship.app import create_app, create_runtime
from moodle_mentorship.core.settings import Settings
from moodle_mentorship.serve import make_server

#: A JSON object of names; each has a queue of answers, of which the last one stays.
NAMES = "names.json"

_resolve = socket.getaddrinfo


def main() -> None:
    settings = Settings.from_env(os.environ)
    names = settings.data_dir / NAMES

    def resolve(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        answers = json.loads(names.read_text()) if names.exists() else {}
        if host not in answers:
            return _resolve(host, port, *args, **kwargs)
        queue = answers[host]
        address = queue.pop(0) if len(queue) > 1 else queue[0]
        names.write_text(json.dumps(answers))
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    socket.getaddrinfo = resolve
    make_server(create_app(create_runtime(settings)), host="127.0.0.1", port=int(sys.argv[1]), threads=8).run()


if __name__ == "__main__":
    Path(os.environ["MENTORSHIP_DATA_DIR"]).mkdir(exist_ok=True)
    main()
