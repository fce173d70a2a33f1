"""A host with a state directory and a kernel of one number, and children that can be killed.

The kernel is a file that holds the number of the generation it is in: transactions write it, and
rolling back writes the old one. So after every recovery it has to agree with `current`.
"""

from __future__ import annotations

import os
import pickle
import signal
import traceback
from dataclasses import dataclass
from pathlib import Path

from netconf.journal import Begin, Content, Counts, Decision, End, Holder, Standing, StateDir

BEFORE = [
    [["route", ["10.0.0.0/8", "main", "0", ""], ""], {"via": ["192.0.2.1"]}],
    [["link", ["br0"], ""], None],
]
HOLDER = Holder("tx-a", 4711, 99, "alice", "192.0.2.7 50022 192.0.2.1 22", "netconf apply host.yml")


def nothing(name):
    pass


def make_begin(tx="tx-a", generation_from=0, **more):
    values = {
        "tx": tx,
        "created": 1700000000.5,
        "tool_version": "0.1",
        "machine_id": "f" * 32,
        "boot_id": "b" * 36,
        "namespace_key": "init",
        "namespace_cookie": 1,
        "caller": "alice",
        "argv": ("netconf", "apply"),
        "generation_from": generation_from,
        "before": BEFORE,
        "operations": ("ip link add br0 type bridge",),
    }
    return Begin(**{**values, **more})


CONTENT = Content(
    {"links": {"br0": {}}}, [[["link", ["br0"], ""], None]], Counts(1, 2, 3, 4), "abc", "host.yml", "hi"
)


class Trace(list):
    """A checkpoint that notes the names."""

    def __call__(self, name):
        self.append(name)


@dataclass
class Strike:
    """A checkpoint that does something at its nth call, or at a name."""

    at: int | str
    action: object
    calls: int = 0

    def __call__(self, name):
        self.calls += 1
        if self.at in (self.calls - 1, name):
            self.action()


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def fail():
    raise OSError(5, "Input/output error")


@dataclass
class Site:
    root: Path

    @property
    def state(self):
        return self.root / "state"

    @property
    def kernel(self):
        path = self.root / "kernel"
        return int(path.read_text()) if path.exists() else 0

    @kernel.setter
    def kernel(self, number):
        (self.root / "kernel").write_text(str(number))

    def open(self, checkpoint=nothing):
        return StateDir.open(self.state, self.root / "run", checkpoint)

    def view(self):
        return StateDir.peek(self.state, self.root / "run")

    def begin(self, checkpoint=nothing, tx=None, **more):
        journal = self.open(checkpoint)
        number = journal.current()
        return journal.begin(make_begin(tx or f"tx-{number}", number, **more), CONTENT)

    def apply(self, checkpoint=nothing, word=Decision.COMMIT, tx=None, trial=None):
        """One whole transaction, committed or rolled back; on trial before, it's ended by another."""
        transaction = self.begin(checkpoint, tx)
        transaction.intent(1, ["ip link add br0"])
        self.kernel = transaction.generation
        transaction.done(1)
        if trial is not None:
            transaction.put_on_trial(trial)
            return self.decide(transaction.tx, checkpoint, word)
        if transaction.decide(word) is Decision.COMMIT:
            return transaction.commit()
        self.kernel = transaction.generation - 1
        return transaction.rolled_back(complete=True)

    def decide(self, tx, checkpoint, word):
        found = next(one for one in self.open(checkpoint).leftovers() if one.tx == tx)
        assert found.waiting() is not None
        decided = found.decide(word)
        assert found.waiting() is None
        if decided is Decision.COMMIT:
            return found.commit()
        self.kernel = found.begin.generation_from
        found.note_end(End("it wasn't confirmed", "exact"))
        return found.rolled_back(complete=True)

    def fill(self, generations):
        self.root.mkdir()
        self.open()
        for _ in range(generations):
            self.apply()
        return self

    def recover(self, checkpoint=nothing):
        for leftover in self.open(checkpoint).leftovers():
            finish(self, leftover)

    def boot(self, checkpoint=nothing):
        """Recovery when the kernel state is gone: nothing is rolled back, `current` is enforced."""
        journal = self.open(checkpoint)
        for leftover in journal.leftovers():
            if leftover.standing in (Standing.COMMITTED, Standing.TO_FINISH_COMMIT):
                leftover.commit()
            else:
                leftover.drop("the machine was restarted")
        self.kernel = journal.current()

    def names(self):
        """Everything below the state directory but what is inside archived transactions."""
        found = {str(path.relative_to(self.state)) for path in self.state.rglob("*")}
        return sorted(
            name for name in found if name.count("/") < 3 or not name.startswith("journal/archive/")
        )

    def assert_clean(self):
        """Nothing but committed generations and archived transactions."""
        view = self.view()
        current = view.current()
        assert self.kernel == current
        assert view.unfinished() == []
        kept = [meta.number for meta in view.generations()]
        assert kept == list(range(max(1, current - 9), current + 1))
        expected = {"generations", "journal", "journal/archive", *(["current"] if current else [])}
        for number in kept:
            at = f"generations/{number}"
            expected |= {at, *(f"{at}/{part}.json" for part in ("before", "ledger", "meta", "resolved"))}
        names = {name for name in self.names() if not name.startswith("journal/archive/")}
        assert names == expected
        assert len(list((self.state / "journal/archive").iterdir())) <= 11  # the eleventh goes with the next


def finish(site, leftover):
    """What the engine does, in a few lines."""
    match leftover.standing:
        case Standing.TO_ROLL_BACK | Standing.ON_TRIAL:
            if leftover.decide(Decision.ROLLBACK) is Decision.ROLLBACK:
                site.kernel = leftover.begin.generation_from
                leftover.rolled_back(complete=True)
        case Standing.TO_FINISH_COMMIT | Standing.COMMITTED:
            leftover.commit()
        case _:
            leftover.drop("test")


class Child:
    """`work(*args)` in a forked process; `result()` is what it returned, None if it was killed."""

    def __init__(self, work, *args):
        out, into = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            self._run(work, args, into)
        os.close(into)
        self._out = os.fdopen(out, "rb")

    @staticmethod
    def _run(work, args, into):
        try:
            os.write(into, pickle.dumps(work(*args)))
            os._exit(0)
        except BaseException:  # noqa: BLE001 - nothing may get out of the child
            traceback.print_exc()
        finally:
            os._exit(1)

    def result(self):
        with self._out as out:
            data = out.read()
        self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        assert self.status in (0, -signal.SIGKILL), "the child failed, its traceback is above"
        return pickle.loads(data) if data else None


def killed(work, *args):
    """Whether the forked `work` was killed; False if it came to its end."""
    child = Child(work, *args)
    child.result()
    return child.status == -signal.SIGKILL
