#!/usr/bin/env -S python3 -I
"""on_trip / on_stale: post the message as JSON `{"text": ...}`, as Slack and Mattermost take it.

    on_trip: [/usr/local/lib/isostack/tell_by_webhook.py, /etc/isostack/webhook]

The file holds the address and nothing else. It is a secret: mode 0640, group isostack; it stands in
no rig, record or log.
"""

import json
import sys
import urllib.request
from pathlib import Path

SECONDS = 20.0  # the command is ended after 60 s


def main() -> int:
    """Post standard input to the address in the file of the first argument."""
    address = Path(sys.argv[1]).read_text(encoding="ascii").strip()
    if not address.startswith(("https://", "http://")):
        print(f"webhook: {sys.argv[1]} holds no https:// address", file=sys.stderr)
        return 2
    data = json.dumps({"text": sys.stdin.read()}).encode()
    request = urllib.request.Request(address, data, {"Content-Type": "application/json"})  # noqa: S310
    try:
        urllib.request.urlopen(request, timeout=SECONDS).close()  # noqa: S310
    except OSError as error:
        print(f"webhook: {error}", file=sys.stderr)  # never the address
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
