"""The fail-safe is told, told again where it is not confirmed, and ended only by an operator."""

from fixture.runtime.supervisor.failsafe_watch import GIVE_UP_NS, PART_FAILED, FailsafeWatch
from tests.runtime.test_failsafe import MS, Case


class Told(Case):
    """A fail-safe watch, with what somebody was told."""

    def __init__(self, *, on: bool) -> None:
        super().__init__(on=on)
        self.mails: list[str] = []
        self.watch = FailsafeWatch(self.failsafe, "control was killed", self.mails.append, 0)
        self.now_ns = 0

    def passed(self, seconds: float) -> bool:
        """Poll for so long; whether it is over."""
        for _ in range(round(seconds * 50)):
            self.now_ns += 20 * MS
            if self.watch.poll(self.now_ns):
                return True
        return False


def test_one_that_is_confirmed_is_told_once():
    told = Told(on=False)
    assert told.watch.doubt == "press may be moving, output may be on"
    assert told.passed(1.0)
    assert told.watch.doubt == ""
    assert told.mails == [f"control was killed; {told.watch.result()}"]


def test_one_that_is_not_confirmed_is_told_again_and_goes_on():
    told = Told(on=True)
    assert not told.passed(60.0)
    assert told.mails == [
        f"control was killed; {PART_FAILED}",
        "control was killed; NOT CONFIRMED, look at the rig now: output may be on",
    ]


def test_an_operator_ends_it_and_not_by_a_stop_that_was_meant_for_control():
    told = Told(on=True)
    assert not told.passed(1.0)
    assert "it can be ended in 4 s" in told.watch.give_up("somebody", told.now_ns)
    assert not told.passed(GIVE_UP_NS / 1e9)
    assert told.watch.give_up("somebody", told.now_ns) == ""
    assert told.passed(0.1)
    assert "somebody ended the safe action" in told.watch.result()
    assert told.watch.doubt == "output may be on"
