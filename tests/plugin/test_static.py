"""What can be said of the Moodle plugin without a Moodle. Its PHPUnit tests need one."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from moodle_mentorship import __version__
from moodle_mentorship.moodle.functions import Function

from .build_amd import PLUGIN, built, target

PHP_FILES = sorted(PLUGIN.rglob("*.php"))
CLASSES = sorted((PLUGIN / "classes").rglob("*.php"))


def each(paths: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", paths, ids=[str(path.relative_to(PLUGIN)) for path in paths])


_STRING = re.compile(r"^\$string\['([^']+)'\] = '((?:\\.|[^'\\])*)';$", re.MULTILINE | re.DOTALL)

#: Entry points load Moodle themselves; class files alone declare and do nothing.
ENTRY_POINTS = {"connect.php", "cli/connect.php"}


def text(path: str) -> str:
    return (PLUGIN / path).read_text("utf-8")


def strings(language: str) -> dict[str, str]:
    return dict(_STRING.findall(text(f"lang/{language}/local_mentorship.php")))


def tool(command: str, package: str) -> str:
    found = shutil.which(command)
    if found is None:
        reason = f"NO {command}: install it (Debian: apt-get install {package})"
        # On CI a missing tool is a fault; elsewhere `make test` has said what to install.
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture(scope="session")
def php() -> str:
    return tool("php", "php-cli")


@each(PHP_FILES)
def test_php_syntax(php: str, path: Path) -> None:
    run = subprocess.run([php, "-l", str(path)], capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


@each(PHP_FILES)
def test_headers(path: Path) -> None:
    source = path.read_text("utf-8")
    assert source.startswith("<?php\n// This file is part of Moodle - https://moodle.org/\n")
    assert "either version 3 of the License, or\n// (at your option) any later version." in source
    for tag in (
        "@package    local_mentorship",
        "@copyright  2026",
        "@license    https://www.gnu.org/copyleft/gpl.html",
    ):
        assert tag in source
    assert re.search(r"[^\n]\n\Z", source)
    assert not re.search(r"\?>|\t|\r", source)


@each(PHP_FILES)
def test_guarded_against_direct_access(path: Path) -> None:
    """A file that does something when it is loaded must not do it for a browser; declarations alone are harmless."""
    name = str(path.relative_to(PLUGIN))
    source = path.read_text("utf-8")
    body = re.sub(r"/\*.*?\*/|//[^\n]*", "", source, flags=re.DOTALL)
    acts = re.search(r"^(\$\w+|(require|include)(_once)?|if)\b", body, re.MULTILINE)
    guarded = "defined('MOODLE_INTERNAL') || die();" in source
    if name in ENTRY_POINTS:
        assert re.search(r"^require\(__DIR__ \. '[./]*/config\.php'\);$", source, re.MULTILINE)
    else:
        assert guarded == bool(acts), "guard missing" if acts else "guard without need"


@each(CLASSES)
def test_class_names(path: Path) -> None:
    relative = path.relative_to(PLUGIN / "classes")
    namespace = "\\".join(["local_mentorship", *relative.parts[:-1]])
    source = path.read_text("utf-8")
    assert f"\nnamespace {namespace};\n" in source
    assert re.search(rf"^(abstract |final )?(class|interface) {relative.stem}\b", source, re.MULTILINE)


def test_coding_standard() -> None:
    """Debian has PHP_CodeSniffer and not Moodle's own rules; phpcs.xml holds what both agree on."""
    phpcs = tool("phpcs", "php-codesniffer")
    rules = Path(__file__).with_name("phpcs.xml")
    run = subprocess.run(
        [phpcs, f"--standard={rules}", "-q", str(PLUGIN)], capture_output=True, text=True, timeout=300, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_languages_are_complete_and_sorted() -> None:
    english, russian = strings("en"), strings("ru")
    assert list(english) == sorted(english)
    assert list(english) == list(russian)
    for language in ("en", "ru"):
        assert text(f"lang/{language}/local_mentorship.php").count("\n$string[") == len(strings(language))
    for name, sentence in english.items():
        assert sentence.strip()
        placeholders = [sorted(set(re.findall(r"\{\$a[^}]*\}", one))) for one in (sentence, russian[name])]
        assert placeholders[0] == placeholders[1], name
        assert re.search("[а-яё]", russian[name], re.IGNORECASE), name


def test_strings_in_use_exist_and_all_are_used() -> None:
    code = "\n".join(path.read_text("utf-8") for path in PHP_FILES if "lang" not in path.relative_to(PLUGIN).parts)
    known = set(strings("en"))
    asked = set(re.findall(r"get_string\(\s*'([^']+)',\s*'local_mentorship'", code))
    asked |= set(re.findall(r"lang_string\('([^']+)', 'local_mentorship'", code))
    asked |= set(re.findall(r"new problem\(\s*'([^']+)'", code)) | set(re.findall(r"->content\('([^']+)'\)", code))
    assert asked <= known
    # Moodle asks for these by rules of its own, the form by the name of a field.
    implied = {"pluginname", *(name for name in known if name.startswith(("mentorship:", "messageprovider:", "field")))}
    assert {name for name in known - implied if f"'{name}'" not in code} == set()
    fields = {name.removesuffix("_help") for name in known if name.startswith("field")}
    assert {name + "_help" for name in fields} | fields <= known


def test_services() -> None:
    source = text("db/services.php")
    functions = dict(re.findall(r"\n    '(local_mentorship_\w+)' => \[\s+'classname' => '([^']+)'", source))
    assert set(functions) == {function.value for function in Function if function.startswith("local_mentorship_")}
    for name, class_name in functions.items():
        path = PLUGIN / "classes" / Path(*class_name.split("\\")[1:]).with_suffix(".php")
        assert path.is_file(), class_name
        for method in ("execute_parameters", "execute", "execute_returns"):
            assert re.search(rf"public static function {method}\(", path.read_text("utf-8")), f"{class_name}::{method}"
        assert source.count(f"'{name}'") == 2, f"{name} must be declared, and be in the service"
    # Moodle finds a service by its name, and deletes the service and its token when the name changes.
    assert "'Mentorship sidecar' => [\n        'shortname' => 'local_mentorship'," in source
    assert "'restrictedusers' => 1" in source


def test_no_service_function_reads_people_beyond_the_course() -> None:
    for forbidden in ("core_user_", "core_cohort_", "core_message_", "core_search_"):
        assert f"'{forbidden}" not in text("db/services.php")


@pytest.mark.parametrize("file", ["events", "tasks", "hooks"])
def test_callbacks_exist(file: str) -> None:
    source = text(f"db/{file}.php")
    named = re.findall(r"'callback' => '\\(local_mentorship(?:\\\w+)+)::(\w+)'", source)
    named += re.findall(r"'callback' => \[\\(local_mentorship(?:\\\w+)+)::class, '(\w+)'\]", source)
    named += [(name, "execute") for name in re.findall(r"'classname' => '(local_mentorship(?:\\\w+)+)'", source)]
    assert named
    for class_name, method in named:
        path = PLUGIN / "classes" / Path(*class_name.split("\\")[1:]).with_suffix(".php")
        assert re.search(rf"public (?:static )?function {method}\(", path.read_text("utf-8")), f"{class_name}::{method}"


def test_version_numbers_agree() -> None:
    source = text("version.php")
    version = re.search(r"\$plugin->version   = (\d{10});", source)
    assert version
    assert "$plugin->component = 'local_mentorship';" in source
    assert "$plugin->requires  = 2023042400;" in source
    assert "$plugin->supported = [402, 405];" in source
    steps = [int(step) for step in re.findall(r"upgrade_plugin_savepoint\(true, (\d{10})", text("db/upgrade.php"))]
    assert steps == sorted(steps)
    assert max(steps, default=0) <= int(version[1])
    tables = ElementTree.fromstring(text("db/install.xml"))
    assert int(tables.attrib["VERSION"]) <= int(version[1]) // 100
    release = re.search(r"\$plugin->release   = '([^']+)';", source)
    assert release
    assert release[1] == __version__


def test_privacy_covers_every_table_with_people() -> None:
    tables = ElementTree.fromstring(text("db/install.xml")).iter("TABLE")
    provider = text("classes/privacy/provider.php")
    for table in tables:
        if any(field.attrib["NAME"] == "userid" for field in table.iter("FIELD")):
            assert f"add_database_table('{table.attrib['NAME']}'" in provider
    assert "add_external_location_link('sidecar'" in provider


def test_built_script_is_the_source() -> None:
    sources = sorted((PLUGIN / "amd" / "src").glob("*.js"))
    assert sources
    for source in sources:
        assert target(source).read_text("utf-8") == built(source), "run: python tests/plugin/build_amd.py"
    assert len(list((PLUGIN / "amd" / "build").iterdir())) == len(sources)


def test_nothing_unfinished() -> None:
    for path in PLUGIN.rglob("*"):
        if path.is_file():
            assert not re.search(r"TODO|FIXME|XXX|var_dump|error_log|print_r\(", path.read_text("utf-8")), path
