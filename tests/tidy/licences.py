"""Licences of everything installed: permissive ones pass, LGPL and MPL pass when NOTICE names the package, all others fail.

`python tests/tidy/licences.py` prints what is wrong and ends with 1 if anything is.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PERMISSIVE = re.compile(r"^(MIT|MIT-0|BSD|ISC|0BSD|PSF|Python Software Foundation|Apache|PostgreSQL|Unlicense|Zlib|CC0)\b", re.IGNORECASE)
NAMED = re.compile(r"\b(LGPL|Lesser General Public|MPL|Mozilla Public)", re.IGNORECASE)
# Packages whose metadata does not say what their licence file does. Read by a person, for this version; another version is to be read again.
READ = {
    ("axe-playwright-python", "0.1.8"): "MIT AND MPL-2.0",  # the package is MIT, the axe-core inside is MPL-2.0
    ("qrcode", "8.2"): "BSD-3-Clause AND MIT",  # the other classifier speaks of the words "QR Code", a trademark
}
_NO_LICENCE = re.compile(r"^(DFSG approved|OSI Approved)$")


def faults(packages: list[dict[str, str]], notice: str) -> list[str]:
    """One sentence for each package that may not be used as things stand, and for each that NOTICE names in vain.

    `packages` as `pip-licenses --format=json` gives them: Name, Version, License.
    """
    named = set(re.findall(r"^  ([a-z0-9][a-z0-9._-]*)  ", notice, re.MULTILINE))
    found = []
    for package in packages:
        name, licence = package["Name"].lower().replace("_", "-"), package["License"]
        licence = READ.get((name, package["Version"]), licence)
        verdict = _verdict(licence)
        if verdict == "refused":
            found.append(f"{name} {package['Version']}: licence {licence!r} is not on the list of allowed ones")
        elif verdict == "named" and name not in named:
            found.append(f"{name} {package['Version']}: licence {licence!r} asks to be named in NOTICE")
        named.discard(name)
    return found + [f"{name}: NOTICE names it, and it is not installed" for name in sorted(named)]


def _verdict(licence: str) -> str:
    """`free`, `named` or `refused`: of parts joined by AND the worst counts, of parts joined by OR the best."""
    order = ["free", "named", "refused"]
    parts = [part for part in re.split(r"\s+AND\s+|;", licence) if not _NO_LICENCE.match(part.strip())]
    return max((min((_of_one(choice) for choice in re.split(r"\s+OR\s+", part)), key=order.index) for part in parts), key=order.index, default="refused")


def _of_one(choice: str) -> str:
    choice = choice.strip().removeprefix("(").removesuffix(")").strip()
    if PERMISSIVE.match(choice):
        return "free"
    return "named" if NAMED.search(choice) else "refused"


def installed() -> list[dict[str, str]]:
    program = [str(Path(sys.executable).parent / "pip-licenses"), "--python", sys.executable, "--from=mixed", "--format=json"]
    packages: list[dict[str, str]] = json.loads(subprocess.run(program, check=True, capture_output=True, text=True).stdout)
    return [package for package in packages if package["Name"] != "headrace"]


def main() -> int:
    packages = installed()
    wrong = faults(packages, (ROOT / "NOTICE").read_text("utf-8"))
    print("\n".join(wrong) if wrong else f"licences of {len(packages)} packages are in order")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
