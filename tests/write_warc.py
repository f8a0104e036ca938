"""Write captures into a WARC file: run by the archive's own Python, which has warcio.

Reads a JSON list of ``tests.archives.Archived`` from standard input; the file is the one argument.
"""

import base64
import io
import json
import sys

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter


def main(path: str) -> None:
    """One record for each capture."""
    with open(path, "wb") as file:
        writer = WARCWriter(file, gzip=True)
        for each in json.load(sys.stdin):
            writer.write_record(_record(writer, each))


def _record(writer: WARCWriter, capture: dict):
    body = base64.b64decode(capture["body"])
    fields = [("Content-Type", capture["media_type"]), ("Content-Length", str(len(body)))]
    headers = StatusAndHeaders(capture["status"], fields, protocol="HTTP/1.1")
    at = {"WARC-Date": capture["at"]}
    made = writer.create_warc_record(
        capture["address"], "response", payload=io.BytesIO(body), http_headers=headers, warc_headers_dict=at
    )
    if not capture["repeats"]:
        return made
    writer.ensure_digest(made, block=False, payload=True)
    digest = made.rec_headers.get_header("WARC-Payload-Digest")
    return writer.create_revisit_record(
        capture["address"], digest, capture["address"], capture["repeats"], headers, warc_headers_dict=at
    )


if __name__ == "__main__":
    main(sys.argv[1])
