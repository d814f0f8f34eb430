"""Files that no page can use, and what each is told."""

from __future__ import annotations

from abm.page.uploads import LARGEST_UPLOAD
from abm.scenario import Scenario

WORLD = Scenario.load("two-country").to_toml()

BAD: dict[str, tuple[bytes, str]] = {
    "not-toml.toml": (b"graduates = = 3", "not valid TOML"),
    "binary.toml": (bytes(range(128, 256)), "not text in UTF-8"),
    "too-large.toml": (b"#" * (LARGEST_UPLOAD + 1), f"at most {LARGEST_UPLOAD:,} are allowed"),
    "empty.toml": (b"", "keys are missing"),
    "nested.toml": (b"a = " + b"[" * 2000 + b"]" * 2000, "nested more deeply"),
    "other-file.toml": (
        WORLD.replace("[network]\n", '[network]\nedge_list = "/etc/passwd"\n').encode(),
        "network.edge_list is not a parameter",
    ),
    "code.toml": ((WORLD + "\n[run]\ncommand = \"__import__('os').abort()\"\n").encode(), "run is not a parameter"),
    "out-of-range.toml": (WORLD.replace('"2026-01"', '"2026-13"').encode(), "2026-13"),
    "too-many.toml": (WORLD.replace("value = 2000,", "value = 40000000,").encode(), "more than the page takes"),
    "unknown-reform.toml": (b'[[reform]]\nkind = "Miracle"\n', "which is no reform"),
    "bad-reform.toml": (b'[[reform]]\nkind = "MeritReform"\ntarget = 7\n', "must be a number between 0 and 1"),
}

# reforms that are well-formed, but cannot be on the page
IMPOSSIBLE: dict[str, tuple[bytes, str]] = {
    "twice.toml": (b'[[reform]]\nkind = "MeritReform"\n[[reform]]\nkind = "MeritReform"\n', "one reform of each kind"),
    "too-fast.toml": (b'[[reform]]\nkind = "JudicialReform"\nspeed = 0.5\n', "no country on record went faster"),
}
