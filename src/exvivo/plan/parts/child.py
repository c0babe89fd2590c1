"""A process that makes parts: `python -m exvivo.plan.parts.child PARENT`. Tasks come by its input,
replies go by its output, each a pickle behind its length. It ends with the process that started it.
"""

from __future__ import annotations

import os
import pickle
import queue
import struct
import sys
import threading
from typing import IO, Any

from exvivo.plan.parts.parent import end_with

_LENGTH = struct.Struct("<Q")
READY = "ready"
"""What a process sends once it can work."""


def send(stream: IO[bytes], message: object) -> None:
    """Write a message. Raises `OSError` where nobody reads any more."""
    content = pickle.dumps(message)
    stream.write(_LENGTH.pack(len(content)))
    stream.write(content)
    stream.flush()


def receive(stream: IO[bytes]) -> Any:
    """Read a message. Raises `EOFError` where there is none, or half of one."""
    return pickle.loads(_exactly(stream, *_LENGTH.unpack(_exactly(stream, _LENGTH.size))))


def _exactly(stream: IO[bytes], length: int) -> bytes:
    content = stream.read(length)
    if len(content) < length:
        raise EOFError
    return content


def _listen(stream: IO[bytes], tasks: queue.SimpleQueue[Any]) -> None:
    """Take tasks while there is somebody who gives them."""
    try:
        while True:
            tasks.put(receive(stream))
    except EOFError:
        os._exit(0)


def main() -> None:
    """Work until the input ends. What a part prints goes to the error stream."""
    end_with(int(sys.argv[1]))
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    tasks: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, tasks), daemon=True).start()
    send(replies, READY)
    while True:
        send(replies, tasks.get().reply())


if __name__ == "__main__":
    main()
