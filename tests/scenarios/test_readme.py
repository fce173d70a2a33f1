"""What README shows is what happens."""

from __future__ import annotations

import re
from pathlib import Path

from netconf.cli import main

README = Path(__file__).parents[2] / "README.md"


def block(after):
    """The first fenced block after a line."""
    return re.search(re.escape(after) + r"\n\n```\w*\n(.*?)```", README.read_text(), re.DOTALL).group(1)


def test_the_example_plans_as_shown_and_applies(netns, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    document = block("`host.yml`:")
    assert len(document.splitlines()) == 20
    Path("host.yml").write_text(document)
    Path("host.yml").chmod(0o644)
    options = ["--state-dir", str(tmp_path / "state")]
    assert main(["plan", "host.yml", *options]) == 0
    assert capsys.readouterr().out == block("`netconf plan host.yml`:")
    assert main(["apply", "host.yml", "--yes", *options]) == 0
    assert main(["plan", "host.yml", "--detailed-exitcode", *options]) == 0


def test_every_domain_page_has_an_example_that_validates(tmp_path, capsys):
    pages = sorted(Path(README.parent, "netconf", "domains").glob("*/README.md"))
    assert len(pages) >= 4
    for page in pages:
        document = tmp_path / f"{page.parent.name}.yml"
        document.write_text(re.search(r"```yaml\n(.*?)```", page.read_text(), re.DOTALL).group(1))
        document.chmod(0o644)
        assert main(["validate", str(document)]) == 0, capsys.readouterr().err
