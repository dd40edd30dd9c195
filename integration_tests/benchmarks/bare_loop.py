"""The least a read can cost: requests and orjson, one request at a time, RECORD messages on stdout.

bare_loop.py read --config config.json --catalog catalog.json
"""

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import requests
from pages import Signed, pages


def main(config_file: str, catalog_file: str) -> None:
    config = orjson.loads(Path(config_file).read_bytes())
    stream = orjson.loads(Path(catalog_file).read_bytes())["streams"][0]["stream"]
    name = stream["name"]
    session = requests.Session()
    session.auth = Signed(config)

    def send(method: str, path: str, values: Mapping[str, Any]) -> Any:
        given: dict[str, Any] = {"params": values} if method == "GET" else {"json": values}
        response = session.request(method, config["base_url"] + path, timeout=60, **given)
        response.raise_for_status()
        return orjson.loads(response.content)

    for rows in pages(send, name, list(stream["json_schema"]["properties"]), config):
        now = int(time.time() * 1000)
        for row in rows:
            record = {"stream": name, "data": row, "emitted_at": now}
            sys.stdout.buffer.write(orjson.dumps({"type": "RECORD", "record": record}) + b"\n")


if __name__ == "__main__" and "read" in sys.argv:  # with `spec` it only starts and ends
    main(sys.argv[sys.argv.index("--config") + 1], sys.argv[sys.argv.index("--catalog") + 1])
