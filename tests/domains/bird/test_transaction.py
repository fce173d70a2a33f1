"""BIRD's configuration as part of a transaction: against a real daemon, with real failures."""

from __future__ import annotations

import signal
import subprocess

import pytest
from birds import Daemon, until
from domains.bird.conftest import OLD

from netconf.app import documents, trial
from netconf.app.apply import apply_wish
from netconf.app.plan import commands_by_id, plan_wish
from netconf.app.status import status
from netconf.core.errors import DiagnosedError, ObserveError, RefusedError, UnsupportedError
from netconf.core.outcome import Outcome
from netconf.report.plans import PlanView, json_changes, json_rows, text
from netconf.report.style import Style
from netconf.system.linux import bird as linux_bird

pytestmark = pytest.mark.needs("bin:bird", "netns")

ROUTES = {"protocols": {"static": {"a": {"routes": [{"to": "10.1.0.0/16", "kind": "blackhole"}]}}}}
OTHER = {"protocols": {"static": {"a": {"routes": [{"to": "10.2.0.0/16", "kind": "blackhole"}]}}}}
DEAD = {
    "protocols": {
        "bgp": {
            "dead": {
                "local_as": 64500,
                "neighbor": "10.99.0.9",
                "multihop": 2,
                "remote_as": 64501,
                "within": "1s",
                "channels": {"ipv4": {}},
            }
        }
    }
}


def routes(site):
    return sorted(line.split()[0] for line in site.bird.ask("show route") if "[" in line)


def test_takes_over_a_file_by_hand_and_gives_it_back(old):
    document = old.document(ROUTES)
    old.apply(document)
    assert routes(old) == ["10.1.0.0/16"]
    assert old.running() in old.bird.config.read_text()
    assert old.plan(document) == {}
    old.apply(old.document(OTHER))
    assert routes(old) == ["10.2.0.0/16"]
    old.rollback()
    assert routes(old) == ["10.1.0.0/16"]
    old.rollback(to=0)
    assert old.bird.config.read_text() == OLD
    assert "by_hand" in old.bird.protocols()


@pytest.mark.parametrize("kept", [True, False])
def test_on_trial(kept, old):
    """The daemon runs the new file, and goes back to the old one unless it's confirmed."""
    old.apply(old.document(ROUTES))
    file = old.bird.config.read_text()
    wish = documents.from_plain(old.document(OTHER), "document")
    applied = apply_wish(old.host, wish, lambda _: True, trial=60.0)
    assert applied.ending.outcome is Outcome.ON_TRIAL
    assert routes(old) == ["10.2.0.0/16"]
    ended = trial.confirm(old.host, applied.tx) if kept else trial.undo(old.host, applied.tx)
    assert ended.ending.outcome is (Outcome.COMMITTED if kept else Outcome.ROLLED_BACK)
    assert routes(old) == ["10.2.0.0/16" if kept else "10.1.0.0/16"]
    assert (old.bird.config.read_text() == file) is not kept
    assert old.plan(old.document(OTHER if kept else ROUTES)) == {}


def test_the_second_apply_touches_nothing(old):
    old.apply(old.document(ROUTES))
    before = old.bird.config.stat().st_ino, old.bird.protocols(), old.bird.ask("show status")[4]
    assert old.ending(old.document(ROUTES)).outcome is Outcome.UNCHANGED
    assert (old.bird.config.stat().st_ino, old.bird.protocols(), old.bird.ask("show status")[4]) == before


def test_no_longer_named_it_is_put_back(old):
    old.apply(old.document(ROUTES))
    old.apply(old.document())
    assert old.bird.config.read_text() == OLD
    assert "by_hand" in old.bird.protocols()


def test_owner_and_mode_of_the_file_stay(old):
    old.bird.config.chmod(0o604)
    old.apply(old.document(ROUTES))
    assert old.bird.config.stat().st_mode & 0o777 == 0o604


def test_drift_of_the_daemon_and_of_the_file(old):
    document = old.document(ROUTES)
    old.apply(document)
    other = old.home / "other.conf"
    other.write_text(OLD)
    old.bird.ask(f'configure "{other}"')
    assert list(old.plan(document).values()) == ["update"]
    old.apply(document)
    assert routes(old) == ["10.1.0.0/16"]
    old.bird.config.write_text(old.bird.config.read_text() + "# more\n")
    assert list(old.plan(document).values()) == ["update"]
    old.apply(document)
    assert "# more" not in old.bird.config.read_text()
    assert old.plan(document) == {}


