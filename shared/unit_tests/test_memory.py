"""What a sync takes does not grow with the account. Measured in processes of their own."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from acme import catalog, config
from slow_servers import HEAD, sends, serving

from crm_source.reading.level import CHECKPOINT_PAGES, CHECKPOINT_ROWS

PARENTS = 20_000  # of which 12,000 waited as whole rows before their lists were read, in 572 MB
TIME = 300  # seconds
MEGABYTE = 2**20


@dataclass
class Read:
    """A sync of the lists below large records. `gaps`: how many records came between two states. `peak`: in bytes."""

    records: int
    gaps: list[int]
    peak: int


def read(folder: Path, parents: int, rows_each: int) -> Read:
    (folder / "config.json").write_text(json.dumps(config(num_workers=4)))
    (folder / "catalog.json").write_text(json.dumps(catalog("customer_notes")))
    files = ["--config", str(folder / "config.json"), "--catalog", str(folder / "catalog.json")]
    program = Path(__file__).parent / "acme" / "large.py"
    gaps = [0]
    command = [sys.executable, str(program), str(parents), str(rows_each), "read", *files]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        for line in process.stdout:
            if line.startswith(b'{"type":"STATE"'):
                gaps.append(0)
            elif line.startswith(b'{"type":"RECORD"'):
                gaps[-1] += 1
        said = process.stderr.read()
    assert process.returncode == 0
    return Read(sum(gaps), gaps, int(said))


def test_lists_below_many_large_records_take_little(tmp_path: Path) -> None:
    found = read(tmp_path, PARENTS, 1)
    assert found.records == PARENTS
    assert found.peak < 200 * MEGABYTE
    assert max(found.gaps) <= CHECKPOINT_PAGES + 4 * 25, "each record was a request; a worker may be that far ahead"


def test_lists_below_records_have_a_state_at_least_every_5_000_rows(tmp_path: Path) -> None:
    found = read(tmp_path, parents=300, rows_each=150)
    assert found.records == 45_000
    assert max(found.gaps) <= CHECKPOINT_ROWS + 4 * 150


READERS = """
import sys, threading
sys.path.insert(0, {tests!r})
from measured import peak
from slow_clients import client
from crm_source.allocator import give_back_what_is_freed
give_back_what_is_freed()
http = client(sys.argv[1], workers=10)
together = threading.Barrier(10)
def read():
    together.wait()
    with http._room.reading():
        for _ in range(2):
            rows = http.get("tickets", "/").data
            assert len(rows) == 1000
            threading.Event().wait(0.2)
            del rows
before = peak()
threads = [threading.Thread(target=read) for _ in range(10)]
for one in threads: one.start()
for one in threads: one.join()
print((peak() - before) // 2**20)
"""


def test_ten_workers_that_read_large_pages_hold_few_of_them() -> None:
    """Ten pages of 6.6 MB, each of which takes 25 MB as rows."""
    ticket = {f"field_{number}": {"id": number, "name": f"the name of {number}"} for number in range(110)}
    body = json.dumps([ticket] * 1000).encode()
    with serving() as server:
        server.handle = sends(HEAD, b"Content-Length: %d\r\n\r\n" % len(body), body)
        code = READERS.format(tests=str(Path(__file__).parent))
        done = subprocess.run([sys.executable, "-c", code, server.url], capture_output=True, timeout=TIME, check=True)
    assert int(done.stdout) < 200  # MB above what the process takes before
