"""Reads PDFs in a process of its own: a hostile one of 2 kB can take all memory, or end the process.

Run as a script, so that it starts fast. For each PDF it reads a length (8 bytes, little-endian) and the
bytes, and writes a length and JSON: {"text", "metadata"} or {"error"}. It ends itself when a PDF takes too
much.
"""

import json
import os
import signal
import sys
import threading
import time

SECONDS = 60  # of processor time for a PDF
MEMORY_BYTES = 2 << 30  # of this process
N_PAGES = 20_000
N_CHARACTERS = 1 << 27

# Exit statuses.
TOO_LONG = 41
TOO_LARGE = 42

_LINE_END_HYPHEN = "\2"  # how PDFium writes the hyphen of a word that goes on in the next line


def read(data: bytes) -> dict[str, object]:
    """Return the text of all pages and the metadata of a PDF, or why there is none."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        is_encrypted = "password" in str(error).lower()
        return {"error": "encrypted PDF" if is_encrypted else "damaged PDF"}
    n_pages = len(document)
    if n_pages > N_PAGES:
        return {"error": f"more than {N_PAGES} pages"}
    pages: list[str] = []
    n_characters = 0
    for number in range(n_pages):
        try:
            page = document[number]
            text_page = page.get_textpage()
            pages.append(text_page.get_text_bounded())
            text_page.close()
            page.close()
        except Exception:  # whatever the library raises
            return {"error": f"damaged PDF (page {number + 1})"}
        n_characters += len(pages[-1])
        if n_characters > N_CHARACTERS:
            return {"error": f"more than {N_CHARACTERS} characters"}
    text = "\n\n".join(pages).replace("\r\n", "\n").replace(_LINE_END_HYPHEN, "").replace("\0", "")
    if not text.strip():
        return {"error": "has no text (scanned pages?)"}
    metadata = {name.lower(): value for name, value in document.get_metadata_dict(skip_empty=True).items()}
    return {"text": text, "metadata": metadata}


class _Watch(threading.Thread):
    """Ends the process when a PDF takes too much; PDFium lets other threads run."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.deadline: float | None = None  # in processor time

    def run(self) -> None:
        while True:
            time.sleep(0.02)
            deadline = self.deadline
            if deadline is not None and time.process_time() > deadline:
                os._exit(TOO_LONG)
            if _memory() > MEMORY_BYTES:
                os._exit(TOO_LARGE)


def _memory() -> int:
    """Return the resident memory of this process in bytes; 0 on Windows."""
    try:
        import resource

        if sys.platform == "darwin":
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with open("/proc/self/statm", "rb") as file:  # its maximum would be that of the parent
            return int(file.read().split()[1]) * resource.getpagesize()
    except (ImportError, OSError):
        return 0


def main() -> None:
    """Read PDFs until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the end of standard input ends it
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    watch = _Watch()
    watch.start()
    while length := requests.read(8):
        data = requests.read(int.from_bytes(length, "little"))
        watch.deadline = time.process_time() + SECONDS
        try:
            answer = read(data)
        except Exception as error:
            answer = {"error": f"damaged PDF ({type(error).__name__})"}
        watch.deadline = None
        written = json.dumps(answer).encode()
        answers.write(len(written).to_bytes(8, "little") + written)
        answers.flush()


if __name__ == "__main__":
    main()