def test_a_dead_neighbour_undoes_it(old):
    ending = old.ending(old.document(DEAD))
    assert ending.outcome is Outcome.ROLLED_BACK
    assert "nc_bgp_dead is" in str(ending.cause)
    assert old.bird.config.read_text() == OLD
    assert "nc_bgp_dead" not in old.bird.protocols()
    assert "by_hand" in old.bird.protocols()
    assert old.files() == ["bird.conf"]
    assert old.bird.ask("configure status")[0] == "Daemon is up and running"


def test_a_dead_neighbour_that_may_be_dead(old):
    bird = {"protocols": {"bgp": {"dead": {**DEAD["protocols"]["bgp"]["dead"], "expect": "any"}}}}
    old.apply(old.document(bird))
    assert "nc_bgp_dead" in old.bird.protocols()


def test_an_announcement_that_is_lost_undoes_it(old):
    def bird(policy):
        return {
            "filters": {"drop": {}},
            "protocols": {
                "static": {"a": {"routes": [{"to": "10.1.0.0/16", "kind": "blackhole"}]}},
                "rip": {
                    "r": {
                        "channel": {"export": policy},
                        "interfaces": [{"pattern": "lo"}],
                        "announces": ["10.1.0.0/16"],
                        "within": "1s",
                    }
                },
            },
        }

    old.apply(old.document(bird("all")))
    before = old.bird.config.read_text()
    ending = old.ending(old.document(bird("drop")))
    assert ending.outcome is Outcome.ROLLED_BACK
    assert "nc_rip_r doesn't announce 10.1.0.0/16" in str(ending.cause)
    assert old.bird.config.read_text() == before
    assert old.running() in before


def test_a_route_the_kernel_has_from_somebody_else(old, run):
    run("ip route add blackhole 10.1.0.0/16 metric 32")
    bird = {"protocols": {**ROUTES["protocols"], "kernel": {"main": {"channel": {"export": "all"}}}}}
    ending = old.ending(old.document(bird))
    assert ending.outcome is Outcome.ROLLED_BACK
    assert "the kernel has other routes to 10.1.0.0/16" in str(ending.cause)


def test_a_syntax_error_in_raw_is_refused_at_its_place(old):
    text = old.home / "host.yml"
    lines = [
        "netconf: 1",
        "bird:",
        "  router_id: 10.0.0.1",
        f"  daemon: {{config: {old.bird.config}, socket: {old.bird.socket}}}",
        "  filters:",
        "    f:",
        "      raw: |",
        "        if net.len > then accept;",
        "        reject;",
    ]
    text.write_text("\n".join(lines) + "\n")
    from netconf.app.plan import plan

    with pytest.raises(DiagnosedError) as caught:
        plan(old.host, str(text))
    (finding,) = caught.value.diagnostics
    assert finding.code == "NC2831"
    assert (finding.where.line, finding.where.path[:3]) == (7, ("bird", "filters", "f"))
    assert "unexpected THEN" in finding.summary
    assert finding.detail == "line 1 of it, if net.len > then accept;"
    assert old.bird.config.read_text() == OLD


def test_a_value_bird_refuses_is_told_at_its_field(old):
    bird = {
        "protocols": {"rip": {"r": {"interfaces": [{"pattern": "lo", "authentication": "cryptographic"}]}}}
    }
    with pytest.raises(DiagnosedError) as caught:
        old.plan(old.document(bird))
    assert caught.value.diagnostics[0].where.path[:4] == ("bird", "protocols", "rip", "r")


def test_somebody_elses_pending_change_is_refused(old):
    other = old.home / "other.conf"
    other.write_text(OLD + "# theirs\n")
    old.bird.ask(f'configure "{other}" timeout 300')
    with pytest.raises(RefusedError) as caught:
        old.apply(old.document(ROUTES))
    assert [finding.code for finding in caught.value.diagnostics] == ["NC5830"]
    assert old.bird.ask("configure confirm") == ["Reconfiguration confirmed"]


@pytest.mark.parametrize("words", ["configure", "configure undo", 'configure "{other}"', "configure confirm"])
def test_somebody_elses_configure_in_the_middle_is_detected(old, words):
    other = old.home / "other.conf"
    other.write_text(OLD + "protocol static theirs { ipv4; }\n")

    def between(place):
        if place == "conclude":
            old.bird.ask(words.format(other=other))

    ending = old.ending(old.document(ROUTES), checkpoint=between)
    assert ending.outcome is Outcome.ROLLED_BACK
    assert "somebody else" in str(ending.cause)
    assert old.bird.config.read_text() == OLD
    assert old.files() == ["bird.conf"]
    # What somebody else made it run is no candidate of ours, so it isn't ours to take away.
    theirs = {"theirs"} if "other" in words else set()
    assert set(old.bird.protocols()) == {"device1", "by_hand", *theirs}


