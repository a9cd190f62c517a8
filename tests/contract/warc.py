"""Text of an HTTP response. Called by `warc.ts` beside this file."""

from __future__ import annotations

from repro_worker import HandlerContext, Message, handler


class ExtractInput(Message):
    response: bytes


class Extracted(Message):
    text: str | None


@handler("extract")
def extract(request: ExtractInput, _context: HandlerContext) -> Extracted:
    import trafilatura  # only paid by workers that read archives

    _, _, page = request.response.partition(b"\r\n\r\n")
    return Extracted(trafilatura.extract(page))
