"""Make build/local_mentorship.zip, as Moodle's plugin installer expects it: one folder `mentorship`."""

import zipfile
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "plugin_php_stub"
TARGET = Path(__file__).parents[1] / "build" / "local_mentorship.zip"


def main() -> None:
    TARGET.parent.mkdir(exist_ok=True)
    files = sorted(path for path in SOURCE.rglob("*") if path.is_file())
    with zipfile.ZipFile(TARGET, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            # A fixed date: the same sources give the same bytes.
            entry = zipfile.ZipInfo(f"mentorship/{path.relative_to(SOURCE)}", date_time=(2026, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
    print(f"{TARGET.relative_to(Path.cwd()) if TARGET.is_relative_to(Path.cwd()) else TARGET.name}: {len(files)} files")


if __name__ == "__main__":
    main()
