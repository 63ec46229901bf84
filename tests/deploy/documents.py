"""What is asked of the documents that go with what is deployed."""

import re

from sidecache import Configuration, yaml_of

DOCUMENTS = ("guide", "operations", "migration")


class Documents:
    def __init__(self, root, program):
        self.root, self.program = root, program
        self.texts = {name: path.read_text() for name in DOCUMENTS if (path := root / f"docs/{name}.md").exists()}
        self.alerts = root / "dashboards/prometheus/alerts.yml"

    def checks(self):
        yield "docs: guide.md, operations.md and migration.md are there, and README.md names them", self.there
        yield "docs: what they link to is there", self.links
        yield "docs: sidecache takes the configurations in them", self.configurations
        if self.alerts.exists():
            yield "docs: operations.md has a runbook for each alert, and for no other", self.runbooks

    def there(self):
        readme = (self.root / "README.md").read_text()
        for name in DOCUMENTS:
            if name not in self.texts:
                yield f"no docs/{name}.md"
            elif f"(docs/{name}.md)" not in readme:
                yield f"README.md does not name docs/{name}.md"

    def links(self):
        for name, text in self.texts.items():
            for target in re.findall(r"\]\(([^)\s]+)\)", text):
                if re.match(r"https?://", target):
                    continue
                path, _, anchor = target.partition("#")
                file = (self.root / "docs" / path).resolve() if path else self.root / f"docs/{name}.md"
                if not file.exists():
                    if self.root / "dashboards" in file.parents and not (self.root / "dashboards").exists():
                        continue
                    yield f"{name}.md: {target} is not there"
                elif anchor and anchor not in anchors(file.read_text()):
                    yield f"{name}.md: {target} has no such heading"

    def configurations(self):
        """Of fences marked as yaml; what does not say an origin is a part of a file, and gets one."""
        for name, text in self.texts.items():
            for number, block in enumerate(re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL), start=1):
                origin = [] if "origins:" in block else ["--origin", "http://127.0.0.1:8000"]
                yield from (f"{name}.md, block {number}: {problem}" for problem in Configuration(block).problems(self.program, *origin))

    def runbooks(self):
        alerts = [rule for group in yaml_of(self.alerts.read_text())["groups"] for rule in group["rules"] if "alert" in rule]
        text = self.texts.get("operations", "")
        headings = re.findall(r"^#+ (Sidecache\w+)$", text, re.MULTILINE)
        for rule in alerts:
            if rule["alert"] not in headings:
                yield f"no runbook for {rule['alert']}"
            for key in ("runbook", "runbook_url"):
                if key in rule.get("annotations", {}) and not rule["annotations"][key].endswith(f"docs/operations.md#{rule['alert'].lower()}"):
                    yield f"{rule['alert']}: its {key} is {rule['annotations'][key]}"
        yield from (f"{heading} is no alert" for heading in headings if heading not in {rule["alert"] for rule in alerts})


def anchors(text):
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
