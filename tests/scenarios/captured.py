"""What is captured makes the same."""

from __future__ import annotations

from netconf.cli import main


def written(path, capfd):
    """What capture says now, in a file."""
    capfd.readouterr()
    assert main(["capture", "--state-dir", str(path.parent / "stranger")]) == 0
    path.write_text(capfd.readouterr().out)
    return path


def assert_makes_the_same(captured, tmp_path, capfd):
    """Applied where nothing of it is left, it's captured alike; and gone again afterwards."""
    options = ["--state-dir", str(tmp_path / "again")]
    assert main(["apply", "--yes", str(captured), *options]) == 0, capfd.readouterr().err
    assert written(tmp_path / "again.yml", capfd).read_text() == captured.read_text()
    assert main(["rollback", "--to", "0", "--yes", *options]) == 0, capfd.readouterr().err
