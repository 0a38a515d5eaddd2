"""The one way out: which addresses are entered, that a name can't change its mind, and that nobody holds us up."""

import gzip
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import ip_network
from pathlib import Path

import pytest
import requests
import trustme

from moodle_mentorship.core.outgoing import AddressGuard, AddressRefused, GuardedAdapter, exchange
from moodle_mentorship.core.settings import Environment, SettingsError
from tests.conftest import make_settings
from tests.outside import LOCAL, OK, Names, Outside, outside_server

PUBLIC = AddressGuard()
LOOPBACK_NAMED = AddressGuard(networks=(ip_network("127.0.0.0/8"),))


def ask(url: str, guard: AddressGuard, seconds: float = 5.0, verify: str | bool = True) -> requests.Response:
    with requests.Session() as session, exchange(guard, seconds):
        for scheme in ("https://", "http://"):
            session.mount(scheme, GuardedAdapter(max_retries=0))
        return session.get(url, timeout=2, allow_redirects=False, verify=verify)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    return Names(monkeypatch)


# Addresses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.0.1",
        "192.168.0.1",
        "198.18.0.1",
        "203.0.113.5",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
        "64:ff9b::127.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "2002:a9fe:a9fe::1",
        "fc00::1",
        "fd00::1",
        "fe80::1",
        "fe80::1%lo",
        "fec0::1",
        "ff02::1",
    ],
)
def test_what_is_not_public_is_refused(address: str) -> None:
    assert not PUBLIC.allows(address)
    assert not AddressGuard(Environment.DEVELOPMENT).allows(address, "moodle.example")


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "95.163.0.1", "2a02:6b8::1", "::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::1"]
)
def test_public_addresses_are_allowed(address: str) -> None:
    assert PUBLIC.allows(address)


def test_networks_that_the_operator_named_are_allowed_and_no_others() -> None:
    guard = AddressGuard(networks=(ip_network("10.20.0.0/16"), ip_network("fd12:3456::/32")))
    inside = ["10.20.0.1", "::ffff:10.20.255.1", "64:ff9b::10.20.0.1", "fd12:3456::1"]
    outside = ["10.21.0.1", "127.0.0.1", "fd13::1", "169.254.169.254"]
    assert [guard.allows(address) for address in inside + outside] == [True] * 4 + [False] * 4
    # Nobody sends a question to everybody.
    assert not AddressGuard(networks=(ip_network("0.0.0.0/0"), ip_network("::/0"))).allows("224.0.0.1")


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "0177.0.0.1", "0x7f.1", "127.1", "0", "localhost", "[::1]"]
)
def test_other_spellings_of_this_machine_are_refused(host: str) -> None:
    """The resolver reads the old spellings too; what it makes of them is judged, not the spelling."""
    with pytest.raises(AddressRefused):
        ask(f"http://{host}:9/", PUBLIC)


@pytest.mark.parametrize("host", ["①②⑦.⓪.⓪.①", "127。0。0。1", "ｌｏｃａｌｈｏｓｔ"])
def test_letters_that_turn_into_others_are_judged_by_what_they_turn_into(host: str) -> None:
    with pytest.raises((AddressRefused, requests.RequestException)):
        ask(f"http://{host}:9/", PUBLIC)


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "no-such-name.invalid", "xn--0.invalid"])
def test_no_name_is_no_fault_of_ours(host: str) -> None:
    with pytest.raises(requests.ConnectionError):
        ask(f"http://{host}/", PUBLIC)


@pytest.mark.parametrize(
    ("named", "networks"),
    [
        ("", ()),
        ("10.20.0.0/16, fd12:3456::/32", (ip_network("10.20.0.0/16"), ip_network("fd12:3456::/32"))),
        ("10.1.2.3", (ip_network("10.1.2.3/32"),)),
    ],
)
def test_the_setting(tmp_path: Path, named: str, networks: tuple[object, ...]) -> None:
    settings = make_settings("sqlite://", tmp_path, MENTORSHIP_PRIVATE_NETWORKS=named)
    assert settings.private_networks == networks
    assert AddressGuard.of(settings) == AddressGuard(Environment.DEVELOPMENT, settings.private_networks)


