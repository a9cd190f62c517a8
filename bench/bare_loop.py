"""The Python side of `bare-loop.ts`."""

import sys

import msgspec
import zmq

encode, decode = msgspec.msgpack.encode, msgspec.msgpack.decode
context = zmq.Context[zmq.Socket[bytes]]()
socket = context.socket(zmq.DEALER)
socket.connect(sys.argv[1])
socket.send(b"hello")

kept: list[str] = []
while True:
    kind, body = socket.recv_multipart()
    match kind:
        case b"echo":
            kept = decode(body)
            socket.send(encode(kept))
        case b"call-back":
            socket.send(encode(kept))
        case b"texts":
            socket.send(encode(len(decode(body))))
        case _:
            break
context.destroy(linger=0)
