"""A headless Chromium, driven over its own protocol: for tests, benchmarks and pictures.

https://chromedevtools.github.io/devtools-protocol/ (Page, Runtime, Input, Emulation). One process,
any number of tabs; everything is ended when the block is left.
"""

import base64
import json
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DEADLINE_S = 60.0
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-extensions",
    "--disable-dev-shm-usage", "--hide-scrollbars", "--remote-debugging-port=0",
    "--disable-background-networking", "--disable-component-update", "--force-color-profile=srgb",
    "--disable-renderer-backgrounding", "--disable-backgrounding-occluded-windows",
)  # fmt: skip


def path() -> str | None:
    """Where a Chromium is on this machine; None where there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Tab:
    """One page."""

    def __init__(self, socket: ClientConnection, target: str) -> None:
        """See `Chromium.tab`."""
        self._socket, self.target = socket, target
        self._id = 0
        self.errors: list[str] = []  # uncaught exceptions and refused resources
        for domain in ("Page", "Runtime", "Log", "Performance"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One call of the protocol; its result."""
        self._id += 1
        self._socket.send(json.dumps({"id": self._id, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv(timeout=DEADLINE_S))
            self._note(message)
            if message.get("id") == self._id:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']['message']}")
                return message["result"]

    def open(self, url: str) -> None:
        """Go to an address, and wait until its document has been read."""
        self.call("Page.navigate", url=url)
        self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    def front(self) -> None:
        """Bring the tab to the front; others are hidden then."""
        self.call("Page.bringToFront")

    def value(self, expression: str) -> Any:
        """What JavaScript makes of an expression; promises are waited for."""
        found = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in found:
            raise RuntimeError(f"{expression}: {found['exceptionDetails']}")
        return found["result"].get("value")

    def until(self, expression: str, seconds: float = DEADLINE_S) -> Any:
        """Wait until an expression is true; its value."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with suppress(RuntimeError):  # the page is being replaced
                found = self.value(expression)
                if found:
                    return found
            time.sleep(0.02)
        text = self.value("document.body.innerText")
        raise AssertionError(f"not within {seconds} s: {expression}\n{text}\n{self.errors[-3:]}")

    def size(self, width: int, height: int, *, dark: bool = False, ratio: float = 1.0) -> None:
        """The window's size in CSS pixels, and the colours that the system prefers."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=ratio, mobile=width < 500,
        )  # fmt: skip
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def picture(self, file: Path, *, whole: bool = False) -> None:
        """A PNG of what is seen, or of the whole page."""
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        file.write_bytes(base64.b64decode(data["data"]))

    def printed(self, file: Path) -> None:
        """A PDF of the page as it is printed."""
        data = self.call("Page.printToPDF", printBackground=False, preferCSSPageSize=True)
        file.write_bytes(base64.b64decode(data["data"]))

    def mouse(self, kind: str, x: float, y: float, **more: Any) -> None:
        """One mouse event: mousePressed, mouseMoved, mouseReleased or mouseWheel."""
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def drag(self, x: float, y: float, to_x: float) -> None:
        """Drag with the left button, along a line."""
        self.mouse("mouseMoved", x, y)
        self.mouse("mousePressed", x, y, button="left", clickCount=1)
        for part in (0.3, 0.7, 1.0):
            self.mouse("mouseMoved", x + part * (to_x - x), y, button="left", buttons=1)
        self.mouse("mouseReleased", to_x, y, button="left", clickCount=1)

    def key(self, key: str) -> None:
        """Press and let go of a key."""
        text = key if len(key) == 1 else ""
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, text=text)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    def heap_bytes(self) -> float:
        """What JavaScript holds, after a collection."""
        self.call("HeapProfiler.collectGarbage")
        metrics = self.call("Performance.getMetrics")["metrics"]
        return next(m["value"] for m in metrics if m["name"] == "JSHeapUsedSize")

    def close(self) -> None:
        """Close the tab."""
        with suppress(Exception):
            self.call("Page.close")
        self._socket.close()

    def _note(self, message: dict[str, Any]) -> None:
        parameters = message.get("params", {})
        if message.get("method") == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.errors.append(details.get("exception", details).get("description", str(details)))
        if message.get("method") == "Log.entryAdded" and parameters["entry"]["level"] == "error":
            self.errors.append(
                f"{parameters['entry']['text']} {parameters['entry'].get('url', '')}"
            )


class Chromium:
    """A browser with a profile of its own."""

    def __init__(self, port: int, links: ExitStack) -> None:
        """See `chromium`. `links`: what closes the tabs' connections."""
        self._port, self._links = port, links

    def tab(self, url: str = "about:blank") -> Tab:
        """A new tab; tabs share cookies."""
        request = urllib.request.Request(f"http://127.0.0.1:{self._port}/json/new", method="PUT")
        with urllib.request.urlopen(request, timeout=DEADLINE_S) as answer:
            target = json.load(answer)
        address = target["webSocketDebuggerUrl"]
        link = connect(address, max_size=None, ping_interval=None)  # a page may be busy
        tab = Tab(self._links.enter_context(link), target["id"])
        if url != "about:blank":
            tab.open(url)
        return tab

    def processes(self, kind: str) -> list[int]:
        """Ids of its processes of a kind, such as "renderer" (SystemInfo.getProcessInfo)."""
        with urllib.request.urlopen(
            f"http://127.0.0.1:{self._port}/json/version", timeout=DEADLINE_S
        ) as answer:
            address = json.load(answer)["webSocketDebuggerUrl"]
        with connect(address) as link:
            link.send(json.dumps({"id": 1, "method": "SystemInfo.getProcessInfo"}))
            found = json.loads(link.recv(timeout=DEADLINE_S))["result"]["processInfo"]
        return [process["id"] for process in found if process["type"] == kind]


@contextmanager
def chromium() -> Generator[Chromium]:
    """A headless Chromium while the block runs. Raises FileNotFoundError where there is none."""
    command = path()
    if command is None:
        raise FileNotFoundError(f"no Chromium on this machine: none of {', '.join(NAMES)}")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [command, *FLAGS, f"--user-data-dir={profile}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            port = _port(Path(profile) / "DevToolsActivePort", process.poll)
            with ExitStack() as links:
                yield Chromium(port, links)
        finally:
            process.terminate()
            process.wait(DEADLINE_S)


def _port(file: Path, ended: Callable[[], int | None]) -> int:
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end and ended() is None:
        with suppress(OSError, ValueError, IndexError):
            return int(file.read_text().splitlines()[0])
        time.sleep(0.02)
    raise RuntimeError("Chromium did not start")
