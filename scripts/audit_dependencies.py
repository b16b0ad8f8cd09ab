"""Looks up the installed packages in the public lists of known vulnerabilities, and says so where those can't be had.

Exit 0: none is known, or the lists can't be had here; 1: some are known.
"""

from __future__ import annotations

import json
import subprocess
import sys


def main() -> int:
    """Run pip-audit on this environment and judge its answer."""
    asked = [sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off", "--skip-editable"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        reason = (done.stderr.strip().splitlines() or ["no answer"])[-1]
        print(f"dependencies not audited: the lists of known vulnerabilities can't be had here ({reason})")
        return 0
    known = [(one["name"], one["version"], found) for one in packages for found in one.get("vulns", [])]
    for name, version, found in known:
        mended = ", ".join(found["fix_versions"]) or "no version yet"
        print(f"{name} {version}: {found['id']}, mended in {mended}")
    skipped = [one["name"] for one in packages if "skip_reason" in one]
    if len(skipped) == len(packages):
        print("dependencies not audited: the lists of known vulnerabilities here know none of them")
        return 0
    print(f"{len(packages) - len(skipped)} packages audited, {len(known)} known vulnerabilities")
    if skipped:
        print(f"not audited, since the lists here do not know them: {', '.join(skipped)}")
    return 1 if known else 0


if __name__ == "__main__":
    sys.exit(main())
