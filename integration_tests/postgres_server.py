"""A PostgreSQL server for tests: Debian's, in a folder of its own, on a free port, as an ordinary user.

`with server() as url:` starts it and stops it at the end; `new_database(url)` makes a database on it. Both are
addresses as PostgreSQL's own clients take them (`postgresql://user:password@host:port/name`). `new_cursor(url)` is for
what speaks to DuckDB as well.
"""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg

DEBIAN = Path("/usr/lib/postgresql")  # VERSION/bin, which Debian keeps out of PATH
USER = "airbyte"  # of the server, not of this machine
ORDINARY = "nobody"  # whose processes they are where the tests run as root, which PostgreSQL refuses
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "timezone": "America/New_York",  # dates and times in UTC must not depend on it
    # What a crash of the machine would leave is of no use to a test.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


@contextlib.contextmanager
def server() -> Iterator[str]:
    """The address of a new server's database `postgres`."""
    with tempfile.TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True) as name:
        folder, user = Path(name), ordinary_user()
        if user:
            os.chown(folder, user["user"], user["group"])
        data, port = str(folder / "data"), free_port()
        options = ["--auth=trust", f"--username={USER}", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        run([program("initdb"), *options, data], folder, user)
        settings = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
        control = [program("pg_ctl"), "--pgdata", data, "--wait", "--log", str(folder / "log")]
        run([*control, "--options", f"-p {port} -k {folder} {settings}", "start"], folder, user)
        try:
            yield f"postgresql://{USER}:unused@127.0.0.1:{port}/postgres"
        finally:
            run([*control, "--mode", "immediate", "stop"], folder, user)


def new_database(url: str) -> str:
    """The address of a new, empty database on the same server."""
    name = f"account_{uuid.uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{url.rpartition('/')[0]}/{name}"


@contextlib.contextmanager
def new_cursor(url: str) -> Iterator["psycopg.RawCursor[Any]"]:
    """A cursor of a new, empty database, with `$1` for a parameter, as DuckDB has it. Each statement is committed."""
    with psycopg.connect(new_database(url), autocommit=True) as connection:
        yield psycopg.RawCursor(connection)


def program(name: str) -> str:
    """Where a program of the server is, of the newest version that is installed."""
    folders = sorted(DEBIAN.glob("*/bin"), key=lambda one: int(one.parent.name), reverse=True)
    found = shutil.which(name, path=os.pathsep.join([*map(str, folders), os.environ.get("PATH", "")]))
    assert found, f"There is no {name} here. Install PostgreSQL: apt-get install postgresql"
    return found


def ordinary_user() -> dict[str, Any]:
    """What makes a process that of an ordinary user; nothing where this one is."""
    if os.geteuid() != 0:
        return {}
    found = pwd.getpwnam(ORDINARY)
    return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}


def run(command: Sequence[str], folder: Path, user: dict[str, Any]) -> None:
    with (folder / "commands").open("w+") as written:  # no pipe: the server would keep it open
        done = subprocess.run(command, cwd=folder, stdout=written, stderr=subprocess.STDOUT, check=False, **user)
        written.seek(0)
        assert done.returncode == 0, written.read()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
