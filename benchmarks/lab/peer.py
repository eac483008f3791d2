"""What nats-py alone costs: the same rows at the same rate, from memory, and nothing else."""

import asyncio
import sys
import time

from nats.aio.client import Client

from fixture.lab.access import find
from fixture.lab.messages import live_row
from fixture.lab.names import Lab
from fixture.runtime.link.messages import encoded
from tests.lab.simulated import row

LAB = Lab("peer")


async def publish(machine: str, count: int, rate: float, seconds: float) -> None:
    """Publish `count` rows at `rate` Hz, from the time that standard input says."""
    access = find()
    client = Client()
    await client.connect(access.url, token=access.token)
    subjects = [LAB.rows(machine, f"run-{number}") for number in range(count)]
    print("ready", flush=True)
    first_s = float(sys.stdin.readline())
    for tick in range(round(seconds * rate)):
        for number, subject in enumerate(subjects):
            due_s = first_s + (tick + number / count) / rate
            await asyncio.sleep(max(0.0, due_s - time.monotonic()))
            raw = encoded(row(tick, time.monotonic()))
            await client.publish(subject, live_row("1", 1, tick + 1, raw))
    await client.flush()
    print("done", flush=True)
    sys.stdin.read()
    await client.close()


if __name__ == "__main__":
    machine, count, rate, seconds = sys.argv[1:]
    asyncio.run(publish(machine, int(count), float(rate), float(seconds)))
