"""What the simulators' server cannot do: send an answer byte by byte. An answer asks for it by a header of its own."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

from simulators.server import TRANSPORT, Application, Receive, Scope, Send

DRIP = "x-liar-drip"  # "body 0.1" or "headers 0.1": the part, and the seconds between two bytes


def dripping(app: Application) -> Application:
    """The same application, with answers that have the header sent slowly and without it."""

    async def slowly(scope: Scope, receive: Receive, send: Send) -> None:
        pause = 0.0

        async def sent(message: MutableMapping[str, Any]) -> None:
            nonlocal pause
            if message["type"] == "http.response.start":
                found = dict(message["headers"]).get(DRIP.encode())
                message["headers"] = [one for one in message["headers"] if one[0] != DRIP.encode()]
                part, _, seconds = (found or b"").decode().partition(" ")
                pause = float(seconds or 0)
                if part == "headers":
                    await _drip_headers(scope[TRANSPORT], pause)
                await send(message)
            elif pause:
                for byte in message["body"]:
                    await send({"type": "http.response.body", "body": bytes([byte]), "more_body": True})
                    await asyncio.sleep(pause)
                await send({"type": "http.response.body", "body": b"", "more_body": False})
            else:
                await send(message)

        await app(scope, receive, sent)

    return slowly


async def _drip_headers(transport: Any, pause: float) -> None:
    """Begin an answer whose headers never end, until the reader has gone."""
    transport.write(b"HTTP/1.1 200 OK\r\nx-liar: ")
    for _ in range(10_000):
        if transport.is_closing():
            return
        transport.write(b"a")
        await asyncio.sleep(pause)
