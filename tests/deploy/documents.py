"""What is asked of the documents that go with what is deployed."""

import re
from functools import cached_property

import yaml

from sidecache import Configuration, Loader, yaml_of

DOCUMENTS = ("guide", "operations", "migration")


class Documents:
    def __init__(self, root, program):
        self.root, self.program = root, program

    texts = cached_property(lambda self: {name: (self.root / f"docs/{name}.md").read_text() for name in DOCUMENTS})

    def checks(self):
        yield "docs: README.md names guide.md, operations.md and migration.md", self.named
        yield "docs: what they link to is there", self.links
        yield "docs: sidecache takes the configurations in them", self.configurations
        yield "docs: each row of a table is in one, and has its cells", self.tables
        yield "docs: operations.md forwards the port of Deployments that are there", self.forwarded
        yield "docs: operations.md has a runbook for each alert, and for no other", self.runbooks

    def named(self):
        readme = (self.root / "README.md").read_text()
        yield from (f"README.md does not name docs/{name}.md" for name in DOCUMENTS if f"(docs/{name}.md)" not in readme)

    def links(self):
        for page in [*(f"docs/{name}.md" for name in DOCUMENTS), "deploy/README.md", "dashboards/README.md"]:
            for target in re.findall(r"\]\(([^)\s]+)\)", (self.root / page).read_text()):
                if re.match(r"https?://", target):
                    continue
                path, _, anchor = target.partition("#")
                file = (self.root / page).parent / path if path else self.root / page
                if not file.exists():
                    yield f"{page}: {target} is not there"
                elif anchor and anchor not in anchors(file.read_text()):
                    yield f"{page}: {target} has no such heading"

    def configurations(self):
        """Of fences marked as yaml; what does not say an origin is a part of a file, and gets one."""
        for name, text in self.texts.items():
            for number, block in enumerate(re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL), start=1):
                origin = [] if "origins:" in block else ["--origin", "http://127.0.0.1:8000"]
                yield from (f"{name}.md, block {number}: {problem}" for problem in Configuration(block).problems(self.program, *origin))

    def tables(self):
        """Of all pages: a table is a block of lines that begin with |, its second line ---, and all its rows of as many cells."""
        for page in sorted((self.root / "docs").glob("*.md")):
            text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
            for block in re.findall(r"(?:^\|.*\n?)+", text, re.MULTILINE):
                rows = [len(re.findall(r"(?<!\\)\|", row)) for row in block.splitlines()]
                if not re.fullmatch(r"(\|:?-+:?)+\|", "".join(block.splitlines()[1:2]).replace(" ", "")) or len(set(rows)) > 1:
                    yield f"{page.name}: {block.splitlines()[0][:80]}"

    def forwarded(self):
        wanted = set(re.findall(r"deployment/([a-z-]+)", self.texts["operations"]))
        manifests = [each for path in (self.root / "deploy/kubernetes").glob("*.yaml") for each in yaml.load_all(path.read_text(), Loader)]
        there = {each["metadata"]["name"] for each in manifests if each["kind"] == "Deployment"}
        if wanted != there:
            yield f"it names {sorted(wanted)}, and there are {sorted(there)}"

    def runbooks(self):
        told = (self.root / "dashboards/prometheus/alerts.yml").read_text()
        alerts = [rule for group in yaml_of(told)["groups"] for rule in group["rules"] if "alert" in rule]
        headings = re.findall(r"^#+ (Sidecache\w+)$", self.texts["operations"], re.MULTILINE)
        for rule in alerts:
            if rule["alert"] not in headings:
                yield f"no runbook for {rule['alert']}"
            if not rule["annotations"]["runbook_url"].endswith(f"docs/operations.md#{rule['alert'].lower()}"):
                yield f"{rule['alert']}: its runbook_url is {rule['annotations']['runbook_url']}"
        yield from (f"{heading} is no alert" for heading in headings if heading not in {rule["alert"] for rule in alerts})


def anchors(text):
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
