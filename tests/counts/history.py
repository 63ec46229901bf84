"""What the budgets were in the commits before this one: a change may only lower them."""

import json
import subprocess


def git(folder, *arguments):
    return subprocess.run(("git", "-C", folder, *arguments), check=True, capture_output=True, text=True).stdout


def earlier_versions(path):
    """The file as each commit that touched it left it; None where there is no history to ask (an export, a shallow clone, no git)."""
    try:
        if git(path.parent, "rev-parse", "--is-shallow-repository").strip() == "true":
            return None
        commits = git(path.parent, "log", "--format=%H", "--", path.name).split()
    except (OSError, subprocess.CalledProcessError):
        return None
    return [json.loads(git(path.parent, "show", "%s:./%s" % (commit, path.name))) for commit in commits]


def raised(budgets, earlier):
    """(scenario, kind, budget, lowest that it ever was) of each budget that is higher than it once was, or is gone."""
    found = []
    for name, kind in sorted({(name, kind) for version in earlier for name in version for kind in version[name]}):
        lowest = min(version[name][kind] for version in earlier if kind in version.get(name, {}))
        budget = budgets.get(name, {}).get(kind)
        if budget is None or budget > lowest:
            found.append((name, kind, budget, lowest))
    return found
