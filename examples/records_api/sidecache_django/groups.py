"""Groups on their way: those that a response shows, those that a write changed.

Both grow with what a request or a transaction touches, so both have an end: of one
model more than MEMBER_LIMIT members, or of all more than a field may carry, become one
coarser group. Nothing is left out; what is coarse costs a miss.
"""

from sidecache_django import naming

MEMBER_LIMIT = 500


class Groups:
    def __init__(self) -> None:
        self._members: dict[str, set[str]] = {}
        self._coarse: set[str] = set()
        self._names: set[str] = set()

    def add_member(self, label: str, member: str) -> None:
        if label in self._coarse:
            return
        members = self._members.setdefault(label, set())
        members.add(member)
        if len(members) > MEMBER_LIMIT:
            self.add_coarse(label)

    def add_coarse(self, label: str) -> None:
        """Of this model everything."""
        self._members.pop(label, None)
        self._coarse.add(label)

    def add_name(self, name: str) -> None:
        self._names.add(naming.checked_name(name))

    def named(self, limit: int) -> list[str]:
        """All names, sorted. Over the limit the model of most members goes coarse first.

        Where even that is too much, all are named: the proxy does not store a response
        with more groups than it takes, and ends everything after such a write.
        """
        names = self._all_names()
        while len(names) > limit and self._members:
            most = max(sorted(self._members), key=lambda label: len(self._members[label]))
            self.add_coarse(most)
            names = self._all_names()
        return sorted(names)

    def _all_names(self) -> set[str]:
        names = set(self._names)
        for label, members in self._members.items():
            names.update(naming.member_name(label, member) for member in members)
        return names


class Shown(Groups):
    """What a response is made of."""

    def __init__(self) -> None:
        super().__init__()
        self._lists: set[str] = set()

    def add_list(self, label: str) -> None:
        """Any row of the model that comes, changes or goes may change the response."""
        self._lists.add(label)

    def _all_names(self) -> set[str]:
        names = super()._all_names()
        lists = self._lists | self._coarse
        names.update(lists)
        names.update(naming.whole_name(label) for label in self._members if label not in lists)
        return names


class Changed(Groups):
    """What a write names."""

    def __bool__(self) -> bool:
        return bool(self._members or self._coarse or self._names)

    def update(self, other: "Changed") -> None:
        for label in other._coarse:
            self.add_coarse(label)
        for label, members in other._members.items():
            for member in members:
                self.add_member(label, member)
        self._names |= other._names

    def _all_names(self) -> set[str]:
        names = super()._all_names()
        names.update(self._members)
        names.update(self._coarse)
        names.update(map(naming.whole_name, self._coarse))
        return names
