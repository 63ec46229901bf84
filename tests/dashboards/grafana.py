"""What a dashboard's JSON says, and what is wrong with it whatever Prometheus answers."""

import itertools
import json
import re
from pathlib import Path

from expressions import VARIABLE, label_values

WIDTH = 24  # of Grafana's grid
BUILT_IN = {"__rate_interval", "datasource"}


class Dashboard:
    def __init__(self, told):
        self.told = told
        self.variables = {each["name"]: each for each in told["templating"]["list"]}

    @classmethod
    def read(cls, file):
        return cls(json.loads(Path(file).read_text()))

    def panels(self):
        """All of them, also those within collapsed rows: (row's panel, panel)."""
        row = None
        for panel in self.told["panels"]:
            if panel["type"] == "row":
                row = panel
                yield None, panel
                yield from ((row, each) for each in panel["panels"])
            else:
                yield row, panel

    def targets(self):
        """(variable that the row is repeated for or None, name for people, expression) of each query of each panel."""
        for row, panel in self.panels():
            for target in panel.get("targets", []):
                yield (row or {}).get("repeat"), f"{row['title'] if row else ''} / {panel['title']} {target['refId']}", target["expr"]

    def queries(self):
        """(variable, selector, label) of each variable that Prometheus is asked for, in their order."""
        for name, variable in self.variables.items():
            if variable["type"] == "query":
                yield (name, *label_values(variable["query"]["query"]))

    def complaints(self):
        panels = [panel for _, panel in self.panels()]
        for one, other in itertools.combinations(panels, 2):
            if one["id"] == other["id"]:
                yield f"panels {one['title']!r} and {other['title']!r} have the id {one['id']}"
            if _overlap(one["gridPos"], other["gridPos"]):
                yield f"panels {one['title']!r} and {other['title']!r} overlap"
        for panel in panels:
            yield from (f"panel {panel['title']!r}: {what}" for what in self._complaints_of(panel))
        for name, variable in self.variables.items():
            if variable["type"] == "query" and variable["datasource"]["uid"] != "${datasource}":
                yield f"variable {name}: its data source is not the variable"
            yield from (f"variable {name}: {what}" for what in self._unknown_in(json.dumps(variable["query"])))

    def _complaints_of(self, panel):
        place = panel["gridPos"]
        if place["x"] < 0 or place["x"] + place["w"] > WIDTH:
            yield "wider than the grid"
        yield from self._unknown_in(panel.get("repeat") and "$" + panel["repeat"] or "")
        yield from self._unknown_in(panel["title"])
        if panel["type"] == "row":
            return
        if not panel.get("description"):
            yield "no description"
        if not panel["fieldConfig"]["defaults"].get("unit"):
            yield "no unit"
        if not panel["targets"]:
            yield "no query"
        references = [target["refId"] for target in panel["targets"]]
        if len(set(references)) < len(references):
            yield f"queries of one name: {references}"
        for each in (panel, *panel["targets"]):
            if each["datasource"]["uid"] != "${datasource}":
                yield "its data source is not the variable"
        for target in panel["targets"]:
            yield from self._unknown_in(target["expr"])

    def _unknown_in(self, text):
        return [f"${name} is no variable" for name in VARIABLE.findall(text) if name not in BUILT_IN | set(self.variables)]


def _overlap(one, other):
    return one["x"] < other["x"] + other["w"] and other["x"] < one["x"] + one["w"] and one["y"] < other["y"] + other["h"] and other["y"] < one["y"] + one["h"]


def sections_of(page):
    """The anchors of a Markdown page's headings, as the forges make them."""
    headings = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