@pytest.mark.parametrize("named", ["10.20.0.5/16", "intranet", "10.0.0.0/8;"])
def test_a_setting_that_is_no_network_is_named(tmp_path: Path, named: str) -> None:
    with pytest.raises(SettingsError, match="MENTORSHIP_PRIVATE_NETWORKS"):
        make_settings("sqlite://", tmp_path, MENTORSHIP_PRIVATE_NETWORKS=named)


# Names that change their mind -------------------------------------------------------------------------------------


def test_a_name_is_resolved_once_and_its_answer_is_what_we_connect_to(names: Names, outside: Outside) -> None:
    """DNS rebinding: the name is innocent when it is judged, and this machine a moment later."""
    names["moodle.example"] = [["192.0.2.1"], ["127.0.0.1"]]
    guard = AddressGuard(networks=(ip_network("192.0.2.0/24"),))
    with pytest.raises(requests.ConnectionError):
        ask(f"http://moodle.example:{outside.port}/", guard, seconds=0.5)
    assert names.asked == ["moodle.example"]
    assert outside.connections == 0
    # The next question asks anew, and is judged anew.
    with pytest.raises(AddressRefused):
        ask(f"http://moodle.example:{outside.port}/", guard)
    assert outside.connections == 0


def test_of_several_addresses_only_allowed_ones_are_tried(names: Names, outside: Outside) -> None:
    outside.json(b"{}")
    names["moodle.example"] = [["127.0.0.2", "10.0.0.1", "127.0.0.1"]]
    guard = AddressGuard(networks=(ip_network("127.0.0.0/8"),))
    # Nobody listens at 127.0.0.2 on that port: the next one is tried.
    assert ask(f"http://moodle.example:{outside.port}/", guard).status_code == 200
    (head,) = outside.heard
    assert f"Host: moodle.example:{outside.port}" in head
    only_private: list[list[str]] = [["10.0.0.1", "::1", "fd00::1"]]
    names["moodle.example"] = only_private
    with pytest.raises(AddressRefused):
        ask(f"http://moodle.example:{outside.port}/", guard)