def test_the_daemon_dies_in_the_middle_and_comes_back_on_the_old_file(old):
    def between(place):
        if place == "verify.look" and old.bird._process is not None:
            old.bird.kill()
            assert old.bird.config.read_text() == OLD
            old.bird.start()

    ending = old.ending(old.document(DEAD), checkpoint=between)
    assert ending.outcome is Outcome.ROLLED_BACK
    assert old.bird.config.read_text() == OLD
    assert set(old.bird.protocols()) == {"device1", "by_hand"}


def test_starts_the_daemon_and_stops_it_again(site):
    document = site.document(ROUTES, start=True)
    with pytest.raises(UnsupportedError):
        site.apply(site.document(ROUTES))
    site.apply(document)
    assert routes(site) == ["10.1.0.0/16"]
    assert site.plan(document) == {}
    site.rollback()
    assert not site.bird.answers
    assert site.files() == []


def test_a_daemon_that_was_stopped_is_started_without_its_old_file(site):
    """Nothing of what stood there, which was stopped with reason, is announced for a moment."""
    site.bird.config.write_text(OLD)
    ending = site.ending(site.document(DEAD, start=True))
    assert ending.outcome is Outcome.ROLLED_BACK
    assert not site.bird.answers
    assert site.bird.config.read_text() == OLD
    site.apply(site.document(ROUTES, start=True))
    site.bird.stop()
    assert list(site.plan(site.document(ROUTES, start=True)).values()) == ["update"]
    site.apply(site.document(ROUTES, start=True))
    assert routes(site) == ["10.1.0.0/16"]
    site.rollback(to=0)
    assert site.bird.config.read_text() == OLD
    assert not site.bird.answers


def test_a_start_that_fails(site):
    document = site.document(ROUTES)
    document["bird"]["daemon"]["start"] = ["/bin/false"]
    ending = site.ending(document)
    assert ending.outcome is Outcome.ROLLED_BACK
    assert site.files() == []


def test_passwords_are_in_the_file_and_nowhere_else(old):
    key = old.home / "key"
    key.write_text("s3cret; }\n")
    interface = {"pattern": "lo", "authentication": "cryptographic", "password_file": str(key)}
    document = old.document({"protocols": {"rip": {"r": {"interfaces": [interface]}}}})
    old.apply(document)
    assert 'password "s3cret; }";' in old.bird.config.read_text()
    assert old.plan(document) == {}
    key.write_text("0ther\n")
    assert list(old.plan(document).values()) == ["update"]
    old.apply(document)
    assert 'password "0ther";' in old.bird.config.read_text()
    kept = [path for path in (old.home / "state").rglob("*") if path.is_file()]
    assert kept
    assert not [path for path in kept if b"s3cret" in path.read_bytes() or b"0ther" in path.read_bytes()]
    for wrong in ("", 'with "quotes"', "two\nlines", "x" * 81):
        key.write_text(wrong)
        with pytest.raises(DiagnosedError) as caught:
            old.plan(document)
        assert [finding.code for finding in caught.value.diagnostics] == ["NC2830"]


def test_two_daemons_on_one_host(old, tmp_path):
    second = Daemon(tmp_path / "second", OLD).start()
    old.apply(old.document(ROUTES))
    assert "by_hand" in second.protocols()
    second.stop()


def test_undone_by_bird_if_we_are_gone(old, run):
    """A timer of BIRD's own, should netconf not come back."""
    from netconf.domains.bird import operation

    class GoneError(BaseException):
        pass

    def between(place):
        if place == "conclude":
            raise GoneError

    operation.MARGIN, before = -9, operation.MARGIN  # static routes have 10 s
    try:
        with pytest.raises(GoneError):
            old.ending(old.document(ROUTES), checkpoint=between)
    finally:
        operation.MARGIN = before
    assert routes(old) == ["10.1.0.0/16"]
    until(lambda: "by_hand" in old.bird.protocols(), 5)
    assert old.bird.config.read_text() == OLD
    assert old.plan(old.document(ROUTES))
    status(old.host)
    assert old.files() == ["bird.conf"]


