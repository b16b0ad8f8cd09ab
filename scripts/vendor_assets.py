"""Fetch the third-party files that gridmap carries, or check those that are there.

    python scripts/vendor_assets.py            fetch with npm, rewrite files, lock and docs/third-party.md
    python scripts/vendor_assets.py --check    compare files and document with the lock; needs no network

Packages come through the person's own npm configuration. A package whose version is in the lock must have the
sha512 recorded there; a new version is recorded. A file that the list no longer names is deleted.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
LIST = ROOT / "scripts" / "vendor_assets.toml"
LOCK = ROOT / "gridmap" / "cartography" / "vendor" / "vendor.lock.json"
DOCUMENT = ROOT / "docs" / "third-party.md"


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with the lock, without network")
    if parser.parse_args(arguments).check:
        faults = check()
        for fault in faults:
            print(fault, file=sys.stderr)
        return 1 if faults else 0
    fetch()
    return 0


def wanted() -> list[dict[str, Any]]:
    """Return the packages of the list."""
    packages: list[dict[str, Any]] = tomllib.loads(LIST.read_text(encoding="utf-8"))["package"]
    return packages


def locked() -> dict[str, dict[str, Any]]:
    """Return what the lock says, by package name; empty before the first fetch."""
    return dict(json.loads(LOCK.read_text(encoding="utf-8"))) if LOCK.is_file() else {}


def fetch() -> None:
    """Fetch every package and write its files, the lock and the document."""
    old = locked()
    fresh: dict[str, dict[str, Any]] = {}
    contents: dict[str, bytes] = {}
    with tempfile.TemporaryDirectory() as folder:
        for package in wanted():
            name, version = package["name"], package["version"]
            print(f"{name} {version}", file=sys.stderr)
            tarball = pack(name, version, Path(folder))
            integrity = "sha512-" + base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
            known = old.get(name, {})
            if known.get("version") == version and known["integrity"] != integrity:
                raise SystemExit(f"{name} {version}: fetched {integrity}, the lock says {known['integrity']}")
            files = extract(package, tarball)
            tarball.unlink()
            contents |= files
            fresh[name] = {
                "version": version,
                "licence": package["licence"],
                "integrity": integrity,
                "files": {path: hashlib.sha256(data).hexdigest() for path, data in sorted(files.items())},
            }
    for gone in old_paths(old) - contents.keys():
        (ROOT / gone).unlink(missing_ok=True)
    for path, data in contents.items():
        target = ROOT / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    LOCK.write_text(json.dumps(fresh, indent=2) + "\n", encoding="utf-8")
    DOCUMENT.parent.mkdir(exist_ok=True)
    DOCUMENT.write_text(document(fresh), encoding="utf-8")


def pack(name: str, version: str, folder: Path) -> Path:
    """Let npm download one package into ``folder`` and return its tarball."""
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("npm is not installed: it is needed to fetch (not to --check)")
    answer = subprocess.run(
        [npm, "pack", f"{name}@{version}", "--json", "--pack-destination", str(folder)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        cwd=folder,
    )
    json.loads(answer.stdout)
    (tarball,) = folder.glob("*.tgz")
    return tarball


def extract(package: dict[str, Any], tarball: Path) -> dict[str, bytes]:
    """Return the wanted files of a tarball by their path in the repository."""
    into = package["into"]
    found: dict[str, bytes] = {}
    with tarfile.open(tarball) as archive:
        for source, target in {**package.get("files", {}), **package.get("licences", {})}.items():
            if f"package/{source}" not in archive.getnames():
                raise SystemExit(f"{package['name']} {package['version']} has no {source}")
            member = archive.extractfile(f"package/{source}")
            if member is None:
                raise SystemExit(f"{package['name']}: {source} is no file")
            found[f"{into}/{target}"] = member.read()
    if "notice" in package:
        found[f"{into}/LICENSE"] = package["notice"].lstrip().encode()
    return found


def old_paths(lock: dict[str, dict[str, Any]]) -> set[str]:
    """Return every path that the lock names."""
    return {path for entry in lock.values() for path in entry["files"]}


def check() -> list[str]:
    """Return what differs between list, lock, files and document, one sentence each."""
    lock = locked()
    faults = []
    for package in wanted():
        entry = lock.get(package["name"], {})
        if entry.get("version") != package["version"] or entry.get("licence") != package["licence"]:
            faults.append(f"{package['name']}: list and lock differ; run scripts/vendor_assets.py")
        paths = {
            f"{package['into']}/{t}"
            for t in (*package.get("files", {}).values(), *package.get("licences", {}).values())
        }
        if "notice" in package:
            paths.add(f"{package['into']}/LICENSE")
        if paths != set(entry.get("files", {})):
            faults.append(f"{package['name']}: the list names other files than the lock; run scripts/vendor_assets.py")
    for name, entry in lock.items():
        for path, digest in entry["files"].items():
            file = ROOT / path
            if not file.is_file():
                faults.append(f"{name}: {path} is missing")
            elif hashlib.sha256(file.read_bytes()).hexdigest() != digest:
                faults.append(f"{name}: {path} was changed")
    known = old_paths(lock) | {LOCK.relative_to(ROOT).as_posix()}
    for folder in sorted({"gridmap/cartography/vendor", "data/icons", "data/fonts"}):
        for file in sorted((ROOT / folder).rglob("*")):
            path = file.relative_to(ROOT).as_posix()
            if file.is_file() and path not in known:
                faults.append(f"{path} is not in the lock")
    if not DOCUMENT.is_file() or DOCUMENT.read_text(encoding="utf-8") != document(lock):
        faults.append(f"{DOCUMENT.relative_to(ROOT)} is out of date; run scripts/vendor_assets.py")
    return faults


def document(lock: dict[str, dict[str, Any]]) -> str:
    """Return the table of third-party files as Markdown."""
    lines = [
        "# Third-party files",
        "",
        "Files of other projects that gridmap carries, so that it needs no network. This page is written by",
        "`python scripts/vendor_assets.py`; `--check` compares it and every file with the lock. A package with",
        "no file but its licence is built into a script of the package in whose folder it stands.",
        "",
        "| package | version | licence | files |",
        "|---|---|---|---|",
    ]
    for name, entry in lock.items():
        files = ", ".join(f"`{path}`" for path in entry["files"])
        lines.append(f"| {name} | {entry['version']} | {entry['licence']} | {files} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