def test_a_redirect_is_an_answer_and_not_followed(outside: Outside) -> None:
    outside.says(b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n")
    assert ask(outside.url, LOCAL).status_code == 302


def test_this_machine_is_reached_outside_production_by_its_own_names_only(names: Names, outside: Outside) -> None:
    outside.json(b"{}")
    assert ask(outside.url, LOCAL).status_code == 200
    names["moodle.example"] = [["127.0.0.1"]]
    for url, guard in ((f"http://moodle.example:{outside.port}/", LOCAL), (outside.url, PUBLIC)):
        with pytest.raises(AddressRefused):
            ask(url, guard)
    assert outside.connections == 1


def test_without_an_exchange_nothing_is_asked(outside: Outside) -> None:
    session = requests.Session()
    session.mount("http://", GuardedAdapter())
    with session, pytest.raises(LookupError):
        session.get(outside.url, timeout=2)
    assert outside.connections == 0


# TLS --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def authority(tmp_path: Path) -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path) -> str:
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    return str(file)


@pytest.fixture
def secure(authority: trustme.CA) -> Iterator[Outside]:
    """A server with a certificate for moodle.example."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("moodle.example").configure_cert(context)
    with outside_server(context=context) as server:
        server.json(b"{}")
        yield server


def test_the_certificate_must_be_the_names_own(names: Names, secure: Outside, trusted: str) -> None:
    names["moodle.example"] = names["evil.example"] = [["127.0.0.1"]]
    assert ask(f"https://moodle.example:{secure.port}/", LOOPBACK_NAMED, verify=trusted).status_code == 200
    for host in ("evil.example", "127.0.0.1"):
        with pytest.raises(requests.exceptions.SSLError):
            ask(f"https://{host}:{secure.port}/", LOOPBACK_NAMED, verify=trusted)
    with pytest.raises(requests.exceptions.SSLError):
        ask(f"https://moodle.example:{secure.port}/", LOOPBACK_NAMED)
    assert len(secure.heard) == 1


# Slow and huge ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([b"H"] + [b"T"] * 500, id="the first line"),
        pytest.param([b"HTTP/1.1 200 OK\r\n"] + [b"X: y\r\n"] * 500, id="headers"),
        pytest.param([OK + b"Content-Length: 500\r\n\r\n"] + [b" "] * 500, id="a body with a length"),
        pytest.param([OK + b"\r\n"] + [b" "] * 500, id="a body without"),
        pytest.param([OK + b"Transfer-Encoding: chunked\r\n\r\n"] + [b"0"] * 500, id="the length of a chunk"),
        pytest.param([OK + b"Transfer-Encoding: chunked\r\n\r\n"] + [b"1\r\nx\r\n"] * 500, id="chunks"),
    ],
)
def test_an_answer_that_drips_is_cut_off(outside: Outside, pieces: list[bytes]) -> None:
    """A byte each 50 ms is within every timeout of a socket."""
    outside.says(*pieces, pause=0.05)
    started = time.monotonic()
    with requests.Session() as session, exchange(LOCAL, 0.3) as under_way:
        session.mount("http://", GuardedAdapter(max_retries=0))
        with suppress(requests.RequestException):
            session.get(outside.url, timeout=2)
        assert under_way.over
    assert time.monotonic() - started < 5


def test_a_handshake_that_never_ends_is_cut_off(outside: Outside, authority: trustme.CA) -> None:
    """The server takes the connection and drips what is no TLS record yet."""

    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/"
        started = time.monotonic()
        with requests.Session() as session, exchange(LOCAL, 0.3) as under_way:
            session.mount("https://", GuardedAdapter(max_retries=0))
            with suppress(requests.RequestException):
                session.get(url, timeout=30)
            assert under_way.over
    assert time.monotonic() - started < 5


def test_a_kept_connection_is_cut_off_by_the_exchange_that_uses_it(outside: Outside) -> None:
    outside.json(b"{}")
    with requests.Session() as session:
        session.mount("http://", GuardedAdapter(max_retries=0))
        with exchange(LOCAL, 5):
            assert session.get(outside.url, timeout=2).status_code == 200
        outside.says(OK + b"Content-Length: 500\r\n\r\n", *[b" "] * 500, pause=0.05)
        with exchange(LOCAL, 0.3) as under_way:
            with suppress(requests.RequestException):
                session.get(outside.url, timeout=2)
            assert under_way.over
    assert outside.connections == 1


def test_packed_answers_are_counted_unpacked(outside: Outside) -> None:
    """100 MB of blanks are 100 kB packed: the pieces that we get stay small, so whoever counts can stop in time."""
    bomb = gzip.compress(b" " * 100_000_000)
    outside.says(OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb) + bomb)
    with requests.Session() as session, exchange(LOCAL, 20):
        session.mount("http://", GuardedAdapter(max_retries=0))
        with session.get(outside.url, timeout=2, stream=True) as answer:
            sizes = [len(piece) for piece, _ in zip(answer.iter_content(16 * 1024), range(20), strict=False)]
    assert max(sizes) <= 16 * 1024
    assert len(sizes) == 20


# The operator's proxy ---------------------------------------------------------------------------------------------


def test_a_proxy_of_the_environment_is_used_and_watched(
    outside: Outside, names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stands in a private network, as proxies do, and it resolves names that we can't."""
    monkeypatch.setenv("http_proxy", outside.url)
    outside.json(b"{}")
    assert ask("http://moodle.invalid/x", PUBLIC).status_code == 200
    assert outside.heard[0].startswith("GET http://moodle.invalid/x ")
    names["moodle.example"] = [["10.0.0.1"]]
    for private in ("http://moodle.example/", "http://127.0.0.2:9/", "http://[::1]/", "http://169.254.169.254/"):
        with pytest.raises(AddressRefused):
            ask(private, PUBLIC)
    assert len(outside.heard) == 1
    outside.says(OK + b"\r\n", *[b" "] * 500, pause=0.05)
    started = time.monotonic()
    with suppress(requests.RequestException):
        ask("http://moodle.invalid/x", PUBLIC, seconds=0.3)
    assert time.monotonic() - started < 5
