"""Run all measurements: one JSON line each, then a table."""

import json
import sys
import tempfile
from pathlib import Path

from benchmarks.sync import measure_sync

PEOPLE = int(sys.argv[1]) if len(sys.argv) > 1 else 5000


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="mentorship-bench-") as folder:
        rows = list(measure_sync(Path(folder), PEOPLE))
    for row in rows:
        print(json.dumps(row, ensure_ascii=False))
    width = max(len(str(row["what"])) for row in rows)
    print()
    for row in rows:
        print(
            f"{row['what']!s:<{width}}  {row['seconds']:>8.3f} s  {row['ratio']:>7.3f} ×  {row['requests']:>4} requests"
        )


if __name__ == "__main__":
    main()