def test_commands_do_what_apply_does(old):
    """Those of plan --commands, run by a shell, passwords and all that a shell would take for something else."""
    key = old.home / "key"
    key.write_text("s3cret; }\n")
    interface = {"pattern": "lo", "authentication": "cryptographic", "password_file": str(key)}
    odd = {"description": "it's `id` $HOME \\ $(id)", "interfaces": [interface]}
    document = old.document({"protocols": {**ROUTES["protocols"], "rip": {"r": odd}}})
    commands = old.commands(document)
    assert "s3cret" not in "".join(commands)
    subprocess.run(["sh", "-e"], input="\n".join(commands) + "\n", text=True, check=True, capture_output=True)
    assert old.plan(document) == {}
    assert routes(old) == ["10.1.0.0/16"]


def test_a_daemon_that_hangs_in_the_middle(old, monkeypatch):
    """It can't be asked, so nothing is claimed; when it comes to itself, the next command or its own timer undoes."""
    monkeypatch.setattr(linux_bird, "GREETING_SECONDS", 0.1)

    def between(place):
        if place == "conclude":
            old.bird.signal(signal.SIGSTOP)

    ending = old.ending(old.document(ROUTES), checkpoint=between)
    assert ending.outcome is Outcome.ROLLBACK_INCOMPLETE
    assert "is the daemon stopped?" in str(ending.cause)
    assert old.bird.config.read_text() == OLD
    old.bird.signal(signal.SIGCONT)
    monkeypatch.undo()
    assert "rolled back" in status(old.host).recovered.notes[0]
    assert set(old.bird.protocols()) == {"device1", "by_hand"}
    assert old.files() == ["bird.conf"]


def test_another_domain_fails_after_bird_has_been_configured(old, run):
    """BIRD is undone with the rest: the routes of one wave are done, an address is refused by the kernel."""
    run("ip link add v0 type veth peer name v1")

    def between(place):
        if place == "apply.done" and not failed:
            assert "nc_static_a" in old.bird.protocols()
            failed.append(place)
            raise OSError("something else")

    failed = []

    links = {"v0": {"addresses": ["192.0.2.1/24"], "state": "up"}}
    ending = old.ending(old.document(ROUTES, interfaces=links), checkpoint=between)
    assert ending.outcome is Outcome.ROLLED_BACK
    assert ending.restored.exactness.value == "exact"
    assert set(old.bird.protocols()) == {"device1", "by_hand"}
    assert "192.0.2.1" not in run("ip addr show v0")
    assert old.files() == ["bird.conf"]


def test_a_silent_daemon_is_an_error_before_anything_is_done(old, monkeypatch):
    monkeypatch.setattr(linux_bird, "GREETING_SECONDS", 0.1)
    old.bird.signal(signal.SIGSTOP)
    with pytest.raises(ObserveError):
        old.plan(old.document(ROUTES))
    old.bird.signal(signal.SIGCONT)


def test_without_bird_installed(old):
    document = old.document(ROUTES)
    document["bird"]["daemon"]["binary"] = "/usr/sbin/no-such-bird"
    with pytest.raises(UnsupportedError) as caught:
        old.plan(document)
    assert [finding.code for finding in caught.value.diagnostics] == ["NC6832"]


def test_the_plan_tells_of_secrets_nothing(old):
    """The file by hand that is replaced may hold passwords: neither the plan nor its JSON has its text."""
    old.bird.config.write_text(OLD + "# s3cret\n")
    planned = plan_wish(
        old.host, documents.from_plain(old.document(ROUTES), "document"), old.host.peek_state()
    )
    commands = commands_by_id(planned.found, old.host.drivers)
    view = PlanView(planned.found.plan, planned.wish.where, commands)
    told = text(view, Style()) + str(json_rows(view)) + str(json_changes(planned.found.plan))
    assert "running: unknown" in told
    assert "s3cret" not in told


def test_checked_as_the_user_it_runs_as(site, tmp_path, monkeypatch):
    """What only root can read is found before anything is done, not when the daemon starts."""
    secret = tmp_path / "part.conf"
    secret.write_text("# a part\n")
    secret.chmod(0o600)
    for folder in (tmp_path, *tmp_path.parents[:-2]):
        folder.chmod(0o755)
    document = site.document({"raw": {"before": f'include "{secret}";'}}, start=True)
    document["bird"]["daemon"]["user"] = "bird"
    with pytest.raises(DiagnosedError, match="Permission denied"):
        site.plan(document)
    secret.chmod(0o644)
    assert site.plan(document) == {f"bird[{site.bird.config}]": "create"}
    document["bird"]["daemon"]["user"] = "nobody_here"
    with pytest.raises(DiagnosedError) as refused:
        site.plan(document)
    assert "there is no user nobody_here" in refused.value.diagnostics[0].detail
